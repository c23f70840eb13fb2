"""io.dicom.image_choice: the images that a path means."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from yttria.io.dicom.image_choice import scan_image

Maker = Callable[..., Path]


def test_a_slice_stands_for_its_whole_series_and_a_slice_of_a_phase_for_its_phase(
    make_ct: Maker, tmp_path: Path
) -> None:
    for n, of in enumerate("aab"):

        def each(ds: Any, k: int, n: int = n, of: str = of) -> None:
            ds.SeriesInstanceUID, ds.AcquisitionNumber, ds.InstanceNumber = f"1.2.{ord(of)}", n, 10 * n + k

        make_ct(tmp_path / f"{n}", np.zeros((4, 4, 4), np.uint16), each=each)
        for path in (tmp_path / f"{n}").iterdir():
            path.rename(tmp_path / f"{n}-{path.name}")
    alone, phase = (scan_image(tmp_path / f"{n}-0002.dcm", list).series for n in (2, 1))
    assert [h.path.name[0] for s in alone for h in s.headers] == ["2"] * 4
    assert [h.path.name[0] for s in phase for h in s.headers] == ["1"] * 4
    assert [len(s.headers) for s in scan_image(tmp_path, list).series] == [8, 4]
    assert scan_image(tmp_path, lambda series: series[:1]).series[0].headers[0].text("AcquisitionNumber") == "0"
