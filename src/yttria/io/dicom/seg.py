"""Segmentations: binary, fractional and label maps to shares. Frames that hold nothing may be left out by the writer."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset

from yttria.io.dicom.geometry import directions, floats, pixel_spacing
from yttria.io.dicom.opened import open_dataset, open_pixels
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
    grid, slice_of = _grid(dataset, what=what)
    pixels = open_pixels(dataset, what=what)
    frames = pixels if pixels.ndim == 3 else pixels[np.newaxis]
    if len(frames) != len(slice_of):
        raise IntakeError(
            f"{what} must describe each of its {len(frames)} frames, but describes {len(slice_of)}; export it again"
        )
    findings: list[Finding] = []
    scale = _scale(dataset, findings, what=what)
    segments: list[Segment] = []
    empty: list[str] = []
    for item in dataset.get("SegmentSequence") or []:
        if int(item.SegmentNumber) == 0:  # the background of a label map
            continue
        number, name = (
            int(item.SegmentNumber),
            str(item.get("SegmentLabel", "")).strip() or f"segment {item.SegmentNumber}",
        )
        share = _share(dataset, frames, slice_of, number, grid.shape_zyx[0], scale)
        if share is None:
            empty.append(name)
            continue
        segments.append(Segment(Voi(name, "", *_lifted(grid, share)), _meaning(item)))
    return SegmentSet(tuple(segments), tuple(empty), tuple(findings))


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


def _share(
    dataset: FileDataset, frames: NDArray[Any], slice_of: Sequence[int], number: int, slices: int, scale: float | None
) -> tuple[int, NDArray[np.float32]] | None:
    """Return the first slice that a segment touches and its shares from there on; None where it is empty."""
    labels = str(dataset.get("SegmentationType", "")).upper() == "LABELMAP"
    mine = [f for f in range(len(frames)) if labels or _segment_of(dataset, f) == number]
    if not mine:
        return None
    low, high = min(slice_of[f] for f in mine), max(slice_of[f] for f in mine)
    share = np.zeros((min(high + 1, slices) - low, *frames.shape[1:]), dtype=np.float32)
    for f in mine:
        values = frames[f] == number if labels else frames[f]
        share[slice_of[f] - low] = np.maximum(share[slice_of[f] - low], values)
    if scale is not None:
        share /= scale
    return (low, share) if share.any() else None


def _lifted(grid: Grid, part: tuple[int, NDArray[np.float32]]) -> tuple[Grid, NDArray[np.float32]]:
    """Return shares with the grid of the slices that they lie on."""
    first, share = part
    affine = grid.matrix
    affine[:3, 3] = grid.points_of([(0, 0, first)])[0]
    return Grid.of(share.shape, affine, grid.frame_uid), share


def _groups(dataset: FileDataset, frame: int) -> tuple[Dataset, Dataset]:
    shared = dataset.get("SharedFunctionalGroupsSequence") or [Dataset()]
    return dataset.PerFrameFunctionalGroupsSequence[frame], shared[0]


def _macro(dataset: FileDataset, frame: int, keyword: str) -> Dataset:
    """Return a functional group of a frame: its own, else the shared one, else an empty one."""
    for group in _groups(dataset, frame):
        items = group.get(keyword)
        if items:
            return Dataset(items[0])
    return Dataset()


def _segment_of(dataset: FileDataset, frame: int) -> int:
    number = _macro(dataset, frame, "SegmentIdentificationSequence").get("ReferencedSegmentNumber")
    if number is None:
        raise IntakeError("each frame of the segmentation must name its segment, but one does not; export it again")
    return int(number)


def _grid(dataset: FileDataset, *, what: str) -> tuple[Grid, list[int]]:
    """Return the grid that all frames lie on, and the slice of each frame."""
    described = len(dataset.get("PerFrameFunctionalGroupsSequence") or [])
    if not described:
        raise GeometryError(f"{what} must describe where its frames lie, but does not; export it again")
    positions, orientations = [], []
    for frame in range(described):
        positions.append(floats(_macro(dataset, frame, "PlanePositionSequence").get("ImagePositionPatient")))
        orientations.append(floats(_macro(dataset, frame, "PlaneOrientationSequence").get("ImageOrientationPatient")))
    if any(len(p) != 3 for p in positions) or len({tuple(np.round(o, 4)) for o in orientations}) > 1:
        raise GeometryError(
            f"every frame of {what} must state its position, and all one orientation, but they do not; export it again"
        )
    along_row, along_column = directions(orientations[0], what=what)
    measures = _macro(dataset, 0, "PixelMeasuresSequence")
    row_mm, column_mm = pixel_spacing(floats(measures.get("PixelSpacing")), what=what)
    normal = np.cross(along_row, along_column)
    points = np.asarray(positions)
    height = points @ normal
    step = _step(np.unique(np.round(height, 4)), measures, what=what)
    place = (height - height.min()) / step
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
