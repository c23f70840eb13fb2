"""Affines from the tags that really hold them: per slice, in the detector's sequence, or per frame.

An image's voxel (i, j, k) = (column, row, slice) lies at origin + i * column step + j * row step + k * slice step, LPS mm;
slices are stored along the normal row x column direction, whatever their order in the files.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from yttria.io.dicom.gantry_tilt import Shear, shear_of
from yttria.io.dicom.header import Header, floats
from yttria.io.dicom.phases import require_one_phase
from yttria.io.dicom.series import Series
from yttria.values.errors import Finding, GeometryError, IntakeError, numbered
from yttria.values.grid import Grid

DIRECTION_TOLERANCE = 1e-3
IRREGULAR_SHARE = 0.1  # of a slice step: a position further from its place than this is not a regular stack
ROUNDED_SHARE = 0.01  # of a slice step: rounded positions up to here are not worth a word
SHEAR_MM = 0.1
ROUNDED = (
    1e-4  # numbers of one series that differ by less (mm, directions; or of themselves) were written with other digits
)
SAME_CORNER = 0.01  # of a pixel: directions that move a corner by less are one
TILT_TOLERANCE_DEG = 0.5  # a stated tilt beyond this must show in the positions
SMALLEST_MM, LARGEST_MM = 0.01, 200.0  # of a voxel's edge: beyond it a number has gone wrong
MOST_SLICES = 1 << 16  # of one volume: more is a number gone wrong, and costs minutes before anything else finds it


@dataclass(frozen=True, slots=True)
class Stack:
    """Slices in their order in space.

    Parameters
    ----------
    grid
        Where they lie.
    order
        Index of the file or frame that is slice k.
    findings
        Findings about the geometry.
    shear
        How slices of a tilted gantry lie in the grid; None where they lie straight above each other.
    """

    grid: Grid
    order: tuple[int, ...]
    findings: tuple[Finding, ...] = ()
    shear: Shear | None = None


def directions(orientation: Sequence[float], *, what: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the unit directions of rows (along columns' index i) and of columns (along j), LPS.

    Raises
    ------
    GeometryError
        Not six numbers, not unit vectors, not at right angles.
    """
    values = np.asarray(orientation, dtype=np.float64)
    if values.shape != (6,) or not np.isfinite(values).all():
        raise GeometryError(
            f"{what} must state its orientation as six numbers (ImageOrientationPatient), but has {len(orientation)}; export it with its geometry",
            code="orientation-value",
            values={"numbers": len(orientation)},
        )
    along_row, along_column = values[:3], values[3:]
    lengths = np.linalg.norm(along_row), np.linalg.norm(along_column)
    if max(abs(n - 1) for n in lengths) > 10 * DIRECTION_TOLERANCE:
        raise GeometryError(
            f"{what} must state directions of length 1, but they are {lengths[0]:.4g} and {lengths[1]:.4g} long; export it again",
            code="orientation-value",
            values={"row_length": float(lengths[0]), "column_length": float(lengths[1])},
        )
    along_row, along_column = along_row / lengths[0], along_column / lengths[1]
    if abs(float(along_row @ along_column)) > DIRECTION_TOLERANCE:
        raise GeometryError(
            f"{what} must have rows and columns at right angles, but their cosine is {float(along_row @ along_column):.4g}; export it again",
            code="orientation-value",
            values={"product": float(along_row @ along_column)},
        )
    return along_row, along_column


def pixel_spacing(values: Sequence[float], *, what: str) -> tuple[float, float]:
    """Return (row distance, column distance), mm, refusing what is absent or not above zero."""
    if len(values) != 2 or not all(np.isfinite(v) and v > 0 for v in values):
        raise GeometryError(
            f"{what} must state a pixel spacing of two numbers above zero, but has {list(values) or 'none'}; export it with its geometry",
            code="pixel-spacing",
        )
    if not all(SMALLEST_MM <= v <= LARGEST_MM for v in values):
        raise GeometryError(
            f"pixels of {what} must be of a size that images have ({SMALLEST_MM:g} to {LARGEST_MM:g} mm), but PixelSpacing is {values[0]:g}, {values[1]:g}; export it again",
            code="pixel-spacing",
            values={"row_spacing_mm": float(values[0]), "column_spacing_mm": float(values[1])},
        )
    return float(values[0]), float(values[1])


