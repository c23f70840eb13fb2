"""Table 1: R's tests."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from yttria.evidence.descriptive.baseline import (
    compare_levels,
    compare_numbers,
    crossed,
    difference_of_levels,
    difference_of_means,
    summary,
)
from yttria.evidence.descriptive.proportions import Proportion, TwoByTwo
from yttria.values.cohort import Column


def counts(one: Any, two: Any) -> Any:
    table = np.zeros((int(one.max()) + 1, int(two.max()) + 1))
    np.add.at(table, (one.astype(int), two.astype(int)), 1)
    return table


def test_tests_of_numbers_are_those_of_r(patients: Any, reference: Any) -> None:
    wanted, age = reference["table1"], [patients["age"][patients["centre"] == k] for k in range(3)]
    two = {test.name: test.p for test in compare_numbers(age[:2])}
    assert two["Welch t"] == pytest.approx(wanted["welch"][0])
    assert two["Wilcoxon"] == pytest.approx(wanted["wilcoxon"][0])
    assert compare_numbers(age)[0].p == pytest.approx(wanted["kruskal"][0])


def test_tests_of_levels_are_those_of_r(patients: Any, reference: Any) -> None:
    wanted = reference["table1"]
    assert compare_levels(counts(patients["centre"], patients["arm"]))[0].p == pytest.approx(wanted["chi2"][0])
    assert compare_levels(counts(patients["status"], patients["arm"]))[1].p == pytest.approx(wanted["fisher"][0])


@pytest.mark.parametrize("cells", [(10, 5, 3, 12), (0, 8, 7, 1), (20, 1, 18, 2), (1, 1, 1, 1)])
def test_fishers_test_is_that_of_two_by_two(cells: tuple[int, int, int, int]) -> None:
    a, b, c, d = cells
    ours = compare_levels(np.array([[a, b], [c, d]]))[1].p
    assert ours == pytest.approx(TwoByTwo(Proportion(a, a + b), Proportion(c, c + d)).fisher_p())


samples = st.lists(st.integers(-20, 20).map(lambda n: n / 4), min_size=3, max_size=30).filter(lambda v: len(set(v)) > 1)


@settings(max_examples=40, deadline=None)
@given(samples, samples)
def test_tests_of_two_groups_are_those_of_a_second_implementation(one: list[float], two: list[float]) -> None:
    welch, wilcoxon = compare_numbers([np.array(one), np.array(two)])
    t = stats.ttest_ind(one, two, equal_var=False)
    w = stats.mannwhitneyu(one, two, method="asymptotic", use_continuity=True)
    assert (welch.statistic, welch.p) == pytest.approx((t.statistic, t.pvalue), rel=1e-9)
    assert wilcoxon.statistic == pytest.approx(w.statistic)
    assert wilcoxon.p == pytest.approx(w.pvalue, rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(samples, samples, samples)
def test_the_test_of_three_groups_is_that_of_a_second_implementation(
    one: list[float], two: list[float], three: list[float]
) -> None:
    (mine,) = compare_numbers([np.array(values) for values in (one, two, three)])
    theirs = stats.kruskal(one, two, three)
    assert (mine.statistic, mine.p) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-9, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(1, 40), min_size=3, max_size=3), min_size=2, max_size=5))
def test_the_test_of_levels_is_that_of_a_second_implementation(rows: list[list[int]]) -> None:
    (mine, *_) = compare_levels(np.array(rows))
    theirs = stats.chi2_contingency(rows, correction=False)
    assert (mine.statistic, mine.p) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-9, abs=1e-12)


def test_quartiles_are_those_of_r(patients: Any, reference: Any) -> None:
    found = summary(patients["age"])
    assert [found.low, found.q1, found.median, found.q3, found.high] == pytest.approx(reference["table1"]["quartiles"])


def test_missing_cells_are_counted_and_not_summed() -> None:
    found = summary(np.array([1.0, np.nan, 3.0]))
    assert (found.n, found.missing, found.mean) == (2, 1, 2.0)
    assert np.isnan(summary(np.array([np.nan])).mean)


def test_what_does_not_vary_is_not_tested() -> None:
    assert compare_levels(np.array([[5, 7], [0, 0]])) == ()
    assert compare_numbers([np.array([1.0, 1.0]), np.array([1.0, 1.0])]) == ()


def test_rows_missing_either_fact_are_in_no_cell() -> None:
    one, two = Column("a", np.array([0, 1, -1]), ("x", "y")), Column("b", np.array([0, -1, 0]), ("p",))
    assert crossed(one, two).tolist() == [[1], [0]]


def test_groups_apart_by_one_standard_deviation_differ_by_one() -> None:
    one, two = np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 4.0])
    assert difference_of_means(summary(one), summary(two)) == pytest.approx(1.0)
    assert difference_of_means(summary(np.ones(3)), summary(np.ones(3))) is None


def test_two_levels_keep_their_sign_and_more_do_not_depend_on_their_order() -> None:
    table = np.array([[10, 5, 3], [4, 8, 9]]).T
    p, q = 4 / 21, 10 / 18
    two = np.array([[17, 8], [4, 10]])
    assert difference_of_levels(two) == pytest.approx((q - p) / np.sqrt((p * (1 - p) + q * (1 - q)) / 2))
    assert difference_of_levels(two[::-1]) == pytest.approx(-(difference_of_levels(two) or 0))
    assert difference_of_levels(table) == pytest.approx(difference_of_levels(table[::-1]))
    assert difference_of_levels(np.array([[3, 0], [4, 0]])) is None
