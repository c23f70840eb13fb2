"""The modules that every DICOM object written here begins with: patient, study, series, equipment; identifiers that follow from content."""

import hashlib
import warnings
from io import BytesIO
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian
from pydicom.valuerep import DSfloat

from yttria.values.grid import Grid
from yttria.values.patient import PatientIdentity

MAKER = "Yttria"
NOTICE = "research use only"


def uid_of(*words: object) -> UID:
    """Return the identifier that these words always get: a UUID of their SHA-256 under 2.25.

    Source
    ------
    DICOM PS3.5 B.2 (UUID-derived UIDs); RFC 9562 (2024), version 8: the bits are the maker's own.

    Examples
    --------
    >>> uid_of("study", 1) == uid_of("study", 1), uid_of("study", 1) == uid_of("study", 2)
    (True, False)
    """
    digest = bytearray(hashlib.sha256("\0".join(str(w) for w in words).encode()).digest()[:16])
    digest[6] = (digest[6] & 0x0F) | 0x80
    digest[8] = (digest[8] & 0x3F) | 0x80
    return UID(f"2.25.{int.from_bytes(digest, 'big')}")


def decimal(value: float) -> DSfloat:
    """Return a number as a DICOM decimal string of 16 characters at most, without minus zero."""
    return DSfloat(float(value) + 0.0, auto_format=True)


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """Return one item of a code sequence."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def new_dataset(
    sop_class: UID,
    identity: PatientIdentity,
    *,
    modality: str,
    description: str,
    series: UID,
    instance: UID,
    number: int,
) -> FileDataset:
    """Return a data set with the modules that all objects share: patient, study, series, equipment, SOP common."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = instance
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID = sop_class
    dataset.SOPInstanceUID = instance
    dataset.InstanceCreationDate, dataset.InstanceCreationTime = identity.study_date, identity.study_time
    if identity.zone:
        dataset.TimezoneOffsetFromUTC = identity.zone
    dataset.PatientName = identity.patient_name
    dataset.PatientID = identity.patient_id
    dataset.PatientBirthDate = identity.birth_date
    dataset.PatientSex = identity.sex if identity.sex in {"M", "F", "O"} else ""
    dataset.StudyInstanceUID = identity.study_uid
    dataset.StudyID = identity.study_id
    dataset.StudyDate, dataset.StudyTime = identity.study_date, identity.study_time
    dataset.AccessionNumber = identity.accession
    dataset.ReferringPhysicianName = identity.referring
    dataset.Modality = modality
    dataset.SeriesInstanceUID = series
    dataset.SeriesNumber = number
    dataset.SeriesDate, dataset.SeriesTime = identity.study_date, identity.study_time
    dataset.SeriesDescription = description[:64]
    if modality != "RTSTRUCT":
        dataset.BodyPartExamined = "ABDOMEN"
    dataset.Manufacturer = MAKER
    dataset.ManufacturerModelName = MAKER
    dataset.DeviceSerialNumber = "0"
    dataset.SoftwareVersions = NOTICE
    return dataset


def write_posture(dataset: Dataset) -> None:
    """Write how the patient lies, as codes: on the back, head first.

    Source
    ------
    DICOM PS3.16 CID 19, 20, 21.
    """
    posture = code("102538003", "SCT", "recumbent")
    posture.PatientOrientationModifierCodeSequence = Sequence([code("40199007", "SCT", "supine")])
    dataset.PatientOrientationCodeSequence = Sequence([posture])
    dataset.PatientGantryRelationshipCodeSequence = Sequence([code("102540001", "SCT", "headfirst")])


def write_axial_plane(dataset: Dataset, grid: Grid) -> None:
    """Write the image plane and pixel modules of an axial slice of signed 16-bit numbers."""
    dz, dy, dx = grid.spacing_zyx_mm
    dataset.PositionReferenceIndicator = ""
    dataset.SliceThickness = decimal(dz)
    dataset.PixelSpacing = [decimal(dy), decimal(dx)]
    dataset.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = grid.shape_zyx[1:]
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = 1


def encoded(dataset: FileDataset) -> FileDataset:
    """Return a data set whose elements are bytes already: to be written many times with a few of them changed."""
    buffer = BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.save_as(buffer, enforce_file_format=True)
    buffer.seek(0)
    return dcmread(buffer)


def save(dataset: FileDataset, path: Path) -> None:
    """Write a data set as a DICOM file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.save_as(path, enforce_file_format=True)
