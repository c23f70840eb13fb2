"""Segmentations: binary, fractional and label maps to shares. Frames that hold nothing may be left out by the writer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset

from yttria.io.dicom.dataset import open_dataset
from yttria.io.dicom.empty_structure import EmptyStructure
from yttria.io.dicom.geometry import MOST_SLICES, directions, pixel_spacing
from yttria.io.dicom.header import floats
from yttria.io.dicom.pixels import seal
from yttria.io.dicom.referenced_image import Slices, levels_of
from yttria.io.dicom.seg_functional_groups import Frame, frames_of, shared_groups
from yttria.io.dicom.seg_pixels import Box, Masks, open_masks
from yttria.values.errors import Finding, GeometryError, IntakeError, numbered
from yttria.values.grid import Grid
from yttria.values.maps import Voi

Array = NDArray[np.float64]
OFF_PLANE_SHARE = 0.1  # of a slice step: a frame further from a plane of the grid than this belongs to no even grid
CLAIM_SHARE = 0.02  # of a distance: a stated one that differs by less is the same, rounded
WIDER = 1.5  # planes that lie further apart than this many of their thickness may leave some out


@dataclass(frozen=True, slots=True, repr=False)
class Segment:
    """One segment: its volume, and what its type code calls it.

    Parameters
    ----------
    voi
        Named by the segment's label, without a role.
    meaning
        Meaning of the property type: "Liver" where the label is "Segment 1".
    """

    voi: Voi
    meaning: str


@dataclass(frozen=True, slots=True, repr=False)
class SegmentSet:
    """What a segmentation holds: segments with volume, names of those without, findings."""

    segments: tuple[Segment, ...]
    empty: tuple[EmptyStructure, ...]
    findings: tuple[Finding, ...]


def read_seg(path: Path) -> tuple[Voi, ...]:
    """Read the segments of a segmentation as volumes of interest, without roles.

    Raises
    ------
    IntakeError
        Not a segmentation; pixels that cannot be decoded; a frame that names no segment.
    GeometryError
        Frames that lie on no common even grid.
    """
    return tuple(s.voi for s in examine_seg(path).segments)


def examine_seg(path: Path, *, image: Slices | None = None) -> SegmentSet:
    """Read a segmentation with its findings.

    Parameters
    ----------
    image
        Slices of the image that it was drawn on: they alone tell planes that were left out from planes that lie far distance. None where unknown.
    """
    what = "the segmentation"
    dataset = open_dataset(path)
    if str(dataset.get("Modality", "")) != "SEG":
        raise IntakeError(
            f"expected a segmentation (SEG), found {dataset.get('Modality', 'nothing')}; name another file",
            code="segment-value",
        )
    described = frames_of(dataset)
    findings: list[Finding] = []
    grid, slice_of, distance = _grid(dataset, described, image, findings, what=what)
    masks = open_masks(dataset, what=what)
    if len(masks.stored) != len(slice_of):
        raise IntakeError(
            f"{what} must describe each of its {len(masks.stored)} frames, but describes {len(slice_of)}; export it again",
            code="frame-count",
            values={"masks": len(masks.stored), "frames": len(slice_of)},
        )
    scale = _scale(dataset, findings, what=what)
    boxes = _boxes(dataset, masks, described, slice_of)
    segments: list[Segment] = []
    empty: list[EmptyStructure] = []
    for item in dataset.get("SegmentSequence") or []:
        number = int(item.SegmentNumber)
        if number == 0:  # the background of a label map
            continue
        name = str(item.get("SegmentLabel", "")).strip() or f"segment {number}"
        box = boxes.get(number)
        if box is None:
            empty.append(EmptyStructure(name, "has no voxel in it", blank=True))
            continue
        share = box.values if scale is None else seal(box.values / np.float32(scale))
        segments.append(Segment(Voi(name, "", _part(grid, box), share), _meaning(item)))
    if distance.other_mm:
        findings.append(_audit_distance(distance, segments, what=what))
    known = {int(item.SegmentNumber) for item in dataset.get("SegmentSequence") or []}
    if stray := sum(box is not None for number, box in boxes.items() if number not in known | {0}):
        message = f"{what}: {stray} of its segments are drawn but not described (SegmentSequence); they play no part, export it again"
        findings.append(Finding("warning", "segment-undescribed", message))
    return SegmentSet(tuple(segments), tuple(empty), tuple(findings))


def _boxes(
    dataset: FileDataset, masks: Masks, frames: Sequence[Frame], slice_of: Sequence[int]
) -> Mapping[int, Box | None]:
    """Return by segment number what its frames hold; all frames of a label map show all segments."""
    if str(dataset.get("SegmentationType", "")).upper() == "LABELMAP":
        return masks.label_boxes(dict(enumerate(slice_of)))
    laid: dict[int, dict[int, int]] = {}
    for at, frame in enumerate(frames):
        if frame.segment is None:
            raise IntakeError(
                "each frame of the segmentation must name its segment, but one does not; export it again",
                code="segment-value",
            )
        laid.setdefault(frame.segment, {})[at] = slice_of[at]
    return {number: masks.box(mine) for number, mine in laid.items()}


def _meaning(item: Dataset) -> str:
    """Return what a segment is by its property type."""
    codes = item.get("SegmentedPropertyTypeCodeSequence") or []
    return str(codes[0].get("CodeMeaning", "")).strip() if codes else ""


def _scale(dataset: FileDataset, findings: list[Finding], *, what: str) -> float | None:
    """Return what a full voxel of a fractional segmentation is stored as; None for binary ones and label maps."""
    kind = str(dataset.get("SegmentationType", "")).upper()
    if kind in {"BINARY", "LABELMAP"}:
        return None
    if kind != "FRACTIONAL":
        raise IntakeError(
            f"{what} must be binary, fractional or a label map, but is {kind or 'of no type'}; export it again",
            code="segmentation-kind",
        )
    full = int(dataset.get("MaximumFractionalValue") or 0)
    if full < 1:
        raise IntakeError(
            f"{what} is fractional and must state its MaximumFractionalValue, but does not; export it again",
            code="segmentation-fraction-maximum",
        )
    if str(dataset.get("SegmentationFractionalType", "")).upper() != "OCCUPANCY":
        message = f"{what}: its fractions are probabilities, not shares of a voxel; they are used as shares"
        findings.append(Finding("warning", "probability-as-share", message))
    return float(full)


def _part(grid: Grid, box: Box) -> Grid:
    """Return the grid of a box."""
    affine = grid.matrix
    affine[:3, 3] = grid.points_of([box.first])[0]
    return Grid.of(box.values.shape, affine, grid.frame_uid)


@dataclass(frozen=True, slots=True)
class _PlaneDistance:
    """How far planes lie distance.

    Parameters
    ----------
    step_mm
        The distance that is used.
    other_mm
        The one that cannot be excluded without the image; 0 where there is none.
    why
        What speaks for the one and for the other.
    """

    step_mm: float
    other_mm: float = 0.0
    why: str = ""


def _grid(
    dataset: FileDataset, frames: Sequence[Frame], image: Slices | None, findings: list[Finding], *, what: str
) -> tuple[Grid, list[int], _PlaneDistance]:
    """Return the grid that all frames lie on, the slice of each frame, and how far planes lie distance."""
    if not frames:
        raise GeometryError(
            f"{what} must describe where its frames lie, but does not; export it again", code="frame-position-absent"
        )
    points, (along_row, along_column) = _places(frames, what=what)
    measures = _measures(dataset)
    row_mm, column_mm = pixel_spacing(floats(measures.get("PixelSpacing")), what=what)
    shape = (int(dataset.Rows), int(dataset.Columns))
    _require_one_direction(frames, (along_row, along_column), (column_mm, row_mm), shape, what=what)
    normal = np.cross(along_row, along_column)
    height = points @ normal
    distance = _distance(levels_of(height), measures, image, normal, findings, what=what)
    step = distance.step_mm
    place = (height - height.min()) / step
    if not place.max() < MOST_SLICES:
        raise GeometryError(
            f"frames of {what} must lie as close as slices of one volume, but they span {place.max():.3g} steps of {step:g} mm; export it again",
            code="slice-distance",
            values={"off_mm": float(place.max()), "step_mm": step},
        )
    slices = np.rint(place).astype(int)
    sideways = points - points[0] - np.outer(height - height[0], normal)
    if np.abs(place - slices).max() > OFF_PLANE_SHARE or np.abs(sideways).max() > OFF_PLANE_SHARE * step:
        raise GeometryError(
            f"frames of {what} must lie on one even grid, but they do not (step {step:g} mm); export it again",
            code="slice-distance",
            values={"step_mm": step},
        )
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1], affine[:3, 2] = along_row * column_mm, along_column * row_mm, normal * step
    affine[:3, 3] = points[int(height.argmin())]
    grid = Grid.of((int(slices.max()) + 1, *shape), affine, str(dataset.get("FrameOfReferenceUID", "")))
    return grid, [int(s) for s in slices], distance


def _places(frames: Sequence[Frame], *, what: str) -> tuple[Array, tuple[Array, Array]]:
    """Return the position of each frame, shape (n, 3), and the directions of the first frame's rows and columns."""
    if any(len(f.position) != 3 or len(f.orientation) != 6 for f in frames):
        raise GeometryError(
            f"every frame of {what} must state its position and its orientation, but one does not; export it again",
            code="orientation-value",
        )
    return np.asarray([f.position for f in frames], dtype=np.float64), directions(frames[0].orientation, what=what)


