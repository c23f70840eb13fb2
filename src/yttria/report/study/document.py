"""A study as a document, in the order of a paper: verdict, findings, patients, follow-up, outcome, subgroups, models, later events, checks."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, replace

from yttria.contract.study import BaselineColumn, CoxModel, StudyResult, SurvivalCurve
from yttria.report.study.contrasts import arm_effect, contrast
from yttria.report.study.dose_response import response_blocks, response_claims
from yttria.report.study.effect_sections import (
    effect_blocks,
    effect_methods,
    endpoint_blocks,
    flow_blocks,
    further_outcome_blocks,
    matched_blocks,
    safety_blocks,
)
from yttria.report.study.effect_tables import arranged_tables
from yttria.report.study.figure_panels import colours_of, contrast_of, immortal_figure, part_of, side_by_side, sides_of
from yttria.report.study.forest_figure import OURS, PRINTED, Row, forest_figure, subgroup_rows
from yttria.report.study.model_diagnostics import over_time_figure, rows_figure
from yttria.report.study.number_format import NO_TEST, exists, level_words, p_text, patients_of, ratio
from yttria.report.study.predictions import prediction_blocks
from yttria.report.study.published_numbers import Published, published_section
from yttria.report.study.statements import (
    claims,
    flow_words,
    followup_words,
    later_words,
    logrank_words,
    main_claim,
    resting_words,
)
from yttria.report.study.survival_figure import incidence_figure, km_figure
from yttria.report.study.tables import (
    arm_names,
    assumptions_table,
    baseline_table,
    incidence_table,
    later_table,
    level_of,
    models_table,
    outcome_table,
    quantile_table,
    referenced,
    scaled_titles,
    selection_table,
    title_of,
    univariable_table,
)
from yttria.values.document import (
    Block,
    DefinitionList,
    Document,
    Figure,
    FindingList,
    Paragraph,
    Points,
    Section,
    Table,
    Verdict,
)
from yttria.values.errors import Finding
from yttria.values.protocol import EVERYBODY, FigureSpec, Protocol, Word

NOTICE = "For research use only. Not a medical device; not for clinical decisions."
MOST_LEVELS = 6
"""Curves that one figure can tell apart."""
FURTHER = ("populations.", "time_varying.", "landmark.")
"""How a finding of a further analysis begins."""
CUT_WORDS = (
    "Cutting follow-up at something that patients reach because they do well is informative censoring: those left are the ones who did worse, "
    "and what is estimated is neither survival without it nor a fair comparison. It is shown because it was published or asked for."
)
NO_NUMBER = ("median-not-reached", "median-limit", "followup-", "no-survivor")
"""How the codes of notes begin that say why a number does not exist."""
MOST_NOTES = 10
MOST_ROWS = 40
"""Rows that a forest can show on a page."""
UNFIT = re.compile(r"[^\w.+-]+|^\.+")
"""What a figure's name may hold in a protocol (it comes from columns and sections), but not as the name of a file."""
WORST_FIRST = {"stop": 0, "warning": 1, "note": 2}


@dataclass(frozen=True, slots=True)
class StudyPaper:
    """What a study's document is made from.

    Parameters
    ----------
    result
        What the analysis found (CONTRACT: analyse).
    protocol
        What was asked.
    findings
        Findings.
    titles
        What a person calls each column.
    """

    result: StudyResult
    protocol: Protocol
    findings: Sequence[Finding]
    titles: Mapping[str, str]

    @property
    def unit(self) -> str:
        """Return the unit of time."""
        return self.protocol.outcome.unit


