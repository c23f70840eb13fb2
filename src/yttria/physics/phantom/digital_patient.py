"""The digital patient as images and volumes: CT numbers, outlines on every slice, parts with known activity."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yttria.data import table
from yttria.physics.phantom import digital_anatomy
from yttria.physics.phantom.digital_anatomy import PATIENT_LESIONS, Lesions, contoured, organs
from yttria.physics.phantom.implicit_shapes import Shape, around, outline, paint, share_of
from yttria.physics.phantom.uptake import Part
from yttria.values.contour import Contour
from yttria.values.grid import Grid
from yttria.values.maps import CtImage
from yttria.values.units import Ml

SHAPE = (150, 512, 512)
SPACING_MM = (3.0, 0.78125, 0.78125)
ORIGIN_MM = (-199.6, -199.6, -226.0)
PITCH_MM = 1.5
"""Distance of the points that outlines are found from: such as a physician's contours have."""
FINE, COARSE = (2, 2, 3), (1, 1, 3)
"""Points a voxel (x, y, z) at the surface of the liver's parts, the same for all so that they add up, and of the lungs."""
WORKERS = 2


@dataclass(frozen=True, slots=True, eq=False)
class DigitalPatient:
    """Everything that can be known of the patient who does not exist.

    Parameters
    ----------
    ct
        As a scanner would show the body.
    contours
        Liver, perfused volume, tumours, lungs, without roles: as a structure set holds them.
    parts
        Tissue that takes up activity or has a mass that counts; no two overlap.
    contour_ml
        Volume of each contoured shape by fine sampling.
    """

    ct: CtImage
    contours: tuple[Contour, ...]
    parts: tuple[Part, ...]
    contour_ml: Mapping[str, Ml]


def ct_grid(frame_uid: str = "") -> Grid:
    """Return the CT's grid: 512 x 512 x 150, 0.78 x 0.78 x 3 mm, from the iliac crests to the apex of the lungs."""
    return Grid.aligned(SHAPE, spacing_zyx_mm=SPACING_MM, origin_lps_mm=ORIGIN_MM, frame_uid=frame_uid)


def digital_patient(
    *,
    seed: int,
    tumour_to_normal: float,
    core_to_normal: float,
    second_to_normal: float | None = None,
    lesions: Lesions = PATIENT_LESIONS,
    frame_uid: str = "",
) -> DigitalPatient:
    """Return the digital patient; the seed decides the noise alone.

    Parameters
    ----------
    tumour_to_normal
        Uptake per mL of living tumour against normal perfused liver.
    core_to_normal
        The same of the dead core of the index lesion.
    second_to_normal
        The same of the second lesion; that of the index lesion where it is left out.
    lesions
        Where they lie.
    """
    grid = ct_grid(frame_uid)
    second = tumour_to_normal if second_to_normal is None else second_to_normal
    parts, sampled = _parts(grid, lesions, tumour_to_normal, core_to_normal, second)
    ct = ct_image(grid, seed, lesions)
    return DigitalPatient(ct=ct, contours=_contours(grid, lesions), parts=parts, contour_ml=sampled)


def ct_image(grid: Grid, seed: int, lesions: Lesions = PATIENT_LESIONS) -> CtImage:
    """Return CT numbers: organs drawn at voxel centres, edges softened over two pixels, noise that neighbours share."""
    tissue = table("phantom")["tissue"]
    names = list(tissue)
    numbers = np.array([tissue[n]["hu"] for n in names], dtype=np.float32)
    noise_hu = np.float32(table("phantom")["ct"]["noise_hu"])
    drawing = [(names.index(o.tissue), o.shape) for o in organs(lesions)]
    nz, ny, nx = grid.shape_zyx
    hu = np.empty(grid.shape_zyx, dtype=np.int16)

    def slab(start: int) -> None:
        stop = min(start + 10, nz)
        affine = grid.matrix
        affine[2, 3] += start * grid.spacing_zyx_mm[0]
        part = Grid.of((stop - start, ny, nx), affine)
        labels = np.zeros(part.shape_zyx, dtype=np.uint8)
        for label, shape in drawing:
            paint(labels, shape, label, part)
        for at in range(stop - start):
            rng = np.random.default_rng((seed, start + at))
            white = rng.standard_normal((ny + 1, nx + 1), dtype=np.float32)
            noise = (white[1:, 1:] + white[:-1, 1:] + white[1:, :-1] + white[:-1, :-1]) * (noise_hu / 2)
            plane = _softened(numbers[labels[at]])
            noise *= np.clip(plane / np.float32(1000) + np.float32(0.95), np.float32(0.15), np.float32(1.2))
            hu[start + at] = np.rint(plane + noise)

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(slab, range(0, nz, 10)))
    hu.flags.writeable = False
    return CtImage(grid, hu)


