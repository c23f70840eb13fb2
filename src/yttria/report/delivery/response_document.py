"""The response of patients as a document: rates first, then the trial's endpoint, figures, every patient, the rules."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from yttria.contract.response import ArmRate, ArmRates, CriterionName, RateComparison, ResponseResult
from yttria.report.delivery.response_figures import (
    best_change,
    dose_figure,
    spider_figure,
    stacked_figure,
    waterfall_figure,
)
from yttria.report.text.findings import first_findings, notes_in_full
from yttria.report.text.number_format import DASH, NBSP, gy, number, percent
from yttria.values.document import (
    Block,
    Cell,
    Column,
    Document,
    Entry,
    Figure,
    Paragraph,
    Points,
    Section,
    Table,
    Verdict,
)
from yttria.values.errors import Finding
from yttria.values.units import Share

NOTICE = "For research use only. Not a medical device; not for clinical decisions."
METHODS = "Wilson's limits of fractions; the difference by Newcombe's hybrid score; conditional odds ratio with exact limits; two-sided P of Fisher's exact test and of Pearson's chi-squared without correction."


@dataclass(frozen=True, slots=True)
class ResponsePaper:
    """All that a report of response stands on.

    Parameters
    ----------
    result
        What the command answers.
    titles, sources
        How each criterion is called, and where its thresholds are from.
    arms, baselines
        Arm (empty for none) and earliest date of each patient.
    findings
        What is doubtful.
    table
        Name of the file.
    months, window_months
        The endpoint's; None where none was asked for.
    """

    result: ResponseResult
    titles: Mapping[CriterionName, str]
    sources: Mapping[CriterionName, str]
    arms: Mapping[str, str]
    baselines: Mapping[str, date]
    findings: Sequence[Finding]
    table: str
    months: float | None = None
    window_months: float | None = None


def response_document(paper: ResponsePaper, *, version: str) -> Document:
    """Return the report of response.

    Parameters
    ----------
    version
        Of Yttria, printed at the foot of each page.
    """
    result = paper.result
    patients = len(paper.baselines)
    last = max((v.date for p in result.patients.values() for c in p.values() for v in c.visits), default="")
    return Document(
        title="Response",
        subtitle=", ".join(paper.titles[name] for name in result.rates),
        identity=(
            ("Table", paper.table),
            ("Patients", str(patients)),
            ("Arms", _arms_in_words(paper)),
            ("Images", f"{min(paper.baselines.values()).isoformat()} to {last or DASH}"),
        ),
        sections=(
            *([Section("Verdict", (_verdict(paper),))] if result.rates else []),
            Section("Findings", first_findings(paper.findings)),
            *([Section("Best response", (best_table(paper),))] if result.rates else []),
            *_endpoint(paper),
            *(Section(figure.title, (figure,)) for figure in response_figures(paper)),
            *([Section("Lesion dose and response", (doses,))] if (doses := dose_table(paper)) else []),
            *([Section("Patients", (patients_table(paper),))] if result.rates else []),
            Section("Rules", (Points(tuple(_rules(paper))),)),
            Section("What this report cannot tell", (Points(tuple(_limits())),)),
            *([Section("Notes in full", notes)] if (notes := notes_in_full(paper.findings)) else []),
        ),
        date=last,
        footer=f"Yttria {version}",
        notice=NOTICE,
    )


def response_figures(paper: ResponsePaper) -> tuple[Figure, ...]:
    """Return the figures of the first criterion in the report's order: endpoint, waterfall and spider of each."""
    results: list[Figure] = []
    for name, title in paper.titles.items():
        if name not in paper.result.rates:
            continue
        patients = {patient: criteria[name] for patient, criteria in paper.result.patients.items()}
        if paper.result.at is not None and paper.months is not None:
            results.append(stacked_figure(name, title, paper.result.at[name], paper.arms, months=paper.months))
        if any(best_change(one) is not None for one in patients.values()):
            results.append(waterfall_figure(name, title, patients, paper.arms))
            results.append(spider_figure(name, title, patients, paper.arms, baselines=paper.baselines))
    for name, record in (paper.result.dose_response or {}).items():
        if record.curve is not None:
            results.append(dose_figure(name, paper.titles[name], record, record.curve))
    return tuple(results)


