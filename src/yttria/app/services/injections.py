"""Several injections in the steps of a plan: their volumes, an activity each, the parts of lesions that each reaches."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from yttria.physics.dosimetry.count_partition import audit_partition, partition_doses
from yttria.physics.dosimetry.local_deposition import (
    activity_of_dose,
    in_tissue,
    local_deposition,
    mean_dose,
    named_doses,
)
from yttria.physics.geometry.contour_rasterisation import structure_on
from yttria.physics.geometry.regrid import dose_on_grid
from yttria.physics.geometry.territory import (
    common_ml,
    parts_by_dose,
    parts_by_territory,
    reaching,
    require_apart,
    territory_weights,
    uptake_territory,
)
from yttria.physics.geometry.volume_algebra import union
from yttria.physics.quantification.injection_activity import (
    counts_inside,
    divided_activity,
    shunt_of,
    united_activity,
)
from yttria.values.aims_limits import DoseName
from yttria.values.contour import Contour
from yttria.values.errors import Finding, IntakeError
from yttria.values.grid import Grid
from yttria.values.injection import Injection, InjectionActivity, InjectionDose, LesionPart, of_injection
from yttria.values.maps import ActivityMap, CountMap, Voi
from yttria.values.patient import AbsorbedDose, ActivityDistribution, EmissionAnatomy, PatientCase
from yttria.values.units import BQ_PER_GBQ, Bq, Gy
from yttria.values.uptake import ImageUptake

Findings = list[Finding]
COMMON_TO_ALL = {"density-default", "lung-mass-default", "lungs-outside", "perfused-absent", "tumour-absent"}
"""Findings about CT, lungs and structures: they are the whole case's, whatever image is looked at."""
Structure = TypeVar("Structure", Contour, Voi)
Steps = Callable[[PatientCase], tuple[EmissionAnatomy, ActivityDistribution, Findings]]


def has_several(patient_case: PatientCase) -> bool:
    """Tell whether activities of several injections are to be found; one alone is planned as ever, unless a vial holds it to a least activity."""
    injections = patient_case.injections
    return not patient_case.delivered and (len(injections) > 1 or any(i.least_bq > 0 for i in injections))


def own_images(patient_case: PatientCase) -> bool:
    """Tell whether each of several injections has an image of its own."""
    return has_several(patient_case) and all(i.emission is not None for i in patient_case.injections)


def structures_of(patient_case: PatientCase) -> tuple[Contour | Voi, ...]:
    """Return the structures of a case; those that its injections treat stand for the perfused ones."""
    structures: tuple[Contour | Voi, ...] = (*patient_case.contours, *patient_case.volumes)
    if not patient_case.injections:
        return structures
    others = tuple(s for s in structures if s.role != "perfused")
    treated = [s for i in patient_case.injections for s in _treated(patient_case, i)]
    return (*others, *dict.fromkeys(treated))


def _treated(patient_case: PatientCase, injection: Injection) -> tuple[Contour | Voi, ...]:
    """Return what an injection treats: what it names, else where its own image has counts in the liver, else what is drawn."""
    if injection.perfused:
        return injection.perfused
    structures: tuple[Contour | Voi, ...] = (*patient_case.contours, *patient_case.volumes)
    perfused = tuple(s for s in structures if s.role == "perfused")
    if injection.emission is None or (perfused and len(patient_case.injections) == 1):
        return perfused
    livers = [structure_on(s, injection.emission.grid) for s in structures if s.role == "liver"]
    return (uptake_territory(injection.emission, union(livers, role="liver"), name=injection.name),)


def perfused_volumes(patient_case: PatientCase, grid: Grid, liver: Voi) -> dict[str, Voi]:
    """Return what each of several injections treats, on a grid; the whole liver where nothing is drawn.

    Raises
    ------
    YttriaError
        A volume outside the image; two of one image that overlap; an own image without counts in the liver.
    """
    perfused: dict[str, Voi] = {}
    for injection in patient_case.injections:
        territory = [structure_on(s, grid) for s in _treated(patient_case, injection)] or [liver]
        perfused[injection.name] = union(
            territory, role="perfused", name=", ".join(dict.fromkeys(v.name for v in territory))
        )
    if not own_images(patient_case):
        require_apart(perfused)
    return perfused


