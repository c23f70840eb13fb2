"""A study's columns of many rows: whole in Parquet files beside its record, thinned in the record."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from yttria.contract.base import Contract
from yttria.contract.study import LongColumns, StudyResult
from yttria.io.tables.parquet_table import Column, write_parquet
from yttria.values.errors import Finding

FOLDER = "columns"
MOST_ROWS = 250_000
"""Rows of curves and residuals that a JSON text holds in full: some fifty megabytes."""
ROWS_IN_SUMMARY = 1000
"""Rows of each table that stay in the record of a study with more."""


@dataclass(frozen=True, slots=True)
class LongTables:
    """Tables by file (without its ending) and by place in the record (a JSON pointer, RFC 6901): columns by heading."""

    tables: dict[str, dict[str, Mapping[str, Column]]] = field(default_factory=lambda: defaultdict(dict))

    @property
    def rows(self) -> dict[str, int]:
        """Return how many rows each file has."""
        return {name: sum(map(_length, tables.values())) for name, tables in self.tables.items()}

    def write(self, folder: Path) -> None:
        """Write one Parquet file a kind of table."""
        folder.mkdir()
        for name, tables in self.tables.items():
            write_parquet(folder / f"{name}.parquet", tables)


def without_long_columns(result: StudyResult) -> tuple[StudyResult, LongTables, tuple[Finding, ...]]:
    """Return a result as its record states it, the tables that the record holds in part, and a note where there are any.

    Where all columns together have more than 250,000 rows, of each table with more than 1000 rows 1000 stay, evenly spread, the first and
    the last among them; each is a row of the whole table, unchanged.
    """
    long_tables = LongTables()
    short = _thinned(result, "", "", long_tables)
    rows = long_tables.rows
    if sum(rows.values()) <= MOST_ROWS:
        return result, LongTables(), ()
    files = {f"{FOLDER}/{name}.parquet": many for name, many in rows.items()}
    about = LongColumns(files=files, kept=ROWS_IN_SUMMARY)
    message = (
        f"curves and residuals have {sum(rows.values())} rows: they are whole in {', '.join(files)}; result.json holds "
        f"{ROWS_IN_SUMMARY} rows of each"
    )
    note = Finding("note", "columns-in-parquet", message, {"rows": sum(rows.values()), "kept": ROWS_IN_SUMMARY})
    return short.model_copy(update={"long_columns": about}), long_tables, (note,)


def _thinned(value: Any, at: str, name: str, long_tables: LongTables) -> Any:
    """Return a part of a result whose long tables have few rows; the whole tables go to `long_tables`."""
    if isinstance(value, Contract):
        fields = {key: getattr(value, key) for key in type(value).model_fields}
        changed = {key: _thinned(part, f"{at}/{key}", key, long_tables) for key, part in fields.items()}
        changed |= _thinned_columns(fields, at, name, long_tables)
        return value.model_copy(update={k: v for k, v in changed.items() if v is not fields[k]})
    if isinstance(value, Mapping) and not any(_is_column(part) for part in value.values()):
        return {key: _thinned(part, f"{at}/{_escaped(key)}", name, long_tables) for key, part in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], Contract):
        return [_thinned(part, f"{at}/{number}", name, long_tables) for number, part in enumerate(value)]
    return value


def _thinned_columns(fields: Mapping[str, Any], at: str, name: str, long_tables: LongTables) -> dict[str, Any]:
    """Return the fields of a record that are long columns, or columns by covariate, with few rows.

    Columns of one length are one table; those of another length, as residuals by event beside residuals by row, one of their own.
    """
    columns = {key: {key: part} for key, part in fields.items() if _is_column(part)}
    columns |= {
        key: {f"{key}[{level}]": one for level, one in part.items()}
        for key, part in fields.items()
        if isinstance(part, Mapping) and part and all(map(_is_column, part.values()))
    }
    changed: dict[str, Any] = {}
    own = next((_length(part) for part in columns.values()), 0)
    for key, part in columns.items():
        rows = _length(part)
        if rows <= ROWS_IN_SUMMARY:
            continue
        file, place = (name, at) if rows == own else (f"{name}-{key}", f"{at}/{key}")
        table = long_tables.tables[file]
        table[place] = {**table.get(place, {}), **part}
        places = np.linspace(0, rows - 1, ROWS_IN_SUMMARY).round().astype(int).tolist()
        few = [[column[n] for n in places] for column in part.values()]
        changed[key] = few[0] if _is_column(fields[key]) else dict(zip(fields[key], few, strict=True))
    return changed


def _is_column(value: Any) -> bool:
    """Tell whether a value is a list of numbers."""
    return isinstance(value, list) and bool(value) and isinstance(value[0], int | float | None)


def _length(columns: Mapping[str, Sequence[Any]]) -> int:
    return len(next(iter(columns.values())))


def _escaped(key: str) -> str:
    """Return a key as a JSON pointer writes it."""
    return key.replace("~", "~0").replace("/", "~1")
