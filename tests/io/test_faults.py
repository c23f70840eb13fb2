"""Bad inputs met in practice: each is made here, met at the door, and what Yttria says of it stands in docs/faults.md.

`YTTRIA_WRITE_DOCS=1 ./run test tests/io/test_faults.py` writes the table anew.
"""

import gzip
import os
import re
import shutil
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray

from yttria.app.services.plan import plan_patient
from yttria.io.case.mask_files import read_mask
from yttria.io.case.patient_case import read_patient_case
from yttria.io.case.survey import survey
from yttria.io.case.unused_files import audit_copies
from yttria.io.dicom.ct import examine_ct
from yttria.io.dicom.nm import examine_planar, examine_spect, examine_tomo
from yttria.io.dicom.pt import examine_pt, examine_pt_counts
from yttria.io.dicom.rtdose import examine_rtdose, write_rtdose
from yttria.io.dicom.rtstruct import examine_rtstruct
from yttria.io.dicom.scan import scan
from yttria.io.volumes.volume import read_volume, write_volume
from yttria.values.errors import YttriaError
from yttria.values.grid import Grid
from yttria.values.maps import DoseMap
from yttria.values.patient import PatientIdentity

DOCS = Path(__file__).resolve().parents[2] / "docs" / "faults.md"
HEAD = """# Bad inputs, and what Yttria says

Each row is a file made by `tests/io/test_faults.py` and met at the door. What Yttria says is its own message: a refusal (exit 1, nothing
written), a doubt that travels to the report, or "read rightly" where the fault is none once the right tag is asked. The row is that of the list of
inputs met in practice; the test is `test_a_fault_is_met_as_the_table_says[…]`, which fails when a word of this table changes.
Faults that nobody has thought of are made by chance (`test_fuzz.py`) and tag by tag (`test_mutation.py`).

| fault | met as | what Yttria says | row | test |
|---|---|---|---|---|
"""
Door = Callable[[], Any]


@dataclass(frozen=True)
class Makers:
    """All makers of the conftest and a place to write."""

    at: Path
    ct: Callable[..., Path]
    pt: Callable[..., Path]
    tomo: Callable[..., Path]
    planar: Callable[..., Path]
    rtstruct: Callable[..., Path]
    circle: Callable[..., NDArray[np.float64]]
    absent: object


def _slices(kind: type = np.int16) -> NDArray[Any]:
    return np.random.default_rng(1).integers(900, 1200, (6, 8, 8)).astype(kind)


def _ct(m: Makers, **words: Any) -> Any:
    return examine_ct(scan(m.ct(m.at / "ct", _slices(), **words)).series[0])


def _pt(m: Makers, **words: Any) -> Any:
    return examine_pt(scan(m.pt(m.at / "pt", _slices(np.uint16), **words)).series[0])


def _tomo(m: Makers, **words: Any) -> Any:
    return examine_tomo(scan(m.tomo(m.at / "t.dcm", _slices(np.uint16), **words)).series[0])


def _planar(m: Makers, **words: Any) -> Any:
    return examine_planar(scan(m.planar(m.at / "p.dcm", _slices(np.uint16)[:2], **words)).series[0])


def _rings(m: Makers, *, x: float = 0.0) -> list[NDArray[np.float64]]:
    return [m.circle((x, 0), 30, 3.0 * k - 12) for k in range(6)]


def _case(
    m: Makers, *, drawn: dict[str, Any] | None = None, words: str = "", tomo: dict[str, Any] | None = None
) -> Any:
    stored = np.random.default_rng(2).integers(900, 1200, (20, 40, 40)).astype(np.int16)
    m.ct(m.at / "ct", stored, spacing=(3, 3, 3), origin=(-60, -60, -30))
    m.tomo(m.at / "spect.dcm", np.ones((16, 30, 30), np.uint16), position=(-65, -65, -33), **(tomo or {}))
    m.rtstruct(m.at / "rtss.dcm", drawn if drawn is not None else {"Liver": _rings(m)})
    if words:
        (m.at / "case.toml").write_text(words, encoding="utf-8")
    return None, read_patient_case(m.at).findings


def _dose(m: Makers, **changes: Any) -> Any:
    grid = Grid.aligned((4, 5, 6), spacing_zyx_mm=(5, 4, 4), origin_lps_mm=(0, 0, 40), frame_uid="1.2")
    write_rtdose(m.at / "d.dcm", DoseMap(grid, np.ones(grid.shape_zyx)), PatientIdentity(study_uid="1.3"), comment="x")
    ds = pydicom.dcmread(m.at / "d.dcm")
    for keyword, value in changes.items():
        setattr(ds, keyword, value)
    ds.save_as(m.at / "d.dcm")
    return examine_rtdose(m.at / "d.dcm")


