"""What a mean with its SD, a percentage and a two-by-two table contradict."""

import math

from yttria.evidence.descriptive.proportions import Proportion, TwoByTwo
from yttria.evidence.published.claim import Claim, Flag
from yttria.evidence.published.claim_reading import Reading
from yttria.evidence.published.ratio_checks import p_flags
from yttria.evidence.published.rounding import Printed, decimal_text


def mean_flags(claim: Claim, reading: Reading) -> list[Flag]:
    """Return why a mean and its SD cannot belong to measurements of that range, number or step.

    SD^2 <= (max - mean)(mean - min) n / (n - 1).

    Source
    ------
    Bhatia and Davis 2000, doi:10.1080/00029890.2000.12005203; the step: Brown and Heathers 2017 (GRIM),
    doi:10.1177/1948550616673876.
    """
    mean, sd, n = claim.value, claim.sd, claim.n
    if mean is None or sd is None:
        return []
    flags = _mean_outside(claim, mean)
    if flags:
        return flags
    if claim.least is not None and n is not None and n > 1:
        reading.checked.append("SD within range")
        top = n * mean.span[1] - (n - 1) * claim.least if claim.most is None else claim.most
        largest = max(
            math.sqrt(max((top - m) * (m - claim.least), 0.0) * n / (n - 1))
            for m in (*mean.span, _within(mean, claim.least, top))
        )
        if sd.span[0] > largest:
            flags.append(
                Flag("sd-impossible", (claim.line,), claim.name, claim.text,
                     f"{n} values between {claim.least:g} and {top:g} with this mean have an SD of at most {largest:.1f}",
                     _sd_hint(sd, largest), "leave the SD out, or ask the authors")
            )  # fmt: skip
    if claim.grain is not None and n is not None:
        reading.checked.append("mean of whole steps")
        steps = mean.value * n / claim.grain
        near = round(steps) * claim.grain / n
        if not any(mean.how(whole * claim.grain / n) for whole in (math.floor(steps), math.ceil(steps))):
            flags.append(
                Flag("mean-impossible", (claim.line,), claim.name, claim.text,
                     f"{n} values in steps of {claim.grain:g} have no such mean", f"{near:.{mean.decimals + 1}f} would agree",
                     "check n and the mean")
            )  # fmt: skip
    return flags


def _mean_outside(claim: Claim, mean: Printed) -> list[Flag]:
    """Return why a mean cannot be of measurements of that range."""
    low = -math.inf if claim.least is None else claim.least
    high = math.inf if claim.most is None else claim.most
    if mean.span[1] >= low and mean.span[0] <= high:
        return []
    return [
        Flag("mean-outside-range", (claim.line,), claim.name, claim.text, f"measurements lie between {low:g} and {high:g}",
             "a mean inside that range would agree", "check the mean, min and max")
    ]  # fmt: skip


def _within(mean: Printed, least: float, most: float) -> float:
    """Return the mean in its span that lies nearest the middle of the range, where the SD can be largest."""
    return min(max((least + most) / 2, mean.span[0]), mean.span[1])


def _sd_hint(sd: Printed, largest: float) -> str:
    slipped = sd.value / 10
    near = f", as {decimal_text(slipped, sd.decimals + 1)} with the point moved" if slipped <= largest else ""
    return f"an SD of {largest:.1f} or less would agree{near}"


def percent_flags(claim: Claim, reading: Reading) -> list[Flag]:
    """Return why a percentage is none of its number of patients."""
    percent = claim.value if claim.value is not None else claim.bound
    if percent is None or not claim.n:
        return []
    reading.checked.append("whole patients")
    exact = {k: 100 * k / claim.n for k in ([claim.events] if claim.events is not None else range(claim.n + 1))}
    for value in exact.values():
        how = percent.how(value)
        if how is not None:
            reading.prints["value"] = how
            return []
    number = percent if isinstance(percent, Printed) else percent.number
    k = min(exact, key=lambda k: abs(exact[k] - number.value))
    return [
        Flag("percent-impossible", (claim.line,), claim.name, f"{percent.text.removesuffix('%').rstrip()} % of {claim.n}",
             f"no whole number{'' if claim.events is None else f' ({claim.events})'} of {claim.n} gives it",
             f"{k} of {claim.n}, {decimal_text(exact[k], max(number.decimals, 1))} %, would agree", "check the count and n")
    ]  # fmt: skip


def two_by_two_flags(claim: Claim, reading: Reading) -> list[Flag]:
    """Return why a P is that of no usual test of a two-by-two table."""
    events, n, events_b, n_b = claim.events, claim.n, claim.events_b, claim.n_b
    if events is None or n is None or events_b is None or n_b is None:
        return []
    table = TwoByTwo(Proportion(events, n), Proportion(events_b, n_b))
    exact = {
        "pearson": table.pearson()[1],
        "yates": table.pearson(continuity=True)[1],
        "fisher": table.fisher_p(),
    }
    return p_flags(claim, reading, {name: (p, p) for name, p in exact.items()}, exact)
