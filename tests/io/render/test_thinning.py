"""Large curves at the resolution of paper."""

import numpy as np
import pytest

from yttria.io.render.thinning import even_places, mark_places, staircase_places


def drawn(places: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return what a staircase of the kept points shows at each of all points."""
    return np.asarray(values[places][np.searchsorted(places, np.arange(len(values)), side="right") - 1])


@pytest.mark.parametrize("n", [2001, 20_000, 61_000])
def test_a_thinned_staircase_lies_within_a_four_thousandth_of_its_range(n: int) -> None:
    falls = np.cumprod(1 - np.random.default_rng(n).uniform(0, 3 / n, n))
    places = staircase_places(falls)
    assert len(places) <= 4002
    assert np.abs(drawn(places, falls) - falls).max() <= (falls[0] - falls[-1]) / 4000 * (1 + 1e-9)
    assert {places[0], places[-1]} == {0, n - 1}


def test_limits_that_move_apart_from_each_other_are_both_kept() -> None:
    low, high = np.zeros(5000), np.ones(5000)
    high[2500] = 2.0
    low[3000:] = np.nan
    places = staircase_places(low, high)
    assert places.tolist() == [0, 2500, 2501, 3000, 4999]


def test_two_thousand_points_are_drawn_whole_and_one_more_is_not() -> None:
    assert len(staircase_places(np.zeros(2000))) == 2000
    assert len(staircase_places(np.zeros(2001))) == 2
    assert len(mark_places(np.zeros(2000), np.zeros(2000))) == 2000
    assert len(mark_places(np.zeros(2001), np.zeros(2001))) == 1
    assert len(even_places(2000)) == 2000
    assert len(even_places(2001)) == 2000


def test_a_staircase_of_nothing_known_keeps_its_ends() -> None:
    assert staircase_places(np.full(3000, np.nan)).tolist() == [0, 2999]


def test_ticks_that_fall_on_one_place_are_drawn_once() -> None:
    x = np.linspace(0, 60, 40_000)
    places = mark_places(x, np.exp(-x / 30))
    assert 1000 <= len(places) <= 2100
    assert np.abs(np.diff(x[places])).max() <= 60 / 1000 * 1.01
