"""A study as a document, in the order of a paper: verdict, findings, patients, follow-up, outcome, subgroups, models, later events, checks."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count

from yttria.report.study.column_titles import referenced, scaled_titles
from yttria.report.study.dose_response import response_blocks, response_claims
from yttria.report.study.effect_sections import (
    effect_blocks,
    endpoint_blocks,
    flow_blocks,
    further_outcome_blocks,
    matched_blocks,
    safety_blocks,
)
from yttria.report.study.effect_tables import arranged_tables
from yttria.report.study.event_sections import competing_blocks, later_event_blocks, part_blocks
from yttria.report.study.finding_section import finding_blocks
from yttria.report.study.method_section import method_blocks
from yttria.report.study.model_sections import assumption_blocks, model_blocks
from yttria.report.study.outcome_sections import outcome_blocks, patient_blocks, subgroup_blocks
from yttria.report.study.published_numbers import Published, published_section
from yttria.report.study.statements import claims, main_claim
from yttria.report.study.study_paper import StudyPaper
from yttria.report.text.capitals import capital
from yttria.values.document import Block, DefinitionList, Document, Figure, Paragraph, Points, Section, Table, Verdict
from yttria.values.protocol import Protocol

NOTICE = "For research use only. Not a medical device; not for clinical decisions."
UNFIT = re.compile(r"[^\w.+-]+|^\.+")
"""What a figure's name may hold in a protocol (it comes from columns and sections), but not as the name of a file."""
LONGEST_NAME = 60
"""Characters of it that a file's name keeps: a disk takes 255 bytes."""


def study_document(paper: StudyPaper, *, version: str, published: Published | None = None) -> Document:
    """Return the report of a study.

    Parameters
    ----------
    paper
        What was asked and what was found.
    version
        Of Yttria, printed at the foot of each page.
    published
        A publication to stand beside.
    """
    protocol, result = paper.protocol, paper.result
    note = (Paragraph(protocol.note),) if protocol.note else ()
    titled_paper = replace(paper, titles=referenced(result, scaled_titles(paper.titles, protocol)))
    sections = [
        Section("Verdict", (Verdict(main_claim(result, protocol, paper.titles)), *_study_facts(protocol), *note)),
        Section("Findings", finding_blocks(paper.findings)),
        Section("Patients", patient_blocks(paper)),
        Section("Flow of patients", flow_blocks(result)),
        Section("Response", endpoint_blocks(result, paper.titles)),
        Section("Outcome", outcome_blocks(paper)),
        Section("Further outcomes", further_outcome_blocks(result, protocol, titled_paper.titles)),
        Section("Subgroups", subgroup_blocks(paper)),
        Section("Models", model_blocks(titled_paper)),
        Section("Adjusted effects", effect_blocks(result, protocol, paper.titles, titled_paper.titles)),
        Section("Outside comparisons", matched_blocks(result, protocol, paper.titles)),
        Section("Safety", safety_blocks(result)),
        Section("Events after baseline", later_event_blocks(paper)),
        Section("Competing risks", competing_blocks(paper)),
        Section("Dose and response", response_blocks(result.dose_response, protocol, paper.titles)),
        Section("Parts of the cohort", part_blocks(paper)),
        Section("Checks of assumptions", assumption_blocks(titled_paper)),
        Section("Beside the published numbers", published_section(published or Published())),
        Section("Tables for a paper", _arranged(paper)),
        Section("In sentences", _sentences(titled_paper)),
        Section("Method", method_blocks(protocol)),
    ]
    return Document(
        title=protocol.title or "Survival study",
        subtitle=capital(protocol.label) or "Analysed from one protocol",
        sections=tuple(_numbered([section for section in sections if section.blocks], protocol.label)),
        date="",
        footer=version,
        notice=notice_of(protocol),
    )


def _study_facts(protocol: Protocol) -> tuple[Block, ...]:
    """Return what identifies a study: where it is registered, who let it be done and paid for it, up to when its data go."""
    pairs = (
        ("Registration", protocol.registration),
        ("Ethics", protocol.ethics),
        ("Sponsor", protocol.sponsor),
        ("Data cut", protocol.data_cut),
    )
    facts = tuple((name, words) for name, words in pairs if words)
    return (DefinitionList(facts),) if facts else ()


def notice_of(protocol: Protocol) -> str:
    """Return what stands at the foot of each page: the study's label, and that it is research."""
    return f"{capital(protocol.label)}. {NOTICE}" if protocol.label else NOTICE


def _own_name(first_choice: str, names: set[str]) -> str:
    """Return a name for a figure's files that fits every disk and that none of the others has, in capitals or not."""
    stem = UNFIT.sub("-", first_choice)[:LONGEST_NAME]
    name = next(n for k in count(1) if (n := stem if k == 1 else f"{stem}-{k}").casefold() not in names)
    names.add(name.casefold())
    return name


def _numbered(sections: Sequence[Section], label: str) -> Iterator[Section]:
    """Yield the sections with tables and figures numbered in reading order, the study's label on each drawing."""
    tables = figures = 0
    names: set[str] = set()
    for section in sections:
        blocks: list[Block] = []
        for block in section.blocks:
            match block:
                case Table():
                    tables += 1
                    blocks.append(replace(block, title=f"Table {tables}. {block.title}"))
                case Figure():
                    figures += 1
                    words = f"Figure {figures}. {block.title}. {block.caption}"
                    name = _own_name(block.name, names)
                    blocks.append(replace(block, caption=words, label=label, name=name))
                case _:
                    blocks.append(block)
        yield Section(section.heading, tuple(blocks))


def figures_of(document: Document) -> tuple[Figure, ...]:
    """Return the figures of a document in reading order."""
    return tuple(block for section in document.sections for block in section.blocks if isinstance(block, Figure))


def tables_of(document: Document) -> tuple[Table, ...]:
    """Return the tables of a document in reading order."""
    return tuple(block for section in document.sections for block in section.blocks if isinstance(block, Table))


def _arranged(paper: StudyPaper) -> tuple[Block, ...]:
    """Return the tables in the trial's arrangement, where there are rates by group and more than one factor."""
    if not (paper.result.km["all"]["all"].rates and paper.result.univariable):
        return ()
    return tuple(arranged_tables(paper.result, paper.titles, paper.protocol).values())


def _sentences(paper: StudyPaper) -> tuple[Block, ...]:
    result, protocol = paper.result, paper.protocol
    sentences = claims(result, protocol, paper.titles)
    sentences += response_claims(result.dose_response, protocol, paper.titles)
    return (Points(sentences),) if sentences else ()
