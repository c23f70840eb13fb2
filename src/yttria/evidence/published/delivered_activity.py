"""Delivered against prescribed: whether a claimed underdose follows from the two activities it is said of."""

from dataclasses import dataclass

from yttria.evidence.published.rounding import Printed
from yttria.values.errors import require_not_negative, require_positive

PRINT_TOLERANCE = 0.02
"""Relative difference that is put down to a print chain we do not see (a percentage of unrounded activities)."""


@dataclass(frozen=True, slots=True)
class Underdose:
    """One claimed underdose beside the one that its activities give, per cent.

    Parameters
    ----------
    claimed
        As printed.
    computed
        100 (1 - delivered / prescribed).
    low, high
        What the activities can give before they were rounded.
    tolerance
        Relative difference that is let pass beyond rounding.
    """

    claimed: Printed
    computed: float
    low: float
    high: float
    tolerance: float

    @property
    def consistent(self) -> bool:
        """Return whether the claim follows: reached by rounding alone, or within the tolerance of the computed one."""
        low, high = self.claimed.span
        by_rounding = low <= self.high and self.low <= high
        return by_rounding or abs(self.claimed.value - self.computed) <= self.tolerance * abs(self.computed)


def delivered_activity(
    delivered: Printed, prescribed: Printed, claimed: Printed, *, tolerance: float = PRINT_TOLERANCE
) -> Underdose:
    """Return the underdose that two printed activities give, beside the one that is claimed.

    100 (1 - A_delivered / A_prescribed), over all activities that the prints can stand for.

    Parameters
    ----------
    delivered, prescribed
        In one unit.
    claimed
        Per cent; negative where more than prescribed was given.

    Raises
    ------
    QuantityError
        A prescribed activity that is not above zero; a negative delivered one or a negative tolerance.

    Examples
    --------
    >>> [delivered_activity(*map(Printed.of, row)).consistent for row in (("9.2", "11.9", "22.48"), ("8.92", "11.9", "30.03"))]
    [True, False]

    Source
    ------
    The example: US NRC event notification 49450, whose percentages do not add up.
    """
    require_positive(prescribed.value, what="prescribed activity")
    require_not_negative(delivered.value, what="delivered activity")
    require_not_negative(tolerance, what="tolerance")
    least, most = delivered.rounded
    fewest, greatest = prescribed.rounded  # above zero: a number above zero is one unit of its last digit at least
    return Underdose(
        claimed=claimed,
        computed=100 * (1 - delivered.value / prescribed.value),
        low=100 * (1 - most / fewest),
        high=100 * (1 - max(least, 0.0) / greatest),
        tolerance=tolerance,
    )
