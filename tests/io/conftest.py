"""Small DICOM files of our own making, right by default and wrong in one stated way."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

CT = UID("1.2.840.10008.5.1.4.1.1.2")
PT = UID("1.2.840.10008.5.1.4.1.1.128")
NM = UID("1.2.840.10008.5.1.4.1.1.20")
RTSTRUCT = UID("1.2.840.10008.5.1.4.1.1.481.3")
SEG = UID("1.2.840.10008.5.1.4.1.1.66.4")
REG = UID("1.2.840.10008.5.1.4.1.1.66.1")
FRAME = generate_uid(entropy_srcs=["frame"])
STUDY = generate_uid(entropy_srcs=["study"])
ABSENT = object()

VIEWS = {"Anterior": ("399321004", "SCT"), "Posterior": ("399001007", "SCT")}

Maker = Callable[..., Path]


def _as_made(_ds: FileDataset, _k: int) -> None:
    """Change nothing of a slice."""


def _file(storage: UID, modality: str, key: str) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = storage
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[key])
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID = storage, meta.MediaStorageSOPInstanceUID
    ds.StudyDate, ds.StudyTime = "20260301", "080000"
    ds.SeriesDate, ds.SeriesTime = "20260301", "090000"
    ds.AcquisitionDate, ds.AcquisitionTime = "20260301", "090000"
    ds.Modality, ds.Manufacturer = modality, "Maker"
    ds.PatientName, ds.PatientID, ds.PatientBirthDate, ds.PatientSex = "Secret^Person", "SECRET-1", "19500101", "F"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = STUDY, generate_uid(entropy_srcs=["series", modality])
    ds.FrameOfReferenceUID = FRAME
    ds.PatientPosition = "HFS"
    return ds


def _pixels(ds: Dataset, array: NDArray[Any]) -> None:
    ds.Rows, ds.Columns = array.shape[-2:]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    bits = 8 * array.dtype.itemsize
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = bits, bits, bits - 1
    ds.PixelRepresentation = int(array.dtype.kind == "i")
    ds.PixelData = array.astype(array.dtype.newbyteorder("<")).tobytes()


def _change(ds: Dataset, changes: Mapping[str, Any]) -> None:
    for keyword, value in changes.items():
        if value is ABSENT:
            if keyword in ds:
                delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)


def _save(ds: FileDataset, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    ds.save_as(path, enforce_file_format=True)
    return path


@pytest.fixture
def absent() -> object:
    """Return the value that takes a tag away."""
    return ABSENT


@pytest.fixture
def frame_uid() -> str:
    """Return the frame of reference that all made files share."""
    return str(FRAME)


def _stack(
    folder: Path,
    stored: NDArray[Any],
    storage: UID,
    modality: str,
    *,
    spacing: tuple[float, float, float],
    origin: Sequence[float],
    orientation: Sequence[float],
    shuffle: bool,
    each: Callable[[FileDataset, int], None],
    changes: Mapping[str, Any],
) -> Path:
    dz, dy, dx = spacing
    normal = np.cross(orientation[:3], orientation[3:])
    order = np.random.default_rng(5).permutation(len(stored)) if shuffle else np.arange(len(stored))
    for at, k in enumerate(order):
        ds = _file(storage, modality, f"{folder.name}{modality}{k}")
        ds.SeriesInstanceUID = generate_uid(entropy_srcs=["series", folder.name, modality])
        ds.InstanceNumber = at + 1
        ds.SliceThickness = dz
        ds.PixelSpacing = [dy, dx]
        ds.ImageOrientationPatient = [float(v) for v in orientation]
        ds.ImagePositionPatient = [round(float(v), 6) for v in np.asarray(origin) + normal * dz * k]
        _pixels(ds, stored[k])
        _change(ds, changes)
        each(ds, int(k))
        _save(ds, folder / f"{at:04d}.dcm")
    return folder


@pytest.fixture
def make_ct() -> Maker:
    """Return a maker of CT series: `make_ct(folder, stored, each=…, TagKeyword=value or absent)`."""

    def make(
        folder: Path,
        stored: NDArray[Any],
        *,
        spacing: tuple[float, float, float] = (3.0, 0.8, 0.9),
        origin: Sequence[float] = (-10.0, -20.0, -30.0),
        orientation: Sequence[float] = (1, 0, 0, 0, 1, 0),
        shuffle: bool = False,
        each: Callable[[FileDataset, int], None] = _as_made,
        **changes: Any,
    ) -> Path:
        tags = {"RescaleSlope": 1, "RescaleIntercept": -1024, "RescaleType": "HU", **changes}
        return _stack(
            folder, stored, CT, "CT",
            spacing=spacing, origin=origin, orientation=orientation, shuffle=shuffle, each=each, changes=tags,
        )  # fmt: skip

    return make


@pytest.fixture
def make_pt() -> Maker:
    """Return a maker of PET series in Bq/mL of 90Y."""

    def make(
        folder: Path,
        stored: NDArray[Any],
        *,
        spacing: tuple[float, float, float] = (3.0, 4.0, 4.0),
        origin: Sequence[float] = (-10.0, -20.0, -30.0),
        orientation: Sequence[float] = (1, 0, 0, 0, 1, 0),
        half_life_s: float | None = 64.05 * 3600,
        code: tuple[str, str] | None = ("C-162A7", "^90^Yttrium"),
        given: str = "20260228150000",
        each: Callable[[FileDataset, int], None] = _as_made,
        **changes: Any,
    ) -> Path:
        drug = Dataset()
        if given:
            drug.RadiopharmaceuticalStartDateTime = given
        if half_life_s is not None:
            drug.RadionuclideHalfLife = str(half_life_s)[:16]
        if code is not None:
            item = Dataset()
            item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code[0], "SRT", code[1]
            drug.RadionuclideCodeSequence = Items([item])
        tags = {
            "Units": "BQML",
            "DecayCorrection": "START",
            "RescaleSlope": 2.5,
            "RescaleIntercept": 0,
            "ActualFrameDuration": 600000,
            "RadiopharmaceuticalInformationSequence": Items([drug]),
            **changes,
        }
        return _stack(
            folder, stored, PT, "PT",
            spacing=spacing, origin=origin, orientation=orientation, shuffle=False, each=each, changes=tags,
        )  # fmt: skip

    return make


def _window(low: float, high: float) -> Dataset:
    limits = Dataset()
    limits.EnergyWindowLowerLimit, limits.EnergyWindowUpperLimit = low, high
    window = Dataset()
    window.EnergyWindowRangeSequence = Items([limits])
    return window


def _technetium() -> Items:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "C-163A8", "SRT", "^99m^Technetium"
    drug = Dataset()
    drug.RadionuclideCodeSequence = Items([item])
    return Items([drug])


@pytest.fixture
def make_tomo() -> Maker:
    """Return a maker of reconstructed NM tomograms; geometry stands in the detector's sequence alone."""

    def make(
        path: Path,
        stored: NDArray[Any],
        *,
        spacing: tuple[float, float, float] = (4.4, 4.4, 4.4),
        step: float | None = None,
        position: Sequence[float] | None = (-50.0, -60.0, -70.0),
        orientation: Sequence[float] | None = (1, 0, 0, 0, 1, 0),
        **changes: Any,
    ) -> Path:
        ds = _file(NM, "NM", path.name)
        ds.SeriesInstanceUID = generate_uid(entropy_srcs=["tomo", path.name])
        ds.ImageType = ["DERIVED", "PRIMARY", "RECON TOMO", "EMISSION"]
        ds.NumberOfFrames = len(stored)
        ds.PixelSpacing = list(spacing[1:])
        ds.SliceThickness = spacing[0]
        ds.SpacingBetweenSlices = spacing[0] if step is None else step
        ds.SliceVector = list(range(1, len(stored) + 1))
        ds.NumberOfSlices = len(stored)
        ds.NumberOfEnergyWindows = 1
        ds.CorrectedImage = ["UNIF", "ATTN", "SCAT"]
        ds.EnergyWindowInformationSequence = Items([_window(126, 154)])
        ds.RadiopharmaceuticalInformationSequence = _technetium()
        detector = Dataset()
        if position is not None:
            detector.ImagePositionPatient = list(position)
        if orientation is not None:
            detector.ImageOrientationPatient = list(orientation)
        ds.DetectorInformationSequence = Items([detector])
        _pixels(ds, stored)
        _change(ds, changes)
        return _save(ds, path)

    return make


