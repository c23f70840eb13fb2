"""One line of a paper's table as a claim: numbers kept as printed, so that rounding can be told from a contradiction."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar, get_args

from yttria.evidence.published.rounding import Printed, PrintedBound
from yttria.values.errors import EvidenceError

Kind = Literal["hr", "or", "rr", "rate", "median", "mean_sd", "percent", "count", "two_by_two"]
Test = Literal["wald", "logrank", "lr", "pearson", "yates", "fisher"]
KINDS: tuple[Kind, ...] = get_args(Kind)
TESTS: tuple[Test, ...] = get_args(Test)

COLUMNS = (
    "place", "kind", "subject", "unit", "time", "n", "events", "n_b", "events_b", "value", "low", "high", "sd", "p", "test", "level",
    "decimals", "min", "max", "grain", "of", "cut", "cut_n", "where", "note",
)  # fmt: skip
"""Columns of the table of claims, as docs/claims.md explains them."""
NOT_REACHED = frozenset(
    {"nr", "n.r.", "n.r", "n/r", "na", "n.a.", "n/a", "ne", "n.e.", "n.e", "n/e", "nc", "n.c.", "not reached", "not yet reached",
     "not estimable", "not estimated", "not evaluable", "not calculable", "not available", "–", "—", "-", "−", "∞", "+∞", "inf", "infinity"}
)  # fmt: skip
"""What papers print where a curve (or its limit) does not cross one half; without regard to case."""


@dataclass(frozen=True, slots=True)
class PrintedP:
    """A P value as printed: a number, or only a bound.

    Examples
    --------
    >>> PrintedP.of("<0.001").span, PrintedP.of("0.020").span
    ((0.0, 0.001), (0.0195, 0.021))
    """

    text: str
    bound: Literal["=", "<", ">"]
    number: Printed

    @classmethod
    def of(cls, text: str) -> "PrintedP":
        """Return a printed P.

        Raises
        ------
        EvidenceError
            No number from 0 to 1, with or without "<" or ">".
        """
        stripped = text.strip()
        bound: Literal["=", "<", ">"] = "<" if stripped[:1] in "<≤" else ">" if stripped[:1] in ">≥" else "="
        number = Printed.of(stripped.lstrip("=<>≤≥ "))
        if not 0 <= number.value <= 1:
            raise EvidenceError(
                f"a P value lies between 0 and 1, but {text!r} was found; correct the cell", code="p-value-range"
            )
        return cls(stripped, bound, number)

    @property
    def span(self) -> tuple[float, float]:
        """Return what the P can have been."""
        if self.bound == "<":
            return 0.0, self.number.value
        if self.bound == ">":
            return self.number.value, 1.0
        low, high = self.number.span
        return max(low, 0.0), min(high, 1.0)


@dataclass(frozen=True, slots=True)
class Claim:
    """One printed statistic with what belongs to it.

    Parameters
    ----------
    line
        Line of the table, as an editor shows it.
    kind
        hr, or, rr (ratios of a yes/no factor), rate (per cent alive at a time), median, mean_sd, percent, count (of patients), two_by_two.
    subject
        Group or contrast; the same words mean the same patients.
    place
        Where it is printed: "Table 2", "abstract".
    unit, time, n, events, n_b, events_b
        What it is of; `n_most` where only an upper bound of n is known ("<=56").
    value, low, high, sd, p, test, level
        As printed; None where silent.
    open_value, open_low, open_high
        Whether the paper says that it was not reached.
    bound
        Where the value is printed only as a bound ("<10 %"); `value` is None then.
    least, most, grain
        What a single measurement can be (mean_sd), and its step.
    of, cut, cut_n
        This group is the group `of`, followed only until `cut_n` of its patients enter the group `cut`.
    where
        Place of the same number in the analysis of a cohort (`beside.numbers_at`).
    note
        A remark; where the number differs from a cohort's and no contradiction says why, it is the reason.
    """

    line: int
    kind: Kind
    subject: str
    place: str
    unit: str
    time: float | None
    n: int | None
    n_most: int | None
    events: int | None
    n_b: int | None
    events_b: int | None
    value: Printed | None
    low: Printed | None
    high: Printed | None
    open_value: bool
    open_low: bool
    open_high: bool
    sd: Printed | None
    p: PrintedP | None
    test: Test | None
    level: float
    least: float | None
    most: float | None
    grain: float | None
    of: str
    cut: str
    cut_n: int | None
    where: str = ""
    bound: PrintedBound | None = None
    note: str = ""

    @property
    def text(self) -> str:
        """Return the claim as the paper prints it."""
        words = [
            self.value.text
            if self.value
            else self.bound.text
            if self.bound
            else "not reached"
            if self.open_value
            else ""
        ]
        if self.sd:
            words.append(f"± {self.sd.text}")
        if self.low or self.high or self.open_low or self.open_high:
            words.append(f"({_limit(self.low, self.open_low)}–{_limit(self.high, self.open_high)})")
        if self.p:
            words.append(f"P {'' if self.p.bound != '=' else '= '}{self.p.text}")
        return " ".join(word for word in words if word)

    @property
    def name(self) -> str:
        """Return what the claim is about, in words."""
        when = "" if self.time is None else f" at {self.time:g} {self.unit}".rstrip()
        return f"{self.subject}{when}"


def _limit(number: Printed | None, is_open: bool) -> str:
    return number.text if number else "not reached" if is_open else "?"


@dataclass(frozen=True, slots=True)
class Flag:
    """A contradiction that the printed numbers show by themselves.

    Parameters
    ----------
    code
        Stable name of the kind of contradiction.
    lines
        Lines of the table that it stands on.
    subject
        What it is about.
    printed
        The numbers as printed.
    why
        What is impossible about them.
    agrees
        What would agree with the rest.
    do
        What to do.
    """

    code: str
    lines: tuple[int, ...]
    subject: str
    printed: str
    why: str
    agrees: str
    do: str

    @property
    def message(self) -> str:
        """Return the flag as one sentence."""
        return f"{self.subject}: {self.printed}: {self.why}; {self.agrees}; {self.do}"


def claim_of(cells: Mapping[str, str], line: int) -> Claim:
    """Return the claim of one row.

    Parameters
    ----------
    cells
        Texts by column name; absent and empty are the same.
    line
        For messages.

    Raises
    ------
    EvidenceError
        A column or kind that is not known (the nearest is named), no subject, a cell that is no number, a kind without what it
        needs: always with the line.
    """
    row = {name: text.strip() for name, text in cells.items() if text.strip()}
    for name in cells:
        if name not in COLUMNS:
            raise EvidenceError(_unknown("column", name, COLUMNS), code="claim-column-unknown")
    try:
        return _claim(row, line)
    except EvidenceError as error:
        raise EvidenceError(f"line {line}: {error}", code="claim-row") from None


def _claim(row: Mapping[str, str], line: int) -> Claim:
    kind, test = _word_of("kind", row.get("kind", ""), KINDS), None
    if "test" in row:
        test = _word_of("test", row["test"], TESTS)
    if not row.get("subject"):
        raise EvidenceError(
            "subject must name the group or contrast, but is empty; the same words must mean the same patients",
            code="claim-subject-absent",
        )
    n_text = row.get("n", "")
    bounded = n_text[:1] in ("<", "≤")
    n = _count(n_text.lstrip("<≤= ") or None, "n")
    claim = Claim(
        line=line,
        kind=kind,
        subject=row["subject"],
        place=row.get("place", ""),
        unit=row.get("unit", ""),
        time=_float(row, "time"),
        n=None if bounded else n,
        n_most=n if bounded else None,
        events=_count(row.get("events"), "events"),
        n_b=_count(row.get("n_b"), "n_b"),
        events_b=_count(row.get("events_b"), "events_b"),
        value=_number(row, "value"),
        low=_number(row, "low"),
        high=_number(row, "high"),
        open_value=_is_open(row, "value"),
        open_low=_is_open(row, "low"),
        open_high=_is_open(row, "high"),
        sd=_number(row, "sd"),
        p=PrintedP.of(row["p"]) if "p" in row else None,
        test=test,
        level=_level(row),
        least=_float(row, "min"),
        most=_float(row, "max"),
        grain=_float(row, "grain"),
        of=row.get("of", ""),
        cut=row.get("cut", ""),
        cut_n=_count(row.get("cut_n"), "cut_n"),
        where=row.get("where", ""),
        bound=PrintedBound.of(row["value"]) if PrintedBound.begins(row.get("value", "")) else None,
        note=row.get("note", ""),
    )
    _require(claim)
    return claim


def _require(claim: Claim) -> None:
    """Refuse a claim that lacks what its kind needs, or holds what no number of that name can be."""
    _require_possible(claim)
    without = claim.value is None and claim.bound is None
    missing = {
        "rate": claim.time is None or (without and not claim.open_value),
        "mean_sd": claim.value is None,
        "percent": without,
        "count": without,
        "two_by_two": None in (claim.events, claim.n, claim.events_b, claim.n_b),
        "median": without and not claim.open_value,
    }
    needs = {
        "rate": "time and value",
        "mean_sd": "value",
        "percent": "value",
        "count": "value",
        "two_by_two": "events, n, events_b and n_b",
        "median": "value (or NR)",
    }
    if missing.get(claim.kind):
        raise EvidenceError(
            f"{claim.kind} needs {needs[claim.kind]}, but a cell is empty; fill it or leave the row out",
            code="claim-cell-empty",
        )
    if claim.kind in ("hr", "or", "rr") and without and claim.p is None:
        raise EvidenceError(
            f"{claim.kind} needs a value or a P, but has neither; fill it or leave the row out",
            code="claim-value-absent",
        )
    if claim.kind in ("hr", "or", "rr") and any(
        x is not None and x.value < 0 for x in (claim.value, claim.low, claim.high)
    ):
        raise EvidenceError(
            f"{claim.kind} and its limits lie above zero, but {claim.text} was found; is it a log ratio?",
            code="claim-value-not-positive",
        )


def _require_possible(claim: Claim) -> None:
    """Refuse a cell that is a slip of the table, not of the paper: nobody observed, a time before the start, a negative SD."""
    for name, count in (("n", claim.n), ("n", claim.n_most), ("n_b", claim.n_b)):
        if count == 0:
            raise EvidenceError(
                f"{name} must be above zero, but is 0; leave the cell empty where it is not printed",
                code="claim-value-zero",
            )
    for events, n in ((claim.events, claim.n), (claim.events_b, claim.n_b)):
        if events is not None and n is not None and events > n:
            raise EvidenceError(
                f"events must not exceed n, but are {events} of {n}; swap or correct them", code="events-above-n"
            )
    if claim.cut_n is not None and claim.n is not None and claim.cut_n > claim.n:
        raise EvidenceError(
            f"cut_n must not exceed n, but is {claim.cut_n} of {claim.n}; correct one of them", code="cut-count-above-n"
        )
    if claim.time is not None and claim.time < 0:
        raise EvidenceError(
            f"time must be zero or more, but is {claim.time:g}; correct the cell",
            code="claim-time-negative",
            values={"time": claim.time},
        )
    if claim.sd is not None and claim.sd.value < 0:
        raise EvidenceError(
            f"sd must be zero or more, but is {claim.sd.text}; correct the cell", code="claim-deviation-negative"
        )
    if claim.grain is not None and claim.grain <= 0:
        raise EvidenceError(
            f"grain is the step of one measurement and above zero, but is {claim.grain:g}; 1 for years",
            code="claim-grain-range",
            values={"grain": claim.grain},
        )
    if claim.least is not None and claim.most is not None and claim.least >= claim.most:
        raise EvidenceError(
            f"min must lie below max, but are {claim.least:g} and {claim.most:g}; swap or correct them",
            code="claim-range-order",
            values={"least": claim.least, "most": claim.most},
        )


_Word = TypeVar("_Word", bound=str)


def _word_of(what: str, text: str, words: tuple[_Word, ...]) -> _Word:
    for word in words:
        if word == text:
            return word
    raise EvidenceError(_unknown(what, text, words), code="claim-word-unknown")


def _is_open(row: Mapping[str, str], name: str) -> bool:
    return " ".join(row.get(name, "").lower().split()) in NOT_REACHED


def _number(row: Mapping[str, str], name: str) -> Printed | None:
    text = row.get(name)
    if text is None or _is_open(row, name) or (name == "value" and PrintedBound.begins(text)):
        return None
    return Printed.of(text, decimals=_count(row.get("decimals"), "decimals"))


def _float(row: Mapping[str, str], name: str) -> float | None:
    return None if name not in row else Printed.of(row[name]).value


def _level(row: Mapping[str, str]) -> float:
    """Return the coverage of the limits as a fraction; the column holds per cent, or a fraction."""
    level = _float(row, "level")
    share = 0.95 if level is None else level / 100 if level > 1 else level
    if not 0 < share < 1:
        raise EvidenceError(
            f"level is the coverage of the limits, as 95, but is {row['level']!r}; correct the cell",
            code="claim-level-range",
        )
    return share


def _count(text: str | None, name: str) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit():
        raise EvidenceError(f"{name} must be a whole number, but is {text!r}; give a count", code="count-value")
    return int(text)


def _unknown(what: str, text: str, words: Sequence[str]) -> str:
    near = difflib.get_close_matches(text.lower(), words, n=1, cutoff=0.4)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"{what} must be one of {', '.join(words)}, but is {text!r}{hint}"
