"""A folder or a `case.toml` to an `Intake`: everything gets a role, what is ambiguous is refused, identity is packed away."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np

from yttria.io.case import Case, choices_of, facts_of, read_case
from yttria.io.dicom.ct import examine_ct
from yttria.io.dicom.nm import PLANAR_KINDS, TOMO_KINDS, examine_planar, examine_spect, kind_of
from yttria.io.dicom.pt import examine_pt, examine_pt_counts, is_absolute, scan_start, unit_of
from yttria.io.dicom.rtstruct import StructureSet, examine_rtstruct
from yttria.io.dicom.series import Scan, Series, scan
from yttria.io.mask import looks_like_mask, named_files, read_mask
from yttria.io.record import file_record, series_record
from yttria.io.roles import assign, require_known, role_by_name
from yttria.io.volume import is_volume, read_volume
from yttria.values.contour import Contour
from yttria.values.errors import Finding, GeometryError, IntakeError
from yttria.values.grid import Grid
from yttria.values.maps import ActivityMap, CountMap, CtImage, Voi
from yttria.values.nuclide import Nuclide
from yttria.values.patient import InputRecord, Intake, Luggage
from yttria.values.planar import PlanarScan
from yttria.values.product import Product

APART_DAYS = 60
Emission = CountMap | ActivityMap


@dataclass(slots=True)
class _Desk:
    """What is gathered while a case is read."""

    case: Case
    folder: Path
    scan: Scan
    used: list[Series] = field(default_factory=list)
    inputs: list[InputRecord] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def named(self, role: str) -> set[str]:
        """Return the names that [roles] gives to this role, in lower case."""
        return {n.strip().lower() for n, r in self.case.roles.items() if role in ([r] if isinstance(r, str) else r)}


def read_intake(case: Path) -> Intake:
    """Read one case: the emission image, what lies around it, and what the case says.

    Parameters
    ----------
    case
        A folder (DICOM, optional `case.toml`) or a `case.toml`.

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
    said, folder = read_case(case)
    root = folder / said.case.path
    desk = _Desk(said, folder, _without_files(scan(root), said, folder))
    slice_mm = _slice_mm(desk.scan)
    structures = [(s, examine_rtstruct(s.first.path, slice_mm=slice_mm)) for s in desk.scan.of("RTSTRUCT")]
    require_known(said.roles, _names_here(desk.scan, [s for _, s in structures]))
    emission, acquired = _emission(desk)
    ct = _ct(desk)
    planar = _planar(desk)
    frames = {emission.grid.frame_uid, ct.grid.frame_uid if ct else ""} - {""}
    contours, index = _contours(desk, structures, frames)
    volumes = _volumes(desk)
    _require_one_person(desk)
    _require_one_frame(emission, ct, contours, volumes)
    _audit_places(desk, emission, ct, contours, volumes)
    choices = choices_of(said, calibration="relative")
    _require_liver(choices.calibration, contours, volumes)
    _audit_nuclide(desk, emission, choices.product)
    return Intake(
        name=_name(said, folder, desk.used),
        emission=emission,
        ct=ct,
        planar=planar,
        contours=contours,
        volumes=volumes,
        facts=facts_of(said),
        choices=choices,
        luggage=_luggage(desk.used, ct),
        inputs=tuple(desk.inputs),
        acquired=acquired,
        index_tumour=index,
        findings=tuple(dict.fromkeys(desk.findings)),
    )


def _without_files(found: Scan, case: Case, folder: Path) -> Scan:
    """Return the scan without what [files] names: a mask stored as DICOM is not a series to choose from."""
    written = [w for _, _, w in named_files(case)] + [
        w for w in (case.files.ct, case.files.emission, case.files.planar) if w
    ]
    taken = [(folder / w.partition("#")[0]).resolve() for w in written]
    kept = tuple(s for s in found.series if not any(s.first.path.resolve().is_relative_to(place) for place in taken))
    return Scan(found.root, kept, found.ignored, found.read, found.patients)


