"""Dose-volume histograms: laws, known answers, refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from yttria.values.dvh import Dvh
from yttria.values.errors import GeometryError, QuantityError
from yttria.values.grid import Grid
from yttria.values.maps import DoseMap, Voi
from yttria.values.units import Gy, Share

GRID = Grid.aligned((4, 5, 6), spacing_zyx_mm=(3, 2, 2), origin_lps_mm=(0, 0, 0))
DOSES = hnp.arrays(np.float32, (4, 5, 6), elements=st.floats(0, 500, width=32))
SHARES = hnp.arrays(np.float32, (4, 5, 6), elements=st.floats(0, 1, width=32)).filter(lambda a: a.max() > 0.01)


@given(DOSES, SHARES)
def test_every_dvh_starts_at_one_and_never_rises(gy: np.ndarray, share: np.ndarray) -> None:
    dvh = Dvh.of(DoseMap(GRID, gy), Voi("any", "any", GRID, share))
    curve = dvh.curve(np.linspace(0, 501, 50))
    assert curve[0] == 1
    assert (np.diff(curve) <= 0).all()
    assert curve[-1] == 0


@given(DOSES, SHARES)
def test_the_mean_is_the_share_weighted_mean_of_the_voxels(gy: np.ndarray, share: np.ndarray) -> None:
    dvh = Dvh.of(DoseMap(GRID, gy), Voi("any", "any", GRID, share))
    assert dvh.mean == pytest.approx(np.average(gy.astype(float), weights=share), rel=1e-5, abs=1e-6)
    assert dvh.minimum <= dvh.mean * (1 + 1e-6)
    assert dvh.mean <= dvh.maximum * (1 + 1e-6)


@given(DOSES, SHARES, st.floats(0.001, 1))
def test_d_and_v_are_inverse_to_each_other(gy: np.ndarray, share: np.ndarray, covered: float) -> None:
    dvh = Dvh.of(DoseMap(GRID, gy), Voi("any", "any", GRID, share))
    dose = dvh.dose_covering(Share(covered))
    assert dvh.share_above(dose) >= covered * (1 - 1e-9)
    higher = dvh.gy[dvh.gy > dose]
    if len(higher):
        assert dvh.share_above(Gy(float(higher[0]))) < covered


@given(DOSES, SHARES, st.floats(0.1, 10))
def test_a_dvh_scales_with_activity(gy: np.ndarray, share: np.ndarray, ratio: float) -> None:
    dvh = Dvh.of(DoseMap(GRID, gy), Voi("any", "any", GRID, share))
    assert dvh.times(ratio).mean == pytest.approx(dvh.mean * ratio, rel=1e-5)


def test_a_linear_gradient_in_a_box_has_its_analytic_d_and_v() -> None:
    grid = Grid.aligned((1, 1, 1000), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(0, 0, 0))
    gy = np.linspace(0.05, 99.95, 1000, dtype=np.float32).reshape(1, 1, 1000)
    dvh = Dvh.of(DoseMap(grid, gy), Voi("box", "liver", grid, np.ones((1, 1, 1000))))
    assert dvh.dose_covering(Share(0.9)) == pytest.approx(10, abs=0.06)
    assert dvh.share_above(Gy(70)) == pytest.approx(0.3, abs=1e-3)
    assert dvh.mean == pytest.approx(50, rel=1e-6)


def test_half_a_voxel_counts_as_half_its_volume() -> None:
    grid = Grid.aligned((1, 1, 2), spacing_zyx_mm=(10, 10, 10), origin_lps_mm=(0, 0, 0))
    dvh = Dvh.of(DoseMap(grid, np.array([[[100.0, 40.0]]])), Voi("v", "tumour", grid, np.array([[[1.0, 0.5]]])))
    assert dvh.ml == pytest.approx(1.5)
    assert dvh.mean == pytest.approx(80)
    assert dvh.share_above(Gy(50)) == pytest.approx(2 / 3)


def test_dose_and_volume_on_two_grids_are_refused() -> None:
    other = Grid.aligned((4, 5, 6), spacing_zyx_mm=(3, 2, 2), origin_lps_mm=(1, 0, 0))
    with pytest.raises(GeometryError, match=r"dose and liver must lie on one grid, but they lie 1 mm apart"):
        Dvh.of(DoseMap(GRID, np.ones(GRID.shape_zyx)), Voi("Liver", "liver", other, np.ones(GRID.shape_zyx)))


def test_unsorted_doses_are_refused() -> None:
    with pytest.raises(QuantityError, match="ascending doses"):
        Dvh(np.array([2.0, 1.0]), np.array([1.0, 1.0]))


def test_a_mean_with_masses_is_energy_over_mass_and_says_so() -> None:
    light = Dvh(np.array([10.0, 40.0]), np.array([1.0, 1.0]))
    heavy = Dvh(np.array([10.0, 40.0]), np.array([1.0, 1.0]), np.array([3.0, 1.0]))
    assert (light.mean, light.weighting) == (25.0, "volume")
    assert (heavy.mean, heavy.weighting) == (17.5, "mass")
    assert (heavy.times(2).mean, heavy.times(2).weighting) == (35.0, "mass")
    assert heavy.dose_covering(Share(0.5)) == light.dose_covering(Share(0.5))
    with pytest.raises(QuantityError, match="one mass for each dose"):
        Dvh(np.array([10.0, 40.0]), np.array([1.0, 1.0]), np.array([3.0]))
