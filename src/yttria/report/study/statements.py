"""What a study says, in sentences: value, interval, method and test named; no bare P."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yttria.contract.study import (
    AnalysisResult,
    ChiSquaredTest,
    Coefficient,
    CoxModel,
    CurveColumns,
    FollowUp,
    Landmark,
    LaterEvent,
    MeanDifference,
    StudyResult,
)
from yttria.report.study.column_titles import arm_names, level_of, side_of, title_of
from yttria.report.study.contrasts import NONE, arm_effect
from yttria.report.study.number_format import (
    NO_TEST,
    exists,
    interval,
    level_words,
    median_of,
    p_text,
    p_value,
    patients_of,
    ratio,
    reached,
)
from yttria.report.text.capitals import capital
from yttria.report.text.number_format import number
from yttria.values.protocol import Protocol

Titles = Mapping[str, str]
HALF = 1.5e-8
PAIR = 2


def main_claim(result: AnalysisResult, protocol: Protocol, titles: Titles) -> list[tuple[str, str]]:
    """Return the verdict in few lines: the arms first where there are any, then the cohort."""
    lines: list[tuple[str, str]] = []
    arms = protocol.arms
    if arms is not None and arms.column in result.km:
        lines.append((title_of(titles, arms.column), _arms_sentence(result, protocol, titles)))
    whole = result.km["all"]["all"]
    after = f" {protocol.outcome.unit}" if protocol.outcome.unit and exists(whole.median) else ""
    lines.append(
        (
            "All patients",
            f"{whole.events} events in {patients_of(whole)}; median {median_of(whole)}{after} ({level_words(protocol.km.level)}).",
        )
    )
    return lines


def _arms_sentence(result: AnalysisResult, protocol: Protocol, titles: Titles) -> str:
    arms = protocol.arms
    if arms is None:
        return ""
    curves = result.km[arms.column]
    unit = f" {protocol.outcome.unit}" if protocol.outcome.unit else ""
    sentences = [
        "; ".join(
            f"{level_of(titles, arms.column, level, curves)}: median {median_of(record)}{unit}"
            for level, record in curves.items()
        )
    ]
    sentence = "; ".join(sentences)
    comparison, whole = comparison_words(result, protocol, titles), result.logrank[arms.column]
    if comparison:
        sentence += f"; {comparison}"
    if not exists(whole.p) or (len(curves) <= PAIR and result.comparison is not None and comparison):
        return f"{sentence}."
    words = logrank_words(whole, len(curves), protocol, titles)
    alone = not protocol.km.strata and len(curves) <= PAIR
    return f"{sentence}; {words}." if alone else f"{sentence}. {capital(words)}."


def comparison_words(result: AnalysisResult, protocol: Protocol, titles: Titles) -> str:
    """Return the hazard ratio of the treated against the control arm, with its own P and the log-rank test of these two; empty without a ratio.

    Parameters
    ----------
    result
        An analysis; its comparison is of the two arms alone, by the strata of the curves' tests.
    asked, titles
        The protocol; what people call the columns.
    """
    arms = protocol.arms
    if arms is None:
        return ""
    results = result.comparison
    effect = arm_effect(result, arms) if results is None else results.effect
    if not exists(effect.hr):
        return ""
    treated, control = arm_names(arms, titles)
    if results is None:
        return f"{treated} against {control}: {_pair_words(effect, NO_TEST, (), titles)}"
    words = f"{treated} against {control}: {_pair_words(effect, results.logrank, protocol.km.strata, titles)}"
    plain = results.unstratified
    return (
        words if plain is None else f"{words} (without strata: {_pair_words(plain.effect, plain.logrank, (), titles)})"
    )


def _pair_words(effect: Coefficient, test: ChiSquaredTest, strata: Sequence[str], titles: Titles) -> str:
    by = f" stratified by {', '.join(title_of(titles, name) for name in strata)}" if strata else ""
    sentences = f"hazard ratio {ratio(effect)} (95 % CI, Cox{by}), {p_text(effect.p, 'Wald')}"
    if not exists(test.p):
        return sentences
    return f"{sentences}; {p_text(test.p, f'log-rank test{by}:' if by else 'log-rank')}"


def logrank_words(test: ChiSquaredTest, groups: int, protocol: Protocol, titles: Titles) -> str:
    """Return a log-rank test with what it compares where that is not two groups as they are: strata, more groups than two.

    Parameters
    ----------
    test
        The test.
    groups
        How many were compared.
    asked, titles
        The protocol, which may stratify; what people call the columns.
    """
    among = f" of all {groups} groups" if groups > PAIR else ""
    strata = (
        f" stratified by {', '.join(title_of(titles, name) for name in protocol.km.strata)}"
        if protocol.km.strata
        else ""
    )
    return p_text(test.p, f"log-rank test{among}{strata}:" if among or strata else "log-rank")


def flow_words(result: StudyResult, protocol: Protocol, titles: Titles) -> list[str]:
    """Return how many there were by arm, and whose values are missing, so that nobody leaves an analysis unseen."""
    sentences = []
    arms = result.km.get(_arm(protocol), {})
    if arms:
        each = (
            f"{level_of(titles, _arm(protocol), level, arms)} {patients_of(r)} ({r.events} events, {patients_of(r) - r.events} censored)"
            for level, r in arms.items()
        )
        sentences.append(f"By {title_of(titles, _arm(protocol))}: {'; '.join(each)}.")
    missing = {name: r.missing for name, r in result.baseline.items() if r.missing}
    if missing:
        each = (f"{title_of(titles, name)} ({count})" for name, count in missing.items())
        sentences.append(
            f"Without a value, and left out of each analysis that uses it: {'; '.join(each)}; nothing is imputed."
        )
    return [" ".join(sentences)] if sentences else []


def followup_words(followup: FollowUp, unit: str) -> str:
    """Return the follow-up in one sentence."""
    after = f" {unit}" if unit else ""
    span = f"times from {number(followup.min, 1)} to {number(followup.max, 1)}{after}"
    if not exists(followup.median):
        return f"The median follow-up does not exist: too few are censored (reverse Kaplan–Meier); {span}."
    median = reached(followup.median, followup.low, followup.high)
    return f"Median follow-up {median}{after} by reverse Kaplan–Meier (NR: not reached); {span}, of patients with the event too."


def claims(result: AnalysisResult, protocol: Protocol, titles: Titles) -> list[str]:
    """Return a sentence for each comparison, model term and interaction."""
    sentences = [_factor_claim(factor, result, protocol, titles) for factor in protocol.km.by if result.km.get(factor)]
    sentences += [
        f"Across the levels of {title_of(titles, factor)} survival {'shows a trend' if test.p < 0.05 else 'is not shown to have a trend'} "
        f"(log-rank test for trend, χ² = {number(test.chi2, 2)}, {test.df} df, P {_relation(test.p)})."
        for factor, test in result.trend.items()
        if exists(test.p)
    ]
    for name, model in result.models.items():
        sentences += _model_claims(title_of(titles, name), model, titles)
    for factor, record in result.subgroups.items():
        tested = record.interaction
        if exists(tested.lr_p):
            differs = "differs" if tested.lr_p < 0.05 else "is not shown to differ"
            sentences.append(
                f"The effect of the arm {differs} by {title_of(titles, factor)} (likelihood-ratio test of interaction, "
                f"P {_relation(tested.lr_p)}; Wald P {_relation(tested.wald_p)})."
            )
    tests = sum(exists(record.interaction.lr_p) for record in result.subgroups.values())
    if tests > 1:
        chance = 100 * (1 - 0.95**tests)
        sentences.append(
            f"{tests} interactions were tested, none corrected for their number: were there none in truth, about {number(chance, 0)} % of such sets "
            "of independent tests would show one with P < 0.05."
        )
    for factor, gap in result.rmst_difference.items():
        if exists(gap.se) and exists(gap.low):
            sentences.append(_mean_claim(factor, gap, result, protocol, titles))
    return sentences


def _mean_claim(factor: str, gap: MeanDifference, result: AnalysisResult, protocol: Protocol, titles: Titles) -> str:
    """Return which of two levels has the longer restricted mean, and by how much; the record holds the second minus the first."""
    levels = result.km[factor]
    first, second = (side_of(titles, factor, level, levels) for level in levels)
    longer, shorter, apart = second, first, (gap.difference, gap.low, gap.high)
    if exists(gap.difference) and exists(gap.low) and exists(gap.high) and gap.difference < 0:
        longer, shorter, apart = first, second, (-gap.difference, -gap.high, -gap.low)
    unit = f" {protocol.outcome.unit}" if protocol.outcome.unit else ""
    return (
        f"Up to {number(gap.tau, 1)}{unit} restricted mean survival is {interval(*apart, 1)}{unit} longer with {longer} than with {shorter} "
        f"({level_words(protocol.km.level)}; z test, P {_relation(gap.p)})."
    )


def _relation(p: float | None) -> str:
    text = p_value(p)
    return text if text.startswith("<") else f"= {text}"


def _factor_claim(factor: str, result: AnalysisResult, protocol: Protocol, titles: Titles) -> str:
    unit, levels = (f" {protocol.outcome.unit}" if protocol.outcome.unit else ""), result.km[factor]
    parts = [
        f"{median_of(record)}{unit} with {side_of(titles, factor, level, levels)} ({record.events} of {patients_of(record)} had the event)"
        for level, record in levels.items()
    ]
    test = result.logrank[factor]
    tested = f"; {logrank_words(test, len(levels), protocol, titles)}" if exists(test.p) else ""
    return f"Median survival (Kaplan–Meier, {level_words(protocol.km.level)}) was {', '.join(parts)}{tested}."


def _model_claims(name: str, model: CoxModel, titles: Titles) -> list[str]:
    others = len(model.terms) - 1
    with_others = f", with {others} other {'term' if others == 1 else 'terms'} in the model" if others else ""
    return [
        f"In model {name} the hazard ratio of {title_of(titles, term)} was {ratio(effect)} (95 % CI, Cox{with_others}; {p_text(effect.p, 'Wald')})."
        for term, effect in model.terms.items()
        if exists(effect.hr)
    ]


def resting_words(result: StudyResult, protocol: Protocol, titles: Titles) -> list[str]:
    """Return why programs print two medians of one curve: where it rests at one half exactly, R takes the middle, others the start.

    Says nothing where no curve rests there.
    """
    unit = f" {protocol.outcome.unit}" if protocol.outcome.unit else ""
    sentences = []
    for place, part in further(result):
        for factor, levels in part.km.items():
            for level, record in levels.items():
                is_wanted = factor == _arm(protocol) if place else factor != "all" or len(part.km) == 1
                if is_wanted and (rest := resting(record.curve)):
                    naming = level_of if factor == _arm(protocol) else side_of
                    name = naming(titles, factor, level, levels)
                    sentences.append(
                        f"{name}{place}: {rest.alive} of {patients_of(record)} left from {number(rest.start, 1)} to {number(rest.end, 1)}{unit}, "
                        f"so {number(record.median, 1)} or {number(rest.start, 1)}"
                    )
    if not sentences:
        return []
    words = (
        "One curve, two medians: where a curve rests at one half exactly, R (and this report) prints the middle of the flat part, "
        f"other programs its first day; the limits are the same. {'; '.join(sentences)}."
    )
    return [words]


@dataclass(frozen=True, slots=True)
class Resting:
    """A curve's flat part at one half: its first and last day, and how many are left."""

    start: float
    end: float
    alive: int


