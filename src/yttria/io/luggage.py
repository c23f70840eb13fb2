"""Identity, packed away: one person a case, luggage for what leaves again, a name that names nobody."""

import re
from collections.abc import Sequence
from pathlib import Path

from yttria.io.dicom.series import Series
from yttria.values.errors import Finding, IntakeError
from yttria.values.patient import Luggage

APART_DAYS = 60  # longer between MAA scan and CT is asked about: anatomy and position may have changed


def require_one_person(used: Sequence[Series]) -> tuple[Finding, ...]:
    """Refuse series of different people; return the doubts: names that differ, studies far apart. Names nobody.

    Raises
    ------
    IntakeError
        Two patient IDs.
    """
    people = {s.first.text("PatientID").strip() for s in used} - {""}
    if len(people) > 1:
        raise IntakeError(
            f"all images of a case must be of one patient, but {len(people)} patient IDs are there; keep the files of one patient (identities are not printed here)"
        )
    found = []
    born = {s.first.text("PatientBirthDate").strip() for s in used} - {"", "00000000"}
    names = {re.sub(r"[\s^]+", " ", s.first.text("PatientName")).strip().upper() for s in used} - {""}
    if len(born) > 1 or len(names) > 1:
        told = "patient names or birth dates differ between the images; make sure that they are of one patient"
        found.append(Finding("warning", "identity-differs", told))
    dates = [d.replace(tzinfo=None) for d in (s.first.instant("Study") for s in used) if d is not None]
    if dates and (apart := (max(dates) - min(dates)).days) > APART_DAYS:
        told = f"the studies lie {apart} days apart (more than {APART_DAYS}); make sure that anatomy and position still hold"
        found.append(Finding("warning", "studies-apart", told))
    return tuple(found)


def name_of(given: str | None, folder: Path, used: Sequence[Series]) -> str:
    """Return what a case is called: its own name, else its folder's unless that may name a person."""
    if given:
        return given
    called = folder.resolve().name
    person = {w for s in used for tag in ("PatientName", "PatientID") for w in _words(s.first.text(tag))}
    return "case" if _words(called) & person else called


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w{3,}", text.lower().replace("_", " ")))


def luggage_of(used: Sequence[Series], *, with_ct: bool) -> Luggage:
    """Return identity and UIDs, from the CT where there is one, else from the emission image."""
    if not used:
        return Luggage()
    first = next((s for s in used if s.modality == "CT"), used[0])
    head = first.first
    is_ct = with_ct and first.modality == "CT"
    frames = [s.first.text("FrameOfReferenceUID") for s in (first, *used)]
    return Luggage(
        patient_name=head.text("PatientName"),
        patient_id=head.text("PatientID"),
        birth_date=head.text("PatientBirthDate"),
        sex=head.text("PatientSex"),
        study_uid=head.text("StudyInstanceUID"),
        study_id=head.text("StudyID"),
        study_date=head.text("StudyDate"),
        study_time=head.text("StudyTime"),
        accession=head.text("AccessionNumber"),
        referring=head.text("ReferringPhysicianName"),
        frame_uid=next((f for f in frames if f), ""),
        ct_series_uid=first.uid if is_ct else "",
        ct_sop_uids=tuple(h.text("SOPInstanceUID") for h in first.headers) if is_ct else (),
    )