def stack_of(
    positions: Sequence[Sequence[float]],
    orientation: Sequence[float],
    spacing: Sequence[float],
    shape: tuple[int, int],
    *,
    thickness: float | None,
    frame_uid: str,
    what: str,
    tilted: bool = False,
) -> Stack:
    """Return the stack that slices at these positions make.

    Parameters
    ----------
    positions
        Centre of the first pixel of each slice, LPS mm.
    orientation
        ImageOrientationPatient.
    spacing
        PixelSpacing: (row distance, column distance), mm.
    shape
        (rows, columns).
    thickness
        Slice thickness, mm; the slice step where there is one slice only.
    tilted
        Whether the reader makes slices of a tilted gantry upright; otherwise they are refused.

    Raises
    ------
    GeometryError
        Positions absent, duplicated, with gaps, uneven, or drifting sideways (gantry tilt).
    """
    along_row, along_column = directions(orientation, what=what)
    row_mm, column_mm = pixel_spacing(spacing, what=what)
    normal = np.cross(along_row, along_column)
    points = _points(positions, what=what)
    distance = points @ normal
    order = np.argsort(distance, kind="stable")
    points, distance = points[order], distance[order]
    findings: list[Finding] = []
    shear = None
    if len(points) == 1:
        step = _single_step(thickness, what=what)
    else:
        step = _regular_step(distance, what=what, findings=findings)
        if _drift(points, normal) > max(SHEAR_MM, 2 * ROUNDED * float(distance[-1] - distance[0])):
            if not tilted:
                _refuse_tilt(points, normal, what=what)
            shear = shear_of(points, (along_row, along_column), (row_mm, column_mm), shape, what=what)
        if thickness and thickness > step * 1.05:
            findings.append(
                Finding(
                    "note",
                    "overlapping-slices",
                    f"{what}: slices are {thickness:g} mm thick and lie {step:g} mm apart; the distance is used",
                    {"thickness_mm": thickness, "step_mm": step},
                )
            )
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1], affine[:3, 2] = along_row * column_mm, along_column * row_mm, normal * step
    affine[:3, 3] = points[0]
    if shear is not None:
        affine[:3, 3] = points[0] + affine[:3, :2] @ shear.first_px
        shape = shear.shape
        findings.append(_tilt_finding(shear, what=what))
    grid = Grid.of((len(points), *shape), affine, frame_uid)
    return Stack(grid, tuple(int(i) for i in order), tuple(findings), shear)


def _tilt_finding(shear: Shear, *, what: str) -> Finding:
    message = (
        f"{what}: the gantry was tilted by {shear.tilt_deg:.1f}°; each slice is shifted within its plane onto an upright grid (linear interpolation), "
        f"and what no slice covers there is air"
    )
    return Finding("warning", "gantry-tilt", message, {"tilt_deg": shear.tilt_deg})


def _points(positions: Sequence[Sequence[float]], *, what: str) -> NDArray[np.float64]:
    missing = sum(len(p) != 3 for p in positions)
    if missing:
        raise GeometryError(
            f"every slice of {what} must state its position (ImagePositionPatient), but {missing} of {len(positions)} do not; export it with its geometry",
            code="position-absent",
            values={"positions": len(positions)},
        )
    points = np.asarray(positions, dtype=np.float64)
    if not np.isfinite(points).all():
        raise GeometryError(
            f"every slice of {what} must lie at a finite position, but one does not; export it again",
            code="position-absent",
        )
    return points


def _single_step(thickness: float | None, *, what: str) -> float:
    if thickness is None or not np.isfinite(thickness) or thickness <= 0:
        raise GeometryError(
            f"{what} has one slice and must state its thickness, but SliceThickness is {thickness}; add the missing slices or the tag",
            code="slice-thickness-absent",
        )
    return float(thickness)


