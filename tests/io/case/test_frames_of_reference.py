"""io.frames: images of several frames of reference come together by a rigid registration or a written word, or not at all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from yttria.io.case.patient_case import read_patient_case
from yttria.io.case.survey import survey
from yttria.io.dicom.registration import inverse
from yttria.io.volumes.volume import write_volume
from yttria.values.errors import GeometryError, IntakeError
from yttria.values.grid import Grid
from yttria.values.patient import PatientCase

Maker = Callable[..., Path]
CT_FRAME, MR_FRAME = "1.2.3.1", "1.2.3.2"
Matrix = NDArray[np.float64]


def _motion(degrees: float, shift: tuple[float, float, float]) -> Matrix:
    """Return a turn about an axis between x and z, then a shift."""
    axis = np.array([1.0, 0, 2]) / np.sqrt(5)
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    matrix = np.eye(4)
    matrix[:3, :3] = np.eye(3) + s * cross + (1 - c) * cross @ cross
    matrix[:3, 3] = shift
    return matrix


MOTION = _motion(6, (12, -7, 20))


@pytest.fixture
def apart(
    make_ct: Maker, make_tomo: Maker, make_rtstruct: Maker, circle: Callable[..., Matrix], tmp_path: Path
) -> Callable[..., Path]:
    """Return a maker of a patient whose CT and liver lie in a frame of their own, `motion` away from the SPECT's."""

    def make(motion: Matrix = MOTION, *, words: str = "", frame: str = CT_FRAME) -> Path:
        folder = tmp_path / "study"
        back = inverse(motion)
        ways = [back[:3, :3] @ axis for axis in ((1, 0, 0), (0, 1, 0))]
        make_ct(
            folder / "ct",
            np.random.default_rng(2).integers(900, 1200, (20, 40, 40)).astype(np.int16),
            spacing=(3, 3, 3),
            origin=(back @ (-60, -60, -30, 1))[:3],
            orientation=tuple(np.concatenate(ways)),
            FrameOfReferenceUID=frame,
            SeriesDescription="low dose",
        )
        make_tomo(folder / "spect.dcm", np.ones((16, 30, 30), np.uint16), position=(-65, -65, -33))
        rings = [circle((0, 0), 30, 3.0 * k - 12) @ back[:3, :3].T + back[:3, 3] for k in range(6)]
        make_rtstruct(folder / "rtss.dcm", {"Liver": rings}, frame=frame, FrameOfReferenceUID=frame)
        if words:
            (folder / "case.toml").write_text(words, encoding="utf-8")
        return folder

    return make


def _codes(case: PatientCase) -> dict[str, str]:
    return {f.code: f.message for f in case.findings}


def _lies_true(case: PatientCase) -> bool:
    """Tell whether CT and liver lie where they were before they were moved apart."""
    assert case.ct is not None
    upright = Grid.aligned((20, 40, 40), spacing_zyx_mm=(3, 3, 3), origin_lps_mm=(-60, -60, -30))
    liver = np.concatenate(case.contours[0].polygons)
    return (
        np.allclose(case.ct.grid.matrix, upright.matrix, atol=1e-4)
        and np.allclose(np.hypot(liver[:, 0], liver[:, 1]), 30, atol=1e-4)
        and {case.ct.grid.frame_uid, case.contours[0].frame_uid} == {case.emission.grid.frame_uid}
    )


def test_a_registration_brings_ct_and_contours_to_the_emission_image(apart: Maker, make_reg: Maker) -> None:
    folder = apart()
    make_reg(folder / "reg.dcm", {CT_FRAME: MOTION})
    case = read_patient_case(folder)
    assert _lies_true(case)
    assert (
        'the CT: another frame of reference than the emission image\'s; registration "fusion" joins them'
        in (_codes(case)["frames-joined"])
    )
    assert "turned by 6.0°" in _codes(case)["frames-joined"]
    assert [r.description for r in case.inputs if r.role == "registration"] == ["fusion"]
    assert "secret" not in repr((case.findings, case.inputs)).lower()


def test_a_registration_the_other_way_round_says_the_same(apart: Maker, make_reg: Maker, frame_uid: str) -> None:
    folder = apart()
    make_reg(folder / "reg.dcm", {frame_uid: inverse(MOTION)}, target=CT_FRAME)
    assert _lies_true(read_patient_case(folder))


def test_registrations_are_followed_through_a_third_image(apart: Maker, make_reg: Maker) -> None:
    folder, first = apart(), _motion(-20, (3, 3, 3))
    make_reg(folder / "a.dcm", {CT_FRAME: first}, target=MR_FRAME, SeriesDescription="ct to mr")
    make_reg(folder / "b.dcm", {MR_FRAME: MOTION @ inverse(first)}, SeriesDescription="mr to spect")
    case = read_patient_case(folder)
    assert _lies_true(case)
    assert '"mr to spect" and "ct to mr"' in _codes(case)["frames-joined"]


