"""`python -m yttria` is the command line."""

import subprocess
import sys

from yttria import __version__


def test_the_module_runs_as_the_command_line() -> None:
    done = subprocess.run([sys.executable, "-m", "yttria", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"yttria {__version__}\n"


def test_wrong_usage_of_the_module_ends_with_2() -> None:
    done = subprocess.run([sys.executable, "-m", "yttria", "nonsense"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "No such command 'nonsense'" in done.stderr
