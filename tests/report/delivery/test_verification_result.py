"""A verified treatment under the keys of the contract: each number where it belongs, beside the exact doses of boxes."""

import numpy as np
import pytest
from tests.test_story_verification import EXACT_GY, LIVER, TRUE_BQ, TUMOUR, VOXEL_ML

from yttria.report.delivery.verification_result import verification_result
from yttria.values.verification import Verification

LOST_BQ = 0.5 * 3e6 * float(TUMOUR.sum()) * VOXEL_ML


def test_delivered_is_what_the_image_holds_and_predicted_what_the_plan_says(verified: Verification) -> None:
    found = verification_result(verified)
    assert found.against_plan is not None
    tumour = found.against_plan.doses["TD"]
    assert (tumour.predicted_gy, tumour.delivered_gy) == pytest.approx((EXACT_GY["TD"], 0.5 * EXACT_GY["TD"]), rel=1e-3)
    assert (tumour.difference_gy, tumour.ratio) == pytest.approx((-0.5 * EXACT_GY["TD"], 0.5), rel=1e-3)
    assert found.doses_gy["NPLD"] == pytest.approx(EXACT_GY["NPLD"], rel=1e-3)
    pair = found.against_plan.tumour_to_normal
    assert (pair.predicted, pair.delivered) == pytest.approx((6.0, 3.0), rel=1e-3)


def test_activity_and_where_it_lies_stand_under_their_own_keys(verified: Verification) -> None:
    found = verification_result(verified)
    assert found.given.activity_gbq == pytest.approx(TRUE_BQ / 1e9)
    assert found.given.at == "2026-11-30T14:00:00+01:00"
    assert found.image.activity_gbq == pytest.approx((TRUE_BQ - LOST_BQ) / 1e9, rel=1e-5)
    assert found.image.of_given_fraction == pytest.approx(1 - LOST_BQ / TRUE_BQ, rel=1e-5)
    assert found.image.elsewhere_fraction == pytest.approx(0, abs=1e-6)
    assert found.image.negative_fraction == 0.0
    assert found.image.outside_body_fraction is None


def test_voxels_and_the_way_of_bringing_together_are_told(verified: Verification) -> None:
    found = verification_result(verified).against_plan
    assert found is not None
    assert found.voxels is not None
    share = TUMOUR.sum() / LIVER.sum()
    assert found.voxels.n == LIVER.sum()
    assert found.voxels.bias_gy == pytest.approx(-0.5 * EXACT_GY["TD"] * share, rel=1e-3)
    assert found.voxels.sd_gy == pytest.approx(0.5 * EXACT_GY["TD"] * np.sqrt(share * (1 - share)), rel=1e-3)
    assert (found.voxels.low_gy + found.voxels.high_gy) / 2 == pytest.approx(found.voxels.bias_gy)
    assert (found.voxels.gamma.dose_percent, found.voxels.gamma.distance_mm, found.voxels.gamma.threshold_percent) == (
        10,
        5,
        10,
    )
    assert found.registration is not None
    assert (found.registration.moved_mm, found.registration.turned_deg) == (0.0, 0.0)


def test_headroom_aims_and_limits_are_of_what_was_delivered(verified: Verification) -> None:
    found = verification_result(verified)
    lung = next(limit for limit in found.limits if limit.name == "lung")
    assert lung.value_gy == pytest.approx(EXACT_GY["LD"], rel=1e-3)
    assert lung.value_gy is not None
    assert found.headroom["lung"] == pytest.approx((30 - lung.value_gy) / lung.value_gy * TRUE_BQ / 1e9, rel=1e-3)
    for aim in found.aims:
        assert aim.met is (aim.found_gy >= aim.wanted_gy)
        assert aim.found_gy == pytest.approx(found.doses_gy[aim.name])


def test_without_a_plan_nothing_is_said_against_one(alone: Verification) -> None:
    found = verification_result(alone)
    assert found.against_plan is None
    assert found.doses_gy["TD"] == pytest.approx(0.5 * EXACT_GY["TD"], rel=1e-3)
