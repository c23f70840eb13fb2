"""Rates of response: of a group, by arm, and one arm against the other."""

from collections.abc import Sequence
from dataclasses import dataclass

from yttria.evidence.descriptive.proportions import Proportion, TwoByTwo
from yttria.values.errors import EvidenceError


@dataclass(frozen=True, slots=True)
class ResponseRate:
    """How many responded, of how many.

    Parameters
    ----------
    n
        Patients, those who cannot be evaluated included.
    evaluable
        Patients who can be.
    responders
        Patients who responded.
    """

    n: int
    evaluable: int
    responders: int

    @classmethod
    def of(cls, responded: Sequence[bool | None]) -> "ResponseRate":
        """Return the rate of patients who responded, did not, or (None) cannot be evaluated.

        Raises
        ------
        EvidenceError
            No patient.

        Examples
        --------
        >>> ResponseRate.of([True, False, None])
        ResponseRate(n=3, evaluable=2, responders=1)
        """
        if not responded:
            raise EvidenceError(
                "a rate of response needs patients, but there are none; check the arm", code="rate-of-nobody"
            )
        return cls(len(responded), sum(r is not None for r in responded), sum(r is True for r in responded))

    @property
    def proportion(self) -> Proportion:
        """Return responders of all patients."""
        return Proportion(self.responders, self.n)


@dataclass(frozen=True, slots=True)
class ResponseComparison:
    """One arm against the other.

    Parameters
    ----------
    treated, control
        Names of the arms.
    table
        Responders of each: effects are treated against control.
    """

    treated: str
    control: str
    table: TwoByTwo

    @property
    def p_chi2(self) -> float | None:
        """Return P of Pearson's chi-squared without correction; None where all or none responded."""
        try:
            return self.table.pearson()[1]
        except EvidenceError:
            return None


def compare_rates(arms: dict[str, ResponseRate], *, treated: str = "") -> ResponseComparison | None:
    """Return one arm against the other; None unless there are two.

    Parameters
    ----------
    arms
        Rates by the name of the arm.
    treated
        Which arm is treated; the second of the sorted names where it is not said.

    Raises
    ------
    EvidenceError
        `treated` is no arm.

    Examples
    --------
    >>> found = compare_rates({"SDA": ResponseRate(28, 28, 10), "PDA": ResponseRate(28, 28, 20)}, treated="PDA")
    >>> round(found.p_chi2, 4), round(found.table.fisher_p(), 4)
    (0.0074, 0.0151)
    """
    names = sorted(arms)
    if treated and treated not in names:
        raise EvidenceError(
            f"the treated arm must be one of {', '.join(names) or 'none'}, but is {treated!r}; correct it",
            code="arm-unknown",
        )
    if len(names) != 2:
        return None
    treated = treated or names[1]
    control = names[0] if treated == names[1] else names[1]
    return ResponseComparison(treated, control, TwoByTwo(arms[treated].proportion, arms[control].proportion))
