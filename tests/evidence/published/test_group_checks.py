"""What is printed of one group: bounds over all times of censoring, medians against rates."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from yttria.evidence.published.claim import Claim, claim_of
from yttria.evidence.published.group_checks import CutShort, Group, group_of, median_flags, upper_limits
from yttria.evidence.published.limit_scale import SCALES, Scale
from yttria.evidence.survival.kaplan_meier import kaplan_meier
from yttria.values.cohort import TimeToEvent


def rate(time: float, value: str, low: str, high: str, n: str = "11") -> Claim:
    cells = {
        "kind": "rate",
        "subject": "g",
        "time": f"{time:g}",
        "n": n,
        "value": value,
        "low": low,
        "high": high,
        "decimals": "1",
    }
    return claim_of(cells, int(time))


def median(value: str, low: str, high: str) -> Claim:
    return claim_of({"kind": "median", "subject": "g", "unit": "months", "value": value, "low": low, "high": high}, 2)


RESECTED = (rate(24, "81.8", "61.9", "100"), rate(36, "63.6", "40.7", "99.5"), rate(60, "53.0", "29.9", "94"))


# laws


@pytest.mark.parametrize(("n", "deaths", "censored"), [(8, 3, 2), (9, 4, 3), (7, 5, 1)])
def test_bounds_of_the_upper_limit_are_those_of_all_orders(n: int, deaths: int, censored: int) -> None:
    seen = []
    for chosen in combinations(range(deaths + censored), deaths):
        observed = np.zeros(n, dtype=bool)
        observed[list(chosen)] = True
        km = kaplan_meier(TimeToEvent(np.arange(1.0, n + 1), observed))
        seen.append(km.at(deaths + censored + 0.5).high)
    assert upper_limits(n, deaths, censored) == pytest.approx((min(seen), max(seen)))


# known answers: DOSISPHERE-01


def test_a_median_limit_before_a_rate_whose_limit_is_above_one_half_is_found() -> None:
    (flag,) = median_flags(median("NR", "21.2", "NR"), group_of(RESECTED, None))
    assert flag.code == "median-low-against-rates"
    assert "after 24 and up to 36" in flag.agrees


def test_a_median_limit_in_its_place_is_let_pass() -> None:
    assert median_flags(median("NR", "31.2", "NR"), group_of(RESECTED, None)) == []


def test_a_median_reached_although_half_are_alive_is_found() -> None:
    (flag,) = median_flags(median("40", "31.2", "NR"), group_of(RESECTED, None))
    assert flag.code == "median-value-against-rates"


def test_the_one_wrong_limit_is_named_with_the_right_one() -> None:
    rates = (
        rate(24, "22.2", "12.8", "38.4", "45"),
        rate(36, "15", "7.8", "30.5", "45"),
        rate(60, "2.5", "0.3", "17.1", "45"),
    )
    group = group_of(rates, None)
    (flag,) = group.flags
    assert (flag.code, flag.lines) == ("rate-impossible", (36,))
    assert flag.agrees == "7.4 (exactly 7.39) would agree"
    assert group.counts is not None
    assert group.counts.order == "35d|1d 1c 2d|5d"


# flags of order


def test_rates_that_rise_and_limits_that_do_not_hold_their_rate_are_found() -> None:
    rising = group_of((rate(24, "50.0", "30", "80"), rate(36, "60.0", "40", "90")), None)
    outside = group_of((rate(24, "50.0", "55", "80"),), None)
    assert [f.code for f in (*rising.flags, *outside.flags)] == ["rate-rises", "rate-outside-limits"]
    assert [f.code for f in median_flags(median("10", "12", "20"), None)] == ["median-outside-limits"]


# scales of limits


def printed_arm(scale: Scale, *, early: int = 0) -> tuple[Claim, ...]:
    """Print an arm of 20 at 5.5 and 11.5, on a scale, with some censored before the first event."""
    observed = np.array(
        [False] * early + [True, True, False, True, True, True, False, True, True, True, False] + [False] * (9 - early)
    )
    km = kaplan_meier(TimeToEvent(np.arange(1.0, 21.0), observed), conf=scale)
    return tuple(
        rate(time, f"{100 * found.survival:.1f}", f"{100 * found.low:.1f}", f"{100 * found.high:.1f}", "20")
        for time in (6, 13)
        for found in (km.at(time),)
    )


@pytest.mark.parametrize("scale", SCALES)
def test_honest_limits_are_let_pass_on_every_scale_and_the_scale_is_named(scale: Scale) -> None:
    group = group_of(printed_arm(scale), None)
    assert group.flags == ()
    assert scale in group.scales


@pytest.mark.parametrize("scale", SCALES)
def test_a_limit_that_no_scale_explains_is_still_found(scale: Scale) -> None:
    first, second = printed_arm(scale)
    assert second.low
    wrong = rate(
        13,
        second.value.text if second.value else "",
        f"{second.low.value + 4:.1f}",
        second.high.text if second.high else "",
        "20",
    )
    group = group_of((first, wrong), None)
    assert [flag.code for flag in group.flags] in (["rate-impossible"], ["rates-impossible"])


def test_patients_censored_before_the_first_event_contradict_no_printed_n() -> None:
    group = group_of(printed_arm("log", early=2), None)
    assert group.flags == ()
    assert group.counts is not None
    assert group.counts.n == 18


@pytest.mark.parametrize(
    ("method", "low", "high"),
    [("Clopper–Pearson", "42.8", "94.5"), ("Wilson", "46.8", "91.1"), ("profile", "47.2", "93.1")],
)
def test_binomial_limits_of_a_group_of_which_nobody_was_censored_are_let_pass(method: str, low: str, high: str) -> None:
    group = group_of((rate(24, "75.0", low, high, "12"),), None)
    assert group.flags == ()
    assert method in group.scales


def test_limits_too_unequal_for_any_scale_are_found_whatever_the_number_of_patients() -> None:
    honest = group_of((rate(24, "40.0", "34.0", "45.9", "400"),), None)
    wrong = group_of((rate(24, "40.0", "38.0", "49.9", "400"),), None)
    assert honest.flags == ()
    assert [flag.code for flag in wrong.flags] == ["limits-impossible"]


def test_limits_as_far_below_as_above_a_median_are_not_held_against_plain_rates() -> None:
    group = group_of((rate(12, "61.9", "41.1", "82.7", "21"), rate(24, "32.5", "10.0", "55.0", "21")), None)
    assert group.scales == ("plain",)
    assert median_flags(median("17.2", "13.2", "21.2"), group) == []
    codes = [flag.code for flag in median_flags(median("17.2", "12.5", "23.2"), group)]
    assert codes == ["median-low-against-rates", "median-high-against-rates"]


# groups cut short

HALF_DEAD = (
    rate(12, "75.0", "60.6", "92.9", "28"),
    rate(24, "50.0", "34.5", "72.4", "28"),
)  # 7 and 14 of 28, nobody censored


def cut_short(high: str, taken: int, parent: Group, whole: str = "", **dead: tuple[int, int]) -> list[str]:
    """Return why the upper limit of a median cannot be, of a group followed until some enter another one; `at24` of them dead at 24."""
    cells = {"kind": "median", "subject": "cut", "unit": "months", "value": "10.8", "low": "6", "high": high}
    claim = claim_of(cells | {"cut_n": str(taken)}, 2)
    parent_median = median("10.7", "6", whole) if whole else None
    spans = {float(name.removeprefix("at")): span for name, span in dead.items()}
    return [flag.message for flag in CutShort(claim, parent, parent_median, spans).flags()]


@pytest.mark.parametrize(("high", "flagged"), [("23.8", 1), ("23.9", 1), ("24.0", 0), ("24.1", 0), ("30", 0)])
def test_an_upper_limit_printed_up_to_a_time_at_which_the_curves_limit_is_above_one_half_is_flagged(
    high: str, flagged: int
) -> None:
    assert len(cut_short(high, 10, group_of(HALF_DEAD, None))) == flagged


def test_a_limit_that_comes_too_early_is_told_with_the_least_upper_limit_and_the_time() -> None:
    assert cut_short("22.9", 10, group_of(HALF_DEAD, None)) == [
        (
            "cut: upper limit 22.9 in 10.8 (6–22.9): the upper limit of the rate at 24 is at least 52.7 % whenever those 10 were taken out, "
            "because 14 of 28 were alive then; an upper limit after 24 months would agree; "
            "ask the authors which of the printed numbers is right, and do not pool this one until then"
        )
    ]


@pytest.mark.parametrize(
    ("taken", "dead", "flagged"),
    [(10, (0, 10), 1), (11, (0, 11), 0), (11, (2, 11), 1), (15, (2, 10), 1), (15, (0, 0), 0)],
)
def test_the_more_are_taken_out_alive_the_lower_the_limit_can_be(
    taken: int, dead: tuple[int, int], flagged: int
) -> None:
    # 15 taken out of 28 leave 13, of whom 14 cannot have died: (0, 0) contradicts itself and decides nothing
    assert len(cut_short("22.9", taken, group_of(HALF_DEAD, None), at24=dead)) == flagged


@pytest.mark.parametrize(("deaths", "value", "low", "high", "flagged"), [(20, "28.6", "15.9", "51.3", 0), (21, "25.0", "13.2", "47.5", 1)])  # fmt: skip
def test_a_limit_later_than_that_of_the_whole_group_needs_the_death_that_brings_it_below_one_half(
    deaths: int, value: str, low: str, high: str, flagged: int
) -> None:
    # of 28 the upper limit of the curve is 51.3 % after 20 deaths and 47.5 % after 21
    parent = group_of((rate(24, value, low, high, "28"),), None)
    assert parent.counts is not None
    assert parent.counts.deaths == deaths
    assert len(cut_short("16.8", 1, parent, "14.9", at24=(0, 0))) == flagged


@pytest.mark.parametrize(
    ("high", "whole", "taken", "dead", "flagged"),
    [
        ("15.0", "14.9", 1, (0, 0), 0),  # prints of one number
        ("15.1", "14.9", 1, (0, 0), 1),
        ("16.8", "14.9", 4, (0, 0), 1),
        ("16.8", "14.9", 5, (0, 0), 0),  # so many taken out that the limit may stay above one half
        ("16.8", "14.9", 8, (0, 0), 0),  # 21 of the 20 left cannot have died: decides nothing
        ("16.8", "14.9", 1, (0, 1), 0),  # the one taken out may be among the 21 dead
        ("16.8", "", 1, (0, 0), 0),
        ("30", "23.9", 1, (0, 0), 1),
        ("30", "24.0", 1, (0, 0), 0),  # the whole group's limit may lie after the first rate
    ],
)
def test_a_limit_above_that_of_the_whole_group_is_flagged_where_its_curve_has_fallen_below_one_half(
    high: str, whole: str, taken: int, dead: tuple[int, int], flagged: int
) -> None:
    parent = group_of((rate(24, "17.9", "8.1", "39.5", "28"),), None)  # 23 of 28
    assert len(cut_short(high, taken, parent, whole, at24=dead)) == flagged


def test_a_limit_that_comes_too_late_is_told_with_the_death_and_the_greatest_upper_limit() -> None:
    parent = group_of((rate(24, "17.9", "8.1", "39.5", "28"),), None)
    assert cut_short("16.8", 4, parent, "14.9", at24=(0, 0)) == [
        (
            "cut: upper limit 16.8 in 10.8 (6–16.8): in the whole group it is 14.9, the time of death 21, and taking 4 out leaves the upper "
            "limit of the curve at most 48.4 % there; an upper limit of 14.9 months or less would agree; "
            "ask the authors which of the printed numbers is right, and do not pool this one until then"
        )
    ]


def test_a_group_with_somebody_censored_before_its_rate_says_nothing_of_a_group_cut_short() -> None:
    parent = group_of(printed_arm("log"), None)
    assert parent.counts is not None
    assert parent.counts.intervals[0].censored
    assert cut_short("5.0", 2, parent) == []
    assert cut_short("9.0", 1, parent, "4.0", at6=(0, 0)) == []


@pytest.mark.parametrize("level", [0.9, 0.99])
@pytest.mark.parametrize("scale", SCALES)
def test_bounds_of_the_upper_limit_hold_on_every_scale_and_level(level: float, scale: Scale) -> None:
    n, deaths, censored = 7, 3, 2
    highs = []
    for chosen in combinations(range(deaths + censored), deaths):
        observed = np.zeros(n, dtype=bool)
        observed[list(chosen)] = True
        km = kaplan_meier(TimeToEvent(np.arange(1.0, n + 1), observed), conf=scale, level=level)
        highs.append(km.at(deaths + censored + 0.5).high)
    assert upper_limits(n, deaths, censored, level=level, scale=scale) == pytest.approx((min(highs), max(highs)))


# how many patients


def unsized(n_most: int) -> Group:
    return group_of([replace(claim, n=None) for claim in RESECTED], n_most)


@pytest.mark.parametrize("n_most", [11, 12])
def test_an_unprinted_number_of_patients_is_looked_for_up_to_that_of_the_study(n_most: int) -> None:
    group = unsized(n_most)
    assert group.counts is not None
    assert (group.counts.n, group.counts.order, group.flags) == (11, "2d|2d|1c 1d", ())


def test_rates_that_no_number_of_patients_up_to_that_of_the_study_gives_are_flagged_with_it() -> None:
    (flag,) = unsized(10).flags
    assert (flag.code, flag.lines, flag.subject) == ("rates-impossible", (24, 36, 60), "g")
    assert flag.printed == "81.8 at 24, 63.6 at 36, 53.0 at 60"
    assert flag.why.startswith("no sequence of deaths and censorings of up to 10 patients gives these rates")


@pytest.mark.parametrize(("early", "n"), [(4, 16), (5, 15), (6, None)])
def test_a_quarter_of_the_patients_and_no_more_may_have_left_before_the_first_event(early: int, n: int | None) -> None:
    group = group_of(printed_arm("log", early=early), None)
    assert (group.counts.n if group.counts else None) == n
    assert bool(group.flags) is (n is None)


@pytest.mark.parametrize(("n", "low", "high", "whole"), [("200", "96.8", "100.0", True), ("201", "96.8", "100.0", False)])  # fmt: skip
def test_whole_patients_are_looked_for_in_groups_of_up_to_200(n: str, low: str, high: str, whole: bool) -> None:
    group = group_of((rate(24, "98.5", low, high, n),), None)  # 3 deaths
    assert (group.possible is not None) is whole
    assert group.flags == ()


def test_rates_without_limits_pin_nothing_down() -> None:
    group = group_of((rate(24, "50.0", "", "", "28"),), None)
    assert (group.possible, group.flags, group.scales, group.counts) == (None, (), (), None)


# what is flagged of rates


@pytest.mark.parametrize(
    ("last", "printed", "agrees"),
    [
        (("16.4", "6.8", "38.9"), "rate 16.4 in 16.4 (6.8–38.9)", "16.3 (exactly 16.33) would agree"),
        (("16.3", "8.6", "38.9"), "lower limit 8.6 in 16.3 (8.6–38.9)", "6.8 (exactly 6.85) would agree"),
        (("16.3", "6.8", "39.8"), "upper limit 39.8 in 16.3 (6.8–39.8)", "38.9 (exactly 38.92) would agree"),
    ],
)
def test_a_misprint_is_told_for_rate_and_limits_with_the_number_that_agrees(
    last: tuple[str, str, str], printed: str, agrees: str
) -> None:
    rows = (("50.0", "34.5", "72.4"), ("35.7", "21.7", "58.7"), last)
    group = group_of(tuple(rate(time, *row, "28") for time, row in zip((24, 36, 60), rows, strict=True)), None)
    (flag,) = group.flags
    assert (flag.code, flag.printed, flag.agrees, group.suspect) == (
        "rate-impossible",
        printed,
        agrees,
        frozenset({60}),
    )
    assert flag.why == (
        "no whole patients of 28 give it together with the other numbers of the group, "
        "which all agree with 14d|4d|2d 1c 3d (d died, c censored)"
    )


@pytest.mark.parametrize(
    ("value", "low", "high", "codes"),
    [
        ("100.0", "", "", []),
        ("0.0", "", "", []),
        ("100.1", "", "", ["rate-outside-limits"]),
        ("-0.1", "", "", ["rate-outside-limits"]),
        ("50.0", "50.0", "50.0", []),
        ("50.0", "50.1", "80", ["rate-outside-limits"]),
        ("50.0", "30", "49.9", ["rate-outside-limits"]),
        ("50.0", "30", "100.1", ["rate-outside-limits"]),
    ],
)
def test_a_rate_lies_between_its_limits_and_both_between_0_and_100(
    value: str, low: str, high: str, codes: list[str]
) -> None:
    flags = group_of((rate(24, value, low, high, "300"),), None).flags
    assert [flag.code for flag in flags if flag.code == "rate-outside-limits"] == codes


@pytest.mark.parametrize(
    ("later", "agrees"),
    [("50.1", None), ("50.2", "50.0 or less would agree"), ("<50", None), ("> 50.1", None), ("> 50.2", "a rate above 50.2 before would agree")],
)  # fmt: skip
def test_a_rate_rises_only_where_its_print_can_be_no_other_number_than_a_higher_one(
    later: str, agrees: str | None
) -> None:
    # 50.0 may have been cut from 50.1
    flags = group_of((rate(24, "50.0", "", "", ""), rate(36, later, "", "", "")), None).flags
    assert [flag.agrees for flag in flags] == ([agrees] if agrees else [])
    if agrees:
        assert (flags[0].code, flags[0].lines) == ("rate-rises", (24, 36))
        assert flags[0].printed == f"50.0 then {later}"


def test_a_rate_above_an_earlier_upper_bound_rises() -> None:
    flags = group_of((rate(24, "<10", "", "", ""), rate(36, "13.3", "", "", "")), None).flags
    assert [flag.agrees for flag in flags] == ["10 or less would agree"]


# medians against rates


@pytest.mark.parametrize(
    ("low", "high", "codes"),
    [
        ("24.0", "NR", []),
        (
            "23.9",
            "NR",
            ["median-low-against-rates"],
        ),  # the lower limit of the rate is 61.9 % at 24: still above one half
        ("36.0", "NR", []),
        ("36.1", "NR", ["median-low-against-rates"]),  # and 40.7 % at 36: already below
        ("NR", "NR", ["median-low-against-rates"]),
        ("", "", []),
        ("31.2", "59.9", ["median-high-against-rates"]),  # the upper limit of the rate is 94 % at 60
        ("31.2", "60.0", []),
    ],
)
def test_a_limit_of_a_median_lies_between_the_rates_whose_limits_lie_around_one_half(
    low: str, high: str, codes: list[str]
) -> None:
    flags = median_flags(median("NR", low, high), group_of(RESECTED, None))
    assert [flag.code for flag in flags] == codes


@pytest.mark.parametrize(
    ("low", "message"),
    [
        (
            "21.2",
            (
                "g: lower limit 21.2 in not reached (21.2–not reached): the lower limit of the rate at 24 is 61.9 %, still above 50 %; "
                "a lower limit after 24 and up to 36 months would agree; "
            ),
        ),
        (
            "NR",
            (
                "g: lower limit not reached in not reached (not reached–not reached): the lower limit of the rate at 36 is 40.7 %, already below 50 %; "
                "a lower limit after 24 and up to 36 months would agree; "
            ),
        ),
    ],
)
def test_a_median_against_rates_is_told_with_the_rate_that_it_contradicts(low: str, message: str) -> None:
    (flag,) = median_flags(median("NR", low, "NR"), group_of(RESECTED, None))
    assert flag.message.startswith(message)
    assert flag.lines == (2, 24, 36)


@pytest.mark.parametrize(
    ("times", "value", "agrees"),
    [
        (((12, "75.0", "60.6", "92.9"),), "10", "a median after 12 months would agree"),
        (((24, "25.0", "13.2", "47.5"),), "30", "a median up to 24 months would agree"),
    ],
)
def test_a_median_is_told_the_side_of_the_only_rate(
    times: tuple[tuple[float, str, str, str], ...], value: str, agrees: str
) -> None:
    group = group_of(tuple(rate(*cells, "28") for cells in times), None)
    assert [flag.agrees for flag in median_flags(median(value, "", ""), group)] == [agrees]


def test_a_median_at_a_rate_of_one_half_itself_contradicts_nothing() -> None:
    # 50.0 % may lie on either side of one half
    group = group_of(HALF_DEAD, None)
    assert median_flags(median("23", "", ""), group) == []
    assert median_flags(median("25", "", ""), group) == []


def test_two_patients_are_the_fewest_that_are_looked_for() -> None:
    # one of two: 50 exp(-1.96 sqrt(1/2)) = 12.5
    group = group_of((replace(rate(24, "50.0", "12.5", "100"), n=None),), 2)
    assert group.possible is not None
    assert group.possible.sizes == (2,)


def test_a_rate_at_the_start_comes_before_every_other() -> None:
    start = claim_of({"kind": "rate", "subject": "g", "time": "0", "n": "28", "value": "100"}, 2)
    half = replace(HALF_DEAD[0], time=0.5)
    group = group_of((half, start), None)
    assert [claim.time for claim in group.claims] == [0, 0.5]
    assert group.counts is not None
    assert group.counts.order == "–|7d"


@pytest.mark.parametrize("cells", [("NR", "10", "20"), ("50.0", "", "80"), ("50.0", "20", "")])
def test_a_rate_without_one_of_its_three_numbers_is_not_asked_how_far_its_limits_lie(
    cells: tuple[str, str, str],
) -> None:
    assert group_of((rate(24, *cells, "300"),), None).flags == ()


# bounds, suspects and what is not printed


def test_a_rate_that_is_only_a_bound_is_no_rate_of_its_group_unless_there_is_no_other() -> None:
    bound = claim_of({"kind": "rate", "subject": "g", "time": "36", "n": "28", "value": "<60"}, 36)
    assert [claim.time for claim in group_of((HALF_DEAD[1], bound), None).claims] == [24]
    alone = group_of((bound,), None)
    assert ([claim.time for claim in alone.claims], alone.flags, alone.counts) == ([36], (), None)


def test_everybody_alive_has_binomial_limits_too() -> None:
    # Clopper and Pearson: 0.025^(1/12) = 0.735
    group = group_of((rate(24, "100.0", "73.5", "100.0", "12"),), None)
    assert group.flags == ()
    assert "Clopper–Pearson" in group.scales


@pytest.mark.parametrize("absent", ["high", "cut_n"])
def test_without_an_upper_limit_or_a_number_taken_out_a_group_cut_short_says_nothing(absent: str) -> None:
    cells = {"kind": "median", "subject": "cut", "value": "10.8", "low": "6", "high": "22.9", "cut_n": "10"}
    claim = claim_of({name: cell for name, cell in cells.items() if name != absent}, 2)
    assert CutShort(claim, group_of(HALF_DEAD, None), None, {}).flags() == []


def test_a_rate_without_the_limit_in_question_bounds_no_limit_of_a_median() -> None:
    group = group_of((rate(24, "60.0", "", "80.0", "400"), rate(36, "40.0", "", "70.0", "400")), None)
    assert median_flags(median("30", "20", "50"), group) == []
    assert [f.code for f in median_flags(median("50", "20", "60"), group)] == ["median-value-against-rates"]


def test_a_suspect_rate_is_not_held_against_a_median() -> None:
    # the lower limit of the second rate is a misprint: 51.7 for 21.7
    rows = (("50.0", "34.5", "72.4"), ("35.7", "51.7", "58.7"))
    flagged = group_of(tuple(rate(time, *row, "28") for time, row in zip((24, 36), rows, strict=True)), None)
    assert flagged.suspect == {36}
    assert median_flags(median("30", "20", "NR"), flagged) == []
