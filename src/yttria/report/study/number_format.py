"""How a study's numbers are said: hazard ratios with limits, P with its test, times with one decimal, rates in per cent."""

import math
from collections.abc import Mapping
from typing import Any

from yttria.report.text.number_format import DASH, NBSP, number, percent
from yttria.values.units import Share

Record = Mapping[str, Any]

NOT_REACHED = "NR"


def exists(value: float | None) -> bool:
    """Return whether a number of a record exists."""
    return value is not None and math.isfinite(value)


def patients_of(record: Record) -> int:
    """Return how many patients a record is of: its rows, unless these are intervals of fewer patients.

    Examples
    --------
    >>> patients_of({"n": 9, "patients": 7}), patients_of({"n": 9})
    (7, 9)
    """
    return int(record.get("patients", record["n"]))


def ratio(record: Record) -> str:
    """Return a hazard ratio with its limits, both with the same decimals.

    Examples
    --------
    >>> ratio({"hr": 0.5063, "low": 0.2871, "high": 0.9028}), ratio({"hr": None, "low": None, "high": None})
    ('0.51 (0.29–0.90)', '—')
    """
    if not exists(record["hr"]):
        return DASH
    decimals = 2 if record["hr"] < 99.5 else 0
    return interval(record["hr"], record["low"], record["high"], decimals)


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


def p_said(p: float | None, test: str) -> str:
    """Return a P with the name of its test, for a sentence."""
    shown = p_value(p)
    return f"{test} P {shown}" if shown.startswith("<") else f"{test} P = {shown}"


def rate(record: Record) -> str:
    """Return a survival rate with its limits, per cent with one decimal: a dash where nobody is followed, 0 where the last one died.

    A rate of 100 % has no limits: Greenwood's error of a curve without an event is zero.

    Examples
    --------
    >>> rate({"survival": 0.5667, "low": 0.4846, "high": 0.6626, "at_risk": 12})
    '56.7 (48.5–66.3)'
    >>> rate({"survival": 0.2, "low": 0.1, "high": 0.4, "at_risk": 0}), rate({"survival": 1.0, "low": 1.0, "high": 1.0})
    ('—', '100.0')
    """
    if record.get("at_risk", 1) <= 0 < record["survival"]:
        return DASH
    if record["survival"] >= 1:
        return number(100.0, 1)
    low, high = (None if not exists(record[k]) else 100 * record[k] for k in ("low", "high"))
    return interval(100 * record["survival"], low, high, 1)


def median_of(record: Record) -> str:
    """Return a median with its limits, one decimal; what the curve does not reach is NR.

    Examples
    --------
    >>> median_of({"median": None, "median_low": 31.2, "median_high": None})
    'NR (31.2–NR)'
    """
    return reached(record["median"], record["median_low"], record["median_high"])


def reached(value: float | None, low: float | None, high: float | None) -> str:
    """Return a quantile of time with its limits, NR for what is not reached; without limits where neither exists."""
    said, *limits = (number(v, 1) if exists(v) else NOT_REACHED for v in (value, low, high))
    return f"{said} ({limits[0]}–{limits[1]})" if exists(low) or exists(high) else said


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
