"""The quantile of the normal law behind two-sided limits."""

from scipy.special import ndtri


def normal_quantile(level: float) -> float:
    """Return how many standard errors two-sided limits of a level lie to either side.

    Examples
    --------
    >>> round(normal_quantile(0.95), 6)
    1.959964
    """
    return float(ndtri(1 - (1 - level) / 2))
