"""io.place: images and structures lie where a body has them, or it is said."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yttria.io.case.placement_checks import audit_anatomy, audit_places, audit_sides, points_of, require_one_frame
from yttria.values.contour import Contour
from yttria.values.errors import Finding, GeometryError
from yttria.values.grid import Grid
from yttria.values.maps import CountMap, CtImage, Voi


def _box(name: str, role: str, centre: tuple[float, float, float], *, half: float = 10, frame: str = "") -> Contour:
    x, y, z = centre
    corners = [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)]
    polygons = tuple(np.array([(a, b, z + dz) for a, b in corners]) for dz in (-3.0, 0.0, 3.0))
    return Contour(name, role, frame, polygons, 3.0)


def _counts(frame: str = "") -> CountMap:
    grid = Grid.aligned((20, 20, 20), spacing_zyx_mm=(10, 10, 10), origin_lps_mm=(-95, -95, -95), frame_uid=frame)
    return CountMap(grid, np.ones(grid.shape_zyx))


RIGHT, LEFT, LIVER = (-50.0, 0.0, 60.0), (50.0, 0.0, 60.0), (-40.0, 0.0, -20.0)


def _codes(lung_r: tuple[float, ...], lung_l: tuple[float, ...], liver: tuple[float, ...]) -> list[str]:
    structures = [_box("Lung_R", "lungs", lung_r), _box("Lung_L", "lungs", lung_l), _box("Liver", "liver", liver)]  # type: ignore[arg-type]
    return [f.code for f in audit_anatomy([(t, points_of(t).mean(axis=0)) for t in structures])]


def test_a_body_as_bodies_are_raises_no_doubt() -> None:
    assert _codes(RIGHT, LEFT, LIVER) == []


def test_swapped_lungs_a_mirrored_liver_and_an_upside_down_body_are_doubted() -> None:
    assert _codes(LEFT, RIGHT, LIVER) == ["lungs-swapped"]
    assert _codes(RIGHT, LEFT, (40.0, 0.0, -20.0)) == ["liver-left"]
    assert _codes(RIGHT, LEFT, (-40.0, 0.0, 90.0)) == ["upside-down"]
    assert _codes(LEFT, RIGHT, (40.0, 0.0, 90.0)) == ["lungs-swapped", "upside-down", "liver-left"]


def test_a_structure_outside_is_refused_and_one_that_sticks_out_is_doubted() -> None:
    assert audit_places(_counts(), None, [_box("a", "tumour", (0, 0, 0))]) == ()
    (doubt,) = audit_places(_counts(), None, [_box("a", "tumour", (98, 0, 0))])
    assert (doubt.code, "50.0 % of it lies outside the emission image" in doubt.message) == ("sticks-out", True)
    with pytest.raises(GeometryError, match='structure "a" must lie in the emission image, but lies outside it'):
        audit_places(_counts(), None, [_box("a", "tumour", (500, 0, 0))])


def test_a_volume_is_judged_like_a_contour() -> None:
    grid = Grid.aligned((4, 4, 4), spacing_zyx_mm=(10, 10, 10), origin_lps_mm=(82, 0, 0))
    (doubt,) = audit_places(_counts(), None, [Voi("v", "tumour", grid, np.ones(grid.shape_zyx))])
    assert "volume v: 50.0 % of it" in doubt.message


def test_frames_of_reference_must_be_one_where_they_are_stated() -> None:
    ct = CtImage(_counts("1.2").grid, np.zeros((20, 20, 20), np.int16))
    require_one_frame(_counts("1.2"), ct, [_box("a", "liver", (0, 0, 0), frame="1.2"), _box("b", "liver", (0, 0, 0))])
    with pytest.raises(GeometryError, match="emission and CT lie in 2; put the rigid DICOM registration"):
        require_one_frame(_counts("1.3"), ct, [])
    with pytest.raises(GeometryError, match="emission and contours lie in 2"):
        require_one_frame(_counts("1.3"), None, [_box("a", "liver", (0, 0, 0), frame="1.2")])


# ---- the side that a name gives

LIVER_AT = _box("Liver", "liver", (-40.0, 0.0, 0.0), half=60)


def _sides(name: str, left_mm: float, role: str = "perfused") -> list[Finding]:
    return list(audit_sides([LIVER_AT, _box(name, role, (-40.0 + left_mm, 0.0, 0.0))]))


@settings(deadline=None)
@given(
    st.sampled_from(
        [("left", "left"), ("Perfused right", "right"), ("GTV_L", "left"), ("seg 6", "right"), ("S2/3", "left")]
    ),
    st.floats(-50, 50).filter(lambda mm: abs(mm) > 1e-3),
    st.sampled_from(["perfused", "tumour", "necrosis", "thrombus"]),
)
def test_a_name_is_held_against_the_side_of_the_livers_centre_on_which_it_lies(
    named: tuple[str, str], left_mm: float, role: str
) -> None:
    name, side = named
    found = _sides(name, left_mm, role)
    lies = "left" if left_mm > 0 else "right"
    assert [(f.level, f.code) for f in found] == ([] if side == lies else [("warning", "side-differs")])
    for finding in found:
        assert f"names the {side} side, but lies {abs(left_mm):.0f} mm to the {lies}" in finding.message
        assert finding.values["left_mm"] == pytest.approx(left_mm, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "left_mm", "told"),
    [("lobe left", 0.1, False), ("lobe left", -0.1, True), ("lobe right", -0.1, False), ("lobe right", 0.1, True)],
)
def test_the_livers_centre_parts_left_from_right(name: str, left_mm: float, told: bool) -> None:
    assert bool(_sides(name, left_mm)) == told


@pytest.mark.parametrize("name", ["Tumour 1", "L1", "seg 4", "seg 4/5", "left and right", "lesion G"])
def test_a_name_without_a_side_is_held_against_none(name: str) -> None:
    assert _sides(name, 30) == _sides(name, -30) == []


@pytest.mark.parametrize("role", ["lungs", "body", "liver"])
def test_only_what_lies_in_the_liver_has_a_side_of_it(role: str) -> None:
    assert list(audit_sides([LIVER_AT, _box("left", role, (-90.0, 0.0, 0.0))])) == []


def test_without_one_liver_there_is_no_centre() -> None:
    lobe = _box("lobe left", "perfused", (-90.0, 0.0, 0.0))
    assert list(audit_sides([lobe])) == []
    assert list(audit_sides([LIVER_AT, _box("Liver 2", "liver", (0.0, 0.0, 0.0)), lobe])) == []
