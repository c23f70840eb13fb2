"""Results as documents: estimates, tables and figures as data. Nothing here knows a page, a pixel or a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from numpy.typing import NDArray

from yttria.values.errors import Finding, QuantityError


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval, unit and method: no bare value, no bare P.

    Parameters
    ----------
    value, low, high
        In `unit`; None where it does not exist.
    level
        Coverage of the interval, as 0.95.
    method
        Test or estimator, in words.
    """

    value: float | None
    low: float | None
    high: float | None
    unit: str
    method: str
    level: float = 0.95


@dataclass(frozen=True, slots=True)
class Entry:
    """A cell said in words, already formatted by the house rules.

    Parameters
    ----------
    text
        What is read first.
    under
        A quiet second line: the interval, a hash, a source.
    sign
        A mark before the text that survives a grey printer: "✓", "✗", "▲", "◆".
    strong
        Set in bold.
    kind
        words; a formula, whose `_i` and `^2` (or `_{tot}`) are lowered and raised; or a code, set in a fixed width that may
        break anywhere; or free, words that keep out of their column's decimal alignment.
    """

    text: str
    under: str = ""
    sign: str = ""
    strong: bool = False
    kind: Literal["words", "formula", "code", "free"] = "words"


Cell = str | float | int | Estimate | Entry | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: heading with its unit, alignment and the decimals its numbers share; `share` of the width, 0 for as needed."""

    heading: str
    align: Literal["left", "right", "decimal", "centre"] = "left"
    decimals: int | None = None
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose rows all have one cell a column; an empty cell is None and prints as an em dash.

    Parameters
    ----------
    notes
        Footnotes, in the order of their marks.
    emphasised
        Rows set strong.
    chosen
        The column that the reader should find first; None for none.
    ruled
        Rows with a rule above them: the start of a group.
    small
        Set in the small type: what is looked up rather than read.

    Raises
    ------
    QuantityError
        A row of another length than the columns.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()
    emphasised: frozenset[int] = frozenset()
    chosen: int | None = None
    ruled: frozenset[int] = frozenset()
    small: bool = False

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise QuantityError(
                    f"each row of table {self.title!r} must have {len(self.columns)} cells, but one has {len(row)}",
                    code="table-row-length",
                    values={"columns": len(self.columns), "cells": len(row)},
                )


Dash = Literal["solid", "dashed", "dotted", "dashdot", "longdash", "dashdotdot"]


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A curve; `step` draws it as a right-continuous staircase. `colour` is a role or category name of the house palette.

    `mark` sets a symbol on the curve at x = `mark_at`: it tells curves apart on a grey printer.
    """

    x: NDArray[Any]
    y: NDArray[Any]
    label: str = ""
    colour: str = "ink"
    dash: Dash = "solid"
    step: bool = False
    width: float = 1.4
    mark: Literal["", "dot", "square", "diamond", "triangle"] = ""
    mark_at: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """A band between two curves."""

    x: NDArray[Any]
    low: NDArray[Any]
    high: NDArray[Any]
    colour: str = "ink"
    step: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Points, with horizontal whiskers where `low` and `high` are given."""

    x: NDArray[Any]
    y: NDArray[Any]
    colour: str = "ink"
    shape: Literal["tick", "dot", "square", "diamond"] = "dot"
    low: NDArray[Any] | None = None
    high: NDArray[Any] | None = None
    size: NDArray[Any] | None = None
    label: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Bars from `low` to `high` at each `x`, upright, or lying at each y = `x` where `horizontal`; `fill` is how dark, so that kinds differ in grey too.

    `texts` are written in the middle of each bar, `label` names them beneath the axes.
    """

    x: NDArray[Any]
    low: NDArray[Any]
    high: NDArray[Any]
    width: float = 0.8
    colour: str = "ink"
    fill: float = 0.85
    label: str = ""
    horizontal: bool = False
    texts: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight reference line across the panel at x or y, with words beside it."""

    at: float
    axis: Literal["x", "y"] = "x"
    label: str = ""
    colour: str = "grey"
    dash: Dash = "dashed"


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A slice: grey image, a wash of dose or counts over it, lines at stated levels of it and outlines by role, all on one pixel grid.

    Parameters
    ----------
    grey
        CT window already applied, 0..1, shape (rows, columns).
    wash
        Dose or counts on the same pixels, NaN where it is not shown; None for none.
    wash_unit
        What the wash is in, as its scale says it: "Gy"; a second line explains.
    ramp
        Colours of the wash: those of dose, of counts, or of a difference either way from zero (from -`wash_most` to `wash_most`), so that one is never taken for the
        other.
    outlines
        Shares 0..1 on the same pixels, by role; drawn at 0.5.
    pixel_mm
        (row distance, column distance).
    letters
        Orientation at left, right, top, bottom: ("R", "L", "A", "P").
    paths
        Outlines as drawn, by role: closed polygons of (column, row) in pixels; drawn where given, else `outlines`.
    wash_from
        Below this value of the wash the grey image shows alone.
    cross
        (column, row) where the other two planes cut this one.
    """

    grey: NDArray[Any]
    wash: NDArray[Any] | None
    outlines: Mapping[str, NDArray[Any]]
    pixel_mm: tuple[float, float]
    letters: tuple[str, str, str, str]
    levels: Sequence[float] = ()
    wash_most: float = 0.0
    title: str = ""
    paths: Mapping[str, Sequence[NDArray[Any]]] = field(default_factory=dict)
    wash_from: float = 0.0
    cross: tuple[float, float] | None = None
    wash_unit: str = "Gy"
    ramp: Literal["dose", "counts", "difference"] = "dose"