def _regular_step(distance: NDArray[np.float64], *, what: str, findings: list[Finding]) -> float:
    """Return the slice step of sorted distances, refusing duplicates, gaps and uneven stacks."""
    steps = np.diff(distance)
    typical = float(np.median(steps))
    twice = steps < 1e-3
    if twice.any():
        at_mm = distance[1:][twice][:4]
        at = ", ".join(f"{d:.2f}" for d in at_mm)
        raise GeometryError(
            f"{what} must have one slice a position, but {int(twice.sum())} positions occur more than once (at {at} mm along its axis); "
            "keep one phase or copy of the series",
            code="slice-duplicate",
            values={"positions": int(twice.sum()), **numbered("at_mm", at_mm)},
        )
    gaps = steps > 1.5 * typical
    if gaps.any():
        lost = _missing(distance, gaps, typical)
        text = ", ".join(f"{d:.2f}" for d in lost[:6]) + (" …" if len(lost) > 6 else "")
        count = f"{len(lost)}" if len(lost) < MOST_SLICES else f"more than {MOST_SLICES}"
        raise GeometryError(
            f"{what} must be complete, but {count} {'slice is' if len(lost) == 1 else 'slices are'} missing at {text} mm along its axis (step {typical:g} mm); "
            "send the missing slices",
            code="slice-missing",
            values={"usual_mm": float(typical), **numbered("at_mm", lost[:6])},
        )
    step = float((distance[-1] - distance[0]) / len(steps))
    off = float(np.abs(distance - (distance[0] + step * np.arange(len(distance)))).max())
    if off > IRREGULAR_SHARE * step:
        raise GeometryError(
            f"{what} must have slices at even distances, but they vary from {steps.min():.3g} to {steps.max():.3g} mm; export it with one slice distance",
            code="slice-distance",
            values={"least_mm": float(steps.min()), "most_mm": float(steps.max())},
        )
    if off > ROUNDED_SHARE * step:
        findings.append(
            Finding(
                "note",
                "rounded-positions",
                f"{what}: slice positions lie up to {off:.2g} mm from an even stack; the mean step {step:.4g} mm is used",
                {"off_mm": off, "step_mm": step},
            )
        )
    return float(f"{step:.9g}")


def _missing(distance: NDArray[np.float64], gaps: NDArray[np.bool_], typical: float) -> list[float]:
    """Return the positions of missing slices in order, and no more than MOST_SLICES of them."""
    lost: list[float] = []
    for index in np.flatnonzero(gaps):
        wide = float(distance[index + 1] - distance[index]) / typical
        count = max(round(min(wide, MOST_SLICES)) - 1, 1)
        lost += [float(distance[index] + typical * (n + 1)) for n in range(count)]
    return lost[:MOST_SLICES]


def _drift(points: NDArray[np.float64], normal: NDArray[np.float64]) -> float:
    """Return how far slices drift sideways, mm."""
    rel = points - points[0]
    return float(np.linalg.norm(rel - np.outer(rel @ normal, normal), axis=1).max())


def _refuse_tilt(points: NDArray[np.float64], normal: NDArray[np.float64], *, what: str) -> None:
    """Refuse a stack whose slices drift sideways: its grid would be sheared."""
    rel = points[-1] - points[0]
    angle = float(np.degrees(np.arctan2(np.linalg.norm(rel - (rel @ normal) * normal), rel @ normal)))
    raise GeometryError(
        f"slices of {what} must lie straight above each other, but they drift {_drift(points, normal):.2f} mm sideways (tilt {angle:.1f}°, gantry tilt?); "
        "resample the series to an upright stack",
        code="slice-drift",
        values={"angle": angle, "drift_mm": _drift(points, normal)},
    )


def one_spacing(spacings: Sequence[Sequence[float]], *, what: str) -> tuple[float, float]:
    """Return the pixel spacing that slices share, (row distance, column distance), mm; digits that were rounded off are one spacing.

    Raises
    ------
    GeometryError
        Spacings that differ by more than 1e-4 mm and 1e-4 of themselves; one that is absent or cannot be.
    """
    each = [pixel_spacing(s, what=what) for s in dict.fromkeys(tuple(s) for s in spacings)]
    if not same_numbers(each):
        first = sorted(each)[:4]
        text = ", ".join(f"{row:g} x {column:g}" for row, column in first)
        raise GeometryError(
            f"all slices of {what} must have one pixel spacing, but there are {len(each)}: {text} mm; keep one reconstruction",
            code="pixel-spacing",
            values={
                "spacings": len(each),
                **numbered("row_mm", (row for row, _ in first)),
                **numbered("column_mm", (column for _, column in first)),
            },
        )
    return each[0]


