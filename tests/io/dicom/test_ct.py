"""io.dicom.ct and pixels: stored numbers to HU on a grid."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from yttria.io.dicom.ct import examine_ct, read_ct
from yttria.io.dicom.pixels import Range, range_of
from yttria.io.dicom.scan import scan
from yttria.values.errors import GeometryError, IntakeError, QuantityError
from yttria.values.maps import CtImage

Maker = Callable[..., Path]


def _stored(dtype: Any = np.int16, low: int = 0, high: int = 3000) -> NDArray[Any]:
    return np.random.default_rng(1).integers(low, high, (5, 6, 7)).astype(dtype)


def _read(folder: Path) -> CtImage:
    return read_ct(scan(folder).series[0])


def test_hounsfield_units_stay_whole_numbers_in_their_place(make_ct: Maker, tmp_path: Path, frame_uid: str) -> None:
    stored = _stored()
    ct = _read(make_ct(tmp_path / "ct", stored, shuffle=True))
    assert ct.hu.dtype == np.int16
    assert np.array_equal(ct.hu, stored.astype(int) - 1024)
    assert ct.grid.spacing_zyx_mm == (3.0, 0.8, 0.9)
    assert ct.grid.origin_lps_mm == (-10.0, -20.0, -30.0)
    assert ct.grid.frame_uid == frame_uid


@pytest.mark.parametrize("dtype", [np.int16, np.uint16, np.uint8, np.int8])
@pytest.mark.parametrize("intercept", [0, -1024, 100])
def test_every_depth_and_sign_gives_slope_times_stored_plus_intercept(
    make_ct: Maker, tmp_path: Path, dtype: Any, intercept: int
) -> None:
    whole = np.iinfo(dtype)
    stored = _stored(dtype, max(whole.min, -30000), min(whole.max, 30000) + 1)
    folder = make_ct(tmp_path / "ct", stored, RescaleIntercept=intercept)
    expected = stored.astype(float) + intercept
    ct = _read(folder)
    assert ct.hu.dtype == np.int16
    assert np.array_equal(ct.hu, expected)
    assert range_of(scan(folder).series[0].headers, what="it") == Range.of(expected)


def test_unsigned_numbers_beyond_int16_are_kept_as_floats(make_ct: Maker, tmp_path: Path) -> None:
    stored = _stored(np.uint16, 0, 1000)
    stored[2, 3, 4] = 33700
    ct = _read(make_ct(tmp_path / "ct", stored))
    assert float(ct.hu.max()) == 33700 - 1024
    stored[2, 3, 4] = 40000
    with pytest.raises(QuantityError, match="CT numbers must lie from -32768 to 32767"):
        _read(make_ct(tmp_path / "beyond", stored))


def test_each_slice_has_its_own_slope_and_intercept(make_ct: Maker, tmp_path: Path) -> None:
    def each(ds: Any, k: int) -> None:
        ds.RescaleSlope, ds.RescaleIntercept = 1 + 0.5 * k, -10 * k

    stored = _stored()
    ct = _read(make_ct(tmp_path / "ct", stored, each=each))
    k = np.arange(5)[:, None, None]
    assert np.allclose(ct.hu, stored * (1 + 0.5 * k) - 10 * k)


def test_what_lies_above_the_stored_bits_is_no_value(make_ct: Maker, tmp_path: Path) -> None:
    stored = _stored(np.uint16, 0, 4096)
    overlaid = stored | 0x8000
    ct = _read(make_ct(tmp_path / "ct", overlaid, BitsStored=12, HighBit=11))
    assert np.array_equal(ct.hu, stored.astype(int) - 1024)
    signed = _stored(np.int16, -2048, 2048)
    cleared = (signed.view(np.uint16) & 0x0FFF).view(np.int16)
    ct = _read(make_ct(tmp_path / "signed", cleared, BitsStored=12, HighBit=11, RescaleIntercept=0))
    assert np.array_equal(ct.hu, signed)


def test_a_compressed_series_reads_as_its_plain_twin(make_ct: Maker, tmp_path: Path) -> None:
    stored = _stored()
    folder = make_ct(tmp_path / "ct", stored)
    for path in sorted(folder.iterdir()):
        ds = pydicom.dcmread(path)
        ds.compress(pydicom.uid.RLELossless, generate_instance_uid=False)
        ds.save_as(path)
    assert np.array_equal(_read(folder).hu, stored.astype(int) - 1024)


def test_blank_and_repeated_uids_lose_no_slice(make_ct: Maker, tmp_path: Path) -> None:
    for uid, code in (("", "blank-uids"), ("1.2.3", "repeated-uids")):
        ct, findings = examine_ct(scan(make_ct(tmp_path / code, _stored(), SOPInstanceUID=uid)).series[0])
        assert ct.grid.shape_zyx == (5, 6, 7)
        assert code in [f.code for f in findings]


def test_a_missing_patient_position_is_a_doubt(make_ct: Maker, tmp_path: Path, absent: object) -> None:
    folder = make_ct(tmp_path / "ct", _stored(), PatientPosition=absent, FrameOfReferenceUID=absent)
    assert [f.code for f in examine_ct(scan(folder).series[0])[1]] == ["no-patient-position", "no-frame"]


@pytest.mark.parametrize(
    "orientation",
    [(1, 0, 0, 0, 1, 0), (-1, 0, 0, 0, -1, 0), (1, 0, 0, 0, -1, 0), (0, 1, 0, -1, 0, 0), (1, 0, 0, 0, 0, -1)],
)
def test_any_patient_position_lies_where_its_tags_say(
    make_ct: Maker, tmp_path: Path, orientation: tuple[int, ...]
) -> None:
    stored = _stored()
    ct = _read(make_ct(tmp_path / "ct", stored, orientation=orientation, shuffle=True))
    assert np.array_equal(ct.hu, stored.astype(int) - 1024)
    along_row, along_column = np.array(orientation[:3]), np.array(orientation[3:])
    expected = np.stack([along_row * 0.9, along_column * 0.8, np.cross(along_row, along_column) * 3.0], axis=1)
    assert np.allclose(ct.grid.matrix[:3, :3], expected)


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"RescaleType": "OD"}, IntakeError, "must be in HU, but its RescaleType is OD"),
        ({"RescaleSlope": "0"}, IntakeError, "RescaleSlope must not be zero"),
        ({"PixelSpacing": None}, GeometryError, "pixel spacing of two numbers"),
        ({"ImageOrientationPatient": None}, GeometryError, "six numbers"),
        ({"ImagePositionPatient": None}, GeometryError, "5 of 5 do not"),
    ],
)
def test_a_ct_that_cannot_be_read_rightly_is_refused(
    make_ct: Maker, tmp_path: Path, absent: object, changes: dict[str, Any], error: type[Exception], says: str
) -> None:
    tags = {k: absent if v is None else v for k, v in changes.items()}

    def each(ds: Any, k: int) -> None:
        for keyword, value in tags.items():
            if value is absent:
                delattr(ds, keyword)

    folder = make_ct(tmp_path / "ct", _stored(), each=each, **{k: v for k, v in tags.items() if v is not absent})
    with pytest.raises(error, match=says):
        _read(folder)


def test_a_slice_cut_short_is_refused(make_ct: Maker, tmp_path: Path) -> None:
    folder = make_ct(tmp_path / "ct", _stored())
    (folder / "0002.dcm").write_bytes((folder / "0002.dcm").read_bytes()[:-10])
    with pytest.raises(IntakeError, match="pixels of the CT must be complete"):
        _read(folder)


def test_a_missing_slice_is_refused_with_its_position(make_ct: Maker, tmp_path: Path) -> None:
    folder = make_ct(tmp_path / "ct", _stored())
    (folder / "0002.dcm").unlink()
    with pytest.raises(GeometryError, match=r"1 slice is missing at -24\.00 mm"):
        _read(folder)


def test_two_phases_in_one_series_are_refused(make_ct: Maker, tmp_path: Path) -> None:
    first = make_ct(tmp_path / "ct", _stored())
    make_ct(tmp_path / "second", _stored(), SeriesInstanceUID=pydicom.dcmread(first / "0000.dcm").SeriesInstanceUID)
    with pytest.raises(GeometryError, match="5 positions occur more than once"):
        _read(tmp_path)


def test_real_series_have_their_published_sums(shared_data: Callable[[str], Path]) -> None:
    slices = scan(shared_data("totalseg_ct_liver") / "example_ct_dicom").series[0]
    ct, findings = examine_ct(slices)
    assert int(ct.hu.sum(dtype=np.int64)) == -3272217339
    assert ct.grid.spacing_zyx_mm == (2.0, 0.9765625, 0.9765625)
    assert {f.code for f in findings} == {"blank-uids", "overlapping-slices"}
    portal = _read(shared_data("ircadb01_case17_liver") / "PATIENT_DICOM")
    assert int(portal.hu.sum(dtype=np.int64)) == -16319185200


def _turned(angles: tuple[float, float, float]) -> NDArray[np.float64]:
    a, b, c = angles
    rx = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    ry = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    rz = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return np.asarray(rz @ ry @ rx)


ENCODINGS = ("explicit", "implicit", "deflated", "RLELossless", "JPEGLSLossless", "JPEG2000Lossless")


def _encoded(folder: Path, encoding: str) -> None:
    for path in folder.iterdir():
        ds = pydicom.dcmread(path)
        if encoding in {"implicit", "deflated"}:
            name = "ImplicitVRLittleEndian" if encoding == "implicit" else "DeflatedExplicitVRLittleEndian"
            ds.file_meta.TransferSyntaxUID = getattr(pydicom.uid, name)
            ds.save_as(path, implicit_vr=encoding == "implicit", little_endian=True)
        elif encoding != "explicit":
            ds.compress(getattr(pydicom.uid, encoding), generate_instance_uid=False)
            ds.save_as(path)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=30,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(
    angles=st.tuples(*[st.floats(-3.1, 3.1)] * 3),
    spacing=st.tuples(*[st.floats(0.3, 8)] * 3),
    origin=st.tuples(*[st.floats(-900, 900)] * 3),
    encoding=st.sampled_from(ENCODINGS),
    signed=st.booleans(),
    intercept=st.integers(-2000, 100),
    seed=st.integers(0, 99),
)
def test_any_valid_series_is_read_back_with_its_affine_and_values(
    make_ct: Maker,
    tmp_path_factory: pytest.TempPathFactory,
    angles: tuple[float, float, float],
    spacing: tuple[float, float, float],
    origin: tuple[float, float, float],
    encoding: str,
    signed: bool,
    intercept: int,
    seed: int,
) -> None:
    axes = _turned(angles)
    low = -3000 if signed else 0
    stored = np.random.default_rng(seed).integers(low, 5000, (4, 64, 48)).astype(np.int16 if signed else np.uint16)
    folder = tmp_path_factory.mktemp("any")
    orientation = [float(f"{v:.12f}") for v in (*axes[:, 0], *axes[:, 1])]
    make_ct(
        folder,
        stored,
        spacing=tuple(round(v, 4) for v in spacing),
        origin=[round(v, 4) for v in origin],
        orientation=orientation,
        shuffle=True,
        RescaleIntercept=intercept,
    )
    _encoded(folder, encoding)
    ct = _read(folder)
    assert np.array_equal(ct.hu, stored.astype(int) + intercept)
    dz, dy, dx = (round(v, 4) for v in spacing)
    assert np.allclose(ct.grid.matrix[:3, :3], axes * [dx, dy, dz], atol=1e-3)
    assert np.allclose(ct.grid.origin_lps_mm, origin, atol=1e-3)