def _sixteen_bits(m: Makers) -> Any:
    """Return a dose written with 16 bits and read back: its peak takes the highest stored number."""
    grid = Grid.aligned((4, 5, 6), spacing_zyx_mm=(5, 4, 4), origin_lps_mm=(0, 0, 40), frame_uid="1.2")
    gy = np.linspace(0, 987.654, 120, dtype=np.float32).reshape(grid.shape_zyx)
    write_rtdose(m.at / "d.dcm", DoseMap(grid, gy), PatientIdentity(study_uid="1.3"), comment="x", bits=16)
    dose, findings = examine_rtdose(m.at / "d.dcm")
    assert np.allclose(dose.gy, gy, atol=987.654 / 65535)
    return dose, findings


def _nifti(m: Makers, value: float) -> Any:
    grid = Grid.aligned((4, 5, 6), spacing_zyx_mm=(5, 4, 4), origin_lps_mm=(0, 0, 40))
    write_volume(m.at / "v.nii.gz", grid, np.full(grid.shape_zyx, value, np.float32))
    return read_volume(m.at / "v.nii.gz"), ()


def _two_places(m: Makers) -> Any:
    _nifti(m, 1.0)
    raw = bytearray(gzip.decompress((m.at / "v.nii.gz").read_bytes()))
    struct.pack_into("<2h", raw, 252, 1, 1)
    struct.pack_into("<f", raw, 268, 99.0)  # the qform's x
    (m.at / "v.nii").write_bytes(bytes(raw))
    return read_volume(m.at / "v.nii"), ()


def _no_space(m: Makers) -> Any:
    head = b"NRRD0004\ntype: uchar\ndimension: 3\nsizes: 2 2 2\nspacings: 1 1 1\nencoding: raw\n\n"
    (m.at / "v.nrrd").write_bytes(head + bytes(8))
    return read_volume(m.at / "v.nrrd"), ()


def _nrrd(m: Makers, *, space: str = "left-posterior-superior", fields: str = "") -> Any:
    head = f"NRRD0004\ntype: uchar\ndimension: 3\nspace: {space}\nsizes: 2 2 2\nspace directions: (4,0,0) (0,4,0) (0,0,4)\n"
    (m.at / "v.nrrd").write_bytes(f"{head}space origin: (0,0,0)\nencoding: raw\n{fields}\n".encode() + bytes(8))
    return read_volume(m.at / "v.nrrd"), ()


def _without_spacing(m: Makers) -> Any:
    write_volume(
        m.at / "v.mha", Grid.aligned((4, 5, 6), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(0, 0, 0)), np.ones((4, 5, 6))
    )
    raw = (m.at / "v.mha").read_bytes()
    (m.at / "v.mha").write_bytes(re.sub(rb"ElementSpacing[^\n]*\n", b"", raw))
    return read_volume(m.at / "v.mha"), ()


def _copied(m: Makers) -> Any:
    m.ct(m.at / "dicom" / "ct", _slices())
    shutil.copytree(m.at / "dicom" / "ct", m.at / "dicom" / "copy")
    found = scan(m.at / "dicom")
    return examine_ct(found.series[0])[0], (*audit_copies(found), *examine_ct(found.series[0])[1])


def _two_phases(m: Makers) -> Any:
    for n in (1, 2):
        tags = {
            "SeriesInstanceUID": "1.2.3",
            "SeriesDescription": "Liver",
            "AcquisitionNumber": n,
            "AcquisitionTime": f"1{n}0000",
        }

        def phase(ds: Any, _k: int, tags: dict[str, Any] = tags) -> None:
            for keyword, value in tags.items():
                setattr(ds, keyword, value)

        m.ct(m.at / "ct" / f"{n}", _slices(), each=phase)
    return examine_ct(scan(m.at / "ct").series[0])


def _gapped(m: Makers) -> Any:
    folder = m.ct(m.at / "ct", _slices())
    (folder / "0002.dcm").unlink()
    return examine_ct(scan(folder).series[0])


def _tilted(ds: Any, k: int) -> None:
    x, y, z = ds.ImagePositionPatient
    ds.ImagePositionPatient = [x, y + 0.8 * k, z]


def _drifting(ds: Any, k: int) -> None:
    x, y, z = ds.ImagePositionPatient
    ds.ImagePositionPatient = [x, y + 0.8 * (k % 3), z]


def _negative(m: Makers) -> Any:
    stored = _slices()
    stored[0, 0, :5] = -400
    return examine_pt(scan(m.pt(m.at / "pt", stored)).series[0])


def _counts(m: Makers) -> Any:
    return examine_pt_counts(scan(m.pt(m.at / "pt", _slices(np.uint16), Units="CNTS")).series[0])


