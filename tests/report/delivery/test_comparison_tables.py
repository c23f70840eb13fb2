"""Tables of a verification as a reader sees them: what verify itself made, beside the exact doses of boxes."""

from dataclasses import replace
from typing import Any

import pytest
from tests.test_story_verification import EXACT_GY

from yttria.report.delivery.comparison_tables import doses_table, image_table, limits_table, voxels_table
from yttria.values.document import Entry, Table
from yttria.values.units import Gy
from yttria.values.verification import Verification


def text(cell: Any) -> str:
    words = cell.text if isinstance(cell, Entry) else str(cell)
    return words.replace("\u00a0", " ").replace("\u202f", " ")


def row(table: Table, first: str) -> list[Any]:
    (found,) = [r for r in table.rows if text(r[0]) == first]
    return list(found)


def test_a_dose_stands_in_a_row_planned_predicted_delivered_difference_and_ratio(verified: Verification) -> None:
    table = doses_table(verified)
    assert [c.heading for c in table.columns] == [
        "Mean absorbed dose, Gy", "Planned", "Predicted", "Delivered", "Corrected", "Difference", "Ratio", "Aim",
    ]  # fmt: skip
    cells = [text(cell) for cell in row(table, "Index lesion")]
    half = EXACT_GY["TD"] / 2
    assert (cells[2], cells[3], cells[5], cells[6]) == (f"{2 * half:.0f}", f"{half:.0f}", f"−{half:.0f}", "0.50")


def test_the_index_lesion_has_one_row_and_without_a_plan_there_are_four_columns(alone: Verification) -> None:
    table = doses_table(alone)
    assert [c.heading for c in table.columns] == ["Mean absorbed dose, Gy", "Delivered", "Corrected", "Aim"]
    names = [text(r[0]) for r in table.rows]
    assert names.count("Index lesion") == 1
    assert "Lesion 1" not in names


def test_an_aim_that_is_missed_is_marked_and_strong_and_one_that_is_met_is_not(verified: Verification) -> None:
    aim = verified.aims[0]
    for found, sign, strong, word in (
        (aim.aim.dose_gy * 0.99, "✗", True, "missed"),
        (aim.aim.dose_gy, "✓", False, "met"),
    ):
        judged = replace(verified, aims=(replace(aim, found_gy=Gy(found), corrected_gy=None),))
        cells = [r[-1] for r in doses_table(judged).rows if isinstance(r[-1], Entry)]
        assert [(c.sign, c.strong, c.under) for c in cells] == [(sign, strong, word)]


def test_the_dose_that_does_not_judge_says_where_it_would_have_judged_otherwise(verified: Verification) -> None:
    aim = verified.aims[0]
    low, high = Gy(aim.aim.dose_gy * 0.9), Gy(aim.aim.dose_gy * 1.1)
    for found, other, words in (
        (low, high, "missed; corrected met"),
        (high, low, "met; corrected missed"),
        (high, high, "met"),
    ):
        judged = replace(verified, aims=(replace(aim, found_gy=found, corrected_gy=other),))
        (cell,) = [r[-1] for r in doses_table(judged).rows if isinstance(r[-1], Entry)]
        assert cell.under == words


def test_a_limit_stands_beside_what_was_delivered_and_one_that_is_exceeded_is_marked(verified: Verification) -> None:
    cells = row(limits_table(verified), "Lungs")
    assert (text(cells[1]), text(cells[2]), cells[1].sign) == (f"{EXACT_GY['LD']:.1f}", "30", "")
    checks = tuple(replace(c, value_gy=Gy(30.1)) if c.limit.name == "lung" else c for c in verified.option.checks)
    beyond = row(limits_table(replace(verified, option=replace(verified.option, checks=checks))), "Lungs")
    assert (text(beyond[1]), beyond[1].sign, beyond[1].strong) == ("30", "✗", True)


def test_the_image_says_where_its_activity_lies_and_counts_say_that_they_are_counts(verified: Verification) -> None:
    pairs = {name: text(value) for name, value in image_table(verified).pairs}
    assert pairs["Outside the body"] == "—"
    assert pairs["Tumour to normal liver"] == "predicted 6.00, delivered 3.00"
    assert pairs["Negative voxels"] == "0.0 %"
    counts = replace(verified, image=replace(verified.image, activity_bq=None))
    assert "the image holds counts" in dict(image_table(counts).pairs)["In the image"]


def test_agreement_of_voxels_names_gamma_and_how_both_were_brought_together(verified: Verification) -> None:
    assert verified.plan is not None
    rows = {text(r[0]): text(r[1]) for r in voxels_table(verified.plan).rows}
    assert rows["Voxels of the plan's image in the liver"] == "11 520"
    assert rows["Plan and image brought together by"].startswith(
        ("one frame of reference: moved 0", "stated to coincide")
    )
    assert any("Gamma (global), 10 % of the largest predicted dose, 5.0 mm" in name for name in rows)
    assert voxels_table(replace(verified.plan, voxels=None)).rows == ()


@pytest.mark.parametrize("name", ["Index lesion", "Perfused normal liver"])
def test_beneath_a_delivered_dose_stands_its_interval(name: str, verified: Verification) -> None:
    assert "–" in row(doses_table(verified), name)[3].under
