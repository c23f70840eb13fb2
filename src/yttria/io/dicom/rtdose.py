"""RTDOSE: dose grids in and out. Stored numbers times DoseGridScaling are Gy; written as 32-bit, quantised in float64.

A dose must name the treatment plan that it belongs to. The plan of this one is Yttria's, which is no DICOM object: it is
named by a UID that follows from the dose's content, and nothing lies behind it.
"""

import hashlib
import math
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid
from pydicom.valuerep import DSfloat

from yttria.io.dicom.dataset import open_dataset, open_pixels, well_formed
from yttria.io.dicom.geometry import directions, pixel_spacing, stack_of
from yttria.io.dicom.header import floats
from yttria.io.dicom.series import Series
from yttria.values.errors import Finding, GeometryError, IntakeError
from yttria.values.grid import Grid, require_same_grid
from yttria.values.maps import DensityMap, DoseMap
from yttria.values.patient import PatientIdentity
from yttria.values.units import GY_PER_CGY, MG_PER_G

RT_DOSE_STORAGE = UID("1.2.840.10008.5.1.4.1.1.481.2")
RT_PLAN_STORAGE = UID("1.2.840.10008.5.1.4.1.1.481.5")
PARTS_OF_A_DOSE = {"FRACTION", "BEAM", "CONTROL_POINT"}  # DICOM PS3.3 C.8.8.3 (Dose Summation Type)
MAKER = "Yttria"
PRIVATE_GROUP, PRIVATE_CREATOR, DENSITY_ELEMENT = (
    0x3005,
    "YTTRIA",
    0x01,
)  # density in mg/mL, 16 bits, frame by frame as the dose
PLANE_MM = 1.0  # of a plane among others, whose distance their positions tell
PLANES_APART_MM = 1e-4  # steps within the planes of one dose differ by less
UNITS_GY = {"GY": 1.0, "CGY": GY_PER_CGY}


@dataclass(frozen=True, slots=True, eq=False)
class StoredDose:
    """A dose file as it stands, before its unit is asked for.

    Parameters
    ----------
    values
        Stored numbers times DoseGridScaling, float32, on `grid`.
    units
        DoseUnits as written.
    maker
        Manufacturer as written.
    g_per_ml
        Density that the dose was computed with, on `grid`; None where the file does not hold it.
    """

    grid: Grid
    values: NDArray[np.float32]
    units: str
    kind: str
    findings: tuple[Finding, ...]
    maker: str = ""
    g_per_ml: NDArray[np.float32] | None = None


def read_rtdose(path: Path) -> DoseMap:
    """Read a dose grid in Gy.

    Raises
    ------
    IntakeError
        Not an RTDOSE, units other than Gy, scaling or pixels that are absent or cut short.
    GeometryError
        Position, orientation or frame offsets that make no even grid.
    """
    return examine_rtdose(path)[0]


def examine_rtdose(path: Path) -> tuple[DoseMap, tuple[Finding, ...]]:
    """Read a dose grid together with the findings that it raises."""
    stored = read_stored_dose(path)
    return dose_map(stored), stored.findings


def dose_map(stored: StoredDose) -> DoseMap:
    """Return a dose file's numbers in Gy.

    Raises
    ------
    IntakeError
        A relative dose, or one that is not physical.
    """
    factor = factor_to_gy(stored)
    return DoseMap(stored.grid, stored.values if factor == 1 else stored.values * np.float32(factor))


def factor_to_gy(stored: StoredDose, *, what: str = "the dose") -> float:
    """Return what turns a dose file's numbers to Gy.

    Raises
    ------
    IntakeError
        A relative dose, or one that is not physical.
    """
    if stored.units not in UNITS_GY:
        raise IntakeError(
            f"{what} must be in Gy, but its DoseUnits are {stored.units or 'absent'}; export it as absolute dose",
            code="unit-value",
        )
    if stored.kind not in {"PHYSICAL", ""}:
        raise IntakeError(
            f"{what} must be a physical dose, but its DoseType is {stored.kind}; export the physical dose",
            code="image-kind",
        )
    return UNITS_GY[stored.units]


