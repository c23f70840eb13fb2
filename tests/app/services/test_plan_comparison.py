"""The plan beside what an image after treatment shows: by voxels where both are joined, by means where they are not, nothing without a plan."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.test_story_verification import EXACT_GY, TRUE_BQ, concentration, make_case

from yttria.app.services.plan import plan_case
from yttria.app.services.plan_comparison import comparison_with_plan, moved_plan_ct
from yttria.app.services.plan_record import read_plan_record
from yttria.app.services.verify import verify_case
from yttria.values.verification import Verification


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a case after treatment, as planned, and the folder of its plan."""
    base = tmp_path_factory.mktemp("comparison")
    plan_case(make_case(base / "before", concentration(), unit="counts", given_gbq=2.0), base / "plan")
    return make_case(base / "after", concentration(), given_gbq=TRUE_BQ / 1e9), base / "plan"


@pytest.fixture(scope="module")
def verified(made: tuple[Path, Path]) -> Verification:
    return verify_case(made[0], read_plan_record(made[1]))


def test_what_was_given_as_planned_is_what_the_plan_predicts(verified: Verification) -> None:
    found = verified.plan
    assert found is not None
    for name in ("TD", "NPLD", "LD"):
        dose = found.doses[name]
        assert (dose.predicted_gy, dose.delivered_gy) == pytest.approx((EXACT_GY[name], EXACT_GY[name]), rel=1e-3)
    assert found.tumour_to_normal == pytest.approx((6.0, 6.0), rel=1e-3)
    assert found.activity_fraction == pytest.approx(
        verified.given.activity_bq / 1e9 / _planned_gbq(verified, found.approach), rel=1e-6
    )
    assert found.voxels is not None
    assert found.voxels.gamma_pass == 1.0
    assert found.alignment is not None
    assert (found.alignment.moved_mm, found.alignment.turned_deg, found.alignment.correlation) == (0, 0, None)


def _planned_gbq(verified: Verification, approach: str) -> float:
    """Return the activity that the option of this approach plans, from its doses: planned over predicted of what was given."""
    assert verified.plan is not None
    dose = verified.plan.doses["TD"]
    assert dose.planned_gy is not None
    assert approach
    return dose.planned_gy / dose.predicted_gy * verified.given.activity_bq / 1e9


def test_a_plan_without_its_voxels_is_compared_by_means_and_that_is_told(
    made: tuple[Path, Path], tmp_path: Path
) -> None:
    shutil.copy(made[1] / "plan.json", tmp_path / "plan.json")
    found = verify_case(made[0], read_plan_record(tmp_path))
    assert found.plan is not None
    assert found.plan.voxels is None
    assert found.plan.doses["TD"].ratio == pytest.approx(1.0, rel=1e-3)
    assert [f.level for f in found.findings if f.code == "plan-without-voxels"] == ["warning"]


def test_without_a_plan_nothing_is_compared(verified: Verification) -> None:
    found = comparison_with_plan(
        None, None, verified.patient_case, verified.absorbed, verified.option, verified.given, None
    )
    assert found == (None, None, [])


def test_a_ct_of_the_plan_is_moved_only_where_both_were_registered_here(
    made: tuple[Path, Path], verified: Verification
) -> None:
    plan = read_plan_record(made[1])
    assert moved_plan_ct(None, verified.patient_case) is None
    assert moved_plan_ct(plan, verified.patient_case) is None
    assert (
        moved_plan_ct(plan, replace(verified.patient_case, joined_by="registered")) is None
    )  # a plan without a CT has none to move
