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
    ("skin_fat", 27877.12, (0.000, 0.000, -11.244)),
    ("muscle", 21060.00, (0.000, 0.000, -11.244)),
    ("fat", 15742.50, (0.000, 0.000, -11.215)),
    ("bone", 874.44, (0.000, 18.792, 64.158)),
    ("bone", 8.84, (0.000, -90.362, 117.578)),
    ("lung", 1969.47, (-70.555, 0.704, 91.565)),
    ("lung", 1867.52, (76.672, 3.422, 87.803)),
    ("muscle", 5836.19, (-2.457, -0.893, -79.964)),
    ("fat", 8193.77, (-2.230, -0.020, -114.901)),
    ("heart", 380.81, (25.992, -32.034, 44.011)),
    ("muscle", 1043.25, (0.000, 87.446, -11.282)),
    ("muscle", 313.56, (0.000, 59.725, -156.325)),
    ("blood", 144.03, (-22.336, 22.886, -46.391)),
    ("blood", 198.22, (20.101, 26.299, 24.335)),
    ("muscle", 40.95, (11.331, 32.992, 90.895)),
    ("gas", 39.33, (1.527, 18.680, 149.323)),
    ("kidney", 303.73, (0.974, 56.989, -139.013)),
    ("fat", 33.73, (1.222, 52.940, -138.984)),
    ("bowel", 312.34, (14.856, -21.425, -194.656)),
    ("bowel", 487.33, (2.417, -32.188, -164.492)),
    ("fluid", 297.98, (-2.364, -32.557, -165.160)),
    ("gas", 22.22, (11.442, -81.617, -165.726)),
    ("spleen", 129.94, (107.171, 36.805, -55.883)),
    ("kidney", 52.59, (18.302, 3.815, -111.358)),
    ("stomach_wall", 464.02, (55.145, -25.412, -67.952)),
    ("fluid", 337.47, (56.244, -24.663, -66.425)),
    ("gas", 123.17, (47.138, -47.571, -90.133)),
    ("liver", 1872.28, (-65.451, -8.924, -53.011)),
    ("fluid", 23.06, (-35.816, -48.648, -124.201)),
    ("blood", 13.22, (-28.044, 0.532, -11.963)),
    ("blood", 27.28, (-21.429, -0.284, -79.565)),
    ("tumour", 317.02, (-84.022, 19.999, -40.011)),
    ("necrosis", 24.41, (-82.020, 21.985, -41.970)),
    ("tumour", 25.69, (-91.992, -35.998, -98.083)),
    ("disc", 523.12, (0.000, 61.263, -1.000)),
    ("marrow", 412.69, (0.000, 61.263, -2.338)),
    ("bone", 281.19, (0.000, 84.557, -1.610)),
    ("fluid", 118.12, (0.000, 84.167, -1.000)),
)


Solid = tuple[float, tuple[float, float, float]]


def solid(shape: Shape) -> Solid:
    """Return a shape's volume within the image, mL, and its centre, LPS mm, from eight points a voxel."""
    room = around(shape, COARSE)
    share = share_of(shape, room, parts_xyz=(2, 2, 2)).astype(float)
    inside = np.argwhere(share > 0)
    x, y, z = (room.points_of(inside[:, ::-1]) * share[share > 0][:, None]).sum(axis=0) / share.sum()
    return float(share.sum()) * room.voxel_ml, (float(x), float(y), float(z))


def same(found: Solid, then: Solid) -> bool:
    """Whether volume and centre are the same: to three of the points that they are counted from."""
    (ml, centre), (ml_then, centre_then) = found, then
    return ml == pytest.approx(ml_then, abs=0.05) and centre == pytest.approx(centre_then, abs=0.006)


def test_the_digital_patient_is_the_same_one_in_every_version() -> None:
    # pages and examples print what its plan gives: an anatomy that changes changes them all
    drawn = digital_anatomy.organs()
    assert [organ.tissue for organ in drawn] == [tissue for tissue, _, _ in PARTS]
    for organ, (tissue, volume, centre) in zip(drawn, PARTS, strict=True):
        assert same(solid(organ.shape), (volume, centre)), tissue


CONTOURED = {
    "patient": (
        ("Liver", 1872.28, (-65.451, -8.924, -53.011)),
        ("Perfused", 1263.33, (-87.079, 4.713, -56.204)),
        ("Tumour 1", 317.02, (-84.022, 19.999, -40.011)),
        ("Tumour 2", 25.69, (-91.992, -35.998, -98.083)),
        ("Lung_L", 1867.52, (76.672, 3.422, 87.803)),
        ("Lung_R", 1969.47, (-70.555, 0.704, 91.565)),
    ),
    "course": (
        ("Liver", 1872.28, (-65.451, -8.924, -53.011)),
        ("Perfused", 1263.33, (-87.079, 4.713, -56.204)),
        ("Tumour 1", 588.58, (-84.527, 14.138, -45.949)),
        ("Tumour 2", 27.00, (-86.021, -38.003, -104.003)),
        ("Necrosis", 24.41, (-80.000, 20.000, -50.011)),
        ("Lung_L", 1867.52, (76.672, 3.422, 87.803)),
        ("Lung_R", 1969.47, (-70.555, 0.704, 91.565)),
    ),
}


@pytest.mark.parametrize("name", SETS)
def test_what_a_physician_would_draw_is_the_same_in_every_version(name: str) -> None:
    drawn = digital_anatomy.contoured(SETS[name])
    assert list(drawn) == [structure for structure, _, _ in CONTOURED[name]]
    for structure, volume, centre in CONTOURED[name]:
        assert same(solid(drawn[structure]), (volume, centre)), structure


@pytest.mark.parametrize(
    ("name", "volume", "centre"),
    [("patient", 24.41, (-82.020, 21.985, -41.970)), ("course", 24.41, (-80.000, 20.000, -50.011))],
)
def test_the_dead_core_of_the_index_lesion_is_the_same_in_every_version(
    name: str, volume: float, centre: tuple[float, float, float]
) -> None:
    assert same(solid(SETS[name].core), (volume, centre))
