"""Real-world value mappings: which stored numbers mean how much of which unit (PS3.3 C.7.6.16.2.11)."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from yttria.io.dicom.header import floats
from yttria.io.dicom.nuclide_codes import CodedEntry
from yttria.values.errors import IntakeError, numbered

SAME_SCALE = 1e-4  # two slopes to one unit that differ by less are one, rounded
BQ_PER_CI = 3.7e10
WORD = 1 << 16
PREFIXES = {"": 1.0, "n": 1e-9, "u": 1e-6, "µ": 1e-6, "m": 1e-3, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9}
ML_PER_VOLUME = {
    "ml": 1.0, "mL": 1.0, "cm3": 1.0, "cc": 1.0, "l": 1000.0, "L": 1000.0, "dl": 100.0, "dL": 100.0, "mm3": 1e-3, "ul": 1e-3, "uL": 1e-3,
    "m3": 1e6,
}  # fmt: skip
CONCENTRATION = re.compile(rf"([{''.join(PREFIXES)}]?)(Bq|Ci)[/.]({'|'.join(ML_PER_VOLUME)})(-1)?")
COUNTS = re.compile(
    r"(1|no units)?(/s|\.s-1)?", re.IGNORECASE
)  # what is left of {counts}/s, {propcounts} … without annotations


@dataclass(frozen=True, slots=True)
class Mapping:
    """One mapping of stored numbers.

    Parameters
    ----------
    unit
        As it is written.
    bq_per_ml
        Bq/mL in one of its unit; None where it is no activity concentration.
    slope, intercept
        value = slope * stored + intercept, in its unit; slope None where it goes by a table.
    first, last
        Stored numbers that it speaks of; None: all.
    """

    unit: str
    bq_per_ml: float | None
    slope: float | None
    intercept: float
    first: float | None
    last: float | None

    @property
    def is_counts(self) -> bool:
        """Tell whether its unit is counts, or none."""
        if "suv" in self.unit.lower():
            return False
        return COUNTS.fullmatch(re.sub(r"\{[^}]*\}", "", self.unit).strip()) is not None

    def covers(self, stored: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which stored numbers it speaks of."""
        low, high = (-math.inf if self.first is None else self.first), (math.inf if self.last is None else self.last)
        return (stored >= low) & (stored <= high)


def bq_per_ml_of(unit: str) -> float | None:
    """Return how many Bq/mL one of a unit is; None where it is no activity concentration, or does not say which.

    Units are those of UCUM, whose letters' case matters (MBq, mBq); BQML is that of a PET.

    Examples
    --------
    >>> bq_per_ml_of("kBq/mL"), bq_per_ml_of("MBq.ml-1"), bq_per_ml_of("BQML"), bq_per_ml_of("{Bq}/ml"), bq_per_ml_of("Gy")
    (1000.0, 1000000.0, 1.0, 1.0, None)
    >>> bq_per_ml_of("MBQ/ML") is None  # mega, or milli where all letters are large
    True
    """
    plain = re.sub(r"\{(\w*Bq)\}", r"\1", unit.strip())
    plain = re.sub(r"\{[^}]*\}", "", plain).replace(" ", "").replace("^", "")
    if plain.upper() in {"BQML", "BQ/ML", "BQ/CC", "BQ.ML-1"}:
        return 1.0
    match = CONCENTRATION.fullmatch(plain)
    if match is None or ("." in plain) != (match[4] is not None):
        return None
    base = 1.0 if match[2] == "Bq" else BQ_PER_CI
    return PREFIXES[match[1]] * base / ML_PER_VOLUME[match[3]]


def mappings_of(items: Sequence[Dataset], *, what: str) -> list[Mapping]:
    """Return real-world value mappings.

    Raises
    ------
    IntakeError
        A unit whose code and meaning are different activity concentrations; a slope of zero.
    """
    return [_mapping(item, what=what) for item in items]


