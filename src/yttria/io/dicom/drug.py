"""What was given to the patient: nuclide by code and half-life, instant of the administration."""

import re
import warnings
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset

from yttria.data import table
from yttria.io.dicom.geometry import floats
from yttria.io.dicom.header import instant_of
from yttria.values.errors import Finding, IntakeError
from yttria.values.nuclide import Nuclide

LONG_LIVED_H = 24  # a nuclide of this half-life or more may have been given on another day than that of the scan
MOST_HALF_LIVES = 10  # after these a thousandth is left: nobody images that
HALF_LIFE_TOLERANCE = 0.02  # scanners' tables differ by up to this from the evaluated half-life


def nuclide_name(dataset: Dataset) -> str:
    """Return what was imaged as the built-in table names it ("Tc-99m"), else as the header does; empty where it does not say.

    Raises
    ------
    IntakeError
        A code and its meaning that name two.
    """
    said = coded_nuclide(dataset)
    _require_one_name(said, what="the image")
    return known_nuclide(said) or (said[-1] if said else "")


def coded_nuclide(dataset: Dataset) -> list[str]:
    """Return the code values and meanings of the radionuclide that a header states."""
    return [
        word
        for item in dataset.get("RadiopharmaceuticalInformationSequence") or []
        for code in item.get("RadionuclideCodeSequence") or []
        for word in (str(code.get("CodeValue", "")).strip(), str(code.get("CodeMeaning", "")).strip())
        if word
    ]


def known_nuclide(said: Sequence[str]) -> str:
    """Return the name in the built-in table that one of these words means; empty where none does.

    Examples
    --------
    >>> known_nuclide(["177 Lutetium"]), known_nuclide(["^99m^Technetium"]), known_nuclide(["C-B1072"])
    ('Lu-177', 'Tc-99m', 'Y-90')
    """
    return named_in(said, "nuclides")


def _require_one_name(said: Sequence[str], *, what: str) -> None:
    if len(rivals := _all_named_in(said, "nuclides")) > 1:
        raise IntakeError(
            f"{what} must state one nuclide, but its codes and their meanings speak of {' and '.join(rivals)}; correct the header on the scanner"
        )


def named_in(said: Sequence[str], name_of_table: str) -> str:
    """Return the name in a table with codes that one of these words means; empty where none does."""
    return next(iter(_all_named_in(said, name_of_table)), "")


def _all_named_in(said: Sequence[str], name_of_table: str) -> list[str]:
    words = {_mass_and_word(word) for word in said}
    return [
        name
        for name, row in table(name_of_table).items()
        if words & {_mass_and_word(code) for code in (name, *row.get("code", ()))}
    ]


def _mass_and_word(text: str) -> tuple[str, ...]:
    """Return mass number and letters of a nuclide's name in whatever order it writes them."""
    if re.fullmatch(r"[A-Z]-[0-9A-F]{5}", text):
        return (text,)
    return tuple(sorted(re.findall(r"\d+m?|[a-z]+", text.lower())))


def nuclide_of(dataset: Dataset, *, what: str) -> tuple[Nuclide, tuple[Finding, ...]]:
    """Return the nuclide that was imaged: by its code, then by its half-life; the two must agree.

    Raises
    ------
    IntakeError
        Neither is there, the nuclide is not in the table, or code, meaning and half-life contradict each other.
    """
    items = dataset.get("RadiopharmaceuticalInformationSequence") or []
    half_life = next(
        (floats(i.get("RadionuclideHalfLife")) for i in items if floats(i.get("RadionuclideHalfLife"))), ()
    )
    said = coded_nuclide(dataset)
    _require_one_name(said, what=what)
    hours = half_life[0] / 3600 if half_life and half_life[0] > 0 else None
    by_code = known_nuclide(said) or None
    by_time = _by_half_life(hours)
    if said and by_code is None:
        raise IntakeError(
            f"the nuclide of {what} must be one of {', '.join(table('nuclides'))}, but is coded {said[-1]}; it cannot be used"
        )
    if by_code is not None and hours is not None and by_code != by_time:
        raise IntakeError(
            f"nuclide and half-life of {what} must agree, but the code says {by_code} and the half-life is {hours:.4g} h; correct the header on the scanner"
        )
    if by_code is None and by_time is None:
        found = (
            "neither code nor half-life"
            if hours is None
            else f"no code and a half-life of {hours:.4g} h that fits none of {', '.join(table('nuclides'))}"
        )
        raise IntakeError(f"{what} must say which nuclide was imaged, but has {found}; it cannot be used for activity")
    if by_code is None:
        doubt = Finding(
            "warning",
            "nuclide-by-half-life",
            f"{what}: no nuclide is coded; the half-life of {hours:.4g} h means {by_time}",
        )
        return Nuclide.named(str(by_time)), (doubt,)
    return Nuclide.named(by_code), ()


