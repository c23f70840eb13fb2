"""io.structures: contours and segments of every set in a folder, with the roles that they play."""

import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray

from yttria.io.case.mask_files import FileVolume
from yttria.io.case.structure_sets import names_of, read_structures, with_roles
from yttria.io.dicom.scan import scan
from yttria.io.ground.structure_roles import require_known
from yttria.values.errors import GeometryError, IntakeError
from yttria.values.grid import Grid
from yttria.values.maps import Voi

Maker = Callable[..., Path]
Circle = Callable[..., NDArray[np.float64]]


def file_volume(
    role: str, name: str, *, centre: tuple[float, float, float] = (0, 0, 0), edge: float = 20
) -> FileVolume:
    """Return a cube that [files] names."""
    step = edge / 10
    x, y, z = (c - 5.5 * step for c in centre)
    grid = Grid.aligned((12, 12, 12), spacing_zyx_mm=(step,) * 3, origin_lps_mm=(x, y, z))
    share = np.zeros((12, 12, 12), np.float32)
    share[1:11, 1:11, 1:11] = 1
    return FileVolume(Voi(name, role, grid, share), f"{name}.nrrd", (name,))


NONE: tuple[FileVolume, ...] = ()


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
    found = with_roles(read_structures(scan(tmp_path)), {}, frames=set(), filled=[file_volume("liver", "liver")])
    assert [c.role for c in found.contours] == ["tumour"]
    (told,) = (f for f in found.findings if f.code == "structures-replaced")
    assert told.message.startswith('"Liver", "Foie": drawn, but set aside, for [files] names a volume in that role')


@pytest.mark.parametrize(
    ("name", "shift", "edge", "replaced"),
    [
        ("tumour-1", 0, 18, True),
        ("tumour-1", 0, 26, True),  # drawn anew, and larger
        ("tumour-1", 8.5, 18, True),  # of its name: nearer than half an edge
        ("tumour-1", 9.5, 18, False),  # of its name, but elsewhere
        ("lesion", 0, 18, True),
        ("lesion", 1.7, 18, True),  # of another name: nearer than a tenth
        ("lesion", 1.9, 18, False),
        ("lesion", 0, 20, False),  # of its place, but larger by a third
    ],
)
def test_a_drawn_tumour_is_replaced_by_a_file_that_repeats_it_and_else_stays_and_either_is_told(
    make_rtstruct: Maker, tmp_path: Path, name: str, shift: float, edge: float, replaced: bool
) -> None:
    square = np.array([(-9, -9, 0), (9, -9, 0), (9, 9, 0), (-9, 9, 0)], float)
    rings = {n: [square + np.array([x, 0, 3 * k]) for k in range(6)] for n, x in (("Tumour 1", 0), ("Tumour 2", 50))}
    make_rtstruct(tmp_path / "s.dcm", rings)
    filled = [file_volume("tumour", name, centre=(shift, 0, 7.5), edge=edge)]
    found = with_roles(read_structures(scan(tmp_path)), {}, frames=set(), filled=filled)
    assert [c.name for c in found.contours] == (["Tumour 2"] if replaced else ["Tumour 1", "Tumour 2"])
    told = {f.code: f.message for f in found.findings if f.level == "warning"}
    assert '"Tumour 2" (5.8 mL)' in told["tumours-beside-files"]
    assert ('"Tumour 1" (5.8 mL) by' in told.get("tumours-replaced", "")) is replaced
    said = {"Tumour 1": "tumour", "Tumour 2": "ignore"}  # a person who names it keeps it
    found = with_roles(read_structures(scan(tmp_path)), dict(said), frames=set(), filled=filled)
    assert [c.name for c in found.contours] == ["Tumour 1"]


def test_a_structure_of_two_roles_plays_both(make_rtstruct: Maker, circle: Circle, tmp_path: Path) -> None:
    rings = [circle((0, 0), 10, 3.0 * k) for k in range(3)]
    make_rtstruct(tmp_path / "s.dcm", {"Liver": rings, "Tumour 1": rings})
    found = with_roles(read_structures(scan(tmp_path)), {"Tumour 1": ["tumour", "perfused"]}, frames=set())
    assert [(c.name, c.role) for c in found.contours] == [
        ("Liver", "liver"),
        ("Tumour 1", "tumour"),
        ("Tumour 1", "perfused"),
    ]
    assert found.used[0][1] == "Liver → liver, Tumour 1 → tumour, Tumour 1 → perfused"


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


def _advice(error: pytest.ExceptionInfo[IntakeError]) -> dict[str, str | list[str]]:
    """Return the lines of [roles] that a refusal asks for, as a case would hold them."""
    return dict(tomllib.loads(str(error.value).partition("case.toml:\n")[2])["roles"])


