"""What `yttria calc` answers: the result of each kind, every key with its unit (CONTRACT: calc)."""

from typing import Literal

from typing_extensions import TypedDict


class MonoRecord(TypedDict):
    """Dose of one compartment."""

    kind: Literal["mono"]
    perfused_dose_gy: float
    lung_dose_gy: float
    injected_gbq: float
    mass_kg: float
    lung_mass_kg: float
    k_gy_kg_per_gbq: float
    k_source: str


class InverseRecord(TypedDict):
    """Activity for a dose of one compartment; `activity_gbq` is what the vial must hold, residual included."""

    kind: Literal["inverse"]
    activity_gbq: float
    activity_mci: float
    injected_gbq: float
    dispensed_gbq: float
    lung_dose_gy: float
    mass_kg: float
    lung_mass_kg: float
    k_gy_kg_per_gbq: float
    k_source: str


class PartitionRecord(TypedDict):
    """Doses by the partition model; `mean_dose_gy` is of tumour and normal liver together."""

    kind: Literal["partition"]
    activity_gbq: float
    activity_mci: float
    tumour_dose_gy: float
    normal_dose_gy: float
    mean_dose_gy: float
    lung_dose_gy: float
    lung_mass_kg: float
    k_gy_kg_per_gbq: float
    k_source: str


class SurfaceRecord(TypedDict):
    """Activity by the body-surface method, and what a lung shunt above 10 % leaves of it; null where nothing is to be given, or no shunt is."""

    kind: Literal["bsa"]
    bsa_m2: float
    activity_gbq: float
    activity_mci: float
    shunt_reduction_fraction: float | None
    reduced_activity_gbq: float | None
    formula: Literal["dubois", "mosteller"]


class HolmiumRecord(TypedDict):
    """Dose and activity of 166Ho."""

    kind: Literal["holmium"]
    dose_gy: float
    activity_mbq: float
    mass_kg: float
    k_gy_kg_per_gbq: float
    k_source: str


class DecayRecord(TypedDict):
    """What is left."""

    kind: Literal["decay"]
    remaining_fraction: float
    decayed_fraction: float
    hours: float
    half_life_h: float
    half_life_source: str


class VialsRecord(TypedDict):
    """When each vial has decayed to what is needed, and whether within its shelf life; null where it never held so much, or no life is given."""

    kind: Literal["vials"]
    hours_after_calibration: list[float | None]
    within_shelf: list[bool | None] | None
    vials_gbq: list[float]
    vials_source: str
    half_life_h: float
    half_life_source: str


class ResidualRecord(TypedDict):
    """What was delivered."""

    kind: Literal["residual"]
    delivered_fraction: float
    delivered_mci: float
    delivered_gbq: float
    residual_fraction: float
    delivered_of_prescribed: float | None


class EffectRecord(TypedDict):
    """Biologically effective dose."""

    kind: Literal["bed"]
    bed_gy: float
    eqd2_gy: float
    g: float
    half_life_h: float
    half_life_source: str


class ShuntRecord(TypedDict):
    """Lung shunt from planar counts; the counts are geometric means."""

    kind: Literal["shunt"]
    lung_shunt_fraction: float
    lung_counts: float
    liver_counts: float


class TwoByTwoRecord(TypedDict):
    """Two proportions compared; a limit that is infinite or undefined is null."""

    kind: Literal["two-by-two"]
    percent_a: float
    percent_a_low: float
    percent_a_high: float
    percent_b: float
    percent_b_low: float
    percent_b_high: float
    pearson_chi2: float | None
    df: int
    p: float | None
    p_test: str
    yates_chi2: float | None
    yates_p: float | None
    fisher_p: float
    odds_ratio_conditional: float | None
    odds_ratio_conditional_low: float | None
    odds_ratio_conditional_high: float | None
    risk_difference: float
    risk_difference_low: float
    risk_difference_high: float
    risk_ratio: float | None
    risk_ratio_low: float | None
    risk_ratio_high: float | None
    least_expected: float
    level: float


class ProportionRecord(TypedDict):
    """A share in per cent with Wilson's and with exact limits."""

    kind: Literal["proportion"]
    percent: float
    wilson_low: float
    wilson_high: float
    exact_low: float
    exact_high: float
    level: float


class ConsistencyRecord(TypedDict):
    """Whether claimed underdoses follow from their activities, one entry a row."""

    kind: Literal["consistency"]
    consistent: list[bool]
    computed_underdose_percent: list[float]
    possible_low_percent: list[float]
    possible_high_percent: list[float]
    tolerance: float


CalcRecord = (
    MonoRecord
    | InverseRecord
    | PartitionRecord
    | SurfaceRecord
    | HolmiumRecord
    | DecayRecord
    | VialsRecord
    | ResidualRecord
    | EffectRecord
    | ShuntRecord
    | TwoByTwoRecord
    | ProportionRecord
    | ConsistencyRecord
)
