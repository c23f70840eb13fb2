"""Aims and limits -> activities. Every dose is linear in activity, so each question is one division."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from yttria.planning.activity_window import PERFUSED_NORMAL_GY, Sought, activity_window, sought_activity
from yttria.planning.compartment_models import (
    Compartments,
    activity_for_perfused_dose,
    administered_for,
    retained_in_liver,
)
from yttria.planning.contraindications import against_treating, contraindications, excluded_facts, site_judgements
from yttria.planning.earlier_treatment import ASSUMED_GY, earlier_dose_missing, earlier_dose_said, with_earlier_doses
from yttria.planning.eligibility import criteria
from yttria.planning.injection_options import Course, ErrorsOf, InjectionPlan, KnownErrors, limits_of_injections
from yttria.planning.possible_facts import ImagedFacts, treated_before
from yttria.planning.recommendation import (
    Basis,
    audit_targeting,
    by_harm,
    near_thresholds,
    recommended_plan,
    segment_approach,
)
from yttria.planning.rules import Aims, aims_for, limits_for
from yttria.planning.target_probability import DoseErrors, audit_kept, estimated, most_probable_activity
from yttria.values.errors import Finding, PlanError
from yttria.values.maps import Voi
from yttria.values.patient import AbsorbedDose, ClinicalFacts, PlanningOptions
from yttria.values.treatment import (
    ActivityWindow,
    Aim,
    Approach,
    DoseName,
    Estimated,
    Limit,
    LimitCheck,
    Option,
    Plan,
    TargetProbability,
)
from yttria.values.units import BQ_PER_GBQ, Bq, Gram, Gy, Ml

LESION_REACHED = (Ml(10.0), 0.10)
"""A perfused volume reaches a lesion of which it holds as much: mL, or share of the lesion (house)."""
EXACT = 9
"""Decimals of a share that is compared with a threshold: a sum's last bit decides nothing."""
EARLIER_DOSE = "contraindication-dose-of-an-earlier-treatment-not-said"
United = Callable[[Mapping[str, Bq]], AbsorbedDose]


def plan_of(
    absorbed: AbsorbedDose,
    *,
    facts: ClinicalFacts,
    choices: PlanningOptions,
    findings: Sequence[Finding] = (),
    united: United | None = None,
) -> tuple[Plan, tuple[Finding, ...]]:
    """Return the options side by side with what binds each, the one that is recommended and why.

    A = min(D_wish / d, min over limits (L - L_before) / d_L), with d the dose per Bq administered.

    Parameters
    ----------
    absorbed
        Doses of a known activity; maps and means hold (1 - LSF) already.
    facts, choices
        What decides which rules hold; a site's own aims and limits; an activity already decided.
    findings
        What was found on the way to the dose: while one of them is a stop, nothing is recommended.
    united
        With several injections: the absorbed dose of their activities, Bq by name, together.

    Returns
    -------
    tuple
        Plan and findings: aims and limits that the case does not let us judge, what is not reached, what is left out.

    Raises
    ------
    PlanError
        No approach has an aim and a dose here.
    QuantityError
        A site's limit of an unknown name.

    Notes
    -----
    Options of the label and of the partition model find their activity by their own formula; the doses shown are those of
    the voxel model at that activity, so that all options compare; what the formula itself predicts stands in `note`.

    Source
    ------
    Aims and limits carry theirs. Highest activity within limits: Chiesa et al., EJNMMI Phys 2021;8:77.
    """
    imaged = imaged_facts(absorbed)
    limits, site, earlier = applied_limits(facts, choices, imaged)
    aims, open_aims = aims_for(choices.product, facts, imaged.judged_reserve, choices, imaged)
    course = None if united is None else Course(absorbed, limits_of_injections(limits, absorbed))
    case = _Case(absorbed, limits if course is None else course.limits, choices, aims.tumour)
    found: list[Option | Finding]
    if course is None or united is None:
        found = [*_pursued(case, aims, facts, imaged), *_probable(case), *_modelled(case, aims), *_given(case)]
    else:
        found = list(_of_injections(course, united, aims, choices, facts, imaged))
    options = tuple(o for o in found if isinstance(o, Option))
    if not options:
        raise PlanError(
            "a plan needs an aim and a dose in its volume, but no approach has both; set [aims] in case.toml or check the volumes",
            code="aim-absent",
        )
    said = earlier_dose_said(limits, facts)
    against = contraindications(choices.product, facts, imaged, choices, earlier_dose_said=said)
    judged = (
        *excluded_facts(choices.product, facts),
        *(f for f in against_treating(against) if f.code != EARLIER_DOSE),
        *((_earlier_dose_missing(case),) if treated_before(facts) and not said else ()),
        *site,
        *site_judgements(choices),
        *audit_targeting(absorbed, facts),
    )
    eligibility = criteria(absorbed, facts=facts, choices=choices)
    basis = Basis(facts, choices, imaged, options, against, eligibility, (*findings, *judged))
    plan, advice = recommended_plan(basis)
    if course is not None and united is not None:
        clash = course.clash(aims.tumour) if aims.tumour is not None else None
        plan = replace(plan, clash={} if clash is None else clash.least_gy)
        found += course.unused(plan.shown.activities_bq)
        case = _Case(united(plan.shown.activities_bq), course.limits, choices, aims.tumour)
    plan = replace(plan, window=_window(case, aims, options))
    near = audit_kept(plan.shown) if plan.advised else ()
    left_out = tuple(o for o in found if isinstance(o, Finding))
    stated = (
        *judged,
        *advice,
        *near,
        *earlier,
        *case.unchecked(),
        *near_thresholds(choices, facts, imaged),
        *open_aims,
        *left_out,
    )
    return plan, by_harm((*stated, *_asides(plan, aims)))


