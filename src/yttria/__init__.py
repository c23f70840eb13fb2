"""Yttria: personalised 90Y radioembolisation. For research use only.

`import yttria` exposes the nouns of every room; each is loaded when it is first named, so that importing costs nothing.

Examples
--------
>>> import yttria
>>> yttria.Nuclide.named("Y-90").dose_constant_gy_kg_per_gbq
49.67
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "values.errors": ("Finding", "YttriaError", "IntakeError", "GeometryError", "QuantityError", "PlanError"),
    "values.nuclide": ("Nuclide",),
    "values.product": ("Product",),
    "values.grid": ("Grid",),
    "values.maps": ("CtImage", "CountMap", "ActivityMap", "DensityMap", "DoseMap", "Voi"),
    "values.contour": ("Contour",),
    "values.planar": ("PlanarScan",),
    "values.dvh": ("Dvh",),
    "values.treatment": ("Aim", "Limit", "LungShunt", "Option", "Plan", "Administration"),
    "values.patient": ("Intake", "Absorbed", "Result"),
}
_HOME_OF = {noun: f"{__name__}.{home}" for home, nouns in _HOMES.items() for noun in nouns}
__all__ = sorted(_HOME_OF)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    """Return a noun from its room."""
    if name not in _HOME_OF:
        raise AttributeError(f"yttria has no {name}; it has {', '.join(__all__)}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    """Return what can be named."""
    return sorted({*globals(), *__all__})
