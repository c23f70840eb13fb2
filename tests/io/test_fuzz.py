"""Files gone wrong in every way a header can: inspect, plan and dvh answer or refuse, and name nobody.

Each fault is made from a seed; `YTTRIA_DEEP=n` makes n times as many.
"""

import copy
import os
import shutil
import struct
import warnings
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import UID, ExplicitVRBigEndian, ImplicitVRLittleEndian, generate_uid
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.io.dicom.rtdose import write_rtdose
from yttria.values.grid import Grid
from yttria.values.maps import DoseMap
from yttria.values.patient import PatientIdentity

Maker = Callable[..., Path]
CANARIES = ("zebrafish", "quokka7", "19470813")
TIMES = int(os.environ.get("YTTRIA_DEEP") or 1)
PIXELS = 0x7FE00010
WRONG_TEXT = (
    b"abc ",
    b"1e400 ",
    b"nan ",
    b"-1",
    b"1\\2\\3\\x ",
    b"\xff\xfe\x00\x01",
    b"999999999999999999999 ",
    b"\\\\\\ ",
    b"1,5 ",
)


def _canary(dataset: Dataset) -> None:
    dataset.PatientName, dataset.PatientID, dataset.PatientBirthDate = "Zebrafish^Anna", "QUOKKA7", "19470813"


def _segmentation(place: Path, like: FileDataset) -> None:
    """Write a small binary segmentation."""
    dataset = copy.deepcopy(like)
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.66.4")
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["seg"])
    dataset.SeriesInstanceUID, dataset.Modality = generate_uid(entropy_srcs=["segs"]), "SEG"
    for keyword in (
        "ImagePositionPatient",
        "ImageOrientationPatient",
        "PixelSpacing",
        "RescaleSlope",
        "RescaleIntercept",
    ):
        delattr(dataset, keyword)
    dataset.SegmentationType, dataset.NumberOfFrames = "BINARY", 3
    dataset.BitsAllocated = dataset.BitsStored = 1
    dataset.HighBit = dataset.PixelRepresentation = 0
    dataset.Rows = dataset.Columns = 8
    dataset.PixelData = bytes([0xFF] * 24)
    segment, measures, lies = Dataset(), Dataset(), Dataset()
    segment.SegmentNumber, segment.SegmentLabel = 1, "Tumour"
    dataset.SegmentSequence = Items([segment])
    measures.PixelSpacing, measures.SliceThickness = [6, 6], 6
    lies.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    shared = Dataset()
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = Items([measures]), Items([lies])
    dataset.SharedFunctionalGroupsSequence = Items([shared])
    frames = []
    for k in range(3):
        frame, number, position = Dataset(), Dataset(), Dataset()
        number.ReferencedSegmentNumber = 1
        position.ImagePositionPatient = [-20, -20, 6 * k - 6]
        frame.SegmentIdentificationSequence, frame.PlanePositionSequence = Items([number]), Items([position])
        frames.append(frame)
    dataset.PerFrameFunctionalGroupsSequence = Items(frames)
    dataset.save_as(place, enforce_file_format=True)


