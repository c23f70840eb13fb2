"""Sections that ask for more than curves and Cox models: edges of their numbers, and the values that they become."""

from typing import Any

import pytest
from pydantic import ValidationError

from yttria.contract.protocol_effects import (
    EndpointSection,
    FlowSection,
    MatchedSection,
    MissingSection,
    SplineSection,
    WeightsSection,
)


@pytest.mark.parametrize(
    ("section", "whole", "key", "allowed", "refused"),
    [
        (SplineSection, {"column": "td"}, "knots", (3, 7), (2, 8)),
        (SplineSection, {"column": "td"}, "at", ([1, 2, 3],), ([1, 2],)),
        (MissingSection, {}, "imputations", (2, 1000), (1, 1001)),
        (MissingSection, {}, "seed", (0, 1), (-1,)),
        (WeightsSection, {}, "covariates", (["age"],), ([],)),
        (WeightsSection, {"covariates": ["age"]}, "estimand", ("ATE", "ATT", "ATO"), ("ATC", "ate")),
        (EndpointSection, {"column": "r"}, "responders", (["CR"],), ([],)),
        (MatchedSection, {"patients": "a.csv"}, "means", ({"age": 60},), ({},)),
        (FlowSection, {}, "steps", (), ([], [{"label": "x", "where": {}}], [{"label": "x", "where": {"a": []}}])),
    ],
)
def test_a_value_at_the_edge_is_read_and_beyond_it_refused(
    section: Any, whole: Any, key: str, allowed: tuple[Any, ...], refused: tuple[Any, ...]
) -> None:
    for value in allowed:
        assert getattr(section.model_validate({**whole, key: value}), key) == value
    for value in refused:
        with pytest.raises(ValidationError, match=key):
            section.model_validate({**whole, key: value})


def test_what_nobody_says_is_what_the_manual_says() -> None:
    spline, weights, missing = SplineSection(column="td"), WeightsSection(covariates=["age"]), MissingSection()
    assert (spline.knots, spline.at, spline.reference, spline.adjust) == (4, None, None, [])
    assert (weights.estimand, weights.stabilised) == ("ATE", True)
    assert (missing.imputations, missing.seed) == (20, 1)


def test_sections_become_values_that_cannot_change() -> None:
    endpoint = EndpointSection(column="best", responders=["CR", 1]).value()
    assert (endpoint.column, endpoint.responders) == ("best", ("CR", 1))
    spline = SplineSection(column="td", at=[1, 2, 3], reference=2, adjust=["age"]).value()
    assert (spline.column, spline.at, spline.reference, spline.adjust) == ("td", (1, 2, 3), 2, ("age",))
    assert SplineSection(column="td").value().at is None
    weights = WeightsSection(covariates=["age"], estimand="ATT", stabilised=False).value()
    assert (weights.covariates, weights.estimand, weights.stabilised) == (("age",), "ATT", False)
    missing = MissingSection(imputations=7, seed=3).value()
    assert (missing.imputations, missing.seed) == (7, 3)
    flow = FlowSection.model_validate(
        {"steps": [{"label": "treated", "where": {"given": [1], "arm": ["A", "B"]}}], "reason": "why"}
    ).value()
    assert (flow.steps, flow.reason) == ((("treated", {"given": (1,), "arm": ("A", "B")}),), "why")
    matched = MatchedSection(patients="a.csv", means={"age": 60}, sd={"age": 9}).value()
    assert (matched.patients, matched.means, matched.sd) == ("a.csv", {"age": 60}, {"age": 9})


def test_a_deviation_needs_its_mean_and_is_above_zero() -> None:
    with pytest.raises(ValidationError, match="sd has bili, of which means has none"):
        MatchedSection(patients="a.csv", means={"age": 60}, sd={"bili": 9})
    with pytest.raises(ValidationError, match=r"sd\.age"):
        MatchedSection(patients="a.csv", means={"age": 60}, sd={"age": 0})
