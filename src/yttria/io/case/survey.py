"""What a folder holds, judged: every series, structure and dose with its geometry, unit, possible roles and faults.

Nothing is refused here: a refusal of a reader becomes the reason why a series cannot be used.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np

from yttria.io.case.case_file import Case, read_case
from yttria.io.case.folder_checks import audit_one_study, audit_whole
from yttria.io.case.frames_of_reference import frame_of, frame_of_images, links_of, series_in_frame, turn_deg
from yttria.io.case.mask_files import looks_like_mask
from yttria.io.case.structure_set_names import label_of, roles_key, set_names
from yttria.io.case.structure_sets import read_structure_set
from yttria.io.case.survey_records import SeriesSurvey, StructureSurvey, Survey
from yttria.io.case.unused_files import audit_copies, audit_media, audit_unopened
from yttria.io.dicom.ct import audit_headers, require_hu
from yttria.io.dicom.dataset import damaged, open_dataset, open_pixels, well_formed
from yttria.io.dicom.geometry import frame_stack, series_stack
from yttria.io.dicom.identity_words import IdentityWords
from yttria.io.dicom.isotope_correction import audit_isotope
from yttria.io.dicom.multiframe import described
from yttria.io.dicom.nm import (
    PLANAR_KINDS,
    REFUSED_KINDS,
    TOMO_KINDS,
    audit_attenuation,
    audit_scale,
    becquerel_scale,
    examine_planar,
    kind_of,
    rescale,
)
from yttria.io.dicom.phases import one_phase
from yttria.io.dicom.pixels import Range, range_of, require_rescale
from yttria.io.dicom.pt import (
    absolute_factors,
    audit_corrections,
    imaged_nuclide,
    is_absolute,
    scan_start,
    timing_of,
    unit_of,
)
from yttria.io.dicom.radiopharmaceutical import nuclide_name, require_one_radiopharmaceutical
from yttria.io.dicom.real_world_values import ActivityScale
from yttria.io.dicom.rtdose import UNITS_GY, factor_to_gy, stored_dose_of
from yttria.io.dicom.scan import Ignored, Progress, Scan, scan
from yttria.io.dicom.series import WITHHELD, Series
from yttria.io.ground.structure_roles import role_by_name
from yttria.io.ground.zip_archive import is_archive, unpacked
from yttria.io.volumes.label_map import is_named, label_map_of
from yttria.io.volumes.volume import is_volume, open_volume, require_three_dimensions
from yttria.values.errors import Finding, YttriaError


def survey(path: Path, *, progress: Progress | None = None) -> Survey:
    """Read everything under a path and judge it.

    Parameters
    ----------
    progress
        Called with what is being read, at which of how many.

    Raises
    ------
    IntakeError
        Nothing is there.
    """
    place = unpacked(path) if is_archive(path) else path
    findings: list[Finding] = []
    case = _case_at(place, findings)
    result = scan(place, progress=progress)
    result = replace(result, series=tuple(_phase_of(s, case, findings) for s in result.series))
    images: list[SeriesSurvey] = []
    doses: list[SeriesSurvey] = []
    structure_sets: list[tuple[Series, list[StructureSurvey]]] = []
    for at, series in enumerate(result.series):
        if progress:
            progress("series", at, len(result.series))
        if series.modality in {"RTSTRUCT", "SEG"}:
            structure_sets.append((series, list(_called_apart(_structures(series, result, findings), series, result))))
        elif series.modality == "RTDOSE":
            doses.append(_dose(series, findings))
        elif series.modality == "REG":
            images.append(_registration(series, result, findings))
        else:
            images.append(_image(series, findings))
    findings += _findings_of(lambda: [*audit_media(result), *audit_copies(result), *audit_unopened(result)])
    volumes, ignored = _volumes(result.root, result.ignored)
    images += volumes
    structures = [s for _, mine in structure_sets for s in mine]
    same_by = case.patient.by if case.patient.same else None
    findings += audit_whole(result, images, structures, doses=len(doses), passed_over=len(ignored), same_by=same_by)
    findings += _findings_of(
        lambda: audit_one_study(result, structure_sets, images, of_one=result.patients <= 1 or same_by is not None)
    )
    segments = [s for entry in volumes for s in _named_segments(result.root / entry.description, entry, findings)]
    ignored = _veiled(result, ignored, (*volumes, *segments))
    findings += _audit_segments(segments)
    structures += segments
    anonymous = _without_identity(result, structures, findings)
    return Survey(result.patients, result.read, ignored, images, structures, doses, tuple(dict.fromkeys(anonymous)))


def _findings_of(audit: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """Return what an audit of several files finds; where one of them is damaged in a way that ends it, that is the finding."""
    findings: list[Finding] = []
    try:
        findings.extend(audit())
    except Exception as error:  # noqa: BLE001  one damaged file never ends a survey
        why = f"how the files of this folder fit together cannot be judged: {error if isinstance(error, YttriaError) else damaged('one of them')}"
        findings.append(Finding("warning", "together-unknown", why))
    return findings


def _case_at(place: Path, findings: list[Finding]) -> Case:
    """Return what a case.toml in the folder says; where it cannot be read, that is a finding and it says nothing."""
    try:
        return read_case(place)[0] if place.is_dir() else Case()
    except YttriaError as error:
        findings.append(Finding("warning", "case-file", str(error)))
        return Case()


def _phase_of(series: Series, case: Case, findings: list[Finding]) -> Series:
    """Return the phase of a series that a case.toml chooses; the series itself where it chooses none, or none that is there."""
    try:
        chosen, of_phases = one_phase(series, case.phases)
    except YttriaError as error:
        findings.append(Finding("warning", "phase-absent", str(error)))
        return series
    findings += of_phases
    return chosen


def _veiled(
    scan_result: Scan, ignored: Sequence[Ignored], entries: Sequence[SeriesSurvey | StructureSurvey]
) -> tuple[Ignored, ...]:
    """Return what was ignored by numbers and endings, for a file's name may be the patient's in ways that no rule knows; take such names from volumes."""
    person = IdentityWords.of([*(h for s in scan_result.series for h in s.headers), *scan_result.passed_over])

    def veil(name: str) -> str:
        return "/".join(WITHHELD if person.stand_in(part) else part for part in name.split("/"))

    for entry in entries:
        if isinstance(entry, SeriesSurvey):
            entry.description = veil(entry.description)
        else:
            entry.set = veil(entry.set)
            entry.key = f"{entry.set}#{entry.name}" if entry.key else ""
    return tuple(replace(i, name=_numbered(at, i.name)) for at, i in enumerate(ignored, start=1))


def _without_identity(
    scan_result: Scan, structures: Sequence[StructureSurvey], findings: Sequence[Finding]
) -> list[Finding]:
    """Take words that name the patient from the names of structures, and return the findings without them; a word that says the role, or is one of anatomy, stays."""
    person = IdentityWords.of(h for s in scan_result.series for h in s.headers).beyond_anatomy
    renamed = {name: person.veiled(name) for name in {s.name for s in structures}}
    renamed = {a: b for a, b in renamed.items() if a != b and role_by_name(a) in {"", role_by_name(b)}}
    for structure in structures:
        structure.key = structure.key.replace(structure.name, renamed.get(structure.name, structure.name))
        structure.name = renamed.get(structure.name, structure.name)
    anonymous = list(findings)
    for name in sorted(renamed, key=len, reverse=True):
        anonymous = [replace(f, message=f.message.replace(name, renamed[name])) for f in anonymous]
    return anonymous


def _numbered(number: int, name: str) -> str:
    """Return how an ignored file is called: its number in the order of names, and its ending where that is one of a format."""
    ending = re.search(r"\.[A-Za-z0-9]{1,5}$", name)
    return f"file {number}" + (f" ({ending[0].lower()})" if ending else "")


def _image(series: Series, findings: list[Finding]) -> SeriesSurvey:
    entry = SeriesSurvey(series.uid, series.modality, series.description, len(series.paths))
    entry.patient_position = series.first.text("PatientPosition")
    entry.frame_uid = series.first.text("FrameOfReferenceUID")
    judge = {"CT": _ct, "PT": _pt, "NM": _nm, "MR": _mr}.get(series.modality)
    if judge is None:
        entry.refuse(f"{series.modality or 'no modality'}: no part of a plan")
        return entry
    with_reasons(entry, lambda: judge(series, entry, findings))
    return entry


def with_reasons(entry: SeriesSurvey, work: Callable[[], None]) -> None:
    """Do a piece of judging; a refusal becomes a reason, and so does whatever a parser raises on a damaged file."""
    what = "the dose" if entry.modality == "RTDOSE" else "the series"
    try:
        with well_formed(what):
            work()
    except YttriaError as error:
        entry.refuse(str(error))
    except Exception:  # noqa: BLE001  one damaged file never ends a survey
        entry.refuse(damaged(what))


def _ct(series: Series, entry: SeriesSurvey, findings: list[Finding]) -> None:
    mask = looks_like_mask(series)
    entry.unit = "mask" if mask else "HU"
    entry.roles = [r for r in [role_by_name(series.description)] if r] if mask else ["ct"]
    what = _called("CT", series)
    with_reasons(entry, lambda: require_hu(series, what=what))
    if not mask:
        with_reasons(entry, lambda: require_rescale(series.headers, what=what))
    _upright(series, entry, findings, what=what)


def _mr(series: Series, entry: SeriesSurvey, findings: list[Finding]) -> None:
    entry.unit = "signal"
    entry.refuse("MR: contours drawn on it are read, its signal plays no part in a plan")
    _upright(series, entry, findings, what=_called("MR", series))


def _upright(series: Series, entry: SeriesSurvey, findings: list[Finding], *, what: str) -> None:
    """Judge geometry and numbers of a series of single-frame files."""
    first = series.first
    series.require_described()
    entry.shape_zyx = (len(series.headers), first.count("Rows"), first.count("Columns"))
    findings += audit_headers(series, what=what)

    def place() -> None:
        stack = series_stack(series, what=what, tilted=series.modality == "CT" and "ct" in entry.roles)
        entry.place(stack.grid)
        findings.extend(stack.findings)

    with_reasons(entry, place)
    with_reasons(entry, lambda: entry.hold(range_of(series.headers, what=what)))


def _pt(series: Series, entry: SeriesSurvey, findings: list[Finding]) -> None:
    what = _called("PET", series)
    entry.unit = unit_of(series)
    entry.roles = ["emission"]
    _upright(series, entry, findings, what=what)
    if entry.unit == "counts" and not is_absolute(series):
        message = f"{what}: counts, not Bq/mL; only the patient-relative calibration can use it"
        findings.append(Finding("warning", "relative-counts", message))
        return
    with_reasons(entry, lambda: require_rescale(series.headers, what=what))
    with_reasons(entry, lambda: findings.extend(absolute_factors(series, what=what)[1]))
    with_reasons(entry, lambda: require_one_radiopharmaceutical(series.paths, what=what))
    dataset = described(series.first)
    with_reasons(entry, lambda: findings.extend(audit_corrections(series, dataset, what=what)))
    nuclide, of_nuclide = imaged_nuclide(dataset, None, what=what)
    entry.nuclide = nuclide.name
    findings += audit_isotope(dataset, what=what)
    timing, when = timing_of(series, dataset, nuclide, what=what)
    entry.reference_instant = _iso(timing.reference)
    findings += [*of_nuclide, *when]


def _nm(series: Series, entry: SeriesSurvey, findings: list[Finding]) -> None:
    what, kind, header = _called("NM image", series), kind_of(series), series.first
    entry.shape_zyx = (header.frames, header.count("Rows"), header.count("Columns"))
    dataset = open_dataset(header.path)
    entry.nuclide = nuclide_name(dataset)
    entry.reference_instant = _iso(scan_start(series, what=what)[0])

    def measure() -> None:
        absolute = becquerel_scale(dataset, what=what)
        entry.unit = "Bq/mL" if absolute else "counts"
        scale = absolute or ActivityScale(*rescale(dataset, what=what))
        stored = open_pixels(dataset, what=what)
        entry.hold(Range.of(stored, scale.slope, scale.intercept))
        scale.require_mapped(stored, what=what)
        if kind in TOMO_KINDS:
            findings.extend([*audit_scale(dataset, scale, what=what), *audit_attenuation(series, what=what)])

    with_reasons(entry, measure)
    if kind in TOMO_KINDS:
        entry.roles = ["emission"]
        stack = frame_stack(dataset, header, what=what)
        entry.place(stack.grid)
        findings += stack.findings
    elif kind in PLANAR_KINDS:
        entry.roles = ["planar"]
        findings += examine_planar(series)[1]
    else:
        why = REFUSED_KINDS.get(kind, f"of type {kind or 'unknown'}, which plays no part in a plan")
        entry.refuse(f"{what} is {why}")


def _called(kind: str, series: Series) -> str:
    return f'{kind} "{series.description}"'


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


def _dose(series: Series, findings: list[Finding]) -> SeriesSurvey:
    units = series.first.text("DoseUnits").upper()
    unit = "Gy" if units in UNITS_GY else (units.lower() or "unknown")
    entry = SeriesSurvey(series.uid, "RTDOSE", series.description, len(series.paths), unit=unit, roles=["dose"])
    entry.frame_uid = series.first.text("FrameOfReferenceUID")

    def judge() -> None:
        stored = stored_dose_of(series)
        entry.place(stored.grid)
        entry.hold(Range.of(stored.values))
        findings.extend(stored.findings)
        factor = factor_to_gy(stored)
        entry.hold(Range.of(stored.values, factor))

    with_reasons(entry, judge)
    return entry


def _registration(series: Series, scan_result: Scan, findings: list[Finding]) -> SeriesSurvey:
    """Judge a registration, and say by name what it joins."""
    entry = SeriesSurvey(series.uid, "REG", series.description, len(series.paths), roles=["registration"])
    entry.frame_uid = series.first.text("FrameOfReferenceUID")

    def judge() -> None:
        links = links_of(series, frame_of_images(scan_result))
        if not links:
            entry.refuse("it joins no two frames of reference")
        for link in links:
            source, target = (series_in_frame(uid, scan_result) for uid in (link.motion.source, link.motion.target))
            message = f'registration "{series.description}" takes {source} to where {target} lies (rigid, turned by {turn_deg(link.motion.matrix):.1f}°)'
            findings.append(Finding("note", "registration", message, {"turned_deg": turn_deg(link.motion.matrix)}))

    with_reasons(entry, judge)
    return entry


def _called_apart(
    structures: Iterable[StructureSurvey], series: Series, scan_result: Scan
) -> Iterator[StructureSurvey]:
    """Return structures whose set is told apart from others of its name, each with the words that mean it alone."""
    called, key = set_names(scan_result)[series.first.path], roles_key(series, scan_result)
    counts: Counter[str] = Counter()
    for entry in structures:
        name = entry.name.strip().lower()
        counts[name] += 1
        entry.set = called
        entry.key = f"{key}/{entry.name}" + (f"#{counts[name]}" if counts[name] > 1 else "")
        yield entry


def _structures(series: Series, scan_result: Scan, findings: list[Finding]) -> Iterator[StructureSurvey]:
    """Judge the structures of a set or a segmentation: those that are read, and those that hold no volume."""
    name = label_of(series) if series.modality == "RTSTRUCT" else series.description
    try:
        file = read_structure_set(series, scan_result.series)
    except YttriaError as error:
        yield StructureSurvey(name, "", "", None, None, usable=False, reasons=[str(error)])
        return
    except Exception:  # noqa: BLE001  one damaged file never ends a survey
        why = damaged("the structure set")
        yield StructureSurvey(name, "", "", None, None, usable=False, reasons=[why])
        return
    findings += file.findings
    for structure, word in zip(file.structures, file.words, strict=True):
        x, y, z = structure.centroid_lps_mm
        place = (round(x, 3), round(y, 3), round(z, 3))
        role = role_by_name(structure.name) or role_by_name(word)
        yield StructureSurvey(name, structure.name, role, float(structure.ml), place, frame_uid=frame_of(structure))
    for empty in file.empty:
        yield _empty(name, empty.name, f"it {empty.reason}")


def _volumes(root: Path, ignored: Sequence[Ignored]) -> tuple[list[SeriesSurvey], tuple[Ignored, ...]]:
    """Return the NIfTI, NRRD and MetaImage volumes among the files that are not DICOM, and what is left of those."""
    volumes: list[SeriesSurvey] = []
    rest: list[Ignored] = []
    names = {Path(item.name).name for item in ignored}
    for item in ignored:
        path = root / item.name
        if not is_volume(path):
            header = next((h for h in (path.with_suffix(".mhd"), path.with_suffix(".nhdr")) if h.name in names), None)
            rest.append(item if header is None else replace(item, why=f"the numbers of its {header.suffix} header"))
            continue
        kind = {".gz": "NIFTI", ".nii": "NIFTI", ".mha": "META", ".mhd": "META"}.get(path.suffix.lower(), "NRRD")
        role = role_by_name(path.name.partition(".")[0])
        entry = SeriesSurvey("", kind, item.name, 1, roles=[role] if role else [])
        with_reasons(entry, lambda entry=entry, path=path: _judge_volume(entry, path))  # type: ignore[misc]
        volumes.append(entry)
    return volumes, tuple(rest)


def _judge_volume(entry: SeriesSurvey, path: Path) -> None:
    volume = open_volume(path)
    entry.place(volume.grid)
    entry.hold(Range.of(volume.numbers))
    if not is_named(volume):
        require_three_dimensions(volume, path.name)


def _named_segments(path: Path, entry: SeriesSurvey, findings: list[Finding]) -> list[StructureSurvey]:
    """Return the segments that a file of 3D Slicer names, each with the words by which [files] speaks of it."""
    structures: list[StructureSurvey] = []

    def judge() -> None:
        if not is_named(volume := open_volume(path)):
            return
        result = label_map_of(volume, path.name)
        findings.extend(result.findings)
        for segment in result.segments:
            z, y, x = np.nonzero(result.marks(segment))
            centre = result.grid.points_of(np.stack([x, y, z], axis=1)).mean(axis=0)
            place = tuple(round(float(v), 3) for v in centre)
            ml, role = len(z) * result.grid.voxel_ml, role_by_name(segment.name)
            key = f"{entry.description}#{segment.name}"
            structures.append(StructureSurvey(entry.description, segment.name, role, ml, place, key=key))
        structures.extend(_empty(entry.description, name, "no voxel in it") for name in result.empty)

    if entry.usable and entry.modality == "NRRD":
        with_reasons(entry, judge)
    return structures


def _audit_segments(segments: Sequence[StructureSurvey]) -> Iterator[Finding]:
    """Return how a plan takes the segments of each file that names some."""
    for of in dict.fromkeys(s.set for s in segments):
        mine = [s for s in segments if s.set == of]
        message = f'{of} names {len(mine)} segments; a plan takes one where case.toml names it: [files] liver = "{mine[0].key or of}"'
        yield Finding("note", "segments-in-a-volume", message, values={"files": len(mine)})


def _empty(of: str, name: str, why: str) -> StructureSurvey:
    return StructureSurvey(of, name, role_by_name(name), None, None, usable=False, reasons=[why])
