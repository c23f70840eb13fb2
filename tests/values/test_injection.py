"""An injection has a name, and counts a share."""

import numpy as np
import pytest

from yttria.values.errors import QuantityError
from yttria.values.grid import Grid
from yttria.values.injection import Injection, InjectionDose, of_injection
from yttria.values.maps import DoseMap
from yttria.values.treatment import LungShunt
from yttria.values.units import Gram, Share

GRID = Grid.aligned((1, 1, 2), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(0, 0, 0))
DOSE = DoseMap(GRID, np.zeros(GRID.shape_zyx, np.float32))
SHUNT = LungShunt(Share(0.05), "given", Gram(1000), "default 1000 g")


def test_roles_and_doses_of_an_injection_carry_its_name() -> None:
    assert of_injection("NPLD", "left") == "NPLD[left]"
    one = InjectionDose(Injection("left", session="2"), DOSE, {}, SHUNT, Share(0.4))
    assert (one.name, one.session) == ("left", "2")


@pytest.mark.parametrize("name", ["", "  "])
def test_an_injection_without_a_name_is_refused(name: str) -> None:
    with pytest.raises(QuantityError, match="an injection must have a name, but it is empty"):
        Injection(name)


@pytest.mark.parametrize("share", [-0.001, 1.001])
def test_counts_are_a_share(share: float) -> None:
    with pytest.raises(QuantityError, match="share of counts of injection left"):
        InjectionDose(Injection("left"), DOSE, {}, SHUNT, Share(share))