@pytest.fixture
def case(
    make_ct: Maker,
    make_pt: Maker,
    make_tomo: Maker,
    make_rtstruct: Maker,
    circle: Callable[..., NDArray[np.float64]],
    tmp_path: Path,
) -> Path:
    """Return a case of every kind of object, each with the canary's name, ID and birth date."""
    folder = tmp_path / "case"
    rng = np.random.default_rng(3)
    make_ct(
        folder / "ct",
        rng.integers(1000, 1100, (7, 12, 12)).astype(np.int16),
        spacing=(10, 10, 10),
        origin=(-55, -55, -30),
    )
    make_pt(
        folder / "pt", rng.integers(0, 900, (5, 8, 8)).astype(np.uint16), spacing=(10, 12, 12), origin=(-42, -42, -20)
    )
    make_tomo(
        folder / "spect.dcm",
        rng.integers(0, 900, (6, 10, 10)).astype(np.uint16),
        spacing=(10, 10, 10),
        position=(-45, -45, -25),
    )
    make_rtstruct(folder / "rtss.dcm", {"Liver": [circle((0, 0), 30, 5.0 * k - 10, 12) for k in range(5)]})
    grid = Grid.aligned((5, 8, 8), spacing_zyx_mm=(10, 10, 10), origin_lps_mm=(-35, -35, -20), frame_uid="1.2")
    write_rtdose(
        folder / "dose.dcm", DoseMap(grid, rng.random(grid.shape_zyx)), PatientIdentity(study_uid="1.3"), comment="x"
    )
    _segmentation(folder / "seg.dcm", pydicom.dcmread(folder / "ct" / "0000.dcm"))
    for path in folder.rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        _canary(dataset)
        dataset.save_as(path)
    (folder / "case.toml").write_text('[roles]\n"spect.dcm" = "emission"\n', encoding="utf-8")
    return folder


def _elements(dataset: Dataset) -> list[tuple[Dataset, DataElement]]:
    """Return every element of a data set and of the items below it, with the data set that holds it."""
    found: list[tuple[Dataset, DataElement]] = []
    for element in dataset:
        found.append((dataset, element))
        if element.VR == "SQ":
            for item in list(element.value)[:2]:
                found += _elements(item)
    return [(d, e) for d, e in found if e.tag.group != 0x0010]


def _any(dataset: Dataset, rng: np.random.Generator) -> tuple[Dataset, DataElement]:
    return (found := _elements(dataset))[int(rng.integers(len(found)))]


def _wrong_text(dataset: FileDataset, rng: np.random.Generator) -> None:
    """Put bytes that are no value of the kind into a tag: an implicit file states no kinds, so they arrive as they are."""
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    holder, element = _any(dataset, rng)
    if element.tag != PIXELS:
        holder[element.tag] = DataElement(element.tag, "OB", WRONG_TEXT[int(rng.integers(len(WRONG_TEXT)))])


def _wrong_kind(dataset: FileDataset, rng: np.random.Generator) -> None:
    """State another kind (VR) of a tag than it has."""
    holder, element = _any(dataset, rng)
    if element.tag == PIXELS:
        return
    kind, value = [
        ("UN", b"\x01\x02\x03\x04"),
        ("LO", "words"),
        ("SQ", Items([])),
        ("FD", 1e300),
        ("OB", b"ab"),
        ("SQ", Items([Dataset()])),
    ][int(rng.integers(6))]
    holder[element.tag] = DataElement(element.tag, kind, value)


def _wrong_count(dataset: FileDataset, rng: np.random.Generator) -> None:
    """Give a tag more or fewer values than it has."""
    holder, element = _any(dataset, rng)
    if element.VR not in {"SQ", "OB", "OW", "UN", "OB or OW"} and element.value not in (None, ""):
        values = list(element.value) if element.VM > 1 else [element.value]
        holder[element.tag] = DataElement(
            element.tag, element.VR, (values * 2)[: int(rng.integers(1, 2 * len(values) + 1))]
        )


def _gone(dataset: FileDataset, rng: np.random.Generator) -> None:
    for _ in range(int(rng.integers(1, 6))):
        holder, element = _any(dataset, rng)
        if element.tag in holder:
            del holder[element.tag]


def _empty_sequences(dataset: FileDataset, rng: np.random.Generator) -> None:
    found = [(d, e) for d, e in _elements(dataset) if e.VR == "SQ"]
    if found:
        holder, element = found[int(rng.integers(len(found)))]
        holder[element.tag] = DataElement(element.tag, "SQ", Items([[], [Dataset()]][int(rng.integers(2))]))


