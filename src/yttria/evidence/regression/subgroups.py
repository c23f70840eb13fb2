"""The effect of treatment within subgroups, and whether it differs between them."""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from yttria.evidence.regression.cox import Coefficient, cox
from yttria.evidence.regression.design_matrix import coded
from yttria.values.cohort import Cohort, Column, Mask, Numbers, TimeToEvent
from yttria.values.errors import EvidenceError


@dataclass(frozen=True, slots=True)
class Subgroup:
    """The treatment's hazard ratio in one subgroup; the effect is None where it cannot be estimated."""

    level: str
    outcome: TimeToEvent
    treated: TimeToEvent | None
    control: TimeToEvent | None
    effect: Coefficient | None


@dataclass(frozen=True, slots=True)
class Interaction:
    """P that the effect is the same in all subgroups, by likelihood ratio and by Wald; None where there is one subgroup."""

    lr_p: float | None
    wald_p: float | None


def subgroup_effects(cohort: Cohort, treated: Numbers, factor: Column) -> tuple[Subgroup, ...]:
    """Return the effect of `treated` within each level of `factor`.

    Parameters
    ----------
    cohort
        Rows with a known arm.
    treated
        1 for treated, 0 for control.
    factor
        Its levels are the subgroups.
    """
    made = []
    for k, level in enumerate(factor.levels):
        inside = factor.codes == k
        part = cohort.outcome.rows(inside)
        arm = treated[inside]
        sides = [part.rows(arm == a) if (arm == a).any() else None for a in (1, 0)]
        effect = None
        if part.events and 0 < arm.mean() < 1:
            effect = cox(part, arm[:, None], ["treated"]).coefficient(0)
        made.append(Subgroup(level, part, sides[0], sides[1], effect))
    return tuple(made)


def interaction(cohort: Cohort, treated: Numbers, factor: Column) -> Interaction:
    """Return the tests that the effect of `treated` does not depend on `factor`; parameters as in `subgroup_effects`."""
    rows: Mask = ~factor.missing
    levels = Column(factor.name, factor.codes[rows], factor.levels)
    indicators, _ = coded(levels)
    if not indicators.shape[1]:
        return Interaction(None, None)
    outcome, arm = cohort.outcome.rows(rows), treated[rows][:, None]
    main = np.concatenate([arm, indicators], axis=1)
    try:
        alone = cox(outcome, main)
        both = cox(outcome, np.concatenate([main, arm * indicators], axis=1))
    except EvidenceError:
        return Interaction(None, None)
    df = both.df - alone.df
    if df < 1:
        return Interaction(None, None)
    wald = both.wald_of(range(main.shape[1], both.x.shape[1]))
    return Interaction(float(chdtrc(df, 2 * (both.loglik - alone.loglik))), None if wald is None else wald.p)
