"""A folder or a `case.toml` to a `PatientCase`: everything gets a role, what is ambiguous is refused, identity is packed away."""

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import numpy as np

from yttria.data import table
from yttria.io.case.case_file import Case, FramesSection, choices_of, confirmed_of, facts_of, read_case, same_patient_by
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
    looks_like_mask,
    mask_series,
    named_files,
    names_of_files,
    read_file_volumes,
    require_known_files,
)
from yttria.io.case.patient_identity import name_of, patient_identity, require_one_person
from yttria.io.case.placement_checks import JOIN, audit_blank, audit_places, require_frames, require_one_frame
from yttria.io.case.structure_sets import StructureSet, names_of, read_structures, with_roles
from yttria.io.case.unused_files import audit_left_out
from yttria.io.dicom.ct import examine_ct
from yttria.io.dicom.gantry_tilt import BLANK_HU
from yttria.io.dicom.isotope_correction import how_to_confirm
from yttria.io.dicom.nm import (
    PLANAR_KINDS,
    TOMO_KINDS,
    examine_planar,
    examine_spect,
    kind_of,
    neighbouring_views,
    pair_of,
)
from yttria.io.dicom.phases import one_phase
from yttria.io.dicom.pt import examine_pt, examine_pt_counts, is_absolute, scan_start, unit_of
from yttria.io.dicom.referenced_image_checks import audit_origin
from yttria.io.dicom.registration import Matrix
from yttria.io.dicom.scan import Scan, scan
from yttria.io.dicom.series import Series, words_for
from yttria.io.ground.negative_voxels import without_negative
from yttria.io.ground.structure_roles import require_known
from yttria.io.volumes.volume import is_volume, read_volume
from yttria.values.confirmation import Confirmation
from yttria.values.contour import Contour
from yttria.values.errors import Finding, IntakeError
from yttria.values.grid import Grid
from yttria.values.maps import ActivityMap, CountMap, CtImage, Voi
from yttria.values.nuclide import Nuclide
from yttria.values.patient import InputRecord, PatientCase
from yttria.values.planar import PlanarScan
from yttria.values.product import Product

Emission = CountMap | ActivityMap
Register = Callable[[CtImage], Matrix | None]
PLANNED_ON = {
    "Tc-99m",
    "Y-90",
    "Ho-166",
}  # 99mTc-MAA, or the microspheres themselves


