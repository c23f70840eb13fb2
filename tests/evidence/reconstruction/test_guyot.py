"""Curves to individual times: known patients come back, published ratios come out."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from yttria.evidence.reconstruction.digitised_curve import read_curve
from yttria.evidence.reconstruction.guyot import AtRisk, Reconstruction, at_risk_of, reconstruct
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
