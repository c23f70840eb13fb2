"""Limits of a survival rate on the scales that programs use: from Greenwood's error to limits, and back from printed limits."""

import math
from collections.abc import Callable
from typing import Literal, get_args

from scipy.optimize import minimize_scalar

Scale = Literal["log", "log-log", "plain", "logit", "arcsin"]
SCALES: tuple[Scale, ...] = get_args(Scale)
"""log: R's default; log-log: SAS and Stata; plain: Greenwood 1926, SPSS; logit and arcsin: further choices of R and SAS."""
EDGE = 1e-12
"""Distance from 0 and 1 at which a transformed share is still finite."""

Span = tuple[float, float]
Side = Literal[-1, 1]


def limits_of(survival: float, wide: float, scale: Scale) -> Span:
    """Return lower and upper limit of a survival rate, as fractions; NaN where the rate is 0, or 1 with an error.

    With w = z se(log S): log S e^(-+w) · plain S (1 -+ w) · log-log S^exp(+-w / log S) · logit and arcsin by the delta method.

    Parameters
    ----------
    survival
        Of the curve, as a fraction.
    wide
        z times the standard error of log S.
    scale
        Of the limits.

    Examples
    --------
    >>> [round(limit, 3) for limit in limits_of(0.6, 0.4, "log-log")]
    [0.327, 0.792]

    Source
    ------
    R survival, survfit_confint; Kalbfleisch and Prentice 2002, section 1.4 (log-log).
    """
    if survival <= 0:
        return math.nan, math.nan
    if scale == "log":
        return survival * math.exp(-wide), min(survival * math.exp(wide), 1.0)
    if scale == "plain":
        return max(survival * (1 - wide), 0.0), min(survival * (1 + wide), 1.0)
    if survival >= 1:
        return (1.0, 1.0) if wide == 0 else (math.nan, math.nan)
    return _transformed(survival, wide, scale)


def _transformed(survival: float, wide: float, scale: Scale) -> Span:
    """Return the limits of a share between 0 and 1 on a scale that keeps them there."""
    if scale == "log-log":
        step = wide / -math.log(survival)
        return survival ** math.exp(step), survival ** math.exp(-step)
    if scale == "logit":
        middle, step = math.log(survival / (1 - survival)), wide / (1 - survival)
        return _expit(middle - step), _expit(middle + step)
    middle, step = math.asin(math.sqrt(survival)), 0.5 * wide * math.sqrt(survival / (1 - survival))
    return math.sin(max(middle - step, 0.0)) ** 2, math.sin(min(middle + step, math.pi / 2)) ** 2


def error_span(survival: Span, limit: Span, scale: Scale, side: Side) -> Span:
    """Return the least and the greatest z se(log S) with which a rate in one span has a limit in another.

    Parameters
    ----------
    survival, limit
        Spans of the rate and of its limit, as fractions.
    scale
        Of the limits.
    side
        -1 for a lower limit, 1 for an upper one.

    Notes
    -----
    The error falls with S for an upper limit and has one hump over S for a lower one, so that ends and hump bound it. A limit that
    may be 0 (1), where some scales cut it, bounds the error on one side only.
    """
    ends = [min(max(s, EDGE), 1 - EDGE) for s in survival]
    near, far = (limit[1], limit[0]) if side == -1 else limit
    least = min(max(_error(s, near, scale, side), 0.0) for s in ends)
    if far <= 0 or far >= 1:
        return least, math.inf
    most = max(_error(s, far, scale, side) for s in ends)
    if side == -1:
        most = max(most, _hump(lambda s: _error(s, far, scale, side), ends[0], ends[1]))
    return least, max(most, 0.0)


def _hump(error: Callable[[float], float], low: float, high: float) -> float:
    """Return the greatest value of a function with one hump, a little above it."""
    result = minimize_scalar(lambda s: -error(s), bounds=(low, high), method="bounded", options={"xatol": 1e-10})
    return -float(result.fun) * (1 + 1e-9)


def _error(survival: float, limit: float, scale: Scale, side: Side) -> float:
    """Return z se(log S) with which S has this limit."""
    limit = min(max(limit, EDGE), 1 - EDGE)
    if scale == "log":
        return side * math.log(limit / survival)
    if scale == "plain":
        return side * (limit / survival - 1)
    if scale == "log-log":
        log = -math.log(survival)
        return side * log * math.log(log / -math.log(limit))
    if scale == "logit":
        return side * (1 - survival) * (_logit(limit) - _logit(survival))
    angle = math.asin(math.sqrt(survival))
    return side * 2 * (math.asin(math.sqrt(limit)) - angle) / math.tan(angle)


def _logit(share: float) -> float:
    return math.log(share / (1 - share))


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x))
