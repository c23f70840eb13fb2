"""10,000 trials of 60 patients, a log-rank test and a hazard ratio each: ours beside lifelines and R survival, in CPU-seconds of one run.

    ./run bench trial_simulation [--peer-trials 200]

Peers take a part of the trials and are scaled up, because they need minutes; the same drawn data go to all. Prints one ratio a peer.
"""

import argparse
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from yttria.evidence.design.arm_tests import ArmTests, two_arm_tests
from yttria.evidence.design.simulation import Scenario, Trials, draw_trials

TRIALS = 10_000
ALLOWED_S = 0.5
SCENARIO = Scenario(60, 10.7, 0.5, accrual=24, follow_up=24)
R_SCRIPT = """
suppressMessages(library(survival))
d <- as.matrix(read.csv(commandArgs(TRUE)[1], header = FALSE)); n <- ncol(d) / 2
x <- rep(c(1, 0), each = n / 2); out <- matrix(0, nrow(d), 2)
begin <- proc.time()
for (i in seq_len(nrow(d))) {
  s <- Surv(d[i, 1:n], d[i, (n + 1):(2 * n)])
  out[i, ] <- c(survdiff(s ~ x)$chisq, coef(coxph(s ~ x)))
}
spent <- proc.time() - begin
cat(spent[1] + spent[2], mean(out[, 1]), mean(out[, 2]), "\\n")
"""


def ours() -> tuple[float, Trials, ArmTests]:
    begin = time.process_time()
    drawn = draw_trials(SCENARIO, TRIALS, seed=1)
    tests = two_arm_tests(*drawn.at(SCENARIO.end), SCENARIO.arm)
    return time.process_time() - begin, drawn, tests


def lifelines_seconds(drawn: Trials, count: int) -> tuple[float, float, float]:
    import pandas as pd
    from lifelines import CoxPHFitter
    from lifelines.statistics import logrank_test

    time_, event = drawn.at(SCENARIO.end)
    arm = SCENARIO.arm
    chi2, beta = [], []
    begin = time.process_time()
    for t, e in zip(time_[:count], event[:count], strict=True):
        chi2.append(logrank_test(t[arm], t[~arm], e[arm], e[~arm]).test_statistic)
        frame = pd.DataFrame({"t": t, "e": e, "x": arm.astype(float)})
        beta.append(CoxPHFitter().fit(frame, "t", "e").params_["x"])
    return time.process_time() - begin, float(np.mean(chi2)), float(np.mean(beta))


def r_seconds(drawn: Trials, count: int) -> tuple[float, float, float]:
    time_, event = drawn.at(SCENARIO.end)
    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder) / "trials.csv", Path(folder) / "trials.R"
        np.savetxt(data, np.hstack([time_[:count], event[:count]]), delimiter=",", fmt="%.17g")
        script.write_text(R_SCRIPT)
        run = subprocess.run(["Rscript", str(script), str(data)], capture_output=True, text=True, check=True)
    seconds, chi2, beta = map(float, run.stdout.split())
    return seconds, chi2, beta


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer-trials", type=int, default=200)
    count = parser.parse_args().peer_trials
    runs = [ours() for _ in range(3)]
    spent, drawn, tests = sorted(runs, key=lambda run: run[0])[1]
    print(f"yttria: {TRIALS} trials of {SCENARIO.patients} drawn and tested in {spent:.3f} CPU-s (allowed {ALLOWED_S})")
    mine = float(np.mean(tests.z[:count] ** 2)), float(np.mean(tests.log_ratio[:count]))
    for name, peer, there in (
        ("lifelines", lifelines_seconds, True),
        ("R survival", r_seconds, shutil.which("Rscript") is not None),
    ):
        if not there:
            print(f"\n{name}: absent, not measured")
            continue
        seconds, chi2, beta = peer(drawn, count)
        whole = seconds * TRIALS / count
        same = abs(chi2 - mine[0]) < 1e-6 * mine[0] and abs(beta - mine[1]) < 1e-5
        print(
            f"\n{name}: {whole:.1f} CPU-s (scaled from {count}); {whole / spent:.0f} times ours; {'same' if same else 'OTHER'} mean chi2 and log HR"
        )
    if spent > ALLOWED_S:
        raise SystemExit(f"expected {ALLOWED_S} CPU-seconds or less, found {spent:.3f}")


if __name__ == "__main__":
    main()
