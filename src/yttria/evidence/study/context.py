"""One analysis in the making: the cohort, what is asked of it, where in the result it stands, and the findings so far."""

from dataclasses import dataclass, field, replace
from typing import Self

from yttria.values.cohort import Cohort
from yttria.values.errors import Finding, Level
from yttria.values.protocol import Protocol


@dataclass(frozen=True, slots=True)
class AnalysisContext:
    """A cohort with its protocol; the findings of all analyses of one study lie in one list."""

    cohort: Cohort
    protocol: Protocol
    place: str = ""
    findings: list[Finding] = field(default_factory=list)

    def add_finding(self, code: str, message: str, level: Level = "warning") -> None:
        """Add a finding, with the place that it is about."""
        where = f"{self.place}: " if self.place else ""
        self.findings.append(Finding(level, code, where + message))

    def at(self, place: str, cohort: Cohort) -> Self:
        """Return the context for another cohort of the same study."""
        return replace(self, cohort=cohort, place=f"{self.place} {place}".strip())
