"""Lesion dose against lesion response: which word counts, statsmodels' logistic slope, and how few patients errors stand on."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from yttria.app.services.lesion_dose_response import lesion_dose_response
from yttria.delivery.response_criteria import CRITERIA
from yttria.values.lesion import LesionMeasurement, lesion_histories

START = date(2026, 1, 1)


def history_rows(
    patient: str, lesion: str, sizes: tuple[float | None, ...], dose: float | None
) -> list[LesionMeasurement]:
    """Return a lesion of these diameters, one a visit of three months."""
    return [
        LesionMeasurement(
            line=2, patient=patient, lesion=lesion, on=START + timedelta(days=91 * visit), kind="target",
            longest_mm=size, short_mm=size, viable_longest_mm=size, viable_short_mm=size, dose_gy=dose,
        )
        for visit, size in enumerate(sizes)
        if size is not None
    ]  # fmt: skip


def drawn(patients: int) -> list[LesionMeasurement]:
    """Return two lesions a patient that shrink to a third by a chance that rises with their dose."""
    draw = np.random.default_rng(3)
    rows: list[LesionMeasurement] = []
    for p in range(patients):
        for k in range(2):
            dose = float(80 + 20 * ((2 * p + k) % 12))
            shrinks = draw.random() < 1 / (1 + np.exp(-(dose - 190) / 60))
            rows += history_rows(f"p{p}", f"L{k}", (60.0, 20.0 if shrinks else 60.0), dose)
    return rows


def judged(rows: list[LesionMeasurement], months: float | None = 3) -> Any:
    return lesion_dose_response(lesion_histories(rows), CRITERIA["mrecist"], months=months, window_months=1)


def logistic(dose: Any, hit: Any) -> Any:
    """Return (a, b) of log-odds a + b dose by Newton's method."""
    x, beta = np.column_stack([np.ones(len(dose)), dose]), np.zeros(2)
    for _ in range(30):
        p = 1 / (1 + np.exp(-x @ beta))
        beta = beta + np.linalg.solve(x.T @ (x * (p * (1 - p))[:, None]), x.T @ (hit - p))
    return beta


def test_the_odds_of_response_are_those_of_a_logistic_regression_of_the_lesions() -> None:
    rows = drawn(30)
    found, findings = judged(rows)
    dose = np.array([row.dose_gy for row in rows[::2]], dtype=float)
    hit = np.array([row.longest_mm == 20.0 for row in rows[1::2]], dtype=float)
    a, b = logistic(dose, hit)
    assert (found.n, found.patients, found.responses, found.dropped) == (60, 30, int(hit.sum()), 0)
    assert found.judged == "at 3 months"
    assert found.odds_ratio_per_100_gy == pytest.approx(np.exp(100 * b), rel=1e-6)
    assert np.sqrt(found.low * found.high) == pytest.approx(np.exp(100 * b), rel=1e-6)
    assert found.low < found.odds_ratio_per_100_gy < found.high
    assert [n.share for n in found.needed] == [0.5, 0.8]
    assert found.needed[0].dose_gy == pytest.approx(-a / b, rel=1e-6)
    at = np.array(found.curve.dose_gy)
    assert (at[0], at[-1], len(at)) == (dose.min(), dose.max(), 60)
    assert found.curve.share == pytest.approx(1 / (1 + np.exp(-(a + b * at))), rel=1e-6)
    assert [f.code for f in findings if f.code == "clusters-few"] == []


@pytest.mark.parametrize(("patients", "level"), [(9, "warning"), (10, "note"), (19, "note"), (20, None)])
def test_errors_over_few_patients_are_told(patients: int, level: str | None) -> None:
    _, findings = judged(drawn(patients))
    told = [f for f in findings if f.code == "clusters-few"]
    assert [f.level for f in told] == ([] if level is None else [level])
    assert all(f"errors of dose and response stand on {patients} patients" in f.message for f in told)


def test_the_word_that_counts_is_that_of_the_visit_or_the_best_before_progression() -> None:
    """The lesion shrinks at three months and has grown beyond its start at six."""
    rows = history_rows("p", "L", (60.0, 20.0, 90.0), 200.0) + history_rows("q", "L", (60.0, 60.0, 60.0), 100.0)
    assert [judged(rows, months)[0].responses for months in (3, 6, None)] == [1, 0, 1]
    assert judged(rows, None)[0].judged == "best before progression"


def test_lesions_without_a_dose_or_a_visit_are_left_out_and_counted() -> None:
    rows = drawn(12) + history_rows("x", "L", (60.0, 20.0), None) + history_rows("y", "L", (60.0, None, 20.0), 200.0)
    found, _ = judged(rows)
    assert (found.n, found.dropped, found.patients) == (24, 2, 12)


def test_where_every_lesion_responds_there_is_no_curve_and_a_finding_says_so() -> None:
    rows = [row for p in range(12) for row in history_rows(f"p{p}", "L", (60.0, 20.0), 100.0 + p)]
    found, findings = judged(rows)
    assert (found.odds_ratio_per_100_gy, found.p, found.needed, found.curve, found.n) == (None, None, [], None, 12)
    assert [f.code for f in findings] == ["response-impossible"]


def test_without_a_lesion_of_a_dose_nothing_is_fitted_or_said() -> None:
    found, findings = judged(history_rows("x", "L", (60.0, 20.0), None))
    assert (found.n, found.dropped, found.curve, findings) == (0, 1, None, [])
