"""Volumes that are not DICOM: NIfTI, NRRD, MetaImage."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.io.volumes.label_map import ROUNDED, LabelMap, is_named, label_map_of, read_label_map, whole_labels
    from yttria.io.volumes.stored_numbers import detached_data
    from yttria.io.volumes.volume import (
        DOSE_NOTE,
        SUFFIXES,
        Volume,
        has_note,
        is_volume,
        open_volume,
        read_volume,
        require_three_dimensions,
        write_volume,
    )

__all__ = [
    "DOSE_NOTE",
    "ROUNDED",
    "SUFFIXES",
    "LabelMap",
    "Volume",
    "detached_data",
    "has_note",
    "is_named",
    "is_volume",
    "label_map_of",
    "open_volume",
    "read_label_map",
    "read_volume",
    "require_three_dimensions",
    "whole_labels",
    "write_volume",
]

set_lazy_exports(
    __name__,
    {
        "label_map": "LabelMap ROUNDED is_named label_map_of read_label_map whole_labels",
        "stored_numbers": "detached_data",
        "volume": "DOSE_NOTE SUFFIXES Volume has_note is_volume open_volume read_volume require_three_dimensions write_volume",
    },
)