@pytest.fixture
def make_planar() -> Maker:
    """Return a maker of planar scans: frames in the order of `views`, each (side code meaning or start angle, window)."""

    def make(
        path: Path,
        stored: NDArray[Any],
        *,
        sides: Sequence[str | float | None] = ("Anterior", "Posterior"),
        windows: Sequence[tuple[float, float]] = ((126, 154),),
        window_of: Sequence[int] | None = None,
        detector_of: Sequence[int] | None = None,
        **changes: Any,
    ) -> Path:
        ds = _file(NM, "NM", path.name)
        ds.SeriesInstanceUID = generate_uid(entropy_srcs=["planar", path.name])
        ds.ImageType = ["ORIGINAL", "PRIMARY", "WHOLE BODY", "EMISSION"]
        ds.NumberOfFrames = len(stored)
        ds.PixelSpacing = [2.4, 2.4]
        ds.DetectorVector = list(detector_of or range(1, len(stored) + 1))
        ds.EnergyWindowVector = list(window_of or [1] * len(stored))
        ds.NumberOfEnergyWindows = len(windows)
        ds.EnergyWindowInformationSequence = Items([_window(*w) for w in windows])
        detectors = []
        for side in sides:
            detector = Dataset()
            if isinstance(side, str):
                code = Dataset()
                code.CodeValue, code.CodingSchemeDesignator = VIEWS.get(side, (side[:3], "99T"))
                code.CodeMeaning = side
                detector.ViewCodeSequence = Items([code])
            elif side is not None:
                detector.StartAngle = side
            detectors.append(detector)
        ds.DetectorInformationSequence = Items(detectors)
        _pixels(ds, stored)
        _change(ds, changes)
        return _save(ds, path)

    return make


