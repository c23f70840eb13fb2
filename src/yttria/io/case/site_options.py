"""What a site says beside what a case says: the case's own words stand above the site's."""

import difflib
from dataclasses import replace

from yttria.contract.site import SiteFile, SiteLimit, SiteRecovery
from yttria.io.case.limit_words import limits_in
from yttria.values.aims_limits import SITE_VOLUMES
from yttria.values.errors import QuantityError
from yttria.values.patient import OwnLimit, PlanningOptions, SiteJudgement
from yttria.values.recovery import RecoveryCurve
from yttria.values.units import Gy


def with_site(options: PlanningOptions, site: SiteFile) -> PlanningOptions:
    """Return planning options with a site's limits, aims and judgements where the case has none of its own.

    Raises
    ------
    QuantityError
        A limit of an unknown name, a limit that is no number.
    """
    limits, sources = limits_in(site.limits, where="[limits] of the site")
    aims = {name: Gy(gy) for name, gy in site.aims.model_dump().items() if gy is not None}
    judgements = {c.name: SiteJudgement(c.judgement, c.source) for c in site.contraindication}
    return replace(
        options,
        limits_gy={**limits, **options.limits_gy},
        limit_sources={**{k: v for k, v in sources.items() if k not in options.limits_gy}, **options.limit_sources},
        aims_gy={**aims, **options.aims_gy},
        contraindications={**judgements, **options.contraindications},
        own_limits=(*options.own_limits, *(_own(rule) for rule in site.limit)),
        recovery=options.recovery or _curve(site.recovery),
        corrected_judges=_judges(site.recovery) if options.corrected_judges is None else options.corrected_judges,
    )


def _judges(recovery: SiteRecovery | None) -> bool | None:
    """Return whether corrected doses judge; None where nothing is said."""
    return None if recovery is None else recovery.judges == "corrected"


def _curve(recovery: SiteRecovery | None) -> RecoveryCurve | None:
    """Return the measured curve that a site gives; None where it gives none."""
    if recovery is None or not (recovery.sphere_ml or recovery.coefficient):
        return None
    return RecoveryCurve(recovery.sphere_ml, recovery.coefficient, recovery.source)


def _own(rule: SiteLimit) -> OwnLimit:
    if rule.name not in SITE_VOLUMES:
        near = difflib.get_close_matches(rule.name, SITE_VOLUMES, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(SITE_VOLUMES)}"
        raise QuantityError(
            f"[[limit]] {rule.name} of the site names no volume that can be limited; {hint}",
            code="limit-volume-unknown",
        )
    rule_fields = rule.model_dump(exclude_none=True)
    return tuple(
        {**rule_fields, "volume": SITE_VOLUMES[rule.name], "condition": rule.condition or "set by the site"}.items()
    )
