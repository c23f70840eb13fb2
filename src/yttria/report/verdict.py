"""The verdict in three lines: what to give, what limits it, what it wins and costs against the standard."""

from yttria.report.number import NBSP, gbq, gy, gy_range, number
from yttria.report.words import approach_of, sentence, volume_of
from yttria.values.document import Verdict
from yttria.values.patient import Result
from yttria.values.treatment import DoseName, Option

COMPARED: tuple[DoseName, ...] = ("TD", "NPLD", "WNLD", "LD")


def verdict(result: Result) -> Verdict:
    """Return three lines: recommended activity, what limits it, what it costs or wins against standard dosimetry."""
    plan = result.plan
    chosen = plan.option(plan.recommended)
    standard = next((o for o in plan.options if o.approach == "SDA"), None)
    lines = [("Give", _give(chosen)), ("Held by", _held(chosen, plan.reason))]
    if standard is not None and standard is not chosen:
        lines.append(("Against standard", _against(chosen, standard)))
    elif standard is chosen:
        lines.append(("Against standard", "this is the standard activity; no option gives more within the limits"))
    return Verdict(lines)


def _give(option: Option) -> str:
    tumour = f": index lesion {_dose(option, 'TD')}" if "TD" in option.doses_gy else ""
    return f"{gbq(option.activity_bq)}{NBSP}GBq, {approach_of(option).lower()} ({option.approach}){tumour}"


def _dose(option: Option, name: DoseName) -> str:
    estimate = option.uncertainty.get(name)
    interval = f" ({gy_range(estimate)})" if estimate else ""
    return f"{gy(option.doses_gy[name])}{NBSP}Gy{interval}"


def _held(option: Option, reason: str) -> str:
    check = next((c for c in option.checks if c.limit.name == option.binding), None)
    if check is None:
        return sentence(reason) if reason else "No limit: the aim decides the activity"
    wish = ""
    if option.wished_activity_bq and option.wished_activity_bq > option.activity_bq * 1.0001:
        cost = option.wished_doses_gy.get(check.limit.volume)
        wish = f"; the wish would need {gbq(option.wished_activity_bq)}{NBSP}GBq"
        wish += f" and give {volume_of(check.limit.volume)} {gy(cost)}{NBSP}Gy" if cost else ""
    return f"{sentence(volume_of(check.limit.volume))}, at most {gy(check.limit.limit_gy)}{NBSP}Gy ({check.limit.source}){wish}"


def _against(chosen: Option, standard: Option) -> str:
    parts = [
        f"{volume_of(name)} {gy(chosen.doses_gy[name])} instead of {gy(standard.doses_gy[name])}{NBSP}Gy"
        for name in COMPARED
        if name in chosen.doses_gy and name in standard.doses_gy
    ]
    more = chosen.activity_bq / standard.activity_bq - 1
    change = f"{number(abs(more) * 100, 0)}{NBSP}% {'more' if more >= 0 else 'less'} activity than {gbq(standard.activity_bq)}{NBSP}GBq"
    return f"{change}: {', '.join(parts)}"
