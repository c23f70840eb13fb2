"""A folder or a `case.toml` to a `PatientCase`: everything gets a role, what is ambiguous is refused, identity is packed away."""

import difflib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from yttria.io.case.case_context import CaseContext, grid_words
from yttria.io.case.case_file import Case, FramesSection, choices_of, facts_of, read_case, same_patient_by
from yttria.io.case.ct_planar_images import ct_image, planar_scan
from yttria.io.case.emission_image import Emission, audit_nuclide, emission_image, injection_images
from yttria.io.case.frames_of_reference import Frames, frame_of, join_frames
from yttria.io.case.injections import (
    injections_of,
    require_injections,
    with_perfused_files,
    with_perfused_roles,
    with_stated,
)
from yttria.io.case.input_hashes import file_record, series_record
from yttria.io.case.mask_files import (
    FileVolume,
    index_of_files,
    mask_series,
    named_files,
    names_of_files,
    read_file_volumes,
    require_known_files,
)
from yttria.io.case.patient_identity import name_of, patient_identity, require_one_person
from yttria.io.case.placement_checks import JOIN, audit_blank, audit_places, require_frames, require_one_frame
from yttria.io.case.structure_sets import Structures, StructureSet, names_of, read_structures, with_roles
from yttria.io.case.unused_files import audit_left_out
from yttria.io.dicom.gantry_tilt import BLANK_HU
from yttria.io.dicom.referenced_image_checks import audit_origin
from yttria.io.dicom.registration import Matrix
from yttria.io.dicom.scan import Scan, scan
from yttria.io.dicom.series import Series, words_for
from yttria.io.ground.structure_roles import require_known
from yttria.io.volumes.volume import is_volume
from yttria.values.contour import Contour
from yttria.values.errors import Finding, IntakeError
from yttria.values.maps import ActivityMap, CtImage, Voi
from yttria.values.patient import PatientCase
from yttria.values.product import Product
from yttria.values.structure import Structure

Register = Callable[[CtImage], Matrix | None]


def read_patient_case(
    case: Path, *, delivered: bool = False, plan_frame: str = "", register: Register | None = None
) -> PatientCase:
    """Read one case: the emission image, what lies around it, and what the case says.

    Parameters
    ----------
    case
        A folder (DICOM, optional `case.toml`) or a `case.toml`.
    delivered
        Whether the emission image shows what was delivered: Bq/mL of the product's nuclide then are absolute where the case does not say.
    plan_frame
        Frame of reference of a plan that is brought to the image, so that structures drawn in it can be used.
    register
        Returns what takes that frame to the image's, from the case's CT, where no registration of the case does; None: nothing does.

    Raises
    ------
    IntakeError
        Something is missing, ambiguous, of another patient, in the wrong unit or unreadable.
    GeometryError, QuantityError
        Images that do not lie in one place; numbers that cannot be.

    Notes
    -----
    Several contours or volumes may carry one role: tumours stay apart, the others are meant to be united.
    """
    case_file, folder = read_case(case)
    root = folder / case_file.case.path
    result = scan(root)
    _require_known_phases(case_file, folder, result)
    require_injections(case_file, delivered=delivered)
    case_file = with_perfused_files(case_file, folder)
    context = CaseContext(case_file, folder, _without_files(result, case_file, folder))
    structure_sets = read_structures(context.scan)
    present = [*names_of(structure_sets), *_names_here(context.scan)]
    case_file = context.case = with_perfused_roles(case_file, folder, names_of(structure_sets))
    require_known(case_file.roles, [*present, *(word for word, _ in names_of_files(case_file))])
    require_known_files(case_file, present)
    images = {} if delivered else injection_images(context)
    emission, acquired = next(iter(images.values())) if images else emission_image(context)
    ct = ct_image(context)
    planar = planar_scan(context)
    masks = _volumes(context)
    own = {name: image for name, (image, _) in images.items()}
    frames = _joined(context, emission, ct, structure_sets, [m.voi for m in masks], own, plan_frame=plan_frame)
    frames = _registered(frames, emission, ct, plan_frame, register, stated=case_file.frames)
    own = {
        name: replace(i, grid=frames.grid(i.grid, what=f'the image of injection "{name}"')) for name, i in own.items()
    }
    masks = tuple(replace(m, voi=frames.structure(m.voi)) for m in masks)
    ct = None if ct is None else frames.image(ct)
    structure_sets = [replace(f, structures=tuple(frames.structure(t) for t in f.structures)) for f in structure_sets]
    here = {emission.grid.frame_uid, ct.grid.frame_uid if ct else ""} - {""}
    structures = with_roles(structure_sets, case_file.roles, frames=here, filled=masks)
    contours, volumes = structures.contours, (*structures.volumes, *(m.voi for m in masks))
    _audit_case(context, structures, frames.why_apart, emission, ct, own, (*contours, *volumes))
    injections = injections_of(case_file, folder, (*contours, *volumes), masks, own)
    choices = choices_of(case_file, calibration=_calibration(case_file, emission, delivered=delivered))
    choices = with_stated(choices, injections, delivered=delivered)
    _require_liver(choices.calibration, contours, volumes)
    for image in own.values() if own else (emission,):
        audit_nuclide(context, image, choices.product, choices.calibration)
    return PatientCase(
        name=name_of(case_file.case.name, folder, context.used),
        emission=emission,
        ct=ct,
        planar=planar,
        contours=contours,
        volumes=volumes,
        facts=facts_of(case_file),
        choices=choices,
        identity=patient_identity(context.used, with_ct=ct is not None),
        inputs=tuple(context.inputs),
        acquired=acquired,
        index_tumour=structures.index or index_of_files(case_file),
        modality=context.modality,
        motions=frames.motions,
        joined_by=frames.joined_by(plan_frame),
        injections=injections,
        delivered=delivered,
        findings=tuple(dict.fromkeys(context.findings)),
    )