def resting(curve: CurveColumns) -> Resting | None:
    """Return where a curve rests at one half exactly; None where it does not.

    Examples
    --------
    >>> columns = {"time": [1.0, 3.0], "survival": [0.5, 0.0], "at_risk": [2, 1], "events": [1, 1], "censored": [0, 0]}
    >>> resting(CurveColumns.model_validate(columns | dict.fromkeys(("std_err", "low", "high"), [None, None])))
    Resting(start=1.0, end=3.0, alive=1)
    """
    time, survival = curve.time, curve.survival
    for i in range(len(time)):
        if abs(survival[i] - 0.5) < HALF:
            later = [j for j in range(i + 1, len(time)) if survival[j] < 0.5 - HALF]
            return Resting(float(time[i]), float(time[later[0]]), int(curve.at_risk[i + 1])) if later else None
    return None


def further(result: StudyResult) -> list[tuple[str, AnalysisResult]]:
    """Return the whole study and its further analyses, each with the words that name it."""
    parts = {f" in {name}": part for name, part in result.populations.items()}
    cut = {} if result.censored is None else {" with follow-up cut": result.censored}
    return [("", result), *cut.items(), *parts.items()]


def _arm(protocol: Protocol) -> str:
    return "" if protocol.arms is None else protocol.arms.column


def later_words(
    title: str, name: str, later_event: LaterEvent, landmarks: Mapping[str, Landmark], unit: str
) -> Sequence[tuple[str, Coefficient, str]]:
    """Return the ways of looking at something that happened after baseline: title, effect, what the way does."""
    looks: list[tuple[str, Coefficient, str]] = [
        (
            f"{title} as if known at baseline",
            later_event.naive.terms.get(name, NONE),
            "credits the intervention with the time that patients had to survive to receive it (immortal time): biased",
        ),
        (
            f"{title} from the day it happened",
            later_event.model.terms.get(name, NONE),
            "counts time before it as time without it (time-varying covariate, Mantel–Byar)",
        ),
    ]
    for at, record in landmarks.items():
        looks.append(
            (
                f"{title} by {at}{' ' + unit if unit else ''}",
                record.model.terms.get(name, NONE),
                f"asks only the {patients_of(record)} still followed at the landmark, by what was known then",
            )
        )
    return looks