@well_formed("the dose")
def read_stored_dose(path: Path, *, what: str = "the dose", alone_mm: float | None = None) -> StoredDose:
    """Read a dose file whatever its unit.

    Parameters
    ----------
    alone_mm
        How thick a single plane is that does not say so; None: it is refused.

    Raises
    ------
    IntakeError, GeometryError
        Not an RTDOSE; scaling, pixels or geometry absent or broken.
    """
    dataset = open_dataset(path)
    if str(dataset.get("Modality", "")) != "RTDOSE":
        raise IntakeError(
            f"expected an RTDOSE, found {dataset.get('Modality') or 'another kind of file'}; name another file",
            code="object-kind",
        )
    scaling = floats(dataset.get("DoseGridScaling"))
    if not scaling or not np.isfinite(scaling[0]) or scaling[0] <= 0:
        raise IntakeError(
            f"{what} must state a DoseGridScaling above zero, but does not; export it again", code="rescale-value"
        )
    pixels = open_pixels(dataset, what=what)
    stored = pixels if pixels.ndim == 3 else pixels[np.newaxis]
    grid, order, findings = _grid(dataset, len(stored), what=what, alone_mm=alone_mm)
    values = (stored[list(order)] * scaling[0]).astype(np.float32)
    units, kind, of = (str(dataset.get(tag, "")).upper() for tag in ("DoseUnits", "DoseType", "DoseSummationType"))
    if of.removesuffix("_SESSION") in PARTS_OF_A_DOSE:
        message = f"{what}: its DoseSummationType is {of}, so it is a part of what is given; make sure that it is the whole that is asked for"
        findings = (*findings, Finding("warning", "part-of-a-dose", message))
    maker = str(dataset.get("Manufacturer", ""))
    return StoredDose(grid, values, units, kind, findings, maker, _density(dataset, stored.shape, order))


@well_formed("the dose")
def stored_dose_of(series: Series, *, what: str = "the dose") -> StoredDose:
    """Read the dose of a series: one file, or one file a plane, put together.

    Raises
    ------
    IntakeError, GeometryError
        As `read_stored_dose`; planes of several doses, or that make no even stack.
    """
    if len(series.paths) == 1:
        return read_stored_dose(series.first.path, what=what)
    planes = [read_stored_dose(path, what=f"a plane of {what}", alone_mm=PLANE_MM) for path in series.paths]
    first = planes[0]
    for name, result in (
        ("unit", {p.units for p in planes}),
        ("type", {p.kind for p in planes}),
        ("frame of reference", {p.grid.frame_uid for p in planes}),
        ("size", {p.grid.shape_zyx for p in planes}),
    ):
        if len(result) > 1:
            raise IntakeError(
                f"{what} lies in {len(planes)} files, one a plane, which must be of one {name}, but are of {len(result)}; keep the files of one dose",
                code="dose-planes",
                values={"planes": len(planes), "planes_read": len(result)},
            )
    axes = first.grid.matrix[:3, :3]
    if any(np.abs(p.grid.matrix[:3, :2] - axes[:, :2]).max() > PLANES_APART_MM for p in planes):
        raise GeometryError(
            f"{what} lies in {len(planes)} files, one a plane, which must be of one direction and spacing; export it as one file",
            code="dose-planes",
            values={"planes": len(planes)},
        )
    columns, rows = np.linalg.norm(axes[:, :2], axis=0)
    stack = stack_of(
        [p.grid.origin_lps_mm for p in planes],
        (*(axes[:, 0] / columns), *(axes[:, 1] / rows)),
        (float(rows), float(columns)),
        first.grid.shape_zyx[1:],
        thickness=None,
        frame_uid=first.grid.frame_uid,
        what=what,
    )
    values = np.concatenate([planes[k].values for k in stack.order])
    message = Finding(
        "note",
        "dose-by-planes",
        f"{what}: {len(planes)} files, one a plane, are put together",
        values={"planes": len(planes)},
    )
    findings = dict.fromkeys([message, *stack.findings, *(f for p in planes for f in p.findings)])
    return StoredDose(stack.grid, values, first.units, first.kind, tuple(findings), first.maker, None)


def _density(dataset: Dataset, shape: tuple[int, ...], order: Sequence[int]) -> NDArray[np.float32] | None:
    """Return the density that Yttria keeps beside its dose, g/mL; None where it does not lie there or is not of this dose."""
    try:
        stored = dataset.private_block(PRIVATE_GROUP, PRIVATE_CREATOR)[DENSITY_ELEMENT].value
    except KeyError:
        return None
    if not isinstance(stored, bytes) or len(stored) != 2 * math.prod(shape):
        return None
    mg_per_ml = np.frombuffer(stored, "<u2").reshape(shape)[list(order)]
    return mg_per_ml.astype(np.float32) / np.float32(MG_PER_G) if mg_per_ml.all() else None


