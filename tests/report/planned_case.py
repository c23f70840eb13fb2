"""A planned patient made of values alone: an ellipsoid anatomy with two tumours, a perfused lobe, lungs, CT and options."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yttria.values.aims_limits import Aim, Limit, LimitCheck
from yttria.values.contour import Contour
from yttria.values.dvh import Dvh
from yttria.values.errors import Finding
from yttria.values.grid import Grid
from yttria.values.maps import CountMap, CtImage, DensityMap, DoseMap, Voi
from yttria.values.patient import (
    AbsorbedDose,
    ClinicalFacts,
    InputRecord,
    PatientCase,
    PatientIdentity,
    PlanningOptions,
    Result,
)
from yttria.values.plan import Approach, Criterion, Estimated, Option, Plan
from yttria.values.product import Product
from yttria.values.treatment import LungShunt
from yttria.values.units import BQ_PER_GBQ, Bq, Gram, Gy, Share

FRAME = "1.2.826.0.1.3680043.8.498.1"
WHEN = datetime(2026, 11, 12, 9, 30, tzinfo=timezone(timedelta(hours=1)))
GARIN = "Garin et al., J Nucl Med 2024;65:264, doi:10.2967/jnumed.123.266211"
WEBER = "Weber et al., EJNMMI 2022;49:1682 (EANM guideline)"
LABEL = "TheraSphere package insert, v12"
Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ellipsoid:
    """Where it lies and how far it reaches, LPS mm."""

    centre: tuple[float, float, float]
    radii: tuple[float, float, float]

    def depth(self, points: Points) -> NDArray[Any]:
        """Return (r / R) of points (..., 3): below 1 inside."""
        scaled = (points - np.array(self.centre)) / np.array(self.radii)
        return np.asarray(np.sqrt(np.einsum("...i,...i->...", scaled, scaled)))

    def ring(self, z: float) -> Points | None:
        """Return its outline at height z, or None where it does not reach."""
        share = (z - self.centre[2]) / self.radii[2]
        if abs(share) >= 0.98:
            return None
        reach = float(np.sqrt(1 - share**2))
        angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
        x = self.centre[0] + self.radii[0] * reach * np.cos(angle)
        y = self.centre[1] + self.radii[1] * reach * np.sin(angle)
        return np.stack([x, y, np.full_like(x, z)], axis=1)


BODY = Ellipsoid((0, 0, -20), (172, 118, 900))
LIVER = Ellipsoid((-58, -8, -30), (88, 76, 74))
LOBE = Ellipsoid((-88, -4, -34), (56, 62, 66))
INDEX = Ellipsoid((-92, 4, -44), (40, 37, 38))
CORE = Ellipsoid((-94, 2, -44), (15, 13, 14))
SECOND = Ellipsoid((-66, -36, -2), (14, 13, 14))
LUNGS = (Ellipsoid((-86, 4, 130), (62, 80, 120)), Ellipsoid((86, 4, 130), (62, 80, 120)))
SPINE = Ellipsoid((0, 72, -20), (22, 22, 900))
AORTA = Ellipsoid((12, 42, -20), (11, 11, 900))
SPLEEN = Ellipsoid((108, 38, -10), (34, 42, 48))
STOMACH = Ellipsoid((72, -38, -14), (48, 42, 44))


def points_of(grid: Grid) -> Points:
    """Return the LPS points of an axis-aligned grid, shape (nz, ny, nx, 3), float32."""
    nz, ny, nx = grid.shape_zyx
    kji = np.stack(np.meshgrid(np.arange(nz), np.arange(ny), np.arange(nx), indexing="ij"), axis=-1)[..., ::-1]
    return np.asarray(kji @ grid.matrix[:3, :3].T + grid.matrix[:3, 3], dtype=np.float32)


def soft(shape: Ellipsoid, points: Points, width: float = 0.06) -> NDArray[Any]:
    """Return shares that fall from 1 to 0 over the edge of an ellipsoid."""
    return np.clip((1 - shape.depth(points)) / width + 0.5, 0, 1).astype(np.float32)


def ct_image(
    shape_zyx: tuple[int, int, int] = (50, 128, 128), spacing_zyx_mm: tuple[float, float, float] = (5, 2.9, 2.9)
) -> CtImage:
    """Return a noisy CT of the anatomy."""
    nz, ny, nx = shape_zyx
    dz, dy, dx = spacing_zyx_mm
    origin = (-dx * (nx - 1) / 2, -dy * (ny - 1) / 2, -dz * (nz - 1) / 2)
    grid = Grid.aligned(shape_zyx, spacing_zyx_mm=spacing_zyx_mm, origin_lps_mm=origin, frame_uid=FRAME)
    hu = np.empty(shape_zyx, np.float32)
    noise = np.random.default_rng(20261130)
    plane = points_of(Grid.aligned((1, ny, nx), spacing_zyx_mm=spacing_zyx_mm, origin_lps_mm=origin))[0]
    layers = ((BODY, -95.0), (Ellipsoid((0, 0, -20), (158, 104, 900)), 45.0), *((lung, -840.0) for lung in LUNGS))
    organs = (
        (STOMACH, 20.0),
        (SPLEEN, 105.0),
        (AORTA, 170.0),
        (SPINE, 260.0),
        (LIVER, 110.0),
        (INDEX, 82.0),
        (CORE, 28.0),
        (SECOND, 78.0),
    )
    for k in range(nz):
        plane[..., 2] = origin[2] + k * dz
        hu[k] = -1000
        for shape, value in layers + organs:
            share = soft(shape, plane, 0.03)
            hu[k] += share * (value - hu[k])
        hu[k] += noise.normal(0, 9, (ny, nx)) * (hu[k] > -500)
    return CtImage(grid, np.round(hu).astype(np.int16))


def contours() -> tuple[Contour, ...]:
    """Return what a physician drew, on 5 mm planes."""
    drawn = []
    for name, role, shape in (
        ("Liver", "liver", LIVER),
        ("Right lobe", "perfused", LOBE),
        ("GTV 1", "tumour", INDEX),
        ("GTV 2", "tumour", SECOND),
    ):
        rings = [shape.ring(z) for z in np.arange(-200.0, 201.0, 5.0)]
        drawn.append(Contour(name, role, FRAME, tuple(r for r in rings if r is not None), 5.0))
    return tuple(drawn)


def volumes(grid: Grid) -> dict[str, Voi]:
    """Return the volumes of interest by role on the emission grid."""
    at = points_of(grid)
    liver = soft(LIVER, at)
    lobe = np.minimum(soft(LOBE, at), liver)
    one, two = soft(INDEX, at), soft(SECOND, at)
    tumour = np.minimum(np.maximum(one, two), lobe)
    lungs = np.maximum(*(soft(shape, at) for shape in LUNGS)) * (1 - liver)
    shares = {
        "liver": liver,
        "perfused": lobe,
        "tumour": tumour,
        "tumour-1": np.minimum(one, lobe),
        "tumour-2": np.minimum(two, lobe),
        "lungs": lungs,
        "normal-perfused": lobe - tumour,
        "normal-liver": np.clip(liver - tumour, 0, 1),
    }
    names = {"liver": "Liver", "perfused": "Right lobe", "tumour-1": "GTV 1", "tumour-2": "GTV 2", "lungs": "Lungs"}
    return {role: Voi(names.get(role, role), role, grid, np.clip(share, 0, 1)) for role, share in shares.items()}


def absorbed() -> AbsorbedDose:
    """Return the dose of 1 GBq and all that stands on it."""
    grid = Grid.aligned(
        (64, 80, 80), spacing_zyx_mm=(4.42, 4.42, 4.42), origin_lps_mm=(-174.6, -174.6, -139.2), frame_uid=FRAME
    )
    at, vois = points_of(grid), volumes(grid)
    hot = np.clip(1.15 - INDEX.depth(at), 0, 0.6) * (1 - 0.75 * np.clip(1.6 - CORE.depth(at), 0, 1)) * 88
    warm = np.clip(1.3 - SECOND.depth(at), 0, 1) * 52
    texture = 1 + 0.18 * np.sin(at[..., 0] / 11) * np.cos(at[..., 1] / 14) * np.sin(at[..., 2] / 12)
    gy = (vois["perfused"].share * 21 * texture + hot + warm).astype(np.float32)
    dose, density = DoseMap(grid, gy), DensityMap(grid, np.full(grid.shape_zyx, 1.05, np.float32))
    shunt = LungShunt(
        Share(0.112),
        "planar",
        Gram(912),
        "CT",
        0.008,
        {"anterior lung counts": 41230.0, "posterior lung counts": 38110.0},
    )
    dvh = {role: Dvh.of(dose, voi) for role, voi in vois.items()}
    doses = {
        "TD": dvh["tumour-1"].mean,
        "TD_all": dvh["tumour"].mean,
        "TD_1": dvh["tumour-1"].mean,
        "TD_2": dvh["tumour-2"].mean,
        "PLD": dvh["perfused"].mean,
        "NPLD": dvh["normal-perfused"].mean,
        "WNLD": dvh["normal-liver"].mean,
        "WLD": dvh["liver"].mean,
        "LD": Gy(0.112 * 49.67 / 0.912),
    }
    budget = {"contour": 0.04, "recovery": 0.05, "activity": 0.03, "counts": 0.01}
    return AbsorbedDose(
        dose=dose,
        density=density,
        activity_bq=Bq(BQ_PER_GBQ),
        volumes=vois,
        mass_g={role: voi.mass(density) for role, voi in vois.items()},
        doses_gy=doses,
        dvh=dvh,
        shunt=shunt,
        reserve=Share(1 - vois["perfused"].ml / vois["liver"].ml),
        index="tumour-1",
        relative_uncertainty=dict.fromkeys(doses, budget),
    )


def option(
    one: AbsorbedDose,
    approach: Approach,
    gbq: float,
    aim: Aim | None,
    *,
    binding: str = "",
    wished: float | None = None,
) -> Option:
    """Return an option of `gbq`: everything scales."""
    doses = {name: Gy(dose * gbq) for name, dose in one.doses_gy.items()}
    model = approach in {"label", "partition"}
    if approach == "label":
        doses = {name: doses[name] for name in ("PLD", "LD")}
    if approach == "partition":
        doses = {name: doses[name] for name in ("TD_all", "NPLD", "PLD", "LD")}
    limits = (
        Limit("lung", "LD", Gy(30), WEBER, "one session"),
        Limit("normal-perfused", "NPLD", Gy(120), GARIN, "hepatic reserve below 30 %"),
        Limit("normal-liver", "WNLD", Gy(75), WEBER, "bilirubin below 1.1 mg/dL"),
    )
    return Option(
        approach=approach,
        activity_bq=Bq(gbq * BQ_PER_GBQ),
        aim=aim,
        doses_gy=doses,
        checks=tuple(LimitCheck(limit, doses[limit.volume]) for limit in limits if limit.volume in doses),
        binding=binding,
        reached=aim is None or aim.volume not in doses or doses[aim.volume] >= aim.dose_gy - 1e-6,
        wished_activity_bq=None if wished is None else Bq(wished * BQ_PER_GBQ),
        wished_doses_gy={} if wished is None else {n: Gy(d * wished) for n, d in one.doses_gy.items()},
        dvh={} if model else {role: dvh.times(gbq) for role, dvh in one.dvh.items()},
        uncertainty={}
        if model
        else {n: Estimated(d, Gy(d * 0.86), Gy(d * 1.14), one.relative_uncertainty[n]) for n, d in doses.items()},
        note="A = D m / (k (1 - LSF)): the formula sees one compartment and no image" if approach == "label" else "",
    )


def plan(one: AbsorbedDose) -> Plan:
    """Return five options; the lungs hold the personalised one below its wish."""
    per = one.doses_gy
    most = 30 / per["LD"]
    tumour = Aim("TD", Gy(205), GARIN, Gy(300))
    return Plan(
        options=(
            option(one, "SDA", 120 / per["PLD"], Aim("PLD", Gy(120), GARIN, tolerance_gy=Gy(20))),
            option(one, "PDA", most, tumour, binding="lung", wished=300 / per["TD"]),
            option(one, "PDA-PLD", 150 / per["PLD"], Aim("PLD", Gy(150), GARIN)),
            option(one, "label", 2.4, Aim("PLD", Gy(120), LABEL)),
            option(one, "partition", 3.1, Aim("TD_all", Gy(205), "Ho et al., Eur J Nucl Med 1996;23:947")),
        ),
        first="PDA",
        reason="the lung limit (30 Gy) holds the activity below the wished 250 Gy to the index lesion",
        eligibility=(
            Criterion("Lesion size", "> 7 cm", "7.8 cm", True, GARIN),
            Criterion("Hepatic reserve", "≥ 30 %", "34.1 %", True, GARIN),
            Criterion("Lung dose", "≤ 30 Gy", "30 Gy", True, GARIN),
            Criterion("Digestive shunt", "none", "not stated", None, GARIN),
            Criterion("Targeting", "good", "good", True, GARIN),
        ),
    )


def planned_result(*, ct: CtImage | None = None, with_ct: bool = True, name: str = "phantom") -> Result:
    """Return the whole patient."""
    one = absorbed()
    product = Product.named("glass")
    counts = CountMap(one.dose.grid, one.dose.gy, "Tc-99m", WHEN)
    patient_case = PatientCase(
        name=name,
        emission=counts,
        ct=(ct or ct_image()) if with_ct else None,
        planar=None,
        contours=contours(),
        volumes=(),
        facts=ClinicalFacts(bilirubin_mg_dl=0.8, child_pugh="A5", disease="HCC", scenario="unilobar"),
        choices=PlanningOptions(product=product, nuclide=product.nuclide),
        identity=PatientIdentity(patient_name="Phantom^Ellipsoid", patient_id="P-001"),
        inputs=(
            InputRecord(
                "ct", "CT, portal phase", 50, "3f" * 32, {"grid": "128 × 128 × 50", "voxel": "2.90 × 2.90 × 5.00 mm"}
            ),
            InputRecord("emission", "99mTc-MAA SPECT", 1, "a7" * 32, {"grid": "80 × 80 × 64", "voxel": "4.42 mm"}),
            InputRecord("structures", "RTSTRUCT", 1, "0c" * 32, {"contours": "Liver, Right lobe, GTV 1, GTV 2, Lungs"}),
        ),
        acquired=WHEN,
    )
    found = (
        Finding(
            "warning",
            "shunt-planar",
            "the lung shunt is planar and most likely too high by about 4 points; measure it on SPECT/CT before giving less activity for it",
        ),
        Finding(
            "note",
            "digestive-shunt-unknown",
            "the case does not say whether there is a digestive shunt; look for it on the MAA images and write [patient] digestive_shunt",
        ),
    )
    return Result(patient_case=patient_case, absorbed=one, plan=plan(one), findings=found)


def without_tumour(result: Result) -> Result:
    """Return the patient of whom no tumour is drawn: no lesion, no dose and no histogram of one, no aim for one."""
    one, plan = result.absorbed, result.plan
    absorbed = replace(
        one,
        index="",
        volumes={role: voi for role, voi in one.volumes.items() if not role.startswith("tumour")},
        dvh={role: dvh for role, dvh in one.dvh.items() if not role.startswith("tumour")},
        doses_gy={name: dose for name, dose in one.doses_gy.items() if not name.startswith("TD")},
        recovered_gy={name: dose for name, dose in one.recovered_gy.items() if not name.startswith("TD")},
        relative_uncertainty={n: budget for n, budget in one.relative_uncertainty.items() if not n.startswith("TD")},
    )
    options = tuple(
        replace(
            o,
            doses_gy={name: dose for name, dose in o.doses_gy.items() if not name.startswith("TD")},
            uncertainty={name: dose for name, dose in o.uncertainty.items() if not name.startswith("TD")},
            dvh={role: dvh for role, dvh in o.dvh.items() if not role.startswith("tumour")},
        )
        for o in plan.options
        if o.aim is None or not o.aim.volume.startswith("TD")
    )
    drawn = tuple(c for c in result.patient_case.contours if c.role != "tumour")
    return replace(
        result,
        patient_case=replace(result.patient_case, contours=drawn),
        absorbed=absorbed,
        plan=replace(plan, options=options, first="SDA"),
    )
