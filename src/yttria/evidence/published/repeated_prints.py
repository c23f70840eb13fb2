"""Numbers that are printed in two places and cannot be one number."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from yttria.evidence.published.claim import Claim, Flag
from yttria.evidence.published.claim_reading import Reading, printed_number, printed_span, printed_text
from yttria.evidence.published.ratio_checks import _overlap


def repeated_print_flags(claims: Sequence[Claim], readings: Mapping[int, Reading]) -> list[Flag]:
    """Return numbers that are printed in two places and cannot be one number."""
    same: dict[tuple[object, ...], list[Claim]] = defaultdict(list)
    for claim in claims:
        same[claim.kind, claim.subject, claim.time].append(claim)
    flags: list[Flag] = []
    for repeated in same.values():
        for part in ("value", "low", "high", "sd", "p"):
            flags += _differing(part, [c for c in repeated if printed_number(c, part) is not None], readings)
    return flags


def _differing(part: str, claims: Sequence[Claim], readings: Mapping[int, Reading]) -> list[Flag]:
    """Return the first pair of prints of one number that cannot agree."""
    flags: list[Flag] = []
    distinct: list[Claim] = []
    for claim in claims:
        span = printed_span(claim, part)
        if any(printed_span(other, part) == span for other in distinct):
            continue
        clash = next((o for o in distinct if not _overlap(printed_span(o, part), span)), None)
        distinct.append(claim)
        if clash is not None:
            flags.append(_twice(part, clash, claim, readings))
    return flags


def _twice(part: str, one: Claim, two: Claim, readings: Mapping[int, Reading]) -> Flag:
    names = {"p": "P", "value": one.kind, "low": "lower limit", "high": "upper limit", "sd": "SD"}
    sentence = f"{names[part]} {printed_text(one, part)} ({one.place or 'one place'}) and {printed_text(two, part)} ({two.place or 'another'})"
    why, agrees = (
        "one number is printed as two that cannot round to each other",
        "one of the two in both places would agree",
    )
    if part == "p":
        larger, smaller = sorted((one, two), key=lambda c: -(c.p.number.value if c.p else 0.0))
        if "wald" in readings[larger.line].p_is and "logrank" in readings[smaller.line].p_is:
            why = "two tests are printed as one P"
            texts = [c.p.text if c.p else "" for c in (larger, smaller)]
            agrees = f"{texts[0]} as the P of Wald's test and {texts[1]} as that of the log-rank test would agree with the limits"
    if part == "value" and one.kind == "median":
        agrees += ", or both, where the curve rests at one half: R takes the middle of the flat part, other software its start"
    return Flag(f"{'p' if part == 'p' else 'number'}-printed-twice", (one.line, two.line), one.name, sentence, why, agrees,
                "name the test or rule behind each, or ask the authors")  # fmt: skip