def study_document(paper: StudyPaper, *, version: str, published: Published | None = None) -> Document:
    """Return the report of a study.

    Parameters
    ----------
    paper
        What was asked and what was found.
    version
        Of Yttria, printed at the foot of each page.
    published
        A publication to stand beside.
    """
    protocol, result = paper.protocol, paper.result
    note = (Paragraph(protocol.note),) if protocol.note else ()
    compared = replace(paper, titles=referenced(result, scaled_titles(paper.titles, protocol)))
    sections = [
        Section("Verdict", (Verdict(main_claim(result, protocol, paper.titles)), *_study_facts(protocol), *note)),
        Section("Findings", _finding_blocks(paper.findings)),
        Section("Patients", _patients(paper)),
        Section("Flow of patients", flow_blocks(result)),
        Section("Response", endpoint_blocks(result, paper.titles)),
        Section("Outcome", _outcome(paper)),
        Section("Further outcomes", further_outcome_blocks(result, protocol, compared.titles)),
        Section("Subgroups", _subgroups(paper)),
        Section("Models", _models(compared)),
        Section("Adjusted effects", effect_blocks(result, protocol, paper.titles, compared.titles)),
        Section("Outside comparisons", matched_blocks(result, protocol, paper.titles)),
        Section("Safety", safety_blocks(result)),
        Section("Events after baseline", _later(paper)),
        Section("Competing risks", _competing(paper)),
        Section("Dose and response", response_blocks(result.dose_response, protocol, paper.titles)),
        Section("Parts of the cohort", _parts(paper)),
        Section("Checks of assumptions", _assumptions(compared)),
        Section("Beside the published numbers", published_section(published or Published())),
        Section("Tables for a paper", _arranged(paper)),
        Section("In sentences", _sentences(compared)),
        Section("Method", _method(protocol)),
    ]
    return Document(
        title=protocol.title or "Survival study",
        subtitle=capital(protocol.label) or "Analysed from one protocol",
        sections=tuple(_numbered([section for section in sections if section.blocks], protocol.label)),
        date="",
        footer=version,
        notice=notice_of(protocol),
    )


def _study_facts(protocol: Protocol) -> tuple[Block, ...]:
    """Return what identifies a study: where it is registered, who let it be done and paid for it, up to when its data go."""
    pairs = (
        ("Registration", protocol.registration),
        ("Ethics", protocol.ethics),
        ("Sponsor", protocol.sponsor),
        ("Data cut", protocol.data_cut),
    )
    facts = tuple((name, words) for name, words in pairs if words)
    return (DefinitionList(facts),) if facts else ()


def notice_of(protocol: Protocol) -> str:
    """Return what stands at the foot of each page: the study's label, and that it is research."""
    return f"{capital(protocol.label)}. {NOTICE}" if protocol.label else NOTICE


def capital(words: str) -> str:
    """Return words that begin a sentence."""
    return words[:1].upper() + words[1:]


def _numbered(sections: Sequence[Section], label: str) -> Iterator[Section]:
    """Yield the sections with tables and figures numbered in reading order, the study's label on each drawing."""
    tables = figures = 0
    names: Counter[str] = Counter()
    for section in sections:
        blocks: list[Block] = []
        for block in section.blocks:
            match block:
                case Table():
                    tables += 1
                    blocks.append(replace(block, title=f"Table {tables}. {block.title}"))
                case Figure():
                    figures += 1
                    words = f"Figure {figures}. {block.title}. {block.caption}"
                    name = UNFIT.sub("-", block.name)
                    names[name] += 1
                    blocks.append(
                        replace(
                            block, caption=words, label=label, name=f"{name}-{names[name]}" if names[name] > 1 else name
                        )
                    )
                case _:
                    blocks.append(block)
        yield Section(section.heading, tuple(blocks))


def figures_of(document: Document) -> tuple[Figure, ...]:
    """Return the figures of a document in reading order."""
    return tuple(block for section in document.sections for block in section.blocks if isinstance(block, Figure))


def tables_of(document: Document) -> tuple[Table, ...]:
    """Return the tables of a document in reading order."""
    return tuple(block for section in document.sections for block in section.blocks if isinstance(block, Table))


def _finding_blocks(findings: Sequence[Finding]) -> tuple[Block, ...]:
    """Return the findings, worst first, once for all analyses it holds in; why single numbers do not exist stands in result.json."""
    if not findings:
        return (Paragraph("No check of the numbers found anything."),)
    serious = sorted((f for f in findings if f.level != "note"), key=lambda f: WORST_FIRST[f.level])
    notes = [f for f in findings if f.level == "note"]
    absent = [f for f in notes if f.code.startswith(NO_NUMBER)]
    worth = tuple(_once([f for f in notes if f not in absent]))
    blocks: list[Block] = [FindingList(tuple(_once(serious)))] if serious else []
    if worth:
        more = f"{len(worth) - MOST_NOTES} more notes stand in result.json." if len(worth) > MOST_NOTES else ""
        blocks.append(FindingList(worth[:MOST_NOTES], quiet=True, more=more))
    if absent:
        one = len(absent) == 1
        blocks.append(
            Paragraph(
                f"{'No warning stands. ' if not serious else ''}Why {'one number does' if one else f'{len(absent)} numbers do'} not exist (medians not reached, "
                "limits without a survivor) is said in result.json."
            )
        )
    return tuple(blocks)


