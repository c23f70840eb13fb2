"""An order of vials as a document, a sheet a day, as calendar lines and on a terminal."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from yttria.contract.order import OrderResult, VialChoiceRecord
from yttria.report.text.findings import first_findings, notes_in_full
from yttria.report.text.number_format import DASH, NBSP, gbq, instant, number, percent
from yttria.values.document import (
    Block,
    Cell,
    Column,
    Document,
    Entry,
    Points,
    Section,
    Table,
    Verdict,
)
from yttria.values.errors import Finding
from yttria.values.units import BQ_PER_GBQ, Share

NOTICE = "For research use only. Not a medical device; not for clinical decisions."
MOST_CHOICES_LISTED = 12
"""Choices of one order that a form shows."""
NOTHING = "nothing within tolerance"


def order_document(orders: Sequence[OrderResult], findings: Sequence[Finding], *, version: str) -> Document:
    """Return the order form: each day on a sheet of its own, with the vials that it needs.

    Parameters
    ----------
    orders
        One a patient, in any order of time.
    findings
        What is doubtful of them.
    version
        Of Yttria, printed at the foot of each page.
    """
    days: dict[str, list[OrderResult]] = {}
    for order in sorted(orders, key=lambda one: datetime.fromisoformat(one.at)):
        days.setdefault(order.at[:10], []).append(order)
    single = orders[0] if len(orders) == 1 else None
    sheets = [Section(_day(day), _sheet(own), new_page=bool(i)) for i, (day, own) in enumerate(days.items())]
    return Document(
        title="Order of microspheres",
        subtitle=" and ".join(dict.fromkeys(order.product for order in orders)),
        identity=(
            ("Patient", single.patient or "" if single else ""),
            ("Orders", str(len(orders)) if not single else ""),
        ),
        sections=(
            *([Section("Order", (_verdict(single),))] if single else []),
            *sheets,
            *([Section("All choices", (choices_table(single),))] if single and single.choices else []),
            Section("Findings", first_findings(findings), new_page=len(days) > 1),
            Section("How this was reckoned", (Points(tuple(_method(orders))),)),
            *([Section("Notes in full", notes)] if (notes := notes_in_full(findings)) else []),
        ),
        date=min(orders, key=lambda one: datetime.fromisoformat(one.at)).at,
        footer=f"Yttria {version}",
        notice=NOTICE,
        signers=("Ordered by", "Checked by (medical physicist)"),
    )


def order_lines(order: OrderResult) -> Iterator[str]:
    """Return the lines that a person reads first: what to order, then the nearest choices in 80 columns."""
    who = f"{order.patient}: " if order.patient else ""
    yield f"{who}{_need(order)}"
    yield f"Order: {_vials(order.chosen)}" if order.chosen else f"Order: {NOTHING}"
    yield ""
    yield f"{'vials (GBq)':<18}{'calibrated':<24}{'hours':>7}{'GBq':>8}{'of needed':>11}{'spheres':>10}"
    for choice in order.choices[:MOST_CHOICES_LISTED]:
        mark = "* " if choice == order.chosen else "  "
        yield (
            f"{mark + _sizes(choice):<18}{instant(datetime.fromisoformat(choice.calibrated_at)):<24}{number(choice.hours, 1):>7}"
            f"{gbq(choice.delivered_gbq * BQ_PER_GBQ):>8} {percent(Share(choice.of_needed_fraction)):>10}{_millions(choice.spheres):>10}"
        )
    if len(order.choices) > MOST_CHOICES_LISTED:
        yield f"  and {len(order.choices) - MOST_CHOICES_LISTED} more, farther off (--json has all)"


def event_words(order: OrderResult) -> tuple[str, str]:
    """Return what a calendar says of an injection: a line, and what stands beneath it."""
    who = f"{order.patient}: " if order.patient else ""
    head = f"{who}{gbq(order.needed_gbq * BQ_PER_GBQ)} GBq {order.product}"
    return head, f"{_vials(order.chosen)}\n{NOTICE}" if order.chosen else f"No vials chosen: {NOTHING}\n{NOTICE}"


def choices_table(order: OrderResult) -> Table:
    """Return the nearest choices of one order."""
    choices = order.choices[:MOST_CHOICES_LISTED]
    left = len(order.choices) - len(choices)
    chosen = next((i for i, choice in enumerate(choices) if choice == order.chosen), None)
    return Table(
        "",
        [
            Column("Vials\nGBq at calibration"), Column("Calibrated"), Column("Hours", "decimal", 1), Column("In the vials\nGBq", "decimal", 2),
            Column("In the patient\nGBq", "decimal", 2), Column("Of needed", "decimal"), Column("Spheres\nvials / patient, million"), Column("Within tolerance"),
        ],
        [
            [
                _sizes(c), instant(datetime.fromisoformat(c.calibrated_at)), c.hours, c.dispensed_gbq, c.delivered_gbq,
                percent(Share(c.of_needed_fraction)), f"{_millions(c.spheres)} / {_millions(c.spheres_delivered)}",
                Entry("yes", sign="✓", kind="free") if c.within_tolerance else Entry("no", sign="✗", kind="free"),
            ]
            for c in choices
        ],
        notes=(f"{left} more choices lie farther off.",) if left > 0 else (),
        emphasised=frozenset() if chosen is None else frozenset({chosen}),
    )  # fmt: skip


def _sheet(orders: Sequence[OrderResult]) -> Sequence[Block]:
    """Return a day: its injections, and the vials to order for them."""
    return (
        (_injections(orders), _needed_vials(orders))
        if any(order.chosen for order in orders)
        else (_injections(orders),)
    )


def _injections(orders: Sequence[OrderResult]) -> Table:
    has_patient = any(order.patient for order in orders)
    rows: list[list[Cell]] = []
    for order in orders:
        who: list[Cell] = [order.patient or None] if has_patient else []
        at = instant(datetime.fromisoformat(order.at))
        needed = gbq(order.needed_gbq * BQ_PER_GBQ)
        c = order.chosen
        if c is None:
            rows.append(
                [at, *who, order.product, needed, Entry(NOTHING, sign="✗", kind="free"), None, None, None, None]
            )
            continue
        spheres = f"{_millions(c.spheres)} / {_millions(c.spheres_delivered)}"
        entry = Entry(gbq(c.delivered_gbq * BQ_PER_GBQ), under=percent(Share(c.of_needed_fraction)))
        calibrated = Entry(
            instant(datetime.fromisoformat(c.calibrated_at)),
            under=f"{number(c.hours, 1)} h before" if c.hours >= 0 else f"{number(-c.hours, 1)} h after",
            kind="free",
        )
        rows.append(
            [at, *who, order.product, needed, _sizes(c), calibrated, gbq(c.dispensed_gbq * BQ_PER_GBQ), entry, spheres]
        )
    return Table(
        "Injections",
        [
            Column("At"), *([Column("Patient")] if has_patient else []), Column("Product"), Column("Needed\nGBq", "decimal"), Column("Vials\nGBq at calibration"),
            Column("Calibrated"), Column("In the vials\nGBq", "decimal"), Column("In the patient\nGBq, of needed", "decimal"), Column("Spheres\nvials / patient, million"),
        ],
        rows,
    )  # fmt: skip


def _needed_vials(orders: Sequence[OrderResult]) -> Table:
    """Return how many vials of which size and calibration a day needs."""
    counts = Counter(
        (order.product, order.chosen.calibrated_at, size)
        for order in orders
        if order.chosen
        for size in order.chosen.vials_gbq
    )
    rows: list[list[Cell]] = [
        [product, instant(datetime.fromisoformat(at)), f"{size:g}", count]
        for (product, at, size), count in sorted(counts.items())
    ]
    return Table(
        "Vials to order",
        [Column("Product"), Column("Calibrated"), Column("GBq at calibration", "decimal"), Column("Vials", "right", 0)],
        rows,
    )


def _verdict(order: OrderResult) -> Verdict:
    c = order.chosen
    if c is None:
        near = order.choices[0] if order.choices else None
        names = (
            f"{_vials(near)}, {percent(Share(near.of_needed_fraction))} of what is needed"
            if near
            else "no calibration may serve"
        )
        return Verdict((("Order", "Nothing lies within tolerance"), ("Needed", _need(order)), ("Nearest", names)))
    return Verdict(
        (
            ("Order", _vials(c)),
            ("Needed", _need(order)),
            ("Delivers", f"{gbq(c.delivered_gbq * BQ_PER_GBQ)}{NBSP}GBq in the patient, {percent(Share(c.of_needed_fraction))} of it; {_millions(c.spheres_delivered)} million spheres"),
        )
    )  # fmt: skip


def _need(order: OrderResult) -> str:
    return f"{gbq(order.needed_gbq * BQ_PER_GBQ)}{NBSP}GBq {order.product} in the patient, {instant(datetime.fromisoformat(order.at))}"


def _vials(choice: VialChoiceRecord) -> str:
    return f"{_sizes(choice)}{NBSP}GBq, calibrated {instant(datetime.fromisoformat(choice.calibrated_at))}"


def _sizes(choice: VialChoiceRecord) -> str:
    return " + ".join(f"{size:g}" for size in choice.vials_gbq)


def _millions(spheres: float) -> str:
    return number(spheres / 1e6, 2)


def _day(day: str) -> str:
    return datetime.fromisoformat(day).strftime("%A ") + day


def _method(orders: Sequence[OrderResult]) -> Iterator[str]:
    yield "In the vials at the injection: the sum of the vials times 2 to the power of minus hours over half-life. In the patient: that without the residual. Hours are those that pass, whatever clocks were set to."
    for order in {one.product: one for one in orders}.values():
        yield (
            f"{order.product}: half-life {number(order.half_life_h, 2)} h ({order.half_life_source}); residual {percent(Share(order.residual_fraction))}; "
            f"tolerance {percent(Share(order.tolerance_fraction))}; {number(order.bq_per_sphere, 0)} Bq a sphere at calibration; "
            f"sizes: {order.vials_source}; calibrations: {order.calibrations_source}."
        )
    yield "Chosen is the nearest to what is needed within tolerance; where choices are equally near, fewer vials, then the later calibration, then fewer spheres."
    if not any(order.chosen for order in orders):
        yield f"A {DASH} stands where nothing was chosen."
