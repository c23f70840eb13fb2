"""The evidence core beside R survival, lifelines, statsmodels and scikit-survival, in one run: CPU seconds and ratios.

Run `./run bench evidence_speed` (add `quick` to leave out n = 10^6). Two arms, five covariates, times rounded to 1e-3 so that they tie,
a third censored, Efron's ties where the peer has them (statsmodels has Breslow's only at this speed; scikit-survival fits Efron without
errors). Each is done once to warm up, then several times; the least CPU time counts, because the machine may be shared. Everything is
timed from raw arrays to the finished estimate with its errors. Ours gives limits with the curve; statsmodels and scikit-survival do not.

A peer that would take more than half a minute for one fit, by its time for fewer rows, is named and not run. Where a peer is faster its
ratio is in bold.
"""

import os
import resource
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any

os.environ.setdefault(
    "OPENBLAS_NUM_THREADS", "1"
)  # CPU time counts: threads that wait for each other would count as work

import numpy as np

from race import Took, head, row, state, timed
from yttria.evidence.regression.cox import cox
from yttria.evidence.survival.kaplan_meier import kaplan_meier
from yttria.evidence.survival.logrank import logrank
from yttria.values.cohort import TimeToEvent

BETA = np.array([0.5, -0.3, 0.2, 0.0, 0.1])
SIZES = (56, 500, 10_000, 1_000_000)
PATIENCE_S = 30.0
TASKS = ("Kaplan-Meier", "log-rank", "Cox")
Data = tuple[Any, Any, Any, Any]
Times = dict[tuple[int, str], Took]

R_PROGRAM = """
suppressMessages(library(survival))
least <- function(f, times) {
  f()
  spent <- sapply(1:times, function(i) { t <- proc.time(); f(); s <- proc.time() - t; c(s[3], s[1] + s[2]) })
  apply(spent, 1, min)
}
for (n in c(%s)) {
  v <- matrix(readBin(paste0("%s/", n, ".bin"), "double", n * 8), ncol = 8)
  y <- Surv(v[, 1], v[, 2]); g <- v[, 3]; x <- v[, 4:8]; times <- if (n > 1e5) 2 else 7; inner <- if (n < 1000) 50 else 1
  many <- function(f) function() for (i in 1:inner) f()
  cat(n, least(many(function() survfit(y ~ g)), times) / inner, least(many(function() survdiff(y ~ g)), times) / inner,
      least(many(function() coxph(y ~ x)), times) / inner, "\\n")
}
"""


def trial(n: int) -> Data:
    """Return times, events, arms and covariates of a made-up trial."""
    rng = np.random.default_rng(n)
    x = rng.normal(size=(n, 5))
    arm = (x[:, 0] > 0).astype(np.int64)
    death, loss = rng.exponential(10 / np.exp(x @ BETA)), rng.exponential(20, n)
    return np.maximum(np.round(np.minimum(death, loss), 3), 0.001), death <= loss, arm, x


def least(work: Callable[[], Any]) -> Took:
    """Return the least times of several runs after one that does not count; of that one alone where it takes seconds."""
    first = timed(work)
    if first.cpu_s > 5:
        return first
    inner = max(1, min(200, int(0.02 / max(first.cpu_s, 1e-6))))

    def many() -> None:
        for _ in range(inner):
            work()

    best = reduce(Took.least, (timed(many) for _ in range(7)))
    return Took(best.wall_s / inner, best.cpu_s / inner)


def ours(data: Data, task: str) -> Callable[[], Any]:
    time_, observed, arm, x = data

    def curves() -> None:
        outcome = TimeToEvent(time_, observed)
        for one in (0, 1):
            kaplan_meier(outcome.rows(arm == one))

    return {
        "Kaplan-Meier": curves,
        "log-rank": lambda: logrank(TimeToEvent(time_, observed), arm).test,
        "Cox": lambda: cox(TimeToEvent(time_, observed), x).coefficient(0),
    }[task]


