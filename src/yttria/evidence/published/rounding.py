"""Printed numbers: what a number in a paper can have been before it was rounded or truncated."""

import math
import re
from dataclasses import dataclass
from typing import Literal

from yttria.values.errors import EvidenceError

_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.(\d+))?|\.(\d+))(?:[eE]([-+]?\d+))?")
_COMMA = re.compile(r"([-+]?\d*),(\d+)")
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}")
_SLACK = 1e-9
LARGEST, SMALLEST_EXPONENT = 1e15, -99  # of a printed number: beyond them its last digit is no number of a double
MOST_LETTERS = 40


@dataclass(frozen=True, slots=True)
class Printed:
    """A number as printed: half a unit of its last digit to either side by rounding, up to one unit above by truncation.

    Parameters
    ----------
    text
        As the paper writes it.
    value
        The number.
    decimals
        Digits after the point that the print stands for; a paper that drops trailing zeros prints 0.9 for 0.90.

    Examples
    --------
    >>> Printed.of("17.8").rounded, Printed.of("17.8").span
    ((17.75, 17.85), (17.75, 17.9))
    >>> Printed.of("0.9", decimals=2).how(0.8983)
    'rounded'
    """

    text: str
    value: float
    decimals: int

    @classmethod
    def of(cls, text: str, *, decimals: int | None = None) -> "Printed":
        """Return a printed number.

        Parameters
        ----------
        text
            A plain number; ".51", a decimal comma, the raised point of some journals and a sign of per cent are read too.
        decimals
            Digits the table prints where it drops trailing zeros; the number's own when None or when it shows more.

        Raises
        ------
        EvidenceError
            Not a number; a comma that may part thousands or be a decimal one.
        """
        stripped = text.strip().replace("\N{MINUS SIGN}", "-").removesuffix("%").rstrip()
        plain = _COMMA.sub(r"\1.\2", stripped.replace("\N{MIDDLE DOT}", "."))
        if _THOUSANDS.fullmatch(stripped):
            raise EvidenceError(
                f"{text!r} may be a number of thousands or have a decimal comma; write {stripped.replace(',', '')} or {plain}",
                code="printed-number-ambiguous",
            )
        match = _NUMBER.fullmatch(plain)
        if match is None:
            raise EvidenceError(
                f"a printed number is expected, as 0.51, but {text!r} was found; correct the cell",
                code="printed-number-value",
            )
        if len(plain) > MOST_LETTERS or abs(float(plain)) > LARGEST or int(match[3] or 0) < SMALLEST_EXPONENT:
            raise EvidenceError(
                f"a printed number of up to {LARGEST:.0e} and {MOST_LETTERS} letters is expected, but {text[:MOST_LETTERS]!r} was found; correct the cell",
                code="printed-number-size",
            )
        own = len(match[1] or match[2] or "") - int(match[3] or 0)
        return cls(stripped, float(plain), max(own, decimals if decimals is not None else own))

    @property
    def unit(self) -> float:
        """Return one unit of the last digit."""
        return 10.0**-self.decimals

    @property
    def rounded(self) -> tuple[float, float]:
        """Return what rounding can have come from."""
        return _clean(self.value - self.unit / 2), _clean(self.value + self.unit / 2)

    @property
    def truncated(self) -> tuple[float, float]:
        """Return what truncation can have come from."""
        end = self.value + math.copysign(self.unit, self.value)
        return min(self.value, _clean(end)), max(self.value, _clean(end))

    @property
    def span(self) -> tuple[float, float]:
        """Return what either can have come from."""
        return min(self.rounded[0], self.truncated[0]), max(self.rounded[1], self.truncated[1])

    def how(self, exact: float) -> str | None:
        """Return how `exact` becomes this print: "rounded", "truncated", or None when it cannot."""
        slack = _SLACK * max(1.0, abs(exact))
        low, high = self.rounded
        if low - slack <= exact <= high + slack:
            return "rounded"
        size, outward = abs(self.value), math.copysign(1.0, self.value) * exact
        return "truncated" if size <= outward < size + self.unit - slack else None


@dataclass(frozen=True, slots=True)
class PrintedBound:
    """A number that is printed only as a bound: "less than 10 %", "more than 50 %".

    Parameters
    ----------
    text
        As the paper writes it.
    sense
        "<" or ">", with or without the bound itself.
    strict
        Whether the bound itself is left out.
    number
        The bound.

    Examples
    --------
    >>> bound = PrintedBound.of("< 10 %")
    >>> bound.span, bound.holds(8.9), bound.holds(10.0), PrintedBound.of("≥50").holds(50.0)
    ((-inf, 10.0), True, False, True)
    """

    text: str
    sense: Literal["<", ">"]
    strict: bool
    number: Printed

    @classmethod
    def of(cls, text: str) -> "PrintedBound":
        """Return a printed bound.

        Raises
        ------
        EvidenceError
            No sign of comparison, or no number after it.
        """
        stripped = text.strip()
        if not cls.begins(stripped):
            raise EvidenceError(
                f"a bound is expected, as <10, but {text!r} was found; correct the cell", code="printed-bound-value"
            )
        number = Printed.of(stripped.lstrip("<>≤≥= ").removesuffix("%"))
        return cls(stripped, "<" if stripped[0] in "<≤" else ">", "=" not in stripped and stripped[0] in "<>", number)

    @staticmethod
    def begins(text: str) -> bool:
        """Return whether a cell begins as a bound does."""
        return text.strip()[:1] in tuple("<>≤≥")

    @property
    def span(self) -> tuple[float, float]:
        """Return what the number can have been; the bound itself is named whether or not it belongs to it."""
        return (-math.inf, self.number.value) if self.sense == "<" else (self.number.value, math.inf)

    def holds(self, exact: float) -> bool:
        """Return whether a number keeps the bound."""
        value = self.number.value
        if math.isclose(exact, value, rel_tol=_SLACK, abs_tol=_SLACK):
            return not self.strict
        return exact < value if self.sense == "<" else exact > value

    def how(self, exact: float) -> str | None:
        """Return "within" where a number keeps the bound, None where it does not."""
        return "within" if self.holds(exact) else None


def _clean(value: float) -> float:
    """Return a limit without the last bits that a decimal fraction leaves."""
    return round(value, 12)


def decimal_text(value: float, decimals: int) -> str:
    """Return a number as a table with that many decimals prints it."""
    return f"{value:.{max(decimals, 0)}f}"