def _grid(
    dataset: Dataset, frames: int, *, what: str, alone_mm: float | None
) -> tuple[Grid, tuple[int, ...], tuple[Finding, ...]]:
    """Return where the frames of a dose lie: GridFrameOffsetVector, relative or (option b) absolute along z."""
    orientation = floats(dataset.get("ImageOrientationPatient"))
    position = floats(dataset.get("ImagePositionPatient"))
    offsets = np.asarray(floats(dataset.get("GridFrameOffsetVector")))
    along_row, along_column = directions(orientation, what=what)
    if len(position) != 3:
        raise GeometryError(
            f"{what} must state its position (ImagePositionPatient), but does not; export it again",
            code="position-absent",
        )
    if frames == 1 and not len(offsets):
        offsets = np.zeros(1)
    if len(offsets) != frames:
        raise GeometryError(
            f"{what} must state one frame offset for each of its {frames} frames (GridFrameOffsetVector), but states {len(offsets)}; export it again",
            code="frame-count",
            values={"offsets": len(offsets)},
        )
    normal = np.cross(along_row, along_column)
    findings: tuple[Finding, ...] = ()
    if offsets[0] != 0:
        # option b: the vector holds z itself, allowed for transverse frames only (PS3.3 C.8.8.3.2)
        if abs(abs(normal[2]) - 1) > 1e-4 or abs(offsets[0] - position[2]) > 0.1:
            raise GeometryError(
                f"frame offsets of {what} must start at zero or be z positions of transverse frames, but start at {offsets[0]:g} mm; export it again",
                code="frame-count",
                values={"first_offset_mm": float(offsets[0])},
            )
        findings = (
            Finding("note", "absolute-frame-offsets", f"{what}: frame offsets are z positions; they are used as such"),
        )
        offsets = (offsets - position[2]) * np.sign(normal[2])
    stack = stack_of(
        [tuple(float(v) for v in np.asarray(position) + normal * o) for o in offsets],
        orientation,
        pixel_spacing(floats(dataset.get("PixelSpacing")), what=what),
        (int(dataset.Rows), int(dataset.Columns)),
        thickness=(floats(dataset.get("SliceThickness")) or (alone_mm,))[0],
        frame_uid=str(dataset.get("FrameOfReferenceUID", "")),
        what=what,
    )
    return stack.grid, stack.order, (*findings, *stack.findings)


