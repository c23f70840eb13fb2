"""What a publication prints of its patients, beside those of a cohort."""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from yttria.contract.reconstruction import PublishedPopulation
from yttria.values.cohort import Column, number_in
from yttria.values.errors import Finding, IntakeError

APART = 0.1
"""Standardised difference from which two populations are called different (Austin 2009, doi:10.1002/sim.3697)."""


def published_populations(
    text: str | None, facts: Mapping[str, Column]
) -> tuple[dict[str, PublishedPopulation] | None, list[Finding]]:
    """Return what a publication prints of its patients beside the second group's, and a warning where they differ.

    The difference is in standard deviations: of the printed share for a column of 0 and 1, of the cohort's numbers otherwise.

    Raises
    ------
    IntakeError
        Other words than name=number; no cohort whose columns could be compared; a column that is not there or holds no numbers.
    """
    if text is None:
        return None, []
    if not facts:
        refuse_impossible_population(text)
    results = {}
    for pair in text.split(","):
        name, equals, value = (part.strip() for part in pair.partition("="))
        number = number_in(value)
        if not equals or number is None:
            raise IntakeError(
                f"--printed must be name=number with commas, as pvt=0.38,age=64, but is {text!r}; correct it",
                code="printed-value",
            )
        if name not in facts or facts[name].numbers is None:
            raise IntakeError(
                f"--printed names {name}, but the second group has no such column of numbers ({', '.join(facts)}); correct it",
                code="printed-column-unknown",
            )
        results[name] = _population(number, np.asarray(facts[name].numbers, dtype=np.float64))
    apart = [
        f"{n}: {p.printed:g} printed, {p.against:.3g} here"
        for n, p in results.items()
        if abs(p.standardised_difference or 0) >= APART
    ]
    if not apart:
        return results, []
    message = f"the populations differ in what was printed: {'; '.join(apart)}; [matched] in a protocol weights for it"
    return results, [Finding("warning", "populations-differ", message, {"columns": len(apart)})]


def _population(number: float, numbers: NDArray[np.float64]) -> PublishedPopulation:
    finite = numbers[np.isfinite(numbers)]
    mean = float(finite.mean()) if len(finite) else float("nan")
    shares = bool(len(finite)) and bool(np.isin(finite, (0.0, 1.0)).all())
    spread = (
        math.sqrt(max(number * (1 - number), 0.0)) if shares else float(finite.std(ddof=1)) if len(finite) > 1 else 0.0
    )
    gap = (mean - number) / spread if spread > 0 else float("nan")
    return PublishedPopulation(printed=number, against=mean, n=len(finite), standardised_difference=gap)


def refuse_impossible_population(text: str | None) -> None:
    """Refuse printed means where the second group has no columns to compare."""
    if text is not None:
        raise IntakeError(
            "--printed compares with the columns of a cohort, but the second group is times alone; give --against-protocol, or --against dosisphere",
            code="printed-cohort-absent",
        )
