"""The image that structures are drawn on: which of its slices is which DICOM instance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yttria.io.dicom.dataset import open_dataset, well_formed
from yttria.io.dicom.geometry import directions, frame_stack, series_stack
from yttria.io.dicom.series import Series
from yttria.values.grid import Grid

CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
PARALLEL_COSINE = 0.9999  # normals within 0.8 degrees
SAME_SLICE_MM = 0.01  # heights that differ by less are one, rounded
ON_SLICE = 0.1  # of a slice step: a contour this near to a slice was drawn on it


@dataclass(frozen=True, slots=True, repr=False)
class Source:
    """The slices of an image, to be named by what is drawn on them.

    Parameters
    ----------
    grid
        Where they lie; slice k is `uids[k]`.
    series_uid, class_uid
        Of the series and of its instances.
    uids
        One instance a slice; a single one for a multi-frame image.
    """

    grid: Grid
    series_uid: str
    class_uid: str
    uids: tuple[str, ...]

    @property
    def instances(self) -> tuple[str, ...]:
        """Return the instances, each once."""
        return tuple(dict.fromkeys(self.uids))

    @property
    def by_slice(self) -> bool:
        """Tell whether each slice is an instance of its own; False for a multi-frame image."""
        return len(self.uids) == self.grid.shape_zyx[0]

    def slice_at(self, point_lps_mm: object) -> str | None:
        """Return the instance of the slice that a point lies on; None between slices, outside, or in a multi-frame image."""
        if not self.by_slice:
            return None
        height = float(self.grid.index_of(point_lps_mm)[0, 2])
        k = round(height)
        return self.uids[k] if abs(height - k) <= ON_SLICE and 0 <= k < len(self.uids) else None


@dataclass(frozen=True, slots=True, eq=False)
class Slices:
    """Where the slices of an image lie.

    Parameters
    ----------
    name
        What a message calls the image.
    points_lps_mm
        Centre of the first pixel of each, shape (n, 3).
    normal
        Unit normal of the slices.
    """

    name: str
    points_lps_mm: NDArray[np.float64]
    normal: NDArray[np.float64]

    def heights_along(self, normal: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """Return the heights of the slices along a direction, ascending, each once; None where they do not lie across it."""
        if abs(float(self.normal @ normal)) < PARALLEL_COSINE:
            return None
        return levels_of(self.points_lps_mm @ normal)

    def distance_along(self, normal: NDArray[np.float64]) -> float | None:
        """Return the distance of neighbouring slices along a direction, mm; None where they do not lie across it."""
        height = self.heights_along(normal)
        return float(f"{np.median(np.diff(height)):.6g}") if height is not None and len(height) > 1 else None


def levels_of(height_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the heights of planes, ascending: frames of several segments, and slices of a copy, lie on one at one height.

    Examples
    --------
    >>> levels_of(np.array([3.0, 0.0, 3.004, 6.0]))
    array([0., 3., 6.])
    """
    ordered = np.sort(height_mm)
    return np.asarray(ordered[np.concatenate([[True], np.diff(ordered) > SAME_SLICE_MM])], dtype=np.float64)


def slices_of(series: Series) -> Slices | None:
    """Return where the slices of an image lie; None where it does not say so, or has one alone."""
    name = f'{series.modality} "{series.description}"'
    if len(series.headers) == 1 and series.first.frames > 1:
        if series.modality != "NM":
            return None
        with well_formed("the image"):
            grid = frame_stack(open_dataset(series.first.path), series.first, what=name).grid
        columns, rows, _ = grid.matrix[:3, :3].T
        normal = np.cross(columns, rows)
        points = grid.points_of([(0, 0, k) for k in range(grid.shape_zyx[0])])
        return Slices(name, points, normal / np.linalg.norm(normal))
    positions = [h.numbers("ImagePositionPatient") for h in series.headers]
    if len(positions) < 2 or any(len(p) != 3 for p in positions):
        return None
    along_row, along_column = directions(series.first.numbers("ImageOrientationPatient"), what=name)
    return Slices(name, np.asarray(positions, dtype=np.float64), np.cross(along_row, along_column))


def source_of(series: Series, *, what: str) -> Source | None:
    """Return the slices of a series of single-frame files; None where they carry no identifiers of their own.

    Raises
    ------
    GeometryError
        Slices that make no even stack.
    """
    stack = series_stack(series, what=what)
    uids = tuple(series.headers[i].text("SOPInstanceUID") for i in stack.order)
    class_uid = series.first.text("SOPClassUID")
    if not series.uid or not class_uid or "" in uids or len(set(uids)) != len(uids):
        return None
    return Source(stack.grid, series.uid, class_uid, uids)


def on_axis(grid: Grid) -> bool:
    """Tell whether a grid's axes are at right angles: what a DICOM image can say."""
    axes = grid.matrix[:3, :3]
    unit = axes / np.linalg.norm(axes, axis=0)
    return bool(np.abs(unit.T @ unit - np.eye(3)).max() < 1e-4)
