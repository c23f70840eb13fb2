"""What `yttria rules` is asked and answers."""

from pathlib import Path
from typing import Literal

from yttria.contract.base import Absent, Contract, Request, Result


class RulesRequest(Request):
    """Which rules hold, are open or fall away."""

    product: Literal["glass", "resin", "holmium"] | None = None
    """Microspheres. [default: the case's, else every product]"""
    disease: str | None = None
    """HCC, ICC, mCRC or any other word; one without a row in the table has no tumour aim. [default: the case's]"""
    scenario: Literal["segmentectomy", "lobectomy", "unilobar", "bilobar"] | None = None
    """What is treated. [default: the case's]"""
    case: Path | None = None
    """A case.toml, or a folder with one; its images are not read, so that what they would say is unknown."""
    site: Path | None = None
    """Site file. [default: the file named by $YTTRIA_SITE]"""


class RuleRecord(Contract):
    """A limit, an aim or a contraindication, and whether it holds."""

    name: str
    """Of the limit or the contraindication; of an aim its approach."""
    kind: Literal["limit", "aim", "contraindication"]
    """What it is."""
    volume: str | None
    """Dose name that it speaks of; null for a contraindication."""
    gy: float | None
    """Dose, Gy; null for a contraindication."""
    product: list[str]
    """Products that it asks for; empty for all."""
    disease: list[str]
    """Diseases that it asks for; empty for all."""
    scenario: list[str]
    """Scenarios that it asks for; empty for all."""
    condition: str
    """What else it asks, in words."""
    source: str
    """Paper, guideline, label or house."""
    verified: bool
    """Whether the number was seen in its source; an unverified rule never holds."""
    state: Literal["holds", "assumed", "open", "falls away"]
    """Assumed: a fact is missing, and a plan would apply the limit. Open: a missing fact or the image could still bring it."""
    missing: list[str]
    """Keys of case.toml that would settle it."""
    judgement: Absent[Literal["stop", "warning"]] = None
    """Of a contraindication: what it is while it holds."""


class RulesResult(Result):
    """The result of `yttria rules`."""

    rules: list[RuleRecord]
    """Limits, aims, contraindications, as they stand in the table; a site's own after them."""
