"""Planar scintigrams: views of one field, counts that can be."""

from typing import Any

import numpy as np
import pytest

from yttria.values.errors import GeometryError, QuantityError
from yttria.values.planar import PlanarScan


def scan(**how: Any) -> PlanarScan:
    views: dict[str, Any] = {"anterior": np.full((4, 3), 2), "posterior": np.ones((4, 3)), "pixel_mm": (2.0, 2.0)}
    return PlanarScan(**(views | how))


def test_views_are_kept_as_copies_that_nobody_changes() -> None:
    mine = np.full((4, 3), 2)
    found = scan(anterior=mine)
    mine[:] = 9
    assert found.anterior.dtype == np.float32
    assert found.anterior.max() == 2
    with pytest.raises(ValueError, match="read-only"):
        found.anterior[0, 0] = 1


@pytest.mark.parametrize("name", ["posterior", "scatter_anterior", "scatter_posterior"])
def test_views_of_another_shape_are_refused(name: str) -> None:
    with pytest.raises(GeometryError, match=rf"planar views must have one shape, but {name} is \(3, 4\)"):
        scan(**{name: np.ones((3, 4))})


@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf])
def test_counts_below_zero_or_not_finite_are_refused(value: float) -> None:
    bad = np.ones((4, 3))
    bad[1, 1] = value
    with pytest.raises(QuantityError, match="planar counts must be zero or more, but posterior has min"):
        scan(posterior=bad)
    assert scan(posterior=np.zeros((4, 3))).posterior.sum() == 0
