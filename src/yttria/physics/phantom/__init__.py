"""A patient who does not exist: an anatomy with known activity, and what a camera would see of it."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.physics.phantom.camera import PlanarCamera, SpectCamera, seen_activity, share_within
    from yttria.physics.phantom.digital_patient import DigitalPatient, digital_patient
    from yttria.physics.phantom.patient_anatomy import DrawnAnatomy, drawn_anatomy
    from yttria.physics.phantom.uptake import Uptake, uptake_of

__all__ = [
    "DigitalPatient",
    "DrawnAnatomy",
    "PlanarCamera",
    "SpectCamera",
    "Uptake",
    "digital_patient",
    "drawn_anatomy",
    "seen_activity",
    "share_within",
    "uptake_of",
]

set_lazy_exports(
    __name__,
    {
        "camera": "PlanarCamera SpectCamera seen_activity share_within",
        "digital_patient": "DigitalPatient digital_patient",
        "patient_anatomy": "DrawnAnatomy drawn_anatomy",
        "uptake": "Uptake uptake_of",
    },
)
