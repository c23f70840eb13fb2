"""The findings of a study: the worst first, each once for all analyses that it holds in."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from yttria.values.document import Block, FindingList, Paragraph
from yttria.values.errors import Finding

FURTHER = ("populations.", "time_varying.", "landmark.")
"""How a finding of a further analysis begins."""
NO_NUMBER = ("median-not-reached", "median-limit", "followup-", "no-survivor")
"""How the codes of notes begin that say why a number does not exist."""
MOST_NOTES = 10
WORST_FIRST = {"stop": 0, "warning": 1, "note": 2}


def finding_blocks(findings: Sequence[Finding]) -> tuple[Block, ...]:
    """Return the findings, worst first, once for all analyses it holds in; why single numbers do not exist stands in result.json."""
    if not findings:
        return (Paragraph("No check of the numbers found anything."),)
    serious = sorted((f for f in findings if f.level != "note"), key=lambda f: WORST_FIRST[f.level])
    notes = [f for f in findings if f.level == "note"]
    absent = [f for f in notes if f.code.startswith(NO_NUMBER)]
    worth = tuple(_once([f for f in notes if f not in absent]))
    blocks: list[Block] = [FindingList(tuple(_once(serious)))] if serious else []
    if worth:
        more = f"{len(worth) - MOST_NOTES} more notes stand in result.json." if len(worth) > MOST_NOTES else ""
        blocks.append(FindingList(worth[:MOST_NOTES], quiet=True, more=more))
    if absent:
        one = len(absent) == 1
        blocks.append(
            Paragraph(
                f"{'No warning stands. ' if not serious else ''}Why {'one number does' if one else f'{len(absent)} numbers do'} not exist (medians not reached, "
                "limits without a survivor) is said in result.json."
            )
        )
    return tuple(blocks)


def _once(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield each finding once, with the further analyses that it was met in: their numbers of rows may be others."""
    met: dict[tuple[str, str, int], list[tuple[Finding, str, str]]] = {}
    counted: Counter[tuple[str, str, str]] = (
        Counter()
    )  # two of one place differ in their numbers alone: levels, not rows
    for finding in findings:
        place, sep, rest = finding.message.partition(": ")
        inside = bool(sep) and (place == "censored" or place.startswith(FURTHER))
        where, words = (place.removeprefix("populations."), rest) if inside else ("", finding.message)
        bare = "".join(c for c in words if not c.isdigit())
        counted[finding.code, bare, where] += 1
        met.setdefault((finding.code, bare, counted[finding.code, bare, where]), []).append((finding, where, words))
    for result in met.values():
        finding, where, words = result[0]
        places = [place for _, place, _ in result if place]
        if where:
            yield replace(finding, message=f"{words} (in {', '.join(places)})")
        else:
            yield replace(finding, message=f"{words} (likewise in {', '.join(places)})" if places else words)
