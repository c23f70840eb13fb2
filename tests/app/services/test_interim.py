"""What a ratio of an interim look is worth: limits and deaths in between by hand, rpact's corrected estimate, and what belongs together."""

import math
from typing import Any

import pytest
from scipy.special import ndtri

from yttria.app.services.interim import CLASH, run
from yttria.contract.trial_interim import InterimRequest
from yttria.values.errors import YttriaError


def asked(**stated: Any) -> Any:
    return run(InterimRequest.model_validate({"hr": 0.5, "events": 40, **stated}))


def test_limits_are_those_of_the_events() -> None:
    """Schoenfeld: the logarithm has variance 4 / 40 with even arms."""
    found = asked().result
    wide = 1.959964 * math.sqrt(4 / 40)
    assert (found.low, found.high) == pytest.approx((0.5 * math.exp(-wide), 0.5 * math.exp(wide)), rel=1e-6)
    assert found.z == pytest.approx(math.log(0.5) * math.sqrt(10))
    assert (found.later, found.corrected) == (None, None)


def test_deaths_in_between_are_what_turns_the_first_ratio_into_the_second() -> None:
    """40 ln 0.5 + 60 ln x = 100 ln 0.7."""
    answer = asked(later_hr=0.7, later_events=100)
    found = answer.result.later
    assert (found.between_events, found.hr, found.events) == (60, 0.7, 100)
    assert found.between_hr == pytest.approx(math.exp((100 * math.log(0.7) - 40 * math.log(0.5)) / 60))
    assert found.between_low < found.between_hr < found.between_high
    z = (math.log(found.between_hr) - math.log(0.5)) / math.sqrt(4 / 40 + 4 / 60)
    assert found.agreement_p == pytest.approx(math.erfc(abs(z) / math.sqrt(2)))
    assert found.as_predicted is (found.predicted_low <= 0.7 <= found.predicted_high)


def later_of(p: float) -> float:
    """Return the later ratio whose deaths in between differ from those before by this P, both looks of 40 deaths."""
    return math.exp(math.log(0.5) + float(-ndtri(p / 2)) * math.sqrt(8 / 40) / 2)


@pytest.mark.parametrize(
    ("p", "code"), [(0.0499, "later-deaths-differ"), (0.0501, "later-deaths-agree"), (0.5, "later-deaths-agree")]
)
def test_deaths_that_differ_by_more_than_chance_are_a_warning(p: float, code: str) -> None:
    assert CLASH == 0.05
    answer = asked(later_hr=later_of(p), later_events=80)
    assert answer.result.later.agreement_p == pytest.approx(p, rel=1e-6)
    assert [(f.level, f.code) for f in answer.findings] == [("warning" if "differ" in code else "note", code)]


def test_a_look_of_a_plan_has_the_estimate_that_its_looks_leave() -> None:
    """Without an earlier look nothing is corrected: the median unbiased estimate is the ratio itself."""
    found = asked(look_events="40,80", kind="obrien-fleming", true_hr=0.6).result.corrected
    assert (found.look, found.kind) == (1, "obrien-fleming")
    assert found.critical_z == pytest.approx(2.797, abs=1e-3)
    assert found.crossed is (abs(math.log(0.5)) * math.sqrt(10) >= 2.797)
    assert found.median_unbiased_hr == pytest.approx(0.5, rel=1e-6)
    assert found.true_hr == 0.6
    drift = abs(math.log(0.6)) * math.sqrt(10)
    stops = 0.5 * math.erfc((2.7965 - drift) / math.sqrt(2))
    assert found.stops_here == pytest.approx(stops, abs=2e-3)
    assert found.shows_when_stopped_hr < 0.6


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ({"later_hr": 0.7}, "--later-hr and --later-events belong together"),
        ({"later_events": 80}, "belong together"),
        ({"true_hr": 0.6}, "--true-hr needs the planned looks, but --look-events is not given"),
        ({"look_events": "41,80"}, "--events must be one of --look-events, but 40 is not among 41, 80"),
        ({"look_events": "80,40"}, "put them in order"),
        ({"later_hr": 0.7, "later_events": 40}, "40"),
    ],
)
def test_options_that_need_one_another_are_refused(stated: dict[str, Any], words: str) -> None:
    with pytest.raises(YttriaError, match=words):
        asked(**stated)
