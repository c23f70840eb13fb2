"""What an earlier treatment has used up: doses received before count against the limits, and one that is not said is a stop."""

from collections.abc import Sequence
from dataclasses import replace

from yttria.data import table
from yttria.planning.possible_facts import treated_before
from yttria.values.aims_limits import NO_DOSE, DoseName, Limit
from yttria.values.errors import Finding, numbered
from yttria.values.patient import ClinicalFacts
from yttria.values.product import Product
from yttria.values.units import BQ_PER_GBQ, Bq, Gy

WHOLE: tuple[DoseName, ...] = ("WNLD", "WLD")
ASSUMED_GY = (0.0, 20.0, 40.0, 60.0)
"""Doses to the whole normal liver for which a plan without a number shows what would be left."""
COURSE = "[[injections]] with its own perfused volume and given = { activity_gbq = …, at = … }"


def with_earlier_doses(
    limits: Sequence[Limit], product: Product, facts: ClinicalFacts
) -> tuple[tuple[Limit, ...], tuple[Finding, ...]]:
    """Return limits with what their volume received before, and warnings about what stands in or is not said.

    A dose of the same product counts as it is; one of another product, or of one not said, uses the same share of this limit as it used
    of its own: L_before = L D_before / L_own.

    Examples
    --------
    >>> facts = ClinicalFacts(earlier_product="resin", earlier_normal_liver_dose_gy=30, previous_lung_dose_gy=0)
    >>> (limit,), _ = with_earlier_doses([Limit("normal-liver", "WNLD", Gy(75), "x")], Product.named("glass"), facts)
    >>> limit.already_gy
    56.25
    """
    result = tuple(replace(limit, already_gy=_received(limit, product, facts)) for limit in limits)
    findings = []
    whole, here = facts.earlier_normal_liver_dose_gy, facts.earlier_perfused_normal_dose_gy
    if whole and here is None and any(limit.volume == "NPLD" for limit in limits):
        message = f"earlier_perfused_normal_dose_gy is not given: the {whole:g} Gy of the whole normal liver stand in for what this perfused normal liver has had; give it (0 for another lobe) in [patient]"
        findings.append(Finding("warning", "earlier-perfused-dose-stands-in", message, {"whole_liver_gy": whole}))
    findings += [
        _of_another_product(limit, product, facts)
        for limit in result
        if limit.already_gy > 0 and limit.name != "lung-cumulative" and facts.earlier_product != product.key
    ]
    if treated_before(facts) and facts.previous_lung_dose_gy is None:
        message = "treated before, but the lung dose of that treatment is not said: 50 Gy over all sessions cannot be judged; give [patient] previous_lung_dose_gy"
        findings.append(Finding("warning", "earlier-lung-dose-unknown", message))
    return result, tuple(findings)


def _received(limit: Limit, product: Product, facts: ClinicalFacts) -> Gy:
    if limit.name == "lung-cumulative":
        return Gy(facts.previous_lung_dose_gy or 0.0)
    whole, here = facts.earlier_normal_liver_dose_gy, facts.earlier_perfused_normal_dose_gy
    dose = whole if limit.volume in WHOLE else here if here is not None else whole
    if not dose or limit.volume not in {*WHOLE, "NPLD"}:
        return NO_DOSE
    own = table("rules")["earlier_products"]
    same = facts.earlier_product == product.key
    return Gy(dose if same else dose / own[facts.earlier_product or "unsaid"] * limit.limit_gy)


def _of_another_product(limit: Limit, product: Product, facts: ClinicalFacts) -> Finding:
    """Return how an earlier dose of another product, or of one not said, counts against a limit."""
    product_name = facts.earlier_product
    own = table("rules")["earlier_products"][product_name or "unsaid"]
    share = limit.already_gy / limit.limit_gy
    message = (
        f"the {share * own:.3g} Gy received before, of {product_name or 'a product that is not said'}, are {100 * share:.0f} % of the {own:g} Gy that such a treatment may use: "
        f"{limit.already_gy:.1f} of {limit.limit_gy:g} Gy of {limit.volume} count as used (house)"
    )
    values = {
        "already_gy": share * own,
        "allowed_gy": own,
        "used_fraction": share,
        "used_gy": limit.already_gy,
        "limit_gy": limit.limit_gy,
    }
    if product_name:
        return Finding("note", f"earlier-product-{limit.name}", message, values)
    message += f'; say which it was in [patient]: earlier_product = "{product.key}" or another'
    return Finding("warning", f"earlier-product-{limit.name}", message, values)


def earlier_dose_known(limits: Sequence[Limit], facts: ClinicalFacts) -> bool:
    """Return whether the dose of an earlier treatment is known as far as limits ask: of the whole normal liver, or where only the perfused one is limited, of either."""
    whole, here = facts.earlier_normal_liver_dose_gy, facts.earlier_perfused_normal_dose_gy
    if whole is not None or not any(limit.volume in {*WHOLE, "NPLD"} for limit in limits):
        return True
    return here is not None and not any(limit.volume in WHOLE for limit in limits)


def earlier_dose_missing(leaves: Sequence[tuple[Gy, Bq, str]]) -> Finding:
    """Return the stop that asks for the dose of an earlier treatment, with what several doses would leave.

    Parameters
    ----------
    leaves
        Dose, Gy, the activity that it would leave, Bq, and the limit that would hold it down.
    """
    assumed = ", ".join(
        f"{dose:g} Gy would leave {f'{bq / BQ_PER_GBQ:.2f} GBq ({binding})' if bq > 0 else 'nothing'}"
        for dose, bq, binding in leaves
    )
    message = f"treated before, but [patient] earlier_normal_liver_dose_gy is not given, and no dose can be assumed; give it (an estimate is a number): {assumed}. Where that treatment is the first session of this course, write it as {COURSE} instead"
    values = numbered("assumed_gy", (dose for dose, _, _ in leaves))
    values |= numbered("left_gbq", (max(bq, 0.0) / BQ_PER_GBQ for _, bq, _ in leaves))
    return Finding("stop", "earlier-dose-missing", message, values)
