"""Bad inputs met in practice: each is made here, met at the door, and what Yttria says of it stands in docs/faults.md.

`YTTRIA_WRITE_DOCS=1 ./run test tests/io/test_faults.py` writes the table anew.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray

from yttria.io.dicom.ct import examine_ct
from yttria.io.dicom.nm import examine_planar, examine_tomo
from yttria.io.dicom.pt import examine_pt, examine_pt_counts
from yttria.io.dicom.rtdose import examine_rtdose, write_rtdose
from yttria.io.dicom.rtstruct import examine_rtstruct
from yttria.io.dicom.series import scan
from yttria.io.intake import read_intake
from yttria.io.volume import read_volume, write_volume
from yttria.values.errors import YttriaError
from yttria.values.grid import Grid
from yttria.values.maps import DoseMap
from yttria.values.patient import Luggage

DOCS = Path(__file__).resolve().parents[2] / "docs" / "faults.md"
HEAD = """# Bad inputs, and what Yttria says

Each row is a file made by `tests/io/test_faults.py` and met at the door; the last column is Yttria's own message: a refusal
(exit 1, nothing written), a doubt that travels to the report, or "read rightly" where the fault is none once the right tag is asked.
The test regenerates this table and fails when a word of it changes.

| fault | met as | what Yttria says |
|---|---|---|
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
    return None, read_intake(m.at).findings


def _dose(m: Makers, **changes: Any) -> Any:
    grid = Grid.aligned((4, 5, 6), spacing_zyx_mm=(5, 4, 4), origin_lps_mm=(0, 0, 40), frame_uid="1.2")
    write_rtdose(m.at / "d.dcm", DoseMap(grid, np.ones(grid.shape_zyx)), Luggage(study_uid="1.3"), comment="x")
    ds = pydicom.dcmread(m.at / "d.dcm")
    for keyword, value in changes.items():
        setattr(ds, keyword, value)
    ds.save_as(m.at / "d.dcm")
    return examine_rtdose(m.at / "d.dcm")


def _nifti(m: Makers, value: float) -> Any:
    grid = Grid.aligned((4, 5, 6), spacing_zyx_mm=(5, 4, 4), origin_lps_mm=(0, 0, 40))
    write_volume(m.at / "v.nii.gz", grid, np.full(grid.shape_zyx, value, np.float32))
    return read_volume(m.at / "v.nii.gz"), ()


def _gapped(m: Makers) -> Any:
    folder = m.ct(m.at / "ct", _slices())
    (folder / "0002.dcm").unlink()
    return examine_ct(scan(folder).series[0])


