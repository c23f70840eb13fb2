"""Effects within subgroups and their interaction."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from yttria.evidence.regression.cox import cox
from yttria.evidence.regression.subgroups import interaction, subgroup_effects
from yttria.values.cohort import Cohort, Column, TimeToEvent

Make = Callable[..., TimeToEvent]


@pytest.fixture
def cohort(outcome: Make) -> Cohort:
    return Cohort(outcome())


def sites(patients: Any) -> Column:
    return Column("centre", patients["centre"].astype(int), ("A", "B", "C"))


def test_subgroups_share_out_the_patients_and_their_events(cohort: Cohort, patients: Any) -> None:
    groups = subgroup_effects(cohort, patients["arm"], sites(patients))
    assert sum(len(g.outcome) for g in groups) == len(cohort)
    assert sum(g.outcome.events for g in groups) == cohort.outcome.events
    for group in groups:
        assert group.treated is not None
        assert group.control is not None
        assert len(group.treated) + len(group.control) == len(group.outcome)


def test_each_effect_is_the_model_of_its_own_patients(cohort: Cohort, patients: Any) -> None:
    inside = patients["centre"] == 1
    alone = cox(cohort.outcome.rows(inside), patients["arm"][inside][:, None]).coefficient(0)
    effect = subgroup_effects(cohort, patients["arm"], sites(patients))[1].effect
    assert effect is not None
    assert effect.hr == pytest.approx(alone.hr)


def test_both_tests_of_interaction_are_near_each_other(cohort: Cohort, patients: Any) -> None:
    tested = interaction(cohort, patients["arm"], sites(patients))
    assert tested.lr_p is not None
    assert tested.wald_p == pytest.approx(tested.lr_p, abs=0.1)


def test_one_subgroup_has_no_interaction(cohort: Cohort, patients: Any) -> None:
    one = Column("one", np.zeros(48, dtype=int), ("x",))
    assert interaction(cohort, patients["arm"], one).lr_p is None


def test_a_subgroup_with_one_arm_has_no_effect(cohort: Cohort, patients: Any) -> None:
    by_arm = Column("arm", patients["arm"].astype(int), ("0", "1"))
    assert [g.effect for g in subgroup_effects(cohort, patients["arm"], by_arm)] == [None, None]
