"""What to know of a fitted model before its numbers are read: infinite or absent coefficients, units, few clusters, few events."""

from collections.abc import Sequence

import numpy as np

from yttria.evidence.regression.cox import CoxFit
from yttria.evidence.study.context import AnalysisContext
from yttria.values.protocol import ModelSpec

ENOUGH_EVENTS, LEAST_EVENTS = 10, 5
FEW_CLUSTERS, ENOUGH_CLUSTERS = 10, 20
LARGEST_RATIO = 1e6
"""A ratio beyond this, or below one over it, is that of a unit in which nobody varies."""
UNREADABLE = 0.005
"""A ratio nearer to one than this prints as 1.00."""
MOST_LISTED = 8


def add_coefficient_findings(context: AnalysisContext, name: str, fit: CoxFit) -> None:
    """Say which coefficients are infinite, do not exist, or belong to a unit in which no ratio can be read: one finding each."""
    endless = [term for j, term in enumerate(fit.names) if fit.endless[j]]
    if endless:
        are = "effect of {} is" if len(endless) == 1 else "effects of {} are"
        context.add_finding(
            "infinite-coefficient",
            f"in model {name} the {are.format(listed(endless))} infinite: all events lie on one side of it",
        )
    constant = [t for j, t in enumerate(fit.names) if not fit.endless[j] and not np.isfinite(fit.coef[j])]
    if constant:
        does = "does not vary on its own (it is constant, or made of other terms), so that it has"
        do = "do not vary on their own (they are constant, or made of other terms), so that they have"
        context.add_finding(
            "constant-term",
            f"in model {name} {listed(constant)} {does if len(constant) == 1 else do} no effect to estimate",
        )
    for j in np.flatnonzero(np.isfinite(fit.coef)):
        if words := _unit_words(fit, int(j)):
            context.add_finding("ratio-scale", f"in model {name} {words}")


def listed(terms: Sequence[str]) -> str:
    """Return names for a sentence, the first few of them."""
    return ", ".join(terms[:MOST_LISTED]) + (
        f" and {len(terms) - MOST_LISTED} more" if len(terms) > MOST_LISTED else ""
    )


def _unit_words(fit: CoxFit, column: int) -> str:
    """Return what is wrong with the unit of a covariate whose ratio for one unit overflows or prints as 1.00 (1.00–1.00); else nothing."""
    result, spread = fit.coefficient(column), float(np.std(fit.x[:, column]))
    ends = (result.hr, result.low, result.high)
    if not spread > 0 or not all(np.isfinite(end) or end == float("inf") for end in ends):
        return ""
    wide = float(np.log(result.high / result.low)) * spread if np.isfinite(result.high) and result.low > 0 else 0.0
    large = not all(1 / LARGEST_RATIO < end < LARGEST_RATIO for end in ends)
    small = all(abs(end - 1) < UNREADABLE for end in ends) and max(wide, abs(result.coef) * spread) > UNREADABLE
    if not (large or small):
        return ""
    term, unit = fit.names[column], 10.0 ** round(float(np.log10(spread)))
    with np.errstate(over="ignore"):
        ratio = float(np.exp(result.coef * spread))
    text = "too large to be written" if large else "1.00 to two decimals"
    return (
        f"the hazard ratio of {term} for one unit, with its limits, is {text}: the unit is too {'large' if large else 'small'} for how {term} varies "
        f"(standard deviation {spread:.3g}; ratio per standard deviation {ratio:.3g}); write the column in units of {unit:g}"
    )


def add_cluster_finding(context: AnalysisContext, name: str, fit: CoxFit, spec: ModelSpec) -> None:
    """Say on how few clusters robust errors stand.

    Source
    ------
    Cameron and Miller 2015, doi:10.3368/jhr.50.2.317, on inference with few clusters; ten and twenty are the contract's lines.
    """
    if not (spec.robust or spec.cluster) or fit.clusters >= ENOUGH_CLUSTERS:
        return
    of = "rows" if spec.cluster is None else f"clusters ({spec.cluster})"
    joint = "; there is no joint Wald test" if fit.wald is None else ""
    context.add_finding(
        "few-clusters",
        f"in model {name} robust errors stand on {fit.clusters} {of}, and are too small with so few{joint}; "
        "read the model without clusters beside it",
        "warning" if fit.clusters < FEW_CLUSTERS else "note",
    )


def add_event_finding(context: AnalysisContext, what: str, events: int, coefficients: int) -> None:
    """Say where there are fewer than ten events for each coefficient that is asked of them.

    Source
    ------
    Peduzzi et al. 1995, doi:10.1016/0895-4356(95)00048-8: below ten, read with caution; Vittinghoff and McCulloch 2007,
    doi:10.1093/aje/kwk052: ten can be relaxed, in particular where adjustment is all that is sought. Five is this program's line.
    """
    if not coefficients or events >= ENOUGH_EVENTS * coefficients:
        return
    few = "fewer than five" if events < LEAST_EVENTS * coefficients else "fewer than ten"
    many = "1 coefficient" if coefficients == 1 else f"{coefficients} coefficients"
    context.add_finding(
        "few-events",
        f"{what} asks for {many} of {events} events: {events / coefficients:.1f} events for each, {few}; "
        "estimates will be too far from none and will not hold elsewhere; ask for fewer",
    )
