"""The verdict: three lines that say what is recommended, what limits it, what it wins and costs."""

from dataclasses import replace

from yttria.report.plan.verdict import verdict
from yttria.values.patient import Result


def test_three_lines_name_activity_limit_and_price(planned: Result) -> None:
    (_, give), (_, limited), (_, against) = verdict(planned).lines
    assert give == "4.92\xa0GBq, personalised (PDA): index lesion 252\xa0Gy (217–287)"
    assert limited.startswith("Lungs, at most 30\xa0Gy")
    assert "the wished 300\xa0Gy would need 5.86\xa0GBq and bring 36\xa0Gy to the lungs" in limited
    assert against.startswith("+19\xa0% activity (4.12 → 4.92\xa0GBq): index lesion +41\xa0Gy (211 → 252)")


def test_an_unreached_aim_is_priced_as_the_aim(planned: Result) -> None:
    options = tuple(replace(o, reached=o.approach != "PDA") for o in planned.plan.options)
    limited = verdict(replace(planned, plan=replace(planned.plan, options=options))).lines[1][1]
    assert "the aim of 205\xa0Gy would need" in limited


def test_where_nothing_is_advised_the_verdict_says_so_first(planned: Result) -> None:
    reason = "no treatment is recommended: no option reaches its aim within the limits"
    plan = replace(planned.plan, advised=False, reason=reason)
    lines = verdict(replace(planned, plan=plan)).lines
    assert lines[0][1] == "No activity is advised"
    assert lines[1][1] == "No option reaches its aim within the limits"
    assert lines[2][0] == "Nearest to its aim"
    assert not any("ecommended" in text for line in lines for text in line)


def test_no_limit_is_counted_where_none_applies(planned: Result) -> None:
    options = tuple(replace(o, binding="", checks=()) for o in planned.plan.options)
    limited = verdict(replace(planned, plan=replace(planned.plan, options=options))).lines[1][1]
    assert limited.endswith("is reached and no limit applies")


def test_the_standard_is_not_compared_with_itself(planned: Result) -> None:
    lines = verdict(replace(planned, plan=replace(planned.plan, first="SDA"))).lines
    assert lines[2] == ("Against standard", "This is the standard activity")


def test_where_no_limit_binds_the_wish_decides(planned: Result) -> None:
    options = tuple(replace(o, binding="") for o in planned.plan.options)
    limited = verdict(replace(planned, plan=replace(planned.plan, options=options))).lines[1][1]
    assert limited == "No limit: the wish of 300\xa0Gy to the index lesion is reached within all three limits"
