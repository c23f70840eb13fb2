"""CT: stored numbers to Hounsfield units on a grid, and back."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from pydicom.dataset import FileDataset
from pydicom.uid import UID

from yttria.io.dicom.common_modules import decimal, encoded, new_dataset, save, uid_of, write_axial_plane
from yttria.io.dicom.dataset import well_formed
from yttria.io.dicom.gantry_tilt import BLANK_HU, upright
from yttria.io.dicom.geometry import same_numbers, series_stack
from yttria.io.dicom.pixels import read_slices, require_rescale, rescale_of, seal
from yttria.io.dicom.series import Series
from yttria.io.dicom.stored_bits import padding_of
from yttria.values.errors import Finding, GeometryError, IntakeError
from yttria.values.grid import Grid
from yttria.values.maps import CtImage
from yttria.values.patient import PatientIdentity

SHARED = (
    "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "SamplesPerPixel", "PhotometricInterpretation",
    "PatientPosition", "SliceThickness",
)  # fmt: skip
SHARED_OF_CT = (*SHARED, "RescaleSlope", "RescaleIntercept", "RescaleType", "GantryDetectorTilt")
LOWEST_TISSUE_HU, HIGHEST_TISSUE_HU = -900.0, 3071.0  # from lung full of air to the end of a 12-bit scale
CT_IMAGE_STORAGE = UID("1.2.840.10008.5.1.4.1.1.2")


def read_ct(series: Series) -> CtImage:
    """Read a CT series: HU, int16 where they are whole numbers, float32 otherwise.

    HU = slope * stored + intercept, slice by slice.

    Raises
    ------
    IntakeError
        Not a CT in HU, pixels missing or cut short.
    GeometryError
        Slices that do not make one complete, even stack.

    Notes
    -----
    Slices of a tilted gantry are shifted within their planes onto an upright grid (`tilt.upright`); what none covers is air.
    """
    return examine_ct(series)[0]


@well_formed("the CT")
def examine_ct(series: Series) -> tuple[CtImage, tuple[Finding, ...]]:
    """Read a CT series together with the findings that it raises."""
    what = "the CT"
    series.require_described()
    require_hu(series, what=what)
    require_rescale(series.headers, what=what)
    stack = series_stack(series, what=what, tilted=True)
    ordered = [series.headers[i] for i in stack.order]
    shape = (len(ordered), series.first.count("Rows"), series.first.count("Columns"))
    hu = read_slices(ordered, shape, blank=BLANK_HU, what=what)
    if stack.shear is not None:
        hu = seal(upright(hu, stack.shear, blank=BLANK_HU))
    return CtImage(stack.grid, hu), (*audit_headers(series, what=what), *stack.findings)


def require_hu(series: Series, *, what: str) -> None:
    """Refuse a series that states another unit than HU, or colour.

    Raises
    ------
    IntakeError
        RescaleType names another unit; several numbers a pixel.
    """
    kinds = {h.text("RescaleType").upper() for h in series.headers} - {"", "HU", "US"}
    if kinds:
        raise IntakeError(
            f"{what} must be in HU, but its RescaleType is {', '.join(sorted(kinds))}; choose the plain reconstruction",
            code="ct-unit",
        )
    if any(h.count("SamplesPerPixel") > 1 for h in series.headers):
        raise IntakeError(
            f"{what} must have one number a pixel, but is in colour; choose the plain reconstruction",
            code="pixel-colour",
        )


def audit_headers(series: Series, *, what: str) -> tuple[Finding, ...]:
    """Return the findings that headers raise about any stack of slices: blank UIDs, no patient position."""
    findings: list[Finding] = []
    uids = [h.text("SOPInstanceUID") for h in series.headers if not h.frame]  # frames of one file share its UID
    if "" in uids:
        findings.append(
            Finding(
                "warning",
                "blank-uids",
                f"{what}: {uids.count('')} of {len(uids)} files carry no SOPInstanceUID; slices are told apart by position",
                values={"images": len(uids)},
            )
        )
    elif len(set(uids)) < len(uids):
        findings.append(
            Finding(
                "warning",
                "repeated-uids",
                f"{what}: {len(uids) - len(set(uids))} files repeat a SOPInstanceUID; slices are told apart by position",
                values={"images": len(uids) - len(set(uids))},
            )
        )
    if not series.first.text("PatientPosition"):
        findings.append(
            Finding(
                "note",
                "no-patient-position",
                f"{what}: PatientPosition is absent; left and right stand on ImageOrientationPatient alone",
            )
        )
    if not series.first.text("FrameOfReferenceUID"):
        findings.append(
            Finding(
                "note", "no-frame", f"{what}: no frame of reference is stated; it is taken to lie where the others lie"
            )
        )
    findings += _audit_differing(series, what=what)
    findings += _audit_padding(series, what=what) if series.modality == "CT" else []
    return tuple(findings)


def _audit_padding(series: Series, *, what: str) -> list[Finding]:
    """Return a finding where pixel padding is a number that tissue can have: such voxels are read as air."""
    ends = [(limits, rescale_of(h)) for h in series.headers if (limits := padding_of(h.tags)) is not None]
    tissue = sorted({slope * end + shift for limits, (slope, shift) in ends for end in limits})
    if not any(LOWEST_TISSUE_HU < hu < HIGHEST_TISSUE_HU for hu in tissue):
        return []
    message = (
        f"{what}: pixel padding is {' to '.join(f'{hu:g}' for hu in sorted({tissue[0], tissue[-1]}))} HU (PixelPaddingValue), which tissue can have too; "
        "every voxel of it is read as air, make sure that none lies in the body"
    )
    return [Finding("warning", "padding-like-tissue", message, {"lowest_hu": tissue[0], "highest_hu": tissue[-1]})]


def _audit_differing(series: Series, *, what: str) -> list[Finding]:
    """Return a finding where slices of one stack differ in what they share: bits, posture, and in CT the rescale."""
    tags = SHARED_OF_CT if series.modality == "CT" else SHARED
    differ = [tag for tag in tags if _differs([(h.numbers(tag), h.text(tag)) for h in series.headers])]
    if not differ:
        return []
    message = f"{what}: its slices differ in {', '.join(differ)}; each is read as it says, make sure that they are of one reconstruction"
    return [Finding("warning", "slices-differ", message)]


def _differs(stated: Sequence[tuple[tuple[float, ...], str]]) -> bool:
    """Tell whether slices state different things in one tag, as numbers where all are numbers."""
    numbers, texts = {n for n, _ in stated}, {t for _, t in stated}
    return len(texts) > 1 and (() in numbers or not same_numbers(list(numbers)))


def write_ct(folder: Path, ct: CtImage, identity: PatientIdentity, *, description: str) -> PatientIdentity:
    """Write a CT as one file a slice (ct-001.dcm …, from the feet up), and return the identity with the CT's identifiers.

    Identifiers follow from the study and the pixels: the same CT always gets the same ones.

    Parameters
    ----------
    folder
        Exists.
    description
        Series description.

    Raises
    ------
    GeometryError
        A grid that does not lie along the patient's axes, slices upwards.
    """
    grid = ct.grid
    if not grid.is_axis_aligned or (np.diag(grid.matrix) <= 0).any():
        raise GeometryError(
            f"a CT is written on a grid along the patient's axes (left, back, head), but this one is {grid!r}; resample it",
            code="grid-oblique",
        )
    stored = np.ascontiguousarray(np.rint(ct.hu), dtype="<i2")
    content = hashlib.sha256(stored.tobytes() + repr(grid.affine_lps_mm).encode()).hexdigest()
    series = uid_of("ct", identity.study_uid, content)
    frame = grid.frame_uid or identity.frame_uid or uid_of("frame", identity.study_uid, content)
    instances = tuple(str(uid_of(series, k)) for k in range(len(stored)))
    dataset = _ct_slice(grid, identity, description=description, series=series, frame=frame)
    least, most = int(stored.min()), int(stored.max())
    dataset.SmallestImagePixelValue, dataset.LargestImagePixelValue = least, most
    dataset.PixelData = stored[0].tobytes()
    dataset = encoded(dataset)
    x, y, z = grid.origin_lps_mm
    for k, (plane, instance) in enumerate(zip(stored, instances, strict=True)):
        height = z + k * grid.spacing_zyx_mm[0]
        dataset.file_meta.MediaStorageSOPInstanceUID = UID(instance)
        dataset.SOPInstanceUID = instance
        dataset.InstanceNumber = k + 1
        dataset.ImagePositionPatient = [decimal(x), decimal(y), decimal(height)]
        dataset.SliceLocation = decimal(height)
        dataset.PixelData = plane.tobytes()
        save(dataset, folder / f"ct-{k + 1:03d}.dcm")
    return replace(identity, frame_uid=str(frame), ct_series_uid=str(series), ct_sop_uids=instances)


def _ct_slice(grid: Grid, identity: PatientIdentity, *, description: str, series: UID, frame: str) -> FileDataset:
    """Return what all slices of a CT share."""
    dataset = new_dataset(
        CT_IMAGE_STORAGE,
        identity,
        modality="CT",
        description=description,
        series=series,
        instance=UID("2.25.0"),
        number=1,
    )
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.AcquisitionDate = dataset.ContentDate = identity.study_date
    dataset.AcquisitionTime = dataset.ContentTime = identity.study_time
    dataset.AcquisitionNumber = 1
    dataset.PatientPosition = "HFS"
    dataset.FrameOfReferenceUID = frame
    dataset.KVP = "120"
    write_axial_plane(dataset, grid)
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = "0", "1", "HU"
    dataset.WindowCenter, dataset.WindowWidth = "40", "400"
    return dataset
