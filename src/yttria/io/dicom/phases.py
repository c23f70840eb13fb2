"""Several phases in one series: stacks at one place, told apart by what their slices state, numbered in order of time."""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yttria.io.dicom.header import Header
from yttria.io.dicom.series import Series, words_for
from yttria.values.errors import Finding, IntakeError

UNEVEN_SHARE = 0.1  # of a slice step: slices further from their places than this make no even stack
TWICE_MM = 1e-3  # slices nearer than this lie at one position
ON_EACH_OTHER = (
    0.25  # of a slice step: slices of two phases further apart lie between each other (interleaved acquisitions)
)
MOST_PHASES = 100
PhaseChoice = int | str | time | datetime


@dataclass(frozen=True, slots=True)
class Phase:
    """One stack of a series that holds several.

    Parameters
    ----------
    number
        Its place in order of time, from 1.
    of
        How many there are.
    series
        Its slices alone.
    instants
        When its slices were acquired, earliest first; empty where they do not say.
    """

    number: int
    of: int
    series: Series
    instants: tuple[datetime, ...]

    @property
    def label(self) -> str:
        """Return what tells it from the others, in words."""
        headers = self.series.headers
        acquisition = {h.text("AcquisitionNumber") for h in headers} - {""}
        words = [f"AcquisitionNumber {acquisition.pop()}"] if len(acquisition) == 1 else []
        words += [f"acquired {self.instants[0]:%Y-%m-%d %H:%M:%S}"] if self.instants else []
        return ", ".join([*words, f"{len(headers)} slices"])


def phases_of(series: Series) -> tuple[Phase, ...]:
    """Return the phases of a series in order of time; none where its slices make one stack, or cannot be told apart.

    Slices are grouped by what they state: acquisition, temporal position, instants; where each slice has an instant of its own, by their
    order at each position, if whole phases follow each other.
    """
    headers = series.headers
    places = _places(headers)
    if places is None or _is_even(places):
        return ()
    for groups in _groupings(headers, places):
        stacks = [[headers[k] for k in group] for group in groups]
        if 1 < len(groups) <= MOST_PHASES and _are_at_one_place([places[g] for g in groups]):
            ordered = sorted(stacks, key=_moment)
            return tuple(
                Phase(n, len(ordered), Series(series.uid, tuple(stack)), tuple(sorted(_instants(stack))))
                for n, stack in enumerate(ordered, 1)
            )
    return ()


def one_phase(series: Series, chosen_phases: Mapping[str, PhaseChoice]) -> tuple[Series, tuple[Finding, ...]]:
    """Return the phase of a series that [phases] of case.toml names, with a note; the series itself where it names none.

    Raises
    ------
    IntakeError
        The series has no such phase.
    """
    choice = next((value for name, value in chosen_phases.items() if name.strip().lower() in words_for(series)), None)
    if choice is None:
        return series, ()
    phases = phases_of(series)
    if not phases and choice == 1:
        return series, ()
    chosen = [p for p in phases if _is_meant(p, choice)]
    if len(chosen) != 1:
        there = f"it holds {listed(phases)}" if phases else "it holds one phase, or phases that cannot be told apart"
        raise IntakeError(
            f'[phases] "{series.description}" = {_written(choice)} must name one phase of that series, but {there}; '
            "name one by its number or its acquisition time",
            code="phase-ambiguous",
            values={"phases": len(phases)},
        )
    phase = chosen[0]
    rest = sum(len(p.series.headers) for p in phases if p is not phase)
    message = (
        f'{series.modality} "{series.description}": phase {phase.number} of {phase.of} is used, as case.toml says ({phase.label}); '
        f"the {rest} slices of the others play no part"
    )
    return phase.series, (Finding("note", "phase-chosen", message),)


def require_one_phase(series: Series, *, what: str) -> None:
    """Refuse a series of several phases, and say how to choose one.

    Raises
    ------
    IntakeError
        Lists them by number, acquisition and time.
    """
    if phases := phases_of(series):
        name = series.description if series.description.lower() in words_for(series) else series.uid
        raise IntakeError(
            f"{what} must be one stack, but its series holds {len(phases)} phases: {listed(phases)}; choose one by its number or acquisition time in case.toml:\n"
            f'[phases]\n"{name}" = 1\n'
            "(a command that reads no case.toml takes a file of that phase instead of the folder)",
            code="phase-ambiguous",
            values={"phases": len(phases)},
        )


def listed(phases: Sequence[Phase]) -> str:
    """Return phases in words, by number."""
    more = f"; … {len(phases)} in all" if len(phases) > 6 else ""
    return "; ".join(f"{p.number} ({p.label})" for p in phases[:6]) + more


def _places(headers: Sequence[Header]) -> NDArray[np.float64] | None:
    """Return how far along their common axis slices lie, mm; None where they do not say, or are frames of no stack."""
    orientation = headers[0].numbers("ImageOrientationPatient")
    positions = [h.numbers("ImagePositionPatient") for h in headers]
    if len(headers) < 4 or len(orientation) != 6 or any(len(p) != 3 for p in positions):
        return None
    places: NDArray[np.float64] = np.asarray(positions) @ np.cross(orientation[:3], orientation[3:])
    return places if np.isfinite(places).all() else None


