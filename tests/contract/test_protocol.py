"""A protocol as it is written: edges of its numbers, what sections need of each other, and the values that it becomes."""

from typing import Any

import pytest
from pydantic import ValidationError

from yttria.contract.protocol import (
    CurvesSection,
    FigureSection,
    LandmarkSection,
    OutcomeSection,
    ProtocolFile,
    ResponseSection,
    SelectionSection,
)

OUTCOME = {"time": "os", "event": "dead"}
ARMS = {"column": "arm", "treated": "PDA", "control": "SDA"}


def protocol(**sections: Any) -> ProtocolFile:
    return ProtocolFile.model_validate({"outcome": OUTCOME, **sections})


def test_an_outcome_counts_one_or_the_values_that_are_named() -> None:
    plain = OutcomeSection.model_validate({**OUTCOME, "unit": "months", "id": "patient"}).value()
    assert (plain.time, plain.event, plain.event_is, plain.unit) == ("os", "dead", None, "months")
    named = OutcomeSection.model_validate({"time": "os", "event": {"column": "state", "is": ["dead", 2]}}).value()
    assert (named.event, named.event_is) == ("state", ("dead", 2))


def test_a_dose_response_asks_for_half_and_four_fifths_where_nobody_says() -> None:
    value = ResponseSection.model_validate({"dose": "td", "response": "cr"}).value()
    assert (value.response, value.response_is, value.shares, value.link, value.scale) == (
        "cr", None, (0.5, 0.8), "logit", "dose",
    )  # fmt: skip
    named = ResponseSection.model_validate(
        {"dose": "td", "response": {"column": "best", "is": ["CR"]}, "shares": [0.9]}
    )
    assert (named.value().response, named.value().response_is, named.value().shares) == ("best", ("CR",), (0.9,))


@pytest.mark.parametrize(
    ("section", "key", "allowed", "refused"),
    [
        (CurvesSection, "rho", (0, 0.01), (-0.01,)),
        (CurvesSection, "level", (0.01, 0.99), (0, 1, 1.01)),
        (CurvesSection, "tau", (0.01,), (0, -0.01)),
        (SelectionSection, "p_enter", (0.001, 1), (0, 1.001)),
        (LandmarkSection, "at", ([0.01],), ([0], [-1], [])),
        (ResponseSection, "shares", ([0.01, 0.99],), ([0], [1], [])),
    ],
)
def test_a_number_at_the_edge_is_read_and_beyond_it_refused(
    section: Any, key: str, allowed: tuple[Any, ...], refused: tuple[Any, ...]
) -> None:
    needed: dict[Any, dict[str, Any]] = {
        SelectionSection: {"candidates": ["age"]},
        ResponseSection: {"dose": "td", "response": "cr"},
    }
    whole = needed.get(section, {})
    for value in allowed:
        assert getattr(section.model_validate({**whole, key: value}), key) == value
    for value in refused:
        with pytest.raises(ValidationError, match=key):
            section.model_validate({**whole, key: value})


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        ({"title": "t"}, "a figure has panels, or forest = true, and not both"),
        ({"title": "t", "forest": True, "panels": [{"by": "arm"}]}, "and not both"),
        ({"title": "t", "panels": [{"by": "arm"}], "printed": {"all": [1]}}, "it needs forest = true"),
    ],
)
def test_a_figure_is_of_one_kind(figure: Any, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        FigureSection.model_validate(figure)


def test_a_figure_becomes_panels_or_a_forest() -> None:
    curves = FigureSection.model_validate(
        {"title": "t", "panels": [{"by": "arm", "of": "censored", "title": "p"}]}
    ).value()
    assert (curves.panels[0].by, curves.panels[0].of, curves.panels[0].title, curves.forest) == (
        "arm",
        "censored",
        "p",
        False,
    )
    forest = FigureSection.model_validate({"title": "t", "forest": True, "printed": {"all": ["x"]}}).value()
    assert (forest.panels, forest.forest, forest.printed) == ((), True, {"all": ("x",)})


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ({"arms": ARMS | {"control": "PDA"}}, "treated and control must be two values, but both are 'PDA'"),
        ({"subgroups": {"factors": ["age"]}}, r"\[subgroups\] needs \[arms\]"),
        ({"responses": {"best": {"column": "r", "responders": ["CR"]}}}, r"\[responses\] needs \[arms\]"),
        ({"weights": {"w": {"covariates": ["age"]}}}, r"\[weights\] needs \[arms\]"),
        ({"figures": {"f": {"title": "t", "forest": True}}}, r"figure f draws the subgroups, but there is no \[subgroups\]"),
        (
            {"figures": {"f": {"title": "t", "panels": [{"by": "arm"}]}}},
            r"figure f draws curves by arm, which is not in \[km\] by",
        ),
        (
            {"km": {"by": ["arm"]}, "figures": {"f": {"title": "t", "panels": [{"by": "arm", "of": "censored"}]}}},
            "figure f draws censored, which the protocol does not ask for",
        ),
        (
            {"km": {"by": ["arm"]}, "figures": {"f": {"title": "t", "panels": [{"by": "arm", "of": "populations.x"}]}}},
            "figure f draws populations.x, which the protocol does not ask for",
        ),
        (
            {"arms": ARMS, "subgroups": {"factors": ["age"]}, "figures": {"f": {"title": "t", "forest": True, "printed": {"sex": ["f"]}}}},
            r"figure f says that sex is printed, which is not in \[subgroups\] factors",
        ),
    ],
)  # fmt: skip
def test_what_sections_need_of_each_other_is_refused_where_it_is_absent(sections: Any, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        protocol(**sections)


def test_what_sections_need_of_each_other_is_read_where_it_is_there() -> None:
    panels = [{"by": "arm"}, {"by": "arm", "of": "censored"}, {"by": "arm", "of": "populations.old"}]
    read = protocol(
        arms=ARMS,
        km={"by": ["arm"]},
        censor_at={"column": "crossed"},
        populations={"old": {"where": {"age": [80]}}},
        subgroups={"factors": ["age"]},
        responses={"best": {"column": "r", "responders": ["CR"]}},
        weights={"w": {"covariates": ["age"]}},
        figures={
            "curves": {"title": "t", "panels": panels},
            "forest": {"title": "t", "forest": True, "printed": {"age": [80], "all": ["x"]}},
        },
    )
    assert list(read.figures) == ["curves", "forest"]


@pytest.mark.parametrize(("section", "most"), [("km", 1000), ("landmark", 100)])
def test_times_are_asked_for_up_to_a_limit(section: str, most: int) -> None:
    assert protocol(**{section: {"at": list(range(1, most + 1))}})
    with pytest.raises(ValidationError, match=f"at most {most} items"):
        protocol(**{section: {"at": list(range(1, most + 2))}})
