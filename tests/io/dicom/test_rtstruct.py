"""io.dicom.rtstruct: closed contours in patient space, and their planimetric volumes."""

import math
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from yttria.io.dicom.referenced_image import Slices
from yttria.io.dicom.rtstruct import examine_rtstruct, read_rtstruct
from yttria.values.errors import IntakeError
from yttria.values.planimetry import planimetry

Maker = Callable[..., Path]
Circle = Callable[..., NDArray[np.float64]]


def _square(x: float, y: float, side: float, z: float) -> NDArray[np.float64]:
    return np.array([(x, y, z), (x + side, y, z), (x + side, y + side, z), (x, y + side, z)], dtype=float)


def test_a_cylinder_has_its_volume_and_plane_distance(
    make_rtstruct: Maker, tmp_path: Path, circle: Circle, frame_uid: str
) -> None:
    polygons = [circle((10, 20), 15, 2.5 * k, points=720) for k in range(8)]
    (contour,) = read_rtstruct(make_rtstruct(tmp_path / "s.dcm", {"liver": polygons}))
    assert (contour.name, contour.frame_uid, contour.spacing_mm) == ("liver", frame_uid, 2.5)
    assert contour.ml == pytest.approx(math.pi * 225 * 20 / 1000, rel=1e-4)


def test_a_hole_and_an_island_in_it_count_by_the_even_odd_rule(make_rtstruct: Maker, tmp_path: Path) -> None:
    polygons = [
        p
        for k in range(3)
        for p in (_square(0, 0, 40, k), _square(10, 10, 20, k)[::-1], _square(15, 15, 10, k), _square(60, 0, 10, k))
    ]
    (contour,) = read_rtstruct(make_rtstruct(tmp_path / "s.dcm", {"x": polygons}))
    assert contour.ml == pytest.approx(3 * (1600 - 400 + 100 + 100) / 1000)


def test_a_keyhole_is_a_hole(make_rtstruct: Maker, tmp_path: Path) -> None:
    outer, inner = [(0, 0), (40, 0), (40, 40), (0, 40), (0, 0)], [(10, 10), (10, 30), (30, 30), (30, 10), (10, 10)]
    polygons = [np.array([(x, y, z) for x, y in (*outer, *inner)], dtype=float) for z in (0.0, 3.0)]
    (contour,) = read_rtstruct(make_rtstruct(tmp_path / "s.dcm", {"x": polygons}))
    assert contour.ml == pytest.approx(2 * 3 * (1600 - 400) / 1000)


def test_a_hole_drawn_as_xor_is_a_hole(make_rtstruct: Maker, tmp_path: Path) -> None:
    polygons = [
        p
        for z in (0, 2)
        for p in (("CLOSED_PLANAR", _square(0, 0, 40, z)), ("CLOSEDPLANAR_XOR", _square(10, 10, 20, z)))
    ]
    (contour,) = read_rtstruct(make_rtstruct(tmp_path / "s.dcm", {"x": polygons}))
    assert contour.ml == pytest.approx(2 * 2 * 1200 / 1000)


def test_the_centroid_of_a_structure_is_its_own(make_rtstruct: Maker, tmp_path: Path) -> None:
    (contour,) = read_rtstruct(make_rtstruct(tmp_path / "s.dcm", {"x": [_square(10, 20, 4, z) for z in (5, 8)]}))
    assert contour.centroid_lps_mm == pytest.approx((12, 22, 6.5))


@pytest.mark.parametrize("axis", [0, 1])
def test_contours_on_sagittal_and_coronal_planes_are_measured_alike(
    make_rtstruct: Maker, tmp_path: Path, axis: int
) -> None:
    polygons = [np.roll(_square(0, 0, 20, 3.0 * k), 1 + axis, axis=1) for k in range(4)]
    (contour,) = read_rtstruct(make_rtstruct(tmp_path / "s.dcm", {"x": polygons}))
    assert contour.spacing_mm == 3.0
    assert contour.ml == pytest.approx(4 * 400 * 3 / 1000)


def test_points_and_open_lines_hold_no_volume_and_are_named(
    make_rtstruct: Maker, tmp_path: Path, circle: Circle
) -> None:
    drawn = {
        "isocentre": [("POINT", np.array([[1.0, 2, 3]]))],
        "needle": [("OPEN_PLANAR", circle((0, 0), 5, 0)[:10])],
        "liver": [circle((0, 0), 5, z) for z in (0, 3)],
        "nothing": [],
    }
    found = examine_rtstruct(make_rtstruct(tmp_path / "s.dcm", drawn))
    assert [c.name for c in found.contours] == ["liver"]
    assert [(e.name, e.reason, e.blank) for e in found.empty] == [
        ("isocentre", "has no closed contour, but 1 point (POINT); only closed ones hold volume", False),
        ("needle", "has no closed contour, but 1 open one (OPEN_PLANAR); only closed ones hold volume", False),
        ("nothing", "has no contour", True),
    ]
    assert [f.message.split(":")[0] for f in found.findings] == ["structure isocentre", "structure needle"]
    assert [f.level for f in found.findings] == ["note", "warning"]


