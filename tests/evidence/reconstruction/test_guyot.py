"""Curves to individual times: known patients come back, published ratios come out."""

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq

from yttria.evidence.reconstruction.digitised_curve import read_curve
from yttria.evidence.reconstruction.guyot import AtRisk, Placement, Reconstruction, at_risk_of, reconstruct
from yttria.evidence.reconstruction.indirect_comparison import compare_arms
from yttria.evidence.survival.kaplan_meier import kaplan_meier
from yttria.values.cohort import TimeToEvent
from yttria.values.errors import EvidenceError

Find = Callable[[str], Path]


def numbers(path: Path) -> list[list[float]]:
    with path.open() as file:
        return [[float(cell) for cell in row] for row in list(csv.reader(file))[1:]]


def rebuilt(clicks: Path, times: list[float], at_risk: list[float], events: int | None = None) -> Reconstruction:
    curve, _ = read_curve(*zip(*numbers(clicks), strict=True))
    return reconstruct(curve, at_risk_of(times, at_risk), events=events)


def published(known: TimeToEvent, step: float) -> tuple[Reconstruction, TimeToEvent]:
    """Print a known group as a curve with numbers at risk, and reconstruct it."""
    km = kaplan_meier(known)
    times = np.arange(0, known.time.max(), step)
    table = AtRisk(tuple(map(float, times)), tuple(int(np.count_nonzero(known.time >= t)) for t in times))
    drops = km.table.events > 0
    curve, _ = read_curve(np.round(km.table.time[drops], 2), np.round(km.survival[drops], 3))
    return reconstruct(curve, table, events=known.events), known


# laws


@pytest.mark.parametrize("seed", range(8))
def test_a_known_group_comes_back_from_its_curve(seed: int) -> None:
    draw = np.random.default_rng(seed)
    death, leave = draw.exponential(20, 150), draw.uniform(5, 60, 150)
    made, known = published(TimeToEvent(np.minimum(death, leave), death <= leave), 6.0)
    assert len(made.outcome) == len(known)
    assert made.outcome.events == pytest.approx(known.events, abs=2)
    assert made.fit.rmse < 0.005
    assert all(p == r for _, p, r in made.fit.at_risk)
    assert kaplan_meier(made.outcome).median[0] == pytest.approx(kaplan_meier(known).median[0], rel=0.05)


@pytest.mark.parametrize("seed", range(4))
def test_without_numbers_at_risk_the_events_alone_bring_curve_and_events_back(seed: int) -> None:
    draw = np.random.default_rng(seed)
    death, leave = draw.exponential(12, 150), draw.exponential(20, 150) if seed % 2 else draw.uniform(12, 48, 150)
    known = TimeToEvent(np.minimum(death, leave), death <= leave)
    km = kaplan_meier(known)
    curve, _ = read_curve(np.r_[0.0, km.table.time], np.r_[1.0, km.survival])
    made = reconstruct(curve, AtRisk((0.0,), (150,)), events=known.events)
    assert made.outcome.events == known.events
    assert made.fit.rmse < 0.008


@pytest.mark.parametrize("seed", range(6))
def test_the_hazard_ratio_of_known_arms_survives_the_picture(seed: int) -> None:
    draw = np.random.default_rng(seed + 100)
    arms = []
    for mean in (12.0, 20.0):
        death, leave = draw.exponential(mean, 120), draw.uniform(3, 50, 120)
        arms.append(published(TimeToEvent(np.minimum(death, leave), death <= leave), 6.0))
    truth = compare_arms(arms[1][1], arms[0][1]).ratio.hr
    assert compare_arms(arms[1][0].outcome, arms[0][0].outcome).ratio.hr == pytest.approx(truth, rel=0.03)


def test_without_censoring_the_curve_alone_gives_everybody_back() -> None:
    known = TimeToEvent(np.arange(1.0, 21.0), np.ones(20, dtype=bool))
    km = kaplan_meier(known)
    curve, _ = read_curve(km.table.time, km.survival)
    assert reconstruct(curve, AtRisk((0.0,), (20,))).outcome.time.tolist() == known.time.tolist()


