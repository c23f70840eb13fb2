"""How long a what-if takes: an activity to all doses, DVHs and probabilities, once a patient's dose is known. Asked: below 5 ms.

Run `./run bench what_if`. Times are of the clock, in a process that holds the patient's dose.
"""

import sys
import time

import numpy as np

from interval_coverage import patient
from race import state
from yttria.app.services.plan import plan_patient
from yttria.planning.target_probability import DoseErrors
from yttria.report.plan.plan_result import dvh_record
from yttria.values.units import Gy

TIMES = 200


def main() -> None:
    """Print the median and the slowest of many activities."""
    result = plan_patient(patient(np.random.default_rng(1)).case)
    absorbed, option = result.absorbed, result.plan.shown
    errors = DoseErrors(absorbed.relative_uncertainty)
    limits = [c.limit for c in option.checks]
    aims = {} if option.aim is None else {option.aim.volume: option.aim.dose_gy}
    took = []
    for gbq in np.linspace(0.5, 8.0, TIMES):
        start = time.perf_counter()
        doses = {name: Gy(dose * float(gbq)) for name, dose in absorbed.doses_gy.items()}
        errors.of_option(doses, aims, limits)
        for dvh in absorbed.dvh.values():
            dvh_record(dvh.times(float(gbq)))
        took.append(1000 * (time.perf_counter() - start))
    sys.stdout.write(f"{state()}\n\nwhat-if: median {np.median(took):.2f} ms, slowest {max(took):.2f} ms of {TIMES}\n")


if __name__ == "__main__":
    main()