@dataclass(slots=True)
class _CaseContext:
    """What is gathered while a case is read."""

    case: Case
    folder: Path
    scan: Scan
    used: list[Series] = field(default_factory=list)
    inputs: list[InputRecord] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    modality: str = ""

    def named(self, role: str) -> set[str]:
        """Return the names that [roles] gives to this role, in lower case."""
        return {n.strip().lower() for n, r in self.case.roles.items() if role in ([r] if isinstance(r, str) else r)}

    def phase_of(self, series: Series) -> Series:
        """Return the phase of a series that [phases] names, and note that; the series itself where it names none."""
        chosen, findings = one_phase(series, self.case.phases)
        self.findings += findings
        return chosen


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
    found = scan(root)
    _require_known_phases(case_file, folder, found)
    require_injections(case_file, delivered=delivered)
    case_file = with_perfused_files(case_file, folder)
    context = _CaseContext(case_file, folder, _without_files(found, case_file, folder))
    drawn = read_structures(context.scan)
    present = [*names_of(drawn), *_names_here(context.scan)]
    case_file = context.case = with_perfused_roles(case_file, folder, names_of(drawn))
    require_known(case_file.roles, [*present, *(word for word, _ in names_of_files(case_file))])
    require_known_files(case_file, present)
    images = {} if delivered else _own_images(context)
    emission, acquired = next(iter(images.values())) if images else _emission(context)
    ct = _ct(context)
    planar = _planar(context)
    masks = _volumes(context)
    own = {name: image for name, (image, _) in images.items()}
    frames = _joined(context, emission, ct, drawn, [m.voi for m in masks], own, plan_frame=plan_frame)
    frames = _registered(frames, emission, ct, plan_frame, register, stated=case_file.frames)
    own = {
        name: replace(i, grid=frames.grid(i.grid, what=f'the image of injection "{name}"')) for name, i in own.items()
    }
    masks = tuple(replace(m, voi=frames.structure(m.voi)) for m in masks)
    ct = None if ct is None else frames.image(ct)
    drawn = [replace(f, structures=tuple(frames.structure(t) for t in f.structures)) for f in drawn]
    here = {emission.grid.frame_uid, ct.grid.frame_uid if ct else ""} - {""}
    structures = with_roles(drawn, case_file.roles, frames=here, filled=masks)
    contours, volumes = structures.contours, (*structures.volumes, *(m.voi for m in masks))
    for series, shown in structures.used:
        context.used.append(series)
        context.inputs.append(series_record("structures", series, {"structures": shown}))
    context.findings += _audit_origins(context, [series for series, _ in structures.used])
    context.findings += audit_left_out(context.scan, context.used)
    context.findings += [
        *structures.findings,
        *require_one_person(
            context.used,
            mask_series(folder, case_file),
            days_apart=case_file.case.days_apart,
            same_by=same_patient_by(case_file),
        ),
    ]
    require_frames(
        {f'the image of injection "{name}"': {image.grid.frame_uid} for name, image in own.items()},
        advice="; ".join((*frames.why_apart, JOIN)),
    )
    for image in (emission, *own.values()):
        require_one_frame(image, ct, (*contours, *volumes), why=frames.why_apart)
        context.findings += audit_places(image, ct, (*contours, *volumes))
    if ct is not None and any(f.code == "gantry-tilt" for f in context.findings):
        context.findings += audit_blank(emission, ct, BLANK_HU)
    injections = injections_of(case_file, folder, (*contours, *volumes), masks, own)
    choices = choices_of(case_file, calibration=_calibration(case_file, emission, delivered=delivered))
    choices = with_stated(choices, injections, delivered=delivered)
    _require_liver(choices.calibration, contours, volumes)
    for image in own.values() if own else (emission,):
        _audit_nuclide(context, image, choices.product, choices.calibration)
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


def _calibration(case_file: Case, emission: Emission, *, delivered: bool) -> str:
    """Return the calibration of a case that does not say one: absolute for Bq/mL of what was delivered, relative otherwise."""
    wanted = Product.named(case_file.product.name).nuclide.name
    absolute = delivered and isinstance(emission, ActivityMap) and emission.nuclide.name == wanted
    return "absolute" if absolute else "relative"


def _joined(
    context: _CaseContext,
    emission: Emission,
    ct: CtImage | None,
    drawn: Sequence[StructureSet],
    masks: Sequence[Voi],
    own: Mapping[str, Emission],
    *,
    plan_frame: str,
) -> Frames:
    """Return how the frames of reference of a case come together, and note by which registrations."""
    stated: dict[str, str] = {}
    for file in drawn:
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


def _audit_origins(context: _CaseContext, drawn: Sequence[Series]) -> Iterator[Finding]:
    """Return the findings about structures that were drawn on another image than the CT that is used."""
    images = [s for s in context.used if s.modality in {"CT", "PT", "NM"}]
    for ct in (s for s in images if s.modality == "CT"):
        for series in drawn:
            yield from audit_origin(series, ct, images, context.scan)


def _without_files(found: Scan, case: Case, folder: Path) -> Scan:
    """Return the scan without what [files] names: a mask stored as DICOM is not a series to choose from."""
    written = [w for _, _, w in named_files(case)] + [
        w for w in (case.files.ct, case.files.emission, case.files.planar) if w
    ]
    taken = [(folder / w.partition("#")[0]).resolve() for w in written]
    kept = tuple(s for s in found.series if not any(s.first.path.resolve().is_relative_to(place) for place in taken))
    return replace(found, series=kept)


def _require_known_phases(case: Case, folder: Path, found: Scan) -> None:
    """Refuse names in [phases] that no series of the case has."""
    named = [folder / where for where in (case.files.ct, case.files.emission) if where and case.phases]
    pool = [*found.series, *(s for path in named if path.exists() and not is_volume(path) for s in scan(path).series)]
    here = {word for series in pool for word in words_for(series)}
    for name in case.phases:
        if name.strip().lower() not in here:
            near = difflib.get_close_matches(name.lower(), here, n=3, cutoff=0.3)
            hint = ", ".join(f'"{n}"' for n in near) or "none"
            raise IntakeError(
                f'[phases] names "{name}", but no series here is called so; nearest are: {hint}', code="phase-unknown"
            )


