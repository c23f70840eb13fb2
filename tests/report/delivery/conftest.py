"""A treatment of boxes as `plan` and `verify` made it: half of the tumour's activity did not arrive. Made once, to be read only."""

from pathlib import Path

import pytest
from tests.test_story_verification import TRUE_BQ, TUMOUR, concentration, make_case

from yttria.app.services.plan import plan_case
from yttria.app.services.plan_record import read_plan_record
from yttria.app.services.verify import verify_case
from yttria.values.verification import Verification


@pytest.fixture(scope="session")
def treated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the case after treatment and the folder of its plan."""
    base = tmp_path_factory.mktemp("verified")
    before = make_case(base / "before", concentration(), unit="counts", given_gbq=2.0)
    plan_case(before, base / "plan")
    image = concentration()
    image[TUMOUR > 0] *= 0.5
    return make_case(base / "after", image, given_gbq=TRUE_BQ / 1e9), base / "plan"


@pytest.fixture(scope="session")
def verified(treated: tuple[Path, Path]) -> Verification:
    after, plan = treated
    return verify_case(after, read_plan_record(plan))


@pytest.fixture(scope="session")
def alone(treated: tuple[Path, Path]) -> Verification:
    """Return the same image verified without a plan."""
    return verify_case(treated[0])
