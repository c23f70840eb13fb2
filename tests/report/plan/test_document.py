"""The report of a plan: order, doubts, what it cannot tell."""

from dataclasses import replace

from yttria.report.plan.document import plan_document
from yttria.report.text.footnotes import superscript
from yttria.values.document import DefinitionList, Entry, Figure, Paragraph, Picture, Points, Section, SideBySide, Table
from yttria.values.patient import Result
from yttria.values.units import Gy

ORDER = [
    "Verdict",
    "Findings",
    "Options",
    "Dose in each volume",
    "Image and dose",
    "Volumes, uptake and lungs",
    "Eligibility as in DOSISPHERE-01",
    "Inputs and calibration",
    "Method",
    "What this report cannot tell",
    "Notes in full",
]


def _section(result: Result, heading: str) -> Section:
    return next(s for s in plan_document(result, version="0").sections if s.heading == heading)


def test_sections_stand_in_the_order_that_a_physician_reads(planned: Result) -> None:
    assert [s.heading for s in plan_document(planned, version="0").sections] == ORDER


def test_a_plan_without_findings_says_so_and_lists_none(planned: Result) -> None:
    (block,) = _section(replace(planned, findings=()), "Findings").blocks
    assert isinstance(block, Paragraph)
    document = plan_document(replace(planned, findings=()), version="0")
    assert document.sections[-1].heading == "What this report cannot tell"


def _volumes(result: Result) -> Table:
    beside = _section(result, "Volumes, uptake and lungs").blocks[0]
    assert isinstance(beside, SideBySide)
    table = beside.columns[0][1][0]
    assert isinstance(table, Table)
    return table


def test_each_volume_shows_its_dose_as_seen_beside_the_one_with_blur_undone(planned: Result) -> None:
    one = planned.absorbed
    undone = {name: Gy(dose * 1.1) for name, dose in one.doses_gy.items() if name != "LD"}
    result = replace(planned, absorbed=replace(one, recovered_gy=undone))
    rows = {str(row[0]): row[-2:] for row in _volumes(result).rows}
    assert rows["Lesion 1, index (GTV 1)"] == ["252", "277"]
    assert rows["Lesion 2 (GTV 2)"][1] != "—"
    assert rows["Lungs"] == ["30", "—"]
    assert any("Rousset" in note for note in _equations(result).notes)
    assert any("4.92\xa0GBq" in note for note in _volumes(result).notes)


def test_without_blur_undone_no_column_and_no_method_speaks_of_it(planned: Result) -> None:
    assert not planned.absorbed.recovered_gy
    assert not any("blur" in column.heading for column in _volumes(planned).columns)
    assert not any("Rousset" in note for note in _equations(planned).notes)


def _equations(result: Result) -> Table:
    table = _section(result, "Method").blocks[0]
    assert isinstance(table, Table)
    return table


def test_inputs_carry_their_whole_hash_and_the_chain_its_instants(planned: Result) -> None:
    table, chain = _section(planned, "Inputs and calibration").blocks
    assert isinstance(table, Table)
    assert isinstance(chain, DefinitionList)
    hashes = [getattr(row[-1], "text", "") for row in table.rows]
    assert hashes == [i.sha256 for i in planned.patient_case.inputs]
    assert ("Reference instant", "2026-11-12 09:30 +01:00") in list(chain.pairs)


def test_the_partition_model_names_the_paper_that_it_is_from(planned: Result) -> None:
    equations = _equations(planned)
    (label,) = [str(row[0]) for row in equations.rows if str(row[0]).startswith("Partition")]
    (note,) = [n for n in equations.notes if "Ho et al., Eur J Nucl Med 1996;23:947" in n]
    assert label[-1] == superscript(note[0])


def test_constants_name_their_source(planned: Result) -> None:
    constants = _section(planned, "Method").blocks[-1]
    assert isinstance(constants, Table)
    nuclide = planned.patient_case.choices.nuclide
    assert any(nuclide.source in row for row in constants.rows)
    assert any("49.67" in str(row[1]) for row in constants.rows)


def test_what_cannot_be_told_depends_on_the_case(planned: Result) -> None:
    def said(result: Result) -> str:
        (block,) = _section(result, "What this report cannot tell").blocks
        assert isinstance(block, Points)
        return "\n".join(block.items)

    assert "99mTc-MAA" in said(planned)
    assert "without a CT" not in said(planned)
    assert "without a CT" in said(replace(planned, patient_case=replace(planned.patient_case, ct=None)))


def test_the_document_is_dated_by_the_study_and_holds_no_name(planned: Result) -> None:
    document = plan_document(planned, version="9.9")
    assert document.date == "2026-11-12T09:30:00+01:00"
    assert document.footer == "Yttria 9.9"
    assert "Ellipsoid" not in repr(document.identity)
    assert document.signers


def test_a_case_without_a_drawn_tumour_has_a_report_of_what_exists(tumourless: Result) -> None:
    document = plan_document(tumourless, version="0")
    blocks = {s.heading: s.blocks[0] for s in document.sections}
    table, dvh, slices = blocks["Options"], blocks["Dose in each volume"], blocks["Image and dose"]
    assert isinstance(table, Table)
    assert not any("TD" in row[0].under for row in table.rows if isinstance(row[0], Entry))
    assert isinstance(dvh, Figure)
    assert [p.title for p in dvh.panels] == ["Normal liver"]
    assert "No tumour is drawn" in dvh.caption
    assert isinstance(slices, Figure)
    assert "perfused volume" in slices.title
    assert all(isinstance(p, Picture) and "perfused" in {**p.paths, **p.outlines} for p in slices.panels)