def _tilted(ds: Any, k: int) -> None:
    x, y, z = ds.ImagePositionPatient
    ds.ImagePositionPatient = [x, y + 0.8 * k, z]


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
FAULTS: list[tuple[str, str, Callable[[Makers], Any]]] = [
    ("slices stacked backwards (negative SpacingBetweenSlices)", "NM", lambda m: _tomo(m, step=-4.4)),
    ("position and orientation only in DetectorInformationSequence", "NM", _tomo),
    ("position nowhere", "NM", lambda m: _tomo(m, position=None)),
    ("slice distance missing", "NM", lambda m: _tomo(m, SpacingBetweenSlices=m.absent)),
    (
        "projections instead of a reconstruction",
        "NM",
        lambda m: _tomo(m, ImageType=["ORIGINAL", "PRIMARY", "TOMO", "EMISSION"]),
    ),
    (
        "gated reconstruction",
        "NM",
        lambda m: _tomo(m, ImageType=["ORIGINAL", "PRIMARY", "RECON GATED TOMO", "EMISSION"]),
    ),
    ("planar views without names", "NM", lambda m: _planar(m, sides=(180.0, 0.0))),
    ("planar views that say nothing of their side", "NM", lambda m: _planar(m, sides=(None, None))),
    ("a slice missing", "CT", _gapped),
    ("gantry tilt", "CT", lambda m: _ct(m, each=_tilted)),
    ("rescale missing", "CT", lambda m: _ct(m, RescaleIntercept="")),
    ("blank SOPInstanceUIDs", "CT", lambda m: _ct(m, SOPInstanceUID="")),
    ("PatientPosition missing", "CT", lambda m: _ct(m, PatientPosition=m.absent)),
    ("head-first prone, rows and columns reversed", "CT", lambda m: _ct(m, orientation=(-1, 0, 0, 0, -1, 0))),
    ("counts claimed as PET", "PT in Bq/mL", lambda m: _pt(m, Units="CNTS")),
    ("counts used as counts", "PT", _counts),
    ("uptake values instead of activity", "PT", lambda m: _pt(m, Units="GML")),
    ("DecayCorrection missing", "PT", lambda m: _pt(m, DecayCorrection="")),
    ("series time rewritten by processing", "PT", lambda m: _pt(m, SeriesTime="113000")),
    ("corrected to an administration that is not stated", "PT", lambda m: _pt(m, DecayCorrection="ADMIN", given="")),
    ("no time zone", "PT", _pt),
    ("nuclide and half-life contradict each other", "PT", lambda m: _pt(m, **TRACER)),
    ("nuclide not coded", "PT", lambda m: _pt(m, code=None)),
    ("half-life missing too", "PT", lambda m: _pt(m, code=None, half_life_s=None)),
    ("negative voxels", "PT", _negative),
    ("keyhole contour", "RTSTRUCT", _keyhole),
    ("points instead of a contour", "RTSTRUCT", lambda m: _set(m, [("POINT", np.array([[1.0, 2, 3]]))])),
    ("planes skipped", "RTSTRUCT", lambda m: _set(m, [m.circle((0, 0), 9, z) for z in (0, 3, 6, 12)])),
    ("absolute GridFrameOffsetVector", "RTDOSE", lambda m: _dose(m, GridFrameOffsetVector=[40, 45, 50, 55])),
    ("relative dose", "RTDOSE", lambda m: _dose(m, DoseUnits="RELATIVE")),
    ("NaN", "NIfTI", lambda m: _nifti(m, float("nan"))),
    ("another patient's SPECT", "case", lambda m: _case(m, tomo={"PatientID": "SECRET-2"})),
    ("SPECT in another frame of reference", "case", lambda m: _case(m, tomo={"FrameOfReferenceUID": "1.2.3"})),
    ("study months apart", "case", lambda m: _case(m, tomo={"StudyDate": "20260901"})),
    ("contour outside the image", "case", lambda m: _case(m, drawn={"Liver": _rings(m, x=500)})),
    ("contour that sticks out of the image", "case", lambda m: _case(m, drawn={"Liver": _rings(m, x=50)})),
    (
        "lung names swapped",
        "case",
        lambda m: _case(
            m,
            drawn={"Liver": [p - [25, 0, 9] for p in _rings(m)], "Lung_R": _rings(m, x=30), "Lung_L": _rings(m, x=-20)},
        ),
    ),
    ("two livers", "case", lambda m: _case(m, drawn={"Liver": _rings(m), "Foie": _rings(m)})),
    (
        "empty contour that the case names",
        "case",
        lambda m: _case(m, drawn={"Liver": _rings(m), "GTV": []}, words='[roles]\n"GTV" = "tumour"\n'),
    ),
    ("a percentage given as a fraction", "case", lambda m: _case(m, words="[shunt]\nfraction = 5\n")),
    ("a misspelt key", "case", lambda m: _case(m, words="[shunt]\nfracton = 0.05\n")),
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


def _rows(makers: Callable[[str], Makers]) -> Iterator[str]:
    for number, (name, door, fault) in enumerate(FAULTS):
        told = re.sub(r"\s*\n\s*", " ", _said(fault, makers(f"{number:02d}"))).replace("|", "\\|")
        yield f"| {name} | {door} | {told} |\n"


def test_the_table_of_faults_is_what_yttria_says(
    tmp_path: Path,
    make_ct: Callable[..., Path],
    make_pt: Callable[..., Path],
    make_tomo: Callable[..., Path],
    make_planar: Callable[..., Path],
    make_rtstruct: Callable[..., Path],
    circle: Callable[..., NDArray[np.float64]],
    absent: object,
) -> None:
    def makers(name: str) -> Makers:
        (tmp_path / name).mkdir()
        return Makers(tmp_path / name, make_ct, make_pt, make_tomo, make_planar, make_rtstruct, circle, absent)

    table = HEAD + "".join(_rows(makers))
    assert "secret" not in table.lower()
    if os.environ.get("YTTRIA_WRITE_DOCS"):
        DOCS.write_text(table, encoding="utf-8")
    assert DOCS.read_text(encoding="utf-8") == table


def test_every_fault_has_a_name_of_its_own() -> None:
    names = [name for name, _, _ in FAULTS]
    assert len(set(names)) == len(names)
