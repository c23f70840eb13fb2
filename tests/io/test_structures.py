"""io.structures: contours and segments of every set in a folder, with the roles that they play."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from yttria.io.dicom.series import scan
from yttria.io.structures import names_of, read_structures, with_roles
from yttria.values.errors import GeometryError, IntakeError

Maker = Callable[..., Path]
Circle = Callable[..., NDArray[np.float64]]
NONE: frozenset[str] = frozenset()


def test_segments_play_roles_like_contours(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    folder = shared_data("seg_objects") / "liver_3slice"
    shutil.copy(folder / "liver.dcm", tmp_path / "seg.dcm")
    found = with_roles(read_structures(scan(tmp_path)), {}, frames=set(), filled=NONE)
    assert [(v.name, v.role, round(float(v.ml), 2)) for v in found.volumes] == [("Liver", "liver", 70.36)]
    assert found.used[0][1] == "Liver → liver"


def test_a_segment_is_known_by_its_type_where_its_label_says_nothing(shared_data: Callable[[str], Path]) -> None:
    files = read_structures(scan(shared_data("qin_headneck_pet_seg") / "rsna_2" / "SEG"))
    assert with_roles(files, {"Neoplasm, Primary": "tumour"}, frames=set(), filled=NONE).volumes[0].role == "tumour"
    assert "Neoplasm, Primary" in set(names_of(files))


def test_a_role_that_a_file_fills_is_not_filled_by_name(make_rtstruct: Maker, circle: Circle, tmp_path: Path) -> None:
    rings = [circle((0, 0), 10, 3.0 * k) for k in range(3)]
    make_rtstruct(tmp_path / "s.dcm", {"Liver": rings, "Foie": rings, "GTV": rings})
    found = with_roles(read_structures(scan(tmp_path)), {}, frames=set(), filled=frozenset({"liver"}))
    assert [c.role for c in found.contours] == ["tumour"]


def test_one_structure_in_two_sets_is_refused_until_a_set_is_ignored(
    make_rtstruct: Maker, circle: Circle, tmp_path: Path
) -> None:
    rings = [circle((0, 0), 10, 3.0 * k) for k in range(3)]
    make_rtstruct(tmp_path / "a.dcm", {"GTV": rings}, StructureSetLabel="first")
    make_rtstruct(tmp_path / "b.dcm", {"GTV": rings}, StructureSetLabel="second")
    files = read_structures(scan(tmp_path))
    with pytest.raises(IntakeError, match='must come from one set, but "first" and "second" hold it'):
        with_roles(files, {}, frames=set(), filled=NONE)
    assert len(with_roles(files, {"second": "ignore"}, frames=set(), filled=NONE).contours) == 1


def test_sets_in_another_frame_are_left_out_and_all_of_them_refused(
    make_rtstruct: Maker, circle: Circle, tmp_path: Path
) -> None:
    rings = [circle((0, 0), 10, 3.0 * k) for k in range(3)]
    make_rtstruct(tmp_path / "a.dcm", {"GTV 1": rings}, frame="1.1")
    make_rtstruct(tmp_path / "b.dcm", {"GTV 2": rings}, frame="1.2")
    files = read_structures(scan(tmp_path))
    found = with_roles(files, {}, frames={"1.2"}, filled=NONE)
    assert [c.name for c in found.contours] == ["GTV 2"]
    assert [f.code for f in found.findings] == ["structures-elsewhere"]
    with pytest.raises(GeometryError, match="every structure set lies in another"):
        with_roles(files, {}, frames={"1.3"}, filled=NONE)
