"""Identity, packed away: one person a case, identity for what leaves again, a name that names nobody."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from yttria.io.dicom.header import Header
from yttria.io.dicom.identity_words import IdentityWords
from yttria.io.dicom.series import Series
from yttria.values.errors import Finding, IntakeError
from yttria.values.patient import PatientIdentity

IN_CASE = 'where they are, write in case.toml:\n[patient]\nsame = true\nby = "who decided"\n'
BY_OPTION = 'where they are, say --same-patient "who decided" '
APART_DAYS = 60  # longer between MAA scan and CT is asked about: anatomy and position may have changed


@dataclass(frozen=True, slots=True, repr=False)
class _Person:
    """Who one file says that it is of. Prints nothing of it."""

    number: str
    name: str
    born: str


def _person(header: Header) -> _Person:
    return _Person(
        header.text("PatientID").strip(),
        re.sub(r"[\s^]+", " ", header.text("PatientName")).strip().upper(),
        header.text("PatientBirthDate").strip().strip("0"),
    )


def require_one_person(
    used: Sequence[Series],
    masks: Sequence[Series] = (),
    *,
    days_apart: int | None = None,
    same_by: str | None = None,
    how: str = IN_CASE,
) -> tuple[Finding, ...]:
    """Refuse files of different people; return the findings: names that differ, IDs that lack, studies far apart. Names nobody.

    Every file counts, not one a series: a stack may hold a slice of somebody else.

    Parameters
    ----------
    masks
        Series that the case names as masks: tools write the organ into the name, so without IDs another name is a finding.
    days_apart
        How far apart the site lets studies lie; APART_DAYS where it does not say.
    same_by
        Who states in writing that all are of one patient: what would be refused is then a warning that says so.
    how
        How that can be stated here.

    Raises
    ------
    IntakeError
        Two patient IDs; a file without ID whose name or birth date is another than the rest's. It says how to state that they are one.
    """
    imaged = {_person(h) for s in used for h in s.headers}
    people = imaged | {_person(h) for s in masks for h in s.headers}
    numbers = {p.number for p in people}
    differ = len({p.name for p in people} - {""}) > 1 or len({p.born for p in people} - {""}) > 1
    apart = ""
    if len(numbers - {""}) > 1:
        apart = f"{len(numbers - {''})} patient IDs are there"
    elif differ and any(_is_somebody_else(p, imaged) for p in imaged if not p.number):
        apart = "files without patient ID carry another name or birth date than the rest"
    if apart and not same_by:
        raise IntakeError(
            f"all images of a case must be of one patient, but {apart}; keep the files of one patient, or, {how}(identities are not printed here)",
            code="patient-identity-contradiction",
        )
    findings = []
    if apart:
        message = f"{apart}; all are taken to be of one patient because that is stated ({same_by}): nothing else was checked; make sure that it is so"
        findings.append(Finding("warning", "identity-said-same", message))
    if len(numbers) > 1 and "" in numbers:
        files = sum(not _person(h).number for s in (*used, *masks) for h in s.headers)
        message = f"{files} files carry no patient ID while others do; make sure that they are of one patient"
        findings.append(Finding("warning", "identity-absent", message))
    if differ:
        message = "patient names or birth dates differ between the images; make sure that they are of one patient"
        findings.append(Finding("warning", "identity-differs", message))
    return (*findings, *audit_dates(used, days_apart))


def audit_dates(used: Sequence[Series], days_apart: int | None = None) -> tuple[Finding, ...]:
    """Return a finding where studies lie far apart; a registration may be of any day."""
    dates = [
        d.replace(tzinfo=None) for d in (s.first.instant("Study") for s in used if s.modality != "REG") if d is not None
    ]
    most = APART_DAYS if days_apart is None else days_apart
    if not dates or (apart := (max(dates) - min(dates)).days) <= most:
        return ()
    message = f"the studies lie {apart} days apart (more than {most}); make sure that anatomy and position still hold"
    return (Finding("warning", "studies-apart", message),)


def _is_somebody_else(one: _Person, people: Collection[_Person]) -> bool:
    """Tell whether a name or a birth date contradicts another's; what is not stated contradicts nothing."""
    return any(
        (one.name and p.name and one.name != p.name) or (one.born and p.born and one.born != p.born) for p in people
    )


def name_of(given: str | None, folder: Path, used: Sequence[Series]) -> str:
    """Return what a case is called: its own name, else its folder's unless that may name a person."""
    if given:
        return given
    called = folder.resolve().name
    return "case" if IdentityWords.of(h for s in used for h in s.headers).stand_in(called) else called


def patient_identity(used: Sequence[Series], *, with_ct: bool) -> PatientIdentity:
    """Return identity and UIDs, from the CT where there is one, else from the emission image."""
    if not used:
        return PatientIdentity()
    first = next((s for s in used if s.modality == "CT"), used[0])
    head = first.first
    is_ct = with_ct and first.modality == "CT"
    frames = [s.first.text("FrameOfReferenceUID") for s in (first, *used)]
    return PatientIdentity(
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