def _require_one_direction(
    frames: Sequence[Frame],
    axes: tuple[Array, Array],
    spacing_mm: tuple[float, float],
    shape: tuple[int, int],
    *,
    what: str,
) -> None:
    """Refuse frames that are turned against each other so far that a corner moves by a tenth of a pixel.

    Raises
    ------
    GeometryError
        Says by how much.
    """
    others = {f.orientation for f in frames}
    if len(others) == 1:
        return
    rows, columns = shape
    turned = np.asarray(sorted(others)) - np.concatenate(axes)
    moved = np.linalg.norm(turned[:, :3], axis=1) * columns * spacing_mm[0]
    moved = moved + np.linalg.norm(turned[:, 3:], axis=1) * rows * spacing_mm[1]
    if moved.max() > OFF_PLANE_SHARE * min(spacing_mm):
        raise GeometryError(
            f"all frames of {what} must have one orientation, but they differ by up to {np.abs(turned).max():.2g} ({moved.max():.3f} mm at the far corner); export it again",
            code="orientation-value",
            values={"turned": float(np.abs(turned).max()), "moved_mm": float(moved.max())},
        )


def _measures(dataset: FileDataset) -> Dataset:
    """Return the pixel measures: those of all frames, else the first frame's own (the standard forbids both)."""
    items = shared_groups(dataset).get("PixelMeasuresSequence")
    own = items or dataset.PerFrameFunctionalGroupsSequence[0].get("PixelMeasuresSequence")
    return Dataset(own[0]) if own else Dataset()


