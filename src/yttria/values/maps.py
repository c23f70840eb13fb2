"""Images as values: a grid and an array that exist only when they can be trusted.

Arrays are C-ordered (z, y, x), float32 (CT keeps int16 when its HU are whole numbers), read-only and never shared with a
writer; sums are taken in float64.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from yttria.values.errors import GeometryError, QuantityError
from yttria.values.grid import Grid, require_same_grid
from yttria.values.nuclide import Nuclide
from yttria.values.units import Bq, Gram, Ml

Array = NDArray[Any]
Box = tuple[slice, slice, slice]


def own(array: Array, grid: Grid, *, what: str, keep: tuple[type, ...] = (np.float32,)) -> Array:
    """Return a read-only C-ordered array of a kept type that nobody else can write, refusing another shape than the grid's.

    An array that already owns its memory and is read-only is taken as it is; anything else is copied.
    """
    if array.shape != grid.shape_zyx:
        raise GeometryError(
            f"{what} must have its grid's shape {grid.shape_zyx}, but has {array.shape}; read it again or transpose it",
            code="array-shape",
        )
    dtype = array.dtype if array.dtype.type in keep else np.dtype(keep[0])
    sealed = array.flags.owndata and not array.flags.writeable and array.flags.c_contiguous and array.dtype == dtype
    mine = array if sealed else np.array(array, dtype=dtype, order="C", copy=True)
    mine.flags.writeable = False
    return mine


def _require_range(array: Array, low: float, high: float, *, what: str, unit: str) -> None:
    """Refuse values outside low..high; NaN fails every comparison and is refused too."""
    least, most = float(array.min()), float(array.max())
    if not (low <= least and most <= high):
        bad = int(np.count_nonzero(~((array >= low) & (array <= high))))
        raise QuantityError(
            f"{what} must lie from {low:g} to {high:g} {unit} in every voxel, but {bad} of {array.size} do not "
            f"(min {least:g}, max {most:g}); check the image and its rescale",
            code="voxel-range",
            values={"low": low, "high": high, "least": least, "most": most},
        )


def _box(array: Array) -> Box | None:
    """Return the smallest ranges (z, y, x) outside which an array of zero or more is zero; None where it is zero throughout."""
    planes = np.flatnonzero(array.max(axis=(1, 2)))
    if not len(planes):
        return None
    z = slice(int(planes[0]), int(planes[-1]) + 1)
    extent = array[z].max(axis=0)
    rows, columns = np.flatnonzero(extent.max(axis=1)), np.flatnonzero(extent.max(axis=0))
    return z, slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


@dataclass(frozen=True, slots=True, eq=False)
class CtImage:
    """CT numbers, HU.

    Raises
    ------
    GeometryError, QuantityError
        Another shape than the grid's; values outside -32768..32767 HU or NaN.
    """

    grid: Grid
    hu: Array
    UNIT: ClassVar[str] = "HU"

    def __post_init__(self) -> None:
        object.__setattr__(self, "hu", own(self.hu, self.grid, what="HU", keep=(np.float32, np.int16)))
        if self.hu.dtype != np.int16:
            _require_range(self.hu, -32768, 32767, what="CT numbers", unit="HU")

    def __repr__(self) -> str:
        return f"CtImage({self.grid!r}, {self.hu.min():g} to {self.hu.max():g} HU)"


@dataclass(frozen=True, slots=True, eq=False)
class CountMap:
    """Counts of an emission image: proportional to activity, no more.

    Parameters
    ----------
    grid
        The emission grid.
    counts
        Counts, zero or more.
    nuclide
        What was imaged, as "Tc-99m"; empty where the header does not say.
    reference
        Instant that the counts belong to, with its zone; None where unknown (a count map needs none).
    """

    grid: Grid
    counts: Array
    nuclide: str = ""
    reference: datetime | None = None
    UNIT: ClassVar[str] = "counts"

    def __post_init__(self) -> None:
        object.__setattr__(self, "counts", own(self.counts, self.grid, what="counts"))
        _require_range(self.counts, 0, float(np.finfo(np.float32).max), what="counts", unit="counts")

    @property
    def total(self) -> float:
        """Return the sum of all counts."""
        return float(self.counts.sum(dtype=np.float64))

    @property
    def numbers(self) -> Array:
        """Return the voxels' numbers: what every emission image has, whatever its unit; only proportions count."""
        return self.counts

    def __repr__(self) -> str:
        return f"CountMap({self.grid!r}, total {self.total:.6g} counts, nuclide {self.nuclide or 'unknown'})"