def quantised(gy: NDArray[Any], *, bits: int = 32) -> tuple[NDArray[Any], str]:
    """Return dose as whole numbers of `bits` and the scaling as it fits into a DICOM decimal string.

    stored = round(gy / scaling), scaling = max / (2^bits - 1) rounded up to 16 characters, all in float64.
    """
    top = (1 << bits) - 1
    peak = float(gy.max()) or 1.0
    scaling = str(DSfloat(peak / top, auto_format=True))
    if float(scaling) * top < peak:  # the text rounded down: the peak would overflow
        scaling = str(DSfloat(float(scaling) * (1 + 1e-9), auto_format=True))
    stored = np.empty(gy.shape, "<u4" if bits == 32 else "<u2")
    per_gy = 1 / np.float64(scaling)

    def part(frames: slice) -> None:  # a frame at a time stays in cache; numpy lets the other half go on
        whole = np.empty(gy.shape[1:], dtype=np.float64)
        for frame in range(*frames.indices(len(gy))):
            np.multiply(gy[frame], per_gy, out=whole)
            stored[frame] = np.rint(whole, out=whole)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(part, (slice(0, len(gy) // 2), slice(len(gy) // 2, None))))
    return stored, scaling


def _mg_per_ml(g_per_ml: NDArray[Any]) -> NDArray[Any]:
    """Return density in whole mg/mL, never zero, as 16 bits."""
    stored = np.empty(g_per_ml.shape, "<u2")
    for frame, given in zip(stored, g_per_ml, strict=True):
        frame[...] = np.clip(np.rint(given * MG_PER_G), 1, 65535)
    return stored


def _content(stored: NDArray[Any], *more: object) -> str:
    """Return a name for what is written: the SHA-256 of both halves' SHA-256 and of what stands around them."""
    half = len(stored) // 2
    parts = [hashlib.sha256(part.data).digest() for part in (stored[:half], stored[half:])]
    return hashlib.sha256(b"".join(parts) + repr(more).encode()).hexdigest()


def write_rtdose(
    path: Path,
    dose: DoseMap,
    identity: PatientIdentity,
    *,
    comment: str,
    bits: int = 32,
    density: DensityMap | None = None,
) -> None:
    """Write a dose grid as RTDOSE in Gy, in the patient, study and frame of reference of the identity.

    Parameters
    ----------
    comment
        What this dose is: dose per GBq, or the dose of a planned activity.
    bits
        32; 16 makes the twin that a validator without 32-bit doses can open.
    density
        What the dose was computed with, on its grid: kept in a private element, mg/mL, so that means of this file are energy over
        mass as those of the plan are. Other systems pass over it.

    Raises
    ------
    GeometryError
        A grid whose axes are not at right angles; a density on another grid.
    """
    stored, scaling = quantised(dose.gy, bits=bits)
    kept = b""
    if density is not None:
        require_same_grid(dose.grid, density.grid, what="dose and density")
        kept = _mg_per_ml(density.g_per_ml).tobytes()
    content = _content(stored, dose.grid, scaling, comment, identity.study_uid, hashlib.sha256(kept).digest())
    dataset = _dose_dataset(identity, content, comment)
    _place(dataset, dose.grid, identity)
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit = bits - 1
    dataset.PixelRepresentation = 0
    dataset.DoseUnits = "GY"
    dataset.DoseType = "PHYSICAL"
    dataset.DoseComment = comment[:64]
    dataset.DoseSummationType = "PLAN"
    plan = Dataset()
    plan.ReferencedSOPClassUID = RT_PLAN_STORAGE
    plan.ReferencedSOPInstanceUID = generate_uid(entropy_srcs=["plan", content])
    dataset.ReferencedRTPlanSequence = [plan]
    dataset.DoseGridScaling = scaling
    if kept:
        dataset.private_block(PRIVATE_GROUP, PRIVATE_CREATOR, create=True).add_new(DENSITY_ELEMENT, "OW", kept)
    dataset.PixelData = stored.tobytes()
    del stored  # writing copies the pixels once more: three copies of a large dose would be the most that a plan holds
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.save_as(path, enforce_file_format=True)


def _dose_dataset(identity: PatientIdentity, content: str, comment: str) -> FileDataset:
    """Return the patient, study and series of a dose; its UIDs follow from its content, its dates from the study."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = RT_DOSE_STORAGE
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["dose", content])
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID = meta.MediaStorageSOPClassUID
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.InstanceCreationDate = identity.study_date
    dataset.InstanceCreationTime = identity.study_time
    dataset.StudyDate = identity.study_date
    dataset.StudyTime = identity.study_time
    dataset.AccessionNumber = identity.accession
    dataset.Modality = "RTDOSE"
    dataset.Manufacturer = MAKER
    dataset.ManufacturerModelName = MAKER
    dataset.SoftwareVersions = "research use only"
    dataset.ReferringPhysicianName = identity.referring
    dataset.OperatorsName = ""
    dataset.SeriesDescription = comment[:64]
    dataset.PatientName = identity.patient_name
    dataset.PatientID = identity.patient_id
    dataset.PatientBirthDate = identity.birth_date
    dataset.PatientSex = identity.sex if identity.sex in {"M", "F", "O"} else ""
    dataset.StudyInstanceUID = identity.study_uid or generate_uid(entropy_srcs=["study", content])
    dataset.SeriesInstanceUID = generate_uid(entropy_srcs=["series", content])
    dataset.StudyID = identity.study_id
    dataset.SeriesNumber = 1
    dataset.InstanceNumber = 1
    return dataset


def _place(dataset: FileDataset, grid: Grid, identity: PatientIdentity) -> None:
    """Write where the grid lies: frames go along row x column direction or against it, as the offsets' sign says."""
    axes = grid.matrix[:3, :3]
    lengths = np.linalg.norm(axes, axis=0)
    unit = axes / lengths
    if np.abs(unit.T @ unit - np.eye(3)).max() > 1e-4:
        raise GeometryError(
            "a dose can be written on a grid with axes at right angles only, but this one is sheared; resample it",
            code="grid-oblique",
        )
    nz, ny, nx = grid.shape_zyx
    sign = 1.0 if float(np.cross(unit[:, 0], unit[:, 1]) @ unit[:, 2]) > 0 else -1.0
    dataset.FrameOfReferenceUID = (
        grid.frame_uid or identity.frame_uid or generate_uid(entropy_srcs=["frame", repr(grid), identity.study_uid])
    )
    dataset.PositionReferenceIndicator = ""
    dataset.NumberOfFrames = nz
    dataset.FrameIncrementPointer = 0x3004000C
    dataset.Rows, dataset.Columns = ny, nx
    dataset.PixelSpacing = [_ds(lengths[1]), _ds(lengths[0])]
    dataset.SliceThickness = _ds(lengths[2])
    dataset.ImagePositionPatient = [_ds(v) for v in grid.origin_lps_mm]
    dataset.ImageOrientationPatient = [_ds(v) for v in (*unit[:, 0], *unit[:, 1])]
    dataset.GridFrameOffsetVector = [_ds(sign * lengths[2] * k) for k in range(nz)]


def _ds(value: float) -> DSfloat:
    return DSfloat(float(value) + 0.0, auto_format=True)