def same_numbers(each: Sequence[Sequence[float]]) -> bool:
    """Tell whether rows of numbers are one but for digits that were rounded off.

    Examples
    --------
    >>> same_numbers([(0.78125, 0.78125), (0.7812, 0.7813)]), same_numbers([(0.78125,), (0.7815,)]), same_numbers([(1.0,), (1.0, 1.0)])
    (True, False, False)
    """
    if len({len(row) for row in each}) > 1:
        return False
    values = np.asarray(each, dtype=np.float64)
    low, high = values.min(axis=0), values.max(axis=0)
    return bool((high - low <= ROUNDED * np.maximum(1, np.maximum(abs(low), abs(high))) * (1 + 1e-9)).all())


def one_direction(
    orientations: Sequence[Sequence[float]], spacing: tuple[float, float], shape: tuple[int, int], *, what: str
) -> tuple[float, ...]:
    """Return the orientation that slices share; what was rounded off, or moves no corner by a hundredth of a pixel, is one orientation.

    Parameters
    ----------
    orientations
        ImageOrientationPatient of each slice.
    spacing
        (row distance, column distance), mm.
    shape
        (rows, columns).

    Raises
    ------
    GeometryError
        Orientations that differ by more.
    """
    each = list(dict.fromkeys(tuple(o) for o in orientations))
    if len(each) == 1:
        return each[0]
    if any(len(o) != 6 for o in each):
        raise GeometryError(
            f"every slice of {what} must state its orientation as six numbers (ImageOrientationPatient), but some do not; export it with its geometry",
            code="orientation-value",
        )
    values = np.asarray(orientations, dtype=np.float64)
    middle = np.median(values, axis=0)
    off = values - middle
    (row_mm, column_mm), (rows, columns) = spacing, shape
    moved = (
        np.linalg.norm(off[:, :3], axis=1) * columns * column_mm + np.linalg.norm(off[:, 3:], axis=1) * rows * row_mm
    )
    apart = float(np.ptp(values, axis=0).max())
    if apart > ROUNDED * (1 + 1e-6) and float(moved.max()) > SAME_CORNER * min(spacing):
        raise GeometryError(
            f"all slices of {what} must have one orientation, but their directions differ by {apart:.2g} ({np.degrees(apart):.2g}°), which moves a corner "
            f"by {float(moved.max()):.2g} mm; keep one acquisition",
            code="orientation-value",
            values={"apart_mm": float(apart), "moved_mm": float(moved.max())},
        )
    return tuple(float(v) for v in middle)


def _one_frame(series: Series, *, what: str) -> tuple[str, tuple[Finding, ...]]:
    """Return the frame of reference that slices share, and the finding where some do not state it."""
    frames = [h.text("FrameOfReferenceUID") for h in series.headers]
    stated = set(frames) - {""}
    if len(stated) > 1:
        raise GeometryError(
            f"all slices of {what} must lie in one frame of reference, but there are {len(stated)}; keep one acquisition",
            code="frame-contradiction",
            values={"frames": len(stated)},
        )
    if "" not in frames or not stated:
        return max(stated, default=""), ()
    message = f"{what}: {frames.count('')} of {len(frames)} slices state no frame of reference; they are taken to lie in that of the others"
    return stated.pop(), (Finding("warning", "frame-absent", message, values={"frames": len(frames)}),)


def series_stack(series: Series, *, what: str, tilted: bool = False) -> Stack:
    """Return the stack of a series of single-frame files; `tilted` where its reader makes a tilted gantry's slices upright.

    Raises
    ------
    GeometryError
        As `stack_of`; several pixel spacings or frames of reference.
    IntakeError
        Several phases: it says how to choose one.
    """
    require_one_phase(series, what=what)
    first = series.first
    shape = (first.count("Rows"), first.count("Columns"))
    spacing = one_spacing([h.numbers("PixelSpacing") for h in series.headers], what=what)
    orientations = [h.numbers("ImageOrientationPatient") for h in series.headers]
    frame_uid, absent = _one_frame(series, what=what)
    stack = stack_of(
        [h.numbers("ImagePositionPatient") for h in series.headers],
        one_direction(orientations, spacing, shape, what=what),
        spacing,
        shape,
        thickness=first.number("SliceThickness"),
        frame_uid=frame_uid,
        what=what,
        tilted=tilted,
    )
    stack = replace(stack, findings=(*absent, *stack.findings))
    stated = first.number("GantryDetectorTilt") or 0.0
    if tilted and stack.shear is None and len(stack.order) > 1 and abs(stated) > TILT_TOLERANCE_DEG:
        message = f"{what}: a gantry tilt of {stated:g}° is stated, but its slices lie straight above each other; make sure that it was resampled, and not stripped of its tilt"
        return replace(
            stack, findings=(*stack.findings, Finding("warning", "gantry-tilt-unseen", message, {"stated": stated}))
        )
    return stack


