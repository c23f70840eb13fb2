"""Patients, outcome and subgroups: counts, curves and the ratio beside them."""

from dataclasses import replace

import numpy as np
import pytest
from tests.report.study.analysed_study import ASKED, number, paper, table, titled, words_of

from yttria.contract.study import ArmComparison, ArmContrast, ChiSquaredTest, StudyResult
from yttria.io.render.palette import colour
from yttria.report.study.contrasts import NONE
from yttria.report.study.document import figures_of, study_document
from yttria.report.study.statements import comparison_words, flow_words, main_claim
from yttria.report.study.study_paper import StudyPaper
from yttria.values.cohort import Column
from yttria.values.document import Document, Panel
from yttria.values.protocol import Arms, CurvePanel, Curves, Cut, FigureSpec, Protocol


def test_figures_asked_for_come_first_in_order_and_are_not_drawn_twice(drawn: Document) -> None:
    names = [figure.name for figure in figures_of(drawn)]
    assert names[:2] == ["figure_1", "figure_2"]
    assert not {"km-arm", "forest-subgroups"} & set(names)
    assert "km-pvt" in names
    assert "Subgroups" not in [section.heading for section in drawn.sections]


def test_a_figure_of_curves_shows_each_part_of_the_study_and_the_ratio_of_each(drawn: Document) -> None:
    first = figures_of(drawn)[0]
    assert [p.title[:1] for p in first.panels if isinstance(p, Panel)] == ["A", "B", "C", "D"]
    last = first.panels[-1]
    assert isinstance(last, Panel)
    assert len(last.text_columns["HR (95 % CI)"]) == 3
    assert first.caption.startswith("Figure 1. Survival by arm.")


def test_the_arms_are_compared_one_way_round_on_the_whole_page(whole: StudyPaper) -> None:
    """PDA sorts before SDA, so that the model's reference is PDA; the report says PDA against SDA nevertheless."""
    columns = table(60)
    columns["arm"] = Column("arm", 1 - np.arange(60) % 2, ("PDA", "SDA"))
    turned = paper(columns)
    effect = turned.result.univariable["arm"].terms["arm[SDA]"]
    assert effect.hr is not None
    assert effect.low is not None
    assert effect.high is not None
    figure = next(f for f in figures_of(study_document(turned, version="1")) if f.name == "forest-subgroups")
    (panel,) = figure.panels
    assert isinstance(panel, Panel)
    assert panel.text_columns["HR (95 % CI)"][0] == f"{1 / effect.hr:.2f} ({1 / effect.high:.2f}–{1 / effect.low:.2f})"
    (verdict, *_) = main_claim(turned.result, ASKED, {})
    assert f"PDA against SDA: hazard ratio {1 / effect.hr:.2f}" in verdict[1]


def test_the_flow_counts_each_arm_and_whose_values_are_missing() -> None:
    columns = table(40)
    assert columns["age"].numbers is not None
    columns["age"] = number("age", np.where(np.arange(40) < 3, np.nan, columns["age"].numbers))
    made = paper(columns)
    (words,) = flow_words(made.result, ASKED, {"arm": "randomised arm"})
    events = made.result.km["arm"]["PDA"].events
    assert f"PDA 20 ({events} events, {20 - events} censored)" in words
    assert "uses it: age (3); nothing is imputed" in words


@pytest.mark.parametrize(
    ("label", "sides"),
    [
        ("tumour dose ≥ 60 Gy", ("≥ 60 Gy", "< 60 Gy")),
        ("", ("≥ 60", "< 60")),
        ("an age of 60 or more", ("an age of 60 or more", "age < 60")),
    ],
)
def test_a_cut_is_named_by_its_words_in_its_figure(label: str, sides: tuple[str, str]) -> None:
    asked = Protocol(ASKED.outcome, cuts={"old": Cut("age", 60, label)}, km=Curves(("old",)))
    (figure,) = figures_of(study_document(titled(table(60), asked), version="1"))
    (panel,) = figure.panels
    assert isinstance(panel, Panel)
    headings = [name for name, texts in panel.under.items() if not texts]
    assert headings == [sides[1], sides[0]]


