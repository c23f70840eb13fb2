"""The record of a treatment's day is read strictly."""

from pathlib import Path

import pytest

from yttria.io.case.delivery_record import read_delivery
from yttria.values.errors import IntakeError


def test_no_record_and_no_toml_are_refused(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match=r"expected a record at .*absent\.toml, but there is no such file"):
        read_delivery(tmp_path / "absent.toml")
    path = tmp_path / "delivery.toml"
    path.write_text("not = [toml")
    with pytest.raises(IntakeError, match=r"delivery\.toml"):
        read_delivery(path)


def test_a_key_that_nobody_knows_is_refused_with_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "delivery.toml"
    path.write_text("[[vial]]\nassay_gbqq = 3\n")
    with pytest.raises(IntakeError, match=r"delivery\.toml has an unknown key \S+; (did you mean|known are)"):
        read_delivery(path)