def detector_place(dataset: Dataset, header: Header) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return (position, orientation) of a nuclear-medicine image, from the first detector or from the top level."""
    position = header.numbers("ImagePositionPatient")
    orientation = header.numbers("ImageOrientationPatient")
    detectors = dataset.get("DetectorInformationSequence") or []
    if detectors:
        position = floats(detectors[0].get("ImagePositionPatient")) or position
        orientation = floats(detectors[0].get("ImageOrientationPatient")) or orientation
    return position, orientation


def frame_stack(dataset: Dataset, header: Header, *, what: str) -> Stack:
    """Return the stack of a multi-frame nuclear-medicine volume: first position, then signed slice distance.

    Raises
    ------
    GeometryError
        Position or orientation is nowhere; no slice distance; slices numbered twice.
    """
    position, orientation = detector_place(dataset, header)
    step = header.number("SpacingBetweenSlices")
    findings: list[Finding] = []
    if not step:
        step = header.number("SliceThickness")
        if not step:
            raise GeometryError(
                f"{what} must state the distance of its slices, but SpacingBetweenSlices and SliceThickness are absent; export it with its geometry",
                code="slice-thickness-absent",
            )
        findings.append(
            Finding(
                "note",
                "slice-distance-from-thickness",
                f"{what}: SpacingBetweenSlices is absent; the slice thickness {step:g} mm is taken as the distance",
                {"step_mm": step},
            )
        )
    elif (thick := header.number("SliceThickness")) and abs(thick / step) > 0 and abs(abs(thick / step) - 1) > 0.01:
        message = f"{what}: slices lie {abs(step):g} mm apart (SpacingBetweenSlices) and are {thick:g} mm thick; the distance is used"
        findings.append(
            Finding("note", "slice-distance-differs", message, {"thickness_mm": thick, "step_mm": abs(step)})
        )
    if len(position) != 3:
        raise GeometryError(
            f"{what} must state its position (ImagePositionPatient, at the top or in DetectorInformationSequence), but does not; export it with its geometry",
            code="position-absent",
        )
    along_row, along_column = directions(orientation, what=what)
    normal = np.cross(along_row, along_column)
    numbers = _slice_numbers(dataset, header.frames, what=what)
    if first := min(numbers):
        message = (
            f"{what}: SliceVector numbers its slices from {first + 1}; the position is taken to be that of slice 1"
        )
        findings.append(Finding("warning", "slices-numbered-late", message))
    positions = [np.asarray(position) + normal * step * n for n in numbers]
    stack = stack_of(
        [tuple(float(v) for v in p) for p in positions],
        orientation,
        header.numbers("PixelSpacing"),
        (header.count("Rows"), header.count("Columns")),
        thickness=abs(step),
        frame_uid=header.text("FrameOfReferenceUID"),
        what=what,
    )
    return Stack(stack.grid, stack.order, (*findings, *stack.findings))


def _slice_numbers(dataset: Dataset, frames: int, *, what: str) -> list[int]:
    """Return the place of each frame in the stack, counted from the first: SliceVector where it stands."""
    if frames > MOST_SLICES:
        raise IntakeError(
            f"{what} must hold as many frames as a volume can have, but NumberOfFrames says {frames}; export it again",
            code="frame-count",
        )
    vector = [int(v) for v in floats(dataset.get("SliceVector"))]
    if len(vector) == frames:
        return [n - 1 for n in vector]
    if vector:
        raise IntakeError(
            f"SliceVector of {what} must have one entry a frame ({frames}), but has {len(vector)}; export it again",
            code="frame-count",
            values={"numbers": len(vector)},
        )
    return list(range(frames))
