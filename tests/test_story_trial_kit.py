"""A trial run from its kit: tables filled, checked, joined and analysed as they are; every rule of the dictionary at its edge."""

import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.planning.class_derivation import derived_classes

Row = dict[str, Any]
Tables = dict[str, list[Row]]
FACTS: Row = {
    "visit": "baseline", "date": "2025-01-10", "age_years": 63, "sex": "male", "ecog": 0, "bilirubin_mg_dl": 0.9, "albumin_g_dl": 3.6,
    "inr": 1.1, "ascites": "none", "encephalopathy": "none", "nodules": 1, "largest_cm": 8, "vascular_invasion": 0, "extrahepatic": 0, "pvt": 0,
}  # fmt: skip
SIZES: Row = {"lesion": "L1", "kind": "target", "index": 1, "longest_mm": 80, "short_mm": 60, "viable_short_mm": 60}


def ran(*words: object) -> dict[str, Any]:
    done = CliRunner().invoke(app, [*map(str, words), "--json"])
    assert done.exit_code == 0, done.stderr
    return dict(json.loads(done.stdout))


def patients(number: int = 8) -> Tables:
    tables: Tables = {"baseline": [], "dosimetry": [], "lesions": [], "follow_up": [], "adverse_events": []}
    for k in range(number):
        name = f"P{k}"
        tables["baseline"].append({"patient": name, "arm": "PDA" if k % 2 else "SDA", **FACTS})
        tables["dosimetry"].append(
            {
                "patient": name,
                "visit": "treatment",
                "date": "2025-01-24",
                "product": "glass",
                "activity_gbq": 3,
                "td_gy": 180 + 20 * k,
            }
        )
        for visit, day, size in (("baseline", "2025-01-10", 80), ("month 3", "2025-04-11", 30 if k % 2 else 75)):
            tables["lesions"].append({"patient": name, "visit": visit, "date": day, **SIZES, "viable_longest_mm": size})
        tables["follow_up"].append(
            {"patient": name, "visit": "month 3", "date": "2025-04-11", "dead": 0, "progression": int(k == 2)}
        )
        if k > 4:
            tables["follow_up"].append(
                {"patient": name, "visit": "month 6", "date": "2025-07-11", "dead": 1, "progression": 0}
            )
    tables["adverse_events"].append(
        {"patient": "P1", "term": "Fatigue", "grade": 3, "serious": 0, "related": 1, "day": 3}
    )
    return tables


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    ran("trial", "kit", tmp_path / "kit")
    return tmp_path / "kit"


def fill(folder: Path, tables: Tables) -> None:
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open(encoding="utf-8") as file:
            heading = next(csv.reader(file))
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, heading)
            writer.writeheader()
            writer.writerows(rows)


def check(folder: Path, at: str = "2025-04-12", *more: object) -> dict[str, Any]:
    return dict(ran("trial", "check", folder, "--at", at, *more)["result"])


