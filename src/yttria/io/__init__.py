"""Readers and writers: the only place that knows files, tags, tables, networks and formats."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.io import case, dicom, files, ground, render, tables, volumes

__all__ = ["case", "dicom", "files", "ground", "render", "tables", "volumes"]

set_lazy_exports(
    __name__, {"case": "", "dicom": "", "files": "", "ground": "", "render": "", "tables": "", "volumes": ""}
)