def _is_even(places: NDArray[np.float64]) -> bool:
    """Tell whether slices lie at even distances, one a position."""
    ordered = np.sort(places)
    step = float(ordered[-1] - ordered[0]) / (len(ordered) - 1)
    off = np.abs(ordered - (ordered[0] + step * np.arange(len(ordered))))
    return bool(step > 0 and off.max() <= UNEVEN_SHARE * step)


def _are_at_one_place(groups: Sequence[NDArray[np.float64]]) -> bool:
    """Tell whether groups of slices have one slice a position each, and lie on each other, not beside or between."""
    if any(len(g) < 2 or np.diff(np.sort(g)).min() < TWICE_MM for g in groups):
        return False
    first = groups[0]
    for other in groups[1:]:
        few, many = sorted((first, other), key=len)
        apart = np.abs(few[:, None] - many[None, :]).min(axis=1)
        if np.median(apart) > ON_EACH_OTHER * np.median(np.diff(np.sort(few))):
            return False
    return True


def _groupings(headers: Sequence[Header], places: NDArray[np.float64]) -> Iterator[list[list[int]]]:
    """Return the ways in which slices may fall into phases, the most telling first: lists of places in `headers`."""
    stated: tuple[Callable[[Header], Any], ...] = (
        lambda h: h.text("AcquisitionNumber"),
        lambda h: h.text("TemporalPositionIdentifier"),
        lambda h: h.instant("Acquisition"),
        lambda h: h.text("FrameReferenceTime"),
        lambda h: h.instant("Content"),
    )
    for key in stated:
        groups: dict[Any, list[int]] = {}
        for at, header in enumerate(headers):
            groups.setdefault(key(header), []).append(at)
        yield list(groups.values())
    yield _in_order_at_each_place(headers, places)


def _in_order_at_each_place(headers: Sequence[Header], places: NDArray[np.float64]) -> list[list[int]]:
    """Return the first slices of all positions, the second of all, …; none where one phase does not end before the next begins."""
    keys: list[Any] = [h.instant("Acquisition") for h in headers]
    if None in keys or len(set(keys)) < 2:
        keys = [h.count("InstanceNumber") for h in headers]
    at_place: dict[float, list[int]] = {}
    for at in sorted(range(len(headers)), key=lambda k: keys[k]):
        at_place.setdefault(round(float(places[at]), 2), []).append(at)
    counts = {len(group) for group in at_place.values()}
    if len(counts) != 1:
        return []
    phases = [[group[n] for group in at_place.values()] for n in range(counts.pop())]
    follow = all(max(keys[k] for k in one) < min(keys[k] for k in after) for one, after in itertools.pairwise(phases))
    return phases if follow else []


def _instants(headers: Sequence[Header]) -> Iterator[datetime]:
    for header in headers:
        instant = header.instant("Acquisition") or header.instant("Content")
        if instant is not None:
            yield instant.replace(tzinfo=None)


def _moment(headers: Sequence[Header]) -> tuple[bool, list[datetime], int, int]:
    """Return what phases are ordered by: when they begin, then the number of their acquisition, then that of their first slice."""
    instants = sorted(_instants(headers))
    return (
        not instants,
        instants[:1],
        min(h.count("AcquisitionNumber") for h in headers),
        min(h.count("InstanceNumber") for h in headers),
    )


def _is_meant(phase: Phase, choice: PhaseChoice) -> bool:
    """Tell whether a choice means a phase: by its number, or by the time of one of its slices as far as that is written."""
    if isinstance(choice, int):
        return choice == phase.number
    if isinstance(choice, str) and re.fullmatch(r"\d{1,3}", choice.strip()):
        return int(choice) == phase.number
    digits = re.sub(r"\D", "", _clock(choice))
    form = "%Y%m%d%H%M%S%f" if len(digits) > 12 or (len(digits) == 12 and "." not in str(choice)) else "%H%M%S%f"
    return len(digits) >= 4 and any(f"{instant:{form}}".startswith(digits) for instant in phase.instants)


def _clock(choice: str | time | datetime) -> str:
    """Return a time as its digits are written, without its zone."""
    if isinstance(choice, str):
        return re.sub(r"([+-]\d{2}:?\d{2}|Z)$", "", choice.strip()) if re.search(r"[T ]|\d{8,}", choice) else choice
    whole = choice.replace(tzinfo=None)
    return whole.isoformat().removesuffix(".000000")


def _written(choice: PhaseChoice) -> str:
    return str(choice) if isinstance(choice, int) else f'"{choice}"'


def phase_with(series: Series, header: Header) -> Series:
    """Return the phase of a series that holds a file; the series itself where it holds one phase alone."""
    mine = (p.series for p in phases_of(series) if any(h.path == header.path for h in p.series.headers))
    return next(mine, series)
