"""How fast patients enter a trial: stretches of time, each with a pace of its own."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yttria.values.errors import EvidenceError


@dataclass(frozen=True, slots=True)
class AccrualPattern:
    """Stretches of accrual; inside each, entries are spread evenly.

    Parameters
    ----------
    stretches
        Length and pace of each, in order; only the proportions of the paces matter. A slow start is ((6, 1), (20, 3)).

    Raises
    ------
    EvidenceError
        No stretch, a length that is not above zero, a negative pace, nobody ever enters.

    Examples
    --------
    >>> slow_start = AccrualPattern(((6, 1), (20, 3)))
    >>> slow_start.length, slow_start.at(np.array([0.0, 1 / 11, 1.0]))
    (26, array([ 0.,  6., 26.]))
    """

    stretches: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        for length, speed in self.stretches:
            if not (math.isfinite(length) and length > 0 and math.isfinite(speed) and speed >= 0):
                raise EvidenceError(
                    f"a stretch of accrual needs a length above zero and a pace of zero or more, but is {length:g}:{speed:g}; write 6:1",
                    code="accrual-pace-value",
                    values={"length": length, "pace": speed},
                )
        if not any(speed > 0 for _, speed in self.stretches):
            raise EvidenceError(
                "nobody enters at a pace of zero throughout; give one stretch a pace above zero", code="accrual-empty"
            )

    @property
    def length(self) -> float:
        """Return the time over which patients enter."""
        return sum(length for length, _ in self.stretches)

    def at(self, share: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the times by which these shares of the patients have entered."""
        lengths, paces = np.array(self.stretches, dtype=np.float64).T
        entered = np.concatenate([[0.0], np.cumsum(lengths * paces)])
        times = np.concatenate([[0.0], np.cumsum(lengths)])
        result: NDArray[np.float64] = np.interp(share, entered / entered[-1], times)
        return result