@pytest.mark.parametrize("kind", ["INTERPOLATED_PLANAR", "interpolated_planar", "CLOSED", "CLOSED_INTERP"])
@pytest.mark.parametrize("every", [1, 2])
def test_closed_contours_of_a_type_that_dicom_does_not_know_are_read_with_a_warning_that_names_it(
    make_rtstruct: Maker, tmp_path: Path, kind: str, every: int
) -> None:
    drawn = [(kind if z % every == 0 else "CLOSED_PLANAR", _square(0, 0, 10, 3 * z)) for z in range(6)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the type is longer than its VR allows
        path = make_rtstruct(tmp_path / "s.dcm", {"x": drawn})
    found = examine_rtstruct(path)
    assert found.contours[0].ml == pytest.approx(1.8)
    assert [(f.level, f.code) for f in found.findings] == [("warning", "contour-type-unknown")]
    assert f"{6 // every} of its contours are of type {kind.upper()}, which DICOM does not know" in (
        found.findings[0].message
    )


@pytest.mark.parametrize(("side", "level"), [(2.4, "note"), (2.5, "warning")])
@pytest.mark.parametrize("kind", ["OPEN_PLANAR", "OPEN_NONPLANAR"])
def test_open_contours_are_a_warning_where_closed_they_would_be_worth_a_hundredth(
    make_rtstruct: Maker, tmp_path: Path, side: float, level: str, kind: str
) -> None:
    drawn = [*(_square(0, 0, 10, 3 * z) for z in range(6)), (kind, _square(20, 0, side, 0))]
    found = examine_rtstruct(make_rtstruct(tmp_path / "s.dcm", {"x": drawn}))
    assert found.contours[0].ml == pytest.approx(1.8)
    assert [(f.level, f.code) for f in found.findings] == [(level, "contour-left-out")]


def test_a_structure_that_cannot_be_used_leaves_the_others_of_its_set(make_rtstruct: Maker, tmp_path: Path) -> None:
    bent = np.array([[0.0, 0, 0], [9, 0, 0], [9, 9, 4], [0, 9, 0]])
    good = [_square(0, 0, 10, z) for z in (0, 3)]
    found = examine_rtstruct(make_rtstruct(tmp_path / "s.dcm", {"bent": [bent], "good": good}))
    assert [c.name for c in found.contours] == ["good"]
    assert "cannot be used: each contour of bent must lie in one plane" in found.empty[0].reason
    assert [(f.level, f.code) for f in found.findings] == [("warning", "structure-unusable")]


def test_an_outline_that_winds_to_and_fro_beyond_measure_leaves_the_others_of_its_set(
    make_rtstruct: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    angle, radius = np.linspace(0, 2 * np.pi, 400, endpoint=False), np.tile([10.0, 90.0], 200)
    spikes = np.stack([radius * np.cos(angle), radius * np.sin(angle), np.zeros(400)], axis=1)
    wild = [np.round(spikes + np.array([0, 0, z]), 3) for z in (0, 3)]
    good = [_square(0, 0, 10, z) for z in (0, 3)]
    monkeypatch.setattr(sys.modules[planimetry.__module__], "MOST_PASSAGES", 500)
    found = examine_rtstruct(make_rtstruct(tmp_path / "s.dcm", {"wild": wild, "good": good}))
    assert [c.name for c in found.contours] == ["good"]
    assert "cannot be used: outlines of one plane must pass its corners' heights" in found.empty[0].reason


def test_one_plane_takes_the_slice_distance_of_its_image(make_rtstruct: Maker, tmp_path: Path) -> None:
    path = make_rtstruct(tmp_path / "s.dcm", {"x": [_square(0, 0, 10, 7)]})
    image = Slices("CT", np.array([(0, 0, z) for z in (4.5, 7, 9.5)]), np.array([0.0, 0, 1]))
    known = examine_rtstruct(path, image=image)
    assert [c.spacing_mm for c in known.contours] == [2.5]
    assert [f.code for f in known.findings] == ["single-plane"]
    assert [e.name for e in examine_rtstruct(path).empty] == ["x"]


def test_a_skipped_plane_does_not_widen_the_slabs(make_rtstruct: Maker, tmp_path: Path) -> None:
    found = examine_rtstruct(
        make_rtstruct(tmp_path / "s.dcm", {"x": [_square(0, 0, 10, z) for z in (0, 3, 6, 12, 15)]})
    )
    assert found.contours[0].spacing_mm == 3.0
    assert [f.code for f in found.findings] == ["contour-gaps"]


@pytest.mark.parametrize(
    ("drawn", "changes", "says"),
    [
        ({"x": [np.array([[0.0, 0, 0], [1, 0, float("nan")], [1, 1, 0]])]}, {}, "three finite numbers"),
        (
            {"x": [np.array([[0.0, 0, 0], [9, 0, 0], [9, 9, 4], [0, 9, 0]])]},
            {},
            "must lie in one plane, but one leaves it by",
        ),
        ({"x": []}, {}, "found 1 structures without any"),
        ({"x": []}, {"Modality": "CT"}, r"expected a structure set \(RTSTRUCT\), found CT"),
    ],
)
def test_a_set_that_cannot_be_used_is_refused(
    make_rtstruct: Maker, tmp_path: Path, drawn: dict[str, Any], changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(IntakeError, match=says):
        read_rtstruct(make_rtstruct(tmp_path / "s.dcm", drawn, **changes))


def test_real_structures_have_the_planning_systems_volumes(shared_data: Callable[[str], Path]) -> None:
    volumes = {c.name: c.ml for c in read_rtstruct(shared_data("rt_dicompyler_set") / "rtss.dcm")}
    assert volumes["BODY"] == pytest.approx(14880.493, rel=1e-5)
    assert volumes["Heart"] == pytest.approx(439.699, rel=1e-5)
    assert volumes["Lt Lung"] == pytest.approx(2005.111, rel=1e-5)


def test_real_lesions_of_a_spect_have_their_volumes(shared_data: Callable[[str], Path]) -> None:
    path = next((shared_data("lu177_spect_rtstruct_umich") / "SCAN_001" / "mask").iterdir())
    volumes = {c.name: c.ml for c in read_rtstruct(path)}
    assert volumes["lesion1 liver R lobe"] == pytest.approx(106.768, rel=2e-3)
    assert volumes["lesion2 liver L lateral"] == pytest.approx(2.800, rel=2e-3)
