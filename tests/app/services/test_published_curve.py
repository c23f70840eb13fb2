"""A published curve from its files: clicks with or without headings, numbers at risk in a column or along a row, thousands parted."""

from pathlib import Path
from typing import Any

import pytest

from yttria.app.services.published_curve import CurveSource, column_of, curve_sheet, published_from, rebuilt_from
from yttria.values.errors import IntakeError

CLICKS = "time,survival\n0,1\n5,0.75\n10,0.5\n20,0.25\n"


def source(
    tmp_path: Path,
    clicks: str = CLICKS,
    risk: str | None = "time,n\n0,40\n10,20\n",
    times: str | None = None,
    n: int | None = None,
    events: int | None = None,
) -> CurveSource:
    paths: dict[str, Path | None] = {}
    for name, text in (("curve", clicks), ("risk", risk), ("times", times)):
        paths[name] = None if text is None else tmp_path / f"{name}.csv"
        if text is not None:
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    assert paths["curve"] is not None
    return CurveSource(paths["curve"], paths["risk"], paths["times"], n, events)


def table(made: CurveSource) -> tuple[list[float], list[int]]:
    published, _ = published_from(made)
    return list(published.at_risk.time), list(published.at_risk.number)


@pytest.mark.parametrize(
    "risk",
    [
        "time,n\n0,1200\n10,600\n",
        "Time (months),Number at risk\n0,1200\n10,600\n",
        'time,n\n0,"1,200"\n10,600\n',
        "time;nrisk\n0;1200\n10;600\n",
        "0,10\n1200,600\n",
        'Months,0,10\nAll,"1,200",600\n',
    ],
)
def test_numbers_at_risk_are_read_however_people_write_them(risk: str, tmp_path: Path) -> None:
    assert table(source(tmp_path, risk=risk)) == ([0, 10], [1200, 600])


def test_times_may_stand_in_a_file_of_their_own_and_one_too_many_is_told(tmp_path: Path) -> None:
    made = source(tmp_path, risk="n\n40\n20\n", times="time\n0\n10\n20\n")
    assert table(made) == ([0, 10], [40, 20])
    assert [f.message for f in published_from(made)[1] if f.code == "at-risk-times-unused"] == [
        "1 times of risk.csv have no number at risk and were left out"
    ]
    with pytest.raises(
        IntakeError, match=r"risk\.csv must have no more rows than times\.csv has times, but has 2 for 1"
    ):
        table(source(tmp_path, risk="n\n40\n20\n", times="time\n0\n"))


def test_times_of_a_file_of_their_own_are_its_first_column(tmp_path: Path) -> None:
    assert table(source(tmp_path, risk="40\n20\n", times="0,7\n10,9\n")) == ([0, 10], [40, 20])


def test_rows_without_a_number_are_left_out_and_told(tmp_path: Path) -> None:
    made = source(tmp_path, risk="time,n\n0,40\n5,NA\n10,20\n15,-\n")
    assert table(made) == ([0, 10], [40, 20])
    assert "2 times of risk.csv" in next(f.message for f in published_from(made)[1])


def test_without_numbers_at_risk_the_patients_must_be_known_and_that_is_told(tmp_path: Path) -> None:
    made = source(tmp_path, risk=None, n=40)
    assert table(made) == ([0.0], [40])
    assert "no-numbers-at-risk" in [f.code for f in published_from(made)[1]]
    with pytest.raises(
        IntakeError, match=r"numbers at risk are needed \(--at-risk\), or at least the number of patients"
    ):
        table(source(tmp_path, risk=None))


def test_patients_that_contradict_the_number_at_risk_are_refused(tmp_path: Path) -> None:
    assert table(source(tmp_path, n=40)) == ([0, 10], [40, 20])
    with pytest.raises(
        IntakeError, match=r"--n must be the number at risk at time 0, but is 41 where risk\.csv says 40"
    ):
        table(source(tmp_path, n=41))


def test_a_curve_is_rebuilt_with_its_patients_its_steps_and_its_events(tmp_path: Path) -> None:
    """40 patients with numbers at risk that fall with the curve alone: 40 S dies at each step, nobody is censored before 10."""
    made, _ = rebuilt_from(source(tmp_path, risk="time,n\n0,40\n10,30\n20,20\n"), "months")
    outcome = made.outcome
    assert (len(outcome), outcome.unit) == (40, "months")
    died = {t: int(((outcome.time == t) & outcome.observed).sum()) for t in (5.0, 10.0)}
    assert died == {5.0: 10, 10.0: 10}


@pytest.mark.parametrize(
    ("risk", "words"),
    [
        ("Months,0,10,20\nA,40,20,10\nB,40,30,20\n", "2 rows of numbers beneath it: keep the row of this curve alone"),
        ("a,b,c\nx,1,2\ny,3,4\n", r"risk\.csv must have a column nrisk or .*, but has a, b, c"),
    ],
)
def test_a_table_that_does_not_say_which_row_is_whose_is_refused(risk: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match=words):
        table(source(tmp_path, risk=risk))


def test_a_column_is_found_by_name_before_place_and_units_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("S,Time [months]\n0.5,7\n", encoding="utf-8")
    sheet: Any = curve_sheet(path)
    assert column_of(sheet, ("time",), 0) == ["7"]
    assert column_of(sheet, ("survival",), 1) == ["7"]
    assert column_of(sheet, ("survival", "s"), 1) == ["0.5"]
