"""Our patients weighted to printed means, beside a published arm: the weights of R, and the curves and ratio of two-way weighting by hand."""

from typing import Any

import numpy as np
import pytest

from yttria.evidence.regression.cox import cox
from yttria.evidence.regression.matching_adjustment import MatchingAdjustment
from yttria.evidence.study.matched_section import matched_of
from yttria.values.cohort import TimeToEvent
from yttria.values.errors import EvidenceError
from yttria.values.protocol import MatchedSpec

OUTSIDE = TimeToEvent(np.array([2.0, 6.0, 11.0, 15.0]), np.array([True, True, False, True]), unit="months")


def pairs(ones: int, n: int = 100) -> dict[str, list[Any]]:
    """Return patients of whom so many have pvt 1: their mean is a share."""
    return {
        "pvt": [1] * ones + [0] * (n - ones), "treated": [1] * n,
        "time": [3 + (7 * k) % 19 for k in range(n)], "event": [int(k % 4 > 0) for k in range(n)],
    }  # fmt: skip


def test_shares_are_matched_by_the_ratio_of_odds(context_of: Any) -> None:
    """60 of 100 have it, 50 % are printed: those weigh 50/60, the others 50/40; (sum w)^2 / sum w^2 = 96."""
    context = context_of(pairs(60), arms=False)
    found = matched_of(context, "arm", MatchedSpec("", {"pvt": 0.5}), OUTSIDE)
    assert found.weight_range == pytest.approx([50 / 60, 50 / 40])
    assert found.ess == pytest.approx(100**2 / (60 * (5 / 6) ** 2 + 40 * (5 / 4) ** 2))
    assert found.ess == pytest.approx(96.0)
    pvt = found.balance["pvt"]
    assert (pvt.target, pvt.before, pvt.after) == pytest.approx((0.5, 0.6, 0.5))
    assert (pvt.sd_target, pvt.sd_after) == (None, None)
    assert found.n == 104
    weights = np.repeat([50 / 60, 50 / 40, 1.0], [60, 40, 4])
    outcome = context.cohort.outcome
    together = TimeToEvent(
        np.concatenate([outcome.time, OUTSIDE.time]),
        np.concatenate([outcome.observed, OUTSIDE.observed]),
        weight=weights,
    )
    fit = cox(together, np.repeat([1.0, 0.0], [100, 4])[:, None], ["ours"], robust=True)
    term = found.model.terms["ours"]
    assert fit.robust is not None
    assert (term.coef, term.robust_se) == pytest.approx((fit.coef[0], fit.robust[0, 0] ** 0.5), rel=1e-8)
    assert context.findings == []


def test_curves_are_ours_before_and_after_and_the_published_one(context_of: Any) -> None:
    """Of two times only: with pvt die at 5, those without at 10; after weighting 1/2 are left between, not 2/5."""
    rows = {"pvt": [1] * 6 + [0] * 4, "treated": [1] * 10, "time": [5] * 6 + [10] * 4, "event": [1] * 10}
    found = matched_of(context_of(rows, arms=False), "arm", MatchedSpec("", {"pvt": 0.5}), OUTSIDE).km
    assert found.before.curve.survival == pytest.approx([0.4, 0.0])
    assert found.after.curve.survival == pytest.approx([0.5, 0.0], abs=1e-9)
    assert found.outside.curve.survival == pytest.approx([3 / 4, 1 / 2, 1 / 2, 0.0])
    assert {c.rmst.tau for c in (found.before, found.after, found.outside)} == {10.0}
    assert (found.before.rmst.mean, found.after.rmst.mean) == pytest.approx((7.0, 7.5))
    assert found.outside.rmst.mean == pytest.approx(2 + 4 * 3 / 4 + 4 / 2)


@pytest.mark.parametrize(("heavy", "told"), [(5.99, False), (6.0, False), (6.01, True)])
def test_less_than_half_of_our_information_left_is_told(
    heavy: float, told: bool, context_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten patients, one of whom weighs 6: (9 + 6)^2 / (9 + 36) = 5, a half."""
    made = MatchingAdjustment(np.array([heavy] + [1.0] * 9), {})
    monkeypatch.setattr("yttria.evidence.study.matched_section.matching_adjustment", lambda *_: made)
    context = context_of(pairs(6, 10), arms=False)
    matched_of(context, "arm", MatchedSpec("", {"pvt": 0.5}), OUTSIDE)
    few = [f.message for f in context.findings if f.code == "matched-few"]
    wanted = "matched arm leaves the information of 5.0 of 10 patients: the populations hardly overlap"
    assert few == ([wanted] if told else [])


def test_the_treated_alone_are_ours_and_those_without_a_covariate_are_left_out(context_of: Any, effects: Any) -> None:
    table = dict(effects["table"], age=["", *effects["table"]["age"][1:]])
    treated = [age for age, arm in zip(table["age"], table["treated"], strict=True) if arm == 1 and age != ""]
    context = context_of(table)
    mean = float(np.mean(treated)) + 1
    found = matched_of(context, "arm", MatchedSpec("", {"age": mean}), OUTSIDE)
    assert found.n == len(treated) + 4
    assert found.balance["age"].before == pytest.approx(np.mean(treated))
    assert found.balance["age"].after == pytest.approx(mean)


def test_weights_of_the_treated_are_those_of_r(context_of: Any, effects: Any) -> None:
    wanted = effects["match"]
    found = matched_of(context_of(), "arm", MatchedSpec("", {"age": 66.0, "pvt": 0.45}, {"age": 8.0}), OUTSIDE)
    assert found.ess == pytest.approx(wanted["ess"], rel=1e-7)
    assert found.weight_range == pytest.approx([wanted["least"], wanted["greatest"]], rel=1e-6)
    age = found.balance["age"]
    assert age.sd_after == pytest.approx(wanted["sd_after"], rel=1e-6)
    assert age.sd_target == 8.0
    assert age.sd_before != pytest.approx(8.0, rel=1e-3)


def test_late_entry_of_ours_is_kept_beside_a_published_arm_from_the_start(context_of: Any) -> None:
    context = context_of(pairs(60), arms=False)
    outcome = context.cohort.outcome
    late = TimeToEvent(outcome.time, outcome.observed, entry=np.full(100, 2.5))
    spec = MatchedSpec("", {"pvt": 0.5})
    found = matched_of(context.at("", context.cohort.with_outcome(late)), "arm", spec, OUTSIDE)
    plain = matched_of(context, "arm", spec, OUTSIDE)
    assert found.km.before.curve.at_risk[0] == 100
    assert found.model.terms["ours"].coef != pytest.approx(plain.model.terms["ours"].coef, rel=1e-6)


def test_nobody_who_knows_the_covariates_is_refused(context_of: Any) -> None:
    rows = dict(pairs(60), age=[""] * 100)
    with pytest.raises(EvidenceError, match=r"\[matched.arm\] has no patient who knows age; change means"):
        matched_of(context_of(rows, arms=False), "arm", MatchedSpec("", {"age": 60.0}), OUTSIDE)


def test_a_mean_that_no_patient_reaches_is_refused_by_name(context_of: Any) -> None:
    with pytest.raises(EvidenceError, match="the mean of pvt is to be 1, but our patients lie from 0 to 1"):
        matched_of(context_of(pairs(60), arms=False), "arm", MatchedSpec("", {"pvt": 1.0}), OUTSIDE)