def labels_of(series: Series) -> set[str]:
    """Return the words by which [roles] may name a series: description, UID, folder, file."""
    first = series.first
    words = {first.text("SeriesDescription"), series.uid, series.folder, first.path.name, first.path.stem}
    return {w.strip().lower() for w in words if w.strip()}


def _names_here(found: Scan, sets: Iterable[StructureSet]) -> list[str]:
    names = [n for s in sets for n in (*(c.name for c in s.contours), *s.empty)]
    for series in found.series:
        first = series.first
        names += [first.text("SeriesDescription"), series.uid, series.folder, first.path.name, first.path.stem]
    return names


def choose(candidates: Sequence[Series], named: set[str], *, role: str) -> Series | None:
    """Return the series that plays a role: the one that the case names, else the only candidate, else none.

    Raises
    ------
    IntakeError
        Several could; the message lists them and says how to choose.
    """
    if named:
        candidates = [s for s in candidates if labels_of(s) & named]
    if len(candidates) <= 1:
        return candidates[0] if candidates else None
    shown = "; ".join(f'"{s.description}" ({len(s.headers)} files, {s.uid or s.folder})' for s in candidates[:6])
    example = candidates[0].uid or candidates[0].folder
    raise IntakeError(
        f'one series must be the {role}, but {len(candidates)} could be: {shown}; choose in case.toml:\n[roles]\n"{example}" = "{role}"'
    )


def _emission(desk: _Desk) -> tuple[Emission, datetime | None]:
    """Return the emission image and when it was acquired."""
    where = desk.case.files.emission
    if where is not None:
        path = _existing(desk, where, "emission")
        if is_volume(path):
            return _emission_file(desk, path), None
        pool = scan(path).series
    else:
        pool = desk.scan.series
    named = desk.named("emission")
    candidates = [s for s in pool if _could_emit(s)]
    series = choose(candidates, named, role="emission")
    if series is None:
        raise IntakeError(
            f"expected an emission image (reconstructed SPECT or PET), found {_found_instead(pool, named)}; add it or name it in [files]"
        )
    desk.used.append(series)
    emission, findings = _read_emission(series)
    desk.findings += findings
    desk.inputs.append(series_record("emission", series, {"grid": _shown(emission.grid), "unit": emission.UNIT}))
    return emission, scan_start(series, what="the emission image")[0]


def _could_emit(series: Series) -> bool:
    return series.modality == "PT" or (series.modality == "NM" and kind_of(series) in TOMO_KINDS)


def _found_instead(pool: Sequence[Series], named: set[str]) -> str:
    """Return in words what is there instead of an emission image."""
    if named:
        return "only series that cannot be one under the names in [roles]"
    kinds = sorted({f"{s.modality} {kind_of(s)}".strip() if s.modality == "NM" else s.modality for s in pool})
    return ", ".join(kinds) or "no DICOM image"


def _read_emission(series: Series) -> tuple[Emission, tuple[Finding, ...]]:
    if series.modality == "NM":
        return examine_spect(series)
    return examine_pt_counts(series) if unit_of(series) == "counts" and not is_absolute(series) else examine_pt(series)


def _emission_file(desk: _Desk, path: Path) -> Emission:
    said = desk.case.emission
    if said is None:
        raise IntakeError(
            f'the numbers of {path.name} must have a unit, but [emission] is absent; add to case.toml:\n[emission]\nunit = "counts"   # or "Bq/mL"'
        )
    grid, array = read_volume(path)
    desk.inputs.append(file_record("emission", path, {"grid": _shown(grid), "unit": said.unit}))
    if said.unit == "counts":
        return CountMap(grid, array, said.nuclide or "")
    nuclide = Nuclide.named(said.nuclide) if said.nuclide else Product.named(desk.case.product.name).nuclide
    return ActivityMap(grid, array, nuclide)


