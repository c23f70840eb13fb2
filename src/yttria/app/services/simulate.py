"""Simulated patients: asks `physics.phantom` for anatomy and camera, writes by `io`."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from yttria.app.services.simulate_delivery import (
    DeliverySettings,
    SimulatedDelivery,
    given_words,
    simulate_delivery,
    write_delivery,
)
from yttria.app.services.simulation_truth import SimulatedImages, injection_truth, truth_record
from yttria.contract.envelope import Answer
from yttria.contract.simulation import SimulateRequest, SimulateResult
from yttria.data import table
from yttria.io.case.anatomy import Anatomy, read_anatomy
from yttria.io.case.case_file import InjectionSection, case_paths, names_in
from yttria.io.case.injections import is_case_file
from yttria.io.dicom.common_modules import uid_of
from yttria.io.dicom.ct import write_ct
from yttria.io.dicom.nm import write_planar, write_tomo
from yttria.io.dicom.referenced_image import CT_IMAGE_STORAGE, Source
from yttria.io.dicom.rtstruct_writer import write_rtstruct
from yttria.io.files.output import output_folder, subject_of
from yttria.io.tables.toml_writer import toml_text
from yttria.io.volumes.volume import write_volume
from yttria.physics.phantom.camera import PlanarCamera, SpectCamera, image_activity, share_within
from yttria.physics.phantom.digital_patient import DigitalPatient, digital_patient
from yttria.physics.phantom.feeders import uptake_by_feeder
from yttria.physics.phantom.patient_anatomy import ContourAnatomy, contour_anatomy
from yttria.physics.phantom.uptake import Uptake, uptake_of
from yttria.values.errors import Finding, IntakeError, require_not_negative, require_positive, require_share
from yttria.values.grid import Grid
from yttria.values.maps import CountMap, CtImage
from yttria.values.patient import PatientIdentity
from yttria.values.units import Share

SEVERAL = 2
CASE = """\
# The digital patient: nobody's data. Roles of its structures follow from their names.
[case]
path = "dicom"

[patient]
disease = "HCC"
scenario = "lobectomy"
bilirubin_mg_dl = 0.8
child_pugh = "A5"
digestive_shunt = false

[product]
name = "glass"
"""


@dataclass(frozen=True, slots=True)
class SimulationSettings:
    """What is to be simulated; None takes the number of the built-in table.

    Parameters
    ----------
    seed
        Decides all noise and every identifier.
    lung_shunt
        0..1.
    tumour_to_normal
        Uptake per mL of living tumour against normal perfused liver.
    fwhm_mm
        Resolution of the reconstructed SPECT.
    counts
        Effective counts of the SPECT.
    """

    seed: int = 1
    lung_shunt: float | None = None
    tumour_to_normal: float | None = None
    fwhm_mm: float | None = None
    counts: float | None = None

    def __post_init__(self) -> None:
        require_not_negative(self.seed, what="seed")
        require_share(self.uptake("lung_shunt"), what="lung shunt")
        require_positive(self.uptake("tumour_to_normal"), what="tumour-to-normal ratio")
        SpectCamera.usual(fwhm_mm=self.fwhm_mm, counts=self.counts)

    def uptake(self, name: str) -> float:
        """Return a wished number of the uptake, or the table's."""
        weight = getattr(self, name, None)
        return float(table("phantom")["uptake"][name] if weight is None else weight)

    @property
    def spect(self) -> SpectCamera:
        """Return the SPECT camera that is wished for."""
        return SpectCamera.usual(fwhm_mm=self.fwhm_mm, counts=self.counts)


def emission_grid(ct: Grid) -> Grid:
    """Return the SPECT's grid: as wide as its camera, centred near the CT but off its planes, in its frame of reference."""
    row = table("phantom")["spect"]
    count, pixel = int(row["matrix"]), float(row["pixel_mm"])
    low, high = ct.bounds_lps_mm()
    first = (low + high) / 2 - pixel * (count - 1) / 2 + np.array(row["off_centre_mm"])
    x, y, z = (round(float(v), 2) for v in first)
    return Grid.aligned(
        (count, count, count),
        spacing_zyx_mm=(pixel, pixel, pixel),
        origin_lps_mm=(x, y, z),
        frame_uid=ct.frame_uid,
    )


