"""A planned patient as a document: verdict first, evidence after, doubts in full view."""

from collections.abc import Sequence

from yttria.report.doses import options_table
from yttria.report.figure import dvh_figure
from yttria.report.method import cannot_tell, method_blocks
from yttria.report.number import DASH, NBSP, gbq, gram, gy, instant, ml, number, percent
from yttria.report.slices import slices_figure
from yttria.report.verdict import verdict
from yttria.report.words import role_words, sentence
from yttria.values.document import (
    Block,
    Cell,
    Column,
    Document,
    Doubts,
    Entry,
    Facts,
    Paragraph,
    Section,
    Signatures,
    Table,
)
from yttria.values.errors import Finding
from yttria.values.patient import InputRecord, Result
from yttria.values.treatment import Criterion

NOTICE = "For research use only. Not a medical device; not for clinical decisions."
WORST_FIRST = {"stop": 0, "warning": 1, "note": 2}


def plan_document(result: Result, *, version: str) -> Document:
    """Return the report of a plan, in the order that a physician reads.

    Parameters
    ----------
    result
        The planned patient.
    version
        Of Yttria, printed at the foot of each page.

    Returns
    -------
    Document
        Without identity: `io.page` sets it from the luggage.
    """
    product = result.intake.choices.product
    return Document(
        title="Treatment plan",
        subtitle=f"{_isotope(product.nuclide.name)} {product.name} · personalised dosimetry for radioembolisation",
        sections=(
            Section("Verdict", (verdict(result),)),
            Section("Findings", (_findings(result.findings),)),
            Section("Options", (options_table(result.plan, result.absorbed),)),
            Section("Dose in each volume", (dvh_figure(result),)),
            Section("Dose in the image", (slices_figure(result),)),
            Section("Volumes", (_volumes(result),)),
            Section("Lung shunt", _shunt(result)),
            *(
                [Section("Eligibility as in DOSISPHERE-01", (_eligibility(result.plan.eligibility),))]
                if result.plan.eligibility
                else []
            ),
            Section("Inputs and calibration", _inputs(result)),
            Section("Method", method_blocks(result)),
            Section("What this report cannot tell", (cannot_tell(result),)),
            Section(
                "Approval",
                (Signatures(("Nuclear medicine physician", "Interventional radiologist", "Medical physicist")),),
            ),
        ),
        date=_date(result),
        footer=f"Yttria {version}",
        notice=NOTICE,
    )


def _isotope(name: str) -> str:
    """Return Y-90 as ⁹⁰Y."""
    element, _, mass = name.partition("-")
    return mass.translate(str.maketrans("0123456789m", "⁰¹²³⁴⁵⁶⁷⁸⁹ᵐ")) + element if mass else name


def _date(result: Result) -> str:
    when = result.intake.acquired or result.intake.emission.reference
    return when.isoformat() if when else ""


def _findings(findings: Sequence[Finding]) -> Block:
    if not findings:
        return Paragraph("No finding: nothing in this case asked for a doubt.")
    return Doubts(sorted(findings, key=lambda f: WORST_FIRST[f.level]))


def _volumes(result: Result) -> Table:
    absorbed = result.absorbed
    order = [
        "liver",
        "normal-liver",
        "perfused",
        "normal-perfused",
        "tumour",
        *sorted(r for r in absorbed.volumes if r.startswith("tumour-")),
        "lungs",
    ]
    rows: list[Sequence[Cell]] = []
    for role in order:
        if role not in absorbed.volumes:
            continue
        voi = absorbed.volumes[role]
        name = voi.name if voi.name != role else ""
        label = sentence(role_words(role)) + (" (index)" if role == absorbed.index else "")
        rows.append(
            [
                Entry(label, under=name),
                ml(voi.ml),
                gram(absorbed.mass_g.get(role)),
                percent(voi.ml / absorbed.volumes["liver"].ml)
                if role != "lungs" and "liver" in absorbed.volumes
                else None,
            ]
        )
    columns = (
        Column("Volume"),
        Column("mL", align="decimal"),
        Column("g", align="decimal"),
        Column("of the liver", align="decimal"),
    )
    return Table(
        "", columns, rows, notes=(f"Hepatic reserve, the untreated share of the liver: {percent(absorbed.reserve)}.",)
    )


def _shunt(result: Result) -> Sequence[Block]:
    shunt = result.absorbed.shunt
    option = result.plan.option(result.plan.recommended)
    previous = result.intake.facts.previous_lung_dose_gy
    pairs = [
        (
            "Lung shunt",
            percent(shunt.fraction) + (f" ± {number(shunt.uncertainty * 100, 1)} (k = 1)" if shunt.uncertainty else ""),
        ),
        ("Method", shunt.method),
        ("Lung mass", f"{gram(shunt.lung_mass_g)}{NBSP}g ({shunt.lung_mass_source})"),
        ("Lung dose, recommended", f"{gy(option.doses_gy.get('LD'))}{NBSP}Gy"),
        ("Previous lung dose", f"{gy(previous)}{NBSP}Gy" if previous is not None else f"{DASH} (not stated)"),
        *((sentence(name.replace("_", " ")), f"{value:g}") for name, value in shunt.detail.items()),
    ]
    return (Facts(pairs),)


def _eligibility(criteria: Sequence[Criterion]) -> Table:
    said = {
        True: Entry("met", sign="✓"),
        False: Entry("not met", sign="✗", strong=True),
        None: Entry(f"{DASH} not stated"),
    }
    rows: list[Sequence[Cell]] = [[c.name, c.asked, c.found, said[c.met], c.source] for c in criteria]
    columns = (Column("Criterion"), Column("Asked"), Column("Found"), Column("Judgement"), Column("Source", share=1.0))
    return Table("", columns, rows)


def _inputs(result: Result) -> Sequence[Block]:
    intake = result.intake
    rows: list[Sequence[Cell]] = [[_input(i), str(i.files), Entry(_detail(i)), Entry(i.sha256)] for i in intake.inputs]
    columns = (
        Column("Input"),
        Column("Files", align="right"),
        Column("Geometry and units", share=1.0),
        Column("SHA-256 of the contents", share=0.8),
    )
    given = intake.choices.given
    chain = [
        (
            "Calibration",
            {
                "relative": "patient-relative: counts share out the administered activity",
                "absolute": "absolute: Bq/mL as measured",
            }.get(intake.choices.calibration, intake.choices.calibration),
        ),
        ("Emission acquired", instant(intake.acquired)),
        ("Reference instant of the emission", instant(intake.emission.reference)),
        ("Imaged nuclide", _imaged(result)),
        (
            "Administered",
            f"{gbq(given.activity_bq)}{NBSP}GBq at {instant(given.at)}"
            if given
            else f"{DASH} (a plan: nothing given yet)",
        ),
    ]
    return (Table("", columns, rows), Facts(chain))


def _imaged(result: Result) -> str:
    nuclide = result.intake.emission.nuclide
    name = nuclide if isinstance(nuclide, str) else nuclide.name
    return name or f"{DASH} (the header does not say)"


def _input(record: InputRecord) -> Cell:
    return Entry(sentence(record.role), under=record.description)


def _detail(record: InputRecord) -> str:
    return " · ".join(f"{name} {value}" for name, value in record.detail.items())
