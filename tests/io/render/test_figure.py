"""Drawings: deterministic, searchable, whole."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib import rc_context, rcParams
from matplotlib.axes import Axes
from matplotlib.font_manager import fontManager
from matplotlib.text import Annotation, Text
from PIL import Image

from yttria.contract.study import CurveColumns, PenalisedCoefficient, RestrictedMean, SurvivalCurve
from yttria.data import table
from yttria.io.render.figure import draw, figure_style, svg_of, write_figure
from yttria.io.render.fonts import spelled
from yttria.io.render.palette import colour
from yttria.report.study.forest_figure import Row, forest_figure
from yttria.report.study.survival_figure import km_figure, km_panel
from yttria.values.document import Band, Figure, Line, Marks, Panel, Picture, Rule

X = np.linspace(0, 100, 50)


def survival(label: str = "PDA") -> Figure:
    panel = Panel(
        layers=(
            Band(X, np.exp(-X / 40) * 0.8, np.exp(-X / 40), "treated", step=True),
            Line(X, np.exp(-X / 40), label, "treated", step=True),
            Line(X, np.exp(-X / 40) + 0.01, "SDA", "control", step=True),
            Marks(np.array([20.0]), np.array([0.6]), shape="tick"),
        ),
        x_label="Months",
        y_label="Survival",
        x_range=(0, 72),
        y_range=(0, 1),
        x_ticks=(0, 24, 48, 72),
        y_percent=True,
        under={"At risk": ("28", "14", "6", "1")},
    )
    return Figure("km", "title", "caption", (panel,), width_mm=100, height_mm=80)


def forest() -> Figure:
    panel = Panel(
        layers=(
            Rule(1.0, label="no difference"),
            Rule(1.05, label="another rule close by"),
            Marks(
                np.array([0.5, 0.9]),
                np.array([1.0, 0.0]),
                shape="square",
                low=np.array([0.01, 0.7]),
                high=np.array([0.9, 99.0]),
            ),
        ),
        x_label="Hazard ratio",
        y_label="",
        x_range=(0.1, 10),
        y_range=(-0.5, 1.5),
        x_ticks=(0.1, 1, 10),
        y_ticks=(1, 0),
        y_tick_labels=("all", "some"),
        x_log=True,
        text_columns={"HR": ("0.50", "0.90")},
    )
    return Figure("forest", "title", "caption", (panel,), width_mm=120, height_mm=60)


def slices() -> Figure:
    grid = np.hypot(*np.mgrid[-40:40, -50:50])
    picture = Picture(
        grey=np.full(grid.shape, 0.5, np.float32),
        wash=(300 * np.exp(-grid / 15)).astype(np.float32),
        outlines={"tumour": (grid < 20).astype(np.float32)},
        pixel_mm=(1.0, 1.0),
        letters=("R", "L", "A", "P"),
        levels=(50, 120),
        wash_most=300,
        wash_from=10,
        title="Axial",
    )
    return Figure(
        "slices", "title", "caption", (picture, picture), width_mm=120, height_mm=70, keys=(("tumour", "tumours"),)
    )


def two_rows() -> Figure:
    one = slices()
    (picture, _) = one.panels
    assert isinstance(picture, Picture)
    counts = replace(picture, levels=(), wash_most=100.0, wash_unit="Counts\n% of hottest", ramp="counts")
    dose = replace(picture, title="", wash_unit="Dose\nGy")
    return replace(one, name="rows", panels=(counts, counts, dose, dose), columns=2, height_mm=110)


FIGURES = {"survival": survival, "forest": forest, "slices": slices, "rows": two_rows}


def test_each_of_two_rows_has_its_own_scale_with_its_unit_and_other_colours() -> None:
    svg = svg_of(two_rows())
    words = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    for unit in ("Counts", "% of hottest", "Dose", "Gy"):
        assert words.count(unit) == 1
    assert {"25", "75", "100"} <= set(words)
    assert {"50", "120"} <= set(words)
    embedded = re.findall(r'href="(data:image/png[^"]*)"', svg)
    assert len(embedded) == 6
    assert embedded[2] != embedded[5]


@pytest.mark.parametrize("name", FIGURES)
def test_the_same_figure_gives_the_same_bytes(name: str) -> None:
    one, two = svg_of(FIGURES[name]()), svg_of(FIGURES[name]())
    assert one == two
    assert "<dc:date>" not in one


@pytest.mark.parametrize("name", FIGURES)
def test_a_drawing_is_well_formed_and_fetches_nothing(name: str) -> None:
    svg = svg_of(FIGURES[name]())
    assert str(ET.XML(svg).tag).endswith("svg")
    assert not re.findall(r'href="(?!#|data:)[^"]*"', svg)


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_is_smaller_than_seven_points(name: str) -> None:
    sizes = [float(s) for s in re.findall(r"font(?:-size)?:[^;\"]*?([\d.]+)px", svg_of(FIGURES[name]()))]
    assert sizes
    assert min(sizes) >= 7


def _shown(ax: Axes) -> list[Text]:
    """Return the texts that an axes draws: its own, and its labels where it has axes."""
    own = [*ax.texts, *(t for t in ax.get_children() if isinstance(t, Text))]
    if not ax.axison:
        return own
    low, high = sorted(ax.get_xlim())
    ticks = [t for t in ax.get_xticklabels() if low <= t.get_position()[0] <= high]
    return [*own, ax.xaxis.label, ax.yaxis.label, *ticks, *ax.get_yticklabels()]


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_leaves_the_drawing(name: str) -> None:
    canvas = draw(FIGURES[name]())
    canvas.draw_without_rendering()
    edge = canvas.bbox
    shown = [t for ax in canvas.axes for t in _shown(ax) if t.get_text()]
    assert shown
    for text in shown:
        box = text.get_window_extent()
        assert edge.x0 - 1 <= box.x0 <= box.x1 <= edge.x1 + 1, text
        assert edge.y0 - 1 <= box.y0 <= box.y1 <= edge.y1 + 1, text


def test_texts_stay_texts_and_a_dollar_is_no_formula() -> None:
    svg = svg_of(survival("arm $x^2$ <b>&"))
    assert "arm $x^2$ &lt;b&gt;&amp;" in svg


def test_a_line_is_named_at_its_end_and_names_keep_apart() -> None:
    canvas = draw(survival())
    names = [t for t in canvas.axes[0].texts if isinstance(t, Annotation) and t.get_text() in {"PDA", "SDA"}]
    heights = sorted(t.xy[1] for t in names if t.xy[0] > 50)
    assert heights[1] - heights[0] > 0.02


def test_an_interval_beyond_the_axes_ends_in_an_arrow_at_their_edge() -> None:
    ax = draw(forest()).axes[0]
    places = [tuple(np.asarray(c.get_offsets())[0]) for c in ax.collections if len(np.asarray(c.get_offsets())) == 1]
    assert (0.1, 1.0) in places
    assert (10.0, 0.0) in places


def test_pictures_keep_the_aspect_of_the_patient() -> None:
    canvas = draw(slices())
    left, right, low, top = canvas.axes[0].images[0].get_extent()
    assert (right - left) / (low - top) == pytest.approx(100 / 80)
    with figure_style():
        canvas.draw_without_rendering()
    across, down = np.diff(canvas.axes[0].transData.transform([(0, 0), (1, 1)]), axis=0)[0]
    assert across == pytest.approx(-down)  # a millimetre is one both ways


@pytest.mark.parametrize("kind", ["svg", "png", "pdf"])
def test_a_figure_is_written_in_the_kind_of_its_name(kind: str, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_figure(survival(), tmp_path / f"{name}.{kind}")
    assert (tmp_path / f"one.{kind}").read_bytes() == (tmp_path / f"two.{kind}").read_bytes()
    if kind == "png":
        with Image.open(tmp_path / "one.png") as image:
            assert image.width == pytest.approx(100 / 25.4 * 300, abs=2)
            assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)


def test_every_hue_has_a_light_and_a_dark_form() -> None:
    assert set(table("palette")["light"]) == set(table("palette")["dark"])
    assert colour("tumour-12") == colour("tumour")
    assert colour("#123456") == "#123456"


def test_the_label_of_a_figure_is_on_the_drawing() -> None:
    figure = replace(survival("arm"), label="simulated, not patient data")
    assert "simulated, not patient data" in svg_of(figure)


# words of any length


def outside(figure: Figure) -> tuple[list[str], float]:
    """Return the words of a drawing that do not lie inside it, and the share of its width that the widest axes of each column take."""
    with figure_style():
        canvas = draw(figure)
        canvas.draw_without_rendering()
        words = [t for t in canvas.findobj(Text) if isinstance(t, Text) and t.get_text().strip() and t.get_visible()]
        boxes = [(t.get_text(), t.get_window_extent()) for t in words]
        taken = sum(ax.get_position().width for ax in canvas.axes)
    frame, slack = canvas.bbox, 1.5
    left = [
        text
        for text, box in boxes
        if min(box.x0 - frame.x0, frame.x1 - box.x1, box.y0 - frame.y0, frame.y1 - box.y1) < -slack
    ]
    return left, taken


def curve(scale: float) -> SurvivalCurve:
    time = np.arange(1.0, 41.0)
    share = np.exp(-time / scale)
    columns = {
        "time": time, "survival": share, "std_err": np.zeros(40), "low": share * 0.8, "high": np.minimum(share * 1.2, 1),
        "at_risk": 41 - time + 1, "events": np.ones(40), "censored": np.zeros(40),
    }  # fmt: skip
    return SurvivalCurve(
        n=41,
        events=40,
        median=None,
        median_low=None,
        median_high=None,
        rates=[],
        curve=CurveColumns.model_validate(columns),
        rmst=RestrictedMean(tau=40.0, mean=20.0, se=1.0),
    )


WORDS = "Selective internal radiation, doses planned for the tumour and for the liver, then tablets until progression"
NAMES = [WORDS[:30], WORDS[:60], WORDS[:100], "x" * 45, "\u6a19\u6e96\u6cbb\u7642" * 8]


@pytest.mark.parametrize("brief", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_no_name_of_thirty_to_a_hundred_letters_leaves_a_figure_of_curves(name: str, brief: bool) -> None:
    curves = {level: curve(scale) for level, scale in (("a", 10), ("b", 20), ("c", 30))}
    names = {"a": name, "b": f"{name} too", "c": "c"}
    if brief:
        panel = km_panel(curves, unit="months", names=names, brief=True, title=name)
        figure = Figure(
            "km", "t", "c", (panel, panel), width_mm=178, height_mm=60 + 3.4 * (len(panel.under) + 4), columns=2
        )
    else:
        figure = km_figure(
            "km", curves, unit="months", title="t", caption="c", names=names, corner="HR 0.42 (0.21–0.83)"
        )
    left, taken = outside(figure)
    assert left == []
    assert taken > 0.6  # the curves keep most of the width
    texts = "".join(svg_of(figure).split())
    assert "c" in texts
    assert spelled(name.split(maxsplit=1)[0])[:12] in texts


@pytest.mark.parametrize("name", NAMES)
def test_no_name_of_thirty_to_a_hundred_letters_leaves_a_forest(name: str) -> None:
    effect = PenalisedCoefficient(coef=-0.7, se=0.3, hr=0.5, low=0.2, high=1.1, p=0.08)
    rows = [Row(f"{name} {i}", effect, "10/20", "12/20", "0.123") for i in range(3)]
    figure = forest_figure(
        "f",
        rows,
        title="t",
        caption="c",
        favours=(f"favours {name}", f"favours {name}"),
        arms=(name, "control"),
        overall=0.5,
    )
    assert outside(figure)[0] == []


def test_a_letter_that_no_font_draws_is_marked_by_its_code_point() -> None:
    assert "[U+5C71]" in svg_of(survival(label="\u5c71"))


def test_what_a_user_sets_in_matplotlib_changes_no_figure() -> None:
    alone = svg_of(survival())
    theirs: dict[Any, Any] = {
        "lines.linewidth": 20,
        "text.usetex": True,
        "axes.grid": True,
        "savefig.dpi": 10,
        "figure.facecolor": "red",
    }
    with rc_context(theirs):
        assert svg_of(survival()) == alone
        assert rcParams["lines.linewidth"] == 20


def test_matplotlib_is_left_as_it_was_once_a_figure_is_drawn() -> None:
    with figure_style():
        assert "_find_fonts_by_props" in vars(fontManager)
    assert "_find_fonts_by_props" not in vars(fontManager)