def _distance(
    levels: Array, measures: Dataset, image: Slices | None, normal: Array, findings: list[Finding], *, what: str
) -> _PlaneDistance:
    """Return how far planes lie distance: as the slices of the image that they lie on, else as the frames themselves.

    SliceThickness is no distance, and SpacingBetweenSlices a claim that positions must bear out.
    """
    stated = abs((floats(measures.get("SpacingBetweenSlices")) or (0.0,))[0])
    thick = abs((floats(measures.get("SliceThickness")) or (0.0,))[0])
    sliced = _image_distance(levels, image, normal)
    if len(levels) == 1:
        return _of_one_frame(sliced, stated, thick, findings, what=what)
    own = float(np.diff(levels).min())
    times = _whole(own, stated, what=what) if stated else 1
    if sliced is not None:
        if stated and abs(stated / sliced - 1) > CLAIM_SHARE:
            message = f"{what}: it says that its planes lie {stated:g} mm apart (SpacingBetweenSlices), but the slices of its image lie {sliced:g} mm apart; these count"
            findings.append(
                Finding("warning", "spacing-contradicts-image", message, {"stated": stated, "sliced": sliced})
            )
        return _PlaneDistance(sliced)
    own = _even(levels, own)
    if times > 1:
        return _PlaneDistance(
            own / times,
            own,
            f"as it says (SpacingBetweenSlices), but no two lie nearer to each other than {own:.4g} mm",
        )
    if not stated and 0 < thick < own / WIDER:
        return _PlaneDistance(own, thick, f"as its frames do, but each is {thick:.4g} mm thick (SliceThickness)")
    return _PlaneDistance(own)


