"""Classes that follow from their parts: what is filled, what contradicts, what cannot be derived."""

import pytest

from yttria.planning.class_derivation import DerivedClasses, derived_classes

PARTS = {"bilirubin_mg_dl": "1", "albumin_g_dl": "4", "inr": "1.1", "ascites": "none", "encephalopathy": "none"}
TUMOUR = {"nodules": "1", "largest_cm": "4", "ecog": "0", "vascular_invasion": "0", "extrahepatic": "0"}


def derived(**facts: str) -> DerivedClasses:
    return derived_classes({**PARTS, **TUMOUR, **facts})


def test_every_class_follows_from_its_parts() -> None:
    assert dict(derived().values) == {
        "child_pugh_points": "5",
        "child_pugh_class": "A",
        "albi_score": "-2.586",  # 0.66 log10(17.1) - 0.085 * 40
        "albi_grade": "2",
        "bclc": "A",
    }
    assert derived().findings == ()


@pytest.mark.parametrize(
    ("part", "lost"),
    [
        ("bilirubin_mg_dl", {"child_pugh_points", "child_pugh_class", "albi_score", "albi_grade", "bclc"}),
        ("albumin_g_dl", {"child_pugh_points", "child_pugh_class", "albi_score", "albi_grade", "bclc"}),
        ("inr", {"child_pugh_points", "child_pugh_class", "bclc"}),
        ("ascites", {"child_pugh_points", "child_pugh_class", "bclc"}),
        ("encephalopathy", {"child_pugh_points", "child_pugh_class", "bclc"}),
        ("nodules", {"bclc"}),
        ("largest_cm", {"bclc"}),
        ("ecog", {"bclc"}),
        ("vascular_invasion", {"bclc"}),
        ("extrahepatic", {"bclc"}),
    ],
)
def test_a_class_whose_part_is_missing_does_not_follow(part: str, lost: set[str]) -> None:
    assert set(derived().values) - set(derived(**{part: ""}).values) == lost


def test_a_stated_class_stands_in_for_one_without_parts() -> None:
    assert derived(inr="", child_pugh_class="B").values["bclc"] == "A"
    assert derived(inr="", child_pugh_class="C").values["bclc"] == "D"
    assert "child_pugh_class" not in derived(inr="", child_pugh_class="B").values


@pytest.mark.parametrize(
    ("name", "value", "stage"), [("vascular_invasion", "1", "C"), ("extrahepatic", "1", "C"), ("ecog", "3", "D")]
)
def test_spread_invasion_and_performance_reach_the_stage(name: str, value: str, stage: str) -> None:
    assert derived(**{name: value}).values["bclc"] == stage


@pytest.mark.parametrize(
    ("stated", "contradicts"),
    [("-2.586", False), ("-2.6", False), ("-2.636", False), ("-2.638", True), ("-2.536", False), ("-2.534", True)],
)
def test_a_stated_score_contradicts_from_more_than_its_rounding_on(stated: str, contradicts: bool) -> None:
    found = derived(albi_score=stated)
    assert [f.code for f in found.findings] == ["class-contradicts"] * contradicts
    assert "albi_score" not in found.values


def test_a_stated_class_that_its_parts_contradict_is_named_with_both() -> None:
    (finding,) = derived_classes({**PARTS, "child_pugh_class": "B"}, patient="P7").findings
    assert (finding.level, finding.code, finding.values) == (
        "warning",
        "class-contradicts",
        {"column": "child_pugh_class"},
    )
    assert finding.message == "patient P7: child_pugh_class is stated as B, but its parts give A; correct one of them"
    assert derived(child_pugh_class=" a ").findings == ()


def test_parts_that_cannot_be_true_are_a_finding_and_no_class() -> None:
    for wrong in ({"albumin_g_dl": "40"}, {"inr": "high"}):
        found = derived(**wrong)
        assert found.values == {}
        assert [(f.level, f.code) for f in found.findings] == [("warning", "class-underivable")]
        assert found.findings[0].message.startswith("classes cannot be derived: ")
