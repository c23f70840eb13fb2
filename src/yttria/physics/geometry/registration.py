"""Rigid registration of one CT to another: which motion brings the plan's patient to where the image after treatment has him."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk  # noqa: N813  its own documentation calls it so
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from yttria.physics.geometry.regrid import coarse_ct
from yttria.values.errors import GeometryError, Value
from yttria.values.maps import CtImage

WINDOW_HU = (-900.0, 300.0)
"""CT numbers that count: lung, fat, soft tissue and the edge of bone; contrast and metal beyond them do not pull."""
BINS = 32
SAMPLED = 0.3
"""Share of the voxels that mutual information is computed from, drawn with a fixed seed."""
SEED = 20261130
DIGITS = 9
SHRINK, SMOOTH_MM = (2, 1), (6.0, 0.0)
STEPS, RATE, LEAST_STEP = 120, 4.0, 0.005
MOST_MM, MOST_DEG = 40.0, 12.0
LEAST_CORRELATION = 0.85
LEAST_OVERLAP = 0.5
"""House: beyond these a motion is not taken without a person's registration object."""
BODY_HU = -500.0
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RigidMotion:
    """A rigid motion that was found.

    Parameters
    ----------
    matrix
        4 x 4, LPS mm: takes points of the moving image's frame to the fixed image's.
    moved_mm
        How far the centre of the moving image's part that both hold moves.
    turned_deg
        Angle of the turn.
    correlation
        Pearson's, of both images' windowed numbers where both lie.
    overlap
        Share of the fixed image's body that the moved image covers.
    """

    matrix: Matrix
    moved_mm: float
    turned_deg: float
    correlation: float
    overlap: float


def register(moving: CtImage, fixed: CtImage) -> RigidMotion:
    """Return the rigid motion that brings one CT onto another, found by mutual information on two resolutions.

    Mattes mutual information of the windowed numbers, three tenths of the voxels at fixed places, gradient descent; it starts from where the
    two frames have the patient as they stand.

    Parameters
    ----------
    moving, fixed
        Two CTs of one patient; best already `coarse_ct`.

    Raises
    ------
    GeometryError
        Nothing in common; the images do not agree after the motion that was found; the motion is longer than 40 mm or turns by more than 12
        degrees: a person then decides, by a registration object in the case.

    Notes
    -----
    One thread, a fixed seed, and no digits below a billionth of a millimetre, which follow the order of sums: the same images give the
    same motion.

    Source
    ------
    Mattes et al., IEEE Trans Med Imaging 2003;22:120, doi:10.1109/TMI.2003.809072; SimpleITK.
    """
    one, other = coarse_ct(moving), coarse_ct(fixed)
    try:
        transform = _transform(_image(other), _image(one))
    except RuntimeError as error:  # SimpleITK's word for images that do not overlap
        raise _refusal("the two CTs have too little in common where they stand") from error
    matrix = _matrix_of(transform)
    correlation, overlap = _agreement(one, other, matrix)
    centre = np.append(np.mean(one.grid.bounds_lps_mm(), axis=0), 1.0)
    moved = float(np.linalg.norm((matrix @ centre - centre)[:3]))
    turned = math.degrees(math.acos(min(max((np.trace(matrix[:3, :3]) - 1) / 2, -1.0), 1.0)))
    result = RigidMotion(matrix, moved, turned, correlation, overlap)
    _require_trusted(result)
    return result


def _require_trusted(rigid_motion: RigidMotion) -> None:
    """Refuse a motion that did not bring the images together, or that is larger than a machine should take by itself."""
    values = {
        "moved_mm": rigid_motion.moved_mm,
        "turned_deg": rigid_motion.turned_deg,
        "correlation": rigid_motion.correlation,
        "overlap_fraction": rigid_motion.overlap,
    }
    if rigid_motion.correlation < LEAST_CORRELATION or rigid_motion.overlap < LEAST_OVERLAP:
        raise _refusal(
            f"after the best motion that was found ({rigid_motion.moved_mm:.0f} mm, {rigid_motion.turned_deg:.1f}°) they correlate by {rigid_motion.correlation:.2f} only (at least {LEAST_CORRELATION:g} is asked for) over {100 * rigid_motion.overlap:.0f} % of the body",
            values,
        )
    if rigid_motion.moved_mm > MOST_MM or rigid_motion.turned_deg > MOST_DEG:
        raise _refusal(
            f"the motion that was found, {rigid_motion.moved_mm:.0f} mm and {rigid_motion.turned_deg:.1f}°, is larger than {MOST_MM:g} mm or {MOST_DEG:g}°",
            values,
        )


