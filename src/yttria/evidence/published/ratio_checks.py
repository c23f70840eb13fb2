"""What a ratio, its limits and its P contradict."""

import math
from collections.abc import Mapping

from yttria.evidence.published.claim import Claim, Flag
from yttria.evidence.published.claim_reading import Reading
from yttria.evidence.published.group_checks import ASK
from yttria.evidence.published.reported_ratio import (
    RatioSpan,
    Span,
    agreeing,
    is_plain,
    is_profile,
    plain_p,
    profile_p,
    ratio_span,
)
from yttria.evidence.published.rounding import Printed, decimal_text


def ratio_flags(claim: Claim, reading: Reading) -> list[Flag]:
    """Return what a ratio, its limits and its P contradict."""
    if claim.value is None or (claim.low is None and claim.high is None):
        return []
    reading.checked.append("limits")
    span = ratio_span(claim.value, claim.low, claim.high, level=claim.level)
    if not span.possible:
        return _ratio_on_other_scales(claim, reading)
    reading.scales = ("log",)
    tests = {"wald": span.wald_p} | ({"logrank": span.logrank_p} if claim.kind == "hr" else {})
    flags = p_flags(claim, reading, tests, span.middle_p)
    if claim.kind == "hr":
        reading.least_events = span.least_events
        flags += _too_few_events(claim, span.least_events)
    return flags


def _ratio_on_other_scales(claim: Claim, reading: Reading) -> list[Flag]:
    """Return what a ratio contradicts whose limits do not lie the same factor below and above it: all, or its P alone."""
    value, low, high = claim.value, claim.low, claim.high
    if value is None or low is None or high is None:
        return [_ratio_misprint(claim)]
    tests: dict[str, Span] = {}
    if is_plain(value, low, high):
        reading.scales += ("plain",)
        tests["wald"] = plain_p(value, low, high, level=claim.level)
    if is_profile(value, low, high):
        reading.scales += ("profile",)
        for name, result in profile_p(value, low, high, level=claim.level).items():
            test = tests.get(name, result)
            tests[name] = min(test[0], result[0]), max(test[1], result[1])
    if not reading.scales:
        return [_ratio_misprint(claim)]
    return p_flags(claim, reading, tests, {name: math.sqrt(p[0] * p[1]) for name, p in tests.items()})


def _ratio_misprint(claim: Claim) -> Flag:
    """Return the flag of a ratio outside or not midway its limits, with the one number whose change agrees with the P too."""
    names = {"value": "a ratio", "low": "a lower limit", "high": "an upper limit"}
    fitting, ordered = [], []
    numbers = {
        part: number
        for part, number in (("value", claim.value), ("low", claim.low), ("high", claim.high))
        if number is not None
    }
    for part, number in (agreeing(**numbers) if len(numbers) == len(names) else {}).items():
        old = numbers[part]
        moved = [new for new in _point_moved(old) if _span_with(claim, part, new).possible]
        decimals = max(x.decimals for x in numbers.values())
        new = moved[0] if moved else Printed.of(decimal_text(number, decimals))
        span = _span_with(claim, part, new)
        if not span.possible:
            continue
        words = f"{names[part]} of {new.text}" + (f" (a slipped decimal point of {old.text})" if moved else "")
        ordered.append(words)
        if claim.p is not None and any(_overlap(claim.p.span, one) for one in (span.wald_p, span.logrank_p)):
            fitting.append(words)
    agrees = (
        f"{' or '.join(fitting)} would agree with limits and P"
        if fitting
        else f"{' or '.join(ordered) or 'other limits'} would agree"
    )
    return Flag(
        "ratio-not-midway", (claim.line,), claim.name, claim.text,
        "limits of a ratio lie the same factor below and above it (value² = low × high); neither the plain scale (equally far) nor a profile likelihood "
        "explains these", agrees,
        "use the number that agrees, and say so, or ask the authors",
    )  # fmt: skip


def _point_moved(old: Printed) -> tuple[Printed, Printed]:
    """Return the same digits with the decimal point one place to the left, and one to the right."""
    digits = Printed.of(old.text).decimals
    return Printed.of(decimal_text(old.value / 10, digits + 1)), Printed.of(
        decimal_text(old.value * 10, max(digits - 1, 1))
    )


def _span_with(claim: Claim, part: str, new: Printed) -> RatioSpan:
    """Return what ratio and limits can be when one of them is printed otherwise."""
    trio = {"value": claim.value, "low": claim.low, "high": claim.high} | {part: new}
    return ratio_span(trio["value"], trio["low"], trio["high"], level=claim.level)


def _overlap(one: Span, two: Span) -> bool:
    return one[0] <= two[1] and two[0] <= one[1]


def p_flags(claim: Claim, reading: Reading, tests: Mapping[str, Span], middle: Mapping[str, float]) -> list[Flag]:
    """Return why a printed P is none of the tests', or not the one it is said to be."""
    if claim.p is None:
        return []
    reading.checked.append("P")
    result = math.log(max(claim.p.number.value, 1e-300))
    near = sorted(tests, key=lambda name: abs(math.log(max(middle[name], 1e-300)) - result))
    reading.p_is = tuple(name for name in near if _overlap(claim.p.span, tests[name]))
    ranges = ", ".join(f"{name} {span[0]:.2g} to {span[1]:.2g}" for name, span in tests.items())
    if not reading.p_is:
        return [
            Flag("p-disagrees", (claim.line,), claim.name, claim.text, "the P follows from the limits, and this is none of them",
                 f"{ranges} would agree", "recompute the P from the limits, or ask which test it is")
        ]  # fmt: skip
    if claim.test in tests and claim.test not in reading.p_is:
        return [
            Flag("p-other-test", (claim.line,), claim.name, claim.text,
                 f"the P is said to be {claim.test}, but is that of {' or '.join(reading.p_is)}", f"{ranges} would agree",
                 "name the test that the P comes from")
        ]  # fmt: skip
    return []


def _too_few_events(claim: Claim, least: int) -> list[Flag]:
    most = claim.events if claim.events is not None else None if claim.n is None else claim.n - (claim.cut_n or 0)
    if most is None or least <= most:
        return []
    cut_text = f" after {claim.cut_n} of {claim.n} are censored" if claim.events is None and claim.cut_n else ""
    return [
        Flag("too-few-events", (claim.line,), claim.name, claim.text,
             f"limits so narrow need {least} events or more (standard error ≥ 2/√events for a yes/no factor), but at most {most} can have happened{cut_text}",
             f"limits no narrower than a factor {math.exp(3.92 / math.sqrt(most)):.2f} to either side would agree", ASK)
    ]  # fmt: skip
