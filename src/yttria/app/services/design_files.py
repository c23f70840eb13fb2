"""The report of a trial's design, written into a folder."""

from typing import TypeVar

from yttria import __version__
from yttria.app.provenance import envelope
from yttria.app.services.answer_files import REPORT_FILES, write_answer
from yttria.contract.envelope import Answer
from yttria.contract.trial_boundaries import BoundariesRequest, BoundariesResult
from yttria.contract.trial_power import PowerRequest, PowerResult
from yttria.contract.trial_simulation import SimulationRequest, TrialSimulationResult
from yttria.io.files.output import output_folder, subject_of
from yttria.report.design.design_document import DesignPaper, design_document

R = TypeVar("R", PowerResult, BoundariesResult, TrialSimulationResult)
FILES = ("design.json", *REPORT_FILES)


def with_report(
    command: str, request: PowerRequest | BoundariesRequest | SimulationRequest, done: Answer[R]
) -> Answer[R]:
    """Write the answer with its report where the request names a folder; return it with the files.

    Raises
    ------
    IntakeError
        A folder that cannot be written, or that holds such files of another design.
    """
    if request.out is None:
        return done
    with output_folder(request.out, command=f"trial {command}", inputs=(), replace=request.replace) as draft:
        draft.subject = subject_of("trial design", command)
        record = envelope(f"trial {command}", done.result.model_dump(), done.findings)
        document = design_document(DesignPaper(request, done.result, done.findings), version=__version__)
        write_answer(draft.path / "design.json", record, document)
    return Answer(done.result, done.findings, tuple(request.out / name for name in FILES))
