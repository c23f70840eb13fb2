"""Rigid registration of two CTs of one patient: known motions are found, and what cannot be trusted is refused."""

from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813  its own documentation calls it so
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from yttria.physics.geometry import registration
from yttria.physics.geometry.registration import (
    RigidMotion,
    _agreement,
    _image,
    _matrix_of,
    _require_trusted,
    register,
)
from yttria.physics.geometry.regrid import coarse_ct
from yttria.physics.phantom.digital_patient import ct_image
from yttria.values.errors import GeometryError
from yttria.values.grid import Grid
from yttria.values.maps import CtImage

PLACE = Grid.aligned(
    (75, 64, 64), spacing_zyx_mm=(6.0, 6.25, 6.25), origin_lps_mm=(-196.9, -196.9, -224.5), frame_uid="1.2.1"
)
LIVER_MM = (-70.0, 0.0, -60.0)
Matrix = NDArray[np.float64]
EULER: Any = sitk.Euler3DTransform


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


# what a motion is judged by

SMALL = Grid.aligned((4, 5, 6), spacing_zyx_mm=(4, 3, 2), origin_lps_mm=(10, 20, 30))


def tissue(grid: Grid = SMALL, seed: int = 1) -> CtImage:
    return CtImage(grid, np.random.default_rng(seed).integers(-100, 200, grid.shape_zyx).astype(np.int16))


