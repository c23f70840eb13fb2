"""What `yttria dose` and `yttria dvh` are asked and answer."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from yttria.contract.base import Argument, Contract, OptionName, Request, Result


class DoseRequest(Request):
    """An activity map to be turned into an absorbed dose."""

    activity: Annotated[Path, Argument()]
    """Activity, Bq/mL: NIfTI, NRRD, MetaImage, or DICOM (PT folder or file)."""
    out: Path
    """Where the dose goes, Gy; the suffix chooses the format."""
    method: Literal["local"] = "local"
    """Dose engine: local (every electron stops in its voxel)."""
    density: Path | None = None
    """Mass density, g/mL; water when left out."""
    nuclide: str | None = None
    """What decays, as Y90. [default: what DICOM says, else Y90]"""
    k: Annotated[float | None, OptionName("--k")] = None
    """Dose constant, Gy kg/GBq. [default: the nuclide's own, 49.67 for 90Y]"""
    replace: bool = False
    """Write over a file that Yttria did not write for this input."""


class DoseResult(Result):
    """The dose that was written, and what it stands on."""

    method: str
    """Dose engine."""
    nuclide: str
    """What decays."""
    k_gy_kg_per_gbq: float
    """Dose constant."""
    k_source: str
    """Where the dose constant is from."""
    activity_mbq: float
    """Activity in the whole image."""
    energy_joule: float
    """Energy of all its decays."""
    max_gy: float
    """Highest dose of a voxel."""
    mean_gy: float
    """Mean dose of all voxels."""
    out: str
    """Name of the file that was written."""


class DvhRequest(Request):
    """A dose and the structures that receive it."""

    dose: Annotated[Path, Argument()]
    """RTDOSE, or a volume in Gy (NIfTI, NRRD, MetaImage)."""
    structures: Annotated[Path, Argument()]
    """RTSTRUCT, SEG, or a volume of labels (0 is nothing)."""
    v: Annotated[tuple[Annotated[float, Field(ge=0, allow_inf_nan=False)], ...], OptionName("--v")] = ()
    """Doses, Gy, with commas: which share of each volume gets as much."""
    sampling: Literal["voxels", "interpolated"] | None = None
    """voxels: whole voxels by their shares, as a dose that Yttria computed; interpolated: between the voxels' centres, as one of another system. [default: by who made the dose]"""
    same_patient: str | None = None
    """Who states that dose and structures of two patient IDs are of one patient."""


class CurveRecord(Contract):
    """Share of the volume that receives each dose or more."""

    dose_gy: list[float]
    """Doses, Gy, ascending."""
    volume_share: list[float]
    """Share of the volume with that dose or more, 0 to 1."""


class VolumeRecord(Contract):
    """One volume: Dn is the dose, Gy, that n per cent of it receive; V, by dose asked for, the share that receives as much."""

    ml: float
    """Volume inside the dose grid, mL."""
    mean_gy: float
    """Mean dose, Gy."""
    min_gy: float
    """Lowest dose, Gy."""
    max_gy: float
    """Highest dose, Gy."""
    D98: float
    """Dose that 98 % of the volume receive or exceed, Gy."""
    D95: float
    """Dose that 95 % of the volume receive or exceed, Gy."""
    D90: float
    """Dose that 90 % of the volume receive or exceed, Gy."""
    D70: float
    """Dose that 70 % of the volume receive or exceed, Gy."""
    D50: float
    """Dose that 50 % of the volume receive or exceed, Gy."""
    D30: float
    """Dose that 30 % of the volume receive or exceed, Gy."""
    D10: float
    """Dose that 10 % of the volume receive or exceed, Gy."""
    D5: float
    """Dose that 5 % of the volume receive or exceed, Gy."""
    D2: float
    """Dose that 2 % of the volume receive or exceed, Gy."""
    V: dict[str, float]
    """By dose asked for, Gy: the share of the volume that receives it, 0 to 1."""
    curve: CurveRecord
    """The cumulative histogram."""


class DvhResult(Result):
    """Every volume with its metrics and its curve, how the dose was sampled, and what the means are weighted by."""

    sampling: Literal["voxels", "interpolated"]
    """Whole voxels, or points between their centres."""
    mean_weighting: Literal["mass", "volume"]
    """What a mean dose is weighted by."""
    volumes: dict[str, VolumeRecord]
    """Structures by name."""
