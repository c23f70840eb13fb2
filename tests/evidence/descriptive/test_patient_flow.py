"""The flow of patients: each step stands on those before, reasons are those of the rows it leaves out."""

import numpy as np

from yttria.evidence.descriptive.patient_flow import patient_flow
from yttria.values.cohort import Column

ARM = Column("arm", np.array([0, 0, 1, 1, -1, 0]), ("PDA", "SDA"))
WHY = Column("why", np.array([-1, 0, -1, 1, -1, -1]), ("withdrew", "shunt"))
RANDOMISED = np.array([True, True, True, True, False, True])
TREATED = np.array([True, False, True, False, True, False])


def test_each_step_keeps_of_the_rows_so_far() -> None:
    flow = patient_flow([("randomised", RANDOMISED), ("treated", TREATED)], ARM, WHY)
    assert [(s.label, s.n, dict(s.arms), dict(s.lost)) for s in flow] == [
        ("randomised", 5, {"PDA": 3, "SDA": 2}, {"not stated": 1}),
        ("treated", 2, {"PDA": 1, "SDA": 1}, {"withdrew": 1, "shunt": 1, "not stated": 1}),
    ]
    assert flow[0].n - flow[1].n == sum(flow[1].lost.values())


def test_without_arms_and_reasons_there_are_counts_alone() -> None:
    flow = patient_flow([("treated", TREATED)], None, None)
    assert (flow[0].n, flow[0].arms, flow[0].lost) == (3, {}, {"not stated": 3})
    assert patient_flow([("all", np.ones(3, dtype=bool))], None, None)[0].lost == {}
