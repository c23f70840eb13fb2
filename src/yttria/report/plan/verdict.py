"""The verdict: what is recommended, what limits it, on what it depends, what chose the rules, what it wins and costs."""

from collections.abc import Collection

from yttria.report.plan.lesion_table import lesions_in_words
from yttria.report.plan.vocabulary import approach_of, every, is_body_surface, volume_of
from yttria.report.text.capitals import capital
from yttria.report.text.number_format import MINUS, NBSP, decimals_of_gy, gbq, gy, gy_range, number
from yttria.values.aims_limits import DoseName, LimitCheck, limits_in_words
from yttria.values.document import Verdict
from yttria.values.patient import Result
from yttria.values.plan import Option, Plan
from yttria.values.units import Bq

STANDARD_DOSES: tuple[DoseName, ...] = ("TD", "NPLD", "WNLD", "LD")
NOT_GIVEN = "not given"
ROUNDING = 1e-3
"""Of an aim: below this a dose has reached it."""
FEW_LINES = 4
"""Of more missing lines the verdict gives the number alone: the first warning has them ready to paste."""
LIMITS_AT = "; limits at "  # from here on lines of their own say it
REFUSED = "no treatment is recommended: "  # the verdict has said it already


def verdict(result: Result) -> Verdict:
    """Return what is recommended, what limits it, what it costs or wins against standard dosimetry, and what it stands on.

    It stands on every limit with its value, on the lines of case.toml that are missing, and on the facts that chose the rules.
    """
    plan = result.plan
    chosen = plan.shown
    given_names = {i.name for i in result.patient_case.injections if i.given is not None}
    around = [
        *([("Lesions", lesions)] if (lesions := lesions_in_words(result)) else []),
        ("Limits", capital(limits_in_words(chosen.checks))),
        *_conditional(plan),
        ("Rules chosen by", _facts(result)),
        ("Doses judged", doses_judged(result)),
    ]
    if not plan.advised:
        heading = "Nearest to its aim" if chosen.aim else "Shown below"
        return Verdict(
            (
                ("Advice", "No activity is advised"),
                ("Why", capital(plan.reason.removeprefix(REFUSED).partition(LIMITS_AT)[0])),
                (f"{heading}, not advised", _option(chosen, given_names)),
                *around,
            )
        )
    standard = next((o for o in plan.options if o.approach == "SDA" or is_body_surface(o)), None)
    lines = [("Recommended", _option(chosen, given_names)), ("Limited by", _limited(chosen))]
    if standard is chosen:
        lines.append(("Against standard", "This is the standard activity"))
    elif standard is not None and standard.activity_bq > 0:
        lines.append(("Against standard", _against(chosen, standard)))
    return Verdict((*lines, *around))


def doses_judged(result: Result) -> str:
    """Return which doses aims and limits are judged by: as the image has them, or corrected for blur."""
    curve = result.patient_case.choices.recovery
    how = "the geometric transfer matrix" if curve is None else f"the measured curve of {curve.source}"
    if result.absorbed.uncorrected_gy:
        return f"Corrected for blur by {how}, as the site says; as the image has them beside"
    return f"As the image has them, uncorrected; corrected by {how} beside"


def _conditional(plan: Plan) -> list[tuple[str, str]]:
    """Return on how many lines of case.toml the plan depends, where it does."""
    if not plan.conditional:
        return []
    count = len(plan.conditional)
    listed = ", ".join(plan.conditional) if count <= FEW_LINES else "what is to be given stands in the findings"
    words = f"conditional on {count} {'line' if count == 1 else 'lines'} of case.toml: {listed}"
    return [("Depends on", capital(words))]


def _facts(result: Result) -> str:
    """Return the facts that chose the rules, each as given or as not given."""
    facts = result.patient_case.facts
    bilirubin = facts.bilirubin_mg_dl
    before = {None: "not given", False: "none", True: "yes"}[facts.earlier_radioembolisation]
    doses = [
        f"{name} {gy(dose)}{NBSP}Gy"
        for name, dose in (
            ("whole normal liver", facts.earlier_normal_liver_dose_gy),
            ("perfused normal liver", facts.earlier_perfused_normal_dose_gy),
            ("lungs", facts.previous_lung_dose_gy),
        )
        if dose is not None
    ]
    lines = [
        f"disease {facts.disease or NOT_GIVEN}",
        f"scenario {facts.scenario or NOT_GIVEN}",
        f"Child–Pugh {facts.child_pugh or NOT_GIVEN}",
        f"bilirubin {NOT_GIVEN if bilirubin is None else f'{bilirubin:g}{NBSP}mg/dL'}",
        " ".join(["earlier treatments", before, *([f"({', '.join(doses)})"] if doses else [])]),
    ]
    return capital("; ".join(lines))


