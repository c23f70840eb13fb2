"""Files under a path in series: what belongs together, what is set apart, what is passed over by name."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import UID

from yttria.io.dicom.scan import APART, scan
from yttria.values.errors import IntakeError

Maker = Callable[..., Path]
CT = np.zeros((3, 4, 4), dtype=np.int16)


def test_one_series_is_one_stack_in_the_order_of_its_numbers(make_ct: Maker, tmp_path: Path) -> None:
    make_ct(tmp_path / "ct", CT, shuffle=True)
    found = scan(tmp_path)
    (series,) = found.series
    assert [h.count("InstanceNumber") for h in series.headers] == [1, 2, 3]
    assert (found.read, found.patients, found.root, found.ignored) == (3, 1, tmp_path, ())
    assert found.of("CT") == (series,)
    assert found.of("PT", "NM") == ()
    assert repr(found) == "Scan(1 series, 3 files, 0 ignored)"


@pytest.mark.parametrize(("tilt", "stacks"), [(0.0, 1), (0.0099, 1), (0.01, 1), (0.0101, 2)])
def test_slices_whose_directions_differ_by_more_than_a_hundredth_are_two_stacks(
    make_ct: Maker, tmp_path: Path, tilt: float, stacks: int
) -> None:
    def turned(ds: Dataset, k: int) -> None:
        if k == 2:
            ds.ImageOrientationPatient = [1, tilt, 0, 0, 1, 0]

    assert APART == 0.01
    make_ct(tmp_path / "ct", CT, each=turned)
    assert len(scan(tmp_path).series) == stacks


@pytest.mark.parametrize(
    ("keyword", "value"), [("StudyInstanceUID", "1.2.9"), ("Modality", "MR"), ("Rows", 3), ("Columns", 5)]
)
def test_another_study_kind_or_size_is_another_series(
    make_ct: Maker, tmp_path: Path, keyword: str, value: object
) -> None:
    make_ct(tmp_path / "ct", CT, each=lambda ds, k: setattr(ds, keyword, value) if k == 1 else None)
    assert sorted(len(s.headers) for s in scan(tmp_path).series) == [1, 2]


def test_patients_are_counted_by_id_and_name(make_ct: Maker, tmp_path: Path) -> None:
    make_ct(tmp_path / "a", CT)
    make_ct(tmp_path / "b", CT, PatientName="SECRET^PERSON^")
    assert scan(tmp_path).patients == 1
    make_ct(tmp_path / "c", CT, PatientID="OTHER")
    assert scan(tmp_path).patients == 2


def test_nobody_named_is_one_patient(make_ct: Maker, tmp_path: Path) -> None:
    make_ct(tmp_path / "a", CT, PatientID="", PatientName="")
    assert scan(tmp_path).patients == 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"Modality": "SR"}, "a structured report"),
        ({"Modality": "RTPLAN"}, "a treatment plan (RTPLAN): doses and structures are read, plans are not"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, "a secondary capture: a picture, not a measurement"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, "a localizer: a scout picture, not a volume"),
    ],
)
def test_what_no_dose_is_planned_on_is_passed_over_by_name(
    make_ct: Maker, tmp_path: Path, change: dict[str, object], why: str
) -> None:
    make_ct(tmp_path / "ct", CT[:1], **change)
    found = scan(tmp_path)
    assert [(i.name, i.why) for i in found.ignored] == [("ct/0000.dcm", why)]
    assert (found.series, len(found.passed_over)) == ((), 1)


def test_a_copy_counts_once_and_is_named(make_ct: Maker, tmp_path: Path) -> None:
    make_ct(tmp_path / "ct", CT)
    (tmp_path / "zopy.dcm").write_bytes((tmp_path / "ct" / "0000.dcm").read_bytes())
    found = scan(tmp_path)
    assert (found.read, len(found.copies), found.contradictory) == (3, 1, 0)
    ((name, why),) = [(i.name, i.why) for i in found.ignored]
    assert name in {"zopy.dcm", "ct/0000.dcm"}
    assert why == "a copy: the same instance with the same content lies here already"


def test_a_structure_set_is_a_series_of_its_own_even_where_it_shares_a_uid(
    make_ct: Maker, make_rtstruct: Maker, tmp_path: Path
) -> None:
    triangle = {"Liver": [[(0, 0, 0), (9, 0, 0), (9, 9, 0)]]}
    for name in ("a", "b"):
        make_rtstruct(tmp_path / f"{name}.dcm", triangle, SeriesInstanceUID="1.2.3")
    assert len(scan(tmp_path).of("RTSTRUCT")) == 2


def test_progress_is_told_file_by_file_and_one_file_is_a_folder_of_one(make_ct: Maker, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    make_ct(tmp_path / "ct", CT)
    scan(tmp_path, progress=lambda *words: told.append(words))
    assert told == [("headers", 0, 3), ("headers", 1, 3), ("headers", 2, 3)]
    one = scan(tmp_path / "ct" / "0001.dcm")
    assert (one.read, one.root) == (1, tmp_path / "ct")


def test_a_dicomdir_is_the_folder_that_it_lies_in(make_ct: Maker, tmp_path: Path) -> None:
    make_ct(tmp_path / "ct", CT)
    (tmp_path / "DICOMDIR").write_bytes(b"x")
    assert scan(tmp_path / "DICOMDIR").read == 3


def test_an_enhanced_image_that_cannot_be_opened_says_why_where_it_is_read(make_ct: Maker, tmp_path: Path) -> None:
    path = make_ct(tmp_path / "ct", CT[:1]) / "0000.dcm"
    ds = pydicom.dcmread(path)
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.2.1")
    ds.NumberOfFrames = 2
    ds.save_as(path)
    (series,) = scan(tmp_path).series
    with pytest.raises(IntakeError, match=r"frame|enhanced"):
        series.require_described()


def test_nothing_at_a_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="expected a folder or a file with images, found nothing at gone"):
        scan(tmp_path / "gone")
