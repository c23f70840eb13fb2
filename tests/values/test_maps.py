"""Images as values: nobody can change them, and what cannot be is refused."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from yttria.values.errors import GeometryError, QuantityError
from yttria.values.grid import Grid
from yttria.values.maps import ActivityMap, CountMap, CtImage, DensityMap, DoseMap, Voi
from yttria.values.nuclide import Nuclide

GRID = Grid.aligned((2, 3, 4), spacing_zyx_mm=(10, 10, 10), origin_lps_mm=(0, 0, 0))
Y90 = Nuclide.named("Y-90")
MAKERS: dict[str, Callable[[np.ndarray], Any]] = {
    "hu": lambda a: CtImage(GRID, a),
    "counts": lambda a: CountMap(GRID, a),
    "bq_per_ml": lambda a: ActivityMap(GRID, a, Y90),
    "g_per_ml": lambda a: DensityMap(GRID, a),
    "gy": lambda a: DoseMap(GRID, a),
    "share": lambda a: Voi("v", "liver", GRID, a),
}


@pytest.mark.parametrize("name", MAKERS)
def test_a_map_keeps_its_values_when_the_source_array_is_changed(name: str) -> None:
    source = np.ones(GRID.shape_zyx)
    image = MAKERS[name](source)
    source[:] = 7
    assert (getattr(image, name) == 1).all()
    with pytest.raises(ValueError, match="read-only"):
        getattr(image, name)[0, 0, 0] = 5


@pytest.mark.parametrize("name", MAKERS)
def test_a_single_nan_is_refused(name: str) -> None:
    values = np.ones(GRID.shape_zyx)
    values[1, 2, 3] = np.nan
    with pytest.raises(QuantityError, match="1 of 24 do not"):
        MAKERS[name](values)


@pytest.mark.parametrize("name", MAKERS)
def test_another_shape_than_the_grids_is_refused(name: str) -> None:
    with pytest.raises(GeometryError, match=r"shape \(2, 3, 4\), but has \(4, 3, 2\)"):
        MAKERS[name](np.ones((4, 3, 2)))


@pytest.mark.parametrize("name", ["counts", "bq_per_ml", "g_per_ml", "gy", "share"])
def test_a_negative_voxel_is_refused(name: str) -> None:
    values = np.ones(GRID.shape_zyx)
    values[0, 0, 0] = -0.5
    with pytest.raises(QuantityError, match=r"min -0\.5"):
        MAKERS[name](values)


def test_an_empty_volume_of_interest_is_refused() -> None:
    with pytest.raises(QuantityError, match="volume liver must hold part of a voxel, but is empty"):
        Voi("Liver", "liver", GRID, np.zeros(GRID.shape_zyx))


def test_total_activity_is_concentration_times_volume() -> None:
    assert ActivityMap(GRID, np.full(GRID.shape_zyx, 5.0), Y90).total == pytest.approx(5 * 24)


def test_mass_is_volume_times_density_by_share() -> None:
    voi = Voi("v", "tumour", GRID, np.full(GRID.shape_zyx, 0.25))
    assert voi.ml == pytest.approx(6)
    assert voi.mass(DensityMap(GRID, np.full(GRID.shape_zyx, 1.05))) == pytest.approx(6.3, rel=1e-6)


def test_whole_hounsfield_units_are_kept_as_they_are_stored() -> None:
    assert CtImage(GRID, np.ones(GRID.shape_zyx, np.int16)).hu.dtype == np.int16
    assert CtImage(GRID, np.ones(GRID.shape_zyx, np.float64)).hu.dtype == np.float32
