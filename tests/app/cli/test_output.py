"""What every command writes: flat lines, JSON for any terminal, one sentence for a refusal."""

import io
import json
import sys
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from yttria.app.cli.output import flat, refusals, write_document
from yttria.app.cli.root import app
from yttria.values.errors import QuantityError


def test_nested_results_are_one_line_a_value() -> None:
    record = {"looks": {"stages": [{"events": 3}, {"events": 7}]}, "limits": [0.1, 0.2], "p": None}
    assert flat(record) == {"looks stages 1 events": 3, "looks stages 2 events": 7, "limits": [0.1, 0.2], "p": None}


@pytest.mark.parametrize(("encoding", "plain"), [("utf-8", False), ("UTF8", False), ("latin-1", True), ("ascii", True)])
def test_json_is_ascii_where_the_terminal_is_not_utf_8(
    encoding: str, plain: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding, errors="strict"))
    write_document({"name": "Child–Pugh"})
    sys.stdout.flush()
    assert json.loads(raw.getvalue().decode(encoding)) == {"name": "Child–Pugh"}
    assert raw.getvalue().isascii() is plain


def test_a_refusal_is_one_sentence_and_exit_1(capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    monkeypatch.delenv("YTTRIA_DEBUG", raising=False)
    with pytest.raises(typer.Exit) as ended, refusals():
        raise QuantityError("a dose must be above zero, but is 0; give one")
    assert ended.value.exit_code == 1
    assert capsys.readouterr().err == "refused: a dose must be above zero, but is 0; give one\n"
    with pytest.raises(typer.Exit) as ended, refusals():
        raise LookupError("x")
    assert ended.value.exit_code == 1
    assert "a fault of Yttria itself (LookupError: x)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError(13, "Permission denied", "/data/c.csv"), "c.csv cannot be read or written: Permission denied"),
        (OSError(5, "Input/output error"), "a file cannot be read or written: Input/output error"),
        (MemoryError(), "this needs more memory than is free"),
    ],
)
def test_what_the_machine_cannot_do_is_no_fault_of_the_program(
    error: Exception, words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("YTTRIA_DEBUG", raising=False)
    with pytest.raises(typer.Exit) as ended, refusals():
        raise error
    assert ended.value.exit_code == 1
    assert capsys.readouterr().err.startswith(f"refused: {words}; ")


def test_with_debug_a_refusal_shows_where_it_happened_and_a_closed_pipe_is_no_fault(monkeypatch: Any) -> None:
    with pytest.raises(BrokenPipeError), refusals():
        raise BrokenPipeError
    monkeypatch.setenv("YTTRIA_DEBUG", "1")
    with pytest.raises(QuantityError, match="a dose"), refusals():
        raise QuantityError("a dose must be above zero")


@pytest.mark.parametrize(
    "words",
    [
        ["proportion", "--events", "143", "--n", "1e308"],
        ["gear", "--diameter-mm", "1e-320", "--fwhm-mm", "12", "--drawn-on", "ct"],
    ],
)
def test_a_number_beyond_all_reckoning_is_told_as_that_and_not_as_a_fault_of_ours(words: list[str]) -> None:
    done = CliRunner().invoke(app, ["calc", *words])
    assert done.exit_code == 1
    assert "too large or too small to be reckoned with" in done.stderr
    assert "Error" not in done.stderr
