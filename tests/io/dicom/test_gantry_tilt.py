"""io.dicom.tilt: a tilted gantry's slices on an upright grid hold what they held in space; emission images are refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from yttria.io.case.placement_checks import audit_blank
from yttria.io.case.survey import survey
from yttria.io.dicom.ct import examine_ct, read_ct
from yttria.io.dicom.gantry_tilt import BLANK_HU, shear_of, upright
from yttria.io.dicom.pt import read_pt
from yttria.io.dicom.scan import scan
from yttria.values.errors import GeometryError
from yttria.values.grid import Grid
from yttria.values.maps import CountMap

Maker = Callable[..., Path]
SHAPE = (7, 12, 10)
SPACING = (1.5, 1.25)  # rows, columns


def _axes(tilt_deg: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    angle = np.radians(tilt_deg)
    return np.array([1.0, 0, 0]), np.array([0, np.cos(angle), -np.sin(angle)])


def _points(tilt_deg: float, sideways: tuple[float, float] = (0, 0)) -> NDArray[np.float64]:
    """Return where slices start that a table moves along z by 4 mm, and sideways."""
    return np.array([(-30 + sideways[0] * k, 12 + sideways[1] * k, -50 + 4.0 * k) for k in range(SHAPE[0])])


def _in_space(points: NDArray[np.float64], axes: Any, ramp: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a linear ramp at every pixel of the slices as they were acquired."""
    j, i = np.mgrid[: SHAPE[1], : SHAPE[2]]
    place = (
        points[:, None, None] + i[None, ..., None] * SPACING[1] * axes[0] + j[None, ..., None] * SPACING[0] * axes[1]
    )
    return np.asarray(place @ ramp)


@settings(max_examples=30, deadline=None)
@given(
    tilt=st.floats(-25, 25),
    sideways=st.tuples(st.floats(-0.7, 0.7), st.floats(-0.7, 0.7)),  # together less than the steepest tilt
    ramp=st.tuples(*[st.floats(-2, 2)] * 3),
)
def test_a_linear_change_in_space_comes_out_exactly(
    tilt: float, sideways: tuple[float, float], ramp: tuple[float, float, float]
) -> None:
    axes, points = _axes(tilt), _points(tilt, sideways)
    shear = shear_of(points, axes, SPACING, SHAPE[1:], what="it")
    made = upright(_in_space(points, axes, np.array(ramp)), shear, blank=1e6)
    assert made.shape[1:] == shear.shape
    normal = np.cross(*axes)
    k, j, i = np.nonzero(made < 1e5)
    start = points[0] + shear.first_px[0] * SPACING[1] * axes[0] + shear.first_px[1] * SPACING[0] * axes[1]
    along = ((points - points[0]) @ normal)[k]
    place = start + (i * SPACING[1])[:, None] * axes[0] + (j * SPACING[0])[:, None] * axes[1] + along[:, None] * normal
    assert np.allclose(made[k, j, i], place @ np.array(ramp), atol=1e-3)
    assert len(k) >= SHAPE[0] * (SHAPE[1] - 1) * (SHAPE[2] - 1)


def test_shifts_of_whole_pixels_lose_nothing() -> None:
    values = np.random.default_rng(3).integers(-900, 900, SHAPE).astype(np.int16)
    points = np.array([(0.0, 3.0 * k, 4.0 * k) for k in range(SHAPE[0])])
    shear = shear_of(points, _axes(0), SPACING, SHAPE[1:], what="it")
    made = upright(values, shear, blank=BLANK_HU)
    assert shear.shape == (SHAPE[1] + 2 * (SHAPE[0] - 1), SHAPE[2])
    for k, plane in enumerate(made):
        assert np.array_equal(plane[2 * k : 2 * k + SHAPE[1]], values[k])
        assert (np.delete(plane, np.arange(2 * k, 2 * k + SHAPE[1]), axis=0) == BLANK_HU).all()


