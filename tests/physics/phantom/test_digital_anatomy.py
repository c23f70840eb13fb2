"""physics.phantom.anatomy: the digital patient is built like one."""

import numpy as np
import pytest

from yttria.data import table
from yttria.physics.phantom import digital_anatomy
from yttria.physics.phantom.digital_patient import ct_grid
from yttria.physics.phantom.implicit_shapes import Shape, around, share_of
from yttria.values.grid import Grid

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


COARSE = Grid.aligned((90, 80, 80), spacing_zyx_mm=(5, 5, 5), origin_lps_mm=(-197.5, -197.5, -223.5))
PARTS = (  # in the order of drawing: tissue, mL and centre (LPS, mm) within the image
    ("skin_fat", 27877.1, (0.0, 0.0, -11.24)),
    ("muscle", 21060.0, (0.0, 0.0, -11.24)),
    ("fat", 15742.5, (0.0, 0.0, -11.21)),
    ("bone", 874.4, (0.0, 18.79, 64.16)),
    ("bone", 8.8, (0.0, -90.36, 117.58)),
    ("lung", 1969.5, (-70.56, 0.7, 91.56)),
    ("lung", 1867.5, (76.67, 3.42, 87.8)),
    ("muscle", 5836.2, (-2.46, -0.89, -79.96)),
    ("fat", 8193.8, (-2.23, -0.02, -114.9)),
    ("heart", 380.8, (25.99, -32.03, 44.01)),
    ("muscle", 1043.2, (0.0, 87.45, -11.28)),
    ("muscle", 313.6, (0.0, 59.73, -156.32)),
    ("blood", 144.0, (-22.34, 22.89, -46.39)),
    ("blood", 198.2, (20.1, 26.3, 24.34)),
    ("muscle", 41.0, (11.33, 32.99, 90.9)),
    ("gas", 39.3, (1.53, 18.68, 149.32)),
    ("kidney", 303.7, (0.97, 56.99, -139.01)),
    ("fat", 33.7, (1.22, 52.94, -138.98)),
    ("bowel", 312.3, (14.86, -21.43, -194.66)),
    ("bowel", 487.3, (2.42, -32.19, -164.49)),
    ("fluid", 298.0, (-2.36, -32.56, -165.16)),
    ("gas", 22.2, (11.44, -81.62, -165.73)),
    ("spleen", 129.9, (107.17, 36.8, -55.88)),
    ("kidney", 52.6, (18.3, 3.81, -111.36)),
    ("stomach_wall", 464.0, (55.14, -25.41, -67.95)),
    ("fluid", 337.5, (56.24, -24.66, -66.43)),
    ("gas", 123.2, (47.14, -47.57, -90.13)),
    ("liver", 1872.3, (-65.45, -8.92, -53.01)),
    ("fluid", 23.1, (-35.82, -48.65, -124.2)),
    ("blood", 13.2, (-28.04, 0.53, -11.96)),
    ("blood", 27.3, (-21.43, -0.28, -79.57)),
    ("tumour", 317.0, (-84.02, 20.0, -40.01)),
    ("necrosis", 24.4, (-82.02, 21.98, -41.97)),
    ("tumour", 25.7, (-91.99, -36.0, -98.08)),
    ("disc", 523.1, (0.0, 61.26, -1.0)),
    ("marrow", 412.7, (0.0, 61.26, -2.34)),
    ("bone", 281.2, (0.0, 84.56, -1.61)),
    ("fluid", 118.1, (0.0, 84.17, -1.0)),
)


def test_the_digital_patient_is_the_same_one_in_every_version() -> None:
    # pages and examples print what its plan gives: an anatomy that changes changes them all
    found = []
    for organ in digital_anatomy.organs():
        room = around(organ.shape, COARSE)
        share = share_of(organ.shape, room, parts_xyz=(2, 2, 2)).astype(float)
        inside = np.argwhere(share > 0)
        centre = (room.points_of(inside[:, ::-1]) * share[share > 0][:, None]).sum(axis=0) / share.sum()
        found.append((organ.tissue, share.sum() * room.voxel_ml, centre))
    assert [tissue for tissue, _, _ in found] == [tissue for tissue, _, _ in PARTS]
    for (tissue, volume, centre), (_, ml_then, centre_then) in zip(found, PARTS, strict=True):
        assert volume == pytest.approx(ml_then, rel=1e-3, abs=0.06), tissue
        assert centre == pytest.approx(np.array(centre_then), abs=0.02), tissue


@pytest.mark.parametrize(
    ("name", "ml_then"),
    [
        ("patient", {"Liver": 1872.28, "Perfused": 1263.33, "Tumour 1": 317.02, "Tumour 2": 25.69}),
        ("course", {"Liver": 1872.28, "Perfused": 1263.33, "Tumour 1": 588.58, "Tumour 2": 27.0, "Necrosis": 24.41}),
    ],
)
def test_what_a_physician_would_draw_is_the_same_in_every_version(name: str, ml_then: dict[str, float]) -> None:
    drawn = digital_anatomy.contoured(SETS[name])
    for structure, volume in ml_then.items():
        room = around(drawn[structure], COARSE)
        share = share_of(drawn[structure], room, parts_xyz=(2, 2, 2))
        assert float(share.sum(dtype=float)) * room.voxel_ml == pytest.approx(volume, rel=2e-4, abs=0.02), structure
