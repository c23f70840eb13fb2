"""io.dicom.series and header: what a folder holds, by headers alone."""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from yttria.io.dicom.dataset import open_dataset, open_pixels
from yttria.io.dicom.header import Header, instant_of, parsed, read_header
from yttria.io.dicom.scan import scan
from yttria.values.errors import IntakeError

Maker = Callable[..., Path]
WATER = np.full((3, 4, 5), 1024, np.int16)


def test_the_walk_and_pydicom_agree_on_every_tag_of_every_real_file(shared_data: Callable[[str], Path]) -> None:
    names = (
        "lu177_spect_rtstruct_umich",
        "qin_headneck_pet_seg",
        "seg_objects",
        "nm_nmqc_mediso",
        "rtdose_pydicom_variants",
        "pet_header_zoo",
        "rt_dicompyler_set",
        "totalseg_ct_liver",
    )
    compared = 0
    for path in (p for name in names for p in sorted(shared_data(name).rglob("*")) if p.is_file()):
        walked = read_header(path)
        if isinstance(walked, str):
            continue
        full = parsed(path, bare=path.read_bytes()[128:132] != b"DICM")
        assert walked.syntax == full.syntax
        for keyword in {*walked.tags, *full.tags}:
            same = walked.text(keyword) == full.text(keyword) or walked.numbers(keyword) == full.numbers(keyword)
            assert same, (path.name, keyword)
        compared += 1
    assert compared > 700


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian])
def test_a_header_is_the_same_in_every_transfer_syntax(make_ct: Maker, tmp_path: Path, syntax: Any) -> None:
    folder = make_ct(tmp_path / "ct", WATER, SeriesDescription="abdomen")
    plain = read_header(folder / "0000.dcm")
    read = pydicom.dcmread(folder / "0000.dcm")
    ds = pydicom.Dataset({element.tag: element for element in read})
    ds.file_meta = read.file_meta
    if syntax == ExplicitVRBigEndian:
        ds.PixelData = read.pixel_array.astype(">i2").tobytes()
    ds.file_meta.TransferSyntaxUID = syntax
    pydicom.dcmwrite(tmp_path / "other.dcm", ds, enforce_file_format=True)
    other = read_header(tmp_path / "other.dcm")
    assert isinstance(plain, Header)
    assert isinstance(other, Header)
    assert other.tags == plain.tags
    assert np.array_equal(open_pixels(open_dataset(other.path), what="it"), WATER[0])


def test_sequences_of_undefined_length_are_stepped_over(make_ct: Maker, tmp_path: Path) -> None:
    def nest(ds: Any, k: int) -> None:
        inner = pydicom.Dataset()
        inner.ReferencedSOPClassUID = "1.2.3"
        outer = pydicom.Dataset()
        outer.PurposeOfReferenceCodeSequence = pydicom.Sequence([inner])
        outer["PurposeOfReferenceCodeSequence"].is_undefined_length = True
        ds.ReferencedImageSequence = pydicom.Sequence([outer, outer])
        ds["ReferencedImageSequence"].is_undefined_length = True

    header = read_header(make_ct(tmp_path / "ct", WATER, each=nest) / "0001.dcm")
    assert isinstance(header, Header)
    assert header.pixels is not None
    assert header.tags == parsed(header.path).tags


def test_a_name_in_another_character_set_is_read_as_written(make_ct: Maker, tmp_path: Path) -> None:
    folder = make_ct(tmp_path / "ct", WATER, SpecificCharacterSet="ISO_IR 100", SeriesDescription="foie portal é")
    assert scan(folder).series[0].description == "foie portal é"


def test_a_folder_is_grouped_in_series_in_whatever_order_its_files_lie(
    make_ct: Maker, make_tomo: Maker, tmp_path: Path
) -> None:
    make_ct(tmp_path / "b", WATER)
    make_ct(tmp_path / "a", WATER, shuffle=True)
    make_tomo(tmp_path / "spect.dcm", np.ones((4, 5, 6), np.uint16))
    found = scan(tmp_path)
    assert [(s.modality, len(s.headers)) for s in found.series] == [("CT", 3), ("CT", 3), ("NM", 1)] or found.read == 7
    assert sorted(len(s.headers) for s in found.series) == [1, 3, 3]
    assert found.patients == 1


def test_series_without_uids_are_told_apart_by_their_folders(make_ct: Maker, tmp_path: Path) -> None:
    for name in ("one", "two"):
        make_ct(tmp_path / name, WATER, SeriesInstanceUID="", SOPInstanceUID="")
    assert [len(s.headers) for s in scan(tmp_path).series] == [3, 3]


