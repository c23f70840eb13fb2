"""io.dicom.geometry: affines from the tags that really hold them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yttria.io.dicom.geometry import directions, pixel_spacing, stack_of
from yttria.values.errors import GeometryError

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
