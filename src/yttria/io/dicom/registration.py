"""Spatial registrations: which frame of reference a rigid motion takes into which other. Whatever bends or stretches is refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from yttria.io.dicom.dataset import open_dataset, well_formed
from yttria.io.dicom.header import floats
from yttria.values.errors import GeometryError, IntakeError

SPATIAL_REGISTRATION_STORAGE = "1.2.840.10008.5.1.4.1.1.66.1"
DEFORMABLE_REGISTRATION_STORAGE = "1.2.840.10008.5.1.4.1.1.66.3"
RIGID_TOLERANCE = 1e-3  # of a direction cosine: matrices are written with six digits or more
WHY_NOT = {
    "RIGID_SCALE": "it scales lengths, which would change volumes, masses and activity per millilitre",
    "AFFINE": "it may shear and scale, which would change volumes, masses and activity per millilitre",
}

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """A rigid motion between two frames of reference.

    Parameters
    ----------
    source, target
        UIDs of the frames that points come from and go to.
    matrix
        4 x 4: p_target = matrix p_source, LPS mm.
    """

    source: str
    target: str
    matrix: Matrix

    @property
    def back(self) -> "Motion":
        """Return the motion the other way."""
        return Motion(self.target, self.source, inverse(self.matrix))


def inverse(matrix: Matrix) -> Matrix:
    """Return the inverse of a rigid motion: R' and -R' t."""
    back = np.eye(4)
    back[:3, :3] = matrix[:3, :3].T
    back[:3, 3] = -matrix[:3, :3].T @ matrix[:3, 3]
    return back


@well_formed("the registration")
def read_registration(path: Path, frame_of: Mapping[str, str]) -> tuple[Motion, ...]:
    """Read the rigid motions of a spatial registration, each from the frame of an item into the object's own frame.

    Parameters
    ----------
    frame_of
        Frame of reference by SOP instance UID, for items that name images instead of a frame.

    Returns
    -------
    tuple
        Nothing for an item that speaks of the object's own frame, or of images that are not here.

    Raises
    ------
    IntakeError
        Not a spatial registration; a deformable one; a matrix that is absent, of several steps, or not RIGID.
    GeometryError
        A matrix called RIGID that is none; an item that moves the object's own frame.

    Source
    ------
    DICOM PS3.3 C.20.2 (Spatial Registration module): the matrix takes points of the source frame to the registered frame.
    """
    what = "the registration"
    dataset = open_dataset(path, pixels=False)
    storage = str(dataset.get("SOPClassUID", ""))
    if storage == DEFORMABLE_REGISTRATION_STORAGE or "DeformableRegistrationSequence" in dataset:
        raise IntakeError(
            f"{what} must be rigid to carry activity and volumes, but it is deformable: it would change volumes and activity per millilitre; register rigidly",
            code="registration-not-rigid",
        )
    if storage != SPATIAL_REGISTRATION_STORAGE:
        raise IntakeError(
            f"expected a spatial registration, found another object of modality REG; {what} is not used",
            code="registration-matrix",
        )
    target = str(dataset.get("FrameOfReferenceUID", ""))
    if not target:
        raise IntakeError(
            f"{what} must name the frame of reference that it registers to, but does not; export it again",
            code="registration-matrix",
        )
    motions = []
    for item in dataset.get("RegistrationSequence") or []:
        source = _source(item, frame_of)
        if not source:
            continue
        matrix = _matrix(item, what=what)
        if source != target:
            motions.append(Motion(source, target, matrix))
        elif not np.allclose(matrix, np.eye(4), atol=RIGID_TOLERANCE):
            raise GeometryError(
                f"{what} must leave its own frame of reference where it is, but moves it; export it again",
                code="registration-matrix",
            )
    return tuple(motions)


def _source(item: Dataset, frame_of: Mapping[str, str]) -> str:
    """Return the frame that an item registers: its own, else that of the images that it names where they are here and agree."""
    if own := str(item.get("FrameOfReferenceUID", "")):
        return own
    uids = [str(i.get("ReferencedSOPInstanceUID", "")) for i in item.get("ReferencedImageSequence") or []]
    frames = {frame_of[uid] for uid in uids if frame_of.get(uid)}
    return frames.pop() if len(frames) == 1 else ""


def _matrix(item: Dataset, *, what: str) -> Matrix:
    """Return the one rigid matrix of an item."""
    steps = [
        step
        for registration in item.get("MatrixRegistrationSequence") or []
        for step in registration.get("MatrixSequence") or []
    ]
    if len(steps) != 1:
        raise IntakeError(
            f"{what} must hold one matrix for each frame of reference, but holds {len(steps)} for one; export it as a single matrix",
            code="registration-matrix",
            values={"steps": len(steps)},
        )
    kind = str(steps[0].get("FrameOfReferenceTransformationMatrixType", "")).upper()
    if kind != "RIGID":
        why = WHY_NOT.get(kind, "what it does to volumes is unknown")
        raise IntakeError(
            f"{what} must be rigid to carry activity and volumes, but its matrix is {kind or 'of no stated type'}: {why}; register rigidly",
            code="registration-not-rigid",
        )
    values = floats(steps[0].get("FrameOfReferenceTransformationMatrix"))
    if len(values) != 16 or not np.isfinite(values).all():
        raise IntakeError(
            f"{what} must hold a matrix of 16 numbers, but holds {len(values)}; export it again",
            code="registration-matrix",
            values={"values": len(values)},
        )
    return _rigid(np.asarray(values).reshape(4, 4), what=what)


def _rigid(matrix: Matrix, *, what: str) -> Matrix:
    """Return the rigid motion nearest to a matrix that is one up to its written digits."""
    left, stretch, right = np.linalg.svd(matrix[:3, :3])
    turn = left @ right
    last = np.allclose(matrix[3], (0, 0, 0, 1), atol=1e-6)
    if np.abs(stretch - 1).max() > RIGID_TOLERANCE or np.linalg.det(turn) < 0 or not last:
        raise GeometryError(
            f"{what} is called rigid, but its matrix stretches by {stretch.min():.4g} to {stretch.max():.4g}"
            f"{' and mirrors' if np.linalg.det(turn) < 0 else ''}; register again",
            code="registration-not-rigid",
            values={"least_stretch": float(stretch.min()), "most_stretch": float(stretch.max())},
        )
    exact = np.eye(4)
    exact[:3, :3], exact[:3, 3] = turn, matrix[:3, 3]
    return exact
