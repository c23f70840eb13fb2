"""The day of a treatment: a record in; what was delivered, at one reference instant, its report and its lines of case.toml out."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from yttria import __version__
from yttria.app.provenance import envelope
from yttria.app.services.answer_files import REPORT_FILES, write_answer
from yttria.app.services.quantities import bq_of, instant_of
from yttria.app.services.site import site_of, site_path
from yttria.contract.delivery import (
    DeliveredAmount,
    DeliveryFile,
    DeliveryRequest,
    DeliveryResult,
    VialDeliveryRecord,
    VialEntry,
)
from yttria.contract.envelope import Answer
from yttria.contract.site import SiteFile
from yttria.delivery.administration import (
    REPORTABLE_FRACTION,
    Measured,
    SurveyRates,
    VialDelivery,
    differs_by,
    split_of,
    vial_delivery,
    within_tolerance,
)
from yttria.io.case.delivery_record import read_delivery
from yttria.io.files.output import output_folder, subject_of
from yttria.report.delivery.delivery_record import delivery_document
from yttria.values.errors import Finding, IntakeError, Value, YttriaError, ranked
from yttria.values.nuclide import Nuclide
from yttria.values.product import Product
from yttria.values.time import hours_between
from yttria.values.units import BQ_PER_GBQ, Bq, Share

FILES = ("delivery.json", "given.toml", *REPORT_FILES)
EQUAL_PRESCRIBED = 0.01
"""Prescriptions of injections and of the whole treatment may differ by this share: rounded numbers do."""
LONG_TRANSIT_H = 24.0
"""An assay longer before the administration is told: another vial, or another day, may be meant."""


def run(request: DeliveryRequest) -> Answer[DeliveryResult]:
    """Return what was delivered, and write it where a folder is named.

    Raises
    ------
    IntakeError, QuantityError
        A record that cannot be read, an instant without its zone, measurements that contradict each other; by vial.
    """
    record = _with_site(read_delivery(request.record), site_of(request.site))
    product = Product.named(record.product)
    at = _instant(record.at, "at")
    deliveries = [_vial(entry, number, at, product.nuclide) for number, entry in enumerate(record.vials, start=1)]
    result = _result(record, deliveries, at, product)
    findings = tuple(
        ranked(
            [
                *_vial_findings(result),
                *_instant_findings(record, at),
                *_sum_findings(record),
                *_amount_findings(result, record.tolerance_fraction),
            ]
        )
    )
    files: tuple[Path, ...] = ()
    if request.out is not None:
        files = _write(result, findings, record, request)
    return Answer(result, findings, files)


def _with_site(record: DeliveryFile, site: SiteFile) -> DeliveryFile:
    """Return the record with the site's tolerance where it states none of its own."""
    if record.tolerance_fraction is not None:
        return record
    return record.model_copy(update={"tolerance_fraction": site.delivery.tolerance_fraction})


def _instant(text: datetime | str, place: str) -> datetime:
    return instant_of(text if isinstance(text, str) else text.isoformat(), place)


def _vial(entry: VialEntry, number: int, at: datetime, nuclide: Nuclide) -> VialDelivery:
    """Return what arrived of a vial; a refusal names which."""
    place = f"[[vials]] {number}"
    assay = Measured(
        bq_of(entry.assayed_gbq, f"{place} assayed activity"), _instant(entry.assayed_at, f"{place} assayed_at")
    )
    residual = _residual(entry, place)
    try:
        return vial_delivery(assay, residual, reference=at, nuclide=nuclide)
    except YttriaError as error:
        raise type(error)(f"{place}: {error}", code=error.code, values={**error.values, "vial": number}) from None


def _residual(entry: VialEntry, place: str) -> Measured | SurveyRates | Share:
    """Return what is known of the residual: exactly one of calibrator, survey rates and an assumed share."""
    by_calibrator = entry.residual_gbq is not None
    by_survey = entry.rate_before is not None or entry.rate_after is not None
    ways = [by_calibrator, by_survey, entry.residual_fraction is not None]
    if sum(ways) != 1:
        text = "several are" if any(ways) else "none is"
        raise IntakeError(
            f"{place} needs one of residual_gbq with residual_at, rate_before with rate_after, and residual_fraction, but {text} given; keep one",
            code="residual-ways",
        )
    if entry.residual_gbq is not None:
        if entry.residual_at is None:
            raise IntakeError(f"{place} residual_gbq needs residual_at, for it decays; add it", code="residual-instant")
        return Measured(Bq(entry.residual_gbq * BQ_PER_GBQ), _instant(entry.residual_at, f"{place} residual_at"))
    if entry.residual_fraction is not None:
        return Share(entry.residual_fraction)
    if entry.rate_before is None or entry.rate_after is None:
        raise IntakeError(
            f"{place} rate_before and rate_after belong together, but one is absent; add it", code="rates-one"
        )
    return SurveyRates(
        entry.rate_before,
        entry.rate_after,
        entry.rate_background,
        None if entry.rate_before_at is None else _instant(entry.rate_before_at, f"{place} rate_before_at"),
        None if entry.rate_after_at is None else _instant(entry.rate_after_at, f"{place} rate_after_at"),
    )


