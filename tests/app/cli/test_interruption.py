"""A run that is asked to end ends with 130 and one sentence, at any moment and by either signal, and leaves nothing."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from yttria.app.cli import interruption
from yttria.app.cli.output import refusals
from yttria.values.errors import IntakeError

SIMULATION = "trial simulate --patients 60 --control-median 10.7 --hr 0.51 --accrual 26 --follow-up 47 --trials 333333"
CODE = "import sys; from yttria.app.cli import main; sys.stdout.write('ready\\n'); sys.stdout.flush(); main()"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("after_s", [0.1, 2.0], ids=["while it loads", "while it works"])
def test_either_signal_ends_a_run_with_130_and_one_sentence(number: int, after_s: float, tmp_path: Path) -> None:
    words = [*SIMULATION.split(), "--out", "design"]
    run = subprocess.Popen(
        [sys.executable, "-c", CODE, *words], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert run.stdout is not None
    assert run.stdout.readline() == "ready\n"
    time.sleep(after_s)
    run.send_signal(number)
    _, err = run.communicate(timeout=60)
    assert (run.returncode, err) == (130, "interrupted; nothing is half-written\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "error", [ImportError("initialization failed"), IntakeError("broken", code="x"), OSError(4, "")]
)
def test_what_fails_because_the_run_was_asked_to_end_is_no_fault(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(interruption, "_signals", [signal.SIGTERM])
    with pytest.raises(KeyboardInterrupt), refusals():
        raise error
    assert capsys.readouterr().err == ""
