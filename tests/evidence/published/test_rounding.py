"""Printed numbers: what they can stand for."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from yttria.evidence.published.rounding import Printed, PrintedBound, decimal_text
from yttria.values.errors import EvidenceError

# laws


@given(st.floats(0.001, 1000), st.integers(0, 4))
def test_every_rounded_number_can_have_been_itself(value: float, decimals: int) -> None:
    assert Printed.of(f"{value:.{decimals}f}").how(value) is not None


@given(st.floats(0.001, 1000), st.integers(0, 4))
def test_every_truncated_number_can_have_been_itself(value: float, decimals: int) -> None:
    cut = math.floor(value * 10**decimals) / 10**decimals
    assume(cut + 10.0**-decimals - value > 1e-6)  # nearer to the next digit it may be that digit
    assert Printed.of(f"{cut:.{decimals}f}").how(value) is not None


@given(st.floats(0.001, 1000), st.floats(-1000, 2000))
def test_a_number_keeps_a_bound_or_the_opposite_one(value: float, exact: float) -> None:
    below, not_below = PrintedBound.of(f"<{value!r}"), PrintedBound.of(f"≥{value!r}")
    assert below.holds(exact) != not_below.holds(exact)


# known answers


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("<10", (True, False, False)),
        ("≤ 10 %", (True, True, False)),
        (">10", (False, False, True)),
        (">=10%", (False, True, True)),
    ],
)
def test_a_bound_is_kept_just_below_at_and_just_above_as_its_sign_says(text: str, kept: tuple[bool, ...]) -> None:
    bound = PrintedBound.of(text)
    assert tuple(bound.holds(x) for x in (9.99, 10.0, 10.01)) == kept
    assert bound.how(9.99) == ("within" if kept[0] else None)


def test_a_truncated_rate_of_the_trial_is_told_from_a_rounded_one() -> None:
    # 5 of 28 is 17.857 %, printed as 17.8
    assert Printed.of("17.8").how(100 * 5 / 28) == "truncated"
    assert Printed.of("17.9").how(100 * 5 / 28) == "rounded"
    assert Printed.of("17.7").how(100 * 5 / 28) is None


def test_dropped_trailing_zeros_are_read_when_the_table_says_its_decimals() -> None:
    assert Printed.of("0.4", decimals=2).span == (0.395, 0.41)
    assert Printed.of("0.4").span == (0.35, 0.5)


def test_exponents_and_typographic_minus_are_numbers() -> None:
    assert Printed.of("1e-3").rounded == pytest.approx((0.0005, 0.0015))
    assert Printed.of("\N{MINUS SIGN}2.5").truncated == (-2.6, -2.5)


@pytest.mark.parametrize(
    ("text", "value", "decimals"),
    [(".51", 0.51, 2), ("0,51", 0.51, 2), ("12,5", 12.5, 1), ("0,123", 0.123, 3), ("1\u00b787", 1.87, 2), ("45.2 %", 45.2, 1), ("1234,5", 1234.5, 1)],
)  # fmt: skip
def test_a_number_is_read_as_journals_print_it(text: str, value: float, decimals: int) -> None:
    found = Printed.of(text)
    assert (found.value, found.decimals) == (value, decimals)


# refusals


@pytest.mark.parametrize("text", ["1,234", "12,345", "-1,000"])
def test_a_comma_that_may_part_thousands_is_refused_with_both_readings(text: str) -> None:
    with pytest.raises(EvidenceError, match=r"thousands or have a decimal comma; write -?\d+ or -?\d+\.\d+"):
        Printed.of(text)


@pytest.mark.parametrize("text", ["", "x", "1,5,2", "0.5.1", "<0.001", "nan", ",", "."])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(EvidenceError, match="printed number"):
        Printed.of(text)


def test_a_bound_without_a_sign_or_a_number_is_refused() -> None:
    with pytest.raises(EvidenceError, match="a bound is expected"):
        PrintedBound.of("10")
    with pytest.raises(EvidenceError, match="a printed number is expected"):
        PrintedBound.of("< few")


@pytest.mark.parametrize("text", ["1e400", "1e16", "9" * 41, "1e-100", "-1e400", "1e" + "9" * 30])
def test_a_number_beyond_what_is_printed_is_refused(text: str) -> None:
    with pytest.raises(EvidenceError, match="a printed number of up to"):
        Printed.of(text)


@pytest.mark.parametrize("text", ["1e15", "1e-99", "9" * 15, "3.2e-16"])
def test_a_number_at_the_ends_of_what_is_printed_is_read(text: str) -> None:
    assert Printed.of(text).value == float(text)


@pytest.mark.parametrize(
    ("text", "exact", "how"),
    [
        ("17.8", 17.75, "rounded"),
        ("17.8", 17.7499, None),
        ("17.8", 17.85, "rounded"),
        ("17.8", 17.8501, "truncated"),
        ("17.8", 17.8999, "truncated"),
        ("17.8", 17.9, None),
        ("-17.8", -17.85, "rounded"),
        ("-17.8", -17.8501, "truncated"),
        ("-17.8", -17.8999, "truncated"),
        ("-17.8", -17.9, None),
        ("-17.8", 17.86, None),
        ("0.0", 0.07, "truncated"),
        ("0.0", -0.07, None),
        ("0", 1.0, None),
        # a billionth of a number is no difference
        ("1000000.0", 1000000.0509, "rounded"),
        ("1000000.0", 1000000.0511, "truncated"),
        ("0.5", 0.55 + 1e-10, "rounded"),
    ],
)
def test_a_print_comes_by_rounding_or_by_cutting_up_to_its_very_ends(text: str, exact: float, how: str | None) -> None:
    assert Printed.of(text).how(exact) == how


@pytest.mark.parametrize(
    ("exact", "kept"),
    [(999_999.998, True), (999_999.9995, False), (1_000_000.0005, False), (1_000_000.002, False)],
)
def test_a_number_within_a_billionth_of_a_bound_is_the_bound(exact: float, kept: bool) -> None:
    assert PrintedBound.of("<1000000").holds(exact) is kept
    assert PrintedBound.of("≥1000000").holds(exact) is not kept


@pytest.mark.parametrize(("decimals", "text"), [(2, "1.25"), (0, "1"), (-3, "1")])
def test_a_table_prints_no_fewer_than_no_decimals(decimals: int, text: str) -> None:
    assert decimal_text(1.25, decimals) == text


@pytest.mark.parametrize(("text", "decimals", "own"), [("0.4", 2, 2), ("0.40", 1, 2), ("4e-3", None, 3), ("4e2", None, -2), ("4", 0, 0)])  # fmt: skip
def test_a_print_stands_for_the_more_of_its_own_and_the_tables_decimals(
    text: str, decimals: int | None, own: int
) -> None:
    found = Printed.of(text, decimals=decimals)
    assert found.decimals == own
    assert found.unit == pytest.approx(10.0**-own)


def test_a_refused_thousand_is_told_both_ways() -> None:
    with pytest.raises(EvidenceError, match=r"write 1234 or 1\.234$"):
        Printed.of("1,234")
    assert Printed.of("0,234").value == 0.234
    assert Printed.of("1234,567").value == 1234.567
