"""Models of a protocol: what they mean, what they cost and on what they stand, through the analysis of a table; numbers by R (parity/make_kinds.R)."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from yttria.evidence.study.analysis import Analysis, analyse
from yttria.evidence.study.cohort_builder import build_cohort
from yttria.evidence.study.column_checks import FACTOR_NUMBERS
from yttria.io.tables.cohort_table import column_of
from yttria.values.errors import Finding
from yttria.values.protocol import Arms, ModelSpec, OutcomeColumns, Protocol, SelectionSpec

ASKED = Protocol(OutcomeColumns("time", "event"))


def analysed(table: dict[str, list[str]], protocol: Protocol) -> Analysis:
    columns = {name: column_of(name, cells, {""}) for name, cells in table.items()}
    return analyse(build_cohort(columns, protocol), protocol)


def told(analysis: Analysis, code: str) -> list[Finding]:
    return [finding for finding in analysis.findings if finding.code == code]


@pytest.mark.parametrize(
    ("name", "terms"),
    [
        ("slopes", ("arm", "arm:age")),
        ("effects", ("stage", "arm:stage")),
        ("alone", ("arm:stage",)),
        ("number", ("age", "arm:age")),
        ("etio", ("etio",)),
        ("joint", ("etio", "arm", "age")),
    ],
)
def test_interactions_without_main_effects_and_levels_without_events_cost_the_degrees_of_freedom_that_r_counts(
    name: str, terms: tuple[str, ...], kinds: Any
) -> None:
    model = analysed(kinds["study"], replace(ASKED, models={name: ModelSpec(terms)})).result.model_dump()["models"][
        name
    ]
    wanted = kinds["models"][name]
    tests = model["tests"]
    assert (tests["lr"]["df"], tests["score"]["df"]) == (wanted["lr_df"], wanted["score_df"])
    assert tests["lr"]["chi2"] == pytest.approx(wanted["lr"], rel=1e-7)
    assert tests["lr"]["p"] == pytest.approx(wanted["lr_p"], rel=1e-6)
    assert tests["score"]["chi2"] == pytest.approx(wanted["score"], rel=1e-9)
    for key in ("loglik", "aic", "bic"):
        assert model[key] == pytest.approx(wanted[key], rel=1e-8)


def test_an_infinite_coefficient_has_no_wald_test_and_is_told_once(kinds: Any) -> None:
    study = analysed(kinds["study"], replace(ASKED, univariable=("etio",)))
    assert study.result.model_dump()["univariable"]["etio"]["tests"]["wald"] == {"chi2": None, "df": None, "p": None}
    assert study.result.univariable["etio"].terms["etio[MASH]"].coef is None
    assert len(told(study, "infinite-coefficient")) == 1


def test_a_selection_counts_an_infinite_level_as_r_does_and_lets_it_in_by_its_likelihood_ratio(kinds: Any) -> None:
    asked = SelectionSpec(("etio", "arm", "age"), 1.0, method="aic-backward")
    found = analysed(kinds["study"], replace(ASKED, selection=asked)).result.model_dump()["selection"]
    assert found["steps"][0]["aic"] == pytest.approx(kinds["start"], rel=1e-8)
    assert found["steps"][-1]["aic"] == pytest.approx(kinds["end"], rel=1e-8)
    p = kinds["models"]["etio"]["lr_p"]
    for edge, entered in ((p * 0.999, []), (p * 1.001, ["etio"])):
        strict = replace(asked, candidates=("etio",), p_enter=edge)
        assert (
            analysed(kinds["study"], replace(ASKED, selection=strict)).result.model_dump()["selection"]["entered"]
            == entered
        )


def clustered(kinds: Any, clusters: int) -> Analysis:
    rows = len(kinds["study"]["time"])
    table = {**kinds["study"], "centre": [f"c{i % clusters}" for i in range(rows)]}
    return analysed(table, replace(ASKED, models={"m": ModelSpec(("age", "risk"), cluster="centre")}))


@pytest.mark.parametrize(
    ("clusters", "level"), [(2, "warning"), (9, "warning"), (10, "note"), (19, "note"), (20, None)]
)
def test_few_clusters_are_told_with_their_number(clusters: int, level: str | None, kinds: Any) -> None:
    found = told(clustered(kinds, clusters), "few-clusters")
    assert [f.level for f in found] == ([] if level is None else [level])
    assert all(f"stand on {clusters} clusters (centre)" in f.message for f in found)


@pytest.mark.parametrize(("clusters", "joint"), [(3, False), (4, True)])
def test_no_joint_wald_test_stands_on_as_many_clusters_as_terms_and_one(clusters: int, joint: bool, kinds: Any) -> None:
    model = clustered(kinds, clusters).result.model_dump()["models"]["m"]
    assert (model["tests"]["wald"]["p"] is not None) == joint
    assert model["terms"]["age"]["robust_se"] > 0


def test_errors_of_one_cluster_are_none_with_a_finding(kinds: Any) -> None:
    study = clustered(kinds, 1)
    assert study.result.model_dump()["models"]["m"]["terms"]["age"]["robust_se"] is None
    (found,) = told(study, "model-impossible")
    assert "at least two clusters" in found.message


def with_events(events: int, terms: tuple[str, ...], **more: Any) -> Analysis:
    """Return an analysis of a made-up table with so many events."""
    rng, rows = np.random.default_rng(3), 80
    table = {"time": [f"{i + 1}" for i in range(rows)], "event": ["1"] * events + ["0"] * (rows - events)}
    table |= {name: [f"{v:.2f}" for v in rng.normal(size=rows)] for name in "abc"}
    models = {"m": ModelSpec(terms)} if terms else {}
    return analysed(table, replace(ASKED, models=models, **more))


@pytest.mark.parametrize(
    ("events", "words"), [(9, "4.5 events for each, fewer than five"), (10, "5.0 events for each, fewer than ten"), (19, "9.5 events"), (20, "")]
)  # fmt: skip
def test_a_model_with_fewer_than_ten_events_for_each_coefficient_is_told_so(events: int, words: str) -> None:
    found = told(with_events(events, ("a", "b")), "few-events")
    assert len(found) == (1 if words else 0)
    assert all(words in f.message for f in found)


@pytest.mark.parametrize(("events", "count"), [(29, 1), (30, 0)])
def test_candidates_with_fewer_than_ten_events_each_are_told_once(events: int, count: int) -> None:
    found = told(with_events(events, (), selection=SelectionSpec(("a", "b", "c"), 1e-9)), "few-events")
    assert len(found) == count
    assert all("3 coefficients of 29 events: 9.7 events for each" in f.message for f in found)


def test_terms_one_at_a_time_with_too_few_events_are_told_together() -> None:
    found = told(with_events(9, (), univariable=("a", "b")), "few-events")
    assert len(found) == 1
    assert "a, b have fewer than ten events for each coefficient (9.0 at the least)" in found[0].message
    assert not told(with_events(10, (), univariable=("a", "b")), "few-events")


@pytest.mark.parametrize(("values", "told_of"), [(FACTOR_NUMBERS, False), (FACTOR_NUMBERS + 1, True)])
def test_subgroups_of_a_measured_number_are_refused_in_one_finding(values: int, told_of: bool, kinds: Any) -> None:
    rows = len(kinds["study"]["time"])
    table = {**kinds["study"], "age": [f"{60 + i % values}" for i in range(rows)]}
    study = analysed(table, replace(ASKED, arms=Arms("arm", "B", "A"), subgroups=("age",)))
    assert bool(told(study, "subgroups-of-a-number")) == told_of
    assert (study.result.model_dump()["subgroups"]["age"]["levels"] == {}) == told_of
    assert len(told(study, "subgroup-impossible")) <= 1


@pytest.mark.parametrize(("factor", "words"), [("1e-9", "too large"), ("1e6", "too small"), ("1", "")])
def test_a_ratio_for_a_unit_in_which_nobody_varies_is_told_with_a_better_unit(
    factor: str, words: str, kinds: Any
) -> None:
    table = {**kinds["study"], "x": [f"{float(age) * float(factor):.12g}" for age in kinds["study"]["age"]]}
    study = analysed(table, replace(ASKED, univariable=("x",)))
    found = told(study, "ratio-scale")
    assert len(found) == (1 if words else 0)
    assert all(words in f.message and "write the column in units of" in f.message for f in found)
    plain = analysed(kinds["study"], replace(ASKED, univariable=("age",))).result.model_dump()["univariable"]["age"][
        "terms"
    ]["age"]
    mine = study.result.model_dump()["univariable"]["x"]["terms"]["x"]
    assert mine["coef"] * float(factor) == pytest.approx(plain["coef"], rel=1e-8)
    assert mine["z"] == pytest.approx(plain["z"], rel=1e-8)


# what could not be fitted, and what was left out


def test_a_model_that_cannot_be_fitted_is_null_with_its_rows_and_a_finding(kinds: Any) -> None:
    table = {**kinds["study"], "x": [""] * len(kinds["study"]["time"])}
    study = analysed(table, replace(ASKED, univariable=("x",)))
    model = study.result.univariable["x"]
    assert (model.n, model.events, model.dropped) == (0, 0, len(table["time"]))
    assert [c.coef for c in model.terms.values()] == [None]
    (found,) = told(study, "model-impossible")
    assert found.message.startswith("model x could not be fitted: ")
    assert not told(study, "few-events")


def test_a_selection_leaves_out_rows_without_what_entered_and_counts_them(kinds: Any) -> None:
    rows = len(kinds["study"]["time"])
    table = {**kinds["study"], "age": ["", "", *kinds["study"]["age"][2:]]}
    asked = replace(ASKED, selection=SelectionSpec(("age", "risk"), 1.0, method="aic-backward"))
    study = analysed(table, asked)
    (found,) = told(study, "selection-complete-cases")
    assert found.message == f"the selection uses the {rows - 2} rows complete in all entered terms and leaves out 2"
    selection = study.result.selection
    assert selection is not None
    if selection.model is not None:
        assert (selection.model.n, selection.model.dropped) == (rows - 2, 2)
    assert not told(analysed(kinds["study"], asked), "selection-complete-cases")


@pytest.mark.parametrize(("factor", "entered"), [(0.999, []), (1.001, ["age"])])
def test_a_candidate_enters_up_to_its_p_and_none_is_told(factor: float, entered: list[str], kinds: Any) -> None:
    p = analysed(kinds["study"], replace(ASKED, univariable=("age",))).result.univariable["age"].terms["age"].p
    assert p is not None
    spec = SelectionSpec(("age",), p * factor, method="aic-backward")
    study = analysed(kinds["study"], replace(ASKED, selection=spec))
    assert study.result.selection is not None
    assert list(study.result.selection.entered) == entered
    empty = [f.message for f in told(study, "selection-empty")]
    assert empty == ([] if entered else [f"no candidate has P <= {p * factor:g}, so that there is nothing to choose among"])  # fmt: skip


@pytest.mark.parametrize(("terms", "fitted"), [(12, True), (13, False)])
def test_firths_penalty_is_left_out_of_models_with_more_covariates_than_its_limit(
    terms: int, fitted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yttria.evidence.study.model_section.penalised", lambda _fit: {})
    rng, rows = np.random.default_rng(3), 80
    names = [f"v{k}" for k in range(terms)]
    table = {name: [f"{v:.2f}" for v in rng.normal(size=rows)] for name in names}
    table |= {"time": [f"{i + 1}" for i in range(rows)], "event": ["1"] * 60 + ["0"] * 20}
    table["v0"] = ["0"] * 60 + ["1"] * 20  # nobody with it has the event
    study = analysed(table, replace(ASKED, models={"m": ModelSpec(tuple(names))}))
    notes = [f.message for f in told(study, "firth-left-out")]
    assert notes == ([] if fitted else ["model m is not fitted with Firth's penalty: exact ties, or more than 12 covariates"])  # fmt: skip


def test_a_covariate_that_never_varies_asks_nothing_of_its_events() -> None:
    table = {"time": [f"{k + 1}" for k in range(8)], "event": ["1"] * 5 + ["0"] * 3, "x": ["3"] * 8}
    study = analysed(table, replace(ASKED, univariable=("x",)))
    assert study.result.univariable["x"].tests is None
    assert not told(study, "few-events")


@pytest.mark.parametrize(("events", "words"), [(19, "(9.5 at the least)"), (20, None)])
def test_a_factor_of_three_levels_taken_alone_needs_ten_events_for_each_of_two_coefficients(
    events: int, words: str | None
) -> None:
    rows = 60
    table = {"time": [f"{1 + (7 * k) % rows}" for k in range(rows)], "event": ["1"] * events + ["0"] * (rows - events)}
    table["stage"] = [("p", "q", "r")[k % 3] for k in range(rows)]
    found = told(analysed(table, replace(ASKED, univariable=("stage",))), "few-events")
    assert len(found) == (words is not None)
    assert all(
        f"one at a time stage have fewer than ten events for each coefficient {words}" in f.message for f in found
    )
