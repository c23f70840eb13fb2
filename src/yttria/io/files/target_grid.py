"""An image that structures are brought onto: its grid, whose it is, and which of its slices is which instance. No pixel counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yttria.io.case.patient_identity import patient_identity
from yttria.io.dicom.geometry import series_stack
from yttria.io.dicom.image_choice import scan_image
from yttria.io.dicom.nm import TOMO_KINDS, examine_tomo, kind_of
from yttria.io.dicom.referenced_image import Source, source_of
from yttria.io.dicom.rtdose import stored_dose_of
from yttria.io.dicom.series import Series
from yttria.io.ground.zip_archive import is_archive, unpacked
from yttria.io.volumes.volume import is_volume, read_volume
from yttria.values.errors import Finding, IntakeError
from yttria.values.grid import Grid
from yttria.values.patient import PatientIdentity

STACKS = {"CT", "MR", "PT"}


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """What an image gives to what is drawn on it.

    Parameters
    ----------
    identity
        Empty for a volume, which is nobody's.
    series
        The DICOM series; none for a volume.
    source
        Its slices by their identifiers; None where it has none.
    findings
        Findings.
    """

    grid: Grid
    identity: PatientIdentity
    series: tuple[Series, ...]
    source: Source | None
    findings: tuple[Finding, ...]


def read_template(path: Path) -> Template:
    """Read the grid of an image: a volume, or the one CT, MR, PT, reconstructed NM or RTDOSE of a folder, ZIP or file.

    A slice stands for its whole series.

    Raises
    ------
    IntakeError
        None or several there.
    GeometryError
        Slices that make no even stack.
    """
    if is_volume(path):
        return Template(read_volume(path)[0], PatientIdentity(), (), None, ())
    result = scan_image(unpacked(path) if is_archive(path) else path, _images)
    series = _only(result.series, path.name)
    what = f"the image {series.description}"
    identity = patient_identity([series], with_ct=True)
    if series.modality == "RTDOSE":
        stored = stored_dose_of(series)
        return Template(stored.grid, identity, (series,), None, stored.findings)
    if series.modality == "NM":
        counts, findings = examine_tomo(series)
        uids = (series.first.text("SOPInstanceUID"),)
        source = Source(counts.grid, series.uid, series.first.text("SOPClassUID"), uids)
        return Template(counts.grid, identity, (series,), source, findings)
    stack = series_stack(series, what=what)
    named = source_of(series, what=what)
    noted = list(stack.findings)
    if named is None:
        message = "the slices of the image carry no identifiers of their own; what is written names none"
        noted.append(Finding("note", "slices-unnamed", message))
    return Template(stack.grid, identity, (series,), named, tuple(noted))


def _images(series: Sequence[Series]) -> list[Series]:
    return [
        s
        for s in series
        if s.modality in STACKS or s.modality == "RTDOSE" or (s.modality == "NM" and kind_of(s) in TOMO_KINDS)
    ]


def _only(candidates: Sequence[Series], name: str) -> Series:
    if len(candidates) == 1:
        return candidates[0]
    text = "; ".join(f'{s.modality} "{s.description}" in {s.folder_name}' for s in candidates[:6])
    raise IntakeError(
        f"expected one image (CT, MR, PT, reconstructed NM, RTDOSE) in {name}, found {text or 'none'}; name the folder or a file of one",
        code="image-ambiguous",
    )
