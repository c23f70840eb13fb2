"""io.dicom.coded_sizes: what a compressed frame or data set says of its size is asked before it is unpacked."""

import struct
import zlib
from pathlib import Path

import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate

from yttria.io.dicom import coded_sizes
from yttria.io.dicom.coded_sizes import coded_size, require_coded_sizes, require_inflatable
from yttria.values.errors import IntakeError


def jpeg2000(rows: int, columns: int, top: int = 0, left: int = 0) -> bytes:
    """Return the start of a codestream."""
    return b"\xff\x4f\xff\x51" + struct.pack(">HH4I", 41, 0, columns + left, rows + top, left, top) + bytes(40)


def jpeg(rows: int, columns: int, kind: int = 0xC3) -> bytes:
    """Return the start of a JPEG with a table before its frame header."""
    return b"\xff\xd8\xff\xc4\x00\x04ab" + struct.pack(">BBHBHHB", 0xFF, kind, 8, 16, rows, columns, 1) + bytes(8)


@pytest.mark.parametrize(
    "frame", [jpeg2000(3, 5), jpeg2000(3, 5, 2, 1), jpeg(3, 5), jpeg(3, 5, 0xC0), jpeg(3, 5, 0xF7)]
)
def test_a_frame_says_its_rows_and_columns(frame: bytes) -> None:
    assert coded_size(frame) == (3, 5)


def test_a_frame_of_another_kind_says_nothing() -> None:
    assert coded_size(bytes(64)) is None


@pytest.mark.parametrize(("rows", "fits"), [(3, True), (4, False), (30_000, False)])
def test_a_frame_larger_than_its_header_says_is_refused(rows: int, fits: bool) -> None:
    dataset = Dataset()
    dataset.Rows, dataset.Columns = 3, 5
    dataset.PixelData = encapsulate([jpeg2000(rows, 5)])
    if fits:
        require_coded_sizes(dataset)
        return
    with pytest.raises(ValueError, match="instead of"):
        require_coded_sizes(dataset)


@pytest.mark.parametrize(("size", "fits"), [(999, True), (1000, True), (1001, False)])
def test_a_deflated_data_set_unpacks_to_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, fits: bool
) -> None:
    monkeypatch.setattr(coded_sizes, "LARGEST_INFLATED", 1000)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    (tmp_path / "a.dcm").write_bytes(b"head" + packer.compress(bytes(size)) + packer.flush())
    if fits:
        require_inflatable(tmp_path / "a.dcm", 4)
        return
    with pytest.raises(IntakeError, match="must unpack to at most"):
        require_inflatable(tmp_path / "a.dcm", 4)


def test_a_damaged_deflated_data_set_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_bytes(b"\xff" * 50)
    with pytest.raises(IntakeError, match="a damaged one"):
        require_inflatable(tmp_path / "a.dcm", 0)
