"""Does a 95 % interval hold the truth? Simulated patients, planned on contours of another hand.

    ./run bench interval_coverage [PATIENTS] [SEED]

The generator draws anatomies (a liver, a treated part of it, a large and a small lesion), tumour-to-normal ratios from 1.5 to 10, a
camera of 12 +/- 1 mm FWHM, and an administered activity that is off by 5 % (one standard deviation). Each drawn structure has a
diameter that differs from the true one by 1.85 mm (standard deviation): the edge lies half of it farther out or in. It knows nothing of
the budget, which it is there to judge. Counted is how often the true dose lies between `low` and `high` of a plan, by dose.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yttria.app.services.plan import plan_patient
from yttria.physics.phantom.camera import SpectCamera, image_activity
from yttria.physics.phantom.implicit_shapes import Shape, ellipsoid, half_space, outline, share_of
from yttria.physics.phantom.uptake import Part, uptake_of
from yttria.values.contour import Contour
from yttria.values.grid import Grid
from yttria.values.maps import CountMap, CtImage
from yttria.values.nuclide import Nuclide
from yttria.values.patient import ClinicalFacts, PatientCase, PatientIdentity, PlanningOptions
from yttria.values.product import Product
from yttria.values.units import BQ_PER_GBQ, Share

NAMES = ("TD_1", "TD_2", "TD_all", "PLD", "NPLD", "WNLD")
DIAMETER_MM, FWHM_MM, FWHM_SD_MM, ACTIVITY_SD = 1.85, 12.0, 1.0, 0.05
RATIOS = (1.5, 10.0)
SHUNT = Share(0.05)
LIVER_G_PER_ML = 1.06
LIVER_HU = 48
FRAME = "1.2.826.0.1.3680043.10.1"
EMISSION = Grid.aligned(
    (56, 64, 72), spacing_zyx_mm=(4.42, 4.42, 4.42), origin_lps_mm=(-157, -139, -121), frame_uid=FRAME
)
CT = Grid.aligned((122, 142, 190), spacing_zyx_mm=(1.25, 1.25, 1.25), origin_lps_mm=(-118, -88, -76), frame_uid=FRAME)
FINE = Grid.aligned(
    (100, 110, 130), spacing_zyx_mm=(2.2, 2.2, 2.2), origin_lps_mm=(-141.9, -119.9, -108.9), frame_uid=FRAME
)


@dataclass(frozen=True)
class Anatomy:
    """Shapes of one patient: ellipsoids as (centre, semi-axes), the plane that bounds the treated part as (point, normal)."""

    liver: tuple[NDArray[np.float64], NDArray[np.float64]]
    plane: tuple[NDArray[np.float64], NDArray[np.float64]]
    lesions: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]]

    def shapes(self, out_mm: Mapping[str, float]) -> Mapping[str, Shape]:
        """Return the shapes with each edge that much farther out."""

        def solid(ball: tuple[NDArray[np.float64], NDArray[np.float64]], out: float) -> Shape:
            centre, axes = ball
            return ellipsoid(_point(centre), _point(axes + out))

        at, normal = self.plane
        lobe = out_mm.get("perfused", 0.0)
        perfused = solid(self.liver, lobe) & half_space(_point(at + normal * lobe), _point(normal))
        lesions = {f"tumour {n}": solid(b, out_mm.get(f"tumour {n}", 0.0)) for n, b in enumerate(self.lesions, 1)}
        return {"liver": solid(self.liver, out_mm.get("liver", 0.0)), "perfused": perfused, **lesions}


@dataclass(frozen=True)
class Patient:
    """A case as planned, and what is true of it: Gy per GBq of the activity that the plan believes in."""

    case: PatientCase
    truth: Mapping[str, float]


def _point(array: NDArray[np.float64]) -> tuple[float, float, float]:
    x, y, z = (float(v) for v in array)
    return x, y, z


def anatomy(rng: np.random.Generator) -> Anatomy:
    """Return a liver of 1.0 to 2.2 L, a plane through it, and two lesions in the treated part that do not touch."""
    axes = np.array([rng.uniform(85, 110), rng.uniform(60, 80), rng.uniform(55, 70)])
    turn = rng.uniform(-0.5, 0.5)
    normal = np.array([np.cos(turn), np.sin(turn), 0.0])
    at = np.array([rng.uniform(-20, 45), 0.0, 0.0])
    treated = (np.zeros(3), axes), (at, normal)
    while True:
        lesions = []
        for low, high in ((22.0, 40.0), (8.0, 15.0)):
            lesion = rng.uniform(low, high) * rng.uniform(0.85, 1.15, 3)
            centre = rng.uniform(-1, 1, 3) * axes
            lesions.append((centre, lesion))
        (one, big), (two, small) = lesions
        apart = float(np.linalg.norm(one - two)) > float(big.max() + small.max()) + 4
        inside = all(
            float(np.sum((c / (axes - a.max() - 2)) ** 2)) < 1 and float((c - at) @ normal) < -a.max() - 2
            for c, a in lesions
            if (axes - a.max() - 2).min() > 0
        )
        if apart and inside and (axes - big.max() - 2).min() > 0:
            return Anatomy(*treated, lesions)


def patient(rng: np.random.Generator) -> Patient:
    """Return a patient as another hand has drawn them, and the truth."""
    body = anatomy(rng)
    nuclide = Nuclide.named("Y-90")
    ratio = float(np.exp(rng.uniform(*np.log(RATIOS))))
    true = body.shapes({})
    uptake = uptake_of(_parts(true, ratio), lung_shunt=SHUNT, whole_lungs_g=None)
    camera = SpectCamera.usual(fwhm_mm=max(FWHM_MM + FWHM_SD_MM * rng.standard_normal(), 6.0))
    image = camera.look(image_activity(uptake, EMISSION), EMISSION, rng).image
    off = 1 + ACTIVITY_SD * float(rng.standard_normal())
    truth = {name: dose * off for name, dose in uptake.doses_per_gbq(nuclide).items() if name in NAMES}
    drawn = body.shapes({name: DIAMETER_MM / 2 * float(rng.standard_normal()) for name in true})
    return Patient(_case(image, drawn), truth)


def _parts(shapes: Mapping[str, Shape], ratio: float) -> tuple[Part, ...]:
    """Return lesions, normal treated liver and the rest as parts that do not overlap; lungs somewhere else hold the shunt."""
    share = {name: share_of(shape, FINE, parts_xyz=(2, 2, 2)) for name, shape in shapes.items()}
    one, two = share["tumour 1"], share["tumour 2"]
    tumour = ("liver", "perfused", "tumour")
    perfused = ("liver", "perfused", "normal-perfused", "normal-liver")
    lung = np.zeros(FINE.shape_zyx, np.float32)
    lung[-1, -1, -1] = 1
    normal, rest = share["perfused"] - one - two, share["liver"] - share["perfused"]
    return (
        Part("tumour 1", (*tumour, "tumour-1"), FINE, one, LIVER_G_PER_ML, ratio),
        Part("tumour 2", (*tumour, "tumour-2"), FINE, two, LIVER_G_PER_ML, ratio),
        Part("normal", perfused, FINE, np.clip(normal, 0, 1), LIVER_G_PER_ML, 1.0),
        Part("rest", ("liver", "normal-liver"), FINE, np.clip(rest, 0, 1), LIVER_G_PER_ML, 0.0),
        Part("lungs", ("lungs",), FINE, lung, 0.26, 1.0),
    )


def _case(image: CountMap, shapes: Mapping[str, Shape]) -> PatientCase:
    heights = CT.origin_lps_mm[2] + CT.spacing_zyx_mm[0] * np.arange(CT.shape_zyx[0])
    contours = tuple(
        Contour(
            name,
            name.partition(" ")[0],
            FRAME,
            tuple(p for z in heights for p in outline(shape, float(z), pitch_mm=1.5)),
            CT.spacing_zyx_mm[0],
        )
        for name, shape in shapes.items()
    )
    glass = Product.named("glass")
    return PatientCase(
        name="simulated",
        emission=image,
        ct=CtImage(CT, np.full(CT.shape_zyx, LIVER_HU, np.int16)),
        planar=None,
        contours=contours,
        volumes=(),
        facts=ClinicalFacts(disease="HCC", scenario="lobectomy", bilirubin_mg_dl=0.8, child_pugh="A5"),
        choices=PlanningOptions(glass, glass.nuclide, shunt_fraction=SHUNT, shunt_method="given"),
        identity=PatientIdentity(),
        inputs=(),
    )


def held(one: Patient) -> Mapping[str, bool]:
    """Return for each dose whether its 95 % interval holds the truth."""
    option = plan_patient(one.case).plan.options[0]
    gbq = option.activity_bq / BQ_PER_GBQ
    found = option.uncertainty
    return {n: found[n].low <= one.truth[n] * gbq <= found[n].high for n in NAMES if n in found}


def patients(count: int, seed: int) -> Iterator[Patient]:
    """Yield that many patients; each has its own stream, so that the first ones of a larger number are the same."""
    for n in range(count):
        yield patient(np.random.default_rng((seed, n)))


def coverage(count: int, seed: int) -> Mapping[str, float]:
    """Return how often the intervals hold the truth, by dose and in all ("all")."""
    found = [held(p) for p in patients(count, seed)]
    shares = {name: float(np.mean([f[name] for f in found if name in f])) for name in NAMES}
    return {**shares, "all": float(np.mean([ok for f in found for ok in f.values()]))}


def main(arguments: Sequence[str]) -> None:
    """Print the coverage of the intervals."""
    count = int(arguments[0]) if arguments else 40
    seed = int(arguments[1]) if len(arguments) > 1 else 1
    shares = coverage(count, seed)
    sys.stdout.write(f"{count} patients, seed {seed}: 95 % intervals hold the truth in\n")
    for name, share in shares.items():
        sys.stdout.write(f"  {name:<8}{100 * share:5.1f} %\n")


if __name__ == "__main__":
    main(sys.argv[1:])
