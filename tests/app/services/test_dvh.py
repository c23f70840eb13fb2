"""`dvh` from Python: a dose that rises column by column, its D and V by hand, both ways to sample, and what has no volume in the dose."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from yttria.app.services.dvh import CURVE_POINTS, IN_STEP, run, volume_record
from yttria.contract.dosimetry import DvhRequest
from yttria.io.volumes.volume import write_volume
from yttria.values.dvh import Dvh
from yttria.values.errors import IntakeError
from yttria.values.grid import Grid
from yttria.values.maps import DoseMap, Voi

GRID = Grid.aligned((2, 2, 10), spacing_zyx_mm=(5, 5, 5), origin_lps_mm=(0, 0, 0))
RISING = np.broadcast_to(np.arange(10, 110, 10, dtype=np.float32), GRID.shape_zyx).copy()  # 10, 20 … 100 Gy


def files(tmp_path: Path, marked: Any, grid: Grid = GRID) -> dict[str, Path]:
    write_volume(tmp_path / "dose.nii.gz", GRID, RISING)
    write_volume(tmp_path / "labels.nii.gz", grid, np.asarray(marked, dtype=np.uint8))
    return {"dose": tmp_path / "dose.nii.gz", "structures": tmp_path / "labels.nii.gz"}


def asked(paths: dict[str, Path], **more: Any) -> Any:
    return run(DvhRequest.model_validate({**paths, **more}))


def test_metrics_of_ten_steps_are_those_by_hand(tmp_path: Path) -> None:
    """Each of ten columns is a tenth of 5 mL: D50 is the dose that half receives, V100 the share of the last column."""
    answer = asked(files(tmp_path, np.ones(GRID.shape_zyx)), v=(10, 55, 100, 101))
    found = answer.result.volumes["1"]
    assert (found.ml, found.mean_gy, found.min_gy, found.max_gy) == pytest.approx((5.0, 55.0, 10.0, 100.0))
    assert (found.D98, found.D95, found.D90, found.D70, found.D50, found.D30, found.D10, found.D5, found.D2) == (
        10, 10, 20, 40, 60, 80, 100, 100, 100,
    )  # fmt: skip
    assert {"10": pytest.approx(1.0), "55": pytest.approx(0.5), "100": pytest.approx(0.1), "101": 0.0} == found.V
    assert (answer.result.sampling, answer.result.mean_weighting) == ("interpolated", "volume")
    assert answer.findings == ()


def test_each_label_has_its_own_curve_from_all_to_its_last_share(tmp_path: Path) -> None:
    marked = np.zeros(GRID.shape_zyx)
    marked[..., :4], marked[..., 8:] = 1, 2
    volumes = asked(files(tmp_path, marked)).result.volumes
    assert (volumes["1"].mean_gy, volumes["2"].mean_gy) == pytest.approx((25.0, 95.0))
    curve = volumes["2"].curve
    assert (len(curve.dose_gy), CURVE_POINTS, curve.dose_gy[0], curve.dose_gy[-1]) == (201, 201, 0.0, 100.0)
    assert (curve.volume_share[0], curve.volume_share[-1]) == pytest.approx((1.0, 0.5))
    assert all(a >= b for a, b in zip(curve.volume_share, curve.volume_share[1:], strict=False))


@pytest.mark.parametrize(
    ("shift", "mean", "whole"), [(0.0, 45.0, True), (0.049, 45.1, True), (0.051, 45.1, False), (2.5, 50.0, False)]
)
def test_voxels_within_a_hundredth_of_the_doses_own_count_whole_and_others_read_between_its_centres(
    shift: float, mean: float, whole: bool, tmp_path: Path
) -> None:
    """Columns 2 to 5 hold 30 to 60 Gy; a twentieth of a millimetre is a hundredth of a voxel. Read between centres its box begins at 25 Gy."""
    grid = Grid.aligned((2, 2, 4), spacing_zyx_mm=(5, 5, 5), origin_lps_mm=(10 + shift, 0, 0))
    found = asked(files(tmp_path, np.ones(grid.shape_zyx), grid)).result.volumes["1"]
    assert IN_STEP == 0.01
    assert found.mean_gy == pytest.approx(mean, abs=0.05)
    assert (found.min_gy >= 29.9) is whole


def test_whole_voxels_are_counted_by_their_shares_where_that_is_asked(tmp_path: Path) -> None:
    grid = Grid.aligned((2, 2, 4), spacing_zyx_mm=(5, 5, 5), origin_lps_mm=(12.5, 0, 0))
    answer = asked(files(tmp_path, np.ones(grid.shape_zyx), grid), sampling="voxels")
    found = answer.result.volumes["1"]
    assert (found.min_gy, found.max_gy, found.ml) == pytest.approx((30.0, 70.0, 2.0))
    assert answer.result.sampling == "voxels"


def test_a_structure_that_sticks_out_is_told_and_one_outside_is_left_out(tmp_path: Path) -> None:
    out = Grid.aligned((2, 2, 4), spacing_zyx_mm=(5, 5, 5), origin_lps_mm=(40, 0, 0))
    answer = asked(files(tmp_path, np.ones(out.shape_zyx), out))
    assert answer.findings
    far = Grid.aligned((2, 2, 4), spacing_zyx_mm=(5, 5, 5), origin_lps_mm=(400, 0, 0))
    with pytest.raises(IntakeError, match="expected a structure that lies in the dose, found none: "):
        asked(files(tmp_path, np.ones(far.shape_zyx), far))


def test_a_record_of_one_dose_is_that_dose_everywhere() -> None:
    dose = DoseMap(GRID, np.full(GRID.shape_zyx, 42.0, dtype=np.float32))
    found = volume_record(
        Dvh.of(dose, Voi("x", "liver", GRID, np.ones(GRID.shape_zyx, dtype=np.float32))), (42.0, 42.1)
    )
    assert {found.D98, found.D50, found.D2, found.mean_gy} == {42.0}
    assert found.V == {"42": 1.0, "42.1": 0.0}
