"""Rigid registration of two CTs of one patient: known motions are found, and what cannot be trusted is refused."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from yttria.physics.geometry.registration import RigidMotion, _require_trusted, register
from yttria.physics.phantom.digital_patient import ct_image
from yttria.values.errors import GeometryError
from yttria.values.grid import Grid
from yttria.values.maps import CtImage

PLACE = Grid.aligned(
    (75, 64, 64), spacing_zyx_mm=(6.0, 6.25, 6.25), origin_lps_mm=(-196.9, -196.9, -224.5), frame_uid="1.2.1"
)
LIVER_MM = (-70.0, 0.0, -60.0)
Matrix = NDArray[np.float64]


@pytest.fixture(scope="module")
def patient() -> CtImage:
    return ct_image(PLACE, seed=1)


def motion(shift: tuple[float, float, float], degrees: float) -> Matrix:
    """Return a shift of the liver's place and a turn about an oblique axis through it."""
    axis = np.array([0.3, 0.2, 1.0]) / np.linalg.norm([0.3, 0.2, 1.0])
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(degrees)
    matrix = np.eye(4)
    matrix[:3, :3] += np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    matrix[:3, 3] = np.array(LIVER_MM) - matrix[:3, :3] @ np.array(LIVER_MM) + np.array(shift)
    return matrix


def moved(ct: CtImage, matrix: Matrix) -> CtImage:
    """Return the patient as another scanner has him: moved, on its own grid, with its own noise."""
    shape = (80, 70, 70)
    grid = Grid.aligned(
        shape, spacing_zyx_mm=(5.5, 5.6, 5.6), origin_lps_mm=(-193.0, -193.0, -218.0), frame_uid="1.2.2"
    )
    k, j, i = np.indices(shape)
    points = grid.points_of(np.stack([i.ravel(), j.ravel(), k.ravel()], axis=1))
    back = np.linalg.inv(matrix)
    index = ct.grid.index_of(points @ back[:3, :3].T + back[:3, 3])[:, ::-1].T
    hu: Matrix = map_coordinates(ct.hu.astype(np.float64), index, order=1, cval=-1000.0).reshape(shape)
    hu = hu + np.random.default_rng(5).normal(0, 15, shape)
    return CtImage(grid, np.rint(hu).astype(np.int16))


def off_mm(found: RigidMotion, truth: Matrix) -> float:
    """Return how far the farthest corner of a box around the liver lies from where it should."""
    corners = np.array([(x, y, z, 1.0) for x in (-150, 20) for y in (-80, 80) for z in (-150, 20)])
    return float(np.linalg.norm((corners @ (found.matrix - truth).T)[:, :3], axis=1).max())


@pytest.mark.parametrize(("shift", "degrees"), [((7.0, -6.0, 7.6), 4.0), ((-7.0, 6.0, -7.6), -4.0)])
def test_a_motion_of_12_mm_and_4_degrees_is_found_within_one_and_a_half_millimetres(
    patient: CtImage, shift: tuple[float, float, float], degrees: float
) -> None:
    assert np.linalg.norm(shift) == pytest.approx(12, abs=0.1)
    truth = motion(shift, degrees)
    found = register(patient, moved(patient, truth))
    assert np.array_equal(found.matrix, np.round(found.matrix, 9)), "digits that follow the order of sums"
    assert off_mm(found, truth) < 1.5
    assert found.turned_deg == pytest.approx(4, abs=0.5)


def test_a_motion_of_60_mm_is_refused_with_the_way_out(patient: CtImage) -> None:
    with pytest.raises(
        GeometryError, match=r"larger than 40 mm or 12°.*put the rigid DICOM registration \(REG\) into the case"
    ):
        register(patient, moved(patient, motion((0.0, 0.0, 60.0), 0.0)))


def test_two_ct_that_have_nothing_in_common_are_refused(patient: CtImage) -> None:
    noise = np.random.default_rng(1).normal(0, 200, patient.hu.shape)
    other = CtImage(patient.grid, np.rint(noise).astype(np.int16))
    with pytest.raises(GeometryError, match="must be brought into one frame"):
        register(patient, other)


@pytest.mark.parametrize(
    ("moved_mm", "turned", "correlation", "overlap", "trusted"),
    [
        (40.0, 12.0, 0.85, 0.5, True),
        (40.1, 0.0, 0.95, 1.0, False),
        (0.0, 12.1, 0.95, 1.0, False),
        (0.0, 0.0, 0.849, 1.0, False),
        (0.0, 0.0, 0.95, 0.499, False),
    ],
)
def test_trust_ends_at_its_thresholds(
    moved_mm: float, turned: float, correlation: float, overlap: float, trusted: bool
) -> None:
    found = RigidMotion(np.eye(4), moved_mm, turned, correlation, overlap)
    if trusted:
        _require_trusted(found)
        return
    with pytest.raises(GeometryError, match="must be brought into one frame"):
        _require_trusted(found)
