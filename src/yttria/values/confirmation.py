"""A statement that a person confirms by name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a person confirmed of a PET in `case.toml`.

    Parameters
    ----------
    nuclide
        What was imaged, "Y-90".
    acquired_as
        What the scanner was set to, "F-18".
    by
        Who confirmed it.
    positron_fraction
        Positrons per decay that the scanner divided by; None: as its header says, else the table's.
    decay
        "stated": the header's decay factor is what the scanner applied; "computed": the times are; None: only where both agree.
    """

    nuclide: str
    acquired_as: str
    by: str
    positron_fraction: float | None = None
    decay: str | None = None
