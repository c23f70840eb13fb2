"""Nuclear medicine objects as they are written: a reconstructed tomogram, a whole-body scan of conjugate views.

Position and orientation stand in the detectors' sequence, where real systems keep them.
"""

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import UID

from yttria.io.dicom.common_modules import code, decimal, new_dataset, save, uid_of, write_posture
from yttria.values.errors import GeometryError
from yttria.values.grid import Grid
from yttria.values.maps import CountMap
from yttria.values.patient import PatientIdentity
from yttria.values.planar import PlanarScan

NM_IMAGE_STORAGE = UID("1.2.840.10008.5.1.4.1.1.20")
MOST = 65535  # of a stored number
PHOTOPEAK_KEV = (126.45, 154.55)  # 20 % around 140.5 keV


def write_tomo(path: Path, counts: CountMap, identity: PatientIdentity, *, description: str) -> None:
    """Write a reconstructed tomogram: whole counts as they are, others with the slope that uses 16 bits.

    Raises
    ------
    GeometryError
        A grid that does not lie along the patient's axes, slices upwards.
    """
    stored, slope = _quantised(counts.counts)
    content = hashlib.sha256(stored.tobytes() + repr((counts.grid.affine_lps_mm, slope)).encode()).hexdigest()
    dataset = _nm(identity, content, description=description, number=2, frames=len(stored), kind="RECON TOMO")
    grid = counts.grid
    if not grid.is_axis_aligned or (np.diag(grid.matrix) <= 0).any():
        raise GeometryError(
            f"a tomogram is written on a grid along the patient's axes (left, back, head), but this one is {grid!r}; resample it",
            code="grid-oblique",
        )
    dataset.FrameOfReferenceUID = grid.frame_uid or identity.frame_uid or uid_of("frame", identity.study_uid, content)
    dataset.PositionReferenceIndicator = ""
    _pixels(dataset, stored, slope, (grid.spacing_zyx_mm[1], grid.spacing_zyx_mm[2]))
    dataset.FrameIncrementPointer = 0x00540080
    dataset.NumberOfSlices = len(stored)
    dataset.SliceVector = list(range(1, len(stored) + 1))
    dataset.SliceThickness = dataset.SpacingBetweenSlices = decimal(grid.spacing_zyx_mm[0])
    dataset.EnergyWindowInformationSequence = Items([_window(*PHOTOPEAK_KEV, "Tc99m photopeak")])
    dataset.DetectorInformationSequence = Items([_tomo_detector(grid)])
    dataset.RotationInformationSequence = Items([_rotation()])
    dataset.NumberOfRotations = 1
    dataset.CorrectedImage = ["UNIF", "ATTN", "SCAT"]
    dataset.CountsAccumulated = ""
    save(dataset, path)


def write_planar(path: Path, scan: PlanarScan, identity: PatientIdentity, *, description: str) -> None:
    """Write conjugate views as a whole-body scan: a frame a detector and energy window, the posterior one as its camera sees it.

    The windows are written around 140.5 keV: 20 % for the photopeak, the scatter window below it as wide as `window_ratio` says.
    """
    views = [(1, 1, scan.anterior), (2, 1, scan.posterior[:, ::-1])]
    if scan.scatter_anterior is not None and scan.scatter_posterior is not None:
        views += [(1, 2, scan.scatter_anterior), (2, 2, scan.scatter_posterior[:, ::-1])]
    stored, slope = _quantised(np.stack([v for _, _, v in views]))
    content = hashlib.sha256(stored.tobytes() + repr((scan.origin_xz_mm, slope)).encode()).hexdigest()
    dataset = _nm(identity, content, description=description, number=4, frames=len(stored), kind="WHOLE BODY")
    dataset.FrameOfReferenceUID = scan.frame_uid or identity.frame_uid or uid_of("frame", identity.study_uid, content)
    dataset.PositionReferenceIndicator = ""
    _pixels(dataset, stored, slope, scan.pixel_mm)
    dataset.FrameIncrementPointer = [0x00540010, 0x00540020]
    dataset.EnergyWindowVector = [w for _, w, _ in views]
    dataset.DetectorVector = [d for d, _, _ in views]
    low, high = PHOTOPEAK_KEV
    windows = [_window(low, high, "Tc99m photopeak")]
    if len(views) > 2:
        width = (high - low) / (scan.window_ratio or 1.0)
        windows.append(_window(low - width, low, "Tc99m scatter"))
    dataset.EnergyWindowInformationSequence = Items(windows)
    dataset.NumberOfEnergyWindows = len(windows)
    dataset.NumberOfDetectors = 2
    dataset.DetectorInformationSequence = Items([_planar_detector(scan, side) for side in ("anterior", "posterior")])
    dataset.ActualFrameDuration = 240000
    dataset.WholeBodyTechnique = "1PS"
    dataset.ScanLength = round(scan.pixel_mm[0] * scan.anterior.shape[0])
    dataset.ScanVelocity = "2"
    dataset.CountsAccumulated = int(min(stored.sum(dtype=np.int64) * slope, 2**31 - 1))
    save(dataset, path)


