"""The command line: words in, request, words out.

Each command is a module of its own, loaded when the command is named, so that help is instant.
"""

import gc
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

from yttria.app.cli.root import app
from yttria.app.cli.streams import set_streams

INTERRUPTED = 130
"""Exit status of a run that its user ended, as shells have it."""
OBJECTS_BEFORE_COLLECTION = 100_000
"""New objects after which Python looks for circles of garbage; its own 700 make it walk all modules again and again while they load."""


def main() -> None:
    """Run the command line; a run that is asked to end (SIGTERM) ends as one that its user interrupts.

    Linear algebra keeps to one thread unless the environment says otherwise: its matrices are small, threads that wait for each
    other cost more than they give (ten times on a busy machine), and one thread adds in one order, so that bytes repeat.

    At the end what lives is frozen: Python would walk it all for circles once more, though the process is about to give it all back.
    """
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    set_streams()
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        app()
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; nothing is half-written\n")
        sys.exit(INTERRUPTED)
    finally:
        gc.freeze()
        sys.stdout.flush()


def _interrupted(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