def _names_here(found: Scan) -> Iterator[str]:
    for series in found.series:
        first = series.first
        yield from (first.text("SeriesDescription"), series.uid, series.folder, first.path.name, first.path.stem)


def choose(candidates: Sequence[Series], named: set[str], *, role: str) -> Series | None:
    """Return the series that plays a role: the one that the case names, else the only candidate, else none.

    Raises
    ------
    IntakeError
        Several could; the message lists them and says how to choose.
    """
    if named:
        candidates = [s for s in candidates if words_for(s) & named]
    if len(candidates) <= 1:
        return candidates[0] if candidates else None
    shown = "; ".join(f'"{s.description}" ({len(s.paths)} files, {s.uid or s.shown_folder})' for s in candidates[:6])
    example = candidates[0].uid or candidates[0].shown_folder
    raise IntakeError(
        f'one series must be the {role}, but {len(candidates)} could be: {shown}; choose in case.toml:\n[roles]\n"{example}" = "{role}"',
        code="role-ambiguous",
    )


def _emission(context: _CaseContext) -> tuple[Emission, datetime | None]:
    """Return the emission image and when it was acquired."""
    where, pool = context.case.files.emission, context.scan.series
    if where is not None:
        path = _existing(context, where, "emission")
        if is_volume(path):
            return _emission_file(context, path), None
        pool = scan(path).series
    named = context.named("emission")
    series = choose([s for s in pool if _could_emit(s)], named, role="emission")
    if series is None:
        raise IntakeError(
            f"expected an emission image (reconstructed SPECT or PET), found {_found_instead(pool, named)}; add it or name it in [files]",
            code="emission-absent",
        )
    return _emission_series(context, series)


def _own_images(context: _CaseContext) -> dict[str, tuple[Emission, datetime | None]]:
    """Return the image of each injection that names its own, and when it was acquired; one that several name is read once."""
    read: dict[str, tuple[Emission, datetime | None]] = {}
    found: dict[str, tuple[Emission, datetime | None]] = {}
    for injection in context.case.injections:
        if injection.emission is not None:
            if injection.emission not in read:
                read[injection.emission] = _own_image(context, injection.name, injection.emission)
            found[injection.name] = read[injection.emission]
    return found


def _own_image(context: _CaseContext, name: str, word: str) -> tuple[Emission, datetime | None]:
    """Return the image that an injection names: a file, a folder, or a series by its description."""
    path = context.folder / word
    if path.exists() and is_volume(path):
        return _emission_file(context, path), None
    pool = scan(path).series if path.exists() else context.scan.series
    candidates = [s for s in pool if _could_emit(s)]
    named = set[str]() if path.exists() else {word.strip().lower()}
    series = choose(candidates, named, role="emission")
    if series is None:
        shown = ", ".join(f'"{s.description}"' for s in candidates[:6]) or "none"
        raise IntakeError(
            f'[[injections]] "{name}" emission must name a file, a folder or a series of the case, but "{word}" is none of them; emission images here: {shown}',
            code="injection-image",
        )
    return _emission_series(context, series)


def _emission_series(context: _CaseContext, series: Series) -> tuple[Emission, datetime | None]:
    """Return a series as an emission image and when it was acquired."""
    series = context.phase_of(series)
    context.used.append(series)
    context.modality = series.modality
    emission, findings = _read_emission(series, confirmed_of(context.case))
    emission = _with_statement(context.case, emission)
    context.findings += findings
    context.inputs.append(series_record("emission", series, {"grid": _shown(emission.grid), "unit": emission.UNIT}))
    acquired, findings = scan_start(series, what="the emission image")
    context.findings += findings if series.modality == "NM" else ()  # a PET reader says them itself
    return emission, acquired


def _could_emit(series: Series) -> bool:
    return series.modality == "PT" or (series.modality == "NM" and kind_of(series) in TOMO_KINDS)


def _found_instead(pool: Sequence[Series], named: set[str]) -> str:
    """Return in words what is there instead of an emission image."""
    if named:
        return "only series that cannot be one under the names in [roles]"
    kinds = sorted({f"{s.modality} {kind_of(s)}".strip() if s.modality == "NM" else s.modality for s in pool})
    return ", ".join(kinds) or "no DICOM image"