def _once(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield each finding once, with the further analyses that it was met in: their numbers of rows may be others."""
    met: dict[tuple[str, str, int], list[tuple[Finding, str, str]]] = {}
    counted: Counter[tuple[str, str, str]] = (
        Counter()
    )  # two of one place differ in their numbers alone: levels, not rows
    for finding in findings:
        place, sep, rest = finding.message.partition(": ")
        inside = bool(sep) and (place == "censored" or place.startswith(FURTHER))
        where, words = (place.removeprefix("populations."), rest) if inside else ("", finding.message)
        bare = "".join(c for c in words if not c.isdigit())
        counted[finding.code, bare, where] += 1
        met.setdefault((finding.code, bare, counted[finding.code, bare, where]), []).append((finding, where, words))
    for found in met.values():
        finding, where, words = found[0]
        places = [place for _, place, _ in found if place]
        if where:
            yield replace(finding, message=f"{words} (in {', '.join(places)})")
        else:
            yield replace(finding, message=f"{words} (likewise in {', '.join(places)})" if places else words)


def _patients(paper: StudyPaper) -> tuple[Block, ...]:
    result = paper.result
    blocks: list[Block] = [
        DefinitionList(
            (
                *_counted(result, paper.protocol),
                ("Events", str(result.events)),
                ("Censored", str(patients_of(result) - result.events)),
                ("Unit of time", paper.unit or "as in the table"),
            )
        ),
        *(Paragraph(words) for words in flow_words(result, paper.protocol, paper.titles)),
        Paragraph(followup_words(result.followup, paper.unit)),
    ]
    if baseline := result.baseline:
        blocks.append(baseline_table(baseline, _arm_levels(baseline), paper.titles, factor=_arm(paper)))
    return tuple(blocks)


def _counted(result: StudyResult, protocol: Protocol) -> list[tuple[str, str]]:
    """Return how many patients there are, and of how many rows where these are intervals of them."""
    if result.patients is not None:
        return [("Patients", str(result.patients)), ("Rows (intervals)", str(result.n))]
    return [("Patients" if protocol.outcome.entry is None else "Rows (intervals)", str(result.n))]


def _arm(paper: StudyPaper) -> str:
    return "" if paper.protocol.arms is None else paper.protocol.arms.column


def _arm_levels(baseline: Mapping[str, BaselineColumn]) -> list[str]:
    """Return the arms in the order of the table."""
    for record in baseline.values():
        if record.number is not None:
            return list(record.number.by)
        for level in record.levels.values():
            return list(level.by)
    return []


def _outcome(paper: StudyPaper) -> tuple[Block, ...]:
    result, protocol = paper.result, paper.protocol
    blocks: list[Block] = [
        outcome_table(
            result,
            paper.titles,
            unit=paper.unit,
            interval_words=level_words(protocol.km.level),
            strata=protocol.km.strata,
        ),
        *(Paragraph(words) for words in resting_words(result, protocol, paper.titles)),
    ]
    if protocol.km.quantiles:
        blocks.append(
            quantile_table(result, paper.titles, unit=paper.unit, interval_words=level_words(protocol.km.level))
        )
    for name, figure in protocol.figures.items():
        if figure.forest:
            blocks += _forest(paper, name, figure.title, figure.printed)
        else:
            blocks += _side_by_side(paper, name, figure)
    drawn = {panel.by for figure in protocol.figures.values() for panel in figure.panels if not panel.of}
    for factor, curves in result.km.items():
        if factor in drawn or not curves or (factor == "all" and protocol.km.by):
            continue
        if len(curves) > MOST_LEVELS:
            blocks.append(Paragraph(_undrawn_words(paper, factor, curves)))
            continue
        blocks.append(_km(paper, factor, curves, result, f"km-{factor}"))
    return tuple(blocks)


def _side_by_side(paper: StudyPaper, name: str, figure_spec: FigureSpec) -> Iterator[Block]:
    """Yield a figure of the curves that it can tell apart, and why others are left out."""
    levels = [part_of(paper.result, panel.of).km[panel.by] for panel in figure_spec.panels]
    kept = [panel for panel, curves in zip(figure_spec.panels, levels, strict=True) if len(curves) <= MOST_LEVELS]
    if kept:
        yield side_by_side(name, replace(figure_spec, panels=tuple(kept)), paper.result, paper.protocol, paper.titles)
    for panel, curves in zip(figure_spec.panels, levels, strict=True):
        if panel not in kept:
            yield Paragraph(_undrawn_words(paper, panel.by, curves))


def _undrawn_words(paper: StudyPaper, factor: str, curves: Sized) -> str:
    """Return why a factor's curves are in the table alone."""
    return (
        f"Curves by {title_of(paper.titles, factor)} are not drawn: it has {len(curves)} levels, and a figure tells no more than {MOST_LEVELS} curves apart; "
        "the table has them all. Fewer levels, or a cut of a number, would be drawn."
    )


def _km(paper: StudyPaper, factor: str, curves: Mapping[str, SurvivalCurve], result: StudyResult, name: str) -> Figure:
    whom = title_of(paper.titles, factor) if factor != "all" else "all patients"
    total = sum(patients_of(record) for record in curves.values())
    bands = f"bands: {level_words(paper.protocol.km.level)} on the {paper.protocol.km.conf} scale"
    corner, compared = _ratio_words(paper, factor, curves, result)
    return km_figure(
        name,
        curves,
        unit=paper.unit,
        title=f"Survival: {whom}",
        caption=f"Kaplan–Meier, n = {total}; {bands}; ticks: censored; dotted: median.{compared}{_test_words(paper, factor, curves, result)}",
        colours=colours_of(paper.protocol) if factor == _arm(paper) else None,
        names={level: level_of(paper.titles, factor, level, curves) for level in curves},
        corner=corner,
    )


def _test_words(paper: StudyPaper, factor: str, curves: Sized, result: StudyResult) -> str:
    test = result.logrank.get(factor, NO_TEST)
    if not exists(test.p):
        return ""
    return f" {capital(logrank_words(test, len(curves), paper.protocol, paper.titles))}."


def _ratio_words(
    paper: StudyPaper, factor: str, curves: Mapping[str, SurvivalCurve], result: StudyResult
) -> tuple[str, str]:
    """Return the hazard ratio of two levels for the corner of their figure, and of what it is for the caption; nothing where there is none."""
    if len(curves) != 2:
        return "", ""
    sides = sides_of(factor, curves, paper.protocol)
    effect = contrast(result.univariable.get(factor), factor, *sides)
    if not exists(effect.hr):
        return "", ""
    return (
        f"HR {ratio(effect)}",
        f" HR: {contrast_of(factor, sides, paper.titles)}, Cox, 95 % CI, {p_text(effect.p, 'Wald')}.",
    )


def _models(paper: StudyPaper) -> tuple[Block, ...]:
    result, titles = paper.result, paper.titles
    blocks: list[Block] = []
    if alone := result.univariable:
        blocks.append(univariable_table(alone, titles, title="One factor at a time (Cox)"))
        blocks.append(_terms_forest(alone, titles))
    if models := result.models:
        blocks.append(models_table(models, titles, title="Models (Cox)", specs=paper.protocol.models))
        blocks += prediction_blocks(result, paper.protocol, titles)
    if selection := result.selection:
        if selection.steps:
            blocks.append(selection_table(selection, titles))
        if selection.model:
            blocks.append(models_table({"chosen": selection.model}, titles, title="The chosen model (Cox)"))
            blocks.append(
                Paragraph(
                    "P and limits of a chosen model do not know that it was chosen: they are too small and too narrow."
                )
            )
    return tuple(blocks)


def _terms_forest(models: Mapping[str, CoxModel], titles: Mapping[str, str]) -> Figure:
    rows = [Row(title_of(titles, t), e) for model in models.values() for t, e in model.terms.items()]
    more = f" The first {MOST_ROWS} of {len(rows)}; the table has them all." if len(rows) > MOST_ROWS else ""
    return forest_figure(
        "forest-univariable",
        rows[:MOST_ROWS],
        title="Each factor on its own",
        caption=f"Cox models of one factor each; box area by information; whiskers: 95 % CI.{more}",
        favours=("longer survival", "shorter survival"),
    )


def _subgroups(paper: StudyPaper) -> tuple[Block, ...]:
    """Return the forest of the subgroups, where no figure of the protocol has drawn it."""
    arms = paper.protocol.arms
    if arms is None or any(figure.forest for figure in paper.protocol.figures.values()):
        return ()
    treated, control = arm_names(arms, paper.titles)
    return _forest(paper, "forest-subgroups", f"{treated} against {control} in subgroups")


def _forest(
    paper: StudyPaper, name: str, title: str, printed: Mapping[str, Sequence[Word]] | None = None
) -> tuple[Block, ...]:
    groups, arms = paper.result.subgroups, paper.protocol.arms
    if not groups or arms is None:
        return ()
    overall = arm_effect(paper.result, arms)
    treated, control = arm_names(arms, paper.titles)
    counts = [_counts(paper, f"{arm}") for arm in (arms.treated, arms.control)]
    source = "" if not printed else PRINTED if EVERYBODY in printed else OURS
    whole = [Row("All patients", overall, counts[0], counts[1], source=source)] if overall.hr is not None else []
    digitised = (
        f" “{OURS}”: the ratio of this cohort alone, which the publication does not print; “{PRINTED}”: the publication prints it."
        if printed
        else ""
    )
    figure = forest_figure(
        name,
        [*whole, *subgroup_rows(groups, paper.titles, printed)],
        title=title,
        caption="Hazard ratio within each subgroup (Cox, 95 % CI), events/patients by arm; P: likelihood-ratio test of interaction. "
        "Subgroups are compared by their interaction, never by their own P." + digitised,
        favours=(f"favours {treated}", f"favours {control}"),
        arms=(treated, control),
        overall=overall.hr,
    )
    return (figure,)


def _counts(paper: StudyPaper, arm: str) -> str:
    """Return events/patients of an arm; nothing where its curve was not asked for."""
    record = paper.result.km.get(_arm(paper), {}).get(arm)
    return "" if record is None else f"{record.events}/{patients_of(record)}"


def _later(paper: StudyPaper) -> tuple[Block, ...]:
    result, titles = paper.result, paper.titles
    blocks: list[Block] = []
    for name, found in result.time_varying.items():
        looks = later_words(title_of(titles, name), name, found, result.landmark, paper.unit)
        blocks.append(later_table(looks))
        if 0 < len(found.km) <= MOST_LEVELS:
            blocks.append(immortal_figure(name, result, paper.protocol, titles))
    return tuple(blocks)


def _competing(paper: StudyPaper) -> tuple[Block, ...]:
    result = paper.result
    if not result.cif:
        return ()
    blocks: list[Block] = [incidence_table(result, paper.titles, unit=paper.unit)]
    factor = _arm(paper) if _arm(paper) in result.cif else "all"
    groups = result.cif[factor]
    if 0 < len(groups) <= MOST_LEVELS:
        called = {
            level: level_of(paper.titles, factor, level, groups) if factor != "all" else "All patients"
            for level in groups
        }
        blocks.append(
            incidence_figure(
                "incidence",
                {called[level]: causes for level, causes in groups.items()},
                unit=paper.unit,
                title="Cumulative incidence by cause",
                caption="Aalen–Johansen; bands: 95 % CI; beneath: at risk of any cause.",
                at_risk={
                    called[level]: record for level, record in result.km.get(factor, {}).items() if level in called
                },
            )
        )
    elif groups:
        blocks.append(Paragraph(_undrawn_words(paper, factor, groups)))
    if models := result.fine_gray:
        blocks.append(
            models_table(models, paper.titles, title="Subdistribution hazard ratios (Fine–Gray), robust by patient")
        )
    return tuple(blocks)


def _parts(paper: StudyPaper) -> tuple[Block, ...]:
    result = paper.result
    titles = paper.titles
    parts = {f"Population: {title_of(titles, name)}": part for name, part in result.populations.items()}
    if result.censored is not None:
        parts = {f"Follow-up cut at {title_of(titles, paper.protocol.censor_at or '')}": result.censored, **parts}
    blocks: list[Block] = [] if result.censored is None else [Paragraph(CUT_WORDS)]
    words = level_words(paper.protocol.km.level)
    for name, part in parts.items():
        blocks.append(Paragraph(f"{name}: n = {patients_of(part)}, {part.events} events.", strong=True))
        blocks.append(
            outcome_table(part, titles, unit=paper.unit, interval_words=words, strata=paper.protocol.km.strata)
        )
        if alone := part.univariable:
            blocks.append(univariable_table(alone, paper.titles, title=f"{name}: one factor at a time (Cox)"))
    return tuple(blocks)


def _assumptions(paper: StudyPaper) -> tuple[Block, ...]:
    models = {**paper.result.univariable, **paper.result.models}
    table = assumptions_table(models, paper.titles)
    figures: list[Figure | None] = []
    for name, model in paper.result.models.items():
        figures.append(over_time_figure(name, model, paper.titles, unit=paper.unit))
        figures.append(rows_figure(name, model, paper.titles))
    return (*(() if table is None else (table,)), *(figure for figure in figures if figure is not None))


def _arranged(paper: StudyPaper) -> tuple[Block, ...]:
    """Return the tables in the trial's arrangement, where there are rates by group and more than one factor."""
    if not (paper.result.km["all"]["all"].rates and paper.result.univariable):
        return ()
    return tuple(arranged_tables(paper.result, paper.titles, paper.protocol).values())


def _sentences(paper: StudyPaper) -> tuple[Block, ...]:
    result, protocol = paper.result, paper.protocol
    sentences = claims(result, protocol, paper.titles)
    sentences += response_claims(result.dose_response, protocol, paper.titles)
    return (Points(sentences),) if sentences else ()


def _method(protocol: Protocol) -> tuple[Block, ...]:
    weight = f" with S(t-)^{protocol.km.rho:g} as weight" if protocol.km.rho else ""
    strata = f", stratified by {', '.join(protocol.km.strata)}" if protocol.km.strata else ""
    lines = [
        f"Time: {protocol.outcome.time}, in {protocol.outcome.unit or 'the unit of the table'}; event: {protocol.outcome.event}"
        + (f"; late entry at {protocol.outcome.entry}." if protocol.outcome.entry else "; follow-up from time zero."),
        (
            f"Survival by Kaplan–Meier with Greenwood errors (robust ones where case weights are no whole numbers); limits: {level_words(protocol.km.level)}, "
            f"{protocol.km.conf} scale."
        ),
        "A median where survival equals one half exactly is the middle of the flat part (R: survfit); follow-up by reverse Kaplan–Meier.",
        f"Groups are compared by the log-rank test{weight}{strata}.",
        "Cox models with Efron's rule for ties unless a model says otherwise; limits are 95 %; P and limits of coefficients by Wald.",
        (
            "Proportional hazards by the score test of a coefficient that changes with time (Grambsch–Therneau; Kaplan–Meier transform unless a model says "
            "otherwise); concordance by Harrell."
        ),
        "No P is corrected for the number of tests. A row that misses a covariate is left out of the models that use it, and counted; nothing is imputed but where [missing] asks for it.",
        (
            "In the tests of this program estimators are held against R (survival 3.5, cmprsk 2.2, glm) to seven digits or more, most to nine; Firth's "
            "penalty against a blind maximiser."
        ),
    ]
    if protocol.time_varying:
        lines.append(
            "Events after baseline: rows are cut at the day of the event, so that time before it counts as time without it (time-varying covariate, "
            "Mantel–Byar; drawn after Simon and Makuch); a landmark analysis leaves out who had the outcome or was censored by then and counts time "
            "from the landmark."
        )
    if protocol.selection is not None:
        chosen = protocol.selection
        lines.append(
            f"Selection: univariable P ≤ {chosen.p_enter:g} ({chosen.p_test}), then {chosen.method} on rows complete in all entered terms."
        )
    if protocol.dose_response:
        lines.append(
            "Dose and response by binomial regression (maximum likelihood), its band symmetric on the scale of the link; the dose that a share needs "
            "with Fieller's limits, where a slope is shown; area under the ROC curve with DeLong's error."
        )
    lines += effect_methods(protocol)
    if protocol.km.trend:
        lines.append("Trend: log-rank test with the levels' own numbers as scores, or 0, 1, 2 … in their order.")
    return (Points(lines),)
