"""Contours of one plane that are stored again, or that lie over each other in part."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from yttria.io.dicom.rtstruct import StructureSet, examine_rtstruct

Points = NDArray[np.float64]
Read = Callable[..., StructureSet]
HEIGHTS = [4.0 * k for k in range(5)]


def box(x0: float, x1: float, y0: float, y1: float, z: float) -> Points:
    return np.array([(x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z)], dtype=float)


def stack(x0: float, x1: float, y0: float, y1: float) -> list[Points]:
    return [box(x0, x1, y0, y1, z) for z in HEIGHTS]


@pytest.fixture
def read(make_rtstruct: Callable[..., Path], tmp_path: Path) -> Read:
    """Return what is read of a set with one structure, of one type of contour."""

    def reading(polygons: Sequence[Any], kind: str = "CLOSED_PLANAR") -> StructureSet:
        drawn = [p if isinstance(p, tuple) else (kind, p) for p in polygons]
        return examine_rtstruct(make_rtstruct(tmp_path / "s.dcm", {"Liver": drawn}))

    return reading


def told(found: StructureSet) -> list[tuple[str, str]]:
    return [(f.level, f.code) for f in found.findings]


def again(polygon: Points, way: str) -> Points:
    """Return a polygon stored again in one of the ways that programs have."""
    if way == "turned":
        return np.roll(polygon[::-1], 2, axis=0)
    if way == "rounded":
        return np.asarray(polygon + np.array([0.004, -0.004, 0.01]))
    if way == "with more corners":
        return np.concatenate([[a, (a + b) / 2] for a, b in zip(polygon, np.roll(polygon, -1, axis=0), strict=True)])
    return polygon


@pytest.mark.parametrize("way", ["as it is", "turned", "rounded", "with more corners"])
@pytest.mark.parametrize("copies", [1, 2])
def test_contours_stored_again_count_once_holes_too(read: Read, way: str, copies: int) -> None:
    once = [*stack(0, 20, 0, 20), *stack(5, 15, 5, 15)]
    found = read([*once, *(again(p, way) for p in once * copies)])
    assert found.contours[0].ml == pytest.approx(300 * 20 / 1000, rel=2e-3)
    assert told(found) == [("warning", "contour-twice")]
    assert f"{10 * copies} of its {10 + 10 * copies} contours are stored more than once" in found.findings[0].message


@pytest.mark.parametrize(("side", "ml", "codes"), [(99.504, 200.0, ["contour-twice"]), (99.503, 1.98306, [])])
def test_a_contour_that_differs_by_less_than_a_hundredth_of_its_area_is_a_copy_and_another_a_hole(
    read: Read, side: float, ml: float, codes: list[str]
) -> None:
    found = read([*stack(0, 100, 0, 100), *stack(0, side, 0, side)])
    assert found.contours[0].ml == pytest.approx(ml, rel=1e-3)
    assert [f.code for f in found.findings] == codes


@pytest.mark.parametrize(
    "turn", [np.eye(3), np.eye(3)[[1, 2, 0]], np.linalg.qr(np.arange(9.0).reshape(3, 3) ** 1.3)[0]]
)
def test_contours_that_overlap_in_part_are_joined_with_a_warning_that_states_both_volumes(
    read: Read, turn: Points
) -> None:
    found = read([p @ turn.T for p in (*stack(0, 20, 0, 20), *stack(10, 30, 5, 25))])
    assert found.contours[0].ml == pytest.approx(650 * 20 / 1000, rel=1e-4)
    assert told(found) == [("warning", "contour-overlap")]
    assert "on 5 planes; they are taken together (union, 13 mL; by exclusive or it would hold 10 mL)" in (
        found.findings[0].message
    )


def test_two_bars_that_cross_are_joined_though_no_corner_of_one_lies_in_the_other(read: Read) -> None:
    found = read([*stack(-30, 30, -5, 5), *stack(-5, 5, -30, 30)])
    assert found.contours[0].ml == pytest.approx(1100 * 20 / 1000)
    assert told(found) == [("warning", "contour-overlap")]


@pytest.mark.parametrize(
    ("shared", "area", "codes"),
    [(0.099, 200 - 2 * 0.99, []), (0.1, 200 - 2 * 1.0, []), (0.101, 200 - 1.01, ["contour-overlap"])],
)
def test_neighbours_that_share_a_hundredth_of_the_smaller_are_apart_and_more_is_an_overlap(
    read: Read, shared: float, area: float, codes: list[str]
) -> None:
    found = read([*stack(0, 10, 0, 10), *stack(10 - shared, 20 - shared, 0, 10)])
    assert found.contours[0].ml == pytest.approx(area * 20 / 1000, rel=1e-6)
    assert [f.code for f in found.findings] == codes


@pytest.mark.parametrize(("out", "area"), [(0.09, 400 - 100 + 2 * 0.9), (0.11, 400 + 1.1)])
def test_a_hole_that_pokes_out_by_less_than_a_hundredth_stays_a_hole(read: Read, out: float, area: float) -> None:
    found = read([*stack(0, 20, 0, 20), *stack(10 + out, 20 + out, 5, 15)])
    assert found.contours[0].ml == pytest.approx(area * 20 / 1000, rel=1e-6)


def test_an_overlap_worth_less_than_a_thousandth_of_the_volume_is_a_note(read: Read) -> None:
    found = read([*stack(0, 100, 0, 100), *stack(110, 112, 0, 2), *stack(111, 113, 0, 2)])
    assert told(found) == [("note", "contour-overlap")]


def test_closedplanar_xor_contours_combine_by_exclusive_or_without_a_word(read: Read) -> None:
    found = read([*stack(0, 20, 0, 20), *stack(10, 30, 5, 25)], "CLOSEDPLANAR_XOR")
    assert found.contours[0].ml == pytest.approx(500 * 20 / 1000)
    assert found.findings == ()


def test_closedplanar_xor_contours_stored_twice_cancel_and_the_structure_says_so(read: Read) -> None:
    found = read(stack(0, 20, 0, 20) * 2, "CLOSEDPLANAR_XOR")
    assert found.contours == ()
    assert "cancel each other out by exclusive or" in found.empty[0].reason
    assert ("warning", "contour-cancelled") in told(found)
