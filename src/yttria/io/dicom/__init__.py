"""DICOM: one module an object kind, all on one plan (`read_x`, `write_x`)."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.io.dicom.common_modules import uid_of
    from yttria.io.dicom.ct import audit_headers, examine_ct, require_hu, write_ct
    from yttria.io.dicom.dataset import damaged, open_dataset, open_pixels, well_formed
    from yttria.io.dicom.dicomdir import NAME, missing_files
    from yttria.io.dicom.empty_structure import EmptyStructure
    from yttria.io.dicom.gantry_tilt import BLANK_HU
    from yttria.io.dicom.geometry import frame_stack, series_stack
    from yttria.io.dicom.header import Header
    from yttria.io.dicom.identity_words import IdentityWords
    from yttria.io.dicom.image_choice import scan_image
    from yttria.io.dicom.isotope_correction import audit_isotope, how_to_confirm
    from yttria.io.dicom.multiframe import described
    from yttria.io.dicom.nm import (
        PLANAR_KINDS,
        REFUSED_KINDS,
        TOMO_KINDS,
        audit_attenuation,
        audit_scale,
        becquerel_scale,
        examine_planar,
        examine_spect,
        examine_tomo,
        kind_of,
        neighbouring_views,
        pair_of,
        rescale,
    )
    from yttria.io.dicom.phases import one_phase
    from yttria.io.dicom.pixels import Range, range_of, read_scaled, read_slices, require_rescale
    from yttria.io.dicom.pt import (
        absolute_factors,
        audit_corrections,
        examine_pt,
        examine_pt_counts,
        imaged_nuclide,
        is_absolute,
        scan_start,
        timing_of,
        unit_of,
    )
    from yttria.io.dicom.pt_writer import PetScan, write_pt
    from yttria.io.dicom.radiopharmaceutical import nuclide_name, require_one_radiopharmaceutical
    from yttria.io.dicom.real_world_values import ActivityScale
    from yttria.io.dicom.referenced_image import CT_IMAGE_STORAGE, Slices, Source, source_of
    from yttria.io.dicom.referenced_image_checks import audit_origin, referenced_slices
    from yttria.io.dicom.registration import Matrix, Motion, read_registration
    from yttria.io.dicom.rtdose import (
        MAKER,
        UNITS_GY,
        dose_map,
        factor_to_gy,
        read_stored_dose,
        stored_dose_of,
        write_rtdose,
    )
    from yttria.io.dicom.rtstruct import examine_rtstruct
    from yttria.io.dicom.rtstruct_writer import write_rtstruct
    from yttria.io.dicom.scan import Ignored, Progress, Scan, scan
    from yttria.io.dicom.seg import examine_seg
    from yttria.io.dicom.seg_writer import write_seg
    from yttria.io.dicom.series import WITHHELD, Series, words_for

__all__ = [
    "BLANK_HU",
    "CT_IMAGE_STORAGE",
    "MAKER",
    "NAME",
    "PLANAR_KINDS",
    "REFUSED_KINDS",
    "TOMO_KINDS",
    "UNITS_GY",
    "WITHHELD",
    "ActivityScale",
    "EmptyStructure",
    "Header",
    "IdentityWords",
    "Ignored",
    "Matrix",
    "Motion",
    "PetScan",
    "Progress",
    "Range",
    "Scan",
    "Series",
    "Slices",
    "Source",
    "absolute_factors",
    "audit_attenuation",
    "audit_corrections",
    "audit_headers",
    "audit_isotope",
    "audit_origin",
    "audit_scale",
    "becquerel_scale",
    "damaged",
    "described",
    "dose_map",
    "examine_ct",
    "examine_planar",
    "examine_pt",
    "examine_pt_counts",
    "examine_rtstruct",
    "examine_seg",
    "examine_spect",
    "examine_tomo",
    "factor_to_gy",
    "frame_stack",
    "how_to_confirm",
    "imaged_nuclide",
    "is_absolute",
    "kind_of",
    "missing_files",
    "neighbouring_views",
    "nuclide_name",
    "one_phase",
    "open_dataset",
    "open_pixels",
    "pair_of",
    "range_of",
    "read_registration",
    "read_scaled",
    "read_slices",
    "read_stored_dose",
    "referenced_slices",
    "require_hu",
    "require_one_radiopharmaceutical",
    "require_rescale",
    "rescale",
    "scan",
    "scan_image",
    "scan_start",
    "series_stack",
    "source_of",
    "stored_dose_of",
    "timing_of",
    "uid_of",
    "unit_of",
    "well_formed",
    "words_for",
    "write_ct",
    "write_pt",
    "write_rtdose",
    "write_rtstruct",
    "write_seg",
]

set_lazy_exports(
    __name__,
    {
        "common_modules": "uid_of",
        "ct": "audit_headers examine_ct require_hu write_ct",
        "dataset": "damaged open_dataset open_pixels well_formed",
        "dicomdir": "NAME missing_files",
        "empty_structure": "EmptyStructure",
        "gantry_tilt": "BLANK_HU",
        "geometry": "frame_stack series_stack",
        "header": "Header",
        "identity_words": "IdentityWords",
        "image_choice": "scan_image",
        "isotope_correction": "audit_isotope how_to_confirm",
        "multiframe": "described",
        "nm": "PLANAR_KINDS REFUSED_KINDS TOMO_KINDS audit_attenuation audit_scale becquerel_scale examine_planar examine_spect examine_tomo kind_of neighbouring_views pair_of rescale",
        "phases": "one_phase",
        "pixels": "Range range_of read_scaled read_slices require_rescale",
        "pt": "absolute_factors audit_corrections examine_pt examine_pt_counts imaged_nuclide is_absolute scan_start timing_of unit_of",
        "pt_writer": "PetScan write_pt",
        "radiopharmaceutical": "nuclide_name require_one_radiopharmaceutical",
        "real_world_values": "ActivityScale",
        "referenced_image": "CT_IMAGE_STORAGE Slices Source source_of",
        "referenced_image_checks": "audit_origin referenced_slices",
        "registration": "Matrix Motion read_registration",
        "rtdose": "MAKER UNITS_GY dose_map factor_to_gy read_stored_dose stored_dose_of write_rtdose",
        "rtstruct": "examine_rtstruct",
        "rtstruct_writer": "write_rtstruct",
        "scan": "Ignored Progress Scan scan",
        "seg": "examine_seg",
        "seg_writer": "write_seg",
        "series": "Series WITHHELD words_for",
    },
)
