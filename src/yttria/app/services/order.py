"""Vials to order: an activity at an hour, or a table of them, with the calendars of the site."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from yttria.app.services.calibrations import calibrations_of
from yttria.app.services.order_files import write_order
from yttria.app.services.quantities import bq_of, instant_of
from yttria.app.services.site import site_of
from yttria.contract.envelope import Answer
from yttria.contract.order import OrderRequest, OrderResult, OrdersResult, VialChoiceRecord
from yttria.contract.site import SiteFile, SiteProduct
from yttria.io.tables.order_table import OrderRow, read_orders
from yttria.planning.vial_calendar import HOURS_PER_WEEK, VialChoice, VialTerms, spheres_factor, vial_choices
from yttria.values.errors import Finding, IntakeError, QuantityError, YttriaError
from yttria.values.product import Product
from yttria.values.units import BQ_PER_GBQ, Bq, Share

MOST_VIALS = 1
RESIDUAL_FRACTION = 0.01
TOLERANCE_FRACTION = 0.10
LEAST_BQ = 1.0  # of an activity that anybody orders: less is a number in another unit
USER = "given by the user"
N = TypeVar("N", int, float)


def run(request: OrderRequest) -> Answer[OrderResult] | Answer[OrdersResult]:
    """Return the choices of vials for an activity at an instant, or for each row of a table, and write form and calendar where they are named.

    Raises
    ------
    IntakeError, QuantityError, PlanError
        An order without activity, instant, product, sizes or calibrations; an instant without its zone; numbers that cannot be; by line in a table.
    """
    answer = _answer(request, site_of(request.site))
    orders = answer.result.orders if isinstance(answer.result, OrdersResult) else [answer.result]
    return replace(answer, files=write_order(orders, answer.findings, request))


def _answer(request: OrderRequest, site: SiteFile) -> Answer[OrderResult] | Answer[OrdersResult]:
    """Return the order of the command's own words, or those of its table."""
    if request.table is None:
        return _single(request, site)
    if request.needed_gbq is not None or request.at is not None or request.product is not None:
        raise IntakeError(
            "--table stands in place of --needed-gbq, --at and --product, but both were given; keep one",
            code="order-options-conflict",
        )
    rows, findings = read_orders(request.table)
    answers = [_of_row(row, request, site) for row in rows]
    result = OrdersResult(orders=[answer.result for answer in answers])
    return Answer(result, (*findings, *(finding for answer in answers for finding in answer.findings)))


def _single(request: OrderRequest, site: SiteFile) -> Answer[OrderResult]:
    options = {"--needed-gbq": request.needed_gbq, "--at": request.at, "--product": request.product}
    absent = [name for name, value in options.items() if value is None]
    if request.needed_gbq is None or request.at is None or request.product is None:
        raise IntakeError(
            f"an order needs --needed-gbq, --at and --product, but lacks {', '.join(absent)}; give them or --table",
            code="order-options-absent",
        )
    return order_of(request.needed_gbq, instant_of(request.at, "--at"), request.product, request=request, site=site)


def _of_row(row: OrderRow, request: OrderRequest, site: SiteFile) -> Answer[OrderResult]:
    """Return the order of a row; refusals and findings name its line."""
    try:
        at = instant_of(row.at, "at")
        answer = order_of(row.needed_gbq, at, row.product, request=request, site=site)
    except YttriaError as error:
        raise type(error)(
            f"line {row.line}: {error}", code=error.code, values={**error.values, "line": row.line}
        ) from None
    findings = tuple(
        Finding(f.level, f.code, f"line {row.line}: {f.message}", {**f.values, "line": row.line})
        for f in answer.findings
    )
    return Answer(answer.result.model_copy(update={"patient": row.patient}), findings)