def _absurd_size(dataset: FileDataset, rng: np.random.Generator) -> None:
    tag = ("Rows", "Columns", "NumberOfFrames", "BitsAllocated", "BitsStored", "SamplesPerPixel", "HighBit")[
        int(rng.integers(7))
    ]
    value = (0, 1, 7, 65535, 32, 3)[int(rng.integers(6))]
    setattr(dataset, tag, 2_000_000_000 if tag == "NumberOfFrames" and value == 65535 else value)


def _other_pixels(dataset: FileDataset, rng: np.random.Generator) -> None:
    if "PixelData" in dataset:
        length = (0, 2, len(dataset.PixelData) - 2, len(dataset.PixelData) + 2, 2 * len(dataset.PixelData))[
            int(rng.integers(5))
        ]
        dataset.PixelData = (dataset.PixelData + bytes(len(dataset.PixelData)))[:length]


def _strange(dataset: FileDataset, rng: np.random.Generator) -> None:
    """Add what is unusual: an unknown character set, private blocks without and with a creator, deep undefined lengths."""
    dataset.SpecificCharacterSet = ["ISO_IR 999", "ISO 2022 IR 87", "\\ISO 2022 IR 149", "GB18030", ""][
        int(rng.integers(5))
    ]
    dataset.add_new(0x00091010, "UN", b"\x00\x01\x02\x03")
    dataset.add_new(0x70530010, "LO", "Philips PET Private Group")
    dataset.add_new(0x70531009, "DS", ["1.5", "x", ""][0])
    inner: Dataset = Dataset()
    inner.CodeMeaning = "deep"
    for _ in range(int(rng.integers(1, 12))):
        outer = Dataset()
        outer.PurposeOfReferenceCodeSequence = Items([inner])
        outer["PurposeOfReferenceCodeSequence"].is_undefined_length = True
        inner = outer
    dataset.ReferencedImageSequence = Items([inner])
    dataset["ReferencedImageSequence"].is_undefined_length = True


FAULTS: Sequence[Callable[[FileDataset, np.random.Generator], None]] = (
    _wrong_text, _wrong_text, _wrong_text, _wrong_kind, _wrong_count, _gone, _empty_sequences, _absurd_size, _other_pixels, _strange,
)  # fmt: skip


def _bytes_of(dataset: FileDataset) -> bytes:
    buffer = BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.save_as(
            buffer, implicit_vr=dataset.file_meta.TransferSyntaxUID == ImplicitVRLittleEndian, little_endian=True
        )
    return buffer.getvalue()


def _damaged(whole: bytes, rng: np.random.Generator) -> bytes:
    """Return a file cut short, without its preamble, or with bytes turned over; the patient's own bytes stay as they are."""
    how = int(rng.integers(4))
    if how == 0:
        return whole[: int(rng.integers(1, len(whole)))]
    if how == 1:
        return whole[132:]
    turned = bytearray(whole)
    for _ in range(int(rng.integers(1, 12))):
        at = int(rng.integers(132, min(len(turned), 3000)))
        turned[at] = int(rng.integers(256))
    return bytes(turned)


def _wrong(path: Path, rng: np.random.Generator) -> bytes | None:
    """Return a file gone wrong; None where the fault cannot even be written."""
    whole = path.read_bytes()
    if rng.random() < 0.25:
        return _damaged(whole, rng)
    dataset = pydicom.dcmread(BytesIO(whole))
    try:
        FAULTS[int(rng.integers(len(FAULTS)))](dataset, rng)
        return _bytes_of(dataset)
    except (ValueError, TypeError, AttributeError, OverflowError, OSError, struct.error, NotImplementedError):
        return None


def _commands(folder: Path) -> Iterator[list[str]]:
    yield ["inspect", str(folder), "--json"]
    yield ["plan", str(folder), "--json"]
    yield ["dvh", str(folder / "dose.dcm"), str(folder / "rtss.dcm"), "--json"]
    yield ["dvh", str(folder / "dose.dcm"), str(folder / "seg.dcm"), "--json"]


