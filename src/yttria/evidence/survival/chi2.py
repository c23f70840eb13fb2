"""A chi-square statistic with its degrees of freedom."""

from dataclasses import dataclass

from scipy.special import chdtrc


@dataclass(frozen=True, slots=True)
class Chi2:
    """A test statistic with its degrees of freedom."""

    chi2: float
    df: int

    @property
    def p(self) -> float:
        """Return the upper tail of the chi-squared distribution."""
        return float(chdtrc(self.df, self.chi2))
