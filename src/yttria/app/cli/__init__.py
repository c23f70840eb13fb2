"""The command line: words in, request, words out.

Each command is a light module of its own; what it needs is imported when it runs, so that help is instant.
"""

import os

from yttria.app.cli import analyse as analyse
from yttria.app.cli import calc as calc
from yttria.app.cli import calc_evidence as calc_evidence
from yttria.app.cli import claims as claims
from yttria.app.cli import convert as convert
from yttria.app.cli import demo as demo
from yttria.app.cli import dose as dose
from yttria.app.cli import dvh as dvh
from yttria.app.cli import inspect as inspect
from yttria.app.cli import interim as interim
from yttria.app.cli import plan as plan
from yttria.app.cli import randomise as randomise
from yttria.app.cli import reconstruct as reconstruct
from yttria.app.cli import schema as schema
from yttria.app.cli import simulate as simulate
from yttria.app.cli import trial as trial
from yttria.app.cli.root import app


def main() -> None:
    """Run the command line.

    Linear algebra keeps to one thread unless the environment says otherwise: its matrices are small, threads that wait for each
    other cost more than they give (ten times on a busy machine), and one thread adds in one order, so that bytes repeat.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    app()