def _refusal(why: str, values: Mapping[str, Value] | None = None) -> GeometryError:
    return GeometryError(
        f"the plan's CT and the CT of the image after treatment must be brought into one frame, but {why}; look at both, register them, and put the rigid DICOM registration (REG) into the case",
        code="registration-failed",
        values=values,
    )


def _image(ct: CtImage) -> sitk.Image:
    """Return a CT as SimpleITK has it: windowed, in LPS."""
    low, high = WINDOW_HU
    image = sitk.GetImageFromArray(np.clip(ct.hu, low, high).astype(np.float32))
    axes = ct.grid.matrix[:3, :3]
    lengths = np.linalg.norm(axes, axis=0)
    image.SetSpacing([float(v) for v in lengths])
    image.SetDirection([float(v) for v in (axes / lengths).ravel()])
    image.SetOrigin([float(v) for v in ct.grid.origin_lps_mm])
    return image


def _transform(fixed: sitk.Image, moving: sitk.Image) -> sitk.Euler3DTransform:
    """Return the transform from points of the fixed image to those of the moving one."""
    low, high = (
        fixed.TransformIndexToPhysicalPoint((0, 0, 0)),
        fixed.TransformIndexToPhysicalPoint([n - 1 for n in fixed.GetSize()]),
    )
    start = sitk.Euler3DTransform()
    start.SetCenter([(a + b) / 2 for a, b in zip(low, high, strict=True)])
    method = sitk.ImageRegistrationMethod()
    method.SetNumberOfThreads(1)
    method.SetMetricAsMattesMutualInformation(BINS)
    method.SetMetricSamplingStrategy(method.REGULAR)
    method.SetMetricSamplingPercentage(SAMPLED, SEED)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(RATE, LEAST_STEP, STEPS, 0.6)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel(SHRINK)
    method.SetSmoothingSigmasPerLevel(SMOOTH_MM)
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    method.SetInitialTransform(start, inPlace=True)
    method.Execute(fixed, moving)
    return start


def _matrix_of(transform: sitk.Euler3DTransform) -> Matrix:
    """Return what takes points of the moving frame to the fixed one: the inverse of the transform."""
    turn = np.array(transform.GetMatrix()).reshape(3, 3)
    centre, shift = np.array(transform.GetCenter()), np.array(transform.GetTranslation())
    forward = np.eye(4)
    forward[:3, :3] = turn
    forward[:3, 3] = centre + shift - turn @ centre
    return np.round(np.linalg.inv(forward), DIGITS)


def _agreement(moving: CtImage, fixed: CtImage, matrix: Matrix) -> tuple[float, float]:
    """Return the correlation of both images where both lie, within the fixed image's body and a rim of it, and how much of that is covered."""
    index = np.argwhere(fixed.hu > BODY_HU)
    if len(index) == 0:
        return 0.0, 0.0
    points = fixed.grid.points_of(index[:, ::-1])
    back = np.linalg.inv(matrix)
    there = moving.grid.index_of(points @ back[:3, :3].T + back[:3, 3])[:, ::-1]
    last = np.array(moving.grid.shape_zyx) - 1
    met = ((there >= 0) & (there <= last)).all(axis=1)
    if np.count_nonzero(met) < 2:
        return 0.0, 0.0
    low, high = WINDOW_HU
    one = np.clip(map_coordinates(moving.hu.astype(np.float32), there[met].T, order=1), low, high)
    other = np.clip(fixed.hu[tuple(index[met].T)].astype(np.float32), low, high)
    if one.std() == 0 or other.std() == 0:
        return 0.0, float(met.mean())
    return float(np.corrcoef(one, other)[0, 1]), float(met.mean())
