"""What models predict, on paper: each described patient, in each stratum, with survival at the times asked for."""

import numpy as np
import pytest

from yttria.contract.study import CoxModel, PredictedCurve, StudyResult
from yttria.evidence.study.analysis import analyse
from yttria.report.study.predictions import prediction_blocks
from yttria.values.cohort import Cohort, TimeToEvent
from yttria.values.document import Entry, Figure, Line, Panel, Table
from yttria.values.protocol import Curves, ModelSpec, OutcomeColumns, Protocol

CURVE = PredictedCurve(
    time=[2.0, 5.0, 9.0],
    hazard=[0.1, 0.7, 1.6],
    hazard_se=[0.1, 0.2, 0.3],
    survival=[0.9, 0.5, 0.2],
    low=[0.8, 0.3, 0.1],
    high=[1.0, 0.7, 0.6],
)
Strata = dict[str, PredictedCurve]


def study(predicted: dict[str, Strata | None] | None) -> StudyResult:
    """Return a study with one model that predicts this; without a model where there is nothing."""
    outcome = TimeToEvent(np.array([5.0, 9.0]), np.array([True, True]))
    found = analyse(Cohort(outcome), Protocol(OutcomeColumns("os", "dead"))).result
    if predicted is None:
        return found
    model = CoxModel(events=9, dropped=0, terms={}, predicted=predicted)
    return found.model_copy(update={"models": {"full": model}})


def asked(strata: tuple[str, ...] = ()) -> Protocol:
    described: dict[str, dict[str, str | float]] = {"elder": {"age": 75, "sex": "male"}, "nobody": {}}
    return Protocol(
        OutcomeColumns("os", "dead", unit="months"),
        km=Curves(at=(1.0, 5.0, 7.0)),
        models={"full": ModelSpec(("age", "sex"), strata=strata, predict=described)},
    )


def made(protocol: Protocol, strata: Strata) -> tuple[Table, Figure]:
    table, figure = prediction_blocks(
        study({"elder": strata, "nobody": None}), protocol, {"age": "age, years", "centre": "hospital"}
    )
    assert isinstance(table, Table)
    assert isinstance(figure, Figure)
    return table, figure


def test_the_curve_holds_its_value_between_events_and_is_one_before_them() -> None:
    table, _ = made(asked(), {"all": CURVE})
    (_, row) = table.rows
    assert row[0] == Entry("   elder", "   age, years 75, sex male")
    assert row[1:] == ["5.0 (5.0–NR)", "100.0", "50.0 (30.0–70.0)", "50.0 (30.0–70.0)"]


def test_a_stratum_is_named_beside_the_patient() -> None:
    table, figure = made(asked(("centre",)), {"Rennes": CURVE, "Nantes": CURVE})
    labels = [row[0].text.strip() for row in table.rows[1:] if isinstance(row[0], Entry)]
    assert labels == ["elder, hospital Rennes", "elder, hospital Nantes"]
    (panel,) = figure.panels
    assert isinstance(panel, Panel)
    assert [layer.label.replace("\n", " ") for layer in panel.layers if isinstance(layer, Line)] == labels
    assert "nobody: covariates zero, reference levels" in figure.caption


@pytest.mark.parametrize("predicted", [None, {}, {"elder": None}])
def test_nothing_predicted_is_nothing_shown(predicted: dict[str, Strata | None] | None) -> None:
    assert list(prediction_blocks(study(predicted), asked(), {})) == []
