"""Curves and comparisons of a protocol, through the analysis of a table; numbers by R (parity/make_kinds.R) or by counting."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from yttria.evidence.study.analysis import Analysis, analyse
from yttria.evidence.study.cohort_builder import build_cohort
from yttria.evidence.survival.logrank import logrank
from yttria.io.tables.cohort_table import column_of
from yttria.values.cohort import TimeToEvent
from yttria.values.errors import Finding
from yttria.values.protocol import Arms, Curves, OutcomeColumns, Protocol, ResponseSpec

ASKED = Protocol(OutcomeColumns("time", "event"))
SPLIT = Protocol(
    OutcomeColumns("time", "event", entry="entry", id="id"), km=Curves(("arm",)), arms=Arms("arm", "A", "B")
)


def analysed(table: dict[str, list[str]], protocol: Protocol) -> Analysis:
    columns = {name: column_of(name, cells, {""}) for name, cells in table.items()}
    return analyse(build_cohort(columns, protocol), protocol)


def told(analysis: Analysis, code: str) -> list[Finding]:
    return [finding for finding in analysis.findings if finding.code == code]


# rows and patients


def test_follow_up_and_censorings_of_split_rows_are_the_patients(kinds: Any) -> None:
    result = analysed(kinds["split"], SPLIT).result.model_dump()
    assert (result["n"], result["patients"]) == (12, 8)
    wanted = kinds["followup"]
    found = result["followup"]
    assert (found["median"], found["low"], found["min"], found["max"]) == (wanted["median"], wanted["low"], 6.0, 16.0)
    assert found["high"] is None
    whole = result["km"]["all"]["all"]
    assert whole["patients"] == 8
    assert sum(whole["curve"]["censored"]) == 8 - whole["events"]


def test_numbers_at_risk_of_split_rows_are_those_of_r(kinds: Any) -> None:
    curve, wanted = analysed(kinds["split"], SPLIT).result.km["all"]["all"].curve, kinds["risk"]
    at = np.searchsorted(curve.time, wanted["time"])
    assert [curve.time[i] for i in at] == wanted["time"]
    assert [curve.at_risk[i] for i in at] == wanted["at_risk"]
    assert [curve.survival[i] for i in at] == pytest.approx(wanted["survival"], rel=1e-12)


def test_split_rows_give_the_curves_of_whole_ones(kinds: Any) -> None:
    split = kinds["split"]
    ids = list(dict.fromkeys(split["id"]))
    rows = [[i for i, who in enumerate(split["id"]) if who == one] for one in ids]
    whole = {
        "id": ids,
        "entry": [min((split["entry"][i] for i in mine), key=float) for mine in rows],
        "time": [max((split["time"][i] for i in mine), key=float) for mine in rows],
        "event": [max(split["event"][i] for i in mine) for mine in rows],
        "arm": [split["arm"][mine[0]] for mine in rows],
    }
    apart, together = (analysed(rows, SPLIT).result.model_dump() for rows in (split, whole))
    assert apart["followup"] == pytest.approx(together["followup"])
    for level in ("A", "B"):
        one, other = apart["km"]["arm"][level], together["km"]["arm"][level]
        at = np.isin(one["curve"]["time"], other["curve"]["time"])
        for key in ("survival", "at_risk", "events", "censored"):
            assert np.array(one["curve"][key])[at].tolist() == other["curve"][key]
        assert np.array(one["curve"]["censored"])[~at].sum() == 0
        assert one["patients"] == other["n"]


def test_table_one_and_dose_response_of_split_rows_count_patients(kinds: Any) -> None:
    table = {**kinds["split"], "td": [f"{i % 5}" for i in range(12)], "hit": [f"{i % 2}" for i in range(12)]}
    asked = replace(SPLIT, baseline=("td",), dose_response={"t": ResponseSpec("td", "hit")})
    result = analysed(table, asked).result.model_dump()
    levels = result["baseline"]["td"]["levels"]
    assert sum(level["all"] for level in levels.values()) == 8
    assert levels["0"]["all"] == 1  # of k1, k4 and k7 the first row alone
    assert result["dose_response"]["t"]["n"] == 8


def test_subgroups_of_split_rows_count_patients_beside_rows(kinds: Any) -> None:
    levels = analysed(kinds["split"], replace(SPLIT, subgroups=("arm",))).result.model_dump()["subgroups"]["arm"][
        "levels"
    ]
    assert [(v["n"], v["patients"], v["treated"], v["control"]) for v in levels.values()] == [
        (6, 4, {"n": 6, "patients": 4, "events": 4}, {"n": 0, "events": 0}),
        (6, 4, {"n": 0, "events": 0}, {"n": 6, "patients": 4, "events": 0}),
    ]


def test_rows_cut_at_a_later_change_are_one_follow_up() -> None:
    table = {"time": ["5", "8", "9"], "event": ["0", "1", "0"], "change": ["", "3", "4"]}
    found = analysed(table, replace(ASKED, time_varying={"later": "change"})).result.model_dump()["time_varying"][
        "later"
    ]
    assert sum(found["km"]["0"]["curve"]["censored"]) == 1
    assert sum(found["km"]["1"]["curve"]["censored"]) == 1


def test_patients_whose_names_differ_by_case_are_told(kinds: Any) -> None:
    table = {**kinds["split"], "id": ["K1", *kinds["split"]["id"][1:]]}
    (found,) = told(analysed(table, SPLIT), "spellings")
    assert "column id holds 'K1' (1), 'k1' (1)" in found.message


def late(rows: Sequence[tuple[float, float, int, str]]) -> dict[str, list[str]]:
    return {name: [f"{row[k]}" for row in rows] for k, name in enumerate(("entry", "time", "event", "arm"))}


LATE = Protocol(OutcomeColumns("time", "event", entry="entry"), km=Curves(("arm",)))


def test_a_risk_set_that_late_entry_empties_is_told_with_its_time_and_who_enters_later() -> None:
    rows = [(0, 2, 1, "A"), (1, 3, 1, "A"), (5, 9, 1, "A"), (6, 8, 0, "B"), (0, 12, 1, "B")]
    study = analysed(late(rows), LATE)
    found = told(study, "empty-risk-set")
    assert len(found) == 1
    assert (
        "in arm A nobody is at risk after 3 and survival stays at 0, while 1 patient enters later" in found[0].message
    )
    assert found[0].level == "warning"


def test_a_risk_set_that_is_entered_as_it_empties_is_no_finding() -> None:
    rows = [(0, 3, 0, "A"), (3, 9, 1, "A"), (0, 12, 1, "B"), (4, 12, 1, "B")]
    assert not told(analysed(late(rows), LATE), "empty-risk-set")


def test_restricted_means_without_an_error_are_not_compared() -> None:
    rows = [(0, 2, 1, "A"), (3, 9, 1, "A"), (0, 2, 1, "B"), (4, 12, 1, "B")]
    study = analysed(late(rows), replace(LATE, km=Curves(("arm",), tau=9.0)))
    gap = study.result.model_dump()["rmst_difference"]["arm"]
    assert [gap[key] for key in ("difference", "se", "p")] == [None, None, None]
    assert len(told(study, "rmst-without-error")) == 1


# restricted means


def test_an_asked_tau_stays_where_the_last_of_an_arm_had_the_event(kinds: Any) -> None:
    study = analysed(kinds["ended"], replace(ASKED, km=Curves(("arm",), tau=24.0)))
    wanted, gap = kinds["means"], study.result.model_dump()["rmst_difference"]["arm"]
    assert gap["tau"] == 24.0
    assert gap["difference"] == pytest.approx(wanted["B"] - wanted["A"], rel=1e-9)
    assert gap["se"] == pytest.approx(np.hypot(wanted["A_se"], wanted["B_se"]), rel=1e-9)
    for level in ("A", "B"):
        found = study.result.model_dump()["km"]["arm"][level]["rmst"]
        assert (found["mean"], found["se"]) == pytest.approx((wanted[level], wanted[f"{level}_se"]), rel=1e-9)
    assert not told(study, "rmst-tau")


def test_an_asked_tau_is_cut_with_a_warning_where_the_last_of_an_arm_is_censored(kinds: Any) -> None:
    table = {
        **kinds["ended"],
        "event": [
            "0" if time == "10" else e for time, e in zip(kinds["ended"]["time"], kinds["ended"]["event"], strict=True)
        ],
    }
    study = analysed(table, replace(ASKED, km=Curves(("arm",), tau=24.0)))
    assert study.result.model_dump()["rmst_difference"]["arm"]["tau"] == 10.0
    (found,) = told(study, "rmst-tau")
    assert "stop at 10" in found.message


def of_sizes(first: int, second: int) -> dict[str, list[str]]:
    """Return two arms whose patients have the event at 1, 2, 3 …"""
    time = [*range(1, first + 1), *range(1, second + 1)]
    return {
        "time": [f"{t}" for t in time],
        "event": ["1"] * len(time),
        "arm": ["A"] * first + ["B"] * second,
    }


@pytest.mark.parametrize(("first", "second", "tau"), [(20, 20, 16.0), (60, 100, 55.0), (61, 100, 55.0), (5, 20, 1.0)])
def test_a_horizon_that_nobody_asked_for_has_a_tenth_and_five_of_each_arm_at_risk(
    first: int, second: int, tau: float
) -> None:
    study = analysed(of_sizes(first, second), replace(ASKED, km=Curves(("arm",))))
    assert study.result.model_dump()["rmst_difference"]["arm"]["tau"] == tau
    (found,) = told(study, "rmst-horizon")
    assert f"up to {tau:g}, the last time with at least 5 and 10 %" in found.message


def test_an_arm_of_four_has_no_horizon_and_a_finding() -> None:
    study = analysed(of_sizes(4, 20), replace(ASKED, km=Curves(("arm",))))
    assert study.result.model_dump()["rmst_difference"] == {}
    (found,) = told(study, "rmst-horizon")
    assert "never has 5 patients at risk" in found.message


# pairs


def compared(kinds: Any, **more: Any) -> dict[str, Any]:
    asked = replace(ASKED, arms=Arms("arm", "B", "A"), km=Curves(("arm",), **more))
    return dict(analysed(kinds["study"], asked).result.model_dump())


def test_two_arms_of_three_are_compared_by_a_ratio_and_a_test_of_these_two(kinds: Any) -> None:
    result, wanted = compared(kinds), kinds["pair"]
    found = result["comparison"]
    assert (found["treated"], found["control"], found["strata"]) == ("B", "A", [])
    for key in ("hr", "low", "high", "p"):
        assert found["effect"][key] == pytest.approx(wanted["plain"][key], rel=1e-7)
    assert found["logrank"]["chi2"] == pytest.approx(wanted["plain"]["chi2"], rel=1e-9)
    assert result["logrank"]["arm"]["chi2"] == pytest.approx(wanted["three"]["chi2"], rel=1e-9)
    assert result["logrank"]["arm"]["df"] == 2


def test_a_stratified_test_of_the_arms_stands_beside_their_stratified_ratio(kinds: Any) -> None:
    result, wanted = compared(kinds, strata=("risk",)), kinds["pair"]
    found = result["comparison"]
    assert found["strata"] == ["risk"]
    for part, key in ((found, "stratified"), (found["unstratified"], "plain")):
        assert part["effect"]["hr"] == pytest.approx(wanted[key]["hr"], rel=1e-7)
        assert part["effect"]["p"] == pytest.approx(wanted[key]["p"], rel=1e-6)
        assert part["logrank"]["chi2"] == pytest.approx(wanted[key]["chi2"], rel=1e-9)
    assert result["logrank"]["arm"]["chi2"] == pytest.approx(wanted["three_stratified"]["chi2"], rel=1e-9)


def test_an_arm_that_a_part_of_the_cohort_lacks_is_compared_with_nothing(kinds: Any) -> None:
    asked = replace(ASKED, arms=Arms("arm", "B", "A"), populations={"c": {"arm": ("B", "C")}})
    result = analysed(kinds["study"], asked).result.model_dump()
    assert "comparison" in result
    assert "comparison" not in result["populations"]["c"]


def test_rows_without_a_stratum_are_left_out_of_the_comparison_and_told(kinds: Any) -> None:
    table = {**kinds["study"], "risk": ["", *kinds["study"]["risk"][1:]], "arm": ["A", *kinds["study"]["arm"][1:]]}
    asked = replace(ASKED, arms=Arms("arm", "B", "A"), km=Curves(("arm",), strata=("risk",)))
    study = analysed(table, asked)
    (found,) = told(study, "stratum-missing")
    assert "stratified by risk leave out 1 row" in found.message
    both = sum(arm in "AB" for arm in table["arm"])
    assert (
        study.result.model_dump()["comparison"]["n"]
        == study.result.model_dump()["comparison"]["unstratified"]["n"]
        == both - 1
    )


def test_an_arm_without_events_has_no_ratio_and_a_finding() -> None:
    table = {"time": ["1", "2", "3", "4"], "event": ["1", "0", "1", "0"], "arm": ["A", "B", "A", "B"]}
    study = analysed(table, replace(ASKED, arms=Arms("arm", "A", "B")))
    assert study.result.comparison is not None
    assert study.result.comparison.effect.hr is None
    assert len(told(study, "comparison-infinite")) == 1
    assert study.result.model_dump()["comparison"]["logrank"]["chi2"] > 0


# numbers of a comparison


@pytest.mark.parametrize(("level", "z"), [(0.95, 1.959964), (0.9, 1.644854)])
def test_a_difference_of_restricted_means_has_the_limits_and_the_p_of_its_normal_error(
    level: float, z: float, kinds: Any
) -> None:
    asked = replace(ASKED, km=Curves(("arm",), tau=24.0, level=level))
    gap = analysed(kinds["ended"], asked).result.model_dump()["rmst_difference"]["arm"]
    difference, se = gap["difference"], gap["se"]
    assert (gap["low"], gap["high"]) == pytest.approx((difference - z * se, difference + z * se), rel=1e-6)
    assert gap["p"] == pytest.approx(2 * norm.sf(abs(difference) / se), rel=1e-12)


def test_a_factor_of_three_levels_has_no_difference_of_means(kinds: Any) -> None:
    result = analysed(kinds["study"], replace(ASKED, km=Curves(("arm",)))).result.model_dump()
    assert len(result["km"]["arm"]) == 3
    assert result["rmst_difference"] == {}


def test_restricted_means_of_groups_end_with_the_shortest_follow_up() -> None:
    table = {"time": ["2", "4", "3", "9"], "event": ["1", "0", "1", "0"], "arm": ["A", "A", "B", "B"]}
    result = analysed(table, replace(ASKED, km=Curves(("arm",)))).result
    a, b = (result.km["arm"][level].rmst for level in "AB")
    assert (a.tau, a.mean) == (4, 2 + 0.5 * 2)
    assert (b.tau, b.mean) == (4, 3 + 0.5 * 1)
    assert result.km["all"]["all"].rmst.tau == 9


@pytest.mark.parametrize(("tau", "until"), [(8.0, 8.0), (9.0, 9.0), (10.0, 9.0)])
def test_the_restricted_mean_of_all_ends_where_it_is_asked_to_as_far_as_the_curve_is_known(
    tau: float, until: float
) -> None:
    table = {"time": ["2", "4", "9"], "event": ["1", "0", "0"]}
    assert analysed(table, replace(ASKED, km=Curves((), tau=tau))).result.km["all"]["all"].rmst.tau == until


# what is said of curves


@pytest.mark.parametrize(
    ("event", "codes"),
    [
        (["1", "1", "1", "1"], {"followup-not-reached", "median-limit", "no-survivor"}),
        (["1", "0", "0", "0"], {"median-not-reached", "followup-limit"}),
        (["0", "0", "0", "0"], {"median-not-reached", "followup-limit"}),
    ],
)
def test_a_median_or_limit_that_does_not_exist_is_a_note(event: list[str], codes: set[str]) -> None:
    study = analysed({"time": ["1", "2", "3", "4"], "event": event}, ASKED)
    notes = {finding.code for finding in study.findings if finding.level == "note"}
    assert codes <= notes
    assert not (notes - codes) & {"followup-not-reached", "followup-limit", "median-not-reached", "median-limit", "no-survivor"}  # fmt: skip


def test_limits_that_nobody_asked_for_are_not_missed() -> None:
    table = {"time": ["1", "2", "3", "4"], "event": ["1", "1", "0", "0"]}
    codes = {f.code for f in analysed(table, replace(ASKED, km=Curves((), conf="none"))).findings}
    assert not codes & {"median-limit", "followup-limit"}


@pytest.mark.parametrize(("absent", "words"), [(1, "1 row where"), (2, "2 rows where"), (0, None)])
def test_rows_without_the_factor_of_curves_are_left_out_and_counted(absent: int, words: str | None) -> None:
    arm = [""] * absent + ["A", "A", "B", "B"][: 4 - absent] + ["B"]
    table = {"time": ["1", "2", "3", "4", "5"], "event": ["1"] * 5, "arm": arm}
    study = analysed(table, replace(ASKED, km=Curves(("arm",))))
    assert [f.message for f in told(study, "factor-missing")] == (
        [f"curves by arm leave out {words} it is missing"] if words else []
    )
    assert sum(curve.n for curve in study.result.km["arm"].values()) == 5 - absent


def test_rates_and_quantiles_stand_at_the_times_and_shares_that_are_asked_for() -> None:
    table = {"time": ["1", "2", "3", "4"], "event": ["1", "1", "1", "0"]}
    curve = analysed(table, replace(ASKED, km=Curves((), at=(0.5, 2.0, 3.5), quantiles=(0.25, 0.75)))).result.km["all"]["all"]  # fmt: skip
    assert [(rate.time, rate.survival, rate.at_risk) for rate in curve.rates] == [(0.5, 1, 4), (2, 0.5, 3), (3.5, 0.25, 1)]  # fmt: skip
    assert curve.quantiles is not None
    assert [(quantile.share, quantile.time) for quantile in curve.quantiles] == [(0.25, 1.5), (0.75, 3.5)]


# tests of a factor


def test_a_factor_of_one_level_is_compared_with_nothing() -> None:
    table = {"time": ["1", "2", "3"], "event": ["1", "1", "0"], "arm": ["A", "A", "A"]}
    study = analysed(table, replace(ASKED, km=Curves(("arm",), trend=("arm",))))
    messages = {f.message for f in told(study, "one-level")}
    assert "arm has one level, so that nothing can be compared" in messages
    assert "arm has one level, so that there is no trend" in messages
    assert study.result.logrank["arm"].chi2 is None


def test_case_weights_are_told_to_be_no_part_of_log_rank_tests(kinds: Any) -> None:
    rows = len(kinds["study"]["time"])
    asked = replace(ASKED, outcome=replace(ASKED.outcome, weight="w"), km=Curves(("arm",)))
    weighted = analysed({**kinds["study"], "w": ["2"] * rows}, asked)
    plain = analysed(kinds["study"], replace(ASKED, km=Curves(("arm",))))
    assert len(told(weighted, "logrank-unweighted")) == 1
    assert not told(plain, "logrank-unweighted")
    assert weighted.result.logrank["arm"].chi2 == pytest.approx(plain.result.logrank["arm"].chi2)


def test_the_power_of_the_log_rank_test_is_the_one_that_is_asked_for(kinds: Any) -> None:
    found = [
        analysed(kinds["study"], replace(ASKED, km=Curves(("arm",), rho=rho))).result.logrank["arm"].chi2
        for rho in (0.0, 1.0)
    ]
    arms = np.unique(kinds["study"]["arm"], return_inverse=True)[1]
    outcome = TimeToEvent(np.array(kinds["study"]["time"], dtype=float), np.array(kinds["study"]["event"]) == "1")
    for rho, chi2 in zip((0.0, 1.0), found, strict=True):
        test = logrank(outcome, arms, rho=rho).test
        assert test is not None
        assert chi2 == pytest.approx(test.chi2)
    assert found[0] != pytest.approx(found[1], rel=1e-3)


def test_a_trend_goes_by_the_numbers_of_levels_and_else_by_their_order() -> None:
    time = [f"{t}" for t in (9, 8, 7, 6, 5, 4, 3, 2, 1)]
    chi2 = {}
    for name, levels in {"numbers": ("0", "1", "5"), "order": ("0", "1", "2"), "words": ("a", "b", "c")}.items():
        table = {"time": time, "event": ["1"] * 9, "dose": [level for level in levels for _ in range(3)]}
        chi2[name] = analysed(table, replace(ASKED, km=Curves((), trend=("dose",)))).result.trend["dose"].chi2
    assert chi2["order"] == pytest.approx(chi2["words"])
    assert chi2["numbers"] != pytest.approx(chi2["order"], rel=1e-3)


# causes


CAUSES = replace(ASKED, cause_column="why", causes=(("t", "tumour"), ("m", "tumour"), ("l", "liver")))


def caused(**more: list[str]) -> dict[str, list[str]]:
    return {
        "time": ["1", "2", "3", "4", "5", "6"],
        "event": ["1", "1", "1", "1", "0", "0"],
        "why": ["t", "l", "m", "l", "", ""],
        "arm": ["A", "B", "A", "B", "A", "B"],
    } | more


def test_each_cause_has_its_incidence_in_all_and_in_each_level() -> None:
    found = analysed(caused(), replace(CAUSES, km=Curves(("arm",)))).result.model_dump()["cif"]
    assert list(found) == ["all", "arm"]
    assert list(found["all"]["all"]) == ["tumour", "liver"]
    ends = {cause: curve["estimate"][-1] for cause, curve in found["all"]["all"].items()}
    assert ends == pytest.approx({"tumour": 2 / 6, "liver": 2 / 6})
    assert list(found["arm"]) == ["A", "B"]
    for level, cause, other in (("A", "tumour", "liver"), ("B", "liver", "tumour")):
        assert found["arm"][level][cause]["estimate"][-1] == pytest.approx(2 / 3)
        assert found["arm"][level][other]["estimate"][-1] == 0


def test_grays_test_says_that_it_uses_no_case_weights() -> None:
    asked = replace(CAUSES, km=Curves(("arm",)))
    weighted = analysed(caused(w=["2"] * 6), replace(asked, outcome=replace(ASKED.outcome, weight="w")))
    assert len(told(weighted, "gray-plain")) == 1
    assert not told(analysed(caused(), asked), "gray-plain")


def test_grays_test_between_one_level_is_none_and_told_for_each_cause() -> None:
    study = analysed(caused(arm=["A"] * 6), replace(CAUSES, km=Curves(("arm",))))
    assert [f.message for f in told(study, "gray-impossible")] == [
        f"the incidence of {cause} cannot be compared between levels of arm" for cause in ("tumour", "liver")
    ]


@pytest.mark.parametrize(("absent", "words"), [(1, "1 row of the two arms"), (2, "2 rows of the two arms")])
def test_rows_of_the_arms_without_a_stratum_are_counted_in_words(absent: int, words: str) -> None:
    arm = ["A", "B"] * 6
    table = {"time": [f"{k + 1}" for k in range(12)], "event": ["1"] * 12, "arm": arm}
    table["risk"] = [""] * absent + ["low", "high", "high", "low", "low", "high"][: 6 - absent] + ["low", "high"] * 3
    asked = replace(ASKED, arms=Arms("arm", "A", "B"), km=Curves(("arm",), strata=("risk",)))
    (found,) = told(analysed(table, asked), "stratum-missing")
    assert found.message == f"tests and ratios stratified by risk leave out {words} where it is missing"
