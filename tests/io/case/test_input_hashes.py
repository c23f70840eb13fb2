"""What a report prints of an input."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from yttria.io.case.input_hashes import series_record
from yttria.io.dicom.scan import scan


@pytest.mark.parametrize(("model", "said"), [("Siemens", "Siemens"), ("Symbia T16", "Siemens Symbia T16")])
def test_a_scanner_named_like_its_maker_is_named_once(
    make_ct: Callable[..., Path], tmp_path: Path, model: str, said: str
) -> None:
    make_ct(tmp_path / "ct", np.zeros((2, 4, 4), np.int16), Manufacturer="Siemens", ManufacturerModelName=model)
    record = series_record("ct", scan(tmp_path / "ct").series[0], {})
    assert record.detail["scanner"] == said
