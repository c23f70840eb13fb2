"""What a study says in sentences: medians, ratios and tests of a small study that are known by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.report.study.analysed_study import ASKED, paper, table

from yttria.contract.study import CurveColumns
from yttria.evidence.study.analysis import analyse
from yttria.report.study.statements import claims, flow_words, followup_words, main_claim, resting, resting_words
from yttria.report.study.study_paper import StudyPaper
from yttria.values.cohort import Cohort, Column, TimeToEvent
from yttria.values.protocol import Arms, Curves, OutcomeColumns, Protocol

ARMS = Protocol(OutcomeColumns("os", "dead", unit="months"), arms=Arms("arm", "PDA", "SDA"), km=Curves(("arm",)))


def flat(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.fixture(scope="module")
def eight() -> Any:
    """Four SDA die at 2, 4, 6, 10 months; of four PDA three die at 8, 20, 30, the last is censored at 40."""
    time = np.array([2.0, 4, 6, 10, 8, 20, 30, 40])
    outcome = TimeToEvent(time, np.array([True] * 7 + [False]), unit="months")
    arm = Column("arm", np.repeat([0, 1], 4), ("SDA", "PDA"))
    return analyse(Cohort(outcome, {"arm": arm}), ARMS).result


def test_the_verdict_names_both_medians_the_ratio_and_its_tests(eight: Any) -> None:
    """Medians rest at one half: SDA from 4 to 6, so 5; PDA from 20 to 30, so 25."""
    (arms, all_patients) = [flat(text) for _, text in main_claim(eight, ARMS, {})]
    assert arms.startswith("SDA: median 5.0 (")
    assert "; PDA: median 25.0 (" in arms
    assert "PDA against SDA: hazard ratio" in arms
    assert "(95 % CI, Cox)" in arms
    assert "log-rank" in arms
    assert all_patients.startswith("7 events in 8; median ")
    assert all_patients.endswith("months (95 % CI).")


def test_a_curve_that_rests_at_one_half_has_two_medians_and_both_are_told(eight: Any) -> None:
    (words,) = [flat(w) for w in resting_words(eight, ARMS, {})]
    assert "SDA: 2 of 4 left from 4.0 to 6.0 months, so 5.0 or 4.0" in words
    assert "PDA: 2 of 4 left from 20.0 to 30.0 months, so 25.0 or 20.0" in words


@pytest.mark.parametrize(
    ("half", "rests"), [(0.5, True), (0.5 + 1.4e-8, True), (0.5 + 1.6e-8, False), (0.5 - 1.6e-8, False)]
)
def test_one_half_is_one_half_to_a_rounding_error(half: float, rests: bool) -> None:
    none: list[float | None] = [None] * 3
    curve = CurveColumns(
        time=[1.0, 2.0, 3.0], survival=[0.75, half, 0.25], at_risk=[4, 3, 2], events=[1, 1, 1], censored=[0, 0, 0], std_err=none, low=none, high=none,
    )  # fmt: skip
    found = resting(curve)
    assert (found is not None) is rests
    if found is not None:
        assert (found.start, found.end, found.alive) == (2.0, 3.0, 2)


def test_a_curve_that_ends_at_one_half_does_not_rest() -> None:
    none: list[float | None] = [None]
    assert (
        resting(
            CurveColumns(
                time=[1.0], survival=[0.5], at_risk=[2], events=[1], censored=[0], std_err=none, low=none, high=none
            )
        )
        is None
    )


def test_patients_events_and_missing_values_are_counted_by_arm(eight: Any) -> None:
    (words,) = flow_words(eight, ARMS, {"arm": "Arm"})
    assert words == "By Arm: SDA 4 (4 events, 0 censored); PDA 4 (3 events, 1 censored)."


def test_follow_up_is_told_with_its_span_or_that_it_does_not_exist(eight: Any) -> None:
    assert flat(followup_words(eight.followup, "months")).endswith(
        "times from 2.0 to 40.0 months, of patients with the event too."
    )
    none = eight.followup.model_copy(update={"median": None})
    assert followup_words(none, "").startswith("The median follow-up does not exist: too few are censored")


def test_each_comparison_term_and_interaction_has_its_sentence(whole: StudyPaper) -> None:
    said = [flat(text) for text in claims(whole.result, ASKED, whole.titles)]
    assert sum(text.startswith("Median survival (Kaplan–Meier, 95 % CI) was ") for text in said) == 2
    assert sum(text.startswith("In model full the hazard ratio of ") for text in said) == 2
    assert all(", with 1 other term in the model; " in text for text in said if text.startswith("In model full"))
    (interaction,) = [text for text in said if text.startswith("The effect of the arm ")]
    tested = whole.result.subgroups["pvt"].interaction
    assert tested.lr_p is not None
    assert ("is not shown to differ" in interaction) is (tested.lr_p >= 0.05)
    assert not any("interactions were tested" in text for text in said)


def test_several_interactions_say_how_often_chance_would_show_one() -> None:
    """Two independent tests: 1 - 0.95^2 = 9.75 %."""
    asked = replace(ASKED, subgroups=("pvt", "cause"), cause_column=None, causes=())
    made = paper(table(60), asked)
    said = " ".join(flat(t) for t in claims(made.result, asked, made.titles))
    assert (
        "2 interactions were tested, none corrected for their number: were there none in truth, about 10 % of such sets"
        in said
    )
