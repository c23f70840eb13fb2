"""What blur leaves of a sphere inside it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yttria.physics.quantification.recovery_coefficient import count_slope, diameter_of, recovery, recovery_slope
from yttria.values.errors import QuantityError
from yttria.values.units import Ml, Mm

diameters, widths = st.floats(3, 200), st.floats(3, 25)


# ---- laws


@given(diameters, widths)
def test_recovery_lies_between_nothing_and_all(diameter: float, fwhm: float) -> None:
    assert 0 < recovery(Mm(diameter), fwhm) < 1


@given(diameters, widths, st.floats(1.01, 3))
def test_recovery_depends_on_size_over_resolution_alone_and_rises_with_it(
    diameter: float, fwhm: float, factor: float
) -> None:
    assert recovery(Mm(diameter * factor), fwhm * factor) == pytest.approx(recovery(Mm(diameter), fwhm), rel=1e-6)
    assert recovery(Mm(diameter * factor), fwhm) > recovery(Mm(diameter), fwhm)


def test_recovery_is_continuous_where_its_limit_takes_over() -> None:
    # a = 0.05 at d = 0.03003 FWHM
    below, above = recovery(Mm(0.30029 * 0.1), 1.0), recovery(Mm(0.30031 * 0.1), 1.0)
    assert below == pytest.approx(above, rel=3e-3)


# ---- known answers


@pytest.mark.parametrize(("diameter", "fwhm", "kept"), [(30, 12, 0.61), (30, 6, 0.80)])
def test_the_published_recovery_of_a_three_centimetre_sphere(diameter: float, fwhm: float, kept: float) -> None:
    assert recovery(Mm(diameter), fwhm) == pytest.approx(kept, abs=0.005)


@pytest.mark.parametrize(("diameter", "fwhm"), [(20, 12), (40, 12), (24, 6)])
def test_recovery_is_that_of_a_sphere_blurred_voxel_by_voxel(diameter: float, fwhm: float) -> None:
    ndimage = pytest.importorskip("scipy.ndimage")
    at = np.arange(-40, 40.01, 1.0)
    x, y, z = np.meshgrid(at, at, at, indexing="ij")
    sphere = np.clip(diameter / 2 - np.sqrt(x * x + y * y + z * z) + 0.5, 0, 1)
    blurred = ndimage.gaussian_filter(sphere, fwhm / np.sqrt(8 * np.log(2)), mode="constant")
    assert recovery(Mm(diameter), fwhm) == pytest.approx((blurred * sphere).sum() / sphere.sum(), abs=0.01)


def test_counts_follow_a_contour_as_the_edge_does_to_the_whole() -> None:
    # the concentration at the edge over the mean inside: d ln C / d ln V
    def inside(radius: float) -> float:
        r = np.linspace(0, radius, 4001)[1:]
        s, sphere = 12 / np.sqrt(8 * np.log(2)), 15.0
        from scipy.special import erf  # noqa: PLC0415

        u, v = (sphere - r) / (np.sqrt(2) * s), (sphere + r) / (np.sqrt(2) * s)
        c = 0.5 * (erf(u) + erf(v)) - s / (r * np.sqrt(2 * np.pi)) * (np.exp(-u * u) - np.exp(-v * v))
        return float(np.trapezoid(c * r * r, r))

    slope = np.log(inside(15.01) / inside(14.99)) / (3 * np.log(15.01 / 14.99))
    assert count_slope(Mm(30), 12) == pytest.approx(slope, abs=0.005)


def test_a_litre_is_a_ball_of_twelve_centimetres() -> None:
    assert diameter_of(Ml(1000)) == pytest.approx(124.07, abs=0.01)


# ---- refusals


def test_a_resolution_of_nothing_is_refused() -> None:
    with pytest.raises(QuantityError, match="resolution FWHM"):
        recovery(Mm(30), 0)


def test_a_small_sphere_keeps_its_volume_over_that_of_the_blur() -> None:
    """For d << FWHM: RC = V / (2 pi sigma^2)^(3/2), the height of the blur."""
    sigma = 10 / np.sqrt(8 * np.log(2))
    for diameter in (0.2, 0.29):
        volume = np.pi * diameter**3 / 6
        assert recovery(Mm(diameter), 10) == pytest.approx(volume / (2 * np.pi * sigma**2) ** 1.5, rel=2e-3)


@pytest.mark.parametrize(("diameter", "fwhm"), [(30.0, 12.0), (8.0, 6.0), (80.0, 5.0)])
def test_the_slope_of_recovery_is_that_of_its_logarithm(diameter: float, fwhm: float) -> None:
    rise = np.log(recovery(Mm(diameter * 1.001), fwhm) / recovery(Mm(diameter / 1.001), fwhm)) / (6 * np.log(1.001))
    assert recovery_slope(Mm(diameter), fwhm) == pytest.approx(rise, rel=1e-4)
    assert count_slope(Mm(diameter), fwhm) == pytest.approx((1 + rise) / 2, rel=1e-4)


@pytest.mark.parametrize(
    ("diameter", "fwhm", "match"), [(0.0, 12.0, "diameter"), (-3.0, 12.0, "diameter"), (30.0, -1.0, "resolution FWHM")]
)
def test_what_is_not_above_zero_is_refused(diameter: float, fwhm: float, match: str) -> None:
    for call in (recovery, count_slope, recovery_slope):
        with pytest.raises(QuantityError, match=match):
            call(Mm(diameter), fwhm)
    with pytest.raises(QuantityError, match="volume"):
        diameter_of(Ml(0))
