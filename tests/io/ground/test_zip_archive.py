"""io.archive: a ZIP is a folder."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from yttria.io.case.case_file import read_case
from yttria.io.case.survey import survey
from yttria.io.ground.zip_archive import is_archive, unpacked
from yttria.values.errors import IntakeError

Maker = Callable[..., Path]


def _zip(folder: Path, target: Path, *, below: str = "") -> Path:
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, Path(below) / path.relative_to(folder))
    return target


@pytest.mark.parametrize("below", ["", "patient"])
def test_a_zip_is_surveyed_as_the_folder_that_it_holds(make_ct: Maker, tmp_path: Path, below: str) -> None:
    make_ct(tmp_path / "study" / "ct", np.full((3, 4, 5), 1024, np.int16))
    packed = _zip(tmp_path / "study", tmp_path / "study.zip", below=below)
    (entry,) = survey(packed).series
    assert (entry.modality, entry.shape_zyx, entry.sum) == ("CT", (3, 4, 5), 0)


def test_a_case_file_in_a_zip_is_found(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "case.toml").write_text('[product]\nname = "resin"\n')
    assert read_case(_zip(tmp_path / "a", tmp_path / "a.zip"))[0].product.name == "resin"


def test_a_zip_is_unpacked_once_and_outside_the_users_folders(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.txt").write_text("x")
    packed = _zip(tmp_path / "a", tmp_path / "a.zip")
    assert is_archive(packed)
    assert unpacked(packed) == unpacked(packed)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "a.zip"]


def test_a_damaged_zip_and_a_link_are_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.zip").write_bytes(b"PK nothing")
    with pytest.raises(IntakeError, match=r"bad\.zip must be a whole ZIP, but is damaged"):
        unpacked(tmp_path / "bad.zip")
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "/etc/hostname")
    with pytest.raises(IntakeError, match="but holds a link"):
        unpacked(tmp_path / "link.zip")


def test_a_zip_that_is_locked_is_refused_by_that_word(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"x")
    held = bytearray(path.read_bytes())
    held[6] |= 1
    held[held.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(held)
    with pytest.raises(IntakeError, match="is locked by a password; pack it again without one"):
        unpacked(path)


def test_no_member_of_a_zip_leaves_its_folder(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "sly.zip", "w") as archive:
        archive.writestr("../../escaped.txt", "x")
        archive.writestr("kept.txt", "x")
    assert sorted(p.name for p in unpacked(tmp_path / "sly.zip").rglob("*")) == ["escaped.txt", "kept.txt"]
    assert not (tmp_path.parent / "escaped.txt").exists()


def test_a_dicomdir_stands_for_its_folder(make_ct: Maker, tmp_path: Path) -> None:
    make_ct(tmp_path / "ct", np.full((3, 4, 5), 1024, np.int16))
    (tmp_path / "DICOMDIR").write_bytes(b"")
    assert [s.modality for s in survey(tmp_path / "DICOMDIR").series] == ["CT"]


@pytest.mark.parametrize(
    "names",
    [("a.dcm", "a.dcm"), ("a.dcm", "A.DCM"), ("a.dcm", "../a.dcm"), ("a/b", "a\\b")],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice_in_a_zip_is_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), b"x")
    with pytest.raises(IntakeError, match="members 1 and 2 have one name"):
        unpacked(tmp_path / "a.zip")


def test_a_damaged_member_of_a_zip_is_named_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"x")
        archive.writestr("b", bytes(range(256)) * 40)
    held = bytearray(path.read_bytes())
    at = held.index(b"PK\3\4", 4) + 60
    held[at : at + 8] = bytes(8)
    path.write_bytes(held)
    with pytest.raises(IntakeError, match="its member 2 of 2 is damaged"):
        unpacked(path)


def test_a_zip_larger_than_the_disk_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a", bytes(91))
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 100})())
    with pytest.raises(IntakeError, match="free on the temporary disk"):
        unpacked(tmp_path / "a.zip")


@pytest.mark.parametrize("named", ["/etc/hosts", "../liver.nii", "C:\\liver.nii"])
@pytest.mark.parametrize(
    "line",
    ["[files]\nliver = '{}'", "[files]\ntumour-1 = '{}'", "[files]\nperfused = ['a.nii', '{}']", "[case]\npath = '{}'"],
)
def test_a_case_file_in_a_zip_names_nothing_outside(tmp_path: Path, named: str, line: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "case.toml").write_text(line.format(named))
    with pytest.raises(IntakeError, match="its path leads outside"):
        read_case(_zip(tmp_path / "a", tmp_path / "a.zip"))


@pytest.mark.parametrize("line", ['emission = "/etc/hosts"', 'perfused = ["../../../../../../../etc/hosts"]'])
def test_an_injection_of_a_case_in_a_zip_names_no_file_outside(tmp_path: Path, line: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "case.toml").write_text(f'[[injections]]\nname = "right"\n{line}\n')
    with pytest.raises(
        IntakeError, match=r'\[\[injections\]\] "right" of a case\.toml in a ZIP must name a file of that ZIP'
    ):
        read_case(_zip(tmp_path / "a", tmp_path / "a.zip"))


def test_a_name_of_a_structure_may_look_like_a_path_in_a_zip(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "case.toml").write_text('[[injections]]\nname = "right"\nperfused = ["/segment 5/8"]\n')
    assert read_case(_zip(tmp_path / "a", tmp_path / "a.zip"))[0].injections[0].perfused == ["/segment 5/8"]
