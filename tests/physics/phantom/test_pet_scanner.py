"""What the simulated PET scanner sees: nothing is lost, blur and noise are those that it states, the patient lies where he was put."""

import numpy as np
import pytest

from yttria.physics.phantom.pet_scanner import PetScanner, couch_motion, pet_ct_grid, pet_grid
from yttria.physics.phantom.uptake import Part, Uptake, uptake_of
from yttria.values.errors import QuantityError
from yttria.values.grid import Grid
from yttria.values.maps import ActivityMap
from yttria.values.nuclide import Nuclide
from yttria.values.units import Bq, Share

FRAME = Grid.aligned((60, 60, 60), spacing_zyx_mm=(3.0, 3.0, 3.0), origin_lps_mm=(-88.5, -88.5, -88.5), frame_uid="1.1")
ACTIVITY = Bq(2e9)
Y90 = Nuclide.named("Y-90")


def cube(half: int = 8) -> Uptake:
    """Return an uptake of a cube in the middle, everything in it."""
    share = np.zeros(FRAME.shape_zyx, dtype=np.float32)
    share[30 - half : 30 + half, 30 - half : 30 + half, 30 - half : 30 + half] = 1
    return uptake_of((Part("cube", ("liver",), FRAME, share, 1.06, 1.0),), lung_shunt=Share(0.0))


def seen(
    scanner: PetScanner, *, shift: tuple[float, float, float] = (0, 0, 0), turn: float = 0.0, seed: int = 1
) -> ActivityMap:
    motion = couch_motion((0.0, 0.0, 0.0), shift, turn)
    grid = pet_grid(FRAME, "1.2")
    return scanner.look(cube(), FRAME, motion, grid, ACTIVITY, np.random.default_rng(seed))


def centre(image: ActivityMap) -> list[float]:
    k, j, i = np.nonzero(image.bq_per_ml > 0)
    weight = image.bq_per_ml[k, j, i].astype(np.float64)
    return list(image.grid.points_of([np.average(np.stack([i, j, k], axis=1), axis=0, weights=weight)])[0])


def test_all_activity_is_in_the_image() -> None:
    assert seen(PetScanner.usual(minutes=6000)).total == pytest.approx(ACTIVITY, rel=0.01)


def test_the_patient_lies_where_he_was_put() -> None:
    assert centre(seen(PetScanner.usual(minutes=6000), shift=(7, -6, 7.7), turn=4.0)) == pytest.approx(
        [7, -6, 7.7], abs=0.3
    )


def test_a_turn_is_about_its_place_by_its_angle() -> None:
    motion = couch_motion((10.0, 20.0, 30.0), (0.0, 0.0, 0.0), 4.0)
    assert motion @ [10, 20, 30, 1] == pytest.approx([10, 20, 30, 1])
    assert np.degrees(np.arccos((np.trace(motion[:3, :3]) - 1) / 2)) == pytest.approx(4.0)


def test_noise_falls_with_the_root_of_the_time() -> None:
    short, long = (PetScanner.usual(minutes=m) for m in (20.0, 80.0))
    inner = (slice(28, 32), slice(52, 58), slice(52, 58))
    spread = []
    for scanner in (short, long):
        images = np.stack([seen(scanner, seed=s).bq_per_ml[inner] for s in range(6)]).astype(float)
        spread.append(images.std(axis=0).mean() / images.mean())
    assert spread[0] / spread[1] == pytest.approx(2.0, rel=0.25)


def test_counts_are_those_of_the_positrons_less_what_randoms_cost() -> None:
    scanner = PetScanner.usual(minutes=30)
    rate = np.log(2) / Y90.half_life_h
    true = ACTIVITY * 3600 * (1 - np.exp(-rate * 0.5)) / rate * 3.186e-5 * scanner.sensitivity
    assert scanner.effective_counts(ACTIVITY, Y90) == pytest.approx(true / 9)  # randoms 80 % of all: T / (1 + 2 * 4)


def test_a_scan_of_no_time_is_refused() -> None:
    with pytest.raises(QuantityError, match=r"PET scan \(minutes\)"):
        PetScanner.usual(minutes=0)


def test_the_scanner_stands_about_the_middle_of_the_anatomy_wherever_that_lies() -> None:
    for make in (pet_grid, pet_ct_grid):
        aside = Grid.aligned((50, 60, 70), spacing_zyx_mm=(3.0, 3.0, 3.0), origin_lps_mm=(-40.0, 25.0, -300.0))
        low, high = aside.bounds_lps_mm()
        found_low, found_high = make(aside, "1.2").bounds_lps_mm()
        assert (found_low + found_high) / 2 == pytest.approx((low + high) / 2, abs=0.02)
        assert found_high[2] - found_low[2] <= high[2] - low[2]
