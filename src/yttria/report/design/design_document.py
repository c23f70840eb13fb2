"""The design of a trial as a document: what it assumes, its size, its looks in numbers, figure and words, the code that repeats it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from yttria.contract.base import options_of
from yttria.contract.trial_boundaries import BoundariesRequest, BoundariesResult, BoundaryLook
from yttria.contract.trial_power import PowerRequest, PowerResult
from yttria.contract.trial_simulation import SequentialTest, SimulationRequest, TrialSimulationResult
from yttria.report.text.findings import first_findings, notes_in_full
from yttria.report.text.number_format import DASH, number, percent
from yttria.values.document import (
    Block,
    Cell,
    Column,
    DefinitionList,
    Document,
    Figure,
    Line,
    Panel,
    Paragraph,
    Points,
    Section,
    Table,
    Verdict,
)
from yttria.values.errors import Finding
from yttria.values.units import Share

NOTICE = "For research use only. Not a medical device; not for clinical decisions."
R_KIND = {
    "obrien-fleming": "OF",
    "pocock": "P",
    "haybittle-peto": "HP",
    "ld-obrien-fleming": "asOF",
    "ld-pocock": "asP",
    "power": "asKD",
    "hwang-shih-decani": "asHSD",
}
"""Kinds of boundary as rpact names them."""
R_BETA = {"beta:obf": "bsOF", "beta:pocock": "bsP"}
SILENT = {"out", "replace", "endpoint"}
TOP_Z = 5.0
"""Critical values above this are drawn at the edge of the figure."""

DesignRequest = PowerRequest | BoundariesRequest | SimulationRequest
DesignResult = PowerResult | BoundariesResult | TrialSimulationResult


@dataclass(frozen=True, slots=True)
class DesignPaper:
    """All that a report of a design stands on: what was asked, what was answered, what to know of it."""

    request: DesignRequest
    result: DesignResult
    findings: Sequence[Finding] = ()


def design_document(paper: DesignPaper, *, version: str) -> Document:
    """Return the report of a trial's design.

    Parameters
    ----------
    version
        Of Yttria, printed at the foot of each page.
    """
    title, verdict = _verdict(paper)
    return Document(
        title="Trial design",
        subtitle=title,
        identity=(("Design", title), ("Command", f"yttria trial {_command(paper.request)}")),
        sections=(
            Section("Verdict", (Verdict(verdict),)),
            Section("Findings", first_findings(paper.findings)),
            Section("Assumptions", (DefinitionList(tuple(_assumptions(paper.request))),)),
            *_numbers(paper),
            Section("The same in R", _code(paper)),
            Section("What this report cannot tell", (Points(tuple(_limits(paper))),)),
            *([Section("Notes in full", notes)] if (notes := notes_in_full(paper.findings)) else []),
        ),
        date="",
        footer=f"Yttria {version}",
        notice=NOTICE,
    )


def _command(request: DesignRequest) -> str:
    if isinstance(request, PowerRequest):
        return "power"
    return "boundaries" if isinstance(request, BoundariesRequest) else "simulate"


def _verdict(paper: DesignPaper) -> tuple[str, list[tuple[str, str]]]:
    """Return what the design is, and its numbers in few lines."""
    result = paper.result
    if isinstance(result, PowerResult):
        return _size_verdict(result)
    if isinstance(result, BoundariesResult):
        looks = len(result.looks)
        expected = result.expected_n
        lines = [
            (
                "Looks",
                f"{looks}, {result.kind}" + ("" if result.futility == "none" else f", futility {result.futility}"),
            )
        ]
        lines.append(("Alpha", f"{result.alpha:g}, {_sides(result.sides)}"))
        if expected is not None and result.inflation is not None:
            lines.append(
                (
                    "Cost",
                    f"at most {result.inflation:.3f} times the patients of a trial without looks; on average {expected.h1:.3f} times with the effect, {expected.h0:.3f} times without it",
                )
            )
        return f"Group-sequential design of {looks} looks", lines
    power = percent(Share(result.power))
    lines = [
        (
            "Power",
            f"{power} at the end, without looks, in {result.trials} simulated trials of {result.patients} patients",
        )
    ]
    lines += [(name, _test_words(test)) for name, test in _tests(result)]
    return f"{result.trials} simulated trials", lines


def _size_verdict(result: PowerResult) -> tuple[str, list[tuple[str, str]]]:
    if result.endpoint == "response":
        total = (result.n_treated or 0) + (result.n_control or 0)
        words = f"{total} patients: {result.n_treated} treated, {result.n_control} control"
        return "Size of a comparison of two response rates", [
            ("Size", words),
            ("Power", f"{percent(Share(result.power or 0))} by the {result.method} method"),
        ]
    if result.schoenfeld_power is not None:
        return "Power of a number of events", [
            ("Power", f"{percent(Share(result.schoenfeld_power))} with {result.events} events")
        ]
    lines = [("Events", f"{result.schoenfeld_events} (Schoenfeld), {result.freedman_events} (Freedman)")]
    if result.schoenfeld_patients is not None:
        lines.append(("Patients", f"{result.schoenfeld_patients} (Schoenfeld), {result.freedman_patients} (Freedman)"))
    return "Size of a comparison of survival", lines


def _tests(result: TrialSimulationResult) -> Iterator[tuple[str, SequentialTest]]:
    tests = (("Log-rank", result.tests.logrank), ("MaxCombo", result.tests.maxcombo), ("Rates", result.tests.rates))
    return ((name, test) for name, test in tests if test is not None)


def _test_words(test: SequentialTest) -> str:
    months = "" if test.expected_months is None else f", {test.expected_months:.1f} months"
    return f"power {percent(Share(test.power))}; on average {test.expected_n:.1f} patients{months} at the stop"


def _sides(sides: int) -> str:
    return "two-sided" if sides == 2 else "one-sided"


def _assumptions(request: DesignRequest) -> Iterator[tuple[str, str]]:
    """Yield every option that the design stands on, as it was given or by default."""
    inputs = request.model_dump()
    yield "endpoint", str(inputs.get("endpoint", "survival or response"))
    for name, value in inputs.items():
        if name == "kind" and inputs.get("efficacy") is not None:
            continue  # --efficacy stands in its place
        if name not in SILENT and value is not None:
            yield name.replace("_", " "), f"{value:g}" if isinstance(value, float) else str(value)


def _numbers(paper: DesignPaper) -> Iterator[Section]:
    """Yield the tables, figures and words of the looks."""
    result = paper.result
    if isinstance(result, BoundariesResult):
        yield Section("Boundaries", (_boundary_table(result), *_boundary_figures(result)))
        yield Section("What happens at each look", (Points(tuple(_look_words(result))),))
    if isinstance(result, TrialSimulationResult):
        yield Section("Where simulated trials stop", (_stop_table(result),))


def _boundary_table(result: BoundariesResult) -> Table:
    futility = any(look.z_futility is not None for look in result.looks)
    columns = [Column("Look", "right"), Column("Information", "decimal", 3), Column("Positive from z", "decimal", 4)]
    columns += [Column("Futile to z", "decimal", 4)] if futility else []
    columns += [Column("One-sided P", "decimal", 5), Column("Alpha spent", "decimal", 5)]
    columns += [Column("Beta spent", "decimal", 5)] if futility else []
    rows: list[list[Cell]] = []
    for place, look in enumerate(result.looks, start=1):
        row: list[Cell] = [place, look.information, look.z_efficacy]
        row += [look.z_futility] if futility else []
        row += [look.p_one_sided, look.alpha_spent]
        row += [look.beta_spent] if futility else []
        rows.append(row)
    return Table(
        "",
        columns,
        rows,
        notes=("Information: share of the planned events or patients. Alpha and beta add up over the looks.",),
    )


def _boundary_figures(result: BoundariesResult) -> Iterator[Figure]:
    """Yield the limits over the information."""
    if len(result.looks) < 2:
        return
    x = np.array([look.information for look in result.looks])
    upper = np.array([TOP_Z if look.z_efficacy is None else min(look.z_efficacy, TOP_Z) for look in result.looks])
    layers = [Line(x, upper, "positive", "treated", mark="dot", mark_at=float(x[-1]))]
    if result.looks[0].z_futility is not None:
        lower = np.array([np.nan if look.z_futility is None else look.z_futility for look in result.looks])
        layers.append(Line(x, lower, "futile", "control", "dashed", mark="square", mark_at=float(x[-1])))
    elif result.sides == 2:
        layers.append(Line(x, -upper, "worse", "control", "dashed", mark="square", mark_at=float(x[-1])))
    panel = Panel(
        layers,
        "information (share of the planned events or patients)",
        "z",
        x_range=(0.0, 1.0),
        x_ticks=tuple(round(float(t), 2) for t in x),
        legend=True,
    )
    yield Figure(
        "boundaries",
        f"A trial stops early for efficacy from z = {upper[0]:.2f} on at its first look",
        f"{result.kind}, alpha {result.alpha:g}, {_sides(result.sides)}; futility {result.futility}.",
        (panel,),
        height_mm=75.0,
    )


def _look_words(result: BoundariesResult) -> Iterator[str]:
    """Yield what happens at each look, in a sentence."""
    last = len(result.looks)
    for place, look in enumerate(result.looks, start=1):
        yield f"Look {place}, at {percent(Share(look.information))} of the information: {_what(look, last=place == last, binding=result.binding)}"


def _what(look: BoundaryLook, *, last: bool, binding: bool) -> str:
    efficacy = (
        "no alpha is spent, so that the trial cannot stop as positive"
        if look.z_efficacy is None
        else f"from z = {look.z_efficacy:.3f} on (one-sided P {_p(look.p_one_sided)} or less) the trial {'is' if last else 'stops as'} positive"
    )
    if last:
        return f"{efficacy}; otherwise it is not."
    if look.z_futility is None:
        return f"{efficacy}; otherwise it goes on."
    bound = (
        "stops as futile" if binding else "may stop as futile (the limit does not bind: alpha is kept if it goes on)"
    )
    return f"{efficacy}; at z = {number(look.z_futility, 3)} or below it {bound}; between the two it goes on."


def _p(value: float | None) -> str:
    return DASH if value is None else f"{value:.5f}" if value >= 0.00001 else "< 0.00001"


def _stop_table(result: TrialSimulationResult) -> Table:
    columns = [Column("Test"), Column("Look", "right"), Column("Information", "decimal", 3)]
    columns += [Column("Stops as positive, %", "decimal", 1), Column("Stops as futile, %", "decimal", 1)]
    rows: list[list[Cell]] = []
    ruled: set[int] = set()
    for name, test in _tests(result):
        ruled.add(len(rows))
        for place, look in enumerate(test.looks, start=1):
            rows.append([name if place == 1 else "", place, look.information, 100 * look.efficacy, 100 * look.futility])
    error = 100 * (result.power * (1 - result.power) / result.trials) ** 0.5
    notes = (
        f"Per cent of {result.trials} trials; the simulation's own error of the power is {error:.1f} percentage points.",
    )
    return Table("", columns, rows, notes=notes, ruled=frozenset(ruled - {0}))


def _code(paper: DesignPaper) -> tuple[Block, ...]:
    """Return the call of R that gives the same numbers, and that of Yttria."""
    return tuple(Paragraph(line) for line in (_yttria_line(paper.request), *_r_lines(paper)))


def _yttria_line(request: DesignRequest) -> str:
    words = [
        f"--{name.replace('_', '-')} {value}"
        for name, field in options_of(type(request)).items()
        if name not in {"out", "replace"} and (value := getattr(request, name)) is not None and value != field.default
    ]
    return f"yttria trial {_command(request)} {' '.join(words)}"


def _r_lines(paper: DesignPaper) -> Iterator[str]:
    request, result = paper.request, paper.result
    if isinstance(request, BoundariesRequest) and isinstance(result, BoundariesResult):
        times = ", ".join(f"{look.information:.10g}" for look in result.looks)
        futile = result.futility in R_BETA
        alpha = result.alpha / result.sides if result.futility != "none" else result.alpha
        sides = 1 if result.futility != "none" else result.sides
        beta = 1 - (0.8 if result.power is None else result.power)
        words = f"informationRates = c({times}), alpha = {alpha:g}, sided = {sides}, beta = {beta:g}"
        words += f', typeOfDesign = "{R_KIND[result.kind]}"'
        if futile:
            words += (
                f', typeBetaSpending = "{R_BETA[result.futility]}", bindingFutility = {str(result.binding).upper()}'
            )
        elif result.futility == "conditional":
            limits = ", ".join(f"{look.z_futility:.10g}" for look in result.looks[:-1])
            words += f", futilityBounds = c({limits}), bindingFutility = FALSE"
        yield f"library(rpact); d <- getDesignGroupSequential({words}); summary(d); getDesignCharacteristics(d)"
    if isinstance(request, PowerRequest) and isinstance(result, PowerResult) and result.endpoint == "response":
        share = result.treated_share
        yield (
            f"library(rpact); getSampleSizeRates(pi1 = {result.rate_treated:g}, pi2 = {result.rate_control:g}, alpha = {result.alpha:g}, "
            f"sided = {result.sides}, beta = {1 - (0.8 if request.power is None else request.power):g}, allocationRatioPlanned = {share / (1 - share):g})   (normal method)"
        )


def _limits(paper: DesignPaper) -> Iterator[str]:
    """Yield what the design stands on and cannot know."""
    yield "Whether the assumed rates, medians and ratios are those of the patients who will come: they are assumptions, not data."
    if isinstance(paper.result, TrialSimulationResult):
        yield "Anything beyond the scenario: hazards are constant but for the delay, loss is unrelated to the event."
    if isinstance(paper.result, BoundariesResult):
        yield "When the looks come: they are shares of the information, and the calendar follows from accrual and events."
