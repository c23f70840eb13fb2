"""Tables for other programs."""

import csv
from pathlib import Path

from yttria.io.tables.table_export import latex_of, texts_of, write_csv
from yttria.values.document import Column, Entry, Estimate, Table

TABLE = Table(
    "P & Q at 5 %",
    [Column("Arm"), Column("HR", "decimal", 2)],
    [["PDA_1", Estimate(0.5, 0.3, 0.9, "", "Cox")], [Entry("SDA", "n 28"), None]],
    notes=("χ² < 3",),
    ruled=frozenset({1}),
)


def test_a_table_says_in_texts_what_the_page_says() -> None:
    assert texts_of(TABLE) == [["Arm", "HR"], ["PDA_1", "0.50 (0.30–0.90)"], ["SDA [n 28]", "—"]]


def test_latex_spells_what_it_would_take_for_a_command() -> None:
    text = latex_of(TABLE)
    assert r"\caption{P \& Q at 5 \%}" in text
    assert r"PDA\_1 & 0.50 (0.30--0.90) \\" in text
    assert r"$\chi$$^2$ \textless{} 3" in text
    assert text.count(r"\addlinespace") == 1


def test_a_csv_is_read_back_as_it_was(tmp_path: Path) -> None:
    write_csv(TABLE, tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == texts_of(TABLE)


def test_the_label_of_a_study_is_the_first_line_of_its_table(tmp_path: Path) -> None:
    write_csv(TABLE, tmp_path / "t.csv", label="simulated, not patient data")
    assert (tmp_path / "t.csv").read_text(encoding="utf-8-sig").splitlines()[0] == "# simulated, not patient data"
