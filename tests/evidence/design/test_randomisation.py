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
