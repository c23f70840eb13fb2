"""A whole small patient in one folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

Maker = Callable[..., Path]
Circle = Callable[..., NDArray[np.float64]]
Patient = Callable[..., Path]


@pytest.fixture
def patient(
    make_ct: Maker, make_tomo: Maker, make_planar: Maker, make_rtstruct: Maker, circle: Circle, tmp_path: Path
) -> Patient:
    """Return a maker of a whole small patient: CT, SPECT, planar scan and structures in one folder."""

    def make(*, names: dict[str, float] | None = None, words: str = "", **changes: Any) -> Path:
        folder = tmp_path / "study"
        rng = np.random.default_rng(8)
        make_ct(
            folder / "ct",
            rng.integers(900, 1200, (20, 40, 40)).astype(np.int16),
            spacing=(3, 3, 3),
            origin=(-60, -60, -30),
            **changes.get("ct", {}),
        )
        make_tomo(
            folder / "spect.dcm",
            rng.integers(0, 50, (16, 30, 30)).astype(np.uint16),
            spacing=(4.4, 4.4, 4.4),
            position=(-65, -65, -33),
            **changes.get("tomo", {}),
        )
        make_planar(
            folder / "planar.dcm", rng.integers(0, 50, (2, 30, 30)).astype(np.uint16), **changes.get("planar", {})
        )
        drawn = names or {
            "Liver": 40.0,
            "Perfused volume": 30.0,
            "GTV 1": 12.0,
            "GTV 2": 6.0,
            "Lung_L": 8.0,
            "Lung_R": 8.0,
            "Spleen": 9.0,
        }
        polygons = {name: [circle((0, 0), radius, -15.0 + 3 * k) for k in range(8)] for name, radius in drawn.items()}
        make_rtstruct(folder / "rtss.dcm", polygons, **changes.get("rtstruct", {}))
        if words:
            (folder / "case.toml").write_text(words, encoding="utf-8")
        return folder

    return make
