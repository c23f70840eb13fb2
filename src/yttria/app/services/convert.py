"""Structures from any kind to any other, in the same place: RTSTRUCT, SEG, labels. What is written is read back and measured."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from yttria.contract.conversion import ConvertRequest, ConvertResult, StructureRecord
from yttria.contract.envelope import Answer
from yttria.io.case.frames_of_reference import frame_of
from yttria.io.case.patient_identity import BY_OPTION, patient_identity, require_one_person
from yttria.io.case.placement_checks import require_frames
from yttria.io.dicom.common_modules import uid_of
from yttria.io.dicom.rtstruct_writer import write_rtstruct
from yttria.io.dicom.seg_writer import write_seg
from yttria.io.dicom.series import Series
from yttria.io.files.output import output_file, place_subject
from yttria.io.files.structures import StructureFile, read_structure_file
from yttria.io.files.target_grid import Template, read_template
from yttria.io.volumes.volume import SUFFIXES, is_volume, write_volume
from yttria.physics.geometry.contour_rasterisation import rasterise_contour
from yttria.physics.geometry.contour_tracing import contour_of
from yttria.physics.geometry.regrid import bounding_subgrid, resample_voi
from yttria.values.contour import Contour
from yttria.values.errors import Finding, GeometryError, IntakeError, QuantityError
from yttria.values.grid import Grid
from yttria.values.maps import Array, Voi
from yttria.values.patient import PatientIdentity
from yttria.values.structure import Structure

KINDS = ("seg", "binary-seg", "rtstruct", "labels")
CHANGED_SHARE = 0.005
MOVED_VOXELS = 0.1
SHARED = 1.01  # shares of one voxel that sum to more than this overlap
HALF = 0.5
LABEL = "CONVERTED"


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    """What is to be written: structures by name, for whom, on which grid (None: contours as drawn), drawn on which image."""

    structures: Mapping[str, Structure]
    kind: str
    identity: PatientIdentity
    grid: Grid | None
    template: Template | None


def run(request: ConvertRequest) -> Answer[ConvertResult]:
    """Write structures as another kind of file, then read them back and say what that did to each.

    Raises
    ------
    YttriaError
        Each refusal on the way; nothing is written then.
    """
    out, like = request.out, request.like
    kind = _kind(request.to, out)
    subject = place_subject(request.structures)
    with output_file(
        out, command="convert", subject=subject, inputs=request.input_paths, replace=request.replace
    ) as path:
        template = read_template(like) if like is not None else None
        structure_file = read_structure_file(request.structures, images=template.series if template else ())
        findings = [*structure_file.findings, *(template.findings if template else ())]
        findings += require_one_person(
            [*structure_file.series, *(template.series if template else ())],
            same_by=request.same_patient,
            how=BY_OPTION,
        )
        order = _order(structure_file, kind, template, request.only)
        if kind != "labels" and not order.identity.patient_id:
            message = "neither structures nor image name a patient ID; what is written names none either"
            findings.append(Finding("warning", "identity-absent", message))
        placed, left_out = _placed(order)
        labels, more = _write(path, order, placed)
        written = dict(read_structure_file(path).structures)
        record, changes = _comparison({n: order.structures[n] for n in placed}, order.grid, written, labels)
    result = ConvertResult(
        to=kind,
        out=out.name,
        shape_zyx=list(order.grid.shape_zyx) if order.grid else None,
        spacing_zyx_mm=list(order.grid.spacing_zyx_mm) if order.grid else None,
        structures=record,
    )
    return Answer(result, tuple(dict.fromkeys([*findings, *left_out, *more, *changes])), (out,))


def _kind(kind: str | None, out: Path) -> str:
    if kind is None and is_volume(out):
        return "labels"
    if kind not in KINDS:
        raise IntakeError(
            f"--to must be one of {', '.join(KINDS)}, but is {kind or 'not said'}; name one of them", code="output-kind"
        )
    if (kind == "labels") != is_volume(out):
        endings = ", ".join(SUFFIXES) if kind == "labels" else ".dcm"
        raise IntakeError(
            f"--out must be named {endings} to hold {kind}, but is {out.name}; choose another name",
            code="output-suffix",
        )
    return kind


def _order(structure_file: StructureFile, kind: str, template: Template | None, only: Sequence[str]) -> _Order:
    """Return what is to be written, everything checked.

    Raises
    ------
    IntakeError
        No such structure; nobody's structures asked for as DICOM; contours asked for on no grid.
    GeometryError
        Different frames of reference.
    """
    structures = _chosen(structure_file, only)
    frames = {frame_of(t) for t in structures.values()}
    require_frames({"structures": frames, "image": {template.grid.frame_uid} if template else set()})
    frame = next(iter((frames | ({template.grid.frame_uid} if template else set())) - {""}), "")
    series = (template.series if template else ()) or structure_file.series
    if kind != "labels" and not series:
        raise IntakeError(
            "DICOM must say whose it is, but neither structures nor --like are DICOM; name the DICOM image that they were drawn on as --like",
            code="identity-source-absent",
        )
    grid = _grid(structures, kind, template)
    return _Order(
        {name: _in_frame(structure, frame) for name, structure in structures.items()},
        kind,
        _identity(series, frame),
        replace(grid, frame_uid=frame) if grid else None,
        template,
    )


def _identity(series: Sequence[Series], frame: str) -> PatientIdentity:
    """Return whose the result is; a study of its own where the images name none, as blanked ones do."""
    result = patient_identity(series, with_ct=True)
    return replace(result, frame_uid=frame, study_uid=result.study_uid or uid_of("study", *(s.uid for s in series)))


def _chosen(structure_file: StructureFile, only: Sequence[str]) -> dict[str, Structure]:
    """Return the structures that are asked for; all where none is named.

    Raises
    ------
    IntakeError
        None holds volume; a name that is none, or is of a structure without volume.
    """
    structures = dict(structure_file.structures)
    why = {e.name.strip().lower(): f"structure {e.name} {e.reason}" for e in structure_file.empty}
    if not structures:
        reasons = f": {'; '.join(list(why.values())[:4])}" if why else ""
        raise IntakeError(
            f"expected a structure that holds volume, found none{reasons}; draw it and export it again",
            code="structures-absent",
        )
    keys = {name.strip().lower() for name in only}
    chosen = {name: structure for name, structure in structures.items() if not keys or name.strip().lower() in keys}
    if missing := keys - {name.strip().lower() for name in chosen}:
        reasons = "; ".join(why.get(name, f"{name} is none") for name in sorted(missing))
        raise IntakeError(
            f"--only must name structures that hold volume, but {reasons}; there are {', '.join(structures)}",
            code="structure-name-unknown",
        )
    return chosen


def _in_frame(structure: Structure, frame: str) -> Structure:
    if isinstance(structure, Contour):
        return replace(structure, frame_uid=frame)
    return Voi(structure.name, structure.role, replace(structure.grid, frame_uid=frame), structure.share)


def _grid(structures: Mapping[str, Structure], kind: str, template: Template | None) -> Grid | None:
    """Return the grid that is written on: the image's, else that of the structures; None for contours as they lie.

    Raises
    ------
    IntakeError
        Contours have no grid, and no image gives one.
    """
    if template is not None:
        return template.grid
    if kind == "rtstruct":
        return None
    if contours := [name for name, structure in structures.items() if isinstance(structure, Contour)]:
        raise IntakeError(
            f"contours ({contours[0]} …) need an image to become voxels, but none is named; name the image that they were drawn on as --like",
            code="image-for-contours-absent",
        )
    return _spanned([structure.grid for structure in structures.values() if isinstance(structure, Voi)])


def _spanned(grids: Sequence[Grid]) -> Grid:
    """Return the smallest grid that holds grids cut out of one.

    Raises
    ------
    GeometryError
        They are not cut out of one grid.
    """
    first = grids[0]
    corners = []
    for grid in grids:
        nz, ny, nx = grid.shape_zyx
        corners.append(np.rint(first.index_of(grid.points_of([(0, 0, 0), (nx - 1, ny - 1, nz - 1)]))).astype(int))
    low, high = np.min(corners, axis=(0, 1)), np.max(corners, axis=(0, 1))
    affine = first.matrix
    affine[:3, 3] = first.points_of([low])[0]
    nx, ny, nz = (int(n) for n in high - low + 1)
    whole = Grid.of((nz, ny, nx), affine, first.frame_uid)
    for grid in grids:
        try:
            grid.offset_in(whole)
        except GeometryError as error:
            raise GeometryError(
                "structures must lie on one grid, but they lie on several; name an image as --like",
                code="structures-on-several-grids",
            ) from error
    return whole


def _placed(order: _Order) -> tuple[dict[str, Structure], list[Finding]]:
    """Return the structures as they are to be written; those that lie outside the grid are left out with a warning.

    Raises
    ------
    IntakeError
        None lies inside.
    """
    placed: dict[str, Structure] = {}
    findings: list[Finding] = []
    for name, structure in order.structures.items():
        try:
            placed[name] = _brought(replace(structure, name=name, role=""), order)
        except (GeometryError, QuantityError) as error:
            findings.append(Finding("warning", "structure-left-out", str(error)))
    if not placed:
        raise IntakeError(
            f"expected a structure that lies in the image, found none: {findings[0].message}",
            code="structures-outside-image",
        )
    return placed, findings


def _brought(structure: Structure, order: _Order) -> Structure:
    """Return a structure on its part of the grid, as shares or traced; contours for a structure set without a grid as they are."""
    grid = order.grid
    if grid is None:
        return structure if isinstance(structure, Contour) else contour_of(structure)
    part = bounding_subgrid([structure], grid)
    voi = resample_voi(structure, part) if isinstance(structure, Voi) else rasterise_contour(structure, part)
    return contour_of(voi) if order.kind == "rtstruct" else voi


def _write(path: Path, order: _Order, placed: Mapping[str, Structure]) -> tuple[dict[str, int], list[Finding]]:
    """Write the file; return the label of each structure where it holds labels, and findings."""
    source = order.template.source if order.template else None
    if order.kind == "rtstruct":
        contours = [structure for structure in placed.values() if isinstance(structure, Contour)]
        write_rtstruct(path, contours, order.identity, label=LABEL, source=source)
        return {}, []
    vois = [structure for structure in placed.values() if isinstance(structure, Voi)]
    if order.kind == "labels":
        return _write_labels(path, vois, order.grid)
    binary = order.kind == "binary-seg"
    write_seg(path, vois, order.identity, label=LABEL, grid=order.grid, source=source, binary=binary)
    return {}, []


def _write_labels(path: Path, vois: Sequence[Voi], grid: Grid | None) -> tuple[dict[str, int], list[Finding]]:
    """Write each voxel's label: the structure that fills half of it or more, the larger share where neighbours overlap.

    Raises
    ------
    IntakeError
        Structures that overlap by more than their edges.
    """
    assert grid is not None
    own = all(v.name.isdigit() and int(v.name) > 0 for v in vois)
    numbers = {v.name: int(v.name) if own else at for at, v in enumerate(vois, 1)}
    labels = np.zeros(grid.shape_zyx, dtype=np.uint8 if max(numbers.values()) < 256 else np.uint16)
    filled = np.zeros(labels.shape, dtype=np.float32)
    findings: list[Finding] = []
    for voi in vois:
        here = tuple(slice(a, a + n) for a, n in zip(voi.grid.offset_in(grid), voi.grid.shape_zyx, strict=True))
        findings += _require_apart(voi, numbers, labels[here], filled[here])
        labels[here][(voi.share >= HALF) & (voi.share > filled[here])] = numbers[voi.name]
        filled[here] = np.maximum(filled[here], voi.share)
    if not labels.any():
        raise IntakeError(
            "labels need half a voxel, but no structure fills that; use a finer grid, or write --to seg",
            code="label-too-small",
        )
    write_volume(path, grid, labels)
    return numbers, findings


def _require_apart(voi: Voi, numbers: Mapping[str, int], labels: Array, filled: Array) -> list[Finding]:
    """Refuse a structure that shares more than an edge with one that is labelled already; say where an edge is shared.

    Raises
    ------
    IntakeError
        Names both.
    """
    findings = []
    mine = voi.share >= HALF
    shared = mine & (filled >= HALF) & (filled + voi.share > SHARED)
    for number in np.unique(labels[shared]):
        other = next(name for name, n in numbers.items() if n == number)
        both = int((shared & (labels == number)).sum())
        if both > CHANGED_SHARE * min(mine.sum(), (labels == number).sum()):
            raise IntakeError(
                f"labels cannot overlap, but {other} and {voi.name} share {both} voxels; choose some by --only, or write --to seg",
                code="labels-overlap",
            )
        message = f"{other} and {voi.name} share {both} voxels; each goes to the one that fills more of it"
        findings.append(Finding("note", "labels-shared", message))
    return findings


def _comparison(
    structures: Mapping[str, Structure], grid: Grid | None, back: Mapping[str, Structure], labels: Mapping[str, int]
) -> tuple[dict[str, StructureRecord], list[Finding]]:
    """Return what became of each structure, by what is read back; and a finding where that is more than rounding."""
    records: dict[str, StructureRecord] = {}
    findings: list[Finding] = []
    for name, structure in structures.items():
        ml = float(structure.ml)
        written = back.get(str(labels[name]) if labels else name[:64])
        if written is None:
            message = f"{name} ({ml:.3g} mL) is too small for what was written and is lost there; use a finer grid"
            findings.append(Finding("warning", "structure-lost", message, {"structure": name, "ml": ml}))
            records[name] = StructureRecord(drawn_ml=ml, written_ml=0.0, moved_mm=0.0, label=labels.get(name))
            continue
        now_ml = float(written.ml)
        moved = math.dist(written.centroid_lps_mm, structure.centroid_lps_mm)
        records[name] = StructureRecord(drawn_ml=ml, written_ml=now_ml, moved_mm=moved, label=labels.get(name))
        voxel = min(grid.spacing_zyx_mm) if grid else _voxel_mm(structure)
        change = now_ml / ml - 1 if ml else 0.0  # a polygon without area holds nothing either way
        if abs(change) > CHANGED_SHARE or moved > MOVED_VOXELS * voxel:
            message = f"{name} held {ml:.4g} mL as drawn and holds {now_ml:.4g} mL as written ({100 * change:+.1f} %), its centre {moved:.2f} mm away"
            findings.append(
                Finding(
                    "warning",
                    "structure-changed",
                    message,
                    {
                        "structure": name,
                        "drawn_ml": ml,
                        "written_ml": now_ml,
                        "change_fraction": change,
                        "moved_mm": moved,
                    },
                )
            )
    return records, findings


def _voxel_mm(structure: Structure) -> float:
    return structure.spacing_mm if isinstance(structure, Contour) else min(structure.grid.spacing_zyx_mm)
