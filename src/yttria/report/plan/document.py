"""A planned patient as a document: verdict first, evidence after, findings in full."""

from collections.abc import Sequence

from yttria.report.plan.dose_table import options_table
from yttria.report.plan.dvh_figure import dvh_figure
from yttria.report.plan.injections_table import injection_blocks
from yttria.report.plan.lesion_table import lesion_blocks
from yttria.report.plan.method import cannot_tell, method_blocks
from yttria.report.plan.slice_figure import slices_figure
from yttria.report.plan.verdict import verdict
from yttria.report.plan.vocabulary import REPORT_NOTES, isotope
from yttria.report.plan.volumes_table import volumes_and_lungs
from yttria.report.plan.window_figure import window_blocks
from yttria.report.text.capitals import capital
from yttria.report.text.findings import first_findings, notes_in_full
from yttria.report.text.number_format import DASH, NBSP, gbq, instant
from yttria.values.document import (
    Block,
    Cell,
    Column,
    DefinitionList,
    Document,
    Entry,
    Section,
    Table,
)
from yttria.values.patient import InputRecord, Result
from yttria.values.plan import Criterion

SUBTITLE = "Personalised dosimetry for radioembolisation"
NOTICE = "For research use only. Not a medical device; not for clinical decisions."
CALIBRATIONS = {
    "relative": "patient-relative: by shares of counts",
    "absolute": "absolute: Bq/mL as measured",
}
ELIGIBILITY = (
    Column("Criterion", share=0.8),
    Column("Asked", share=2.4),
    Column("Found", share=1.4),
    Column("Judgement", share=0.9),
)


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
        Without identity: `io.render` sets it from the identity.
    """
    patient_case, plan = result.patient_case, result.plan
    product = patient_case.choices.product
    return Document(
        title="Treatment plan",
        subtitle=SUBTITLE if plan.advised else "Not advised: no activity of this report is recommended",
        identity=(
            ("Case", patient_case.name),
            ("Product", f"{product.name}, {isotope(product.nuclide.name)} {product.key}"),
            ("Imaged", imaged(result)),
        ),
        sections=(
            Section("Verdict", (verdict(result),)),
            Section("Findings", first_findings(result.findings, table_codes=REPORT_NOTES)),
            *([Section("Lesions", lesions)] if (lesions := lesion_blocks(result)) else []),
            Section("Options", (options_table(plan, result.absorbed),)),
            Section("Dose in each volume", (dvh_figure(result),)),
            *([Section("Injections", several)] if (several := injection_blocks(result)) else []),
            *([Section("Window along activity", window)] if (window := window_blocks(result)) else []),
            Section("Image and dose", (slices_figure(result),)),
            Section("Volumes, uptake and lungs", volumes_and_lungs(result)),
            *(
                [Section("Eligibility as in DOSISPHERE-01", (_eligibility(plan.eligibility),))]
                if plan.eligibility
                else []
            ),
            Section("Inputs and calibration", inputs_and_calibration(result)),
            Section("Method", method_blocks(result)),
            Section("What this report cannot tell", (cannot_tell(result),)),
            *([Section("Notes in full", notes)] if (notes := notes_in_full(result.findings)) else []),
        ),
        date=study_instant(result),
        footer=f"Yttria {version}",
        notice=NOTICE,
        signers=("Nuclear medicine physician", "Interventional radiologist", "Medical physicist"),
    )


def study_instant(result: Result) -> str:
    """Return when the patient was imaged, as ISO text."""
    when = result.patient_case.acquired or result.patient_case.emission.reference
    return when.isoformat() if when else ""


def imaged(result: Result) -> str:
    """Return what was imaged, and when."""
    patient_case = result.patient_case
    when = patient_case.acquired or patient_case.emission.reference
    return f"{_imaged(result)}, {instant(when)}" if when else _imaged(result)


def _eligibility(criteria: Sequence[Criterion]) -> Table:
    texts = {
        True: Entry("met", sign="✓"),
        False: Entry("not met", sign="✗", strong=True),
        None: Entry(f"{DASH} cannot be judged"),
    }
    sources = {c.source for c in criteria}
    if len(sources) == 1:
        rows: list[Sequence[Cell]] = [[capital(c.name), c.requirement, c.found, texts[c.met]] for c in criteria]
        return Table("", ELIGIBILITY, rows, notes=(f"Source: {sources.pop()}.",), small=True)
    rows = [[capital(c.name), c.requirement, c.found, texts[c.met], c.source] for c in criteria]
    return Table("", (*ELIGIBILITY, Column("Source", share=1.6)), rows, small=True)


def inputs_and_calibration(result: Result) -> Sequence[Block]:
    """Return the inputs with their hashes, and the chain from numbers to activity."""
    patient_case = result.patient_case
    rows: list[Sequence[Cell]] = [
        [
            Entry("CT" if i.role == "ct" else capital(i.role), under=i.description),
            str(i.files),
            _detail(i),
            Entry(i.sha256, kind="code"),
        ]
        for i in patient_case.inputs
    ]
    columns = (
        Column("Input", share=0.8),
        Column("Files", align="right"),
        Column("Geometry and units", share=2.0),
        Column("SHA-256 of the contents", share=1.2),
    )
    administration = patient_case.choices.given
    calibration = patient_case.choices.calibration
    chain = [
        ("Calibration", CALIBRATIONS.get(calibration, calibration)),
        ("Imaged nuclide", _imaged(result)),
        ("Acquired", instant(patient_case.acquired)),
        ("Reference instant", _reference(result)),
        (
            "Administered",
            f"{gbq(administration.activity_bq)}{NBSP}GBq at {instant(administration.at)}"
            if administration
            else f"{DASH} a plan: nothing is given yet",
        ),
    ]
    return (Table("", columns, rows, small=True), DefinitionList(chain))


def _reference(result: Result) -> str:
    when, calibration = result.patient_case.emission.reference, result.patient_case.choices.calibration
    return f"{DASH} relative counts need none" if when is None and calibration == "relative" else instant(when)


def _imaged(result: Result) -> str:
    nuclide = result.patient_case.emission.nuclide
    name = nuclide if isinstance(nuclide, str) else nuclide.name
    return name or f"{DASH} (the header does not say)"


def _detail(record: InputRecord) -> str:
    return " · ".join(f"{name} {value}" for name, value in record.detail.items())
