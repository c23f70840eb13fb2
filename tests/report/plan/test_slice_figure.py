"""Slices: the patient's axes decide what is seen, never the order of the array."""

from dataclasses import replace

import numpy as np
import pytest

from yttria.report.plan.slice_figure import image_words, slices_figure
from yttria.values.document import Picture
from yttria.values.grid import Grid
from yttria.values.maps import CountMap, CtImage, DensityMap, DoseMap, Voi
from yttria.values.patient import Result


def _images(result: Result) -> list[Picture]:
    return [p for p in slices_figure(result).panels if isinstance(p, Picture)][:3]


def _pictures(result: Result) -> list[Picture]:
    return [p for p in slices_figure(result).panels if isinstance(p, Picture)][3:]


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
        assert one.wash is not None
        assert other.wash is not None
        np.testing.assert_allclose(other.wash, one.wash, atol=0.05)


def test_the_index_lesion_lies_to_the_right_and_its_wash_is_hot_there(planned: Result) -> None:
    axial = _pictures(planned)[0]
    assert axial.wash is not None
    hottest = int(axial.wash.max(axis=0).argmax())
    assert hottest < axial.grey.shape[1] / 2


def test_the_wash_is_the_dose_of_the_recommended_activity(planned: Result) -> None:
    axial = _pictures(planned)[0]
    highest = (
        float(planned.absorbed.dose.gy.max()) * planned.plan.option("PDA").activity_bq / planned.absorbed.activity_bq
    )
    assert axial.wash is not None
    assert float(axial.wash.max()) <= highest * (1 + 1e-6)
    assert float(axial.wash.max()) > 0.9 * highest


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
    assert coronal.wash is not None
    assert np.isnan(coronal.wash[:, : coronal.wash.shape[1] // 4]).all()
    assert np.isfinite(coronal.wash[:, -5:]).all()


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


def test_the_image_itself_lies_above_the_dose_in_the_same_planes(planned: Result) -> None:
    assert slices_figure(planned).columns == 3
    for image, dose in zip(_images(planned), _pictures(planned), strict=True):
        np.testing.assert_array_equal(image.grey, dose.grey)
        assert image.wash is not None
        assert image.wash.shape == image.grey.shape
        assert (image.letters, image.cross) == (dose.letters, dose.cross)
        assert (image.ramp, dose.ramp) == ("counts", "dose")
        assert image.outlines.keys() | image.paths.keys() == dose.outlines.keys() | dose.paths.keys()


def test_the_image_is_shown_in_per_cent_of_the_hottest_point_of_the_liver(planned: Result) -> None:
    images = _images(planned)
    hottest = [float(p.wash.max()) for p in images if p.wash is not None]
    assert max(hottest) == pytest.approx(100, abs=1e-3)
    assert all(p.wash_unit == "⁹⁹ᵐTc-MAA\n% of hottest in liver" for p in images)
    assert "⁹⁹ᵐTc-MAA as it was read" in slices_figure(planned).caption


def test_a_shift_between_image_and_ct_moves_the_image_and_neither_ct_nor_outlines(planned: Result) -> None:
    emission = planned.patient_case.emission
    assert isinstance(emission, CountMap)
    affine = emission.grid.matrix.copy()
    affine[0, 3] += 16.0
    moved = CountMap(
        Grid.of(emission.grid.shape_zyx, affine, emission.grid.frame_uid),
        emission.counts,
        emission.nuclide,
        emission.reference,
    )
    shifted = replace(planned, patient_case=replace(planned.patient_case, emission=moved))
    before, after = _images(planned)[0], _images(shifted)[0]
    np.testing.assert_array_equal(before.grey, after.grey)
    assert before.wash is not None
    assert after.wash is not None
    pixels = round(16.0 / before.pixel_mm[1])
    middle = before.wash[:, :-pixels] > 50
    assert middle.sum() > 100
    np.testing.assert_allclose(after.wash[:, pixels:][middle], before.wash[:, :-pixels][middle], rtol=0.05)


def test_counts_outside_the_liver_are_shown_too_and_lungs_are_not_hidden(planned: Result) -> None:
    emission = planned.patient_case.emission
    assert isinstance(emission, CountMap)
    hot = CountMap(emission.grid, emission.counts + 30.0, emission.nuclide, emission.reference)
    even = replace(planned, patient_case=replace(planned.patient_case, emission=hot))
    coronal = _images(even)[1]
    assert coronal.wash is not None
    assert np.isfinite(coronal.wash).all()
    assert float(coronal.wash[:, -5:].min()) > 5.0


def test_an_image_of_another_kind_is_called_what_it_is(planned: Result) -> None:
    case = planned.patient_case
    assert image_words(replace(planned, patient_case=replace(case, modality="NM"))) == "⁹⁹ᵐTc-MAA SPECT"
    pet = replace(
        case, emission=CountMap(case.emission.grid, case.emission.numbers, "Y-90", case.acquired), modality="PT"
    )
    assert image_words(replace(planned, patient_case=pet)) == "⁹⁰Y PET"
