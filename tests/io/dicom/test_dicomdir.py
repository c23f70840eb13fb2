"""DICOMDIR: which of the files that it names are not there."""

from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MediaStorageDirectoryStorage, generate_uid

from yttria.io.dicom.dicomdir import missing_files


@pytest.fixture
def medium(tmp_path: Path) -> Path:
    """Return a DICOMDIR that names IMG/ONE and IMG/TWO."""
    found = Dataset()
    found.file_meta = FileMetaDataset()
    found.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    found.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    found.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    records = []
    for name in ("ONE", "TWO", ""):
        record = Dataset()
        record.DirectoryRecordType = "IMAGE" if name else "PATIENT"
        if name:
            record.ReferencedFileID = ["IMG", name]
        records.append(record)
    found.DirectoryRecordSequence = records
    path = tmp_path / "DICOMDIR"
    found.save_as(path, enforce_file_format=True)
    (tmp_path / "img").mkdir()
    return path


def test_files_that_are_there_in_any_case_are_not_missing(medium: Path) -> None:
    assert missing_files(medium) == ("IMG/ONE", "IMG/TWO")
    (medium.parent / "img" / "one").touch()
    assert missing_files(medium) == ("IMG/TWO",)
    (medium.parent / "img" / "Two").touch()
    assert missing_files(medium) == ()


def test_a_list_that_cannot_be_read_misses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "DICOMDIR"
    path.write_bytes(b"no list")
    assert missing_files(path) == ()
