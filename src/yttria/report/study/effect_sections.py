"""Sections of a study's report on its flow, endpoints, further outcomes, adjusted effects, outside comparisons and safety."""

from collections.abc import Iterator

from yttria.contract.study import StudyResult
from yttria.report.study.column_titles import Titles, title_of
from yttria.report.study.effect_figures import (
    balance_figure,
    flow_figure,
    matched_figure,
    response_figure,
    safety_figure,
    spline_figure,
)
from yttria.report.study.effect_tables import (
    balance_table,
    endpoints_table,
    flow_table,
    imputed_table,
    matched_table,
    pairwise_table,
    safety_table,
    weighted_tests_table,
    weights_table,
)
from yttria.report.study.model_tables import univariable_table
from yttria.report.study.number_format import level_words, patients_of
from yttria.report.study.survival_tables import outcome_table
from yttria.values.document import Block, Paragraph
from yttria.values.protocol import Protocol

OUTSIDE_WORDS = (
    "An outside arm is not a control arm: patients, time, imaging and care differ in what nobody printed. A ratio after matching says what the "
    "printed covariates cannot explain; it does not say what a trial would find."
)


def flow_blocks(result: StudyResult) -> tuple[Block, ...]:
    """Return the flow of patients as figure and table."""
    return (flow_figure(result.consort), flow_table(result.consort)) if result.consort else ()


def endpoint_blocks(result: StudyResult, titles: Titles) -> tuple[Block, ...]:
    """Return the yes/no endpoints as table and figure."""
    if not result.responses:
        return ()
    figure = response_figure(result.responses, titles)
    return (endpoints_table(result.responses, titles), *([] if figure is None else [figure]))


def further_outcome_blocks(result: StudyResult, protocol: Protocol, titles: Titles) -> tuple[Block, ...]:
    """Return each further outcome: its curves in a table, and one factor at a time."""
    blocks: list[Block] = []
    for name, part in result.outcomes.items():
        columns = protocol.outcomes[name].columns
        words = level_words(protocol.km.level)
        blocks.append(
            Paragraph(f"{title_of(titles, name)}: n = {patients_of(part)}, {part.events} events.", strong=True)
        )
        blocks.append(outcome_table(part, titles, unit=columns.unit, interval_words=words, strata=protocol.km.strata))
        if part.univariable:
            blocks.append(
                univariable_table(
                    part.univariable, titles, title=f"{title_of(titles, name)}: one factor at a time (Cox)"
                )
            )
    return tuple(blocks)


def effect_blocks(result: StudyResult, protocol: Protocol, titles: Titles, model_titles: Titles) -> tuple[Block, ...]:
    """Return splines, weights, weighted tests, pairs of levels and imputed models; `model_titles` name covariates as models take them."""
    return tuple(_effects(result, protocol, titles, model_titles))


def _effects(result: StudyResult, protocol: Protocol, titles: Titles, model_titles: Titles) -> Iterator[Block]:
    if result.weighted_tests:
        yield weighted_tests_table(result.weighted_tests, titles)
    if result.pairwise:
        yield pairwise_table(result.pairwise, titles)
    for name, curve in result.splines.items():
        figure = spline_figure(name, curve, titles, protocol.splines[name].column)
        if figure is not None:
            yield figure
    if result.weights:
        yield weights_table(result.weights, titles)
        for name, results in result.weights.items():
            if results is not None:
                yield balance_table(name, results, titles)
                yield balance_figure(name, results, titles)
    if result.imputed is not None and result.imputed.models:
        yield imputed_table(result.imputed, result.models, model_titles)


def matched_blocks(result: StudyResult, protocol: Protocol, titles: Titles) -> tuple[Block, ...]:
    """Return the comparisons with published arms."""
    blocks: list[Block] = [Paragraph(OUTSIDE_WORDS)] if result.matched else []
    for name, results in result.matched.items():
        blocks.append(matched_table(name, results, titles))
        blocks.append(matched_figure(name, results, titles, unit=protocol.outcome.unit))
    return tuple(blocks)


def safety_blocks(result: StudyResult) -> tuple[Block, ...]:
    """Return the adverse events as table and figure."""
    safety = result.adverse_events
    if safety is None:
        return ()
    figure = safety_figure(safety)
    return (safety_table(safety), *([] if figure is None else [figure]))


def effect_methods(protocol: Protocol) -> list[str]:
    """Return a sentence of method for each section that a protocol has."""
    results = (
        (protocol.flow, "Flow: each step keeps, of the patients so far, those who meet it; a row left out may lack arm, time or event, and is then in the flow alone."),
        (protocol.responses, "Response: patients who cannot be evaluated count as no response; Wilson's limits, Newcombe's limits of the difference, conditional odds ratio, Fisher's exact and Pearson's P (no correction)."),
        (protocol.scale, "Scaled covariates: their ratios are for the unit stated with them, or for a doubling or a tenfold of the number."),
        (protocol.splines, "Splines: restricted cubic, knots at Harrell's quantiles unless stated, straight beyond the outer ones; Wald tests (R: rms)."),
        (protocol.weights, "Weights: the chance to be treated by logistic regression with main effects; Cox model of the arm with robust errors (R: coxph, weights, robust)."),
        (protocol.weighted_tests, "Weighted log-rank tests by Fleming and Harrington, S(t−) of both groups together; MaxCombo by the joint normal law of its four tests."),
        (protocol.pairwise, "Pairs of levels are compared alone; Holm's correction within each factor."),
        (protocol.imputation, "Missing covariates: chained equations (predictive mean matching, logistic and multinomial logistic regression) with the event and the Nelson–Aalen hazard among the predictors; Rubin's rules with Barnard and Rubin's degrees of freedom. It assumes that values are missing at random."),
        (protocol.matched, "Outside arms: our patients are weighted so that their means (and mean squares) are those printed (method of moments, Signorovitch 2010); robust errors."),
        (protocol.adverse_events, "Adverse events: each patient once a term, by the worst grade; Fisher's exact test of grade 3 or more."),
    )  # fmt: skip
    return [words for is_stated, words in results if is_stated]