def _keyhole(m: Makers) -> Any:
    outer, inner = [(0, 0), (40, 0), (40, 40), (0, 40), (0, 0)], [(10, 10), (10, 30), (30, 30), (30, 10), (10, 10)]
    polygons = [np.array([(x, y, z) for x, y in (*outer, *inner)], dtype=float) for z in (0.0, 3.0)]
    return None, examine_rtstruct(m.rtstruct(m.at / "s.dcm", {"x": polygons})).findings


def _set(m: Makers, polygons: list[Any]) -> Any:
    return None, examine_rtstruct(m.rtstruct(m.at / "s.dcm", {"x": polygons})).findings


TRACER: dict[str, Any] = {"half_life_s": 6586.2}
MIDNIGHT = {"DecayCorrection": "NONE", "SeriesDate": "20260228", "SeriesTime": "235500"}


def _after_midnight(ds: Any, k: int) -> None:
    ds.AcquisitionDate, ds.AcquisitionTime = ("20260228", "235500") if k < 3 else ("20260301", "001000")


def _per_slice(ds: Any, k: int) -> None:
    ds.RescaleSlope = 2.5 + 0.1 * k


def _philips(ds: Any, k: int) -> None:
    if k < 6:
        ds.private_block(0x7053, "Philips PET Private Group", create=True).add_new(0x09, "DS", "1.5")


def _philips_but_one(ds: Any, k: int) -> None:
    if k != 2:
        _philips(ds, k)


def _one(changes: dict[str, Any]) -> Callable[[Any, int], None]:
    """Return what changes tags of the fourth slice."""

    def change(ds: Any, k: int) -> None:
        if k == 3:
            for keyword, value in changes.items():
                setattr(ds, keyword, value)

    return change


def _drug_of_one(ds: Any, k: int) -> None:
    if k == 3:
        ds.RadiopharmaceuticalInformationSequence[0].RadionuclideHalfLife = "6586.2"


def _timed(ds: Any, k: int) -> None:
    item = ds.RadiopharmaceuticalInformationSequence[0]
    item.RadiopharmaceuticalStartDateTime = ""
    item.RadiopharmaceuticalStartTime, item.RadionuclideHalfLife = "233000", "6586.2"
    item.RadionuclideCodeSequence[0].CodeValue, item.RadionuclideCodeSequence[0].CodeMeaning = "C-111A1", "^18^Fluorine"


def _moved(by: float) -> Callable[[Any, int], None]:
    def move(ds: Any, k: int) -> None:
        if k == 3:
            x, y, z = ds.ImagePositionPatient
            ds.ImagePositionPatient = [x, y, float(z) + by]

    return move


def _cut_header(m: Makers) -> Any:
    m.ct(m.at / "ct", np.full((12, 30, 30), 1024, np.int16), spacing=(5, 5, 5), origin=(-72, -72, -30))
    path = m.at / "ct" / "0011.dcm"
    path.write_bytes(path.read_bytes()[:300])
    return _rest(m)


def _stray(changes: dict[str, Any]) -> Callable[[Makers], Any]:
    """Return a case of which the last slice of the CT is set apart by its tags."""

    def make(m: Makers) -> Any:
        folder = m.ct(m.at / "ct", np.full((12, 30, 30), 1024, np.int16), spacing=(5, 5, 5), origin=(-72, -72, -30))
        ds = pydicom.dcmread(folder / "0011.dcm")
        for keyword, value in changes.items():
            setattr(ds, keyword, value)
        ds.save_as(folder / "0011.dcm")
        return _rest(m)

    return make


def _rest(m: Makers, *, spect: NDArray[Any] | None = None) -> Any:
    """Return what is said of a case whose CT is there already."""
    m.tomo(m.at / "spect.dcm", np.ones((16, 30, 30), np.uint16) if spect is None else spect, position=(-65, -65, -33))
    m.rtstruct(m.at / "rtss.dcm", {"Liver": _rings(m)})
    return None, read_patient_case(m.at).findings


def _two_emissions(m: Makers) -> Any:
    m.tomo(
        m.at / "left.dcm", np.ones((16, 30, 30), np.uint16), position=(-65, -65, -33), SeriesDescription="left artery"
    )
    return _case(m, tomo={"SeriesDescription": "right artery"})


def _elsewhere(m: Makers) -> Any:
    spect = np.full((16, 30, 30), 1000, np.uint16)
    spect[:4, :4, :4] = 60000
    m.ct(m.at / "ct", np.full((20, 40, 40), 1074, np.int16), spacing=(3, 3, 3), origin=(-60, -60, -30))
    m.tomo(m.at / "spect.dcm", spect, position=(-65, -65, -33))
    m.rtstruct(m.at / "rtss.dcm", {"Liver": _rings(m)})
    (m.at / "case.toml").write_text("[shunt]\nfraction = 0.05\n", encoding="utf-8")
    return None, [f for f in plan_patient(read_patient_case(m.at)).findings if f.code.startswith("uptake")]


