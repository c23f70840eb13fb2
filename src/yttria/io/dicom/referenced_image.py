"""The image that structures are drawn on: which of its slices is which DICOM instance."""

from dataclasses import dataclass

import numpy as np

from yttria.io.dicom.geometry import series_stack
from yttria.io.dicom.series import Series
from yttria.values.grid import Grid

CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
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

    def slice_at(self, point_lps_mm: object) -> str | None:
        """Return the instance of the slice that a point lies on; None between slices, outside, or in a multi-frame image."""
        if len(self.uids) != self.grid.shape_zyx[0]:
            return None
        height = float(self.grid.index_of(point_lps_mm)[0, 2])
        k = round(height)
        return self.uids[k] if abs(height - k) <= ON_SLICE and 0 <= k < len(self.uids) else None


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
