"""What is in a folder: series, roles, units, geometry, what is wrong and what can be done."""

from dataclasses import asdict

from yttria.app.provenance import plain
from yttria.contract.envelope import Answer
from yttria.contract.inspection import InspectRequest, InspectResult
from yttria.io.case.survey import survey
from yttria.io.case.survey_records import Survey
from yttria.io.dicom.scan import Progress
from yttria.io.files.output import output_file, place_subject


def run(request: InspectRequest, *, progress: Progress | None = None) -> Answer[InspectResult]:
    """Return what a path holds; write the contact sheet where one is asked for.

    Parameters
    ----------
    progress
        Called with what is being read, at which of how many.

    Raises
    ------
    IntakeError
        Nothing is there.
    """
    result = survey(request.path, progress=progress)
    if request.picture is None:
        return Answer(inspection(result), result.findings)
    from yttria.io.render.contact_sheet import write_contact_sheet  # matplotlib, needed for the picture alone

    subject = place_subject(request.path)
    with output_file(
        request.picture, command="inspect", subject=subject, inputs=request.input_paths, replace=request.replace
    ) as draft:
        write_contact_sheet(draft, request.path)
    return Answer(inspection(result), result.findings, (request.picture,))


def inspection(result: Survey) -> InspectResult:
    """Return a survey under the keys of the contract."""
    return InspectResult.model_validate(
        {
            "patients": result.patients,
            "files": {"read": result.read, "ignored": [asdict(i) for i in result.ignored]},
            "series": [plain(asdict(s)) for s in result.series],
            "structures": [plain(asdict(s)) for s in result.structures],
            "doses": [plain(asdict(s)) for s in result.doses],
        }
    )