def simulate_images(uptake: Uptake, ct: CtImage, settings: SimulationSettings) -> SimulatedImages:
    """Return what SPECT and planar camera see of an uptake."""
    grid = emission_grid(ct.grid)
    spect = settings.spect.look(image_activity(uptake, grid), grid, np.random.default_rng((settings.seed, 1_000_001)))
    planar, attenuated = PlanarCamera.usual().scan(uptake, ct, np.random.default_rng((settings.seed, 1_000_002)))
    by_blur, by_both = share_within([spect.blurred, spect.scattered], uptake, grid)
    return SimulatedImages(spect.image, planar, {"blur": by_blur, "blur_and_scatter": by_both}, attenuated)


def make_patient(folder: Path, settings: SimulationSettings, *, overwrite: bool = False) -> dict[str, Any]:
    """Write the digital patient as `folder`/patient (DICOM, case.toml) and the truth as `folder`/truth.json, both or none.

    Returns
    -------
    dict
        The truth as written.

    Raises
    ------
    IntakeError
        `folder`/patient holds something that is not a digital patient.
    """
    _require_ours(folder / "patient")
    identity = phantom_identity(settings.seed)
    phantom = digital_patient(
        seed=settings.seed,
        tumour_to_normal=settings.uptake("tumour_to_normal"),
        core_to_normal=settings.uptake("core_to_normal"),
        frame_uid=identity.frame_uid,
    )
    uptake = uptake_of(phantom.parts, lung_shunt=Share(settings.uptake("lung_shunt")))
    images = simulate_images(uptake, phantom.ct, settings)
    more = {
        "seed": settings.seed,
        "lung_shunt_fraction": settings.uptake("lung_shunt"),
        "tumour_to_normal": settings.uptake("tumour_to_normal"),
        "core_to_normal": settings.uptake("core_to_normal"),
        "contour_ml": dict(phantom.contour_ml),
    }
    truth = truth_record(uptake, images, settings.spect, more)
    with output_folder(folder, command="demo", inputs=(), replace=overwrite) as draft:
        draft.subject = subject_of(identity.patient_id)
        dicom = draft.path / "patient" / "dicom"
        dicom.mkdir(parents=True)
        write_before(dicom, phantom, images, identity)
        (draft.path / "patient" / "case.toml").write_text(CASE, encoding="utf-8")
        _write_truth(draft.path, truth)
    return truth


def write_before(dicom: Path, phantom: DigitalPatient, images: SimulatedImages, identity: PatientIdentity) -> None:
    """Write what a digital patient has before treatment: CT, SPECT, planar scan and structures, as DICOM."""
    with_ct = write_ct(dicom, phantom.ct, identity, description="CT, phantom")
    write_tomo(dicom / "spect.dcm", images.spect, with_ct, description="99mTc-MAA SPECT, phantom")
    write_planar(dicom / "planar.dcm", images.planar, with_ct, description="99mTc-MAA whole body, phantom")
    source = Source(phantom.ct.grid, with_ct.ct_series_uid, CT_IMAGE_STORAGE, with_ct.ct_sop_uids)
    write_rtstruct(dicom / "structures.dcm", phantom.contours, with_ct, label="PHANTOM", source=source)


def _require_ours(patient: Path) -> None:
    """Refuse to write a patient over files that are not a digital patient's."""
    if patient.exists() and any(patient.iterdir()) and not (patient / "dicom" / "ct-001.dcm").exists():
        raise IntakeError(
            f"the digital patient must be written into a folder of its own, but {patient.name} holds other files; name another --out",
            code="output-not-ours",
        )


