"""The verdict in three lines: what is recommended, what limits it, what it wins and costs against the standard."""

from yttria.report.plan.vocabulary import approach_of, every, sentence, volume_of
from yttria.report.text.number_format import MINUS, NBSP, decimals_of_gy, gbq, gy, gy_range, number
from yttria.values.document import Verdict
from yttria.values.patient import Result
from yttria.values.treatment import DoseName, LimitCheck, Option

COMPARED: tuple[DoseName, ...] = ("TD", "NPLD", "WNLD", "LD")
REFUSED = "no treatment is recommended: "  # the verdict has said it already


def verdict(result: Result) -> Verdict:
    """Return three lines: recommended activity, what limits it, what it costs or wins against standard dosimetry."""
    plan = result.plan
    chosen = plan.shown
    if not plan.advised:
        shown = "Nearest to its aim" if chosen.aim else "Shown below"
        return Verdict(
            (
                ("Advice", "No activity is advised"),
                ("Why", sentence(plan.reason.removeprefix(REFUSED))),
                (shown, _option(chosen)),
            )
        )
    standard = next((o for o in plan.options if o.approach == "SDA"), None)
    lines = [("Recommended", _option(chosen)), ("Limited by", _limited(chosen))]
    if standard is chosen:
        lines.append(("Against standard", "This is the standard activity"))
    elif standard is not None and standard.activity_bq > 0:
        lines.append(("Against standard", _against(chosen, standard)))
    return Verdict(tuple(lines))


def _option(option: Option) -> str:
    name = "TD" if "TD" in option.doses_gy else "TD_all" if "TD_all" in option.doses_gy else "PLD"
    dose = f": {volume_of(name)} {_dose(option, name)}" if name in option.doses_gy else ""
    return f"{gbq(option.activity_bq)}{NBSP}GBq, {approach_of(option).lower()} ({option.approach}){dose}"


def _dose(option: Option, name: DoseName) -> str:
    estimate = option.uncertainty.get(name)
    interval = f" ({gy_range(estimate)})" if estimate else ""
    return f"{gy(option.doses_gy[name])}{NBSP}Gy{interval}"


def _limited(option: Option) -> str:
    check = next((c for c in option.checks if c.limit.name == option.binding), None)
    if check is None:
        return _free(option)
    limit = check.limit
    return f"{sentence(volume_of(limit.volume))}, at most {gy(limit.limit_gy)}{NBSP}Gy ({limit.source}){_price(option, check)}"


def _free(option: Option) -> str:
    """Return what decides the activity where no limit does."""
    aim = option.aim
    if aim is None:
        return "Nothing: the activity was decided before"
    what, wanted = ("wish", aim.wished_gy) if aim.wished_gy else ("aim", aim.dose_gy)
    within = f"within {every(len(option.checks), 'limit')}" if option.checks else "and no limit applies"
    return f"No limit: the {what} of {gy(wanted)}{NBSP}Gy to the {volume_of(aim.volume)} is reached {within}"


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
    names = [n for n in COMPARED if n in chosen.doses_gy and n in standard.doses_gy]
    change = number((chosen.activity_bq / standard.activity_bq - 1) * 100, 0)
    if change == "0":
        return f"The same activity as SDA, {gbq(standard.activity_bq)}{NBSP}GBq"
    parts = [_change(name, chosen, standard) for name in names]
    return f"{_signed(change)}{NBSP}% activity ({gbq(standard.activity_bq)} → {gbq(chosen.activity_bq)}{NBSP}GBq): {', '.join(parts)}"


def _change(name: DoseName, chosen: Option, standard: Option) -> str:
    before, after = standard.doses_gy[name], chosen.doses_gy[name]
    by = number(after - before, decimals_of_gy(after))
    return f"{volume_of(name)} {_signed(by)}{NBSP}Gy ({gy(before)} → {gy(after)})"


def _signed(text: str) -> str:
    return text if text.startswith(MINUS) else f"+{text}"
