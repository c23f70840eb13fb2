"""The command line: words in, request, words out.

Each command is a module of its own, loaded when the command is named, so that help is instant.
"""

import os

from yttria.app.cli.root import app


def main() -> None:
    """Run the command line.

    Linear algebra keeps to one thread unless the environment says otherwise: its matrices are small, threads that wait for each
    other cost more than they give (ten times on a busy machine), and one thread adds in one order, so that bytes repeat.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    app()
