"""io.volume: NIfTI, NRRD and MetaImage, in one place."""

import gzip
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from yttria.io.dicom.ct import read_ct
from yttria.io.dicom.scan import scan
from yttria.io.volumes.volume import is_volume, read_volume, write_volume
from yttria.values.errors import GeometryError, IntakeError, QuantityError
from yttria.values.grid import Grid

GRID = Grid.aligned((4, 5, 6), spacing_zyx_mm=(3.0, 2.0, 1.5), origin_lps_mm=(-10.5, 20.25, -30.125))
ARRAY = np.random.default_rng(6).random((4, 5, 6)).astype(np.float32)
FORMATS = (".nii", ".nii.gz", ".nrrd", ".mha", ".mhd")


@pytest.mark.parametrize("suffix", FORMATS)
def test_what_is_written_is_read_back_in_its_place(tmp_path: Path, suffix: str) -> None:
    write_volume(tmp_path / f"v{suffix}", GRID, ARRAY)
    grid, array = read_volume(tmp_path / f"v{suffix}")
    assert np.array_equal(array, ARRAY)
    assert np.allclose(grid.matrix, GRID.matrix, atol=1e-5)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    st.tuples(*[st.floats(-3, 3)] * 3),
    st.tuples(*[st.floats(0.5, 6)] * 3),
    st.tuples(*[st.floats(-300, 300)] * 3),
    st.sampled_from(FORMATS),
)
def test_any_orientation_keeps_its_affine_and_values(
    tmp_path: Path, turn: tuple[float, ...], spacing: tuple[float, ...], origin: tuple[float, ...], suffix: str
) -> None:
    a, b, c = turn
    rx = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    rz = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    ry = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = (rz @ ry @ rx) * np.asarray(spacing), origin
    grid = Grid.of(ARRAY.shape, affine)
    write_volume(tmp_path / f"w{suffix}", grid, ARRAY)
    back, array = read_volume(tmp_path / f"w{suffix}")
    assert np.array_equal(array, ARRAY)
    assert np.allclose(back.matrix, affine, atol=1e-3)


def test_the_same_volume_is_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_volume(tmp_path / name / "v.nii.gz", GRID, ARRAY)
    assert (tmp_path / "a" / "v.nii.gz").read_bytes() == (tmp_path / "b" / "v.nii.gz").read_bytes()


def _nifti(tmp_path: Path, *, qform: int, sform: int, unit: int = 2, name: str = "v.nii") -> Path:
    write_volume(tmp_path / name, GRID, ARRAY)
    raw = bytearray((tmp_path / name).read_bytes())
    struct.pack_into("<hh", raw, 252, qform, sform)
    raw[123] = unit
    dz, dy, dx = GRID.spacing_zyx_mm
    struct.pack_into(
        "<12f", raw, 280, dx, 0, 0, 7, 0, dy, 0, 8, 0, 0, dz, 9
    )  # an sform of its own, to be told from the qform
    (tmp_path / name).write_bytes(bytes(raw))
    return tmp_path / name


def test_an_sform_and_a_qform_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    with pytest.raises(GeometryError, match=r"sform and the qform of .* must place it alike, but place them up to"):
        read_volume(_nifti(tmp_path, qform=1, sform=1))


def test_the_form_that_is_set_is_believed(tmp_path: Path) -> None:
    assert read_volume(_nifti(tmp_path, qform=0, sform=1))[0].origin_lps_mm == (-7.0, -8.0, 9.0)
    assert np.allclose(read_volume(_nifti(tmp_path, qform=1, sform=0))[0].matrix, GRID.matrix, atol=1e-5)


@pytest.mark.parametrize(("unit", "edge"), [(0, 4.0), (1, 0.004), (2, 4.0), (3, 4000.0), (8 + 2, 4.0)])
def test_units_of_length_of_a_nifti_come_to_mm(tmp_path: Path, unit: int, edge: float) -> None:
    path = _nifti(tmp_path, qform=0, sform=1, unit=unit)
    raw = bytearray(path.read_bytes())
    struct.pack_into("<3f", raw, 80, edge, edge, edge)
    struct.pack_into("<12f", raw, 280, edge, 0, 0, 7 * edge, 0, edge, 0, 8 * edge, 0, 0, edge, 9 * edge)
    path.write_bytes(bytes(raw))
    grid, _ = read_volume(path)
    assert grid.spacing_zyx_mm == pytest.approx((4, 4, 4))
    assert grid.origin_lps_mm == pytest.approx((-28, -32, 36))


