"""io.roles: what a structure is, by its name; the case overrides, ambiguity is refused."""

import pytest

from yttria.io.ground.structure_roles import assign, require_known, role_by_name, role_words, side_by_name
from yttria.values.errors import IntakeError


@pytest.mark.parametrize(
    ("role", "names"),
    [
        ("liver", ["Liver", "LIVER", "foie", "Leber", "whole liver", "Foie total", "Liver_contour", "liver volume"]),
        (
            "lungs",
            [
                "Lungs",
                "Lung_L",
                "Rt Lung",
                "Poumons",
                "poumon droit",
                "Lunge links",
                "Lungenflügel rechts",
                "lung-left",
            ],
        ),
        (
            "perfused",
            [
                "PTV perfused",
                "Perfused volume",
                "perfused",
                "volume perfusé",
                "Foie perfusé",
                "Perfundiertes Volumen",
                "injected territory",
                "Zielvolumen",
            ],
        ),
        (
            "tumour",
            [
                "GTV",
                "GTV 1",
                "gtv_2",
                "Tumor",
                "tumour-1",
                "Tumeur 2",
                "Läsion 3",
                "lesion1 liver R lobe",
                "Lebertumor",
                "livertumor2",
                "HCC seg 8",
                "Métastase 1",
            ],
        ),
        (
            "",
            [
                "Heart",
                "Tumor Bed",
                "Liver-GTV",
                "PTV - tumour",
                "normal liver",
                "foie sain",
                "left lobe",
                "PTV",
                "Planning target volume",
                "necrotic tumour",
                "Tumour without necrosis",
                "GTV - necrosis",
                "non-necrotic tumour",
                "bland thrombus",
                "body wall",
                "lung PRV",
                "",
            ],
        ),
        (
            "necrosis",
            [
                "GTV necrosis",
                "Necrosis",
                "Nécrose",
                "Tumornekrose",
                "necrotic core 2",
                "Tumour 1 necrosis",
                "zone nécrotique",
            ],
        ),
        (
            "thrombus",
            ["Thrombus", "tumour thrombus", "PVTT", "Portal vein thrombosis", "Pfortaderthrombus", "TumorThrombus"],
        ),
        ("body", ["Body", "BODY", "External", "Skin", "Körper", "outer contour", "body contour"]),
    ],
)
def test_usual_names_in_three_languages_mean_their_role(role: str, names: list[str]) -> None:
    assert {n: role_by_name(n) for n in names} == dict.fromkeys(names, role)


def test_sides_are_told_where_a_name_says_one() -> None:
    told = [side_by_name(n) for n in ("Lung_L", "poumon droit", "Lungs", "Lunge rechts", "Rt Lung")]
    assert told == ["left", "right", "", "right", "right"]


def test_both_lungs_together_are_lungs_and_one_alone_is_a_doubt() -> None:
    both = assign(["Lung_L", "Lung_R", "Liver"], {})
    assert both.roles == (("lungs",), ("lungs",), ("liver",))
    assert both.findings == ()
    assert [f.code for f in assign(["Lung_L"], {}).findings] == ["one-lung"]


def test_what_the_case_says_wins_over_the_name() -> None:
    found = assign(["Liver", "Liver total", "A", "B"], {"liver TOTAL": "liver", "A": "perfused", "b": "perfused"})
    assert found.roles == ((), ("liver",), ("perfused",), ("perfused",))


def test_the_index_lesion_is_a_tumour_by_name() -> None:
    found = assign(["GTV 1", "GTV 2"], {"GTV 2": "index"})
    assert found.roles == (("tumour",), ("tumour",))
    assert found.index == "GTV 2"


@pytest.mark.parametrize(
    ("names", "index"),
    [
        (["GTV 1", "Index lesion"], "Index lesion"),
        (["GTV 1", "index GTV"], "index GTV"),
        (["Index 1 GTV", "Index 2 GTV"], None),
        (["Liver", "Index"], None),
        (["GTV", "Indexed lesion"], None),
    ],
)
def test_a_tumour_that_calls_itself_the_index_is_it_where_only_one_does(names: list[str], index: str | None) -> None:
    assert assign(names, {}).index == index


def test_what_the_case_calls_the_index_wins_over_a_name() -> None:
    assert assign(["GTV 1", "Index lesion"], {"GTV 1": "index"}).index == "GTV 1"


