"""A second reckoning by counts and masses: exact on boxes, and a difference above 5 % is told."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from yttria.physics.dosimetry.count_partition import audit_partition, measured_in_liver, partition_doses
from yttria.physics.geometry.volume_algebra import named_volumes
from yttria.values.grid import Grid
from yttria.values.maps import ActivityMap, CountMap, Voi
from yttria.values.nuclide import Nuclide
from yttria.values.units import Bq, Gy

GRID = Grid.aligned((10, 10, 10), spacing_zyx_mm=(10, 10, 10), origin_lps_mm=(0, 0, 0))
Y90 = Nuclide.named("Y-90")


def box(role: str, columns: slice) -> Voi:
    share = np.zeros(GRID.shape_zyx)
    share[:, :, columns] = 1
    return Voi(role, role, GRID, share)


VOLUMES, _ = named_volumes([box("liver", slice(0, 10)), box("perfused", slice(0, 6)), box("tumour", slice(0, 1))])
COUNTS = np.zeros(GRID.shape_zyx, np.float32)
COUNTS[:, :, 0], COUNTS[:, :, 1:6] = 5.0, 1.0  # T/N 5: the tumour holds half of all
FOUND = partition_doses(CountMap(GRID, COUNTS, "Tc-99m"), VOLUMES, in_liver=Bq(0.9e9), nuclide=Y90)


@pytest.mark.parametrize(
    ("name", "of_all", "ml"),
    [("TD_all", 0.5, 100), ("NPLD", 0.5, 500), ("PLD", 1.0, 600), ("WNLD", 0.5, 900), ("WLD", 1.0, 1000)],
)
def test_each_dose_is_its_share_of_the_activity_over_its_mass(name: str, of_all: float, ml: float) -> None:
    assert FOUND[name] == pytest.approx(49.67 * 0.9 * of_all / (ml * 1.06e-3), rel=1e-6)


def test_only_ratios_of_counts_matter() -> None:
    other = partition_doses(CountMap(GRID, 7 * COUNTS, "Tc-99m"), VOLUMES, in_liver=Bq(0.9e9), nuclide=Y90)
    assert other == pytest.approx(FOUND)


def test_a_liver_without_counts_has_no_reckoning() -> None:
    empty = CountMap(GRID, np.zeros(GRID.shape_zyx, np.float32), "Tc-99m")
    assert partition_doses(empty, VOLUMES, in_liver=Bq(0.9e9), nuclide=Y90) == {}


NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("scan", "given_at", "times"),
    [
        (NOON + timedelta(hours=64.05), NOON, 2.0),  # a half-life after it was given twice as much was there
        (NOON, NOON, 1.0),
        (NOON - timedelta(hours=64.05), NOON, 0.5),
        (None, NOON, 1.0),
        (NOON, None, 1.0),
        (NOON.replace(tzinfo=None) + timedelta(hours=64.05), NOON, 2.0),  # without a zone: that of the other
        (NOON + timedelta(hours=64.05), NOON.replace(tzinfo=None), 2.0),
        (NOON.replace(tzinfo=None), NOON.replace(tzinfo=None), 1.0),
        (NOON, NOON.astimezone(timezone(timedelta(hours=9))), 1.0),
    ],
)
def test_a_measured_liver_holds_its_concentration_times_volume_as_it_was_when_given(
    scan: datetime | None, given_at: datetime | None, times: float
) -> None:
    image = ActivityMap(GRID, np.full(GRID.shape_zyx, 1e6, np.float32), Y90, scan)
    assert measured_in_liver(image, VOLUMES["liver"], given_at=given_at) == pytest.approx(times * 1e9, rel=1e-4)


@pytest.mark.parametrize(("times", "told"), [(1.0499, False), (1.0501, True), (0.9501, False), (0.9499, True)])
def test_more_than_five_per_cent_apart_is_a_warning_with_both_numbers(times: float, told: bool) -> None:
    found = audit_partition({"PLD": Gy(100.0)}, {"PLD": Gy(100.0 * times)})
    assert [(f.level, f.code) for f in found] == ([("warning", "partition-differs-PLD")] if told else [])
    assert all(f.values == {"plan_gy": 100.0, "partition_gy": 100.0 * times} for f in found)


@pytest.mark.parametrize("doses", [{}, {"TD": Gy(0)}])
def test_a_dose_that_the_plan_does_not_have_is_compared_with_nothing(doses: dict[str, Gy]) -> None:
    assert audit_partition(doses, {"TD": Gy(5)}) == ()


def test_counts_and_tissue_outside_a_volume_take_no_part() -> None:
    """A liver of 4 x 5 x 6 voxels of 0.6 mL in a larger image: counts outside it, and what of other volumes leaves it, are nothing to it."""
    grid = Grid.aligned((9, 10, 11), spacing_zyx_mm=(10, 6, 10), origin_lps_mm=(0, 0, 0))

    def part(role: str, z: slice, y: slice, x: slice) -> Voi:
        share = np.zeros(grid.shape_zyx)
        share[z, y, x] = 1
        return Voi(role, role, grid, share)

    z, y = slice(2, 6), slice(3, 8)
    volumes = {
        "liver": part("liver", z, y, slice(4, 10)),  # 120 voxels
        "perfused": part("perfused", z, y, slice(7, 11)),  # 80, of which 60 in the liver
        "tumour": part("tumour", z, y, slice(9, 10)),  # 20
        "thrombus": part("thrombus", z, slice(3, 4), slice(8, 9)),  # 4
        "necrosis": part("necrosis", z, slice(4, 6), slice(8, 9)),  # 8
    }
    counts = np.full(grid.shape_zyx, 50, np.float32)
    counts[z, y, slice(4, 10)] = 1
    counts[z, y, slice(9, 10)] = 6  # 220 counts in the liver: 120 in the tumour, 28 in the normal perfused liver
    found = partition_doses(CountMap(grid, counts, "Tc-99m"), volumes, in_liver=Bq(2.2e9), nuclide=Y90)
    expected = {"TD_all": (120, 20), "PLD": (160, 60), "NPLD": (28, 28), "WNLD": (88, 88), "WLD": (220, 120)}
    for name, (held, voxels) in expected.items():
        assert found[name] == pytest.approx(49.67 * 2.2 * held / 220 / (voxels * 0.6 * 1.06e-3), rel=1e-5), name
    image = ActivityMap(grid, counts, Y90, None)
    assert measured_in_liver(image, volumes["liver"], given_at=None) == pytest.approx(220 * 0.6)  # 220 Bq/mL in 0.6 mL


def test_a_volume_that_is_not_there_has_no_dose_and_one_wholly_taken_up_by_tumour_neither() -> None:
    alone = {"liver": VOLUMES["liver"], "tumour": box("tumour", slice(0, 10))}
    found = partition_doses(CountMap(GRID, COUNTS, "Tc-99m"), alone, in_liver=Bq(0.9e9), nuclide=Y90)
    assert set(found) == {"TD_all", "WLD"}


def test_few_counts_are_counts() -> None:
    few = CountMap(GRID, COUNTS * np.float32(1e-4), "Tc-99m")
    assert partition_doses(few, VOLUMES, in_liver=Bq(0.9e9), nuclide=Y90) == pytest.approx(FOUND)


def test_a_difference_is_told_with_both_doses_and_its_per_cent() -> None:
    (finding,) = audit_partition({"PLD": Gy(0.8), "TD": Gy(0.0)}, {"PLD": Gy(0.6), "TD": Gy(5)})
    assert finding.message.startswith(
        "PLD is 0.8 Gy by the plan and 0.6 Gy by counts and masses alone, 25 % apart; look"
    )