def _option(option: Option, given_names: Collection[str]) -> str:
    """Return an option in words; of a course that is given in part first what is still to be given."""
    name = "TD" if "TD" in option.doses_gy else "TD_all" if "TD_all" in option.doses_gy else "PLD"
    dose = f": {volume_of(name)} {_dose(option, name)}" if name in option.doses_gy else ""
    whole = f"{gbq(option.activity_bq)}{NBSP}GBq"
    to_give = {name: bq for name, bq in option.activities_bq.items() if name not in given_names}
    each = ", ".join(f"{name} {gbq(bq)}" for name, bq in (to_give or option.activities_bq).items())
    split = f" ({each})" if each else ""
    if to_give and given_names:
        before = ", ".join(f"{name} {gbq(bq)}" for name, bq in option.activities_bq.items() if name in given_names)
        whole, split = (
            f"{gbq(Bq(sum(to_give.values())))}{NBSP}GBq to be given",
            f" ({each}; given before: {before}; {whole} in all)",
        )
    return f"{whole}{split}, {approach_of(option).lower()} ({option.approach}){dose}"


def _dose(option: Option, name: DoseName) -> str:
    estimate = option.uncertainty.get(name)
    interval = f" ({gy_range(estimate)})" if estimate else ""
    return f"{gy(option.doses_gy[name])}{NBSP}Gy{interval}"


def _limited(option: Option) -> str:
    check = next((c for c in option.checks if c.limit.name == option.binding), None)
    if check is None:
        return _free(option)
    limit = check.limit
    return f"{capital(volume_of(limit.volume))}, at most {gy(limit.limit_gy)}{NBSP}Gy ({limit.source}){_price(option, check)}"


def _free(option: Option) -> str:
    """Return what decides the activity where no limit does."""
    aim = option.aim
    if aim is None:
        return "Nothing: the activity was decided before"
    what, goal_gy = ("wish", aim.wished_gy) if aim.wished_gy else ("aim", aim.dose_gy)
    if (dose := option.doses_gy[aim.volume]) < goal_gy * (1 - ROUNDING):
        short = f"No limit, and the {what} of {gy(goal_gy)}{NBSP}Gy to the {volume_of(aim.volume)} is not sought: it gets {gy(dose)}{NBSP}Gy"
        return capital(option.note) if option.note else short
    within = f"within {every(len(option.checks), 'limit')}" if option.checks else "and no limit applies"
    if assumed := sum(c.limit.state == "assumed" for c in option.checks):
        return f"The {what} of {gy(goal_gy)}{NBSP}Gy to the {volume_of(aim.volume)}, which is reached {within} while {assumed} of them {'is' if assumed == 1 else 'are'} assumed"
    return f"No limit: the {what} of {gy(goal_gy)}{NBSP}Gy to the {volume_of(aim.volume)} is reached {within}"


def _price(option: Option, check: LimitCheck) -> str:
    """Return what the wish, or the aim itself, would have needed and cost."""
    if option.wished_activity_bq is None or option.wished_activity_bq <= option.activity_bq * 1.0001:
        return ""
    aim = option.aim
    wished = (aim.wished_gy or aim.dose_gy) if aim and option.reached else aim.dose_gy if aim else None
    what = f"{'the wished ' if option.reached else 'the aim of '}{gy(wished)}{NBSP}Gy" if wished else "the wish"
    cost = option.wished_doses_gy.get(check.limit.volume)
    price = f" and bring {gy(cost)}{NBSP}Gy to the {volume_of(check.limit.volume)}" if cost else ""
    return f"; {what} would need {gbq(option.wished_activity_bq)}{NBSP}GBq{price}"


def _against(chosen: Option, standard: Option) -> str:
    names = [n for n in STANDARD_DOSES if chosen.doses_gy.get(n, 0.0) > 0 or standard.doses_gy.get(n, 0.0) > 0]
    change = number((chosen.activity_bq / standard.activity_bq - 1) * 100, 0)
    if change == "0":
        return f"The same activity as {'the body-surface method' if is_body_surface(standard) else 'SDA'}, {gbq(standard.activity_bq)}{NBSP}GBq"
    parts = [_change(name, chosen, standard) for name in names]
    against = " against the body-surface method, which no dose stands behind" if is_body_surface(standard) else ""
    return f"{_signed(change)}{NBSP}% activity{against} ({gbq(standard.activity_bq)} → {gbq(chosen.activity_bq)}{NBSP}GBq): {', '.join(parts)}"


def _change(name: DoseName, chosen: Option, standard: Option) -> str:
    before, after = standard.doses_gy[name], chosen.doses_gy[name]
    by = number(after - before, decimals_of_gy(after))
    return f"{volume_of(name)} {_signed(by)}{NBSP}Gy ({gy(before)} → {gy(after)})"


def _signed(text: str) -> str:
    return text if text.startswith(MINUS) else f"+{text}"