def test_a_nifti_in_metres_whose_numbers_are_mm_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GeometryError, match=r"but measure 1500 × 2000 × 3000 mm by its unit of length"):
        read_volume(_nifti(tmp_path, qform=0, sform=1, unit=1))


def test_a_nifti_unit_that_the_format_does_not_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GeometryError, match=r"xyzt_units 1, 2, 3\), but says unit 5; write it again in mm"):
        read_volume(_nifti(tmp_path, qform=0, sform=1, unit=5))


@pytest.mark.parametrize(("mark", "says"), [(b"ni1\0", "header of a pair"), (b"\0\0\0\0", "without its mark")])
def test_half_of_a_pair_and_an_analyze_image_are_refused(tmp_path: Path, mark: bytes, says: str) -> None:
    path = _nifti(tmp_path, qform=0, sform=1)
    raw = bytearray(path.read_bytes())
    raw[344:348] = mark
    path.write_bytes(bytes(raw))
    with pytest.raises(IntakeError, match=says):
        read_volume(path)


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.int32, np.float32, np.float64])
def test_every_kind_of_number_is_read_as_itk_reads_it(tmp_path: Path, kind: type) -> None:
    array: NDArray[Any] = (ARRAY * 100).astype(kind)
    write_volume(tmp_path / "v.nii.gz", GRID, array)
    back = read_volume(tmp_path / "v.nii.gz")[1]
    assert back.dtype == kind
    assert np.array_equal(back, array)


def test_slope_and_intercept_of_a_nifti_are_applied(tmp_path: Path) -> None:
    write_volume(tmp_path / "v.nii", GRID, (ARRAY * 100).astype(np.int16))
    raw = bytearray((tmp_path / "v.nii").read_bytes())
    struct.pack_into("<2f", raw, 112, 0.5, -3)
    (tmp_path / "v.nii").write_bytes(bytes(raw))
    assert np.allclose(read_volume(tmp_path / "v.nii")[1], (ARRAY * 100).astype(np.int16) * 0.5 - 3)


def test_a_series_of_volumes_in_one_nifti_is_refused(tmp_path: Path) -> None:
    write_volume(tmp_path / "v.nii", GRID, ARRAY)
    raw = bytearray((tmp_path / "v.nii").read_bytes())
    struct.pack_into("<5h", raw, 40, 4, 6, 5, 2, 2)
    (tmp_path / "v.nii").write_bytes(bytes(raw))
    with pytest.raises(IntakeError, match=r"three dimensions, but has 4 dimensions \(\[6, 5, 2, 2\]\)"):
        read_volume(tmp_path / "v.nii")


def test_a_nifti_that_lies_nowhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GeometryError, match="sform and qform are both unset"):
        read_volume(_nifti(tmp_path, qform=0, sform=0))


def test_a_sheared_nifti_is_refused(tmp_path: Path) -> None:
    path = _nifti(tmp_path, qform=0, sform=1)
    raw = bytearray(path.read_bytes())
    struct.pack_into("<3f", raw, 80, 1, np.hypot(1, 0.5), 1)
    struct.pack_into("<12f", raw, 280, 1, 0.5, 0, 7, 0, 1, 0, 8, 0, 0, 1, 9)
    path.write_bytes(bytes(raw))
    with pytest.raises(GeometryError, match="sheared"):
        read_volume(path)


def test_a_nrrd_that_names_no_space_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plain.nrrd"
    head = b"NRRD0004\ntype: uchar\ndimension: 3\nsizes: 2 2 2\nspacings: 1 1 1\nencoding: raw\n\n"
    path.write_bytes(head + bytes(8))
    with pytest.raises(GeometryError, match=r"plain\.nrrd must name its space"):
        read_volume(path)