Layer = Line | Band | Marks | Bars | Rule


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Axes with layers; `under` is a table of texts aligned with `x_ticks` below the axis (numbers at risk).

    `text_columns` does the same for rows: texts right of the axes, aligned with `y_ticks` (n, estimate, P of a forest plot).
    Labelled lines are named at their end; with `legend` they are named beneath the axes instead. A row of `under` without texts is a
    heading; `samples` sets the colour and dash of a line before it. `corner` is written in the corner that the curves leave free.
    """

    layers: Sequence[Layer]
    x_label: str
    y_label: str
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    x_ticks: Sequence[float] = ()
    y_ticks: Sequence[float] = ()
    y_tick_labels: Sequence[str] = ()
    x_log: bool = False
    y_percent: bool = False
    title: str = ""
    under: Mapping[str, Sequence[str]] = field(default_factory=dict)
    text_columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    legend: bool = False
    samples: Mapping[str, tuple[str, Dash]] = field(default_factory=dict)
    corner: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """Panels or pictures side by side, in rows of `columns` where it is given, with the finding as title and data, method and n as caption.

    `keys` name what is drawn without words on it: (colour, words) for each outline. `label` is written on the drawing itself, wherever
    it is shown: what must never be lost with the caption.
    """

    name: str
    title: str
    caption: str
    panels: Sequence[Panel | Picture]
    width_mm: float = 170.0
    height_mm: float = 80.0
    columns: int = 0
    keys: Sequence[tuple[str, str]] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Words; `strong` for the verdict."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is decided, in few lines: a word and a sentence each, the first one largest."""

    lines: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Points:
    """Sentences that stand side by side, each with its point."""

    items: Sequence[str]


@dataclass(frozen=True, slots=True)
class DefinitionList:
    """Pairs of name and value, set as a quiet block."""

    pairs: Sequence[tuple[str, str]]
    columns: int = 2


@dataclass(frozen=True, slots=True)
class FindingList:
    """Findings, worst first; with their codes or without; `quiet` in small type, one line each, `more` as the last of them."""

    findings: Sequence[Finding]
    codes: bool = True
    quiet: bool = False
    more: str = ""


@dataclass(frozen=True, slots=True)
class Signatures:
    """Places to sign, by role."""

    roles: Sequence[str]


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Blocks in columns: each a heading with its blocks, side by side where the page is wide enough."""

    columns: Sequence[tuple[str, Sequence["Block"]]]


Block = Paragraph | Verdict | Points | DefinitionList | FindingList | Table | Figure | Signatures | SideBySide


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """A heading with its blocks; `new_page` starts a sheet of its own on paper."""

    heading: str
    blocks: Sequence[Block]
    new_page: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A report in reading order.

    Parameters
    ----------
    title
        As "Treatment plan".
    subtitle
        One line under it.
    identity
        Names left open below the doors: `io` fills them from the identity.
    date
        ISO instant of the study (not of the printing): the document is the same for the same input.
    footer
        On every page: what made it, in which version.
    notice
        The research-use notice: on the first page in full view, on every page at its foot.
    signers
        Who signs, by profession; empty for what needs no signature.
    """

    title: str
    subtitle: str
    sections: Sequence[Section]
    date: str
    footer: str
    identity: Sequence[tuple[str, str]] = ()
    language: str = "en"
    notice: str = ""
    signers: Sequence[str] = ()
