"""Curves and comparisons of a protocol, through the analysis of a table; numbers by R (parity/make_kinds.R) or by counting."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from yttria.evidence.study.analysis import Analysis, analyse
from yttria.evidence.study.cohort_builder import build_cohort
from yttria.io.tables.cohort_table import column_of
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