def _existing(desk: _Desk, where: str, role: str) -> Path:
    path = desk.folder / where
    if not path.exists():
        raise IntakeError(f"[files] {role} must name a file or a folder, but nothing is at {where}; check the path")
    return path


def _ct(desk: _Desk) -> CtImage | None:
    where = desk.case.files.ct
    pool = desk.scan.series
    if where is not None:
        path = _existing(desk, where, "ct")
        if is_volume(path):
            grid, array = read_volume(path)
            desk.inputs.append(file_record("ct", path, {"grid": _shown(grid), "unit": "HU"}))
            return CtImage(grid, array.astype(np.int16) if _fits_int16(array) else array)
        pool = scan(path).series
    named = desk.named("ct")
    candidates = [s for s in pool if s.modality == "CT" and (named or not looks_like_mask(s))]
    longest = [s for s in candidates if len(s.headers) > 1 or s.first.frames > 1]
    series = choose(longest or candidates, named, role="ct")
    if series is None:
        if where is not None or named:
            raise IntakeError(
                "the CT that the case names must be a CT series, but none is there; check [files] or [roles]"
            )
        return None
    desk.used.append(series)
    ct, findings = examine_ct(series)
    desk.findings += findings
    desk.inputs.append(series_record("ct", series, {"grid": _shown(ct.grid), "unit": "HU"}))
    return ct


