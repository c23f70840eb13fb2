"""What the rooms of evidence share: R's numbers and the data that they were made from."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from numpy.typing import NDArray

from yttria.values.cohort import TimeToEvent

settings.register_profile("compiled", deadline=None)  # the first call of a compiled function compiles it
settings.load_profile("compiled")

REFERENCE = Path(__file__).parent / "parity" / "reference.json"


@pytest.fixture(scope="session")
def reference() -> dict[str, Any]:
    """Return the numbers of R (parity/make_reference.R)."""
    return dict(json.loads(REFERENCE.read_text()))


@pytest.fixture(scope="session")
def kinds() -> dict[str, Any]:
    """Return tables and R's numbers for them, where a build once meant something else than R (parity/make_kinds.R)."""
    return dict(json.loads((REFERENCE.parent / "kinds.json").read_text()))


@pytest.fixture(scope="session")
def effects() -> dict[str, Any]:
    """Return a table and R's splines, weights, weighted tests, matching and pooling of it (parity/make_effects.R)."""
    return dict(json.loads((REFERENCE.parent / "effects.json").read_text()))


@pytest.fixture(scope="session")
def patients(reference: dict[str, Any]) -> dict[str, NDArray[np.float64]]:
    """Return the columns that R saw, NaN where empty."""
    return {name: np.array(column, dtype=np.float64) for name, column in reference["data"].items()}


@pytest.fixture(scope="session")
def covariates(patients: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return age, arm and marker."""
    return np.column_stack([patients[name] for name in ("age", "arm", "marker")])


@pytest.fixture(scope="session")
def outcome(patients: dict[str, NDArray[np.float64]], reference: dict[str, Any]) -> Callable[..., TimeToEvent]:
    """Return a maker of outcomes: of the patients with late entry or weights, or one of the edge cases by name."""

    def make(name: str = "plain", weight: str | None = None) -> TimeToEvent:
        if name not in ("plain", "late"):
            edge = reference["outcomes"][name]
            return TimeToEvent(np.array(edge["time"]), np.array(edge["status"]) == 1)
        return TimeToEvent(
            patients["time"],
            patients["status"] == 1,
            unit="months",
            entry=patients["entry"] if name == "late" else None,
            weight=None if weight is None else patients[weight],
        )

    return make


@pytest.fixture(scope="session")
def same() -> Callable[..., None]:
    """Return a comparison with R's numbers, relative to the largest of them; null is NaN."""

    def compare(ours: Any, theirs: Any, rtol: float = 1e-9) -> None:
        found, wanted = np.asarray(ours, dtype=np.float64), np.array(theirs, dtype=np.float64)
        if found.size == wanted.size:
            found = found.reshape(wanted.shape)
        scale = float(np.nanmax(np.abs(wanted), initial=0.0)) if np.isfinite(wanted).any() else 1.0
        np.testing.assert_allclose(found, wanted, rtol=rtol, atol=1e-13 * max(scale, 1e-3))

    return compare
