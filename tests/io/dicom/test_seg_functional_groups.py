"""io.dicom.groups: what frames of a segmentation say, by bytes and by pydicom alike."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from yttria.io.dicom import seg_functional_groups as groups
from yttria.io.dicom.seg_functional_groups import Frame, frames_of


def _item(z: float, segment: int | None) -> Dataset:
    item = Dataset()
    place = Dataset()
    place.ImagePositionPatient = [-10.5, 20, z]
    item.PlanePositionSequence = [place]
    if segment is not None:
        identification = Dataset()
        identification.ReferencedSegmentNumber = segment
        item.SegmentIdentificationSequence = [identification]
    return item


def _read(items: list[Dataset], shared: Dataset, *, syntax: str, undefined: bool) -> FileDataset:
    dataset = Dataset()
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.66.4"
    dataset.SOPInstanceUID = "2.25.1"
    dataset.SharedFunctionalGroupsSequence = [shared]
    dataset.PerFrameFunctionalGroupsSequence = items
    for item in items if undefined else []:
        item["PlanePositionSequence"].is_undefined_length = True
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.UID(syntax)
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    buffer.seek(0)
    return pydicom.dcmread(buffer)


def _shared(segment: int | None = None) -> Dataset:
    shared, turned = Dataset(), Dataset()
    turned.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    shared.PlaneOrientationSequence = [turned]
    if segment is not None:
        identification = Dataset()
        identification.ReferencedSegmentNumber = segment
        shared.SegmentIdentificationSequence = [identification]
    return shared


@pytest.mark.parametrize("undefined", [False, True])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_a_frame_says_its_own_first_and_what_all_share_else(syntax: str, *, undefined: bool) -> None:
    read = _read([_item(1.25, 2), _item(2.5, None)], _shared(7), syntax=syntax, undefined=undefined)
    upright = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    assert frames_of(read) == (Frame((-10.5, 20, 1.25), upright, 2), Frame((-10.5, 20, 2.5), upright, 7))


def test_what_nobody_says_is_empty() -> None:
    (frame,) = frames_of(_read([Dataset()], Dataset(), syntax=ExplicitVRLittleEndian, undefined=False))
    assert frame == Frame((), (), None)
    assert frames_of(_read([], Dataset(), syntax=ExplicitVRLittleEndian, undefined=False)) == ()


def test_bytes_and_pydicom_give_the_same_frames(
    shared_data: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = sorted(p for p in shared_data("seg_objects").rglob("*") if p.suffix in {".dcm", ".seg"})
    by_bytes = [frames_of(pydicom.dcmread(p)) for p in files]

    def nothing(_: FileDataset) -> None:
        raise ValueError

    monkeypatch.setattr(groups, "_walked", nothing)
    assert by_bytes == [frames_of(pydicom.dcmread(p)) for p in files]
    assert sum(len(frames) for frames in by_bytes) > 50