@pytest.mark.parametrize(("labels", "key"), [(("first", "second"), "first/Liver"), (("drawn", "drawn"), "a.dcm/Liver")])
def test_the_advice_for_two_livers_of_one_name_works(
    make_rtstruct: Maker, circle: Circle, tmp_path: Path, labels: tuple[str, str], key: str
) -> None:
    for name, label, radius in zip(("a.dcm", "b.dcm"), labels, (10, 20), strict=True):
        rings = [circle((0, 0), radius, 3.0 * k) for k in range(3)]
        make_rtstruct(tmp_path / name, {"Liver": rings}, StructureSetLabel=label)
    files = read_structures(scan(tmp_path))
    with pytest.raises(IntakeError, match="must be the liver, but 2 could be") as told:
        with_roles(files, {}, frames=set(), filled=NONE)
    said = _advice(told)
    assert said == {key: "liver"}
    require_known(said, names_of(files))
    (liver,) = with_roles(files, said, frames=set(), filled=NONE).contours
    assert np.ptp(liver.polygons[0][:, 0]) == pytest.approx(20, abs=0.1)


def test_a_series_uid_tells_sets_apart(make_rtstruct: Maker, circle: Circle, tmp_path: Path) -> None:
    rings = [circle((0, 0), 10, 3.0 * k) for k in range(3)]
    for name in ("a", "b"):
        make_rtstruct(tmp_path / name / "same.dcm", {"Liver": rings}, SeriesInstanceUID=f"1.2.{len(name)}{ord(name)}")
    files = read_structures(scan(tmp_path))
    said: dict[str, str | list[str]] = {f"{files[1].series.uid}/Liver": "liver", "a/same.dcm/Liver": "ignore"}
    require_known(said, names_of(files))
    found = with_roles(files, said, frames=set(), filled=NONE)
    assert [series.uid for series, _ in found.used] == [files[1].series.uid]


def test_two_livers_in_one_set_are_told_apart_by_their_place(
    make_rtstruct: Maker, circle: Circle, tmp_path: Path
) -> None:
    path = make_rtstruct(
        tmp_path / "a.dcm", {n: [circle((0, 0), r, 3.0 * k) for k in range(3)] for n, r in (("Liver", 9), ("L", 20))}
    )
    ds = pydicom.dcmread(path)
    ds.StructureSetROISequence[1].ROIName = "Liver"
    ds.save_as(path)
    files = read_structures(scan(tmp_path))
    with pytest.raises(IntakeError, match='2 could be: "Liver#1", "Liver#2"') as told:
        with_roles(files, {}, frames=set(), filled=NONE)
    assert len(with_roles(files, _advice(told), frames=set(), filled=NONE).contours) == 1
    (liver,) = with_roles(files, {"Liver#2": "liver"}, frames=set(), filled=NONE).contours
    assert np.ptp(liver.polygons[0][:, 0]) == pytest.approx(40, abs=0.1)


@pytest.mark.parametrize("name", ["GTV 2", "Liver", "Lung_L", "Perfused", "GTV necrosis"])
def test_an_empty_structure_that_plays_a_role_is_refused_and_the_advice_works(
    make_rtstruct: Maker, circle: Circle, tmp_path: Path, name: str
) -> None:
    make_rtstruct(tmp_path / "a.dcm", {"GTV 1": [circle((0, 0), 10, 3.0 * k) for k in range(3)], name: [], "Heart": []})
    files = read_structures(scan(tmp_path))
    with pytest.raises(IntakeError, match=f'structure "{name}" must be drawn') as told:
        with_roles(files, {}, frames=set(), filled=NONE)
    assert _advice(told) == {name: "ignore"}
    assert len(with_roles(files, _advice(told), frames=set(), filled=NONE).contours) == 1
    with pytest.raises(IntakeError, match=r'structure "Heart" must be drawn to be the perfused \(by \[roles\]\)'):
        with_roles(files, {name: "ignore", "Heart": "perfused"}, frames=set(), filled=NONE)


def test_an_empty_structure_whose_role_another_plays_is_passed_over(
    make_rtstruct: Maker, circle: Circle, tmp_path: Path
) -> None:
    make_rtstruct(
        tmp_path / "a.dcm", {"Couch": [circle((0, 0), 10, 3.0 * k) for k in range(3)], "Liver": [], "Body": []}
    )
    files = read_structures(scan(tmp_path))
    assert len(with_roles(files, {"Couch": "liver"}, frames=set(), filled=NONE).contours) == 1
    assert with_roles(files, {}, frames=set(), filled=[file_volume("liver", "liver")]).contours == ()


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
