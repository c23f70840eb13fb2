"""Whatever way a series is packed (transfer syntax, folder, ZIP, DICOMDIR, single file, no extension), its numbers are the same."""

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gdcm
import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from yttria.io.case.survey import survey
from yttria.io.dicom.ct import read_ct
from yttria.io.dicom.nm import read_tomo
from yttria.io.dicom.pt import read_pt
from yttria.io.dicom.scan import scan
from yttria.io.files.activity_image import read_activity
from yttria.values.errors import IntakeError

Maker = Callable[..., Path]
RNG = np.random.default_rng(7)
CT = RNG.integers(-1024, 1500, (4, 64, 66)).astype(np.int16)
COUNTS = RNG.integers(0, 40000, (5, 64, 66)).astype(np.uint16)
PLAIN = [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian]
PACKED = [RLELossless, JPEG2000Lossless, JPEGLSLossless]


def _recoded(path: Path, syntax: UID) -> None:
    """Write a file again in another transfer syntax."""
    if syntax == JPEGLosslessSV1:
        return _jpeg_lossless(path)
    dataset = pydicom.dcmread(path)
    if syntax in PACKED:
        dataset.compress(syntax, generate_instance_uid=False)
        dataset.save_as(path)
        return None
    if syntax == ExplicitVRBigEndian:
        array = dataset.pixel_array
        dataset.PixelData = array.astype(array.dtype.newbyteorder(">")).tobytes()
    made = Dataset({element.tag: element for element in dataset})
    made.file_meta = FileMetaDataset(dataset.file_meta)
    made.file_meta.TransferSyntaxUID = syntax
    pydicom.dcmwrite(path, made, enforce_file_format=True)
    return None


def _jpeg_lossless(path: Path) -> None:
    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGLosslessProcess14_1))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer = gdcm.ImageWriter()
    writer.SetFile(reader.GetFile())
    writer.SetFileName(str(path))
    writer.SetImage(change.GetOutput())
    assert writer.Write()


@pytest.mark.parametrize("syntax", [*PLAIN, *PACKED, JPEGLosslessSV1], ids=lambda uid: uid.name)
def test_numbers_and_place_are_the_same_in_every_transfer_syntax(
    make_ct: Maker, make_pt: Maker, make_tomo: Maker, tmp_path: Path, syntax: UID
) -> None:
    ct_folder, pt_folder = make_ct(tmp_path / "ct", CT), make_pt(tmp_path / "pt", COUNTS)
    tomo_file = make_tomo(tmp_path / "nm" / "t.dcm", COUNTS)
    before = [_read(read_ct, ct_folder), _read(read_pt, pt_folder), _read(read_tomo, tomo_file)]
    for path in (*ct_folder.iterdir(), *pt_folder.iterdir(), tomo_file):
        _recoded(path, syntax)
        assert pydicom.dcmread(path).file_meta.TransferSyntaxUID == syntax
    after = [_read(read_ct, ct_folder), _read(read_pt, pt_folder), _read(read_tomo, tomo_file)]
    for (grid, array), (other_grid, other) in zip(before, after, strict=True):
        assert grid == other_grid
        assert np.array_equal(array, other)


def _read(reader: Callable[..., Any], path: Path) -> tuple[Any, NDArray[Any]]:
    (series,) = scan(path).series
    image = reader(series)
    return image.grid, next(getattr(image, name) for name in ("hu", "counts", "bq_per_ml") if hasattr(image, name))


def _fields(path: Path) -> list[Any]:
    """Return what a survey says of the images under a path, but for what they are called."""
    return sorted(
        (s.modality, s.files, s.shape_zyx, s.affine_lps_mm, s.sum, s.unit, s.usable) for s in survey(path).series
    )


@pytest.fixture
def study(make_ct: Maker, make_pt: Maker, tmp_path: Path) -> Path:
    make_ct(tmp_path / "study" / "ct", CT)
    make_pt(tmp_path / "study" / "pt", COUNTS)
    return tmp_path / "study"


