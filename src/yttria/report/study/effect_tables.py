"""Tables of a study's flow, endpoints, adjusted effects, outside comparisons and safety, and its two tables in the trial's arrangement."""

from collections.abc import Mapping, Sequence

from yttria.contract.study import (
    AdverseEvents,
    Coefficient,
    CoxModel,
    EndpointRates,
    FlowStep,
    ImputedModels,
    MatchedComparison,
    PairComparison,
    StudyResult,
    SurvivalCurve,
    WeightedComparison,
    WeightedTests,
)
from yttria.report.study.column_titles import Titles, level_of, referenced, scaled_titles, side_of, title_of
from yttria.report.study.number_format import exists, interval, median_of, p_value, patients_of, rate, ratio
from yttria.report.text.number_format import DASH, number
from yttria.values.document import Cell, Column, Entry, Table
from yttria.values.protocol import Protocol

WEIGHT_NAMES = {
    (0.0, 0.0): "log-rank",
    (0.0, 1.0): "late differences",
    (1.0, 0.0): "early differences",
    (1.0, 1.0): "differences in the middle",
}
MOST_TERMS = 40
"""Adverse events that a table of a report holds, the most frequent first."""


def flow_table(flow: Sequence[FlowStep]) -> Table:
    """Return the flow of patients, a row a step."""
    arms = list(flow[0].arms) if flow else []
    rows: list[list[Cell]] = []
    for step in flow:
        lost = "; ".join(f"{reason}: {n}" for reason, n in step.lost.items())
        rows.append([step.label, step.n, *(step.arms[arm] for arm in arms), sum(step.lost.values()), lost])
    return Table(
        "Flow of patients",
        [
            Column("Step", share=1.4),
            Column("n", "right"),
            *(Column(arm, "right") for arm in arms),
            Column("Left out", "right"),
            Column("Reasons", share=2),
        ],
        rows,
    )


def endpoints_table(responses: Mapping[str, EndpointRates], titles: Titles) -> Table:
    """Return each endpoint by arm, and the comparison of the arms."""
    rows: list[list[Cell]] = []
    ruled = set()
    for name, rates in responses.items():
        ruled.add(len(rows))
        comparison = rates.comparison
        for arm, one in rates.arms.items():
            rows.append(
                [
                    f"{title_of(titles, name)}: {arm}",
                    one.n,
                    one.evaluable,
                    one.responders,
                    _percent(one.fraction, one.low, one.high),
                    "",
                ]
            )
        if comparison is not None:
            gap = _percent(comparison.risk_difference, comparison.low, comparison.high)
            p = f"{p_value(comparison.p_fisher)} (Fisher), {p_value(comparison.p_chi2)} (Pearson)"
            odds = interval(comparison.odds_ratio, comparison.odds_low, comparison.odds_high, 2)
            rows.append([f"   {comparison.treated} − {comparison.control}", "", "", "", gap, f"{p}; odds ratio {odds}"])
        else:
            rows.append(
                [
                    "   all",
                    rates.n,
                    rates.evaluable,
                    rates.responders,
                    _percent(rates.fraction, rates.low, rates.high),
                    "",
                ]
            )
    return Table(
        "Response",
        [
            Column("", share=1.6),
            Column("n", "right"),
            Column("Evaluable", "right"),
            Column("Responders", "right"),
            Column("% (95 % CI)", share=1.3),
            Column("P", share=1.8),
        ],
        rows,
        notes=(
            "Patients who cannot be evaluated count as no response. Limits: Wilson; of the difference Newcombe's hybrid score. Odds ratio: conditional, exact limits.",
        ),
        ruled=frozenset(ruled - {0}),
    )


def _percent(value: float, low: float, high: float) -> str:
    return interval(100 * value, 100 * low, 100 * high, 1)


def weighted_tests_table(tests: Mapping[str, WeightedTests | None], titles: Titles) -> Table:
    """Return Fleming and Harrington's tests and MaxCombo by factor."""
    rows: list[list[Cell]] = []
    ruled = set()
    for factor, result in tests.items():
        ruled.add(len(rows))
        if result is None:
            rows.append([title_of(titles, factor), "not two groups", None, None, ""])
            continue
        for k, test in enumerate(result.tests):
            kind = f"ρ = {test.rho:g}, γ = {test.gamma:g}: {WEIGHT_NAMES[test.rho, test.gamma]}"
            rows.append([title_of(titles, factor) if k == 0 else "", kind, test.z, p_value(test.p), ""])
        rows.append(["", "MaxCombo: the largest of the four", None, p_value(result.maxcombo_p), ""])
    columns = [
        Column("Factor", share=1.3),
        Column("Weight S(t−)^ρ (1 − S(t−))^γ", share=2),
        Column("z", "decimal", 2),
        Column("P"),
    ]
    return Table(
        "Weighted log-rank tests",
        columns,
        [row[:4] for row in rows],
        notes=("z above zero: more events than expected in the treated (of another factor in its second level).",),
        ruled=frozenset(ruled - {0}),
    )


