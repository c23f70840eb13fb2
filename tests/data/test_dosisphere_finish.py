"""The last step of the reconstructed cohort: what it moves passes nobody, and a finished cohort is left as it is."""

import csv
import importlib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def script() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT))
        yield importlib.import_module("scripts.dosisphere_finish")


@pytest.fixture
def patients() -> list[dict[str, str]]:
    text = (files("yttria.data") / "dosisphere_reconstructed.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def test_a_finished_cohort_moves_no_more(script: ModuleType, patients: list[dict[str, str]]) -> None:
    before = [dict(row) for row in patients]
    script.moved(patients)
    assert patients == before


def test_a_death_that_would_pass_another_is_refused(script: ModuleType, patients: list[dict[str, str]]) -> None:
    script_times = {row["os_months"] for row in patients if row["arm"] == "PDA"}
    assert set(script.PRINTED_AS.values()) <= script_times
    first, second = (r for r in patients if r["os_months"] in {"22.94", "26.65"})
    first["os_months"], second["os_months"] = "26.2", "26.4"
    with pytest.raises(AssertionError):
        script.moved([first, second])
