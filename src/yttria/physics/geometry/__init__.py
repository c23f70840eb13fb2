"""Structures and images on a grid."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.physics.geometry.contour_rasterisation import rasterise_contour, structure_on
    from yttria.physics.geometry.contour_tracing import contour_of
    from yttria.physics.geometry.dose_sampling import dvh_within, values_at
    from yttria.physics.geometry.grid_average import overlaps
    from yttria.physics.geometry.registration import register
    from yttria.physics.geometry.regrid import (
        CT_OUTSIDE,
        audit_coverage,
        audit_overlap,
        bounding_subgrid,
        coarse_ct,
        ct_density_on_grid,
        ct_share_on_grid,
        density_on_grid,
        dose_on_grid,
        organ_density_on_grid,
        resample_voi,
        trimmed,
    )
    from yttria.physics.geometry.territory import (
        common_ml,
        parts_by_dose,
        parts_by_territory,
        reaching,
        require_apart,
        territory_weights,
        uptake_territory,
    )
    from yttria.physics.geometry.volume_algebra import (
        NOT_IN_LIVER,
        farther_than,
        hepatic_reserve,
        named_volumes,
        normal_reserve,
        union,
    )

__all__ = [
    "CT_OUTSIDE",
    "NOT_IN_LIVER",
    "audit_coverage",
    "audit_overlap",
    "bounding_subgrid",
    "coarse_ct",
    "common_ml",
    "contour_of",
    "ct_density_on_grid",
    "ct_share_on_grid",
    "density_on_grid",
    "dose_on_grid",
    "dvh_within",
    "farther_than",
    "hepatic_reserve",
    "named_volumes",
    "normal_reserve",
    "organ_density_on_grid",
    "overlaps",
    "parts_by_dose",
    "parts_by_territory",
    "rasterise_contour",
    "reaching",
    "register",
    "require_apart",
    "resample_voi",
    "structure_on",
    "territory_weights",
    "trimmed",
    "union",
    "uptake_territory",
    "values_at",
]

set_lazy_exports(
    __name__,
    {
        "contour_rasterisation": "rasterise_contour structure_on",
        "contour_tracing": "contour_of",
        "dose_sampling": "dvh_within values_at",
        "grid_average": "overlaps",
        "registration": "register",
        "regrid": "CT_OUTSIDE audit_coverage audit_overlap bounding_subgrid coarse_ct ct_density_on_grid ct_share_on_grid density_on_grid dose_on_grid organ_density_on_grid resample_voi trimmed",
        "territory": "common_ml parts_by_dose parts_by_territory reaching require_apart territory_weights uptake_territory",
        "volume_algebra": "NOT_IN_LIVER farther_than hepatic_reserve named_volumes normal_reserve union",
    },
)
