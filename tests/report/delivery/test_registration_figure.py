"""The picture that a registration is judged by: edges at the skin's CT number, three planes of the dose, how far it moved in words."""

import numpy as np
import pytest

from yttria.report.delivery.registration_figure import registration_figure
from yttria.report.plan.slice_figure import VIEWS
from yttria.values.document import Picture
from yttria.values.maps import CtImage
from yttria.values.patient import Result
from yttria.values.verification import Alignment

FOUND = Alignment("registered", 12.34, 1.06, 0.93)


def pictures(result: Result, hu: float) -> list[Picture]:
    ct = result.patient_case.ct
    assert ct is not None
    figure = registration_figure(result, CtImage(ct.grid, np.full(ct.grid.shape_zyx, hu, dtype=np.int16)), FOUND)
    found = [panel for panel in figure.panels if isinstance(panel, Picture)]
    assert len(found) == len(figure.panels) == len(VIEWS) == 3
    return found


@pytest.mark.parametrize(
    ("hu", "share"), [(-500, 0.0), (-400, 0.25), (-300, 0.5), (-200, 0.75), (-100, 1.0), (40, 1.0)]
)
def test_an_edge_is_drawn_at_the_skins_number_halfway_from_air_to_tissue(
    hu: float, share: float, planned: Result
) -> None:
    """Skin at -300 HU; from -500 to -100 an outline goes from nothing to all, and is drawn at a half."""
    for picture in pictures(planned, hu):
        middle = np.asarray(picture.outlines["lungs"])
        assert middle[middle.shape[0] // 2, middle.shape[1] // 2] == pytest.approx(share, abs=1e-6)


def test_pictures_are_of_the_ct_after_treatment_without_a_dose(planned: Result) -> None:
    for picture, view in zip(pictures(planned, 0), VIEWS, strict=True):
        assert picture.wash is None
        assert (picture.title, picture.letters) == (view.title, view.letters)
        assert 0 <= picture.grey.min() < picture.grey.max() <= 1


def test_the_caption_says_how_far_it_moved(planned: Result) -> None:
    ct = planned.patient_case.ct
    assert ct is not None
    figure = registration_figure(planned, ct, FOUND)
    assert "(12.3 mm at the liver, 1.1°)" in figure.caption
    assert figure.keys == [("lungs", "lungs and skin in the plan's CT")]
