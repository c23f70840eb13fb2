"""A planned patient under the keys of the contract: every number of the plan where it belongs, in the unit that its key names."""

from dataclasses import replace

import pytest

from yttria.report.plan.plan_result import (
    COVERINGS_PERCENT,
    THRESHOLDS_GY,
    dvh_record,
    limit_record,
    plan_result,
    uncertainty_record,
)
from yttria.values.aims_limits import Limit, LimitCheck
from yttria.values.patient import Result
from yttria.values.units import BQ_PER_GBQ, Gy, Share


def test_each_option_has_its_activity_and_its_doses(planned: Result) -> None:
    found = plan_result(planned)
    assert found.recommended == planned.plan.recommended
    for record, option in zip(found.options, planned.plan.options, strict=True):
        assert record.approach == option.approach
        assert record.activity_gbq == pytest.approx(option.activity_bq / BQ_PER_GBQ)
        assert record.doses_gy == pytest.approx(dict(option.doses_gy))
        assert record.binding == (option.binding or None)


def test_doses_for_a_gigabecquerel_are_those_of_the_absorbed_dose(planned: Result) -> None:
    found, absorbed = plan_result(planned), planned.absorbed
    for name, dose in found.per_gbq.items():
        assert dose == pytest.approx(absorbed.doses_gy[name] * BQ_PER_GBQ / absorbed.activity_bq, rel=1e-9)


def test_volumes_hold_millilitres_and_grams(planned: Result) -> None:
    found = plan_result(planned).volumes
    for role, voi in planned.absorbed.volumes.items():
        assert found[role].ml == pytest.approx(float(voi.ml))


def test_a_curve_has_its_coverings_and_thresholds(planned: Result) -> None:
    dvh = next(iter(planned.plan.shown.dvh.values()))
    record = dvh_record(dvh)
    assert COVERINGS_PERCENT == (98, 95, 90, 70, 50, 30, 10, 5, 2)
    for percent in COVERINGS_PERCENT:
        (value,) = [v for key, v in record.items() if key.startswith("D") and key.strip("Dgy_") == str(percent)]
        assert value == pytest.approx(float(dvh.dose_covering(Share(percent / 100))))
    for dose in THRESHOLDS_GY:
        (value,) = [v for key, v in record.items() if key.startswith("V") and key.strip("Vgy_") == str(dose)]
        assert value == pytest.approx(float(dvh.share_above(Gy(dose))))


@pytest.mark.parametrize(("value", "holds"), [(29.9, True), (30.0, True), (30.1, False)])
def test_a_limit_says_its_value_and_whether_it_holds(value: float, holds: bool) -> None:
    record = limit_record(LimitCheck(Limit("lung", "LD", Gy(30), "label", already_gy=Gy(5)), Gy(value)))
    assert (record.name, record.volume, record.limit_gy, record.value_gy, record.holds) == (
        "lung",
        "LD",
        30,
        value,
        holds,
    )


def test_an_unknown_lung_dose_is_null_and_judges_nothing() -> None:
    limit = Limit("lung", "LD", Gy(30), "label", missing=("[shunt] fraction",))
    record = limit_record(LimitCheck(limit, Gy(0)))
    assert record.value_gy is None


def test_intervals_stand_around_their_values(planned: Result) -> None:
    found = uncertainty_record(planned.plan.shown)
    assert set(found) == set(planned.plan.shown.uncertainty)
    for name, record in found.items():
        estimate = planned.plan.shown.uncertainty[name]
        assert (record.value, record.low, record.high) == (estimate.value, estimate.low, estimate.high)
        assert record.budget == dict(estimate.budget)


def test_nothing_of_the_person_is_in_the_result(planned: Result) -> None:
    text = plan_result(planned).model_dump_json()
    assert "Ellipsoid" not in text
    assert "P-001" not in text


def test_what_is_not_advised_is_no_recommendation(planned: Result) -> None:
    refused = replace(planned, plan=replace(planned.plan, advised=False))
    assert plan_result(refused).recommended is None
    assert len(plan_result(refused).options) == len(planned.plan.options)
