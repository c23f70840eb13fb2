"""io.dicom.enhanced: a multi-frame image is its slices."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.uid import UID

from yttria.io.dicom.ct import read_ct
from yttria.io.dicom.scan import scan
from yttria.values.errors import GeometryError, IntakeError

Maker = Callable[..., Path]
STORED = np.random.default_rng(7).integers(0, 3000, (4, 5, 6)).astype(np.int16)


@pytest.fixture
def make_enhanced(make_ct: Maker) -> Maker:
    """Return a maker of an enhanced CT out of the same slices as a classic one."""

    def make(folder: Path, stored: Any, *, change: Callable[[Any], None] = lambda _ds: None, **words: Any) -> Path:
        slices = [pydicom.dcmread(p) for p in sorted(make_ct(folder / "classic", stored, **words).iterdir())]
        ds = slices[0]
        shared, frames = pydicom.Dataset(), []
        measures = pydicom.Dataset()
        measures.PixelSpacing, measures.SliceThickness = ds.PixelSpacing, ds.SliceThickness
        shared.PixelMeasuresSequence = [measures]
        for one in slices:
            frame, place, turn, value = (pydicom.Dataset() for _ in range(4))
            place.ImagePositionPatient = one.ImagePositionPatient
            turn.ImageOrientationPatient = one.ImageOrientationPatient
            value.RescaleSlope, value.RescaleIntercept, value.RescaleType = one.RescaleSlope, one.RescaleIntercept, "HU"
            frame.PlanePositionSequence, frame.PlaneOrientationSequence = [place], [turn]
            frame.PixelValueTransformationSequence = [value]
            frames.append(frame)
        pixels = b"".join(one.PixelData for one in slices)
        for keyword in (
            "ImagePositionPatient",
            "ImageOrientationPatient",
            "PixelSpacing",
            "SliceThickness",
            "RescaleSlope",
            "RescaleIntercept",
            "RescaleType",
        ):
            delattr(ds, keyword)
        ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.2.1")
        ds.SharedFunctionalGroupsSequence, ds.PerFrameFunctionalGroupsSequence = [shared], frames
        ds.NumberOfFrames, ds.PixelData = len(slices), pixels
        change(ds)
        ds.save_as(folder / "enhanced.dcm")
        return folder / "enhanced.dcm"

    return make


@pytest.mark.parametrize("orientation", [(1, 0, 0, 0, 1, 0), (0, 1, 0, 0, 0, -1)])
def test_an_enhanced_ct_is_its_classic_twin(make_enhanced: Maker, tmp_path: Path, orientation: tuple[int, ...]) -> None:
    path = make_enhanced(tmp_path, STORED, orientation=orientation, shuffle=True)
    enhanced, classic = read_ct(scan(path).series[0]), read_ct(scan(tmp_path / "classic").series[0])
    assert np.array_equal(enhanced.hu, classic.hu)
    assert enhanced.grid == classic.grid


def test_frames_have_their_own_rescale(make_enhanced: Maker, tmp_path: Path) -> None:
    def each(ds: Any, k: int) -> None:
        ds.RescaleSlope, ds.RescaleIntercept = 1 + k, -k

    ct = read_ct(scan(make_enhanced(tmp_path, STORED, each=each)).series[0])
    k = np.arange(4)[:, None, None]
    assert np.allclose(ct.hu, STORED * (1.0 + k) - k)


def test_compressed_frames_are_decoded_one_by_one(make_enhanced: Maker, tmp_path: Path) -> None:
    path = make_enhanced(tmp_path, STORED)
    plain = read_ct(scan(path).series[0])
    ds = pydicom.dcmread(path)
    ds.compress(pydicom.uid.RLELossless, generate_instance_uid=False)
    ds.save_as(path)
    assert np.array_equal(read_ct(scan(path).series[0]).hu, plain.hu)


def test_frames_that_are_not_described_are_refused(make_enhanced: Maker, tmp_path: Path) -> None:
    def shorten(ds: Any) -> None:
        ds.PerFrameFunctionalGroupsSequence = list(ds.PerFrameFunctionalGroupsSequence)[:-1]

    with pytest.raises((IntakeError, GeometryError), match="must describe each of its 4 frames, but describes 3"):
        read_ct(scan(make_enhanced(tmp_path, STORED, change=shorten)).series[0])


@pytest.mark.parametrize("name", ["23x38x3", "24x38x3"])
def test_a_real_legacy_converted_series_is_its_classic_twin(shared_data: Callable[[str], Path], name: str) -> None:
    folder = shared_data("seg_objects") / name
    classic, enhanced = (read_ct(scan(folder / part).series[0]) for part in ("image", "multiframe"))
    assert np.array_equal(classic.hu, enhanced.hu)
    assert classic.grid == enhanced.grid
