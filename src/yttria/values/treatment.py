"""What is wanted, forbidden, decided and given. Doses are named, never bare.

TD index lesion, TD_all all tumours, TD_n lesion n · PLD perfused liver with tumour · NPLD perfused minus tumour ·
WNLD liver minus tumour · WLD whole liver · LD lungs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from yttria.values.errors import QuantityError, require_not_negative, require_positive, require_share
from yttria.values.units import BQ_PER_GBQ, G_PER_KG, Bq, Gram, Gy, Ml, Share

if TYPE_CHECKING:  # the command line asks here what an activity may be, and needs no arrays for it
    from yttria.values.dvh import Dvh

DoseName = str
Scenario = Literal["segmentectomy", "lobectomy", "unilobar", "bilobar"]
ShuntMethod = Literal["given", "planar", "spect", "absent"]
NO_DOSE = Gy(0.0)
FEW_GY = 10.0  # below it a dose in words has a decimal
DOSE_WORDS: Mapping[DoseName, str] = {
    "TD": "index lesion",
    "TD_all": "all tumours",
    "PLD": "perfused liver",
    "NPLD": "perfused normal liver",
    "WNLD": "whole normal liver",
    "WLD": "whole liver",
    "LD": "lungs",
    "thrombus": "thrombus",
}
"""What a dose name speaks of."""
SITE_VOLUMES: Mapping[str, DoseName] = {
    "lung": "LD",
    "lung-cumulative": "LD",
    "normal-perfused": "NPLD",
    "normal-liver": "WNLD",
    "perfused": "PLD",
    "whole-liver": "WLD",
}
"""Names of limits, a site's too, with the dose that each speaks of."""
Approach = Literal["SDA", "PDA", "PDA-PLD", "tolerance", "probability", "label", "partition", "given"]
LimitState = Literal["holds", "assumed"]
Judgement = Literal["stop", "warning", "open", "none"]


@dataclass(frozen=True, slots=True)
class Aim:
    """A dose that is wanted in a named volume.

    Parameters
    ----------
    volume
        Dose name that it speaks of: TD, PLD …
    dose_gy
        What must be reached.
    wished_gy
        What is wished if the limits allow; None where nothing more is wished.
    source
        Paper, guideline or label with year; or the site's own words.
    tolerance_gy
        How far below `dose_gy` still counts as reached: 20 for "120 +/- 20 Gy".
    sought_gy
        What is sought within the limits as they stand before the way goes on to `wished_gy`; None: the wish itself.
    """

    volume: DoseName
    dose_gy: Gy
    source: str
    wished_gy: Gy | None = None
    tolerance_gy: Gy = NO_DOSE
    sought_gy: Gy | None = None

    def __post_init__(self) -> None:
        require_positive(self.dose_gy, what=f"aim for {self.volume} (Gy)")
        require_not_negative(self.tolerance_gy, what=f"tolerance of the aim for {self.volume} (Gy)")
        if self.wished_gy is not None and not self.wished_gy >= self.dose_gy:
            raise QuantityError(
                f"a wish must not lie below its aim, but {self.wished_gy:g} Gy is wished and {self.dose_gy:g} Gy aimed at in {self.volume}; raise the wish or lower the aim"
            )

    def reached_by(self, value_gy: float) -> bool:
        """Tell whether a dose meets the aim (to a rounding error)."""
        return value_gy >= (self.dose_gy - self.tolerance_gy) * (1 - 1e-9)


@dataclass(frozen=True, slots=True)
class Limit:
    """A dose that must not be exceeded in a named volume, and when it applies.

    Parameters
    ----------
    name
        Stable name: "lung", "normal-perfused" …
    volume
        Dose name that it speaks of: LD, NPLD, WNLD …
    limit_gy
        The highest dose allowed.
    source
        Paper, guideline or label with year.
    condition
        Why it applies here, in words.
    already_gy
        What the volume has received before: it counts against the limit.
    state
        "holds", or "assumed": the strictest that a missing fact could bring.
    missing
        Keys of case.toml that settle an assumed limit.
    """

    name: str
    volume: DoseName
    limit_gy: Gy
    source: str
    condition: str = ""
    already_gy: Gy = NO_DOSE
    state: LimitState = "holds"
    missing: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_positive(self.limit_gy, what=f"limit {self.name} (Gy)")
        require_not_negative(self.already_gy, what=f"dose before, for limit {self.name} (Gy)")


@dataclass(frozen=True, slots=True)
class LimitCheck:
    """A limit beside the value that it judges: this treatment's dose and what the volume had before; beside it the same corrected for blur."""

    limit: Limit
    value_gy: Gy
    corrected_gy: Gy | None = None

    @property
    def holds(self) -> bool:
        """Tell whether the value stays at or below the limit (to a rounding error)."""
        return self.value_gy <= self.limit.limit_gy * (1 + 1e-9)


