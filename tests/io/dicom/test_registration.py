"""io.dicom.registration: rigid motions between frames of reference; whatever bends, stretches or mirrors is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from yttria.io.dicom.registration import inverse, read_registration
from yttria.values.errors import GeometryError, IntakeError, YttriaError

Maker = Callable[..., Path]


def _turned(degrees: float, shift: tuple[float, float, float]) -> NDArray[np.float64]:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix = np.eye(4)
    matrix[:3, :3] = [[c, -s, 0], [s, c, 0], [0, 0, 1]]
    matrix[:3, 3] = shift
    return matrix


def test_a_motion_and_its_way_back_leave_every_point_where_it_was() -> None:
    matrix = _turned(37, (4, -5, 600))
    assert np.allclose(inverse(matrix) @ matrix, np.eye(4), atol=1e-12)


def test_the_matrix_takes_the_source_frame_to_the_objects_own(make_reg: Maker, tmp_path: Path) -> None:
    matrix = _turned(10, (4, -5, 6))
    (motion,) = read_registration(make_reg(tmp_path / "r.dcm", {"1.2.3": matrix}, target="1.2.9"), {})
    assert (motion.source, motion.target) == ("1.2.3", "1.2.9")
    assert np.allclose(motion.matrix, matrix, atol=1e-10)
    assert (motion.back.source, motion.back.target) == ("1.2.9", "1.2.3")


def test_rounded_digits_still_make_an_exact_rotation(make_reg: Maker, tmp_path: Path) -> None:
    rounded = np.round(_turned(10, (4, -5, 6)), 4)
    (motion,) = read_registration(make_reg(tmp_path / "r.dcm", {"1.2.3": rounded}), {})
    assert np.allclose(motion.matrix[:3, :3] @ motion.matrix[:3, :3].T, np.eye(3), atol=1e-14)
    assert np.allclose(motion.matrix, rounded, atol=1e-4)


def test_an_item_that_names_images_stands_for_their_frame(make_reg: Maker, tmp_path: Path) -> None:
    path = make_reg(tmp_path / "r.dcm", {"1.2.3": _turned(10, (4, -5, 6))})
    ds = pydicom.dcmread(path)
    image = Dataset()
    image.ReferencedSOPInstanceUID = "1.2.3.4"
    ds.RegistrationSequence[1].ReferencedImageSequence = Items([image])
    del ds.RegistrationSequence[1].FrameOfReferenceUID
    ds.save_as(path)
    (motion,) = read_registration(path, {"1.2.3.4": "1.2.77"})
    assert motion.source == "1.2.77"
    assert read_registration(path, {}) == ()


@pytest.mark.parametrize(
    ("kind", "matrix", "says"),
    [
        ("RIGID_SCALE", np.eye(4), r"is RIGID_SCALE: it scales lengths, which would change volumes"),
        ("AFFINE", np.eye(4), "is AFFINE: it may shear and scale"),
        ("", np.eye(4), "of no stated type"),
        ("RIGID", np.diag([1.01, 1, 1, 1]), "called rigid, but its matrix stretches by 1 to 1.01"),
        ("RIGID", np.diag([-1.0, 1, 1, 1]), "and mirrors"),
        ("RIGID", [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 2]], "called rigid"),
        ("RIGID", np.eye(3), "matrix of 16 numbers, but holds 9"),
    ],
)
def test_what_is_not_rigid_is_refused_with_what_it_would_do(
    make_reg: Maker, tmp_path: Path, kind: str, matrix: Any, says: str
) -> None:
    with pytest.raises(YttriaError, match=says):
        read_registration(make_reg(tmp_path / "r.dcm", {"1.2.3": matrix}, kind=kind), {})


def test_a_deformable_registration_is_refused(make_reg: Maker, tmp_path: Path) -> None:
    path = make_reg(tmp_path / "r.dcm", {"1.2.3": np.eye(4)}, SOPClassUID="1.2.840.10008.5.1.4.1.1.66.3")
    with pytest.raises(IntakeError, match="but it is deformable"):
        read_registration(path, {})


def test_a_registration_that_moves_its_own_frame_is_refused(make_reg: Maker, tmp_path: Path) -> None:
    with pytest.raises(GeometryError, match="must leave its own frame of reference where it is"):
        read_registration(make_reg(tmp_path / "r.dcm", {"1.2.9": _turned(10, (0, 0, 1))}, target="1.2.9"), {})


def test_several_matrices_for_one_frame_are_refused(make_reg: Maker, tmp_path: Path) -> None:
    path = make_reg(tmp_path / "r.dcm", {"1.2.3": np.eye(4)})
    ds = pydicom.dcmread(path)
    steps = ds.RegistrationSequence[1].MatrixRegistrationSequence[0].MatrixSequence
    steps.append(steps[0])
    ds.save_as(path)
    with pytest.raises(IntakeError, match="one matrix for each frame of reference, but holds 2"):
        read_registration(path, {})


def test_a_registration_to_nowhere_is_refused(make_reg: Maker, tmp_path: Path, absent: object) -> None:
    with pytest.raises(IntakeError, match="must name the frame of reference that it registers to"):
        read_registration(make_reg(tmp_path / "r.dcm", {"1.2.3": np.eye(4)}, FrameOfReferenceUID=absent), {})
