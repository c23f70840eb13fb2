"""A planned patient as a document: verdict first, evidence after, findings in full."""

from collections.abc import Sequence

from yttria.report.plan.dose_table import dose_of, options_table
from yttria.report.plan.dvh_figure import dvh_figure
from yttria.report.plan.injections_table import injection_blocks
from yttria.report.plan.method import cannot_tell, method_blocks
from yttria.report.plan.slice_figure import slices_figure
from yttria.report.plan.verdict import verdict
from yttria.report.plan.vocabulary import role_words, sentence, shown_as
from yttria.report.plan.window_figure import window_blocks
from yttria.report.text.findings import first_findings, notes_in_full
from yttria.report.text.number_format import DASH, NBSP, gbq, gram, gy, gy_range, instant, ml, number, percent
from yttria.values.document import (
    Block,
    Cell,
    Column,
    DefinitionList,
    Document,
    Entry,
    Section,
    SideBySide,
    Table,
)
from yttria.values.patient import InputRecord, Result
from yttria.values.plan import Criterion

SUBTITLE = "Personalised dosimetry for radioembolisation"
NOTICE = "For research use only. Not a medical device; not for clinical decisions."
SHUNTS = {
    "planar": "planar views, geometric mean",
    "spect": "SPECT/CT",
    "given": "given by the case",
    "absent": "nothing: no shunt is known",
}
CALIBRATIONS = {
    "relative": "patient-relative: counts share out the administered activity",
    "absolute": "absolute: Bq/mL as measured",
}
ELIGIBILITY = (
    Column("Criterion", share=0.9),
    Column("Asked", share=1.7),
    Column("Found", share=1.3),
    Column("Judgement", share=0.8),
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
        subtitle=SUBTITLE if plan.advised else f"Not advised: no activity of this report is recommended. {SUBTITLE}",
        identity=(
            ("Case", patient_case.name),
            ("Product", f"{product.name}, {isotope(product.nuclide.name)} {product.key}"),
            ("Imaged", imaged(result)),
        ),
        sections=(
            Section("Verdict", (verdict(result),)),
            Section("Findings", first_findings(result.findings)),
            Section("Options", (options_table(plan, result.absorbed),)),
            *([Section("Injections", several)] if (several := injection_blocks(result)) else []),
            Section("Dose in each volume", (dvh_figure(result),)),
            *([Section("Window along activity", window)] if (window := window_blocks(result)) else []),
            Section("Dose in the image", (slices_figure(result),)),
            Section("Volumes and lungs", (volumes_and_lungs(result),)),
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


def isotope(name: str) -> str:
    """Return Y-90 as ⁹⁰Y."""
    element, _, mass = name.partition("-")
    return mass.translate(str.maketrans("0123456789m", "⁰¹²³⁴⁵⁶⁷⁸⁹ᵐ")) + element if mass else name


def study_instant(result: Result) -> str:
    """Return when the patient was imaged, as ISO text."""
    when = result.patient_case.acquired or result.patient_case.emission.reference
    return when.isoformat() if when else ""


def imaged(result: Result) -> str:
    """Return what was imaged, and when."""
    patient_case = result.patient_case
    when = patient_case.acquired or patient_case.emission.reference
    return f"{_imaged(result)}, {instant(when)}" if when else _imaged(result)


def volumes_and_lungs(result: Result) -> SideBySide:
    """Return the volumes beside the lung shunt and the lung dose."""
    return SideBySide((("Volumes", (_volumes(result),)), ("Lung shunt and lung dose", (_shunt(result),))))


def _volumes(result: Result) -> Table:
    absorbed = result.absorbed
    lesions = sorted((r for r in absorbed.volumes if r.startswith("tumour-")), key=lambda r: (len(r), r))
    order = ["liver", "normal-liver", "perfused", "normal-perfused", "tumour", *lesions, "lungs"]
    rows = [_volume(role, result) for role in order if role in absorbed.volumes]
    columns = [
        Column("Volume", share=1.0),
        Column("mL", align="decimal"),
        Column("g", align="decimal"),
        Column("of liver", align="decimal"),
    ]
    notes = [f"Hepatic reserve, the share of the liver that is not treated: {percent(absorbed.reserve)}."]
    if absorbed.recovered_gy:
        columns += [Column("Gy\nas seen", align="decimal"), Column("Gy\nblur undone", align="decimal")]
        option = result.plan.shown
        notes.append(
            f"Gy: mean dose of {shown_as(result.plan)}, {gbq(option.activity_bq)}{NBSP}GBq; beside it what blur between these "
            "volumes would have left alone (see Method). Aims and limits are judged as seen."
        )
    return Table("", columns, rows, notes=notes)


def _volume(role: str, result: Result) -> Sequence[Cell]:
    absorbed = result.absorbed
    voi, liver = absorbed.volumes[role], absorbed.volumes.get("liver")
    label = sentence(role_words(role)) + (", index" if role == absorbed.index else "")
    derived = role in {"tumour", "normal-liver", "normal-perfused"} or voi.name.lower() in {role, role_words(role)}
    drawn = "" if derived else f" ({voi.name})"
    share = None if liver is None or role == "lungs" else percent(voi.ml / liver.ml)
    size: list[Cell] = [f"{label}{drawn}", ml(voi.ml), gram(absorbed.mass_g.get(role)), share]
    return [*size, *_seen_and_undone(role, result)] if absorbed.recovered_gy else size


def _seen_and_undone(role: str, result: Result) -> Sequence[Cell]:
    """Return the mean dose of the shown option as the image has it, and with blur undone; an em dash where it is none."""
    option, absorbed = result.plan.shown, result.absorbed
    name = dose_of(role)
    seen = option.doses_gy.get("TD" if role == absorbed.index else name)
    undone = absorbed.recovered_gy.get(name)
    return [gy(seen), gy(None if undone is None else undone * option.activity_bq / absorbed.activity_bq)]


def _shunt(result: Result) -> DefinitionList:
    shunt, facts = result.absorbed.shunt, result.patient_case.facts
    option = result.plan.shown
    around = f" ± {number(shunt.uncertainty * 100, 1)} (k = 1)" if shunt.uncertainty else ""
    before = facts.previous_lung_dose_gy
    dose = option.uncertainty.get("LD")
    interval = f" ({gy_range(dose)})" if dose else ""
    pairs = [
        ("Lung shunt", percent(shunt.fraction) + around),
        ("Known from", SHUNTS.get(shunt.method, shunt.method)),
        ("Lung mass", f"{gram(shunt.lung_mass_g)}{NBSP}g, {shunt.lung_mass_source}"),
        (f"Lung dose, {option.approach}", f"{gy(option.doses_gy.get('LD'))}{NBSP}Gy{interval}"),
        ("Lung dose before", f"{gy(before)}{NBSP}Gy" if before is not None else f"{DASH} not stated"),
        *((_detail_name(name), _plain(value)) for name, value in shunt.detail.items()),
    ]
    return DefinitionList(pairs, columns=1)


def _detail_name(name: str) -> str:
    """Return a name that ends in its unit as words: measured_lung_ml is Measured lung, mL."""
    stem, _, unit = name.rpartition("_")
    known = {"ml": "mL", "g": "g", "gy": "Gy", "mm": "mm"}.get(unit)
    return sentence(f"{stem}, {known}" if known else name).replace("_", " ")


def _plain(value: float) -> str:
    """Return a number whose quantity only its name tells: four digits at least, thousands set off."""
    return number(value, 0 if abs(value) >= 1000 else 3 if abs(value) < 1 else 1)


def _eligibility(criteria: Sequence[Criterion]) -> Table:
    texts = {
        True: Entry("met", sign="✓"),
        False: Entry("not met", sign="✗", strong=True),
        None: Entry(f"{DASH} cannot be judged"),
    }
    sources = {c.source for c in criteria}
    if len(sources) == 1:
        rows: list[Sequence[Cell]] = [[sentence(c.name), c.asked, c.found, texts[c.met]] for c in criteria]
        return Table("", ELIGIBILITY, rows, notes=(f"Source: {sources.pop()}.",))
    rows = [[sentence(c.name), c.asked, c.found, texts[c.met], c.source] for c in criteria]
    return Table("", (*ELIGIBILITY, Column("Source", share=1.6)), rows)


def inputs_and_calibration(result: Result) -> Sequence[Block]:
    """Return the inputs with their hashes, and the chain from numbers to activity."""
    patient_case = result.patient_case
    rows: list[Sequence[Cell]] = [
        [
            Entry("CT" if i.role == "ct" else sentence(i.role), under=i.description),
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
    given = patient_case.choices.given
    calibration = patient_case.choices.calibration
    chain = [
        ("Calibration", CALIBRATIONS.get(calibration, calibration)),
        ("Imaged nuclide", _imaged(result)),
        ("Acquired", instant(patient_case.acquired)),
        ("Reference instant", _reference(result)),
        (
            "Administered",
            f"{gbq(given.activity_bq)}{NBSP}GBq at {instant(given.at)}"
            if given
            else f"{DASH} a plan: nothing is given yet",
        ),
    ]
    return (Table("", columns, rows), DefinitionList(chain, columns=1))


def _reference(result: Result) -> str:
    when, calibration = result.patient_case.emission.reference, result.patient_case.choices.calibration
    return f"{DASH} relative counts need none" if when is None and calibration == "relative" else instant(when)


def _imaged(result: Result) -> str:
    nuclide = result.patient_case.emission.nuclide
    name = nuclide if isinstance(nuclide, str) else nuclide.name
    return name or f"{DASH} (the header does not say)"


def _detail(record: InputRecord) -> str:
    return " · ".join(f"{name} {value}" for name, value in record.detail.items())
