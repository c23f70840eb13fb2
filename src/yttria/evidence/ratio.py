"""A printed ratio with its limits and P: all that it can have been before it was rounded, and what cannot be.

On the log scale a ratio b and its standard error s lie in a polygon: b from the print of the ratio, b - z s and b + z s from
the prints of the limits. An empty polygon is a contradiction; its corners bound everything else.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import ndtr, ndtri

from yttria.evidence.printed import Printed

DRIFT, OFFSET = 0.05, 0.1
"""How far the share of each group among those at risk may move the log-rank z from its value at a constant share: 0.05 z + 0.1.

Of 1200 drawn trials of 20 to 200 patients, 1:1 and 3:7, with ties and ratios about 1 +- 0.5 in logs, the difference was below 0.06 in
95 of 100 and below 0.2 in 99."""

Span = tuple[float, float]
_Line = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class RatioSpan:
    """What a printed ratio can have been.

    Parameters
    ----------
    corners
        (log ratio, standard error) at the corners of what is possible; empty when nothing is.
    z
        Normal quantile of the limits' level.
    middle
        Log ratio and standard error of the numbers taken as they are printed.
    """

    corners: tuple[tuple[float, float], ...]
    z: float
    middle: tuple[float, float]

    @property
    def possible(self) -> bool:
        """Return whether ratio and limits agree."""
        return bool(self.corners)

    @property
    def standard_error(self) -> Span:
        """Return the least and the greatest standard error of the log ratio."""
        errors = [s for _, s in self.corners]
        return min(errors), max(errors)

    @property
    def wald_p(self) -> Span:
        """Return the P values that Wald's test can have."""
        return _p_span([_z(b, s) for b, s in self.corners], crosses=self._crosses_one)

    @property
    def logrank_p(self) -> Span:
        """Return the P values that the log-rank (score) test can have.

        z_score = z_Wald 2 sinh(b/2) / b, whatever the share of the groups at risk as long as it is constant: with share q and
        D events, z_score = sqrt(D) q (e^b - 1) (1 - q) / ((q e^b + 1 - q) sqrt(q (1 - q))) and
        z_Wald = b sqrt(D q (1 - q) e^b) / (q e^b + 1 - q).
        """
        scores = [_z(b, s) * score_factor(b) for b, s in self.corners]
        drifted = [max(z + sign * (DRIFT * z + OFFSET), 0.0) for z in scores for sign in (-1, 1)]
        return _p_span(drifted, crosses=self._crosses_one)

    @property
    def middle_p(self) -> dict[str, float]:
        """Return Wald's and the log-rank P of the numbers taken as they are printed."""
        z = _z(*self.middle)
        return {"wald": 2 * float(ndtr(-z)), "logrank": 2 * float(ndtr(-z * score_factor(self.middle[0])))}

    @property
    def least_events(self) -> int:
        """Return the fewest events with which the limits can be so narrow: s >= 2 / sqrt(events), for a yes/no factor.

        Each event brings q (1 - q) <= 1/4 of information on the log ratio.
        """
        widest = self.standard_error[1]
        return math.ceil(4 / widest**2 - 1e-9) if widest > 0 else 0

    @property
    def _crosses_one(self) -> bool:
        return min(b for b, _ in self.corners) < 0 < max(b for b, _ in self.corners)


def score_factor(log_ratio: float) -> float:
    """Return z of the log-rank test over z of Wald's test: 2 sinh(b/2) / b.

    Examples
    --------
    >>> round(score_factor(math.log(0.42)), 4)
    1.0317
    """
    return 1.0 if abs(log_ratio) < 1e-6 else 2 * math.sinh(abs(log_ratio) / 2) / abs(log_ratio)


def ratio_span(value: Printed | None, low: Printed | None, high: Printed | None, *, level: float = 0.95) -> RatioSpan:
    """Return all log ratios and standard errors whose prints are these; a None leaves that number free.

    Parameters
    ----------
    value, low, high
        Ratio and limits as printed.
    level
        Coverage of the limits.

    Examples
    --------
    >>> found = ratio_span(*map(Printed.of, ("0.51", "0.29", "0.90")))
    >>> found.possible, found.least_events, [round(p, 3) for p in found.wald_p]
    (True, 46, [0.018, 0.023])
    """
    z = float(ndtri(1 - (1 - level) / 2))
    lines: list[_Line] = [(0.0, 1.0, 0.0)]  # a b + c s >= d
    for printed, sign in ((value, 0.0), (low, -z), (high, z)):
        if printed is None:
            continue
        under, over = (max(limit, 1e-12) for limit in printed.span)
        lines += [(1.0, sign, math.log(under)), (-1.0, -sign, -math.log(over))]
    lines += [(1.0, 0.0, -50.0), (-1.0, 0.0, -50.0), (0.0, -1.0, -50.0)]
    return RatioSpan(tuple(_corners(lines)), z, _middle(value, low, high, z))


def _middle(value: Printed | None, low: Printed | None, high: Printed | None, z: float) -> tuple[float, float]:
    """Return log ratio and standard error from what is printed of the three; NaN where two of them are missing."""
    ratio, under, over = (math.log(max(x.value, 1e-12)) if x is not None else math.nan for x in (value, low, high))
    middle = ratio if value is not None else (under + over) / 2
    width = (
        (over - under) / 2 if low is not None and high is not None else over - middle if low is None else middle - under
    )
    return middle, abs(width) / z


def _corners(lines: Sequence[_Line]) -> list[tuple[float, float]]:
    """Return the corners of the polygon in which every a b + c s >= d."""
    found: list[tuple[float, float]] = []
    for i, (a, c, d) in enumerate(lines):
        for e, f, g in lines[:i]:
            det = a * f - c * e
            if abs(det) < 1e-12:
                continue
            b, s = (d * f - c * g) / det, (a * g - d * e) / det
            if all(x * b + y * s >= w - 1e-9 for x, y, w in lines):
                found.append((b, max(s, 0.0)))
    return found


def _z(log_ratio: float, error: float) -> float:
    return abs(log_ratio) / error if error > 0 else math.inf


def _p_span(zs: Sequence[float], *, crosses: bool) -> Span:
    low = 2 * float(ndtr(-max(zs)))
    return low, 1.0 if crosses else 2 * float(ndtr(-min(zs)))


def agreeing(value: Printed | None, low: Printed | None, high: Printed | None) -> dict[str, float]:
    """Return, for each of ratio and limits, the number that would agree with the other two: value^2 = low x high.

    Examples
    --------
    >>> {k: round(v, 2) for k, v in agreeing(*map(Printed.of, ("20.3", "1.13", "3.65"))).items()}["value"]
    2.03
    """
    if value is None or low is None or high is None or min(value.value, low.value, high.value) <= 0:
        return {}
    return {
        "value": math.sqrt(low.value * high.value),
        "low": value.value**2 / high.value,
        "high": value.value**2 / low.value,
    }
