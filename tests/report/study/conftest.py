"""The result of the smallest study, made by the analysis itself: two patients who die at 5 and at 9 months."""

import numpy as np
import pytest

from yttria.contract.study import StudyResult
from yttria.evidence.study.analysis import analyse
from yttria.values.cohort import Cohort, TimeToEvent
from yttria.values.protocol import OutcomeColumns, Protocol


@pytest.fixture(scope="session")
def two_patients() -> StudyResult:
    outcome = TimeToEvent(np.array([5.0, 9.0]), np.array([True, True]), unit="months")
    return analyse(Cohort(outcome), Protocol(OutcomeColumns("os", "dead", unit="months"))).result
