"""A run that is asked to end: by its user (SIGINT) or by the system (SIGTERM), both alike."""

import signal
from types import FrameType
from typing import NoReturn

INTERRUPTED = 130
"""Exit status of a run that its user ended, as shells have it."""
MESSAGE = "interrupted; nothing is half-written\n"
_signals: list[int] = []


def set_interruption() -> None:
    """Let both signals end the run as one that its user interrupts."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup and shells want it of what runs in the background
            signal.signal(number, _interrupt)


def is_interrupted() -> bool:
    """Tell whether the run was asked to end: what fails after that may fail for that reason (a library that was loading, for one)."""
    return bool(_signals)


def _interrupt(number: int, _frame: FrameType | None) -> NoReturn:
    _signals.append(number)
    raise KeyboardInterrupt
