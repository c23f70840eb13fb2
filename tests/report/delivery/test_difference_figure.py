"""The difference of doses in planes: its scale is the liver's, its rows keep the planes of the delivered dose."""

import numpy as np
import pytest
from tests.report.planned_case import planned_result

from yttria.report.delivery.difference_figure import difference_figure
from yttria.report.plan.slice_figure import VIEWS
from yttria.values.document import Figure, Picture
from yttria.values.maps import DoseMap
from yttria.values.patient import Result
from yttria.values.verification import DoseDifference, GammaCriteria, VoxelAgreement

AGREEMENT = VoxelAgreement(100, 12.0, 6.5, -3.0, 10.0, 0.9, GammaCriteria(10, 5), 80, 0.8)


@pytest.fixture(scope="module")
def result() -> Result:
    return planned_result()


def made(result: Result, in_liver: float, elsewhere: float) -> Figure:
    grid, liver = result.absorbed.dose.grid, result.absorbed.volumes["liver"].share
    difference = np.where(liver >= 0.5, in_liver, elsewhere).astype(np.float32)
    predicted = DoseMap(grid, np.full(grid.shape_zyx, 100, np.float32))
    panel = Picture(np.zeros((12, 12)), None, {}, (2.0, 2.0), ("R", "L", "A", "P"), levels=(50.0, 205.0), wash_most=300)
    slices = Figure("slices", "Dose", "delivered", [panel] * (2 * len(VIEWS)))
    return difference_figure(slices, result, DoseDifference(predicted, difference), AGREEMENT)


@pytest.mark.parametrize(("gray", "most"), [(3.0, 10), (9.9, 10), (10.0, 10), (10.1, 20), (-34.0, 40)])
def test_the_scale_ends_at_the_next_ten_gray_of_the_liver_whatever_lies_outside(
    gray: float, most: float, result: Result
) -> None:
    figure = made(result, gray, 500.0)
    lower = [p for p in figure.panels if isinstance(p, Picture)][len(VIEWS) :]
    assert {p.wash_most for p in lower} == {most}
    assert {p.wash_from for p in lower} == {0.05 * most}
    assert {p.ramp for p in lower} == {"difference"}
    assert f"full at {most} Gy either way; both doses at 12.0 mm FWHM" in figure.caption


def test_above_is_the_predicted_dose_on_the_delivered_scale_with_the_levels_that_it_reaches(result: Result) -> None:
    figure = made(result, 3.0, 0.0)
    upper = [p for p in figure.panels if isinstance(p, Picture)][: len(VIEWS)]
    assert [p.title for p in upper] == [view.title for view in VIEWS]
    assert {p.wash_most for p in upper} == {300}
    assert {tuple(p.levels) for p in upper} == {(50.0,)}  # 100 Gy reach 50 and not 205
    assert {p.ramp for p in upper} == {"dose"}
