"""io.volume_header: what NRRD and MetaImage say of place and unit, and what a file holds by its first bytes."""

import bz2
import gzip
import lzma
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from yttria.io.volumes.volume import read_volume, write_volume
from yttria.io.volumes.volume_header import nrrd_values, require_short_numbers
from yttria.values.errors import GeometryError, IntakeError
from yttria.values.grid import Grid

GRID = Grid.aligned((2, 3, 4), spacing_zyx_mm=(4.0, 4.0, 4.0), origin_lps_mm=(-10.0, 20.0, 30.0))
ARRAY = np.arange(24, dtype=np.uint8).reshape(GRID.shape_zyx)


def nrrd(path: Path, *, space: str = "left-posterior-superior", fields: str = "", edge: float = 4) -> Path:
    """Write ARRAY as a NRRD whose first voxel lies at (-10, 20, 30) in its own space."""
    directions = f"({edge},0,0) (0,{edge},0) (0,0,{edge})"
    head = f"NRRD0004\ntype: uint8\ndimension: 3\nspace: {space}\nsizes: 4 3 2\nspace directions: {directions}\nspace origin: (-10,20,30)\n"
    path.write_bytes(f"{head}encoding: raw\n{fields}\n".encode() + ARRAY.tobytes())
    return path


def without(path: Path, field: str) -> Path:
    """Take a line out of a header."""
    path.write_bytes(re.sub(rb"(?m)^" + field.encode() + rb"[^\n]*\n", b"", path.read_bytes(), count=1))
    return path


@pytest.mark.parametrize(
    ("space", "origin", "signs"),
    [
        ("left-posterior-superior", (-10, 20, 30), (1, 1, 1)),
        ("LPS", (-10, 20, 30), (1, 1, 1)),
        ("right-anterior-superior", (10, -20, 30), (-1, -1, 1)),
        ("RAS", (10, -20, 30), (-1, -1, 1)),
        ("left-anterior-superior", (-10, -20, 30), (1, -1, 1)),
        ("las", (-10, -20, 30), (1, -1, 1)),
    ],
)
def test_every_anatomical_space_of_a_nrrd_comes_to_lps(
    tmp_path: Path, space: str, origin: tuple[float, ...], signs: tuple[int, ...]
) -> None:
    grid, array = read_volume(nrrd(tmp_path / "v.nrrd", space=space))
    assert grid.origin_lps_mm == origin
    assert np.array_equal(np.diag(grid.matrix)[:3], 4 * np.array(signs))
    assert np.array_equal(array, ARRAY)


@pytest.mark.parametrize("space", ["3D-left-handed", "3D-right-handed", "scanner-xyz", "3D-left-handed-time"])
def test_a_space_without_anatomical_axes_is_refused(tmp_path: Path, space: str) -> None:
    with pytest.raises(GeometryError, match=f"must name its space .*, but says {space.lower()}, whose axes"):
        read_volume(nrrd(tmp_path / "v.nrrd", space=space))


@pytest.mark.parametrize("field", ["space", "space origin", "space directions"])
def test_a_nrrd_that_leaves_out_where_it_lies_is_refused(tmp_path: Path, field: str) -> None:
    with pytest.raises(GeometryError, match=r"must name its space|must state where it lies, but has no"):
        read_volume(without(nrrd(tmp_path / "v.nrrd"), field + ":"))


@pytest.mark.parametrize(
    ("unit", "edge", "mm"), [("m", 0.004, 4), ("cm", 0.4, 4), ("um", 4000, 4), ("mm", 4, 4), ("???", 4, 4)]
)
def test_units_of_length_of_a_nrrd_come_to_mm(tmp_path: Path, unit: str, edge: float, mm: float) -> None:
    grid, _ = read_volume(nrrd(tmp_path / "v.nrrd", fields=f'space units: "{unit}" "{unit}" "{unit}"\n', edge=edge))
    assert grid.spacing_zyx_mm == pytest.approx((mm, mm, mm))
    assert grid.origin_lps_mm == pytest.approx(np.array([-10, 20, 30]) * mm / edge)


def test_a_unit_that_is_no_length_or_differs_by_axis_is_refused(tmp_path: Path) -> None:
    for units, shown in (('"s" "s" "s"', "s"), ('"mm" "mm" "m"', "m, mm"), ('"inch" "inch" "inch"', "inch")):
        with pytest.raises(GeometryError, match=f"lengths in one unit .*, but space units is {shown}; "):
            read_volume(nrrd(tmp_path / "v.nrrd", fields=f"space units: {units}\n"))


@pytest.mark.parametrize(("edge", "read"), [(200, True), (200.1, False), (0.01, True), (0.0099, False)])
def test_voxels_of_no_image_are_refused_by_their_unit(tmp_path: Path, edge: float, read: bool) -> None:
    path = nrrd(tmp_path / "v.nrrd", edge=edge)
    if read:
        assert read_volume(path)[0].spacing_zyx_mm[0] == pytest.approx(edge)
    else:
        with pytest.raises(GeometryError, match=r"0\.01 to 200 mm\), but measure .* by its unit of length"):
            read_volume(path)


def test_a_nrrd_encoded_in_a_way_not_read_is_refused_by_that_name(tmp_path: Path) -> None:
    path = nrrd(tmp_path / "v.nrrd")
    head, _, data = path.read_bytes().partition(b"\n\n")
    path.write_bytes(head.replace(b"raw", b"bzip2") + b"\n\n" + bz2.compress(data))
    with pytest.raises(IntakeError, match="is encoded as bzip2; save it with gzip or raw"):
        read_volume(path)


