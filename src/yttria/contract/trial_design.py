"""Options that the designs of trials share: error, folder, boundaries."""

from pathlib import Path
from typing import Literal

from yttria.contract.base import Request

Efficacy = Literal["obf", "pocock", "haybittle", "spending:obf", "spending:pocock"]


Futility = Literal["none", "beta:obf", "beta:pocock", "conditional"]


YesNo = Literal["true", "false"]


class TrialDesignRequest(Request):
    """A design of a trial."""

    alpha: float = 0.05
    """Chance of a false positive."""
    sides: int = 2
    """Sides of the test: 1 or 2."""
    out: Path | None = None
    """Folder for design.json, report.pdf and report.html; made when it is not there."""
    replace: bool = False
    """Write over files in that folder that Yttria did not write for a design."""


class GroupSequentialRequest(TrialDesignRequest):
    """A design of a trial that may stop at a look."""

    efficacy: Efficacy | None = None
    """In place of --kind: obf, pocock, haybittle, spending:obf or spending:pocock."""
    futility: Futility = "none"
    """none, beta:obf, beta:pocock or conditional; then the design is one-sided at alpha / sides."""
    binding: YesNo = "false"
    """true where alpha may count on stops for futility."""
    conditional_power: float = 0.2
    """Of --futility conditional: stop below it."""
    kind: str = "ld-obrien-fleming"
    """pocock, obrien-fleming, haybittle-peto, ld-obrien-fleming, ld-pocock, power, hwang-shih-decani."""
    shape: float | None = None
    """Of power (3 unless given) and hwang-shih-decani (-4)."""
