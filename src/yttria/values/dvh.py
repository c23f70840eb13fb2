"""Dose-volume histograms without bins: every voxel's dose with the volume it stands for."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from yttria.values.errors import QuantityError, require_share
from yttria.values.grid import require_same_grid
from yttria.values.maps import DensityMap, DoseMap, Voi
from yttria.values.units import Gy, Ml, Share


@dataclass(frozen=True, slots=True, eq=False)
class Dvh:
    """How much of a volume receives how much dose, exactly.

    Parameters
    ----------
    gy
        Doses of the samples, ascending, Gy.
    sample_ml
        Volume of each sample, mL, above zero.
    sample_g
        Mass of each sample, g, where the density is known: the mean is then energy over mass, otherwise dose over volume.
        D and V always go by volume.

    Examples
    --------
    >>> import numpy as np
    >>> dvh = Dvh(np.array([10.0, 20.0, 40.0]), np.array([1.0, 1.0, 2.0]))
    >>> dvh.mean, dvh.dose_covering(Share(0.5)), dvh.share_above(Gy(15))
    (27.5, 40.0, 0.75)
    """

    gy: NDArray[Any]
    sample_ml: NDArray[Any]
    sample_g: NDArray[Any] | None = None
    _above_ml: NDArray[np.float64] = field(init=False, repr=False)
    """Volume from each sample on, summed once."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_above_ml", np.cumsum(self.sample_ml[::-1], dtype=np.float64)[::-1])
        if len(self.gy) == 0 or self.gy.shape != self.sample_ml.shape:
            raise QuantityError(
                f"a DVH needs one volume for each dose, but has {self.gy.shape} doses and {self.sample_ml.shape} volumes; check the volume of interest",
                code="dvh-lengths",
            )
        if not (np.all(self.gy[1:] >= self.gy[:-1]) and np.all(self.sample_ml > 0)):
            raise QuantityError(
                "a DVH needs ascending doses and volumes above zero; sort the doses and leave empty voxels out",
                code="dvh-order",
            )

        if self.sample_g is not None and self.sample_g.shape != self.gy.shape:
            raise QuantityError(
                f"a DVH needs one mass for each dose, but has {self.gy.shape} doses and {self.sample_g.shape} masses; check the density",
                code="dvh-lengths",
            )

    @classmethod
    def of(cls, dose: DoseMap, voi: Voi, density: DensityMap | None = None) -> Self:
        """Return the DVH of `voi` in `dose`: each voxel counts by its share, none is interpolated.

        With `density`, the mean is energy over mass.

        Raises
        ------
        GeometryError
            Dose, volume and density lie on different grids.
        """
        require_same_grid(dose.grid, voi.grid, what=f"dose and {voi.role or voi.name}")
        share = voi.own_part
        inside = share > 0
        gy = dose.gy[voi.box][inside]
        order = np.argsort(gy, kind="stable")
        sample_ml = share[inside][order].astype(np.float64) * voi.grid.voxel_ml
        if density is None:
            return cls(gy[order], sample_ml)
        require_same_grid(dose.grid, density.grid, what="dose and density")
        return cls(gy[order], sample_ml, sample_ml * density.g_per_ml[voi.box][inside][order])

    @property
    def ml(self) -> Ml:
        """Return the whole volume, mL."""
        return Ml(float(self.sample_ml.sum(dtype=np.float64)))

    @property
    def mean(self) -> Gy:
        """Return the mean dose, Gy: energy over mass where masses are known, else dose over volume (`weighting`)."""
        weight = self.sample_ml if self.sample_g is None else self.sample_g
        return Gy(float(np.einsum("i,i->", self.gy.astype(np.float64), weight)) / float(weight.sum(dtype=np.float64)))

    @property
    def weighting(self) -> Literal["mass", "volume"]:
        """Return what the mean is weighted by."""
        return "volume" if self.sample_g is None else "mass"

    @property
    def minimum(self) -> Gy:
        """Return the lowest dose, Gy."""
        return Gy(float(self.gy[0]))

    @property
    def maximum(self) -> Gy:
        """Return the highest dose, Gy."""
        return Gy(float(self.gy[-1]))

    def dose_covering(self, share: Share) -> Gy:
        """Return the highest dose that `share` of the volume receives: D90 is `dose_covering(Share(0.9))`."""
        require_share(share, what="share of the volume")
        upward = self._above_ml[::-1]
        index = len(upward) - int(np.searchsorted(upward, share * upward[-1] * (1 - 1e-12), side="left")) - 1
        return Gy(float(self.gy[max(index, 0)]))

    def share_above(self, dose: Gy) -> Share:
        """Return the share of the volume that receives `dose` or more: V205 is `share_above(Gy(205))`."""
        first = int(np.searchsorted(self.gy, dose, side="left"))
        return Share(float(self._above_ml[first] / self._above_ml[0]) if first < len(self.gy) else 0.0)

    def times(self, ratio: float) -> Self:
        """Return the DVH of `ratio` times the activity."""
        return type(self)(self.gy * ratio, self.sample_ml, self.sample_g)

    def curve(self, dose_gy: Iterable[float]) -> NDArray[np.float64]:
        """Return the share that receives each dose or more, for drawing."""
        above = np.append(self._above_ml, 0.0)
        return np.asarray(above[np.searchsorted(self.gy, np.asarray(list(dose_gy)), side="left")] / above[0])

    def __repr__(self) -> str:
        return f"Dvh({self.ml:.4g} mL, mean {self.mean:.4g} Gy, {self.minimum:.4g} to {self.maximum:.4g} Gy)"
