"""Printed numbers beside ours: how many agree, which differ and why; and all of them as a document of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from yttria.report.text.capitals import capital
from yttria.report.text.number_format import DASH, number
from yttria.values.document import Block, Cell, Column, Document, Entry, Paragraph, Section, Table

Verdict = Literal["agrees", "truncated", "differs"]
VERDICTS: Mapping[Verdict, str] = {"agrees": "rounded", "truncated": "truncated", "differs": "differs"}
SIGNS: Mapping[str, str] = {"agrees": "✓", "truncated": "✓", "differs": "✗"}
PARTS = {
    "value": "estimate",
    "low": "lower limit",
    "high": "upper limit",
    "sd": "SD",
    "p": "P",
    "events": "number",
}
SIGNIFICANT = 4


@dataclass(frozen=True, slots=True)
class PublishedNumber:
    """A printed number beside ours.

    Parameters
    ----------
    place, subject, part
        Where it is printed, of what, and which number of it.
    printed
        As printed.
    ours
        None where it does not exist.
    verdict
        agrees, truncated or differs.
    why
        Where it differs, or which rule or test gives it.
    """

    place: str
    subject: str
    part: str
    printed: str
    ours: float | None
    verdict: Verdict
    why: str = ""


@dataclass(frozen=True, slots=True)
class OtherNumber:
    """A number that a publication prints of other patients or another time: nothing of the study can be held against it.

    Parameters
    ----------
    place, subject
        Where it is printed and of what.
    printed
        As printed, with limits and P.
    why
        Of whom or when it is.
    """

    place: str
    subject: str
    printed: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """A publication beside a study.

    Parameters
    ----------
    cells
        Its numbers beside ours.
    source
        Where they are printed.
    left
        Its numbers of other patients or another time.
    """

    cells: Sequence[PublishedNumber] = ()
    source: str = ""
    left: Sequence[OtherNumber] = ()


def number_text(value: float | None) -> str:
    """Return ours with enough digits to judge the print by.

    Examples
    --------
    >>> number_text(16.3265), number_text(0.00021), number_text(None)
    ('16.33', '0.00021', 'not reached')
    """
    if value is None:
        return "not reached"
    text = f"{value:.{SIGNIFICANT}g}"
    return number(value, 0) if "e+" in text else (f"{value:.2g}" if "e-" in text else text.replace("-", "−"))


def published_section(published: Published) -> tuple[Block, ...]:
    """Return how many printed numbers the cohort meets, place by place, and each that it does not meet with the reason."""
    cells = published.cells
    if not cells:
        return ()
    differ = [cell for cell in cells if cell.verdict == "differs"]
    words = f"Of {len(cells)} printed numbers {len(cells) - len(differ)} come out of this cohort, by rounding or by truncation; {len(differ)} do not."
    blocks: list[Block] = [Paragraph(words, strong=True)]
    if published.source:
        blocks.append(Paragraph(f"The numbers are printed in {published.source}."))
    blocks.append(_counted(cells))
    if differ:
        blocks.append(_differing(differ))
    if published.left:
        blocks.append(_numbers_without_partner(published.left))
    return tuple(blocks)


def _counted(cells: Sequence[PublishedNumber]) -> Table:
    places = list(dict.fromkeys(cell.place for cell in cells))
    counts = [[sum(c.place == place and c.verdict == v for c in cells) for v in VERDICTS] for place in places]
    rows: list[list[str | int]] = [[place, sum(result), *result] for place, result in zip(places, counts, strict=True)]
    total = [sum(column) for column in zip(*counts, strict=True)]
    rows.append(["all", sum(total), *total])
    return Table(
        title="Printed numbers beside ours, by place",
        columns=[
            Column("Place", share=2.0),
            Column("Numbers", "right"),
            Column("Agree", "right"),
            Column("Agree by truncation", "right"),
            Column("Differ", "right"),
        ],
        rows=rows,
        emphasised=frozenset({len(rows) - 1}),
        ruled=frozenset({len(rows) - 1}),
    )


def _differing(cells: Sequence[PublishedNumber]) -> Table:
    return Table(
        title="Numbers that differ, and why",
        columns=[
            Column("Printed in", share=0.9),
            Column("Of", share=1.7),
            Column("Printed", "right", share=0.6),
            Column("Ours", "right", share=0.6),
            Column("Why", share=3.2),
        ],
        rows=[
            [
                cell.place,
                Entry(cell.subject, PARTS.get(cell.part, cell.part)),
                cell.printed,
                number_text(cell.ours),
                Entry(cell.why or DASH, kind="free"),
            ]
            for cell in cells
        ],
    )


def _numbers_without_partner(left: Sequence[OtherNumber]) -> Table:
    return Table(
        title="Printed of other patients or another time, not compared",
        columns=[
            Column("Printed in", share=0.9),
            Column("Of", share=2.6),
            Column("Printed", share=1.4),
            Column("Why not", share=1.6),
        ],
        rows=[
            [number.place, number.subject, number.printed, Entry(number.why or DASH, kind="free")] for number in left
        ],
    )


def published_table(published: Published) -> Table:
    """Return the printed numbers beside ours as one table, a row a number, and then those that are not compared: for programs."""
    rows: list[Sequence[Cell]] = [
        (
            c.place,
            c.subject,
            PARTS.get(c.part, c.part),
            c.printed,
            number_text(c.ours),
            c.verdict,
            Entry(c.why, kind="free"),
        )
        for c in published.cells
    ]
    rows += [
        (other.place, other.subject, "", other.printed, "", "not compared", Entry(other.why, kind="free"))
        for other in published.left
    ]
    names = ("place", "of", "number", "printed", "ours", "verdict", "why")
    return Table(title="Printed numbers beside ours", columns=[Column(name) for name in names], rows=rows)


def published_document(published: Published, *, title: str, subtitle: str, notice: str, version: str) -> Document:
    """Return the printed numbers beside ours, a section a place.

    Parameters
    ----------
    published
        Numbers in the order of the claims.
    title, subtitle, notice
        Of the study.
    version
        Of Yttria.
    """
    cells = published.cells
    places = list(dict.fromkeys(cell.place for cell in cells))
    summary = Section("Summary", published_section(published))
    sections = [Section(capital(place), (_whole(place, [c for c in cells if c.place == place]),)) for place in places]
    return Document(
        title=title, subtitle=subtitle, sections=(summary, *sections), date="", footer=version, notice=notice
    )


def _whole(place: str, cells: Sequence[PublishedNumber]) -> Table:
    subject = ""
    rows: list[Sequence[Cell]] = []
    ruled = set()
    for cell in cells:
        if cell.subject != subject:
            ruled.add(len(rows))
        name = cell.subject if cell.subject != subject else ""
        subject = cell.subject
        verdict = Entry(VERDICTS[cell.verdict], sign=SIGNS[cell.verdict], strong=cell.verdict == "differs")
        rows.append(
            [
                name,
                PARTS.get(cell.part, cell.part),
                cell.printed,
                number_text(cell.ours),
                verdict,
                Entry(cell.why, kind="free"),
            ]
        )
    return Table(
        title=f"Printed in: {place}",
        columns=[
            Column("Of", share=2.0),
            Column("Number", share=0.9),
            Column("Printed", "right", share=0.7),
            Column("Ours", "right", share=0.7),
            Column("Verdict", share=0.8),
            Column("Why, or by which rule", share=2.4),
        ],
        rows=rows,
        ruled=frozenset(ruled),
    )
