"""Vials to order: when a site's vials are calibrated, and what each choice of them delivers at an hour."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from itertools import combinations_with_replacement

from yttria.values.errors import PlanError, QuantityError, require_positive, require_share
from yttria.values.product import Product
from yttria.values.time import hours_between
from yttria.values.units import Bq, Share

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAYS_PER_WEEK = 7
HOURS_PER_WEEK = 168.0
MOST_CHOICES = 100_000
"""Of one order: beyond it nobody reads them."""
EQUAL = 1e-9
"""Fractions that differ by less are equal."""


@dataclass(frozen=True, slots=True)
class WeeklyCalibration:
    """A calibration that comes back every week at one hour of a wall clock.

    Parameters
    ----------
    weekday
        0 for Monday to 6 for Sunday.
    at
        The hour that the clock shows: noon stays noon over summer time.
    zone
        Whose clock.
    """

    weekday: int
    at: time
    zone: tzinfo

    def before(self, instant: datetime, hours: float) -> tuple[datetime, ...]:
        """Return the calibrations at most so many hours before an instant, that limit and the instant itself included, latest first.

        An hour that a change of summer time leaves out has no calibration that week; of an hour that comes twice the first counts.

        Parameters
        ----------
        instant
            With its zone.
        hours
            Elapsed hours, not hours of a clock.

        Examples
        --------
        >>> from zoneinfo import ZoneInfo
        >>> noon = WeeklyCalibration(6, time(12), ZoneInfo("America/New_York"))
        >>> [found.isoformat() for found in noon.before(datetime(2026, 3, 10, 14, tzinfo=UTC), 240)]
        ['2026-03-08T12:00:00-04:00', '2026-03-01T12:00:00-05:00']
        """
        here = instant.astimezone(self.zone).date()
        day = here - timedelta(days=(here.weekday() - self.weekday) % DAYS_PER_WEEK)
        results = []
        for week in range(int(hours // HOURS_PER_WEEK) + 2):
            when = datetime.combine(day - timedelta(weeks=week), self.at, tzinfo=self.zone)
            if _is_on_the_clock(when) and 0 <= hours_between(when, instant) <= hours:
                results.append(when)
        return tuple(results)


def _is_on_the_clock(when: datetime) -> bool:
    """Return whether a clock ever shows that hour: where summer time begins, an hour is left out."""
    back = when.astimezone(UTC).astimezone(when.tzinfo)
    return back.replace(tzinfo=None) == when.replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class VialTerms:
    """What may be ordered, and how near is near enough.

    Parameters
    ----------
    vials
        Sizes at calibration, Bq.
    most_vials
        How many a patient may have.
    residual
        Share that stays behind in vial and lines.
    tolerance
        Difference from what is needed that is let pass, as a fraction.

    Raises
    ------
    QuantityError
        No vial, a vial that is not above zero, no vial a patient, a share outside 0 to 1, a tolerance below zero.
    """

    vials: tuple[Bq, ...]
    most_vials: int
    residual: Share
    tolerance: float

    def __post_init__(self) -> None:
        if not self.vials:
            raise QuantityError(
                "vials must name one size or more, but there is none; give the sizes that can be had",
                code="vial-sizes-absent",
            )
        for vial in self.vials:
            require_positive(vial, what="vial (Bq)")
        if self.most_vials < 1:
            raise QuantityError(
                f"a patient must have one vial or more, but {self.most_vials} are let; raise it", code="vial-count"
            )
        if require_share(self.residual, what="residual") == 1:
            raise QuantityError(
                "the residual must be below 1, but is 1: nothing would be delivered; check the entry",
                code="residual-range",
            )
        if not (math.isfinite(self.tolerance) and self.tolerance >= 0):
            raise QuantityError(
                f"tolerance (fraction) must be zero or more, but is {self.tolerance:g}; check the entry",
                code="tolerance-range",
                values={"tolerance": self.tolerance},
            )

    @property
    def combinations(self) -> int:
        """Return how many choices there are for one calibration: sizes with repetition, 1 to the most vials."""
        sizes = len(set(self.vials))
        return sum(math.comb(sizes + count - 1, count) for count in range(1, self.most_vials + 1))


@dataclass(frozen=True, slots=True)
class VialChoice:
    """Vials of one calibration, given at one instant.

    Parameters
    ----------
    vials
        Sizes at calibration, Bq, ascending.
    calibrated, at
        Instants with their zones.
    hours
        Between them; negative where the calibration comes after.
    dispensed, delivered
        Activity at `at` in the vials, and of it in the patient, Bq.
    of_needed
        Delivered over needed.
    spheres, spheres_delivered
        In the vials and in the patient.
    within_tolerance
        Whether the difference from what is needed is let pass.
    """

    vials: tuple[Bq, ...]
    calibrated: datetime
    at: datetime
    hours: float
    dispensed: Bq
    delivered: Bq
    of_needed: float
    spheres: float
    spheres_delivered: float
    within_tolerance: bool


def vial_choices(
    needed: Bq, at: datetime, *, calibrations: Sequence[datetime], terms: VialTerms, product: Product
) -> tuple[VialChoice, ...]:
    """Return every choice of vials, the nearest to what is needed first.

    dispensed = sum of vials x 2^(-hours/T); delivered = dispensed (1 - residual); spheres = sum of vial / (Bq per sphere at calibration). Sorted by
    the distance from what is needed, then (where equal to 1e-9) fewer vials, the later calibration, fewer spheres. All vials of a choice share
    their calibration.

    Parameters
    ----------
    needed
        Wanted in the patient at `at`, Bq.
    at
        Instant of the injection, with its zone.
    calibrations
        Instants at which vials hold their size, with their zones.
    terms
        What may be ordered.
    product
        Its half-life and its activity a sphere.

    Raises
    ------
    QuantityError
        An activity that is not above zero; an instant without zone beside one with it.
    PlanError
        More choices than anybody reads.

    Examples
    --------
    >>> noon = datetime(2026, 11, 29, 12, tzinfo=UTC)
    >>> terms = VialTerms((Bq(3e9), Bq(5e9)), 2, Share(0.01), 0.1)
    >>> best = vial_choices(Bq(4e9), noon + timedelta(hours=64.05), calibrations=[noon], terms=terms, product=Product.named("glass"))[0]
    >>> [vial / 1e9 for vial in best.vials], round(best.delivered / 1e9, 2), best.within_tolerance
    ([3.0, 5.0], 3.96, True)
    """
    require_positive(needed, what="needed activity (Bq)")
    if terms.combinations * len(calibrations) > MOST_CHOICES:
        raise PlanError(
            f"an order must leave at most {MOST_CHOICES:,} choices, but {len(set(terms.vials))} sizes, {terms.most_vials} vials and "
            f"{len(calibrations)} calibrations make {terms.combinations * len(calibrations):,}; let fewer sizes or vials",
            code="order-choices",
            values={"different_vials": len(set(terms.vials)), "calibrations": len(calibrations)},
        )
    results = [
        choice
        for calibrated in dict.fromkeys(calibrations)
        for choice in _choices(needed, at, calibrated, terms=terms, product=product)
    ]
    return tuple(sorted(results, key=_sorting))


def _choices(
    needed: Bq, at: datetime, calibrated: datetime, *, terms: VialTerms, product: Product
) -> Iterator[VialChoice]:
    hours = hours_between(calibrated, at)
    left = product.nuclide.remaining(hours=hours)
    sizes = sorted(set(terms.vials))
    for count in range(1, terms.most_vials + 1):
        for vials in combinations_with_replacement(sizes, count):
            whole = sum(vials)
            delivered = whole * left * (1 - terms.residual)
            spheres = whole / product.bq_per_sphere
            yield VialChoice(
                vials=vials,
                calibrated=calibrated,
                at=at,
                hours=hours,
                dispensed=Bq(whole * left),
                delivered=Bq(delivered),
                of_needed=delivered / needed,
                spheres=spheres,
                spheres_delivered=spheres * (1 - terms.residual),
                within_tolerance=abs(delivered / needed - 1) <= terms.tolerance + EQUAL,
            )


def _sorting(choice: VialChoice) -> tuple[int, int, float, float, tuple[Bq, ...]]:
    steps = round(abs(choice.of_needed - 1) / EQUAL)
    return steps, len(choice.vials), choice.hours, choice.spheres, choice.vials


def spheres_factor(hours: float, product: Product) -> float:
    """Return how many times the spheres an activity has that long after calibration: 2^(hours/T).

    Examples
    --------
    >>> round(spheres_factor(168, Product.named("glass")), 2)
    6.16
    """
    return math.exp2(hours / product.nuclide.half_life_h)


def weekday_of(name: str) -> int:
    """Return 0 for Monday to 6 for Sunday.

    Raises
    ------
    QuantityError
        No day of the week.

    Examples
    --------
    >>> weekday_of("sunday")
    6
    """
    days = {day.lower(): number for number, day in enumerate(WEEKDAYS)}
    if name.strip().lower() not in days:
        raise QuantityError(
            f"weekday must be one of {', '.join(WEEKDAYS)}, but is {name!r}; correct it", code="weekday-unknown"
        )
    return days[name.strip().lower()]
