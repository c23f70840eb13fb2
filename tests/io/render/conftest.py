"""The report of the planned patient of tests/report, once for the room."""

import importlib.util
import sys
from pathlib import Path

import pytest

from yttria.report.plan.document import plan_document
from yttria.values.document import Document

CASE = Path(__file__).parents[2] / "report" / "planned_case.py"


@pytest.fixture(scope="session")
def document() -> Document:
    spec = importlib.util.spec_from_file_location("planned_case", CASE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["planned_case"] = module
    spec.loader.exec_module(module)
    return plan_document(module.planned_result(), version="1.2.3")
