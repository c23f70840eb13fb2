"""io.negative: one policy for negative voxels."""

import numpy as np
import pytest

from yttria.io.ground.negative_voxels import without_negative
from yttria.values.errors import QuantityError


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int16])
def test_negative_voxels_are_zero_and_their_number_and_weight_are_said(kind: type) -> None:
    values, findings = without_negative(np.array([0, 200, -3, -5], dtype=kind), what="the PET")
    assert values.tolist() == [0, 200, 0, 0]
    assert values.dtype == kind
    assert [(f.level, f.message) for f in findings] == [
        (
            "warning",
            "the PET: 2 voxels are below zero and are set to zero; they sum to 4 % of the positive total",
        )
    ]


def test_what_is_not_negative_stays_as_it_is() -> None:
    array = np.array([0.0, 1.0])
    values, findings = without_negative(array, what="x")
    assert values is array
    assert findings == ()


def test_rounding_is_a_note() -> None:
    _, (told,) = without_negative(np.array([1e3, -1.79e-8], dtype=np.float32), what="x")
    assert told.level == "note"


@pytest.mark.parametrize("array", [[100.0, -5.1], [-1.0, 0.0], [-1.0, -2.0]])
def test_more_than_a_twentieth_is_refused(array: list[float]) -> None:
    without_negative(np.array([100.0, -5.0]), what="x")
    with pytest.raises(QuantityError, match=r"x must be zero or more, but [12] voxels are below zero"):
        without_negative(np.array(array), what="x")
