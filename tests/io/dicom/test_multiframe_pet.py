"""io.dicom.enhanced_pet: an enhanced or converted PET is its single-frame twin, or is refused for what it really lacks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import UID

from yttria.io.case.survey import survey
from yttria.io.dicom.header import instant_of
from yttria.io.dicom.isotope_correction import decay_factor
from yttria.io.dicom.multiframe_pet import ENHANCED_PET, LEGACY_CONVERTED_PET
from yttria.io.dicom.pt import examine_pt, examine_pt_counts
from yttria.io.dicom.scan import scan
from yttria.values.errors import IntakeError, YttriaError

Maker = Callable[..., Path]
Change = Callable[[pydicom.FileDataset], None]
STORED = np.random.default_rng(7).integers(0, 3000, (6, 5, 4)).astype(np.uint16)
START = "20260301090000"


def _groups(ds: pydicom.FileDataset) -> list[Dataset]:
    """Return the groups of what a frame of any enhanced image states, out of a classic slice."""
    place, turn, measures = Dataset(), Dataset(), Dataset()
    place.ImagePositionPatient = ds.ImagePositionPatient
    turn.ImageOrientationPatient = ds.ImageOrientationPatient
    measures.PixelSpacing, measures.SliceThickness = ds.PixelSpacing, ds.SliceThickness
    frame, shared = Dataset(), Dataset()
    frame.PlanePositionSequence = Items([place])
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = Items([turn]), Items([measures])
    return [frame, shared]


def _mapping(unit: str, slope: float) -> Dataset:
    code, mapping = Dataset(), Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = unit, "UCUM", unit
    mapping.MeasurementUnitsCodeSequence = Items([code])
    mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept = slope, 0.0
    mapping.RealWorldValueFirstValueMapped, mapping.RealWorldValueLastValueMapped = 0, 65535
    return mapping


def _joined(slices: list[pydicom.FileDataset], storage: str, taken: tuple[str, ...]) -> pydicom.FileDataset:
    """Return one file of all slices, without the tags that its groups hold."""
    ds = slices[0]
    frames, shared = [], Dataset()
    for one in slices:
        frame, shared = _groups(one)
        frames.append(frame)
    pixels = b"".join(one.PixelData for one in slices)
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness", *taken):
        if keyword in ds:
            delattr(ds, keyword)
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = UID(storage)
    ds.PerFrameFunctionalGroupsSequence, ds.SharedFunctionalGroupsSequence = Items(frames), Items([shared])
    ds.NumberOfFrames, ds.PixelData = len(slices), pixels
    return ds


@pytest.fixture
def make_enhanced_pet(make_pt: Maker) -> Maker:
    """Return a maker of an enhanced PET out of the same slices as a classic one, which lies in classic/ beside it."""

    def make(folder: Path, *, change: Change = lambda _ds: None, unit: str = "Bq/ml", **words: Any) -> Path:
        words = {"each": lambda ds, k: setattr(ds, "RescaleSlope", 2.5 + k / 8), **words}
        slices = [pydicom.dcmread(p) for p in sorted(make_pt(folder / "classic", STORED, **words).iterdir())]
        told = [(s.AcquisitionDate + s.AcquisitionTime, s.ActualFrameDuration, float(s.RescaleSlope)) for s in slices]
        rule = slices[0].DecayCorrection
        given = slices[0].RadiopharmaceuticalInformationSequence[0].get("RadiopharmaceuticalStartDateTime")
        taken = (
            "RescaleSlope", "RescaleIntercept", "Units", "DecayCorrection", "ActualFrameDuration", "AcquisitionDate", "AcquisitionTime",
        )  # fmt: skip
        ds = _joined(slices, ENHANCED_PET, taken)
        for frame, (when, duration, slope) in zip(ds.PerFrameFunctionalGroupsSequence, told, strict=True):
            content, shown = Dataset(), Dataset()
            content.FrameAcquisitionDateTime, content.FrameAcquisitionDuration = when, float(duration)
            shown.RescaleSlope, shown.RescaleIntercept, shown.RescaleType = 1, 0, "US"
            frame.FrameContentSequence = Items([content])
            frame.PixelValueTransformationSequence = Items([shown])
            frame.RealWorldValueMappingSequence = Items([_mapping("{SUVbw}g/ml", 1e-3), _mapping(unit, slope)])
        ds.DecayCorrected = "NO" if rule == "NONE" else "YES"
        if rule != "NONE":
            ds.DecayCorrectionDateTime = given if rule == "ADMIN" else START
        ds.AttenuationCorrected = "YES"
        change(ds)
        ds.save_as(folder / "enhanced.dcm")
        return folder / "enhanced.dcm"

    return make


@pytest.fixture
def make_converted_pet(make_pt: Maker) -> Maker:
    """Return a maker of a legacy converted PET: what has no group of its own stands among the unassigned attributes."""

    def make(folder: Path, **words: Any) -> Path:
        slices = [pydicom.dcmread(p) for p in sorted(make_pt(folder / "classic", STORED, **words).iterdir())]
        shared_tags = (
            "Units", "DecayCorrection", "RadiopharmaceuticalInformationSequence", "ActualFrameDuration", "SeriesDate", "SeriesTime",
        )  # fmt: skip
        own_tags = ("AcquisitionDate", "AcquisitionTime")
        shared, own = Dataset(), []
        for one in slices:
            item = Dataset()
            for keyword in own_tags:
                setattr(item, keyword, one.get(keyword))
            own.append((item, one.SOPInstanceUID, one.RescaleSlope))
        for keyword in shared_tags:
            setattr(shared, keyword, slices[0].get(keyword))
        ds = _joined(slices, LEGACY_CONVERTED_PET, (*shared_tags, *own_tags, "RescaleSlope", "RescaleIntercept"))
        ds.AcquisitionDateTime = "20260301080000"  # of the whole acquisition; each frame has its own
        ds.SharedFunctionalGroupsSequence[0].UnassignedSharedConvertedAttributesSequence = Items([shared])
        for frame, (item, uid, slope) in zip(ds.PerFrameFunctionalGroupsSequence, own, strict=True):
            value, source = Dataset(), Dataset()
            value.RescaleSlope, value.RescaleIntercept, value.RescaleType = slope, 0, "US"
            source.ReferencedSOPInstanceUID = uid
            frame.PixelValueTransformationSequence = Items([value])
            frame.UnassignedPerFrameConvertedAttributesSequence = Items([item])
            frame.ConversionSourceAttributesSequence = Items([source])
        ds.save_as(folder / "converted.dcm")
        return folder / "converted.dcm"

    return make


def _later(ds: pydicom.FileDataset, k: int) -> None:
    """Give each slice a slope and each half of them a bed position."""
    ds.RescaleSlope = 2.5 + k / 8
    ds.AcquisitionTime = "090000" if k < 3 else "091000"


@pytest.mark.parametrize("rule", ["START", "ADMIN", "NONE"])
@pytest.mark.parametrize("kind", ["enhanced", "converted"])
def test_a_multi_frame_pet_is_its_classic_twin(
    make_enhanced_pet: Maker, make_converted_pet: Maker, tmp_path: Path, rule: str, kind: str
) -> None:
    make = make_enhanced_pet if kind == "enhanced" else make_converted_pet
    path = make(tmp_path, DecayCorrection=rule, each=_later)
    (twin, _), (activity, _) = (examine_pt(scan(p).series[0]) for p in (tmp_path / "classic", path))
    assert np.array_equal(activity.bq_per_ml, twin.bq_per_ml)
    assert activity.grid == twin.grid
    assert activity.reference == twin.reference
    assert activity.nuclide == twin.nuclide


def test_an_enhanced_pet_in_kilobecquerel_is_its_classic_twin(make_enhanced_pet: Maker, tmp_path: Path) -> None:
    path = make_enhanced_pet(tmp_path, unit="kBq/ml", each=_later)
    (twin, _), (activity, _) = (examine_pt(scan(p).series[0]) for p in (tmp_path / "classic", path))
    assert np.allclose(activity.bq_per_ml, twin.bq_per_ml * 1000)


def test_two_scales_to_activity_of_one_frame_are_refused(make_enhanced_pet: Maker, tmp_path: Path) -> None:
    def change(ds: pydicom.FileDataset) -> None:
        for frame in ds.PerFrameFunctionalGroupsSequence:
            frame.RealWorldValueMappingSequence.append(_mapping("kBq/ml", 3.0))

    with pytest.raises(IntakeError, match=r"mappings of 2\.5 and 3000 Bq/mL a stored unit"):
        examine_pt(scan(make_enhanced_pet(tmp_path, change=change)).series[0])


def test_inspect_says_of_an_enhanced_pet_what_it_says_of_its_twin(make_enhanced_pet: Maker, tmp_path: Path) -> None:
    (one,), (other,) = (survey(p).series for p in (make_enhanced_pet(tmp_path), tmp_path / "classic"))
    assert (one.unit, one.nuclide, one.reference_instant, one.usable) == ("Bq/mL", "Y-90", "2026-03-01T09:00:00", True)
    assert (one.sum, one.affine_lps_mm) == (other.sum, other.affine_lps_mm)


def test_the_decay_factor_of_a_frame_is_in_its_groups(make_enhanced_pet: Maker, tmp_path: Path) -> None:
    def change(ds: pydicom.FileDataset) -> None:
        factors = Dataset()
        factors.DecayFactor = 1.0009
        ds.SharedFunctionalGroupsSequence[0].PETFrameCorrectionFactorsSequence = Items([factors])

    header = scan(make_enhanced_pet(tmp_path, change=change)).series[0].first
    assert header.number("DecayFactor") == 1.0009
    assert decay_factor(header, 64.05, instant_of(START), what="it") == pytest.approx(1.0009, abs=1e-5)


def test_an_enhanced_pet_in_counts_is_relative_counts(make_enhanced_pet: Maker, tmp_path: Path) -> None:
    def only_counts(ds: pydicom.FileDataset) -> None:
        for frame in ds.PerFrameFunctionalGroupsSequence:
            frame.RealWorldValueMappingSequence = Items([_mapping("{counts}", 2.0)])

    series = scan(make_enhanced_pet(tmp_path, change=only_counts)).series[0]
    assert np.array_equal(examine_pt_counts(series)[0].counts, 2.0 * STORED)


def test_the_one_tracer_that_the_frames_are_of_is_taken(make_enhanced_pet: Maker, tmp_path: Path) -> None:
    def two_tracers(ds: pydicom.FileDataset, used: int = 2) -> None:
        ds.RadiopharmaceuticalInformationSequence[0].RadiopharmaceuticalAgentNumber = 2
        other, use = Dataset(), Dataset()
        other.RadiopharmaceuticalAgentNumber, other.RadionuclideHalfLife = 1, "6586.2"
        use.RadiopharmaceuticalAgentNumber = used
        ds.RadiopharmaceuticalInformationSequence.insert(0, other)
        ds.SharedFunctionalGroupsSequence[0].RadiopharmaceuticalUsageSequence = Items([use] if used else [])

    path = make_enhanced_pet(tmp_path / "a", change=two_tracers)
    assert examine_pt(scan(path).series[0])[0].nuclide.name == "Y-90"
    with pytest.raises(IntakeError, match="must show one tracer, but lists 2 and its frames are of none stated"):
        examine_pt(scan(make_enhanced_pet(tmp_path / "b", change=lambda ds: two_tracers(ds, 0))).series[0])


def _without_mapping(ds: pydicom.FileDataset) -> None:
    for frame in ds.PerFrameFunctionalGroupsSequence:
        del frame.RealWorldValueMappingSequence


def _by_table(ds: pydicom.FileDataset) -> None:
    for frame in ds.PerFrameFunctionalGroupsSequence:
        del frame.RealWorldValueMappingSequence[1].RealWorldValueSlope


def _narrow(ds: pydicom.FileDataset) -> None:
    for frame in ds.PerFrameFunctionalGroupsSequence:
        frame.RealWorldValueMappingSequence[1].RealWorldValueLastValueMapped = 1000


def _to_nowhen(ds: pydicom.FileDataset) -> None:
    del ds.DecayCorrectionDateTime


def _gated(ds: pydicom.FileDataset) -> None:
    first = ds.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence
    for frame in ds.PerFrameFunctionalGroupsSequence[3:4]:
        frame.PlanePositionSequence = first


def _undescribed(ds: pydicom.FileDataset) -> None:
    ds.NumberOfFrames = 7


def _unsaid(ds: pydicom.FileDataset) -> None:
    del ds.DecayCorrected


@pytest.mark.parametrize(
    ("change", "unit", "says"),
    [
        (_without_mapping, "Bq/ml", "Units are absent: nowhere stated"),
        (_by_table, "Bq/ml", "by a slope, but does it by a table"),
        (_narrow, "Bq/ml", r"from 0 to 1000, which its mapping .* covers, but \d+ of a slice do not"),
        (_to_nowhen, "Bq/ml", r"decay-corrected, but to which instant is absent \(DecayCorrectionDateTime\)"),
        (_unsaid, "Bq/ml", "must state its DecayCorrection as START, ADMIN or NONE, but states nothing"),
        (_gated, "Bq/ml", "must have one slice a position"),
        (_undescribed, "Bq/ml", "must describe each of its 7 frames, but describes 6"),
        (lambda _ds: None, "{SUVbw}g/ml", "Units are GML: standardised uptake"),
    ],
)
def test_an_enhanced_pet_that_proves_nothing_is_refused_for_what_it_lacks(
    make_enhanced_pet: Maker, tmp_path: Path, change: Change, unit: str, says: str
) -> None:
    series = scan(make_enhanced_pet(tmp_path, change=change, unit=unit)).series[0]
    with pytest.raises(YttriaError, match=says):
        examine_pt(series)
