"""A whole protocol on a made-up cohort: every section, what is null and why."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from yttria.evidence.study.analysis import analyse
from yttria.evidence.study.cohort_builder import build_cohort
from yttria.values.cohort import Column
from yttria.values.errors import EvidenceError
from yttria.values.protocol import (
    Arms,
    Curves,
    Cut,
    EndpointSpec,
    ModelSpec,
    OutcomeColumns,
    OutcomeSpec,
    Protocol,
    ResponseSpec,
    SelectionSpec,
    WeightsSpec,
)

ROWS = 90


@pytest.fixture(scope="module")
def table() -> dict[str, Column]:
    """Return a made-up trial of ninety; the arm and the tumour dose matter."""
    rng = np.random.default_rng(90)
    arm = np.arange(ROWS) % 2
    td = np.round(rng.normal(200, 60, ROWS))
    time = np.maximum(0.1, np.round(rng.exponential(18 * np.exp(0.4 * arm + (td - 200) / 200)), 1))
    dead = (time < 60) & (rng.random(ROWS) < 0.9)
    change = np.where((rng.random(ROWS) < 0.3) & (time > 6), np.round(time / 2, 1), np.nan)
    return {
        "os": number("os", time),
        "dead": number("dead", dead.astype(float)),
        "arm": Column("arm", arm, ("SDA", "PDA")),
        "pvt": number("pvt", (rng.random(ROWS) < 0.5).astype(float)),
        "td": number("td", np.where(np.arange(ROWS) % 15 == 0, np.nan, td)),
        "age": number("age", np.round(rng.normal(63, 8, ROWS))),
        "cause": number("cause", np.where(dead, rng.integers(1, 3, ROWS), 0).astype(float)),
        "resected": number("resected", change),
    }


def number(name: str, values: Any) -> Column:
    known = ~np.isnan(values)
    levels, codes = np.unique(values[known], return_inverse=True)
    where = np.full(len(values), -1)
    where[known] = codes
    return Column(name, where, tuple(f"{v:g}" for v in levels), values)


WHOLE = Protocol(
    OutcomeColumns("os", "dead", unit="months"),
    arms=Arms("arm", "PDA", "SDA"),
    cuts={"TD": Cut("td", 205)},
    km=Curves(("arm", "TD", "pvt"), (12.0, 24.0)),
    univariable=("arm", "TD", "age"),
    models={"full": ModelSpec(("arm", "TD", "pvt"))},
    selection=SelectionSpec(("arm", "TD", "pvt", "age"), 0.9),
    subgroups=("pvt",),
    landmark=(6.0,),
    time_varying={"resection": "resected"},
    censor_at="resected",
    populations={"PVT": {"pvt": (1,)}},
    cause_column="cause",
    causes=(("1", "liver"), ("2", "other")),
)


@pytest.fixture(scope="module")
def study(table: dict[str, Column]) -> Any:
    return analyse(build_cohort(table, WHOLE), WHOLE)


def test_every_section_asked_for_is_there_and_none_else(study: Any, table: dict[str, Column]) -> None:
    assert set(study.result.model_dump()) == {
        "n", "events", "followup", "km", "comparison", "logrank", "rmst_difference", "univariable", "models", "selection", "subgroups", "cif",
        "gray", "fine_gray", "baseline", "censored", "populations", "time_varying", "landmark",
    }  # fmt: skip
    bare = Protocol(WHOLE.outcome)
    assert set(analyse(build_cohort(table, bare), bare).result.model_dump()) == {"n", "events", "followup", "km"}


def test_a_missing_covariate_drops_its_rows_one_model_at_a_time(study: Any) -> None:
    assert study.result.model_dump()["univariable"]["arm"]["dropped"] == 0
    assert study.result.model_dump()["univariable"]["TD"]["dropped"] == 6
    assert study.result.model_dump()["models"]["full"]["n"] == ROWS - 6


def test_a_constant_factor_of_a_population_is_null_with_a_reason(study: Any) -> None:
    part = study.result.model_dump()["populations"]["PVT"]
    assert part["logrank"]["pvt"] == {"chi2": None, "df": None, "p": None}
    assert part["models"]["full"]["terms"]["pvt"]["coef"] is None
    assert part["subgroups"]["pvt"]["interaction"]["lr_p"] is None
    assert {"one-level", "constant-term"} <= {f.code for f in study.findings if "populations.PVT" in f.message}


def test_all_models_of_a_selection_use_the_same_rows(study: Any) -> None:
    selection = study.result.model_dump()["selection"]
    assert selection["steps"][0]["action"] == "start"
    assert selection["model"]["n"] + selection["model"]["dropped"] == ROWS
    assert "selection-complete-cases" in {f.code for f in study.findings}


def test_the_time_varying_analysis_has_the_naive_one_beside_it(study: Any) -> None:
    found = study.result.model_dump()["time_varying"]["resection"]
    assert "n" not in found["model"]
    assert found["naive"]["terms"]["resection"]["hr"] < found["model"]["terms"]["resection"]["hr"]
    assert set(found["km"]) == {"0", "1"}


def test_a_landmark_counts_time_from_itself(study: Any) -> None:
    found = study.result.model_dump()["landmark"]["6"]
    assert found["n"] < ROWS
    assert max(found["km"]["resection"]["0"]["curve"]["time"]) <= study.result.followup.max - 6


def test_cut_follow_up_cuts_the_cause_with_the_event(study: Any) -> None:
    cut, whole = study.result.model_dump()["censored"], study.result.model_dump()
    assert cut["events"] < whole["events"]
    ends = [
        sum(part["cif"]["all"]["all"][cause]["estimate"][-1] for cause in ("liver", "other")) for part in (cut, whole)
    ]
    assert ends[0] == pytest.approx(1 - cut["km"]["all"]["all"]["curve"]["survival"][-1])
    assert ends[0] < ends[1]


def test_restricted_means_of_two_arms_differ_as_their_difference_says(table: dict[str, Column]) -> None:
    asked = replace(WHOLE, km=Curves(("arm",), tau=24.0))
    result = analyse(build_cohort(table, asked), asked).result.model_dump()
    arms, gap = result["km"]["arm"], result["rmst_difference"]["arm"]
    assert gap["difference"] == pytest.approx(arms["PDA"]["rmst"]["mean"] - arms["SDA"]["rmst"]["mean"])
    assert gap["low"] < gap["difference"] < gap["high"]


def test_table_one_counts_everyone_in_some_arm(study: Any) -> None:
    pvt = study.result.model_dump()["baseline"]["pvt"]["levels"]
    assert sum(level["all"] for level in pvt.values()) == ROWS
    assert all(level["all"] == sum(level["by"].values()) for level in pvt.values())
    assert study.result.model_dump()["baseline"]["td"]["missing"] == 6


def test_fine_gray_models_count_patients_and_not_rows(study: Any) -> None:
    found = study.result.model_dump()["fine_gray"]["liver"]
    assert found["n"] == ROWS - 6
    assert found["terms"]["arm[PDA]"]["robust_se"] > 0


def test_a_cohort_without_events_says_so_and_stops_nothing(table: dict[str, Column]) -> None:
    none = {**table, "dead": number("dead", np.zeros(ROWS)), "cause": number("cause", np.zeros(ROWS))}
    study = analyse(build_cohort(none, WHOLE), WHOLE)
    assert study.result.model_dump()["events"] == 0
    assert study.result.model_dump()["models"]["full"]["terms"]["arm[PDA]"]["coef"] is None
    assert study.result.model_dump()["models"]["full"]["dropped"] == 6
    assert {"model-impossible", "no-events", "median-not-reached"} <= {f.code for f in study.findings}


def test_an_infinite_effect_is_null_and_penalised_beside_it(table: dict[str, Column]) -> None:
    dead = table["dead"].numbers
    assert dead is not None
    never = {**table, "never": number("never", ((dead == 0) & (np.arange(ROWS) % 2 == 0)).astype(float))}
    protocol = replace(WHOLE, models={"m": ModelSpec(("age", "never"))})
    study = analyse(build_cohort(never, protocol), protocol)
    model = study.result.model_dump()["models"]["m"]
    assert model["terms"]["never"]["hr"] is None
    assert 0 < model["firth"]["terms"]["never"]["hr"] < 1
    assert "infinite-coefficient" in {f.code for f in study.findings}


def test_nothing_said_twice_is_said_twice(study: Any) -> None:
    assert len(set(study.findings)) == len(study.findings)


def test_a_population_of_nobody_is_refused(table: dict[str, Column]) -> None:
    protocol = replace(WHOLE, populations={"P": {"pvt": (1,), "arm": ("PDA",), "age": (0,)}})
    with pytest.raises(EvidenceError, match="names 0, but column age"):
        build_cohort(table, protocol)


def test_a_landmark_with_nothing_to_know_is_refused(table: dict[str, Column]) -> None:
    protocol = Protocol(WHOLE.outcome, landmark=(6.0,))
    with pytest.raises(EvidenceError, match=r"add \[time_varying\] or \[arms\]"):
        analyse(build_cohort(table, protocol), protocol)


def test_a_model_predicts_described_patients_and_shows_its_residuals(table: dict[str, Column]) -> None:
    model = ModelSpec(("arm", "age"), residuals=True, predict={"one": {"arm": "PDA", "age": 60}, "nobody": {}})
    protocol = replace(WHOLE, models={"m": model})
    found = analyse(build_cohort(table, protocol), protocol).result.model_dump()["models"]["m"]
    one, nobody = (found["predicted"][name]["all"] for name in ("one", "nobody"))
    step = found["terms"]["arm[PDA]"]["coef"] + 60 * found["terms"]["age"]["coef"]
    np.testing.assert_allclose(one["hazard"], np.array(nobody["hazard"]) * math.exp(step), rtol=1e-10)
    assert sum(found["residuals"]["martingale"]) == pytest.approx(0, abs=1e-9)
    assert sum(found["residuals"]["schoenfeld"]["age"]) == pytest.approx(0, abs=1e-6)
    assert list(found["residuals"]["row"]) == list(range(1, ROWS + 1))


@pytest.mark.parametrize(
    ("facts", "why"),
    [({"age": 60}, "arm is not said"), ({"weight": 1}, "weight is no column"), ({"arm": "X", "age": 1}, "names 'X'")],
)
def test_a_patient_who_is_not_described_whole_is_not_predicted(table: dict[str, Column], facts: Any, why: str) -> None:
    protocol = replace(WHOLE, models={"m": ModelSpec(("arm", "age"), predict={"one": facts})})
    study = analyse(build_cohort(table, protocol), protocol)
    assert study.result.model_dump()["models"]["m"]["predicted"]["one"] is None
    assert any(why in f.message for f in study.findings if f.code == "prediction-impossible")


def test_curves_are_predicted_for_each_stratum_by_its_name(table: dict[str, Column]) -> None:
    protocol = replace(WHOLE, models={"m": ModelSpec(("age",), strata=("arm",), predict={"one": {"age": 60}})})
    assert set(
        analyse(build_cohort(table, protocol), protocol).result.model_dump()["models"]["m"]["predicted"]["one"]
    ) == {
        "SDA",
        "PDA",
    }


def test_a_protocol_reaches_dose_response_quantiles_trend_and_tau(table: dict[str, Column]) -> None:
    asked = ResponseSpec("td", "dead", (0,))
    km = Curves(("arm",), tau=12.0, quantiles=(0.5,), trend=("pvt",))
    protocol = replace(WHOLE, km=km, dose_response={"td": asked})
    study = analyse(build_cohort(table, protocol), protocol)
    found = study.result.model_dump()["dose_response"]["td"]
    assert (found["n"], found["dropped"]) == (ROWS - 6, 6)
    assert [needed["share"] for needed in found["fit"]["needed"]] == [0.5, 0.8]
    assert "data-driven-threshold" in {f.code for f in study.findings}
    assert study.result.model_dump()["rmst_difference"]["arm"]["tau"] == 12
    curve = study.result.model_dump()["km"]["arm"]["PDA"]
    assert curve["quantiles"][0]["time"] == curve["median"]
    two = replace(WHOLE, km=Curves(("pvt",)))
    plain = analyse(build_cohort(table, two), two).result.model_dump()["logrank"]["pvt"]
    assert study.result.model_dump()["trend"]["pvt"]["chi2"] == pytest.approx(
        plain["chi2"]
    )  # of two levels the trend is the difference


def test_a_model_that_cannot_be_fitted_counts_its_own_rows(table: dict[str, Column]) -> None:
    age = table["age"].numbers
    dead = table["dead"].numbers
    assert age is not None
    assert dead is not None
    protocol = replace(WHOLE, models={"m": ModelSpec(("age",))})
    found = analyse(build_cohort({**table, "age": number("age", np.where(dead == 1, np.nan, age))}, protocol), protocol)
    model = found.result.model_dump()["models"]["m"]
    assert (model["events"], model["n"]) == (0, int((dead == 0).sum()))


def small(**more: list[float]) -> dict[str, Column]:
    cells: dict[str, list[float]] = {"os": [2, 4, 6, 8, 9], "dead": [1, 1, 1, 0, 1], **more}
    return {name: number(name, np.array(values, dtype=float)) for name, values in cells.items()}


@pytest.mark.parametrize(
    ("cut", "words"),
    [
        ([1, 3, 5, 7, 8], None),
        ([2, 3, 5, 7, 8], "1 event falls on the cut (cut), censored there"),
        ([2, 4, 5, 8, 8], "2 events fall on the cut (cut), censored there"),
    ],
)
def test_events_on_the_day_of_the_cut_are_counted_in_words(cut: list[float], words: str | None) -> None:
    protocol = Protocol(WHOLE.outcome, censor_at="cut")
    made = analyse(build_cohort(small(cut=cut), protocol), protocol)
    assert [f.message for f in made.findings if f.code == "events-at-cut"] == ([f"censored: {words}"] if words else [])
    assert made.result.censored is not None
    assert made.result.censored.events == 0


@pytest.mark.parametrize(("absent", "words"), [(0, None), (1, "1 row has neither"), (2, "2 rows have neither")])
def test_rows_without_a_further_outcome_are_counted_in_words(absent: int, words: str | None) -> None:
    gone = [np.nan] * absent
    rows = small(pfs=[*gone, *[1.0, 2, 3, 4, 5][absent:]], prog=[*gone, *[1.0, 0, 1, 1, 0][absent:]])
    protocol = Protocol(WHOLE.outcome, outcomes={"pfs": OutcomeSpec(OutcomeColumns("pfs", "prog", unit="months"))})
    made = analyse(build_cohort(rows, protocol), protocol)
    told = [f.message for f in made.findings if f.code == "outcome-absent"]
    assert told == ([f"outcomes.pfs: {words} time nor event of this outcome and are left out"] if words else [])
    further = made.result.outcomes["pfs"]
    assert (further.n, further.events) == (5 - absent, {0: 3, 1: 2, 2: 2}[absent])


@pytest.mark.parametrize("with_arms", [True, False])
def test_weights_and_endpoints_are_of_arms_and_empty_without(with_arms: bool, table: dict[str, Column]) -> None:
    protocol = Protocol(
        WHOLE.outcome,
        arms=WHOLE.arms if with_arms else None,
        weights={"w": WeightsSpec(("age",))},
        responses={"r": EndpointSpec("pvt", (1,))},
    )
    result = analyse(build_cohort(table, protocol), protocol).result
    assert set(result.weights) == ({"w"} if with_arms else set())
    assert set(result.responses) == ({"r"} if with_arms else set())
