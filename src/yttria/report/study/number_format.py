"""How a study's numbers are said: hazard ratios with limits, P with its test, times with one decimal, rates in per cent."""

import math
from typing import Protocol, TypeGuard

from yttria.contract.study import ChiSquaredTest, SurvivalCurve, SurvivalRate
from yttria.report.text.number_format import DASH, NBSP, number, percent
from yttria.values.units import Share

NOT_REACHED = "NR"
NO_TEST = ChiSquaredTest(chi2=None, df=None, p=None)
"""Where nothing was tested."""


class Counted(Protocol):
    """Rows, and the patients that they are intervals of."""

    @property
    def n(self) -> int | None:
        """Return the rows."""

    @property
    def patients(self) -> int | None:
        """Return the patients; None where each row is one."""


class Ratio(Protocol):
    """A hazard ratio with its limits."""

    @property
    def hr(self) -> float | None:
        """Return the ratio."""

    @property
    def low(self) -> float | None:
        """Return its lower limit."""

    @property
    def high(self) -> float | None:
        """Return its upper limit."""


def exists(value: float | None) -> TypeGuard[float]:
    """Return whether a number of a record exists."""
    return value is not None and math.isfinite(value)


def patients_of(record: Counted) -> int:
    """Return how many patients a record is of: its rows, unless these are intervals of fewer patients.

    Examples
    --------
    >>> from yttria.contract.study import ArmCounts
    >>> patients_of(ArmCounts(n=9, patients=7, events=2)), patients_of(ArmCounts(n=9, events=2))
    (7, 9)
    """
    return (record.n or 0) if record.patients is None else record.patients


def ratio(effect: Ratio) -> str:
    """Return a hazard ratio with its limits, both with the same decimals.

    Examples
    --------
    >>> from yttria.contract.study import PenalisedCoefficient
    >>> ratio(PenalisedCoefficient(coef=-0.68, se=0.3, hr=0.5063, low=0.2871, high=0.9028, p=0.02))
    '0.51 (0.29–0.90)'
    """
    if not exists(effect.hr):
        return DASH
    decimals = 2 if effect.hr < 99.5 else 0
    return interval(effect.hr, effect.low, effect.high, decimals)


def interval(value: float | None, low: float | None, high: float | None, decimals: int) -> str:
    """Return a number with its limits; a limit that does not exist is an em dash.

    Examples
    --------
    >>> interval(1.5, 0.5, 2.5, 1), interval(-0.5, -1.5, 0.5, 1)
    ('1.5 (0.5–2.5)', '−0.5 (−1.5 to 0.5)')
    """
    if not exists(value):
        return DASH
    if not (exists(low) or exists(high)):
        return number(value, decimals)
    between = " to " if any(limit is not None and limit < 0 for limit in (low, high)) else "–"
    return f"{number(value, decimals)} ({number(low, decimals)}{between}{number(high, decimals)})"


def p_value(p: float | None) -> str:
    """Return a P: three decimals, below 0.001 as such.

    Examples
    --------
    >>> p_value(0.0204), p_value(0.00004), p_value(None)
    ('0.020', '< 0.001', '—')
    """
    if not exists(p) or p is None:
        return DASH
    return "< 0.001" if p < 0.0005 else number(p, 3)


def p_text(p: float | None, test: str) -> str:
    """Return a P with the name of its test, for a sentence."""
    text = p_value(p)
    return f"{test} P {text}" if text.startswith("<") else f"{test} P = {text}"


def rate(survival_rate: SurvivalRate) -> str:
    """Return a survival rate with its limits, per cent with one decimal: a dash where nobody is followed, 0 where the last one died.

    A rate of 100 % has no limits: Greenwood's error of a curve without an event is zero.

    Examples
    --------
    >>> rate(SurvivalRate(time=24, at_risk=12, survival=0.5667, std_err=0.05, low=0.4846, high=0.6626))
    '56.7 (48.5–66.3)'
    >>> rate(SurvivalRate(time=99, at_risk=0, survival=0.2, std_err=0.1, low=0.1, high=0.4))
    '—'
    """
    if survival_rate.at_risk <= 0 < survival_rate.survival:
        return DASH
    if survival_rate.survival >= 1:
        return number(100.0, 1)
    low, high = (100 * limit if exists(limit) else None for limit in (survival_rate.low, survival_rate.high))
    return interval(100 * survival_rate.survival, low, high, 1)


def median_of(curve: SurvivalCurve) -> str:
    """Return a median with its limits, one decimal; what the curve does not reach is NR."""
    return reached(curve.median, curve.median_low, curve.median_high)


def reached(value: float | None, low: float | None, high: float | None) -> str:
    """Return a quantile of time with its limits, NR for what is not reached; without limits where neither exists.

    Examples
    --------
    >>> reached(None, 31.2, None), reached(24.8, None, None)
    ('NR (31.2–NR)', '24.8')
    """
    median, *limits = (number(v, 1) if exists(v) else NOT_REACHED for v in (value, low, high))
    return f"{median} ({limits[0]}–{limits[1]})" if exists(low) or exists(high) else median


def of_all(count: int, total: int) -> str:
    r"""Return a count with its share.

    Examples
    --------
    >>> of_all(14, 56)
    '14 (25.0\xa0%)'
    """
    return f"{count} ({percent(Share(count / total))})" if total else str(count)


def level_words(level: float) -> str:
    r"""Return the coverage of an interval: 95 % CI.

    Examples
    --------
    >>> level_words(0.95)
    '95\xa0% CI'
    """
    return f"{number(100 * level, 0 if (100 * level).is_integer() else 1)}{NBSP}% CI"
