"""What several commands of trial design take alike: allocation, loss, looks, boundaries."""

import math
from collections.abc import Sequence
from typing import get_args

from yttria.app.services.number_lists import number_list
from yttria.contract.trial_boundaries import BoundariesRequest, Kind
from yttria.contract.trial_simulation import SimulationRequest
from yttria.evidence.design.group_sequential import Boundary, boundary
from yttria.evidence.design.sequential_design import KIND_OF, SequentialDesign, sequential_design
from yttria.values.errors import IntakeError, require_positive, require_share

KINDS: tuple[Kind, ...] = get_args(Kind)
EVEN = 0.5
"""The treated share that stands where nothing is said."""


def treated_share(share: float, allocation: float | None) -> float:
    """Return the share of patients in the treated arm, from the share itself or from treated over control.

    Raises
    ------
    IntakeError, QuantityError
        Both given; an allocation that is not above zero.
    """
    if allocation is None:
        return share
    if share != EVEN:
        raise IntakeError(
            "--allocation and --treated-share say the same; leave one of the two out",
            code="allocation-options-conflict",
        )
    ratio = require_positive(allocation, what="--allocation")
    return ratio / (1 + ratio)


def hazard_of_loss(lost: float, by: float) -> float:
    """Return the hazard of leaving that loses a share by a time.

    Raises
    ------
    IntakeError, QuantityError
        A share outside 0 to 1, all lost, a time that is not above zero.
    """
    if require_share(lost, what="--lost") == 1:
        raise IntakeError(
            "--lost must be below 1: a trial that loses everybody shows nothing; give a share as 0.05",
            code="lost-share-range",
        )
    return -math.log1p(-lost) / require_positive(by, what="--lost-by")


def look_times(looks: int | None, information: str | None) -> list[float]:
    """Return the information times of looks, from their number or their shares.

    Raises
    ------
    IntakeError
        Both or none given; no look.
    """
    if (looks is None) == (information is None):
        raise IntakeError(
            "exactly one of --looks and --information is needed; give a number of looks, or their shares",
            code="looks-or-information",
        )
    if looks is None:
        return number_list(information or "", "--information")
    if looks < 1:
        raise IntakeError(
            f"--looks must be 1 or more, but is {looks}; the last look is the end of the trial", code="look-count"
        )
    return [(k + 1) / looks for k in range(looks)]


def boundary_of(kind: str, information: Sequence[float], alpha: float, sides: int, shape: float | None) -> Boundary:
    """Return the boundary of a kind by its name.

    Raises
    ------
    IntakeError, EvidenceError
        A kind that is not known; looks, alpha or shape that cannot be.
    """
    return boundary(_kind(kind), information, alpha=alpha, sides=sides, shape=shape)


def _kind(name: str) -> Kind:
    """Return a kind of boundary by its name."""
    for kind in KINDS:
        if name == kind:
            return kind
    raise IntakeError(
        f"--kind must be one of {', '.join(KINDS)}, but is {name!r}; name one of them", code="boundary-kind-unknown"
    )


def kind_name(request: BoundariesRequest | SimulationRequest) -> str:
    """Return the kind of the boundary for efficacy under the name that --kind has."""
    return request.kind if request.efficacy is None else KIND_OF[request.efficacy]


def design_of(
    request: BoundariesRequest | SimulationRequest, information: Sequence[float], power: float
) -> SequentialDesign:
    """Return the group-sequential design that the options of a command describe.

    Raises
    ------
    IntakeError, EvidenceError
        Options that exclude one another; a design that cannot be.
    """
    if request.efficacy is not None and request.shape is not None:
        raise IntakeError(
            "--shape belongs to --kind, but --efficacy is given; leave one of the two out",
            code="boundary-options-conflict",
        )
    if request.futility == "none" and request.binding == "true":
        raise IntakeError(
            "--binding true needs a limit for futility, but --futility is none; name one, or leave it out",
            code="futility-limit-absent",
        )
    return sequential_design(
        _kind(kind_name(request)),
        information,
        alpha=request.alpha,
        sides=request.sides,
        power=power,
        shape=request.shape,
        futility=None if request.futility == "none" else request.futility,
        binding=request.binding == "true",
        conditional_power=request.conditional_power,
    )
