"""A study's document: complete, in order, no bare P, and whole whatever does not exist."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from yttria.contract.study import (
    ArmComparison,
    ArmContrast,
    ChiSquaredTest,
    CoxModel,
    FollowUp,
    StudyResult,
    SurvivalRate,
)
from yttria.evidence.study.analysis import analyse
from yttria.evidence.study.cohort_builder import build_cohort
from yttria.io.render.palette import colour
from yttria.report.study.contrasts import NONE
from yttria.report.study.document import StudyPaper, figures_of, study_document, tables_of
from yttria.report.study.figure_panels import immortal_figure
from yttria.report.study.number_format import median_of, p_value, rate, ratio
from yttria.report.study.published_numbers import (
    OtherNumber,
    PrintedNumber,
    Published,
    published_document,
    published_table,
)
from yttria.report.study.statements import (
    claims,
    comparison_words,
    flow_words,
    followup_words,
    main_claim,
    resting_words,
)
from yttria.report.study.tables import (
    baseline_table,
    incidence_table,
    models_table,
    outcome_table,
    study_titles,
    title_of,
)
from yttria.values.cohort import Column
from yttria.values.document import Document, Entry, FindingList, Panel, Paragraph, Table
from yttria.values.errors import Finding
from yttria.values.protocol import (
    Arms,
    CurvePanel,
    Curves,
    Cut,
    FigureSpec,
    ModelSpec,
    OutcomeColumns,
    Protocol,
    SelectionSpec,
)

ASKED = Protocol(
    OutcomeColumns("os", "dead", unit="months"),
    title="A trial",
    arms=Arms("arm", "PDA", "SDA"),
    km=Curves(("arm", "pvt"), (12.0,)),
    univariable=("arm", "age"),
    models={"full": ModelSpec(("arm", "age"))},
    selection=SelectionSpec(("arm", "age"), 1.0),
    subgroups=("pvt",),
    landmark=(3.0,),
    time_varying={"resection": "resected"},
    censor_at="resected",
    populations={"PVT": {"pvt": (1,)}},
    cause_column="cause",
    causes=(("1", "liver"), ("2", "other")),
)


def number(name: str, values: Any) -> Column:
    known = ~np.isnan(values)
    levels, codes = np.unique(values[known], return_inverse=True)
    where = np.full(len(values), -1)
    where[known] = codes
    return Column(name, where, tuple(f"{v:g}" for v in levels), values)


def table(rows: int, *, events: bool = True) -> dict[str, Column]:
    rng = np.random.default_rng(rows)
    time = np.round(rng.exponential(20, rows), 1) + 0.1
    dead = ((rng.random(rows) < 0.8) & events).astype(float)
    return {
        "os": number("os", time),
        "dead": number("dead", dead),
        "arm": Column("arm", np.arange(rows) % 2, ("SDA", "PDA")),
        "pvt": number("pvt", (rng.random(rows) < 0.5).astype(float)),
        "age": number("age", np.round(rng.normal(60, 9, rows))),
        "cause": number("cause", np.where(dead > 0, rng.integers(1, 3, rows), 0).astype(float)),
        "resected": number("resected", np.where((rng.random(rows) < 0.4) & (time > 4), np.round(time / 2, 1), np.nan)),
    }


def paper(columns: dict[str, Column], asked: Protocol = ASKED) -> StudyPaper:
    study = analyse(build_cohort(columns, asked), asked)
    return StudyPaper(study.result, asked, study.findings, {"pvt": "portal vein thrombosis"})


@pytest.fixture(scope="module")
def whole() -> StudyPaper:
    return paper(table(60))


@pytest.fixture(scope="module")
def document(whole: StudyPaper) -> Document:
    return study_document(whole, version="1.2.3")


def test_sections_come_in_the_order_of_a_paper(document: Document) -> None:
    assert [section.heading for section in document.sections] == [
        "Verdict", "Findings", "Patients", "Outcome", "Subgroups", "Models", "Events after baseline", "Competing risks",
        "Parts of the cohort", "Checks of assumptions", "Tables for a paper", "In sentences", "Method",
    ]  # fmt: skip


def test_every_figure_has_a_name_of_its_own_and_says_its_method(document: Document) -> None:
    figures = figures_of(document)
    assert len({figure.name for figure in figures}) == len(figures)
    assert all(figure.caption for figure in figures)
    assert {"km-arm", "forest-subgroups", "incidence", "immortal-time-resection"} <= {f.name for f in figures}
    assert all(isinstance(panel, Panel) for figure in figures for panel in figure.panels)


def test_the_naive_look_at_a_later_event_never_stands_alone(document: Document) -> None:
    (looks,) = [t for t in tables_of(document) if "The same intervention" in t.title]
    assert [str(row[0]) for row in looks.rows] == [
        "resection as if known at baseline", "resection from the day it happened", "resection by 3 months",
    ]  # fmt: skip


def test_no_sentence_has_a_bare_p(whole: StudyPaper) -> None:
    for said in claims(whole.result, ASKED, whole.titles):
        for before in said.split(" P ")[:-1]:
            assert any(test in before for test in ("log-rank", "Wald", "interaction", "z test"))


def test_a_factor_is_called_what_people_call_it(whole: StudyPaper) -> None:
    assert any("portal vein thrombosis" in said for said in claims(whole.result, ASKED, whole.titles))


def test_the_smallest_study_has_a_document() -> None:
    bare = Protocol(ASKED.outcome)
    made = study_document(paper(table(3), bare), version="1")
    assert [s.heading for s in made.sections] == ["Verdict", "Findings", "Patients", "Outcome", "Method"]
    assert [f.name for f in figures_of(made)] == ["km-all"]


def test_a_study_without_events_has_a_document() -> None:
    made = study_document(paper(table(40, events=False), replace(ASKED, selection=None)), version="1")
    assert made.sections[0].heading == "Verdict"


def test_tables_show_what_the_record_holds(whole: StudyPaper) -> None:
    first = outcome_table(whole.result, {}, unit="months", interval_words="95 % CI").rows[0]
    assert first[1] == whole.result.n
    assert first[3] == median_of(whole.result.km["all"]["all"])
    assert len(models_table(whole.result.models, {}, title="").rows) == 3


def test_a_follow_up_that_does_not_exist_is_said_so() -> None:
    followup = FollowUp(median=None, low=None, high=None, min=1.0, max=9.0)
    assert "does not exist" in followup_words(followup, "days")


# a study's own figures, label and publication


DRAWN = replace(
    ASKED,
    label="simulated, not patient data",
    figures={
        "figure_1": FigureSpec(
            "Survival by arm",
            (CurvePanel("arm"), CurvePanel("arm", "censored", "Cut at surgery"), CurvePanel("arm", "populations.PVT")),
        ),
        "figure_2": FigureSpec("Subgroups", forest=True),
    },
)


@pytest.fixture(scope="module")
def drawn() -> Document:
    return study_document(paper(table(60), DRAWN), version="1")


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
    assert len(last.beside["HR (95 % CI)"]) == 3
    assert first.caption.startswith("Figure 1. Survival by arm.")


def test_the_label_stands_on_every_page_and_every_figure(drawn: Document) -> None:
    assert drawn.notice.startswith("Simulated, not patient data.")
    assert drawn.subtitle == "Simulated, not patient data"
    assert all(figure.label == DRAWN.label for figure in figures_of(drawn))


def test_tables_and_figures_are_numbered_in_reading_order(document: Document) -> None:
    for kind, texts in (
        ("Table", [t.title for t in tables_of(document)]),
        ("Figure", [f.caption for f in figures_of(document)]),
    ):
        assert [text.split(".")[0] for text in texts] == [f"{kind} {n + 1}" for n in range(len(texts))]


def test_immortal_time_is_drawn_with_every_way_of_looking_and_who_is_at_risk_adds_up(whole: StudyPaper) -> None:
    figure = immortal_figure("resection", whole.result, ASKED, {})
    assert len(figure.panels) == 4
    naive, cut = figure.panels[:2]
    assert isinstance(naive, Panel)
    assert isinstance(cut, Panel)
    everybody = [int(a) + int(b) for a, b in zip(naive.under["no"], naive.under["yes"], strict=True)]
    assert [int(a) + int(b) for a, b in zip(cut.under["no"], cut.under["yes"], strict=True)] == everybody
    assert cut.under["yes"][0] == "0"


def test_a_doubt_of_several_analyses_is_told_once() -> None:
    findings = [
        Finding("warning", "factor-missing", "curves by TD leave out 8 rows"),
        Finding("warning", "factor-missing", "censored: curves by TD leave out 7 rows"),
        Finding("warning", "one-level", "populations.PVT: pvt has one level"),
    ]
    made = study_document(replace(paper(table(20)), findings=findings), version="1")
    (told,) = [b for s in made.sections if s.heading == "Findings" for b in s.blocks if isinstance(b, FindingList)]
    assert [f.message for f in told.findings] == [
        "curves by TD leave out 8 rows (likewise in censored)", "pvt has one level (in PVT)",
    ]  # fmt: skip


def test_a_curve_that_rests_at_one_half_has_its_two_medians_explained(two_patients: StudyResult) -> None:
    said = resting_words(two_patients, Protocol(ASKED.outcome), {})
    assert "1 of 2 left from 5.0 to 9.0 months, so 7.0 or 5.0" in said[0]
    bare = Protocol(ASKED.outcome)
    assert resting_words(paper(table(3), bare).result, bare, {}) == []


def test_each_printed_number_that_differs_stands_in_the_report_with_its_reason() -> None:
    cells = (
        PrintedNumber("Table 2", "PDA, at 24 months", "value", "50.0", 50.0, "agrees"),
        PrintedNumber("Table 2", "PDA, at 60 months", "value", "16.4", 16.33, "differs", "no whole patients give it"),
    )
    made = study_document(
        paper(table(20)),
        version="1",
        published=Published(
            cells, "A paper", (OtherNumber("discussion", "another trial", "19.4 (11–36.5)", "of other patients"),)
        ),
    )
    (section,) = [s for s in made.sections if s.heading == "Beside the published numbers"]
    words = " ".join(b.text for b in section.blocks if isinstance(b, Paragraph))
    assert "Of 2 printed numbers 1 come" in words
    counts, differing, others = [b for b in section.blocks if isinstance(b, Table)]
    assert list(counts.rows[-1]) == ["all", 2, 1, 0, 1]
    assert len(differing.rows) == 1
    assert [row[:3] for row in others.rows] == [["discussion", "another trial", "19.4 (11–36.5)"]]
    told = published_table(Published(cells, "A paper", (OtherNumber("discussion", "another trial", "19.4"),))).rows
    assert [row[5] for row in told] == ["agrees", "differs", "not compared"]
    whole = published_document(Published(cells), title="t", subtitle="s", notice="n", version="1")
    assert sum(len(t.rows) for t in tables_of(whole)[2:]) == 2


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
    assert panel.beside["HR (95 % CI)"][0] == f"{1 / effect.hr:.2f} ({1 / effect.high:.2f}–{1 / effect.low:.2f})"
    (verdict, *_) = main_claim(turned.result, ASKED, {})
    assert f"PDA against SDA: hazard ratio {1 / effect.hr:.2f}" in verdict[1]


def test_a_number_of_more_than_two_levels_is_not_called_yes_or_no() -> None:
    columns = table(60)
    columns["pvt"] = number("pvt", np.arange(60) % 3.0)
    rows = outcome_table(paper(columns).result, {}, unit="", interval_words="").rows
    assert [str(row[0]).strip() for row in rows[-3:]] == ["0", "1", "2"]


def test_quantiles_and_trends_that_are_asked_for_are_on_paper() -> None:
    asked = replace(ASKED, km=Curves(("arm", "pvt"), (12.0,), quantiles=(0.25,), trend=("pvt",)))
    made = paper(table(60), asked)
    quantiles = made.result.km["all"]["all"].quantiles
    assert quantiles
    found = quantiles[0]
    tables = {t.title.partition(". ")[2]: t for t in tables_of(study_document(made, version="1"))}
    quantile = next(t for title, t in tables.items() if title.startswith("When shares"))
    assert str(quantile.rows[0][1]).startswith(f"{found.time:.1f} (")
    trend = next(
        row for row in outcome_table(made.result, {}, unit="", interval_words="").rows if "trend" in str(row[0])
    )
    assert trend[-1] == p_value(made.result.trend["pvt"].p)
    assert any("log-rank test for trend" in said for said in claims(made.result, asked, {}))


def test_a_restricted_mean_says_which_level_lives_longer(whole: StudyPaper) -> None:
    gap = whole.result.rmst_difference["arm"].difference
    assert gap is not None
    first, second = whole.result.km["arm"]
    longer = second if gap > 0 else first
    (said,) = [s for s in claims(whole.result, ASKED, {}) if "restricted mean" in s and "arm" in s]
    assert f"{abs(gap):.1f} (" in said
    assert f"longer with arm: {longer} than" in said


def test_an_infinite_ratio_is_shown_with_its_penalty_and_marked() -> None:
    columns = table(40)
    columns["safe"] = number("safe", np.where(columns["dead"].codes == 0, 1.0, 0.0))
    made = paper(columns, replace(ASKED, models={"m": ModelSpec(("safe",))}))
    model = made.result.models["m"]
    assert model.firth is not None
    shown = models_table({"m": model}, {}, title="")
    assert model.terms["safe"].hr is None
    assert shown.rows[1][:2] == ["   safe †", ratio(model.firth.terms["safe"])]
    assert "Firth" in shown.notes[0]
    assert not models_table({"m": whole_model()}, {}, title="").notes


def whole_model() -> CoxModel:
    return paper(table(40)).result.models["full"]


def test_a_model_says_how_it_differs_from_a_plain_one() -> None:
    spec = ModelSpec(("age",), ties="exact", strata=("pvt",), cluster="arm")
    made = paper(table(40), replace(ASKED, models={"m": spec}))
    (heading, *_) = models_table(made.result.models, {}, title="", specs={"m": spec}).rows
    assert isinstance(heading[0], Entry)
    assert heading[0].under.endswith("; exact ties; stratified by pvt; errors robust by arm")


def test_a_number_that_spreads_little_has_the_decimals_that_show_it() -> None:
    columns = table(40)
    columns["offset"] = number("offset", np.linspace(-0.04, 0.05, 40))
    asked = replace(ASKED, baseline=("offset", "age"))
    made = paper(columns, asked)
    rows = baseline_table(made.result.baseline, ["SDA", "PDA"], {}).rows
    assert rows[1][1] == "0.005 (0.027)"
    assert " to " in str(rows[2][1])
    assert str(rows[4][1]).count(".") == 2


def test_two_levels_that_differ_in_their_number_alone_are_two_doubts(whole: StudyPaper) -> None:
    said = ("in subgroup ecog 2 nothing", "in subgroup ecog 3 nothing", "censored: in subgroup ecog 2 nothing")
    found = replace(whole, findings=[Finding("warning", "subgroup-impossible", words) for words in said])
    (findings,) = [
        block for block in study_document(found, version="1").sections[1].blocks if isinstance(block, FindingList)
    ]
    assert [finding.message for finding in findings.findings] == [
        "in subgroup ecog 2 nothing (likewise in censored)",
        "in subgroup ecog 3 nothing",
    ]


def test_the_flow_counts_each_arm_and_whose_values_are_missing() -> None:
    columns = table(40)
    assert columns["age"].numbers is not None
    columns["age"] = number("age", np.where(np.arange(40) < 3, np.nan, columns["age"].numbers))
    made = paper(columns)
    (words,) = flow_words(made.result, ASKED, {"arm": "randomised arm"})
    events = made.result.km["arm"]["PDA"].events
    assert f"PDA 20 ({events} events, {20 - events} censored)" in words
    assert "uses it: age (3); nothing is imputed" in words


def test_the_incidence_of_a_cause_stands_at_the_times_asked_for(whole: StudyPaper) -> None:
    shown = incidence_table(whole.result, {}, unit="months")
    record = whole.result.cif["all"]["all"]["liver"]
    place = int(np.searchsorted(record.time, 12.0, side="right")) - 1
    assert [column.heading for column in shown.columns[2:4]] == ["At 12 months", "At the end"]
    assert str(shown.rows[0][2]).startswith(f"{100 * record.estimate[place]:.1f} (")
    assert str(shown.rows[0][3]).startswith(f"{100 * record.estimate[-1]:.1f} (")


def test_no_follow_up_lies_beyond_the_axis_of_an_incidence(document: Document, whole: StudyPaper) -> None:
    figure = next(figure for figure in figures_of(document) if figure.name == "incidence")
    for panel in figure.panels:
        assert isinstance(panel, Panel)
        assert panel.x_range is not None
        assert panel.x_range[1] >= max(whole.result.cif["all"]["all"]["liver"].time)


def test_a_level_says_which_level_it_is_compared_with(document: Document) -> None:
    (alone,) = [
        t
        for t in tables_of(document)
        if "One factor at a time (Cox)" in t.title and "PVT" not in t.title and "cut" not in t.title
    ]
    assert alone.rows[0][0] == "arm: PDA vs SDA"


def test_an_interaction_is_told_by_both_its_terms() -> None:
    assert title_of({"arm": "Arm", "pvt": "PVT"}, "arm[PDA]:pvt[a:b]") == "Arm: PDA × PVT: a:b"
    assert title_of({"odd:name": "Odd"}, "odd:name") == "Odd"


def test_no_name_of_a_protocol_leads_out_of_the_folder_of_figures() -> None:
    models = {name: ModelSpec(("age",), over_time=True) for name in ("../../up", "AFP, µg/L", "AFP; µg/L", 'a"b')}
    names = [f.name for f in figures_of(study_document(paper(table(40), replace(ASKED, models=models)), version="1"))]
    assert {"over-time-..-..-up", "over-time-AFP-µg-L", "over-time-AFP-µg-L-2", "over-time-a-b"} <= set(names)
    assert len(set(names)) == len(names)
    assert all("/" not in name and not name.startswith(".") for name in names)


def test_a_colon_in_the_name_of_a_column_is_not_read_as_an_interaction() -> None:
    titles = {"age: years": "age: years", "arm": "arm"}
    assert title_of(titles, "age: years") == "age: years"
    assert title_of(titles, "arm[B]:age: years") == "arm: B × age: years"


# what belongs together, and what is not said


def titled(columns: dict[str, Column], asked: Protocol) -> StudyPaper:
    """Return a paper whose names are those of the command line."""
    cohort = build_cohort(columns, asked)
    study = analyse(cohort, asked)
    return StudyPaper(study.result, asked, study.findings, study_titles(cohort.columns, asked))


def words_of(document: Document, heading: str) -> str:
    (section,) = [s for s in document.sections if s.heading == heading]
    return " ".join(str(block) for block in section.blocks)


def test_what_identifies_a_study_stands_in_its_first_section() -> None:
    asked = Protocol(
        ASKED.outcome, registration="NCT02582034", ethics="CPP 15/22", sponsor="a hospital", data_cut="2024-03-31"
    )
    first = words_of(study_document(paper(table(30), asked), version="1"), "Verdict")
    assert all(words in first for words in ("NCT02582034", "CPP 15/22", "a hospital", "2024-03-31"))
    assert "Registration" not in words_of(
        study_document(paper(table(30), Protocol(ASKED.outcome)), version="1"), "Verdict"
    )


def test_levels_are_called_what_the_protocol_calls_them_everywhere() -> None:
    asked = replace(ASKED, labels={"arm": {"PDA": "personalised", "SDA": "standard"}}, univariable=("arm",))
    made = titled(table(60), asked)
    document = study_document(made, version="1")
    for heading in (
        "Verdict",
        "Patients",
        "Outcome",
        "Subgroups",
        "Models",
        "Competing risks",
        "Parts of the cohort",
        "In sentences",
    ):
        said = words_of(document, heading)
        assert "PDA" not in said
        assert "SDA" not in said
    assert "personalised against standard: hazard ratio" in words_of(document, "Verdict")


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


def test_nothing_is_called_free_of_doubt_while_a_finding_stands(whole: StudyPaper) -> None:
    free = "No check of the numbers found anything."
    for findings, expected in (
        ([], True),
        ([Finding("note", "median-not-reached", "no median")], False),
        ([Finding("note", "levels-listed", "event holds dead (3)")], False),
        ([Finding("warning", "x", "y")], False),
    ):
        said = words_of(study_document(replace(whole, findings=findings), version="1"), "Findings")
        assert (free in said) == expected
        assert all(f.message in said for f in findings if f.code != "median-not-reached")


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


@pytest.mark.parametrize(
    ("at_risk", "survival", "limits", "shown"),
    [
        (3, 0.5, (0.2, 0.9), "50.0 (20.0–90.0)"),
        (0, 0.5, (0.2, 0.9), "—"),  # somebody was censored last
        (0, 0.0, (None, None), "0.0"),  # the last one died
        (3, 1.0, (1.0, 1.0), "100.0"),
    ],
)
def test_no_rate_is_printed_where_nobody_is_followed_and_no_limits_of_everybody(
    at_risk: int, survival: float, limits: tuple[float | None, float | None], shown: str
) -> None:
    found = SurvivalRate(time=12, at_risk=at_risk, survival=survival, std_err=None, low=limits[0], high=limits[1])
    assert rate(found) == shown


def test_the_ratio_of_two_groups_stands_in_the_corner_of_their_curves_alone(document: Document) -> None:
    corners = {
        f.name: f.panels[0].corner
        for f in figures_of(document)
        if f.name.startswith("km-") and isinstance(f.panels[0], Panel)
    }
    assert corners["km-arm"].startswith("HR ")
    assert corners["km-pvt"] == ""  # no model of it was asked for


def test_numbers_at_risk_stand_under_incidences(document: Document) -> None:
    (figure,) = [f for f in figures_of(document) if f.name == "incidence"]
    for panel in figure.panels:
        assert isinstance(panel, Panel)
        assert panel.under["At risk"][0] == "30"


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


def test_a_report_of_split_rows_counts_patients() -> None:
    """Three patients in five rows; one is followed on after each of its first two."""
    columns = {
        "id": Column("id", np.array([0, 0, 0, 1, 2]), ("a", "b", "c")),
        "start": number("start", np.array([0.0, 2, 5, 0, 1])),
        "os": number("os", np.array([2.0, 5, 9, 7, 12])),
        "dead": number("dead", np.array([0.0, 0, 1, 1, 0])),
        "arm": Column("arm", np.array([0, 0, 0, 1, 1]), ("PDA", "SDA")),
    }
    asked = Protocol(
        OutcomeColumns("os", "dead", unit="months", entry="start", id="id"),
        arms=ASKED.arms,
        km=Curves(("arm",), (6.0,)),
    )
    made = paper(columns, asked)
    said = " ".join(str(block) for section in study_document(made, version="1").sections for block in section.blocks)
    assert "('Patients', '3'), ('Rows (intervals)', '5')" in said
    assert "('Censored', '1')" in said
    assert "PDA 1 (1 events, 0 censored); SDA 2 (1 events, 1 censored)" in said
    assert "2 events in 3" in said
    assert "n = 3;" in said
