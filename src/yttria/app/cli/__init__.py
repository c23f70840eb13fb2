"""The command line: words in, request, words out.

Each command is a module of its own, loaded when the command is named, so that help is instant.
"""

import atexit
import gc
import os
import sys
from typing import NoReturn

from yttria.app.cli.interruption import INTERRUPTED, MESSAGE, is_interrupted, set_interruption

__all__ = ["main"]

OBJECTS_BEFORE_COLLECTION = 100_000
"""New objects after which Python looks for circles of garbage; its own 700 make it walk all modules again and again while they load."""


def main() -> NoReturn:
    """Run the command line and end the process; a run that is asked to end (SIGTERM) ends as one that its user interrupts.

    Linear algebra keeps to one thread unless the environment says otherwise: its matrices are small, threads that wait for each
    other cost more than they give (ten times on a busy machine), and one thread adds in one order, so that bytes repeat.

    Once all is written and what libraries want done at the end is done, the process gives everything back at once: taking a thousand
    modules apart one by one would take a tenth of a plan's time.
    """
    set_interruption()  # before anything that takes time to load
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ["MPLBACKEND"] = "agg"  # no window is opened, whatever a notebook around this run asks for
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # looking for them reads the names of all packages
    status = _run()
    if status == INTERRUPTED:
        sys.stderr.write(MESSAGE)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except SystemExit as ended:
        status = _status(ended)
    atexit._run_exitfuncs()  # noqa: SLF001  what Python itself calls, and nothing after it
    os._exit(status)


def _run() -> int:
    """Run the command that the words name; return the exit status."""
    try:
        from yttria.app.cli.library_imports import set_library_imports
        from yttria.app.cli.streams import set_streams

        set_streams()
        set_library_imports(sys.argv[1:])
        from yttria.app.cli.root import app

        app()
    except SystemExit as ended:
        return _status(ended)
    except KeyboardInterrupt:
        return INTERRUPTED
    except ImportError:
        if is_interrupted():
            return INTERRUPTED
        raise
    return 0


def _status(ended: SystemExit) -> int:
    """Return the exit status that an end asks for, as Python reads it: nothing is 0, a text is said and is 1."""
    if ended.code is None or isinstance(ended.code, int):
        return ended.code or 0
    sys.stderr.write(f"{ended.code}\n")
    return 1
