"""Slices: the patient's axes decide what is seen, never the order of the array."""

from dataclasses import replace

import numpy as np
import pytest

from yttria.report.plan.slice_figure import slices_figure
from yttria.values.document import Picture
from yttria.values.grid import Grid
from yttria.values.maps import CtImage, DensityMap, DoseMap, Voi
from yttria.values.patient import Result


def _pictures(result: Result) -> list[Picture]:
    return [p for p in slices_figure(result).panels if isinstance(p, Picture)]


def _reversed(grid: Grid) -> Grid:
    """Return the same place with every index axis turned round."""
    turn = np.diag([-1.0, -1.0, -1.0, 1.0])
    turn[:3, 3] = np.array(grid.shape_zyx[::-1]) - 1
    return Grid.of(grid.shape_zyx, grid.matrix @ turn, grid.frame_uid)


def test_three_planes_carry_the_letters_of_their_edges(planned: Result) -> None:
    assert [p.letters for p in _pictures(planned)] == [("R", "L", "A", "P"), ("R", "L", "H", "F"), ("A", "P", "H", "F")]


def test_the_order_of_the_stored_voxels_does_not_change_the_picture(planned: Result) -> None:
    ct, dose = planned.patient_case.ct, planned.absorbed.dose
    assert ct is not None
    turned = replace(
        planned,
        patient_case=replace(planned.patient_case, ct=CtImage(_reversed(ct.grid), ct.hu[::-1, ::-1, ::-1])),
        absorbed=replace(planned.absorbed, dose=DoseMap(_reversed(dose.grid), dose.gy[::-1, ::-1, ::-1])),
    )
    for one, other in zip(_pictures(planned), _pictures(turned), strict=True):
        np.testing.assert_allclose(other.grey, one.grey, atol=1e-4)
        assert one.wash_gy is not None
        assert other.wash_gy is not None
        np.testing.assert_allclose(other.wash_gy, one.wash_gy, atol=0.05)


def test_the_index_lesion_lies_to_the_right_and_its_wash_is_hot_there(planned: Result) -> None:
    axial = _pictures(planned)[0]
    assert axial.wash_gy is not None
    hottest = int(axial.wash_gy.max(axis=0).argmax())
    assert hottest < axial.grey.shape[1] / 2


def test_the_wash_is_the_dose_of_the_recommended_activity(planned: Result) -> None:
    axial = _pictures(planned)[0]
    highest = (
        float(planned.absorbed.dose.gy.max()) * planned.plan.option("PDA").activity_bq / planned.absorbed.activity_bq
    )
    assert axial.wash_gy is not None
    assert float(axial.wash_gy.max()) <= highest * (1 + 1e-6)
    assert float(axial.wash_gy.max()) > 0.9 * highest


def test_axial_outlines_are_the_drawn_polygons(planned: Result) -> None:
    axial = _pictures(planned)[0]
    assert set(axial.paths) == {"liver", "perfused", "tumour"}
    width = float(np.ptp(axial.paths["tumour"][0][:, 0])) * axial.pixel_mm[1]
    assert width == pytest.approx(80, abs=1.5)  # the drawn ellipsoid: radius 40 mm


def test_without_a_ct_the_grey_is_density_and_the_caption_says_so(planned: Result) -> None:
    bare = replace(planned, patient_case=replace(planned.patient_case, ct=None))
    assert "the case has no CT" in slices_figure(bare).caption
    assert len(_pictures(bare)) == 3


def test_without_contours_outlines_come_from_the_volumes(planned: Result) -> None:
    bare = replace(planned, patient_case=replace(planned.patient_case, contours=()))
    for picture in _pictures(bare):
        assert not picture.paths
        assert {"liver", "perfused", "tumour"} <= set(picture.outlines)


def test_no_dose_is_shown_in_air_and_lung(planned: Result) -> None:
    density = planned.absorbed.density
    thin = density.g_per_ml.copy()
    thin[:, :, : thin.shape[2] // 2] = 0.2
    airy = replace(planned, absorbed=replace(planned.absorbed, density=DensityMap(density.grid, thin)))
    coronal = _pictures(airy)[1]
    assert coronal.wash_gy is not None
    assert np.isnan(coronal.wash_gy[:, : coronal.wash_gy.shape[1] // 4]).all()
    assert np.isfinite(coronal.wash_gy[:, -5:]).all()


def test_masks_on_their_own_grid_outline_finer_than_the_emission_grid(planned: Result) -> None:
    ct = planned.patient_case.ct
    assert ct is not None
    places = ct.grid.points_of(np.argwhere(np.ones(ct.grid.shape_zyx))[:, ::-1])
    inside = np.linalg.norm(places - np.array([-92, 4, -44]), axis=1).reshape(ct.grid.shape_zyx) < 25
    mask = Voi("mask", "tumour", ct.grid, inside.astype(np.float32))
    masked = replace(planned, patient_case=replace(planned.patient_case, contours=(), volumes=(mask,)))
    axial = _pictures(masked)[0]
    area = float((axial.outlines["tumour"] > 0.5).sum()) * axial.pixel_mm[0] * axial.pixel_mm[1]
    assert area == pytest.approx(np.pi * 25**2, rel=0.05)
