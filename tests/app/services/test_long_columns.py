"""app.services.long_columns: a record of many rows states a part of them, and the whole lies beside it."""

import json

import numpy as np
import pytest
from arro3.io import read_parquet

from yttria.app.services import long_columns
from yttria.app.services.analyse import run, study_of
from yttria.app.services.long_columns import without_long_columns
from yttria.contract.study import AnalyseRequest, StudyResult

ROWS = 60
PROTOCOL = """
[outcome]
time = "t"
event = "e"
unit = "months"
[arms]
column = "arm"
treated = "b"
control = "a"
[km]
by = ["arm"]
[models.x]
terms = ["x"]
residuals = true
"""


@pytest.fixture(scope="module")
def request_of_sixty(tmp_path_factory: pytest.TempPathFactory) -> AnalyseRequest:
    folder = tmp_path_factory.mktemp("long")
    rng = np.random.default_rng(1)
    time = rng.exponential(10, ROWS).round(3) + 0.001
    lines = (f"{t},{n % 3 > 0:d},{'a/b'[0 if n % 2 else 2]},{n % 7}" for n, t in enumerate(time))
    (folder / "cohort.csv").write_text("t,e,arm,x\n" + "\n".join(lines) + "\n")
    (folder / "protocol.toml").write_text(PROTOCOL)
    return AnalyseRequest(protocol=folder / "protocol.toml", cohort=folder / "cohort.csv", out=folder / "out")


@pytest.fixture(scope="module")
def whole(request_of_sixty: AnalyseRequest) -> StudyResult:
    return study_of(request_of_sixty.protocol, request_of_sixty.cohort).analysis.result


def rows_of(result: StudyResult, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(long_columns, "MOST_ROWS", 0)
    _, tables, _ = without_long_columns(result)
    return sum(tables.rows.values())


@pytest.mark.parametrize(("more", "thinned"), [(-1, True), (0, False), (1, False)])
def test_columns_are_thinned_only_above_the_most_rows(
    whole: StudyResult, monkeypatch: pytest.MonkeyPatch, more: int, thinned: bool
) -> None:
    monkeypatch.setattr(long_columns, "ROWS_IN_SUMMARY", 10)
    rows = rows_of(whole, monkeypatch)
    assert rows > 100
    monkeypatch.setattr(long_columns, "MOST_ROWS", rows + more)
    short, tables, notes = without_long_columns(whole)
    assert (short.long_columns is not None) == thinned == bool(tables.tables) == bool(notes)
    assert (short == whole) is not thinned


def test_a_table_of_as_many_rows_as_are_kept_stays_whole(whole: StudyResult, monkeypatch: pytest.MonkeyPatch) -> None:
    curve = whole.km["all"]["all"].curve
    for kept, stays in ((len(curve.time) - 1, False), (len(curve.time), True)):
        monkeypatch.setattr(long_columns, "ROWS_IN_SUMMARY", kept)
        monkeypatch.setattr(long_columns, "MOST_ROWS", 0)
        short, _, _ = without_long_columns(whole)
        assert (short.km["all"]["all"].curve == curve) is stays


def test_the_record_states_a_part_and_parquet_holds_every_row(
    request_of_sixty: AnalyseRequest, whole: StudyResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_columns, "ROWS_IN_SUMMARY", 10)
    monkeypatch.setattr(long_columns, "MOST_ROWS", 100)
    answer = run(request_of_sixty, report=False)
    out = request_of_sixty.out
    document = json.loads((out / "result.json").read_text())
    stated = document["result"]["km"]["all"]["all"]["curve"]
    curve = whole.km["all"]["all"].curve
    assert [len(column) for column in stated.values()] == [10] * 8
    assert (stated["time"][0], stated["time"][-1]) == (curve.time[0], curve.time[-1])
    at = [curve.time.index(t) for t in stated["time"]]
    assert stated["at_risk"] == [curve.at_risk[n] for n in at]
    assert stated["survival"] == pytest.approx([curve.survival[n] for n in at], rel=1e-14)

    assert document["result"]["long_columns"] == {"files": answer.result.model_dump()["long_columns"]["files"], "kept": 10}  # fmt: skip
    assert "columns-in-parquet" in {finding["code"] for finding in document["findings"]}
    assert out / "columns/" in answer.files
    table = read_parquet(str(out / "columns" / "curve.parquet")).read_all()
    place, time, low = (table[name].to_pylist() for name in ("at", "time", "low"))
    mine = [n for n, name in enumerate(place) if name == "/km/all/all/curve"]
    assert [time[n] for n in mine] == curve.time
    assert [low[n] for n in mine] == curve.low  # to the last bit; null where a limit does not exist
    assert document["result"]["long_columns"]["files"]["columns/curve.parquet"] == table.num_rows
    for pointer in set(place):
        part = document["result"]
        for key in str(pointer).split("/")[1:]:
            part = part[key.replace("~1", "/").replace("~0", "~")]
        assert len(part["time"]) == 10

    residuals = read_parquet(str(out / "columns" / "residuals.parquet")).read_all()
    assert residuals["row"].to_pylist() == list(range(1, ROWS + 1))
    by_event = read_parquet(str(out / "columns" / "residuals-schoenfeld.parquet")).read_all()
    assert by_event.num_rows == whole.events


def test_the_command_line_states_what_python_answers(
    request_of_sixty: AnalyseRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_columns, "ROWS_IN_SUMMARY", 10)
    monkeypatch.setattr(long_columns, "MOST_ROWS", 100)
    answer = run(request_of_sixty, report=True)
    document = json.loads((request_of_sixty.out / "result.json").read_text())
    assert set(document["result"]["long_columns"]["files"]) == set(answer.result.long_columns.files)  # type: ignore[union-attr]
    assert (request_of_sixty.out / "report.pdf").is_file()
    assert (request_of_sixty.out / "columns" / "curve.parquet").is_file()
