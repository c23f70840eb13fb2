"""How the benchmarks time: contenders run in turn, round after round, so that whatever else the machine does meets all of them alike."""

import contextlib
import io
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np

PATIENCE_S = 8.0  # a contender that has taken so long in all is not asked again

# A small process of its own starts the command: a large one would lend the child its own peak memory.
MEASURE = """
import resource, subprocess, sys, time
start = time.perf_counter()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
wall, used = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
print(wall, used.ru_utime + used.ru_stime, used.ru_maxrss, code)
"""


def state() -> str:
    """Return what machine this is and how busy it is, in a line."""
    load = " ".join(f"{part:.1f}" for part in os.getloadavg())
    return f"{os.cpu_count()} processors, load {load} (1, 5, 15 minutes); Python {sys.version.split()[0]}, numpy {np.__version__}, numba {numba.__version__}"


@dataclass(frozen=True)
class Took:
    """What one contender took, s: on the clock, and of the processors (its child processes included)."""

    wall_s: float
    cpu_s: float

    def least(self, other: "Took") -> "Took":
        return Took(min(self.wall_s, other.wall_s), min(self.cpu_s, other.cpu_s))


def timed(work: Callable[[], Any]) -> Took:
    """Return what a piece of work took, once."""
    before, start = _processors_s(), time.perf_counter()
    work()
    return Took(time.perf_counter() - start, _processors_s() - before)


def _processors_s() -> float:
    """Return the seconds of processors that this process and the children that it waited for have had."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def race(contenders: Mapping[str, Callable[[], Any]], *, rounds: int = 7) -> dict[str, Took]:
    """Return the least times of each: one run each to warm up, then `rounds` in turn, the order turned every round.

    Peers that print or warn are not heard.
    """
    best: dict[str, Took] = {}
    spent = dict.fromkeys(contenders, 0.0)
    for lap in range(rounds + 1):
        names = list(contenders)
        for name in names[::-1] if lap % 2 else names:
            if spent[name] > PATIENCE_S:
                continue
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                took = timed(contenders[name])
            spent[name] += took.wall_s
            if lap or spent[name] > PATIENCE_S:
                best[name] = took.least(best.get(name, took))
    return {name: best[name] for name in contenders}


def shown(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1000 * seconds:.3g} ms"


def ratio(theirs: float, mine: float) -> str:
    """Return how many times as long a peer takes, in bold where it is faster than we are."""
    times = theirs / mine
    told = f"{times:.2f}" if times < 3 else f"{times:.3g}"
    return f"**{told}**" if times < 1 else told


def head() -> None:
    """Print the head of a table of races."""
    print(
        "\n| task | program | wall | CPU | wall, times ours | CPU, times ours |\n|---|---|---|---|---|---|", flush=True
    )


def row(task: str, times: Mapping[str, Took]) -> None:
    """Print the rows of one task: ours first, then how many times as long each of the others takes."""
    (first, mine), *others = times.items()
    print(f"| {task} | {first} | {shown(mine.wall_s)} | {shown(mine.cpu_s)} | | |")
    for name, took in others:
        print(
            f"| | {name} | {shown(took.wall_s)} | {shown(took.cpu_s)} | {ratio(took.wall_s, mine.wall_s)} | {ratio(took.cpu_s, mine.cpu_s)} |",
            flush=True,
        )


@dataclass(frozen=True)
class Process:
    """What a command took, imports and all."""

    took: Took
    peak_mb: float


def whole(command: list[str]) -> Process:
    """Run a command in a process of its own, imports and all; modules keep their compiled form from run to run, as an installed package's do."""
    env = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    told = subprocess.run(
        [sys.executable, "-c", MEASURE, *command], capture_output=True, text=True, check=True, env=env
    )
    wall, cpu, peak, code = told.stdout.split()
    if code != "0":
        raise SystemExit(f"{command[:3]} ended with {code}")
    return Process(Took(float(wall), float(cpu)), int(peak) / 1024)