def _result(record: DeliveryFile, deliveries: Sequence[VialDelivery], at: datetime, product: Product) -> DeliveryResult:
    shares = [
        _split(entry, result, record, n)
        for n, (entry, result) in enumerate(zip(record.vials, deliveries, strict=True), start=1)
    ]
    delivered = sum(result.delivered for result in deliveries)
    dispensed = sum(result.dispensed for result in deliveries)
    names = dict.fromkeys([*record.injections, *(name for split in shares for name in split)])
    by_injection = {name: sum(split.get(name, 0.0) for split in shares) for name in names}
    own = {name: entry.prescribed_gbq for name, entry in record.injections.items()}
    activities = [gbq for gbq in own.values() if gbq is not None]
    every = names and len(activities) == len(names)
    whole = record.prescribed_gbq if record.prescribed_gbq is not None else sum(activities) if every else None
    return DeliveryResult(
        **_amount(Bq(delivered), whole, record.tolerance_fraction).model_dump(),
        at=at.isoformat(),
        product=product.key,
        half_life_h=product.nuclide.half_life_h,
        half_life_source=product.nuclide.source,
        residual_fraction=1 - delivered / dispensed,
        stasis=any(entry.stasis for entry in record.vials),
        vials=[
            _vial_record(entry, result, split, at)
            for entry, result, split in zip(record.vials, deliveries, shares, strict=True)
        ],
        injections={
            name: _amount(Bq(gbq), own.get(name), record.tolerance_fraction) for name, gbq in by_injection.items()
        },
    )


def _split(entry: VialEntry, result: VialDelivery, record: DeliveryFile, number: int) -> dict[str, Bq]:
    """Return what arrived of a vial by injection, refusing an injection that the record does not list where it lists any."""
    place = f"[[vials]] {number}"
    if entry.injection is not None and entry.split is not None:
        raise IntakeError(f"{place} must have injection or split, but has both; keep one", code="split-twice")
    shares = entry.split or ({entry.injection: 1.0} if entry.injection is not None else {})
    if not shares and len(record.injections) == 1:
        shares = dict.fromkeys(record.injections, 1.0)
    if not shares and record.injections:
        raise IntakeError(
            f"{place} must say its injection or split, for the record has several injections; add it",
            code="split-absent",
        )
    unknown = [name for name in shares if record.injections and name not in record.injections]
    if unknown:
        names = ", ".join(record.injections)
        raise IntakeError(
            f"{place} is for {unknown[0]!r}, but the injections are {names}; correct it", code="injection-unknown"
        )
    try:
        return split_of(result.delivered, shares) if shares else {}
    except YttriaError as error:
        raise type(error)(f"{place}: {error}", code=error.code, values=error.values) from None


def _vial_record(entry: VialEntry, result: VialDelivery, split: Mapping[str, Bq], at: datetime) -> VialDeliveryRecord:
    assayed_at = _instant(entry.assayed_at, "assayed_at")
    return VialDeliveryRecord(
        assayed_gbq=entry.assayed_gbq,
        assayed_at=assayed_at.isoformat(),
        hours=hours_between(assayed_at, at),
        dispensed_gbq=result.dispensed / BQ_PER_GBQ,
        residual_gbq=result.residual / BQ_PER_GBQ,
        residual_fraction=result.residual_fraction,
        residual_by=result.residual_by,
        delivered_gbq=result.delivered / BQ_PER_GBQ,
        injections={name: value / BQ_PER_GBQ for name, value in split.items()},
        stasis=entry.stasis,
    )


def _amount(delivered: Bq, prescribed_gbq: float | None, tolerance: float | None) -> DeliveredAmount:
    """Return what arrived beside what was prescribed."""
    gbq = delivered / BQ_PER_GBQ
    share = None if prescribed_gbq is None else gbq / prescribed_gbq
    return DeliveredAmount(
        delivered_gbq=gbq,
        prescribed_gbq=prescribed_gbq,
        of_prescribed_fraction=share,
        reportable=None if share is None else differs_by(share, REPORTABLE_FRACTION),
        within_tolerance=None if share is None or tolerance is None else within_tolerance(share, tolerance),
    )


