"""The digital patient through two arteries: territories that touch without overlap, and both plans near the truth."""

import json
from pathlib import Path

import numpy as np
import pytest

from yttria.app.services.digital_injections import feeder_lines, run_injections, territories
from yttria.physics.phantom.digital_anatomy import PATIENT_LESIONS, RIGHT_LOBE
from yttria.physics.phantom.digital_patient import ct_grid
from yttria.physics.phantom.implicit_shapes import around, share_of


def test_territories_are_the_lobe_without_overlap_and_the_index_lesion_lies_in_both() -> None:
    grid = around(RIGHT_LOBE, ct_grid())
    drawn = territories(grid)
    assert not (drawn["anterior"] & drawn["posterior"]).any()
    lobe = share_of(RIGHT_LOBE, grid, parts_xyz=(2, 2, 2)) >= 1 / 2
    assert np.array_equal(drawn["anterior"] | drawn["posterior"], lobe)
    index = share_of(PATIENT_LESIONS.index, grid, parts_xyz=(2, 2, 2)) >= 1 / 2
    assert all((index & inside).sum() > 0.2 * index.sum() for inside in drawn.values())


def test_two_arteries_are_planned_alike_on_one_image_and_on_an_image_each(
    digital_patient: Path, tmp_path: Path
) -> None:
    (tmp_path / "patient").symlink_to(digital_patient / "patient")
    record = run_injections(tmp_path / "injections", tmp_path / "patient", 1)
    for name, gbq in record.activities_gbq.items():
        assert record.own_images_activities_gbq[name] == pytest.approx(gbq, rel=0.1)
        for dose in ("TD_1", f"PLD[{name}]"):  # lower by what the camera's blur takes out of the hot part
            assert 0.85 < record.planned_per_gbq[name][dose] / record.true_per_gbq[name][dose] < 1
    plan = json.loads((tmp_path / "injections" / "plan" / "plan.json").read_text(encoding="utf-8"))
    assert [i["name"] for i in plan["result"]["injections"]] == ["anterior", "posterior"]
    assert (tmp_path / "injections" / "plan-own-images" / "report.pdf").exists()
    assert any("anterior 2." in line for line in feeder_lines(record))
