"""Dose of one patient. Pure functions from values to values."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.physics import dosimetry, geometry, phantom, quantification

__all__ = ["dosimetry", "geometry", "phantom", "quantification"]

set_lazy_exports(__name__, {"dosimetry": "", "geometry": "", "phantom": "", "quantification": ""})
