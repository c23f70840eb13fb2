"""What was given to the patient: nuclide by code and half-life, instant of the administration."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from pydicom import dcmread
from pydicom.dataset import Dataset

from yttria.data import table
from yttria.io.dicom.header import floats, instant_of
from yttria.io.dicom.nuclide_codes import CodedEntry, nuclides_of
from yttria.values.errors import Finding, IntakeError
from yttria.values.nuclide import Nuclide
from yttria.values.time import hours_on_one_clock
from yttria.values.units import SECONDS_PER_HOUR

CLOCKS_AGREE_H = 1.0  # a header and a case that differ by more speak of two administrations
LONG_LIVED_H = 24  # a nuclide of this half-life or more may have been given on another day than that of the scan
MOST_HALF_LIVES = 10  # after these a thousandth is left: nobody images that
HALF_LIFE_TOLERANCE = 0.02  # scanners' tables differ by up to this from the evaluated half-life


def nuclide_name(dataset: Dataset) -> str:
    """Return what was imaged as Yttria names it ("Tc-99m"), else as the header does; empty where it does not say.

    Raises
    ------
    IntakeError
        A code and its meaning that name two nuclides; a half-life that is another nuclide's.
    """
    entries = coded_entries(dataset)
    name = named_nuclide(entries, what="the image")
    _require_own_half_life(name, half_life_h(dataset), what="the image")
    return name or (entries[-1].words if entries else "")


def coded_entries(dataset: Dataset) -> list[CodedEntry]:
    """Return the coded radionuclides that a header states, empty ones left out."""
    entries = [
        CodedEntry.of(code)
        for item in dataset.get("RadiopharmaceuticalInformationSequence") or []
        for code in item.get("RadionuclideCodeSequence") or []
    ]
    return [entry for entry in entries if entry.words]


def named_nuclide(entries: Sequence[CodedEntry], *, what: str) -> str:
    """Return the one nuclide that coded entries name; empty where they name none that is known.

    Raises
    ------
    IntakeError
        They name several: two tracers, or a code that its meaning contradicts.
    """
    names = list(dict.fromkeys(name for entry in entries for name in nuclides_of(entry)))
    if len(names) > 1:
        raise IntakeError(
            f"{what} must state one nuclide, but its codes and their meanings speak of {' and '.join(names)}; correct the header on the scanner",
            code="nuclide-contradiction",
        )
    return names[0] if names else ""


def half_life_h(dataset: Dataset) -> float | None:
    """Return the half-life that a header states, h; None where it states none above zero."""
    items = dataset.get("RadiopharmaceuticalInformationSequence") or []
    seconds = next((v[0] for i in items if (v := floats(i.get("RadionuclideHalfLife")))), 0.0)
    return seconds / SECONDS_PER_HOUR if seconds > 0 else None


def _require_own_half_life(name: str, hours: float | None, *, what: str) -> None:
    """Refuse a half-life that is not the nuclide's, where a table of Yttria knows that."""
    known = table("nuclides").get(name) or table("pet_tracers").get(name)
    if known and hours is not None and not near_half_life(hours, known["half_life_h"]):
        raise IntakeError(
            f"nuclide and half-life of {what} must agree, but the code says {name} and the half-life is {hours:.4g} h; correct the header on the scanner",
            code="nuclide-contradiction",
            values={"hours": hours},
        )


def near_half_life(hours: float, half_life_h: float) -> bool:
    """Tell whether a stated half-life is that of a nuclide, as scanners' tables have it."""
    return abs(hours / half_life_h - 1) < HALF_LIFE_TOLERANCE


def nuclide_of(dataset: Dataset, *, what: str) -> tuple[Nuclide, tuple[Finding, ...]]:
    """Return the nuclide that was imaged: by its code, then by its half-life; the two must agree.

    Raises
    ------
    IntakeError
        Neither is there, the nuclide is not in the table, or code, meaning and half-life contradict each other.
    """
    entries, hours = coded_entries(dataset), half_life_h(dataset)
    name, known = named_nuclide(entries, what=what), ", ".join(table("nuclides"))
    _require_own_half_life(name, hours, what=what)
    if name in table("nuclides"):
        return Nuclide.named(name), ()
    by_time = None if name else _by_half_life(hours)
    if by_time is not None:
        coded = f"coded {entries[-1].words}, which DICOM gives to no nuclide" if entries else "not coded"
        message = f"{what}: its nuclide is {coded}; the half-life of {hours:.4g} h means {by_time}"
        return Nuclide.named(by_time), (Finding("warning", "nuclide-by-half-life", message, {"hours": hours}),)
    if entries:
        raise IntakeError(
            f"the nuclide of {what} must be one of {known}, but is {name or f'coded {entries[-1].words}'}; it cannot be used",
            code="nuclide-unknown",
        )
    text = (
        "neither code nor half-life"
        if hours is None
        else f"no code and a half-life of {hours:.4g} h that fits none of {known}"
    )
    raise IntakeError(
        f"{what} must say which nuclide was imaged, but has {text}; it cannot be used for activity",
        code="nuclide-absent",
        values={"hours": hours},
    )