@dataclass(frozen=True, slots=True, eq=False)
class ActivityMap:
    """Activity concentration, Bq/mL, at one instant.

    Parameters
    ----------
    grid
        The emission grid: activity is never interpolated.
    bq_per_ml
        C, zero or more.
    nuclide
        What decays, with its energy and half-life.
    reference
        Instant that C belongs to, with its zone; None for "as given" (dose per GBq).
    """

    grid: Grid
    bq_per_ml: Array
    nuclide: Nuclide
    reference: datetime | None = None
    UNIT: ClassVar[str] = "Bq/mL"

    def __post_init__(self) -> None:
        object.__setattr__(self, "bq_per_ml", own(self.bq_per_ml, self.grid, what="Bq/mL"))
        _require_range(self.bq_per_ml, 0, float(np.finfo(np.float32).max), what="activity", unit="Bq/mL")

    @property
    def total(self) -> Bq:
        """Return the activity in the whole field, Bq."""
        return Bq(float(self.bq_per_ml.sum(dtype=np.float64)) * self.grid.voxel_ml)

    @property
    def numbers(self) -> Array:
        """Return the voxels' numbers: what every emission image has, whatever its unit; only proportions count."""
        return self.bq_per_ml

    def __repr__(self) -> str:
        return f"ActivityMap({self.grid!r}, {self.total / 1e6:.6g} MBq of {self.nuclide.name})"


@dataclass(frozen=True, slots=True, eq=False)
class DensityMap:
    """Mass density, g/mL, above zero everywhere."""

    grid: Grid
    g_per_ml: Array
    UNIT: ClassVar[str] = "g/mL"

    def __post_init__(self) -> None:
        object.__setattr__(self, "g_per_ml", own(self.g_per_ml, self.grid, what="g/mL"))
        _require_range(self.g_per_ml, 1e-4, 25, what="density", unit="g/mL")

    def __repr__(self) -> str:
        return f"DensityMap({self.grid!r}, {self.g_per_ml.min():.4g} to {self.g_per_ml.max():.4g} g/mL)"


@dataclass(frozen=True, slots=True, eq=False)
class DoseMap:
    """Absorbed dose, Gy, zero or more."""

    grid: Grid
    gy: Array
    UNIT: ClassVar[str] = "Gy"

    def __post_init__(self) -> None:
        object.__setattr__(self, "gy", own(self.gy, self.grid, what="Gy"))
        _require_range(self.gy, 0, 1e9, what="dose", unit="Gy")

    def times(self, ratio: float) -> "DoseMap":
        """Return the dose of `ratio` times the activity."""
        return DoseMap(self.grid, self.gy * np.float32(ratio))

    def __repr__(self) -> str:
        return f"DoseMap({self.grid!r}, max {self.gy.max():.4g} Gy)"


@dataclass(frozen=True, slots=True, eq=False)
class Voi:
    """A volume of interest as shares: which part of each voxel belongs to it.

    Parameters
    ----------
    name
        As the contour, segment or file calls it.
    role
        What it is in this case: liver, perfused, tumour, tumour-1, lungs, normal-perfused, normal-liver …
    grid
        Where.
    share
        0..1 per voxel.
    box
        The smallest ranges (z, y, x) that hold the volume: outside them every share is zero.
    ml
        The volume, mL.

    Raises
    ------
    GeometryError, QuantityError
        Another shape than the grid's; shares outside 0..1; nothing in it.
    """

    name: str
    role: str
    grid: Grid
    share: Array
    box: Box = field(init=False, repr=False)
    ml: Ml = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "share", own(self.share, self.grid, what="shares"))
        _require_range(self.share, 0, 1, what=f"shares of {self.role or self.name}", unit="")
        box = _box(self.share)
        if box is None:
            raise QuantityError(
                f"volume {self.role or self.name} must hold part of a voxel, but is empty; check its contour and the image it was drawn on",
                code="volume-empty",
            )
        object.__setattr__(self, "box", box)
        object.__setattr__(self, "ml", Ml(float(self.share[box].sum(dtype=np.float64)) * self.grid.voxel_ml))

    @property
    def own_part(self) -> Array:
        """Return the shares inside the box."""
        return self.share[self.box]

    @property
    def centroid_lps_mm(self) -> tuple[float, float, float]:
        """Return the centre of the volume, each voxel by its share."""
        sums = [self.own_part.sum(axis=axes, dtype=np.float64) for axes in ((0, 1), (0, 2), (1, 2))]
        first = [part.start for part in reversed(self.box)]
        middle = [float(s @ np.arange(len(s)) / s.sum()) + at for s, at in zip(sums, first, strict=True)]
        x, y, z = self.grid.points_of([middle])[0]
        return float(x), float(y), float(z)

    def total_of(self, numbers: Array) -> float:
        """Return the sum of numbers on its grid in the volume, each voxel by its share, in float64."""
        return float(np.vdot(self.own_part.astype(np.float64), numbers[self.box]))

    def overlap_ml(self, other: "Voi") -> Ml:
        """Return the volume that lies in both, mL: the smaller share of each voxel; refuses another grid."""
        require_same_grid(self.grid, other.grid, what=f"{self.role or self.name} and {other.role or other.name}")
        common = np.minimum(self.own_part, other.share[self.box])
        return Ml(float(common.sum(dtype=np.float64)) * self.grid.voxel_ml)

    def mass(self, density: DensityMap) -> Gram:
        """Return the mass, g, refusing another grid."""
        require_same_grid(self.grid, density.grid, what=f"{self.role} and density")
        there = density.g_per_ml[self.box]
        return Gram(float(np.vdot(self.own_part.astype(np.float64), there)) * self.grid.voxel_ml)

    def __repr__(self) -> str:
        return f"Voi({self.name!r} as {self.role!r}, {self.ml:.4g} mL on {self.grid!r})"
