"""What `yttria response` is asked and answers: lesions measured date by date, judged by each criterion."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from yttria.contract.base import Absent, Argument, Floats, Number, Request, Result

CriterionName = Literal["easl", "mrecist", "recist11"]
Word = Literal["CR", "PR", "SD", "non-CR/non-PD", "PD", "NE"]
"""`non-CR/non-PD` is said where nothing is measured and nothing has gone or grown."""


class ResponseRequest(Request):
    """Response of lesions by EASL, mRECIST and RECIST 1.1."""

    lesions: Annotated[Path, Argument()]
    """CSV or .xlsx: a row a lesion and date (patient, date, lesion, kind, sizes in mm)."""
    criteria: tuple[CriterionName, ...] = ("easl", "mrecist", "recist11")
    """Criteria, with commas."""
    at_months: Annotated[float | None, Field(gt=0)] = None
    """Months after baseline at which response is the endpoint."""
    window_months: Annotated[float | None, Field(ge=0)] = None
    """How far from that a visit may lie, months. [default: 1]"""
    treated: str | None = None
    """Which arm is treated. [default: the second of the sorted names]"""
    out: Path | None = None
    """Folder for response.json, report.pdf, report.html, figures and tables; made when it is not there."""
    replace: bool = False
    """Replace what is in the folder even where Yttria did not write it for this table."""


class VisitRecord(Result):
    """What one visit says."""

    date: str
    """Of the image."""
    sum: float | None
    """Sum of the targets; null where one was not measured."""
    change_from_baseline_percent: Number
    """Change of the sum since baseline."""
    change_from_nadir_percent: Number
    """Change of the sum over the smallest before it, baseline included."""
    target: Word | None
    """Of the targets; null where there are none."""
    non_target: Word | None
    """Of the other lesions; null where there are none."""
    new_lesion: bool
    """Whether a new lesion stands at that date."""
    overall: Word
    """Of the patient."""


class PatientResponse(Result):
    """What the visits of a patient say by one criterion."""

    baseline: float | None
    """Sum of the targets at the earliest date; null where one was not measured."""
    unit: Literal["mm", "mm2"]
    """Of the sums."""
    visits: list[VisitRecord]
    """After the baseline."""
    best: Word
    """Best overall word before progression."""
    progressed_on: str | None
    """Date of the first progression."""


class BestRates(Result):
    """Best responses of all patients."""

    n: int
    """Patients with a baseline."""
    CR: int
    """Complete response."""
    PR: int
    """Partial response."""
    SD: int
    """Stable disease."""
    PD: int
    """Progression."""
    NE: int
    """Not evaluable."""
    non_cr_non_pd: int
    """Neither gone nor grown, of patients in whom nothing is measured."""
    objective_fraction: float
    """CR and PR of all."""
    low: float
    """Wilson's lower limit."""
    high: float
    """Wilson's upper limit."""


class ArmRate(Result):
    """How many responded."""

    n: int
    """Patients with a baseline, NE included."""
    evaluable: int
    """Those who are not NE."""
    responders: int
    """CR and PR."""
    fraction: float
    """Responders of n."""
    low: float
    """Wilson's lower limit."""
    high: float
    """Wilson's upper limit."""


class RateComparison(Result):
    """Treated against control; null where a number does not exist."""

    treated: str
    """Name of the arm."""
    control: str
    """Name of the arm."""
    risk_difference: float
    """Fraction of treated less that of control."""
    low: float
    """Newcombe's lower limit (hybrid score, no continuity correction)."""
    high: float
    """Newcombe's upper limit."""
    odds_ratio: Number
    """Conditional maximum-likelihood odds ratio."""
    odds_low: Number
    """Its exact lower limit."""
    odds_high: Number
    """Its exact upper limit."""
    p_fisher: float
    """Fisher's exact P, two-sided."""
    p_chi2: Number
    """Pearson's chi-squared P, without correction."""


class ArmRates(ArmRate):
    """How many responded, of all and by arm."""

    arms: dict[str, ArmRate]
    """By the name of the arm."""
    comparison: RateComparison | None
    """Of two arms; null otherwise."""


class PatientAtVisit(Result):
    """A patient at the visit of the endpoint."""

    date: str | None
    """Of the visit; null where none lies in the window."""
    days: int | None
    """From baseline."""
    overall: Word
    """Of the patient."""
    index: Word
    """Of the index lesion alone."""


class ResponseAtVisit(Result):
    """Response as the endpoint of a trial."""

    patients: dict[str, PatientAtVisit]
    """By patient."""
    index: ArmRates
    """Of index lesions."""
    overall: ArmRates
    """Of patients."""


class DoseNeeded(Result):
    """The dose that a share of lesions needs to respond; null where no slope is shown, or nothing bounds it."""

    share: float
    """Share that responds."""
    dose_gy: Number
    """The dose, Gy."""
    low_gy: Number
    """Fieller's lower limit, Gy."""
    high_gy: Number
    """Fieller's upper limit, Gy."""


class DoseCurve(Result):
    """The fitted curve at doses from the least to the greatest given."""

    dose_gy: Floats
    """Doses, Gy."""
    share: Floats
    """Share that responds."""
    low: Floats
    """Lower limits."""
    high: Floats
    """Upper limits."""


class LesionDoseResponse(Result):
    """Response of lesions by their absorbed dose, logistic, with errors over patients; null where it could not be fitted."""

    n: int
    """Lesions with a dose and a word."""
    patients: int
    """Patients whom they are of."""
    responses: int
    """Lesions that responded (CR or PR)."""
    dropped: int
    """Targets left out for want of a dose or of a word."""
    judged: str
    """Which word of a lesion counts."""
    odds_ratio_per_100_gy: Number
    """Odds of response per 100 Gy more."""
    low: Number
    """Its lower limit."""
    high: Number
    """Its upper limit."""
    p: Number
    """Wald's P of the slope, by errors over patients."""
    needed: list[DoseNeeded]
    """Doses that half and four fifths of lesions need."""
    curve: DoseCurve | None
    """The curve."""


class ResponseResult(Result):
    """Response by patient and criterion, and how often."""

    patients: dict[str, dict[CriterionName, PatientResponse]]
    """By patient and criterion."""
    rates: dict[CriterionName, BestRates]
    """Best responses by criterion."""
    at: Absent[dict[CriterionName, ResponseAtVisit]] = None
    """At the visit that --at-months asks for."""
    dose_response: Absent[dict[CriterionName, LesionDoseResponse]] = None
    """Lesion dose against lesion response, where the table has doses (dose_gy)."""
