"""Activities of several injections: what each option of a plan gives of each, within limits that hold for all and for each."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from scipy.special import ndtri

from yttria.planning.activity_window import PERFUSED_NORMAL_GY, sought_activity
from yttria.planning.compartment_models import activity_for_perfused_dose
from yttria.planning.multi_injection import Clash, DoseRow, Optimum, clash_of, optimal_activities
from yttria.planning.target_probability import CERTAIN, LIMIT_PROBABILITY, DoseErrors
from yttria.values.aims_limits import Aim, DoseName, Limit
from yttria.values.errors import Finding
from yttria.values.injection import InjectionDose, LesionPart, of_injection
from yttria.values.patient import AbsorbedDose, PlanningOptions
from yttria.values.units import BQ_PER_GBQ, Bq, Gram, Gy

Activities = Mapping[str, Bq]
ONE_SESSION = "lung"
MOST_OF_AIM = 3.0
"""What the most probable plan seeks at most, of the aim (house): a wide budget asks for no end."""


def limits_of_injections(limits: Sequence[Limit], absorbed: AbsorbedDose) -> tuple[Limit, ...]:
    """Return the limits of a plan with those of each injection and each session beside them.

    A limit on the perfused normal liver holds for all perfused volumes together and for each; the lung limit of a session for the
    injections of that session, the cumulative one for all.
    """
    names = [i.name for i in absorbed.injections]
    sessions = list(dict.fromkeys(i.session for i in absorbed.injections))
    results: list[Limit] = []
    for limit in limits:
        if limit.name == ONE_SESSION and len(sessions) > 1:
            results += [_own(limit, session) for session in sessions]
            continue
        results.append(limit)
        if limit.volume == "NPLD" and len(names) > 1:
            results += [_own(limit, name) for name in names if of_injection("NPLD", name) in absorbed.doses_gy]
    return tuple(results)


def _own(limit: Limit, word: str) -> Limit:
    return replace(limit, name=of_injection(limit.name, word), volume=of_injection(limit.volume, word))


@dataclass(frozen=True, slots=True)
class KnownErrors:
    """The errors of the doses of activities that are given together, and the aim's dose with blur undone over the same as seen."""

    errors: DoseErrors
    recovered_ratio: float | None


ErrorsOf = Callable[[Activities], KnownErrors]