def _audit_case(
    context: CaseContext,
    structures: Structures,
    why_apart: Sequence[str],
    emission: Emission,
    ct: CtImage | None,
    own: Mapping[str, Emission],
    contours_and_volumes: Sequence[Structure],
) -> None:
    """Gather what the files of a case say against each other: one person, one frame of reference, structures within their images."""
    case_file = context.case
    for series, description in structures.used:
        context.used.append(series)
        context.inputs.append(series_record("structures", series, {"structures": description}))
    context.findings += _audit_origins(context, [series for series, _ in structures.used])
    context.findings += audit_left_out(context.scan, context.used)
    context.findings += structures.findings
    context.findings += require_one_person(
        context.used,
        mask_series(context.folder, case_file),
        days_apart=case_file.case.days_apart,
        same_by=same_patient_by(case_file),
    )
    require_frames(
        {f'the image of injection "{name}"': {image.grid.frame_uid} for name, image in own.items()},
        advice="; ".join((*why_apart, JOIN)),
    )
    for image in (emission, *own.values()):
        require_one_frame(image, ct, contours_and_volumes, why=why_apart)
        context.findings += audit_places(image, ct, contours_and_volumes)
    if ct is not None and any(f.code == "gantry-tilt" for f in context.findings):
        context.findings += audit_blank(emission, ct, BLANK_HU)


def _calibration(case_file: Case, emission: Emission, *, delivered: bool) -> str:
    """Return the calibration of a case that does not say one: absolute for Bq/mL of what was delivered, relative otherwise."""
    wanted = Product.named(case_file.product.name).nuclide.name
    absolute = delivered and isinstance(emission, ActivityMap) and emission.nuclide.name == wanted
    return "absolute" if absolute else "relative"


def _joined(
    context: CaseContext,
    emission: Emission,
    ct: CtImage | None,
    structure_sets: Sequence[StructureSet],
    masks: Sequence[Voi],
    own: Mapping[str, Emission],
    *,
    plan_frame: str,
) -> Frames:
    """Return how the frames of reference of a case come together, and note by which registrations."""
    stated: dict[str, str] = {}
    for file in structure_sets:
        for structure in file.structures:
            stated.setdefault(frame_of(structure), f'structure set "{file.series.veiled(file.label)}"')
    for mask in masks:
        stated.setdefault(mask.grid.frame_uid, f"volume {mask.name}")
    if plan_frame:
        stated.setdefault(plan_frame, "the plan")
    for name, image in own.items():
        stated.setdefault(image.grid.frame_uid, f'the image of injection "{name}"')
    if ct is not None:
        stated[ct.grid.frame_uid] = "the CT"
    frames = join_frames(
        context.scan, emission.grid, ct.grid if ct else None, stated, context.case.frames, ignored=context.case.roles
    )
    for series in frames.used:
        context.used.append(series)
        context.inputs.append(series_record("registration", series, {}))
    context.findings += frames.findings
    return frames


