"""How well the tumour is targeted, judged in a plan."""

from dataclasses import replace

import pytest
from tests.planning.block_case import CHOICES, HCC, absorbed, codes, findings

from yttria.planning.activity_planning import plan_of
from yttria.values.units import Gy


@pytest.mark.parametrize(
    ("ratio", "code"),
    [
        (0.99, "not-targeted"),
        (1.0, "not-targeted"),
        (1.01, "poor-targeting"),
        (1.49, "poor-targeting"),
        (1.5, ""),
        (1.5 - 1e-7, ""),
        (1 + 1e-7, "not-targeted"),
    ],
)
def test_targeting_is_judged_against_the_perfused_normal_liver(ratio: float, code: str) -> None:
    assert codes(findings(ratio=ratio)) & {"not-targeted", "poor-targeting"} == ({code} if code else set())
    segment = findings(replace(HCC, scenario="segmentectomy"), ratio=ratio)
    assert not codes(segment) & {"not-targeted", "poor-targeting"}


def test_a_thrombus_at_or_below_the_normal_liver_is_poorly_targeted() -> None:
    case = absorbed(shunt=0.02)
    for times, told in ((0.99, True), (1.0, True), (1.01, False)):
        doses = {**case.doses_gy, "thrombus": Gy(case.doses_gy["NPLD"] * times)}
        _, found = plan_of(replace(case, doses_gy=doses), facts=HCC, choices=CHOICES)
        assert ("thrombus-not-targeted" in codes(found)) is told
