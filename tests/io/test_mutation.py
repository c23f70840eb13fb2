"""One tag at a time taken away, emptied, made absurd or changed: the same numbers, a doubt or a refusal; never other numbers in silence.

The patient is the digital one, coarse enough to be read hundreds of times. Tags whose change in every file of an object is
no contradiction of anything are believed; they stand in docs/reading.md, and the test holds the table to what is so.
`YTTRIA_DEEP=1` tries every value on every tag; `YTTRIA_WRITE_DOCS=1` writes the table anew.
"""

import copy
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence as Items
from pydicom.tag import BaseTag

from yttria.app.services.plan import plan_patient
from yttria.io.case.patient_case import read_patient_case
from yttria.io.dicom.ct import write_ct
from yttria.io.dicom.nm import write_planar, write_tomo
from yttria.io.dicom.rtstruct_writer import write_rtstruct
from yttria.values.contour import Contour
from yttria.values.errors import Finding, YttriaError
from yttria.values.grid import Grid
from yttria.values.maps import CountMap, CtImage
from yttria.values.patient import PatientCase
from yttria.values.planar import PlanarScan

DEEP = bool(os.environ.get("YTTRIA_DEEP"))
DOCS = Path(__file__).resolve().parents[2] / "docs" / "reading.md"
BEGIN, END = "<!-- believed: written by tests/io/test_mutation.py -->\n", "<!-- end of believed -->\n"
CANARY = "ZEBRAFISH"
PIXELS, NUMBERS = 0x7FE00010, ("DS", "FL", "FD", "IS", "US", "SS", "UL", "SL")
Place = tuple[BaseTag | int, ...]
Change = tuple[Place, str, Any]
ABSURD: Mapping[str, Sequence[Any]] = {
    "DS": ["1e30", "-1", "0"], "IS": [99999, 0, -7], "US": [65535, 0], "SS": [-1], "UL": [4294967295, 0], "FL": [1e30], "FD": [1e30],
    "CS": ["XYZ"], "LO": ["garbled"], "SH": ["garbled"], "UI": ["1.2.3.999"], "DA": ["19000101", "bad"], "TM": ["235959", "bad"],
    "DT": ["19000101000000"], "PN": ["X^Y"],
}  # fmt: skip


