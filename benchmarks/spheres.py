"""Spheres whose volume and doses are known, as DICOM, and what a program says of them.

Four spheres (r = 6, 10, 20, 40 mm) are drawn as circles on planes 1, 2 and 3 mm apart, at three places between planes and pixels, on
a CT of 1 mm pixels. The dose lies on a grid of 2.5 mm and climbs by 1 Gy a mm along x. So the volume is 4/3 pi r^3, the mean is the
dose at the centre, and D98 is the dose below which a cap of 2 % of the sphere lies.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import acos, cos, pi
from pathlib import Path

import numpy as np

from yttria.app.services.simulate import phantom_identity
from yttria.io.dicom.ct import write_ct
from yttria.io.dicom.referenced_image import CT_IMAGE_STORAGE, Source
from yttria.io.dicom.rtdose import write_rtdose
from yttria.io.dicom.rtstruct_writer import write_rtstruct
from yttria.values.contour import Contour
from yttria.values.grid import Grid
from yttria.values.maps import CtImage, DoseMap

RADII_MM = (6.0, 10.0, 20.0, 40.0)
PLANES_MM = (1.0, 2.0, 3.0)
PLACES_MM = ((0.0, 0.0, 0.0), (0.31, 0.47, 0.4), (0.77, 0.13, 0.8))  # the last number in planes
GY_PER_MM = 1.0
GY_AT_ORIGIN = 120.0
DOSE_MM = 2.5


@dataclass(frozen=True)
class Case:
    """One folder with CT, structures and dose, and the truth of its spheres."""

    folder: Path
    step_mm: float
    centre: tuple[float, float, float]

    @property
    def ct(self) -> Path:
        return self.folder / "ct"

    @property
    def structures(self) -> Path:
        return self.folder / "structures.dcm"

    @property
    def dose(self) -> Path:
        return self.folder / "dose.dcm"

    @property
    def names(self) -> Mapping[str, float]:
        return {f"sphere {r:g} mm": r for r in RADII_MM}


@dataclass(frozen=True)
class Said:
    """What a program says of one sphere."""

    ml: float
    mean_gy: float
    d98_gy: float


def truth(case: Case, radius: float) -> Said:
    """Return the known answers. A cap of height h = r (1 - t) holds (2 - 3 t + t^3) / 4 of a sphere."""
    t = 2 * cos((acos(2 * 0.02 - 1) + 4 * pi) / 3)  # the root of t^3 - 3 t + 2 - 4 * 0.02 between -1 and 1
    middle = GY_AT_ORIGIN + GY_PER_MM * case.centre[0]
    return Said(4 / 3 * pi * radius**3 / 1000, middle, middle - GY_PER_MM * radius * t)


def write_cases(folder: Path) -> list[Case]:
    cases = []
    for step in PLANES_MM:
        for number, (x, y, z) in enumerate(PLACES_MM):
            case = Case(folder / f"planes-{step:g}-{number}", step, (x, y, z * step))
            case.ct.mkdir(parents=True)
            _write(case)
            cases.append(case)
    return cases


def _write(case: Case) -> None:
    identity = phantom_identity(1)
    half = int(45 // case.step_mm) + 1
    grid = Grid.aligned(
        (2 * half + 1, 100, 100),
        spacing_zyx_mm=(case.step_mm, 1, 1),
        origin_lps_mm=(-50, -50, -half * case.step_mm),
        frame_uid=identity.frame_uid,
    )
    drawn = write_ct(case.ct, CtImage(grid, np.zeros(grid.shape_zyx, np.int16)), identity, description="spheres")
    heights = grid.origin_lps_mm[2] + case.step_mm * np.arange(grid.shape_zyx[0])
    contours = [_sphere(name, r, case, heights, grid.frame_uid) for name, r in case.names.items()]
    source = Source(grid, drawn.ct_series_uid, CT_IMAGE_STORAGE, drawn.ct_sop_uids)
    write_rtstruct(case.structures, contours, drawn, label="SPHERES", source=source)
    coarse = Grid.aligned(
        (44, 44, 44), spacing_zyx_mm=(DOSE_MM,) * 3, origin_lps_mm=(-53, -53.5, -54.2), frame_uid=grid.frame_uid
    )
    x = coarse.origin_lps_mm[0] + DOSE_MM * np.arange(44)
    gy = np.broadcast_to((GY_AT_ORIGIN + GY_PER_MM * x).astype(np.float32), coarse.shape_zyx)
    write_rtdose(case.dose, DoseMap(coarse, np.ascontiguousarray(gy)), drawn, comment="linear")


def _sphere(name: str, radius: float, case: Case, heights: np.ndarray, frame: str) -> Contour:
    x, y, z = case.centre
    turn = np.linspace(0, 2 * pi, 361)[:-1]
    polygons = []
    for height in heights:
        square = radius**2 - (height - z) ** 2
        if square > 0.01:
            r = square**0.5
            polygons.append(np.stack([x + r * np.cos(turn), y + r * np.sin(turn), np.full(360, height)], axis=1))
    return Contour(name, "", frame, tuple(polygons), case.step_mm)


@dataclass(frozen=True)
class Errors:
    """Root mean squares and largest of what a program says off the truth, over cases and spheres."""

    volume: tuple[float, float]
    mean_gy: tuple[float, float]
    d98_gy: tuple[float, float]


def errors(cases: Iterable[Case], program: Callable[[Case], Mapping[str, Said]]) -> Errors:
    off = []
    for case in cases:
        said = program(case)
        for name, radius in case.names.items():
            true = truth(case, radius)
            mine = said[name]
            off.append((mine.ml / true.ml - 1, mine.mean_gy - true.mean_gy, mine.d98_gy - true.d98_gy))
    table = np.abs(np.array(off))
    rms, most = np.sqrt((table**2).mean(axis=0)), table.max(axis=0)
    pairs = [(float(a), float(b)) for a, b in zip(rms, most, strict=True)]
    return Errors(*pairs)
