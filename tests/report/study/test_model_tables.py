"""Models as tables: what is infinite is marked, what differs from a plain model is said."""

from dataclasses import replace

import numpy as np
from tests.report.study.analysed_study import ASKED, number, paper, table, whole_model

from yttria.report.study.model_tables import models_table
from yttria.report.study.number_format import ratio
from yttria.values.document import Entry
from yttria.values.protocol import ModelSpec


def test_an_infinite_ratio_is_shown_with_its_penalty_and_marked() -> None:
    columns = table(40)
    columns["safe"] = number("safe", np.where(columns["dead"].codes == 0, 1.0, 0.0))
    made = paper(columns, replace(ASKED, models={"m": ModelSpec(("safe",))}))
    model = made.result.models["m"]
    assert model.firth is not None
    shown = models_table({"m": model}, {}, title="")
    assert model.terms["safe"].hr is None
    assert shown.rows[1][:2] == ["   safe †", ratio(model.firth.terms["safe"])]
    assert "Firth" in shown.notes[0]
    assert not models_table({"m": whole_model()}, {}, title="").notes


def test_a_model_says_how_it_differs_from_a_plain_one() -> None:
    spec = ModelSpec(("age",), ties="exact", strata=("pvt",), cluster="arm")
    made = paper(table(40), replace(ASKED, models={"m": spec}))
    (heading, *_) = models_table(made.result.models, {}, title="", specs={"m": spec}).rows
    assert isinstance(heading[0], Entry)
    assert heading[0].under.endswith("; exact ties; stratified by pvt; errors robust by arm")