def _read_emission(series: Series, confirmed: Confirmation | None) -> tuple[Emission, tuple[Finding, ...]]:
    counts = unit_of(series) == "counts" and not is_absolute(series)
    if confirmed is not None and (series.modality == "NM" or counts):
        raise IntakeError(
            "[emission] acquired_as corrects a PET in Bq/mL, but the emission image is another; leave it out",
            code="isotope-statement-misplaced",
        )
    if series.modality == "NM":
        return examine_spect(series)
    return examine_pt_counts(series) if counts else examine_pt(series, confirmed)


def _with_statement(case: Case, emission: Emission) -> Emission:
    """Return the image with the nuclide that the case states where the header states none; refuse two that differ."""
    wanted = case.emission.nuclide if case.emission else None
    if wanted is None or wanted == (found := _nuclide_name(emission)):
        return emission
    if found or isinstance(emission, ActivityMap):
        raise IntakeError(
            f"[emission] nuclide must be what the image says, {found}, but is {wanted}; leave it out, or, where a PET scanner was set to another isotope, "
            f"confirm that:\n{how_to_confirm(found, wanted)}",
            code="nuclide-contradiction",
        )
    return replace(emission, nuclide=wanted)


def _nuclide_name(emission: Emission) -> str:
    return emission.nuclide.name if isinstance(emission, ActivityMap) else emission.nuclide


def _emission_file(context: _CaseContext, path: Path) -> Emission:
    case_file = context.case.emission
    if case_file is None or case_file.unit is None:
        raise IntakeError(
            f'the numbers of {path.name} must have a unit, but [emission] unit is absent; add to case.toml:\n[emission]\nunit = "counts"   # or "Bq/mL"',
            code="unit-absent",
        )
    if confirmed_of(context.case) is not None:
        raise IntakeError(
            f"[emission] acquired_as needs the times of each slice, which {path.name} does not hold; give the DICOM, or a volume that is corrected already",
            code="slice-times-absent",
        )
    grid, stored = read_volume(path)
    array, negative = without_negative(stored, what="the emission image")
    context.findings += negative
    context.inputs.append(file_record("emission", path, {"grid": _shown(grid), "unit": case_file.unit}))
    if case_file.unit == "counts":
        return CountMap(grid, array, case_file.nuclide or "")
    nuclide = (
        Nuclide.named(case_file.nuclide) if case_file.nuclide else Product.named(context.case.product.name).nuclide
    )
    return ActivityMap(grid, array, nuclide)


def _existing(context: _CaseContext, where: str, role: str) -> Path:
    path = context.folder / where
    if not path.exists():
        raise IntakeError(
            f"[files] {role} must name a file or a folder, but nothing is at {where}; check the path",
            code="named-file-absent",
        )
    return path


def _ct(context: _CaseContext) -> CtImage | None:
    where = context.case.files.ct
    pool = context.scan.series
    if where is not None:
        path = _existing(context, where, "ct")
        if is_volume(path):
            grid, array = read_volume(path)
            context.inputs.append(file_record("ct", path, {"grid": _shown(grid), "unit": "HU"}))
            return CtImage(grid, array.astype(np.int16) if _fits_int16(array) else array)
        pool = scan(path).series
    named = context.named("ct")
    candidates = [s for s in pool if s.modality == "CT" and (named or not looks_like_mask(s))]
    longest = [s for s in candidates if len(s.headers) > 1 or s.first.frames > 1]
    series = choose(longest or candidates, named, role="ct")
    if series is None:
        if where is not None or named:
            raise IntakeError(
                "the CT that the case names must be a CT series, but none is there; check [files] or [roles]",
                code="ct-absent",
            )
        return None
    series = context.phase_of(series)
    context.used.append(series)
    ct, findings = examine_ct(series)
    context.findings += findings
    context.inputs.append(series_record("ct", series, {"grid": _shown(ct.grid), "unit": "HU"}))
    return ct


