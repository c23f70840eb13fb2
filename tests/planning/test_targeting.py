"""Targeting: what takes up no more than the liver around it is not targeted, below one and a half times poorly."""

from dataclasses import replace

import pytest
from tests.planning.block_case import HCC, absorbed

from yttria.planning.targeting import audit_targeting
from yttria.values.errors import Finding
from yttria.values.patient import ClinicalFacts
from yttria.values.units import Gy


def told(facts: ClinicalFacts = HCC, **doses: float) -> tuple[Finding, ...]:
    return audit_targeting(replace(absorbed(), doses_gy={name: Gy(gy) for name, gy in doses.items()}), facts)


@pytest.mark.parametrize(
    ("tumour", "codes"),
    [
        (49.99, [("stop", "not-targeted")]),
        (50.0, [("stop", "not-targeted")]),
        (50.01, [("warning", "poor-targeting")]),
        (74.99, [("warning", "poor-targeting")]),
        (75.0, []),
        (75.01, []),
    ],
)
def test_a_tumour_is_targeted_above_its_liver_and_well_from_one_and_a_half_times_on(
    tumour: float, codes: list[tuple[str, str]]
) -> None:
    assert [(f.level, f.code) for f in told(TD=tumour, NPLD=50.0)] == codes
    assert told(replace(HCC, scenario="segmentectomy"), TD=tumour, NPLD=50.0) == ()


@pytest.mark.parametrize(("thrombus", "codes"), [(49.99, 1), (50.0, 1), (50.01, 0)])
def test_a_thrombus_that_takes_up_no_more_than_the_liver_is_a_warning(thrombus: float, codes: int) -> None:
    found = told(TD=200.0, NPLD=50.0, thrombus=thrombus)
    assert [f.code for f in found] == ["thrombus-not-targeted"] * codes
    assert [f.level for f in told(TD=40.0, NPLD=50.0, thrombus=thrombus)] == ["stop", *["warning"] * codes]
    assert len(told(NPLD=50.0, thrombus=thrombus)) == codes


def test_each_says_how_many_times_the_liver_it_takes_up() -> None:
    cold, vein = told(TD=20.0, NPLD=50.0, thrombus=30.0)
    assert cold.message == (
        "the index lesion takes up no more than the perfused normal liver around it (tumour to normal 0.4): it is not targeted"
    )
    assert cold.values == {"ratio": 0.4}
    assert vein.message == (
        "poor targeting: the thrombus takes up no more than the perfused normal liver around it (0.6 times)"
    )
    assert vein.values == {"ratio": pytest.approx(0.6)}
    (poor,) = told(TD=74.999, NPLD=50.0)
    assert "takes up 1.49 times as much as the perfused normal liver, below 1.5 (house" in poor.message


def test_without_a_dose_of_the_perfused_normal_liver_nothing_can_be_told() -> None:
    assert told(TD=20.0, thrombus=0.0) == ()
    assert told(TD=20.0, thrombus=0.0, NPLD=0.0) == ()


def test_half_a_gray_to_the_liver_is_enough_to_tell() -> None:
    assert [f.code for f in told(TD=0.4, NPLD=0.5)] == ["not-targeted"]