def test_files_without_extension_or_with_any_are_the_same(study: Path) -> None:
    expected = _fields(study)
    for number, path in enumerate(sorted(study.rglob("*.dcm"))):
        path.rename(path.with_name(("IM{0}", "{0}", "1.2.3.{0}", "x{0}.ima", "y{0}.DCM")[number % 5].format(number)))
    assert _fields(study) == expected


def test_all_in_one_folder_in_any_order_is_the_same(study: Path, tmp_path: Path) -> None:
    expected = _fields(study)
    flat = tmp_path / "flat"
    flat.mkdir()
    files = sorted(study.rglob("*.dcm"))
    for number, at in enumerate(RNG.permutation(len(files))):
        shutil.copy(files[at], flat / f"{number:03d}")
    assert _fields(flat) == expected


def test_a_zip_is_the_same(study: Path, tmp_path: Path) -> None:
    packed = tmp_path / "study.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(study.rglob("*.dcm")):
            archive.write(path, path.relative_to(study.parent))
    assert _fields(packed) == _fields(study)


def test_one_slice_stands_for_its_series_where_one_image_is_asked_for(study: Path) -> None:
    whole, _ = read_activity(study / "pt")
    one, _ = read_activity(study / "pt" / "0002.dcm")
    assert one.grid == whole.grid
    assert np.array_equal(one.bq_per_ml, whole.bq_per_ml)


def test_a_single_file_is_surveyed_alone(make_tomo: Maker, tmp_path: Path) -> None:
    assert _fields(make_tomo(tmp_path / "IM1", COUNTS)) == _fields(tmp_path)


@pytest.fixture
def medium(study: Path, tmp_path: Path) -> Path:
    """Return a study on a medium: a DICOMDIR that names its files."""
    place = tmp_path / "medium" / "DICOM"
    place.mkdir(parents=True)
    records = []
    for number, path in enumerate(sorted(study.rglob("*.dcm"))):
        shutil.copy(path, place / f"IM{number:05d}")
        record = Dataset()
        record.OffsetOfTheNextDirectoryRecord = record.OffsetOfReferencedLowerLevelDirectoryEntity = 0
        record.RecordInUseFlag, record.DirectoryRecordType = 0xFFFF, "IMAGE"
        record.ReferencedFileID = ["DICOM", f"IM{number:05d}"]
        records.append(record)
    directory = Dataset()
    directory.FileSetID = "STUDY"
    directory.DirectoryRecordSequence = Items(records)
    directory.file_meta = FileMetaDataset()
    directory.file_meta.MediaStorageSOPClassUID = UID("1.2.840.10008.1.3.10")
    directory.file_meta.MediaStorageSOPInstanceUID = UID("1.2.3")
    directory.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    pydicom.dcmwrite(place.parent / "DICOMDIR", directory, enforce_file_format=True)
    return tmp_path / "medium"


def test_a_dicomdir_and_the_folder_that_holds_it_are_the_same(medium: Path, study: Path) -> None:
    assert _fields(medium / "DICOMDIR") == _fields(medium) == _fields(study)


def test_files_that_a_dicomdir_names_and_that_are_missing_are_told(medium: Path) -> None:
    lost = sorted(p for p in medium.rglob("*") if p.is_file() and p.name != "DICOMDIR")[:2]
    for path in lost:
        path.unlink()
    told = [f.message for f in survey(medium).findings if f.code == "files-missing"]
    assert len(told) == 1
    assert "2 files that the DICOMDIR names are missing" in told[0]
    assert all(path.relative_to(medium).as_posix() in told[0] for path in lost)


def test_a_damaged_dicomdir_is_passed_over(medium: Path, study: Path) -> None:
    (medium / "DICOMDIR").write_bytes((medium / "DICOMDIR").read_bytes()[:700])
    assert _fields(medium) == _fields(study)


def test_pixels_that_are_packed_and_cut_short_are_refused(make_ct: Maker, tmp_path: Path) -> None:
    folder = make_ct(tmp_path / "ct", CT)
    for path in folder.iterdir():
        _recoded(path, RLELossless)
    whole = (folder / "0002.dcm").read_bytes()
    (folder / "0002.dcm").write_bytes(whole[: len(whole) - 200])
    with pytest.raises(IntakeError, match="expected pixels"):
        read_ct(scan(folder).series[0])