def require_one_radiopharmaceutical(paths: Sequence[Path], *, what: str) -> None:
    """Refuse files of one series that state different tracers: nuclide, half-life or administration.

    Raises
    ------
    IntakeError
        Says what differs.
    """
    stated = [_identity_of_radiopharmaceutical(path) for path in paths]
    for name, values in zip(("nuclide", "half-life", "administration"), zip(*stated, strict=True), strict=True):
        if len(set(values)) > 1:
            raise IntakeError(
                f"all slices of {what} must state one {name}, but there are {len(set(values))}; keep the files of one scan",
                code="tag-contradiction",
                values={"different_values": len(set(values))},
            )


def _identity_of_radiopharmaceutical(
    path: Path,
) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...], tuple[str, ...]]:
    """Return nuclide, half-life and instant of the administration as one file states them, whatever digits it writes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = dcmread(
            path, stop_before_pixels=True, specific_tags=["RadiopharmaceuticalInformationSequence"], force=True
        )
    items = dataset.get("RadiopharmaceuticalInformationSequence") or []
    nuclides = tuple(nuclides_of(entry) or (entry.words,) for entry in coded_entries(dataset))
    times = tuple(f"{v:.5g}" for i in items for v in floats(i.get("RadionuclideHalfLife")))
    given = (
        str(i.get(tag) or "").strip()
        for i in items
        for tag in ("RadiopharmaceuticalStartDateTime", "RadiopharmaceuticalStartTime")
    )
    return nuclides, times, tuple(text.rstrip("0").rstrip(".") if "." in text else text for text in given)


def _by_half_life(hours: float | None) -> str | None:
    if hours is None:
        return None
    return next((n for n, row in table("nuclides").items() if near_half_life(hours, row["half_life_h"])), None)


@dataclass(frozen=True, slots=True)
class HeaderAdministration:
    """When a header says that the tracer was given.

    Parameters
    ----------
    day_by
        Who states the day: the header, the case, or nobody, so that the scan's is taken.
    """

    at: datetime
    day_by: Literal["header", "case", "scan"]


def audit_administration(
    given: HeaderAdministration, hours: float, nuclide: Nuclide, *, what: str
) -> tuple[Finding, ...]:
    """Return the findings about the administration that an image is decay-corrected to.

    Parameters
    ----------
    hours
        From the administration to the start of the scan, h.
    """
    day = 2 ** (24 / nuclide.half_life_h)
    if given.day_by == "case":
        message = f"the header states the time of the administration but not its day; the day is that of [given] at, {given.at:%Y-%m-%d %H:%M}"
        return (Finding("note", "administration-day-from-case", f"{what}: {message}"),)
    if given.day_by == "scan" and nuclide.half_life_h >= LONG_LIVED_H:
        message = f"the day of the administration is not stated, and that of the scan is taken; were it the day before, the activity would be {day:.2f} times as much"
        return (Finding("warning", "administration-day-assumed", f"{what}: {message}", {"factor": day}),)
    subject = f"{what}: the administration, which its numbers are corrected to, lies"
    if hours < 0:
        message = f"{subject} {-hours:.1f} h after the scan; a date, a time or a zone is wrong: correct the header on the scanner"
        return (Finding("warning", "administration-after-scan", message, {"hours": hours}),)
    if hours > MOST_HALF_LIVES * nuclide.half_life_h:
        message = f"{subject} {hours / 24:.0f} days before the scan, more than {MOST_HALF_LIVES} half-lives of {nuclide.name}; make sure of its date"
        return (Finding("warning", "administration-long-ago", message, {"hours": hours}),)
    return ()


def administered_at(
    dataset: Dataset, start: datetime | None, nuclide: Nuclide, *, stated: datetime | None = None
) -> HeaderAdministration | None:
    """Return when the tracer was given: its own date and time, else its time on the day that the case states, or on that of the scan.

    Parameters
    ----------
    stated
        When the case says that the activity was given: its day is taken where its clock agrees with the header's within an hour.
    """
    zone = str(dataset.get("TimezoneOffsetFromUTC") or "")
    for item in dataset.get("RadiopharmaceuticalInformationSequence") or []:
        whole = instant_of(str(item.get("RadiopharmaceuticalStartDateTime") or ""), zone=zone)
        if whole is not None:
            return HeaderAdministration(whole, "header")
        time = str(item.get("RadiopharmaceuticalStartTime") or "")
        given = None if start is None or not time else instant_of(f"{start:%Y%m%d}{time}", zone=zone)
        if given is None or start is None:
            continue
        if (there := _on_the_day_of(given, stated)) is not None and hours_on_one_clock(there, start) >= 0:
            return HeaderAdministration(there, "case")
        if given <= start:
            return HeaderAdministration(given, "scan")
        if nuclide.half_life_h < LONG_LIVED_H:  # longer-lived: the day cannot be known
            return HeaderAdministration(given - timedelta(days=1), "scan")
    return None


def _on_the_day_of(given: datetime, stated: datetime | None) -> datetime | None:
    """Return a time of the clock on the day that brings it nearest to a stated instant; None where the clocks differ by more than an hour."""
    if stated is None:
        return None
    hours = hours_on_one_clock(given, stated)
    days = round(hours / 24)
    return given + timedelta(days=days) if abs(hours - 24 * days) <= CLOCKS_AGREE_H else None
