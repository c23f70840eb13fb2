"""`response` from Python: words of each visit, rates and the endpoint of both arms by hand, and what does not fit refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from yttria.app.services.response import WINDOW_MONTHS, run
from yttria.contract.response import ResponseRequest
from yttria.values.errors import YttriaError

HEAD = "patient,date,lesion,kind,longest_mm,short_mm,viable_longest_mm,viable_short_mm,arm,index\n"


def table(tmp_path: Path, *, on: str = "2026-04-06", head: str = HEAD) -> Path:
    """Write four patients an arm of one lesion of 80 mm: PDA shrink to 20, 30, 0 and stay; SDA to 30, stay, grow, have no visit."""
    rows = ""
    for arm, sizes in (("PDA", (20, 30, 0, 80)), ("SDA", (30, 80, 140, None))):
        for i, size in enumerate(sizes):
            rows += f"{arm}{i},2026-01-05,L,target,80,80,80,80,{arm},1\n"
            rows += "" if size is None else f"{arm}{i},{on},L,target,{size},{size},{size},{size},{arm},1\n"
    path = tmp_path / "lesions.csv"
    path.write_text(head + rows, encoding="utf-8")
    return path


def asked(path: Path, **more: Any) -> Any:
    return run(ResponseRequest.model_validate({"lesions": path, "criteria": ("mrecist",), **more}))


def test_every_word_and_change_is_that_of_the_diameters(tmp_path: Path) -> None:
    """mRECIST: all enhancement gone is CR, 30 % less PR, 20 % more PD."""
    found = asked(table(tmp_path)).result.patients
    words = {name: record["mrecist"].best for name, record in found.items()}
    assert words == {
        "PDA0": "PR", "PDA1": "PR", "PDA2": "CR", "PDA3": "SD", "SDA0": "PR", "SDA1": "SD", "SDA2": "PD", "SDA3": "NE",
    }  # fmt: skip
    (visit,) = found["PDA0"]["mrecist"].visits
    assert (visit.date, visit.sum, visit.change_from_baseline_percent) == ("2026-04-06", 20.0, -75.0)
    assert found["SDA2"]["mrecist"].progressed_on == "2026-04-06"
    assert found["SDA2"]["mrecist"].visits[0].change_from_nadir_percent == 75.0


def test_best_rates_count_every_patient_with_wilsons_limits(tmp_path: Path) -> None:
    found = asked(table(tmp_path)).result.rates["mrecist"]
    assert (found.n, found.CR, found.PR, found.SD, found.PD, found.NE) == (8, 1, 3, 2, 1, 1)
    interval = stats.binomtest(4, 8).proportion_ci(0.95, method="wilson")
    assert (found.objective_fraction, found.low, found.high) == pytest.approx((0.5, interval.low, interval.high))


def test_the_endpoint_compares_the_arms_by_scipys_p(tmp_path: Path) -> None:
    found = asked(table(tmp_path), at_months=3, treated="PDA").result.at["mrecist"].index
    arms = found.arms
    assert [(arms[a].responders, arms[a].evaluable, arms[a].n) for a in ("PDA", "SDA")] == [(3, 4, 4), (1, 3, 4)]
    compared = found.comparison
    assert (compared.treated, compared.control) == ("PDA", "SDA")
    cells = np.array([[3, 1], [1, 3]])
    assert compared.risk_difference == pytest.approx(0.5)
    assert compared.p_fisher == pytest.approx(stats.fisher_exact(cells).pvalue)
    assert compared.p_chi2 == pytest.approx(stats.chi2_contingency(cells, correction=False).pvalue)
    assert compared.odds_ratio == pytest.approx(stats.contingency.odds_ratio(cells).statistic, rel=1e-5)


@pytest.mark.parametrize(("on", "seen"), [("2026-05-06", True), ("2026-05-07", True), ("2026-05-08", False)])
def test_a_visit_within_a_month_of_the_endpoint_counts(on: str, seen: bool, tmp_path: Path) -> None:
    """Three months and one are 121.75 days: 5 January and 121 days is 6 May, 122 days 7 May."""
    assert WINDOW_MONTHS == 1.0
    found = asked(table(tmp_path, on=on), at_months=3).result.at["mrecist"].patients["PDA0"]
    assert (found.overall == "PR") is (seen and on == "2026-05-06")
    assert (
        asked(table(tmp_path, on=on), at_months=3, window_months=2).result.at["mrecist"].patients["PDA0"].overall
        == "PR"
    )


def test_a_criterion_without_its_sizes_is_left_out_and_told(tmp_path: Path) -> None:
    path = tmp_path / "lesions.csv"
    path.write_text(
        "patient,date,lesion,kind,longest_mm\np,2026-01-05,L,target,80\np,2026-04-06,L,target,20\n", encoding="utf-8"
    )
    answer = asked(path, criteria=("recist11", "mrecist"))
    assert list(answer.result.rates) == ["recist11"]
    assert "criterion-absent" in [f.code for f in answer.findings]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"window_months": 1.0}, "--window-months belongs to --at-months, but that was not given"),
        (
            {"at_months": 3, "treated": "TACE"},
            "--treated must be an arm of the table, but is 'TACE' and the arms are PDA, SDA",
        ),
    ],
)
def test_what_does_not_fit_is_refused(more: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(YttriaError, match=words):
        asked(table(tmp_path), **more)
