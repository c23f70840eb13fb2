"""Protocol terms as covariates."""

import numpy as np
import pytest

from yttria.evidence.regression.design_matrix import codes_of, complete_rows, design, parts_of
from yttria.values.cohort import Cohort, Column, TimeToEvent
from yttria.values.errors import EvidenceError


@pytest.fixture
def cohort() -> Cohort:
    columns = {
        "age": Column("age", np.array([0, 1, 2, -1]), ("50", "60", "70"), np.array([50.0, 60, 70, np.nan])),
        "arm": Column("arm", np.array([0, 1, 1, 0]), ("SDA", "PDA")),
        "site": Column("site", np.array([0, 1, 2, 2]), ("A", "B", "C")),
        "one": Column("one", np.array([0, 0, 0, 0]), ("x",)),
        "never": Column("never", np.array([-1, -1, -1, -1]), ()),
    }
    return Cohort(TimeToEvent(np.arange(4.0) + 1, np.ones(4, dtype=bool)), columns)


def test_a_missing_covariate_drops_its_row_and_is_counted(cohort: Cohort) -> None:
    made = design(cohort, ["age", "arm"])
    assert made.x.tolist() == [[50, 0], [60, 1], [70, 1]]
    assert made.dropped == 1


def test_a_factor_is_indicators_against_its_first_level(cohort: Cohort) -> None:
    made = design(cohort, ["site"])
    assert made.names == ("site[B]", "site[C]")
    assert made.terms == {"site": (0, 1)}


def test_an_interaction_is_the_product_with_the_first_part_fastest(cohort: Cohort) -> None:
    made = design(cohort, ["site", "arm", "site:arm"])
    assert made.names[-2:] == ("site[B]:arm[PDA]", "site[C]:arm[PDA]")
    assert made.x[:, -2:].tolist() == [[0, 0], [1, 0], [0, 1], [0, 0]]


@pytest.mark.parametrize(
    ("terms", "names"),
    [
        (["arm", "arm:age"], ("arm[PDA]", "arm[SDA]:age", "arm[PDA]:age")),
        (["age", "arm:age"], ("age", "arm[PDA]:age")),
        (["arm", "arm:site"], ("arm[PDA]", "arm[SDA]:site[B]", "arm[PDA]:site[B]", "arm[SDA]:site[C]", "arm[PDA]:site[C]")),
        (["site:arm", "site"], ("site[A]:arm[PDA]", "site[B]:arm[PDA]", "site[C]:arm[PDA]", "site[B]", "site[C]")),
        (["arm:age"], ("arm[SDA]:age", "arm[PDA]:age")),
        (
            ["arm:age", "age:site", "arm:site", "arm:age:site"],
            (
                "arm[SDA]:age", "arm[PDA]:age", "age:site[B]", "age:site[C]", "arm[PDA]:site[B]", "arm[PDA]:site[C]",
                "arm[PDA]:age:site[B]", "arm[PDA]:age:site[C]",
            ),
        ),
    ],
)  # fmt: skip
def test_an_interaction_without_a_main_effect_has_every_level_as_in_r(
    cohort: Cohort, terms: list[str], names: tuple[str, ...]
) -> None:
    assert design(cohort, terms).names == names  # as R's colnames(model.matrix(~ …)) has them


def test_a_column_with_a_colon_is_found_before_the_colon_parts_it() -> None:
    columns = ["Age: years", "arm", "Age"]
    assert parts_of("Age: years", columns) == ("Age: years",)
    assert parts_of("arm:Age: years", columns) == ("arm", "Age: years")
    assert parts_of("Age: years : arm", columns) == ("Age: years", "arm")
    assert parts_of("Age:arm", columns) == ("Age", "arm")
    assert parts_of("Age:sex", columns) == ("Age", "sex")


def test_a_factor_with_one_level_makes_no_covariate(cohort: Cohort) -> None:
    made = design(cohort, ["one", "arm"])
    assert made.names == ("arm[PDA]",)
    assert made.terms["one"] == ()


def test_strata_are_the_combinations_that_occur(cohort: Cohort) -> None:
    codes = codes_of(cohort, ["arm", "site"])
    assert len(set(codes.tolist())) == 4


def test_known_rows_have_all_the_columns(cohort: Cohort) -> None:
    assert complete_rows(cohort, ["age", "arm"]).tolist() == [True, True, True, False]


def test_a_model_of_nothing_is_refused(cohort: Cohort) -> None:
    with pytest.raises(EvidenceError, match="at least one term"):
        design(cohort, [])


def test_a_column_that_is_never_known_is_refused(cohort: Cohort) -> None:
    with pytest.raises(EvidenceError, match="no row has all of never"):
        design(cohort, ["never"])