def require_one_drug(paths: Sequence[Path], *, what: str) -> None:
    """Refuse files of one series that state different tracers: nuclide, half-life or administration.

    Raises
    ------
    IntakeError
        Says what differs.
    """
    stated = [_drug(path) for path in paths]
    for name, values in zip(("nuclide", "half-life", "administration"), zip(*stated, strict=True), strict=True):
        if len(set(values)) > 1:
            raise IntakeError(
                f"all slices of {what} must state one {name}, but there are {len(set(values))}; keep the files of one scan"
            )


def _drug(path: Path) -> tuple[tuple[str, ...], tuple[float, ...], str]:
    """Return nuclide as coded, half-life and instant of the administration as one file states them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = dcmread(
            path, stop_before_pixels=True, specific_tags=["RadiopharmaceuticalInformationSequence"], force=True
        )
    items = dataset.get("RadiopharmaceuticalInformationSequence") or []
    times = tuple(v for i in items for v in floats(i.get("RadionuclideHalfLife")))
    given = " ".join(
        str(i.get(tag) or "")
        for i in items
        for tag in ("RadiopharmaceuticalStartDateTime", "RadiopharmaceuticalStartTime")
    )
    return tuple(coded_nuclide(dataset)), times, given


def _by_half_life(hours: float | None) -> str | None:
    if hours is None:
        return None
    for name, row in table("nuclides").items():
        if abs(hours / row["half_life_h"] - 1) < HALF_LIFE_TOLERANCE:
            return name
    return None


def audit_administration(dataset: Dataset, hours: float, nuclide: Nuclide, *, what: str) -> tuple[Finding, ...]:
    """Return the doubts about the administration that an image is decay-corrected to.

    Parameters
    ----------
    hours
        From the administration to the start of the scan, h.
    """
    day = 2 ** (24 / nuclide.half_life_h)
    drugs = dataset.get("RadiopharmaceuticalInformationSequence") or []
    if nuclide.half_life_h >= LONG_LIVED_H and not any(d.get("RadiopharmaceuticalStartDateTime") for d in drugs):
        told = f"the day of the administration is not stated, and that of the scan is taken; were it the day before, the activity would be {day:.2f} times as much"
        return (Finding("warning", "administration-day-assumed", f"{what}: {told}"),)
    corrected = f"{what}: the administration, which its numbers are corrected to, lies"
    if hours < 0:
        told = f"{corrected} {-hours:.1f} h after the scan; a date, a time or a zone is wrong: correct the header on the scanner"
        return (Finding("warning", "administration-after-scan", told),)
    if hours > MOST_HALF_LIVES * nuclide.half_life_h:
        told = f"{corrected} {hours / 24:.0f} days before the scan, more than {MOST_HALF_LIVES} half-lives of {nuclide.name}; make sure of its date"
        return (Finding("warning", "administration-long-ago", told),)
    return ()


def administered_at(dataset: Dataset, start: datetime | None, nuclide: Nuclide) -> datetime | None:
    """Return when the tracer was given: its own date and time, else its time on the day of the scan (or the day before)."""
    zone = str(dataset.get("TimezoneOffsetFromUTC") or "")
    for item in dataset.get("RadiopharmaceuticalInformationSequence") or []:
        whole = instant_of(str(item.get("RadiopharmaceuticalStartDateTime") or ""), zone=zone)
        if whole is not None:
            return whole
        time = str(item.get("RadiopharmaceuticalStartTime") or "")
        if time and start is not None and nuclide.half_life_h < LONG_LIVED_H:  # longer-lived: the day cannot be known
            given = instant_of(f"{start:%Y%m%d}{time}", zone=zone)
            if given is not None:
                return given - timedelta(days=1) if given > start else given
        if time and start is not None and (given := instant_of(f"{start:%Y%m%d}{time}", zone=zone)) and given <= start:
            return given
    return None
