"""io.dicom.encapsulated: deflated frames and run-length encoded bits are the plain pixels, or are refused as broken."""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import DeflatedExplicitVRLittleEndian, RLELossless

from yttria.io.dicom.compressed_frames import DEFLATED_FRAMES
from yttria.io.dicom.ct import read_ct
from yttria.io.dicom.dataset import open_pixels
from yttria.io.dicom.rtdose import read_rtdose, write_rtdose
from yttria.io.dicom.rtstruct import read_rtstruct
from yttria.io.dicom.scan import scan
from yttria.io.dicom.seg import read_seg
from yttria.values.errors import IntakeError
from yttria.values.grid import Grid
from yttria.values.maps import DoseMap
from yttria.values.patient import PatientIdentity

Maker = Callable[..., Path]
TWIN = pydicom.uid.UID("1.2.840.10008.1.2.1.98")  # encapsulated, uncompressed: of the same length
RNG = np.random.default_rng(4)


def _deflated(frame: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    packed = stream.compress(frame) + stream.flush()
    return packed + b"\0" * (len(packed) % 2)


def _runs(values: bytes) -> bytes:
    """Return bytes as one RLE segment of literal and repeated runs, written by the book (PS3.5 G.4)."""
    out, at = bytearray(), 0
    while at < len(values):
        same = 1
        while at + same < len(values) and same < 128 and values[at + same] == values[at]:
            same += 1
        if same > 1:
            out += bytes([257 - same, values[at]])
        else:
            out += bytes([0, values[at]])
        at += same
    out += bytes([128]) * (len(out) % 2)
    return (1).to_bytes(4, "little") + (64).to_bytes(4, "little") + b"\0" * 56 + bytes(out)


def _image(array: NDArray[Any], frames: list[bytes], syntax: str, *, bits: int) -> FileDataset:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = pydicom.uid.UID(syntax)
    ds = FileDataset("", {}, file_meta=meta)
    ds.NumberOfFrames, ds.Rows, ds.Columns = array.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated = ds.BitsStored = bits
    ds.HighBit, ds.PixelRepresentation = bits - 1, int(array.dtype.kind == "i")
    ds.PixelData = encapsulate(frames)
    return ds


@pytest.mark.parametrize("shape", [(3, 8, 16), (2, 5, 7), (1, 3, 11)])
@pytest.mark.parametrize("way", ["deflated", "packed runs", "runs of bytes"])
def test_bits_of_any_size_come_back(shape: tuple[int, int, int], way: str) -> None:
    array = RNG.integers(0, 2, shape).astype(np.uint8)
    packed = [np.packbits(f.ravel(), bitorder="little").tobytes() for f in array]
    if way == "deflated":
        ds = _image(array, [_deflated(f) for f in packed], DEFLATED_FRAMES, bits=1)
    else:
        frames = packed if way == "packed runs" else [f.tobytes() for f in array]
        ds = _image(array, [_runs(f) for f in frames], RLELossless, bits=1)
    assert np.array_equal(np.atleast_3d(open_pixels(ds, what="it")).reshape(shape), array)


@pytest.mark.parametrize("kind", ["u1", "u2", "i2", "u4"])
def test_deflated_numbers_of_any_depth_come_back(kind: str) -> None:
    array = RNG.integers(0, 200, (3, 5, 7)).astype(f"<{kind}") - (100 if kind == "i2" else 0)
    array = array.astype(f"<{kind}")
    ds = _image(array, [_deflated(f.tobytes()) for f in array], DEFLATED_FRAMES, bits=8 * array.itemsize)
    assert np.array_equal(open_pixels(ds, what="it"), array)


@pytest.mark.parametrize(
    ("frame", "syntax"),
    [
        (b"\xff\xff\xff\xff", DEFLATED_FRAMES),
        (_deflated(b"\0" * 3), DEFLATED_FRAMES),
        (_deflated(b"\0" * 1_000_000), DEFLATED_FRAMES),
        (_deflated(b"\0" * 16)[:-4], DEFLATED_FRAMES),
        (_runs(b"\0" * 5), RLELossless),
        (_runs(b"\7" * 128), RLELossless),
        (b"\3" + _runs(b"\0" * 16)[1:], RLELossless),
    ],
)
def test_broken_streams_are_refused(frame: bytes, syntax: str) -> None:
    ds = _image(np.zeros((1, 8, 16), np.uint8), [frame], syntax, bits=1)
    with pytest.raises(IntakeError, match="expected pixels that can be decoded in it"):
        open_pixels(ds, what="it")


def test_a_ct_of_deflated_frames_is_its_plain_twin(make_ct: Maker, tmp_path: Path) -> None:
    folder = make_ct(tmp_path / "ct", RNG.integers(0, 3000, (4, 5, 6)).astype(np.int16))
    plain = read_ct(scan(folder).series[0])
    for path in folder.iterdir():
        ds = pydicom.dcmread(path)
        ds.PixelData = encapsulate([_deflated(ds.PixelData)])
        ds["PixelData"].VR = "OB"
        ds["PixelData"].is_undefined_length = True
        ds.file_meta.TransferSyntaxUID = TWIN  # pydicom cannot write the other
        ds.save_as(path)
        path.write_bytes(path.read_bytes().replace(TWIN.encode(), DEFLATED_FRAMES.encode() + b"\0", 1))
    assert np.array_equal(read_ct(scan(folder).series[0]).hu, plain.hu)


def _whole_deflated(path: Path) -> Path:
    """Write a file again with its whole data set deflated."""
    ds = pydicom.dcmread(path)
    made = Dataset({element.tag: element for element in ds})
    made.file_meta = FileMetaDataset(ds.file_meta)
    made.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    out = path.with_name(f"deflated-{path.name}")
    pydicom.dcmwrite(out, made, enforce_file_format=True)
    return out


def test_a_deflated_structure_set_is_its_plain_twin(
    make_rtstruct: Maker, circle: Callable[..., NDArray[np.float64]], tmp_path: Path
) -> None:
    path = make_rtstruct(tmp_path / "s.dcm", {"Liver": [circle((0, 0), 9, z) for z in (0, 3)]})
    deflated = _whole_deflated(path)
    (plain,), (packed,) = read_rtstruct(path), read_rtstruct(deflated)
    assert all(np.array_equal(a, b) for a, b in zip(plain.polygons, packed.polygons, strict=True))
    assert [scan(p).series[0].modality for p in (path, deflated)] == ["RTSTRUCT", "RTSTRUCT"]


def test_a_deflated_dose_is_its_plain_twin(tmp_path: Path) -> None:
    grid = Grid.aligned((4, 5, 6), spacing_zyx_mm=(5, 4, 4), origin_lps_mm=(0, 0, 40), frame_uid="1.2")
    write_rtdose(
        tmp_path / "d.dcm", DoseMap(grid, RNG.random(grid.shape_zyx)), PatientIdentity(study_uid="1.3"), comment="x"
    )
    assert np.array_equal(read_rtdose(_whole_deflated(tmp_path / "d.dcm")).gy, read_rtdose(tmp_path / "d.dcm").gy)


def test_a_deflated_segmentation_is_its_plain_twin(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    path = tmp_path / "liver.dcm"
    path.write_bytes((shared_data("seg_objects") / "liver_3slice" / "liver.dcm").read_bytes())
    assert np.array_equal(read_seg(_whole_deflated(path))[0].share, read_seg(path)[0].share)
