"""A camera's recovery as it was measured: which part of a sphere's contrast an image keeps, by its volume."""

import math
from dataclasses import dataclass

import numpy as np

from yttria.values.errors import QuantityError, require_positive
from yttria.values.units import Ml, Share

LEAST_SPHERES = 2


@dataclass(frozen=True, slots=True)
class RecoveryCurve:
    """Recovery coefficients of spheres, as a site has measured them.

    Between spheres the logit of the coefficient is straight in ln V; beyond them it goes on with the slope of a straight line through
    all: RC = 1 - 1/(1 + (V/beta)^alpha), which ends at 1.

    Parameters
    ----------
    sphere_ml
        Volumes, mL, at least two, no two alike.
    coefficient
        Of each, above 0 and below 1.
    source
        Phantom, camera, reconstruction, date.

    Raises
    ------
    QuantityError
        Another number of coefficients; fewer than two spheres; a volume that is not above zero or stands twice; a coefficient outside
        0..1; coefficients that do not rise with the volume on the whole; no source.

    Examples
    --------
    >>> curve = RecoveryCurve((0.5, 26.5), (0.2, 0.86), "NEMA spheres, our camera, 2026")
    >>> round(curve.at(Ml(26.5)), 3), round(curve.at(Ml(3.64)), 2), curve.at(Ml(500)) > 0.97
    (0.86, 0.55, True)
    """

    sphere_ml: tuple[float, ...]
    coefficient: tuple[float, ...]
    source: str

    def __post_init__(self) -> None:
        if len(self.sphere_ml) != len(self.coefficient) or len(self.sphere_ml) < LEAST_SPHERES:
            raise QuantityError(
                f"[recovery] needs a coefficient for each of at least two spheres, but has {len(self.sphere_ml)} volumes and {len(self.coefficient)} coefficients; give both lists alike",
                code="recovery-lengths",
                values={"spheres": len(self.sphere_ml), "coefficients": len(self.coefficient)},
            )
        for volume in self.sphere_ml:
            require_positive(volume, what="[recovery] sphere_ml (mL)")
        if len(set(self.sphere_ml)) < len(self.sphere_ml):
            raise QuantityError(
                "[recovery] sphere_ml holds a volume twice; give one coefficient for each", code="recovery-volume-twice"
            )
        for coefficient in self.coefficient:
            if not 0 < coefficient < 1:
                raise QuantityError(
                    f"a recovery coefficient must lie between 0 and 1, but is {coefficient:g}; write 0.86 for 86 %",
                    code="recovery-range",
                    values={"coefficient": coefficient},
                )
        if self._slope <= 0:
            raise QuantityError(
                "[recovery] coefficients must rise with the volume, but fall; check the order of both lists",
                code="recovery-order",
            )
        if not self.source.strip():
            raise QuantityError(
                "[recovery] needs its source: phantom, camera, reconstruction and date", code="recovery-source-absent"
            )

    def at(self, volume: Ml) -> Share:
        """Return the coefficient of a sphere of that volume.

        Raises
        ------
        QuantityError
            A volume that is not above zero.
        """
        where = math.log(require_positive(volume, what="volume (mL)"))
        x, y = self._points
        if where < x[0]:
            logit = y[0] + self._slope * (where - x[0])
        elif where > x[-1]:
            logit = y[-1] + self._slope * (where - x[-1])
        else:
            logit = float(np.interp(where, x, y))
        return Share(1 / (1 + math.exp(-logit)))

    @property
    def _points(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Return ln V, ascending, and the logits there."""
        pairs = sorted(
            (math.log(v), math.log(c / (1 - c))) for v, c in zip(self.sphere_ml, self.coefficient, strict=True)
        )
        return tuple(x for x, _ in pairs), tuple(y for _, y in pairs)

    @property
    def _slope(self) -> float:
        """Return alpha, by least squares."""
        x, y = (np.array(column) for column in self._points)
        away = x - x.mean()
        return float(away @ y) / float(away @ away)
