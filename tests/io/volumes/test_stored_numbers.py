"""io.volumes.stored_numbers: numbers are exactly as many as a header says, and lie beside it."""

import gzip
import os
import re
import zlib
from pathlib import Path

import numpy as np
import pytest

from yttria.io.volumes.stored_numbers import detached_data, stored_numbers
from yttria.io.volumes.volume import read_volume
from yttria.values.errors import GeometryError, IntakeError

ARRAY = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
RAW = ARRAY.tobytes()


def metaimage(
    path: Path, *, data: bytes = RAW, file: str = "LOCAL", more: str = "", dims: str = "3", packed: bool = False
) -> Path:
    """Write ARRAY as a MetaImage, lines of `more` before the numbers."""
    head = f"ObjectType = Image\nNDims = {dims}\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = {packed}\nTransformMatrix = 1 0 0 0 1 0 0 0 1\n"
    head += f"Offset = 0 0 0\nElementSpacing = 2 2 2\nDimSize = 4 3 2\n{more}ElementType = MET_UCHAR\nElementDataFile = {file}\n"
    path.write_bytes(head.encode() + data)
    return path


def nrrd(path: Path, *, data: bytes = RAW, encoding: str = "raw", more: str = "") -> Path:
    """Write ARRAY as a NRRD, lines of `more` at the end of its header."""
    head = "NRRD0004\ntype: uint8\ndimension: 3\nspace: left-posterior-superior\nsizes: 4 3 2\nspace directions: (2,0,0) (0,2,0) (0,0,2)\nspace origin: (0,0,0)\n"
    path.write_bytes(f"{head}encoding: {encoding}\n{more}\n".encode() + data)
    return path


@pytest.mark.parametrize("maker", [metaimage, nrrd])
@pytest.mark.parametrize(("data", "how"), [(RAW[:-1], "fewer"), (RAW + b"\1", "more")])
def test_one_number_too_few_or_too_many_is_refused(tmp_path: Path, maker: type, data: bytes, how: str) -> None:
    path = maker(tmp_path / f"v{'.mha' if maker is metaimage else '.nrrd'}", data=data)
    with pytest.raises(IntakeError, match=f"as many as its header says, but {how} are there"):
        read_volume(path)


@pytest.mark.parametrize("count", [23, 24, 25])
def test_packed_numbers_are_counted_as_plain_ones(tmp_path: Path, count: int) -> None:
    data = bytes(range(count))
    for path in (
        metaimage(
            tmp_path / "v.mha",
            data=zlib.compress(data),
            packed=True,
            more=f"CompressedDataSize = {len(zlib.compress(data))}\n",
        ),
        nrrd(tmp_path / "v.nrrd", data=gzip.compress(data), encoding="gzip"),
        nrrd(tmp_path / "t.nrrd", data=" ".join(map(str, data)).encode(), encoding="text"),
    ):
        if count == 24:
            assert np.array_equal(read_volume(path)[1], ARRAY)
            continue
        with pytest.raises(IntakeError, match="as many as its header says"):
            read_volume(path)


def test_a_packed_stream_is_not_unpacked_beyond_what_its_header_promises(tmp_path: Path) -> None:
    path = nrrd(tmp_path / "v.nrrd", data=gzip.compress(bytes(200 << 20), 1), encoding="gzip")
    with pytest.raises(IntakeError, match="but more are there"):
        read_volume(path)


@pytest.mark.parametrize("dims", ["100000", "2", "4", "-1", "3.0", "x"])
def test_a_metaimage_of_other_than_three_dimensions_never_reaches_its_reader(tmp_path: Path, dims: str) -> None:
    with pytest.raises(IntakeError, match="three dimensions"):
        read_volume(metaimage(tmp_path / "v.mha", dims=dims))


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("DimSize = 4 3 2\n", "dimsize stands twice"),
        (f"Comment = {'x' * 5000}\n", "at most 2000 letters"),
        ("ElementToIntensityFunctionSlope = 2\n", "asks to scale them"),
        ("ElementToIntensityFunctionOffset = 1\n", "asks to scale them"),
        ("HeaderSize = 5\n", "begin within it"),
        ("ElementNumberOfChannels = 100000\n", "one real number a voxel"),
        ("Position = 5 0 0\n", "Offset and Position are one and differ"),
        ("Rotation = 0 1 0 1 0 0 0 0 -1\n", "TransformMatrix and Rotation are one and differ"),
        ("ElementByteOrderMSB = True\n", "BinaryDataByteOrderMSB and ElementByteOrderMSB are one and differ"),
        ("headersize = 5\n", "writes headersize for HeaderSize"),
    ],
)
def test_a_field_of_a_metaimage_that_moves_scales_or_repeats_is_refused(tmp_path: Path, more: str, why: str) -> None:
    with pytest.raises(IntakeError, match=why):
        read_volume(metaimage(tmp_path / "v.mha", more=more))


@pytest.mark.parametrize("field", ["ElementSpacing", "Offset", "TransformMatrix", "BinaryDataByteOrderMSB", "DimSize"])
def test_a_field_of_a_metaimage_in_another_spelling_which_its_reader_passes_over_is_refused(
    tmp_path: Path, field: str
) -> None:
    path = metaimage(tmp_path / "v.mha")
    path.write_bytes(path.read_bytes().replace(field.encode(), field.lower().encode(), 1))
    with pytest.raises(IntakeError, match=f"writes {field.lower()} for {field}"):
        read_volume(path)


