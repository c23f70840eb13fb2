"""A patient who does not exist: an anatomy with known activity, and what a camera would see of it."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.physics.phantom.camera import PlanarCamera, SpectCamera, image_activity, share_within
    from yttria.physics.phantom.digital_anatomy import COURSE_LESIONS, RIGHT_LOBE
    from yttria.physics.phantom.digital_patient import DigitalPatient, ct_grid, digital_patient
    from yttria.physics.phantom.feeders import uptake_by_feeder
    from yttria.physics.phantom.implicit_shapes import Shape, around, half_space, share_of
    from yttria.physics.phantom.patient_anatomy import ContourAnatomy, contour_anatomy
    from yttria.physics.phantom.pet_scanner import PetScanner, couch_motion, moved_ct, pet_ct_grid, pet_grid
    from yttria.physics.phantom.uptake import Uptake, uptake_of

__all__ = [
    "COURSE_LESIONS",
    "RIGHT_LOBE",
    "ContourAnatomy",
    "DigitalPatient",
    "PetScanner",
    "PlanarCamera",
    "Shape",
    "SpectCamera",
    "Uptake",
    "around",
    "contour_anatomy",
    "couch_motion",
    "ct_grid",
    "digital_patient",
    "half_space",
    "image_activity",
    "moved_ct",
    "pet_ct_grid",
    "pet_grid",
    "share_of",
    "share_within",
    "uptake_by_feeder",
    "uptake_of",
]

set_lazy_exports(
    __name__,
    {
        "camera": "PlanarCamera SpectCamera image_activity share_within",
        "digital_anatomy": "COURSE_LESIONS RIGHT_LOBE",
        "digital_patient": "DigitalPatient ct_grid digital_patient",
        "feeders": "uptake_by_feeder",
        "implicit_shapes": "Shape around half_space share_of",
        "patient_anatomy": "ContourAnatomy contour_anatomy",
        "pet_scanner": "PetScanner couch_motion moved_ct pet_ct_grid pet_grid",
        "uptake": "Uptake uptake_of",
    },
)