def _vial_findings(result: DeliveryResult) -> Iterator[Finding]:
    """Return what is doubtful of single vials."""
    for number, vial in enumerate(result.vials, start=1):
        if vial.residual_by == "assumed":
            message = f"the residual of vial {number} was not measured: {vial.residual_fraction:.1%} is assumed; measure it by calibrator or survey"
            yield Finding(
                "warning", "residual-assumed", message, {"vial": number, "residual_fraction": vial.residual_fraction}
            )
        if vial.hours < 0:
            message = f"vial {number} was assayed {-vial.hours:.3g} h after the administration; check both instants"
            yield Finding("warning", "assay-after", message, {"vial": number, "hours": vial.hours})
        if vial.hours > LONG_TRANSIT_H:
            message = f"vial {number} was assayed {vial.hours:.3g} h before the administration; check that it is this vial and that day"
            yield Finding("warning", "assay-early", message, {"vial": number, "hours": vial.hours})
        if vial.stasis:
            message = f"vial {number} ended in stasis: its residual is what the vessels did not take. Whether stasis excepts a difference from report is for your own rules to say"
            yield Finding("note", "stasis", message, {"vial": number})


def _instant_findings(record: DeliveryFile, at: datetime) -> Iterator[Finding]:
    """Return the vials whose residual was measured before anything was given."""
    for number, entry in enumerate(record.vials, start=1):
        instant = entry.residual_at or entry.rate_after_at
        hours = 0.0 if instant is None else hours_between(at, _instant(instant, f"[[vials]] {number}"))
        if hours < 0:
            message = f"the residual of vial {number} was measured {-hours:.3g} h before the administration, when nothing was left behind yet; check both instants"
            yield Finding("warning", "residual-before", message, {"vial": number, "hours": hours})


def _sum_findings(record: DeliveryFile) -> Iterator[Finding]:
    """Return a warning where what is prescribed for the injections does not add to what is prescribed for the treatment."""
    own = [entry.prescribed_gbq for entry in record.injections.values() if entry.prescribed_gbq is not None]
    whole = record.prescribed_gbq
    if whole is None or not own:
        return
    every, summed = len(own) == len(record.injections), sum(own)
    if summed > whole * (1 + EQUAL_PRESCRIBED) or (every and summed < whole * (1 - EQUAL_PRESCRIBED)):
        message = f"the injections' prescriptions add to {summed:g} GBq, but {whole:g} GBq are prescribed for the treatment; correct one"
        yield Finding("warning", "prescriptions-differ", message, {"sum_gbq": summed, "prescribed_gbq": whole})


def _amount_findings(result: DeliveryResult, tolerance: float | None) -> Iterator[Finding]:
    """Return which amounts differ from what was prescribed by more than they should."""
    amounts: dict[str, DeliveredAmount] = {"": result, **result.injections}
    if result.prescribed_gbq is None:
        yield Finding(
            "note",
            "nothing-prescribed",
            "nothing was prescribed in the record, so nothing is compared; add prescribed_gbq",
        )
    for name, amount in amounts.items():
        share = amount.of_prescribed_fraction
        if share is None:
            continue
        what = f"injection {name}" if name else "the treatment"
        values: dict[str, Value] = {"of_prescribed_fraction": share, "tolerance_fraction": tolerance, "injection": name}
        if amount.reportable:
            message = f"{what} delivered {share:.1%} of what was prescribed: a difference of 20 % or more is reported (10 CFR 35.3045); say why"
            yield Finding("warning", "delivery-reportable", message, values)
        if amount.within_tolerance is False:
            message = (
                f"{what} delivered {share:.1%} of what was prescribed, beyond this site's {tolerance:.1%}; say why"
            )
            yield Finding("warning", "delivery-beyond-tolerance", message, values)


def _write(
    result: DeliveryResult, findings: tuple[Finding, ...], record: DeliveryFile, request: DeliveryRequest
) -> tuple[Path, ...]:
    """Write delivery.json, given.toml and the report, all of them or none; return them."""
    assert request.out is not None
    document = delivery_document(result, findings, patient=record.patient, version=__version__)
    site = site_path(request.site)
    inputs = (*request.input_paths, *([] if site is None else [site]))
    with output_folder(request.out, command="delivery", inputs=inputs, replace=request.replace, private=FILES) as draft:
        draft.subject = subject_of(str(request.record.resolve()))
        write_answer(draft.path / "delivery.json", envelope("delivery", result.model_dump(), findings), document)
        (draft.path / "given.toml").write_text(given_lines(result), encoding="utf-8")
    return tuple(request.out / name for name in FILES)


def given_lines(result: DeliveryResult) -> str:
    """Return the lines of case.toml that say what was given."""
    head = "# What was delivered, at the reference instant; copy into case.toml.\n"
    if not result.injections:
        return f"{head}[given]\nactivity_gbq = {result.delivered_gbq:.6g}\nat = {result.at}\n"
    lines = [
        f"[[injections]]\nname = {json.dumps(name)}\ngiven = {{ activity_gbq = {amount.delivered_gbq:.6g}, at = {result.at} }}\n"
        for name, amount in result.injections.items()
    ]
    return head + "".join(lines)