def with_injections(volumes: Mapping[str, Voi], perfused: Mapping[str, Voi]) -> dict[str, Voi]:
    """Return volumes by role with those of each injection: perfused[NAME] inside the liver, and what is normal of it.

    A voxel of normal perfused liver that two injections share is divided as the voxel itself is.

    Raises
    ------
    IntakeError
        A perfused volume that lies wholly outside the liver.
    """
    volumes_by_role = dict(volumes)
    liver, normal = volumes["liver"], volumes.get("normal-perfused")
    for name, voi in perfused.items():
        inside = np.minimum(voi.share, liver.share)
        if not inside.any():
            raise IntakeError(
                f'what injection "{name}" treats must lie in the liver, but "{voi.name}" lies wholly outside it; check both contours',
                code="injection-outside-liver",
            )
        role = of_injection("perfused", name)
        volumes_by_role[role] = Voi(voi.name, role, liver.grid, inside)
        if normal is not None:
            part = normal.share * np.divide(
                inside, volumes["perfused"].share, out=np.zeros_like(inside), where=volumes["perfused"].share > 0
            ).clip(0, 1)
            if part.any():
                role = of_injection("normal-perfused", name)
                volumes_by_role[role] = Voi(f"normal liver of {name}", role, liver.grid, part)
    return volumes_by_role


def divided(patient_case: PatientCase, anatomy: EmissionAnatomy, whole: ActivityDistribution) -> ActivityDistribution:
    """Return the activity of several injections that one image shows: each by itself, and in proportion to their counts the image."""
    perfused = {i.name: anatomy.volumes[of_injection("perfused", i.name)] for i in patient_case.injections}
    liver, weights = anatomy.volumes["liver"], territory_weights(perfused)
    mine = divided_activity(whole.activity, patient_case.injections, weights, liver=liver, shunt=whole.shunt)
    united_whole = united(mine, _in_proportion({m.injection.name: m.counts_fraction for m in mine}))
    return replace(united_whole, image=whole.image)


def from_own_images(
    patient_case: PatientCase, anatomy: EmissionAnatomy, steps: Steps
) -> tuple[ActivityDistribution, Findings]:
    """Return the activity of several injections with an image each, and doubts by injection; together in proportion to what each treats.

    Parameters
    ----------
    steps
        The steps of a case of its own, up to its activity.
    """
    mine: list[InjectionActivity] = []
    images: list[ImageUptake] = []
    findings: Findings = []
    for injection in patient_case.injections:
        own_activity, image, more = _own_activity(patient_case, injection, anatomy, steps)
        mine.append(own_activity)
        images += [] if image is None else [image]
        findings += more
    sizes = {i.name: anatomy.volumes[of_injection("perfused", i.name)].ml for i in patient_case.injections}
    image = ImageUptake.least_favourable(images) if images else None
    return replace(united(mine, _in_proportion(sizes)), image=image), findings


def _in_proportion(sizes: Mapping[str, float]) -> dict[str, Bq]:
    """Return 1 GBq shared out in proportion to sizes."""
    total = sum(sizes.values())
    return {name: Bq(BQ_PER_GBQ * size / total) for name, size in sizes.items()}


def united(injections: Sequence[InjectionActivity], activities: Mapping[str, Bq]) -> ActivityDistribution:
    """Return the activity of injections that are given together."""
    activity, shunt = united_activity(injections, activities)
    return ActivityDistribution(activity, Bq(sum(activities.values())), shunt, tuple(injections))


def _others(structures: Sequence[Structure]) -> tuple[Structure, ...]:
    return tuple(s for s in structures if s.role != "perfused")


def _of_all(finding: Finding, patient_case: PatientCase) -> bool:
    """Tell whether a finding of a case of its own is one of the whole case: of the CT, the lungs, lesions that others treat."""
    return (
        finding.code in COMMON_TO_ALL or finding.code.endswith("-outside-perfused") or finding in patient_case.findings
    )


def _own_activity(
    patient_case: PatientCase, injection: Injection, anatomy: EmissionAnatomy, steps: Steps
) -> tuple[InjectionActivity, ImageUptake | None, Findings]:
    """Return the activity of an injection whose own image is quantified as a case of its own, what that shows, and its doubts by its name."""
    image = injection.emission
    if image is None:
        raise IntakeError(
            f'injection "{injection.name}" has no image of its own; name its emission', code="injection-image"
        )
    fraction = injection.shunt_fraction
    choices = patient_case.choices if fraction is None else replace(patient_case.choices, shunt_fraction=fraction)
    treated = _treated(patient_case, injection)
    alone = replace(
        patient_case,
        emission=image,
        contours=(*_others(patient_case.contours), *(t for t in treated if isinstance(t, Contour))),
        volumes=(*_others(patient_case.volumes), *(t for t in treated if isinstance(t, Voi))),
        injections=(),
        choices=choices,
    )
    there, distribution, findings = steps(alone)
    activity = distribution.activity
    share = counts_inside(activity, liver=there.volumes["liver"], perfused=there.volumes["perfused"])
    if image.grid != patient_case.emission.grid:
        dose = dose_on_grid(in_tissue(local_deposition(activity, there.density), there.density), anatomy.density.grid)
        activity = activity_of_dose(dose, anatomy.density, activity.nuclide)
        words = "lies on another grid than the first injection's: its dose, not its activity, is brought onto that grid"
        findings = [*findings, Finding("note", "dose-resampled", f"its image {words}")]
    activities = [
        replace(f, message=f'injection "{injection.name}": {f.message}')
        for f in findings
        if not _of_all(f, patient_case)
    ]
    mine = InjectionActivity(injection, activity, shunt_of(injection, distribution.shunt), share)
    return mine, distribution.image, activities