def dose_table(paper: ResponsePaper) -> Table | None:
    """Return lesion dose against lesion response by criterion; None where the table has no doses."""
    if not paper.result.dose_response:
        return None
    rows: list[list[Cell]] = []
    for name, result in paper.result.dose_response.items():
        odds = f"{number(result.odds_ratio_per_100_gy, 2)} ({number(result.low, 2)}–{number(result.high, 2)})"
        needed = [
            f"{gy(n.dose_gy)} ({gy(n.low_gy)}–{gy(n.high_gy)})" if n.dose_gy is not None else DASH
            for n in result.needed
        ] or [DASH, DASH]
        rows.append(
            [
                paper.titles[name],
                f"{result.n} of {result.patients}",
                result.responses,
                odds if result.p is not None else DASH,
                _p(result.p),
                *needed,
            ]
        )
    judged = next(iter(paper.result.dose_response.values())).judged
    return Table(
        "",
        [Column("Criterion"), Column("Lesions\nof patients"), Column("CR or PR", "right", 0), Column("Odds ratio per 100 Gy\n(95 % CI)"), Column("P, Wald"), Column("D50\nGy (95 % CI)"), Column("D80\nGy (95 % CI)")],
        rows,
        notes=(f"Each target judged alone, {judged}; logistic regression with errors over patients (sandwich, G / (G − 1)); limits of doses by Fieller's method. An em dash: no slope is shown, or it could not be fitted.",),
    )  # fmt: skip


def best_table(paper: ResponsePaper) -> Table:
    """Return how many patients have which best response, by criterion."""
    rows: list[list[Cell]] = []
    rates = paper.result.rates
    other = any(rate.non_cr_non_pd for rate in rates.values())
    for name, rate in rates.items():
        counts: list[Cell] = [
            rate.n,
            rate.CR,
            rate.PR,
            rate.SD,
            *([rate.non_cr_non_pd] if other else []),
            rate.PD,
            rate.NE,
        ]
        rows.append([paper.titles[name], *counts, _fraction(rate.objective_fraction, rate.low, rate.high)])
    words = ("Patients", "CR", "PR", "SD", *(("non-CR/\nnon-PD",) if other else ()), "PD", "NE")
    return Table(
        "",
        [Column("Criterion"), *(Column(word, "right", 0) for word in words), Column("CR or PR (95 % CI)")],
        rows,
        notes=(
            "Best overall response before progression, of every patient with a baseline, NE included. Limits: Wilson.",
        ),
    )


def endpoint_table(paper: ResponsePaper) -> Table:
    """Return the endpoint by criterion, part and arm, with the comparison of two arms."""
    rows: list[list[Cell]] = []
    ruled: set[int] = set()
    for name, at in (paper.result.at or {}).items():
        for part, rates in (("index lesion", at.index), ("patient", at.overall)):
            ruled.add(len(rows))
            rows += _endpoint_rows(f"{paper.titles[name]}, {part}", rates)
    return Table(
        "",
        [Column("Response of"), Column("Arm"), Column("n", "right", 0), Column("Evaluable", "right", 0), Column("CR or PR", "right", 0), Column("Fraction (95 % CI)")],
        rows,
        notes=(METHODS, "n holds every patient with a baseline; whoever has no visit in the window is NE and no responder."),
        ruled=frozenset(ruled),
    )  # fmt: skip


def comparison_table(paper: ResponsePaper) -> Table | None:
    """Return treated against control by criterion and part; None where there are not two arms."""
    rows: list[list[Cell]] = []
    for name, at in (paper.result.at or {}).items():
        for part, rates in (("index lesion", at.index), ("patient", at.overall)):
            if rates.comparison is not None:
                rows.append([f"{paper.titles[name]}, {part}", *_comparison_row(rates.comparison)])
    if not rows:
        return None
    return Table(
        "",
        [Column("Response of"), Column("Compared"), Column("Difference,\npercentage points (95 % CI)"), Column("Odds ratio\n(95 % CI)"), Column("P, Fisher"), Column("P, Pearson")],
        rows,
    )  # fmt: skip


def patients_table(paper: ResponsePaper) -> Table:
    """Return each patient's baseline, best change, best response and first progression, by criterion."""
    names = list(paper.result.rates)
    columns = [Column("Patient"), Column("Arm"), Column("Baseline")]
    columns += [Column(f"{paper.titles[name]}\nbest (change), progression") for name in names]
    rows: list[list[Cell]] = []
    for patient, criteria in paper.result.patients.items():
        cells: list[Cell] = [patient, paper.arms[patient] or None, paper.baselines[patient].isoformat()]
        for name in names:
            result = criteria[name]
            change = best_change(result)
            text = f" ({'+' if change > 0 else ''}{number(change, 0)}{NBSP}%)" if change is not None else ""
            since = f", {result.progressed_on}" if result.progressed_on else ""
            cells.append(Entry(f"{result.best}{text}{since}", kind="free"))
        rows.append(cells)
    return Table(
        "",
        columns,
        rows,
        notes=("Change: best of the sum of targets since baseline, up to the first progression; its date follows.",),
    )


def visits_table(paper: ResponsePaper) -> Table:
    """Return every visit of every patient by every criterion, for other programs."""
    heads = (
        "patient",
        "arm",
        "criterion",
        "date",
        "sum",
        "unit",
        "change_from_baseline_percent",
        "change_from_nadir_percent",
        "target",
        "non_target",
        "new_lesion",
        "overall",
    )
    rows: list[list[Cell]] = [
        [
            patient, paper.arms[patient], name, v.date, _plain(v.sum), result.unit, _plain(v.change_from_baseline_percent), _plain(v.change_from_nadir_percent),
            v.target or "", v.non_target or "", int(v.new_lesion), v.overall,
        ]
        for patient, criteria in paper.result.patients.items()
        for name, result in criteria.items()
        for v in result.visits
    ]  # fmt: skip
    return Table("", [Column(head) for head in heads], rows)