def applied_limits(
    facts: ClinicalFacts, choices: PlanningOptions, imaged: ImagedFacts
) -> tuple[tuple[Limit, ...], tuple[Finding, ...], tuple[Finding, ...]]:
    """Return the limits with what was received before, what is to be said of the site's own, and of earlier doses.

    Raises
    ------
    QuantityError
        A site's limit of an unknown name.
    """
    limits, site = limits_for(choices.product, facts, imaged.judged_reserve, choices, imaged)
    limits = limits if imaged.tumour_drawn else tuple(_on_whole_liver(limit) for limit in limits)
    limits, earlier = with_earlier_doses(limits, choices.product, facts)
    return limits, site, earlier


def imaged_facts(absorbed: AbsorbedDose) -> ImagedFacts:
    """Return what the images say for the rules: reserve, tumour burden, lung shunt, whether a thrombus takes up."""
    doses, lungs = absorbed.doses_gy, absorbed.lungs
    thrombus, normal = doses.get("thrombus"), doses.get("NPLD")
    return ImagedFacts(
        reserve=round(float(absorbed.judged_reserve), EXACT),
        tumour_fraction=round(float(absorbed.tumour_share), EXACT),
        lung_shunt=round(float(absorbed.shunt.fraction if lungs is None else lungs.most_fraction), EXACT),
        tumour_drawn="TD" in doses,
        thrombus_takes_up=thrombus is not None and normal is not None and thrombus > normal,
    )


def _on_whole_liver(limit: Limit) -> Limit:
    """Return a limit on the whole normal liver as one on the whole liver, where no tumour is drawn."""
    if limit.volume != "WNLD":
        return limit
    words = f"{limit.condition}; tumour included, an upper bound of the whole normal liver"
    return replace(limit, name="whole-liver", volume="WLD", condition=words)


def _earlier_dose_missing(case: "_Case") -> Finding:
    """Return the stop for an earlier treatment of unsaid dose, with the activity that several doses would leave."""
    leaves = []
    for dose in ASSUMED_GY:
        limits = [
            replace(limit, already_gy=Gy(dose)) if limit.volume in {"WNLD", "WLD", "NPLD"} else limit
            for limit in case.limits
        ]
        top, binding = case.highest(limits)
        leaves.append((dose, f"{top / BQ_PER_GBQ:.2f} GBq ({binding})" if top > 0 else "nothing"))
    return earlier_dose_missing(leaves)


def decided_option(
    absorbed: AbsorbedDose, *, facts: ClinicalFacts, choices: PlanningOptions
) -> tuple[Option, tuple[Aim, ...]]:
    """Return the option of the activity that was given, each limit checked, and the aims that its doses can be held against.

    Raises
    ------
    PlanError
        No activity is given.
    QuantityError
        A site's limit of an unknown name.
    """
    imaged = imaged_facts(absorbed)
    limits, _, _ = applied_limits(facts, choices, imaged)
    aims, _ = aims_for(choices.product, facts, imaged.judged_reserve, choices, imaged)
    options = _given(_Case(absorbed, limits, choices, aims.tumour))
    if not options:
        raise PlanError(
            "an activity must be given to be judged, but [given] is absent; add it to case.toml", code="given-absent"
        )
    return options[0], tuple(aim for aim in (aims.tumour, aims.perfused) if aim and aim.volume in absorbed.doses_gy)


