"""What the kinds of `yttria calc` are asked and answer that speak of the patient and of what was given (CONTRACT: calc)."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from yttria.contract.base import Request, Result

Bilirubin = Annotated[float, Field(description="Bilirubin, mg/dL.")]
Albumin = Annotated[float, Field(description="Albumin, g/dL.")]
YesNo = Literal["yes", "no"]


class DeliveredRequest(Request):
    """What was delivered beside what was prescribed."""

    prescribed_gbq: float
    """Activity prescribed, GBq."""
    delivered_gbq: float
    """Activity delivered, GBq, at the same instant."""
    tolerance_fraction: float | None = None
    """Difference that this site lets pass, as a fraction; what is more is outside."""


class DeliveredResult(Result):
    """What was delivered beside what was prescribed."""

    kind: Literal["delivered"]
    """Which formula."""
    of_prescribed_fraction: float
    """Delivered over prescribed."""
    reportable: bool
    """Whether it differs by 20 % or more (10 CFR 35.3045)."""
    within_tolerance: bool | None
    """Whether it differs by no more than the site's own fraction; null where none is given."""


class RemnantRequest(Request):
    """Share of the liver that remains, and how fast it grows."""

    flr_ml: float
    """Volume of the future remnant, mL."""
    liver_ml: float | None = None
    """Volume of the measured liver with its tumour, mL."""
    tumour_ml: float | None = None
    """Volume of all tumour in it, mL. [default: 0, which is said]"""
    height_cm: float | None = None
    """In place of the measured liver: height, cm."""
    weight_kg: float | None = None
    """With the height: weight, kg."""
    flr_after_ml: float | None = None
    """Volume of the remnant later, mL."""
    weeks: float | None = None
    """Weeks between the two."""


class RemnantResult(Result):
    """Share of the liver that remains, and how fast it grows; a key without its input is null."""

    kind: Literal["flr"]
    """Which formula."""
    tlv_ml: float | None
    """Total liver volume: liver less tumour where it is measured, else by the body's surface."""
    tlv_source: str | None
    """Where the total liver volume is from."""
    sflr_percent: float | None
    """The remnant's share of it (standardised future liver remnant)."""
    hypertrophy_points: float | None
    """Growth of that share, percentage points."""
    hypertrophy_percent: float | None
    """Growth in per cent of the former remnant."""
    kgr_points_per_week: float | None
    """Kinetic growth rate: points a week."""


class ChildPughRequest(Request):
    """Child-Pugh points and class."""

    bilirubin_mg_dl: Bilirubin
    albumin_g_dl: Albumin
    inr: float
    """International normalised ratio."""
    ascites: Literal["none", "slight", "moderate"]
    """none, slight or moderate."""
    encephalopathy: Literal["none", "mild", "severe"]
    """none, mild (grade 1 or 2) or severe."""


class ChildPughParts(Result):
    """Points of each part, 1 to 3."""

    bilirubin: int
    """Below 2, 2 to 3, above 3 mg/dL."""
    albumin: int
    """Above 3.5, 2.8 to 3.5, below 2.8 g/dL."""
    inr: int
    """Below 1.7, 1.7 to 2.3, above 2.3."""
    ascites: int
    """None, slight, moderate."""
    encephalopathy: int
    """None, mild, severe."""


class ChildPughResult(Result):
    """Child-Pugh points and class."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    kind: Literal["child-pugh"]
    """Which formula."""
    points: int
    """5 to 15."""
    grade: Annotated[Literal["A", "B", "C"], Field(alias="class")]
    """A 5 and 6, B 7 to 9, C 10 to 15 points."""
    parts: ChildPughParts
    """Points of each part."""


class AlbiRequest(Request):
    """Albumin-bilirubin score and grade."""

    bilirubin_mg_dl: Bilirubin
    albumin_g_dl: Albumin


class AlbiResult(Result):
    """Albumin-bilirubin score and grade."""

    kind: Literal["albi"]
    """Which formula."""
    score: float
    """0.66 log10(bilirubin, µmol/L) - 0.085 albumin, g/L."""
    grade: int
    """1 to -2.60, 2 to -1.39, 3 above."""


class BclcRequest(Request):
    """Stage of the Barcelona Clinic, 2022 update."""

    nodules: int
    """How many nodules."""
    largest_cm: float
    """Diameter of the largest, cm."""
    ecog: int
    """Performance status, 0 to 4."""
    vascular_invasion: YesNo
    """yes or no."""
    extrahepatic: YesNo
    """Spread outside the liver: yes or no."""
    child_pugh: str
    """A, B or C, with points or without (A5)."""


class BclcResult(Result):
    """Stage of the Barcelona Clinic and the line that decided."""

    kind: Literal["bclc"]
    """Which formula."""
    stage: Literal["0", "A", "B", "C", "D"]
    """The stage."""
    reason: str
    """The line that decided."""
