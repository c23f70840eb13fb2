"""`./run`: a set-up that is killed or started twice leaves a whole environment or none."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
UV = """#!/bin/sh
# stands for uv: makes the folder of an environment, and takes its time to fill it
here=$(dirname "$0")/../..
echo "$1" >> "$here/log"
for last; do :; done
[ "$1" != venv ] || { mkdir -p "$last/bin"; printf '#!/bin/sh\\n' > "$last/bin/python"; chmod +x "$last/bin/python"; exit; }
sleep 0.4
for new in "$here"/.venv.new; do printf '#!/bin/sh\\necho whole\\n' > "$new/bin/yttria"; chmod +x "$new/bin/yttria"; done
"""
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a script of sh")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("run", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    uv = tmp_path / ".tools" / "bin" / "uv"
    uv.parent.mkdir(parents=True)
    uv.write_text(UV)
    uv.chmod(0o755)
    return tmp_path


def started(tree: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [tree / "run", "yttria"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "PYTHON": sys.executable},
    )  # fmt: skip


def answered(process: "subprocess.Popen[str]") -> str:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out


def test_two_at_once_set_up_once(tree: Path) -> None:
    assert [answered(p) for p in (started(tree), started(tree))] == ["whole\n", "whole\n"]
    assert (tree / "log").read_text().split() == ["venv", "pip", "pip"]
    assert not (tree / ".venv.new").exists()


def test_what_a_killed_set_up_left_is_made_anew_and_the_old_one_stays_until_then(tree: Path) -> None:
    answered(started(tree))
    (tree / "requirements" / "run.txt").write_text("# changed\n")
    killed = started(tree)
    while not (tree / ".venv.new").exists():
        time.sleep(0.01)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert (tree / ".venv" / "bin" / "yttria").exists()
    assert not (tree / ".venv.new" / "bin" / "yttria").exists()
    assert answered(started(tree)) == "whole\n"
    assert (tree / "log").read_text().split().count("venv") == 3
    assert not (tree / ".venv.new").exists()


def test_an_environment_keeps_what_it_was_for(tree: Path) -> None:
    answered(started(tree))
    (tree / ".venv" / ".yttria-test").touch()
    (tree / "requirements" / "run.txt").write_text("# changed\n")
    answered(started(tree))
    assert {p.name for p in (tree / ".venv").glob(".yttria-*")} == {".yttria-run", ".yttria-test"}