@dataclass(frozen=True, slots=True)
class _Case:
    """Doses per Bq beside the limits that hold."""

    absorbed: AbsorbedDose
    limits: tuple[Limit, ...]
    choices: PlanningOptions
    tumour_aim: Aim | None = None
    per_bq: Mapping[DoseName, float] = field(init=False)
    errors: DoseErrors = field(init=False)

    def __post_init__(self) -> None:
        per_bq = {name: dose / self.absorbed.activity_bq for name, dose in self.absorbed.doses_gy.items()}
        object.__setattr__(self, "per_bq", per_bq)
        object.__setattr__(self, "errors", DoseErrors(self.absorbed.relative_uncertainty))

    def lesion_aims(self) -> dict[DoseName, Gy]:
        """Return the aim of every treated lesion: PDA's; none where PDA has none."""
        if self.tumour_aim is None:
            return {}
        volumes, perfused = self.absorbed.volumes, self.absorbed.volumes.get("perfused")
        lesions = {role: voi for role, voi in volumes.items() if role.startswith("tumour-")}
        reached = [role for role, voi in lesions.items() if perfused is None or _holds_part(perfused, voi)]
        names = [name for role in reached if (name := role.replace("tumour-", "TD_")) in self.per_bq]
        return dict.fromkeys(names, self.tumour_aim.dose_gy)

    def recovered_ratio(self, name: DoseName) -> float | None:
        """Return a dose with blur undone over the same as seen; None where it is not known."""
        known = self.absorbed.recovered_gy.get(name)
        if name == "TD" and known is None:
            known = self.absorbed.recovered_gy.get(self.absorbed.index.replace("tumour-", "TD_"))
        seen = self.absorbed.doses_gy.get(name, Gy(0.0))
        return None if known is None or seen <= 0 else known / seen

    def highest(self, limits: Sequence[Limit]) -> tuple[float, str]:
        """Return the highest activity that the limits allow and the name of the one that says so."""
        allowed = [
            ((limit.limit_gy - limit.already_gy) / self.per_bq[limit.volume], limit.name)
            for limit in limits
            if self.per_bq.get(limit.volume, 0.0) > 0
        ]
        return min(allowed, default=(math.inf, ""))

    def without_upper_bound(self, facts: ClinicalFacts) -> "_Case":
        """Return the case without the upper bound on the whole liver that stands in for the normal liver: a first treatment alone is free of it."""
        if treated_before(facts) is not False:
            return self
        return replace(self, limits=tuple(x for x in self.limits if x.volume != "WLD"))

    def doses(self, activity: float) -> dict[DoseName, Gy]:
        """Return every named dose of an activity."""
        return {name: Gy(d * activity) for name, d in self.per_bq.items()}

    def option(
        self, approach: Approach, aim: Aim | None, wanted: float, *, extra: tuple[Limit, ...] = (), note: str = ""
    ) -> Option:
        """Return the option that gives `wanted`, or the highest activity that is allowed below it."""
        limits = (*self.limits, *extra)
        top, binding = self.highest(limits) if approach != "given" else (math.inf, "")
        activity = max(min(wanted, top), 0.0)
        held = top < wanted
        doses, corrected = self.doses(activity), self.corrected(activity)
        reached = aim is None or aim.reached_by(doses[aim.volume])
        cost = self._next(aim, wanted, reached=reached) if held else None
        return Option(
            approach=approach,
            activity_bq=Bq(activity),
            aim=aim,
            doses_gy=doses,
            checks=_checks(limits, doses, corrected),
            binding=binding if held else "",
            reached=reached,
            wished_activity_bq=cost,
            wished_doses_gy=self.doses(cost) if cost is not None else {},
            dvh={role: dvh.times(activity / self.absorbed.activity_bq) for role, dvh in self.absorbed.dvh.items()},
            uncertainty=self.uncertainty(doses),
            note=note,
            probability=self.probability(doses, aim, limits),
            corrected_gy=corrected,
            uncorrected_gy=self.uncorrected(activity),
        )

    def corrected(self, activity: float) -> dict[DoseName, Gy]:
        """Return the doses of an activity corrected for blur, as far as they are known."""
        absorbed = self.absorbed
        known = {name: absorbed.recovered_gy.get(name) for name in absorbed.doses_gy}
        known["TD"] = absorbed.recovered_gy.get(absorbed.index.replace("tumour-", "TD_"))
        return {
            name: Gy(dose * activity / absorbed.activity_bq)
            for name, dose in known.items()
            if dose is not None and name in absorbed.doses_gy
        }

    def uncorrected(self, activity: float) -> dict[DoseName, Gy]:
        """Return the doses of an activity as the image has them, where corrected ones judge."""
        ratio = activity / self.absorbed.activity_bq
        return {name: Gy(dose * ratio) for name, dose in self.absorbed.uncorrected_gy.items()}

    def uncertainty(self, doses: Mapping[DoseName, Gy]) -> dict[DoseName, Estimated]:
        """Return each dose with its 95 % interval, known blur within it."""
        found = {}
        for name, factors in self.absorbed.relative_uncertainty.items():
            if name in doses:
                ratio = self.recovered_ratio(name)
                found[name] = estimated(
                    doses[name], factors, recovered=None if ratio is None else Gy(doses[name] * ratio)
                )
        return found

    def probability(
        self, doses: Mapping[DoseName, Gy], aim: Aim | None, limits: Sequence[Limit]
    ) -> TargetProbability | None:
        """Return how probable aims and limits are; None where no budget was made."""
        if not self.absorbed.relative_uncertainty:
            return None
        aims = self.lesion_aims() | ({} if aim is None else {aim.volume: aim.dose_gy})
        return self.errors.of_option(doses, aims, limits)

    def _next(self, aim: Aim | None, wanted: float, *, reached: bool) -> Bq:
        """Return the activity of the nearest thing that a limit forbids: the aim itself, or the wish where the aim is met."""
        if aim is None or reached:
            return Bq(wanted)
        return Bq(min(wanted, aim.dose_gy / self.per_bq[aim.volume]))

    def unchecked(self) -> tuple[Finding, ...]:
        """Return a finding for each limit whose volume has no dose here."""
        return tuple(
            Finding(
                "warning",
                f"limit-unchecked-{x.name}",
                f"{x.volume} has no dose here, so its limit of {x.limit_gy:g} Gy ({x.source}) was not checked; give the volume",
            )
            for x in self.limits
            if x.volume not in self.per_bq
        )


