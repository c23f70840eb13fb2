"""app.services.demo_trial: the trial is written whole, and over nothing that is somebody else's."""

from pathlib import Path

import pytest

from yttria.app.services.demo_trial import PROTOCOL, make_trial
from yttria.values.errors import IntakeError


def test_a_file_of_others_stays_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    (tmp_path / PROTOCOL).write_text("of another study")
    with pytest.raises(IntakeError, match="Yttria did not write it"):
        make_trial(tmp_path)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [(PROTOCOL, "of another study")]