def _plain(value: float | None) -> str:
    """Return a number as programs read it; nothing where there is none."""
    return "" if value is None else f"{value:.10g}"


def _endpoint(paper: ResponsePaper) -> Sequence[Section]:
    if paper.result.at is None or paper.months is None:
        return ()
    window = f"The visit of each patient nearest to {paper.months:g} months after baseline (a month is 30.4375 days), within {paper.window_months:g} on either side."
    table = comparison_table(paper)
    blocks: list[Block] = [Paragraph(window), endpoint_table(paper), *([table] if table else [])]
    return (Section(f"Response at {paper.months:g} months", blocks),)


def _endpoint_rows(label: str, rates: ArmRates) -> list[list[Cell]]:
    whole: list[list[Cell]] = [[label, "all", *_counts(rates)]]
    return whole + [["", arm, *_counts(rate)] for arm, rate in rates.arms.items()]


def _counts(rate: ArmRate) -> list[Cell]:
    return [rate.n, rate.evaluable, rate.responders, _fraction(rate.fraction, rate.low, rate.high)]


def _comparison_row(c: RateComparison) -> list[Cell]:
    difference = f"{_points(c.risk_difference)} ({_points(c.low)} to {_points(c.high)})"
    odds = f"{number(c.odds_ratio, 2)} ({number(c.odds_low, 2)}–{number(c.odds_high, 2)})"
    return [f"{c.treated} against {c.control}", difference, odds, _p(c.p_fisher), _p(c.p_chi2)]


def _points(fraction: float) -> str:
    return number(100 * fraction, 1)


def _p(value: float | None) -> str:
    """Return a P with three decimals, four where they matter to a reader of the trial's own (0.0074)."""
    if value is None:
        return DASH
    return "< 0.001" if value < 0.001 else number(value, 4 if value < 0.05 else 3)


def _fraction(value: float, low: float, high: float) -> Entry:
    return Entry(f"{percent(Share(value))} ({number(100 * low, 1)}–{number(100 * high, 1)})", kind="free")


def _arms_in_words(paper: ResponsePaper) -> str:
    counts: dict[str, int] = {}
    for arm in paper.arms.values():
        counts[arm or "no arm"] = counts.get(arm or "no arm", 0) + 1
    return "" if set(counts) == {"no arm"} else ", ".join(f"{arm} {count}" for arm, count in sorted(counts.items()))


def _verdict(paper: ResponsePaper) -> Verdict:
    """Return the lines that a reader takes away: best responses, and the endpoint where it was asked for."""
    name, rate = next(iter(paper.result.rates.items()))
    best = f"{rate.CR + rate.PR} of {rate.n} respond by {paper.titles[name]}: {percent(Share(rate.objective_fraction))} ({number(100 * rate.low, 1)}–{number(100 * rate.high, 1)})"
    lines = [("Best response", best)]
    if paper.result.at is not None and paper.months is not None:
        at = paper.result.at[name].index
        label = f"Index lesion at {paper.months:g} months"
        arms = [f"{arm} {r.responders} of {r.n} ({percent(Share(r.fraction))})" for arm, r in at.arms.items()]
        names = ", ".join(arms) or f"{at.responders} of {at.n} ({percent(Share(at.fraction))})"
        lines.insert(0, (label, names))
        if (c := at.comparison) is not None:
            text = f"{c.treated} less {c.control}: {_points(c.risk_difference)} percentage points ({_points(c.low)} to {_points(c.high)}); P {_p(c.p_fisher)} by Fisher's exact test, {_p(c.p_chi2)} by Pearson's"
            lines.insert(1, ("Difference", text))
    return Verdict(lines)


def _rules(paper: ResponsePaper) -> Iterator[str]:
    for name in paper.result.rates:
        yield f"{paper.titles[name]}: {paper.sources[name]}."
    yield "The earliest date of a patient is the baseline. The smallest sum is that of earlier visits, the baseline included; a visit with a target that was not measured has no sum, and is NE unless what was measured shows progression."
    yield "A new lesion or a progressing non-target is progression; a complete response of the targets with a non-target that is there, or was not looked at, is a partial one. Best is the best before progression."
    yield "RECIST 1.1: a node below 10 mm of short axis is gone; after a complete response of the targets any return above the smallest sum is progression."


def _limits() -> Iterator[str]:
    yield "Whether lesions were measured well, by whom, and blinded to what: the table does not say it. Responses are not confirmed by a second image."
    yield "Whether enhancement that is gone is tissue that is dead; response after radioembolisation may come months later."
