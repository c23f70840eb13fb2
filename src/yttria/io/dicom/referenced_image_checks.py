"""On which image were structures drawn: the one that is used, another that lies here, or one that does not."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pydicom
from pydicom.dataset import Dataset

from yttria.io.dicom.dataset import well_formed
from yttria.io.dicom.referenced_image import Slices, slices_of
from yttria.io.dicom.scan import Scan
from yttria.io.dicom.series import Series
from yttria.values.errors import Finding, IntakeError, YttriaError

STACKS = {"CT", "MR", "PT", "NM"}
MASK_BITS = 8  # tools store masks as CT of 8 bits
TAGS = ["ReferencedFrameOfReferenceSequence", "ReferencedSeriesSequence"]
MOST_FRAMES = 2000  # of a segmentation: to ask more for their images takes longer than the answer is worth


@dataclass(frozen=True, slots=True)
class Origin:
    """The images that a structure set or segmentation says it was drawn on.

    Parameters
    ----------
    series
        Series instance UIDs.
    images
        SOP instance UIDs.
    """

    series: frozenset[str]
    images: frozenset[str]


def origin_of(structure_series: Series) -> Origin:
    """Return what a structure set or a segmentation says it was drawn on; empty where it does not say so in words that can be read.

    Notes
    -----
    A structure set names images as a whole (ReferencedFrameOfReferenceSequence), or contour by contour; a segmentation in
    its ReferencedSeriesSequence, or frame by frame.
    """
    try:
        with well_formed("the structures"):
            return _origin(structure_series)
    except IntakeError:  # its geometry was read; what it only names besides needs no finding
        return Origin(frozenset(), frozenset())


def _origin(structure_series: Series) -> Origin:
    dataset = _dataset(structure_series, TAGS)
    series: set[str] = set()
    images: set[str] = set()
    for item in _series_items(dataset):
        series.add(str(item.get("SeriesInstanceUID", "")))
        for keyword in ("ContourImageSequence", "ReferencedInstanceSequence"):
            images |= _uids(item, keyword)
    if not images and structure_series.modality == "RTSTRUCT":
        for roi in _dataset(structure_series, ["ROIContourSequence"]).get("ROIContourSequence") or []:
            for contour in roi.get("ContourSequence") or []:
                images |= _uids(contour, "ContourImageSequence")
    if (
        not images
        and not series
        and structure_series.modality == "SEG"
        and structure_series.first.frames <= MOST_FRAMES
    ):
        for frame in (
            _dataset(structure_series, ["PerFrameFunctionalGroupsSequence"]).get("PerFrameFunctionalGroupsSequence")
            or []
        ):
            for derived in frame.get("DerivationImageSequence") or []:
                images |= _uids(derived, "SourceImageSequence")
    return Origin(frozenset(series - {""}), frozenset(images - {""}))


def _dataset(structure_series: Series, tags: Sequence[str]) -> Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pydicom.dcmread(
            structure_series.first.path, stop_before_pixels=True, specific_tags=list(tags), force=True
        )


def _series_items(dataset: Dataset) -> Iterator[Dataset]:
    yield from dataset.get("ReferencedSeriesSequence") or []
    for frame in dataset.get("ReferencedFrameOfReferenceSequence") or []:
        for study in frame.get("RTReferencedStudySequence") or []:
            yield from study.get("RTReferencedSeriesSequence") or []


def _uids(item: Dataset, keyword: str) -> set[str]:
    return {str(i.get("ReferencedSOPInstanceUID", "")) for i in item.get(keyword) or []}


def referenced_slices(structure_series: Series, images: Sequence[Series]) -> Slices | None:
    """Return the slices of the image that structures were drawn on: the one that they name, else the only CT; None where neither is here.

    Parameters
    ----------
    images
        What lies in the case, or is named beside the structures.
    """
    stacks = [s for s in images if s.modality in STACKS]
    origin = origin_of(structure_series) if stacks else Origin(frozenset(), frozenset())
    named = [s for s in stacks if origin.images & _instances(s)] or [s for s in stacks if s.uid in origin.series]
    if not named:
        named = [s for s in stacks if s.modality == "CT" and s.first.count("BitsAllocated") > MASK_BITS]
        here = {structure_series.first.text("FrameOfReferenceUID"), ""}
        named = [s for s in named if here == {""} or s.first.text("FrameOfReferenceUID") in here]
    if len(named) != 1:
        return None
    try:
        with well_formed("the image"):
            return slices_of(named[0])
    except YttriaError:  # the image's own reader says what is wrong with it
        return None


def audit_origin(
    structure_series: Series, ct: Series, images: Sequence[Series], scan_result: Scan
) -> tuple[Finding, ...]:
    """Return the finding that structures raise that were drawn on another image than those that are used.

    Parameters
    ----------
    structure_series
        A structure set or segmentation that plays a role.
    ct
        The CT that is used.
    images
        All images that are used: one drawn on the emission image lies where it was drawn.
    scan_result
        All that lies in the case, to name the other image.
    """
    origin = origin_of(structure_series)
    if not origin.series and not origin.images:
        return ()
    what = (
        f'{"segmentation" if structure_series.modality == "SEG" else "structure set"} "{structure_series.description}"'
    )
    for image in (ct, *images):
        here = origin.images & _instances(image)
        if here or (not origin.images and image.uid in origin.series):
            missing = len(origin.images - _instances(image)) if here and image is ct else 0
            return (_incomplete(what, missing, len(origin.images)),) if missing else ()
    others = [s for s in scan_result.series if _is_image_of(origin, s) and s.uid != ct.uid]
    if others:
        names = " and ".join(dict.fromkeys(f'{s.modality} "{s.description}"' for s in others))
        message = (
            f'{what} was drawn on {names}, not on the CT that is used ("{ct.description}"); where the body moved between them '
            "(breathing, position) it misses: look at it on both, or name the image it was drawn on in [roles]"
        )
        return (Finding("warning", "drawn-on-another-image", message),)
    if any(origin.images & _instances(s) for s in scan_result.series if s.uid and s.uid == ct.uid):
        message = f"{what} was drawn on another phase of the CT than the one that is used; the body may have moved between them: look at it on both, or choose that phase"
        return (Finding("warning", "drawn-on-another-phase", message),)
    if ct.uid in origin.series:
        message = f"{what} names the series of the CT that is used, but none of its images: the CT may have been made anew since; look at it on the pictures"
        return (Finding("note", "drawn-on-renamed-images", message),)
    message = (
        f"{what} was drawn on an image that is not here; it lies in the frame of reference of the CT that is used, or was registered to it, "
        "but whether the body lay alike only the pictures show"
    )
    return (Finding("warning", "drawn-on-an-absent-image", message),)


def _instances(image: Series) -> set[str]:
    """Return the UIDs by which an image's slices are named: their own, and those that they were converted from."""
    return {h.text(tag) for h in image.headers for tag in ("SOPInstanceUID", "ConvertedFrom")} - {""}


def _is_image_of(origin: Origin, image: Series) -> bool:
    return bool(origin.images & _instances(image)) or (image.uid in origin.series and image.modality != "REG")


def _incomplete(what: str, missing: int, of: int) -> Finding:
    message = (
        f"{what}: {missing} of {of} images that it was drawn on are not in the CT that is used; compare both series"
    )
    return Finding("warning", "drawn-on-more-images", message)