def _checks(
    limits: Sequence[Limit], doses: Mapping[DoseName, Gy], corrected: Mapping[DoseName, Gy]
) -> tuple[LimitCheck, ...]:
    """Return each limit beside the dose that it judges and the same corrected for blur, what was received before in both."""
    return tuple(
        LimitCheck(
            x,
            Gy(doses[x.volume] + x.already_gy),
            Gy(corrected[x.volume] + x.already_gy) if x.volume in corrected else None,
        )
        for x in limits
        if x.volume in doses
    )


# ------------------------------------------------------------------ options


def _pursued(case: _Case, aims: Aims, facts: ClinicalFacts, imaged: ImagedFacts) -> list[Option | Finding]:
    """Return the options that pursue an aim in the voxel model: PDA, SDA, PDA-PLD, tolerance.

    In segmentectomy the aim on the perfused volume is meant for one compartment: its sources reckoned so.
    """
    pursued: tuple[tuple[Approach, Aim | None], ...] = (
        ("PDA", aims.tumour),
        ("SDA", aims.perfused),
        ("PDA-PLD", aims.perfused_only),
    )
    found: list[Option | Finding] = []
    for approach, aim in pursued:
        if aim is None:
            continue
        per_bq = case.per_bq.get(aim.volume, 0.0)
        if per_bq <= 0:
            found.append(_left_out(approach, f"{aim.volume} has no dose here; check the volume and its uptake"))
        elif approach == segment_approach(facts, case.choices.product) and "perfused" in case.absorbed.mass_g:
            found.append(_one_compartment(case, approach, aim))
        elif approach == "PDA":
            sought = _sought(case, aim)
            found.append(case.option(approach, aim, sought.activity, note=sought.why))
        else:
            within = case if approach == "SDA" or imaged.tumour_drawn else case.without_upper_bound(facts)
            extra = aims.perfused_only_limits if approach == "PDA-PLD" else ()
            found.append(within.option(approach, aim, aim.dose_gy / per_bq, extra=extra))
    return [*found, *_tolerance(case, aims, found)]