def order_of(
    needed_gbq: float, at: datetime, product_key: str, *, request: OrderRequest, site: SiteFile
) -> Answer[OrderResult]:
    """Return the choices of vials for one patient.

    Parameters
    ----------
    needed_gbq
        Wanted in the patient at `at`, GBq.
    at
        Instant of the injection, with its zone.
    product_key
        glass, resin or holmium.
    request
        The command's own words stand above the site's.
    site
        The site's words stand above the product's.
    """
    product = Product.named(product_key)
    own = site.products.get(product_key, SiteProduct())
    needed = bq_of(needed_gbq, "needed activity")
    if needed < LEAST_BQ:
        raise QuantityError(
            f"the needed activity must be at least {LEAST_BQ:g} Bq, but is {needed:.3g} Bq; give it in GBq",
            code="needed-activity",
            values={"needed_bq": needed, "least_bq": LEAST_BQ},
        )
    sizes, vials_source = _sizes(request, own, product)
    terms = VialTerms(
        vials=tuple(bq_of(size, "vial") for size in sizes),
        most_vials=_first(request.most_vials, own.most_vials, MOST_VIALS),
        residual=Share(_first(request.residual_fraction, own.residual_fraction, RESIDUAL_FRACTION)),
        tolerance=_first(request.tolerance_fraction, own.tolerance_fraction, TOLERANCE_FRACTION),
    )
    calibrations = calibrations_of(request.calibrated, own, at, product=product.key)
    choices = vial_choices(needed, at, calibrations=calibrations.instants, terms=terms, product=product)
    chosen = next((choice for choice in choices if choice.within_tolerance), None)
    result = OrderResult(
        product=product.key,
        needed_gbq=needed_gbq,
        at=at.isoformat(),
        half_life_h=product.nuclide.half_life_h,
        half_life_source=product.nuclide.source,
        residual_fraction=terms.residual,
        tolerance_fraction=terms.tolerance,
        vials_source=vials_source,
        calibrations_source=calibrations.source,
        bq_per_sphere=product.bq_per_sphere,
        choices=[_record(choice) for choice in choices],
        chosen=None if chosen is None else _record(chosen),
    )
    return Answer(result, (*calibrations.findings, *_findings(choices, chosen, needed, terms, product)))


def _first(*candidates: N | None) -> N:
    """Return the first number that is stated."""
    return next(value for value in candidates if value is not None)


def _sizes(request: OrderRequest, own: SiteProduct, product: Product) -> tuple[Sequence[float], str]:
    """Return the sizes of vials, GBq: the command's, else the site's, else the product's."""
    if request.vials_gbq:
        return request.vials_gbq, USER
    if own.vials_gbq:
        return own.vials_gbq, own.source or "site file, source not given"
    if product.vials_gbq:
        return product.vials_gbq, f"sizes of {product.name}"
    raise IntakeError(
        f"sizes of vials are needed for {product.key}, but neither the command nor the site file names any and the product has none; give --vials-gbq",
        code="vials-absent",
    )


def _record(choice: VialChoice) -> VialChoiceRecord:
    return VialChoiceRecord(
        vials_gbq=[vial / BQ_PER_GBQ for vial in choice.vials],
        calibrated_at=choice.calibrated.isoformat(),
        at=choice.at.isoformat(),
        hours=choice.hours,
        dispensed_gbq=choice.dispensed / BQ_PER_GBQ,
        delivered_gbq=choice.delivered / BQ_PER_GBQ,
        of_needed_fraction=choice.of_needed,
        spheres=choice.spheres,
        spheres_delivered=choice.spheres_delivered,
        within_tolerance=choice.within_tolerance,
    )


def _findings(
    choices: Sequence[VialChoice], chosen: VialChoice | None, needed: Bq, terms: VialTerms, product: Product
) -> Iterator[Finding]:
    """Return why nothing is chosen, and what is to be known of what is."""
    gbq = needed / BQ_PER_GBQ
    if chosen is None:
        near = f"; the nearest delivers {choices[0].of_needed:.1%}" if choices else ", for no calibration may serve"
        message = f"no choice of vials delivers {gbq:g} GBq within {terms.tolerance:.0%}{near}; let more sizes, vials, calibrations or another hour"
        yield Finding(
            "warning",
            "no-vial-fits",
            message,
            {
                "needed_gbq": gbq,
                "tolerance_fraction": terms.tolerance,
                "nearest_fraction": choices[0].of_needed if choices else None,
            },
        )
        return
    if chosen.hours >= HOURS_PER_WEEK:
        factor = spheres_factor(chosen.hours, product)
        message = (
            f"the vials chosen are of week {int(chosen.hours // HOURS_PER_WEEK) + 1} ({chosen.hours:.0f} h after calibration): {_millions(chosen.spheres)} spheres in the vials, "
            f"{_millions(chosen.spheres_delivered)} in the patient, {factor:.1f} times those of the same activity at calibration"
        )
        yield Finding(
            "note",
            "later-week",
            message,
            {
                "hours": chosen.hours,
                "spheres": chosen.spheres,
                "spheres_delivered": chosen.spheres_delivered,
                "spheres_factor": factor,
            },
        )
    if chosen.hours < 0:
        message = f"the vials chosen are calibrated {-chosen.hours:.1f} h after the injection, as --calibrated states: they hold more than their size then; confirm that they are there"
        yield Finding("note", "calibrated-after", message, {"hours": chosen.hours})


def _millions(spheres: float) -> str:
    return f"{spheres / 1e6:.2f} million"