def test_what_is_no_image_is_passed_over_by_name(make_ct: Maker, tmp_path: Path) -> None:
    folder = make_ct(tmp_path / "ct", WATER)
    (folder / "notes.txt").write_text("nothing")
    shutil.copy(folder / "0000.dcm", folder / ".hidden")
    for name, modality, storage in (
        ("plan", "RTPLAN", "1.2.840.10008.5.1.4.1.1.481.5"),
        ("report", "SR", "1.2.840.10008.5.1.4.1.1.88.33"),
    ):
        ds = pydicom.dcmread(folder / "0000.dcm")
        ds.Modality, ds.SOPClassUID = modality, storage
        ds.save_as(folder / name)
    scout = pydicom.dcmread(folder / "0000.dcm")
    scout.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    scout.save_as(folder / "scout")
    found = scan(tmp_path)
    assert found.read == 3
    assert {i.name.split("/")[-1]: i.why.split()[0:2] for i in found.ignored} == {
        "notes.txt": ["not", "DICOM"],
        "plan": ["a", "treatment"],
        "report": ["a", "structured"],
        "scout": ["a", "localizer:"],
    }


def test_a_cut_file_is_named_and_never_raises(make_ct: Maker, tmp_path: Path) -> None:
    folder = make_ct(tmp_path / "ct", WATER)
    whole = (folder / "0000.dcm").read_bytes()
    for cut in range(100, len(whole), 7):
        (folder / "cut").write_bytes(whole[:cut])
        assert isinstance(read_header(folder / "cut"), Header | str)


def test_nothing_of_a_person_is_printed(make_ct: Maker, tmp_path: Path) -> None:
    found = scan(make_ct(tmp_path / "ct", WATER))
    shown = repr((found, found.series, found.series[0].headers))
    assert "Secret" not in shown
    assert "SECRET" not in shown


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("20260301090000", "", datetime(2026, 3, 1, 9)),  # noqa: DTZ001  no zone is stated, none is invented
        ("20260301090000.5", "+0100", datetime(2026, 3, 1, 9, 0, 0, 500000, timezone(timedelta(hours=1)))),
        ("20260301090000-0330", "", datetime(2026, 3, 1, 9, tzinfo=timezone(-timedelta(hours=3, minutes=30)))),
        ("202603010900", "", datetime(2026, 3, 1, 9)),  # noqa: DTZ001
        ("2026030109+0100", "", datetime(2026, 3, 1, 9, tzinfo=timezone(timedelta(hours=1)))),
        ("20260301090059.999999", "+0100", datetime(2026, 3, 1, 9, 0, 59, 999999, timezone(timedelta(hours=1)))),
        ("20260301", "", None),
        ("20261301090000", "", None),
        ("", "", None),
    ],
)
def test_an_instant_is_what_the_header_says(text: str, zone: str, expected: datetime | None) -> None:
    assert instant_of(text, zone=zone) == expected


def test_nothing_at_the_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="found nothing at nowhere"):
        scan(tmp_path / "nowhere")


def test_a_description_is_said_without_the_patients_name(make_ct: Maker, tmp_path: Path) -> None:
    told = make_ct(tmp_path / "a", WATER, SeriesDescription="Secret_CT liver of PERSON (SECRET-1)")
    assert scan(told).series[0].description == "…_CT liver of … (…-…)"
    nobody = make_ct(tmp_path / "b", WATER, SeriesDescription="CT, phantom", PatientName="Phantom^Test")
    assert scan(nobody).series[0].description == "CT, phantom"


def test_pixels_that_cannot_be_decoded_are_refused_in_one_message(make_ct: Maker, tmp_path: Path) -> None:
    ds = pydicom.dcmread(make_ct(tmp_path / "ct", WATER) / "0000.dcm")
    ds.PixelData = ds.PixelData[:-4]
    with pytest.raises(IntakeError, match="expected pixels that can be decoded in the CT, but those there cannot"):
        open_pixels(ds, what="the CT")
    del ds.PixelData
    with pytest.raises(IntakeError, match="expected pixels in the CT, found none"):
        open_pixels(ds, what="the CT")


def test_a_tag_whose_length_has_gone_wrong_is_broken_and_says_nothing_of_the_patient_after_it(
    make_ct: Maker, tmp_path: Path
) -> None:
    folder = make_ct(tmp_path / "ct", WATER)
    path = folder / "0000.dcm"
    whole = bytearray(path.read_bytes())
    at = whole.index(b"\x08\x00\x60\x00CS")
    whole[at + 6 : at + 8] = (90).to_bytes(2, "little")
    path.write_bytes(whole)
    found = scan(folder)
    assert [i.why for i in found.ignored] == ["broken DICOM (a tag holds the bytes of those after it)"]
    assert [len(s.headers) for s in found.series] == [2]