def _write_truth(folder: Path, truth: dict[str, Any]) -> None:
    (folder / "truth.json").write_text(json.dumps(truth, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def phantom_identity(seed: int) -> PatientIdentity:
    """Return an identity that nobody can take for a person's; identifiers follow from the seed, the date is fixed."""
    study = uid_of("yttria digital patient", seed)
    return PatientIdentity(
        patient_name="Phantom^Yttria",
        patient_id="YTTRIA-DP-1",
        birth_date="19600101",
        sex="O",
        study_uid=str(study),
        study_id=f"DP{seed}"[:16],
        study_date="20260115",
        study_time="093000",
        accession="",
        referring="",
        frame_uid=str(uid_of(study, "frame")),
        zone="+0100",
    )


def run(request: SimulateRequest) -> Answer[SimulateResult]:
    """Write what the cameras would see of a case's anatomy and return what is true of it.

    Raises
    ------
    YttriaError
        Each refusal on the way; nothing is written then.
    """
    settings = SimulationSettings(
        request.seed,
        lung_shunt=request.lung_shunt,
        tumour_to_normal=request.tumour_to_normal,
        fwhm_mm=request.fwhm_mm,
        counts=request.counts,
    )
    delivery = _delivery_of(request)
    truth, findings = simulate_case(request.case, request.out, settings, overwrite=request.replace, delivery=delivery)
    result = SimulateResult(
        case=str(request.out / "case.toml"),
        truth=str(request.out / "truth.json"),
        lung_shunt_fraction=truth["lung_shunt_fraction"],
        hepatic_reserve_fraction=truth["hepatic_reserve_fraction"],
        per_gbq=truth["per_gbq"],
        after=None if delivery is None else str(request.out / "after" / "case.toml"),
        delivered_gy=None if delivery is None else truth["delivered"]["doses_gy"],
    )
    return Answer(result, findings, (request.out / "case.toml", request.out / "truth.json"))


def _delivery_of(request: SimulateRequest) -> DeliverySettings | None:
    """Return what is delivered and imaged; None where nothing is."""
    if request.delivered_gbq is None:
        return None
    ratio, shunt = request.delivered_tumour_to_normal, request.delivered_lung_shunt
    return DeliverySettings(
        request.delivered_gbq,
        lung_shunt=request.lung_shunt if shunt is None else shunt,
        tumour_to_normal={} if ratio is None else {"tumour": ratio},
        seed=request.seed,
        hours_after=request.hours_after,
        minutes=request.pet_minutes,
        fwhm_mm=request.pet_fwhm_mm,
        moved_mm=request.moved_mm,
        turned_deg=request.turned_deg,
    )


def simulate_case(
    case: Path,
    out: Path,
    settings: SimulationSettings,
    *,
    overwrite: bool = False,
    delivery: DeliverySettings | None = None,
) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """Write what the cameras would see of a case's anatomy: SPECT, planar scan, truth.json and a case.toml ready to plan.

    Parameters
    ----------
    case
        A folder or a case.toml with CT and volumes; emission images that lie there are passed over.
    out
        Folder for what is simulated.
    delivery
        A treatment and its 90Y PET, written as after/; None: none.

    Returns
    -------
    tuple
        The truth as written; findings.

    Raises
    ------
    YttriaError
        Each refusal on the way; nothing is written then.
    """
    placement_findings: tuple[Finding, ...] = ()
    with output_folder(out, command="simulate", inputs=case_paths(case), replace=overwrite) as place:
        draft = place.path
        anatomy = read_anatomy(case)
        identity = _identity(anatomy, settings.seed)
        if delivery is not None and not identity.frame_uid:  # images before and after must name one place
            identity = replace(identity, frame_uid=str(uid_of(identity.study_uid, "frame")))
        place.subject = subject_of(identity.patient_id, identity.study_uid, anatomy.name)
        ct = CtImage(replace(anatomy.ct.grid, frame_uid=identity.frame_uid), anatomy.ct.hu)
        ratio = settings.uptake("tumour_to_normal")
        body = contour_anatomy(ct, (*anatomy.contours, *anatomy.volumes), tumour_to_normal=ratio)
        uptake = uptake_of(
            body.parts, lung_shunt=Share(settings.uptake("lung_shunt")), whole_lungs_g=body.whole_lungs_g
        )
        images = simulate_images(uptake, ct, settings)
        more: dict[str, Any] = {
            "seed": settings.seed,
            "lung_shunt_fraction": settings.uptake("lung_shunt"),
            "lung_shunt_in_image_fraction": uptake.of("lungs")[0],
            "tumour_to_normal": ratio,
            "lungs_found_in_ct": body.has_lungs,
            "whole_lungs_g": body.whole_lungs_g,
        }
        own = _by_feeder(body, anatomy, uptake, settings)
        if own:
            more["injections"] = [injection_truth(name, mine, uptake) for name, mine in own.items()]
        truth = truth_record(uptake, images, settings.spect, more)
        write_tomo(draft / "spect.dcm", images.spect, identity, description="99mTc-MAA SPECT, simulated")
        for n, (name, mine) in enumerate(own.items(), 1):
            image = _spect_of(mine, ct, settings, n)
            write_tomo(draft / f"spect-{n}.dcm", image, identity, description=f"99mTc-MAA SPECT, simulated, {name}")
        write_planar(draft / "planar.dcm", images.planar, identity, description="99mTc-MAA whole body, simulated")
        if body.lungs is not None and body.has_lungs:
            write_volume(draft / "lungs.nii.gz", body.lungs.grid, body.lungs.share.astype(np.uint8))
        (draft / "case.toml").write_text(_ready_case(anatomy, body, out, settings), encoding="utf-8")
        if own:
            text = _ready_case(anatomy, body, out, settings, own_images=True)
            (draft / "case-own-images.toml").write_text(text, encoding="utf-8")
        if delivery is not None:
            delivery, placement_findings = _placed(anatomy, delivery)
            treated = simulate_delivery(uptake, ct, identity, delivery, moves=not placement_findings)
            truth["delivered"] = _write_after(draft, anatomy, out, treated)
        _write_truth(draft, truth)
    return truth, (*anatomy.findings, *_lung_findings(body), *placement_findings)


def _placed(anatomy: Anatomy, delivery: DeliverySettings) -> tuple[DeliverySettings, tuple[Finding, ...]]:
    """Return a delivery whose patient lies where he lay, with a note, where volumes state no frame of reference that he could be moved from."""
    frames = {c.frame_uid for c in anatomy.contours} | {v.grid.frame_uid for v in anatomy.volumes}
    if "" not in frames:
        return delivery, ()
    message = "volumes of this anatomy state no frame of reference, so the treated patient is imaged where he lay: nothing could bring them to another"
    return replace(delivery, moved_mm=0.0, turned_deg=0.0), (Finding("note", "after-not-moved", message),)


def _write_after(draft: Path, anatomy: Anatomy, out: Path, delivery: SimulatedDelivery) -> dict[str, Any]:
    """Write PET, CT and case.toml of a treatment into after/ and return what is true of it."""
    after = draft / "after"
    for name in ("pet", "ct"):
        (after / name).mkdir(parents=True)
    write_delivery(after / "pet", after / "ct", delivery, description="simulated")
    case_file = anatomy.case_file
    place = out / "after"
    rest = case_file.model_dump(exclude_unset=True, exclude={"case", "files", "emission", "shunt", "given", "roles"})
    images = {"ct", "emission", "planar"}
    words = {
        "case": {
            "path": _from(place, anatomy.folder, case_file.case.path),
            "name": f"{anatomy.name}, treated, simulated",
        },
        "roles": {name: role for name, role in case_file.roles.items() if role not in images},
        "files": {
            r: _from(place, anatomy.folder, v) for r, v in case_file.files.as_written().items() if r not in images
        }
        | {"ct": "ct", "emission": "pet"},
        "given": given_words(delivery),
        **rest,
    }
    heading = "A simulated treatment in a given anatomy: PET and CT lie here, in a frame of reference of their own; volumes lie where they lay."
    (after / "case.toml").write_text(toml_text(words, heading=heading), encoding="utf-8")
    return dict(delivery.truth)


def _by_feeder(
    body: ContourAnatomy, anatomy: Anatomy, uptake: Uptake, settings: SimulationSettings
) -> Mapping[str, Uptake]:
    """Return where 1 GBq of each of several injections lodges; nothing where there is one."""
    if len(anatomy.injections) < SEVERAL:
        return {}
    shunt = Share(settings.uptake("lung_shunt"))
    return uptake_by_feeder(uptake.parts, anatomy.injections, lung_shunt=shunt, whole_lungs_g=body.whole_lungs_g)


def _spect_of(uptake: Uptake, ct: CtImage, settings: SimulationSettings, n: int) -> CountMap:
    """Return what the camera sees of one injection alone, with noise of its own."""
    grid = emission_grid(ct.grid)
    rng = np.random.default_rng((settings.seed, 1_000_010 + n))
    return settings.spect.look(image_activity(uptake, grid), grid, rng).image


def _identity(anatomy: Anatomy, seed: int) -> PatientIdentity:
    """Return the identity of the case's CT; a phantom's where the CT carries none. A frame of reference is made where none is."""
    identity = anatomy.identity if anatomy.identity.study_uid else phantom_identity(seed)
    frame = anatomy.ct.grid.frame_uid or str(uid_of(identity.study_uid, "frame of simulated images"))
    return replace(identity, frame_uid=frame)


def _lung_findings(body: ContourAnatomy) -> tuple[Finding, ...]:
    findings = []
    if body.has_lungs and body.lungs is not None:
        message = f"no lungs are drawn: {body.lungs.ml:.0f} mL of lung were found in the CT below -500 HU and written as lungs.nii.gz"
        findings.append(Finding("note", "lungs-found", message, {"lungs_ml": body.lungs.ml}))
    if body.whole_lungs_g is not None:
        message = f"the CT does not hold the whole lungs: they are taken to weigh {body.whole_lungs_g:.0f} g, only the part in the CT is imaged, and case.toml gives the shunt"
        findings.append(Finding("warning", "lungs-cut", message, {"whole_lungs_g": body.whole_lungs_g}))
    return tuple(findings)


def _ready_case(
    anatomy: Anatomy, body: ContourAnatomy, out: Path, settings: SimulationSettings, *, own_images: bool = False
) -> str:
    """Return a case.toml for `out` that names the case's CT and volumes from there, and what was simulated.

    A shunt that no image can show, because the CT cuts the lungs, is given: a whole-body scan would have shown it.

    Parameters
    ----------
    own_images
        Of several injections each has its own image; otherwise one image shows all.
    """
    case_file = anatomy.case_file
    files: dict[str, Any] = {}
    for role, value in case_file.files.as_written().items():
        if role not in {"emission", "planar"}:
            files[role] = _from(out, anatomy.folder, value)
    if body.has_lungs and body.whole_lungs_g is None:
        files["lungs"] = "lungs.nii.gz"
    files |= {"planar": "planar.dcm"} if own_images else {"emission": "spect.dcm", "planar": "planar.dcm"}
    left = {"case", "files", "emission", "shunt", "given", "roles", "injections"}
    fields: dict[str, Any] = case_file.model_dump(exclude_unset=True, exclude=left)
    words = {
        "case": {"path": _from(out, anatomy.folder, case_file.case.path), "name": f"{anatomy.name}, simulated"},
        "roles": {name: role for name, role in case_file.roles.items() if role not in {"emission", "planar"}},
        "files": files,
        "shunt": {} if body.whole_lungs_g is None else {"fraction": settings.uptake("lung_shunt"), "method": "given"},
        **fields,
        "injections": [_ready_injection(i, n, anatomy, out, own_images) for n, i in enumerate(case_file.injections, 1)],
    }
    return toml_text(words, heading="Simulated emission in a given anatomy: CT and volumes lie where they lay.")


def _ready_injection(
    section: InjectionSection, n: int, anatomy: Anatomy, out: Path, own_images: bool
) -> dict[str, Any]:
    """Return an injection as the simulated case writes it: files named from `out`, its own image where it has one."""
    words = section.model_dump(exclude_unset=True, exclude={"perfused", "emission", "given", "shunt_fraction"})
    perfused = [
        _from(out, anatomy.folder, word) if is_case_file(anatomy.folder, word) else word
        for word in names_in(section.perfused)
    ]
    image = {"emission": f"spect-{n}.dcm"} if own_images else {}
    return {**words, "perfused": perfused, **image}


def _from(out: Path, folder: Path, where: Any) -> Any:
    """Return paths that start at `folder` as paths that start at `out`."""
    if isinstance(where, dict):
        return {name: _from(out, folder, value) for name, value in where.items()}
    if isinstance(where, list):
        return [_from(out, folder, value) for value in where]
    path, mark, label = str(where).partition("#")
    return Path(os.path.relpath((folder / path).resolve(), out.resolve())).as_posix() + mark + label