def test_a_factor_of_more_than_six_levels_is_told_and_one_of_six_is_drawn() -> None:
    columns = table(84)
    for levels in (6, 7):
        columns["site"] = Column("site", np.arange(84) % levels, tuple("abcdefg"[:levels]))
        made = study_document(paper(columns, Protocol(ASKED.outcome, km=Curves(("site",)))), version="1")
        told = "Curves by site are not drawn: it has 7 levels" in words_of(made, "Outcome")
        assert (told, len(figures_of(made))) == ((True, 0) if levels > 6 else (False, 1))
        side = FigureSpec("Both", (CurvePanel("site"), CurvePanel("pvt")))
        asked = Protocol(ASKED.outcome, km=Curves(("site", "pvt")), figures={"both": side})
        made = study_document(paper(columns, asked), version="1")
        (figure,) = [f for f in figures_of(made) if f.name == "both"]
        assert len(figure.panels) == (1 if levels > 6 else 2)


def test_six_levels_have_six_colours_and_dashes_whichever_are_the_arms() -> None:
    columns = table(84)
    columns["arm"] = Column("arm", np.arange(84) % 6, tuple("BPSTXY"))
    asked = Protocol(ASKED.outcome, arms=Arms("arm", "P", "S"), km=Curves(("arm",)))
    (figure,) = figures_of(study_document(paper(columns, asked), version="1"))
    (panel,) = figure.panels
    assert isinstance(panel, Panel)
    assert len({colour(tone) for tone, _ in panel.samples.values()}) == 6
    assert len({dash for _, dash in panel.samples.values()}) == 6
    assert panel.samples["P"][0] == "treated"


def test_a_stratified_or_many_sided_log_rank_test_does_not_stand_beside_a_plain_ratio() -> None:
    columns = table(60)
    columns["risk"] = Column("risk", np.arange(60) % 3, ("high", "low", "mid"))
    asked = Protocol(ASKED.outcome, arms=ASKED.arms, km=Curves(("arm",), strata=("risk",)), univariable=("arm",))
    verdict = dict(main_claim(paper(columns, asked).result, asked, {}))["arm"]
    assert "(95 % CI, Cox stratified by risk), Wald P = " in verdict
    assert "; log-rank test stratified by risk: P = " in verdict
    assert verdict.index("(without strata: hazard ratio") < verdict.index("; log-rank P = ")
    columns["arm"] = Column("arm", np.arange(60) % 3, ("PDA", "SDA", "both"))
    three = replace(asked, km=Curves(("arm",)))
    assert ". Log-rank test of all 3 groups: P = " in dict(main_claim(paper(columns, three).result, three, {}))["arm"]
    two = replace(asked, km=Curves(("arm",)))
    assert "; log-rank P = " in dict(main_claim(paper(table(60), two).result, two, {}))["arm"]


def test_the_ratio_of_two_groups_stands_in_the_corner_of_their_curves_alone(document: Document) -> None:
    corners = {
        f.name: f.panels[0].corner
        for f in figures_of(document)
        if f.name.startswith("km-") and isinstance(f.panels[0], Panel)
    }
    assert corners["km-arm"].startswith("HR ")
    assert corners["km-pvt"] == ""  # no model of it was asked for


def test_the_two_arms_are_compared_by_their_own_ratio_and_test_and_strata_are_named(
    two_patients: StudyResult,
) -> None:
    effect = NONE.model_copy(update={"coef": 0.1, "hr": 1.12, "low": 0.64, "high": 1.95, "p": 0.691})
    bare = NONE.model_copy(update={"coef": -0.2, "hr": 0.82, "low": 0.49, "high": 1.34, "p": 0.424})
    three = ArmComparison(
        n=56,
        events=50,
        effect=effect,
        logrank=ChiSquaredTest(chi2=0.2, df=1, p=0.693),
        treated="PDA",
        control="SDA",
        strata=[],
    )
    plain = ArmContrast(n=56, events=50, effect=bare, logrank=ChiSquaredTest(chi2=0.7, df=1, p=0.413))
    pair = three.model_copy(update={"strata": ["risk"], "unstratified": plain})
    asked = replace(ASKED, km=Curves(("arm",), strata=("risk",)))

    def compared(found: ArmComparison) -> StudyResult:
        return two_patients.model_copy(update={"comparison": found})

    result = compared(pair)
    assert comparison_words(result, asked, {"risk": "risk group"}) == (
        "PDA against SDA: hazard ratio 1.12 (0.64–1.95) (95 % CI, Cox stratified by risk group), Wald P = 0.691; "
        "log-rank test stratified by risk group: P = 0.693 "
        "(without strata: hazard ratio 0.82 (0.49–1.34) (95 % CI, Cox), Wald P = 0.424; log-rank P = 0.413)"
    )
    said = comparison_words(compared(three), replace(ASKED, km=Curves(("arm",))), {})
    assert said.endswith("Wald P = 0.691; log-rank P = 0.693")
    assert comparison_words(compared(three.model_copy(update={"effect": NONE})), ASKED, {}) == ""