def test_a_planning_target_volume_is_perfused_only_where_the_case_says_so_and_the_line_is_offered() -> None:
    alone = assign(["Liver", "PTV 1"], {})
    assert alone.roles == (("liver",), ())
    assert [(f.level, f.code) for f in alone.findings] == [("warning", "target-not-perfused")]
    assert '[roles]\n"PTV 1" = "perfused"' in alone.findings[0].message
    beside = assign(["Liver", "PTV 1", "Perfused"], {})
    assert [(f.level, f.code) for f in beside.findings] == [("note", "target-not-perfused")]
    for said in ("perfused", "ignore"):
        assert assign(["Liver", "PTV 1"], {"PTV 1": said}).findings == ()


def test_a_role_of_several_structures_is_known_by_name_beside_one_that_the_case_names() -> None:
    found = assign(["Tumour 2", "Necrosis", "PVTT", "Rest"], {"Tumour 2": "necrosis", "Rest": "thrombus"})
    assert found.roles == (("necrosis",), ("necrosis",), ("thrombus",), ("thrombus",))


def test_a_structure_that_the_case_ignores_has_no_role() -> None:
    assert assign(["Liver", "Foie"], {"Foie": "ignore"}).roles == (("liver",), ())


@pytest.mark.parametrize(
    ("said", "roles"),
    [
        (["tumour", "perfused"], ("tumour", "perfused")),
        (["perfused", "liver"], ("perfused", "liver")),
        (["index", "tumour-3", "perfused", "perfused"], ("tumour", "perfused")),
        (["ct", "liver"], ("liver",)),
        ("tumor-2", ("tumour",)),
        ("ignore", ()),
        (["ignore"], ()),
        ([], ()),
    ],
)
def test_a_name_with_two_roles_plays_both(said: str | list[str], roles: tuple[str, ...]) -> None:
    assert role_words(said) == roles
    found = assign(["Liver", "Anything"], {"anything": said} | ({"Liver": "ignore"} if "liver" in said else {}))
    assert found.roles[1] == roles
    assert found.index == ("Anything" if "index" in said else None)


def test_a_role_beside_ignore_is_refused() -> None:
    with pytest.raises(IntakeError, match='must give roles or "ignore", but gives ignore, liver to one name'):
        assign(["Liver"], {"Liver": ["ignore", "liver"]})


def test_a_role_that_a_file_fills_is_not_filled_by_rule_and_the_liver_not_by_roles_either() -> None:
    found = assign(["Liver", "PTV", "Foie"], {"PTV": "perfused"}, filled=frozenset({"liver", "perfused"}))
    assert (found.roles, found.replaced) == (((), ("perfused",), ()), (0, 2))
    with pytest.raises(IntakeError, match=r'\[roles\] says "Foie" and \[files\] liver a file; take one of both'):
        assign(["Liver", "Foie"], {"Foie": "liver"}, filled=frozenset({"liver"}))


def test_two_candidates_are_refused_with_their_names_and_the_way_out() -> None:
    with pytest.raises(
        IntakeError,
        match=r'must be the liver, but 2 could be: "Liver", "Foie"; choose in case.toml:\n\[roles\]\n"Liver" = "liver"',
    ):
        assign(["Liver", "Foie"], {})


@pytest.mark.parametrize("rival", ["Liver_2", "Liver copy", "Foie old"])
def test_a_second_version_of_the_liver_is_a_candidate_too(rival: str) -> None:
    with pytest.raises(IntakeError, match=f'must be the liver, but 2 could be: "Liver", "{rival}"'):
        assign(["Liver", rival], {})
    assert assign(["Liver", rival], {"Liver": "liver"}).roles == (("liver",), ())
    assert assign(["Liver", rival], {rival: "ignore"}).roles == (("liver",), ())
    assert assign([rival], {}).roles == ((),)
    assert assign(["Liver", "Liver segment 4"], {}).roles == (("liver",), ())


def test_a_name_that_nothing_has_is_refused_with_the_nearest() -> None:
    with pytest.raises(IntakeError, match='names "GTV1", but nothing here is called so; nearest are: "GTV 1"'):
        require_known({"GTV1": "tumour"}, ["Liver", "GTV 1"])


def test_a_role_that_does_not_exist_is_refused_with_the_nearest() -> None:
    with pytest.raises(IntakeError, match="did you mean tumour"):
        require_known({"Liver": "tumours"}, ["Liver"])
    with pytest.raises(IntakeError, match=r"must be one of liver, perfused, tumour, .*; choose one of them"):
        require_known({"Liver": "thing"}, ["Liver"])
    with pytest.raises(IntakeError, match="it is derived from liver, perfused and tumours"):
        require_known({"Liver": "normal-liver"}, ["Liver"])
    require_known({"Liver": ["liver", "perfused"], "x": "tumour-2"}, ["liver", "X"])
