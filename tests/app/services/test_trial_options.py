"""What several commands of trial design take alike: shares, losses and looks by formula, and options that exclude one another."""

import math
from typing import Any

import pytest

from yttria.app.services.trial_options import boundary_of, design_of, hazard_of_loss, look_times, treated_share
from yttria.contract.trial_boundaries import BoundariesRequest
from yttria.values.errors import IntakeError, QuantityError


@pytest.mark.parametrize(("allocation", "share"), [(1.0, 0.5), (2.0, 2 / 3), (0.5, 1 / 3)])
def test_treated_over_control_is_a_share(allocation: float, share: float) -> None:
    assert treated_share(0.5, allocation) == pytest.approx(share)
    assert treated_share(0.6, None) == 0.6


def test_a_share_is_said_once() -> None:
    with pytest.raises(IntakeError, match="--allocation and --treated-share say the same"):
        treated_share(0.6, 2.0)
    with pytest.raises(QuantityError, match="--allocation"):
        treated_share(0.5, 0.0)


@pytest.mark.parametrize(("lost", "by"), [(0.0, 12.0), (0.05, 12.0), (0.5, 6.0)])
def test_a_hazard_loses_its_share_by_its_time(lost: float, by: float) -> None:
    assert 1 - math.exp(-hazard_of_loss(lost, by) * by) == pytest.approx(lost)


@pytest.mark.parametrize(
    ("lost", "by", "words"),
    [(1.0, 12, "--lost must be below 1"), (1.01, 12, "--lost"), (-0.01, 12, "--lost"), (0.1, 0, "--lost-by")],
)
def test_a_loss_that_cannot_be_is_refused(lost: float, by: float, words: str) -> None:
    with pytest.raises((IntakeError, QuantityError), match=words):
        hazard_of_loss(lost, by)


def test_looks_are_evenly_spaced_or_where_they_are_said() -> None:
    assert look_times(4, None) == [0.25, 0.5, 0.75, 1.0]
    assert look_times(1, None) == [1.0]
    assert look_times(None, "0.3,1") == [0.3, 1.0]


@pytest.mark.parametrize(
    ("looks", "information", "words"),
    [
        (None, None, "exactly one of --looks and --information"),
        (2, "0.5,1", "exactly one"),
        (0, None, "--looks must be 1 or more, but is 0"),
    ],
)
def test_looks_are_said_once_and_are_one_at_the_least(looks: Any, information: Any, words: str) -> None:
    with pytest.raises(IntakeError, match=words):
        look_times(looks, information)


@pytest.mark.parametrize(
    ("kind", "z"),
    [("obrien-fleming", [3.471, 2.454, 2.004]), ("pocock", [2.289, 2.289, 2.289])],
)
def test_boundaries_are_those_of_the_book(kind: str, z: list[float]) -> None:
    """Jennison and Turnbull 2000, tables 2.1 and 2.3: three looks, two-sided alpha 0.05."""
    assert boundary_of(kind, [1 / 3, 2 / 3, 1], 0.05, 2, None).z == pytest.approx(z, abs=1e-3)


def test_a_kind_that_is_not_known_is_refused_with_those_that_are() -> None:
    with pytest.raises(IntakeError, match=r"--kind must be one of pocock, obrien-fleming, .* but is 'flat'"):
        boundary_of("flat", [1.0], 0.05, 2, None)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"efficacy": "obf", "shape": 1.0}, "--shape belongs to --kind, but --efficacy is given"),
        ({"binding": "true"}, "--binding true needs a limit for futility, but --futility is none"),
    ],
)
def test_options_that_exclude_one_another_are_refused(more: dict[str, Any], words: str) -> None:
    with pytest.raises(IntakeError, match=words):
        design_of(BoundariesRequest.model_validate({"looks": 2, **more}), [0.5, 1.0], 0.8)