def limits_in_words(checks: Iterable[LimitCheck]) -> str:
    """Return each limit as value of limit.

    Examples
    --------
    >>> lungs, liver = Limit("lung", "LD", Gy(30), "label"), Limit("normal-liver", "WNLD", Gy(50), "table", state="assumed")
    >>> limits_in_words([LimitCheck(lungs, Gy(7.84)), LimitCheck(liver, Gy(42.2))])
    'lungs 7.8 of 30, whole normal liver 42 of 50 (assumed) Gy'
    """
    parts = []
    for check in checks:
        limit, value = check.limit, check.value_gy
        whole, bracket, own = limit.volume.partition("[")
        volume = DOSE_WORDS.get(whole, whole) + (f" of {own.removesuffix(']')}" if bracket else "")
        over = " over all sessions" if limit.name == "lung-cumulative" else ""
        assumed = " (assumed)" if limit.state == "assumed" else ""
        parts.append(f"{volume}{over} {value:.{0 if value >= FEW_GY else 1}f} of {limit.limit_gy:g}{assumed}")
    return f"{', '.join(parts)} Gy" if parts else "no limit has a dose here"


@dataclass(frozen=True, slots=True)
class LungShunt:
    """The share of the administered activity that lodges in the lungs, how it is known, and the mass it is spread over.

    Parameters
    ----------
    fraction
        0..1.
    method
        given, planar, spect or absent.
    lung_mass_g
        Mass for the lung dose, g.
    lung_mass_source
        "CT", "given" or "default 1000 g".
    uncertainty
        Standard uncertainty of `fraction`, absolute.
    judged
        The pair of shunt and mass that the lung dose stands on, where it is another than this one.
    """

    fraction: Share
    method: ShuntMethod
    lung_mass_g: Gram
    lung_mass_source: str
    uncertainty: float = 0.0
    detail: Mapping[str, float] = field(default_factory=dict)
    judged: "LungShunt | None" = None

    @property
    def lung_pair(self) -> "LungShunt":
        """Return the shunt and mass that the lung dose stands on."""
        return self.judged or self

    def __post_init__(self) -> None:
        require_share(self.fraction, what="lung shunt fraction")
        require_positive(self.lung_mass_g, what="lung mass (g)")
        require_not_negative(self.uncertainty, what="uncertainty of the lung shunt")


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
    reached, kept, together
        There: the plan's aim is reached; every limit is kept, all at once; both at once.
    """

    marks: tuple[WindowMark, ...]
    activity_bq: tuple[float, ...]
    reached: tuple[float, ...]
    kept: tuple[float, ...]
    together: tuple[float, ...]


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


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion of eligibility: what is asked, what is found; `met` is None where the case does not say."""

    name: str
    asked: str
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

    def option(self, approach: str) -> Option:
        """Return the option of that approach (KeyError where there is none)."""
        return {str(o.approach): o for o in self.options}[approach]


MOST_ACTIVITY = Bq(100e9)
"""Five of the largest vials (20 GBq: NRC registry NR-0220-D-849-S): a guard against MBq typed for GBq."""


def require_activity(value: float, *, what: str) -> Bq:
    """Return an activity, Bq, refusing what is not above zero, or more than anybody gives.

    Raises
    ------
    QuantityError
        Not above zero; above 100 GBq.

    Examples
    --------
    >>> require_activity(3e9, what="administered activity")
    3000000000.0
    """
    require_positive(value, what=f"{what} (Bq)")
    if value > MOST_ACTIVITY:
        raise QuantityError(
            f"{what} must not exceed {MOST_ACTIVITY / BQ_PER_GBQ:g} GBq, but is {value / BQ_PER_GBQ:g} GBq; if {value / BQ_PER_GBQ:g} MBq is meant, write {value / BQ_PER_GBQ / 1000:g}"
        )
    return Bq(float(value))


LUNG_MASS_G = (100.0, 5000.0)
"""What lungs can weigh, from a small child's to an adult's flooded ones: a guard against grams typed for kilograms."""


def require_lung_mass(value: float) -> Gram:
    """Return a lung mass, g, refusing what no lungs weigh.

    Raises
    ------
    QuantityError
        Below 0.1 or above 5 kg.

    Examples
    --------
    >>> require_lung_mass(1000.0)
    1000.0
    """
    low, high = LUNG_MASS_G
    if not low <= value <= high:
        raise QuantityError(
            f"a lung mass must lie from {low / G_PER_KG:g} to {high / G_PER_KG:g} kg, but is {value / G_PER_KG:g} kg; check its unit"
        )
    return Gram(value)


@dataclass(frozen=True, slots=True)
class Administration:
    """What was given: activity in the patient, Bq, at an instant with its zone."""

    activity_bq: Bq
    at: datetime | None = None

    def __post_init__(self) -> None:
        require_activity(self.activity_bq, what="administered activity")