def _one_compartment(case: _Case, approach: Approach, aim: Aim) -> Option:
    """Return segmentectomy's option: A = D m / (k (1 - LSF)) with m the perfused volume's mass; the image's PLD stands beside."""
    shunt, mass = case.absorbed.shunt.fraction, case.absorbed.mass_g["perfused"]
    wanted = activity_for_perfused_dose(aim.dose_gy, mass, case.choices.nuclide, shunt=shunt)
    option = case.option(approach, aim, wanted)
    inside = aim.dose_gy * option.activity_bq / wanted
    note = f"one compartment of {mass:.0f} g, as the aim's sources reckon it: {inside:.0f} of {aim.dose_gy:g} Gy; the image's PLD is {option.doses_gy['PLD']:.0f} Gy"
    return replace(option, reached=aim.reached_by(inside), note=note)


def _tolerance(case: _Case, aims: Aims, found: Sequence[Option | Finding]) -> list[Option | Finding]:
    """Return resin's option where PDA misses its aim or has none: as much as the limits leave, at most the aim."""
    aim = aims.tolerance
    missed = all(not (isinstance(o, Option) and o.approach == "PDA" and o.reached) for o in found)
    if aim is None or not missed or case.per_bq.get(aim.volume, 0.0) <= 0:
        return []
    most = aim.wished_gy or aim.dose_gy
    named = aims.tumour is not None
    option = case.option("tolerance", aim if named else None, most / case.per_bq[aim.volume])
    words = "the aim" if named else f"{most:g} Gy to the tumours, {aim.source}"
    return [replace(option, note=f"as much as the limits leave, at most {words}")]


def _sought(case: _Case, aim: Aim) -> Sought:
    """Return what PDA asks for before limits hold it down."""
    glass = case.choices.product.key == "glass"
    return sought_activity(
        aim,
        case.per_bq,
        case.limits,
        case.errors,
        recovered_ratio=case.recovered_ratio(aim.volume),
        perfused_normal_gy=PERFUSED_NORMAL_GY if glass else None,
    )


def _probable(case: _Case) -> list[Option | Finding]:
    """Return the option that most probably reaches the aim of every treated lesion while each limit is kept with 90 %."""
    aim, aims = case.tumour_aim, case.lesion_aims()
    if aim is None or not aims or not case.absorbed.relative_uncertainty:
        return []
    activity, probable = most_probable_activity(case.errors, case.per_bq, aims, case.limits)
    count = "the lesion's aim" if len(aims) == 1 else f"the aims of all {len(aims)} lesions"
    note = f"{count} ({aim.dose_gy:g} Gy) are reached with {100 * probable:.0f} %, each limit kept with 90 % or more"
    return [case.option("probability", aim, activity, note=note)]


def _window(case: _Case, aims: Aims, options: Sequence[Option]) -> ActivityWindow | None:
    """Return the plan's window: its own aims, standard, label and limits along the activity."""
    own = [aims.tumour, aims.perfused_only, aims.hypertrophy]
    steps = [(a.volume, gy) for a in own if a for gy in (a.dose_gy, a.sought_gy, a.wished_gy) if gy is not None]
    standard = {
        name: float(aim.dose_gy / case.per_bq[aim.volume])
        for name, aim in (("SDA", aims.perfused),)
        if aim and case.per_bq.get(aim.volume, 0.0) > 0
    }
    if aims.label is not None and any(o.approach == "label" for o in options):
        standard["label"] = float(_label_activity(case, aims.label))
    pursued = aims.tumour or aims.perfused_only or aims.perfused
    return activity_window(
        case.per_bq, wanted=steps, limits=case.limits, standard=standard, errors=case.errors, aim=pursued
    )


def _holds_part(perfused: Voi, lesion: Voi) -> bool:
    """Tell whether a perfused volume holds 10 mL or 10 % of a lesion."""
    held = np.minimum(perfused.share, lesion.share).sum(dtype=np.float64) * lesion.grid.voxel_ml
    most_ml, most_share = LESION_REACHED
    return bool(held >= most_ml or held >= most_share * lesion.ml)


