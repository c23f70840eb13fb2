"""Which rules hold for a product, disease and scenario, or for a case whose images are not read."""

from dataclasses import replace
from pathlib import Path

from yttria.app.services.site import site_of
from yttria.contract.envelope import Answer
from yttria.contract.rules import RuleRecord, RulesRequest, RulesResult
from yttria.io.case.case_file import Case, choices_of, facts_of, read_case
from yttria.io.case.site_options import with_site
from yttria.planning.contraindications import excluded_facts, site_judgements
from yttria.planning.possible_facts import ImagedFacts
from yttria.planning.rule_states import StatedRule, condition_of, stated_rules
from yttria.planning.rules import limits_for
from yttria.values.errors import Finding
from yttria.values.patient import ClinicalFacts, PlanningOptions
from yttria.values.product import Product
from yttria.values.units import Share

PRODUCTS = ("glass", "resin", "holmium")


def run(request: RulesRequest) -> Answer[RulesResult]:
    """Return every rule with its state; without a product, what holds or falls away for all of them, the rest open.

    Raises
    ------
    YttriaError
        A case.toml or a site file that cannot be read, or does not fit.
    """
    case = _case(request.case)
    statement = choices_of(case, calibration=case.dose.calibration or "relative")
    facts = replace(
        facts_of(case),
        **{key: value for key in ("disease", "scenario") if (value := getattr(request, key)) is not None},
    )
    product_key = request.product or (case.product.name if request.case is not None else None)
    site = site_of(request.site)
    tables, findings = [], []
    for key in (product_key,) if product_key else PRODUCTS:
        product = Product.named(key)
        options = with_site(replace(statement, product=product, nuclide=product.nuclide), site)
        imaged = ImagedFacts(
            lung_shunt=None if statement.shunt_fraction is None else float(statement.shunt_fraction),
            several_sessions=len({injection.session for injection in case.injections}) > 1,
        )
        tables.append(stated_rules(facts, options, imaged))
        findings += [*excluded_facts(product, facts), *_site_findings(options, facts, imaged)]
    rules = [_record(list(same)) for same in zip(*tables, strict=True)]
    return Answer(RulesResult(rules=rules), tuple(dict.fromkeys(findings)))


def _case(path: Path | None) -> Case:
    return Case() if path is None else read_case(path)[0]


def _site_findings(options: PlanningOptions, facts: ClinicalFacts, imaged: ImagedFacts) -> list[Finding]:
    _, result = limits_for(options.product, facts, Share(0.0), options, imaged)
    return [*result, *site_judgements(options)]


def _record(same: list[StatedRule]) -> RuleRecord:
    """Return one rule of one product or more: what is not the same for all is open."""
    first, states = same[0], {one.state for one in same}
    rule = first.rule
    against = first.kind == "contraindication"
    return RuleRecord(
        name=str(rule.get("name") or rule.get("approach")),
        kind=first.kind,
        volume=None if against else rule["volume"],
        gy=None if against else float(rule["gy"]),
        product=list(rule.get("product", [])),
        disease=list(rule.get("disease", [])),
        scenario=list(rule.get("scenario", [])),
        condition=condition_of(rule),
        source=first.source,
        verified=rule.get("verified", True),
        state=states.pop() if len(states) == 1 else "open",
        missing=list(dict.fromkeys(key for one in same for key in one.missing)),
        judgement=rule["judgement"] if against else None,
    )
