"""io.dicom.geometry: affines from the tags that really hold them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import FileDataset

from yttria.io.dicom.geometry import directions, one_direction, one_spacing, pixel_spacing, series_stack, stack_of
from yttria.io.dicom.scan import scan
from yttria.values.errors import GeometryError

Maker = Callable[..., Path]
AXIAL = (1, 0, 0, 0, 1, 0)


def _stack(z: list[float], **changes: object) -> object:
    words = {"thickness": 3.0, "frame_uid": "1.2", "what": "the CT", **changes}
    return stack_of([(0.0, 0.0, v) for v in z], AXIAL, (2.0, 1.0), (4, 5), **words)  # type: ignore[arg-type]


angle = st.floats(-3.1, 3.1)
length = st.floats(0.3, 8)


@given(
    st.tuples(angle, angle, angle),
    st.tuples(length, length, length),
    st.tuples(*[st.floats(-500, 500)] * 3),
    st.integers(2, 9),
    st.randoms(),
)
def test_any_even_stack_in_any_order_and_direction_is_found_back(
    turn: tuple[float, ...], spacing: tuple[float, ...], origin: tuple[float, ...], count: int, random: object
) -> None:
    (a, b, c), (dx, dy, dz) = turn, spacing
    rx = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    ry = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    rz = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    axes = rz @ ry @ rx
    positions = [tuple(np.asarray(origin) + axes[:, 2] * dz * k) for k in range(count)]
    order = list(range(count))
    random.shuffle(order)  # type: ignore[attr-defined]
    stack = stack_of(
        [positions[k] for k in order],
        (*axes[:, 0], *axes[:, 1]),
        (dy, dx),
        (4, 5),
        thickness=dz,
        frame_uid="",
        what="it",
    )
    assert np.allclose(stack.grid.matrix[:3, :3], axes * [dx, dy, dz], atol=1e-5)
    assert np.allclose(stack.grid.origin_lps_mm, origin, atol=1e-6)
    assert [order[i] for i in stack.order] == list(range(count))


def test_a_descending_stack_is_stored_from_feet_to_head() -> None:
    stack = _stack([9.0, 6.0, 3.0, 0.0])
    assert stack.order == (3, 2, 1, 0)  # type: ignore[attr-defined]
    assert stack.grid.spacing_zyx_mm == (3.0, 2.0, 1.0)  # type: ignore[attr-defined]


def test_a_single_slice_is_as_thick_as_it_says() -> None:
    assert _stack([5.0]).grid.spacing_zyx_mm[0] == 3.0  # type: ignore[attr-defined]


def test_overlapping_slices_are_noted_and_their_distance_used() -> None:
    stack = _stack([0.0, 2.0, 4.0])
    assert stack.grid.spacing_zyx_mm[0] == 2.0  # type: ignore[attr-defined]
    assert [f.code for f in stack.findings] == ["overlapping-slices"]  # type: ignore[attr-defined]


def test_positions_rounded_in_the_header_are_noted_not_refused() -> None:
    stack = _stack([0.0, 1.2, 2.5, 3.8, 5.0], thickness=1.25)
    assert stack.grid.spacing_zyx_mm[0] == 1.25  # type: ignore[attr-defined]
    assert [f.code for f in stack.findings] == ["rounded-positions"]  # type: ignore[attr-defined]


def test_a_gap_is_refused_with_the_missing_positions() -> None:
    with pytest.raises(GeometryError, match=r"2 slices are missing at 6\.00, 9\.00 mm"):
        _stack([0.0, 3.0, 12.0, 15.0, 18.0])


def test_a_position_that_occurs_twice_is_refused() -> None:
    with pytest.raises(GeometryError, match=r"1 positions occur more than once \(at 3\.00 mm"):
        _stack([0.0, 3.0, 3.0, 6.0, 9.0])


def test_uneven_slices_are_refused() -> None:
    with pytest.raises(GeometryError, match="even distances, but they vary"):
        _stack([0.0, 2.5, 6.0, 8.6, 12.0])


def test_a_tilted_stack_is_refused_with_its_angle() -> None:
    tilted = [(0.0, 0.5 * k, 3.0 * k) for k in range(5)]
    with pytest.raises(GeometryError, match=r"drift 2\.00 mm sideways \(tilt 9\.5"):
        stack_of(tilted, AXIAL, (1, 1), (4, 5), thickness=3, frame_uid="", what="the CT")


def test_missing_positions_are_refused_with_their_number() -> None:
    with pytest.raises(GeometryError, match="1 of 2 do not"):
        stack_of([(0.0, 0.0, 1.0), ()], AXIAL, (1, 1), (4, 5), thickness=3, frame_uid="", what="the CT")
    with pytest.raises(GeometryError, match="finite position"):
        _stack([0.0, float("nan"), 3.0])


@pytest.mark.parametrize("thickness", [None, 0.0, -2.0, float("nan")])
def test_one_slice_without_thickness_is_refused(thickness: float | None) -> None:
    with pytest.raises(GeometryError, match="must state its thickness"):
        _stack([0.0], thickness=thickness)


@pytest.mark.parametrize(
    ("orientation", "says"),
    [
        ((), "six numbers"),
        ((1, 0, 0, 0, 2, 0), "length 1"),
        ((1, 0, 0, 0.6, 0.8, 0), "right angles"),
        ((float("nan"),) * 6, "six numbers"),
    ],
)
def test_directions_that_cannot_be_are_refused(orientation: tuple[float, ...], says: str) -> None:
    with pytest.raises(GeometryError, match=says):
        directions(orientation, what="it")


@pytest.mark.parametrize("spacing", [(), (1.0,), (0.0, 1.0), (-1.0, 1.0), (float("nan"), 1.0)])
def test_a_pixel_spacing_that_cannot_be_is_refused(spacing: tuple[float, ...]) -> None:
    with pytest.raises(GeometryError, match="two numbers above zero"):
        pixel_spacing(spacing, what="it")


@pytest.mark.parametrize(
    ("other", "one"),
    [
        ((0.781250, 0.78125), True),
        ((0.7812, 0.7813), True),
        ((0.78125 + 0.99e-4, 0.78125), True),
        ((0.78125 + 1.01e-4, 0.78125), False),
        ((0.8, 0.78125), False),
    ],
)
def test_spacings_are_compared_as_numbers_and_not_as_text(other: tuple[float, float], one: bool) -> None:
    each = [(0.78125, 0.78125), other, (0.78125, 0.78125)]
    if one:
        assert one_spacing(each, what="it") == (0.78125, 0.78125)
    else:
        with pytest.raises(GeometryError, match=r"one pixel spacing, but there are 2: 0\.78"):
            one_spacing(each, what="it")


def _turned(off: float) -> tuple[float, ...]:
    return (1, off, 0, -off, 1, 0)


@pytest.mark.parametrize(
    ("off", "shape", "one"),
    [
        (1e-4, (512, 512), True),  # rounded off, though it moves a corner by 0.1 mm
        (1.02e-4, (512, 512), False),
        (1e-3, (4, 4), True),  # not rounded off, but it moves no corner by a hundredth of a pixel
        (2e-3, (4, 4), False),
    ],
)
def test_directions_are_one_where_they_are_rounded_or_move_no_corner(
    off: float, shape: tuple[int, int], one: bool
) -> None:
    each = [AXIAL, _turned(off), AXIAL, AXIAL]
    if one:
        assert one_direction(each, (1.0, 1.0), shape, what="it") == AXIAL
    else:
        with pytest.raises(GeometryError, match=r"directions differ by 0\.00.*moves a corner by"):
            one_direction(each, (1.0, 1.0), shape, what="it")


@pytest.mark.parametrize(("off", "apart"), [(0.0099, False), (0.0101, True)])
def test_a_series_is_split_where_directions_are_apart_and_not_where_rounding_would_split_it(
    make_ct: Maker, tmp_path: Path, off: float, apart: bool
) -> None:
    def each(ds: FileDataset, k: int) -> None:
        ds.ImageOrientationPatient = [1, 0.00499 + off * (k % 2), 0, -0.00499 - off * (k % 2), 1, 0]

    assert len(scan(make_ct(tmp_path / "ct", np.zeros((4, 3, 3), np.int16), each=each)).series) == 1 + apart


def test_a_long_stack_of_rounded_directions_is_not_tilted(make_ct: Maker, tmp_path: Path) -> None:
    stored, turn = np.zeros((120, 3, 3), np.int16), 1.4e-4  # drifts by 0.15 mm over 1071 mm
    folder = make_ct(tmp_path / "ct", stored, spacing=(9.0, 1.0, 1.0), orientation=(1, 0, turn, 0, 1, 0))
    for path in folder.iterdir():
        ds = pydicom.dcmread(path)
        ds.ImageOrientationPatient = list(AXIAL)
        ds.save_as(path)
    stack = series_stack(scan(folder).series[0], what="it", tilted=True)
    assert stack.shear is None


def test_slices_without_a_frame_of_reference_lie_in_that_of_the_others_with_a_warning(
    make_ct: Maker, tmp_path: Path, frame_uid: str
) -> None:
    def each(ds: FileDataset, k: int) -> None:
        if k == 1:
            ds.FrameOfReferenceUID = ""

    stack = series_stack(scan(make_ct(tmp_path / "ct", np.zeros((4, 3, 3), np.int16), each=each)).series[0], what="it")
    assert stack.grid.frame_uid == frame_uid
    assert [(f.level, f.code) for f in stack.findings] == [("warning", "frame-absent")]
