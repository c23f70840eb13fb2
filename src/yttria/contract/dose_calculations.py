"""What the kinds of `yttria calc` are asked and answer that turn an activity into a dose and back (CONTRACT: calc)."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from yttria.contract.activity_calculations import HalfLife
from yttria.contract.base import OptionName, Request, Result

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