def _modelled(case: _Case, aims: Aims) -> list[Option | Finding]:
    """Return the options whose activity a formula without voxels finds: label and partition."""
    if case.choices.product.key == "resin":
        label: Option | Finding = _left_out(
            "label", "the body-surface formula was recalled, not checked against its print; yttria calc bsa shows it"
        )
    else:
        label = _label(case, aims.label)
    return [label, _partition(case, aims.tumour)]


def _label(case: _Case, aim: Aim | None) -> Option | Finding:
    """Return the label's option: one compartment of the perfused volume at the product's density."""
    product, perfused = case.choices.product, case.absorbed.volumes.get("perfused")
    if aim is None or perfused is None or "PLD" not in case.per_bq:
        return _left_out("label", "it needs a perfused volume and an aim for it")
    wanted = _label_activity(case, aim)
    note = f"{product.formula}: {perfused.ml:.0f} mL at {product.density_g_per_ml:g} g/mL ({product.density_source}) need {wanted / BQ_PER_GBQ:.3g} GBq for {aim.dose_gy:g} Gy"
    return case.option("label", aim, wanted, note=note)


def _label_activity(case: _Case, aim: Aim) -> Bq:
    """Return the activity of the label's formula: the perfused volume at the product's density."""
    mass = Gram(case.absorbed.volumes["perfused"].ml * case.choices.product.density_g_per_ml)
    return activity_for_perfused_dose(aim.dose_gy, mass, case.choices.nuclide, shunt=case.absorbed.shunt.fraction)


def _partition(case: _Case, aim: Aim | None) -> Option | Finding:
    """Return the partition model's option: all tumour in the perfused volume as one, T/N from the same image."""
    model = _two_compartments(case)
    if aim is None or model is None or case.per_bq[aim.volume] <= 0:
        return _left_out(
            "partition", "it needs a tumour aim, and tumour and normal liver with uptake in the perfused volume"
        )
    nuclide, shunt = case.choices.nuclide, case.absorbed.shunt.fraction
    wanted = Gy(_sought(case, aim).activity * case.per_bq[aim.volume])
    lodging = model.lodging_for_lesion(wanted, nuclide)
    option = case.option("partition", aim, administered_for(lodging, shunt))
    if option.activity_bq <= 0:
        return option
    inside = retained_in_liver(option.activity_bq, shunt)
    tumour, normal = model.lesion_doses(inside, nuclide)[0], model.normal_dose(inside, nuclide)
    note = f"tumour {model.lesion_g[0]:.0f} g, normal {model.normal_g:.0f} g, T/N {model.ratio[0]:.2f}: the model itself predicts {tumour:.0f} Gy to all tumour and {normal:.0f} Gy to the perfused normal liver at this activity"
    return replace(option, note=note)


def _two_compartments(case: _Case) -> Compartments | None:
    """Return the partition model of the perfused volume: masses at the product's density, T/N of the mean doses."""
    volumes, mass = case.absorbed.volumes, case.absorbed.mass_g
    if not {"perfused", "normal-perfused"} <= set(volumes) or not {"TD", "PLD", "NPLD"} <= set(case.per_bq):
        return None
    tumour_g = mass["perfused"] - mass["normal-perfused"]
    in_tumour = case.per_bq["PLD"] * mass["perfused"] - case.per_bq["NPLD"] * mass["normal-perfused"]
    tumour_ml = Ml(volumes["perfused"].ml - volumes["normal-perfused"].ml)
    if min(tumour_g, tumour_ml, in_tumour, case.per_bq["NPLD"]) <= 0:
        return None
    density = case.choices.product.density_g_per_ml
    ratio = in_tumour / tumour_g / case.per_bq["NPLD"]
    return Compartments(Gram(volumes["normal-perfused"].ml * density), (Gram(tumour_ml * density),), (ratio,))


def _given(case: _Case) -> tuple[Option, ...]:
    """Return the option of an activity that is already decided; no limit holds it down, each is checked."""
    given = case.choices.given
    return () if given is None else (case.option("given", None, given.activity_bq),)


def _left_out(approach: str, why: str) -> Finding:
    return Finding("note", f"option-absent-{approach}", f"option {approach} is left out: {why}")


# ------------------------------------------------------ several injections


