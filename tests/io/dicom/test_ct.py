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

from yttria.io.case.survey import survey
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


def _overlay(position: int) -> Callable[[Any, int], None]:
    def each(ds: Any, _k: int) -> None:
        ds.add_new(0x60000100, "US", 16)
        ds.add_new(0x60000102, "US", position)

    return each


def test_an_overlay_above_the_stored_bits_is_no_value(make_ct: Maker, tmp_path: Path) -> None:
    twelve: dict[str, Any] = {"BitsStored": 12, "HighBit": 11, "each": _overlay(15)}
    stored = _stored(np.uint16, 0, 4096)
    ct = _read(make_ct(tmp_path / "ct", stored | 0x8000, **twelve))
    assert np.array_equal(ct.hu, stored.astype(int) - 1024)
    signed = _stored(np.int16, -2048, 2048)
    overlaid = ((signed.view(np.uint16) & 0x0FFF) | 0x8000).view(np.int16)
    assert np.array_equal(_read(make_ct(tmp_path / "s", overlaid, RescaleIntercept=0, **twelve)).hu, signed)
    with pytest.raises(IntakeError, match="reach into the bits above, where no overlay"):
        _read(make_ct(tmp_path / "other-bit", stored | 0x4000, **twelve))


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("bits", [9, 12, 15])
def test_signed_numbers_of_fewer_bits_are_read_with_and_without_their_sign_in_the_bits_above(
    make_ct: Maker, tmp_path: Path, bits: int, plain: bool
) -> None:
    signed = _stored(np.int16, -(1 << (bits - 1)), 1 << (bits - 1))
    cleared = (signed.view(np.uint16) & ((1 << bits) - 1)).view(np.int16)
    for name, words in (("extended", signed), ("cleared", cleared)):
        folder = make_ct(tmp_path / name, words, BitsStored=bits, HighBit=bits - 1, RescaleIntercept=0)
        assert np.array_equal(_read(folder if plain else _compressed(folder)).hu, signed)


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize(
    ("kind", "low", "high", "bits", "says"),
    [
        (np.uint16, -1000, 100, 12, "numbers below zero do so, and PixelRepresentation says that there are none"),
        (np.uint16, -1000, 100, 11, "numbers below zero do so"),
        (np.uint16, 0, 5000, 12, "its bits are too few"),
        (np.uint16, -3000, 100, 12, "its bits are too few"),
        (np.int16, -1000, 3000, 12, "its bits are too few"),
        (np.int16, -3000, 100, 12, "its bits are too few"),
    ],
)
def test_bits_above_the_stored_ones_that_change_a_value_are_refused(
    make_ct: Maker, tmp_path: Path, kind: type[Any], low: int, high: int, bits: int, says: str, plain: bool
) -> None:
    words = np.linspace(low, high, 210).round().astype(np.int16).view(kind).reshape(5, 6, 7)
    folder = make_ct(tmp_path / "ct", words, BitsStored=bits, HighBit=bits - 1)
    with pytest.raises(IntakeError, match=says):
        _read(folder if plain else _compressed(folder))
    (entry,) = survey(folder).series
    assert any("BitsStored" in reason for reason in entry.reasons)


@pytest.mark.parametrize(
    ("kind", "intercept", "word", "changes"),
    [
        (np.uint16, -1024, 63536, {}),
        (np.uint16, -1024, 0, {}),
        (np.int16, 0, -2000, {}),
        (np.int16, -1024, -32768, {"RescaleSlope": 0.5}),
        (np.int16, 0, -2000, {"PixelPaddingRangeLimit": 0x8000}),
        (np.uint16, -1024, 63536, {"BitsStored": 12, "HighBit": 11}),
    ],
)
@pytest.mark.parametrize("plain", [True, False])
def test_pixel_padding_is_air_and_never_in_the_range(
    make_ct: Maker, tmp_path: Path, kind: type[Any], intercept: int, word: int, changes: dict[str, Any], plain: bool
) -> None:
    stored = np.full((5, 6, 7), 1064, kind)
    stored[:, 0] = np.int32(word).astype(kind)
    padding = {"PixelPaddingValue": word & 0xFFFF, "RescaleIntercept": intercept, **changes}

    def each(ds: Any, _k: int) -> None:
        for name, value in padding.items():
            if name.startswith("PixelPadding"):
                signed = kind is np.int16
                ds.add_new(name, "SS" if signed else "US", int(np.uint16(value).astype(kind)))

    tags = {k: v for k, v in padding.items() if not k.startswith("PixelPadding")}
    folder = make_ct(tmp_path / "ct", stored, each=each, **tags)
    series = scan(folder if plain else _compressed(folder)).series[0]
    ct, findings = examine_ct(series)
    tissue = 1064 * changes.get("RescaleSlope", 1) + intercept
    assert (ct.hu[:, 0] == -1000).all()
    assert (ct.hu[:, 1:] == tissue).all()
    assert "padding-like-tissue" not in {f.code for f in findings}
    held = range_of(series.headers, what="it")
    assert (held.low, held.high) == (tissue, tissue)


@pytest.mark.parametrize(
    ("hu", "doubted"), [(-901, False), (-900, False), (-899, True), (0, True), (3070, True), (3071, False)]
)
def test_padding_that_is_a_number_of_tissue_is_doubted(make_ct: Maker, tmp_path: Path, hu: int, doubted: bool) -> None:
    folder = make_ct(tmp_path / "ct", _stored(), PixelPaddingValue=hu + 1024)
    assert ("padding-like-tissue" in {f.code for f in examine_ct(scan(folder).series[0])[1]}) == doubted


def test_a_series_of_padding_alone_is_refused(make_ct: Maker, tmp_path: Path) -> None:
    series = scan(make_ct(tmp_path / "ct", np.zeros((2, 3, 3), np.uint16), PixelPaddingValue=0)).series[0]
    with pytest.raises(IntakeError, match="every one is padding"):
        range_of(series.headers, what="the CT")


def _compressed(folder: Path) -> Path:
    for path in sorted(folder.iterdir()):
        ds = pydicom.dcmread(path)
        ds.compress(pydicom.uid.RLELossless, generate_instance_uid=False)
        ds.save_as(path)
    return folder


def test_a_compressed_series_reads_as_its_plain_twin(make_ct: Maker, tmp_path: Path) -> None:
    stored = _stored()
    folder = _compressed(make_ct(tmp_path / "ct", stored))
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


def test_numbers_written_with_other_digits_are_one_series(make_ct: Maker, tmp_path: Path) -> None:
    def each(ds: Any, k: int) -> None:
        if k == 2:
            ds.PixelSpacing, ds.SliceThickness, ds.RescaleSlope = ["0.80000", "0.9000001"], "3.00", "1.0000"
            ds.ImageOrientationPatient = ["1.0000", "0.0001", "-0.0", "-1e-4", "0.99999999", "0"]

    ct, findings = examine_ct(scan(make_ct(tmp_path / "ct", _stored(), each=each)).series[0])
    assert np.array_equal(ct.hu, _stored().astype(int) - 1024)
    assert ct.grid.spacing_zyx_mm == pytest.approx((3.0, 0.8, 0.9), abs=1e-6)
    assert findings == ()
