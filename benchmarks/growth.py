"""Memory and growth: plans one after another in one process, and studies of many rows.

Run `./run bench growth`. Plans are of the digital patient (512 x 512 x 150 CT, 128^3 SPECT) with all their files; what a process holds is
read after each; before a report is set, typst lets go of what it keeps of the one before. Studies have 20 columns, two arms, curves by two factors, three univariable models and one of five terms; JSON alone.
"""

import resource
import sys
import tempfile
from pathlib import Path

import numpy as np

from race import shown, state, whole
from yttria.app.services.plan import plan_case
from yttria.app.services.simulate import SimulationSettings, make_patient

PLANS = 20
ROWS = (10_000, 100_000, 1_000_000)
PROTOCOL = """
[study]
title = "growth"
[outcome]
time = "t"
event = "e"
unit = "months"
id = "id"
[arms]
column = "arm"
treated = "b"
control = "a"
[km]
by = [{by}]
[univariable]
terms = ["x0", "x1", "sex"]
[models.full]
terms = ["arm", "sex", "x0", "x1", "x2"]
"""


def held_mb() -> float:
    """Return what this process holds, MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise OSError("this machine does not say what a process holds")


def plans(work: Path) -> None:
    make_patient(work, SimulationSettings(seed=1))
    held = []
    for number in range(PLANS):
        plan_case(work / "patient", work / f"plan-{number}")
        held.append(held_mb())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("\n| plans in one process | holds | peak so far |\n|---|---|---|")
    print(f"| 1 | {held[0]:.0f} MB | |\n| 10 | {held[9]:.0f} MB | |\n| {PLANS} | {held[-1]:.0f} MB | {peak:.0f} MB |")
    print(f"\nFrom the tenth plan on a plan adds {(held[-1] - held[9]) / (PLANS - 10):.1f} MB.", flush=True)


def table(path: Path, n: int) -> None:
    """Write a study of `n` rows and 20 columns."""
    rng = np.random.default_rng(n)
    x = rng.normal(size=(n, 13)).round(3)
    arm, sex, site = rng.integers(0, 2, n), rng.integers(0, 2, n), rng.integers(0, 1000, n)
    death, loss = rng.exponential(20 / np.exp(0.4 * x[:, 0] - 0.3 * arm)), rng.exponential(30, n)
    time = np.maximum(np.minimum(death, loss).round(3), 0.001)
    columns = [np.arange(n), time, (death <= loss).astype(int), np.where(arm, "b", "a"), np.where(sex, "f", "m")]
    columns += [site, rng.integers(0, 2, n), *x.T]
    names = ["id", "t", "e", "arm", "sex", "site", "y", *(f"x{i}" for i in range(x.shape[1]))]
    with path.open("w") as stream:
        stream.write(",".join(names) + "\n")
        stream.writelines(",".join(map(str, row)) + "\n" for row in zip(*(c.tolist() for c in columns), strict=True))


def studies(work: Path) -> None:
    yttria = str(Path(sys.executable).with_name("yttria"))
    print("\n| study | wall | CPU | peak memory | result.json | columns/ |\n|---|---|---|---|---|---|")
    for n, by, name in (
        *((n, '"arm", "sex"', f"{n} rows, 20 columns") for n in ROWS),
        (ROWS[0], '"site"', f"{ROWS[0]} rows, curves of 1000 groups"),
    ):
        cohort, protocol, out = work / f"{n}.csv", work / "protocol.toml", work / f"study-{n}"
        table(cohort, n)
        protocol.write_text(PROTOCOL.format(by=by))
        done = whole([yttria, "analyse", str(protocol), str(cohort), "--out", str(out), "--json", "--replace"])
        size = (out / "result.json").stat().st_size / 1e6
        beside = sum(path.stat().st_size for path in (out / "columns").glob("*.parquet")) / 1e6
        print(
            f"| {name} | {shown(done.took.wall_s)} | {shown(done.took.cpu_s)} | {done.peak_mb:.0f} MB | {size:.1f} MB | {f'{beside:.1f} MB' if beside else ''} |",
            flush=True,
        )


def main() -> None:
    print(state(), flush=True)
    with tempfile.TemporaryDirectory() as name:
        plans(Path(name))
        studies(Path(name))
    print(f"\n{state()}", flush=True)


if __name__ == "__main__":
    main()