def with_doses(
    patient_case: PatientCase, anatomy: EmissionAnatomy, distribution: ActivityDistribution, absorbed: AbsorbedDose
) -> AbsorbedDose:
    """Return the absorbed dose of all injections together with that of each by itself, and the parts of lesions that they reach."""
    images = _images(patient_case, anatomy)
    doses = injection_doses(distribution, anatomy, images=images, index=absorbed.index)
    parts = lesion_parts(patient_case, anatomy, doses)
    first = tuple(p for p in parts if p.lesion == absorbed.index)
    perfused = {d.name: anatomy.volumes[of_injection("perfused", d.name)] for d in doses}
    reached_by = {r: reaching(v, perfused) for r, v in anatomy.volumes.items() if r.startswith("tumour-")}
    others = tuple(p for p in parts if p.lesion != absorbed.index)
    return replace(absorbed, injections=doses, parts=(*first, *others), reached_by=reached_by)


def _images(patient_case: PatientCase, anatomy: EmissionAnatomy) -> dict[str, CountMap | ActivityMap]:
    """Return the counts that show each injection alone, by its name, as far as they lie on the grid of the volumes; none where they are not relative."""
    emission = patient_case.emission
    if patient_case.choices.calibration != "relative":
        return {}
    if own_images(patient_case):
        emissions = {i.name: i.emission for i in patient_case.injections}
        return {name: image for name, image in emissions.items() if image is not None and image.grid == emission.grid}
    perfused = {i.name: anatomy.volumes[of_injection("perfused", i.name)] for i in patient_case.injections}
    numbers = emission.numbers.astype(np.float64)
    return {
        name: CountMap(emission.grid, (numbers * weight).astype(np.float32))
        for name, weight in territory_weights(perfused).items()
    }


def audit_partitions(doses: Sequence[InjectionDose]) -> Findings:
    """Return a warning for each dose of 1 GBq of an injection that the second reckoning finds more than 5 % away."""
    return [
        replace(finding, message=f'1 GBq of injection "{d.name}": {finding.message}')
        for d in doses
        for finding in audit_partition(d.doses_gy, d.partition_gy)
    ]


def with_judged_doses(absorbed: AbsorbedDose, alone: Callable[[Mapping[str, Bq]], AbsorbedDose]) -> AbsorbedDose:
    """Return the absorbed dose with the doses of each injection that aims and limits are judged by: with blur undone, as the site says.

    A part of a lesion is corrected as its lesion is. What is not corrected (an injection's own volumes) stays as seen.

    Parameters
    ----------
    alone
        The absorbed dose of activities, Bq by injection.
    """
    names = [i.name for i in absorbed.injections]
    judged: dict[str, Mapping[DoseName, Gy]] = {}
    for mine in absorbed.injections:
        doses = alone({name: Bq(BQ_PER_GBQ * (name == mine.name)) for name in names}).doses_gy
        judged[mine.name] = {name: doses.get(name, dose) for name, dose in mine.doses_gy.items()}
    image_doses = {i.name: i.doses_gy for i in absorbed.injections}

    def corrected_doses(part: LesionPart, name: str) -> Gy:
        dose = part.lesion.replace("tumour-", "TD_")
        before = image_doses[name][dose]
        return Gy(part.per_gbq[name] * judged[name][dose] / before) if before > 0 else part.per_gbq[name]

    return replace(
        absorbed,
        injections=tuple(replace(i, doses_gy=judged[i.name]) for i in absorbed.injections),
        parts=tuple(replace(p, per_gbq={n: corrected_doses(p, n) for n in names}) for p in absorbed.parts),
    )


def with_doses_of(absorbed: AbsorbedDose, united_dose: AbsorbedDose, activities: Mapping[str, Bq]) -> AbsorbedDose:
    """Return the dose of injections that are given together, with that of each by itself as it is known from `absorbed`.

    Named doses are the sums of those of the injections, so that they are the numbers that limits were kept with. A dose of one
    session has the budget of the dose of all; one of an injection's own volume (NPLD[NAME]) too, with wider contours.
    """
    amounts, budgets = [activities[d.name] for d in absorbed.injections], united_dose.relative_uncertainty
    doses = united_doses([d.doses_gy for d in absorbed.injections], amounts)
    own = {
        name: _own_budget(budgets[whole], name, united_dose.volumes)
        for name in doses
        if "[" in name and (whole := name.partition("[")[0]) in budgets
    }
    return replace(
        united_dose,
        doses_gy=doses,
        partition_gy=united_doses([d.partition_gy for d in absorbed.injections], amounts),
        relative_uncertainty={**budgets, **own},
        injections=absorbed.injections,
        parts=absorbed.parts,
        reached_by=absorbed.reached_by,
    )


