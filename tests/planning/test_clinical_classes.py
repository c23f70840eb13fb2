"""Child-Pugh, ALBI, BCLC: laws, every threshold just below, at and just above, refusals."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yttria.planning.clinical_classes import albi_grade, albi_score, bclc_stage, child_pugh, class_of
from yttria.values.errors import QuantityError

ORDER = "0ABCD"


def stage(
    nodules: int = 1, largest: float = 2.0, ecog: int = 0, grade: str = "A", *, veins: bool = False, far: bool = False
) -> str:
    return bclc_stage(nodules, largest, ecog=ecog, vascular_invasion=veins, extrahepatic=far, child_pugh=grade).stage


# laws


@given(st.floats(0.1, 20), st.floats(1, 6), st.floats(0.5, 6), st.floats(1, 3))
def test_more_bilirubin_never_lowers_points_or_score(
    bilirubin: float, albumin: float, inr: float, times: float
) -> None:
    less = child_pugh(bilirubin, albumin, inr, "none", "none")
    more = child_pugh(bilirubin * times, albumin, inr, "none", "none")
    assert more.points >= less.points
    assert albi_score(bilirubin * times, albumin) >= albi_score(bilirubin, albumin)


@given(st.integers(1, 9), st.floats(0.5, 20), st.integers(0, 4), st.sampled_from("ABC"), st.booleans(), st.booleans())
def test_a_worse_performance_status_or_spread_never_lowers_the_stage(
    nodules: int, largest: float, ecog: int, grade: str, veins: bool, far: bool
) -> None:
    here = ORDER.index(stage(nodules, largest, ecog, grade, veins=veins, far=far))
    assert ORDER.index(stage(nodules, largest, min(ecog + 1, 4), grade, veins=veins, far=far)) >= here
    assert ORDER.index(stage(nodules, largest, ecog, grade, veins=True, far=far)) >= here
    assert ORDER.index(stage(nodules, largest, ecog, grade, veins=veins, far=True)) >= here


# known answers


@pytest.mark.parametrize(
    ("part", "value", "points"),
    [
        ("bilirubin", 1.99, 1), ("bilirubin", 2.0, 2), ("bilirubin", 3.0, 2), ("bilirubin", 3.01, 3),
        ("albumin", 3.51, 1), ("albumin", 3.5, 2), ("albumin", 2.8, 2), ("albumin", 2.79, 3),
        ("inr", 1.69, 1), ("inr", 1.7, 2), ("inr", 2.3, 2), ("inr", 2.31, 3),
    ],
)  # fmt: skip
def test_each_laboratory_value_scores_by_its_thresholds(part: str, value: float, points: int) -> None:
    values = {"bilirubin": 1.0, "albumin": 4.0, "inr": 1.0} | {part: value}
    score = child_pugh(values["bilirubin"], values["albumin"], values["inr"], "none", "none")
    assert getattr(score, part) == points
    assert score.points == 4 + points


@pytest.mark.parametrize(
    ("ascites", "encephalopathy", "bilirubin", "points", "grade"),
    [
        ("none", "none", 1, 5, "A"), ("slight", "none", 1, 6, "A"), ("slight", "mild", 1, 7, "B"),
        ("moderate", "severe", 1, 9, "B"), ("moderate", "severe", 2, 10, "C"), ("moderate", "severe", 4, 11, "C"),
    ],
)  # fmt: skip
def test_points_become_classes_at_seven_and_ten(
    ascites: str, encephalopathy: str, bilirubin: float, points: int, grade: str
) -> None:
    score = child_pugh(bilirubin, 4.0, 1.0, ascites, encephalopathy)  # type: ignore[arg-type]
    assert (score.points, score.grade) == (points, grade)


def test_the_worst_of_everything_has_fifteen_points() -> None:
    assert child_pugh(5, 2, 3, "moderate", "severe").points == 15


@pytest.mark.parametrize(("score", "grade"), [(-2.61, 1), (-2.60, 1), (-2.59, 2), (-1.40, 2), (-1.39, 2), (-1.38, 3)])
def test_albi_grades_hold_their_own_limits(score: float, grade: int) -> None:
    assert albi_grade(score) == grade


def test_albi_is_that_of_johnson_2015_by_hand() -> None:
    assert albi_score(1.2, 3.4) == pytest.approx(0.66 * math.log10(20.52) - 2.89)
    assert albi_score(10 / 17.1, 4.0) == pytest.approx(0.66 - 3.4)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ((1, 2.0, 0, "A"), "0"), ((1, 2.01, 0, "A"), "A"), ((1, 2.0, 0, "B"), "A"), ((1, 9.0, 0, "A"), "A"), ((2, 1.0, 0, "A"), "A"),
        ((3, 3.0, 0, "A"), "A"), ((3, 3.01, 0, "A"), "B"), ((4, 1.0, 0, "A"), "B"), ((2, 3.01, 0, "B9"), "B"),
        ((1, 1.0, 1, "A"), "C"), ((1, 1.0, 2, "A"), "C"), ((1, 1.0, 3, "A"), "D"), ((1, 1.0, 4, "A"), "D"), ((1, 1.0, 0, "C10"), "D"),
        ((9, 9.0, 0, "C"), "D"),
    ],
)  # fmt: skip
def test_stages_follow_the_update_of_2022(words: tuple[int, float, int, str], wanted: str) -> None:
    assert stage(*words) == wanted


def test_invasion_and_spread_are_stage_c_and_end_stage_stays_d() -> None:
    assert stage(veins=True) == "C"
    assert stage(far=True) == "C"
    assert stage(veins=True, far=True, grade="C") == "D"


def test_the_reason_is_the_line_that_decided() -> None:
    found = bclc_stage(1, 1.0, ecog=2, vascular_invasion=True, extrahepatic=False, child_pugh="A")
    assert found.reason == "vascular invasion"
    assert (
        bclc_stage(3, 3.5, ecog=0, vascular_invasion=False, extrahepatic=False, child_pugh="A").reason
        == "3 nodules, the largest 3.5 cm"
    )


@pytest.mark.parametrize(
    ("text", "grade"), [("A", "A"), ("a6", "A"), ("B 7", "B"), ("B9", "B"), ("C10", "C"), ("C15", "C")]
)
def test_a_class_may_come_with_its_points(text: str, grade: str) -> None:
    assert class_of(text) == grade


# refusals


@pytest.mark.parametrize("text", ["A7", "B6", "B10", "C9", "C16", "D", "", "5", "A-5"])
def test_a_class_that_contradicts_its_points_is_refused(text: str) -> None:
    with pytest.raises(QuantityError, match="Child-Pugh must be A, B or C"):
        class_of(text)


def test_si_units_are_refused_with_what_they_would_be() -> None:
    with pytest.raises(QuantityError, match=r"g/dL.*35 g/L is meant, write 3.5"):
        child_pugh(1, 35, 1, "none", "none")
    with pytest.raises(QuantityError, match=r"mg/dL.*171 µmol/L is meant, write 10.00"):
        albi_score(171, 4)
    with pytest.raises(QuantityError, match=r"cm.*75 mm is meant, write 7.5"):
        stage(1, 75)
    with pytest.raises(QuantityError, match="give the ratio"):
        child_pugh(1, 4, 70, "none", "none")


@pytest.mark.parametrize("nodules", [0, -1])
def test_no_nodule_has_no_stage(nodules: int) -> None:
    with pytest.raises(QuantityError, match="nodules must be 1 or more"):
        stage(nodules)


@pytest.mark.parametrize("ecog", [-1, 5])
def test_a_performance_status_beyond_its_scale_is_refused(ecog: int) -> None:
    with pytest.raises(QuantityError, match="ECOG must be 0 to 4"):
        stage(ecog=ecog)


@pytest.mark.parametrize("bilirubin", [0.0, -1.0, math.nan])
def test_bilirubin_that_cannot_be_is_refused(bilirubin: float) -> None:
    with pytest.raises(QuantityError, match=r"bilirubin .* above zero"):
        albi_score(bilirubin, 4)


@pytest.mark.parametrize(("name", "most"), [("bilirubin", 80.0), ("albumin", 8.0), ("inr", 20.0)])
def test_a_laboratory_value_beyond_what_its_unit_can_be_is_refused_from_just_above_on(name: str, most: float) -> None:
    values = {"bilirubin": 1.0, "albumin": 4.0, "inr": 1.0}
    for value in (most - 0.01, most):
        held = values | {name: value}
        assert child_pugh(held["bilirubin"], held["albumin"], held["inr"], "none", "none").points >= 5
    beyond = values | {name: most + 0.01}
    with pytest.raises(QuantityError, match=f"{name if name != 'inr' else 'INR'}.*{most:g}"):
        child_pugh(beyond["bilirubin"], beyond["albumin"], beyond["inr"], "none", "none")


def test_a_lesion_larger_than_a_liver_is_refused() -> None:
    assert stage(largest=40.0) == "A"
    with pytest.raises(QuantityError, match="40"):
        stage(largest=40.01)