@pytest.mark.parametrize("field", ["BinaryData", "BinaryDataByteOrderMSB", "CompressedData"])
def test_what_is_neither_true_nor_false_in_a_metaimage_is_refused(tmp_path: Path, field: str) -> None:
    path = metaimage(tmp_path / "v.mha")
    path.write_bytes(re.sub(rf"{field} = \w+".encode(), f"{field} = maybe".encode(), path.read_bytes(), count=1))
    with pytest.raises(IntakeError, match=f"{field} of v.mha must be True or False, but is maybe"):
        read_volume(path)


def test_one_field_by_two_names_of_one_value_is_read(tmp_path: Path) -> None:
    path = metaimage(tmp_path / "v.mha", more="Position = 0 0  0\nRotation = 1 0 0 0 1 0 0 0 1\n")
    assert np.array_equal(read_volume(path)[1], ARRAY)


@pytest.mark.parametrize("matrix", ["2 0 0 0 1 0 0 0 1", "1 0.1 0 0 1 0 0 0 1", "0 0 0 0 0 0 0 0 0"])
def test_directions_that_scale_or_shear_a_metaimage_are_refused(tmp_path: Path, matrix: str) -> None:
    path = metaimage(tmp_path / "v.mha")
    path.write_bytes(path.read_bytes().replace(b"1 0 0 0 1 0 0 0 1", matrix.encode()))
    with pytest.raises(GeometryError, match="must have length one"):
        read_volume(path)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("old min: 0\nold max: 1\n", "were quantised"),
        ("line skip: 1\n", "without a gap"),
        ("byte skip: 1\n", "fewer are there"),
    ],
)
def test_a_field_of_a_nrrd_that_moves_or_scales_is_refused(tmp_path: Path, more: str, why: str) -> None:
    with pytest.raises(IntakeError, match=why):
        read_volume(nrrd(tmp_path / "v.nrrd", more=more))


@pytest.mark.parametrize("directions", ["none (0,2,0) (0,0,2)", "(2,0,0) (0,2,0)", "(2,0,0) (0,2,0) (0,0,2) (0,0,2)"])
def test_a_nrrd_of_other_than_three_directions_is_refused(tmp_path: Path, directions: str) -> None:
    path = nrrd(tmp_path / "v.nrrd")
    path.write_bytes(path.read_bytes().replace(b"(2,0,0) (0,2,0) (0,0,2)", directions.encode()))
    with pytest.raises(GeometryError, match="must state three directions"):
        read_volume(path)


def test_every_file_that_a_header_names_is_found(tmp_path: Path) -> None:
    for name, part in (
        ("a.bin", RAW[:12]),
        ("b.bin", RAW[12:]),
        ("n.dat", RAW),
        ("s1.raw", RAW[:12]),
        ("s2.raw", RAW[12:]),
    ):
        (tmp_path / name).write_bytes(part)
    for path, names in (
        (metaimage(tmp_path / "v.mhd", file="n.dat", data=b""), ["n.dat"]),
        (metaimage(tmp_path / "l.mhd", file="LIST", data=b"a.bin\nb.bin\n"), ["a.bin", "b.bin"]),
        (metaimage(tmp_path / "p.mhd", file="s%d.raw 1 2 1", data=b""), ["s1.raw", "s2.raw"]),
        (nrrd(tmp_path / "v.nhdr", more="data file: n.dat\n", data=b""), ["n.dat"]),
        (nrrd(tmp_path / "l.nhdr", more="data file: LIST\na.bin\nb.bin", data=b""), ["a.bin", "b.bin"]),
    ):
        assert [p.name for p in detached_data(path)] == names
        assert np.array_equal(read_volume(path)[1], ARRAY)


def test_numbers_that_follow_their_header_are_no_other_file(tmp_path: Path) -> None:
    assert detached_data(metaimage(tmp_path / "v.mha")) == ()
    assert stored_numbers(nrrd(tmp_path / "v.nrrd")).promised == 24


@pytest.mark.parametrize("named", ["/etc/hosts", "../n.dat", "a/../../n.dat", "C:\\n.dat", "~/n.dat"])
def test_numbers_outside_the_headers_folder_are_refused(tmp_path: Path, named: str) -> None:
    (tmp_path / "n.dat").write_bytes(RAW)
    (tmp_path / "h").mkdir()
    for path in (
        metaimage(tmp_path / "h" / "v.mhd", file=named, data=b""),
        metaimage(tmp_path / "h" / "l.mhd", file="LIST", data=f"{named}\n".encode()),
        nrrd(tmp_path / "h" / "v.nhdr", more=f"data file: {named}\n", data=b""),
    ):
        with pytest.raises(IntakeError, match="outside its folder"):
            read_volume(path)


def test_numbers_in_a_pipe_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "n.dat")
    with pytest.raises(IntakeError, match=re.escape("no regular file lies there")):
        read_volume(metaimage(tmp_path / "v.mhd", file="n.dat", data=b""))


@pytest.mark.parametrize("stated", ["", "CompressedDataSize = 5\n"])
def test_packed_numbers_of_another_size_than_stated_are_refused(tmp_path: Path, stated: str) -> None:
    with pytest.raises(IntakeError, match="how many bytes its packed numbers have"):
        read_volume(metaimage(tmp_path / "v.mha", data=zlib.compress(RAW), packed=True, more=stated))