def _softened(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a plane smoothed by (1, 2, 1) / 4 along both axes."""
    padded = np.pad(plane, 1, mode="edge")
    rows = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    return np.asarray((rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) * np.float32(1 / 16))


def _contours(grid: Grid, lesions: Lesions) -> tuple[Contour, ...]:
    """Return the outlines of what a physician would draw, on each slice of the CT."""
    heights = grid.origin_lps_mm[2] + grid.spacing_zyx_mm[0] * np.arange(grid.shape_zyx[0])

    def contour_of(item: tuple[str, Shape]) -> Contour:
        name, shape = item
        polygons = tuple(p for z in heights for p in outline(shape, float(z), pitch_mm=PITCH_MM))
        return Contour(name, "", grid.frame_uid, polygons, grid.spacing_zyx_mm[0])

    with ThreadPoolExecutor(WORKERS) as pool:
        return tuple(pool.map(contour_of, contoured(lesions).items()))


def _parts(
    grid: Grid, lesions: Lesions, tumour_to_normal: float, core_to_normal: float, second_to_normal: float
) -> tuple[tuple[Part, ...], dict[str, Ml]]:
    """Return the parts of liver and lungs, and the volume of each contoured shape, from points finer than the CT."""
    density = {name: row["g_per_ml"] for name, row in table("phantom")["tissue"].items()}
    here = around(digital_anatomy.LIVER, grid)
    vessels = digital_anatomy.PORTAL_VEIN | digital_anatomy.HEPATIC_VEINS | digital_anatomy.GALL_BLADDER
    both = lesions.index | lesions.second
    shapes = {
        "liver": digital_anatomy.LIVER,
        "perfused": digital_anatomy.RIGHT_LOBE,
        "tumour 1": lesions.index,
        "core 1": lesions.core,
        "tumour 2": lesions.second,
        "vessels": (digital_anatomy.LIVER & vessels) - both,
        "perfused vessels": (digital_anatomy.RIGHT_LOBE & vessels) - both,
    }
    lungs = {"left lung": digital_anatomy.LUNG_LEFT, "right lung": digital_anatomy.LUNG_RIGHT}

    def sampled(shape: Shape) -> NDArray[np.float32]:
        return share_of(shape, here, parts_xyz=FINE)

    def lung(item: tuple[str, Shape]) -> Part:
        name, shape = item
        room = around(shape, grid)
        return Part(name, ("lungs",), room, share_of(shape, room, parts_xyz=COARSE), density["lung"], 1.0)

    with ThreadPoolExecutor(WORKERS) as pool:
        share = dict(zip(shapes, pool.map(sampled, shapes.values()), strict=True))
        left, right = pool.map(lung, lungs.items())
    living = share["tumour 1"] - share["core 1"]
    normal = share["perfused"] - share["tumour 1"] - share["tumour 2"] - share["perfused vessels"]
    rest_vessels = share["vessels"] - share["perfused vessels"]
    rest = share["liver"] - share["perfused"] - rest_vessels
    tumour, perfused = ("liver", "perfused", "tumour"), ("liver", "perfused", "normal-perfused", "normal-liver")
    outside = ("liver", "normal-liver")
    dead = ("liver", "perfused", "necrosis") if lesions.has_necrosis_contour else (*tumour, "tumour-1")
    parts = (
        Part("tumour 1, living", (*tumour, "tumour-1"), here, living, density["tumour"], tumour_to_normal),
        Part("tumour 1, dead core", dead, here, share["core 1"], density["necrosis"], core_to_normal),
        Part("tumour 2", (*tumour, "tumour-2"), here, share["tumour 2"], density["tumour"], second_to_normal),
        Part("normal liver, perfused", perfused, here, normal, density["liver"], 1.0),
        Part("vessels, perfused lobe", perfused, here, share["perfused vessels"], density["blood"], 0.0),
        Part("normal liver, not perfused", outside, here, rest, density["liver"], 0.0),
        Part("vessels, other lobe", outside, here, rest_vessels, density["blood"], 0.0),
        left,
        right,
    )
    contour_names = {"Liver": "liver", "Perfused": "perfused", "Tumour 1": "tumour 1", "Tumour 2": "tumour 2"}
    sums = {name: Ml(float(share[key].sum(dtype=np.float64)) * here.voxel_ml) for name, key in contour_names.items()}
    return parts, {**sums, "Lung_L": left.ml, "Lung_R": right.ml}