@pytest.fixture
def make_rtstruct() -> Maker:
    """Return a maker of structure sets: `{name: polygons}` or `{name: [(type, polygon) …]}`."""

    def make(path: Path, structures: Mapping[str, Sequence[Any]], *, frame: str = str(FRAME), **changes: Any) -> Path:
        ds = _file(RTSTRUCT, "RTSTRUCT", path.name)
        ds.SeriesInstanceUID = generate_uid(entropy_srcs=["rtstruct", path.name])
        ds.StructureSetLabel = "drawn"
        rois, drawn = [], []
        for number, (name, polygons) in enumerate(structures.items(), start=1):
            roi = Dataset()
            roi.ROINumber, roi.ROIName, roi.ReferencedFrameOfReferenceUID = number, name, frame
            rois.append(roi)
            contours = []
            for polygon in polygons:
                kind, points = polygon if isinstance(polygon, tuple) else ("CLOSED_PLANAR", polygon)
                item = Dataset()
                item.ContourGeometricType = kind
                item.NumberOfContourPoints = len(points)
                item.ContourData = [f"{v:.6f}"[:16] for v in np.asarray(points).ravel()]
                contours.append(item)
            entry = Dataset()
            entry.ReferencedROINumber = number
            if contours:
                entry.ContourSequence = Items(contours)
            drawn.append(entry)
        ds.StructureSetROISequence, ds.ROIContourSequence = Items(rois), Items(drawn)
        _change(ds, changes)
        return _save(ds, path)

    return make