def _answers(command: list[str]) -> str:
    """Run a command in this process; return what it said. It ends with 0 or 1, without a fault of its own, and names nobody."""
    result = CliRunner().invoke(app, command)
    said = result.output + result.stderr
    assert result.exit_code in {0, 1}, (command[0], result.exit_code, said[-400:])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    for word in ("fault of Yttria", "Traceback", "Warning:"):
        assert word not in said, (command[0], said[-600:])
    for canary in CANARIES:
        assert canary not in said.lower(), (command[0], canary)
    return said


OBJECTS = {
    "CT": "ct/0003.dcm",
    "PT": "pt/0002.dcm",
    "NM": "spect.dcm",
    "RTSTRUCT": "rtss.dcm",
    "RTDOSE": "dose.dcm",
    "SEG": "seg.dcm",
}
ASKED = {"CT": (0, 1), "PT": (0, 1), "NM": (0, 1), "RTSTRUCT": (0, 1, 2), "RTDOSE": (0, 2), "SEG": (0, 1, 3)}


@pytest.mark.parametrize("kind", OBJECTS)
def test_whatever_is_wrong_with_a_file_is_answered_or_refused_and_names_nobody(case: Path, kind: str) -> None:
    path = case / OBJECTS[kind]
    if kind == "PT":  # the other emission image: the plan is of it
        (case / "case.toml").write_text('[roles]\n"pt" = "emission"\n', encoding="utf-8")
    whole = path.read_bytes()
    commands = list(_commands(case))
    for command in commands:
        _answers(command)
    tried = 0
    for seed in range(7 * TIMES):
        wrong = _wrong(path, np.random.default_rng((seed, sorted(OBJECTS).index(kind))))
        if wrong is None:
            continue
        path.write_bytes(wrong)
        try:
            for at in ASKED[kind]:
                _answers(commands[at])
        except AssertionError as error:
            error.add_note(f"seed {seed} of {kind}")
            raise
        tried += 1
        path.write_bytes(whole)
    assert tried > 4


@pytest.mark.parametrize("kind", OBJECTS)
def test_big_endian_and_implicit_files_without_a_preamble_are_answered(case: Path, kind: str) -> None:
    path = case / OBJECTS[kind]
    whole = pydicom.dcmread(path)
    plain = _answers(["inspect", str(case), "--json"])
    bare = Dataset({element.tag: element for element in whole})
    pydicom.dcmwrite(path, bare, implicit_vr=True, little_endian=True)  # neither preamble nor file meta
    assert path.read_bytes()[128:132] != b"DICM"
    assert _without_provenance(_answers(["inspect", str(case), "--json"])) == _without_provenance(plain)
    if whole.get("BitsAllocated") == 16 and "PixelData" in whole:
        array = np.frombuffer(whole.PixelData, "<u2")
        bare.PixelData = array.astype(">u2").tobytes()
    elif whole.get("BitsAllocated") == 32:
        bare.PixelData = np.frombuffer(whole.PixelData, "<u4").astype(">u4").tobytes()
    bare.file_meta = whole.file_meta
    bare.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    pydicom.dcmwrite(path, bare, enforce_file_format=True)
    if kind != "SEG":  # single bits have no order of bytes, and pydicom packs them by words
        assert _without_provenance(_answers(["inspect", str(case), "--json"])) == _without_provenance(plain)


def _without_provenance(said: str) -> str:
    return said.partition('"provenance"')[0]


def test_a_folder_named_after_the_patient_leaves_no_name_in_what_is_written(case: Path, tmp_path: Path) -> None:
    named = case.rename(tmp_path / "Zebrafish_Anna_QUOKKA7")
    said = CliRunner().invoke(app, ["plan", str(named), "--json"])
    assert said.exit_code == 0
    assert [line for line in said.stdout.lower().splitlines() if any(canary in line for canary in CANARIES)] == []
    shutil.rmtree(named)