@pytest.mark.parametrize("suffix", [".mha", ".mhd"])
def test_a_metaimage_without_spacing_or_place_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"v{suffix}"
    write_volume(path, GRID, ARRAY)
    whole = path.read_bytes()
    with pytest.raises(GeometryError, match=r"distance of its voxels \(ElementSpacing\), but does not"):
        read_volume(without(path, "ElementSpacing"))
    path.write_bytes(whole)
    with pytest.raises(GeometryError, match=r"where it lies \(Offset\), but does not"):
        read_volume(without(path, "Offset"))
    path.write_bytes(whole.replace(b"NDims", b"DistanceUnits = cm\nNDims", 1))
    assert read_volume(path)[0].spacing_zyx_mm == (40, 40, 40)


@pytest.mark.parametrize(("pack", "name"), [(gzip.compress, "gzip"), (bz2.compress, "bzip2"), (lzma.compress, "xz")])
@pytest.mark.parametrize("suffix", [".nrrd", ".mha", ".nii"])
def test_a_file_compressed_as_a_whole_is_read_or_refused_by_that_name(
    tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes], name: str
) -> None:
    path = tmp_path / f"v{suffix}"
    write_volume(path, GRID, ARRAY)
    path.write_bytes(pack(path.read_bytes()))
    if (suffix, name) == (".nii", "gzip"):
        assert np.array_equal(read_volume(path)[1], ARRAY)
    else:
        with pytest.raises(IntakeError, match=f"a file that {name} has compressed as a whole; unpack it"):
            read_volume(path)


def test_a_nifti_named_as_compressed_that_is_not_is_read(tmp_path: Path) -> None:
    write_volume(tmp_path / "v.nii", GRID, ARRAY)
    (tmp_path / "v.nii").rename(tmp_path / "v.nii.gz")
    assert np.array_equal(read_volume(tmp_path / "v.nii.gz")[1], ARRAY)


@pytest.mark.parametrize(
    ("holds", "suffix", "named"),
    [
        (".nii", ".nrrd", "NIfTI"),
        (".nrrd", ".nii", "NRRD"),
        (".mha", ".nii.gz", "MetaImage"),
        (".nrrd", ".mha", "NRRD"),
    ],
)
def test_a_file_named_against_its_content_is_refused_in_true_words(
    tmp_path: Path, holds: str, suffix: str, named: str
) -> None:
    write_volume(tmp_path / f"v{holds}", GRID, ARRAY)
    (tmp_path / f"v{holds}").rename(tmp_path / f"w{suffix}")
    with pytest.raises(IntakeError, match=f"but holds {named}; give it the suffix of what it holds"):
        read_volume(tmp_path / f"w{suffix}")


@pytest.mark.parametrize("kinds", ["", "kinds: ??? domain domain domain\n", "kinds: domain domain domain domain\n"])
def test_a_fourth_axis_that_does_not_say_what_it_holds_is_refused_by_its_kinds(tmp_path: Path, kinds: str) -> None:
    head = "NRRD0004\ntype: uint8\ndimension: 4\nspace: LPS\nsizes: 2 2 2 2\nencoding: raw\n"
    where = "space directions: none (4,0,0) (0,4,0) (0,0,4)\nspace origin: (0,0,0)\n"
    (tmp_path / "v.nrrd").write_bytes(f"{head}{where}{kinds}\n".encode() + bytes(16))
    with pytest.raises(IntakeError, match=r"4 axes, of which its kinds must say 3 to be of space .*, but they are"):
        read_volume(tmp_path / "v.nrrd")


def test_values_beyond_the_format_are_read_with_their_line_breaks() -> None:
    header = "NRRD0004\ntype: uint8\n# a: comment:=x\nSegment0_Name:=Liver: all\nnote:=two\\nlines \\\\n\nspace: LPS"
    assert nrrd_values(header) == {"Segment0_Name": "Liver: all", "note": "two\nlines \\n"}


@pytest.mark.parametrize("field", ["space directions", "space origin", "spacings", "Measurement Frame"])
@pytest.mark.parametrize(("digits", "is_read"), [(40, True), (41, False), (5000, False)])
def test_a_number_that_ends_the_program_of_itk_never_reaches_it(
    tmp_path: Path, field: str, digits: int, is_read: bool
) -> None:
    header = f"NRRD0004\ncontent: {'x' * 3000}\n{field}: (1,0,0) (0,{'9' * digits},0)\nsegments:={'y' * 3000}"
    if is_read:
        require_short_numbers(header, "a.nrrd")
    else:
        with pytest.raises(IntakeError, match=f"numbers in the header of a.nrrd .* but one of {field} is longer"):
            require_short_numbers(header, "a.nrrd")
    if digits == 5000:
        path = nrrd(tmp_path / "a.nrrd")
        held = path.read_bytes().replace(b"(4,0,0)", b"(" + b"4" * digits + b",0,0)")
        path.write_bytes(held)
        with pytest.raises(IntakeError, match="numbers in the header"):
            read_volume(path)


@pytest.mark.parametrize("kind", ["mhd", "nhdr"])
def test_a_name_of_numbers_with_a_nul_is_a_damaged_header(tmp_path: Path, kind: str) -> None:
    volume = Grid.aligned((2, 2, 2), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(0, 0, 0))
    path = tmp_path / f"a.{kind}"
    write_volume(path, volume, np.ones((2, 2, 2), dtype=np.float32))
    held = path.read_bytes()
    (named,) = (p.name.encode() for p in tmp_path.iterdir() if p != path)
    assert named in held
    path.write_bytes(held.replace(named, named + b"\0x"))
    with pytest.raises(IntakeError, match=rf"found a damaged one in a\.{kind}"):
        read_volume(path)
