"""The doses per becquerel of one case beside the limits that hold: what every option is made of."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from yttria.planning.possible_facts import treated_before
from yttria.planning.target_probability import DoseErrors, estimated
from yttria.values.aims_limits import Aim, DoseName, Limit, LimitCheck
from yttria.values.errors import Finding
from yttria.values.maps import Voi
from yttria.values.patient import AbsorbedDose, ClinicalFacts, PlanningOptions
from yttria.values.plan import Approach, Estimated, Option, TargetProbability
from yttria.values.units import Bq, Gy, Ml

LESION_REACHED = (Ml(10.0), 0.10)
"""A perfused volume reaches a lesion of which it holds as much: mL, or share of the lesion (house)."""


@dataclass(frozen=True, slots=True)
class PlanningCase:
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
        dose = self.absorbed.recovered_gy.get(name)
        if name == "TD" and dose is None:
            dose = self.absorbed.recovered_gy.get(self.absorbed.index.replace("tumour-", "TD_"))
        uncorrected = self.absorbed.doses_gy.get(name, Gy(0.0))
        return None if dose is None or uncorrected <= 0 else dose / uncorrected

    def highest(self, limits: Sequence[Limit]) -> tuple[float, str]:
        """Return the highest activity that the limits allow and the name of the one that says so."""
        allowed = [
            ((limit.limit_gy - limit.already_gy) / self.per_bq[limit.volume], limit.name)
            for limit in limits
            if self.per_bq.get(limit.volume)
        ]
        return min(allowed, default=(math.inf, ""))

    def without_upper_bound(self, facts: ClinicalFacts) -> "PlanningCase":
        """Return the case without the upper bound on the whole liver that stands in for the normal liver: a first treatment alone is free of it."""
        if treated_before(facts) is not False:
            return self
        return replace(self, limits=tuple(x for x in self.limits if x.volume != "WLD"))

    def doses(self, activity: float) -> dict[DoseName, Gy]:
        """Return every named dose of an activity."""
        return {name: Gy(d * activity) for name, d in self.per_bq.items()}

    def option(
        self,
        approach: Approach,
        aim: Aim | None,
        activity_sought: float,
        *,
        extra: tuple[Limit, ...] = (),
        note: str = "",
        decided: bool = False,
    ) -> Option:
        """Return the option that gives `activity_sought`, or the highest activity that is allowed below it; what is decided is never lowered."""
        limits = (*self.limits, *extra)
        top, binding = (math.inf, "") if decided else self.highest(limits)
        activity = max(min(activity_sought, top), 0.0)
        is_capped = top < activity_sought
        doses, corrected_gy = self.doses(activity), self.corrected_doses(activity)
        reached = aim is None or aim.reached_by(doses[aim.volume])
        cost = self._next(aim, activity_sought, reached=reached) if is_capped else None
        return Option(
            approach=approach,
            activity_bq=Bq(activity),
            aim=aim,
            doses_gy=doses,
            checks=_checks(limits, doses, corrected_gy),
            binding=binding if is_capped else "",
            reached=reached,
            wished_activity_bq=cost,
            wished_doses_gy=self.doses(cost) if cost is not None else {},
            dvh={role: dvh.times(activity / self.absorbed.activity_bq) for role, dvh in self.absorbed.dvh.items()},
            uncertainty=self.uncertainty(doses),
            note=note,
            probability=self.probability(doses, aim, limits),
            corrected_gy=corrected_gy,
            uncorrected_gy=self.uncorrected(activity),
        )

    def corrected_doses(self, activity: float) -> dict[DoseName, Gy]:
        """Return the doses of an activity corrected for blur, as far as they are known."""
        absorbed = self.absorbed
        doses = {name: absorbed.recovered_gy.get(name) for name in absorbed.doses_gy}
        doses["TD"] = absorbed.recovered_gy.get(absorbed.index.replace("tumour-", "TD_"))
        return {
            name: Gy(dose * activity / absorbed.activity_bq)
            for name, dose in doses.items()
            if dose is not None and name in absorbed.doses_gy
        }

    def uncorrected(self, activity: float) -> dict[DoseName, Gy]:
        """Return the doses of an activity as the image has them, where corrected ones judge."""
        ratio = activity / self.absorbed.activity_bq
        return {name: Gy(dose * ratio) for name, dose in self.absorbed.uncorrected_gy.items()}

    def uncertainty(self, doses: Mapping[DoseName, Gy]) -> dict[DoseName, Estimated]:
        """Return each dose with its 95 % interval, known blur within it."""
        estimates = {}
        for name, factors in self.absorbed.relative_uncertainty.items():
            if name in doses:
                ratio = self.recovered_ratio(name)
                estimates[name] = estimated(
                    doses[name], factors, recovered=None if ratio is None else Gy(doses[name] * ratio)
                )
        return estimates

    def probability(
        self, doses: Mapping[DoseName, Gy], aim: Aim | None, limits: Sequence[Limit]
    ) -> TargetProbability | None:
        """Return how probable aims and limits are; None where no budget was made."""
        if not self.absorbed.relative_uncertainty:
            return None
        aims = self.lesion_aims() | ({} if aim is None else {aim.volume: aim.dose_gy})
        return self.errors.of_option(doses, aims, limits)

    def _next(self, aim: Aim | None, activity_sought: float, *, reached: bool) -> Bq:
        """Return the activity of the nearest thing that a limit forbids: the aim itself, or the wish where the aim is met."""
        if aim is None or reached:
            return Bq(activity_sought)
        return Bq(min(activity_sought, aim.dose_gy / self.per_bq[aim.volume]))

    def unchecked(self) -> tuple[Finding, ...]:
        """Return a finding for each limit whose volume has no dose here."""
        return tuple(
            Finding(
                "warning",
                f"limit-unchecked-{x.name}",
                f"{x.volume} has no dose here, so its limit of {x.limit_gy:g} Gy ({x.source}) was not checked; give the volume",
                {"limit_gy": x.limit_gy},
            )
            for x in self.limits
            if x.volume not in self.per_bq
        )


def _checks(
    limits: Sequence[Limit], doses: Mapping[DoseName, Gy], corrected_gy: Mapping[DoseName, Gy]
) -> tuple[LimitCheck, ...]:
    """Return each limit beside the dose that it judges and the same corrected for blur, what was received before in both."""
    return tuple(
        LimitCheck(
            x,
            Gy(doses[x.volume] + x.already_gy),
            Gy(corrected_gy[x.volume] + x.already_gy) if x.volume in corrected_gy else None,
        )
        for x in limits
        if x.volume in doses
    )


def _holds_part(perfused: Voi, lesion: Voi) -> bool:
    """Tell whether a perfused volume holds 10 mL or 10 % of a lesion."""
    inside_ml = np.minimum(perfused.share, lesion.share).sum(dtype=np.float64) * lesion.grid.voxel_ml
    most_ml, most_share = LESION_REACHED
    return bool(inside_ml >= most_ml or inside_ml >= most_share * lesion.ml)
