"""Three orthogonal slices through the index lesion as data: the image and the dose upon the CT, isodoses, outlines.

Everything is sampled in the patient's own axes (LPS), whatever the order and direction of the stored voxels: the letters
at the edges follow from the axes, not from the arrays. Sampling is for the eye alone; no number of the report stands on it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from yttria.report.plan.contour_sections import across, along, is_axial
from yttria.report.plan.vocabulary import isotope, option_title, role_words
from yttria.report.text.number_format import gbq, gy, number
from yttria.values.contour import Contour
from yttria.values.document import Figure, Picture
from yttria.values.grid import Grid
from yttria.values.maps import Voi
from yttria.values.patient import Result
from yttria.values.units import Share

ISODOSES_GY = (50.0, 120.0, 150.0, 205.0, 250.0, 400.0)
WASH_FROM_GY = 10.0
IMAGE_FROM_PERCENT = 5.0
HALF = 0.5
MODALITIES = {"NM": "SPECT", "PT": "PET"}
SCALES_MM = 27.0
WINDOW_HU = (50.0, 400.0)
PIXEL_MM = 0.8
SOLID_G_PER_ML = 0.6  # between lung (about 0.3) and fat (0.9)
MARGIN_MM = 22.0
WIDTH_MM = 178.0
OUTLINED = ("liver", "perfused", "tumour")
Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class View:
    """One plane of the patient: which LPS axes run along columns and rows, in which direction, and the letters there."""

    title: str
    across: int
    down: int
    through: int
    rising: bool
    letters: tuple[str, str, str, str]


VIEWS = (
    View("Axial", 0, 1, 2, rising=True, letters=("R", "L", "A", "P")),
    View("Coronal", 0, 2, 1, rising=False, letters=("R", "L", "H", "F")),
    View("Sagittal", 1, 2, 0, rising=False, letters=("A", "P", "H", "F")),
)


def slices_figure(result: Result) -> Figure:
    """Return the image itself and, beneath it in the same planes, the dose of the option that the plan shows, both upon the CT.

    The axial, coronal and sagittal planes go through the index lesion; without a tumour through the perfused volume.
    """
    option = result.plan.shown
    ratio = option.activity_bq / result.absorbed.activity_bq
    centre = lesion_centre(result)
    box = liver_box(result)
    most = _wash_max(result, ratio)
    dosed = [_picture(view, result, centre, box, ratio, most) for view in VIEWS]
    points = [plane_points(view, centre, box) for view in VIEWS]
    pictures = _imaged(dosed, [_image(result, p) for p in points], _in_liver(result, points), image_words(result))
    grey = "CT, window 50/400 HU" if result.patient_case.ct else "mass density (the case has no CT)"
    where = "index lesion" if result.absorbed.index else "perfused volume (no tumour is drawn)"
    outlined_roles = [role for role in OUTLINED if any(role in p.paths or role in p.outlines for p in dosed)]
    several = (
        " Each injection's image is shown in per cent of its own hottest point." if _has_own_images(result) else ""
    )
    return Figure(
        name="slices",
        title=f"Image and dose in the planes of the {where}",
        caption=f"Above: {image_words(result)} as it was read, in per cent of the hottest point of the liver in these planes, from {IMAGE_FROM_PERCENT:g} % up; uptake "
        f"beside its anatomy is a shift between image and CT.{several} Below: dose of {option_title(result.plan)}, {gbq(option.activity_bq)} GBq, from {gy(WASH_FROM_GY)} Gy up, full at {gy(most)} Gy; white "
        f"lines: isodoses in Gy; none in air and lung, where local deposition does not hold. Planes through the centroid of the {where}, LPS coordinates; thin "
        f"lines: the other planes. Grey: {grey}. Interpolated for display only: every number stands on the voxels of the emission grid. Outlines as drawn; where a "
        "volume has no contour, the surface at which half of a voxel belongs to it.",
        panels=[*pictures, *(replace(p, title="") for p in dosed)],
        height_mm=_rows_height(box),
        width_mm=WIDTH_MM,
        columns=len(VIEWS),
        keys=[(role, role_words(role) if role != "tumour" else "tumours") for role in outlined_roles],
    )


def image_words(result: Result) -> str:
    """Return what the emission image is: 99mTc-MAA SPECT, 90Y PET."""
    emission, modality = result.patient_case.emission, result.patient_case.modality
    name = emission.nuclide if isinstance(emission.nuclide, str) else emission.nuclide.name
    tracer = f"{isotope(name)}-MAA" if name == "Tc-99m" else isotope(name) if name else "emission image"
    return f"{tracer} {MODALITIES[modality]}" if modality in MODALITIES and name else tracer


def _has_own_images(result: Result) -> bool:
    return any(i.emission is not None for i in result.patient_case.injections)


def _image(result: Result, points: Array) -> Sequence[Array]:
    """Return the counts of each image in a plane: the case's, or one of each injection."""
    case = result.patient_case
    images = [i.emission for i in case.injections if i.emission is not None] or [case.emission]
    return [sampled(image.grid, image.numbers, points, outside=0.0) for image in images]