@dataclass(frozen=True, slots=True)
class InjectionPlan:
    """What an option gives of each injection.

    Parameters
    ----------
    activities
        Administered, Bq, by injection, those that are given included.
    binding
        Names of the limits that hold it down.
    reached
        Whether every part reaches its aim.
    """

    activities: Activities
    binding: tuple[str, ...]
    reached: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """Injections of one course: the dose of 1 GBq of each, the limits that hold, what is given already.

    Parameters
    ----------
    limits
        From `limits_of_injections`.
    """

    absorbed: AbsorbedDose
    limits: tuple[Limit, ...]

    @property
    def injections(self) -> tuple[InjectionDose, ...]:
        """Return every injection."""
        return self.absorbed.injections

    @property
    def pending(self) -> tuple[InjectionDose, ...]:
        """Return the injections whose activity is to be found."""
        return tuple(i for i in self.injections if i.injection.given is None)

    @property
    def decided_activities(self) -> dict[str, Bq]:
        """Return the activities that are decided, Bq, by injection."""
        return {i.name: i.injection.given.activity_bq for i in self.injections if i.injection.given is not None}

    def without(self, volume: DoseName) -> "Course":
        """Return the course without the limits on a volume."""
        return replace(self, limits=tuple(x for x in self.limits if x.volume != volume))

    def already(self, name: DoseName) -> Gy:
        """Return the dose of what is given already."""
        activities = self.decided_activities
        return Gy(
            math.fsum(
                i.doses_gy.get(name, 0.0) * activities[i.name] / BQ_PER_GBQ
                for i in self.injections
                if i.name in activities
            )
        )

    def rows(self, extra: Sequence[Limit] = ()) -> tuple[DoseRow, ...]:
        """Return the limits as sums over the injections that are to be planned."""
        return tuple(
            DoseRow(x.name, self._per_gbq(x.volume), x.limit_gy, Gy(x.already_gy + self.already(x.volume)))
            for x in (*self.limits, *extra)
            if x.volume in self.absorbed.doses_gy
        )

    def _per_gbq(self, name: DoseName) -> tuple[float, ...]:
        return tuple(i.doses_gy.get(name, 0.0) for i in self.pending)

    @property
    def least_gbq(self) -> tuple[float, ...]:
        """Return the smallest activity that each pending injection can have, GBq."""
        return tuple(i.injection.least_bq / BQ_PER_GBQ for i in self.pending)

    # ------------------------------------------------------------- targets

    def parts_of(self, lesion: str) -> tuple[LesionPart, ...]:
        """Return the parts of a lesion that injections reach."""
        return tuple(p for p in self.absorbed.parts if p.lesion == lesion)

    def targets(self, sought: Gy) -> tuple[DoseRow, ...]:
        """Return the targets: the index lesion by its parts, and for an injection that does not reach it its part of the largest lesion that it reaches.

        Where injections are given, those to be planned alone have parts; a lesion in which none of them has one counts whole.
        """
        pending = {i.name for i in self.pending}
        index = self.absorbed.index
        mine = [p for p in self.parts_of(index) if p.injection in pending]
        rows = [self._row(p, sought) for p in mine] or ([self._whole(index, sought)] if index else [])
        reached_by = self.absorbed.reached_by
        for name in (i.name for i in self.pending if i.name not in reached_by.get(index, ())):
            part = self._largest_reached(name)
            if part is not None:
                rows.append(self._row(part, sought))
        return tuple({r.name: r for r in rows}.values())

    def unreached_targets(self) -> tuple[Finding, ...]:
        """Return a warning where no injection to be planned reaches the index lesion: it is left out of what activities are sought for."""
        index, pending = self.absorbed.index, {i.name for i in self.pending}
        if not index or not pending or pending & set(self.absorbed.reached_by.get(index, ())):
            return ()
        name = self.absorbed.volumes[index].name
        message = f'no injection to be planned reaches the index lesion "{name}" (10 mL or 10 % of it in a perfused volume): no activity is sought for it; add an injection, or name another index'
        return (Finding("warning", "target-not-reached", message, {"lesion": name}),)

    def _largest_reached(self, injection: str) -> LesionPart | None:
        """Return an injection's part of the largest lesion that it reaches; None where that part is left out."""
        reached = [lesion for lesion, names in self.absorbed.reached_by.items() if injection in names]
        largest = max(reached, key=lambda lesion: self.absorbed.volumes[lesion].ml, default="")
        return next((p for p in self.parts_of(largest) if p.injection == injection), None)

    def _row(self, part: LesionPart, sought: Gy) -> DoseRow:
        activities = self.decided_activities
        there = math.fsum(part.per_gbq[name] * bq / BQ_PER_GBQ for name, bq in activities.items())
        name = part.lesion.replace("tumour-", "TD_")
        label = of_injection(name, part.injection) if len(self.parts_of(part.lesion)) > 1 else name
        return DoseRow(label, tuple(part.per_gbq[i.name] for i in self.pending), sought, Gy(there))

    def _whole(self, lesion: str, sought: Gy) -> DoseRow:
        name = lesion.replace("tumour-", "TD_")
        return DoseRow(name, self._per_gbq(name), sought, self.already(name))

    def part_doses(self, lesion: str, activities: Activities) -> dict[str, Gy]:
        """Return the dose of each part of a lesion, by injection."""
        return {
            p.injection: Gy(math.fsum(p.per_gbq[name] * bq / BQ_PER_GBQ for name, bq in activities.items()))
            for p in self.parts_of(lesion)
        }

    # ------------------------------------------------------------- options

    def tumour_plan(self, aim: Aim, sought: Gy, *, limits: Sequence[DoseRow] | None = None) -> InjectionPlan | None:
        """Return the activities that raise the smallest dose of the targets, each counted up to what is sought; None where no activity is left.

        Parameters
        ----------
        limits
            In the place of the plan's own.
        """
        targets = [t for t in self.targets(sought) if any(t.per_gbq)]
        if not targets or not self.pending:
            return None
        rows = self.rows() if limits is None else tuple(limits)
        result = optimal_activities(targets, rows, cost=self._cost, least_gbq=self.least_gbq)
        if result is None:  # what was there before exceeds a limit
            result = Optimum((0.0,) * len(self.pending), tuple(r.name for r in rows if r.already_gy > r.gy))
        planned = {i.name: a * BQ_PER_GBQ for i, a in zip(self.pending, result.activities_gbq, strict=True)}
        activities = self._with_decided(planned)
        return InjectionPlan(activities, result.binding, self.reaches(aim, activities))

    def sought_plan(self, aim: Aim, choices: PlanningOptions, errors_of: ErrorsOf) -> InjectionPlan | None:
        """Return the activities that PDA seeks: a threshold is not a target.

        A wish that is stated is sought as it stands. Another is gone on to from what is sought first only within limits that are each kept
        with 90 % (and, for glass, 120 Gy to the perfused normal liver). Without a wish, up to where the lower end of the 95 % interval
        reaches the aim, at most 1.25 times the aim.
        """
        first = self.tumour_plan(aim, aim.sought_gy or aim.wished_gy or aim.dose_gy)
        if first is None or (aim.wished_gy is not None and aim.sought_gy is None):
            return first
        errors = errors_of(first.activities)
        if aim.wished_gy is None:
            alone = sought_activity(aim, {aim.volume: 1.0}, (), errors.errors, recovered_ratio=errors.recovered_ratio)
            return replace(self.tumour_plan(aim, Gy(alone.activity)) or first, note=alone.why)
        words = f"{aim.sought_gy:g} Gy is sought and no more"
        if (unknown := self._unknown()) or first.binding:
            return replace(first, note=f"{words}: the dose of {unknown[0]} is not known" if unknown else words)
        further = self.tumour_plan(
            aim, aim.wished_gy, limits=self._rows_of_certain_limits(errors.errors, glass=choices.product.key == "glass")
        )
        lowest = (
            None
            if further is None
            else min(t.dose(self._of_pending(further)) for t in self.targets(aim.wished_gy) if any(t.per_gbq))
        )
        if further is None or lowest is None or lowest <= (aim.sought_gy or 0) * (1 + 1e-9):
            return replace(first, note=f"{words}: the limits are kept with {100 * LIMIT_PROBABILITY:.0f} % only so far")
        if not further.binding:
            return replace(
                further,
                note=f"the wish of {aim.wished_gy:g} Gy is sought: every limit is kept with {100 * LIMIT_PROBABILITY:.0f} %",
            )
        words = f"more than {aim.sought_gy:g} Gy is sought, but not the wish of {aim.wished_gy:g} Gy: {', '.join(further.binding)} only so far with {100 * LIMIT_PROBABILITY:.0f} %"
        return replace(further, binding=(), note=words)

    def _of_pending(self, plan: InjectionPlan) -> tuple[float, ...]:
        return tuple(plan.activities[i.name] / BQ_PER_GBQ for i in self.pending)

    def _rows_of_certain_limits(self, errors: DoseErrors, *, glass: bool = False) -> tuple[DoseRow, ...]:
        """Return the limits at which each is kept with 90 %; for glass with 120 Gy to the perfused normal liver beside them."""
        results = []
        for limit, row in zip(self._judged(), self.rows(), strict=True):
            room = (limit.limit_gy - limit.already_gy) / (1 + ndtri(LIMIT_PROBABILITY) * errors.relative(limit.volume))
            results.append(replace(row, gy=Gy(max(limit.already_gy + room, 1e-9))))
        if glass:
            results += self.rows((Limit("perfused-normal", "NPLD", PERFUSED_NORMAL_GY, "house"),))[
                len(self._judged()) :
            ]
        return tuple(results)

    def _judged(self) -> tuple[Limit, ...]:
        return tuple(x for x in self.limits if x.volume in self.absorbed.doses_gy)

    def _unknown(self) -> tuple[str, ...]:
        """Return the limits whose dose is not known."""
        return tuple(x.name for x in self._judged() if x.is_unknown(self.absorbed.doses_gy[x.volume]))

    @property
    def _cost(self) -> tuple[float, ...]:
        return self._per_gbq("WNLD" if "WNLD" in self.absorbed.doses_gy else "WLD")

    def probable_plan(self, aim: Aim, errors_of: ErrorsOf) -> InjectionPlan | None:
        """Return the activities that most probably bring every target to the aim while each limit is kept with 90 %.

        More dose never makes an aim less probable, so the smallest dose is raised as far as the limits are kept with 90 %, up to where the
        aim is certain (0.999).
        """
        first = self.tumour_plan(aim, aim.dose_gy)
        if first is None or self._unknown():
            return None
        errors = errors_of(first.activities).errors
        low = 1 - ndtri(CERTAIN) * errors.relative(aim.volume)
        most = Gy(aim.dose_gy / max(low, 1 / MOST_OF_AIM))
        plan = self.tumour_plan(aim, most, limits=self._rows_of_certain_limits(errors))
        words = f"the aim of {aim.dose_gy:g} Gy as probable in every target as it can be, each limit kept with {100 * LIMIT_PROBABILITY:.0f} % or more"
        return None if plan is None else replace(plan, note=words)

    def reaches(self, aim: Aim, activities: Activities) -> bool:
        """Tell whether a tumour aim is reached: in every part of the index lesion, in the whole of one that counts whole."""
        doses = list(self.part_doses(self.absorbed.index, activities).values())
        if not doses:
            doses = [
                Gy(math.fsum(i.doses_gy.get("TD", 0.0) * activities[i.name] / BQ_PER_GBQ for i in self.injections))
            ]
        return all(aim.reached_by(d) for d in doses)

    def perfused_plan(self, aim: Aim, *, extra: Sequence[Limit] = ()) -> InjectionPlan | None:
        """Return the activities that give each perfused volume its own aim by its own injection alone; beyond a limit all by one factor.

        None where a volume takes up nothing.
        """
        activities = self.perfused_activities(aim)
        if not activities:
            return None
        return self._scaled(aim, activities, extra, "each injection alone gives its own perfused volume the aim")

    def perfused_activities(self, aim: Aim) -> Activities:
        """Return the activities that give each perfused volume its own aim by its own injection alone, limits aside; empty where a volume takes up nothing."""
        own = {i.name: i.doses_gy.get(of_injection("PLD", i.name), 0.0) for i in self.pending}
        if not own or min(own.values()) <= 0:
            return {}
        return {name: Bq(aim.dose_gy / d * BQ_PER_GBQ) for name, d in own.items()}

    def compartment_plan(self, aim: Aim, choices: PlanningOptions, *, label: bool = False) -> InjectionPlan:
        """Return the activities of one compartment for each perfused volume, A = D m / (k (1 - LSF)); beyond a limit all by one factor.

        Parameters
        ----------
        label
            The product's own formula: the volume at its density; otherwise the mass as weighted by density.
        """
        product, activities = choices.product, self.compartment_activities(aim, choices, label=label)
        words = "one compartment for each injection's volume, as the aim's sources reckon it"
        if label:
            words = f"{product.formula} for each injection's volume at {product.density_g_per_ml:g} g/mL ({product.density_source})"
        return self._scaled(aim, activities, (), words)

    def compartment_activities(self, aim: Aim, choices: PlanningOptions, *, label: bool = False) -> Activities:
        """Return the activities of one compartment for each perfused volume, limits aside."""
        product, absorbed = choices.product, self.absorbed
        roles = {i.name: of_injection("perfused", i.name) for i in self.pending}
        mass = {
            n: absorbed.volumes[r].ml * product.density_g_per_ml if label else absorbed.mass_g[r]
            for n, r in roles.items()
        }
        return {
            i.name: activity_for_perfused_dose(aim.dose_gy, Gram(mass[i.name]), choices.nuclide, shunt=i.shunt.fraction)
            for i in self.pending
        }

    def _scaled(self, aim: Aim, activities_sought: Activities, extra: Sequence[Limit], words: str) -> InjectionPlan:
        """Return activities that are wanted, all by one factor where a limit asks for it."""
        factor, binding = self._factor(activities_sought, extra)
        lowered = f"; all times {factor:.3f}" if factor < 1 else ""
        activities = self._with_decided({name: bq * factor for name, bq in activities_sought.items()})
        reached = aim.reached_by(aim.dose_gy * factor) and not self._too_small(activities)
        return InjectionPlan(activities, binding, reached, f"{words}{lowered}")

    def _too_small(self, activities: Activities) -> list[InjectionDose]:
        """Return the injections to be planned that are neither left out nor given the least that is set for them."""
        return [i for i in self.pending if 0 < activities[i.name] < i.injection.least_bq * (1 - 1e-9)]

    def _with_decided(self, planned: Mapping[str, float]) -> Activities:
        return {
            i.name: Bq(planned[i.name]) if i.name in planned else self.decided_activities[i.name]
            for i in self.injections
        }

    def _factor(self, activities: Activities, extra: Sequence[Limit]) -> tuple[float, tuple[str, ...]]:
        """Return the highest factor up to 1 that every limit allows for wanted activities, and the limits that say so."""
        factors = {}
        for row in self.rows(extra):
            dose = math.fsum(
                d * activities[i.name] / BQ_PER_GBQ for d, i in zip(row.per_gbq, self.pending, strict=True)
            )
            if dose > 0:
                factors[row.name] = (row.gy - row.already_gy) / dose
        least = max(min(factors.values(), default=math.inf), 0.0)
        if least >= 1:
            return 1.0, ()
        return least, tuple(name for name, f in factors.items() if f <= least * (1 + 1e-9))

    def decided_plan(self) -> InjectionPlan | None:
        """Return what is given, where every injection is; no limit holds it down."""
        return None if self.pending else InjectionPlan(self.decided_activities, (), reached=True)

    # ------------------------------------------------------------ findings

    def clash(self, aim: Aim) -> Clash | None:
        """Return which limits stand against the aim in every target, and what each would have to give at the least."""
        return clash_of(self.targets(aim.dose_gy), self.rows(), least_gbq=self.least_gbq) if self.pending else None

    def below_least(self, approach: str, activities: Activities) -> tuple[Finding, ...]:
        """Return a warning for each injection of an option that is given less than the least that is set for it: such an option is not advised."""
        return tuple(
            Finding(
                "warning",
                "below-least-activity",
                f'{approach} would give injection "{i.name}" {activities[i.name] / BQ_PER_GBQ:.2f} GBq, below its least_gbq of {i.injection.least_bq / BQ_PER_GBQ:g}: it cannot be given so and is not advised',
                {
                    "approach": approach,
                    "injection": i.name,
                    "activity_gbq": activities[i.name] / BQ_PER_GBQ,
                    "least_gbq": i.injection.least_bq / BQ_PER_GBQ,
                },
            )
            for i in self._too_small(activities)
        )

    def exceeded(self) -> tuple[Finding, ...]:
        """Return a stop for each limit that what was given has already exceeded, where injections are left to be planned."""
        if not self.pending:
            return ()
        return tuple(
            Finding(
                "stop",
                f"limit-exceeded-{limit.name}",
                f"what was given brings {limit.volume} to {row.already_gy:.1f} Gy, above its limit of {limit.limit_gy:g} Gy ({limit.source}); no injection may be added",
                {"limit_gy": limit.limit_gy, "value_gy": row.already_gy},
            )
            for limit, row in zip(self._judged(), self.rows(), strict=True)
            if row.already_gy > row.gy * (1 + 1e-9)
        )

    def unused(self, activities: Activities) -> tuple[Finding, ...]:
        """Return a warning for each injection that is left at 0 GBq, with the lesions that it alone reaches."""
        findings = []
        for name in (i.name for i in self.pending if not activities[i.name]):
            alone = [lesion for lesion, names in self.absorbed.reached_by.items() if names == (name,)]
            lesions = ", ".join(f'"{self.absorbed.volumes[role].name}"' for role in alone)
            left = (
                f"{lesions} {'is' if len(alone) == 1 else 'are'} then not treated"
                if alone
                else "no lesion is reached by it alone"
            )
            message = f'injection "{name}" is left at 0 GBq: {left}'
            findings.append(Finding("warning", "injection-unused", message, {"injection": name, "lesions": len(alone)}))
        return tuple(findings)