def _own_budget(budget: Mapping[str, float], dose: str, volumes: Mapping[str, Voi]) -> dict[str, float]:
    """Return the budget of a dose in an injection's own volume: a contour counts for more in a smaller volume, u(V) / V ~ V^(-1/3).

    Source
    ------
    Gear et al., EJNMMI 2018;45:2456 (u(V) / V = 3 u(d) / d); that the part of a volume has its budget otherwise is Yttria's own.
    """
    name, _, injection = dose.removesuffix("]").partition("[")
    role = {"PLD": "perfused", "NPLD": "normal-perfused"}.get(name, "")
    own, whole = volumes.get(of_injection(role, injection)), volumes.get(role)
    wider = max((whole.ml / own.ml) ** (1 / 3), 1.0) if own is not None and whole is not None else 1.0
    return {cause: u * wider if "contour" in cause else u for cause, u in budget.items()}


def lesions_to_treat(patient_case: PatientCase, volumes: Mapping[str, Voi]) -> tuple[str, ...]:
    """Return the lesions by role, the largest first; where injections are given already, those that lie mostly in what is still to be given."""
    lesions = tuple(role for role in volumes if role.startswith("tumour-"))
    pending = [of_injection("perfused", i.name) for i in patient_case.injections if i.given is None]
    if not pending or len(pending) == len(patient_case.injections) or not has_several(patient_case):
        return lesions
    left = union([volumes[role] for role in pending], role="perfused")
    first = tuple(role for role in lesions if common_ml(volumes[role], left) > volumes[role].ml / 2)
    return (*first, *(role for role in lesions if role not in first))


def injection_doses(
    distribution: ActivityDistribution,
    anatomy: EmissionAnatomy,
    *,
    images: Mapping[str, CountMap | ActivityMap],
    index: str,
) -> tuple[InjectionDose, ...]:
    """Return the dose of 1 GBq of each injection by itself, by voxel and by name; with several sessions the lung dose of each as well.

    Parameters
    ----------
    images
        The counts that show each injection alone, for the second reckoning.
    """
    sessions = list(dict.fromkeys(m.injection.session for m in distribution.injections))
    results = []
    for mine in distribution.injections:
        dose = in_tissue(local_deposition(mine.activity, anatomy.density), anatomy.density)
        nuclide = mine.activity.nuclide
        doses = dict(
            named_doses(
                dose,
                anatomy.density,
                anatomy.volumes,
                administered=Bq(BQ_PER_GBQ),
                shunt=mine.shunt,
                nuclide=nuclide,
                index=index,
            )
        )
        if len(sessions) > 1:
            own = mine.injection.session
            doses |= {of_injection("LD", s): doses["LD"] if s == own else Gy(0.0) for s in sessions}
        image, in_liver = images.get(mine.injection.name), Bq(BQ_PER_GBQ * (1 - mine.shunt.fraction))
        partition = {} if image is None else partition_doses(image, anatomy.volumes, in_liver=in_liver, nuclide=nuclide)
        results.append(InjectionDose(mine.injection, dose, doses, mine.shunt, mine.counts_fraction, partition))
    return tuple(results)


def lesion_parts(
    patient_case: PatientCase, anatomy: EmissionAnatomy, doses: Sequence[InjectionDose]
) -> tuple[LesionPart, ...]:
    """Return the parts of lesions that injections reach, with the dose of 1 GBq of each injection in each."""
    volumes = anatomy.volumes
    perfused = {d.name: volumes[of_injection("perfused", d.name)] for d in doses}
    maps = {d.name: d.dose for d in doses}
    treated_parts = []
    for role in (r for r in volumes if r.startswith("tumour-")):
        lesion = volumes[role]
        parts = (
            parts_by_dose(lesion, perfused, maps) if own_images(patient_case) else parts_by_territory(lesion, perfused)
        )
        for name, part in parts.items():
            per_gbq = {d.name: mean_dose(d.dose, anatomy.density, part) for d in doses}
            treated_parts.append(LesionPart(role, name, part.ml, per_gbq))
    return tuple(treated_parts)


def united_doses(doses: Sequence[Mapping[DoseName, Gy]], activities: Sequence[Bq]) -> dict[DoseName, Gy]:
    """Return every named dose of injections that are given together: D = sum of a_r d_r, over names that every injection has."""
    return {
        name: Gy(math.fsum(d[name] * a / BQ_PER_GBQ for d, a in zip(doses, activities, strict=True)))
        for name in doses[0]
        if all(name in d for d in doses)
    }
