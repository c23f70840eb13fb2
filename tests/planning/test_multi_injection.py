"""Activities of several injections: the optimum against every point of a grid, limits that clash, activities that a vial can hold."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yttria.planning.multi_injection import DoseRow, clash_of, optimal_activities
from yttria.values.errors import PlanError, QuantityError
from yttria.values.units import Gy

SOUGHT = Gy(250)
AXIS = np.linspace(0, 6, 61)


def row(name: str, per_gbq: tuple[float, ...], gy: float, already: float = 0.0) -> DoseRow:
    return DoseRow(name, per_gbq, Gy(gy), Gy(already))


def levels(targets: list[DoseRow], activities: tuple[float, ...]) -> list[float]:
    """Return what is counted of each target, the smallest first."""
    return sorted(min(t.dose(activities), t.gy) for t in targets)


def points(limits: list[DoseRow], least: tuple[float, ...]) -> list[tuple[float, ...]]:
    """Return every point of a grid that keeps the limits and the least activities."""
    held = itertools.product(*([a for a in AXIS if a == 0 or a >= low - 1e-9] for low in least))
    return [a for a in held if all(x.dose(a) <= x.gy * (1 + 1e-12) for x in limits)]


numbers = st.integers(min_value=0, max_value=20).map(lambda n: 5.0 * n)
rows = st.tuples(numbers, numbers).filter(any)


def test_an_injection_that_is_not_used_has_no_dust_of_the_solver_below_its_least_activity() -> None:
    wanted = [row("t0", (20.0, 35.0), SOUGHT), row("t1", (25.0, 0.0), SOUGHT), row("t2", (25.0, 0.0), SOUGHT)]
    found = optimal_activities(wanted, [row("l0", (0.0, 5.0), 100.0)], cost=(0.0, 5.0), least_gbq=(0.0, 1.0))
    assert found is not None
    assert found.activities_gbq[1] == 0.0


@settings(max_examples=25, deadline=None)
@given(
    targets=st.lists(rows, min_size=1, max_size=3),
    limits=st.lists(rows, min_size=1, max_size=2),
    least=st.tuples(st.sampled_from([0.0, 1.0]), st.sampled_from([0.0, 1.0])),
)
def test_no_point_of_a_grid_raises_the_targets_higher_or_costs_less(
    targets: list[tuple[float, float]], limits: list[tuple[float, float]], least: tuple[float, float]
) -> None:
    wanted = [row(f"t{n}", d, SOUGHT) for n, d in enumerate(targets)]
    held = [row(f"l{n}", d, 100.0) for n, d in enumerate(limits)]
    cost = limits[0]
    found = optimal_activities(wanted, held, cost=cost, least_gbq=least)
    assert found is not None
    best = found.activities_gbq
    assert all(x.dose(best) <= x.gy * (1 + 1e-9) for x in held)
    assert all(a == 0 or a >= low * (1 - 1e-9) for a, low in zip(best, least, strict=True))
    mine = levels(wanted, best)
    spent = math.fsum(c * a for c, a in zip(cost, best, strict=True))
    for point in points(held, least):
        its = levels(wanted, point)
        differ = [(a, b) for a, b in zip(mine, its, strict=True) if abs(a - b) > 1e-5]
        if differ:
            assert differ[0][0] > differ[0][1], (best, point)
        else:
            assert spent <= math.fsum(c * a for c, a in zip(cost, point, strict=True)) + 1e-5, (best, point)


def test_one_injection_gets_what_the_tightest_limit_leaves() -> None:
    found = optimal_activities(
        [row("TD", (80.0,), 250)], [row("nl", (30.0,), 75), row("lung", (3.0,), 30)], cost=(30.0,)
    )
    assert found is not None
    assert found.activities_gbq == pytest.approx((2.5,), rel=1e-9)
    assert found.binding == ("nl",)


def test_what_is_sought_is_not_exceeded_where_the_limits_would_allow_more() -> None:
    found = optimal_activities([row("TD", (80.0, 10.0), 250)], [row("nl", (3.0, 5.0), 75)], cost=(3.0, 5.0))
    assert found is not None
    assert found.activities_gbq == pytest.approx((3.125, 0.0), rel=1e-9)
    assert found.binding == ()


def test_two_injections_of_one_image_share_the_activity_of_one_equally() -> None:
    for limit in (75.0, 750.0):
        one = optimal_activities([row("TD", (76.4,), 250)], [row("nl", (30.123,), limit)], cost=(30.123,))
        two = optimal_activities(
            [row("TD", (76.4, 76.4), 250)], [row("nl", (30.123, 30.123), limit)], cost=(30.123, 30.123)
        )
        assert one is not None
        assert two is not None
        assert sum(two.activities_gbq) == pytest.approx(one.activities_gbq[0], rel=1e-9)
        assert two.activities_gbq[0] == pytest.approx(two.activities_gbq[1], rel=1e-9)


def test_the_second_target_is_raised_once_the_first_can_rise_no_further() -> None:
    """Target a is held at 100 Gy by its own limit; b goes on to what is sought."""
    found = optimal_activities(
        [row("a", (100.0, 0.0), 250), row("b", (0.0, 100.0), 250)], [row("near a", (50.0, 0.0), 50)], cost=(1.0, 1.0)
    )
    assert found is not None
    assert found.activities_gbq == pytest.approx((1.0, 2.5), rel=1e-9)


def test_what_was_given_before_counts_in_targets_and_limits() -> None:
    found = optimal_activities(
        [row("TD", (100.0,), 250, already=50)], [row("nl", (30.0,), 75, already=60)], cost=(30.0,)
    )
    assert found is not None
    assert found.activities_gbq == pytest.approx((0.5,), rel=1e-9)


@pytest.mark.parametrize(("limit", "expected"), [(29.9, 0.0), (30.0, 1.0), (30.1, 30.1 / 30.0)])
def test_an_activity_below_the_least_of_a_vial_is_none(limit: float, expected: float) -> None:
    found = optimal_activities([row("TD", (100.0,), 250)], [row("nl", (30.0,), limit)], cost=(30.0,), least_gbq=(1.0,))
    assert found is not None
    assert found.activities_gbq == pytest.approx((expected,), rel=1e-9)


def test_a_least_activity_is_given_where_less_would_do() -> None:
    found = optimal_activities(
        [row("TD", (500.0, 1.0), 250)], [row("nl", (30.0, 30.0), 90)], cost=(30.0, 30.0), least_gbq=(1.5, 0.0)
    )
    assert found is not None
    assert found.activities_gbq == pytest.approx((1.5, 0.0), abs=1e-9)


def test_a_limit_that_is_exceeded_already_leaves_nothing() -> None:
    limits = [row("nl", (30.0,), 75, already=76)]
    assert optimal_activities([row("TD", (100.0,), 250)], limits, cost=(30.0,)) is None


def test_a_clash_names_the_limit_that_must_give_least_in_all() -> None:
    target = row("TD", (100.0,), 205)
    clash = clash_of([target], [row("nl", (40.0,), 75), row("np", (50.0,), 110), row("lung", (2.0,), 30)])
    assert clash is not None
    assert clash.least_gy == pytest.approx({"nl": 7.0})


@pytest.mark.parametrize(("allowed", "clashes"), [(81.9, True), (82.0, False), (82.1, False)])
def test_limits_clash_only_while_the_aim_is_out_of_reach(allowed: float, clashes: bool) -> None:
    found = clash_of([row("TD", (100.0,), 205)], [row("nl", (40.0,), allowed)])
    assert (found is not None) == clashes


def test_a_limit_that_is_exceeded_already_clashes_by_its_excess() -> None:
    clash = clash_of([row("TD", (100.0,), 205, already=210)], [row("nl", (40.0,), 75, already=80)])
    assert clash is not None
    assert clash.least_gy == pytest.approx({"nl": 5.0})


def test_a_target_that_no_injection_raises_is_refused() -> None:
    with pytest.raises(PlanError, match="no injection raises the dose of TD_2"):
        optimal_activities([row("TD_2", (0.0, 0.0), 250)], [], cost=(1.0, 1.0))


def test_activities_without_a_target_are_refused() -> None:
    with pytest.raises(PlanError, match="need an injection and a target"):
        optimal_activities([], [], cost=(1.0,))


def test_a_negative_dose_is_refused() -> None:
    with pytest.raises(QuantityError, match="dose per GBq of TD"):
        row("TD", (-1.0,), 250)


def test_what_a_target_and_a_limit_had_before_counts_in_what_a_limit_would_have_to_give() -> None:
    """105 of 205 Gy are there: 1 GBq more costs 40 Gy, and 50 of 75 Gy are left of the limit's 25."""
    clash = clash_of([row("TD", (100.0,), 205, already=105)], [row("nl", (40.0,), 75, already=50)])
    assert clash is not None
    assert clash.least_gy == pytest.approx({"nl": 15.0})
    assert clash_of([row("TD", (100.0,), 205, already=105)], [row("nl", (40.0,), 75, already=35)]) is None


