"""Findings: stops and warnings in full where a physician starts, notes by a line; their every word later, with the code."""

import re
from collections.abc import Container, Sequence

from yttria.values.document import Block, FindingList, Paragraph
from yttria.values.errors import Finding

WORST_FIRST = {"stop": 0, "warning": 1, "note": 2}
ONE_LINE = 130  # characters of the small type between the margins
FEW = 3
BRACKETS = re.compile(r" *\((?:[^()]|\([^()]*\))*\)")
END = re.compile(r"; |\. (?=[A-Z])")


def first_findings(findings: Sequence[Finding], *, table_codes: Container[str] = ()) -> Sequence[Block]:
    """Return stops and warnings in full, then each note by its first words; codes stand in the full list alone.

    Parameters
    ----------
    table_codes
        Codes of notes whose numbers the report shows in a place of their own: they are counted, and stand in the full list alone.
    """
    if not findings:
        return (Paragraph("No finding: every check of this case passed."),)
    serious = [_with_signs(f) for f in _sorted(findings) if f.level != "note"]
    every = [f for f in findings if f.level == "note"]
    listed = [f for f in every if f.code not in table_codes]
    notes, folded = _grouped(listed), len(every) - len(listed)
    return (
        *([FindingList(serious, codes=False)] if serious else []),
        *([FindingList(notes, codes=False, quiet=True, more=_more(folded))] if notes or folded else []),
    )


def _more(folded: int) -> str:
    """Return where notes stand in full, and how many of them stand there alone."""
    if not folded:
        return "In full, with the code of each: “Notes in full”, the last section of this report."
    notes = "One note" if folded == 1 else f"{folded} notes"
    return f"{notes} on what tables of this report show {'stands' if folded == 1 else 'stand'} with all others in “Notes in full”, its last section."


def notes_in_full(findings: Sequence[Finding]) -> Sequence[Block]:
    """Return every note in full with its code; stops and warnings stand in full on the first page. Nothing without notes."""
    notes = [_with_signs(f) for f in findings if f.level == "note"]
    return (FindingList(notes, quiet=True),) if notes else ()


def first_words(message: str) -> str:
    """Return as many of a message's first clauses as one line holds; brackets go where more of them fit without.

    Examples
    --------
    >>> first_words("6.8 % lie outside: 5.2 % near (blur), 1.6 % far; look at the image. Twice.")
    '6.8 % lie outside: 5.2 % near (blur), 1.6 % far; look at the image. Twice'
    >>> first_words("resolution 12 mm (" + 99 * "why " + "); contours by hand")
    'resolution 12 mm; contours by hand'
    """
    results = [_fitting(message), _fitting(BRACKETS.sub("", message))]
    best = max(results, key=len)
    if best:
        return "".join(best).strip().removesuffix(".").removesuffix(";")
    cut = BRACKETS.sub("", message)[:ONE_LINE].rsplit(" ", 1)[0]
    return cut.rstrip(",:;") + " …"


def _fitting(message: str) -> Sequence[str]:
    """Return the first clauses that fit in one line; a semicolon or full stop inside brackets ends none."""
    clauses, start = [], 0
    for end in [*(m.end() for m in END.finditer(message)), len(message)]:
        if message.count("(", 0, end) > message.count(")", 0, end):
            continue
        if len(message[:end].rstrip(" ;.")) > ONE_LINE:
            break
        clauses.append(message[start:end])
        start = end
    return clauses


def _grouped(notes: Sequence[Finding]) -> Sequence[Finding]:
    """Return one line a note; where more than a few are of one kind, one line for them all."""
    kinds: dict[str, list[Finding]] = {}
    for note in notes:
        kinds.setdefault(note.code, []).append(note)
    lines: list[Finding] = []
    for code, similar in kinds.items():
        part = similar if len(similar) <= FEW else similar[:1]
        more = f" (and {len(similar) - 1} more of this kind)" if len(similar) > FEW else ""
        lines += [
            Finding("note", code, _plus_minus(first_words(f.message)) + more, {**f.values, "more": len(similar) - 1})
            for f in part
        ]
    return lines


def _sorted(findings: Sequence[Finding]) -> Sequence[Finding]:
    return sorted(findings, key=lambda f: WORST_FIRST[f.level])


def _with_signs(finding: Finding) -> Finding:
    return Finding(finding.level, finding.code, _plus_minus(finding.message))


def _plus_minus(text: str) -> str:
    return text.replace("+/-", "±")
