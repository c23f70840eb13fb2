"""Response on a terminal: best responses, and the endpoint by arm, in 80 columns."""

from collections.abc import Iterator, Mapping

from yttria.contract.response import ArmRate, CriterionName, RateComparison, ResponseResult
from yttria.report.text.number_format import number, percent
from yttria.values.units import Share

WORDS = ("CR", "PR", "SD", "PD", "NE")


def response_lines(result: ResponseResult, titles: Mapping[CriterionName, str]) -> Iterator[str]:
    """Return the lines that a person reads first: best responses, then the endpoint with its comparison."""
    yield f"{'Best response':<20}{'n':>4}" + "".join(f"{word:>5}" for word in WORDS) + "  CR or PR (95 % CI)"
    for name, rate in result.rates.items():
        counts = "".join(f"{getattr(rate, word):>5}" for word in WORDS)
        yield f"{titles[name]:<20}{rate.n:>4}{counts}  {_fraction(rate.objective_fraction, rate.low, rate.high)}"
        if rate.non_cr_non_pd:
            yield f"{'':<20}{rate.non_cr_non_pd} more: neither gone nor grown, nothing is measured"
    for name, at in (result.at or {}).items():
        for part, rates in (("index lesion", at.index), ("patient", at.overall)):
            yield ""
            yield f"{titles[name]} at the endpoint, {part}"
            for arm, one in {"all": rates, **rates.arms}.items():
                yield _arm(arm, one)
            if rates.comparison is not None:
                yield _comparison(rates.comparison)


def _fraction(value: float, low: float, high: float) -> str:
    return f"{percent(Share(value))} ({number(100 * low, 1)}–{number(100 * high, 1)})"


def _arm(arm: str, rate: ArmRate) -> str:
    missing = f", {rate.n - rate.evaluable} NE" if rate.n > rate.evaluable else ""
    return f"  {arm:<18}{rate.responders:>4} of {rate.n:<5}{_fraction(rate.fraction, rate.low, rate.high)}{missing}"


def _comparison(c: RateComparison) -> str:
    difference = f"{number(100 * c.risk_difference, 1)} ({number(100 * c.low, 1)} to {number(100 * c.high, 1)})"
    pearson = "" if c.p_chi2 is None else f", Pearson {c.p_chi2:.4f}"
    return f"  {c.treated} less {c.control}: {difference} points, P Fisher {c.p_fisher:.4f}{pearson}"
