"""Results to documents and figures as data."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.report import delivery, design, plan, study, text

__all__ = ["delivery", "design", "plan", "study", "text"]

set_lazy_exports(__name__, {"delivery": "", "design": "", "plan": "", "study": "", "text": ""})
