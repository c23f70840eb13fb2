"""io.tables.parquet_table: what is written is read back, number for number."""

import math
from pathlib import Path

from arro3.core import DataType
from arro3.io import read_parquet

from yttria.io.tables.parquet_table import write_parquet


def test_every_number_comes_back_and_what_does_not_exist_is_null(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    write_parquet(
        path,
        {
            "/a": {"row": [1, 2], "x": [0.1, None], "only a": [math.inf, 1]},
            "/b": {"row": [3], "x": [2]},
        },
    )
    table = read_parquet(str(path)).read_all()
    assert table["at"].to_pylist() == ["/a", "/a", "/b"]
    assert table["row"].to_pylist() == [1, 2, 3]
    assert table["x"].to_pylist() == [0.1, None, 2.0]
    assert table["only a"].to_pylist() == [None, 1.0, None]
    assert (table["row"].type, table["x"].type) == (DataType.int64(), DataType.float64())


def test_the_same_tables_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_parquet(tmp_path / name, {"/a": {"x": [0.5] * 1000}})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
