"""The order of findings: stop, warning, note, and within each level by the harm behind them."""

from collections.abc import Iterable

from yttria.values.errors import LEVELS, Finding

HARM = (
    "facts-exclude",
    "contraindication",
    "earlier-dose",
    "not-targeted",
    "limit-exceeded",
    "perfused",
    "territory",
    "site-limit",
    "no-option",
    "index-below-aim",
    "aim-nearly-reached",
    "limit-probability",
    "poor-targeting",
    "thrombus",
    "conditional",
)
"""Findings of one level by how much harm lies behind them, by the first words of their code; all others after these."""


def by_harm(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings in the order stop, warning, note, and within each by the harm behind them.

    Examples
    --------
    >>> [f.code for f in by_harm([Finding("stop", "no-option", ""), Finding("note", "a", ""), Finding("stop", "contraindication-ascites", "")])]
    ['contraindication-ascites', 'no-option', 'a']
    """

    def rank(finding: Finding) -> tuple[int, int]:
        harm = next((n for n, code in enumerate(HARM) if finding.code.startswith(code)), len(HARM))
        return LEVELS.index(finding.level), harm

    return tuple(sorted(findings, key=rank))
