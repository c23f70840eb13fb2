"""What an enhanced PET says in its own words, said in those of a single-frame PET: unit, slope, decay correction, tracer."""

from pydicom.dataset import Dataset

from yttria.io.dicom.header import instant_of
from yttria.io.dicom.real_world_values import Mapping, mappings_of, scale_of_mappings
from yttria.values.errors import IntakeError

LEGACY_CONVERTED_PET = "1.2.840.10008.5.1.4.1.1.128.1"
ENHANCED_PET = "1.2.840.10008.5.1.4.1.1.130"
PET_STORAGES = frozenset({LEGACY_CONVERTED_PET, ENHANCED_PET})
ACTIVITY = "BQML"
# UCUM units of a real-world value mapping, in lower case, as Units (0054,1001) of a PET calls them (PS3.16 CID 84, 85).
UNITS = {
    "{counts}": "CNTS",
    "{counts}/s": "CPS",
    "{propcounts}": "PROPCNTS",
    "{propcounts}/s": "PROPCPS",
    "g/ml": "GML",
    **{f"{{suv{way}}}g/ml": "GML" for way in ("bw", "lbm", "lbm(james128)", "lbm(janma)", "ibw")},
    **{f"g/ml{{suv{way}}}": "GML" for way in ("bw", "lbm", "ibw")},
    "cm2/ml": "CM2ML",
    "{suvbsa}cm2/ml": "CM2ML",
    "cm2/ml{suvbsa}": "CM2ML",
}
# Flags of the Enhanced PET Corrections module (PS3.3 C.8.22.4) by their word in CorrectedImage.
CORRECTIONS = {
    "DecayCorrected": "DECY",
    "AttenuationCorrected": "ATTN",
    "ScatterCorrected": "SCAT",
    "RandomsCorrected": "RAN",
    "DeadTimeCorrected": "DTIM",
}


def image_tags(dataset: Dataset) -> dict[str, str | int]:
    """Return what an enhanced PET states for all its frames: what was corrected, and to which instant decay was.

    Notes
    -----
    DecayCorrection is ADMIN where that instant is the administration, AT where it is another, NONE where nothing was corrected;
    a converted image states it as a single-frame PET does.
    """
    tags: dict[str, str | int] = {}
    correction = str(dataset.get("DecayCorrected", "")).upper()
    if not correction:
        return tags
    when = str(dataset.get("DecayCorrectionDateTime", "") or "")
    tags["DecayCorrection"] = "NONE" if correction == "NO" else "AT"
    tags["DecayCorrectionDateTime"] = when
    zone = str(dataset.get("TimezoneOffsetFromUTC", "") or "")
    given = [
        instant_of(str(i.get("RadiopharmaceuticalStartDateTime", "") or ""), zone=zone)
        for i in dataset.get("RadiopharmaceuticalInformationSequence") or []
    ]
    if (
        correction == "YES"
        and (correction_instant := instant_of(when, zone=zone)) is not None
        and correction_instant in given
    ):
        tags["DecayCorrection"] = "ADMIN"
    done = [word for flag, word in CORRECTIONS.items() if str(dataset.get(flag, "")).upper() == "YES"]
    tags["CorrectedImage"] = "\\".join(done) or "NONE"
    return tags


def frame_tags(own: Dataset, shared: Dataset, dataset: Dataset) -> dict[str, str | int]:
    """Return what a frame of an enhanced PET states of its numbers: unit, slope and intercept to it, decay factor.

    A real-world value mapping goes from stored numbers to its unit by itself: it stands above slope and intercept of the display.

    Raises
    ------
    IntakeError
        A mapping by a table instead of a slope.
    """
    tags: dict[str, str | int] = {}
    for group in (own, shared):
        for item in group.get("PETFrameCorrectionFactorsSequence") or []:
            if item.get("DecayFactor") is not None:
                tags.setdefault("DecayFactor", str(item.DecayFactor))
    what = "an enhanced PET"
    mappings = _mappings(own, shared, dataset, what=what)
    if not mappings:
        return tags
    slope, intercept = mappings[0].slope, mappings[0].intercept
    tags["Units"] = unit_of_mapping(mappings[0])
    if mappings[0].bq_per_ml is not None:
        scale = scale_of_mappings(mappings, what=what)
        slope, intercept = scale.slope, scale.intercept
    if slope is None:
        raise IntakeError(
            f"{what} must map stored numbers to activity by a slope, but does it by a table; export the quantitative reconstruction",
            code="rescale-table",
        )
    tags["RescaleSlope"], tags["RescaleIntercept"] = repr(slope), repr(intercept)
    for end, ends in (("First", [m.first for m in mappings]), ("Last", [m.last for m in mappings])):
        stated = [value for value in ends if value is not None]
        if len(stated) == len(ends):
            tags[f"RealWorldValue{end}ValueMapped"] = repr(min(stated) if end == "First" else max(stated))
    return tags


def _mappings(own: Dataset, shared: Dataset, dataset: Dataset, *, what: str) -> list[Mapping]:
    """Return the mappings to activity of a frame, else the first mapping there is; none where there is none."""
    for group in (own, shared, dataset):
        result = mappings_of(group.get("RealWorldValueMappingSequence") or [], what=what)
        if result:
            return [m for m in result if m.bq_per_ml is not None] or result[:1]
    return []


def unit_of_mapping(mapping: Mapping) -> str:
    """Return the unit that a mapping goes to, in the words of a single-frame PET (BQML for any activity per volume); as its code says where those have none."""
    return ACTIVITY if mapping.bq_per_ml is not None else UNITS.get(mapping.unit.lower(), mapping.unit)


def one_agent(dataset: Dataset) -> None:
    """Keep the one tracer that the frames are of, where an enhanced PET lists several.

    Raises
    ------
    IntakeError
        The frames are of several tracers, or do not say of which.
    """
    items = dataset.get("RadiopharmaceuticalInformationSequence") or []
    if len(items) <= 1:
        return
    groups = [
        *(dataset.get("SharedFunctionalGroupsSequence") or []),
        *(dataset.get("PerFrameFunctionalGroupsSequence") or []),
    ]
    used = {
        str(use.get("RadiopharmaceuticalAgentNumber", ""))
        for group in groups
        for use in group.get("RadiopharmaceuticalUsageSequence") or []
    }
    kept = [i for i in items if str(i.get("RadiopharmaceuticalAgentNumber", "")) in used]
    if len(used) != 1 or len(kept) != 1:
        raise IntakeError(
            f"an enhanced PET must show one tracer, but lists {len(items)} and its frames are of {len(used) or 'none stated'}; export one of them",
            code="nuclide-value",
            values={"items": len(items)},
        )
    dataset.RadiopharmaceuticalInformationSequence = kept