def _small_tumour(m: Makers) -> Any:
    small = [m.circle((0, 0), 4, z) for z in (-3, 0, 3)]
    _case(m, drawn={"Liver": _rings(m), "GTV": small}, words="[shunt]\nfraction = 0.05\n")
    return None, [f for f in plan_patient(read_patient_case(m.at)).findings if "GTV" in f.message]


def _scanned_as_fluorine(m: Makers) -> Any:
    m.pt(
        m.at / "pt", np.full((16, 30, 30), 900, np.uint16), spacing=(4.4, 4.4, 4.4), origin=(-65, -65, -33),
        half_life_s=6586.2, code=("C-111A1", "^18^Fluorine"),
    )  # fmt: skip
    m.rtstruct(m.at / "rtss.dcm", {"Liver": _rings(m)})
    (m.at / "case.toml").write_text('[dose]\ncalibration = "absolute"\n[given]\nactivity_gbq = 1.0\n', encoding="utf-8")
    return None, read_patient_case(m.at).findings


def _somebodys_slice(m: Makers) -> Any:
    return _stray({"PatientID": "SECRET-2"})(m)


def _empty_mask(m: Makers) -> Any:
    grid = Grid.aligned((4, 5, 6), spacing_zyx_mm=(5, 4, 4), origin_lps_mm=(0, 0, 40))
    write_volume(m.at / "v.nii.gz", grid, np.zeros(grid.shape_zyx, np.uint8))
    return read_mask(m.at, "v.nii.gz", role="liver", name="liver"), ()


def _mapping(unit: str) -> dict[str, Any]:
    code, mapping = pydicom.Dataset(), pydicom.Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = unit, "UCUM", unit
    mapping.MeasurementUnitsCodeSequence = pydicom.Sequence([code])
    mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept = 2.0, 0.0
    return {"RealWorldValueMappingSequence": pydicom.Sequence([mapping])}


def _spect(m: Makers, **words: Any) -> Any:
    return examine_spect(scan(m.tomo(m.at / "t.dcm", _slices(np.uint16), **words)).series[0])


def _same_number(m: Makers) -> Any:
    path = m.rtstruct(m.at / "s.dcm", {"x": _rings(m), "y": _rings(m)})
    ds = pydicom.dcmread(path)
    ds.ROIContourSequence[1].ReferencedROINumber = 1
    ds.save_as(path)
    return None, examine_rtstruct(path).findings


def _nameless(m: Makers) -> Any:
    return None, examine_rtstruct(m.rtstruct(m.at / "s.dcm", {"x": _rings(m), "": _rings(m)})).findings


def _points_lost(m: Makers) -> Any:
    path = m.rtstruct(m.at / "s.dcm", {"x": _rings(m)})
    ds = pydicom.dcmread(path)
    contour = ds.ROIContourSequence[0].ContourSequence[2]
    contour.ContourData = list(contour.ContourData)[:-9]
    ds.save_as(path)
    return None, examine_rtstruct(path).findings


def _leaving_its_plane(m: Makers) -> Any:
    ring = _rings(m)[0]
    ring[0, 2] += 5
    return _set(m, [ring])


def _below_zero(ds: Any, _k: int) -> None:
    ds.PixelData = np.full((8, 8), -1000, np.int16).tobytes()


def _fraction(stated: float) -> Callable[[Any, int], None]:
    def each(ds: Any, _k: int) -> None:
        ds.RadiopharmaceuticalInformationSequence[0].RadionuclidePositronFraction = f"{stated:g}"

    return each


def _medium(m: Makers) -> Any:
    m.ct(m.at / "DICOM", _slices())
    record, directory = pydicom.Dataset(), pydicom.Dataset()
    record.DirectoryRecordType, record.ReferencedFileID = "IMAGE", ["DICOM", "IM000007"]
    directory.DirectoryRecordSequence = pydicom.Sequence([record])
    pydicom.dcmwrite(m.at / "DICOMDIR", directory, implicit_vr=True, little_endian=True)
    return None, [f for f in survey(m.at).findings if f.code != "no-emission"]