def _fits_int16(array: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> bool:
    limits = np.iinfo(np.int16)
    return np.issubdtype(array.dtype, np.integer) and limits.min <= int(array.min()) and int(array.max()) <= limits.max


def _shows_other_views(context: _CaseContext, series: Series) -> bool:
    """Tell whether a planar image shows neither front nor back, and say that it plays no part."""
    views = neighbouring_views(series)
    if views:
        message = f'the planar image "{series.description}" shows neither front nor back ({", ".join(views)}): no lung shunt is taken from it'
        context.findings.append(Finding("warning", "planar-views", message))
    return bool(views)


def _planar(context: _CaseContext) -> PlanarScan | None:
    where = context.case.files.planar
    pool = scan(_existing(context, where, "planar")).series if where is not None else context.scan.series
    named = context.named("planar")
    candidates = [s for s in pool if s.modality == "NM" and kind_of(s) in PLANAR_KINDS]
    if named:
        candidates = [s for s in candidates if words_for(s) & named]
    elif where is None:
        candidates = [s for s in candidates if not _shows_other_views(context, s)]
    series = pair_of(candidates) or choose(candidates, set(), role="planar")
    if series is None:
        if where is not None or named:
            raise IntakeError(
                "the planar scan that the case names must be a static or whole-body NM image, but none is there; check [files] or [roles]",
                code="planar-scan-absent",
            )
        return None
    context.used.append(series)
    planar, findings = examine_planar(series)
    context.findings += findings
    context.inputs.append(series_record("planar", series, {"matrix": f"{planar.anterior.shape}", "unit": "counts"}))
    return planar


def _volumes(context: _CaseContext) -> tuple[FileVolume, ...]:
    volumes, findings = read_file_volumes(context.folder, context.case)
    context.findings += findings
    for volume in volumes:
        path, voi = context.folder / volume.where.partition("#")[0], volume.voi
        shown = {"grid": _shown(voi.grid), "volume": f"{voi.ml:.1f} mL"}
        context.inputs.append(file_record(voi.role, path, shown))
    return volumes


def _require_liver(calibration: str, contours: Sequence[Contour], volumes: Sequence[Voi]) -> None:
    roles = {c.role for c in contours} | {v.role for v in volumes}
    if calibration == "relative" and "liver" not in roles:
        shown = ", ".join(f'"{c.name}"' for c in contours[:6]) or "none"
        raise IntakeError(
            f"the patient-relative calibration needs the whole liver, but no structure is it (with a role: {shown}); draw it, or name it in [roles] or [files]",
            code="liver-absent",
        )


def _audit_nuclide(context: _CaseContext, emission: Emission, product: Product, calibration: str) -> None:
    """Doubt an image of a nuclide that no plan stands on, or Bq/mL of another than the product's; refuse those of a PET tracer.

    90Y is often scanned as 18F: branching and half-life of the wrong isotope then stand in every number.
    """
    image, wanted = _nuclide_name(emission), product.nuclide.name
    if image in {"", wanted} or (isinstance(emission, CountMap) and image in PLANNED_ON):
        return
    if isinstance(emission, CountMap):
        message = f"the emission image is of {image}, but a plan stands on 99mTc (MAA) or on microspheres (90Y, 166Ho); make sure that it shows where microspheres will lodge"
        context.findings.append(Finding("warning", "emission-nuclide", message))
        return
    message = f"the image is of {image}, the product's nuclide is {wanted}; absolute doses are those of {image}"
    if image in table("pet_tracers") and image not in PLANNED_ON:
        why = "a scanner set to another isotope misstates activity by branching and half-life"
        confirm = f"where {wanted} was imaged, confirm it in case.toml:\n{how_to_confirm(image, wanted)}"
        if calibration == "absolute":
            raise IntakeError(
                f"an image for absolute calibration must be of {wanted}, but its header says {image}: {why}; {confirm}",
                code="nuclide-contradiction",
            )
        message = f"the header says {image}, the product's nuclide is {wanted}: {why}, and bed positions against each other; {confirm}"
    context.findings.append(Finding("warning", "nuclide-differs", message))


def _shown(grid: Grid) -> str:
    nz, ny, nx = grid.shape_zyx
    dz, dy, dx = grid.spacing_zyx_mm
    return f"{nx} × {ny} × {nz} voxels of {dx:.4g} × {dy:.4g} × {dz:.4g} mm"
