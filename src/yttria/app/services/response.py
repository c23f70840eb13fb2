"""Lesions to response: a table in; words, rates, report, figures and tables out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from yttria.app.services.lesion_dose_response import lesion_dose_response
from yttria.app.services.response_files import write_response
from yttria.contract.envelope import Answer
from yttria.contract.response import (
    ArmRates,
    BestRates,
    CriterionName,
    PatientAtVisit,
    PatientResponse,
    ResponseAtVisit,
    ResponseRequest,
    ResponseResult,
    VisitRecord,
)
from yttria.delivery.response_criteria import (
    CRITERIA,
    RESPONSES,
    Criterion,
    Response,
    VisitResponse,
    Word,
    index_lesion,
    lesion_words,
    response_of,
    visit_near,
)
from yttria.delivery.response_findings import lesion_findings
from yttria.evidence.descriptive.proportions import Proportion
from yttria.evidence.descriptive.response_rates import ResponseRate, compare_rates
from yttria.evidence.study.rate_records import comparison_record, rate_record
from yttria.io.tables.lesion_table import LesionTable, read_lesions
from yttria.report.delivery.response_document import ResponsePaper
from yttria.values.errors import Finding, IntakeError, ranked
from yttria.values.lesion import LesionHistory, lesion_histories

WINDOW_MONTHS = 1.0
"""How far from the month of the endpoint a visit may lie where nothing is said (contract)."""
COLUMNS: Mapping[CriterionName, tuple[str, ...]] = {
    "easl": ("viable_longest_mm", "viable_short_mm"),
    "mrecist": ("viable_longest_mm",),
    "recist11": ("longest_mm",),
}
"""What each criterion measures; nodes have their short axis by RECIST."""

Responses = Mapping[CriterionName, Mapping[str, Response]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """When response is the endpoint, and which arm is treated."""

    months: float
    window_months: float
    treated: str


def run(request: ResponseRequest) -> Answer[ResponseResult]:
    """Return the response of every patient of a table by each criterion, and write it where a folder is named.

    Raises
    ------
    IntakeError, QuantityError
        A table that cannot be read, by line; a window or an arm without its endpoint.
    EvidenceError
        A treated arm that the table does not have.
    """
    endpoint = _endpoint(request)
    table = read_lesions(request.lesions)
    histories = lesion_histories(table.rows)
    _require_arm(request.treated, histories)
    criteria, findings = _criteria(request.criteria, table)
    results: Responses = {c.name: {h.patient: response_of(h, c) for h in histories} for c in criteria}
    result = ResponseResult(
        patients={h.patient: {c.name: _patient(results[c.name][h.patient], c) for c in criteria} for h in histories},
        rates={c.name: _rates(list(results[c.name].values())) for c in criteria},
        at=None if endpoint is None else {c.name: _at(histories, results[c.name], c, endpoint) for c in criteria},
    )
    result, more = _with_doses(result, histories, criteria, endpoint)
    all_findings = tuple(ranked([*more, *table.findings, *findings, *lesion_findings(histories, criteria)]))
    if request.out is None:
        return Answer(result, all_findings)
    paper = ResponsePaper(
        result=result,
        titles={c.name: c.title for c in criteria},
        sources={c.name: c.source for c in criteria},
        arms={h.patient: h.arm for h in histories},
        baselines={h.patient: h.baseline for h in histories},
        findings=all_findings,
        table=request.lesions.name,
        months=None if endpoint is None else endpoint.months,
        window_months=None if endpoint is None else endpoint.window_months,
    )
    return Answer(result, all_findings, write_response(paper, request.lesions, request.out, overwrite=request.replace))


def _with_doses(
    result: ResponseResult, histories: Sequence[LesionHistory], criteria: Sequence[Criterion], endpoint: Endpoint | None
) -> tuple[ResponseResult, list[Finding]]:
    """Return the result with lesion dose against lesion response, where the table has doses."""
    if not any(lesion.dose_gy is not None for history in histories for lesion in history.lesions):
        return result, []
    months, window = (None, WINDOW_MONTHS) if endpoint is None else (endpoint.months, endpoint.window_months)
    records, findings = {}, []
    for criterion in criteria:
        records[criterion.name], own = lesion_dose_response(histories, criterion, months=months, window_months=window)
        findings += own
    return result.model_copy(update={"dose_response": records}), findings


def _endpoint(request: ResponseRequest) -> Endpoint | None:
    """Return the endpoint that is asked for; refuse a window without one."""
    if request.at_months is None:
        if request.window_months is not None:
            raise IntakeError(
                "--window-months belongs to --at-months, but that was not given; give both",
                code="endpoint-month-absent",
            )
        return None
    window = WINDOW_MONTHS if request.window_months is None else request.window_months
    return Endpoint(request.at_months, window, request.treated or "")


def _require_arm(treated: str | None, histories: Sequence[LesionHistory]) -> None:
    arms = sorted({history.arm for history in histories if history.arm})
    if treated is not None and treated not in arms:
        match = ", ".join(arms) or "none"
        raise IntakeError(
            f"--treated must be an arm of the table, but is {treated!r} and the arms are {match}; correct it",
            code="arm-unknown",
        )


def _criteria(names: Sequence[CriterionName], table: LesionTable) -> tuple[list[Criterion], list[Finding]]:
    """Return the criteria whose sizes the table has, and a finding for each that it has not."""
    there, findings = [], []
    for name in dict.fromkeys(names):
        absent = [column for column in COLUMNS[name] if column not in table.columns]
        if not absent:
            there.append(CRITERIA[name])
            continue
        message = (
            f"{CRITERIA[name].title} is left out, for the table has no {' and no '.join(absent)}; add what was measured"
        )
        findings.append(Finding("warning", "criterion-absent", message, {"criterion": name}))
    return there, findings


def _patient(response: Response, criterion: Criterion) -> PatientResponse:
    return PatientResponse(
        baseline=response.baseline,
        unit=criterion.unit,
        visits=[_visit(visit) for visit in response.visits],
        best=response.best,
        progressed_on=_day(response.progressed_on),
    )


def _visit(visit: VisitResponse) -> VisitRecord:
    return VisitRecord(
        date=visit.on.isoformat(),
        sum=visit.total,
        change_from_baseline_percent=_percent(visit.change_from_baseline),
        change_from_nadir_percent=_percent(visit.change_from_smallest),
        target=visit.target,
        non_target=visit.non_target,
        new_lesion=visit.new_lesion,
        overall=visit.overall,
    )


def _day(on: date | None) -> str | None:
    return None if on is None else on.isoformat()


def _percent(fraction: float | None) -> float | None:
    return None if fraction is None else 100 * fraction


def _rates(responses: Sequence[Response]) -> BestRates:
    best = [response.best for response in responses]
    objective = Proportion(sum(word in RESPONSES for word in best), len(best))
    low, high = objective.wilson()
    return BestRates(
        n=len(best),
        CR=best.count("CR"),
        PR=best.count("PR"),
        SD=best.count("SD"),
        PD=best.count("PD"),
        NE=best.count("NE"),
        non_cr_non_pd=best.count("non-CR/non-PD"),
        objective_fraction=objective.share,
        low=low,
        high=high,
    )


def _at(
    histories: Sequence[LesionHistory], results: Mapping[str, Response], criterion: Criterion, endpoint: Endpoint
) -> ResponseAtVisit:
    patients = {h.patient: _at_visit(h, results[h.patient], criterion, endpoint) for h in histories}
    arms = {h.patient: h.arm for h in histories}
    return ResponseAtVisit(
        patients=patients,
        index=_arm_rates({name: p.index for name, p in patients.items()}, arms, endpoint.treated),
        overall=_arm_rates({name: p.overall for name, p in patients.items()}, arms, endpoint.treated),
    )


def _at_visit(history: LesionHistory, response: Response, criterion: Criterion, endpoint: Endpoint) -> PatientAtVisit:
    """Return what the visit nearest to the endpoint says of patient and index lesion; not evaluable where there is none."""
    on = visit_near(history, endpoint.months, endpoint.window_months)
    if on is None:
        return PatientAtVisit(date=None, days=None, overall="NE", index="NE")
    lesion = index_lesion(history, criterion)
    return PatientAtVisit(
        date=on.isoformat(),
        days=(on - history.baseline).days,
        overall=next(visit.overall for visit in response.visits if visit.on == on),
        index="NE" if lesion is None else lesion_words(history, lesion, criterion)[on],
    )


def _arm_rates(words: Mapping[str, Word], arms: Mapping[str, str], treated: str) -> ArmRates:
    """Return how many responded of all and by arm, and the comparison of two arms."""
    responded = {name: None if word == "NE" else word in RESPONSES for name, word in words.items()}
    by_arm = {
        arm: ResponseRate.of([responded[name] for name in responded if arms[name] == arm])
        for arm in sorted({arm for arm in arms.values() if arm})
    }
    comparison = compare_rates(by_arm, treated=treated)
    return ArmRates(
        **rate_record(ResponseRate.of(list(responded.values()))).model_dump(),
        arms={arm: rate_record(rate) for arm, rate in by_arm.items()},
        comparison=None if comparison is None else comparison_record(comparison),
    )
