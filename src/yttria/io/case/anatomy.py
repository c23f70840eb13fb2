"""A case's anatomy without an emission image: CT and volumes with their roles, for what is still to be imaged."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from yttria.io.case.case_context import choose
from yttria.io.case.case_file import Case, read_case, same_patient_by
from yttria.io.case.injections import injections_of, require_injections, with_perfused_files, with_perfused_roles
from yttria.io.case.mask_files import looks_like_mask, mask_series, named_files, read_file_volumes
from yttria.io.case.patient_identity import name_of, patient_identity, require_one_person
from yttria.io.case.structure_sets import names_of, read_structures, with_roles
from yttria.io.dicom.ct import examine_ct
from yttria.io.dicom.phases import one_phase
from yttria.io.dicom.scan import Scan, scan
from yttria.io.dicom.series import Series, words_for
from yttria.io.volumes.volume import is_volume, read_volume
from yttria.values.contour import Contour
from yttria.values.errors import Finding, IntakeError
from yttria.values.injection import Injection
from yttria.values.maps import CtImage, Voi
from yttria.values.patient import PatientIdentity


@dataclass(frozen=True, slots=True, eq=False)
class Anatomy:
    """What a case shows of the body.

    Parameters
    ----------
    name
        As the case or its folder is called.
    ct
        CT numbers.
    contours, volumes
        Drawn structures and masks, with roles.
    said
        What the case file says; its defaults where there is none.
    folder
        Where the case's paths start.
    identity
        Identity, for what is written.
    injections
        What the case says of several, with what each perfuses.
    findings
        Findings.
    """

    name: str
    ct: CtImage
    contours: tuple[Contour, ...]
    volumes: tuple[Voi, ...]
    case_file: Case
    folder: Path
    identity: PatientIdentity
    injections: tuple[Injection, ...]
    findings: tuple[Finding, ...]


def read_anatomy(case: Path) -> Anatomy:
    """Read the CT of a case and its volumes; emission images that lie there are passed over.

    Raises
    ------
    IntakeError
        No CT, several, or none in HU; no liver; ambiguous roles; images of several people.
    GeometryError
        Slices that make no even stack; structures in another frame of reference.
    """
    case_file, folder = read_case(case)
    require_injections(case_file)
    case_file = with_perfused_files(case_file, folder)
    result = _without_masks(scan(folder / case_file.case.path), case_file, folder)
    ct, used, of_ct = ct_image(result, case_file, folder)
    frames = {ct.grid.frame_uid} - {""}
    masks, of_masks = read_file_volumes(folder, case_file)
    structure_sets = read_structures(result)
    case_file = with_perfused_roles(case_file, folder, names_of(structure_sets))
    structures = with_roles(structure_sets, case_file.roles, frames=frames, filled=masks)
    volumes = (*structures.volumes, *(m.voi for m in masks))
    series = [*used, *(s for s, _ in structures.used)]
    findings = [
        *of_ct,
        *structures.findings,
        *of_masks,
        *require_one_person(
            series,
            mask_series(folder, case_file),
            days_apart=case_file.case.days_apart,
            same_by=same_patient_by(case_file),
        ),
    ]
    if "liver" not in {*(c.role for c in structures.contours), *(v.role for v in volumes)}:
        raise IntakeError(
            'a case needs the whole liver, but none is drawn or named; add to case.toml:\n[files]\nliver = "liver.nii.gz"',
            code="liver-absent",
        )
    return Anatomy(
        name=name_of(case_file.case.name, folder, series),
        ct=ct,
        contours=structures.contours,
        volumes=volumes,
        case_file=case_file,
        folder=folder,
        injections=injections_of(case_file, folder, (*structures.contours, *volumes), masks, {}),
        identity=patient_identity(series, with_ct=bool(used)),
        findings=tuple(dict.fromkeys(findings)),
    )


def _without_masks(scan_result: Scan, case_file: Case, folder: Path) -> Scan:
    """Return the scan without what [files] names as a volume of interest."""
    taken = [Path(os.path.realpath(folder / where.partition("#")[0])) for _, _, where in named_files(case_file)]
    kept = tuple(
        s for s in scan_result.series if not any(s.first.path.resolve().is_relative_to(place) for place in taken)
    )
    return replace(scan_result, series=kept)


def ct_image(scan_result: Scan, case_file: Case, folder: Path) -> tuple[CtImage, list[Series], list[Finding]]:
    """Return the CT, the series that it came from (none where it is a volume) and findings."""
    where = case_file.files.ct
    if where is not None and is_volume(folder / where):
        grid, array = read_volume(folder / where)
        return CtImage(grid, np.clip(array, -32768, 32767).astype(np.float32)), [], []
    pool = scan_result.series if where is None else scan(folder / where).series
    named = {n.strip().lower() for n, r in case_file.roles.items() if "ct" in ([r] if isinstance(r, str) else r)}
    stacks = [s for s in pool if s.modality == "CT" and (len(s.headers) > 1 or s.first.frames > 1)]
    series = choose([s for s in stacks if named & words_for(s) or not looks_like_mask(s)], named, role="ct")
    if series is None:
        raise IntakeError("expected a CT to simulate in, found none; add it or name it in [files] ct", code="ct-absent")
    series, phase = one_phase(series, case_file.phases)
    ct, findings = examine_ct(series)
    return ct, [series], [*phase, *findings]