def _of_injections(
    course: Course, united: United, aims: Aims, choices: PlanningOptions, facts: ClinicalFacts, imaged: ImagedFacts
) -> Iterator[Option | Finding]:
    """Return the options of several injections: each finds an activity for each of them, and is judged on all of them together."""

    def case_of(activities: Mapping[str, Bq]) -> _Case:
        return _Case(united(activities), course.limits, choices, aims.tumour)

    def errors_of(activities: Mapping[str, Bq]) -> KnownErrors:
        case = case_of(activities)
        return KnownErrors(case.errors, None if aims.tumour is None else case.recovered_ratio(aims.tumour.volume))

    wanted = list(_wanted_of_injections(course, aims, choices, facts, imaged, errors_of))
    pda = next((w.plan for w in wanted if w.approach == "PDA"), None)
    if aims.tolerance is not None and (pda is None or not pda.reached):
        wanted.append(_tolerance_of_injections(course, aims.tolerance, named=aims.tumour is not None))
    for one in wanted:
        if one.plan is None:
            yield _left_out(
                one.approach, "no injection is left to be planned, or a volume that it needs takes up nothing"
            )
            continue
        case = case_of(one.plan.activities)
        option = case.option(
            one.approach, one.aim, math.fsum(one.plan.activities.values()), extra=one.extra, note=one.plan.note
        )
        yield replace(
            option,
            reached=one.plan.reached,
            activities_bq=one.plan.activities,
            binding=next(iter(one.plan.binding), ""),
            bindings=one.plan.binding,
        )
    yield from course.unreached_targets()


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An option of several injections before it is judged."""

    approach: Approach
    aim: Aim | None
    plan: InjectionPlan | None
    extra: tuple[Limit, ...] = ()


def _wanted_of_injections(
    course: Course,
    aims: Aims,
    choices: PlanningOptions,
    facts: ClinicalFacts,
    imaged: ImagedFacts,
    errors_of: ErrorsOf,
) -> Iterator[_Wanted]:
    """Return what each approach gives of each injection."""
    if not course.pending:
        yield _Wanted("given", None, course.given_plan())
        return
    if (tumour := aims.tumour) is not None:
        yield _Wanted("PDA", tumour, course.sought_plan(tumour, choices, errors_of))
    free = course if imaged.tumour_drawn or treated_before(facts) is not False else course.without("WLD")
    on_perfused: tuple[tuple[Approach, Aim | None, Course, tuple[Limit, ...]], ...] = (
        ("SDA", aims.perfused, course, ()),
        ("PDA-PLD", aims.perfused_only, free, aims.perfused_only_limits),
    )
    for approach, aim, within, extra in on_perfused:
        if aim is None:
            continue
        if approach == segment_approach(facts, choices.product):
            yield _Wanted(approach, aim, course.compartment_plan(aim, choices))
        else:
            yield _Wanted(approach, aim, within.perfused_plan(aim, extra=extra), extra)
    if tumour is not None and course.absorbed.relative_uncertainty:
        yield _Wanted("probability", tumour, course.probable_plan(tumour, errors_of))
    if aims.label is not None and choices.product.key != "resin":
        yield _Wanted("label", aims.label, course.compartment_plan(aims.label, choices, label=True))


def _tolerance_of_injections(course: Course, aim: Aim, *, named: bool) -> _Wanted:
    """Return resin's option where PDA misses its aim or has none: as much as the limits leave, at most the aim."""
    most = aim.wished_gy or aim.dose_gy
    plan = course.tumour_plan(aim, most)
    words = "the aim" if named else f"{most:g} Gy to the tumours, {aim.source}"
    if plan is not None:
        plan = replace(
            plan, note=f"as much as the limits leave, at most {words}", reached=plan.reached if named else True
        )
    return _Wanted("tolerance", aim if named else None, plan)


def _asides(plan: Plan, aims: Aims) -> tuple[Finding, ...]:
    """Return what stands beside the plan: the dose for growth, what no verified model exists for."""
    found = []
    option, wanted = plan.shown, aims.hypertrophy
    if wanted is not None and not wanted.reached_by(option.doses_gy.get(wanted.volume, math.inf)):
        words = f"{wanted.volume} is {option.doses_gy[wanted.volume]:.0f} Gy; for the other lobe to grow, {wanted.dose_gy:g} Gy or more is wanted ({wanted.source})"
        found.append(Finding("note", "hypertrophy-not-reached", words))
    words = "TCP and NTCP are not stated: no preset is verified for planning on MAA images"
    return (*found, Finding("note", "no-probabilities", words))
