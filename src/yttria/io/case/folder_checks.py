"""What only a folder as a whole shows: several people, images or livers, what lies apart or was drawn elsewhere, studies far apart.

`plan` asks the same of the files that it uses; here everything is asked that lies there, so that `inspect` says it before.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from yttria.io.case.frames_of_reference import are_joined
from yttria.io.case.mask_files import looks_like_mask
from yttria.io.case.patient_identity import IN_CASE, audit_dates
from yttria.io.case.placement_checks import audit_anatomy
from yttria.io.case.structure_set_names import audit_namesakes
from yttria.io.dicom.referenced_image_checks import audit_origin
from yttria.io.dicom.scan import Scan
from yttria.io.dicom.series import Series
from yttria.io.ground.structure_roles import is_another_liver
from yttria.values.errors import Finding

if TYPE_CHECKING:
    from yttria.io.case.survey_records import SeriesSurvey, StructureSurvey


def audit_whole(
    scan_result: Scan,
    images: Sequence["SeriesSurvey"],
    structures: Sequence["StructureSurvey"],
    *,
    doses: int,
    passed_over: int,
    same_by: str | None = None,
) -> Iterator[Finding]:
    """Return the findings that only the whole folder shows.

    Parameters
    ----------
    same_by
        Who states in case.toml that all files are of one patient.
    """
    if scan_result.patients > 1:
        message = f"files of {scan_result.patients} patients lie here (by ID and name); "
        message += (
            f"they are taken to be of one because case.toml says so ({same_by})"
            if same_by
            else f"a case must be of one, or, {IN_CASE}".rstrip()
        )
        yield Finding("warning", "several-patients", message)
    for role in ("ct", "emission", "planar"):
        could = [s for s in images if role in s.roles and s.usable]
        if len(could) > 1:
            text = ", ".join(f'"{s.description}"' for s in could[:6])
            yield Finding(
                "warning",
                f"several-{role}",
                f'{len(could)} series could be the {role}: {text}; choose in case.toml: [roles] "{could[0].uid or could[0].description}" = "{role}"',
                values={"candidates": len(could)},
            )
    frames = _frames(images)
    if not are_joined(scan_result, frames):
        yield Finding(
            "warning",
            "several-frames",
            f"images lie in {len(frames)} frames of reference; those of one case must share one, or a rigid registration (REG) that lies here must join them",
            values={"frames": len(frames)},
        )
    yield from audit_namesakes(scan_result)
    for role in ("liver", "perfused"):
        yield from _audit_rivals(role, [s for s in structures if s.usable])
    if not images and not structures and not doses:
        passed = f"{passed_over} files were passed over" if passed_over else "the folder is empty"
        yield Finding("warning", "nothing-here", f"nothing is here: no image, structure or dose ({passed})")
    elif not any("emission" in s.roles and s.usable for s in images):
        yield Finding(
            "note", "no-emission", "no emission image (reconstructed SPECT or PET) that a plan could stand on"
        )


def _frames(images: Sequence["SeriesSurvey"]) -> set[str]:
    return {s.frame_uid for s in images if s.frame_uid and s.usable and {"ct", "emission"} & set(s.roles)}


def _audit_rivals(role: str, structures: Sequence["StructureSurvey"]) -> Iterator[Finding]:
    """Return a finding where several structures could play a role of one, called so that [roles] can tell them apart."""
    could = [s for s in structures if s.role == role]
    if role == "liver" and could:
        could += [s for s in structures if is_another_liver(s.name)]
    if len(could) < 2:
        return
    names = [s.name for s in could]
    if len({n.strip().lower() for n in names}) < len(names):
        names = [s.key for s in could]
    text = ", ".join(f'"{n}"' for n in names[:6])
    message = (
        f'{len(could)} structures could be the {role}: {text}; choose in case.toml: [roles] "{names[0]}" = "{role}"'
    )
    yield Finding("warning", f"several-{role}", message, values={"candidates": len(could)})


def audit_one_study(
    scan_result: Scan,
    structure_sets: Sequence[tuple[Series, Sequence["StructureSurvey"]]],
    images: Sequence["SeriesSurvey"],
    *,
    of_one: bool,
) -> Iterator[Finding]:
    """Return the findings about how the structures and images of one patient lie together.

    Parameters
    ----------
    structure_sets
        Each structure set or segmentation with its structures.
    images
        Each image as it was judged.
    of_one
        Whether all is of one patient.
    """
    if not of_one:
        return  # said already: nothing of two people can be compared
    in_frame: list[Series] = []
    for series, structures in structure_sets:
        apart = list(_audit_frame(scan_result, series, structures, _frames(images)))
        in_frame += [] if apart else [series]
        yield from apart
        yield from audit_anatomy([(s, np.array(s.centroid_lps_mm)) for s in structures if s.centroid_lps_mm])
    cts = [s for s in scan_result.of("CT") if not looks_like_mask(s)]
    if len(cts) == 1:
        for series in in_frame:
            yield from audit_origin(series, cts[0], scan_result.of("CT", "PT", "NM"), scan_result)
    yield from audit_dates(scan_result.series)


def _audit_frame(
    scan_result: Scan, series: Series, structures: Sequence["StructureSurvey"], frames: Collection[str]
) -> Iterator[Finding]:
    apart = {s.frame_uid for s in structures} - {"", *frames}
    if frames and any(not any(are_joined(scan_result, {uid, frame}) for frame in frames) for uid in apart):
        kind = "segmentation" if series.modality == "SEG" else "structure set"
        message = (
            f'{kind} "{series.description}" lies in another frame of reference than the images; it cannot be used with them: '
            "send the one drawn on them, or the rigid registration (REG) that joins both"
        )
        yield Finding("warning", "structures-apart", message)
