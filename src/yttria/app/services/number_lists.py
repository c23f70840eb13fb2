"""Numbers with commas, as options hold them."""

import math
from itertools import pairwise

from yttria.values.errors import IntakeError


def whole_list(text: str, option: str) -> list[int]:
    """Return whole numbers from "24,48".

    Raises
    ------
    IntakeError
        Anything else.
    """
    numbers = number_list(text, option)
    if any(n != int(n) for n in numbers):
        raise IntakeError(
            f"{option} must be whole numbers with commas, as 24,48, but is {text!r}; correct it", code="whole-numbers"
        )
    return [int(n) for n in numbers]


def look_list(text: str) -> list[int]:
    """Return the events of looks from "34,49".

    Raises
    ------
    IntakeError
        Not whole numbers above zero that ascend.
    """
    events = whole_list(text, "--look-events")
    if events[0] < 1 or any(b <= a for a, b in pairwise(events)):
        raise IntakeError(
            f"--look-events must be above zero and ascend, as 34,49, but are {text!r}; put them in order",
            code="look-events-order",
        )
    return events


def number_list(text: str, option: str) -> list[float]:
    """Return numbers from "0.5,1".

    Raises
    ------
    IntakeError
        Anything else.
    """
    try:
        numbers = [float(word) for word in text.split(",")]
    except ValueError:
        numbers = [math.nan]
    if not all(math.isfinite(n) for n in numbers):
        raise IntakeError(
            f"{option} must be numbers with commas, as 0.5,1, but is {text!r}; correct it", code="number-list"
        )
    return numbers
