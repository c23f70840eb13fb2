"""A plan: the options side by side, what binds each, how sure it is, and which one is recommended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from yttria.values.errors import require_not_negative
from yttria.values.units import Bq, Gy, Ml, Share

if TYPE_CHECKING:  # the command line asks here what an activity may be, and needs no arrays for it
    from yttria.values.dvh import Dvh
from yttria.values.aims_limits import Aim, DoseName, LimitCheck

Scenario = Literal["segmentectomy", "lobectomy", "unilobar", "bilobar"]


Approach = Literal["SDA", "PDA", "PDA-PLD", "tolerance", "probability", "label", "partition", "given"]


Judgement = Literal["stop", "warning", "open", "none"]


@dataclass(frozen=True, slots=True)
class Estimated:
    """A dose with its interval and what it is made of.

    Parameters
    ----------
    value, low, high
        Gy; the interval covers 95 % (k = 2).
    budget
        Relative standard uncertainty by component (contour, recovery, activity, counts …).
    """

    value: Gy
    low: Gy
    high: Gy
    budget: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class TargetProbability:
    """How probable aims and limits are at one activity, from the budget (normal).

    Parameters
    ----------
    aim
        P(dose >= aim), by dose name.
    limits
        P(dose <= limit), by limit's name.
    all_aims
        All aims at once, from joint draws; None without an aim.
    all_targets
        All aims and all limits at once.
    """

    aim: Mapping[DoseName, float]
    limits: Mapping[str, float]
    all_aims: float | None
    all_targets: float


@dataclass(frozen=True, slots=True)
class WindowMark:
    """One place on the activity axis.

    Parameters
    ----------
    at
        "TD 205", "NPLD 88", "SDA", "label", "limit:lung" …
    activity_bq
        Where it lies, Bq.
    probability
        That the plan's aim is reached and every limit kept at that activity, at once.
    """

    at: str
    activity_bq: Bq
    probability: float


@dataclass(frozen=True, slots=True)
class ActivityWindow:
    """The activity axis of a patient: what lies on it, and how probable aim and limits are along it.

    Parameters
    ----------
    marks
        Aims, standard, label and limits, ascending.
    activity_bq
        Where the probabilities are sampled, Bq, ascending.
    reached, within_limits, joint
        There: the plan's aim is reached; every limit is kept, all at once; both at once.
    """

    marks: tuple[WindowMark, ...]
    activity_bq: tuple[float, ...]
    reached: tuple[float, ...]
    within_limits: tuple[float, ...]
    joint: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """One way to treat: an activity and all that follows from it.

    Parameters
    ----------
    approach
        SDA, PDA, PDA-PLD, label, partition or given.
    activity_bq
        Administered (in the patient), Bq; 0 where earlier doses leave no room.
    aim
        What it pursues; None for a given activity.
    doses_gy
        By dose name, all of this activity.
    dvh
        By role, all of this activity; empty where the approach has no voxels.
    uncertainty
        By dose name; empty where a model without images has none.
    checks
        Every limit that applies.
    binding
        Name of the limit that held the activity down; empty when none did.
    wished_activity_bq
        Activity that the wish (or the aim) would have needed.
    wished_doses_gy
        What that activity would have cost, by dose name.
    reached
        Whether `aim` is met by `activity_bq`; with several injections, in every part of its lesion.
    probability
        Of aims and limits at this activity; None where no budget is known.
    corrected_gy
        The same doses corrected for blur, as far as that is possible.
    uncorrected_gy
        The same doses as the image has them; empty where `doses_gy` are these.
    activities_bq
        With several injections what is given of each; `activity_bq` is their sum.
    bindings
        With several injections every limit that held an activity down.
    """

    approach: Approach
    activity_bq: Bq
    aim: Aim | None
    doses_gy: Mapping[DoseName, Gy]
    checks: tuple[LimitCheck, ...]
    binding: str
    reached: bool
    wished_activity_bq: Bq | None = None
    wished_doses_gy: Mapping[DoseName, Gy] = field(default_factory=dict)
    dvh: "Mapping[str, Dvh]" = field(default_factory=dict)
    uncertainty: Mapping[DoseName, Estimated] = field(default_factory=dict)
    note: str = ""
    probability: TargetProbability | None = None
    corrected_gy: Mapping[DoseName, Gy] = field(default_factory=dict)
    uncorrected_gy: Mapping[DoseName, Gy] = field(default_factory=dict)
    activities_bq: Mapping[str, Bq] = field(default_factory=dict)
    bindings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_not_negative(self.activity_bq, what=f"activity of option {self.approach} (Bq)")

    @property
    def unknown_doses(self) -> frozenset[DoseName]:
        """Return the doses that a limit speaks of and nobody knows: those of the lungs where no shunt is known."""
        return frozenset(c.limit.volume for c in self.checks if not c.is_known)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion of eligibility: what is asked, what is found; `met` is None where the case does not say."""

    name: str
    requirement: str
    found: str
    met: bool | None
    source: str


