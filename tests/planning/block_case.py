"""A liver of blocks with one tumour, its doses by hand: what the tests of planning plan."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from yttria.planning.activity_planning import plan_of
from yttria.values.dvh import Dvh
from yttria.values.errors import Finding
from yttria.values.grid import Grid
from yttria.values.maps import DensityMap, DoseMap, Voi
from yttria.values.patient import AbsorbedDose, ClinicalFacts, PlanningOptions
from yttria.values.plan import Option, Plan
from yttria.values.product import Product
from yttria.values.treatment import LungShunt
from yttria.values.units import Bq, Gram, Gy, Share

GRID = Grid.aligned((10, 20, 20), spacing_zyx_mm=(8, 8, 8), origin_lps_mm=(0, 0, 0))


DENSITY = 1.03


HCC = ClinicalFacts(
    disease="HCC",
    scenario="unilobar",
    bilirubin_mg_dl=0.8,
    child_pugh="A5",
    earlier_radioembolisation=False,
    main_portal_vein_invasion=False,
    digestive_shunt=False,
)


GLASS = Product.named("glass")


CHOICES = PlanningOptions(GLASS, GLASS.nuclide)


def options_of(product: str = "glass") -> PlanningOptions:
    sphere = Product.named(product)
    return PlanningOptions(sphere, sphere.nuclide)


def voi(role: str, rows: slice, columns: slice, slices: slice = slice(None)) -> Voi:
    share = np.zeros(GRID.shape_zyx, np.float32)
    share[slices, rows, columns] = 1
    return Voi(role, role, GRID, share)


def minus(a: Voi, b: Voi, role: str) -> Voi:
    return Voi(role, role, GRID, np.clip(a.share - b.share, 0, 1))


def absorbed(
    *,
    ratio: float = 4.0,
    shunt: float = 0.05,
    columns: int = 12,
    choices: PlanningOptions = CHOICES,
    activity: float = 1e9,
    relative: Mapping[str, Mapping[str, float]] | None = None,
) -> AbsorbedDose:
    """A liver of blocks: `columns` of 20 are perfused, a tumour of 10 x 8 x 4 voxels lies in them, T/N is `ratio`."""
    volumes = {
        "liver": voi("liver", slice(None), slice(None)),
        "perfused": voi("perfused", slice(None), slice(0, columns)),
        "tumour": voi("tumour", slice(4, 12), slice(2, 6)),
    }
    volumes["tumour-1"] = replace(volumes["tumour"], role="tumour-1")
    volumes["normal-perfused"] = minus(volumes["perfused"], volumes["tumour"], "normal-perfused")
    volumes["normal-liver"] = minus(volumes["liver"], volumes["tumour"], "normal-liver")
    density = DensityMap(GRID, np.full(GRID.shape_zyx, DENSITY, np.float32))
    mass = {role: v.mass(density) for role, v in volumes.items()}
    k = choices.nuclide.joule_per_bq * 1000
    normal = k * activity * (1 - shunt) / (mass["normal-perfused"] + ratio * mass["tumour"])
    dose = DoseMap(GRID, (volumes["normal-perfused"].share + ratio * volumes["tumour"].share) * np.float32(normal))
    dvh = {role: Dvh.of(dose, v) for role, v in volumes.items()}
    doses = {
        "TD": ratio * normal,
        "TD_all": ratio * normal,
        "TD_1": ratio * normal,
        "NPLD": normal,
        "PLD": k * activity * (1 - shunt) / mass["perfused"],
        "WNLD": normal * mass["normal-perfused"] / mass["normal-liver"],
        "WLD": k * activity * (1 - shunt) / mass["liver"],
        "LD": k * activity * shunt / 1000.0,
    }
    return AbsorbedDose(
        dose=dose,
        density=density,
        activity_bq=Bq(activity),
        volumes=volumes,
        mass_g=mass,
        doses_gy={n: Gy(d) for n, d in doses.items()},
        dvh=dvh,
        shunt=LungShunt(Share(shunt), "given", Gram(1000), "default 1000 g"),
        reserve=Share(1 - columns / 20),
        index="tumour-1",
        relative_uncertainty=relative or {},
    )


def planned(facts: ClinicalFacts = HCC, choices: PlanningOptions = CHOICES, **how: Any) -> Plan:
    return plan_of(absorbed(choices=choices, **how), facts=facts, choices=choices)[0]


def codes(found: tuple[Finding, ...]) -> set[str]:
    return {f.code for f in found}


def findings(facts: ClinicalFacts = HCC, choices: PlanningOptions = CHOICES, **how: Any) -> tuple[Finding, ...]:
    return plan_of(absorbed(choices=choices, **how), facts=facts, choices=choices)[1]


def holding(option: Option) -> float:
    return next(c.value_gy / c.limit.limit_gy for c in option.checks if c.limit.name == option.binding)


ratios = st.floats(0.3, 20)


shunts = st.floats(0.0, 0.6)


perfused = st.integers(7, 20)
