"""io.dicom.pt and drug: Bq/mL at a stated instant, or a reason why not."""

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset

from yttria.io.case.survey import survey
from yttria.io.dicom.pt import absolute_factors, examine_pt, examine_pt_counts, philips_factors, read_pt
from yttria.io.dicom.scan import scan
from yttria.values.errors import IntakeError
from yttria.values.nuclide import Nuclide

Maker = Callable[..., Path]
STORED = np.random.default_rng(2).integers(0, 2000, (4, 5, 6)).astype(np.uint16)
Y90 = Nuclide.named("Y-90")


def _clock(text: str, zone: str = "") -> datetime:
    return datetime.strptime(text + (zone or "+0000"), "%Y%m%d%H%M%S%z").replace(tzinfo=UTC if zone else None)


def test_slope_is_per_slice_and_the_sum_is_in_becquerel(make_pt: Maker, tmp_path: Path) -> None:
    def each(ds: FileDataset, k: int) -> None:
        ds.RescaleSlope = 1.5 + k

    activity = read_pt(scan(make_pt(tmp_path / "pt", STORED, each=each)).series[0])
    expected = STORED * (1.5 + np.arange(4))[:, None, None]
    assert np.allclose(activity.bq_per_ml, expected)
    assert activity.nuclide.name == "Y-90"
    assert float(activity.total) == pytest.approx(float(expected.sum()) * 0.048)


def test_start_is_the_series_time_unless_processing_rewrote_it(make_pt: Maker, tmp_path: Path) -> None:
    activity, findings = examine_pt(scan(make_pt(tmp_path / "a", STORED)).series[0])
    assert activity.reference == _clock("20260301090000")
    rewritten, doubts = examine_pt(scan(make_pt(tmp_path / "b", STORED, SeriesTime="114500")).series[0])
    assert rewritten.reference == _clock("20260301090000")
    assert {f.code for f in doubts} - {f.code for f in findings} == {"series-time-rewritten"}


def test_admin_is_the_administration_even_on_the_day_before(make_pt: Maker, tmp_path: Path) -> None:
    activity = read_pt(scan(make_pt(tmp_path / "a", STORED, DecayCorrection="ADMIN")).series[0])
    assert activity.reference == _clock("20260228150000")


def test_a_start_time_without_its_date_rolls_over_midnight_for_a_short_lived_nuclide(
    make_pt: Maker, tmp_path: Path
) -> None:
    def each(ds: FileDataset, k: int) -> None:
        ds.RadiopharmaceuticalInformationSequence[0].RadiopharmaceuticalStartTime = "233000"
        ds.AcquisitionTime = ds.SeriesTime = "003000"

    tracer: dict[str, Any] = {"half_life_s": 6586.2, "code": ("C-111A1", "^18^Fluorine"), "given": ""}
    activity = read_pt(scan(make_pt(tmp_path / "a", STORED, each=each, DecayCorrection="ADMIN", **tracer)).series[0])
    assert activity.reference == _clock("20260228233000")


@pytest.mark.parametrize(
    ("given", "changes", "code"),
    [
        ("20260301080000", {}, ""),
        ("20260301120000", {}, "administration-after-scan"),
        ("20260301080000-0500", {"TimezoneOffsetFromUTC": "+0100"}, "administration-after-scan"),
        ("20250301080000", {}, "administration-long-ago"),
    ],
)
def test_an_administration_that_cannot_be_is_doubted(
    make_pt: Maker, tmp_path: Path, given: str, changes: dict[str, Any], code: str
) -> None:
    series = scan(make_pt(tmp_path / "a", STORED, given=given, DecayCorrection="ADMIN", **changes)).series[0]
    assert {f.code for f in examine_pt(series)[1] if f.code.startswith("administration")} == ({code} if code else set())


