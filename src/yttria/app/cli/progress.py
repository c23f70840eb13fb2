"""How far a command is, on a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

QUIET_S = 1.0
"""Nothing is shown of what takes less."""
Report = Callable[[str, int, int], None]


@contextmanager
def terminal_progress() -> Iterator[Report | None]:
    """Yield a function that shows what is read, at which of how many; None where standard error is no terminal.

    A bar for each kind of work, from the first second on; what was shown is taken away at the end.
    """
    screen = sys.__stderr__  # the bars are our own and need control signs, which `sys.stderr` takes out
    if screen is None or not screen.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

    words = TextColumn("{task.description}", markup=False)
    bars = Progress(words, BarColumn(), MofNCompleteColumn(), console=Console(file=screen), transient=True)
    tasks: dict[str, TaskID] = {}
    begun = monotonic()

    def report(what: str, at: int, of: int) -> None:
        if monotonic() - begun < QUIET_S:
            return
        if what not in tasks:
            tasks[what] = bars.add_task(what, total=of)
            bars.start()
        bars.update(tasks[what], completed=at + 1)

    try:
        yield report
    finally:
        bars.stop()
