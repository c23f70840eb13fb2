"""physics.phantom.anatomy: the digital patient is built like one."""

import numpy as np
import pytest

from yttria.data import table
from yttria.physics.phantom import digital_anatomy
from yttria.physics.phantom.digital_patient import ct_grid
from yttria.physics.phantom.implicit_shapes import Shape, around, share_of

GRID = ct_grid()


def ml(shape: Shape) -> float:
    room = around(shape, GRID)
    return float(share_of(shape, room, parts_xyz=(1, 1, 3)).sum(dtype=float)) * room.voxel_ml


SETS = {"patient": digital_anatomy.PATIENT_LESIONS, "course": digital_anatomy.COURSE_LESIONS}


@pytest.mark.parametrize("name", SETS)
def test_lesions_lie_wholly_in_the_perfused_lobe_and_apart(name: str) -> None:
    lesions = SETS[name]
    for shape in (lesions.index, lesions.second):
        assert ml(shape - digital_anatomy.RIGHT_LOBE) == 0
    assert ml(lesions.index & lesions.second) == 0


@pytest.mark.parametrize(("name", "least_mm"), [("patient", 70), ("course", 100)])
def test_the_dead_core_lies_in_the_index_lesion_which_has_its_size(name: str, least_mm: float) -> None:
    lesions = SETS[name]
    assert ml(lesions.core - lesions.index) == 0
    size = np.subtract(lesions.index.high, lesions.index.low)
    assert (size > least_mm).all()


@pytest.mark.parametrize("lung", ["LUNG_LEFT", "LUNG_RIGHT"])
def test_lungs_lie_wholly_in_the_image_and_share_nothing_with_the_liver(lung: str) -> None:
    shape: Shape = getattr(digital_anatomy, lung)
    room = around(shape, GRID)
    share = share_of(shape, room, parts_xyz=(1, 1, 3))
    low, high = GRID.bounds_lps_mm()
    inner = np.argwhere(share > 0)
    points = room.points_of(inner[:, ::-1])
    assert (points.min(axis=0) > low + 3).all()
    assert (points.max(axis=0) < high - 3).all()
    assert ml(shape & digital_anatomy.LIVER) == 0


def test_organs_have_the_volumes_of_an_adult() -> None:
    # ranges around ICRP Publication 89 (2002), adult man: liver 1800 g, spleen 150 g, both kidneys 310 g
    assert 1500 < ml(digital_anatomy.LIVER) < 2100
    assert 3000 < ml(digital_anatomy.LUNG_LEFT) + ml(digital_anatomy.LUNG_RIGHT) < 5000
    assert 100 < ml(digital_anatomy.SPLEEN) < 350
    assert 200 < ml(digital_anatomy.KIDNEYS) < 420


def test_a_third_of_the_liver_is_spared() -> None:
    assert 1 - ml(digital_anatomy.RIGHT_LOBE) / ml(digital_anatomy.LIVER) == pytest.approx(0.325, abs=0.02)


def test_every_organ_is_made_of_a_tissue_of_the_table() -> None:
    assert {o.tissue for o in digital_anatomy.organs()} <= set(table("phantom")["tissue"])