FAULTS: list[tuple[str, str, str, Callable[[Makers], Any]]] = [
    ("1", "slices stacked backwards (negative SpacingBetweenSlices)", "NM", lambda m: _tomo(m, step=-4.4)),
    ("2", "position and orientation only in DetectorInformationSequence", "NM", _tomo),
    ("2", "position nowhere", "NM", lambda m: _tomo(m, position=None)),
    ("3", "slice distance missing", "NM", lambda m: _tomo(m, SpacingBetweenSlices=m.absent)),
    ("3", "slice distance and thickness differ", "NM", lambda m: _tomo(m, SliceThickness=5)),
    ("3", "slices numbered from 2", "NM", lambda m: _tomo(m, SliceVector=[2, 3, 4, 5, 6, 7])),
    ("3", "two frames of one slice", "NM", lambda m: _tomo(m, SliceVector=[1, 2, 3, 3, 4, 5])),
    ("3", "pixels of a size that cannot be", "NM", lambda m: _tomo(m, PixelSpacing=[1e30, 4.4])),
    ("22", "more frames than there are pixels for", "NM", lambda m: _tomo(m, NumberOfFrames=2_000_000_000)),
    ("22", "fewer rows than there are pixels for", "NM", lambda m: _tomo(m, Rows=7)),
    ("22", "stored bits that contradict the highest bit", "NM", lambda m: _tomo(m, BitsStored=12)),
    (
        "–",
        "transmission image",
        "NM",
        lambda m: _tomo(m, ImageType=["ORIGINAL", "PRIMARY", "RECON TOMO", "TRANSMISSION"]),
    ),
    ("4", "counts with an offset", "NM", lambda m: _tomo(m, RescaleSlope=1, RescaleIntercept=10)),
    ("4", "real-world values in Bq/mL", "NM", lambda m: _spect(m, **_mapping("Bq/ml"))),
    ("4", "real-world values in another unit: counts", "NM", lambda m: _spect(m, **_mapping("{counts}"))),
    ("4", "real-world values in kBq/mL", "NM", lambda m: _spect(m, **_mapping("kBq/mL"))),
    ("4", "real-world values in Gy", "NM", lambda m: _spect(m, **_mapping("Gy"))),
    ("4", "slope and intercept of zero", "NM", lambda m: _tomo(m, RescaleSlope=0, RescaleIntercept=0)),
    ("", "no attenuation correction", "NM", lambda m: _tomo(m, CorrectedImage=["UNIF", "SCAT"])),
    ("", "not said whether attenuation was corrected", "NM", lambda m: _tomo(m, CorrectedImage=m.absent)),
    ("5", "nuclide not stated", "NM", lambda m: _tomo(m, RadiopharmaceuticalInformationSequence=m.absent)),
    (
        "",
        "projections instead of a reconstruction",
        "NM",
        lambda m: _tomo(m, ImageType=["ORIGINAL", "PRIMARY", "TOMO", "EMISSION"]),
    ),
    (
        "",
        "gated reconstruction",
        "NM",
        lambda m: _tomo(m, ImageType=["ORIGINAL", "PRIMARY", "RECON GATED TOMO", "EMISSION"]),
    ),
    ("", "planar views without names", "NM", lambda m: _planar(m, sides=(180.0, 0.0))),
    ("", "planar views that say nothing of their side", "NM", lambda m: _planar(m, sides=(None, None))),
    ("3", "a slice missing", "CT", _gapped),
    ("3", "a slice a hundred kilometres away", "CT", lambda m: _ct(m, each=_moved(1e8))),
    ("3", "slices at uneven distances", "CT", lambda m: _ct(m, each=_moved(1.0))),
    ("3", "two slices at one position", "CT", lambda m: _ct(m, each=_moved(3.0))),
    ("3", "overlapping slices", "CT", lambda m: _ct(m, SliceThickness=5)),
    ("3", "pixel spacing of one slice differs", "CT", lambda m: _ct(m, each=_one({"PixelSpacing": [0.8, 1.0]}))),
    (
        "11",
        "frame of reference of one slice differs",
        "CT",
        lambda m: _ct(m, each=_one({"FrameOfReferenceUID": "1.2.3"})),
    ),
    ("14", "gantry tilt", "CT", lambda m: _ct(m, each=_tilted)),
    ("14", "slices that drift unevenly", "CT", lambda m: _ct(m, each=_drifting)),
    ("14", "slices that drift sideways", "PT", lambda m: _pt(m, each=_tilted)),
    ("14", "oblique stack", "CT", lambda m: _ct(m, orientation=(0.8, 0.6, 0, 0, 0, -1))),
    ("14", "feet first, on the back", "CT", lambda m: _ct(m, PatientPosition="FFS", orientation=(-1, 0, 0, 0, 1, 0))),
    ("14", "head-first prone, rows and columns reversed", "CT", lambda m: _ct(m, orientation=(-1, 0, 0, 0, -1, 0))),
    ("14", "lying on the right side", "CT", lambda m: _ct(m, PatientPosition="HFDR", orientation=(0, 1, 0, -1, 0, 0))),
    ("14", "slices in any order", "CT", lambda m: _ct(m, shuffle=True)),
    ("14", "directions that are not at right angles", "CT", lambda m: _ct(m, orientation=(1, 0, 0, 0.6, 0.8, 0))),
    ("14", "PatientPosition missing", "CT", lambda m: _ct(m, PatientPosition=m.absent)),
    ("4", "rescale missing", "CT", lambda m: _ct(m, RescaleIntercept="")),
    ("4", "rescale of one slice differs", "CT", lambda m: _ct(m, each=_one({"RescaleIntercept": -1000}))),
    ("4", "slope of zero", "CT", lambda m: _ct(m, RescaleSlope=0)),
    ("4", "another unit than HU", "CT", lambda m: _ct(m, RescaleType="OD")),
    ("11", "blank SOPInstanceUIDs", "CT", lambda m: _ct(m, SOPInstanceUID="")),
    ("11", "repeated SOPInstanceUIDs", "CT", lambda m: _ct(m, SOPInstanceUID="1.2.3")),
    (
        "22",
        "numbers below zero in twelve bits without a sign",
        "CT",
        lambda m: _ct(m, BitsStored=12, HighBit=11, PixelRepresentation=0, each=_below_zero),
    ),
    ("22", "padding that is a number of tissue", "CT", lambda m: _ct(m, PixelPaddingValue=1024)),
    ("22", "pixels cut short", "CT", lambda m: _ct(m, each=_one({"PixelData": b"\0\0"}))),
    ("", "files that a DICOMDIR names missing", "folder", _medium),
    ("", "a damaged slice at the end", "case", _cut_header),
    ("", "a slice at the end under another series", "case", _stray({"SeriesInstanceUID": "1.2.3.4"})),
    ("", "a slice at the end in another direction", "case", _stray({"ImageOrientationPatient": [0, 1, 0, 1, 0, 0]})),
    ("", "a slice at the end of another kind", "case", _stray({"Modality": "OT"})),
    ("5", "counts claimed as PET", "PT in Bq/mL", lambda m: _pt(m, Units="CNTS")),
    ("5", "counts used as counts", "PT", _counts),
    ("5", "counts with the maker's private factor", "PT", lambda m: _pt(m, Units="CNTS", each=_philips)),
    (
        "5",
        "counts with the maker's private factor in all slices but one",
        "PT",
        lambda m: _pt(m, Units="CNTS", each=_philips_but_one),
    ),
    ("5", "proportional to counts a second", "PT", lambda m: _pt(m, Units="PROPCPS")),
    ("5", "uptake values instead of activity", "PT", lambda m: _pt(m, Units="GML")),
    ("5", "unit of one slice differs", "PT", lambda m: _pt(m, each=_one({"Units": "CNTS"}))),
    ("5", "not corrected for attenuation", "PT", lambda m: _pt(m, CorrectedImage=["DECY", "SCAT"])),
    ("5", "one gate of several", "PT", lambda m: _pt(m, SeriesType=["GATED", "IMAGE"])),
    ("5", "projections instead of slices", "PT", lambda m: _pt(m, SeriesType=["STATIC", "REPROJECTION"])),
    ("4", "slope slice by slice", "PT", lambda m: _pt(m, each=_per_slice)),
    ("4", "activity with an offset", "PT", lambda m: _pt(m, RescaleIntercept=5)),
    ("3", "fewer slices than the header counts", "PT", lambda m: _pt(m, NumberOfSlices=8)),
    ("6", "DecayCorrection missing", "PT", lambda m: _pt(m, DecayCorrection="")),
    (
        "6",
        "corrections that contradict each other",
        "PT",
        lambda m: _pt(m, DecayCorrection="NONE", CorrectedImage=["DECY", "ATTN"]),
    ),
    ("6", "not decay-corrected, across midnight", "PT", lambda m: _pt(m, each=_after_midnight, **MIDNIGHT)),
    (
        "6",
        "not decay-corrected, duration missing",
        "PT",
        lambda m: _pt(m, DecayCorrection="NONE", ActualFrameDuration=m.absent),
    ),
    ("6", "series time rewritten by processing", "PT", lambda m: _pt(m, SeriesTime="113000")),
    ("6", "series time of another day", "PT", lambda m: _pt(m, SeriesDate="20260225")),
    ("6", "series time of one slice differs", "PT", lambda m: _pt(m, each=_one({"SeriesTime": "093000"}))),
    (
        "6",
        "corrected to an administration that is not stated",
        "PT",
        lambda m: _pt(m, DecayCorrection="ADMIN", given=""),
    ),
    (
        "6",
        "corrected to an administration before midnight, stated by its time alone",
        "PT",
        lambda m: _pt(m, DecayCorrection="ADMIN", each=_timed),
    ),
    (
        "6",
        "corrected to an administration after the scan",
        "PT",
        lambda m: _pt(m, DecayCorrection="ADMIN", given="20260301120000"),
    ),
    ("6", "no time zone", "PT", _pt),
    ("6", "time zone stated", "PT", lambda m: _pt(m, TimezoneOffsetFromUTC="+0100")),
    ("7", "nuclide and half-life contradict each other", "PT", lambda m: _pt(m, **TRACER)),
    ("7", "code of the nuclide and its meaning differ", "PT", lambda m: _pt(m, code=("C-163A8", "^90^Yttrium"))),
    ("7", "positron fraction of another nuclide", "PT", lambda m: _pt(m, each=_fraction(0.967))),
    ("7", "positron fraction a little off the nuclide's", "PT", lambda m: _pt(m, each=_fraction(36e-6))),
    ("7", "tracer of one slice differs", "PT", lambda m: _pt(m, each=_drug_of_one)),
    ("7", "90Y scanned as 18F, absolute dose asked for", "case", _scanned_as_fluorine),
    ("8", "nuclide not coded", "PT", lambda m: _pt(m, code=None)),
    ("8", "half-life missing", "PT", lambda m: _pt(m, half_life_s=None)),
    ("8", "half-life missing too", "PT", lambda m: _pt(m, code=None, half_life_s=None)),
    ("9", "negative voxels", "PT", _negative),
    ("9", "negative voxels that weigh", "PT", lambda m: _pt(m, RescaleIntercept=-2600)),
    ("12", "keyhole contour", "RTSTRUCT", _keyhole),
    ("12", "points instead of a contour", "RTSTRUCT", lambda m: _set(m, [("POINT", np.array([[1.0, 2, 3]]))])),
    ("12", "planes skipped", "RTSTRUCT", lambda m: _set(m, [m.circle((0, 0), 9, z) for z in (0, 3, 6, 12)])),
    ("12", "a contour that leaves its plane", "RTSTRUCT", _leaving_its_plane),
    ("12", "points of a contour lost", "RTSTRUCT", _points_lost),
    ("12", "two structures of one number", "RTSTRUCT", _same_number),
    ("12", "a structure without a name", "RTSTRUCT", _nameless),
    ("13", "absolute GridFrameOffsetVector", "RTDOSE", lambda m: _dose(m, GridFrameOffsetVector=[40, 45, 50, 55])),
    ("13", "centigray", "RTDOSE", lambda m: _dose(m, DoseUnits="CGY")),
    ("13", "oblique dose", "RTDOSE", lambda m: _dose(m, ImageOrientationPatient=[0.8, 0.6, 0, -0.6, 0.8, 0])),
    ("13", "relative dose", "RTDOSE", lambda m: _dose(m, DoseUnits="RELATIVE")),
    ("21", "dose of 16 bits, as high as they reach", "RTDOSE", _sixteen_bits),
    ("21", "scaling missing", "RTDOSE", lambda m: _dose(m, DoseGridScaling=None)),
    ("14", "sform and qform that contradict each other", "NIfTI", _two_places),
    ("14", "no space named", "NRRD", _no_space),
    ("14", "a space without anatomical axes", "NRRD", lambda m: _nrrd(m, space="3D-left-handed")),
    ("14", "metres whose numbers are mm", "NRRD", lambda m: _nrrd(m, fields='space units: "m" "m" "m"\n')),
    ("14", "no spacing", "MetaImage", _without_spacing),
    ("10", "a copied folder", "CT", _copied),
    ("10", "two phases in one series", "CT", _two_phases),
    ("15", "a tumour smaller than the camera resolves", "case", _small_tumour),
    ("22", "NaN", "NIfTI", lambda m: _nifti(m, float("nan"))),
    ("22", "infinity", "NIfTI", lambda m: _nifti(m, float("inf"))),
    ("22", "empty mask", "NIfTI", _empty_mask),
    ("11", "another patient's SPECT", "case", lambda m: _case(m, tomo={"PatientID": "SECRET-2"})),
    ("11", "a slice of another patient", "case", _somebodys_slice),
    ("11", "patient ID absent in the SPECT", "case", lambda m: _case(m, tomo={"PatientID": ""})),
    ("11", "another name under the same ID", "case", lambda m: _case(m, tomo={"PatientName": "Other^Secret"})),
    ("11", "SPECT in another frame of reference", "case", lambda m: _case(m, tomo={"FrameOfReferenceUID": "1.2.3"})),
    ("11", "study months apart", "case", lambda m: _case(m, tomo={"StudyDate": "20260901"})),
    (
        "11",
        "study days apart, at a site that allows ten",
        "case",
        lambda m: _case(m, tomo={"StudyDate": "20260320"}, words="[case]\ndays_apart = 10\n"),
    ),
    ("10", "contour that sticks out of the image", "case", lambda m: _case(m, drawn={"Liver": _rings(m, x=50)})),
    ("12", "contour outside the image", "case", lambda m: _case(m, drawn={"Liver": _rings(m, x=500)})),
    (
        "11",
        "lung names swapped",
        "case",
        lambda m: _case(
            m,
            drawn={"Liver": [p - [25, 0, 9] for p in _rings(m)], "Lung_R": _rings(m, x=30), "Lung_L": _rings(m, x=-20)},
        ),
    ),
    (
        "1",
        "liver above the lungs",
        "case",
        lambda m: _case(m, drawn={"Liver": [p - [0, 0, -12] for p in _rings(m)], "Lungs": _rings(m)}),
    ),
    ("12", "two livers", "case", lambda m: _case(m, drawn={"Liver": _rings(m), "Foie": _rings(m)})),
    (
        "12",
        "empty contour that the case names",
        "case",
        lambda m: _case(m, drawn={"Liver": _rings(m), "GTV": []}, words='[roles]\n"GTV" = "tumour"\n'),
    ),
    ("16", "a percentage given as a fraction", "case", lambda m: _case(m, words="[shunt]\nfraction = 5\n")),
    (
        "17",
        "an instant without its zone",
        "case",
        lambda m: _case(m, words="[given]\nactivity_gbq = 1\nat = 2026-03-02T10:00:00\n"),
    ),
    ("18", "an image of each of two injections", "case", _two_emissions),
    ("19", "uptake far from liver and lungs", "plan", _elsewhere),
    ("", "a misspelt key", "case", lambda m: _case(m, words="[shunt]\nfracton = 0.05\n")),
]