def test_a_tilted_ct_holds_a_body_where_it_lies(make_ct: Maker, tmp_path: Path) -> None:
    tilt = 18.0
    column = _axes(tilt)[1]

    def each(ds: Any, k: int) -> None:
        ds.ImagePositionPatient = [-40.0, -40.0, round(-8.0 + 3.0 * k, 6)]

    j, i = np.mgrid[:80, :80]
    x, y = -40.0 + i, -40.0 + j * column[1]
    slices = []
    for k in range(15):
        z = -8.0 + 3.0 * k + j * column[2]
        slices.append(np.where(x**2 + y**2 + z**2 < 16**2, 1064, 24))
    folder = make_ct(
        tmp_path / "ct", np.array(slices, np.int16), spacing=(3, 1, 1), orientation=(1, 0, 0, *column), each=each
    )
    ct, findings = examine_ct(scan(folder).series[0])
    told = next(f for f in findings if f.code == "gantry-tilt")
    assert told.level == "warning"
    assert "tilted by 18.0°" in told.message
    share = (ct.hu + 1000) / 1040
    z_, y_, x_ = np.nonzero(share > 0.01)
    centre = np.average(ct.grid.points_of(np.stack([x_, y_, z_], axis=1)), axis=0, weights=share[z_, y_, x_])
    assert np.allclose(centre, 0, atol=0.15)
    assert float(share[share > 0.01].sum()) * ct.grid.voxel_ml == pytest.approx(4 / 3 * np.pi * 1.6**3, rel=0.01)
    found = survey(folder)
    assert [(s.usable, s.roles) for s in found.series] == [(True, ["ct"])]
    assert found.series[0].affine_lps_mm == ct.grid.affine_lps_mm


def test_counts_where_a_tilted_ct_has_no_slice_are_said(make_ct: Maker, tmp_path: Path) -> None:
    def each(ds: Any, k: int) -> None:
        ds.ImagePositionPatient = [0.0, 2.0 * k, 4.0 * k]

    stored = np.full((6, 20, 20), 1064, np.int16)
    ct = read_ct(scan(make_ct(tmp_path / "ct", stored, spacing=(4, 2, 2), each=each)).series[0])
    grid = Grid.aligned((6, 30, 20), spacing_zyx_mm=(4, 2, 2), origin_lps_mm=(0, 0, 0), frame_uid=ct.grid.frame_uid)
    counts = np.zeros(grid.shape_zyx, np.float32)
    counts[:, 5:20] = 1
    assert audit_blank(CountMap(grid, counts), ct, BLANK_HU) == ()
    counts[5, :5] = 1
    (told,) = audit_blank(CountMap(grid, counts), ct, BLANK_HU)
    assert told.code == "ct-tilted-too-short"
    assert f"{100 * 5 / (6 * 15 + 5):.1f} % of the counts" in told.message


def test_an_emission_image_is_never_resampled(make_pt: Maker, tmp_path: Path) -> None:
    def each(ds: Any, k: int) -> None:
        ds.ImagePositionPatient = [0.0, 0.8 * k, 4.0 * k]

    with pytest.raises(GeometryError, match=r"drift 4\.00 mm sideways"):
        read_pt(scan(make_pt(tmp_path / "pt", np.ones((6, 4, 4), np.uint16), each=each)).series[0])


@pytest.mark.parametrize(
    ("drift", "says"),
    [
        (lambda k: 1.0 * (k % 3), r"unevenly, by up to \d\.\d\d mm from a straight line"),
        (lambda k: 9.0 * k, "by 66°, more than a gantry tilts"),
    ],
)
def test_a_drift_that_is_no_tilt_is_refused(
    make_ct: Maker, tmp_path: Path, drift: Callable[[int], float], says: str
) -> None:
    def each(ds: Any, k: int) -> None:
        ds.ImagePositionPatient = [0.0, drift(k), 4.0 * k]

    with pytest.raises(GeometryError, match=says):
        read_ct(scan(make_ct(tmp_path / "ct", np.ones((6, 4, 4), np.int16), each=each)).series[0])


@pytest.mark.parametrize(("stated", "doubted"), [("15", True), ("0.2", False), ("", False)])
def test_a_stated_tilt_that_no_position_shows_is_doubted(
    make_ct: Maker, tmp_path: Path, stated: str, doubted: bool
) -> None:
    folder = make_ct(tmp_path / "ct", np.ones((6, 4, 4), np.int16), GantryDetectorTilt=stated)
    findings = examine_ct(scan(folder).series[0])[1]
    assert ("gantry-tilt-unseen" in {f.code for f in findings}) == doubted
