"""What an enhanced PET says in its own words, said in those of a single-frame PET: unit, slope, decay correction, tracer."""

from pydicom.dataset import Dataset

from yttria.io.dicom.header import floats, instant_of
from yttria.values.errors import IntakeError

LEGACY_CONVERTED_PET = "1.2.840.10008.5.1.4.1.1.128.1"
ENHANCED_PET = "1.2.840.10008.5.1.4.1.1.130"
PET_STORAGES = frozenset({LEGACY_CONVERTED_PET, ENHANCED_PET})
ACTIVITY = "BQML"
# UCUM units of a real-world value mapping, in lower case, as Units (0054,1001) of a PET calls them (PS3.16 CID 84, 85).
UNITS = {
    "bq/ml": ACTIVITY,
    "bq.ml-1": ACTIVITY,
    "{bq}/ml": ACTIVITY,
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
    said = str(dataset.get("DecayCorrected", "")).upper()
    if not said:
        return tags
    when = str(dataset.get("DecayCorrectionDateTime", "") or "")
    tags["DecayCorrection"] = "NONE" if said == "NO" else "AT"
    tags["DecayCorrectionDateTime"] = when
    zone = str(dataset.get("TimezoneOffsetFromUTC", "") or "")
    given = [
        instant_of(str(i.get("RadiopharmaceuticalStartDateTime", "") or ""), zone=zone)
        for i in dataset.get("RadiopharmaceuticalInformationSequence") or []
    ]
    if said == "YES" and (corrected_to := instant_of(when, zone=zone)) is not None and corrected_to in given:
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
    mapping = _mapping(own, shared, dataset)
    if mapping is None:
        return tags
    slope, intercept = floats(mapping.get("RealWorldValueSlope")), floats(mapping.get("RealWorldValueIntercept"))
    if not slope:
        raise IntakeError(
            "an enhanced PET must map stored numbers to activity by a slope, but does it by a table; export the quantitative reconstruction"
        )
    tags["Units"] = unit_of_mapping(mapping)
    tags["RescaleSlope"], tags["RescaleIntercept"] = repr(slope[0]), repr(intercept[0] if intercept else 0.0)
    for keyword in ("RealWorldValueFirstValueMapped", "RealWorldValueLastValueMapped"):
        if (value := mapping.get(keyword)) is not None:
            tags[keyword] = str(value)
    return tags


def _mapping(own: Dataset, shared: Dataset, dataset: Dataset) -> Dataset | None:
    """Return the mapping to activity of a frame, else the first there is; None where there is none."""
    for group in (own, shared, dataset):
        items: list[Dataset] = list(group.get("RealWorldValueMappingSequence") or [])
        if items:
            return next((i for i in items if unit_of_mapping(i) == ACTIVITY), items[0])
    return None


def unit_of_mapping(mapping: Dataset) -> str:
    """Return the unit that a mapping goes to, in the words of a single-frame PET; as its code says where those have none."""
    codes = [str(c.get("CodeValue", "")) for c in mapping.get("MeasurementUnitsCodeSequence") or []]
    return next((UNITS[c.lower()] for c in codes if c.lower() in UNITS), codes[0] if codes else "")


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
            f"an enhanced PET must show one tracer, but lists {len(items)} and its frames are of {len(used) or 'none stated'}; export one of them"
        )
    dataset.RadiopharmaceuticalInformationSequence = kept
