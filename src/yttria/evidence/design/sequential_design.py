"""A group-sequential design as it is written into a protocol: both boundaries, what is spent, how many patients it takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scipy.special import ndtr

from yttria.evidence.design.futility import Futility, futility_design
from yttria.evidence.design.group_sequential import Boundary, Kind, boundary
from yttria.evidence.design.sequential_path import FAR

Efficacy = Literal["obf", "pocock", "haybittle", "spending:obf", "spending:pocock"]
KIND_OF: dict[Efficacy, Kind] = {
    "obf": "obrien-fleming",
    "pocock": "pocock",
    "haybittle": "haybittle-peto",
    "spending:obf": "ld-obrien-fleming",
    "spending:pocock": "ld-pocock",
}


@dataclass(frozen=True, slots=True)
class SequentialDesign:
    """Looks of a design.

    Parameters
    ----------
    information
        Information times of the looks, ascending, the last 1.
    efficacy
        Critical values of |Z| (two sides) or Z (one side); None where nothing is spent.
    futility
        Values of Z at or below which the trial is futile, the last that of efficacy; None for a design without futility.
    alpha_spent, beta_spent
        Spent up to each look.
    sides
        Of the test; 1 with futility.
    alpha, power
        Spent in all, over these sides; power at the drift of the design.
    inflation, expected_null, expected_alternative
        Greatest information, and that used on average without and with the effect, over a fixed trial of the same power.
    stopping
        Chances to stop for efficacy at each look with the effect.
    """

    information: tuple[float, ...]
    efficacy: tuple[float | None, ...]
    futility: tuple[float, ...] | None
    alpha_spent: tuple[float, ...]
    beta_spent: tuple[float, ...] | None
    sides: int
    alpha: float
    power: float
    inflation: float
    expected_null: float
    expected_alternative: float
    stopping: tuple[float, ...]

    @property
    def one_sided_p(self) -> tuple[float | None, ...]:
        """Return the one-sided P at which each look stops for efficacy: 1 - Phi(z)."""
        return tuple(None if z is None else float(ndtr(-z)) for z in self.efficacy)


def sequential_design(
    kind: Kind,
    information: Sequence[float],
    *,
    alpha: float = 0.05,
    sides: int = 2,
    power: float = 0.8,
    shape: float | None = None,
    futility: Futility | None = None,
    binding: bool = False,
    conditional_power: float = 0.2,
) -> SequentialDesign:
    """Return a design with a boundary for efficacy and, where asked for, one for futility; then it is one-sided at alpha / sides.

    Raises
    ------
    EvidenceError
        What `boundary` and `futility_design` refuse.

    Examples
    --------
    >>> design = sequential_design("obrien-fleming", [0.5, 1])
    >>> [round(z, 3) for z in design.efficacy], round(design.inflation, 4)
    ([2.797, 1.977], 1.0078)
    """
    if futility is None:
        return _symmetric(boundary(kind, information, alpha=alpha, sides=sides, shape=shape), power)
    design = futility_design(
        kind,
        futility,
        information,
        alpha=alpha / sides,
        power=power,
        binding=binding,
        conditional_power=conditional_power,
    )
    null, true = design.stopping(0.0), design.stopping(design.drift)
    return SequentialDesign(
        information=design.information,
        efficacy=_spending_looks(design.efficacy),
        futility=design.futility,
        alpha_spent=design.alpha_spent,
        beta_spent=design.beta_spent,
        sides=1,
        alpha=design.alpha,
        power=power,
        inflation=design.inflation,
        expected_null=design.inflation * null.expected_information,
        expected_alternative=design.inflation * true.expected_information,
        stopping=true.efficacy,
    )


def _symmetric(limits: Boundary, power: float) -> SequentialDesign:
    """Return the design of a boundary for efficacy alone."""
    inflation = limits.inflation(power)
    true = limits.stopping(limits.drift_for(power))
    return SequentialDesign(
        information=limits.information,
        efficacy=_spending_looks(limits.z),
        futility=None,
        alpha_spent=limits.spending,
        beta_spent=None,
        sides=limits.sides,
        alpha=limits.alpha,
        power=power,
        inflation=inflation,
        expected_null=inflation * limits.stopping(0.0).expected_information,
        expected_alternative=inflation * true.expected_information,
        stopping=true.right,
    )


def _spending_looks(z: Sequence[float]) -> tuple[float | None, ...]:
    """Return critical values, None where a look spends nothing."""
    return tuple(None if value >= FAR else value for value in z)
