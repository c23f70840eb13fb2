"""Survival and dose-response statistics: what many patients say."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.evidence import descriptive, design, published, reconstruction, regression, study, survival

__all__ = ["descriptive", "design", "published", "reconstruction", "regression", "study", "survival"]

set_lazy_exports(
    __name__,
    {
        "descriptive": "",
        "design": "",
        "published": "",
        "reconstruction": "",
        "regression": "",
        "study": "",
        "survival": "",
    },
)
