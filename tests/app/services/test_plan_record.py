"""app.services.plan_record: a plan.json that is none is refused in a sentence, whatever stands in it."""

import os
from pathlib import Path

import pytest

from yttria.app.services.plan_record import read_plan_record
from yttria.values.errors import IntakeError


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[" * 100_000, "must be readable JSON"),
        ('{"command": ' + "9" * 5000 + "}", "must be readable JSON"),
        ("[]", "is another document"),
        ('\ufeff{"command": "plan", "result": {}}', "must have the keys of this version"),
    ],
)
def test_what_is_no_plan_is_refused(text: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(text, encoding="utf-8")
    with pytest.raises(IntakeError, match=sentence):
        read_plan_record(tmp_path)


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "plan.json")
    with pytest.raises(IntakeError, match=r"expected a plan\.json at plan\.json, but that is a pipe"):
        read_plan_record(tmp_path)