def _blocks(array: NDArray[Any], edge: int) -> NDArray[Any]:
    """Return sums over blocks of the last axes' edge."""
    shape = [n for size in array.shape for n in (size // edge, edge)]
    return np.asarray(array.reshape(shape).sum(axis=tuple(range(1, len(shape), 2)), dtype=np.float32))


def _coarse_planar(scan: PlanarScan, edge: int) -> PlanarScan:
    assert scan.origin_xz_mm is not None
    assert scan.scatter_anterior is not None
    assert scan.scatter_posterior is not None
    (x, z), mm = scan.origin_xz_mm, scan.pixel_mm[0]
    return replace(
        scan,
        anterior=_blocks(scan.anterior, edge), posterior=_blocks(scan.posterior, edge),
        scatter_anterior=_blocks(scan.scatter_anterior, edge), scatter_posterior=_blocks(scan.scatter_posterior, edge),
        pixel_mm=(edge * mm, edge * mm),
        origin_xz_mm=(x + (edge - 1) / 2 * mm, z - (edge - 1) / 2 * mm),
    )  # fmt: skip


def _coarse_contour(contour: Contour) -> Contour:
    """Return a contour on four of its planes or so, at even distances, of a dozen points each."""
    heights = sorted({round(float(p[0, 2]), 3) for p in contour.polygons})
    every = max(len(heights) // 4, 1)
    kept = {z for at, z in enumerate(heights) if at % every == 0}
    polygons = tuple(p[:: max(len(p) // 12, 1)] for p in contour.polygons if round(float(p[0, 2]), 3) in kept)
    return replace(contour, polygons=polygons, spacing_mm=every * contour.spacing_mm)


@pytest.fixture(scope="module")
def small_patient(digital_patient: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the digital patient made coarse: 8 CT slices, a SPECT of 16 voxels an edge, planar views, structures."""
    whole = read_patient_case(digital_patient / "patient")
    folder = tmp_path_factory.mktemp("small") / "patient"
    dicom = folder / "dicom"
    dicom.mkdir(parents=True)
    shutil.copy(digital_patient / "patient" / "case.toml", folder)
    assert whole.ct is not None
    assert whole.planar is not None
    assert isinstance(whole.emission, CountMap)
    hu = np.ascontiguousarray(whole.ct.hu[::21, ::32, ::32])
    dz, dy, dx = whole.ct.grid.spacing_zyx_mm
    frame = whole.ct.grid.frame_uid
    ct = Grid.aligned(
        hu.shape, spacing_zyx_mm=(21 * dz, 32 * dy, 32 * dx), origin_lps_mm=whole.ct.grid.origin_lps_mm, frame_uid=frame
    )
    mm = whole.emission.grid.spacing_zyx_mm[0]
    x, y, z = (round(v + 3.5 * mm, 3) for v in whole.emission.grid.origin_lps_mm)
    spect = Grid.aligned(
        (16, 16, 16), spacing_zyx_mm=(8 * mm, 8 * mm, 8 * mm), origin_lps_mm=(x, y, z), frame_uid=frame
    )
    identity = replace(whole.identity, patient_name=f"{CANARY}^Anna", patient_id=f"{CANARY}7", birth_date="19470813")
    identity = write_ct(dicom, CtImage(ct, hu), identity, description="CT")
    counts = CountMap(spect, _blocks(whole.emission.counts, 8), whole.emission.nuclide)
    write_tomo(dicom / "spect.dcm", counts, identity, description="SPECT")
    write_planar(dicom / "planar.dcm", _coarse_planar(whole.planar, 16), identity, description="planar")
    write_rtstruct(dicom / "structures.dcm", [_coarse_contour(c) for c in whole.contours], identity, label="structures")
    return folder


def _places(dataset: Dataset, at: Place = ()) -> Iterator[tuple[Place, DataElement]]:
    """Return every element but pixels with its place; of the items of a sequence the first."""
    for element in dataset:
        if element.tag == PIXELS:
            continue
        place = (*at, element.tag)
        yield place, element
        if element.VR == "SQ" and element.value:
            yield from _places(element.value[0], (*place, 0))


def _shifted(element: DataElement) -> Any:
    """Return a plausible other value of a number (a hundredth more), a date (the day before), a time (an hour on); None for others."""
    values = list(element.value) if element.VM > 1 else [element.value]
    if element.value in (None, "") or not values:
        return None
    if element.VR in {"DS", "FL", "FD"}:
        moved: list[Any] = [float(f"{1.01 * float(v) + 0.1:.6g}") for v in values]
    elif element.VR in {"IS", "US", "SS", "UL", "SL"}:
        moved = [int(v) + (1 if int(v) < 65535 else -1) for v in values]
    elif element.VR == "DA":
        moved = [f"{int(v) - 1 if int(v) % 100 > 1 else int(v) + 1:08d}" for v in values]
    elif element.VR == "TM":
        moved = [f"{(int(str(v)[:2]) + 3) % 24:02d}{str(v)[2:]}" for v in values]
    else:
        return None
    return moved if element.VM > 1 else moved[0]


def _changes(dataset: Dataset) -> Iterator[Change]:
    """Return what is done to each element of a file: taken away, emptied, made absurd, several values cut or turned.

    All of it to each where DEEP; else each at the top is taken away, and every fourth and what lies deeper suffers one thing in turn.
    """
    for number, (place, element) in enumerate(_places(dataset)):
        ways: list[tuple[str, Any]] = [("deleted", None)]
        if element.VR == "SQ":
            ways += [("emptied", Items([]))]
        else:
            several = element.VM > 1
            ways += [
                ("emptied", None),
                *(("absurd", [v] * element.VM if several else v) for v in ABSURD.get(element.VR, ())),
            ]
            ways += [("turned", list(element.value)[:-1]), ("turned", list(element.value)[::-1])] if several else []
        one = ways[number % len(ways)]
        chosen = [one] if len(place) > 1 else [ways[0], *([one] if number % 4 == 0 else [])]
        yield from ((place, what, value) for what, value in (ways if DEEP else chosen))


def _shifts(dataset: Dataset) -> Iterator[Change]:
    for place, element in _places(dataset):
        if element.VR != "SQ" and (value := _shifted(element)) is not None:
            yield place, "changed", value


def _with(dataset: FileDataset, change: Change) -> FileDataset:
    """Return a copy of a data set with one element changed."""
    place, what, value = change
    made = copy.deepcopy(dataset)
    inner: Any = made
    for step in place[:-1]:
        inner = inner[step] if isinstance(step, int) and not isinstance(step, BaseTag) else inner[step].value
    tag = place[-1]
    if what == "deleted":
        del inner[tag]
    else:
        inner[tag] = DataElement(tag, inner[tag].VR, value)
    return made


def _named(place: Place) -> str:
    return ".".join(keyword_for_tag(step) or str(step) for step in place if isinstance(step, BaseTag))


def _numbers(case: PatientCase) -> dict[str, Any]:
    """Return all numbers of a case, and what they are of."""
    image, ct, planar = case.emission, case.ct, case.planar
    views = (
        () if planar is None else (planar.anterior, planar.posterior, planar.scatter_anterior, planar.scatter_posterior)
    )
    return {
        "emission": (image.grid.shape_zyx, image.grid.affine_lps_mm, image.UNIT, image.numbers.tobytes()),
        "instant": (image.reference, case.acquired),
        "ct": None if ct is None else (ct.grid.affine_lps_mm, ct.hu.astype(np.float32).tobytes()),
        "planar": [None if v is None else v.tobytes() for v in views]
        + ([] if planar is None else [planar.pixel_mm, planar.origin_xz_mm, planar.window_ratio]),
        "contours": [(c.name, c.role, c.spacing_mm, [p.tobytes() for p in c.polygons]) for c in case.contours],
    }


def _gist(finding: Finding) -> str:
    """Return a finding without its numbers: another number in a doubt that was there before is no new doubt."""
    return f"{finding.code} {re.sub(r'[0-9.]+', '#', finding.message)}"


@dataclass
class Judge:
    """The patient as made, and what becomes of it when files change."""

    folder: Path
    whole: PatientCase

    def __post_init__(self) -> None:
        self.numbers = _numbers(self.whole)
        result = plan_patient(self.whole)
        self.doses = dict(result.absorbed.doses_gy)
        self.words: list[str] = []
        self.said = {_gist(f) for f in (*self.whole.findings, *result.findings)}

    def verdict(self, files: Mapping[Path, FileDataset], change: Change) -> str:
        """Return same, finding, refusal, or silent: other numbers and not a word."""
        kept = {path: path.read_bytes() for path in files}
        try:
            for path, dataset in files.items():
                _with(dataset, change).save_as(path)
            return self._outcome()
        finally:
            for path, content in kept.items():
                path.write_bytes(content)

    def _outcome(self) -> str:
        try:
            case = read_patient_case(self.folder)
            if self._says(case.findings):
                return "finding"
            if _numbers(case) == self.numbers:
                return "same"
            result = plan_patient(case)
        except YttriaError as error:
            self.words.append(str(error))
            return "refusal"
        if self._says(result.findings):
            return "finding"
        doses = result.absorbed.doses_gy
        same = doses.keys() == self.doses.keys() and all(
            doses[name] == pytest.approx(dose, rel=1e-6) for name, dose in self.doses.items()
        )
        return "same" if same and case.acquired == self.whole.acquired else "silent"

    def _says(self, findings: Sequence[Finding]) -> bool:
        self.words += [f.message for f in findings]
        return bool({_gist(f) for f in findings} - self.said)


@pytest.fixture
def judge(small_patient: Path, tmp_path: Path) -> Judge:
    folder = tmp_path / "patient"
    shutil.copytree(small_patient, folder)
    return Judge(folder, read_patient_case(folder))


OBJECTS = {"CT": "ct-*.dcm", "SPECT": "spect.dcm", "planar scan": "planar.dcm", "structure set": "structures.dcm"}
ALONE = {"CT, a slice": "ct-004.dcm", "CT, the last slice": "ct-008.dcm", **dict(list(OBJECTS.items())[1:])}


@pytest.mark.parametrize("what", ALONE)
def test_a_tag_of_one_file_that_is_lost_or_absurd_never_changes_numbers_in_silence(judge: Judge, what: str) -> None:
    path = judge.folder / "dicom" / ALONE[what]
    dataset = pydicom.dcmread(path)
    met: dict[str, int] = {}
    silent: list[str] = []
    for change in _changes(dataset):
        verdict = judge.verdict({path: dataset}, change)
        met[verdict] = met.get(verdict, 0) + 1
        if verdict == "silent":
            silent.append(f"{_named(change[0])} {change[1]} {str(change[2])[:40]}")
    assert "\n".join(silent) == ""
    assert not [word for word in judge.words if CANARY.lower() in word.lower()]
    assert min(met.get("same", 0), met.get("refusal", 0)) > 5


def _believed(judge: Judge) -> Iterator[tuple[str, str]]:
    """Return (object, tag) of every number that may be another in all files of an object without contradicting anything."""
    for name, pattern in OBJECTS.items():
        files = {p: pydicom.dcmread(p) for p in sorted((judge.folder / "dicom").glob(pattern))}
        for change in _shifts(next(iter(files.values()))):
            if judge.verdict(files, change) == "silent":
                yield name, _named(change[0])


def test_the_tags_that_are_believed_are_those_that_the_documentation_names(judge: Judge) -> None:
    rows: dict[str, list[str]] = {}
    for name, tag in _believed(judge):
        rows.setdefault(name, []).append(tag)
    table = "| object | believed |\n|---|---|\n" + "".join(
        f"| {name} | {', '.join(dict.fromkeys(tags))} |\n" for name, tags in rows.items()
    )
    text = DOCS.read_text(encoding="utf-8")
    if os.environ.get("YTTRIA_WRITE_DOCS"):
        head, _, rest = text.partition(BEGIN)
        text = head + BEGIN + table + END + rest.partition(END)[2]
        DOCS.write_text(text, encoding="utf-8")
    assert BEGIN + table + END in text


def test_a_patient_made_coarse_is_planned_as_any_other(judge: Judge) -> None:
    assert judge.doses.keys() >= {"TD", "PLD", "NPLD", "WNLD", "LD"}
    assert {c.role for c in judge.whole.contours} == {"liver", "perfused", "tumour", "lungs"}