def _in_liver(result: Result, points: Sequence[Array]) -> Sequence[Array]:
    """Return where planes lie in the liver."""
    liver = result.absorbed.volumes.get("liver") or result.absorbed.volumes[_about(result)]
    return [sampled(liver.grid, liver.share, p, outside=0.0) >= HALF for p in points]


def _imaged(
    dosed: Sequence[Picture], counts: Sequence[Sequence[Array]], inside: Sequence[Array], words: str
) -> Sequence[Picture]:
    """Return the pictures of the dose with the image in place of it, in per cent of the hottest point of the liver."""
    hottest = [
        max(float(plane[n][region].max(initial=0.0)) for plane, region in zip(counts, inside, strict=True))
        for n in range(len(counts[0]))
    ]
    return [
        replace(
            picture,
            wash=np.maximum.reduce([100 * c / h if h > 0 else 0 * c for c, h in zip(plane, hottest, strict=True)]),
            levels=(),
            wash_most=100.0,
            wash_from=IMAGE_FROM_PERCENT,
            wash_unit=f"{words}\n% of hottest in liver",
            ramp="counts",
        )
        for picture, plane in zip(dosed, counts, strict=True)
    ]


def _picture(view: View, result: Result, centre: Array, box: Array, ratio: float, most: float) -> Picture:
    points = plane_points(view, centre, box)
    wash = _wash(result, points, ratio)
    contours = [c for c in result.patient_case.contours if _outlined(c.role) and is_axial(c)]
    axial = view.through == 2
    paths = _paths(contours, centre, box) if axial else {}
    outlines = {} if axial else _cuts(contours, view, points)
    for role, volumes in _volumes(result).items():
        if role not in paths and role not in outlines:
            outlines[role] = np.maximum.reduce([sampled(v.grid, v.share, points, outside=0.0) for v in volumes])
    return Picture(
        grey=grey_ct(result, points),
        wash=wash,
        outlines={role: share for role, share in outlines.items() if share.max() > 0.5},
        pixel_mm=(PIXEL_MM, PIXEL_MM),
        letters=view.letters,
        levels=[level for level in ISODOSES_GY if level < float(np.nanmax(wash, initial=0.0))],
        wash_most=most,
        wash_from=WASH_FROM_GY,
        title=f"{view.title}, {_place(view, centre)}",
        paths=paths,
        cross=_cross(view, centre, box),
        wash_unit="Dose\nGy",
    )


def _wash(result: Result, points: Array, ratio: float) -> Array:
    """Return the dose, NaN in air and lung: there an electron leaves its voxel, and dose per voxel means nothing."""
    dose, density = result.absorbed.dose, result.absorbed.density
    wash = sampled(dose.grid, dose.gy, points, outside=0.0) * ratio
    solid = sampled(density.grid, density.g_per_ml, points, outside=0.0) >= SOLID_G_PER_ML
    return np.asarray(np.where(solid, wash, np.nan), dtype=np.float32)


def grey_ct(result: Result, points: Array) -> Array:
    """Return the CT in its window; without a CT, density as if it were one."""
    ct, density = result.patient_case.ct, result.absorbed.density
    hu = (
        sampled(ct.grid, ct.hu, points, outside=-1000.0)
        if ct
        else (sampled(density.grid, density.g_per_ml, points, outside=0.0) - 1) * 1000
    )
    centre, width = WINDOW_HU
    return np.asarray(np.clip((hu - (centre - width / 2)) / width, 0, 1), dtype=np.float32)


def _place(view: View, centre: Array) -> str:
    """Return where the plane lies, as a DICOM viewer shows it: LPS mm."""
    return f"{'xyz'[view.through]} = {number(float(centre[view.through]), 0)} mm"


def _cross(view: View, centre: Array, box: Array) -> tuple[float, float]:
    """Return the pixel (column, row) where the other two planes cut this one."""
    column = (centre[view.across] - box[0][view.across]) / PIXEL_MM - 0.5
    down = centre[view.down] - box[0][view.down] if view.rising else box[1][view.down] - centre[view.down]
    return float(column), float(down / PIXEL_MM - 0.5)


def _outlined(role: str) -> str:
    """Return the outline that a role belongs to; empty for none."""
    family = "tumour" if role.startswith("tumour") else role
    return family if family in OUTLINED else ""


def _volumes(result: Result) -> Mapping[str, Sequence[Voi]]:
    """Return the finest volumes of each outline: masks on their own grids, else the emission grid's shares."""
    masks: dict[str, list[Voi]] = {}
    for voi in result.patient_case.volumes:
        masks.setdefault(_outlined(voi.role), []).append(voi)
    return {role: masks.get(role, [voi]) for role, voi in result.absorbed.volumes.items() if role in OUTLINED}


