"""A treatment of boxes as `plan` and `verify` made it: half of the tumour's activity did not arrive. Made once, to be read only."""

from datetime import date
from pathlib import Path

import pytest
from tests.test_story_verification import TRUE_BQ, TUMOUR, concentration, make_case

from yttria.app.services.plan import plan_case
from yttria.app.services.plan_record import read_plan_record
from yttria.app.services.response import run
from yttria.app.services.verify import verify_case
from yttria.contract.response import ResponseRequest
from yttria.delivery.response_criteria import CRITERIA
from yttria.report.delivery.response_document import ResponsePaper
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


@pytest.fixture(scope="session")
def response_paper(tmp_path_factory: pytest.TempPathFactory) -> ResponsePaper:
    """Return the response of four patients an arm as `response` answers it: PDA shrink by 75, 62.5 and 100 %, SDA by 62.5 % and grow."""
    rows = "patient,date,lesion,kind,longest_mm,short_mm,viable_longest_mm,viable_short_mm,arm,index\n"
    for arm, sizes in (("PDA", (20, 30, 0, 80)), ("SDA", (30, 80, 200, None))):
        for i, size in enumerate(sizes):
            rows += f"{arm}{i},2026-01-05,L,target,80,80,80,80,{arm},1\n"
            rows += "" if size is None else f"{arm}{i},2026-04-06,L,target,{size},{size},{size},{size},{arm},1\n"
    path = tmp_path_factory.mktemp("response") / "lesions.csv"
    path.write_text(rows, encoding="utf-8")
    answer = run(ResponseRequest(lesions=path, criteria=("mrecist",), at_months=3, treated="PDA"))
    names = list(answer.result.patients)
    return ResponsePaper(
        result=answer.result,
        titles={"mrecist": "mRECIST"},
        sources={"mrecist": CRITERIA["mrecist"].source},
        arms={name: name[:3] for name in names},
        baselines=dict.fromkeys(names, date(2026, 1, 5)),
        findings=answer.findings,
        table="lesions.csv",
        months=3,
        window_months=1,
    )
