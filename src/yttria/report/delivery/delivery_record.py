"""The day of a treatment as a document and on a terminal: what was delivered first, then each vial, doubts in full view."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from yttria.contract.delivery import DeliveredAmount, DeliveryResult
from yttria.report.text.findings import first_findings, notes_in_full
from yttria.report.text.number_format import DASH, NBSP, gbq, instant, number, percent
from yttria.values.document import Cell, Column, Document, Entry, Points, Section, Table, Verdict
from yttria.values.errors import Finding
from yttria.values.units import BQ_PER_GBQ, Share

NOTICE = "For research use only. Not a medical device; not for clinical decisions."
BY = {"calibrator": "calibrator", "survey": "survey rates", "assumed": "assumed, not measured"}


def delivery_document(result: DeliveryResult, findings: Sequence[Finding], *, patient: str, version: str) -> Document:
    """Return the record of a treatment's day.

    Parameters
    ----------
    patient
        As the record names the patient; empty for none.
    version
        Of Yttria, printed at the foot of each page.
    """
    at = instant(datetime.fromisoformat(result.at))
    return Document(
        title="Delivery record",
        subtitle=f"{result.product}, administered {at}",
        identity=(("Patient", patient), ("Administered", at), ("Vials", str(len(result.vials)))),
        sections=(
            Section("Verdict", (_verdict(result),)),
            Section("Findings", first_findings(findings)),
            Section("Vials", (_vials(result),)),
            *([Section("Injections", (_injections(result),))] if result.injections else []),
            Section("How this was reckoned", (Points(tuple(_method(result))),)),
            *([Section("Notes in full", notes)] if (notes := notes_in_full(findings)) else []),
        ),
        date=result.at,
        footer=f"Yttria {version}",
        notice=NOTICE,
        signers=("Administered by", "Medical physicist"),
    )


def delivery_lines(result: DeliveryResult) -> Iterator[str]:
    """Return the lines that a person reads first: what was delivered, then each vial in 80 columns."""
    yield from (f"{heading}: {text}" for heading, text in _verdict(result).lines)
    yield ""
    yield f"{'vial':<6}{'in it (GBq)':>13}{'left behind':>13}{'of it':>9}{'delivered':>12}   known by"
    for place, vial in enumerate(result.vials, start=1):
        cells = [_gbq(vial.dispensed_gbq), _gbq(vial.residual_gbq)]
        yield f"{place:<6}{cells[0]:>13}{cells[1]:>13}{percent(Share(vial.residual_fraction)):>9}{_gbq(vial.delivered_gbq):>12}   {BY[vial.residual_by]}"
    for name, amount in result.injections.items():
        yield f"{name}: {_gbq(amount.delivered_gbq)} GBq{_of_prescribed(amount)}"


def _verdict(result: DeliveryResult) -> Verdict:
    lines = [
        (
            "Delivered",
            f"{_gbq(result.delivered_gbq)}{NBSP}GBq at {instant(datetime.fromisoformat(result.at))}{_of_prescribed(result)}",
        )
    ]
    lines.append(("Left behind", f"{percent(Share(result.residual_fraction))} of what the vials held then"))
    if result.reportable is not None:
        verdict = "✗ differs by 20 % or more, which is reported" if result.reportable else "differs by less than 20 %"
        beyond = [name for name, amount in result.injections.items() if amount.reportable]
        if beyond and not result.reportable:
            verdict = (
                f"✗ the whole differs by less than 20 %, but {', '.join(beyond)} by 20 % or more, which is reported"
            )
        lines.append(("10 CFR 35.3045", verdict))
    if result.stasis:
        lines.append(("Stasis", "an injection ended because flow stopped"))
    return Verdict(lines)


def _of_prescribed(amount: DeliveredAmount) -> str:
    if amount.of_prescribed_fraction is None or amount.prescribed_gbq is None:
        return ""
    return f", {percent(Share(amount.of_prescribed_fraction))} of {_gbq(amount.prescribed_gbq)}{NBSP}GBq prescribed"


def _vials(result: DeliveryResult) -> Table:
    rows: list[list[Cell]] = []
    for place, vial in enumerate(result.vials, start=1):
        assayed = Entry(_gbq(vial.assayed_gbq), under=instant(datetime.fromisoformat(vial.assayed_at)))
        left = Entry(_gbq(vial.residual_gbq), under=percent(Share(vial.residual_fraction)))
        by = Entry(BY[vial.residual_by], under="ended in stasis" if vial.stasis else "", kind="free")
        rows.append(
            [
                place,
                assayed,
                number(vial.hours, 2),
                _gbq(vial.dispensed_gbq),
                left,
                by,
                Entry(_gbq(vial.delivered_gbq), strong=True),
            ]
        )
    return Table(
        "",
        [
            Column("Vial"), Column("Assayed\nGBq, at", "decimal"), Column("To administration\nh", "decimal"), Column("In the vial\nGBq", "decimal"),
            Column("Left behind\nGBq, share", "decimal"), Column("Known by"), Column("Delivered\nGBq", "decimal"),
        ],
        rows,
        notes=("All activities but the assay are those at the administration.",),
    )  # fmt: skip


def _injections(result: DeliveryResult) -> Table:
    rows: list[list[Cell]] = []
    for name, amount in result.injections.items():
        share = amount.of_prescribed_fraction
        judged: Cell = None
        if amount.reportable is not None:
            judged = (
                Entry("20 % or more", sign="✗", kind="free")
                if amount.reportable
                else Entry("less than 20 %", sign="✓", kind="free")
            )
        rows.append(
            [
                name,
                DASH if amount.prescribed_gbq is None else _gbq(amount.prescribed_gbq),
                _gbq(amount.delivered_gbq),
                DASH if share is None else percent(Share(share)),
                judged,
            ]
        )
    return Table(
        "",
        [
            Column("Injection"), Column("Prescribed\nGBq", "decimal"), Column("Delivered\nGBq", "decimal"), Column("Of prescribed", "decimal"),
            Column("Difference"),
        ],
        rows,
    )  # fmt: skip


def _method(result: DeliveryResult) -> Iterator[str]:
    yield (
        f"Every activity is turned to the administration by a half-life of {number(result.half_life_h, 2)} h ({result.half_life_source}): what a vial held is its assay times 2 to the power of "
        "minus hours over half-life; a residual in the calibrator is turned back to the same instant."
    )
    yield "By survey rates the share left behind is (after − background) over (before − background), the second corrected for the decay between the readings where both instants are stated; the geometry of waste and vial is taken as one."
    yield "Delivered is what the vial held less what stayed behind. A difference of 20 % or more from what was prescribed is reported in the United States (10 CFR 35.3045); elsewhere the rule is the site's."


def _gbq(value: float) -> str:
    return gbq(value * BQ_PER_GBQ)