def shifted(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Matrix:
    matrix = np.eye(4)
    matrix[:3, 3] = x, y, z
    return matrix


@pytest.mark.parametrize(("axis", "step"), [(0, 2), (1, 3), (2, 4)])
def test_an_image_agrees_with_itself_where_it_was_moved_to(axis: int, step: int) -> None:
    ct = tissue()
    assert _agreement(ct, ct, np.eye(4)) == pytest.approx((1, 1))
    origin = np.array([10.0, 20, 30])
    origin[axis] += step
    there = CtImage(
        Grid.aligned(SMALL.shape_zyx, spacing_zyx_mm=(4, 3, 2), origin_lps_mm=(origin[0], origin[1], origin[2])), ct.hu
    )
    motion_mm = shifted(*(np.eye(3)[axis] * step))
    assert _agreement(ct, there, motion_mm) == pytest.approx((1, 1))
    # as they stand, the last voxel of the fixed one lies beyond the moving one's centres
    size = SMALL.shape_zyx[2 - axis]
    assert _agreement(ct, there, np.eye(4))[1] == pytest.approx(1 - 1 / size)


def test_numbers_beyond_the_window_are_those_of_its_ends() -> None:
    hu = np.full((1, 1, 4), 100, np.int16)
    hu[0, 0] = [300, 100, 0, -100]
    grid = Grid.aligned((1, 1, 4), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(0, 0, 0))
    metal = hu.copy()
    metal[0, 0, 0] = 3000
    assert _agreement(CtImage(grid, metal), CtImage(grid, hu), np.eye(4))[0] == pytest.approx(1)
    assert _agreement(CtImage(grid, hu), CtImage(grid, metal), np.eye(4))[0] == pytest.approx(1)
    lung = hu.copy()
    lung[0, 0, 3] = -901
    lower = hu.copy()
    lower[0, 0, 3] = -900
    assert _agreement(CtImage(grid, lung), CtImage(grid, lower), np.eye(4)) == pytest.approx((1, 1))


@pytest.mark.parametrize(("hu", "covered"), [(-501, 1.0), (-500, 1.0), (-499, 3 / 4)])
def test_the_body_lies_above_minus_500(hu: int, covered: float) -> None:
    """Three voxels of tissue that the moving image covers, and a fourth beyond it."""
    fixed = CtImage(
        Grid.aligned((1, 1, 4), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(0, 0, 0)),
        np.array([[[0, 50, 20, hu]]], np.int16),
    )
    moving = CtImage(
        Grid.aligned((1, 1, 3), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(0, 0, 0)), np.array([[[0, 50, 20]]], np.int16)
    )
    assert _agreement(moving, fixed, np.eye(4)) == pytest.approx((1, covered))


def test_images_that_say_nothing_of_each_other_do_not_agree() -> None:
    air, even = (CtImage(SMALL, np.full(SMALL.shape_zyx, v, np.int16)) for v in (-1000, 40))
    assert _agreement(tissue(), air, np.eye(4)) == (0.0, 0.0)
    assert _agreement(even, tissue(), np.eye(4)) == (0.0, 1.0)
    assert _agreement(tissue(), even, np.eye(4)) == (0.0, 1.0)
    assert _agreement(tissue(), tissue(), shifted(500)) == (0.0, 0.0)
    # one voxel in common is none; two have a correlation
    line = CtImage(
        Grid.aligned((1, 1, 4), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(0, 0, 0)),
        np.array([[[0, 50, 20, 90]]], np.int16),
    )
    assert _agreement(line, line, shifted(3)) == (0.0, 0.0)
    assert _agreement(line, line, shifted(2)) == pytest.approx((1, 0.5))


def test_an_image_goes_to_the_registration_windowed_and_in_its_place() -> None:
    turn = np.array([[0, -2.0, 0, 5], [3.0, 0, 0, 6], [0, 0, 4.0, 7], [0, 0, 0, 1]])
    hu = np.zeros((4, 5, 6), np.int16)
    hu[1, 2, 3], hu[0, 0, 0], hu[3, 4, 5] = 77, -2000, 2000
    image: Any = _image(CtImage(Grid.of((4, 5, 6), turn), hu))
    assert image.GetSize() == (6, 5, 4)
    assert image.GetSpacing() == (3, 2, 4)
    assert image.TransformIndexToPhysicalPoint((3, 2, 1)) == pytest.approx((5 - 4, 6 + 9, 7 + 4))
    assert [image.GetPixel(p) for p in ((3, 2, 1), (0, 0, 0), (5, 4, 3))] == [77, -900, 300]


def test_the_matrix_of_a_transform_is_its_inverse() -> None:
    transform = EULER((10.0, 20.0, 30.0), 0.0, 0.0, np.pi / 2, (1.0, 2.0, 3.0))
    # of fixed points: a quarter turn about z through the centre, then the shift; (11, 20, 30) goes to (11, 23, 33)
    matrix = _matrix_of(transform)
    assert matrix @ [11, 23, 33, 1] == pytest.approx([11, 20, 30, 1])
    assert matrix @ [11, 22, 33, 1] == pytest.approx([10, 20, 30, 1])


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            RigidMotion(np.eye(4), 7.4, 3.14, 0.844, 0.356),
            r"\(7 mm, 3\.1°\) they correlate by 0\.84 only \(at least 0\.85 is asked for\) over 36 % of the body",
        ),
        (
            RigidMotion(np.eye(4), 41.4, 3.14, 0.95, 0.9),
            r"the motion that was found, 41 mm and 3\.1°, is larger than 40 mm or 12°",
        ),
    ],
)
def test_a_refusal_says_what_was_found(found: RigidMotion, words: str) -> None:
    with pytest.raises(GeometryError, match=words):
        _require_trusted(found)


def test_the_motion_of_the_middle_of_a_ct_and_its_angle_are_said(
    patient: CtImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A turn of 5 degrees about z through the middle, 3 mm along x and 4 along z: the middle moves by 5 mm."""
    one = coarse_ct(patient)
    middle = np.mean(one.grid.bounds_lps_mm(), axis=0)
    transform = EULER(tuple(middle), 0.0, 0.0, np.radians(-5), (-3.0, 0.0, -4.0))
    monkeypatch.setattr(registration, "_transform", lambda *_: transform)
    monkeypatch.setattr(registration, "_agreement", lambda *_: (0.9, 0.8))
    found = register(patient, patient)
    assert (found.correlation, found.overlap) == (0.9, 0.8)
    assert found.turned_deg == pytest.approx(5, abs=1e-5)
    assert found.moved_mm == pytest.approx(5, abs=1e-6)


def test_images_that_do_not_meet_are_refused(patient: CtImage) -> None:
    far = CtImage(Grid.of(PLACE.shape_zyx, shifted(5000) @ PLACE.matrix), patient.hu)
    with pytest.raises(GeometryError, match="too little in common where they stand"):
        register(patient, far)
