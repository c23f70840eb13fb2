"""Slices drawn: at one scale, grey beneath a wash, outlines in their pixels, the scale's ticks at the levels."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import PathPatch

from yttria.io.render.figure import figure_style
from yttria.io.render.image_panel import GAP_MM, SCALE_MM, TITLE_MM, draw_pictures
from yttria.values.document import Figure, Picture

MM = 25.4


def picture(rows: int = 40, columns: int = 60, *, wash: Any = None, **more: Any) -> Picture:
    stated: dict[str, Any] = {"pixel_mm": (2.0, 2.0), "letters": ("R", "L", "A", "P"), "outlines": {}} | more
    return Picture(grey=np.full((rows, columns), 0.25), wash=wash, **stated)


@pytest.fixture
def canvas() -> Iterator[Canvas]:
    with figure_style():
        yield Canvas(figsize=(123 / MM, 90 / MM))


def drawn(canvas: Canvas, *pictures: Picture, columns: int = 0, keys: Any = ()) -> Axes:
    figure = Figure("slices", "t", "c", pictures, width_mm=123, height_mm=90, columns=columns, keys=keys)
    draw_pictures(canvas, figure, pictures)
    return canvas.axes[0]


def test_pictures_side_by_side_share_one_scale_and_fill_the_width(canvas: Canvas) -> None:
    """60 and 30 pixels of 2 mm in 123 - 3 mm: two thirds of a millimetre each."""
    sheet = drawn(canvas, picture(40, 60), picture(40, 30))
    first, second = (image.get_extent() for image in sheet.get_images())
    assert first == pytest.approx((0, 80, TITLE_MM + 40 * 4 / 3, TITLE_MM))
    assert second == pytest.approx((80 + GAP_MM, 120 + GAP_MM, TITLE_MM + 40 * 4 / 3, TITLE_MM))


def test_pixels_that_are_not_square_keep_the_patients_aspect(canvas: Canvas) -> None:
    left, right, bottom, top = drawn(canvas, picture(20, 60, pixel_mm=(4.0, 2.0))).get_images()[0].get_extent()
    assert (bottom - top) / (right - left) == pytest.approx(80 / 120)


def test_grey_shows_alone_where_there_is_no_dose_and_the_wash_lies_over_it_where_there_is(canvas: Canvas) -> None:
    wash = np.full((40, 60), np.nan)
    wash[:, 30:] = 200.0
    image = np.asarray(drawn(canvas, picture(wash=wash, wash_most=200.0, wash_from=20.0)).get_images()[0].get_array())
    assert image[0, 0].tolist() == [64, 64, 64]  # a quarter of white
    assert len(set(image[0, 59].tolist())) == 3


@pytest.mark.parametrize(("dose", "shown"), [(19.0, False), (20.0, False), (21.0, True)])
def test_below_where_the_wash_begins_the_grey_shows_alone(dose: float, shown: bool, canvas: Canvas) -> None:
    image = np.asarray(
        drawn(canvas, picture(wash=np.full((40, 60), dose), wash_most=100.0, wash_from=20.0))
        .get_images()[0]
        .get_array()
    )
    assert (image[0, 0].tolist() != [64, 64, 64]) is shown


def test_a_difference_is_coloured_either_way_from_zero(canvas: Canvas) -> None:
    wash = np.zeros((40, 60))
    wash[:, :20], wash[:, 40:] = -100.0, 100.0
    image = np.asarray(
        drawn(canvas, picture(wash=wash, wash_most=100.0, wash_from=5.0, ramp="difference")).get_images()[0].get_array()
    ).astype(int)
    assert image[0, 0, 2] > image[0, 0, 0]  # blue where less arrived
    assert image[0, 59, 0] > image[0, 59, 2]  # red where more did
    assert image[0, 30].tolist() == [64, 64, 64]


@pytest.mark.parametrize(
    ("levels", "ticks"), [((50.0, 205.0, 400.0), [0.0, 50.0, 205.0]), ((), [0.0, 75.0, 150.0, 225.0, 300.0])]
)
def test_the_scale_is_named_at_its_levels_or_in_quarters(levels: Any, ticks: list[float], canvas: Canvas) -> None:
    wash = np.linspace(0, 300, 2400).reshape(40, 60)
    drawn(canvas, picture(wash=wash, wash_most=300.0, levels=levels))
    assert list(canvas.axes[1].get_xticks()) == ticks


def test_letters_and_a_scale_of_five_centimetres_are_on_the_picture(canvas: Canvas) -> None:
    sheet = drawn(canvas, picture())
    assert SCALE_MM == 50
    assert [t.get_text() for t in sheet.texts] == ["R", "L", "A", "P", "5 cm"]
    (length,) = {round(float(np.ptp(np.asarray(n.get_xdata()))), 6) for n in sheet.lines}
    assert length == 25  # pixels of 2 mm


def test_an_outline_runs_where_half_of_a_pixel_belongs_to_it(canvas: Canvas) -> None:
    share = np.zeros((40, 60))
    share[10:20, 30:50] = 1
    (path,) = [p for p in drawn(canvas, picture(outlines={"liver": share})).patches if isinstance(p, PathPatch)]
    vertices = path.get_path().vertices
    assert np.asarray(vertices).min(axis=0) == pytest.approx((29.5, 9.5))
    assert np.asarray(vertices).max(axis=0) == pytest.approx((49.5, 19.5))


def test_keys_name_what_is_drawn_without_words(canvas: Canvas) -> None:
    legend = drawn(canvas, picture(), keys=[("liver", "whole liver"), ("tumour", "lesions")]).get_legend()
    assert legend is not None
    assert [t.get_text() for t in legend.get_texts()] == ["whole liver", "lesions"]
