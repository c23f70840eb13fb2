"""Numbers as a person reads them: one form per quantity, in every report, table and figure.

A dose is whole from 10 Gy up, an activity has two decimals, a share is per cent with one; thousands are set off by a thin
space, minus is a minus, and what does not exist is an em dash.
"""

import math
from datetime import datetime

from yttria.values.plan import Estimated
from yttria.values.units import BQ_PER_GBQ, Bq, Gram, Gy, Ml, Share

THIN = "\u202f"
NBSP = "\u00a0"
MINUS = "\u2212"
DASH = "\u2014"


def number(value: float | None, decimals: int) -> str:
    """Return a number with fixed decimals: thin space for thousands, a true minus, an em dash for what does not exist.

    Examples
    --------
    >>> number(-12345.678, 1)
    '−12\u202f345.7'
    >>> number(None, 2), number(float("nan"), 2), number(-0.001, 1)
    ('—', '—', '0.0')
    """
    if value is None or not math.isfinite(value):
        return DASH
    text = f"{abs(value):,.{decimals}f}".replace(",", THIN)
    below = value < 0 and any(c in "123456789" for c in text)
    return f"{MINUS}{text}" if below else text


def decimals_of_gy(value: Gy | float) -> int:
    """Return the decimals that a dose is shown with: none from 10 Gy up, one below."""
    return 0 if round(abs(value), 1) >= 10 else 1


def gy(value: Gy | float | None) -> str:
    """Return a dose without its unit.

    Examples
    --------
    >>> gy(Gy(231.48)), gy(Gy(9.96)), gy(Gy(6.44)), gy(Gy(1234.5))
    ('231', '10', '6.4', '1\u202f234')
    """
    if value is None or not math.isfinite(value):
        return DASH
    return number(value, decimals_of_gy(value))


def gy_range(estimate: Estimated) -> str:
    """Return the interval of a dose, with the decimals of its value.

    Examples
    --------
    >>> gy_range(Estimated(Gy(231.4), Gy(204.2), Gy(258.0), {}))
    '204–258'
    """
    decimals = decimals_of_gy(estimate.value)
    return f"{number(estimate.low, decimals)}–{number(estimate.high, decimals)}"


def gbq(value: Bq | float | None) -> str:
    """Return an activity in GBq without its unit: two decimals, three below 0.1 GBq.

    Examples
    --------
    >>> gbq(Bq(3.4191e9)), gbq(Bq(0.0421e9))
    ('3.42', '0.042')
    """
    if value is None:
        return DASH
    amount = value / BQ_PER_GBQ
    return number(amount, 3 if abs(amount) < 0.1 else 2)


def ml(value: Ml | float | None) -> str:
    """Return a volume in mL without its unit: whole from 10 mL up.

    Examples
    --------
    >>> ml(Ml(1834.2)), ml(Ml(4.31))
    ('1\u202f834', '4.3')
    """
    if value is None:
        return DASH
    return number(value, 0 if round(value, 1) >= 10 else 1)


def gram(value: Gram | float | None) -> str:
    """Return a mass in g without its unit: whole from 10 g up."""
    return ml(value)


def percent(share: Share | float | None) -> str:
    r"""Return a share in per cent with its sign: one decimal.

    Examples
    --------
    >>> percent(Share(0.0423))
    '4.2\xa0%'
    """
    return DASH if share is None else f"{number(share * 100, 1)}{NBSP}%"


def instant(when: datetime | None) -> str:
    """Return an instant with its zone; one without a zone says so.

    Examples
    --------
    >>> from datetime import timedelta, timezone
    >>> instant(datetime(2026, 11, 30, 14, 0, tzinfo=timezone(timedelta(hours=1))))
    '2026-11-30 14:00 +01:00'
    """
    if when is None:
        return DASH
    text = when.strftime("%Y-%m-%d %H:%M")
    zone = when.strftime("%z")
    return f"{text} {zone[:3]}:{zone[3:5]}" if zone else f"{text} (no time zone given)"