def lifelines(data: Data, task: str) -> Callable[[], Any]:
    import pandas as pd
    from lifelines import CoxPHFitter, KaplanMeierFitter
    from lifelines.statistics import logrank_test

    time_, observed, arm, x = data
    table = pd.DataFrame(x).assign(time=time_, observed=observed)
    one, two = arm == 0, arm == 1
    return {
        "Kaplan-Meier": lambda: [KaplanMeierFitter().fit(time_[a], observed[a]) for a in (one, two)],
        "log-rank": lambda: logrank_test(time_[one], time_[two], observed[one], observed[two]),
        "Cox": lambda: CoxPHFitter().fit(table, "time", "observed"),
    }[task]


def statsmodels(data: Data, task: str) -> Callable[[], Any]:
    from statsmodels.duration.hazard_regression import PHReg
    from statsmodels.duration.survfunc import SurvfuncRight, survdiff

    time_, observed, arm, x = data
    status = observed.astype(float)
    return {
        "Kaplan-Meier": lambda: [SurvfuncRight(time_[arm == a], status[arm == a]).surv_prob_se for a in (0, 1)],
        "log-rank": lambda: survdiff(time_, status, arm),
        "Cox": lambda: PHReg(time_, x, status=status, ties="efron").fit(),
    }[task]


def scikit_survival(data: Data, task: str) -> Callable[[], Any]:
    from sksurv.compare import compare_survival
    from sksurv.linear_model import CoxPHSurvivalAnalysis
    from sksurv.nonparametric import kaplan_meier_estimator
    from sksurv.util import Surv

    time_, observed, arm, x = data
    y = Surv.from_arrays(observed, time_)
    return {
        "Kaplan-Meier": lambda: [kaplan_meier_estimator(observed[arm == a], time_[arm == a]) for a in (0, 1)],
        "log-rank": lambda: compare_survival(y, arm),
        "Cox": lambda: CoxPHSurvivalAnalysis(ties="efron").fit(x, y),
    }[task]


PEERS: dict[str, Callable[[Data, str], Callable[[], Any]]] = {
    "lifelines": lifelines,
    "statsmodels": statsmodels,
    "scikit-survival": scikit_survival,
}


def expected_s(known: tuple[int, float] | None, n: int) -> float:
    """Return what a peer will take at least, s, by its time for fewer rows; zero where it has none."""
    return 0.0 if known is None else known[1] * n / known[0]


def measured_in_r(sizes: tuple[int, ...]) -> Times:
    """Return R's times on the same numbers."""
    found: Times = {}
    with tempfile.TemporaryDirectory() as folder:
        for n in sizes:
            t, observed, arm, x = trial(n)
            np.asfortranarray(np.column_stack([t, observed, arm, x])).T.tofile(Path(folder) / f"{n}.bin")
        program = R_PROGRAM % (", ".join(str(n) + "L" for n in sizes), folder)
        told = subprocess.run(["Rscript", "-e", program], capture_output=True, text=True, check=True).stdout
    for line in told.splitlines():
        n, *seconds = line.split()
        spent = [float(s) for s in seconds]
        found |= {
            (int(n), task): Took(*pair)
            for task, pair in zip(TASKS, zip(spent[::2], spent[1::2], strict=True), strict=True)
        }
    return found


def main() -> None:
    warnings.simplefilter("ignore")
    print(state(), flush=True)
    sizes = SIZES[:-1] if "quick" in sys.argv else SIZES
    if "quick" not in sys.argv:
        time_, observed, _, x = trial(sizes[-1])
        cox(TimeToEvent(time_, observed), x)
        print(
            f"\nmemory with data and fit of n = {sizes[-1]}: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB",
            flush=True,
        )
    theirs = {"R survival": measured_in_r(sizes)}
    head()
    known: dict[tuple[str, str], tuple[int, float]] = {}
    for n in sizes:
        data = trial(n)
        for task in TASKS:
            times = {"yttria": least(ours(data, task)), "R survival": theirs["R survival"][n, task]}
            expected = {name: expected_s(known.get((task, name)), n) for name in PEERS}
            times |= {name: least(peer(data, task)) for name, peer in PEERS.items() if expected[name] <= PATIENCE_S}
            row(f"{task}, n = {n}", times)
            for name in PEERS.keys() - times.keys():
                print(
                    f"| | {name} | not run: about {expected[name]:.0f} s by its time at a smaller n | | | |", flush=True
                )
            known |= {(task, name): (n, took.cpu_s) for name, took in times.items()}


if __name__ == "__main__":
    main()