# parity: HR of the same clicks by the packages that published them (R_reference.json beside the data)


def test_keynote_189_gives_its_ratio_and_every_event(shared_data: Find) -> None:
    folder = shared_data("survival_digitised")
    reference = json.loads((folder / "R_reference.json").read_text())["pembro"]
    arms = []
    for arm in ("pembro", "pbo"):
        times, at_risk = zip(*numbers(folder / f"reconstructKM_{arm}_NAR.csv"), strict=True)
        arms.append(rebuilt(folder / f"reconstructKM_{arm}_clicks.csv", list(times), list(at_risk)))
    assert sum(len(a.outcome) for a in arms) == reference["n"]
    assert sum(a.outcome.events for a in arms) == reference["events"]
    assert compare_arms(arms[0].outcome, arms[1].outcome).ratio.hr == pytest.approx(reference["hr"], rel=0.005)


def test_bonner_gives_its_ratio_in_spite_of_its_quirks(shared_data: Find) -> None:
    folder = shared_data("survival_digitised")
    reference = json.loads((folder / "R_reference.json").read_text())["bonner"]
    times = [row[0] for row in numbers(folder / "IPDfromKM_Radiation_trisk.csv")]
    arms = []
    for arm in ("radioplus", "radio"):
        at_risk = [row[0] for row in numbers(folder / f"IPDfromKM_Radiation_nrisk.{arm}.csv")]
        arms.append(rebuilt(folder / f"IPDfromKM_Radiation_{arm}.csv", times[: len(at_risk)], at_risk))
    assert sum(len(a.outcome) for a in arms) == reference["n"]
    assert sum(a.outcome.events for a in arms) == pytest.approx(reference["events"], abs=2)
    assert compare_arms(arms[0].outcome, arms[1].outcome).ratio.hr == pytest.approx(reference["hr"], rel=0.01)
    medians = [kaplan_meier(a.outcome).median[0] for a in arms]
    assert medians == pytest.approx(reference["medians"][::-1], rel=0.01)


def test_sirflox_comes_back_from_its_own_curves(shared_data: Find) -> None:
    with (shared_data("survival_kmdata") / "sirflox_ipd.csv").open() as file:
        rows = list(csv.DictReader(file))
    pairs = []
    for arm in ("mfolfox6_rt", "mfolfox6"):
        mine = [r for r in rows if r["arm"] == arm]
        known = TimeToEvent(np.array([float(r["time"]) for r in mine]), np.array([r["event"] == "1" for r in mine]))
        pairs.append(published(known, 6.0))
    truth = compare_arms(pairs[0][1], pairs[1][1]).ratio.hr
    assert truth == pytest.approx(0.914, abs=0.0005)  # R, SOURCE.txt beside the data
    assert compare_arms(pairs[0][0].outcome, pairs[1][0].outcome).ratio.hr == pytest.approx(truth, rel=0.01)


def test_a_single_arm_keeps_its_numbers_at_risk_but_for_one(shared_data: Find) -> None:
    folder = shared_data("survival_digitised")
    with (folder / "Checkmate_067_At_Risk.csv").open() as file:
        table = [(float(r["trisk"]), float(r["nrisk"])) for r in csv.DictReader(file)]
    made = rebuilt(folder / "Checkmate_067_S3A_Nivolumab.csv", [t for t, _ in table], [n for _, n in table])
    assert [(t, p - r) for t, p, r in made.fit.at_risk if p != r] == [(30, 1)]
    assert [f.code for f in made.findings if f.level == "warning"] == ["at-risk-unmet"]


# findings


def test_published_events_that_cannot_be_are_said() -> None:
    curve, _ = read_curve([0, 1, 2], [1, 0.5, 0.2])
    made = reconstruct(curve, AtRisk((0.0, 1.5), (10, 5)), events=2)
    assert {"events-exceeded", "events-unmet"} <= {f.code for f in made.findings}


# refusals


