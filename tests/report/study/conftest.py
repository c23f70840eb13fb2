"""Studies that the analysis itself made: two patients who die at 5 and at 9 months, sixty of two arms."""

import numpy as np
import pytest
from tests.report.study.analysed_study import DRAWN, paper, table

from yttria.contract.study import StudyResult
from yttria.evidence.study.analysis import analyse
from yttria.report.study.document import study_document
from yttria.report.study.study_paper import StudyPaper
from yttria.values.cohort import Cohort, TimeToEvent
from yttria.values.document import Document
from yttria.values.protocol import OutcomeColumns, Protocol


@pytest.fixture(scope="session")
def two_patients() -> StudyResult:
    outcome = TimeToEvent(np.array([5.0, 9.0]), np.array([True, True]), unit="months")
    return analyse(Cohort(outcome), Protocol(OutcomeColumns("os", "dead", unit="months"))).result


@pytest.fixture(scope="session")
def whole() -> StudyPaper:
    return paper(table(60))


@pytest.fixture(scope="session")
def document(whole: StudyPaper) -> Document:
    return study_document(whole, version="1.2.3")


@pytest.fixture(scope="session")
def drawn() -> Document:
    return study_document(paper(table(60), DRAWN), version="1")