def test_numbers_that_are_not_finite_are_refused_with_their_count(tmp_path: Path) -> None:
    bad = ARRAY.copy()
    bad[0, 0, :2] = np.nan, np.inf
    write_volume(tmp_path / "v.nii.gz", GRID, bad)
    with pytest.raises(QuantityError, match="2 voxels are not"):
        read_volume(tmp_path / "v.nii.gz")


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_damaged_file_is_refused_in_one_message(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"v{suffix}"
    write_volume(path, GRID, ARRAY)
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(IntakeError, match=r"damaged|expected a NIfTI header"):
        read_volume(path)


def test_what_is_absent_or_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="there is no such file"):
        read_volume(tmp_path / "no.nii")
    (tmp_path / "x.txt").write_text("x")
    with pytest.raises(IntakeError, match=r"expected a volume of .nii"):
        read_volume(tmp_path / "x.txt")
    with pytest.raises(IntakeError, match=r"must be named .nii"):
        write_volume(tmp_path / "v.txt", GRID, ARRAY)
    with pytest.raises(GeometryError, match="must have its grid's shape"):
        write_volume(tmp_path / "v.nii", GRID, ARRAY[1:])
    assert is_volume(Path("A.NII.GZ"))
    assert not is_volume(Path("a.dcm"))


def test_a_gzip_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "v.nii.gz").write_bytes(gzip.compress(b"nothing"))
    with pytest.raises(IntakeError, match=r"damaged|expected a NIfTI header"):
        read_volume(tmp_path / "v.nii.gz")


