"""Segmentations: binary, fractional and label maps to shares. Frames that hold nothing may be left out by the writer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset

from yttria.io.dicom.dataset import open_dataset
from yttria.io.dicom.geometry import MOST_SLICES, directions, pixel_spacing
from yttria.io.dicom.header import floats
from yttria.io.dicom.pixels import seal
from yttria.io.dicom.seg_functional_groups import Frame, frames_of, shared_groups
from yttria.io.dicom.seg_pixels import Box, Masks, open_masks
from yttria.values.errors import Finding, GeometryError, IntakeError
from yttria.values.grid import Grid
from yttria.values.maps import Voi

OFF_PLANE_SHARE = 0.1  # of a slice step: a frame further from a plane of the grid than this belongs to no even grid


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
    """What a segmentation holds: segments with volume, names of those without, doubts."""

    segments: tuple[Segment, ...]
    empty: tuple[str, ...]
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


def examine_seg(path: Path) -> SegmentSet:
    """Read a segmentation with its doubts."""
    what = "the segmentation"
    dataset = open_dataset(path)
    if str(dataset.get("Modality", "")) != "SEG":
        raise IntakeError(
            f"expected a segmentation (SEG), found {dataset.get('Modality', 'nothing')}; name another file"
        )
    described = frames_of(dataset)
    grid, slice_of = _grid(dataset, described, what=what)
    masks = open_masks(dataset, what=what)
    if len(masks.stored) != len(slice_of):
        raise IntakeError(
            f"{what} must describe each of its {len(masks.stored)} frames, but describes {len(slice_of)}; export it again"
        )
    findings: list[Finding] = []
    scale = _scale(dataset, findings, what=what)
    boxes = _boxes(dataset, masks, described, slice_of)
    segments: list[Segment] = []
    empty: list[str] = []
    for item in dataset.get("SegmentSequence") or []:
        number = int(item.SegmentNumber)
        if number == 0:  # the background of a label map
            continue
        name = str(item.get("SegmentLabel", "")).strip() or f"segment {number}"
        box = boxes.get(number)
        if box is None:
            empty.append(name)
            continue
        share = box.values if scale is None else seal(box.values / np.float32(scale))
        segments.append(Segment(Voi(name, "", _part(grid, box), share), _meaning(item)))
    known = {int(item.SegmentNumber) for item in dataset.get("SegmentSequence") or []}
    if stray := sum(box is not None for number, box in boxes.items() if number not in known | {0}):
        told = f"{what}: {stray} of its segments are drawn but not described (SegmentSequence); they play no part, export it again"
        findings.append(Finding("warning", "segment-undescribed", told))
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
            raise IntakeError("each frame of the segmentation must name its segment, but one does not; export it again")
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
            f"{what} must be binary, fractional or a label map, but is {kind or 'of no type'}; export it again"
        )
    full = int(dataset.get("MaximumFractionalValue") or 0)
    if full < 1:
        raise IntakeError(
            f"{what} is fractional and must state its MaximumFractionalValue, but does not; export it again"
        )
    if str(dataset.get("SegmentationFractionalType", "")).upper() != "OCCUPANCY":
        told = f"{what}: its fractions are probabilities, not shares of a voxel; they are used as shares"
        findings.append(Finding("warning", "probability-as-share", told))
    return float(full)


def _part(grid: Grid, box: Box) -> Grid:
    """Return the grid of a box."""
    affine = grid.matrix
    affine[:3, 3] = grid.points_of([box.first])[0]
    return Grid.of(box.values.shape, affine, grid.frame_uid)


def _grid(dataset: FileDataset, frames: Sequence[Frame], *, what: str) -> tuple[Grid, list[int]]:
    """Return the grid that all frames lie on, and the slice of each frame."""
    if not frames:
        raise GeometryError(f"{what} must describe where its frames lie, but does not; export it again")
    positions = [f.position for f in frames]
    orientations = [f.orientation for f in frames]
    if any(len(p) != 3 for p in positions) or len({tuple(np.round(o, 4)) for o in set(orientations)}) > 1:
        raise GeometryError(
            f"every frame of {what} must state its position, and all one orientation, but they do not; export it again"
        )
    along_row, along_column = directions(orientations[0], what=what)
    measures = _measures(dataset)
    row_mm, column_mm = pixel_spacing(floats(measures.get("PixelSpacing")), what=what)
    normal = np.cross(along_row, along_column)
    points = np.asarray(positions)
    height = points @ normal
    step = _step(np.unique(np.round(height, 4)), measures, what=what)
    place = (height - height.min()) / step
    if not place.max() < MOST_SLICES:
        raise GeometryError(
            f"frames of {what} must lie as close as slices of one volume, but they span {place.max():.3g} steps of {step:g} mm; export it again"
        )
    slices = np.rint(place).astype(int)
    sideways = points - points[0] - np.outer(height - height[0], normal)
    if np.abs(place - slices).max() > OFF_PLANE_SHARE or np.abs(sideways).max() > OFF_PLANE_SHARE * step:
        raise GeometryError(
            f"frames of {what} must lie on one even grid, but they do not (step {step:g} mm); export it again"
        )
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1], affine[:3, 2] = along_row * column_mm, along_column * row_mm, normal * step
    affine[:3, 3] = points[int(height.argmin())]
    shape = (int(slices.max()) + 1, int(dataset.Rows), int(dataset.Columns))
    return Grid.of(shape, affine, str(dataset.get("FrameOfReferenceUID", ""))), [int(s) for s in slices]


def _measures(dataset: FileDataset) -> Dataset:
    """Return the pixel measures: those of all frames, else the first frame's own (the standard forbids both)."""
    items = shared_groups(dataset).get("PixelMeasuresSequence")
    own = items or dataset.PerFrameFunctionalGroupsSequence[0].get("PixelMeasuresSequence")
    return Dataset(own[0]) if own else Dataset()


def _step(heights: NDArray[np.float64], measures: Dataset, *, what: str) -> float:
    """Return the slice distance: as stated, else the thickness where the frames lie at multiples of it, else the smallest distance."""
    stated = floats(measures.get("SpacingBetweenSlices"))
    thick = floats(measures.get("SliceThickness"))
    if stated and stated[0] != 0:
        return abs(stated[0])
    if len(heights) == 1:
        if not thick or thick[0] <= 0:
            raise GeometryError(f"{what} has one frame and must state its thickness, but does not; export it again")
        return thick[0]
    smallest = float(np.diff(heights).min())
    if (
        thick
        and thick[0] > 0
        and abs(smallest / thick[0] - round(smallest / thick[0])) < OFF_PLANE_SHARE <= smallest / thick[0]
    ):
        return smallest / max(round(smallest / thick[0]), 1)
    return smallest