def cohort(folder: Path) -> list[dict[str, str]]:
    with (folder / "cohort.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_kit_without_rows_has_nothing_missing_and_no_cohort(kit: Path) -> None:
    found = check(kit)
    assert (found["missing"], found["late"], found["refused"], found["patients"]) == ([], [], [], 0)
    assert not (kit / "cohort.csv").exists()


def test_a_folder_that_holds_something_is_refused(kit: Path) -> None:
    done = CliRunner().invoke(app, ["trial", "kit", str(kit)])
    assert done.exit_code == 1
    assert "new or empty folder" in done.stderr


def test_every_column_is_in_the_dictionary_and_in_both_forms_of_its_table(kit: Path) -> None:
    with (kit / "dictionary.csv").open(encoding="utf-8") as file:
        rules = list(csv.DictReader(file))
    for table in ("baseline", "dosimetry", "lesions", "follow_up", "adverse_events"):
        with (kit / f"{table}.csv").open(encoding="utf-8") as file:
            heading = next(csv.reader(file))
        sheet = load_workbook(kit / f"{table}.xlsx").worksheets[0]
        assert heading == [rule["column"] for rule in rules if rule["table"] == table] == [c.value for c in sheet[1]]
        assert all(rule["meaning"] for rule in rules)
    assert 'patient = "patient"' in (kit / "MAP.toml").read_text(encoding="utf-8")


def test_a_filled_kit_is_analysed_as_it_is(kit: Path, tmp_path: Path) -> None:
    fill(kit, patients())
    found = check(kit)
    assert (found["missing"], found["late"], found["refused"], found["patients"]) == ([], [], [], 8)
    assert found["arms"] == {"PDA": 4, "SDA": 4}
    rows = cohort(kit)
    assert [(r["os_months"], r["os_event"]) for r in rows[4:6]] == [("2.9897", "0"), ("5.9795", "1")]
    assert (rows[2]["pfs_months"], rows[2]["pfs_event"]) == ("2.9897", "1")
    assert [r["easl_index_3m"] for r in rows[:2]] == ["SD", "PR"]
    study = ran("analyse", kit / "protocol.toml", kit / "cohort.csv", "--out", tmp_path / "study")["result"]
    assert (study["n"], study["events"]) == (8, 3)
    assert study["responses"]["easl_index"]["comparison"]["treated"] == "PDA"
    assert study["responses"]["easl_index"]["arms"]["PDA"]["responders"] == 4
    assert study["adverse_events"]["terms"][0]["arms"]["PDA"]["grade3"] == 1


def test_the_workbook_is_read_where_the_csv_has_no_rows(kit: Path) -> None:
    tables = patients(2)
    fill(kit, {name: rows for name, rows in tables.items() if name != "dosimetry"})
    book = load_workbook(kit / "dosimetry.xlsx")
    sheet = book.worksheets[0]
    heading = [cell.value for cell in sheet[1]]
    for row in tables["dosimetry"]:
        sheet.append([row.get(str(name)) for name in heading])
    book.save(kit / "dosimetry.xlsx")
    check(kit)
    assert [row["td_gy"] for row in cohort(kit)] == ["180", "200"]


@pytest.mark.parametrize(("at", "missing"), [("2025-05-02", []), ("2025-05-03", [("P0", "month 3", "follow_up")])])
def test_a_visit_is_missing_from_the_day_after_its_window(
    kit: Path, at: str, missing: list[tuple[str, str, str]]
) -> None:
    tables = patients(1)
    tables["follow_up"] = []
    fill(kit, tables)
    assert [tuple(m.values()) for m in check(kit, at)["missing"]] == missing  # 2025-01-10 and 112 days is 2025-05-02


def test_nothing_is_missing_after_death(kit: Path) -> None:
    tables = patients(1)
    tables["follow_up"][0] |= {"dead": 1}
    fill(kit, tables)
    assert check(kit, "2027-12-31")["missing"] == []


@pytest.mark.parametrize(("day", "days"), [("2025-03-21", 0), ("2025-03-20", -1), ("2025-05-02", 0), ("2025-05-03", 1)])
def test_a_visit_is_late_outside_its_window_and_early_before_it(kit: Path, day: str, days: int) -> None:
    tables = patients(1)
    tables["follow_up"][0] |= {"date": day}
    fill(kit, tables)
    late = check(kit, "2025-04-12")["late"]
    assert [v["days"] for v in late] == ([days] if days else [])


@pytest.mark.parametrize(
    ("table", "cells", "why"),
    [
        ("baseline", {"inr": "34"}, "inr must be 0.5 to 20"),
        ("baseline", {"ecog": "1.5"}, "whole number"),
        ("baseline", {"ascites": "some"}, "one of none, slight, moderate"),
        ("baseline", {"date": "10.01.2025"}, "a day as"),
        ("baseline", {"pvt": "yes"}, "1 or 0"),
        ("baseline", {"visit": "month 3"}, "is none that fills baseline"),
        ("dosimetry", {"td_gy": "much"}, "must be a number"),
        ("follow_up", {"patient": "stranger"}, "not in baseline"),
        ("adverse_events", {"grade": "6"}, "grade must be 1 to 5"),
        ("adverse_events", {"grade": "0"}, "grade must be 1 to 5"),
    ],
)
def test_a_cell_that_cannot_be_refuses_its_row_by_line(kit: Path, table: str, cells: Row, why: str) -> None:
    tables = patients(3)
    tables[table].append(tables[table][0] | ({"patient": "P9"} if table == "baseline" else {}) | cells)
    fill(kit, tables)
    found = check(kit)
    (refused,) = found["refused"]
    assert (refused["table"], refused["row"]) == (table, len(tables[table]) + 1)
    assert why in refused["why"]
    assert found["patients"] == 3


def test_an_empty_required_cell_is_missing_and_its_row_stays(kit: Path) -> None:
    tables = patients(2)
    tables["baseline"][1]["albumin_g_dl"] = ""
    tables["baseline"].append(tables["baseline"][0])
    fill(kit, tables)
    found = check(kit)
    assert [tuple(m.values()) for m in found["missing"]] == [("P1", "baseline", "albumin_g_dl")]
    assert "stands in line 2 too" in found["refused"][0]["why"]
    assert found["patients"] == 2


def test_classes_that_follow_are_filled_and_named_and_those_that_contradict_stay_with_a_warning(kit: Path) -> None:
    tables = patients(2)
    tables["baseline"][1] |= {"child_pugh_class": "B", "largest_cm": ""}
    fill(kit, tables)
    document = ran("trial", "check", kit, "--at", "2025-04-12")
    first, second = cohort(kit)
    assert (first["child_pugh_points"], first["child_pugh_class"], first["albi_grade"], first["bclc"]) == (
        "5",
        "A",
        "2",
        "A",
    )
    assert first["derived"] == "child_pugh_points|child_pugh_class|albi_score|albi_grade|bclc"
    assert (second["child_pugh_class"], second["bclc"]) == ("B", "")
    assert "child_pugh_class" not in second["derived"].split("|")
    assert [f["code"] for f in document["findings"]] == ["class-contradicts"]


def test_points_that_are_known_without_a_class_are_not_overruled() -> None:
    facts = {"bilirubin_mg_dl": "2.5", "albumin_g_dl": "3.0", "inr": "1.1", "ascites": "none", "encephalopathy": "none"}
    found = derived_classes(facts | {"albi_score": "-1.5"}, patient="P")
    assert (found.values["child_pugh_points"], found.values["child_pugh_class"]) == ("7", "B")
    assert [f.code for f in found.findings] == []  # 0.66 log10(42.75) - 2.55 is -1.474
    assert "albi_score" not in found.values
    assert [f.code for f in derived_classes(facts | {"albi_score": "-1.6"}).findings] == ["class-contradicts"]
    assert derived_classes(facts | {"albumin_g_dl": "30"}).findings[0].code == "class-underivable"


def test_a_committee_sees_arms_as_letters_and_not_what_was_given(kit: Path, tmp_path: Path) -> None:
    fill(kit, patients(6))
    first = check(kit, "2025-04-12", "--blind", tmp_path / "blind.csv")
    assert "arms" not in first
    with (tmp_path / "blind.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["arm"] for row in rows} == {"A", "B"}
    assert "td_gy" not in rows[0]
    assert "activity_gbq" not in rows[0]
    letters = {(own["arm"], row["arm"]) for own, row in zip(cohort(kit), rows, strict=True)}
    assert len(letters) == 2
    check(kit, "2025-04-12", "--blind", tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_text() == (tmp_path / "blind.csv").read_text()
    assert (kit / ".blind-key").stat().st_mode & 0o077 == 0


def test_two_index_lesions_refuse_the_lesions_of_a_patient_alone(kit: Path) -> None:
    tables = patients(2)
    tables["lesions"].append(tables["lesions"][0] | {"lesion": "L2"})
    fill(kit, tables)
    found = check(kit)
    assert "one index lesion" in found["refused"][0]["why"]
    assert [row["easl_3m"] for row in cohort(kit)] == ["", "PR"]


@pytest.mark.parametrize("name", ["baseline.csv", "dictionary.csv", "visits.csv", "protocol.toml", "lesions.xlsx"])
def test_a_blind_cohort_is_never_written_over_a_file_of_the_kit(kit: Path, name: str) -> None:
    fill(kit, patients())
    before = (kit / name).read_bytes()
    words = ["trial", "check", str(kit), "--at", "2025-04-12", "--blind", str(kit / name)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 1, done.output
    assert "must not be an input" in done.stderr
    assert (kit / name).read_bytes() == before


@pytest.mark.parametrize("inside", [True, False])
def test_a_blind_cohort_is_written_over_another_file_only_where_that_is_said(
    kit: Path, tmp_path: Path, inside: bool
) -> None:
    fill(kit, patients())
    place = (kit if inside else tmp_path) / "notes.csv"
    place.write_text("mine", encoding="utf-8")
    words = ["trial", "check", str(kit), "--at", "2025-04-12", "--blind", str(place)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 1, done.output
    assert "notes.csv is there already, and Yttria did not write it" in done.stderr
    assert place.read_text(encoding="utf-8") == "mine"
    assert CliRunner().invoke(app, [*words, "--replace"]).exit_code == 0
    assert place.read_text(encoding="utf-8").startswith("patient,arm")


def test_a_pipe_in_the_place_of_the_blind_key_is_not_opened(kit: Path, tmp_path: Path) -> None:
    fill(kit, patients())
    os.mkfifo(kit / ".blind-key")
    words = ["trial", "check", str(kit), "--at", "2025-04-12", "--blind", str(tmp_path / "blind.csv")]
    done = CliRunner().invoke(app, words)
    assert (done.exit_code, ".blind-key must be a regular file" in done.stderr) == (1, True)
    assert not (tmp_path / "blind.csv").exists()


@pytest.mark.parametrize("name", ["cohort.csv", "cohort_adverse_events.csv"])
def test_a_cohort_that_somebody_else_wrote_is_kept_and_so_is_the_other_file(kit: Path, name: str) -> None:
    fill(kit, patients())
    (kit / name).write_text("mine", encoding="utf-8")
    done = CliRunner().invoke(app, ["trial", "check", str(kit), "--at", "2025-04-12"])
    assert done.exit_code == 1, done.output
    assert f"kit/{name} is there already, and Yttria did not write it" in done.stderr
    assert {p.name for p in kit.glob("cohort*")} == {name}
    assert (kit / name).read_text(encoding="utf-8") == "mine"
    check(kit, "2025-04-12", "--replace")
    assert len(cohort(kit)) == 8


def test_a_cohort_of_yesterday_is_written_anew_but_not_one_that_was_changed_by_hand(kit: Path) -> None:
    fill(kit, patients(2))
    check(kit)
    fill(kit, patients(3))
    check(kit)
    assert len(cohort(kit)) == 3
    (kit / "cohort.csv").write_text("by hand", encoding="utf-8")
    done = CliRunner().invoke(app, ["trial", "check", str(kit), "--at", "2025-04-12"])
    assert (done.exit_code, "changed since" in done.stderr) == (1, True)


def test_a_blind_cohort_that_is_refused_leaves_no_cohort_either(kit: Path, tmp_path: Path) -> None:
    fill(kit, patients())
    (tmp_path / "blind.csv").write_text("mine", encoding="utf-8")
    words = ["trial", "check", str(kit), "--at", "2025-04-12", "--blind", str(tmp_path / "blind.csv")]
    assert CliRunner().invoke(app, words).exit_code == 1
    assert not list(kit.glob("cohort*"))
    (tmp_path / "blind.csv").unlink()
    (kit / "cohort.csv").write_text("mine", encoding="utf-8")
    assert CliRunner().invoke(app, words).exit_code == 1
    assert not (tmp_path / "blind.csv").exists()


@pytest.mark.parametrize("name", ["cohort.csv", "cohort_adverse_events.csv"])
def test_a_blind_cohort_takes_no_place_of_the_cohort_that_tells_the_arms(kit: Path, name: str) -> None:
    fill(kit, patients())
    done = CliRunner().invoke(
        app, ["trial", "check", str(kit), "--at", "2025-04-12", "--blind", str(kit / ".." / "kit" / name), "--replace"]
    )
    assert (done.exit_code, "--blind must be another file" in done.stderr) == (1, True)
    assert not (kit / name).exists()


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("visits.csv", "14,0", "14,", "must hold a whole number of days, but holds ''"),
        ("visits.csv", "14,0", "14,1e400", "must hold a whole number of days, but holds '1e400'"),
        ("visits.csv", "14,0", "14,-28.5", "must hold a whole number of days, but holds '-28.5'"),
        ("dictionary.csv", "baseline,", "../../outside,", "table must be one of baseline"),
        ("dictionary.csv", ",18,", ",nan,", "must hold a number, but holds 'nan'"),
    ],
)
def test_a_cell_of_the_kit_that_cannot_be_is_told_by_its_line(
    kit: Path, file: str, old: str, new: str, words: str
) -> None:
    text = (kit / file).read_text(encoding="utf-8")
    assert old in text
    (kit / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    done = CliRunner().invoke(app, ["trial", "check", str(kit)])
    assert done.exit_code == 1, done.output
    assert f"{file} line " in done.stderr
    assert words in done.stderr


@pytest.mark.parametrize("name", ["lesions.csv", "lesions.xlsx"])
@pytest.mark.parametrize("kind", ["a link to nothing", "a pipe"])
def test_a_table_of_the_kit_that_is_no_file_is_refused_and_not_taken_for_an_empty_one(
    kit: Path, name: str, kind: str
) -> None:
    fill(kit, {name: rows for name, rows in patients().items() if name != "lesions"})
    (kit / name).unlink()
    if kind == "a pipe":
        os.mkfifo(kit / name)
    else:
        (kit / name).symlink_to("nowhere")
    done = CliRunner().invoke(app, ["trial", "check", str(kit), "--at", "2025-04-12"])
    assert done.exit_code == 1, done.output
    assert f"expected a table at {name}, but that is {kind}" in done.stderr
    assert not (kit / "cohort.csv").exists()
