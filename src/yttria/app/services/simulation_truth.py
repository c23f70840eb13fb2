"""What is known of a simulated patient, as truth.json holds it: units in the keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from yttria.physics.phantom.camera import PlanarCamera, SpectCamera
from yttria.physics.phantom.uptake import Uptake
from yttria.values.maps import CountMap
from yttria.values.nuclide import Nuclide
from yttria.values.planar import PlanarScan
from yttria.values.units import BQ_PER_GBQ, G_PER_KG, Share

NUCLIDE = "Y-90"
NOTE = (
    "Simulated: nobody's activity. per_gbq: dose of each named volume for 1 GBq administered, energy over mass, every electron "
    "stopping where it started. TD and TD_n are means over the whole contoured lesion, a dead core included; parts holds "
    "living tissue and core apart. without_noise: the same doses from activity that the camera has blurred, the image scaled "
    "so that liver and lungs hold what they truly hold (patient-relative calibration)."
)


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedImages:
    """What the cameras saw, and what they would have seen without noise.

    Parameters
    ----------
    spect, planar
        As they are written.
    within
        Share of the activity that lies within each role once blur, or blur and residual scatter, have acted.
    attenuated_shunt
        The lung shunt that planar views would show by attenuation alone.
    """

    spect: CountMap
    planar: PlanarScan
    within: Mapping[str, Mapping[str, float]]
    attenuated_shunt: Share


def truth_record(
    uptake: Uptake, images: SimulatedImages, camera: SpectCamera, more: Mapping[str, Any]
) -> dict[str, Any]:
    """Return everything that was simulated; `more` adds what only this anatomy knows."""
    nuclide = Nuclide.named(NUCLIDE)
    liver_ml, perfused_ml = uptake.of("liver")[2], uptake.of("perfused")[2]
    return {
        "note": NOTE,
        "nuclide": NUCLIDE,
        "k_gy_kg_per_gbq": nuclide.dose_constant_gy_kg_per_gbq,
        "hepatic_reserve_fraction": (liver_ml - perfused_ml) / liver_ml,
        **more,
        "volumes": {role: _volume(uptake, role) for role in uptake.roles},
        "per_gbq": uptake.doses_per_gbq(nuclide),
        "role_of_dose": uptake.role_of_dose(),
        "parts": [_part(uptake, n, nuclide) for n, mass in enumerate(uptake.mass_g) if mass > 0],
        "without_noise": {name: _without_noise(uptake, within, nuclide) for name, within in images.within.items()},
        "spect": _spect(camera, images.spect),
        "planar": _planar(PlanarCamera.usual(), images),
    }


def injection_truth(name: str, mine: Uptake, whole: Uptake) -> dict[str, Any]:
    """Return what is true of one of several injections: doses of 1 GBq of it, its share of the liver's activity where one image shows all."""
    liver_bq = sum(a for p, a in zip(whole.parts, whole.activity, strict=True) if "liver" in p.roles)
    own = _own_share(name, mine, whole)
    return {"name": name, "per_gbq": mine.doses_per_gbq(Nuclide.named(NUCLIDE)), "counts_fraction": own / liver_bq}


def _own_share(name: str, mine: Uptake, whole: Uptake) -> float:
    """Return the share of the whole uptake that lodges in an injection's pieces: each part by the volume of its piece."""
    count = 0.0
    for part, activity, ml in zip(whole.parts, whole.activity, whole.ml, strict=True):
        pieces = [m for p, m in zip(mine.parts, mine.ml, strict=True) if p.name == f"{part.name}, {name}"]
        count += activity * sum(pieces) / ml if ml > 0 else 0.0
    return count


def _volume(uptake: Uptake, role: str) -> dict[str, float]:
    share, mass, ml = uptake.of(role)
    return {"ml": ml, "mass_g": mass, "g_per_ml": mass / ml, "activity_bq_per_gbq": share * BQ_PER_GBQ}


def _part(uptake: Uptake, n: int, nuclide: Nuclide) -> dict[str, Any]:
    part, share, mass = uptake.parts[n], uptake.activity[n], uptake.mass_g[n]
    return {
        "name": part.name,
        "roles": list(part.roles),
        "ml": uptake.ml[n],
        "mass_g": mass,
        "activity_bq_per_gbq": share * BQ_PER_GBQ,
        "gy_per_gbq": share * nuclide.dose_constant_gy_kg_per_gbq * G_PER_KG / mass,
    }


def _without_noise(uptake: Uptake, within: Mapping[str, float], nuclide: Nuclide) -> dict[str, Any]:
    lungs = within.get("lungs", 0.0)
    return {
        "per_gbq": uptake.doses_per_gbq(nuclide, within),
        "spect_lung_shunt_fraction": lungs / (lungs + within["liver"]),
    }


def _spect(camera: SpectCamera, image: CountMap) -> dict[str, float]:
    return {
        "fwhm_mm": camera.fwhm_mm,
        "filter_fwhm_mm": camera.filter_fwhm_mm,
        "residual_scatter_fraction": camera.scatter_share,
        "scatter_fwhm_mm": camera.scatter_fwhm_mm,
        "effective_counts": camera.counts,
        "stored_sum": image.total,
    }


def _planar(camera: PlanarCamera, images: SimulatedImages) -> dict[str, float]:
    return {
        "water_per_cm": camera.water_per_mm * 10,
        "scatter_to_primary": camera.scatter_to_primary,
        "counts_anterior": float(images.planar.anterior.sum(dtype=np.float64)),
        "counts_posterior": float(images.planar.posterior.sum(dtype=np.float64)),
        "shunt_by_attenuation_alone_fraction": images.attenuated_shunt,
    }
