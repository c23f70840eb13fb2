"""app.cli.streams: any console, and a standard output that is closed, full or left by its reader."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

CRASH = ("Traceback", "fault of Yttria", "Exception ignored")


def ran(*words: str, shell: str = '"$@"', env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[bytes]":
    line = ["bash", "-c", shell, "bash", sys.executable, "-m", "yttria", *words]
    done = subprocess.run(line, capture_output=True, check=False, env={**os.environ, **(env or {})})
    assert not any(sign in done.stderr.decode() for sign in CRASH), done.stderr
    return done


@pytest.mark.parametrize(
    ("shell", "status"),
    [
        ('"$@" >&-', 0),
        ('"$@" 2>&-', 0),
        ('"$@" <&- >&- 2>&-', 0),
        ('"$@" | true; exit "${PIPESTATUS[0]}"', 0),
        ('"$@" | head -c 10; exit "${PIPESTATUS[0]}"', 0),
        pytest.param('"$@" > /dev/full', 1, marks=pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux")),
    ],
)
def test_a_reader_who_left_is_no_fault_and_an_output_that_is_full_is_one(shell: str, status: int) -> None:
    done = ran("schema", "plan", shell=shell)
    assert done.returncode == status
    assert (b"no space is left" in done.stderr) == (status == 1)


@pytest.mark.parametrize("shell", ['"$@" 2>&-', '"$@" >&- 2>&-'])
def test_a_refusal_that_nobody_hears_still_ends_with_1(shell: str) -> None:
    assert ran("inspect", "nowhere", shell=shell).returncode == 1


@pytest.mark.parametrize("sign", ["\x1b[31m", "\x1b]0;title\x07", "\u202e", "\u009b31m"])
def test_no_argument_commands_the_terminal(sign: str) -> None:
    told = ran("inspect", f"no{sign}where").stderr.decode()
    assert sign[0] not in told
    assert f"[U+{ord(sign[0]):04X}]" in told
    assert sign[0] not in ran("inspect", "a", f"b{sign}c").stderr.decode()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-16", "shift_jis"])
def test_every_console_can_show_a_list_and_json_reads_back_the_same(encoding: str) -> None:
    env = {"PYTHONIOENCODING": encoding}
    assert ran("--help", env=env).returncode == 0
    told = ran("schema", "plan", env=env).stdout.decode(encoding)
    assert json.loads(told) == json.loads(ran("schema", "plan").stdout.decode("utf-8"))


def test_our_signs_are_letters_where_an_encoding_lacks_them_and_others_their_code_points(tmp_path: Path) -> None:
    done = ran("calc", "lung-shunt", "--help", env={"PYTHONIOENCODING": "ascii"})
    assert done.stdout.isascii()
    told = ran("inspect", str(tmp_path / "Ж"), env={"PYTHONIOENCODING": "ascii:strict"}).stderr
    assert b"[U+0416]" in told