def test_a_time_of_administration_without_its_day_is_doubted_where_the_tracer_outlives_the_day(
    make_pt: Maker, tmp_path: Path
) -> None:
    def each(ds: FileDataset, k: int) -> None:
        ds.RadiopharmaceuticalInformationSequence[0].RadiopharmaceuticalStartTime = clock

    clock = "080000"
    folder = make_pt(tmp_path / "a", STORED, each=each, given="", DecayCorrection="ADMIN")
    told = next(f for f in examine_pt(scan(folder).series[0])[1] if f.code == "administration-day-assumed")
    assert "1.30 times as much" in told.message  # 2^(24/64.05)
    clock = "233000"
    with pytest.raises(IntakeError, match="but its date is absent"):
        read_pt(scan(make_pt(tmp_path / "b", STORED, each=each, given="", DecayCorrection="ADMIN")).series[0])


@pytest.mark.parametrize("kind", ["STATIC", "WHOLE BODY", "GATED", "DYNAMIC"])
def test_one_phase_of_several_is_doubted(make_pt: Maker, tmp_path: Path, kind: str) -> None:
    findings = examine_pt(scan(make_pt(tmp_path / "a", STORED, SeriesType=[kind, "IMAGE"])).series[0])[1]
    assert ("one-phase" in {f.code for f in findings}) == (kind in {"GATED", "DYNAMIC"})


@pytest.mark.parametrize(("times", "unit"), [(1.0, "Bq/ml"), (2.0, "g/ml"), (2.0, "Bq/ml")])
def test_two_scales_to_activity_are_refused(make_pt: Maker, tmp_path: Path, times: float, unit: str) -> None:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = unit, "UCUM", unit
    mapping = Dataset()
    mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept = 2.5 * times, 0.0
    mapping.MeasurementUnitsCodeSequence = [code]
    series = scan(make_pt(tmp_path / "a", STORED, RealWorldValueMappingSequence=[mapping])).series[0]
    if times == 1 or unit == "g/ml":
        assert float(read_pt(series).bq_per_ml.max()) == pytest.approx(2.5 * STORED.max())
    else:
        with pytest.raises(IntakeError, match=r"RescaleSlope is 2\.5 and its real-world value mapping has 5;"):
            read_pt(series)


def test_an_uncorrected_scan_is_brought_to_its_start_bed_by_bed(make_pt: Maker, tmp_path: Path) -> None:
    def each(ds: FileDataset, k: int) -> None:
        ds.AcquisitionTime = f"{9 + k:02d}0000"

    activity = read_pt(scan(make_pt(tmp_path / "a", STORED, each=each, DecayCorrection="NONE")).series[0])
    rate = math.log(2) / (64.05 * 3600)
    mean = rate * 600 / (1 - math.exp(-rate * 600))
    later = np.exp(rate * 3600 * np.arange(4))[:, None, None]
    assert np.allclose(activity.bq_per_ml, STORED * 2.5 * mean * later, rtol=1e-6)
    assert activity.reference == _clock("20260301090000")


def test_a_stated_zone_is_kept(make_pt: Maker, tmp_path: Path) -> None:
    activity, findings = examine_pt(scan(make_pt(tmp_path / "a", STORED, TimezoneOffsetFromUTC="+0100")).series[0])
    assert activity.reference == datetime(2026, 3, 1, 9, tzinfo=timezone(timedelta(hours=1)))
    assert "no-time-zone" not in {f.code for f in findings}


def test_an_uncoded_nuclide_is_taken_from_its_half_life_with_a_doubt(make_pt: Maker, tmp_path: Path) -> None:
    activity, findings = examine_pt(scan(make_pt(tmp_path / "a", STORED, code=None)).series[0])
    assert activity.nuclide == Y90
    assert "nuclide-by-half-life" in {f.code for f in findings}


