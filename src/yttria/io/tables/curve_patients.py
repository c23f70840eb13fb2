"""Patients of a reconstructed curve, as `yttria reconstruct` writes them: time and event."""

from pathlib import Path

import numpy as np

from yttria.io.tables.cohort_table import read_table
from yttria.values.cohort import TimeToEvent
from yttria.values.errors import IntakeError


def read_curve_patients(path: Path) -> TimeToEvent:
    """Read the patients of a reconstructed curve.

    Raises
    ------
    IntakeError
        No such file; no column time or event; a time or event that is missing, an event that is not 0 or 1.
    EvidenceError
        A negative time.
    """
    table = read_table(path)
    for name in ("time", "event"):
        if name not in table:
            raise IntakeError(
                f"{path.name} must have the columns time and event, but has {', '.join(table)}; take what yttria reconstruct writes",
                code="table-columns",
            )
        if table[name].numbers is None or table[name].missing.any():
            raise IntakeError(
                f"{path.name}: {name} must be a number in every row; correct the table", code="table-number"
            )
    time, event = table["time"].numbers, table["event"].numbers
    if time is None or event is None or not np.isin(event, (0.0, 1.0)).all():
        raise IntakeError(f"{path.name}: event must be 0 or 1 in every row; correct the table", code="table-value")
    return TimeToEvent(time, event == 1)
