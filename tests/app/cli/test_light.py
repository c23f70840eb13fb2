"""app.cli: what the help of a command does not need is not imported, so that help is instant."""

import subprocess
import sys

HEAVY = ("numpy", "scipy", "numba", "pydicom", "SimpleITK", "pydantic", "matplotlib", "tomllib", "rich")


def test_help_imports_nothing_heavy() -> None:
    told = f"import sys, yttria.app.cli; print(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