def _paths(contours: Sequence[Contour], centre: Array, box: Array) -> Mapping[str, Sequence[Array]]:
    """Return the drawn polygons of the axial slice, by role, in pixels."""
    polygons: dict[str, list[Array]] = {}
    for contour in contours:
        for polygon in along(contour, float(centre[2])):
            polygons.setdefault(_outlined(contour.role), []).append((polygon[:, :2] - box[0][:2]) / PIXEL_MM - 0.5)
    return polygons


def _cuts(contours: Sequence[Contour], view: View, points: Array) -> dict[str, Array]:
    """Return what an upright plane cuts out of the contours, by role."""
    shares: dict[str, Array] = {}
    columns, rows = points[0, :, view.across], points[:, 0, view.down]
    for contour in contours:
        share = across(contour, view.through, float(points[0, 0, view.through]), columns, rows)
        role = _outlined(contour.role)
        shares[role] = np.maximum(shares[role], share) if role in shares else share
    return shares


def _about(result: Result) -> str:
    """Return the role that the slices go through: the index lesion, or where none is drawn the perfused volume."""
    return result.absorbed.index or "perfused"


def lesion_centre(result: Result) -> Array:
    """Return the centroid of the volume that the slices are about, LPS mm, moved to the nearest CT plane where the CT lies along the axes."""
    voi = result.absorbed.volumes[_about(result)]
    k, j, i = np.nonzero(voi.share)
    weights = voi.share[k, j, i].astype(np.float64)
    centre: Array = voi.grid.points_of([np.average(np.stack([i, j, k], axis=1), axis=0, weights=weights)])[0]
    ct = result.patient_case.ct
    if ct is None or not ct.grid.is_axis_aligned:
        return centre
    nearest = np.clip(np.rint(ct.grid.index_of(centre)[0]), 0, np.array(ct.grid.shape_zyx[::-1]) - 1)
    snapped: Array = ct.grid.points_of(nearest)[0]
    return snapped


def liver_box(result: Result) -> Array:
    """Return the corners, shape (2, 3), LPS mm, of the liver with a margin, inside the image."""
    volumes = result.absorbed.volumes
    voi = volumes.get("liver") or volumes[_about(result)]
    kji = np.argwhere(voi.share > 0.5)
    corners = np.array([kji.min(axis=0)[::-1] - 0.5, kji.max(axis=0)[::-1] + 0.5])
    points = voi.grid.points_of(
        [[corners[a, 0], corners[b, 1], corners[c, 2]] for a in (0, 1) for b in (0, 1) for c in (0, 1)]
    )
    low, high = points.min(axis=0) - MARGIN_MM, points.max(axis=0) + MARGIN_MM
    picture = result.patient_case.ct.grid if result.patient_case.ct else voi.grid
    edge = picture.bounds_lps_mm()
    return np.array([np.maximum(low, edge[0]), np.minimum(high, edge[1])])


def plane_points(view: View, centre: Array, box: Array) -> Array:
    """Return the LPS points of the plane's pixels, shape (rows, columns, 3)."""
    size = box[1] - box[0]
    columns = box[0][view.across] + PIXEL_MM * (np.arange(int(size[view.across] / PIXEL_MM)) + 0.5)
    steps = PIXEL_MM * (np.arange(int(size[view.down] / PIXEL_MM)) + 0.5)
    rows = box[0][view.down] + steps if view.rising else box[1][view.down] - steps
    points = np.empty((len(rows), len(columns), 3))
    points[..., view.across] = columns
    points[..., view.down] = rows[:, None]
    points[..., view.through] = centre[view.through]
    return points


def sampled(grid: Grid, array: Array, points: Array, *, outside: float) -> Array:
    """Return the trilinear sample of an image at LPS points; `outside` beyond its outer voxel centres."""
    index = grid.index_of(points.reshape(-1, 3))[:, ::-1].T
    values = map_coordinates(array, index, order=1, mode="constant", cval=outside, output=np.float32)
    return np.asarray(values).reshape(points.shape[:2])


def _wash_max(result: Result, ratio: float) -> float:
    """Return the dose of the full colour: the D2 of the volume that the slices are about, rounded up to 50 Gy."""
    most = float(result.absorbed.dvh[_about(result)].dose_covering(Share(0.02))) * ratio
    return float(max(50.0, np.ceil(most / 50) * 50))


def _rows_height(box: Array) -> float:
    """Return the height of two rows of pictures beside their scales, with title and keys, mm."""
    size = box[1] - box[0]
    scale = (WIDTH_MM - SCALES_MM - 2 * 3.0) / (2 * size[0] + size[1])
    return float(2 * max(size[1], size[2]) * scale + 5.0 + 3.0 + 9.0)


def row_height(box: Array) -> float:
    """Return the height of the row of pictures with its title and keys, mm, at one scale for the three."""
    size = box[1] - box[0]
    scale = (WIDTH_MM - 2 * 3.0) / (2 * size[0] + size[1])
    return float(max(size[1], size[2]) * scale + 5.0 + 9.0)