def _fits_int16(array: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> bool:
    limits = np.iinfo(np.int16)
    return np.issubdtype(array.dtype, np.integer) and limits.min <= int(array.min()) and int(array.max()) <= limits.max


def _planar(desk: _Desk) -> PlanarScan | None:
    where = desk.case.files.planar
    pool = scan(_existing(desk, where, "planar")).series if where is not None else desk.scan.series
    named = desk.named("planar")
    series = choose([s for s in pool if s.modality == "NM" and kind_of(s) in PLANAR_KINDS], named, role="planar")
    if series is None:
        if where is not None or named:
            raise IntakeError(
                "the planar scan that the case names must be a static or whole-body NM image, but none is there; check [files] or [roles]"
            )
        return None
    desk.used.append(series)
    planar, findings = examine_planar(series)
    desk.findings += findings
    desk.inputs.append(series_record("planar", series, {"matrix": f"{planar.anterior.shape}", "unit": "counts"}))
    return planar


def _slice_mm(found: Scan) -> float | None:
    """Return the slice distance of the only CT here, for structures drawn on one plane."""
    stacks = [s for s in found.of("CT") if len(s.headers) > 1 and not looks_like_mask(s)]
    if len(stacks) != 1:
        return None
    at = sorted(p[2] for p in (h.numbers("ImagePositionPatient") for h in stacks[0].headers) if len(p) == 3)
    steps = np.diff(at)
    return float(np.median(steps)) if len(steps) and np.median(steps) > 0 else None


def _contours(
    desk: _Desk, structures: Sequence[tuple[Series, StructureSet]], frames: set[str]
) -> tuple[tuple[Contour, ...], str | None]:
    """Return the contours that have a role, from the structure sets that lie where the images lie."""
    here = [(s, f) for s, f in structures if not frames or any(c.frame_uid in frames | {""} for c in f.contours)]
    if structures and not here:
        raise GeometryError(
            "structures must be drawn in the frame of reference of the images, but every structure set lies in another; send the set drawn on these images"
        )
    if len(here) < len(structures):
        desk.findings.append(
            Finding(
                "note",
                "structures-elsewhere",
                f"{len(structures) - len(here)} structure sets lie in another frame of reference and are left out",
            )
        )
    _require_drawn(desk, [n for _, f in here for n in f.empty])
    drawn = [c for _, f in here for c in f.contours]
    roles = assign([c.name for c in drawn], desk.case.roles)
    desk.findings += roles.findings
    kept = [
        Contour(c.name, role, c.frame_uid, c.polygons, c.spacing_mm)
        for c, role in zip(drawn, roles.roles, strict=True)
        if role and role not in _file_roles(desk.case)
    ]
    for series, found in here:
        mine = [c for c in kept if c.name in {x.name for x in found.contours}]
        if not mine:
            continue
        desk.used.append(series)
        desk.findings += [f for f in found.findings if any(f"structure {c.name}" in f.message for c in mine)]
        shown = ", ".join(f"{c.name} → {c.role}" for c in mine)
        desk.inputs.append(series_record("structures", series, {"structures": shown}))
    return tuple(kept), roles.index


def _file_roles(case: Case) -> set[str]:
    """Return the roles that [files] fills: a contour does not fill them as well."""
    return {role for role, _, _ in named_files(case)}


def _require_drawn(desk: _Desk, empty: Sequence[str]) -> None:
    """Refuse an empty structure that the case or its name makes liver or perfused; doubt other empty ones that have a role."""
    said = {n.strip().lower() for n, r in desk.case.roles.items() if r != "ignore"}
    for name in empty:
        role = role_by_name(name)
        if name.strip().lower() in said:
            raise IntakeError(
                f'structure "{name}" must be drawn to play its role, but has no closed contour; draw it or take it out of [roles]'
            )
        if role:
            desk.findings.append(
                Finding(
                    "warning",
                    "empty-structure",
                    f'structure "{name}" ({role} by its name) has no closed contour and is left out',
                )
            )


def _volumes(desk: _Desk) -> tuple[Voi, ...]:
    volumes = []
    for role, name, where in named_files(desk.case):
        voi = read_mask(desk.folder, where, role=role, name=name)
        volumes.append(voi)
        path = desk.folder / where.partition("#")[0]
        desk.inputs.append(file_record(role, path, {"grid": _shown(voi.grid), "volume": f"{voi.ml:.1f} mL"}))
    return tuple(volumes)


def _require_one_person(desk: _Desk) -> None:
    """Refuse series of different people; doubt names that differ under one number, and studies far apart. Names nobody."""
    people = {s.first.text("PatientID").strip() for s in desk.used} - {""}
    if len(people) > 1:
        raise IntakeError(
            f"all images of a case must be of one patient, but {len(people)} patient IDs are there; keep the files of one patient (identities are not printed here)"
        )
    born = {s.first.text("PatientBirthDate").strip() for s in desk.used} - {"", "00000000"}
    names = {re.sub(r"[\s^]+", " ", s.first.text("PatientName")).strip().upper() for s in desk.used} - {""}
    if len(born) > 1 or len(names) > 1:
        desk.findings.append(
            Finding(
                "warning",
                "identity-differs",
                "patient names or birth dates differ between the images; make sure that they are of one patient",
            )
        )
    dates = sorted(d for d in (s.first.instant("Study") for s in desk.used) if d is not None)
    dates = [d.replace(tzinfo=None) for d in dates]
    if dates and (apart := (max(dates) - min(dates)).days) > APART_DAYS:
        desk.findings.append(
            Finding(
                "warning",
                "studies-apart",
                f"the studies lie {apart} days apart (more than {APART_DAYS}); make sure that anatomy and position still hold",
            )
        )


def _require_one_frame(
    emission: Emission, ct: CtImage | None, contours: Sequence[Contour], volumes: Sequence[Voi]
) -> None:
    frames = {
        "emission": {emission.grid.frame_uid},
        "CT": {ct.grid.frame_uid} if ct else set(),
        "contours": {c.frame_uid for c in contours},
        "volumes": {v.grid.frame_uid for v in volumes},
    }
    stated = set().union(*frames.values()) - {""}
    if len(stated) > 1:
        who = " and ".join(name for name, uids in frames.items() if uids - {""})
        raise GeometryError(
            f"all images and structures must lie in one frame of reference, but {who} lie in {len(stated)}; register them first, or use the CT of the same session"
        )


def _audit_places(
    desk: _Desk, emission: Emission, ct: CtImage | None, contours: Sequence[Contour], volumes: Sequence[Voi]
) -> None:
    """Refuse structures that lie outside the images altogether; doubt those that stick out."""
    images: list[tuple[str, Grid]] = [("the emission image", emission.grid)]
    if ct is not None:
        images.append(("the CT", ct.grid))
    things = [(f'structure "{c.name}"', np.concatenate(c.polygons)) for c in contours]
    things += [(f"volume {v.name}", _marked_points(v)) for v in volumes]
    for what, points in things:
        for image, grid in images:
            share = _share_inside(points, grid)
            if share == 0:
                raise GeometryError(f"{what} must lie in {image}, but lies outside it; it was drawn on another image")
            if share < 0.999:
                desk.findings.append(
                    Finding(
                        "warning",
                        "sticks-out",
                        f"{what}: {100 * (1 - share):.1f} % of it lies outside {image}; it is cut there",
                    )
                )


def _share_inside(points: np.ndarray[tuple[int, ...], np.dtype[np.float64]], grid: Grid) -> float:
    index = grid.index_of(points)
    nz, ny, nx = grid.shape_zyx
    inside = (index >= -0.5).all(axis=1) & (index <= np.array([nx, ny, nz]) - 0.5).all(axis=1)
    return float(inside.mean())


def _marked_points(voi: Voi) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return the centres of a volume's voxels, LPS mm, at most some ten thousand of them."""
    z, y, x = np.nonzero(voi.share)
    every = max(len(z) // 10000, 1)
    return voi.grid.points_of(np.stack([x[::every], y[::every], z[::every]], axis=1))


def _require_liver(calibration: str, contours: Sequence[Contour], volumes: Sequence[Voi]) -> None:
    roles = {c.role for c in contours} | {v.role for v in volumes}
    if calibration == "relative" and "liver" not in roles:
        shown = ", ".join(f'"{c.name}"' for c in contours[:6]) or "none"
        raise IntakeError(
            f"the patient-relative calibration needs the whole liver, but no structure is it (with a role: {shown}); draw it, or name it in [roles] or [files]"
        )


def _audit_nuclide(desk: _Desk, emission: Emission, product: Product) -> None:
    if isinstance(emission, ActivityMap) and emission.nuclide.name != product.nuclide.name:
        desk.findings.append(
            Finding(
                "warning",
                "nuclide-differs",
                f"the image is of {emission.nuclide.name}, the product's nuclide is {product.nuclide.name}; absolute doses are those of {emission.nuclide.name}",
            )
        )


def _shown(grid: Grid) -> str:
    nz, ny, nx = grid.shape_zyx
    dz, dy, dx = grid.spacing_zyx_mm
    return f"{nx} × {ny} × {nz} voxels of {dx:.4g} × {dy:.4g} × {dz:.4g} mm"


def _name(case: Case, folder: Path, used: Sequence[Series]) -> str:
    """Return what the case is called: its own name, else its folder's unless that may name a person."""
    if case.case.name:
        return case.case.name
    folder_words = set(re.findall(r"\w{3,}", folder.resolve().name.lower().replace("_", " ")))
    person = {
        w
        for s in used
        for tag in ("PatientName", "PatientID")
        for w in re.findall(r"\w{3,}", s.first.text(tag).lower().replace("_", " "))
    }
    return "case" if folder_words & person else folder.resolve().name


def _luggage(used: Sequence[Series], ct: CtImage | None) -> Luggage:
    """Return identity and UIDs, from the CT where there is one, else from the emission image."""
    if not used:
        return Luggage()
    first = next((s for s in used if s.modality == "CT"), used[0])
    head = first.first
    is_ct = ct is not None and first.modality == "CT"
    frame = next(
        (s.first.text("FrameOfReferenceUID") for s in (first, *used) if s.first.text("FrameOfReferenceUID")), ""
    )
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
        frame_uid=frame,
        ct_series_uid=first.uid if is_ct else "",
        ct_sop_uids=tuple(h.text("SOPInstanceUID") for h in first.headers) if is_ct else (),
    )
