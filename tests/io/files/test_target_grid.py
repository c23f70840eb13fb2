"""io.template: the grid, the person and the slices that an image gives to what is drawn on it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from yttria.io.dicom.rtdose import write_rtdose
from yttria.io.files.target_grid import read_template
from yttria.io.volumes.volume import write_volume
from yttria.values.errors import IntakeError
from yttria.values.grid import Grid
from yttria.values.maps import DoseMap
from yttria.values.patient import PatientIdentity

Maker = Callable[..., Path]
GRID = Grid.aligned((4, 6, 8), spacing_zyx_mm=(3, 2, 2), origin_lps_mm=(5, -6, 7))


def test_a_ct_gives_its_slices_in_their_order_in_space(make_ct: Maker, tmp_path: Path, frame_uid: str) -> None:
    folder = make_ct(tmp_path / "ct", np.ones((5, 6, 8), np.int16), shuffle=True)
    for path in (folder, folder / "0002.dcm"):  # a slice stands for its series
        found = read_template(path)
        assert found.grid.shape_zyx == (5, 6, 8)
        assert (found.grid.frame_uid, found.identity.patient_id) == (frame_uid, "SECRET-1")
        assert found.source is not None
        heights = {h.text("SOPInstanceUID"): h.numbers("ImagePositionPatient")[2] for h in found.series[0].headers}
        assert [heights[uid] for uid in found.source.uids] == [-30.0, -27, -24, -21, -18]
        middle = found.grid.points_of([(1, 2, 3), (1, 2, 3.4)])
        assert found.source.slice_at(middle[:1]) == found.source.uids[3]
        assert found.source.slice_at(middle[1:]) is None
        assert found.source.slice_at(middle[:1] + np.array([0, 0, 300])) is None


def test_slices_without_identifiers_are_not_named(make_ct: Maker, tmp_path: Path) -> None:
    found = read_template(make_ct(tmp_path / "ct", np.ones((3, 6, 8), np.int16), SOPInstanceUID="1.2.3"))
    assert found.source is None
    assert [f.code for f in found.findings] == ["slices-unnamed"]


def test_tomograms_doses_and_volumes_give_their_grids(make_tomo: Maker, tmp_path: Path) -> None:
    spect = read_template(make_tomo(tmp_path / "spect.dcm", np.ones((4, 5, 6), np.uint16)))
    assert spect.grid.shape_zyx == (4, 5, 6)
    assert spect.source is not None
    assert len(spect.source.instances) == 1
    assert spect.source.slice_at(spect.grid.points_of([(0, 0, 2)])) is None
    write_rtdose(
        tmp_path / "d.dcm",
        DoseMap(GRID, np.ones(GRID.shape_zyx)),
        PatientIdentity(study_uid="1.2", patient_id="S1"),
        comment="x",
    )
    dose = read_template(tmp_path / "d.dcm")
    assert (dose.grid.shape_zyx, dose.source, dose.identity.patient_id) == (GRID.shape_zyx, None, "S1")
    write_volume(tmp_path / "v.nrrd", GRID, np.ones(GRID.shape_zyx, np.uint8))
    volume = read_template(tmp_path / "v.nrrd")
    assert (volume.grid.shape_zyx, volume.series, volume.identity) == (GRID.shape_zyx, (), PatientIdentity())


def test_none_or_several_images_are_refused(make_ct: Maker, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(IntakeError, match=r"expected one image .* found none"):
        read_template(tmp_path / "none")
    for name in ("a", "b"):
        make_ct(tmp_path / "two" / name, np.ones((3, 6, 8), np.int16))
    with pytest.raises(IntakeError, match=r"found CT .*; CT .*; name the folder or a file of one"):
        read_template(tmp_path / "two")
