"""Individual times from a published curve, how well they fit, and a comparison with a second group that names its assumptions."""

import csv
import io
import math
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np

from yttria.app.services.claims import SHIPPED, group_solutions
from yttria.app.services.published_curve import (
    TIME_NAMES,
    CurveSource,
    curve_sheet,
    published_from,
    rebuilt_from,
    two_columns,
)
from yttria.app.services.published_population import published_populations, refuse_impossible_population
from yttria.contract.envelope import Answer
from yttria.contract.reconstruction import (
    LABEL,
    CurveFit,
    CurveReconstruction,
    GroupComparison,
    IndividualTimes,
    NumberAtRisk,
    PublishedPopulation,
    RateReconstruction,
    ReconstructedGroup,
    ReconstructRequest,
    ReconstructResult,
)
from yttria.evidence.published.claim import claim_of
from yttria.evidence.published.group_checks import group_of
from yttria.evidence.reconstruction.digitisation_error import (
    Published,
    Spread,
    digitisation_limits,
    redigitised_cohorts,
)
from yttria.evidence.reconstruction.guyot import Reconstruction
from yttria.evidence.reconstruction.indirect_comparison import Comparison, compare_arms
from yttria.evidence.study.cohort_builder import build_cohort
from yttria.evidence.survival.kaplan_meier import kaplan_meier
from yttria.io.files.output import output_file, place_subject
from yttria.io.tables.cohort_table import read_table
from yttria.io.tables.protocol import read_protocol
from yttria.values.cohort import Column, TimeToEvent
from yttria.values.errors import Finding, IntakeError, require_positive

EVENT_NAMES = ("event", "status", "observed")
ENOUGH = 0.05
"""A published ratio this far (of the ratio) from every redraw is said to be unmet."""
OF_A_CURVE = ("at_risk", "events", "against", "hr", "out")
"""What printed rates have no use for."""
OF_A_SECOND_GROUP = ("hr", "against_at_risk", "against_risk_times", "against_events", "against_protocol", "against_where", "one_trial", "printed")  # fmt: skip


def run(request: ReconstructRequest) -> Answer[ReconstructResult]:
    """Return the patients behind a published curve or behind printed rates; write them where it is asked.

    Raises
    ------
    IntakeError, EvidenceError, QuantityError
        A file that cannot be read; options of which one needs, or forbids, another; numbers that cannot be.
    """
    if request.exact:
        _refuse_with_exact(request)
        return _exact(request)
    _refuse_alone(request)
    _refuse_place(request.out)
    source = CurveSource(request.curve, request.at_risk, request.risk_times, request.n, request.events)
    made, findings = rebuilt_from(source, request.unit)
    second: ReconstructedGroup | None = None
    comparison: GroupComparison | None = None
    if request.against is not None:
        second, comparison, more = _with_second_group(request, request.against, made, source)
        findings += more
    if request.out is not None:
        subject = place_subject(request.curve)
        with output_file(
            request.out, command="reconstruct", subject=subject, inputs=request.input_paths, replace=request.replace
        ) as draft:
            draft.write_text(_rows(made.outcome), encoding="utf-8")
    group = _group(made, request.unit)
    result = CurveReconstruction(**dict(group), against=second, comparison=comparison)
    return Answer(result, tuple(findings), () if request.out is None else (request.out,))


def _with_second_group(
    request: ReconstructRequest, against: Path, made: Reconstruction, source: CurveSource
) -> tuple[ReconstructedGroup | None, GroupComparison, list[Finding]]:
    """Return the second group where it is a curve, the comparison with it, and its findings."""
    unit = request.unit
    placed: dict[str, float] = {}
    group: ReconstructedGroup | None = None
    populations: dict[str, PublishedPopulation] | None = None
    second_group: Published | TimeToEvent
    if request.against_at_risk is None:
        second, findings, facts = patients_of(against, unit, request.against_protocol, request.against_where)
        second_group = second
        populations, apart = published_populations(request.printed, facts)
        findings = [*findings, *apart]
    else:
        refuse_impossible_population(request.printed)
        if request.against_protocol is not None or request.against_where is not None:
            raise IntakeError(
                "--against-protocol and --against-where belong to individual times, but --against-at-risk makes it a curve; leave one out",
                code="curve-options-conflict",
            )
        other = CurveSource(against, request.against_at_risk, request.against_risk_times, None, request.against_events)
        rebuilt, findings = rebuilt_from(other, unit)
        second, second_group, group = rebuilt.outcome, published_from(other)[0], _group(rebuilt, unit)
        for placement in ("early", "late"):
            pair = (rebuilt_from(one, unit, placement)[0].outcome for one in (source, other))
            placed[placement] = compare_arms(*pair).ratio.hr
    result = compare_arms(made.outcome, second, one_trial=request.one_trial)
    whole = spread_of(result, published_from(source)[0], second_group, request.redraws, request.click_error)
    comparison = _comparison(result, whole, request.hr, placed).model_copy(update={"populations": populations})
    unmet = [] if request.hr is None else _unmet(request.hr, whole)
    return group, comparison, [*findings, *result.findings, *unmet]


