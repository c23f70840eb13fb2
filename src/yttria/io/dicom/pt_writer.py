"""A PET as scanners write it: one file a slice, each with its own slope, Bq/mL at the start of the scan."""

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import UID

from yttria.data import table
from yttria.io.dicom.common_modules import (
    code,
    decimal,
    encoded,
    new_dataset,
    save,
    uid_of,
    write_axial_plane,
    write_posture,
)
from yttria.values.errors import GeometryError
from yttria.values.maps import ActivityMap
from yttria.values.patient import PatientIdentity
from yttria.values.treatment import Administration
from yttria.values.units import SECONDS_PER_HOUR

PT_IMAGE_STORAGE = UID("1.2.840.10008.5.1.4.1.1.128")
MOST = 32767  # of a stored number: signed 16 bits, as scanners write
CORRECTIONS = ["DECY", "RADL", "ATTN", "SCAT", "DTIM", "RAN", "NORM"]
DATE, TIME, BOTH = "%Y%m%d", "%H%M%S", "%Y%m%d%H%M%S"


@dataclass(frozen=True, slots=True)
class PetScan:
    """When and how long a patient was scanned, and what he had been given.

    Parameters
    ----------
    start
        With its zone.
    minutes
        Of the scan.
    given
        Activity in the patient, and when.
    """

    start: datetime
    minutes: float
    given: Administration


def write_pt(folder: Path, image: ActivityMap, scan: PetScan, identity: PatientIdentity, *, description: str) -> None:
    """Write a PET as one file a slice (pt-001.dcm …, from the feet up), corrected for decay to the start of the scan.

    Identifiers follow from the study and the pixels: the same image always gets the same ones.

    Parameters
    ----------
    folder
        Exists.
    image
        Bq/mL at the start of the scan.

    Raises
    ------
    GeometryError
        A grid that does not lie along the patient's axes, slices upwards.

    Source
    ------
    DICOM PS3.3 C.8.9.1 to C.8.9.4 (PET Series, Isotope, Multi-gated Acquisition and Image modules).
    """
    grid = image.grid
    if not grid.is_axis_aligned or (np.diag(grid.matrix) <= 0).any():
        raise GeometryError(
            f"a PET is written on a grid along the patient's axes (left, back, head), but this one is {grid!r}; resample it",
            code="pet-oblique",
        )
    content = hashlib.sha256(image.bq_per_ml.tobytes() + repr(grid.affine_lps_mm).encode()).hexdigest()
    series = uid_of("pt", identity.study_uid, content)
    dataset = _pt_slice(image, scan, identity, description=description, series=series)
    dataset.PixelData = b"\0\0"
    dataset = encoded(dataset)
    x, y, z = grid.origin_lps_mm
    for k, plane in enumerate(image.bq_per_ml):
        most = float(plane.max())
        slope = most / MOST if most > 0 else 1.0
        written = decimal(slope)
        stored = np.clip(np.rint(plane / float(written)), 0, MOST).astype("<i2")
        height = z + k * grid.spacing_zyx_mm[0]
        instance = uid_of(series, k)
        dataset.file_meta.MediaStorageSOPInstanceUID = instance
        dataset.SOPInstanceUID = instance
        dataset.InstanceNumber = dataset.ImageIndex = k + 1
        dataset.ImagePositionPatient = [decimal(x), decimal(y), decimal(height)]
        dataset.SliceLocation = decimal(height)
        dataset.RescaleSlope = written
        dataset.PixelData = stored.tobytes()
        save(dataset, folder / f"pt-{k + 1:03d}.dcm")


def _pt_slice(
    image: ActivityMap, scan: PetScan, identity: PatientIdentity, *, description: str, series: UID
) -> FileDataset:
    """Return what all slices of a PET share."""
    grid = image.grid
    dataset = new_dataset(
        PT_IMAGE_STORAGE,
        identity,
        modality="PT",
        description=description,
        series=series,
        instance=UID("2.25.0"),
        number=3,
    )
    dataset.ImageType = ["ORIGINAL", "PRIMARY"]
    dataset.SeriesDate = dataset.AcquisitionDate = dataset.ContentDate = scan.start.strftime(DATE)
    dataset.SeriesTime = dataset.AcquisitionTime = dataset.ContentTime = scan.start.strftime(TIME)
    dataset.PatientPosition = "HFS"
    write_posture(dataset)
    dataset.FrameOfReferenceUID = grid.frame_uid or identity.frame_uid
    write_axial_plane(dataset, grid)
    dataset.RescaleIntercept = "0"
    dataset.Units = "BQML"
    dataset.CountsSource = "EMISSION"
    dataset.SeriesType = ["WHOLE BODY", "IMAGE"]
    dataset.NumberOfSlices = len(image.bq_per_ml)
    dataset.CorrectedImage = CORRECTIONS
    dataset.DecayCorrection = "START"
    dataset.RandomsCorrectionMethod = "DLYD"
    dataset.AttenuationCorrectionMethod = "measured, CT"
    dataset.ScatterCorrectionMethod = "model-based"
    dataset.ReconstructionMethod = "OSEM (simulated)"
    dataset.CollimatorType = "NONE"
    seconds = scan.minutes * 60
    dataset.ActualFrameDuration = round(1000 * seconds)
    rate = math.log(2) / (image.nuclide.half_life_h * SECONDS_PER_HOUR)
    turned = rate * seconds
    dataset.DecayFactor = decimal(turned / -math.expm1(-turned))
    dataset.FrameReferenceTime = decimal(1000 * math.log(turned / -math.expm1(-turned)) / rate)
    dataset.RadiopharmaceuticalInformationSequence = Items([_radiopharmaceutical(image, scan)])
    return dataset


def _radiopharmaceutical(image: ActivityMap, scan: PetScan) -> Dataset:
    """Return what was given: the nuclide by its code, half-life and positrons, activity and instant."""
    name = image.nuclide.name
    row = table("nuclide_codes")[name]
    item = Dataset()
    item.Radiopharmaceutical = f"{name} microspheres"
    item.RadionuclideCodeSequence = Items([code(row["srt"], "SRT", f"^{name.split('-')[1]}^{row['element']}")])
    item.RadionuclideHalfLife = decimal(image.nuclide.half_life_h * SECONDS_PER_HOUR)
    item.RadionuclidePositronFraction = decimal(table("pet_tracers")[name]["positron_fraction"])
    item.RadionuclideTotalDose = decimal(scan.given.activity_bq)
    if scan.given.at is not None:
        item.RadiopharmaceuticalStartDateTime = scan.given.at.strftime(BOTH)
        item.RadiopharmaceuticalStartTime = scan.given.at.strftime(TIME)
    return item