@pytest.mark.parametrize("limit", [0.1, 0.3, 0.7, 0.9, 1.1, 2.3])
def test_a_limit_of_less_than_a_gray_is_met_and_not_exceeded(limit: float) -> None:
    one, other = row("nl", (30.0, 7.0), limit), row("np", (7.0, 30.0), limit)
    found = optimal_activities(
        [row("a", (100.0, 0.0), 250), row("b", (0.0, 100.0), 250)], [one, other], cost=(1.0, 1.0)
    )
    assert found is not None
    assert found.activities_gbq == pytest.approx((limit / 37, limit / 37), rel=1e-9)
    assert max(one.dose(found.activities_gbq), other.dose(found.activities_gbq)) <= limit * (1 + 1e-15)
    assert found.binding == ("nl", "np")


def test_of_two_ways_that_give_the_targets_the_same_the_one_that_spares_the_liver_is_taken() -> None:
    """Either injection brings 250 Gy; the second costs the liver half, and must then be given at its least of 3 GBq."""
    target = [row("TD", (100.0, 100.0), 250)]
    free = optimal_activities(target, [], cost=(20.0, 10.0))
    assert free is not None
    assert free.activities_gbq == pytest.approx((0.0, 2.5), abs=1e-9)
    held = optimal_activities(target, [], cost=(20.0, 10.0), least_gbq=(0.0, 3.0))
    assert held is not None
    assert held.activities_gbq == pytest.approx((0.0, 3.0), abs=1e-9)  # 30 Gy against 50
    dear = optimal_activities(target, [], cost=(11.0, 10.0), least_gbq=(0.0, 3.0))
    assert dear is not None
    assert dear.activities_gbq == pytest.approx((2.5, 0.0), abs=1e-9)  # 27.5 Gy against 30


def test_a_target_that_is_met_names_no_limit_that_is_used_up_beside_it() -> None:
    found = optimal_activities([row("TD", (100.0,), 250)], [row("nl", (30.0,), 75)], cost=(30.0,))
    assert found is not None
    assert found.activities_gbq == pytest.approx((2.5,))
    assert found.binding == ()


def test_leaving_an_injection_out_may_ask_less_of_a_limit_than_its_least_activity() -> None:
    """1 GBq of either brings 100 Gy; the second's least of 4 GBq costs 40 Gy, 2 GBq of the first 20 Gy: 5 more than the limit."""
    clash = clash_of([row("TD", (100.0, 100.0), 200)], [row("nl", (10.0, 10.0), 15)], least_gbq=(0.0, 4.0))
    assert clash is not None
    assert clash.least_gy == pytest.approx({"nl": 5.0})
