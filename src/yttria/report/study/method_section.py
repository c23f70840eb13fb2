"""How a study was analysed, in the words of a methods section."""

from yttria.report.study.effect_sections import effect_methods
from yttria.report.study.number_format import level_words
from yttria.values.document import Block, Points
from yttria.values.protocol import Protocol


def method_blocks(protocol: Protocol) -> tuple[Block, ...]:
    """Return how the study was analysed, one sentence a rule that was used."""
    weight = f" with S(t-)^{protocol.km.rho:g} as weight" if protocol.km.rho else ""
    strata = f", stratified by {', '.join(protocol.km.strata)}" if protocol.km.strata else ""
    lines = [
        f"Time: {protocol.outcome.time}, in {protocol.outcome.unit or 'the unit of the table'}; event: {protocol.outcome.event}"
        + (f"; late entry at {protocol.outcome.entry}." if protocol.outcome.entry else "; follow-up from time zero."),
        (
            f"Survival by Kaplan–Meier with Greenwood errors (robust ones where case weights are no whole numbers); limits: {level_words(protocol.km.level)}, "
            f"{protocol.km.conf} scale."
        ),
        "A median where survival equals one half exactly is the middle of the flat part (R: survfit); follow-up by reverse Kaplan–Meier.",
        f"Groups are compared by the log-rank test{weight}{strata}.",
        "Cox models with Efron's rule for ties unless a model says otherwise; limits are 95 %; P and limits of coefficients by Wald.",
        (
            "Proportional hazards by the score test of a coefficient that changes with time (Grambsch–Therneau; Kaplan–Meier transform unless a model says "
            "otherwise); concordance by Harrell."
        ),
        "No P is corrected for the number of tests. A row that misses a covariate is left out of the models that use it, and counted; nothing is imputed but where [missing] asks for it.",
        (
            "In the tests of this program estimators are held against R (survival 3.5, cmprsk 2.2, glm) to seven digits or more, most to nine; Firth's "
            "penalty against a blind maximiser."
        ),
    ]
    if protocol.time_varying:
        lines.append(
            "Events after baseline: rows are cut at the day of the event, so that time before it counts as time without it (time-varying covariate, "
            "Mantel–Byar; drawn after Simon and Makuch); a landmark analysis leaves out who had the outcome or was censored by then and counts time "
            "from the landmark."
        )
    if protocol.selection is not None:
        chosen = protocol.selection
        lines.append(
            f"Selection: univariable P ≤ {chosen.p_enter:g} ({chosen.p_test}), then {chosen.method} on rows complete in all entered terms."
        )
    if protocol.dose_response:
        lines.append(
            "Dose and response by binomial regression (maximum likelihood), its band symmetric on the scale of the link; the dose that a share needs "
            "with Fieller's limits, where a slope is shown; area under the ROC curve with DeLong's error."
        )
    lines += effect_methods(protocol)
    if protocol.km.trend:
        lines.append("Trend: log-rank test with the levels' own numbers as scores, or 0, 1, 2 … in their order.")
    return (Points(lines),)
