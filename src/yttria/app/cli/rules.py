"""`yttria rules`: which limits, aims and contraindications hold, and why."""

import sys

from yttria.app.cli.output import answer, say
from yttria.app.cli.request import request_command
from yttria.app.cli.root import app
from yttria.contract.rules import RulesRequest

EPILOG = "Example: yttria rules --product glass --disease HCC --scenario lobectomy   (or: yttria rules --case patient/case.toml)"


@request_command(app, RulesRequest, epilog=EPILOG)
def rules(request: RulesRequest, as_json: bool) -> None:
    """Show every limit, aim and contraindication with its source: which hold, are assumed, are open or fall away."""
    from yttria.app.services.rules import run

    done = run(request)
    if as_json:
        answer("rules", done, as_json=True)
        return
    for state in ("holds", "assumed", "open", "falls away"):
        for rule in done.result.rules:
            if rule.state == state:
                what = rule.judgement or f"{rule.volume} {rule.gy:g} Gy"
                cell = ", ".join([*rule.product, *rule.disease, *rule.scenario])
                condition = "; ".join(part for part in (cell, rule.condition) if part)
                missing = f" [give {', '.join(rule.missing)}]" if rule.missing else ""
                sys.stdout.write(
                    f"{state:<11}{rule.kind:<17}{rule.name}: {what}; {condition}{missing} ({rule.source})\n"
                )
    for finding in done.findings:
        say(f"{finding.level}: {finding.message}")
