"""What `yttria simulate` and `yttria demo` are asked and answer."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from yttria.contract.base import Argument, Contract, Request, Result


class SimulateRequest(Request):
    """An anatomy to be imaged by simulated cameras."""

    case: Annotated[Path, Argument()]
    """A folder or a case.toml with CT and volumes."""
    out: Path
    """Folder for SPECT, planar scan, truth.json and case.toml."""
    seed: Annotated[int, Field(ge=0)] = 1
    """Decides the noise."""
    tumour_to_normal: float = 5.0
    """Uptake per mL of lesions against normal perfused liver."""
    lung_shunt: float = 0.05
    """Share of the activity in the lungs, 0 to 1."""
    fwhm_mm: float = 12.0
    """Resolution of the reconstructed SPECT, mm."""
    counts: float = 3e6
    """Effective counts of the SPECT: its noise."""
    replace: bool = False
    """Write over files in that folder that Yttria did not write for this case."""


class SimulateResult(Result):
    """What `yttria simulate` answers: where it wrote, and what is true of it."""

    case: str
    truth: str
    lung_shunt_fraction: float
    hepatic_reserve_fraction: float
    per_gbq: dict[str, float]


class DemoRequest(Request):
    """Where the demonstration goes."""

    out: Path = Path("demo")
    """Folder for patient/, truth.json and plan/."""
    seed: Annotated[int, Field(ge=0)] = 1
    """Decides all noise and every identifier."""
    replace: bool = False
    """Write over files in that folder that Yttria did not write for this patient."""


class DifferingNumber(Contract):
    """A printed number that the reconstructed trial does not give."""

    place: str
    of: str
    part: str
    printed: str
    why: str | None


class DemoResult(Result):
    """What `yttria demo` answers: where it wrote, and planned numbers beside true ones."""

    patient: str
    truth: str
    plan: str
    true_per_gbq: dict[str, float]
    planned_per_gbq: dict[str, float]
    true_lung_shunt_fraction: float
    planned_lung_shunt_fraction: float
    trial: str
    printed_numbers: dict[str, int]
    differing: list[DifferingNumber]