def _mapping(item: Dataset, *, what: str) -> Mapping:
    entries = [CodedEntry.of(code) for code in item.get("MeasurementUnitsCodeSequence") or []]
    unit = next((e.value or e.meaning for e in entries if e.value or e.meaning), "")
    by_code = bq_per_ml_of(unit)
    by_words = next((w for e in entries if (w := bq_per_ml_of(e.meaning)) is not None), None)
    if by_code is not None and by_words is not None and not math.isclose(by_code, by_words):
        raise IntakeError(
            f"the unit of {what} must be one, but its code says {unit} and its meaning {entries[0].meaning}; export it again",
            code="unit-value",
        )
    slope = floats(item.get("RealWorldValueSlope"))
    first, last = (
        _end(item, f"RealWorldValue{end}ValueMapped", f"DoubleFloatRealWorldValue{end}ValueMapped")
        for end in ("First", "Last")
    )
    if first is not None and last is not None and last < first:  # words whose sign was written the other way round
        first, last = (first, last % WORD) if last < 0 else (first - WORD, last)
    if by_code is not None and slope and not (math.isfinite(slope[0]) and slope[0] > 0):
        raise IntakeError(
            f"the real-world value slope of {what} must be above zero, but is {slope[0]:g}; export it again",
            code="rescale-value",
            values={"slope": slope[0]},
        )
    intercept = floats(item.get("RealWorldValueIntercept")) or (0.0,)
    return Mapping(unit, by_code, slope[0] if slope else None, intercept[0], first, last)


def _end(item: Dataset, *keywords: str) -> float | None:
    """Return the first of these tags that is stated, as a number; a word whose sign the file left open is unsigned."""
    for keyword in keywords:
        value = item.get(keyword)
        if isinstance(value, bytes):
            return float(int.from_bytes(value[:2], "little"))
        if number := floats(value):
            return number[0]
    return None


@dataclass(frozen=True, slots=True)
class ActivityScale:
    """From stored numbers to Bq/mL.

    Parameters
    ----------
    slope, intercept
        Bq/mL = slope * stored + intercept.
    mappings
        What says so, with the stored numbers that it speaks of; none where the rescale does.
    """

    slope: float
    intercept: float
    mappings: tuple[Mapping, ...] = ()

    def require_mapped(self, stored: NDArray[Any], *, what: str) -> None:
        """Refuse stored numbers that no mapping speaks of.

        Raises
        ------
        IntakeError
            Says how many.
        """
        if not self.mappings:
            return
        covered = np.logical_or.reduce([m.covers(stored) for m in self.mappings])
        if outside := int(stored.size - np.count_nonzero(covered)):
            first = min(-math.inf if m.first is None else m.first for m in self.mappings)
            last = max(math.inf if m.last is None else m.last for m in self.mappings)
            raise IntakeError(
                f"stored numbers of {what} must lie from {first:g} to {last:g}, which its mapping to real-world values covers, but {outside} do not; export it again",
                code="rescale-range",
                values={"first": first, "last": last},
            )


def activity_scale(items: Sequence[Dataset], *, what: str) -> ActivityScale | None:
    """Return the scale to Bq/mL that mappings state; None where there is none, or one to counts.

    Raises
    ------
    IntakeError
        Two scales to activity; a table instead of a slope; units that are neither activity per volume nor counts.
    """
    mappings = mappings_of(items, what=what)
    activity = [m for m in mappings if m.bq_per_ml is not None]
    if not activity:
        if others := [m.unit for m in mappings if not m.is_counts]:
            raise IntakeError(
                f"{what} must hold counts or activity per volume (Bq/mL), but its real-world value mapping is to {', '.join(others)}; "
                "export the image of counts or activity",
                code="unit-value",
            )
        return None
    return scale_of_mappings(activity, what=what)


def scale_of_mappings(mappings: Sequence[Mapping], *, what: str) -> ActivityScale:
    """Return the one scale to Bq/mL of mappings that are all to activity.

    Raises
    ------
    IntakeError
        Two scales; a table instead of a slope.
    """
    lines = []
    for mapping in mappings:
        if mapping.slope is None or mapping.bq_per_ml is None:
            raise IntakeError(
                f"{what} must map stored numbers to activity by a slope, but does it by a table; export the quantitative reconstruction",
                code="rescale-table",
            )
        lines.append((mapping.slope * mapping.bq_per_ml, mapping.intercept * mapping.bq_per_ml))
    if any(not _one_line(lines[0], line) for line in lines[1:]):
        text = " and ".join(f"{slope:g}" for slope, _ in lines)
        raise IntakeError(
            f"{what} must scale to Bq/mL in one way, but has real-world value mappings of {text} Bq/mL a stored unit; export it again",
            code="rescale-contradiction",
            values={"mappings": len(lines), **numbered("slope_bq_per_ml", (slope for slope, _ in lines))},
        )
    return ActivityScale(*lines[0], tuple(mappings))


def _one_line(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Tell whether two lines are one but for rounding: in slope, and in what they add."""
    return math.isclose(one[0], other[0], rel_tol=SAME_SCALE) and abs(one[1] - other[1]) <= SAME_SCALE * abs(one[0])
