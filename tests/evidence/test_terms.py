"""Protocol terms as covariates."""

import numpy as np
import pytest

from yttria.evidence.terms import codes_of, design, known
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
    made = design(cohort, ["site:arm"])
    assert made.names == ("site[B]:arm[PDA]", "site[C]:arm[PDA]")
    assert made.x.tolist() == [[0, 0], [1, 0], [0, 1], [0, 0]]


def test_a_factor_with_one_level_makes_no_covariate(cohort: Cohort) -> None:
    made = design(cohort, ["one", "arm"])
    assert made.names == ("arm[PDA]",)
    assert made.terms["one"] == ()


def test_strata_are_the_combinations_that_occur(cohort: Cohort) -> None:
    codes = codes_of(cohort, ["arm", "site"])
    assert len(set(codes.tolist())) == 4


def test_known_rows_have_all_the_columns(cohort: Cohort) -> None:
    assert known(cohort, ["age", "arm"]).tolist() == [True, True, True, False]


def test_a_model_of_nothing_is_refused(cohort: Cohort) -> None:
    with pytest.raises(EvidenceError, match="at least one term"):
        design(cohort, [])


def test_a_column_that_is_never_known_is_refused(cohort: Cohort) -> None:
    with pytest.raises(EvidenceError, match="no row has all of never"):
        design(cohort, ["never"])
