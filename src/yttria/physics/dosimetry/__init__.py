"""Absorbed dose, radiobiology and uncertainty."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.physics.dosimetry.cold_part import cold_parts
    from yttria.physics.dosimetry.count_partition import audit_partition, measured_in_liver, partition_doses
    from yttria.physics.dosimetry.image_noise import noise_of_means
    from yttria.physics.dosimetry.local_deposition import (
        ROLE_OF,
        activity_of_dose,
        in_tissue,
        local_deposition,
        lung_dose,
        masses,
        mean_dose,
        named_doses,
    )
    from yttria.physics.dosimetry.partial_volume import (
        audit_partial_volume,
        curve_corrected_doses,
        judging_dose,
        with_corrected_doses,
    )
    from yttria.physics.dosimetry.radiobiology import (
        biologically_effective_dose,
        equivalent_dose_in_2_gy,
        lea_catcheside,
    )
    from yttria.physics.dosimetry.uncertainty import (
        Conditions,
        Edge,
        conditions,
        relative_uncertainty,
        resolution_of,
        sphere_uncertainty,
    )

__all__ = [
    "ROLE_OF",
    "Conditions",
    "Edge",
    "activity_of_dose",
    "audit_partial_volume",
    "audit_partition",
    "biologically_effective_dose",
    "cold_parts",
    "conditions",
    "curve_corrected_doses",
    "equivalent_dose_in_2_gy",
    "in_tissue",
    "judging_dose",
    "lea_catcheside",
    "local_deposition",
    "lung_dose",
    "masses",
    "mean_dose",
    "measured_in_liver",
    "named_doses",
    "noise_of_means",
    "partition_doses",
    "relative_uncertainty",
    "resolution_of",
    "sphere_uncertainty",
    "with_corrected_doses",
]

set_lazy_exports(
    __name__,
    {
        "cold_part": "cold_parts",
        "count_partition": "audit_partition measured_in_liver partition_doses",
        "image_noise": "noise_of_means",
        "local_deposition": "ROLE_OF activity_of_dose in_tissue local_deposition lung_dose masses mean_dose named_doses",
        "partial_volume": "audit_partial_volume curve_corrected_doses judging_dose with_corrected_doses",
        "radiobiology": "biologically_effective_dose equivalent_dose_in_2_gy lea_catcheside",
        "uncertainty": "Conditions Edge conditions relative_uncertainty resolution_of sphere_uncertainty",
    },
)
