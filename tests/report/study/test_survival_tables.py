"""Survival as tables: what does not exist is said so."""

from dataclasses import replace

import numpy as np
import pytest
from tests.report.study.analysed_study import ASKED, paper, table

from yttria.contract.study import FollowUp, SurvivalRate
from yttria.report.study.document import study_document, tables_of
from yttria.report.study.number_format import p_value, rate
from yttria.report.study.statements import claims, followup_words
from yttria.report.study.study_paper import StudyPaper
from yttria.report.study.survival_tables import incidence_table, outcome_table
from yttria.values.protocol import Curves


def test_a_follow_up_that_does_not_exist_is_said_so() -> None:
    followup = FollowUp(median=None, low=None, high=None, min=1.0, max=9.0)
    assert "does not exist" in followup_words(followup, "days")


def test_quantiles_and_trends_that_are_asked_for_are_on_paper() -> None:
    asked = replace(ASKED, km=Curves(("arm", "pvt"), (12.0,), quantiles=(0.25,), trend=("pvt",)))
    made = paper(table(60), asked)
    quantiles = made.result.km["all"]["all"].quantiles
    assert quantiles
    found = quantiles[0]
    tables = {t.title.partition(". ")[2]: t for t in tables_of(study_document(made, version="1"))}
    quantile = next(t for title, t in tables.items() if title.startswith("When shares"))
    assert str(quantile.rows[0][1]).startswith(f"{found.time:.1f} (")
    trend = next(
        row for row in outcome_table(made.result, {}, unit="", interval_words="").rows if "trend" in str(row[0])
    )
    assert trend[-1] == p_value(made.result.trend["pvt"].p)
    assert any("log-rank test for trend" in said for said in claims(made.result, asked, {}))


def test_the_incidence_of_a_cause_stands_at_the_times_asked_for(whole: StudyPaper) -> None:
    shown = incidence_table(whole.result, {}, unit="months")
    record = whole.result.cif["all"]["all"]["liver"]
    place = int(np.searchsorted(record.time, 12.0, side="right")) - 1
    assert [column.heading for column in shown.columns[2:4]] == ["At 12 months", "At the end"]
    assert str(shown.rows[0][2]).startswith(f"{100 * record.estimate[place]:.1f} (")
    assert str(shown.rows[0][3]).startswith(f"{100 * record.estimate[-1]:.1f} (")


@pytest.mark.parametrize(
    ("at_risk", "survival", "limits", "shown"),
    [
        (3, 0.5, (0.2, 0.9), "50.0 (20.0–90.0)"),
        (0, 0.5, (0.2, 0.9), "—"),  # somebody was censored last
        (0, 0.0, (None, None), "0.0"),  # the last one died
        (3, 1.0, (1.0, 1.0), "100.0"),
    ],
)
def test_no_rate_is_printed_where_nobody_is_followed_and_no_limits_of_everybody(
    at_risk: int, survival: float, limits: tuple[float | None, float | None], shown: str
) -> None:
    found = SurvivalRate(time=12, at_risk=at_risk, survival=survival, std_err=None, low=limits[0], high=limits[1])
    assert rate(found) == shown