def test_nifti_and_dicom_of_one_series_lie_in_one_place(shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("totalseg_ct_liver")
    ct = read_ct(scan(folder / "example_ct_dicom").series[0])
    grid, labels = read_volume(folder / "example_seg_dicom.nii.gz")
    assert np.allclose(grid.bounds_lps_mm(), ct.grid.bounds_lps_mm(), atol=1e-3)
    liver = np.argwhere(labels == 5)[:, ::-1]
    assert len(liver) * grid.voxel_ml == pytest.approx(699.4, abs=0.05)
    i, j, k = np.rint(ct.grid.index_of(grid.points_of(liver))).astype(int).T
    assert 60 < np.median(ct.hu[k, j, i]) < 160  # enhanced liver, not air or bone: the labels fall on it


def test_a_real_ras_file_is_turned_to_lps(shared_data: Callable[[str], Path]) -> None:
    grid, array = read_volume(shared_data("totalseg_ct_liver") / "example_ct.nii.gz")
    assert array.shape == (112, 101, 122)
    assert np.array_equal(np.sign(np.diag(grid.matrix)), [-1, -1, 1, 1])


def _patched(path: Path, form: str, at: int, *values: float) -> Path:
    """Write numbers into the header of a NIfTI made of ARRAY."""
    write_volume(path, GRID, ARRAY)
    held = bytearray(path.read_bytes())
    struct.pack_into(form, held, at, *values)
    path.write_bytes(held)
    return path


@pytest.mark.parametrize(("half_voxels", "refused"), [(0.99, False), (1.01, True)])
def test_an_sform_of_other_voxels_than_pixdim_states_is_refused_from_half_a_voxel_over_the_image(
    tmp_path: Path, half_voxels: float, *, refused: bool
) -> None:
    path = _nifti(tmp_path, qform=0, sform=1)
    dx, nx = GRID.spacing_zyx_mm[2], GRID.shape_zyx[2]
    raw = bytearray(path.read_bytes())
    struct.pack_into("<f", raw, 80, dx * (1 + 0.5 * half_voxels / nx))
    path.write_bytes(bytes(raw))
    if not refused:
        assert read_volume(path)[0].spacing_zyx_mm == pytest.approx(GRID.spacing_zyx_mm)
        return
    with pytest.raises(GeometryError, match=r"sform and pixdim of v\.nii must state one size of voxels"):
        read_volume(path)


def test_an_sform_beside_a_pixdim_that_states_none_is_believed_and_one_of_no_number_is_not(tmp_path: Path) -> None:
    path = _nifti(tmp_path, qform=0, sform=1)
    raw = bytearray(path.read_bytes())
    struct.pack_into("<3f", raw, 80, 0, 0, 0)
    path.write_bytes(bytes(raw))
    assert read_volume(path)[0].spacing_zyx_mm == pytest.approx(GRID.spacing_zyx_mm)
    struct.pack_into("<f", raw, 80, np.nan)
    path.write_bytes(bytes(raw))
    with pytest.raises(GeometryError, match="one size of voxels"):
        read_volume(path)


@pytest.mark.parametrize(("place", "value"), [(292, np.inf), (308, np.nan), (280, -np.inf)])
def test_a_place_of_a_nifti_that_is_no_number_is_refused_without_a_warning(
    tmp_path: Path, place: int, value: float
) -> None:
    path = _nifti(tmp_path, qform=0, sform=1)
    raw = bytearray(path.read_bytes())
    struct.pack_into("<f", raw, place, value)
    path.write_bytes(bytes(raw))
    with pytest.raises(GeometryError, match="in finite numbers"):
        read_volume(path)


@pytest.mark.parametrize(("count", "read"), [(3, True), (7, True), (8, False), (2, False)])
def test_a_nifti_of_more_dimensions_than_the_format_has_is_refused(tmp_path: Path, count: int, *, read: bool) -> None:
    path = _patched(tmp_path / "v.nii", "<h", 40, count)
    if read:
        assert np.array_equal(read_volume(path)[1], ARRAY)
        return
    with pytest.raises(IntakeError, match=f"has {count} dimensions"):
        read_volume(path)


@pytest.mark.parametrize("offset", [0, 348, 351, 352.5, -352, np.nan, np.inf])
def test_a_nifti_whose_numbers_begin_within_its_header_is_refused(tmp_path: Path, offset: float) -> None:
    with pytest.raises(IntakeError, match="must start behind its header"):
        read_volume(_patched(tmp_path / "v.nii", "<f", 108, offset))


@pytest.mark.parametrize(("offset", "why"), [(356, "damaged"), (368, "damaged")])
def test_a_nifti_whose_numbers_are_moved_is_refused(tmp_path: Path, offset: float, why: str) -> None:
    with pytest.raises(IntakeError, match=why):
        read_volume(_patched(tmp_path / "v.nii", "<f", 108, offset))


@pytest.mark.parametrize("scale", [(2, np.nan), (np.nan, 1), (np.inf, 0), (1, np.inf), (1, np.nan)])
def test_half_a_scale_of_a_nifti_is_refused(tmp_path: Path, scale: tuple[float, float]) -> None:
    with pytest.raises(IntakeError, match="by a slope and an intercept"):
        read_volume(_patched(tmp_path / "v.nii", "<2f", 112, *scale))


@pytest.mark.parametrize(
    ("scale", "factor", "more"),
    [((0, 5), 1, 0), ((np.nan, np.nan), 1, 0), ((1, 0), 1, 0), ((2, 1), 2, 1), ((-1, 0), -1, 0)],
)
def test_a_whole_scale_of_a_nifti_is_obeyed(
    tmp_path: Path, scale: tuple[float, float], factor: float, more: float
) -> None:
    read = read_volume(_patched(tmp_path / "v.nii", "<2f", 112, *scale))[1]
    assert np.allclose(read, ARRAY * factor + more)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_a_nifti_that_holds_more_numbers_than_its_header_promises_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"v{suffix}"
    write_volume(path, GRID, ARRAY)
    held = bytearray(gzip.decompress(path.read_bytes()) if suffix == ".nii.gz" else path.read_bytes())
    struct.pack_into("<h", held, 46, 3)  # of 4 slices
    path.write_bytes(gzip.compress(bytes(held)) if suffix == ".nii.gz" else held)
    with pytest.raises(IntakeError, match="but holds more"):
        read_volume(path)


def test_a_nifti_whose_bits_contradict_its_type_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="bitpix is 16"):
        read_volume(_patched(tmp_path / "v.nii", "<h", 72, 16))


def test_a_gzip_is_not_unpacked_beyond_what_its_header_promises(tmp_path: Path) -> None:
    write_volume(tmp_path / "v.nii", GRID, ARRAY)
    (tmp_path / "v.nii.gz").write_bytes(gzip.compress((tmp_path / "v.nii").read_bytes() + bytes(200 << 20), 1))
    with pytest.raises(IntakeError, match="but holds more"):
        read_volume(tmp_path / "v.nii.gz")
