"""What is doubtful of lesions: at, below and above what RECIST 1.1 takes, at baseline."""

from datetime import date

import pytest

from yttria.delivery.response_criteria import CRITERIA
from yttria.delivery.response_findings import lesion_findings
from yttria.values.lesion import LesionKind, LesionMeasurement, LesionStatus, lesion_histories

ALL = list(CRITERIA.values())


def row(
    lesion: str, size: float | None = 20.0, *, kind: LesionKind = "target", node: bool = False, organ: str = ""
) -> LesionMeasurement:
    return LesionMeasurement(
        2, "P", lesion, date(2026, 1, 1), kind, node=node, organ=organ, longest_mm=size, short_mm=size, viable_longest_mm=size,
        viable_short_mm=size,
    )  # fmt: skip


def codes(*rows: LesionMeasurement) -> list[str]:
    return [finding.code for finding in lesion_findings(lesion_histories(rows), ALL)]


@pytest.mark.parametrize(
    ("size", "node", "found"), [(9.9, False, True), (10, False, False), (14.9, True, True), (15, True, False)]
)
def test_a_target_below_what_recist_measures_is_told(size: float, node: bool, found: bool) -> None:
    assert codes(row("L", size, node=node)) == (["target-small"] if found else [])


def test_more_than_five_targets_or_two_an_organ_are_told() -> None:
    assert codes(*[row(f"L{i}") for i in range(5)]) == []
    assert codes(*[row(f"L{i}") for i in range(6)]) == ["targets-many"]
    assert codes(*[row(f"L{i}", organ="liver") for i in range(2)]) == []
    assert codes(*[row(f"L{i}", organ="liver") for i in range(3)]) == ["targets-many"]


def test_a_baseline_of_nothing_is_told_for_each_criterion_that_stands_on_it() -> None:
    assert codes(row("L", None)) == ["baseline-not-measured"] * 3
    assert codes(row("L", 0.0)) == [*["baseline-zero"] * 3, "target-small"]


def test_a_new_lesion_at_baseline_is_told() -> None:
    assert codes(row("L"), row("N", kind="new")) == ["new-at-baseline"]


def test_a_patient_without_targets_has_no_baseline_to_doubt() -> None:
    assert codes(row("N", None, kind="non-target")) == []


@pytest.mark.parametrize(
    ("states", "told"),
    [
        (("present", "present"), []),
        ((None, "present"), ["non-target-not-at-baseline"]),
        ((None, "progressing"), ["non-target-not-at-baseline"]),
        ((None, "absent"), []),
        (("present", "absent", "present"), ["non-target-returned"]),
        (("present", "absent", "progressing"), []),
        (("absent", "present"), ["non-target-returned"]),
    ],
)
def test_a_lesion_that_is_not_measured_and_was_not_there_before_is_told(
    states: tuple[LesionStatus | None, ...], told: list[str]
) -> None:
    rows = [
        LesionMeasurement(3 + n, "P", "N", date(2026, 1 + 3 * n, 1), "non-target", status=state)
        for n, state in enumerate(states)
        if state is not None
    ]
    assert codes(row("L"), *rows) == told
