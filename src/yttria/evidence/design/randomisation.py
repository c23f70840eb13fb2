"""Who gets which arm: permuted blocks in strata, minimisation, and a seed that is committed to before it is opened.

Every draw is a hash: SHA-256 of the seed and of what is being drawn. Anybody can check a list with a few lines in any language;
no library's random numbers are part of it.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from yttria.values.errors import EvidenceError

SHORTEST_SEED = 16
"""Characters below which a seed could be guessed by trying: 16 random hexadecimal ones are 64 bits."""


@dataclass(frozen=True, slots=True)
class Arms:
    """The arms of a trial and how many patients each gets for one round.

    Parameters
    ----------
    names
        Two or more, distinct.
    ratio
        Whole numbers above zero, one an arm: (1, 1).

    Raises
    ------
    EvidenceError
        One arm, a name twice or empty, a ratio that does not fit.
    """

    names: tuple[str, ...]
    ratio: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.names) < 2 or len(set(self.names)) != len(self.names) or not all(self.names):
            raise EvidenceError(
                f"a trial needs two or more arms with names of their own, but has {', '.join(self.names) or 'none'}",
                code="arm-names",
            )
        if len(self.ratio) != len(self.names) or any(r < 1 for r in self.ratio):
            raise EvidenceError(
                f"each arm needs a whole number above zero as its part, but {self.ratio} were given for {', '.join(self.names)}",
                code="arm-ratio",
            )

    @property
    def round(self) -> int:
        """Return the smallest block that keeps the ratio."""
        return sum(self.ratio)


def commitment(seed: str, salt: str) -> str:
    """Return what can be published before the trial: SHA-256 of salt and seed; it tells neither, and fixes both.

    Raises
    ------
    EvidenceError
        A seed or salt so short that it could be guessed.

    Examples
    --------
    >>> commitment("a seed nobody knows", "0123456789abcdef")[:16]
    '6513b04205311f22'
    """
    for name, text in (("seed", seed), ("salt", salt)):
        if len(text) < SHORTEST_SEED:
            raise EvidenceError(
                f"a {name} needs {SHORTEST_SEED} characters or more, but has {len(text)}; a short one can be found by trying",
                code="seed-short",
                values={"characters": len(text)},
            )
    return hashlib.sha256(f"{salt}:{seed}".encode()).hexdigest()


def _draw(seed: str, *what: object) -> float:
    """Return a number from 0 to 1, drawn for one purpose only."""
    digest = hashlib.sha256("|".join([seed, *map(str, what)]).encode()).digest()
    return int.from_bytes(digest[:7]) / 2**56


@dataclass(frozen=True, slots=True)
class Assignment:
    """One line of a randomisation list.

    Parameters
    ----------
    number
        Within its stratum, from 1.
    stratum
        Level of each factor; empty without strata.
    block, size
        Number of the block in its stratum, from 1, and its size.
    arm
        The arm.
    """

    number: int
    stratum: tuple[str, ...]
    block: int
    size: int
    arm: str


def permuted_blocks(
    arms: Arms, patients: int, *, blocks: Sequence[int], seed: str, strata: Mapping[str, Sequence[str]] | None = None
) -> tuple[Assignment, ...]:
    """Return a randomisation list of permuted blocks, one for each combination of the strata.

    A block's size is drawn among `blocks`; the arms of a block are sorted by a draw each. Lists are complete blocks, so that a
    stratum can be longer than asked.

    Parameters
    ----------
    arms
        Names and ratio.
    patients
        In each stratum, at least.
    blocks
        Sizes to draw from, each a multiple of the round of the ratio; several make the last patient of a block unforeseeable.
    seed
        Secret text.
    strata
        Factors with their levels.

    Raises
    ------
    EvidenceError
        No patient, a block that is no multiple of the ratio, a factor without two levels, a seed that could be guessed.

    Source
    ------
    Zelen 1974, doi:10.1016/0021-9681(74)90015-0; ICH E9, 2.3.2.

    Examples
    --------
    >>> arms = Arms(("PDA", "SDA"), (1, 1))
    >>> made = permuted_blocks(arms, 8, blocks=[4], seed="a seed nobody knows")
    >>> [a.arm for a in made].count("PDA"), len(made)
    (4, 8)
    """
    commitment(seed, seed)
    if patients < 1:
        raise EvidenceError(
            f"a list needs a patient or more, but {patients} were asked; give how many each stratum can have",
            code="patients-count",
        )
    for size in blocks:
        if size < arms.round or size % arms.round:
            raise EvidenceError(
                f"a block must be a multiple of {arms.round}, the sum of the ratio, but is {size}; choose {arms.round} or {2 * arms.round}",
                code="block-size",
                values={"first_block": 2 * arms.round},
            )
    if not blocks:
        raise EvidenceError(
            "a list needs a block size or more, but none was given; 4 and 6 are usual for 1:1", code="block-size-absent"
        )
    _require_levels(strata or {})
    made: list[Assignment] = []
    for stratum in product(*(strata or {}).values()):
        number, block = 0, 0
        while number < patients:
            block += 1
            size = blocks[int(_draw(seed, "size", *stratum, block) * len(blocks))]
            names = [
                name
                for name, part in zip(arms.names, arms.ratio, strict=True)
                for _ in range(part * size // arms.round)
            ]
            draws = [_draw(seed, "arm", *stratum, block, i) for i in range(size)]
            order = sorted(range(size), key=draws.__getitem__)
            for place in order:
                number += 1
                made.append(Assignment(number, stratum, block, size, names[place]))
    return tuple(made)


def _require_levels(strata: Mapping[str, Sequence[str]]) -> None:
    for factor, levels in strata.items():
        if len(levels) < 2 or len(set(levels)) != len(levels):
            raise EvidenceError(
                f"stratum {factor} needs two or more different levels, but has {', '.join(levels) or 'none'}; leave it out or add one",
                code="stratum-levels",
            )


@dataclass(frozen=True, slots=True)
class Minimised:
    """One patient's allocation by minimisation.

    Parameters
    ----------
    number
        From 1, in order of arrival.
    arm
        The arm.
    imbalance
        For each arm, the imbalance that putting the patient there would have made.
    by_chance
        Whether the draw went against, or decided between, the arms with the least imbalance.
    """

    number: int
    arm: str
    imbalance: tuple[float, ...]
    by_chance: bool


def minimised(
    arms: Arms,
    patients: Sequence[Mapping[str, str]],
    *,
    seed: str,
    probability: float = 0.8,
    weights: Mapping[str, float] | None = None,
) -> tuple[Minimised, ...]:
    """Return the arm of each patient in order of arrival: the one that balances the margins best, with a given probability.

    Imbalance of an arm: sum over factors of weight x range of (patients / ratio) over arms, among those with the same level, had
    the patient been put there. Adding a patient to the list never changes an earlier one.

    Parameters
    ----------
    arms
        Names and ratio.
    patients
        Levels of each factor, the same factors for each.
    seed
        Secret text.
    probability
        Of taking the arm with the least imbalance; 1 is deterministic and foreseeable.
    weights
        Of the factors; 1 each.

    Raises
    ------
    EvidenceError
        A patient without a factor, a probability below that of chance or above 1, a weight that is not above zero or of no factor.

    Source
    ------
    Pocock and Simon 1975, doi:10.2307/2529712.

    Examples
    --------
    >>> made = minimised(Arms(("PDA", "SDA"), (1, 1)), [{"pvt": "yes"}] * 4, seed="a seed nobody knows", probability=1)
    >>> sorted(m.arm for m in made)
    ['PDA', 'PDA', 'SDA', 'SDA']
    """
    commitment(seed, seed)
    least = max(arms.ratio) / arms.round
    if not least <= probability <= 1:
        raise EvidenceError(
            f"the probability of the balancing arm lies from {least:.2g} (chance) to 1, but is {probability:g}; 0.8 is usual",
            code="minimisation-probability-range",
            values={"least": least, "probability": probability},
        )
    factors = _factors(patients, weights or {})
    counts: dict[tuple[str, str], Counter[str]] = {}
    made: list[Minimised] = []
    for number, patient in enumerate(patients, start=1):
        mine = [counts.setdefault((factor, patient[factor]), Counter()) for factor in factors]
        imbalance = tuple(
            sum(weight * _range(count, arms, name) for count, weight in zip(mine, factors.values(), strict=True))
            for name in arms.names
        )
        arm, by_chance = _biased(arms, imbalance, probability, seed, number)
        for count in mine:
            count[arm] += 1
        made.append(Minimised(number, arm, imbalance, by_chance))
    return tuple(made)


def _factors(patients: Sequence[Mapping[str, str]], weights: Mapping[str, float]) -> dict[str, float]:
    """Return the weight of each factor."""
    if not patients or not patients[0]:
        raise EvidenceError(
            "minimisation needs patients with a factor or more, but found none; give one row a patient",
            code="minimisation-table-empty",
        )
    names = list(patients[0])
    for number, patient in enumerate(patients, start=1):
        missing = [name for name in names if not patient.get(name)]
        if missing:
            raise EvidenceError(
                f"each patient needs every factor, but patient {number} lacks {', '.join(missing)}; fill it in",
                code="minimisation-factor-absent",
            )
    for name, weight in weights.items():
        if name not in names or not (math.isfinite(weight) and weight > 0):
            raise EvidenceError(
                f"weights are numbers above zero of the factors {', '.join(names)}, but {name} has {weight:g}; correct it",
                code="minimisation-weights",
                values={"weight": weight},
            )
    return {name: weights.get(name, 1.0) for name in names}


def _range(count: Counter[str], arms: Arms, added: str) -> float:
    parts = [(count[name] + (name == added)) / part for name, part in zip(arms.names, arms.ratio, strict=True)]
    return max(parts) - min(parts)


def _biased(arms: Arms, imbalance: Sequence[float], probability: float, seed: str, number: int) -> tuple[str, bool]:
    """Return an arm: with `probability` among the least imbalanced, otherwise among the others, by ratio inside each."""
    least = min(imbalance)
    best = [i for i, value in enumerate(imbalance) if value <= least + 1e-12]
    rest = [i for i in range(len(arms.names)) if i not in best]
    follows = not rest or _draw(seed, "follow", number) < probability
    pool = best if follows else rest
    mark = _draw(seed, "arm", number) * sum(arms.ratio[i] for i in pool)
    for i in pool:
        mark -= arms.ratio[i]
        if mark < 0:
            return arms.names[i], not follows or len(pool) > 1
    return arms.names[pool[-1]], not follows or len(pool) > 1
