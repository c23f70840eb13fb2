"""app.services.inspect: a picture takes the place of nothing that Yttria did not draw, and of no input."""

import shutil
from pathlib import Path

import pytest

from yttria.app.services.inspect import run
from yttria.contract.inspection import InspectRequest
from yttria.values.errors import IntakeError


@pytest.fixture
def folder(digital_patient: Path, tmp_path: Path) -> Path:
    shutil.copy(digital_patient / "patient" / "dicom" / "planar.dcm", tmp_path)
    return tmp_path


def test_a_picture_is_written_over_its_own_and_over_others_only_with_replace(folder: Path) -> None:
    picture = folder.parent / f"{folder.name}.png"
    picture.write_text("the clinic's")
    with pytest.raises(IntakeError, match="Yttria did not write it"):
        run(InspectRequest(path=folder, picture=picture))
    assert picture.read_text() == "the clinic's"
    run(InspectRequest(path=folder, picture=picture, replace=True))
    drawn = picture.read_bytes()
    assert drawn.startswith(b"\x89PNG")
    run(InspectRequest(path=folder, picture=picture))
    assert picture.read_bytes() == drawn


def test_a_picture_never_takes_the_place_of_an_input_by_whatever_name(folder: Path) -> None:
    before = (folder / "planar.dcm").read_bytes()
    link = folder.parent / f"{folder.name}-link.png"
    link.hardlink_to(folder / "planar.dcm")
    for picture in (folder / "planar.dcm", link):
        with pytest.raises(IntakeError, match="must not be an input"):
            run(InspectRequest(path=folder, picture=picture, replace=True))
        assert picture.read_bytes() == before
