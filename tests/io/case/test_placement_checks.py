"""io.place: images and structures lie where a body has them, or it is said."""

import numpy as np
import pytest

from yttria.io.case.placement_checks import audit_anatomy, audit_places, points_of, require_one_frame
from yttria.values.contour import Contour
from yttria.values.errors import GeometryError
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
