"""The Cox models that R fitted (parity/make_reference.R), by their names there."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yttria.evidence.regression.cox import CoxFit, cox
from yttria.values.cohort import TimeToEvent

Make = Callable[..., TimeToEvent]
Matrix = NDArray[np.float64]

SPECS: dict[str, dict[str, Any]] = {
    "efron": {}, "breslow": {"ties": "breslow"}, "exact": {"ties": "exact"}, "late": {"late": True},
    "strata": {"stratum": "centre"}, "late_strata": {"late": True, "stratum": "centre"}, "weight": {"weight": "weight"},
    "late_weight": {"late": True, "weight": "weight"}, "late_exact": {"late": True, "ties": "exact"},
    "strata_exact": {"stratum": "centre", "ties": "exact"}, "offset": {"offset": "offset"}, "cluster": {"cluster": "site"},
    "cluster_strata": {"late": True, "stratum": "centre", "cluster": "site", "weight": "weight"},
    "cluster_breslow": {"cluster": "site", "ties": "breslow"}, "robust": {"robust": True},
}  # fmt: skip
NAMES = ("age", "arm", "marker")


def fitted(name: str, outcome: Make, patients: Any, x: Matrix) -> CoxFit:
    spec = dict(SPECS[name])
    rows = outcome("late" if spec.pop("late", False) else "plain", spec.pop("weight", None))
    columns = {k: patients[spec.pop(k)] for k in ("stratum", "cluster", "offset") if k in spec}
    return cox(rows, x, NAMES, **columns, **spec)