def _quantised(values: NDArray[np.float32]) -> tuple[NDArray[np.uint16], float]:
    """Return whole numbers of 16 bits and the slope that turns them back."""
    whole = np.rint(values)
    if float(values.max()) <= MOST and np.array_equal(whole, values):
        return whole.astype("<u2"), 1.0
    slope = float(decimal(float(values.max()) / MOST * (1 + 1e-9)))
    return np.rint(values / np.float64(slope)).astype("<u2"), slope


def _nm(
    identity: PatientIdentity, content: str, *, description: str, number: int, frames: int, kind: str
) -> FileDataset:
    """Return what tomograms and planar scans share: time, isotope, detectors' count."""
    name = kind.replace(" ", "-").lower()
    dataset = new_dataset(
        NM_IMAGE_STORAGE,
        identity,
        modality="NM",
        description=description,
        series=uid_of(name, "series", identity.study_uid, content),
        instance=uid_of(name, identity.study_uid, content),
        number=number,
    )
    dataset.ImageType = ["DERIVED" if kind == "RECON TOMO" else "ORIGINAL", "PRIMARY", kind, "EMISSION"]
    dataset.InstanceNumber = 1
    dataset.ContentDate = dataset.AcquisitionDate = identity.study_date
    dataset.ContentTime = dataset.AcquisitionTime = identity.study_time
    write_posture(dataset)
    dataset.NumberOfFrames = frames
    dataset.NumberOfEnergyWindows = dataset.NumberOfDetectors = 1
    dataset.AcquisitionTerminationCondition = "TIME"
    dataset.AcquisitionContextSequence = Items([])
    agent = Dataset()
    agent.RadionuclideCodeSequence = Items([code("72454006", "SCT", "^99m^Technetium")])
    agent.RadiopharmaceuticalRoute = "Intra-arterial route"
    agent.RadionuclideTotalDose = ""
    agent.Radiopharmaceutical = "99mTc macroaggregated albumin"
    agent.RadiopharmaceuticalCodeSequence = Items([code("85693008", "SCT", "Technetium Tc^99m^ aggregated albumin")])
    dataset.RadiopharmaceuticalInformationSequence = Items([agent])
    return dataset


def _pixels(dataset: Dataset, stored: NDArray[np.uint16], slope: float, pixel_mm: tuple[float, float]) -> None:
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = stored.shape[1:]
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = 0
    dataset.PixelSpacing = [decimal(v) for v in pixel_mm]
    dataset.LargestImagePixelValue, dataset.SmallestImagePixelValue = int(stored.max()), int(stored.min())
    dataset.WindowCenter, dataset.WindowWidth = str(int(stored.max()) // 2), str(max(int(stored.max()), 1))
    if slope != 1.0:
        dataset.RescaleIntercept, dataset.RescaleSlope = "0", decimal(slope)
    dataset.PixelData = stored.tobytes()


def _window(low: float, high: float, name: str) -> Dataset:
    limits = Dataset()
    limits.EnergyWindowLowerLimit, limits.EnergyWindowUpperLimit = decimal(low), decimal(high)
    window = Dataset()
    window.EnergyWindowName = name
    window.EnergyWindowRangeSequence = Items([limits])
    return window


def _tomo_detector(grid: Grid) -> Dataset:
    """Return the detector item that holds the volume's position and orientation, where real systems keep them."""
    detector = Dataset()
    detector.CollimatorGridName, detector.CollimatorType = "LEHR", "PARA"
    detector.FieldOfViewShape = ""
    detector.ImagePositionPatient = [decimal(v) for v in grid.origin_lps_mm]
    detector.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    return detector


def _rotation() -> Dataset:
    turn = Dataset()
    turn.StartAngle, turn.AngularStep, turn.ScanArc = "180", "3", "360"
    turn.RotationDirection = "CW"
    turn.ActualFrameDuration = 20000
    turn.NumberOfFramesInRotation = 120
    return turn


def _planar_detector(scan: PlanarScan, side: str) -> Dataset:
    """Return a head of the camera: in front at 180 degrees, behind at 0, each with its picture's place and view."""
    detector = Dataset()
    front = side == "anterior"
    detector.CollimatorGridName, detector.CollimatorType = "LEHR", "PARA"
    detector.FieldOfViewShape = ""
    detector.StartAngle = "180" if front else "0"
    if scan.origin_xz_mm is not None:
        x, z = scan.origin_xz_mm
        x = x if front else x + (scan.anterior.shape[1] - 1) * scan.pixel_mm[1]
        detector.ImagePositionPatient = [decimal(x), "0", decimal(z)]
        detector.ImageOrientationPatient = ["1" if front else "-1", "0", "0", "0", "0", "-1"]
    view = ("399321004", "Anterior projection") if front else ("399001007", "Posterior projection")
    detector.ViewCodeSequence = Items([code(view[0], "SCT", view[1])])
    return detector