def pairwise_table(pairs: Mapping[str, Sequence[PairComparison]], titles: Titles) -> Table:
    """Return every pair of levels with its ratio, its test and Holm's correction."""
    rows: list[list[Cell]] = []
    for factor, result in pairs.items():
        levels = {pair.a for pair in result} | {pair.b for pair in result}
        for pair in result:
            one, other = (level_of(titles, factor, level, levels) for level in (pair.b, pair.a))
            words = interval(pair.hr, pair.low, pair.high, 2)
            rows.append([title_of(titles, factor), f"{one} vs {other}", words, p_value(pair.p), p_value(pair.p_holm)])
    columns = [Column("Factor"), Column("Levels"), Column("HR (95 % CI)"), Column("P (log-rank)"), Column("P (Holm)")]
    return Table(
        "Every pair of levels", columns, rows, notes=("Each pair alone; P corrected for the pairs of one factor.",)
    )


def weights_table(weights: Mapping[str, WeightedComparison | None], titles: Titles) -> Table:
    """Return each weighted comparison: its ratio and what the weights leave of each arm."""
    rows: list[list[Cell]] = []
    for name, result in weights.items():
        if result is None:
            rows.append([name, None, DASH, "", "", None])
            continue
        ((term, effect),) = result.model.terms.items()
        sizes = ", ".join(f"{arm}: {size:.1f}" for arm, size in result.ess.items())
        rows.append(
            [f"{name}: {title_of(titles, term)}", result.n, ratio(effect), p_value(effect.p), sizes, result.max_weight]
        )
    columns = [
        Column("Weights", share=1.5),
        Column("n", "right"),
        Column("HR (95 % CI)"),
        Column("P"),
        Column("Effective size", share=1.4),
        Column("Largest weight", "decimal", 2),
    ]
    return Table(
        "Effects with inverse-probability weights",
        columns,
        rows,
        notes=("Robust errors. Effective size: (Σw)²/Σw² of each arm.",),
    )


def balance_table(name: str, weighted_comparison: WeightedComparison, titles: Titles) -> Table:
    """Return the standardised differences before and after weighting."""
    rows: list[list[Cell]] = [
        [title_of(titles, covariate), balance.before, balance.after]
        for covariate, balance in weighted_comparison.balance.items()
    ]
    columns = [Column("Covariate", share=2), Column("Before", "decimal", 2), Column("After", "decimal", 2)]
    return Table(
        f"Balance of the arms: {name}",
        columns,
        rows,
        notes=("Difference of means, treated − control, over the spread of the unweighted rows.",),
    )


def imputed_table(imputed: ImputedModels, models: Mapping[str, CoxModel], titles: Titles) -> Table:
    """Return pooled coefficients beside those of complete cases."""
    rows: list[list[Cell]] = []
    ruled = set()
    for name, model in imputed.models.items():
        ruled.add(len(rows))
        for term, one in model.terms.items():
            plain = models[name].terms.get(term) if name in models else None
            rows.append(
                [
                    title_of(titles, term),
                    interval(one.hr, one.low, one.high, 2),
                    p_value(one.p),
                    one.fmi,
                    DASH if plain is None else ratio(plain),
                    "" if plain is None else p_value(plain.p),
                ]
            )
    count = next((model.imputations for model in imputed.models.values()), 0)
    columns = [
        Column("", share=1.7),
        Column("Imputed: HR (95 % CI)", share=1.2),
        Column("P"),
        Column("Missing information", "decimal", 2),
        Column("Complete cases: HR (95 % CI)", share=1.2),
        Column("P"),
    ]
    notes = (
        f"{count} tables completed by chained equations, pooled by Rubin's rules (Barnard–Rubin degrees of freedom); complete cases beside them.",
    )
    return Table("Models with missing covariates imputed", columns, rows, notes=notes, ruled=frozenset(ruled - {0}))


def matched_table(name: str, matched_comparison: MatchedComparison, titles: Titles) -> Table:
    """Return how far our patients are from the printed means before and after weighting."""
    rows: list[list[Cell]] = []
    for covariate, one in matched_comparison.balance.items():
        rows.append([title_of(titles, covariate), one.target, one.before, one.after])
        if exists(one.sd_target):
            rows.append(["   standard deviation", one.sd_target, one.sd_before, one.sd_after])
    columns = [
        Column("Covariate", share=1.6),
        Column("Printed", "decimal", 2),
        Column("Ours", "decimal", 2),
        Column("Ours, weighted", "decimal", 2),
    ]
    effect = matched_comparison.model.terms["ours"]
    notes = (
        f"Ours against outside: HR {ratio(effect)}, P {p_value(effect.p)} (robust); effective size {matched_comparison.ess:.1f}, weights {matched_comparison.weight_range[0]:.2f} to {matched_comparison.weight_range[1]:.2f}. Not randomised: what was not printed is not matched.",
    )
    return Table(f"Matched to printed means: {title_of(titles, name)}", columns, rows, notes=notes)