def test_images_of_one_frame_need_no_registration_and_ignore_a_bad_one(
    apart: Maker, make_reg: Maker, frame_uid: str
) -> None:
    folder = apart(np.eye(4), frame=frame_uid)
    make_reg(folder / "reg.dcm", {CT_FRAME: np.eye(4)}, kind="AFFINE")
    case = read_patient_case(folder)
    assert _lies_true(case)
    assert not {"frames-joined", "frames-said-same"} & set(_codes(case))


def test_a_written_word_joins_frames_and_reaches_the_report(apart: Maker) -> None:
    case = read_patient_case(apart(np.eye(4), words='[frames]\nsame = true\nby = "the physicist on call"\n'))
    assert _lies_true(case)
    told = next(f for f in case.findings if f.code == "frames-said-same")
    assert told.level == "warning"
    assert "the CT" in told.message
    assert "(the physicist on call)" in told.message


def test_a_mask_without_a_frame_lies_where_the_case_says(apart: Maker, make_reg: Maker) -> None:
    words = '[roles]\n"drawn" = "ignore"\n[files]\nliver = "liver.nii.gz"\n'
    folder = apart(words=words)
    make_reg(folder / "reg.dcm", {CT_FRAME: MOTION})
    grid = Grid.aligned((6, 20, 20), spacing_zyx_mm=(3, 3, 3), origin_lps_mm=(-30, -30, -12))
    moved = Grid.of(grid.shape_zyx, inverse(MOTION) @ grid.matrix)
    write_volume(folder / "liver.nii.gz", moved, np.ones(grid.shape_zyx, np.uint8))
    with pytest.raises(GeometryError, match=r'volume "liver" must state its frame of reference .*\n\[frames\]'):
        read_patient_case(folder)
    (folder / "case.toml").write_text(words + '[frames]\nby = "me"\nunstated = "ct"\n')
    assert np.allclose(read_patient_case(folder).volumes[0].grid.matrix[:3, :3], np.diag([3, 3, 3]), atol=1e-4)
    (folder / "case.toml").write_text(words + '[frames]\nby = "me"\nunstated = "emission"\n')
    assert np.allclose(read_patient_case(folder).volumes[0].grid.matrix, moved.matrix, atol=1e-4)


def test_inspect_names_a_registration_and_what_it_joins(apart: Maker, make_reg: Maker) -> None:
    folder = apart()
    assert "several-frames" in {f.code for f in survey(folder).findings}
    make_reg(folder / "reg.dcm", {CT_FRAME: MOTION})
    found = survey(folder)
    told = {f.code: f.message for f in found.findings}
    assert "several-frames" not in told
    assert (
        'registration "fusion" takes RTSTRUCT "drawn", CT "low dose" to where NM "study" lies' in told["registration"]
    )
    assert [(s.modality, s.roles, s.usable) for s in found.series if s.modality == "REG"] == [
        ("REG", ["registration"], True)
    ]


def test_inspect_says_why_a_registration_cannot_be_used(apart: Maker, make_reg: Maker) -> None:
    folder = apart()
    make_reg(folder / "reg.dcm", {CT_FRAME: MOTION}, kind="AFFINE")
    found = survey(folder)
    assert "several-frames" in {f.code for f in found.findings}
    (entry,) = [s for s in found.series if s.modality == "REG"]
    assert not entry.usable
    assert "is AFFINE" in entry.reasons[0]


@pytest.mark.parametrize(
    ("words", "regs", "says"),
    [
        (
            "",
            [],
            r"emission and CT and contours lie in 2; put the rigid DICOM registration .*\n\[frames\]\nsame = true",
        ),
        ("", [{"kind": "RIGID_SCALE"}], r'registration "fusion" is not used: .* it scales lengths'),
        ("[frames]\nsame = true\n", [], r"\[frames\] by is missing"),
        ('[frames]\nsame = true\nby = "me"\n', [{}], r"a registration moves it by \d+\.\d mm"),
        ("", [{}, {"matrix": MOTION @ _motion(0, (0, 0, 4))}], r"places points up to 4\.\d mm from where others do"),
        ("", [{"PatientID": "SECRET-2"}], "2 patient IDs are there"),
        ('[roles]\n"fusion" = "ignore"\n', [{}], "emission and CT and contours lie in 2"),
    ],
)
def test_frames_that_nothing_joins_are_refused_with_the_reason(
    apart: Maker, make_reg: Maker, words: str, regs: list[dict[str, Any]], says: str
) -> None:
    folder = apart(words=words)
    for at, changes in enumerate(regs):
        told = {k: v for k, v in changes.items() if k != "matrix"}
        make_reg(folder / f"reg{at}.dcm", {CT_FRAME: changes.get("matrix", MOTION)}, **told)
    with pytest.raises((GeometryError, IntakeError), match=says) as refused:
        read_patient_case(folder)
    assert "secret" not in str(refused.value).lower()


def test_of_two_registrations_the_case_keeps_one(apart: Maker, make_reg: Maker) -> None:
    folder = apart(words='[roles]\n"old.dcm" = "ignore"\n')
    make_reg(folder / "old.dcm", {CT_FRAME: _motion(0, (0, 0, 4)) @ MOTION})
    make_reg(folder / "new.dcm", {CT_FRAME: MOTION})
    assert _lies_true(read_patient_case(folder))
