"""`trial kit` and `trial check` from Python: months and responses of the cohort by hand, the blind arms, and what cannot be."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.test_story_trial_kit import cohort, fill, patients

from yttria.app.services.trial_kit import DAYS_PER_MONTH, ENDPOINT_MONTHS, WINDOW_MONTHS, run_check, run_kit
from yttria.contract.trial_kit import CheckRequest, KitRequest
from yttria.values.errors import IntakeError


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    run_kit(KitRequest(out=tmp_path / "kit"))
    return tmp_path / "kit"


def checked(kit: Path, **more: Any) -> Any:
    return run_check(CheckRequest.model_validate({"kit": kit, "at": date(2025, 4, 12), **more}))


def test_a_kit_names_every_file_that_it_writes(tmp_path: Path) -> None:
    answer = run_kit(KitRequest(out=tmp_path / "new"))
    assert sorted(p.name for p in answer.files) == sorted(answer.result.files)
    assert all(p.is_file() for p in answer.files)
    with pytest.raises(IntakeError, match=r"a kit needs a new or empty folder, but .* holds something"):
        run_kit(KitRequest(out=tmp_path / "new"))


def test_months_are_counted_from_the_baseline_to_death_progression_or_the_last_day(kit: Path) -> None:
    """From 10 January: 11 April is 91 days, 11 July 182; a month has 30.4375."""
    assert (DAYS_PER_MONTH, ENDPOINT_MONTHS, WINDOW_MONTHS) == (30.4375, 3.0, 1.0)
    fill(kit, patients())
    answer = checked(kit)
    assert (answer.result.patients, answer.result.arms) == (8, {"PDA": 4, "SDA": 4})
    rows = cohort(kit)
    alive, progressed, dead = rows[0], rows[2], rows[5]
    assert (alive["os_months"], alive["os_event"], alive["pfs_event"]) == (f"{91 / 30.4375:.4f}", "0", "0")
    assert (progressed["pfs_months"], progressed["pfs_event"], progressed["os_event"]) == (
        f"{91 / 30.4375:.4f}",
        "1",
        "0",
    )
    assert (dead["os_months"], dead["os_event"], dead["pfs_months"], dead["pfs_event"]) == (
        f"{182 / 30.4375:.4f}",
        "1",
        f"{182 / 30.4375:.4f}",
        "1",
    )


@pytest.mark.parametrize(
    ("day", "word"), [("2025-03-11", "NE"), ("2025-03-12", "PR"), ("2025-05-11", "PR"), ("2025-05-12", "NE")]
)
def test_a_visit_within_a_month_of_three_counts(day: str, word: str, kit: Path) -> None:
    """60.875 to 121.75 days after 10 January: 12 March is 61, 11 May 121."""
    tables = patients(2)
    for row in tables["lesions"]:
        if row["visit"] == "month 3":
            row["date"] = day
    fill(kit, tables)
    checked(kit)
    assert cohort(kit)[1]["easl_index_3m"] == word


def test_the_blind_cohort_tells_neither_arms_nor_what_was_given(kit: Path, tmp_path: Path) -> None:
    fill(kit, patients())
    answer = checked(kit, blind=tmp_path / "blind.csv")
    assert answer.result.arms is None
    heading, *rows = (tmp_path / "blind.csv").read_text(encoding="utf-8-sig").splitlines()
    columns = heading.split(",")
    assert not {"activity_gbq", "td_gy", "product"} & set(columns)
    assert {row.split(",")[columns.index("arm")] for row in rows} == {"A", "B"}
    assert (kit / ".blind-key").stat().st_mode & 0o077 == 0
    first = (tmp_path / "blind.csv").read_bytes()
    checked(kit, blind=tmp_path / "blind.csv", replace=True)
    assert (tmp_path / "blind.csv").read_bytes() == first  # the letters stay


def test_the_blind_cohort_may_not_take_the_place_of_the_open_one(kit: Path) -> None:
    fill(kit, patients())
    with pytest.raises(IntakeError, match=r"--blind must be another file than cohort\.csv of the kit"):
        checked(kit, blind=kit / "cohort.csv")


def test_a_folder_that_is_no_kit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="make one: yttria trial kit DIR"):
        checked(tmp_path)
