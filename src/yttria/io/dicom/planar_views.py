"""From which side each frame of a planar scan was seen: by the code of its view, else by the angle of its detector."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from pydicom.dataset import Dataset

from yttria.data import table
from yttria.io.dicom.header import floats
from yttria.io.dicom.nuclide_codes import SNOMED, CodedEntry
from yttria.values.errors import Finding, IntakeError

ANTERIOR, POSTERIOR = "anterior", "posterior"
SIDES = (ANTERIOR, POSTERIOR)
_SIDE_OF_VIEW = {"Anterior projection": ANTERIOR, "Posterior projection": POSTERIOR}
OBLIQUE_DEG = 20.0  # choice of the house: a detector turned further from front or back sees an oblique view


@dataclass(frozen=True, slots=True)
class View:
    """One planar frame.

    Parameters
    ----------
    side
        "anterior", "posterior", or the name of another view.
    window
        Its energy window, counted from 0.
    """

    side: str
    window: int


def views_of(dataset: Dataset, frames: int, *, what: str) -> tuple[list[View], list[Finding]]:
    """Return the side and energy window of each frame.

    Raises
    ------
    IntakeError
        Frames without detector or window; a view that neither a code nor an angle names; a code that its meaning contradicts.
    """
    detector_of = [int(v) - 1 for v in floats(dataset.get("DetectorVector"))] or list(range(frames))
    window_of = [int(v) - 1 for v in floats(dataset.get("EnergyWindowVector"))] or [0] * frames
    detectors: Sequence[Dataset] = dataset.get("DetectorInformationSequence") or []
    if len(detector_of) != frames or len(window_of) != frames or max(detector_of) >= max(len(detectors), 1):
        raise IntakeError(
            f"each of the {frames} frames of {what} must name its detector and energy window, but {len(detector_of)} and {len(window_of)} are named; export it again",
            code="planar-view",
            values={"detectors": len(detector_of), "windows": len(window_of)},
        )
    turned = _turns(dataset, frames)
    sides, sources = [], set()
    for frame, at in enumerate(detector_of):
        side, source = _side(detectors[at] if detectors else Dataset(), dataset, frame, turned, what=what)
        sides.append(side)
        sources.add(source)
    findings = [
        Finding("warning", f"side-from-{s}", f"{what}: {_FINDINGS[s]}") for s in sorted(sources & _FINDINGS.keys())
    ]
    if other := sorted(set(sides) - set(SIDES)):
        message = f"{what}: views that are neither anterior nor posterior are left out: {', '.join(other)}"
        findings.append(Finding("warning", "other-views", message))
    return [View(side, window) for side, window in zip(sides, window_of, strict=True)], findings


_FINDINGS: Mapping[str, str] = {
    "angle": "the views carry no code; anterior and posterior are taken from the detectors' angles; check them on the picture",
    "words": "the views carry no code of DICOM and no angle; anterior and posterior are taken from their names; check them on the picture",
}


def _side(detector: Dataset, dataset: Dataset, frame: int, turned: Sequence[float], *, what: str) -> tuple[str, str]:
    """Return the side of a frame, and by what it is known."""
    entries = [CodedEntry.of(c) for c in detector.get("ViewCodeSequence") or dataset.get("ViewCodeSequence") or []]
    for entry in entries:
        if (view := view_of(entry, what=what)) is not None:
            return _SIDE_OF_VIEW.get(view, view.lower()), "code"
    angle = floats(detector.get("StartAngle")) or _rotation_start(dataset, frame)
    if angle:
        return side_at(angle[0] + turned[frame]), "angle"
    named = next((v for e in entries if (v := _named(e.meaning)) is not None), None)
    if named is None:
        raise IntakeError(
            f"{what} must say which view is anterior (ViewCodeSequence of DICOM's CID 26, or StartAngle, of each detector), but does not; label the views on the workstation",
            code="planar-view",
        )
    return _SIDE_OF_VIEW.get(named, named.lower()), "words"


def view_of(entry: CodedEntry, *, what: str) -> str | None:
    """Return the view that a code of CID 26 means, in DICOM's words; None for any other code.

    Raises
    ------
    IntakeError
        Its meaning is that of another view.

    Examples
    --------
    >>> view_of(CodedEntry("399321004", "SCT", "Projektion von vorne"), what="it"), view_of(CodedEntry("G-5206", "SRT", ""), what="it")
    ('Anterior projection', 'Right anterior oblique')
    """
    coded = _codes().get(entry.value) if entry.scheme in SNOMED else None
    named = _named(entry.meaning)
    if coded is not None and named is not None and named != coded:
        raise IntakeError(
            f"a view of {what} must be one, but its code says {coded} and its meaning {entry.meaning}; correct it on the workstation",
            code="planar-view",
        )
    return coded


@cache
def _codes() -> dict[str, str]:
    return {code: view for view, row in table("nm_views").items() for code in row.values()}


def _named(words: str) -> str | None:
    """Return the view that DICOM calls so; None for any other words."""
    phrase = words.strip().casefold()
    return next(
        (
            view
            for view in table("nm_views")
            if phrase in {view.casefold(), view.casefold().removesuffix(" projection")}
        ),
        None,
    )


def side_at(angle_deg: float) -> str:
    """Return the side that a detector's angle means: 180 degrees is in front of the patient, 0 behind, oblique or lateral between.

    Source
    ------
    DICOM PS3.3 C.8.4.11 (NM detector module), Start Angle: zero degrees is at the patient's back.

    Examples
    --------
    >>> side_at(180), side_at(-5), side_at(225), side_at(90)
    ('anterior', 'posterior', 'a view at 225°', 'a view at 90°')
    """
    turned = angle_deg % 360
    if abs(turned - 180) <= OBLIQUE_DEG:
        return ANTERIOR
    return POSTERIOR if min(turned, 360 - turned) <= OBLIQUE_DEG else f"a view at {turned:g}°"


def _turns(dataset: Dataset, frames: int) -> list[float]:
    """Return by how much the camera had turned from its start angle when each frame was taken, degrees.

    A camera of one head takes one view after the other: AngularViewVector counts them, RotationInformationSequence says the step.

    Source
    ------
    DICOM PS3.3 C.8.4.8 (Angular View Vector) and C.8.4.12 (Angular Step, Rotation Direction; angles grow counter-clockwise).
    """
    number = [int(v) - 1 for v in floats(dataset.get("AngularViewVector"))]
    if len(number) != frames:
        return [0.0] * frames
    turned = []
    for frame, count in enumerate(number):
        rotation = _rotation_of(dataset, frame)
        step = (floats(rotation.get("AngularStep")) or (0.0,))[0]
        turned.append(count * (-step if str(rotation.get("RotationDirection", "")).strip().upper() == "CW" else step))
    return turned


def _rotation_of(dataset: Dataset, frame: int) -> Dataset:
    rotations: Sequence[Dataset] = dataset.get("RotationInformationSequence") or [Dataset()]
    vector = [int(v) - 1 for v in floats(dataset.get("RotationVector"))]
    at = vector[frame] if frame < len(vector) else 0
    return rotations[at] if 0 <= at < len(rotations) else Dataset()


def _rotation_start(dataset: Dataset, frame: int) -> tuple[float, ...]:
    return floats(_rotation_of(dataset, frame).get("StartAngle"))
