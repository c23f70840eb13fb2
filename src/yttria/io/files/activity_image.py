"""A DICOM emission image in Bq/mL, by itself: what decays where, at which instant, and what a dose from it leaves out."""

from collections.abc import Sequence
from pathlib import Path

from yttria.data import table
from yttria.io.case.case_file import NAME, Case, confirmed_of, read_case, same_patient_by
from yttria.io.case.patient_identity import require_one_person
from yttria.io.case.unused_files import audit_copies
from yttria.io.dicom.image_choice import scan_image
from yttria.io.dicom.nm import TOMO_KINDS, examine_spect, kind_of
from yttria.io.dicom.phases import one_phase
from yttria.io.dicom.pt import examine_pt
from yttria.io.dicom.series import Series
from yttria.io.ground.zip_archive import is_archive, unpacked
from yttria.values.errors import Finding, IntakeError
from yttria.values.maps import ActivityMap


def read_activity(path: Path) -> tuple[ActivityMap, tuple[Finding, ...]]:
    """Read the emission image in Bq/mL that lies in a folder, a ZIP or a file; a slice stands for its whole series.

    Raises
    ------
    IntakeError
        None or several there; not in Bq/mL; of several people.
    GeometryError, QuantityError
        Slices that make no stack; numbers that cannot be.

    Notes
    -----
    Structures, CT and whatever else lies there is passed over. A `case.toml` there may confirm that a PET was acquired as another isotope.
    """
    place = unpacked(path) if is_archive(path) else path
    case = read_case(place)[0] if (place / NAME).exists() else Case()
    confirmed = confirmed_of(case)
    here = scan_image(place, _emissions)
    series, phase = one_phase(_only(here.series, path.name), case.phases)
    findings = [*require_one_person([series], same_by=same_patient_by(case)), *audit_copies(here), *phase]
    if series.modality == "PT":
        activity, result = examine_pt(series, confirmed)
        is_corrected = series.first.text("DecayCorrection").upper() == "ADMIN"
    else:
        image, result = examine_spect(series)
        if not isinstance(image, ActivityMap):
            raise IntakeError(
                f"the SPECT in {path.name} must be in Bq/mL, but holds counts; `yttria plan` shares out the administered activity by counts",
                code="unit-value",
            )
        activity, is_corrected = image, False
    return activity, (*findings, *result, *_audit_meaning(activity, at_administration=is_corrected))


def _emissions(series: Sequence[Series]) -> list[Series]:
    return [s for s in series if s.modality == "PT" or (s.modality == "NM" and kind_of(s) in TOMO_KINDS)]


def _only(candidates: Sequence[Series], name: str) -> Series:
    if len(candidates) == 1:
        return candidates[0]
    text = "; ".join(f'"{s.description}" in {s.folder_name} ({len(s.paths)} files)' for s in candidates[:6])
    raise IntakeError(
        f"expected one emission image (PT, or reconstructed NM) in {name}, found {text or 'none'}; name the folder or a file of one",
        code="emission-ambiguous",
    )


def _audit_meaning(activity: ActivityMap, *, at_administration: bool) -> tuple[Finding, ...]:
    """Return what a dose of all decays from this image on leaves out: decays before it, and what the body clears."""
    findings = []
    name = activity.nuclide.name
    if not at_administration:
        message = "the activity holds at the scan, so decays before it do not count; correct it to the administration for the whole dose"
        findings.append(Finding("warning", "decays-from-scan", message))
    if name not in {row["nuclide"] for row in table("products").values()}:
        message = (
            f"{name} is of no microspheres: every decay counts where the image shows it, as if nothing moved or was cleared from there; "
            "the dose of a drug that washes out needs several images"
        )
        findings.append(Finding("warning", "no-washout", message))
    return tuple(findings)
