"""Gamma indices of pymedphys for `gamma.json`: run with pymedphys 0.41.0, numba and scipy (no part of Yttria is used).

python make_gamma.py > gamma.json

Three pairs of doses on 4 mm voxels from closed formulas, so that the test makes the same ones: a hot ball against the same ball moved and
warmed, a ramp against a steeper one, and two balls of which one is missing.
"""

import importlib
import json
import sys
from typing import Any

import numpy as np

SHAPE, STEP_MM = (11, 12, 13), 4.0
AXES = tuple(np.arange(n) * STEP_MM for n in SHAPE)
Z, Y, X = np.meshgrid(*AXES, indexing="ij")
CRITERIA = [(10.0, 5.0, False), (3.0, 3.0, False), (10.0, 5.0, True)]


def ball(z: float, y: float, x: float, width_mm: float, gy: float) -> Any:
    """Return a Gaussian ball of dose, Gy."""
    return gy * np.exp(-((Z - z) ** 2 + (Y - y) ** 2 + (X - x) ** 2) / (2 * width_mm**2))


PAIRS = {
    "moved and warmed": (ball(20, 22, 24, 9, 200), ball(23, 21, 26, 9.5, 212)),
    "ramp": (50 + 2.0 * X + 0.5 * Y, 47 + 2.15 * X + 0.45 * Y),
    "one of two missing": (ball(12, 14, 14, 6, 150) + ball(28, 30, 34, 6, 90), ball(12, 14, 14, 6, 150)),
}


def main() -> None:
    """Write the gamma index of every voxel of each pair by each criterion; null where pymedphys leaves a voxel out."""
    pymedphys = importlib.import_module("pymedphys")
    cases = []
    for name, (reference, evaluated) in PAIRS.items():
        for percent, distance, local in CRITERIA:
            gamma = pymedphys.gamma(
                AXES,
                reference,
                AXES,
                evaluated,
                dose_percent_threshold=percent,
                distance_mm_threshold=distance,
                lower_percent_dose_cutoff=10,
                interp_fraction=10,
                max_gamma=2,
                local_gamma=local,
            )
            values = [None if not np.isfinite(v) else round(float(v), 3) for v in gamma.ravel()]
            cases.append({"pair": name, "percent": percent, "mm": distance, "local": local, "gamma": values})
    sys.stdout.write(json.dumps({"pymedphys": pymedphys.__version__, "cases": cases}) + "\n")


if __name__ == "__main__":
    main()
