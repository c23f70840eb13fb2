"""How the benchmarks time: contenders run in turn, round after round, so that whatever else the machine does meets all of them alike."""

import contextlib
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np

PATIENCE_S = 20.0  # a contender that has taken so long in all is not asked again

# A small process of its own starts the command: a large one would lend the child its own peak memory.
MEASURE = """
import resource, subprocess, sys, time
start = time.perf_counter()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, code)
"""


def state() -> str:
    """Return what machine this is and how busy it is, in a line."""
    load = " ".join(f"{part:.1f}" for part in os.getloadavg())
    return f"{os.cpu_count()} processors, load {load} (1, 5, 15 minutes); Python {sys.version.split()[0]}, numpy {np.__version__}, numba {numba.__version__}"


def race(contenders: Mapping[str, Callable[[], Any]], *, rounds: int = 7) -> dict[str, float]:
    """Return the least wall time of each, s: one run each to warm up, then `rounds` in turn, the order turned every round.

    Peers that print or warn are not heard.
    """
    best: dict[str, float] = {}
    spent = dict.fromkeys(contenders, 0.0)
    for lap in range(rounds + 1):
        names = list(contenders)
        for name in names[::-1] if lap % 2 else names:
            if spent[name] > PATIENCE_S:
                continue
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                start = time.perf_counter()
                contenders[name]()
                took = time.perf_counter() - start
            spent[name] += took
            if lap or spent[name] > PATIENCE_S:
                best[name] = min(best.get(name, took), took)
    return {name: best[name] for name in contenders}


def shown(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1000 * seconds:.0f} ms"


def row(task: str, times: Mapping[str, float]) -> None:
    """Print one task: the first contender is ours; how many times as long each peer takes."""
    (ours, mine), *peers = times.items()
    told = "   ".join(f"{name} {shown(s)} ({s / mine:.1f}x)" for name, s in peers)
    print(f"{task:<44} {ours} {shown(mine):<8} {told}", flush=True)


@dataclass(frozen=True)
class Process:
    """What a command took."""

    seconds: float
    peak_mb: float


def whole(command: list[str]) -> Process:
    """Run a command in a process of its own, imports and all."""
    told = subprocess.run([sys.executable, "-c", MEASURE, *command], capture_output=True, text=True, check=True)
    took, peak, code = told.stdout.split()
    if code != "0":
        raise SystemExit(f"{command[:3]} ended with {code}")
    return Process(float(took), int(peak) / 1024)
