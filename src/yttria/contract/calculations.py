"""What each kind of `yttria calc` is asked and answers, every key with its unit (CONTRACT: calc)."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from yttria.contract.base import Number, OptionName, Request, Result
from yttria.contract.clinical_calculations import (
    AlbiResult,
    BclcResult,
    ChildPughResult,
    DeliveredResult,
    RemnantResult,
)

Volume = Annotated[float | None, Field(description="Volume, mL; needs --density-g-per-ml.")]
Density = Annotated[float | None, Field(description="Density of that volume, g/mL.")]
Mass = Annotated[float | None, Field(description="Mass, kg, in place of volume and density.")]
Shunt = Annotated[float | None, Field(description="Lung shunt as a fraction, 0 to 1; 0 when left out, which is said.")]
Residual = Annotated[float, Field(description="Share of the vial that stays behind, 0 to 1.")]
LungMass = Annotated[float | None, Field(description="Lung mass, kg; 1 kg when left out, which is said.")]
Constant = Annotated[
    float | None,
    OptionName("--k"),
    Field(description="Dose constant, Gy kg/GBq. [default: the nuclide's own, 49.67 for 90Y]"),
]
HalfLife = Annotated[float | None, Field(description="Half-life, h. [default: 64.05, of 90Y]")]
Level = Annotated[float, Field(description="Coverage of the limits.")]
Formula = Literal["dubois", "mosteller"]


class CompartmentRequest(Request):
    """One compartment: its mass, what reaches the lungs, what stays in the vial."""

    volume_ml: Volume = None
    density_g_per_ml: Density = None
    mass_kg: Mass = None
    lung_shunt_fraction: Shunt = None
    residual_fraction: Residual = 0.0
    lung_mass_kg: LungMass = None
    k: Constant = None


class MonoRequest(CompartmentRequest):
    """Dose of one compartment from an activity."""

    activity_gbq: float
    """Activity in the vial, GBq."""


class MonoResult(Result):
    """Dose of one compartment."""

    kind: Literal["mono"]
    """Which formula."""
    perfused_dose_gy: float
    """Mean dose of the perfused volume."""
    lung_dose_gy: float
    """Mean dose of the lungs."""
    injected_gbq: float
    """Activity that left the vial."""
    mass_kg: float
    """Mass of the perfused volume."""
    lung_mass_kg: float
    """Mass of the lungs."""
    k_gy_kg_per_gbq: float
    """Dose constant."""
    k_source: str
    """Where the dose constant is from."""


class InverseRequest(CompartmentRequest):
    """Activity for a dose of one compartment."""

    dose_gy: float
    """Mean dose wanted in the perfused volume, Gy."""


class InverseResult(Result):
    """Activity for a dose of one compartment; `activity_gbq` is what the vial must hold, residual included."""

    kind: Literal["inverse"]
    """Which formula."""
    activity_gbq: float
    """What the vial must hold."""
    activity_mci: float
    """The same, mCi."""
    injected_gbq: float
    """What must leave it."""
    dispensed_gbq: float
    """What the vial must hold."""
    lung_dose_gy: float
    """Mean dose of the lungs."""
    mass_kg: float
    """Mass of the perfused volume."""
    lung_mass_kg: float
    """Mass of the lungs."""
    k_gy_kg_per_gbq: float
    """Dose constant."""
    k_source: str
    """Where the dose constant is from."""


class PartitionRequest(Request):
    """Tumour, normal and lung doses by the partition model."""

    tumour_mass_kg: float
    """Mass of the tumour, kg."""
    normal_mass_kg: float
    """Mass of the perfused liver without tumour, kg."""
    tumour_to_normal_ratio: float
    """Ratio of concentrations (not of activities)."""
    activity_gbq: float | None = None
    """Activity in the patient, GBq."""
    tumour_dose_gy: float | None = None
    """In place of the activity: dose wanted in the tumour, Gy."""
    normal_dose_gy: float | None = None
    """In place of the activity: dose allowed in normal liver, Gy."""
    lung_shunt_fraction: Shunt = None
    lung_mass_kg: LungMass = None
    k: Constant = None


class PartitionResult(Result):
    """Doses by the partition model."""

    kind: Literal["partition"]
    """Which formula."""
    activity_gbq: float
    """Activity in the patient."""
    activity_mci: float
    """The same, mCi."""
    tumour_dose_gy: float
    """Mean dose of the tumour."""
    normal_dose_gy: float
    """Mean dose of the perfused normal liver."""
    mean_dose_gy: float
    """Mean dose of tumour and normal liver together."""
    lung_dose_gy: float
    """Mean dose of the lungs."""
    lung_mass_kg: float
    """Mass of the lungs."""
    k_gy_kg_per_gbq: float
    """Dose constant."""
    k_source: str
    """Where the dose constant is from."""


class SurfaceRequest(Request):
    """Activity by the body-surface method (resin)."""

    height_cm: float
    """Height, cm."""
    weight_kg: float
    """Weight, kg."""
    tumour_volume_ml: float
    """Volume of all tumour in the liver, mL."""
    liver_volume_ml: float
    """Volume of the whole liver with tumour, mL."""
    lung_shunt_fraction: Shunt = None
    formula: Formula = "dubois"
    """Formula of the body surface: dubois or mosteller."""

    @field_validator("formula", mode="before")
    @classmethod
    def _lower(cls, word: object) -> object:
        return word.lower() if isinstance(word, str) else word


class SurfaceResult(Result):
    """Activity by the body-surface method, and what a lung shunt above 10 % leaves of it."""

    kind: Literal["bsa"]
    """Which formula."""
    bsa_m2: float
    """Body surface."""
    activity_gbq: float
    """Activity before any reduction."""
    activity_mci: float
    """The same, mCi."""
    shunt_reduction_fraction: float | None
    """Share that the lung shunt takes off; null where nothing is to be given, or no shunt is."""
    reduced_activity_gbq: float | None
    """What is left; null where nothing is to be given, or no shunt is."""
    formula: Formula
    """Formula of the body surface."""


class HolmiumRequest(Request):
    """Dose from an activity of 166Ho, or activity for a dose."""

    volume_ml: Volume = None
    density_g_per_ml: Density = None
    mass_kg: Mass = None
    activity_mbq: float | None = None
    """Activity that lodges in the volume, MBq."""
    dose_gy: float | None = None
    """In place of the activity: mean dose wanted, Gy."""
    k: Annotated[float | None, OptionName("--k")] = None
    """Dose constant, Gy kg/GBq. [default: 15.87, of 166Ho]"""


class HolmiumResult(Result):
    """Dose and activity of 166Ho."""

    kind: Literal["holmium"]
    """Which formula."""
    dose_gy: float
    """Mean dose of the volume."""
    activity_mbq: float
    """Activity in it."""
    mass_kg: float
    """Mass of the volume."""
    k_gy_kg_per_gbq: float
    """Dose constant."""
    k_source: str
    """Where the dose constant is from."""


class DecayRequest(Request):
    """What is left after a time, or between two instants."""

    hours: float | None = None
    """Hours that pass."""
    start: Annotated[str | None, OptionName("--from")] = None
    """In place of hours: ISO instant with zone."""
    end: Annotated[str | None, OptionName("--to")] = None
    """ISO instant with zone."""
    half_life_h: HalfLife = None


class DecayResult(Result):
    """What is left."""

    kind: Literal["decay"]
    """Which formula."""
    remaining_fraction: float
    """What remains."""
    decayed_fraction: float
    """What has decayed."""
    hours: float
    """Hours that pass."""
    half_life_h: float
    """Half-life."""
    half_life_source: str
    """Where the half-life is from."""


class VialsRequest(Request):
    """Hours until each vial has decayed to what is needed."""

    needed_gbq_at_injection: float
    """Activity needed when it is injected, GBq."""
    vials_gbq: str | None = None
    """Vials at calibration, GBq, with commas. [default: the glass product's sizes]"""
    half_life_h: HalfLife = None
    shelf_hours: float | None = None
    """Hours after calibration for which a vial may be used."""


class VialsResult(Result):
    """When each vial has decayed to what is needed, and whether within its shelf life."""

    kind: Literal["vials"]
    """Which formula."""
    hours_after_calibration: list[float | None]
    """By vial; null where it never held so much."""
    within_shelf: list[bool | None] | None
    """By vial; null where it never held so much, or no life is given."""
    vials_gbq: list[float]
    """Sizes of the vials."""
    vials_source: str
    """Where the sizes are from."""
    half_life_h: float
    """Half-life."""
    half_life_source: str
    """Where the half-life is from."""


class ResidualRequest(Request):
    """What was delivered, by survey of the vial before and after."""

    assayed_mci: float
    """Activity assayed in the vial before, mCi."""
    before_mr_per_h: float
    """Exposure rate of the full vial, mR/h."""
    after_mr_per_h: float
    """Rate of all that came back, in the same geometry, mR/h."""
    prescribed_mci: float | None = None
    """Activity prescribed, mCi."""
    background_mr_per_h: float = 0.0
    """Rate without either, mR/h."""


class ResidualResult(Result):
    """What was delivered."""

    kind: Literal["residual"]
    """Which formula."""
    delivered_fraction: float
    """Share of the vial that was delivered."""
    delivered_mci: float
    """Activity delivered, mCi."""
    delivered_gbq: float
    """The same, GBq."""
    residual_fraction: float
    """Share that came back."""
    delivered_of_prescribed: float | None
    """Delivered over prescribed; null where nothing was prescribed."""


class EffectiveDoseRequest(Request):
    """BED and EQD2 of a source that stays and decays."""

    dose_gy: float
    """Absorbed dose, Gy."""
    alpha_beta_gy: float
    """alpha/beta of the tissue, Gy."""
    repair_half_time_h: float
    """Half-time of repair of the tissue, h."""
    half_life_h: HalfLife = None


class EffectiveDoseResult(Result):
    """Biologically effective dose."""

    kind: Literal["bed"]
    """Which formula."""
    bed_gy: float
    """Biologically effective dose."""
    eqd2_gy: float
    """Equivalent dose in fractions of 2 Gy."""
    g: float
    """Lea-Catcheside factor."""
    half_life_h: float
    """Half-life."""
    half_life_source: str
    """Where the half-life is from."""


class SphereUncertaintyRequest(Request):
    """How sure volume and dose of a lesion are."""

    diameter_mm: float
    """Diameter of the lesion, mm."""
    fwhm_mm: float
    """Resolution of the emission image, mm FWHM."""
    drawn_on: Literal["ct", "spect", "pet"] = "ct"
    """Image that the contour is drawn on: ct, or the emission image itself."""
    voxel_mm: float | None = None
    """Edge of the voxels of the image drawn on, mm. [default: CT 1.0, SPECT 4.42, PET 2.0]"""
    activity_relative: float = 0.05
    """Relative standard uncertainty of the activity, or of the calibration."""
    recovery_relative: float = 0.05
    """Relative standard uncertainty of the recovery curve; 0: the curve is known."""


class SphereUncertaintyResult(Result):
    """Relative standard uncertainties (k = 1) of a lesion's volume and of its dose, corrected for recovery."""

    kind: Literal["gear"]
    """Which formula."""
    u_diameter_mm: float
    """Standard uncertainty of the diameter, mm."""
    u_volume_fraction: float
    """Of the volume."""
    u_dose_fraction: float
    """Of the mean dose."""
    recovery_fraction: float
    """Recovery coefficient of the sphere."""
    voxel_mm: float
    """Edge of the voxels of the image drawn on, mm."""
    source: str
    """Paper of the formula."""


class PlanarShuntRequest(Request):
    """Lung shunt fraction from planar counts, by geometric means."""

    lung_anterior: float
    """Counts of both lungs, anterior view."""
    lung_posterior: float
    """Counts of both lungs, posterior view."""
    liver_anterior: float
    """Counts of the liver, anterior view."""
    liver_posterior: float
    """Counts of the liver, posterior view."""
    background_anterior: float = 0.0
    """Background counts per unit of area, anterior view."""
    background_posterior: float = 0.0
    """The same, posterior view."""
    lung_area: float | None = None
    """Area of the lung region in that unit (pixels, cm2)."""
    liver_area: float | None = None
    """Area of the liver region in that unit."""


class PlanarShuntResult(Result):
    """Lung shunt from planar counts; the counts are geometric means."""

    kind: Literal["shunt"]
    """Which formula."""
    lung_shunt_fraction: float
    """Lung shunt."""
    lung_counts: float
    """Of the lungs."""
    liver_counts: float
    """Of the liver."""


class TwoByTwoRequest(Request):
    """Two groups with and without an event."""

    a: str
    """First group: events,n."""
    b: str
    """Second group: events,n."""
    level: Level = 0.95


class TwoByTwoResult(Result):
    """Two proportions compared; a limit that is infinite or undefined is null."""

    kind: Literal["two-by-two"]
    """Which formula."""
    percent_a: Number
    """Share of the first group, with Wilson's limits."""
    percent_a_low: Number
    """Its lower limit."""
    percent_a_high: Number
    """Its upper limit."""
    percent_b: Number
    """Share of the second group, with Wilson's limits."""
    percent_b_low: Number
    """Its lower limit."""
    percent_b_high: Number
    """Its upper limit."""
    pearson_chi2: Number
    """Pearson's chi-squared without continuity correction."""
    df: int
    """Degrees of freedom."""
    p: Number
    """Its P."""
    p_test: str
    """The test that P is of."""
    yates_chi2: Number
    """Chi-squared with Yates' correction."""
    yates_p: Number
    """Its P."""
    fisher_p: Number
    """P of Fisher's exact test."""
    odds_ratio_conditional: Number
    """Conditional maximum-likelihood odds ratio, with exact limits."""
    odds_ratio_conditional_low: Number
    """Its lower limit."""
    odds_ratio_conditional_high: Number
    """Its upper limit."""
    risk_difference: Number
    """Share of the first less that of the second."""
    risk_difference_low: Number
    """Its lower limit."""
    risk_difference_high: Number
    """Its upper limit."""
    risk_ratio: Number
    """Share of the first over that of the second."""
    risk_ratio_low: Number
    """Its lower limit."""
    risk_ratio_high: Number
    """Its upper limit."""
    least_expected: float
    """Smallest expected count."""
    level: float
    """Coverage of the limits."""


class ProportionRequest(Request):
    """A share with its limits."""

    events: float
    """How many had the event."""
    n: Annotated[float, OptionName("--n")]
    """Of how many."""
    level: Level = 0.95


class ProportionResult(Result):
    """A share in per cent with Wilson's and with exact limits."""

    kind: Literal["proportion"]
    """Which formula."""
    percent: float
    """The share."""
    wilson_low: float
    """Wilson's lower limit."""
    wilson_high: float
    """Wilson's upper limit."""
    exact_low: float
    """Lower limit of Clopper and Pearson."""
    exact_high: float
    """Upper limit of Clopper and Pearson."""
    level: float
    """Coverage of the limits."""


class ConsistencyRequest(Request):
    """Claimed underdoses and the activities that they are said of."""

    delivered_mci: str
    """Activities delivered, with commas, as printed."""
    prescribed_mci: str
    """Activities prescribed, in the same order and unit."""
    claimed_underdose_percent: str
    """Underdoses claimed, per cent, in the same order."""
    tolerance: float = 0.02
    """Relative difference let pass beyond what rounding explains."""


class ConsistencyResult(Result):
    """Whether claimed underdoses follow from their activities, one entry a row."""

    kind: Literal["consistency"]
    """Which formula."""
    consistent: list[bool]
    """Whether they follow."""
    computed_underdose_percent: list[float]
    """What the activities give."""
    possible_low_percent: list[float]
    """Least that their rounding lets be."""
    possible_high_percent: list[float]
    """Most that their rounding lets be."""
    tolerance: float
    """Relative difference let pass."""


CalcResult = (
    MonoResult
    | InverseResult
    | PartitionResult
    | SurfaceResult
    | HolmiumResult
    | DecayResult
    | VialsResult
    | ResidualResult
    | SphereUncertaintyResult
    | EffectiveDoseResult
    | PlanarShuntResult
    | TwoByTwoResult
    | ProportionResult
    | ConsistencyResult
    | DeliveredResult
    | RemnantResult
    | ChildPughResult
    | AlbiResult
    | BclcResult
)
