"""Activity, density and lung shunt from images."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.physics.quantification.activity import activity_at_administration, audit_uptake, relative_activity
    from yttria.physics.quantification.body_activity import (
        HALF,
        activity_within,
        body_mask,
        elsewhere_share,
        outside_share,
    )
    from yttria.physics.quantification.ct_density import (
        audit_contrast,
        density_of,
        density_on,
        require_soft_tissue,
        uniform_density,
        with_liver_density,
        with_organ_density,
    )
    from yttria.physics.quantification.extrahepatic_foci import audit_foci, extrahepatic_foci
    from yttria.physics.quantification.injection_activity import (
        counts_inside,
        divided_activity,
        shunt_of,
        united_activity,
    )
    from yttria.physics.quantification.lung_conventions import lungs_by_convention
    from yttria.physics.quantification.recovery_coefficient import count_slope, diameter_of, recovery, recovery_slope
    from yttria.physics.quantification.spill_over import LEAST_RECOVERY, recovered_doses
    from yttria.physics.quantification.spill_sensitivity import dose_sensitivities
    from yttria.physics.quantification.uptake_share import audit_shares, is_open, uptake_shares

__all__ = [
    "HALF",
    "LEAST_RECOVERY",
    "activity_at_administration",
    "activity_within",
    "audit_contrast",
    "audit_foci",
    "audit_shares",
    "audit_uptake",
    "body_mask",
    "count_slope",
    "counts_inside",
    "density_of",
    "density_on",
    "diameter_of",
    "divided_activity",
    "dose_sensitivities",
    "elsewhere_share",
    "extrahepatic_foci",
    "is_open",
    "lungs_by_convention",
    "outside_share",
    "recovered_doses",
    "recovery",
    "recovery_slope",
    "relative_activity",
    "require_soft_tissue",
    "shunt_of",
    "uniform_density",
    "united_activity",
    "uptake_shares",
    "with_liver_density",
    "with_organ_density",
]

set_lazy_exports(
    __name__,
    {
        "activity": "activity_at_administration audit_uptake relative_activity",
        "body_activity": "HALF activity_within body_mask elsewhere_share outside_share",
        "ct_density": "audit_contrast density_of density_on require_soft_tissue uniform_density with_liver_density with_organ_density",
        "extrahepatic_foci": "audit_foci extrahepatic_foci",
        "injection_activity": "counts_inside divided_activity shunt_of united_activity",
        "lung_conventions": "lungs_by_convention",
        "recovery_coefficient": "count_slope diameter_of recovery recovery_slope",
        "spill_over": "LEAST_RECOVERY recovered_doses",
        "spill_sensitivity": "dose_sensitivities",
        "uptake_share": "audit_shares is_open uptake_shares",
    },
)