def test_negative_voxels_count_as_zero_and_are_counted(make_pt: Maker, tmp_path: Path) -> None:
    stored = STORED.astype(np.int16)
    stored[0, 0, :3] = -100
    activity, findings = examine_pt(scan(make_pt(tmp_path / "a", stored)).series[0])
    assert float(activity.bq_per_ml.min()) == 0
    assert next(f.message for f in findings if f.code == "negative-voxels").startswith(
        "the PET: 3 voxels are below zero"
    )


@pytest.mark.parametrize(
    ("tracer", "changes", "says"),
    [
        ({}, {"Units": "CNTS"}, "Units are CNTS: counts, which are proportional"),
        ({}, {"Units": "GML"}, "Units are GML: standardised uptake"),
        ({}, {"Units": "PROPCPS"}, "Units are PROPCPS: proportional to counts a second"),
        ({}, {"Units": ""}, "Units are absent: nowhere stated"),
        ({}, {"DecayCorrection": ""}, "DecayCorrection as START, ADMIN or NONE, but states nothing"),
        ({}, {"DecayCorrection": "SOON"}, "but states SOON"),
        ({"half_life_s": 6586.2}, {}, "the code says Y-90 and the half-life is 1.829 h"),
        ({"code": ("C-X", "^68^Gallium"), "half_life_s": 4062.6}, {}, r"but is Ga-68; it cannot be used, or, where"),
        ({"code": ("C-X", "tracer"), "half_life_s": 1000.0}, {}, "but is coded tracer"),
        ({"code": ("56609000", "")}, {}, "but is In-111"),
        ({"code": ("14691008", ""), "half_life_s": 6586.2}, {}, "the code says Y-90 and the half-life is 1.829 h"),
        ({"code": ("C-131A3", "")}, {}, "the code says Ga-68 and the half-life is 64.05 h"),
        ({"code": ("C-163A8", "^90^Yttrium")}, {}, "codes and their meanings speak of Tc-99m and Y-90"),
        ({}, {"SeriesType": ["STATIC", "REPROJECTION"]}, "SeriesType says REPROJECTION"),
        ({"code": None, "half_life_s": None}, {}, "neither code nor half-life"),
        ({"code": None, "half_life_s": 1000.0}, {}, "half-life of 0.2778 h that fits none"),
        ({"given": ""}, {"DecayCorrection": "ADMIN"}, "its time is absent"),
        ({}, {"AcquisitionTime": "", "SeriesTime": ""}, "must say when it was acquired"),
        ({}, {"DecayCorrection": "NONE", "ActualFrameDuration": None}, "time and duration of each slice"),
        ({}, {"RescaleSlope": "0"}, "RescaleSlope must not be zero"),
    ],
)
def test_a_pet_that_proves_nothing_is_refused_with_the_reason(
    make_pt: Maker, tmp_path: Path, absent: object, tracer: dict[str, Any], changes: dict[str, Any], says: str
) -> None:
    tags = {k: absent if v is None else v for k, v in changes.items()}
    with pytest.raises(IntakeError, match=says):
        read_pt(scan(make_pt(tmp_path / "pt", STORED, **tracer, **tags)).series[0])


def test_slices_of_two_units_are_refused(make_pt: Maker, tmp_path: Path) -> None:
    def each(ds: FileDataset, k: int) -> None:
        ds.Units = "BQML" if k else "CNTS"

    with pytest.raises(IntakeError, match="one unit, but its slices state BQML, CNTS"):
        read_pt(scan(make_pt(tmp_path / "pt", STORED, each=each)).series[0])


def test_counts_can_be_used_as_relative_counts_with_a_warning(make_pt: Maker, tmp_path: Path) -> None:
    counts, findings = examine_pt_counts(scan(make_pt(tmp_path / "pt", STORED, Units="CNTS")).series[0])
    assert np.allclose(counts.counts, STORED * 2.5)
    assert "relative-counts" in {f.code for f in findings}
    with pytest.raises(IntakeError, match=r"must be in counts .* but is in Bq/mL"):
        examine_pt_counts(scan(make_pt(tmp_path / "q", STORED)).series[0])