def _refuse_alone(request: ReconstructRequest) -> None:
    """Refuse options that make no sense without a second group.

    Raises
    ------
    IntakeError
        Such an option without --against.
    """
    for name in OF_A_SECOND_GROUP:
        if request.against is None and getattr(request, name) not in (None, False):
            raise IntakeError(
                f"--{name.replace('_', '-')} is about a second group, but --against is not given; name the second curve or patients",
                code="second-group-absent",
            )


def _refuse_place(out: Path | None) -> None:
    """Refuse a file that cannot be written before the work is done.

    Raises
    ------
    IntakeError
        No such folder; a folder in the file's place.
    """
    if out is not None and (out.is_dir() or not out.absolute().parent.is_dir()):
        raise IntakeError(
            f"--out must be a file in a folder that exists, but is {out}; make the folder or name a file",
            code="output-place",
        )


def _refuse_with_exact(request: ReconstructRequest) -> None:
    """Refuse options that have no meaning for printed rates.

    Raises
    ------
    IntakeError
        Such an option beside --exact.
    """
    for name in OF_A_CURVE:
        if getattr(request, name) is not None:
            raise IntakeError(
                f"--{name.replace('_', '-')} belongs to a curve of clicks, but --exact reads printed rates; leave one of the two out",
                code="curve-options-conflict",
            )


def _exact(request: ReconstructRequest) -> Answer[ReconstructResult]:
    """Return all whole patients behind printed rates, as `yttria claims` finds them."""
    path, n = request.curve, request.n
    if n is None:
        raise IntakeError(
            "--exact needs --n, the number of patients, but it was not given; yttria claims finds an n that is not printed",
            code="patients-option-absent",
        )
    sheet = curve_sheet(path)
    names = [{"rate": "value", "survival": "value"}.get(name.lower(), name.lower()) for name in sheet.heading]
    shared = {"kind": "rate", "subject": path.stem, "n": str(n), "unit": request.unit}
    claims = [claim_of(dict(zip(names, row, strict=True)) | shared, line) for line, row in sheet.rows]
    group = group_of(claims, n)
    findings = [Finding("warning", flag.code, flag.message, {"line": flag.lines[0]}) for flag in group.flags]
    result = group_solutions(group)
    if not result.solutions and not findings:
        findings.append(
            Finding(
                "warning",
                "rates-open",
                "the printed numbers leave too much open to list every solution; give limits, more digits or more times",
            )
        )
    return Answer(RateReconstruction(label=LABEL, unit=request.unit, n=n, **dict(result)), tuple(findings))


def _group(made: Reconstruction, unit: str) -> ReconstructedGroup:
    """Return a reconstruction by the names of docs/reconstruct.md."""
    median, low, high = kaplan_meier(made.outcome).median
    events = made.outcome.events
    return ReconstructedGroup(
        label=LABEL,
        unit=unit,
        n=len(made.outcome),
        events=events,
        censored=len(made.outcome) - events,
        median=median,
        median_low=low,
        median_high=high,
        fit=CurveFit(
            rmse=made.fit.rmse,
            max_deviation=made.fit.largest,
            published_events=made.fit.published_events,
            at_risk=[NumberAtRisk(time=t, published=p, reconstructed=r) for t, p, r in made.fit.at_risk],
        ),
        patients=IndividualTimes(
            time=made.outcome.time.tolist(), event=made.outcome.observed.astype(np.int64).tolist()
        ),
    )


