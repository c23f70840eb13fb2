"""`python -m yttria` is the command line."""

import os
import subprocess
import sys
from pathlib import Path

from yttria import __version__


def test_the_module_runs_as_the_command_line() -> None:
    done = subprocess.run([sys.executable, "-m", "yttria", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"yttria {__version__}\n"


def test_wrong_usage_of_the_module_ends_with_2() -> None:
    done = subprocess.run([sys.executable, "-m", "yttria", "nonsense"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "No such command 'nonsense'" in done.stderr


def test_settings_of_matplotlib_in_the_folder_or_the_environment_spoil_no_report(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_text("text.usetex: True\nfont.size: 40\n", encoding="utf-8")
    (tmp_path / "protocol.toml").write_text(
        '[outcome]\ntime = "os"\nevent = "event"\nunit = "months"\n', encoding="utf-8"
    )
    rows = "".join(f"{i + 1.5},{i // 3 % 2}\n" for i in range(20))
    (tmp_path / "cohort.csv").write_text(f"os,event\n{rows}", encoding="utf-8")
    words = [sys.executable, "-m", "yttria", "analyse", "protocol.toml", "cohort.csv", "--out", "out"]
    environment = {**os.environ, "MPLBACKEND": "module://a_notebook_that_is_not_here"}
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
    assert (done.returncode, (tmp_path / "out" / "report.pdf").is_file()) == (0, True), done.stderr
