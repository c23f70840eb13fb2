"""One of several injections of a course: what it treats, what shows it, what is decided of it, and the dose of 1 GBq of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from yttria.values.aims_limits import DoseName, unknown_lung_doses
from yttria.values.contour import Contour
from yttria.values.errors import QuantityError, require_share
from yttria.values.maps import ActivityMap, CountMap, DoseMap, Voi
from yttria.values.treatment import Administration, LungShunt
from yttria.values.units import Bq, Gy, Ml, Share

NO_ACTIVITY = Bq(0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Injection:
    """One injection as the case states it.

    Parameters
    ----------
    perfused
        Structures that it treats, as drawn; none: where its image has counts in the liver.
    emission
        Its own image; None: the case's one image shows all injections.
    session
        Injections of one session share its lung limit.
    shunt_fraction
        0..1; None: measured on its image.
    given
        What was delivered, or is decided; None: to be planned.
    least_bq
        The smallest activity that can be given; it is then 0 or at least that.
    """

    name: str
    perfused: tuple[Contour | Voi, ...] = ()
    emission: CountMap | ActivityMap | None = None
    session: str = "1"
    shunt_fraction: Share | None = None
    given: Administration | None = None
    least_bq: Bq = NO_ACTIVITY

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise QuantityError(
                "an injection must have a name, but it is empty; name the artery", code="injection-name"
            )


def of_injection(name: str, injection: str) -> str:
    """Return what a role or a dose of one injection is called.

    Examples
    --------
    >>> of_injection("PLD", "right anterior")
    'PLD[right anterior]'
    """
    return f"{name}[{injection}]"


@dataclass(frozen=True, slots=True, eq=False)
class InjectionActivity:
    """Where 1 GBq of one injection lodges.

    Parameters
    ----------
    activity
        Bq/mL on the grid of the case's emission image, at the administration.
    shunt
        What of it goes to the lungs.
    counts_fraction
        As in `InjectionDose`.
    """

    injection: Injection
    activity: ActivityMap
    shunt: LungShunt
    counts_fraction: Share


@dataclass(frozen=True, slots=True, eq=False)
class InjectionDose:
    """The absorbed dose of 1 GBq of one injection, nothing of the others.

    Parameters
    ----------
    dose
        Gy per GBq, on the grid of the case's emission image.
    doses_gy
        By dose name, Gy per GBq; the other injections' own volumes too.
    shunt
        Of this injection.
    counts_fraction
        One image for all: its share of the liver's counts; own image: the share of the liver's counts inside its own volume.
    partition_gy
        A second reckoning of `doses_gy` as the image has them, by counts and masses alone; empty where its own image lies on another grid.
    """

    injection: Injection
    dose: DoseMap
    doses_gy: Mapping[DoseName, Gy]
    shunt: LungShunt
    counts_fraction: Share
    partition_gy: Mapping[DoseName, Gy] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_share(self.counts_fraction, what=f"share of counts of injection {self.name}")

    @property
    def name(self) -> str:
        """Return the injection's name."""
        return self.injection.name

    @property
    def unknown_doses(self) -> frozenset[DoseName]:
        """Return the doses that are 0 only because nobody gave or measured the shunt of this injection."""
        return unknown_lung_doses(self.doses_gy, shunt_known=self.shunt.method != "absent")

    @property
    def session(self) -> str:
        """Return the name of its session."""
        return self.injection.session


@dataclass(frozen=True, slots=True)
class LesionPart:
    """The part of a lesion that one injection treats; the whole lesion where no other reaches it.

    Parameters
    ----------
    lesion
        Role of the lesion, "tumour-1" …
    per_gbq
        Mean dose of the part, Gy per GBq, by injection.
    """

    lesion: str
    injection: str
    ml: Ml
    per_gbq: Mapping[str, Gy]
