"""Randomisation: balance, reproducibility, commitment, refusals."""

import hashlib
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yttria.evidence.design.randomisation import Arms, commitment, minimised, permuted_blocks
from yttria.values.errors import EvidenceError

SEED = "a seed that nobody knows"
TWO = Arms(("PDA", "SDA"), (1, 1))

# laws


@settings(max_examples=25, deadline=None)
@given(
    st.text(min_size=16, max_size=40), st.lists(st.sampled_from([3, 6, 9]), min_size=1, max_size=3), st.integers(1, 40)
)
def test_every_block_keeps_the_ratio(seed: str, blocks: list[int], patients: int) -> None:
    made = permuted_blocks(Arms(("A", "B"), (2, 1)), patients, blocks=blocks, seed=seed, strata={"pvt": ["yes", "no"]})
    for key in {(a.stratum, a.block) for a in made}:
        arms = Counter(a.arm for a in made if (a.stratum, a.block) == key)
        assert arms["A"] == 2 * arms["B"]


def test_a_longer_list_begins_with_the_shorter_one() -> None:
    short = permuted_blocks(TWO, 10, blocks=[4, 6], seed=SEED)
    assert permuted_blocks(TWO, 40, blocks=[4, 6], seed=SEED)[: len(short)] == short


def test_first_places_are_even_over_many_seeds() -> None:
    first = Counter(permuted_blocks(TWO, 1, blocks=[4], seed=f"{SEED}{i}")[0].arm for i in range(2000))
    assert first["PDA"] == pytest.approx(1000, abs=100)


def test_strata_get_lists_of_their_own() -> None:
    made = permuted_blocks(TWO, 40, blocks=[4, 6], seed=SEED, strata={"pvt": ["yes", "no"]})
    lists = [[a.arm for a in made if a.stratum == (level,)][:40] for level in ("yes", "no")]
    assert lists[0] != lists[1]


def test_adding_a_patient_changes_no_earlier_allocation() -> None:
    patients = [{"pvt": "yes" if i % 3 else "no", "centre": str(i % 4)} for i in range(30)]
    whole = minimised(TWO, patients, seed=SEED)
    assert [made.number for made in whole] == list(range(1, len(patients) + 1))
    assert minimised(TWO, patients[:20], seed=SEED) == whole[:20]