@pytest.mark.parametrize(
    ("time", "number", "why"),
    [
        ([1, 2], [10, 5], "begin at time 0"),
        ([0, 2, 2], [10, 5, 4], "ascend"),
        ([0, 2], [10, 12], "cannot rise"),
        ([0, 2], [10, 4.5], "whole number"),
        ([0], [0], "above zero"),
    ],
)
def test_numbers_at_risk_that_cannot_be_are_refused(time: list[float], number: list[float], why: str) -> None:
    with pytest.raises(EvidenceError, match=why):
        at_risk_of(time, number)


def test_more_events_than_patients_are_refused() -> None:
    curve, _ = read_curve([0, 1], [1, 0.5])
    with pytest.raises(EvidenceError, match="must not exceed"):
        reconstruct(curve, AtRisk((0.0,), (10,)), events=11)


# worked by hand


def walked(
    clicks: dict[float, float], at_risk: dict[float, int], events: int | None = None, placement: Placement = "even"
) -> Reconstruction:
    curve, _ = read_curve(list(clicks), list(clicks.values()))
    return reconstruct(curve, AtRisk(tuple(at_risk), tuple(at_risk.values())), events=events, placement=placement)


def test_as_many_leave_evenly_as_make_the_next_number_come_out() -> None:
    # 10 at 0, one dies at 1, 4 at 2: five leave at 0.2, 0.6, 1.0, 1.4, 1.8; of the 8 still there at 1 a tenth is one
    made = walked({0: 1, 1: 0.9}, {0: 10, 2: 4})
    assert made.outcome.time.tolist() == pytest.approx([0.2, 0.6, 1, 1, 1.4, 1.8, 2, 2, 2, 2])
    assert np.flatnonzero(made.outcome.observed).tolist() == [2]
    assert (made.fit.at_risk, made.fit.events, made.fit.published_events) == (((0, 10, 10), (2, 4, 4)), 1, None)
    # the curve is at 7/8 where 0.9 was read
    assert made.fit.largest == pytest.approx(0.025)
    assert made.fit.rmse == pytest.approx(0.025 / np.sqrt(2))
    assert made.findings == ()


@pytest.mark.parametrize(
    ("placement", "times"), [("late", [1, *[2 - 2e-6] * 5, *[2] * 4]), ("early", [*[2e-6] * 6, *[2] * 4])]
)
def test_all_may_leave_right_after_the_beginning_or_before_the_end(placement: Any, times: list[float]) -> None:
    # early: a tenth of the 5 left at 1 is nobody, so that a sixth leaves
    made = walked({0: 1, 1: 0.9}, {0: 10, 2: 4}, placement=placement)
    assert made.outcome.time.tolist() == pytest.approx(times, abs=1e-12)


def test_by_chance_they_leave_between_the_two_numbers() -> None:
    made = walked({0: 1, 1: 0.9, 3: 0.9}, {0: 10, 2: 4, 3: 2}, placement=np.random.default_rng(1))
    left = made.outcome.time[~made.outcome.observed]
    assert [np.count_nonzero(left < 2), np.count_nonzero((left >= 2) & (left < 3)), np.count_nonzero(left == 3)] == [10 - 4 - made.outcome.events, 2, 2]  # fmt: skip


def test_after_the_last_number_patients_leave_at_the_rate_seen_before() -> None:
    # two of ten left in 2: one a unit of time, two more up to 4
    made = walked({0: 1, 4: 1}, {0: 10, 2: 8})
    assert made.outcome.time.tolist() == pytest.approx([0.5, 1.5, 2.5, 3.5, *[4] * 6])
    assert [(f.code, f.level, f.values) for f in made.findings] == [("tail-assumed", "note", {"begin": 2})]


@pytest.mark.parametrize("events", [2, 3, 4])
def test_published_events_settle_who_leaves_after_the_last_number(events: int) -> None:
    # half of the eight at 2 would die at 3; the more leave before, the fewer die: two where all leave evenly
    made = walked({0: 1, 3: 0.5, 4: 0.5}, {0: 8, 2: 8}, events=events)
    assert made.outcome.events == events
    assert "tail-assumed" not in [f.code for f in made.findings]
    assert ("events-unmet" in [f.code for f in made.findings]) is False


