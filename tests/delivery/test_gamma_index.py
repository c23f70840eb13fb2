"""The gamma index: analytic cases, laws, refusals."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from yttria.delivery.gamma_index import gamma_index, pass_fraction
from yttria.values.errors import QuantityError
from yttria.values.verification import GammaCriteria

SPACING = (2.0, 2.0, 2.0)
Dose = NDArray[np.float64]


def ramp(gradient_gy_per_mm: float, offset_gy: float = 100.0) -> Dose:
    """Return a dose that rises along x alone."""
    x = np.arange(31) * SPACING[2]
    return np.broadcast_to(offset_gy + gradient_gy_per_mm * x, (7, 7, 31)).copy()


def middle(gamma: Dose) -> float:
    return float(gamma[3, 3, 15])


@pytest.mark.parametrize("percent", [1.0, 5.0, 20.0])
def test_an_even_dose_that_is_off_everywhere_has_the_dose_difference_over_the_criterion(percent: float) -> None:
    reference = np.full((7, 7, 7), 200.0)
    gamma = gamma_index(reference, reference * 1.04, SPACING, GammaCriteria(percent, 3.0))
    assert np.allclose(gamma, min(4.0 / percent, 2.0))


def test_a_shifted_ramp_has_the_analytic_gamma() -> None:
    """On a ramp of slope g the least of (x/d)^2 + ((g x - g s)/D)^2 is (s g)^2 / (D^2 + (g d)^2)."""
    gradient, shift, distance = 2.0, 4.0, 4.0
    reference, evaluated = ramp(gradient), ramp(gradient, 100.0 - gradient * shift)
    allowed = 0.05 * reference.max()
    wanted = gradient * shift / np.hypot(allowed, gradient * distance)
    found = gamma_index(reference, evaluated, SPACING, GammaCriteria(5.0, distance))
    assert middle(found) == pytest.approx(wanted, rel=0.01)


def test_local_criteria_are_of_the_points_own_dose() -> None:
    reference = ramp(2.0)
    evaluated = reference + 5.0
    one, other = (
        gamma_index(reference, evaluated, SPACING, GammaCriteria(5.0, 1.0, local=local)) for local in (False, True)
    )
    own, most = reference[3, 3, 15], reference.max()
    assert middle(one) == pytest.approx(5.0 / np.hypot(0.05 * most, 2.0), rel=0.01)
    assert middle(other) == pytest.approx(5.0 / np.hypot(0.05 * own, 2.0), rel=0.01)


def test_points_below_the_threshold_are_left_out() -> None:
    reference = np.full((3, 3, 3), 100.0)
    reference[0, 0, :] = (9.99, 10.0, 10.01)
    gamma = gamma_index(reference, reference, SPACING, GammaCriteria(3.0, 3.0, threshold_percent=10.0))
    assert np.isnan(gamma[0, 0]).tolist() == [True, False, False]
    assert pass_fraction(gamma) == 1.0


def test_a_gamma_of_one_passes_and_one_above_does_not() -> None:
    reference = np.full((3, 3, 3), 100.0)
    for off, share in ((9.99, 1.0), (10.0, 1.0), (10.01, 0.0)):
        gamma = gamma_index(reference, reference + off, SPACING, GammaCriteria(10.0, 2.0))
        assert pass_fraction(gamma) == share


def test_nothing_asked_for_has_no_share() -> None:
    reference = np.full((3, 3, 3), 100.0)
    nothing = np.zeros((3, 3, 3), dtype=bool)
    assert pass_fraction(gamma_index(reference, reference, SPACING, GammaCriteria(3.0, 3.0), within=nothing)) is None


@settings(max_examples=20, deadline=None)
@given(st.floats(0.1, 10.0), st.integers(0, 100))
def test_gamma_does_not_change_when_both_doses_are_scaled(factor: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    reference, evaluated = rng.uniform(20, 100, (2, 4, 4, 4))
    criteria = GammaCriteria(10.0, 3.0)
    one = gamma_index(reference, evaluated, SPACING, criteria)
    other = gamma_index(reference * factor, evaluated * factor, SPACING, criteria)
    assert np.allclose(one, other, equal_nan=True)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 100))
def test_a_wider_criterion_never_raises_gamma(seed: int) -> None:
    rng = np.random.default_rng(seed)
    reference, evaluated = rng.uniform(20, 100, (2, 4, 4, 4))
    one = gamma_index(reference, evaluated, SPACING, GammaCriteria(5.0, 3.0))
    other = gamma_index(reference, evaluated, SPACING, GammaCriteria(10.0, 3.0))
    known = np.isfinite(one)
    assert (other[known] <= one[known] + 1e-9).all()


def test_a_search_by_brute_force_finds_the_same() -> None:
    rng = np.random.default_rng(3)
    reference, evaluated = rng.uniform(50, 100, (2, 5, 5, 5))
    found = gamma_index(reference, evaluated, SPACING, GammaCriteria(10.0, 2.0))
    allowed = 0.1 * reference.max()
    for at in ((2, 2, 2), (1, 3, 2)):
        best = np.inf
        steps = np.arange(-20, 21) * 0.2
        for dz in steps:
            for dy in steps:
                for dx in steps:
                    place = np.array(at) + np.array([dz, dy, dx]) / 2.0
                    if (place < 0).any() or (place > 4).any():
                        continue
                    low = np.minimum(place.astype(int), 3)
                    part = place - low
                    cube = evaluated[low[0] : low[0] + 2, low[1] : low[1] + 2, low[2] : low[2] + 2]
                    weights = np.einsum("i,j,k->ijk", *[np.array([1 - p, p]) for p in part])
                    dose = float((cube * weights).sum())
                    best = min(best, (dz**2 + dy**2 + dx**2) / 4 + ((dose - reference[at]) / allowed) ** 2)
        assert found[at] == pytest.approx(min(np.sqrt(best), 2.0), abs=1e-9)


# ------------------------------------------------------------------ parity: pymedphys 0.41.0, by parity/make_gamma.py

PEER = json.loads((Path(__file__).parent / "parity" / "gamma.json").read_text(encoding="utf-8"))
Z, Y, X = np.meshgrid(*(np.arange(n) * 4.0 for n in (11, 12, 13)), indexing="ij")


def ball(z: float, y: float, x: float, width_mm: float, gy: float) -> Dose:
    away = (Z - z) ** 2 + (Y - y) ** 2 + (X - x) ** 2
    return np.asarray(gy * np.exp(-away / (2 * width_mm**2)))


PAIRS: dict[str, tuple[Dose, Dose]] = {
    "moved and warmed": (ball(20, 22, 24, 9, 200), ball(23, 21, 26, 9.5, 212)),
    "ramp": (50 + 2.0 * X + 0.5 * Y, 47 + 2.15 * X + 0.45 * Y),
    "one of two missing": (ball(12, 14, 14, 6, 150) + ball(28, 30, 34, 6, 90), ball(12, 14, 14, 6, 150)),
}


@pytest.mark.parametrize("peer", PEER["cases"], ids=lambda c: f"{c['pair']}, {c['percent']:g} %, local {c['local']}")
def test_pymedphys_finds_the_same_to_the_fineness_of_either_search(peer: dict[str, Any]) -> None:
    """Both search in tenths of the distance, on other points: either lies up to 0.14 above the least where a dose is steep."""
    criteria = GammaCriteria(peer["percent"], peer["mm"], local=peer["local"])
    ours = gamma_index(*PAIRS[peer["pair"]], (4.0, 4.0, 4.0), criteria).ravel()
    theirs = np.array([np.nan if v is None else v for v in peer["gamma"]])
    assert np.array_equal(np.isfinite(ours), np.isfinite(theirs))
    known = np.isfinite(ours)
    off = ours[known] - theirs[known]
    assert np.abs(off).max() < 0.14
    assert abs(off.mean()) < 0.01
    assert abs((ours[known] <= 1).mean() - (theirs[known] <= 1).mean()) < 0.02


def test_doses_of_two_shapes_are_refused() -> None:
    with pytest.raises(QuantityError, match="must have one shape to be compared"):
        gamma_index(np.ones((2, 2, 2)), np.ones((2, 2, 3)), SPACING, GammaCriteria(3.0, 3.0))


def test_a_reference_without_dose_is_refused() -> None:
    with pytest.raises(QuantityError, match="largest reference dose"):
        gamma_index(np.zeros((2, 2, 2)), np.ones((2, 2, 2)), SPACING, GammaCriteria(3.0, 3.0))


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan")])
def test_a_criterion_of_nothing_is_refused(bad: float) -> None:
    with pytest.raises(QuantityError, match="dose difference of gamma"):
        GammaCriteria(bad, 3.0)
    with pytest.raises(QuantityError, match="distance of gamma"):
        GammaCriteria(3.0, bad)
