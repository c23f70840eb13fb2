"""benchmarks.race: the least of wall and CPU of each contender, and rows where a faster peer stands out."""

import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from benchmarks.race import Took, head, race, ratio, row, timed


def busy(seconds: float) -> Callable[[], None]:
    def work() -> None:
        until = time.process_time() + seconds
        while time.process_time() < until:
            pass

    return work


def test_waiting_takes_time_but_no_processor() -> None:
    tries = [timed(lambda: time.sleep(0.05)) for _ in range(5)]
    took = min(tries, key=lambda t: t.cpu_s)  # other threads of this process count too
    assert all(t.wall_s >= 0.05 for t in tries)
    assert took.cpu_s < 0.025


def test_the_processors_that_a_child_had_count() -> None:
    child = [sys.executable, "-S", "-c", "import time\nwhile time.process_time() < 0.1: pass"]
    assert timed(lambda: subprocess.run(child, check=True)).cpu_s >= 0.1


def test_the_least_of_each_clock_counts() -> None:
    assert Took(1, 5).least(Took(2, 3)) == Took(1, 3)


def test_the_first_run_of_each_only_warms_up_and_nobody_is_heard(capsys: pytest.CaptureFixture[str]) -> None:
    calls: list[str] = []

    def slow_at_first() -> None:
        if "peer" not in calls:
            busy(0.05)()
        calls.append("peer")
        sys.stdout.write("noise")

    times = race({"yttria": lambda: calls.append("yttria"), "peer": slow_at_first}, rounds=2)
    assert calls == ["yttria", "peer", "peer", "yttria", "yttria", "peer"]
    assert times["peer"].cpu_s < 0.025
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("theirs", "told"), [(0.99, "**0.99**"), (1.0, "1.00"), (2.994, "2.99"), (3.0, "3"), (123.4, "123")]
)
def test_a_ratio_is_bold_only_where_the_peer_is_faster(theirs: float, told: str) -> None:
    assert ratio(theirs, 1.0) == told


def test_rows_are_a_table_with_ours_first(capsys: pytest.CaptureFixture[str]) -> None:
    head()
    row("CT", {"yttria": Took(0.02, 0.04), "peer": Took(0.06, 0.02)})
    assert capsys.readouterr().out.splitlines()[1:] == [
        "| task | program | wall | CPU | wall, times ours | CPU, times ours |",
        "|---|---|---|---|---|---|",
        "| CT | yttria | 20 ms | 40 ms | | |",
        "| | peer | 60 ms | 20 ms | 3 | **0.50** |",
    ]