def _image_distance(levels: Array, image: Slices | None, normal: Array) -> float | None:
    """Return the slice distance of the image; None where frames do not lie on its slices."""
    height = image.heights_along(normal) if image is not None else None
    if height is None or len(height) < 2:
        return None
    step = float(f"{np.median(np.diff(height)):.9g}")
    off = np.abs(levels[:, None] - height[None]).min(axis=1)
    return step if off.max() <= OFF_PLANE_SHARE * step else None


def _whole(own: float, stated: float, *, what: str) -> int:
    """Return how many of the stated distances the frames' own is.

    Raises
    ------
    GeometryError
        It is no whole number of them.
    """
    times = round(own / stated)
    if times < 1 or abs(own / stated - times) > CLAIM_SHARE * times:
        raise GeometryError(
            f"frames of {what} must lie as far apart as it says ({stated:g} mm, SpacingBetweenSlices), but they lie {own:g} mm apart; export it again",
            code="slice-distance",
            values={"stated": stated, "own": own},
        )
    return times


def _even(levels: Array, smallest: float) -> float:
    """Return the distance over the whole stack: positions are rounded, and the smallest distance is the most wrong."""
    many = round(float(levels[-1] - levels[0]) / smallest)
    even = float(levels[-1] - levels[0]) / many
    return float(f"{even:.9g}") if abs(even / smallest - 1) < CLAIM_SHARE else smallest


def _of_one_frame(
    sliced: float | None, stated: float, thick: float, findings: list[Finding], *, what: str
) -> _PlaneDistance:
    """Return how thick a single plane is: as its image's slices lie apart, as it says, as it is thick (with a warning)."""
    if sliced is not None:
        return _PlaneDistance(sliced)
    if stated:
        return _PlaneDistance(stated)
    if not thick:
        raise GeometryError(
            f"{what} has one frame and must state its thickness, but does not; export it again",
            code="slice-thickness-absent",
        )
    message = f"{what}: it lies on one plane, and the slice distance of its image is unknown; it is taken to be {thick:g} mm thick (SliceThickness)"
    findings.append(Finding("warning", "single-plane", message, {"thick": thick}))
    return _PlaneDistance(thick)


def _audit_distance(distance: _PlaneDistance, segments: Sequence[Segment], *, what: str) -> Finding:
    """Return the finding that planes may lie apart as was not chosen, with both volumes."""
    ratio = distance.other_mm / distance.step_mm
    volumes = "; ".join(f"{s.voi.name} {s.voi.ml:.4g} mL, or {s.voi.ml * ratio:.4g} mL" for s in segments[:4])
    message = (
        f"{what}: its planes are taken to lie {distance.step_mm:.4g} mm apart, {distance.why}; whether planes are left out between them "
        f"only the image tells that it was drawn on ({volumes}); give that image as well"
    )
    return Finding(
        "warning",
        "slice-distance-unsure",
        message,
        {
            "step_mm": distance.step_mm,
            "other_mm": distance.other_mm,
            **numbered("volume_ml", (s.voi.ml for s in segments[:4])),
            **numbered("other_ml", (s.voi.ml * ratio for s in segments[:4])),
        },
    )
