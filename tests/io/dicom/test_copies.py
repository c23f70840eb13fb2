"""io.dicom.copies: one instance in several files counts once."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import UID, ImplicitVRLittleEndian, RLELossless

from yttria.io.case.unused_files import audit_copies
from yttria.io.dicom.ct import read_ct
from yttria.io.dicom.scan import COPY, scan

Maker = Callable[..., Path]
STORED = np.arange(3 * 4 * 5, dtype=np.uint16).reshape(3, 4, 5)


def codes(path: Path) -> list[str]:
    return [f.code for f in audit_copies(scan(path))]


def test_a_copied_folder_is_read_once_and_that_is_said(make_ct: Maker, tmp_path: Path) -> None:
    make_ct(tmp_path / "ct", STORED)
    once = read_ct(scan(tmp_path).series[0])
    shutil.copytree(tmp_path / "ct", tmp_path / "ct" / "copy")
    found = scan(tmp_path)
    (series,) = found.series
    assert np.array_equal(read_ct(series).hu, once.hu)
    assert (found.read, len(found.copies), found.contradictory) == (3, 3, 0)
    assert [i.why for i in found.ignored] == [COPY] * 3
    assert codes(tmp_path) == ["copies"]


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, RLELossless])
def test_a_copy_in_another_transfer_syntax_is_a_copy(make_ct: Maker, tmp_path: Path, syntax: UID) -> None:
    make_ct(tmp_path / "ct", STORED)
    for path in sorted((tmp_path / "ct").iterdir()):
        ds = pydicom.dcmread(path)
        if syntax == RLELossless:
            ds.compress(RLELossless, generate_instance_uid=False)
        else:
            ds.file_meta.TransferSyntaxUID = syntax
        ds.save_as(
            tmp_path / "ct" / f"again-{path.name}", implicit_vr=syntax == ImplicitVRLittleEndian, little_endian=True
        )
    assert len(scan(tmp_path).copies) == 3


@pytest.mark.parametrize("fault", ["pixels", "tag"])
def test_one_identifier_with_two_contents_is_no_copy_and_is_warned_of(
    make_ct: Maker, tmp_path: Path, fault: str
) -> None:
    make_ct(tmp_path / "ct", STORED)
    ds = pydicom.dcmread(tmp_path / "ct" / "0000.dcm")
    if fault == "pixels":
        ds.PixelData = ds.PixelData[:-2] + b"\7\7"
    else:
        ds.RescaleSlope = 2
    ds.save_as(tmp_path / "ct" / "changed.dcm")
    found = scan(tmp_path)
    assert (len(found.series[0].headers), len(found.copies), found.contradictory) == (4, 0, 1)
    assert codes(tmp_path) == ["contents-differ"]


def test_slices_that_an_anonymiser_gave_one_identifier_are_no_copies(make_ct: Maker, tmp_path: Path) -> None:
    make_ct(tmp_path / "ct", STORED, SOPInstanceUID="1.2.3")
    found = scan(tmp_path)
    assert (len(found.series[0].headers), len(found.copies), found.contradictory) == (3, 0, 0)


def test_copies_of_files_whose_identifiers_were_blanked_count_once(
    make_ct: Maker, tmp_path: Path, absent: object
) -> None:
    make_ct(tmp_path / "ct", STORED, SOPInstanceUID=absent)
    shutil.copytree(tmp_path / "ct", tmp_path / "ct" / "copy")
    found = scan(tmp_path)
    assert (len(found.series[0].headers), len(found.copies)) == (3, 3)


def test_an_object_of_one_file_beside_its_copy_is_one(make_tomo: Maker, tmp_path: Path) -> None:
    path = make_tomo(tmp_path / "spect.dcm", np.ones((3, 4, 5), np.uint16))
    shutil.copy(path, tmp_path / "spect (1).dcm")
    assert len(scan(tmp_path).series) == 1
