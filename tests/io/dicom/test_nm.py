"""io.dicom.nm: reconstructed tomograms and planar scans, in the place and from the side that the header says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset

from yttria.io.case.survey import survey
from yttria.io.dicom.nm import examine_planar, examine_spect, examine_tomo, pair_of, read_planar, read_tomo
from yttria.io.dicom.scan import scan
from yttria.io.dicom.series import Series
from yttria.values.errors import GeometryError, IntakeError
from yttria.values.maps import ActivityMap

Maker = Callable[..., Path]
STORED = np.random.default_rng(4).integers(0, 500, (4, 5, 6)).astype(np.uint16)
PLANAR = np.random.default_rng(5).integers(0, 500, (2, 8, 6)).astype(np.uint16)


def _one(path: Path) -> Series:
    return scan(path).series[0]


def test_counts_lie_where_the_detector_says(make_tomo: Maker, tmp_path: Path, frame_uid: str) -> None:
    counts = read_tomo(_one(make_tomo(tmp_path / "t.dcm", STORED)))
    assert np.array_equal(counts.counts, STORED)
    assert counts.grid.origin_lps_mm == (-50.0, -60.0, -70.0)
    assert counts.grid.spacing_zyx_mm == (4.4, 4.4, 4.4)
    assert counts.grid.frame_uid == frame_uid
    assert counts.nuclide == "Tc-99m"


def test_slices_stacked_against_the_normal_are_turned_to_run_with_it(make_tomo: Maker, tmp_path: Path) -> None:
    counts = read_tomo(_one(make_tomo(tmp_path / "t.dcm", STORED, step=-4.4)))
    assert np.array_equal(counts.counts, STORED[::-1])
    assert counts.grid.origin_lps_mm == pytest.approx((-50.0, -60.0, -70.0 - 3 * 4.4))


def test_the_slice_vector_orders_the_frames(make_tomo: Maker, tmp_path: Path) -> None:
    counts = read_tomo(_one(make_tomo(tmp_path / "t.dcm", STORED, SliceVector=[4, 3, 2, 1])))
    assert np.array_equal(counts.counts, STORED[::-1])
    assert counts.grid.origin_lps_mm == (-50.0, -60.0, -70.0)


def test_a_position_at_the_top_level_serves_as_well(make_tomo: Maker, tmp_path: Path) -> None:
    path = make_tomo(
        tmp_path / "t.dcm",
        STORED,
        position=None,
        orientation=None,
        ImagePositionPatient=[1, 2, 3],
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
    )
    assert read_tomo(_one(path)).grid.origin_lps_mm == (1.0, 2.0, 3.0)


def test_without_a_slice_distance_the_thickness_is_taken_with_a_doubt(
    make_tomo: Maker, tmp_path: Path, absent: object
) -> None:
    counts, findings = examine_tomo(_one(make_tomo(tmp_path / "t.dcm", STORED, SpacingBetweenSlices=absent)))
    assert counts.grid.spacing_zyx_mm[0] == 4.4
    assert [f.code for f in findings] == ["slice-distance-from-thickness"]


def test_a_slope_is_used_where_it_stands(make_tomo: Maker, tmp_path: Path) -> None:
    counts = read_tomo(_one(make_tomo(tmp_path / "t.dcm", STORED, RescaleSlope=0.5, RescaleIntercept=1)))
    assert np.allclose(counts.counts, STORED * 0.5 + 1)


def _mapping(unit: str) -> Any:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = unit, "UCUM", unit
    item = Dataset()
    item.MeasurementUnitsCodeSequence = [code]
    item.RealWorldValueSlope, item.RealWorldValueIntercept = 12.5, 0.0
    return [item]


def test_bq_per_ml_is_believed_only_where_the_header_proves_it(make_tomo: Maker, tmp_path: Path) -> None:
    proven, findings = examine_spect(
        _one(make_tomo(tmp_path / "a.dcm", STORED, RealWorldValueMappingSequence=_mapping("Bq/ml")))
    )
    assert isinstance(proven, ActivityMap)
    assert np.allclose(proven.bq_per_ml, STORED * 12.5)
    assert "decay-unstated" in [f.code for f in findings]
    counts, _ = examine_spect(
        _one(make_tomo(tmp_path / "b.dcm", STORED, RealWorldValueMappingSequence=_mapping("{counts}")))
    )
    assert np.array_equal(counts.counts, STORED)  # type: ignore[union-attr]


def test_every_unit_of_activity_is_read_as_what_it_is(make_tomo: Maker, tmp_path: Path) -> None:
    for unit, factor in (("kBq/mL", 1e3), ("MBq/ml", 1e6), ("Bq/cm3", 1.0), ("kBq.ml-1", 1e3), ("uCi/mL", 3.7e4)):
        path = make_tomo(tmp_path / "a.dcm", STORED, RealWorldValueMappingSequence=_mapping(unit), **_of_yttrium())
        read = examine_spect(_one(path))[0]
        assert isinstance(read, ActivityMap)
        assert np.allclose(read.bq_per_ml, STORED * 12.5 * factor)
        (entry,) = survey(path).series
        assert (entry.unit, entry.usable) == ("Bq/mL", True)
        assert entry.max == pytest.approx(STORED.max() * 12.5 * factor)


def _of_yttrium() -> dict[str, Any]:
    code, drug = Dataset(), Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "C-162A7", "SRT", ""
    drug.RadionuclideCodeSequence = [code]
    return {"RadiopharmaceuticalInformationSequence": [drug]}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"RealWorldValueMappingSequence": "Gy"}, "counts or activity per volume .* mapping is to Gy"),
        ({"RealWorldValueMappingSequence": "{SUVbw}g/ml"}, "mapping is to {SUVbw}g/ml"),
        ({"RealWorldValueMappingSequence": "MBQ/ML"}, "mapping is to MBQ/ML"),
        ({"Units": "GML"}, "but its Units are GML"),
        ({"Units": "BQML", "RescaleSlope": "0", "RescaleIntercept": "0"}, "other than zero, but is 0"),
        (
            {"Units": "BQML", "RescaleSlope": "2", "RealWorldValueMappingSequence": "Bq/ml"},
            r"RescaleSlope gives 2 and its real-world value mapping 12\.5",
        ),
    ],
)
def test_numbers_that_are_neither_counts_nor_activity_are_refused(
    make_tomo: Maker, tmp_path: Path, changes: dict[str, Any], says: str
) -> None:
    if unit := changes.get("RealWorldValueMappingSequence"):
        changes = {**changes, "RealWorldValueMappingSequence": _mapping(unit)}
    path = make_tomo(tmp_path / "t.dcm", STORED, **changes, **_of_yttrium())
    with pytest.raises(IntakeError, match=says):
        examine_spect(_one(path))
    (entry,) = survey(path).series
    assert not entry.usable


@pytest.mark.parametrize("beyond", [0, 1])
def test_a_mapping_that_leaves_pixels_out_is_refused(make_tomo: Maker, tmp_path: Path, beyond: int) -> None:
    mapping = _mapping("Bq/ml")
    mapping[0].RealWorldValueFirstValueMapped = 0
    mapping[0].RealWorldValueLastValueMapped = int(STORED.max()) - beyond
    path = make_tomo(tmp_path / "t.dcm", STORED, RealWorldValueMappingSequence=mapping, **_of_yttrium())
    if beyond:
        with pytest.raises(IntakeError, match="which its mapping to real-world values covers, but 1 do not"):
            examine_spect(_one(path))
    else:
        assert isinstance(examine_spect(_one(path))[0], ActivityMap)


def test_a_slope_and_an_intercept_of_zero_are_stored_counts_with_a_warning(make_tomo: Maker, tmp_path: Path) -> None:
    path = make_tomo(tmp_path / "t.dcm", STORED, RescaleSlope="0", RescaleIntercept="0")
    counts, findings = examine_tomo(_one(path))
    assert np.array_equal(counts.counts, STORED)
    assert [(f.level, f.code) for f in findings] == [("warning", "slope-zero")]
    with pytest.raises(IntakeError, match="must be a number other than zero, but is 0"):
        examine_tomo(_one(make_tomo(tmp_path / "u.dcm", STORED, RescaleSlope="0", RescaleIntercept="1")))


@pytest.mark.parametrize(
    ("corrected", "says"),
    [
        (["UNIF", "ATTN", "SCAT"], ""),
        ("ATTN", ""),
        (["UNIF", "SCAT"], "does not list attenuation"),
        (None, "is absent, so that it does not say"),
        ("", "is absent"),
    ],
)
def test_a_tomogram_without_attenuation_correction_is_doubted(
    make_tomo: Maker, tmp_path: Path, absent: object, corrected: Any, says: str
) -> None:
    path = make_tomo(tmp_path / "t.dcm", STORED, CorrectedImage=absent if corrected is None else corrected)
    told = [f.message for f in examine_spect(_one(path))[1] if f.code == "attenuation-doubtful"]
    assert len(told) == bool(says)
    assert all(says in message for message in told)
    assert ("attenuation-doubtful" in {f.code for f in survey(path).findings}) == bool(says)


def test_a_transmission_image_is_not_what_the_patient_emits(make_tomo: Maker, tmp_path: Path) -> None:
    words = ["ORIGINAL", "PRIMARY", "RECON TOMO", "TRANSMISSION"]
    with pytest.raises(IntakeError, match="is a transmission image"):
        read_tomo(_one(make_tomo(tmp_path / "t.dcm", STORED, ImageType=words)))


def test_a_tracer_of_two_names_is_refused(make_tomo: Maker, tmp_path: Path) -> None:
    code, drug = Dataset(), Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "C-163A8", "SRT", "^90^Yttrium"
    drug.RadionuclideCodeSequence = [code]
    with pytest.raises(IntakeError, match="speak of Tc-99m and Y-90"):
        read_tomo(_one(make_tomo(tmp_path / "t.dcm", STORED, RadiopharmaceuticalInformationSequence=[drug])))


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("TOMO", "projections that are not reconstructed"),
        ("GATED TOMO", "gated projections"),
        ("RECON GATED TOMO", "a gated reconstruction"),
        ("STATIC", "an image of type STATIC"),
        ("", "an image of type unknown"),
    ],
)
def test_what_is_no_reconstruction_is_refused_by_its_kind(
    make_tomo: Maker, tmp_path: Path, kind: str, says: str
) -> None:
    words = ["ORIGINAL", "PRIMARY", *([kind, "EMISSION"] if kind else [])]
    with pytest.raises(IntakeError, match=says):
        read_tomo(_one(make_tomo(tmp_path / "t.dcm", STORED, ImageType=words)))


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"position": None}, GeometryError, "must state its position"),
        ({"orientation": None}, GeometryError, "six numbers"),
        (
            {"SpacingBetweenSlices": None, "SliceThickness": None},
            GeometryError,
            "must state the distance of its slices",
        ),
        ({"PixelSpacing": None}, GeometryError, "pixel spacing of two numbers"),
        ({"SliceVector": [1, 2]}, IntakeError, r"one entry a frame \(4\), but has 2"),
        ({"SliceVector": [1, 2, 2, 3]}, GeometryError, "occur more than once"),
        ({"SliceVector": [1, 2, 4, 5]}, GeometryError, "1 slice is missing"),
        (
            {"EnergyWindowVector": [1, 1, 2, 2], "NumberOfEnergyWindows": 2},
            IntakeError,
            "one energy window, but holds 2",
        ),
        ({"NumberOfFrames": 3}, IntakeError, r"one entry a frame \(3\), but has 4"),
        ({"NumberOfFrames": 3, "SliceVector": None}, IntakeError, "1 frames more are there"),
        ({"NumberOfFrames": 9, "SliceVector": None}, IntakeError, "decoded .* not as many as rows, columns, frames"),
        ({"RescaleSlope": "0"}, IntakeError, "must be a number other than zero"),
    ],
)
def test_a_tomogram_that_cannot_be_placed_is_refused(
    make_tomo: Maker, tmp_path: Path, absent: object, changes: dict[str, Any], error: type[Exception], says: str
) -> None:
    tags = {k: absent if v is None and k[0].isupper() else v for k, v in changes.items()}
    with pytest.raises(error, match=says):
        read_tomo(_one(make_tomo(tmp_path / "t.dcm", STORED, **tags)))


def test_the_posterior_view_is_mirrored_to_the_front(make_planar: Maker, tmp_path: Path) -> None:
    planar = read_planar(_one(make_planar(tmp_path / "p.dcm", PLANAR)))
    assert np.array_equal(planar.anterior, PLANAR[0])
    assert np.array_equal(planar.posterior, PLANAR[1][:, ::-1])
    assert planar.pixel_mm == (2.4, 2.4)


def test_views_are_told_by_code_whatever_their_order(make_planar: Maker, tmp_path: Path) -> None:
    planar, findings = examine_planar(_one(make_planar(tmp_path / "p.dcm", PLANAR, sides=("Posterior", "Anterior"))))
    assert np.array_equal(planar.anterior, PLANAR[1])
    assert findings == ()


def test_unnamed_views_are_told_by_their_start_angles_with_a_doubt(make_planar: Maker, tmp_path: Path) -> None:
    planar, findings = examine_planar(_one(make_planar(tmp_path / "p.dcm", PLANAR, sides=(360.0, 180.0))))
    assert np.array_equal(planar.anterior, PLANAR[1])
    assert [f.code for f in findings] == ["side-from-angle"]


def test_a_window_below_the_photopeak_is_the_scatter_window(make_planar: Maker, tmp_path: Path) -> None:
    stored = np.concatenate([PLANAR, PLANAR + 1])
    path = make_planar(
        tmp_path / "p.dcm", stored, windows=((126, 154), (112, 126)), window_of=[1, 1, 2, 2], detector_of=[1, 2, 1, 2]
    )
    planar = read_planar(_one(path))
    assert np.array_equal(planar.anterior, PLANAR[0])
    assert planar.scatter_anterior is not None
    assert planar.scatter_posterior is not None
    assert np.array_equal(planar.scatter_anterior, PLANAR[0] + 1)
    assert np.array_equal(planar.scatter_posterior, (PLANAR[1] + 1)[:, ::-1])
    assert planar.window_ratio == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"sides": (None, None)}, "must say which view is anterior"),
        (
            {"sides": (90.0, 270.0)},
            r"anterior and the posterior one is absent \(its views: a view at 270°, a view at 90°\)",
        ),
        ({"sides": (180.0, 30.0)}, r"posterior one is absent \(its views: a view at 30°\)"),
        ({"sides": ("Anterior", "Anterior")}, "one anterior view an energy window, but holds several"),
        ({"sides": ("Anterior", "Anterior oblique")}, "must say which view is anterior"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "DYNAMIC", "EMISSION"]}, "a dynamic study"),
        ({"PixelData": b"\0" * 8}, "expected pixels that can be decoded"),
        ({"windows": ((126, 154), (130, 160)), "window_of": [1, 2]}, "must lie below the photopeak, but they overlap"),
    ],
)
def test_a_planar_scan_that_does_not_say_its_sides_is_refused(
    make_planar: Maker, tmp_path: Path, words: dict[str, Any], says: str
) -> None:
    with pytest.raises(IntakeError, match=says):
        read_planar(_one(make_planar(tmp_path / "p.dcm", PLANAR, **words)))


def test_two_files_of_one_view_each_are_one_scan(make_planar: Maker, tmp_path: Path) -> None:
    make_planar(tmp_path / "a.dcm", PLANAR[1:], sides=("Posterior",))
    make_planar(tmp_path / "b.dcm", PLANAR[:1], sides=("Anterior",))
    pair = pair_of(scan(tmp_path).series)
    assert pair is not None
    planar = read_planar(pair)
    assert np.array_equal(planar.anterior, PLANAR[0])
    assert np.array_equal(planar.posterior, PLANAR[1][:, ::-1])
    make_planar(tmp_path / "b.dcm", PLANAR[:1], sides=("Posterior",))
    assert pair_of(scan(tmp_path).series) is None
    make_planar(tmp_path / "b.dcm", PLANAR[:1], sides=("Anterior",), StudyInstanceUID="1.2.3")
    assert pair_of(scan(tmp_path).series) is None


def test_one_view_alone_is_refused(make_planar: Maker, tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="the posterior one is absent"):
        read_planar(_one(make_planar(tmp_path / "p.dcm", PLANAR[:1], sides=("Anterior",))))


def test_a_real_reconstruction_stacked_backwards_is_read(shared_data: Callable[[str], Path]) -> None:
    series = next(s for s in scan(shared_data("nm_nmqc_mediso")).series if s.first.frames == 45)
    counts = read_tomo(series)
    assert counts.total == 124591663
    assert counts.grid.shape_zyx == (45, 128, 128)
    assert counts.grid.spacing_zyx_mm == pytest.approx((4.13, 4.13, 4.13), abs=1e-5)
    assert counts.grid.matrix[2, 2] > 0


def test_a_real_planar_scan_without_view_codes_is_read_by_its_angles(shared_data: Callable[[str], Path]) -> None:
    planar, findings = examine_planar(_one(shared_data("nm_planar_lung_kidney_shunt") / "poumonsReins.dcm"))
    assert (planar.anterior.sum(), planar.posterior.sum()) == (877521, 718967)
    assert [f.code for f in findings] == ["side-from-angle"]