def test_minimisation_balances_every_margin_better_than_chance_would() -> None:
    patients = [{"pvt": "yes" if i % 3 else "no", "centre": str(i % 4), "ecog": str((i // 2) % 2)} for i in range(80)]
    made = minimised(TWO, patients, seed=SEED, probability=0.9)
    for factor in patients[0]:
        for level in {p[factor] for p in patients}:
            arms = Counter(m.arm for m, p in zip(made, patients, strict=True) if p[factor] == level)
            assert abs(arms["PDA"] - arms["SDA"]) <= 4


# known answers


def test_the_commitment_is_a_hash_that_anybody_can_make() -> None:
    salt = "0123456789abcdef"
    assert commitment(SEED, salt) == hashlib.sha256(f"{salt}:{SEED}".encode()).hexdigest()
    assert commitment(SEED, salt) != commitment(SEED + " ", salt)


def test_a_list_can_be_checked_with_a_hash_alone() -> None:
    def draw(*what: object) -> float:
        return int.from_bytes(hashlib.sha256("|".join([SEED, *map(str, what)]).encode()).digest()[:7]) / 2**56

    order = sorted(range(4), key=lambda i: draw("arm", 1, i))
    wanted = [["PDA", "PDA", "SDA", "SDA"][i] for i in order]
    assert [a.arm for a in permuted_blocks(TWO, 4, blocks=[4], seed=SEED)] == wanted


# refusals


@pytest.mark.parametrize(
    ("kwargs", "why"),
    [
        ({"blocks": [3]}, "multiple of 2"),
        ({"blocks": []}, "block size"),
        ({"blocks": [4], "patients": 0}, "a patient or more"),
        ({"blocks": [4], "seed": "short"}, "16 characters"),
        ({"blocks": [4], "strata": {"pvt": ["yes"]}}, "two or more different levels"),
    ],
)
def test_lists_that_cannot_be_are_refused(kwargs: dict[str, object], why: str) -> None:
    with pytest.raises(EvidenceError, match=why):
        permuted_blocks(TWO, **({"patients": 8, "seed": SEED} | kwargs))  # type: ignore[arg-type]


def test_arms_and_patients_that_cannot_be_are_refused() -> None:
    for names, ratio, why in (
        (("A",), (1,), "two or more arms"),
        (("A", "A"), (1, 1), "names of their own"),
        (("A", "B"), (1, 0), "above zero"),
    ):
        with pytest.raises(EvidenceError, match=why):
            Arms(names, ratio)
    with pytest.raises(EvidenceError, match="patient 2 lacks pvt"):
        minimised(TWO, [{"pvt": "yes"}, {"pvt": ""}], seed=SEED)
    with pytest.raises(EvidenceError, match="probability"):
        minimised(TWO, [{"pvt": "yes"}], seed=SEED, probability=0.3)
    with pytest.raises(EvidenceError, match="weights"):
        minimised(TWO, [{"pvt": "yes"}], seed=SEED, weights={"age": 1})


def test_chance_is_named_where_it_decides_between_or_goes_against_the_least_imbalanced_arms() -> None:
    patients = [{"pvt": "yes" if i % 3 else "no", "centre": str(i % 4)} for i in range(60)]
    made = minimised(TWO, patients, seed=SEED, probability=0.7)
    for one in made:
        least = min(one.imbalance)
        tied = sum(value <= least + 1e-12 for value in one.imbalance) > 1
        against = one.imbalance[TWO.names.index(one.arm)] > least + 1e-12
        assert one.by_chance is (tied or against), one
    assert {one.by_chance for one in made} == {True, False}
    assert 0.15 < sum(m.imbalance[TWO.names.index(m.arm)] > min(m.imbalance) + 1e-12 for m in made) / 60 < 0.45


# worked with a hash alone


def draw(*what: object) -> float:
    return int.from_bytes(hashlib.sha256("|".join([SEED, *map(str, what)]).encode()).digest()[:7]) / 2**56


def test_sizes_blocks_and_numbers_of_a_stratum_can_be_checked_by_hand() -> None:
    made = [a for a in permuted_blocks(TWO, 9, blocks=[2, 4, 6], seed=SEED, strata={"pvt": ["yes", "no"], "ecog": ["0", "1"]}) if a.stratum == ("no", "1")]  # fmt: skip
    expected: list[tuple[int, int, int, str]] = []
    block = 0
    while len(expected) < 9:
        block += 1
        size = [2, 4, 6][int(draw("size", "no", "1", block) * 3)]
        names = ["PDA"] * (size // 2) + ["SDA"] * (size // 2)
        order = sorted(range(size), key=lambda i, block=block: draw("arm", "no", "1", block, i))  # type: ignore[misc]
        expected += [(len(expected) + k + 1, block, size, names[i]) for k, i in enumerate(order)]
    assert [(a.number, a.block, a.size, a.arm) for a in made] == expected


@pytest.mark.parametrize(("patients", "length"), [(1, 4), (4, 4), (5, 8), (8, 8)])
def test_a_list_ends_with_the_block_that_holds_its_last_patient(patients: int, length: int) -> None:
    made = permuted_blocks(TWO, patients, blocks=[4], seed=SEED)
    assert [a.number for a in made] == list(range(1, length + 1))
    assert [a.block for a in made] == [k // 4 + 1 for k in range(length)]


def test_imbalance_is_the_weighted_range_over_the_ratio_of_each_margin() -> None:
    # two to one: A counts half. First patient: A 1/2 against 0, B 1 against 0; weights 3 and 1
    arms = Arms(("A", "B"), (2, 1))
    patients = [{"pvt": "yes", "sex": "f"}, {"pvt": "yes", "sex": "m"}, {"pvt": "no", "sex": "f"}, {"pvt": "yes", "sex": "f"}]  # fmt: skip
    made = minimised(arms, patients, seed=SEED, probability=1, weights={"pvt": 3})
    assert [m.arm for m in made] == ["A", "B", "A", "A"]
    assert [m.imbalance for m in made] == [
        (3 * 0.5 + 0.5, 3 * 1 + 1),
        (3 * 1 + 0.5, 3 * 0.5 + 1),
        (3 * 0.5 + 1, 3 * 1 + 0.5),
        (3 * 0 + 1.5, 3 * 1.5 + 0),
    ]


@pytest.mark.parametrize(("ratio", "probability"), [((1, 1), 0.8), ((2, 1), 0.7), ((1, 1, 1), 0.6)])
def test_every_allocation_by_minimisation_can_be_checked_with_a_hash(
    ratio: tuple[int, ...], probability: float
) -> None:
    arms = Arms(("A", "B", "C")[: len(ratio)], ratio)
    patients = [{"pvt": "yes" if i % 3 else "no", "centre": str(i % 4)} for i in range(40)]
    made = minimised(arms, patients, seed=SEED, probability=probability)
    counts: Counter[tuple[str, str, str]] = Counter()
    for number, (patient, one) in enumerate(zip(patients, made, strict=True), start=1):
        imbalance = {}
        for name in arms.names:
            total = 0.0
            for margin in patient.items():
                shares = [(counts[*margin, arm] + (arm == name)) / part for arm, part in zip(arms.names, ratio, strict=True)]  # fmt: skip
                total += max(shares) - min(shares)
            imbalance[name] = total
        assert one.imbalance == pytest.approx(tuple(imbalance.values()))
        best = [arm for arm in arms.names if imbalance[arm] <= min(imbalance.values()) + 1e-9]
        rest = [arm for arm in arms.names if arm not in best]
        pool = best if not rest or draw("follow", number) < probability else rest
        tickets = [arm for arm in pool for _ in range(ratio[arms.names.index(arm)])]
        assert one.arm == tickets[int(draw("arm", number) * len(tickets))]
        for margin in patient.items():
            counts[*margin, one.arm] += 1


# at the edge


def test_a_seed_or_a_salt_of_sixteen_characters_is_long_enough() -> None:
    assert len(commitment("s" * 16, "t" * 16)) == 64
    for seed, salt, name in (("s" * 15, "t" * 16, "seed"), ("s" * 16, "t" * 15, "salt")):
        with pytest.raises(EvidenceError, match=f"^a {name} needs 16 characters or more, but has 15; a short one can be found by trying$"):  # fmt: skip
            commitment(seed, salt)


@pytest.mark.parametrize(
    ("ratio", "blocks", "message"),
    [
        ((1, 1), [0], "a block must be a multiple of 2, the sum of the ratio, but is 0; choose 2 or 4"),
        ((1, 1), [4, 5], "a block must be a multiple of 2, the sum of the ratio, but is 5; choose 2 or 4"),
        ((2, 1), [4], "a block must be a multiple of 3, the sum of the ratio, but is 4; choose 3 or 6"),
        ((2, 1), [-3], "a block must be a multiple of 3, the sum of the ratio, but is -3; choose 3 or 6"),
    ],
)
def test_a_block_that_cannot_keep_the_ratio_is_refused_with_two_that_can(
    ratio: tuple[int, int], blocks: list[int], message: str
) -> None:
    arms = Arms(("A", "B"), ratio)
    with pytest.raises(EvidenceError, match=f"^{message}$"):
        permuted_blocks(arms, 6, blocks=blocks, seed=SEED)
    assert len(permuted_blocks(arms, 1, blocks=[arms.round], seed=SEED)) == arms.round


@pytest.mark.parametrize(
    ("ratio", "probability", "words"),
    [((1, 1), 0.5, None), ((1, 1), 0.499, "from 0.5 .* is 0.499"), ((1, 1), 1.0, None), ((1, 1), 1.001, "is 1.001"), ((2, 1), 0.66, "from 0.67 .* is 0.66"), ((2, 1), 0.67, None)],
)  # fmt: skip
def test_the_balancing_arm_is_taken_with_a_probability_from_chance_to_certainty(
    ratio: tuple[int, int], probability: float, words: str | None
) -> None:
    arms, patients = Arms(("A", "B"), ratio), [{"pvt": "yes"}]
    if words is None:
        assert len(minimised(arms, patients, seed=SEED, probability=probability)) == 1
        return
    with pytest.raises(EvidenceError, match=words):
        minimised(arms, patients, seed=SEED, probability=probability)


@pytest.mark.parametrize("weights", [{"pvt": 0.0}, {"pvt": -1.0}, {"pvt": float("inf")}, {"age": 1.0}])
def test_a_weight_is_a_number_above_zero_of_a_factor(weights: dict[str, float]) -> None:
    with pytest.raises(EvidenceError, match=r"^weights are numbers above zero of the factors pvt, but"):
        minimised(TWO, [{"pvt": "yes"}], seed=SEED, weights=weights)
    assert minimised(TWO, [{"pvt": "yes"}], seed=SEED, weights={"pvt": 0.5})[0].imbalance == (0.5, 0.5)


def test_levels_and_arms_are_different_from_each_other() -> None:
    with pytest.raises(EvidenceError, match=r"^stratum pvt needs two or more different levels, but has yes, yes; leave it out or add one$"):  # fmt: skip
        permuted_blocks(TWO, 4, blocks=[4], seed=SEED, strata={"pvt": ["yes", "yes"]})
    for names, ratio in ((("A", ""), (1, 1)), ((), ()), (("A", "B"), (1,)), (("A", "B"), (1, -1))):
        with pytest.raises(EvidenceError, match=r"a trial needs two or more arms|each arm needs a whole number"):
            Arms(names, ratio)
    nobody: tuple[list[dict[str, str]], ...] = ([], [{}])
    for empty in nobody:
        with pytest.raises(EvidenceError, match="minimisation needs patients with a factor or more"):
            minimised(TWO, empty, seed=SEED)