def test_events_that_the_curve_cannot_give_are_told_with_both_numbers() -> None:
    made = walked({0: 1, 3: 0.5, 4: 0.5}, {0: 8, 2: 8}, events=6)
    (finding,) = made.findings
    assert finding.message.startswith("6 events are published, but 4 were reconstructed")


def test_events_before_the_last_number_that_exceed_the_published_are_told() -> None:
    made = walked({0: 1, 1: 0.5, 3: 0.5}, {0: 10, 2: 5}, events=4)
    assert [f.message for f in made.findings if f.code == "events-exceeded"] == [
        "4 events are published, but 5 follow from the curve before 2 already; check events, clicks and numbers at risk"
    ]
    assert not [f for f in walked({0: 1, 1: 0.5, 3: 0.5}, {0: 10, 2: 5}, events=5).findings if f.code == "events-exceeded"]  # fmt: skip


def test_a_number_at_risk_that_cannot_come_out_is_told_with_the_one_that_does() -> None:
    made = walked({0: 1, 1: 0.5}, {0: 10, 2: 9})
    (finding,) = [f for f in made.findings if f.code == "at-risk-unmet"]
    assert finding.message == (
        "9 should be at risk at 2, but with the clicks as they are 5 are; check the clicks between 0 and 2, or the number"
    )
    assert made.fit.at_risk == ((0, 10, 10), (2, 9, 5))


@pytest.mark.parametrize("events", [2, 3, 4])
def test_with_events_alone_patients_leave_at_one_rate(events: int) -> None:
    # of n at one rate c, k leave by the end: the j-th where 1 - exp(-c t) = (j - 1/2) / n, with exp(-c end) = 1 - k / n
    made = walked({0: 1, 4: 0.5}, {0: 10}, events=events)
    left = made.outcome.time[~made.outcome.observed & (made.outcome.time < 4)]
    k = len(left)
    assert k > 0
    assert made.outcome.events == events
    expected = 4 * np.log1p(-(np.arange(k) + 0.5) / 10) / np.log1p(-k / 10)
    assert left == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("placement", ["even", np.random.default_rng(1)])
def test_with_events_alone_those_of_a_falling_curve_leave_where_they_still_are(placement: Any) -> None:
    # S = 1 up to 1 and 0.2 after: four fifths leave fewer a time than before
    made = walked({0: 1, 1: 0.2, 4: 0.2}, {0: 100}, events=60, placement=placement)
    assert made.outcome.events == 60
    left = made.outcome.time[~made.outcome.observed & (made.outcome.time < 4)]
    early, late = np.count_nonzero(left < 1), np.count_nonzero(left >= 1) / 3
    assert early > 3 * late


@pytest.mark.parametrize(("events", "refused"), [(10, False), (11, True), (-1, True), (0, False)])
def test_events_are_from_none_to_all(events: int, refused: bool) -> None:
    if not refused:
        walked({0: 1, 1: 0.5}, {0: 10}, events=events)
        return
    with pytest.raises(EvidenceError, match=f"^events must not exceed the 10 at risk, but are {events}; check both$"):
        walked({0: 1, 1: 0.5}, {0: 10}, events=events)


@pytest.mark.parametrize(("n", "survival", "words"), [(10, 0.905, None), (10, 0.89, "11 %"), (200, 0.991, None), (200, 0.989, "1.1 %")])  # fmt: skip
def test_a_curve_that_comes_back_worse_than_one_patient_and_one_per_cent_is_told(
    n: int, survival: float, words: str | None
) -> None:
    # nobody may die, so that the only click is missed by as much as it lies below one
    made = walked({1: survival}, {0: n}, events=0)
    assert (made.fit.rmse, made.fit.largest) == pytest.approx((1 - survival, 1 - survival))
    found = [f.message for f in made.findings if f.code == "fit-poor"]
    assert len(found) == (words is not None)
    assert all(f"differs by {words} of survival (RMSE), at most {words};" in message for message in found)


