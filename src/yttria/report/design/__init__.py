"""The report of a trial's design."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.report.design.design_document import DesignPaper, design_document

__all__ = ["DesignPaper", "design_document"]

set_lazy_exports(__name__, {"design_document": "DesignPaper design_document"})