def _said(fault: Callable[[Makers], Any], makers: Makers) -> str:
    """Return what Yttria says: the refusal, else the doubts, else that it was read rightly."""
    try:
        findings = fault(makers)[1]
    except YttriaError as error:
        return f"refused: {error}"
    doubts = dict.fromkeys(
        f"{f.level}: {f.message}" for f in findings if f.code != "no-time-zone" or len(findings) == 1
    )
    return "; ".join(doubts) or "read rightly"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _row(at: int, makers: Makers) -> str:
    row, name, door, fault = FAULTS[at]
    told = re.sub(r"\s*\n\s*", " ", _said(fault, makers)).replace("|", "\\|")
    return f"| {name} | {door} | {told} | {row or '–'} | `{_slug(name)}` |\n"


@pytest.fixture
def makers(
    tmp_path: Path,
    make_ct: Callable[..., Path],
    make_pt: Callable[..., Path],
    make_tomo: Callable[..., Path],
    make_planar: Callable[..., Path],
    make_rtstruct: Callable[..., Path],
    circle: Callable[..., NDArray[np.float64]],
    absent: object,
) -> Callable[[int], Makers]:
    """Return the makers with a place of its own for each fault."""

    def at(number: int) -> Makers:
        place = tmp_path / f"{number:03d}"
        place.mkdir()
        return Makers(place, make_ct, make_pt, make_tomo, make_planar, make_rtstruct, circle, absent)

    return at