@pytest.fixture
def make_seg() -> Maker:
    """Return a maker of segmentations of whole bytes: `make_seg(path, {height: mask}, thickness=…, stated=…, images={height: UID})`.

    Heights are along the normal of `orientation`; `series` and `images` name what it was drawn on.
    """

    def make(
        path: Path,
        planes: Mapping[float, NDArray[Any]],
        *,
        pixel_mm: float = 1.0,
        orientation: Sequence[float] = (1, 0, 0, 0, 1, 0),
        turned: Mapping[float, Sequence[float]] | None = None,
        thickness: float | None = None,
        stated: float | None = None,
        series: str = "",
        images: Mapping[float, str] | None = None,
        **changes: Any,
    ) -> Path:
        ds = _file(SEG, "SEG", path.name)
        _pixels(ds, np.stack([np.asarray(m, dtype=np.uint8) for m in planes.values()]) * 100)
        ds.NumberOfFrames, ds.SegmentationType, ds.MaximumFractionalValue = len(planes), "FRACTIONAL", 100
        ds.SegmentationFractionalType = "OCCUPANCY"
        segment, measures, shared = Dataset(), Dataset(), Dataset()
        segment.SegmentNumber, segment.SegmentLabel = 1, "Liver"
        ds.SegmentSequence = Items([segment])
        measures.PixelSpacing = [pixel_mm, pixel_mm]
        for keyword, value in (("SliceThickness", thickness), ("SpacingBetweenSlices", stated)):
            if value is not None:
                setattr(measures, keyword, value)
        shared.PixelMeasuresSequence = Items([measures])
        ds.SharedFunctionalGroupsSequence = Items([shared])
        normal = np.cross(orientation[:3], orientation[3:])
        frames = []
        for height in planes:
            frame, place, turn, shown = Dataset(), Dataset(), Dataset(), Dataset()
            place.ImagePositionPatient = [f"{v:.6f}"[:16] for v in normal * height]
            turn.ImageOrientationPatient = [f"{v:.9f}"[:16] for v in (turned or {}).get(height, orientation)]
            shown.ReferencedSegmentNumber = 1
            frame.PlanePositionSequence, frame.PlaneOrientationSequence = Items([place]), Items([turn])
            frame.SegmentIdentificationSequence = Items([shown])
            if images:
                derived, source = Dataset(), Dataset()
                source.ReferencedSOPInstanceUID = images[height]
                derived.SourceImageSequence = Items([source])
                frame.DerivationImageSequence = Items([derived])
            frames.append(frame)
        ds.PerFrameFunctionalGroupsSequence = Items(frames)
        if series:
            named = Dataset()
            named.SeriesInstanceUID = series
            ds.ReferencedSeriesSequence = Items([named])
        _change(ds, changes)
        return _save(ds, path)

    return make


@pytest.fixture
def make_reg() -> Maker:
    """Return a maker of spatial registrations: `make_reg(path, {source frame: 4 x 4 matrix}, target=frame)`."""

    def make(
        path: Path,
        motions: Mapping[str, Any],
        *,
        target: str = str(FRAME),
        kind: str = "RIGID",
        **changes: Any,
    ) -> Path:
        ds = _file(REG, "REG", path.name)
        ds.SeriesInstanceUID = generate_uid(entropy_srcs=["reg", path.name])
        ds.SeriesDescription = "fusion"
        ds.FrameOfReferenceUID = target
        ds.RegistrationSequence = Items([_moving(uid, m, kind) for uid, m in {target: np.eye(4), **motions}.items()])
        _change(ds, changes)
        return _save(ds, path)

    return make


def _moving(frame: str, matrix: Any, kind: str) -> Dataset:
    step, registration, item = Dataset(), Dataset(), Dataset()
    step.FrameOfReferenceTransformationMatrix = [f"{v:.12f}"[:16] for v in np.asarray(matrix).ravel()]
    step.FrameOfReferenceTransformationMatrixType = kind
    registration.MatrixSequence = Items([step])
    item.FrameOfReferenceUID = frame
    item.MatrixRegistrationSequence = Items([registration])
    return item


@pytest.fixture
def circle() -> Callable[..., NDArray[np.float64]]:
    """Return a maker of circles in transverse planes."""

    def draw(centre: tuple[float, float], radius: float, z: float, points: int = 90) -> NDArray[np.float64]:
        angle = 2 * np.pi * np.arange(points) / points
        x, y = centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)
        return np.stack([x, y, np.full(points, z)], axis=1)

    return draw