def safety_table(safety: AdverseEvents) -> Table:
    """Return adverse events by arm: each patient once a term, by the worst grade."""
    arms = list(safety.n)
    rows: list[list[Cell]] = []
    kinds = (
        ("Any event", "patients"),
        ("Grade 3 or more", "grade3"),
        ("Serious", "serious"),
        ("Related", "related"),
        ("Fatal", "fatal"),
    )
    for words, key in kinds:
        cells = [_share(getattr(safety.any[arm], key), safety.n[arm]) for arm in arms]
        rows.append([Entry(words, strong=True), *(c for cell in cells for c in (cell, "")), ""])
    for term in safety.terms[:MOST_TERMS]:
        cells2: list[Cell] = []
        for arm in arms:
            counts = term.arms[arm]
            cells2 += [_share(counts.patients, safety.n[arm]), _share(counts.grade3, safety.n[arm])]
        rows.append([term.term, *cells2, p_value(term.p_fisher_grade3) if exists(term.p_fisher_grade3) else ""])
    columns = [Column("", share=1.8)]
    for arm in arms:
        columns += [Column(f"{arm} (n = {safety.n[arm]}): any", share=1.1), Column(f"{arm}: grade ≥ 3", share=1.1)]
    more = (
        ""
        if len(safety.terms) <= MOST_TERMS
        else f" The first {MOST_TERMS} of {len(safety.terms)} terms; result.json has them all."
    )
    notes = (
        f"Patients (%), each once a term by the worst grade (CTCAE). P: Fisher's exact test of grade 3 or more.{more}",
    )
    return Table("Adverse events", [*columns, Column("P")], rows, notes=notes, ruled=frozenset({len(kinds)}))


def _share(count: int, n: int) -> str:
    return f"{count} ({number(100 * count / n, 0)} %)" if n else DASH


# ---- the trial's own arrangement


def outcomes_table(result: StudyResult, titles: Titles, *, unit: str) -> Table:
    """Return medians and rates by level, in the arrangement of the trial's Table 2: a row a group, a column a time.

    Levels of each factor of the whole cohort; then, of every population, the levels of the arms alone (as PVT+ (PDA)).

    Source
    ------
    Garin et al., J Nucl Med 2024;65:264, table 2.
    """
    times = [r.time for r in result.km["all"]["all"].rates]
    rows: list[list[Cell]] = []
    arm = next(iter([f for f in result.km if f != "all"]), "all")
    for factor, levels in result.km.items():
        if factor != "all":
            rows += [
                _outcome_row(side_of(titles, factor, level, levels), record)
                for level, record in reversed(levels.items())
            ]
        if factor == arm:
            for name, part in result.populations.items():
                inside = part.km.get(arm, {})
                rows += [
                    _outcome_row(f"{title_of(titles, name)} ({level_of(titles, arm, level, inside)})", record)
                    for level, record in reversed(inside.items())
                ]
    after = f", {unit}" if unit else ""
    columns = [Column("Parameter", share=1.8), Column("n", "right"), Column(f"Median{after}", share=1.2)]
    columns += [
        Column(f"{number(t, 0 if float(t).is_integer() else 1)}{' ' + unit if unit else ''}, %", share=1.1)
        for t in times
    ]
    return Table("Survival rates by group", columns, rows, notes=("Data in parentheses are 95 % CIs (Kaplan–Meier).",))


def _outcome_row(label: str, record: SurvivalCurve) -> list[Cell]:
    return [label, patients_of(record), median_of(record), *(rate(r) for r in record.rates)]


def cox_table(result: StudyResult, titles: Titles) -> Table:
    """Return univariable beside multivariable ratios, in the arrangement of the trial's Table 3.

    The multivariable model is that of the selection, else the first of the models; a factor that it leaves out has an em dash.

    Source
    ------
    Garin et al., J Nucl Med 2024;65:264, table 3.
    """
    chosen = result.selection.model if result.selection is not None else next(iter(result.models.values()), None)
    adjusted: Mapping[str, Coefficient] = {} if chosen is None else chosen.terms
    rows: list[list[Cell]] = []
    models: set[str] = set()
    for model in result.univariable.values():
        for term, effect in model.terms.items():
            models.add(term)
            rows.append([title_of(titles, term), ratio(effect), p_value(effect.p), *_adjusted(adjusted.get(term))])
    rows += [
        [title_of(titles, term), DASH, DASH, *_adjusted(effect)]
        for term, effect in adjusted.items()
        if term not in models
    ]
    columns = [Column("Factor", share=2), Column("HR"), Column("P"), Column("Adjusted HR"), Column("Adjusted P")]
    return Table(
        "Factors associated with the outcome",
        columns,
        rows,
        notes=("Data in parentheses are 95 % CIs; P by Wald. —: not in the model.",),
    )


def _adjusted(effect: Coefficient | None) -> list[Cell]:
    return [DASH, DASH] if effect is None else [ratio(effect), p_value(effect.p)]


def arranged_tables(result: StudyResult, titles: Titles, protocol: Protocol) -> dict[str, Table]:
    """Return the tables in the trial's arrangement by name, those that have a row."""
    tables = {
        "outcomes": outcomes_table(result, titles, unit=protocol.outcome.unit),
        "cox": cox_table(result, referenced(result, scaled_titles(titles, protocol))),
    }
    return {name: table for name, table in tables.items() if table.rows}