@pytest.mark.parametrize("at", range(len(FAULTS)), ids=[_slug(name) for _, name, _, _ in FAULTS])
def test_a_fault_is_met_as_the_table_says(at: int, makers: Callable[[int], Makers]) -> None:
    row = _row(at, makers(at))
    assert "secret" not in row.lower()
    assert "fault of Yttria" not in row
    if not os.environ.get("YTTRIA_WRITE_DOCS"):
        assert row in DOCS.read_text(encoding="utf-8")


def test_the_table_holds_every_fault_in_this_order_and_nothing_else(makers: Callable[[int], Makers]) -> None:
    if os.environ.get("YTTRIA_WRITE_DOCS"):
        DOCS.write_text(HEAD + "".join(_row(at, makers(at)) for at in range(len(FAULTS))), encoding="utf-8")
    text = DOCS.read_text(encoding="utf-8")
    assert text.startswith(HEAD)
    lines = text.removeprefix(HEAD).splitlines()
    assert [line.split(" | ")[0].removeprefix("| ") for line in lines] == [name for _, name, _, _ in FAULTS]


def test_every_fault_has_a_name_of_its_own() -> None:
    names = [_slug(name) for _, name, _, _ in FAULTS]
    assert len(set(names)) == len(names)


def test_every_row_of_bad_inputs_that_concerns_reading_has_a_fault() -> None:
    rows = {row for row, _, _, _ in FAULTS}
    assert rows >= {str(n) for n in (*range(1, 15), 16, 17, 18, 19, 21, 22)}
