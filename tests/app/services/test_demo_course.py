"""The course of the demo in few lines: what was planned, ordered, given and found, each number where a reader looks for it."""

import pytest

from yttria.app.services.demo_course import LESIONS, course_lines
from yttria.contract.simulation import CourseRecord

RECORD = CourseRecord(
    folder="demo/course", recommended="PDA", planned_gbq=4.932, planned_td_gy=275.6, standard_gbq=3.401, standard_td_gy=190.4,
    vials_gbq=[5.0, 0.5], given_gbq=4.44, delivered_gy={"TD": 180.4, "TD_2": 33.0, "WLD": 60.0, "LD": 12.6}, true_gy={"TD": 185.0, "TD_2": 35.2, "WLD": 61.0},
    best_response_easl="PR",
)  # fmt: skip


def test_each_step_of_the_course_has_its_line() -> None:
    lines = course_lines(RECORD)
    assert lines[1] == "plan      standard 3.40 GBq brings the index lesion 190 Gy, PDA 4.93 GBq brings 276 Gy"
    assert lines[2] == "order     vial of 5 + 0.5 GBq for that hour"
    assert lines[3].startswith("verify    given 4.44 GBq")
    assert lines[-1] == "response  best by EASL: PR"


def test_delivered_stands_beside_the_truth_where_both_are_known() -> None:
    doses = [line.split() for line in course_lines(RECORD)[4:-1]]
    assert doses == [["TD", "180", "185"], ["TD_2", "33", "35"]]


def test_no_vial_within_tolerance_is_said() -> None:
    assert "vial of none within tolerance GBq" in course_lines(RECORD.model_copy(update={"vials_gbq": []}))[2]


def test_the_invented_second_lesion_grows_beyond_a_fifth_of_its_smallest() -> None:
    """RECIST 1.1: 20 % and 5 mm over the smallest sum; 47 against 38."""
    rows = [line.split(",") for line in LESIONS.splitlines()[1:]]
    second = [float(row[4]) for row in rows if row[2] == "second"]
    assert second[-1] >= 1.2 * min(second)
    assert second[-1] - min(second) >= 5
    assert len(rows) == 6
    assert pytest.approx(second) == [38, 39, 47]
