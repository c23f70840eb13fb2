"""Dose and response, thresholds: R's numbers, laws, refusals."""

from typing import Any

import numpy as np
import pytest

from yttria.evidence.regression.dose_response import Link, Scale, dose_response, roc
from yttria.values.errors import EvidenceError


@pytest.mark.parametrize(
    ("key", "link", "scale"), [("logit", "logit", "dose"), ("probit", "probit", "dose"), ("log_logit", "logit", "log")]
)
def test_curves_are_those_of_r(key: str, link: Link, scale: Scale, reference: Any, same: Any) -> None:
    data, wanted = reference["response"], reference["response"][key]
    curve = dose_response(np.array(data["dose"]), np.array(data["y"]) == 1, link=link, scale=scale)
    same(curve.coef, wanted["coef"], 1e-8)
    same(curve.variance, wanted["variance"], 1e-6)
    same([curve.deviance, curve.null_deviance], [*wanted["deviance"], *wanted["null"]], 1e-9)
    if scale == "dose":
        needed = [curve.needed(share) for share in (0.5, 0.8)]
        same([n.dose for n in needed], wanted["needed"], 1e-7)
        same([n.se for n in needed], wanted["needed_se"], 1e-6)


def test_at_the_dose_that_a_share_needs_that_share_responds(reference: Any) -> None:
    data = reference["response"]
    for scale in ("dose", "log"):
        curve = dose_response(np.array(data["dose"]), np.array(data["y"]) == 1, scale=scale)
        share, low, high = curve.share_at(np.array([curve.needed(0.8).dose]))
        assert share[0] == pytest.approx(0.8)
        assert low[0] < 0.8 < high[0]


def test_a_response_that_falls_with_dose_is_a_finding() -> None:
    dose = np.array([1.0, 2, 3, 4, 5, 6])
    curve = dose_response(dose, np.array([1, 1, 0, 1, 0, 0]) == 1)
    assert [f.code for f in curve.findings] == ["response-falls-with-dose"]


def test_the_area_is_the_share_of_pairs_in_the_right_order() -> None:
    rng = np.random.default_rng(2)
    value, y = np.round(rng.normal(size=60), 1), rng.random(60) < 0.4
    pairs = [np.sign(a - b) for a in value[y] for b in value[~y]]
    assert roc(value, y).auc == pytest.approx((np.mean(pairs) + 1) / 2)


def test_a_threshold_from_the_data_always_comes_with_its_warning() -> None:
    found = roc(np.array([1.0, 2, 3, 4]), np.array([False, False, True, True]))
    assert (found.best, found.youden) == (3.0, 1.0)
    assert [f.code for f in found.findings] == ["data-driven-threshold"]


@pytest.mark.parametrize(
    ("dose", "y", "words"),
    [
        ([1.0, 2, 3], [1, 1, 1], "3 of 3 did"),
        ([2.0, 2, 2], [1, 0, 1], "more than one dose"),
        ([1.0, 2, 3], [0, 0, 1], "separates"),
        ([np.nan, 2, 3], [0, 1, 1], "a number"),
    ],
)
def test_what_cannot_have_a_curve_is_refused(dose: list[float], y: list[int], words: str) -> None:
    with pytest.raises(EvidenceError, match=words):
        dose_response(np.array(dose), np.array(y) == 1)


def test_a_logarithm_of_no_dose_is_refused() -> None:
    with pytest.raises(EvidenceError, match="above zero"):
        dose_response(np.array([0.0, 1, 2, 3]), np.array([0, 1, 0, 1]) == 1, scale="log")


def test_a_share_that_is_none_is_refused(reference: Any) -> None:
    data = reference["response"]
    with pytest.raises(EvidenceError, match="between 0 and 1"):
        dose_response(np.array(data["dose"]), np.array(data["y"]) == 1).needed(80)