@pytest.mark.parametrize(
    ("time", "number", "message"),
    [
        ((), (), "numbers at risk need as many times as numbers and one at least, but have 0 and 0"),
        ((0.0, 1.0), (5,), "numbers at risk need as many times as numbers and one at least, but have 2 and 1"),
        ((0.5, 2.0), (5, 4), "numbers at risk must begin at time 0, because n is read there, but begin at 0.5; add the first row"),
        ((0.0, 3.0, 2.0), (5, 4, 3), "times at risk must ascend, but 2 follows 3; sort the rows"),
        ((0.0, 3.0, 3.0), (5, 4, 3), "times at risk must ascend, but 3 follows 3; sort the rows"),
        ((0.0, 3.0, 4.0), (5, 3, 4), "numbers at risk cannot rise, but 4 follows 3 at 4; check the rows"),
        ((0.0, 3.0), (1, -1), "numbers at risk must be whole numbers above zero at the start, but begin with 1"),
        ((0.0,), (0,), "numbers at risk must be whole numbers above zero at the start, but begin with 0"),
    ],
)  # fmt: skip
def test_rows_at_risk_are_refused_with_what_they_hold(
    time: tuple[float, ...], number: tuple[int, ...], message: str
) -> None:
    with pytest.raises(EvidenceError, match=f"^{re.escape(message)}$"):
        AtRisk(time, number)


def test_refused_rows_carry_their_times() -> None:
    for time, values in (((0.5, 2.0), {"first_time": 0.5}), ((0.0, 3.0, 2.0), {"time": 2.0, "time_before": 3.0})):
        with pytest.raises(EvidenceError, match="at risk must") as refused:
            AtRisk(time, (5, 4, 3)[: len(time)])
        assert refused.value.values == values


@pytest.mark.parametrize(("time", "number"), [((0.0, 3.0), (5, 5)), ((0.0, 3.0), (1, 0)), ((0.0,), (1,))])
def test_rows_at_risk_may_stay_equal_or_fall_to_nobody(time: tuple[float, ...], number: tuple[int, ...]) -> None:
    assert AtRisk(time, number).number == number


@pytest.mark.parametrize("bad", [4.5, float("nan"), float("inf")])
def test_a_number_at_risk_that_is_not_whole_is_refused_as_found(bad: float) -> None:
    with pytest.raises(EvidenceError, match=f"^a number at risk must be a whole number, but {bad:g} was found; check the rows$"):  # fmt: skip
        at_risk_of([0, 1], [5, bad])


def test_more_than_any_rate_lets_go_of_leave_evenly() -> None:
    # half die at the start: no rate of leaving reaches the seven of ten that have to go before the end
    made = walked({0: 0.5, 4: 0.1}, {0: 10}, events=5)
    assert made.outcome.events >= 5
    made = walked({0: 0.5, 4: 0.5}, {0: 10}, events=2, placement="even")
    left = made.outcome.time[~made.outcome.observed]
    assert np.all((left >= 0) & (left <= 4))


def test_nobody_leaves_a_group_that_is_all_dead() -> None:
    made = walked({0: 1, 1: 0.5, 2: 0.0, 3: 0.0}, {0: 4, 1.5: 2, 2.5: 0})
    assert made.outcome.time.tolist() == [1, 1, 2, 2]
    assert made.outcome.events == 4
    assert made.findings == ()


def test_those_who_leave_a_curve_of_two_steps_do_so_by_its_law() -> None:
    # S = 1 up to 1 and a half after: of n, (1 - e^-c) + (e^-c - e^-ct) / 2 have left by t > 1
    made = walked({0: 1, 1: 0.5, 4: 0.5}, {0: 200}, events=70)
    left = made.outcome.time[~made.outcome.observed & (made.outcome.time < 4)]
    k = len(left)
    rate = float(brentq(lambda c: 1 - np.exp(-c) + (np.exp(-c) - np.exp(-4 * c)) / 2 - k / 200, 1e-9, 50))
    gone = np.where(left < 1, 1 - np.exp(-rate * left), 1 - np.exp(-rate) + (np.exp(-rate) - np.exp(-rate * left)) / 2)
    assert 0 < np.count_nonzero(left > 1) < k
    assert gone == pytest.approx((np.arange(k) + 0.5) / 200, abs=1e-9)