def _registered(
    frames: Frames,
    emission: Emission,
    ct: CtImage | None,
    plan_frame: str,
    register: Register | None,
    *,
    stated: FramesSection | None,
) -> Frames:
    """Return the frames with the plan's joined to the image's by a registration of both CTs, where nothing else joins them."""
    apart = plan_frame and frames.hub and plan_frame != frames.hub and plan_frame not in frames.motions
    if not apart or register is None or ct is None or ct.grid.frame_uid not in {"", emission.grid.frame_uid}:
        return frames
    matrix = register(ct)
    return frames if matrix is None else frames.with_motion(plan_frame, matrix, emission.grid, stated)


def _audit_origins(context: CaseContext, structure_series: Sequence[Series]) -> Iterator[Finding]:
    """Return the findings about structures that were drawn on another image than the CT that is used."""
    images = [s for s in context.used if s.modality in {"CT", "PT", "NM"}]
    for ct in (s for s in images if s.modality == "CT"):
        for series in structure_series:
            yield from audit_origin(series, ct, images, context.scan)


def _without_files(scan_result: Scan, case: Case, folder: Path) -> Scan:
    """Return the scan without what [files] names: a mask stored as DICOM is not a series to choose from."""
    written = [w for _, _, w in named_files(case)] + [
        w for w in (case.files.ct, case.files.emission, case.files.planar) if w
    ]
    taken = [Path(os.path.realpath(folder / w.partition("#")[0])) for w in written]
    kept = tuple(
        s for s in scan_result.series if not any(s.first.path.resolve().is_relative_to(place) for place in taken)
    )
    return replace(scan_result, series=kept)


def _require_known_phases(case: Case, folder: Path, scan_result: Scan) -> None:
    """Refuse names in [phases] that no series of the case has."""
    named = [folder / where for where in (case.files.ct, case.files.emission) if where and case.phases]
    pool = [
        *scan_result.series,
        *(s for path in named if path.exists() and not is_volume(path) for s in scan(path).series),
    ]
    here = {word for series in pool for word in words_for(series)}
    for name in case.phases:
        if name.strip().lower() not in here:
            near = difflib.get_close_matches(name.lower(), here, n=3, cutoff=0.3)
            hint = ", ".join(f'"{n}"' for n in near) or "none"
            raise IntakeError(
                f'[phases] names "{name}", but no series here is called so; nearest are: {hint}', code="phase-unknown"
            )


def _names_here(scan_result: Scan) -> Iterator[str]:
    for series in scan_result.series:
        first = series.first
        yield from (first.text("SeriesDescription"), series.uid, series.folder, first.path.name, first.path.stem)


def _volumes(context: CaseContext) -> tuple[FileVolume, ...]:
    volumes, findings = read_file_volumes(context.folder, context.case)
    context.findings += findings
    for volume in volumes:
        path, voi = context.folder / volume.where.partition("#")[0], volume.voi
        properties = {"grid": grid_words(voi.grid), "volume": f"{voi.ml:.1f} mL"}
        context.inputs.append(file_record(voi.role, path, properties))
    return volumes


def _require_liver(calibration: str, contours: Sequence[Contour], volumes: Sequence[Voi]) -> None:
    roles = {c.role for c in contours} | {v.role for v in volumes}
    if calibration == "relative" and "liver" not in roles:
        text = ", ".join(f'"{c.name}"' for c in contours[:6]) or "none"
        raise IntakeError(
            f"the patient-relative calibration needs the whole liver, but no structure is it (with a role: {text}); draw it, or name it in [roles] or [files]",
            code="liver-absent",
        )
