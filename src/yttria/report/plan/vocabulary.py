"""The words a report uses for doses, options and volumes: one spelling in every table, figure and sentence."""

from yttria.values.aims_limits import DOSE_WORDS
from yttria.values.plan import Option, Plan

ROLES = {
    "liver": "liver",
    "perfused": "perfused liver",
    "tumour": "all tumours",
    "lungs": "lungs",
    "normal-perfused": "perfused normal liver",
    "normal-liver": "whole normal liver",
    "thrombus": "thrombus",
    "necrosis": "necrosis",
}
APPROACHES = {
    "SDA": "Standard",
    "PDA": "Personalised",
    "PDA-PLD": "Perfused dose",
    "tolerance": "As tolerated",
    "label": "Label formula",
    "partition": "Partition model",
    "probability": "Most probable",
    "given": "As given",
}


REPORT_NOTES = frozenset(
    {
        "perfused-counts",
        "shunt-dome",
        "shunt-planar",
        "lungs-judged",
        "partial-volume",
        "partial-volume-normal",
        "doses-uncorrected",
        "uncertainty-assumed",
        "no-probabilities",
    }
)
"""Notes whose numbers the report shows: shares of counts, the lungs by each convention, doses corrected for blur, the budget, what cannot be told."""
NUMERALS = dict(enumerate(["three", "four", "five", "six", "seven", "eight", "nine", "ten"], 3))


def volume_of(dose: str) -> str:
    """Return what a dose name speaks of, in words.

    Examples
    --------
    >>> volume_of("NPLD"), volume_of("TD_2"), volume_of("NPLD[right]")
    ('perfused normal liver', 'lesion 2', 'perfused normal liver of right')
    """
    whole, bracket, own = dose.partition("[")
    if bracket:
        return f"{volume_of(whole)} of {'session ' if whole == 'LD' else ''}{own.removesuffix(']')}"
    return DOSE_WORDS.get(dose) or f"lesion {dose.removeprefix('TD_')}"


def role_words(role: str) -> str:
    """Return a role in words: tumour-2 is lesion 2, perfused[right] perfused liver of right."""
    whole, bracket, own = role.partition("[")
    if bracket:
        return f"{role_words(whole)} of {own.removesuffix(']')}"
    return ROLES.get(role) or f"lesion {role.removeprefix('tumour-')}"


def is_body_surface(option: Option) -> bool:
    """Tell whether an option is resin's body-surface method: a label's activity that pursues no dose."""
    return option.approach == "label" and option.aim is None


def approach_of(option: Option) -> str:
    """Return what an option is, in words; a label without an aim is resin's body-surface method."""
    if is_body_surface(option):
        return "Body surface"
    return APPROACHES.get(option.approach, option.approach)


def isotope(name: str) -> str:
    """Return Y-90 as ⁹⁰Y."""
    element, _, mass = name.partition("-")
    return mass.translate(str.maketrans("0123456789m", "⁰¹²³⁴⁵⁶⁷⁸⁹ᵐ")) + element if mass else name


def option_title(plan: Plan) -> str:
    """Return the approach that figures are of; where nothing is advised, with the words that it is no recommendation."""
    if plan.shown.approach == "given":
        return "what was given"
    return plan.shown.approach if plan.advised else f"{plan.shown.approach} (not recommended: nothing is advised)"


def every(count: int, noun: str) -> str:
    """Return that many things hold, as a person says it.

    Examples
    --------
    >>> every(1, "limit"), every(2, "limit"), every(3, "limit"), every(12, "limit")
    ('the one limit', 'both limits', 'all three limits', 'all 12 limits')
    """
    if count == 1:
        return f"the one {noun}"
    return f"both {noun}s" if count == 2 else f"all {NUMERALS.get(count, count)} {noun}s"