# SUV factors of the first instance as the zoo's SOURCE.txt expects them (cornerstonejs/calculate-suv, MIT).
SUV = {
    "PHILIPS_BQML": 0.0007463747013889488,
    "PHILIPS_CNTS_AND_BQML_SUV": 0.000551,
    "SIEMENS": 0.00042748316187197236,
    "GE_MEDICAL_AND_BQML": 0.0005367387681819742,
    "BQML_AC_DT_lessThan_S_DT_SIEMENS": 0.0004069156854009332,
    "CPS_AND_BQML_AC_DT_-_S_DT": 0.00026503312764157046,
    "RADIOPHARM_DATETIME_UNDEFINED": 0.0003721089202818729,
}


def _zoo(make_pt: Maker, folder: Path, told: dict[str, Any]) -> Path:
    def each(ds: FileDataset, k: int) -> None:
        drug = ds.RadiopharmaceuticalInformationSequence[0]
        drug.RadiopharmaceuticalStartTime = told["RadiopharmaceuticalStartTime"]
        private = told.get("PhilipsPETPrivateGroup") or {}
        block = ds.private_block(0x7053, "Philips PET Private Group", create=True)
        for offset, key in ((0x00, "SUVScaleFactor"), (0x09, "ActivityConcentrationScaleFactor")):
            if key in private:
                block.add_new(offset, "DS", private[key].strip())

    kept = (
        "SeriesDate",
        "SeriesTime",
        "AcquisitionDate",
        "AcquisitionTime",
        "Units",
        "DecayCorrection",
        "CorrectedImage",
    )
    tags = {k: told[k] for k in kept} | {"FrameReferenceTime": str(told["FrameReferenceTime"])[:16]}
    given = str(told.get("RadiopharmaceuticalStartDateTime", "")).strip()
    return make_pt(folder, STORED, half_life_s=told["RadionuclideHalfLife"], code=None, given=given, each=each, **tags)


@pytest.mark.parametrize("name", SUV)
def test_each_vendors_header_gives_the_published_uptake_factor(
    make_pt: Maker, tmp_path: Path, shared_data: Callable[[str], Path], name: str
) -> None:
    told = json.loads((shared_data("pet_header_zoo") / "calculate_suv_json" / f"{name}-instances.json").read_text())[0]
    series = scan(_zoo(make_pt, tmp_path / "pt", told)).series[0]
    activity, _ = examine_pt(series)
    factors = absolute_factors(series, what="it")[0] or (1.0,)
    given = _clock(told["SeriesDate"] + told["RadiopharmaceuticalStartTime"][:6])
    assert activity.reference is not None
    waited = (activity.reference - given).total_seconds()
    dose = told["RadionuclideTotalDose"] * 2 ** (-waited / told["RadionuclideHalfLife"])
    factor = told["PatientWeight"] * 1000 / dose * factors[0]
    assert factor == pytest.approx(SUV[name], rel=1e-3 if name.startswith("PHILIPS_CNTS") else 1e-8)


def test_philips_counts_with_an_uptake_factor_alone_stay_counts(
    make_pt: Maker, tmp_path: Path, shared_data: Callable[[str], Path]
) -> None:
    told = json.loads(
        (shared_data("pet_header_zoo") / "calculate_suv_json" / "PHILIPS_CNTS_AND_SUV-instances.json").read_text()
    )[0]
    series = scan(_zoo(make_pt, tmp_path / "pt", told)).series[0]
    assert philips_factors(series) == ()
    with pytest.raises(IntakeError, match="Units are CNTS"):
        read_pt(series)


