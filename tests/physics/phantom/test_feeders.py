"""Arteries that feed one anatomy: each reaches its own territory, and masses are those of the whole."""

import numpy as np
import pytest

from yttria.physics.phantom.feeders import uptake_by_feeder
from yttria.physics.phantom.uptake import Part
from yttria.values.errors import IntakeError, QuantityError
from yttria.values.grid import Grid
from yttria.values.injection import Injection
from yttria.values.maps import Voi
from yttria.values.units import Gram, Share

GRID = Grid.aligned((2, 4, 10), spacing_zyx_mm=(10, 10, 10), origin_lps_mm=(0, 0, 0))
NORMAL = ("liver", "perfused", "normal-perfused", "normal-liver")


def share(columns: slice) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    found = np.zeros(GRID.shape_zyx, np.float32)
    found[..., columns] = 1
    return found


def injection(name: str, columns: slice) -> Injection:
    return Injection(name, (Voi(name, "perfused", GRID, share(columns)),))


PARTS = (
    Part("lesion", ("liver", "perfused", "tumour", "tumour-1"), GRID, share(slice(2, 4)), 1.05, 5.0),
    Part("normal", NORMAL, GRID, np.asarray(share(slice(0, 8)) - share(slice(2, 4))), 1.06, 1.0),
    Part("lungs", ("lungs",), GRID, share(slice(8, 10)), 0.3, 1.0),
)
RIGHT, LEFT = injection("right", slice(0, 3)), injection("left", slice(3, 7))


def test_each_injection_lodges_in_its_own_territory_and_the_lungs_alone() -> None:
    found = uptake_by_feeder(PARTS, (RIGHT, LEFT), lung_shunt=Share(0.1))
    for name, columns in (("right", slice(0, 3)), ("left", slice(3, 7))):
        uptake = found[name]
        assert float(uptake.of("lungs")[0]) == pytest.approx(0.1)
        assert sum(uptake.activity) == pytest.approx(1)
        held = sum(uptake.per_ml(p) for p in uptake.parts if not p.is_lung)
        inside = float((held * share(columns)).sum()) * GRID.voxel_ml
        assert inside == pytest.approx(0.9, rel=1e-6)
    # right: one column of lesion at 5, two of normal at 1; left: one of lesion, three of normal
    assert float(found["right"].of("tumour")[0]) == pytest.approx(0.9 * 5 / 7)
    assert float(found["left"].of("tumour")[0]) == pytest.approx(0.9 * 5 / 8)


def test_masses_are_those_of_the_whole_anatomy() -> None:
    for uptake in uptake_by_feeder(PARTS, (RIGHT, LEFT), lung_shunt=Share(0.1)).values():
        assert float(uptake.of("tumour")[1]) == pytest.approx(16 * 1.05)
        assert float(uptake.of("liver")[2]) == pytest.approx(64)
        assert float(uptake.of("perfused[right]")[2]) == pytest.approx(24)
        assert float(uptake.of("normal-perfused[right]")[2]) == pytest.approx(16)
        assert float(uptake.of("normal-perfused[left]")[2]) == pytest.approx(24)
    heavy = uptake_by_feeder(PARTS, (RIGHT,), lung_shunt=Share(0.1), whole_lungs_g=Gram(960))["right"]
    light = uptake_by_feeder(PARTS, (RIGHT,), lung_shunt=Share(0.1))["right"]
    assert float(light.of("lungs")[0]) / float(heavy.of("lungs")[0]) == pytest.approx(960 / (16 * 0.3), rel=1e-5)


def test_what_no_injection_reaches_takes_up_nothing() -> None:
    uptake = uptake_by_feeder(PARTS, (RIGHT, LEFT), lung_shunt=Share(0.0))["left"]
    (rest,) = (n for n, p in enumerate(uptake.parts) if p.name == "normal, no injection")
    assert float(uptake.activity[rest]) == 0
    assert float(uptake.ml[rest]) == pytest.approx(8)


def test_refusals() -> None:
    with pytest.raises(QuantityError, match='injection "bare" must have a perfused volume to be simulated'):
        uptake_by_feeder(PARTS, (RIGHT, Injection("bare")), lung_shunt=Share(0.1))
    with pytest.raises(IntakeError, match="overlap"):
        uptake_by_feeder(PARTS, (RIGHT, injection("left", slice(2, 7))), lung_shunt=Share(0.1))