@dataclass(frozen=True, slots=True)
class Contraindication:
    """A reason against treating, as a rule of the table judges it.

    Parameters
    ----------
    name
        Of the rule.
    found
        What the case or the image says, "not given" where neither does.
    judgement
        "stop" or "warning" while it holds, "open" while a fact is missing, "none" where it falls away.
    source
        Paper, guideline or label with year, or house.
    message
        What a person reads while it holds.
    missing
        Keys of case.toml that settle an open one.
    severe
        Whether it is a stop while it holds: an open one then makes the plan conditional.
    """

    name: str
    found: str
    judgement: Judgement
    source: str
    message: str = ""
    missing: tuple[str, ...] = ()
    severe: bool = False


@dataclass(frozen=True, slots=True)
class PartDose:
    """The part of a lesion that one of several injections treats, with its mean dose."""

    injection: str
    ml: Ml
    dose_gy: Gy


@dataclass(frozen=True, slots=True)
class Lesion:
    """A lesion by the option that a plan shows.

    Parameters
    ----------
    role, name, ml
        As of its volume, without what is drawn as dead.
    aim_gy
        What it should reach; None where lesions have no aim.
    dose_gy
        Its mean dose.
    treated
        Whether a perfused volume reaches it.
    below_aim
        Whether its dose stays below the aim itself.
    cold_ml
        What of it takes up less than the perfused normal liver, where that is worth telling; else 0.
    rest_gy
        Mean dose without the cold part; None without one.
    recovered_gy
        Its mean dose with blur undone; None where that cannot be told.
    parts
        With several injections the parts that they treat: an aim is reached only when every part reaches it.
    activity_share
        What it holds of the liver's activity, as the image has it; None where the liver has none.
    tumour_to_normal
        T/N: its mean dose over that of the perfused normal liver; None where nothing normal is perfused.
    d95_gy, d70_gy, v205
        Doses that 95 % and 70 % of it receive at the least, and its share above 205 Gy, as the image has them; None without voxels.
    aim_probability
        That its mean dose reaches the aim; None where no budget is known.
    """

    role: str
    name: str
    ml: Ml
    aim_gy: Gy | None
    dose_gy: Gy
    treated: bool
    below_aim: bool
    cold_ml: Ml
    rest_gy: Gy | None = None
    recovered_gy: Gy | None = None
    parts: tuple[PartDose, ...] = ()
    activity_share: Share | None = None
    tumour_to_normal: float | None = None
    d95_gy: Gy | None = None
    d70_gy: Gy | None = None
    v205: Share | None = None
    aim_probability: float | None = None

    @property
    def by_blur_alone(self) -> bool:
        """Tell whether it stays below its aim only as seen: with blur undone it reaches it."""
        return self.below_aim and self.aim_gy is not None and (self.recovered_gy or 0.0) >= self.aim_gy


@dataclass(frozen=True, slots=True)
class Plan:
    """The options side by side, which one is recommended and why.

    Parameters
    ----------
    first
        The option that comes first: the recommended one, or where nothing is advised the one nearest to its aim.
    reason
        Why, in one or two sentences.
    advised
        Whether treating by `first` is recommended at all: false when nothing within the limits is right.
    contraindications
        Each rule against treating that this product and disease ask for, with its judgement.
    clash
        With several injections: limits that stand against the aim, and what each would have to give at the least, Gy.
    conditional
        Keys of case.toml on which the plan still depends, as "[patient] child_pugh".
    window
        The activity axis; None where the patient's image has no dose for what is wanted or limited.
    lesions
        By the option that is shown, the largest first.
    """

    options: tuple[Option, ...]
    first: Approach
    reason: str
    eligibility: tuple[Criterion, ...] = ()
    advised: bool = True
    contraindications: tuple[Contraindication, ...] = ()
    conditional: tuple[str, ...] = ()
    window: ActivityWindow | None = None
    clash: Mapping[str, Gy] = field(default_factory=dict)
    lesions: tuple[Lesion, ...] = ()

    @property
    def recommended(self) -> Approach | None:
        """Return the approach that is recommended; None where nothing is."""
        return self.first if self.advised else None

    @property
    def shown(self) -> Option:
        """Return the option that figures, slices and the dose object are of."""
        return self.option(self.first)

    @property
    def coldest(self) -> Lesion | None:
        """Return the treated lesion with the least mean dose; None where none is treated."""
        return min((x for x in self.lesions if x.treated), key=lambda x: x.dose_gy, default=None)

    def option(self, approach: str) -> Option:
        """Return the option of that approach (KeyError where there is none)."""
        return {str(o.approach): o for o in self.options}[approach]