def test_the_zoo_of_real_slices_is_read_or_refused_for_its_reason(shared_data: Callable[[str], Path]) -> None:
    said: dict[str, str] = {}
    for series in scan(shared_data("pet_header_zoo") / "dicom").series:
        try:
            said[series.first.path.name] = read_pt(series).nuclide.name
        except IntakeError as error:
            said[series.first.path.name] = str(error)
    assert said["orthanc_Siemens_mCT_BQML.dcm"] == "F-18"
    assert said["ACRIN-FLT-Breast_028.dcm"] == said["ACRIN-FLT-Breast_029.dcm"] == "F-18"
    assert "Units are PROPCPS" in said["fodicom_GH610_GE_DSTE_PROPCPS_JPEGLL.dcm"]
    assert "must say when it was acquired" in said["orthanc_Philips_GEMINI_BQML.dcm"]


def test_a_real_quantitative_spect_stored_as_pet_has_its_stated_activity(shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("lu177_spect_rtstruct_umich")
    for name, mbq in (("SCAN_001", 1350.6), ("SCAN_002", 996.1)):
        activity = read_pt(scan(folder / name).of("PT")[0])
        assert activity.nuclide.name == "Lu-177"
        assert float(activity.total) / 1e6 == pytest.approx(mbq, rel=5e-4)
        assert activity.reference == _clock("20181115092200")


def test_a_real_pet_without_a_coded_nuclide_is_read_by_its_half_life(shared_data: Callable[[str], Path]) -> None:
    activity, findings = examine_pt(scan(shared_data("qin_headneck_pet_seg")).of("PT")[0])
    assert float(activity.bq_per_ml.sum(dtype=float)) == pytest.approx(4349920272.505, rel=1e-6)
    assert activity.nuclide.name == "F-18"
    assert "nuclide-by-half-life" in {f.code for f in findings}


def test_a_code_that_dicom_does_not_know_leaves_the_nuclide_to_its_half_life(make_pt: Maker, tmp_path: Path) -> None:
    activity, findings = examine_pt(scan(make_pt(tmp_path / "a", STORED, code=("C-X", "tracer"))).series[0])
    assert activity.nuclide.name == "Y-90"
    assert [f.message for f in findings if f.code == "nuclide-by-half-life"] == [
        "the PET: its nuclide is coded tracer, which DICOM gives to no nuclide; the half-life of 64.05 h means Y-90"
    ]


def test_an_empty_slice_of_slope_zero_holds_nothing_and_any_other_is_refused(make_pt: Maker, tmp_path: Path) -> None:
    stored = STORED.copy()
    stored[2] = 0

    def each(ds: FileDataset, k: int) -> None:
        if k == 2:
            ds.RescaleSlope = "0"

    folder = make_pt(tmp_path / "a", stored, each=each)
    assert np.allclose(read_pt(scan(folder).series[0]).bq_per_ml, stored * 2.5)
    (entry,) = survey(folder).series
    assert (entry.usable, entry.min) == (True, 0.0)
    with pytest.raises(IntakeError, match="RescaleSlope must not be zero"):
        read_pt(scan(make_pt(tmp_path / "b", STORED, each=each)).series[0])


def test_padding_of_a_pet_holds_nothing(make_pt: Maker, tmp_path: Path) -> None:
    stored = STORED.astype(np.int16)
    stored[:, 0] = -32768
    folder = make_pt(tmp_path / "a", stored, PixelPaddingValue=-32768)
    assert np.allclose(read_pt(scan(folder).series[0]).bq_per_ml, np.where(stored < 0, 0, stored * 2.5))


def test_slices_that_write_one_tracer_with_other_digits_are_of_one_scan(make_pt: Maker, tmp_path: Path) -> None:
    def each(ds: FileDataset, k: int) -> None:
        drug = ds.RadiopharmaceuticalInformationSequence[0]
        code = drug.RadionuclideCodeSequence[0]
        if k:
            code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "14691008", "SCT", "Itrio-90"
            drug.RadionuclideHalfLife, drug.RadiopharmaceuticalStartDateTime = "230580.2", "20260228150000.00"

    assert read_pt(scan(make_pt(tmp_path / "a", STORED, each=each)).series[0]).nuclide.name == "Y-90"
