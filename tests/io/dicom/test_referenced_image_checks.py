"""io.origin: structures say on which image they were drawn, and that is held against the CT that is used."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from yttria.io.case.patient_case import read_patient_case
from yttria.io.dicom.referenced_image import slices_of
from yttria.io.dicom.referenced_image_checks import Origin, audit_origin, origin_of, referenced_slices
from yttria.io.dicom.scan import scan

Maker = Callable[..., Path]


def _references(series: str, images: list[str]) -> Items:
    inner, study, frame = Dataset(), Dataset(), Dataset()
    inner.SeriesInstanceUID = series
    inner.ContourImageSequence = _images(images)
    study.RTReferencedSeriesSequence = Items([inner])
    frame.RTReferencedStudySequence = Items([study])
    return Items([frame])


def _images(uids: list[str]) -> Items:
    items = []
    for uid in uids:
        item = Dataset()
        item.ReferencedSOPInstanceUID = uid
        items.append(item)
    return Items(items)


@pytest.fixture
def drawn(
    make_ct: Maker, make_tomo: Maker, make_rtstruct: Maker, circle: Callable[..., NDArray[np.float64]], tmp_path: Path
) -> Callable[..., Path]:
    """Return a maker of a patient with two CTs, whose liver was drawn on the images that `on` names."""

    def make(on: str, *, extra: int = 0) -> Path:
        folder = tmp_path / "study"
        stored = np.random.default_rng(2).integers(900, 1200, (20, 40, 40)).astype(np.int16)
        uids: dict[str, tuple[str, list[str]]] = {"absent": ("1.2.3", ["1.2.3.4"]), "unstated": ("", [])}
        for name in ("spect ct", "planning ct"):
            place = make_ct(folder / name, stored, spacing=(3, 3, 3), origin=(-60, -60, -30), SeriesDescription=name)
            slices = [pydicom.dcmread(p, stop_before_pixels=True) for p in sorted(place.iterdir())]
            uids[name] = (slices[0].SeriesInstanceUID, [s.SOPInstanceUID for s in slices])
        uids["renamed"] = (uids["spect ct"][0], ["1.2.3.4"])
        tomo = pydicom.dcmread(make_tomo(folder / "t.dcm", np.ones((16, 30, 30), np.uint16), position=(-65, -65, -33)))
        uids["emission"] = (tomo.SeriesInstanceUID, [tomo.SOPInstanceUID])
        series, images = uids[on]
        rings = [circle((0, 0), 30, 3.0 * k - 12) for k in range(6)]
        images = [*images, *(f"1.2.3.{k}" for k in range(extra))]
        changes: dict[str, Any] = {"ReferencedFrameOfReferenceSequence": _references(series, images)} if series else {}
        make_rtstruct(folder / "rtss.dcm", {"Liver": rings}, **changes)
        (folder / "case.toml").write_text('[roles]\n"spect ct" = "ct"\n', encoding="utf-8")
        return folder

    return make


@pytest.mark.parametrize(
    ("on", "extra", "code", "says"),
    [
        ("spect ct", 0, "", ""),
        ("emission", 0, "", ""),
        ("unstated", 0, "", ""),
        ("spect ct", 2, "drawn-on-more-images", "2 of 22 images that it was drawn on are not in the CT"),
        (
            "planning ct",
            0,
            "drawn-on-another-image",
            'was drawn on CT "planning ct", not on the CT that is used ("spect ct")',
        ),
        ("renamed", 0, "drawn-on-renamed-images", "names the series of the CT that is used, but none of its images"),
        ("absent", 0, "drawn-on-an-absent-image", "was drawn on an image that is not here"),
    ],
)
def test_structures_drawn_on_another_image_raise_a_doubt(
    drawn: Callable[..., Path], on: str, extra: int, code: str, says: str
) -> None:
    told = {
        f.code: f.message for f in read_patient_case(drawn(on, extra=extra)).findings if f.code.startswith("drawn-on")
    }
    assert set(told) == ({code} if code else set())
    assert says in told.get(code, "")


def test_structures_drawn_on_another_phase_of_the_series_are_a_warning(
    drawn: Callable[..., Path], make_ct: Maker
) -> None:
    folder = drawn("spect ct")
    first = pydicom.dcmread(next((folder / "spect ct").iterdir()), stop_before_pixels=True)

    def later(ds: Any, k: int) -> None:
        ds.SeriesInstanceUID, ds.SeriesDescription = first.SeriesInstanceUID, "spect ct"
        ds.AcquisitionTime, ds.InstanceNumber = "093000", 100 + k

    stored = np.full((20, 40, 40), 1000, np.int16)
    make_ct(folder / "later", stored, spacing=(3, 3, 3), origin=(-60, -60, -30), each=later)
    words = (folder / "case.toml").read_text()
    for number, codes in ((1, set()), (2, {"drawn-on-another-phase"})):
        (folder / "case.toml").write_text(f'{words}[phases]\n"spect ct" = {number}\n')
        findings = read_patient_case(folder).findings
        assert {f.code for f in findings if f.code.startswith("drawn-on")} == codes


def test_references_that_cannot_be_read_say_nothing(
    make_rtstruct: Maker, circle: Callable[..., NDArray[np.float64]], tmp_path: Path
) -> None:
    path = make_rtstruct(tmp_path / "s.dcm", {"Liver": [circle((0, 0), 9, z) for z in (0, 3)]})
    ds = pydicom.dcmread(path)
    ds.add_new("ReferencedFrameOfReferenceSequence", "LO", "none")
    ds.save_as(path)
    assert origin_of(scan(path).series[0]) == Origin(frozenset(), frozenset())


def test_images_named_contour_by_contour_count_as_well(
    make_rtstruct: Maker, circle: Callable[..., NDArray[np.float64]], tmp_path: Path
) -> None:
    path = make_rtstruct(tmp_path / "s.dcm", {"Liver": [circle((0, 0), 9, z) for z in (0, 3)]})
    ds = pydicom.dcmread(path)
    ds.ROIContourSequence[0].ContourSequence[1].ContourImageSequence = _images(["1.2.3.4"])
    ds.save_as(path)
    assert origin_of(scan(path).series[0]) == Origin(frozenset(), frozenset({"1.2.3.4"}))


def test_real_segmentations_and_sets_were_drawn_on_the_images_beside_them(shared_data: Callable[[str], Path]) -> None:
    found = scan(shared_data("qin_headneck_pet_seg"))
    image = next(s for s in found.series if s.modality in {"CT", "PT"})
    segmentations = found.of("SEG")
    assert segmentations
    assert [f for s in segmentations for f in audit_origin(s, image, found.series, found)] == []


@pytest.mark.parametrize(
    ("by", "step"),
    [("series", 4.0), ("frames", 4.0), ("nothing", None), ("the only CT", 2.5), ("an absent image", None)],
)
def test_the_slices_below_a_segmentation_are_those_of_the_image_that_it_names_else_of_the_only_ct(
    make_ct: Maker, make_seg: Maker, tmp_path: Path, by: str, step: float | None
) -> None:
    stored = np.ones((6, 4, 5), dtype=np.int16)
    make_ct(tmp_path / "thin", stored, spacing=(2.5, 1, 1))
    if by != "the only CT":
        make_ct(tmp_path / "thick", stored, spacing=(4, 1, 1), orientation=(0, 1, 0, 0, 0, 1))
    slices = [pydicom.dcmread(p) for p in sorted((tmp_path / "thick").glob("*"))]
    named: dict[str, Any] = {
        "series": {"series": slices[0].SeriesInstanceUID} if slices else {},
        "frames": {"images": {4.0 * k: s.SOPInstanceUID for k, s in enumerate(slices)}},
        "an absent image": {"series": "1.2.3"},
    }
    masks = {4.0 * k: np.ones((4, 5)) for k in range(6)}
    make_seg(tmp_path / "seg.dcm", masks, **named.get(by, {}))
    found = scan(tmp_path)
    below = referenced_slices(found.of("SEG")[0], found.series)
    normal = np.array([0.0, 0, 1]) if step == 2.5 else np.array([1.0, 0, 0])
    assert (below.distance_along(normal) if below else None) == step


def test_the_slices_of_a_reconstructed_tomogram_are_its_frames(make_tomo: Maker, tmp_path: Path) -> None:
    make_tomo(tmp_path / "t.dcm", np.ones((16, 30, 30), np.uint16), position=(-65, -65, -33))
    (series,) = scan(tmp_path).series
    below = slices_of(series)
    assert below is not None
    height = below.heights_along(np.array([0.0, 0, 1]))
    assert height is not None
    assert len(height) == 16
    assert height.min() == pytest.approx(-33)
