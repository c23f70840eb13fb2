"""A liver of boxes with two tumours, its volumes and doses: what the tests of uncertainty and of partial volume share."""

import numpy as np

from yttria.physics.geometry.volume_algebra import named_volumes
from yttria.values.grid import Grid
from yttria.values.maps import Voi
from yttria.values.treatment import LungShunt
from yttria.values.units import Gram, Gy, Share

GRID = Grid.aligned((30, 30, 30), spacing_zyx_mm=(5, 5, 5), origin_lps_mm=(0, 0, 0))


SHUNT = LungShunt(Share(0.05), "spect", Gram(900.0), "CT", uncertainty=0.004)


DOSES = {
    name: Gy(v)
    for name, v in {
        "TD": 220.0,
        "TD_1": 220.0,
        "TD_2": 180.0,
        "TD_all": 215.0,
        "PLD": 120.0,
        "NPLD": 60.0,
        "WNLD": 30.0,
        "WLD": 70.0,
        "LD": 5.0,
    }.items()
}


def box(role: str, *ranges: slice) -> Voi:
    share = np.zeros(GRID.shape_zyx)
    share[tuple(ranges)] = 1
    return Voi(role, role, GRID, share)


VOLUMES, _ = named_volumes(
    [
        box("liver", slice(2, 28), slice(2, 28), slice(2, 28)),
        box("perfused", slice(2, 28), slice(2, 28), slice(14, 28)),
        box("tumour", slice(6, 16), slice(6, 16), slice(16, 26)),
        box("tumour", slice(20, 23), slice(20, 23), slice(20, 23)),
    ]
)