def _rows(outcome: TimeToEvent) -> str:
    text = io.StringIO()
    text.write(f"# {LABEL}; by Yttria after Guyot et al. 2012, doi:10.1186/1471-2288-12-9\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["time", "event"])
    writer.writerows((f"{t:.6g}", int(e)) for t, e in zip(outcome.time, outcome.observed, strict=True))
    return text.getvalue()


def patients_of(
    path: Path, unit: str, protocol: Path | None, where: str | None
) -> tuple[TimeToEvent, list[Finding], Mapping[str, Column]]:
    """Return the individual times of a second group: of a CSV with time and event, or of a cohort with its protocol; and a cohort's columns.

    A label of the protocol ("reconstructed, not patient data") comes back as a warning.

    Raises
    ------
    IntakeError, EvidenceError
        No such file or column; events that are not 0 or 1; a part that nobody belongs to; another unit.
    """
    shipped = str(path) == SHIPPED and not path.exists()
    if protocol is None and not shipped:
        return _listed(path, unit, where), [], {}
    data = files("yttria.data")
    with as_file(data / "dosisphere.toml") as plan, as_file(data / "dosisphere_reconstructed.csv") as table:
        protocol_values = read_protocol(protocol or plan)
        cohort = build_cohort(read_table(table if shipped else path, missing=protocol_values.missing), protocol_values)
    if where is not None:
        column, value = _part(where)
        chosen = cohort[column]
        chosen.require((value,), what="--against-where")
        cohort = cohort.rows(chosen.matching((value,)))
    labels = (
        [Finding("warning", "against-labelled", f"the second group is {protocol_values.label}")]
        if protocol_values.label
        else []
    )
    return cohort.outcome, labels, cohort.columns


def _listed(path: Path, unit: str, where: str | None) -> TimeToEvent:
    """Return individual times from a CSV with columns time and event (or status)."""
    sheet = curve_sheet(path)
    time, event = two_columns(sheet, TIME_NAMES, EVENT_NAMES)
    if set(event) - {0.0, 1.0}:
        raise IntakeError(
            f"event of {path.name} must be 0 or 1, but {sorted(set(event))[:4]} were found; for a curve give --against-at-risk",
            code="event-values",
        )
    mask = np.ones(len(time), dtype=bool)
    if where is not None:
        column, value = _part(where)
        if column not in sheet.heading:
            raise IntakeError(
                f"--against-where names column {column}, but {path.name} has {', '.join(sheet.heading)}; correct one",
                code="column-unknown",
            )
        cells = [row[sheet.heading.index(column)] for _, row in sheet.rows]
        mask = np.array([cell == value for cell in cells])
        if not mask.any():
            raise IntakeError(
                f"--against-where {where} leaves nobody: {column} holds {', '.join(sorted(set(cells))[:6])}; name one of them",
                code="population-empty",
            )
    return TimeToEvent(np.array(time)[mask], np.array(event, dtype=bool)[mask], unit=unit)


def _part(where: str) -> tuple[str, str]:
    column, equals, value = where.partition("=")
    if not (column and equals and value):
        raise IntakeError(
            f"--against-where must be column=value, as arm=PDA, but is {where!r}; correct it", code="condition-value"
        )
    return column.strip(), value.strip()


def spread_of(
    comparison: Comparison,
    first: Published,
    second: Published | TimeToEvent,
    draws: int,
    click_error: float,
) -> Spread:
    """Return the limits that hold what the picture leaves open too."""
    ones = redigitised_cohorts(first, draws, click_error=click_error, seed=1)
    twos = (
        redigitised_cohorts(second, draws, click_error=click_error, seed=2) if isinstance(second, Published) else None
    )
    pairs = [(one, second if twos is None else next(twos)) for one in ones]
    return digitisation_limits(comparison.ratio, [(a, b) for a, b in pairs if not isinstance(b, Published)])


def _unmet(published: float, whole: Spread) -> list[Finding]:
    """Return that no redraw of the curves comes near a published ratio, where that is so.

    Raises
    ------
    QuantityError
        A published ratio that is not above zero.
    """
    require_positive(published, what="--hr")
    if math.isnan(whole.least) or (1 - ENOUGH) * whole.least <= published <= (1 + ENOUGH) * whole.most:
        return []
    return [
        Finding(
            "warning",
            "published-hr-unmet",
            f"the published ratio is {published:g}, but redraws of the curves give {whole.least:.3f} to {whole.most:.3f}: it may be stratified or "
            "adjusted, or clicks or numbers at risk are wrong",
            {"published_hr": published, "least_hr": whole.least, "most_hr": whole.most},
        )
    ]


def _comparison(
    comparison: Comparison, whole: Spread, published: float | None, placed: dict[str, float]
) -> GroupComparison:
    """Return a comparison by the names of docs/reconstruct.md."""
    ratio, gap = comparison.ratio, comparison.difference
    return GroupComparison(
        hr=ratio.hr,
        low=ratio.low,
        high=ratio.high,
        wald_p=ratio.p,
        redraws=whole.draws,
        log_hr_sd_of_redraws=whole.log_sd,
        low_whole=whole.low,
        high_whole=whole.high,
        logrank_chi2=comparison.test.chi2,
        logrank_p=comparison.test.p,
        proportionality_p=None if comparison.proportionality is None else comparison.proportionality.p,
        published_hr=published,
        hr_over_published=None if published is None else ratio.hr / published,
        hr_censored_early=placed.get("early"),
        hr_censored_late=placed.get("late"),
        tau=comparison.mean_a.tau,
        restricted_mean=comparison.mean_a.mean,
        restricted_mean_against=comparison.mean_b.mean,
        difference=gap.value,
        difference_low=gap.low,
        difference_high=gap.high,
        difference_p=gap.p,
        medians=[comparison.a.median[0], comparison.b.median[0]],
        assumptions=list(comparison.assumptions),
    )
