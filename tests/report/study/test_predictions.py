"""What models foretell on paper: each described patient, in each stratum, with survival at the times asked for."""

import numpy as np
import pytest

from yttria.report.study.predictions import prediction_blocks
from yttria.values.document import Entry, Figure, Line, Panel, Table
from yttria.values.protocol import Curves, ModelSpec, OutcomeColumns, Protocol

CURVE = {
    "time": np.array([2.0, 5.0, 9.0]),
    "survival": np.array([0.9, 0.5, 0.2]),
    "low": np.array([0.8, 0.3, 0.1]),
    "high": np.array([1.0, 0.7, 0.6]),
}


def asked(strata: tuple[str, ...] = ()) -> Protocol:
    described: dict[str, dict[str, str | float]] = {"elder": {"age": 75, "sex": "male"}, "nobody": {}}
    return Protocol(
        OutcomeColumns("os", "dead", unit="months"),
        km=Curves(at=(1.0, 5.0, 7.0)),
        models={"full": ModelSpec(("age", "sex"), strata=strata, predict=described)},
    )


def made(protocol: Protocol, strata: dict[str, object]) -> tuple[Table, Figure]:
    result = {"models": {"full": {"predicted": {"elder": strata, "nobody": None}}}}
    table, figure = prediction_blocks(result, protocol, {"age": "age, years", "centre": "hospital"})
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


@pytest.mark.parametrize("models", [{}, {"full": {}}, {"full": {"predicted": {"elder": None}}}])
def test_nothing_predicted_is_nothing_shown(models: dict[str, object]) -> None:
    assert list(prediction_blocks({"models": models}, asked(), {})) == []
