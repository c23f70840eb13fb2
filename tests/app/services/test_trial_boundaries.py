"""Group-sequential boundaries of a plan: the book's numbers, what looks cost and show, and options that exclude one another."""

import math
from typing import Any

import pytest

from yttria.app.services.trial_boundaries import run_boundaries
from yttria.contract.trial_boundaries import BoundariesRequest
from yttria.values.errors import IntakeError


def boundaries(**stated: Any) -> Any:
    return run_boundaries(BoundariesRequest.model_validate(stated))


@pytest.mark.parametrize(
    ("kind", "z", "inflation"),
    [("obrien-fleming", [2.797, 1.977], 1.008), ("pocock", [2.178, 2.178], 1.110)],
)
def test_two_looks_have_the_limits_and_the_inflation_of_the_book(kind: str, z: list[float], inflation: float) -> None:
    """Jennison and Turnbull 2000, tables 2.1 to 2.4: alpha 0.05 two-sided, power 0.8."""
    found = boundaries(looks=2, kind=kind, power=0.8).result
    assert found.z == pytest.approx(z, abs=1e-3)
    assert found.inflation == pytest.approx(inflation, abs=1e-3)
    assert found.nominal_p == pytest.approx([math.erfc(x / math.sqrt(2)) for x in found.z], rel=1e-9)
    assert found.alpha_spent[-1] == pytest.approx(0.05, abs=1e-6)
    assert found.information == [0.5, 1.0]
    assert [look.z_efficacy for look in found.looks] == found.z


def test_one_look_is_the_plain_test() -> None:
    found = boundaries(looks=1, kind="pocock", power=0.8).result
    assert found.z == pytest.approx([1.959964], abs=1e-5)
    assert found.inflation == pytest.approx(1.0, abs=1e-6)
    assert (found.expected_information, found.expected_information_null) == pytest.approx((1.0, 1.0))


def test_a_planned_ratio_has_its_events_and_what_each_look_shows() -> None:
    """One look: (1.96 + 0.8416)^2 / (ln^2 0.5 / 4) = 65.35; a limit just reached shows HR^(1.96 / 2.8016)."""
    found = boundaries(looks=1, kind="pocock", power=0.8, hr=0.5).result
    assert (found.events, found.hr) == (66, 0.5)
    assert found.stopping == pytest.approx([0.8], abs=1e-5)


def test_stopping_adds_up_to_the_power_and_the_expected_size_is_below_one() -> None:
    found = boundaries(looks=2, kind="pocock", power=0.8).result
    assert sum(found.stopping) == pytest.approx(0.8, abs=1e-5)
    first = found.stopping[0]
    assert found.expected_information == pytest.approx(0.5 * first + 1 - first, abs=1e-3)


def test_without_a_power_nothing_is_said_of_what_looks_cost_but_with_futility_it_is_the_usual_one() -> None:
    plain = boundaries(looks=2).result
    assert (plain.power, plain.inflation) == (None, None)
    answer = boundaries(looks=2, futility="conditional")
    assert answer.result.power == 0.8
    assert [f.code for f in answer.findings] == ["one-sided"]
    assert all(look.z_futility is not None for look in answer.result.looks[:1])


def test_a_one_sided_design_is_not_told_that_it_is_one_sided() -> None:
    assert boundaries(looks=2, futility="conditional", sides=1, alpha=0.025).findings == ()


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ({"looks": 2, "hr": 0.5}, "--hr needs the power that the trial is planned with"),
        ({"looks": 2, "hr": 0.5, "power": 0.8, "futility": "conditional"}, "leave --hr or --futility out"),
        ({}, "exactly one of --looks and --information"),
    ],
)
def test_options_that_exclude_or_need_one_another_are_refused(stated: dict[str, Any], words: str) -> None:
    with pytest.raises(IntakeError, match=words):
        boundaries(**stated)
