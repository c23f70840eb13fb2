"""Numbers printed in two places that cannot be one number."""

import pytest

from yttria.evidence.published.claim import Flag, claim_of
from yttria.evidence.published.claim_reading import Reading
from yttria.evidence.published.repeated_prints import repeated_print_flags


def flags(*cells: dict[str, str]) -> list[tuple[str, tuple[int, ...]]]:
    claims = [claim_of({"kind": "hr", "subject": "B vs A", **c}, n) for n, c in enumerate(cells, start=2)]
    found = repeated_print_flags(claims, {c.line: Reading(c) for c in claims})
    return [(f.code, tuple(f.lines)) for f in found]


@pytest.mark.parametrize(("other", "same"), [("0.42", True), ("0.4", True), ("0.421", True), ("0.44", False), ("0.5", False)])  # fmt: skip
def test_two_prints_agree_where_one_number_rounds_to_both(other: str, same: bool) -> None:
    found = flags({"value": "0.42", "place": "abstract"}, {"value": other, "place": "Table 2"})
    assert found == ([] if same else [("number-printed-twice", (2, 3))])


def test_only_numbers_of_one_kind_subject_and_time_are_one() -> None:
    assert flags({"value": "0.42"}, {"value": "0.9", "subject": "C vs A"}) == []
    rates = [{"kind": "rate", "n": "28", "time": t, "value": v} for t, v in (("12", "80"), ("24", "40"))]
    assert flags(*rates) == []


def test_two_p_of_one_ratio_are_flagged_as_such() -> None:
    found = flags({"value": "0.42", "p": "0.004"}, {"value": "0.42", "p": "0.02"})
    assert found == [("p-printed-twice", (2, 3))]


def of_two(
    one: dict[str, str], two: dict[str, str], kind: str = "hr", p_is: tuple[tuple[str, ...], ...] = ((), ())
) -> Flag:
    claims = [claim_of({"kind": kind, "subject": "x", **cells}, line) for line, cells in ((2, one), (3, two))]
    readings = {claim.line: Reading(claim, p_is=tests) for claim, tests in zip(claims, p_is, strict=True)}
    (flag,) = repeated_print_flags(claims, readings)
    return flag


@pytest.mark.parametrize(
    ("part", "name"), [("value", "hr"), ("low", "lower limit"), ("high", "upper limit"), ("p", "P"), ("sd", "SD")]
)
def test_two_prints_are_told_with_what_they_are_and_where_they_stand(part: str, name: str) -> None:
    one, two = {"value": "0.1", part: "0.1", "place": "abstract"}, {"value": "0.1", part: "0.5"}
    flag = of_two(one, two)
    assert flag.printed == f"{name} 0.1 (abstract) and 0.5 (another)"
    assert flag.agrees == "one of the two in both places would agree"
    assert of_two(two, one).printed == f"{name} 0.5 (one place) and 0.1 (abstract)"


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(
    ("larger", "smaller", "told"),
    [
        (("wald",), ("logrank",), True),
        (("logrank",), ("wald",), False),
        ((), ("logrank",), False),
        (("wald",), (), False),
    ],
)
def test_the_p_of_walds_and_of_the_log_rank_test_are_told_apart(
    larger: tuple[str, ...], smaller: tuple[str, ...], told: bool, swapped: bool
) -> None:
    rows, tests = [{"value": "0.42", "p": "0.02"}, {"value": "0.42", "p": "0.004"}], [larger, smaller]
    order = (1, 0) if swapped else (0, 1)
    flag = of_two(rows[order[0]], rows[order[1]], p_is=tuple(tests[k] for k in order))
    assert (flag.why == "two tests are printed as one P") is told
    if told:
        assert flag.agrees == "0.02 as the P of Wald's test and 0.004 as that of the log-rank test would agree with the limits"  # fmt: skip


def test_two_medians_may_be_the_middle_and_the_start_of_a_flat_half() -> None:
    flag = of_two({"value": "24.8"}, {"value": "22.9"}, kind="median")
    assert flag.agrees == (
        "one of the two in both places would agree, or both, where the curve rests at one half: "
        "R takes the middle of the flat part, other software its start"
    )


def test_a_third_print_is_held_against_the_first_that_it_contradicts_and_a_repeated_one_not_again() -> None:
    values = ("0.42", "0.9", "0.42", "0.9", "0.95")
    assert flags(*({"value": value} for value in values)) == [
        ("number-printed-twice", (2, 3)),
        ("number-printed-twice", (2, 6)),
    ]
