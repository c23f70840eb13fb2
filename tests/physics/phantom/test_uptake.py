"""physics.phantom.uptake: known activity and the dose that follows."""

import numpy as np
import pytest

from yttria.physics.phantom.uptake import Part, Uptake, uptake_of
from yttria.values.errors import QuantityError
from yttria.values.grid import Grid
from yttria.values.nuclide import Nuclide
from yttria.values.units import Gram, Share

GRID = Grid.aligned((10, 10, 10), spacing_zyx_mm=(10, 10, 10), origin_lps_mm=(0, 0, 0))
Y90 = Nuclide.named("Y-90")


def block(name: str, roles: tuple[str, ...], rows: slice, avidity: float, g_per_ml: float = 1.0) -> Part:
    share = np.zeros(GRID.shape_zyx, dtype=np.float32)
    share[rows] = 1
    return Part(name, roles, GRID, share, g_per_ml, avidity)


def patient(lung_density: float = 0.25) -> tuple[Part, ...]:
    return (
        block("lesion", ("liver", "perfused", "tumour", "tumour-1"), slice(0, 1), 5.0, 1.05),
        block("normal", ("liver", "perfused", "normal-perfused", "normal-liver"), slice(1, 5), 1.0, 1.06),
        block("rest", ("liver", "normal-liver"), slice(5, 7), 0.0, 1.06),
        block("lungs", ("lungs",), slice(7, 10), 1.0, lung_density),
    )


def test_all_activity_lodges_somewhere() -> None:
    uptake = uptake_of(patient(), lung_shunt=Share(0.07))
    assert sum(uptake.activity) == pytest.approx(1, abs=1e-12)
    assert uptake.of("lungs")[0] == pytest.approx(0.07)
    held = sum(float(uptake.per_ml(p).sum(dtype=float)) * GRID.voxel_ml for p in uptake.parts)
    assert held == pytest.approx(1, rel=1e-6)


def test_lesion_and_normal_liver_keep_the_ratio_that_was_asked() -> None:
    uptake = uptake_of(patient(), lung_shunt=Share(0.05))
    lesion, normal = uptake.parts[:2]
    assert uptake.per_ml(lesion).max() / uptake.per_ml(normal).max() == pytest.approx(5, rel=1e-6)


def test_doses_obey_the_identities_of_the_named_volumes() -> None:
    uptake = uptake_of(patient(), lung_shunt=Share(0.05))
    dose, mass = uptake.doses_per_gbq(Y90), {r: uptake.of(r)[1] for r in uptake.roles}
    assert dose["PLD"] * mass["perfused"] == pytest.approx(
        dose["TD"] * mass["tumour"] + dose["NPLD"] * mass["normal-perfused"]
    )
    assert dose["WNLD"] == pytest.approx(dose["NPLD"] * mass["normal-perfused"] / mass["normal-liver"])
    assert dose["TD"] == dose["TD_1"] == pytest.approx(dose["TD_all"])
    assert dose["LD"] == pytest.approx(49.67 * 0.05 / (mass["lungs"] / 1000))


def test_lungs_take_up_by_mass_and_the_liver_by_volume() -> None:
    dense = np.where(np.arange(10)[:, None, None] < 9, 0.2, 0.4) * np.ones(GRID.shape_zyx, dtype=np.float32)
    lungs = block("lungs", ("lungs",), slice(8, 10), 1.0)
    lungs = Part(lungs.name, lungs.roles, GRID, lungs.share, dense.astype(np.float32), 1.0)
    uptake = uptake_of((*patient()[:3], lungs), lung_shunt=Share(0.1))
    per_ml = uptake.per_ml(lungs)
    assert per_ml[9].mean() == pytest.approx(2 * per_ml[8].mean())


def test_lungs_that_are_cut_take_their_share_of_the_whole() -> None:
    uptake = uptake_of(patient(), lung_shunt=Share(0.1), whole_lungs_g=Gram(150.0))
    assert uptake.of("lungs")[1] == pytest.approx(75)
    assert uptake.of("lungs")[0] == pytest.approx(0.05)
    assert uptake.of("liver")[0] == pytest.approx(0.9)
    assert uptake.doses_per_gbq(Y90)["LD"] == pytest.approx(49.67 * 0.1 / 0.150)


def test_a_blurred_image_is_judged_with_the_liver_and_lungs_at_their_true_totals() -> None:
    uptake = uptake_of(patient(), lung_shunt=Share(0.05))
    half = {role: 0.5 * uptake.of(role)[0] for role in uptake.roles}
    assert uptake.doses_per_gbq(Y90, half) == pytest.approx(uptake.doses_per_gbq(Y90))


def without_lungs() -> Uptake:
    return uptake_of(patient()[:3], lung_shunt=Share(0.05))


def test_a_shunt_without_lungs_is_refused() -> None:
    with pytest.raises(QuantityError, match="needs lungs in the anatomy"):
        without_lungs()


def test_a_percentage_for_the_shunt_is_refused() -> None:
    with pytest.raises(QuantityError, match=r"if 5 per cent is meant, write 0\.05"):
        uptake_of(patient(), lung_shunt=Share(5.0))


def test_a_liver_that_takes_up_nothing_is_refused() -> None:
    with pytest.raises(QuantityError, match="uptake of the liver must be a number above zero"):
        uptake_of(patient()[2:], lung_shunt=Share(0.05))


def test_doses_that_an_image_would_give_scale_it_to_what_liver_and_lungs_truly_hold() -> None:
    """Of an image that shows 0.8 in the liver, 0.2 of it in the tumour, and 0.02 in the lungs: 0.95 / 4 and 0.05."""
    uptake = uptake_of(patient(), lung_shunt=Share(0.05))
    shown = dict.fromkeys(uptake.roles, 0.0) | {"liver": 0.8, "tumour-1": 0.2, "lungs": 0.02}
    found = uptake.doses_per_gbq(Y90, shown)
    assert found["TD"] == pytest.approx(49.67 * 0.95 / 4 / 0.105, rel=1e-4)  # 100 mL at 1.05 g/mL
    assert found["LD"] == pytest.approx(uptake.doses_per_gbq(Y90)["LD"])
    assert float(found["NPLD"]) == 0
    nothing = uptake.doses_per_gbq(Y90, dict.fromkeys(uptake.roles, 0.0))
    assert set(nothing.values()) == {0.0}
