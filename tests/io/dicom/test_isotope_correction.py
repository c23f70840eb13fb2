"""io.dicom.isotope: a PET acquired as 18F or 68Ga gives the 90Y that was there, once a person has confirmed it, and not before."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import FileDataset

from yttria.data import table
from yttria.io.case.survey import survey
from yttria.io.dicom.dataset import open_dataset
from yttria.io.dicom.isotope_correction import decay_factor, tracer_of
from yttria.io.dicom.pt import examine_pt
from yttria.io.dicom.scan import scan
from yttria.io.dicom.series import Series
from yttria.io.files.activity_image import read_activity
from yttria.values.confirmation import Confirmation
from yttria.values.errors import IntakeError

Maker = Callable[..., Path]
TRUE_BQ_ML = 250_000.0  # at the reference instant
Y90_H, Y90_POSITRONS = 64.05, 3.186e-5
SET: dict[str, tuple[float, float, tuple[str, str]]] = {
    "F-18": (6586.2, 0.9673, ("C-111A1", "^18^Fluorine")),
    "Ga-68": (4062.6, 0.8891, ("C-131A3", "^68^Gallium")),
}
BEGIN_S, FRAME_S = (0, 0, 0, 900, 900, 900), 900.0  # two bed positions of 15 minutes
GIVEN_S = -66 * 3600.0  # the administration, before the start of the scan
CONFIRMED = Confirmation("Y-90", "F-18", "the physicist")


def _written(tracer: str, rule: str, begin_s: float) -> float:
    """Return what a scanner set to a tracer writes of TRUE_BQ_ML of 90Y: a sum over its frame, not the formula under test."""
    half_life_s, fraction, _ = SET[tracer]
    reference_s = GIVEN_S if rule == "ADMIN" else 0.0
    t = begin_s + (np.arange(20_000) + 0.5) * FRAME_S / 20_000
    activity = TRUE_BQ_ML * 2.0 ** (-(t - reference_s) / (Y90_H * 3600))
    seen = float(activity.mean()) * Y90_POSITRONS / fraction
    if rule == "NONE":
        return seen
    wrong = float((2.0 ** (-(t - reference_s) / half_life_s)).mean())
    return seen / wrong


@pytest.fixture
def make_set(make_pt: Maker) -> Maker:
    """Return a maker of a PET of 90Y whose scanner was set to a tracer."""

    def make(folder: Path, *, tracer: str = "F-18", rule: str = "START", **words: Any) -> Path:
        half_life_s, _, code = SET[tracer]

        def each(ds: FileDataset, k: int) -> None:
            ds.AcquisitionTime = f"09{BEGIN_S[k] // 60:02d}00"
            ds.RescaleSlope = f"{_written(tracer, rule, BEGIN_S[k]) / 1000:.10g}"
            for keyword, value in words.get("each", {}).items():
                setattr(ds, keyword, value)

        told = {"half_life_s": half_life_s, "code": code, **{k: v for k, v in words.items() if k != "each"}}
        return make_pt(
            folder, np.full((6, 4, 5), 1000, np.uint16), each=each, given="20260226150000", DecayCorrection=rule,
            ActualFrameDuration=str(int(FRAME_S * 1000)), **told,
        )  # fmt: skip

    return make


@pytest.mark.parametrize("tracer", sorted(SET))
@pytest.mark.parametrize("rule", ["START", "ADMIN", "NONE"])
def test_the_true_activity_comes_back_whatever_the_scanner_was_set_to(
    make_set: Maker, tmp_path: Path, tracer: str, rule: str
) -> None:
    series = scan(make_set(tmp_path / "pt", tracer=tracer, rule=rule)).series[0]
    activity, findings = examine_pt(series, Confirmation("Y-90", tracer, "the physicist"))
    assert activity.nuclide.name == "Y-90"
    assert np.allclose(activity.bq_per_ml, TRUE_BQ_ML, rtol=2e-6)
    told = next(f for f in findings if f.code == "acquired-as")
    assert told.level == "warning"
    assert f"acquired as {tracer} and read as Y-90, as confirmed in case.toml (the physicist)" in told.message
    assert "Selwyn" in told.message
    assert told.message.endswith("(none was undone)" if rule == "NONE" else "(computed from its times)")


def test_one_frame_of_fluorine_has_its_factor_by_hand(make_set: Maker, tmp_path: Path) -> None:
    series = scan(make_set(tmp_path / "pt")).series[0]
    raw = examine_pt(series)[0].bq_per_ml[0, 0, 0]
    # 0.9673 / 3.186e-5 = 30360.9; decay in 15 min: 90Y 1.001353, 18F 1.048116 (ln 2 x 900 s / T halved, and its square / 12)
    by_hand = 0.9673 / 3.186e-5 * 1.0013533 / 1.0481134
    assert examine_pt(series, CONFIRMED)[0].bq_per_ml[0, 0, 0] / raw == pytest.approx(by_hand, rel=1e-5)


def test_a_decay_factor_of_two_scanners_is_that_of_their_headers(shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("pet_header_zoo") / "dicom"
    for name in ("ACRIN-FLT-Breast_028.dcm", "ACRIN-FLT-Breast_029.dcm", "orthanc_Siemens_mCT_BQML.dcm"):
        header = scan(folder / name).series[0].first
        computed = decay_factor(header, 6586.2 / 3600, header.instant("Series"), what=name)
        assert computed == pytest.approx(header.number("DecayFactor"), rel=2e-4)


def test_a_decay_factor_of_every_bed_of_a_real_scan_is_that_of_its_header(shared_data: Callable[[str], Path]) -> None:
    series = scan(shared_data("qin_headneck_pet_seg")).of("PT")[0]
    for header in series.headers:
        computed = decay_factor(header, 6586.2 / 3600, header.instant("Series"), what="it")
        assert computed == pytest.approx(header.number("DecayFactor"), rel=1e-6)


def test_the_fraction_and_half_life_of_the_header_are_what_the_scanner_used(make_set: Maker, tmp_path: Path) -> None:
    def with_fraction(fraction: str) -> float:
        folder = make_set(tmp_path / fraction)
        for path in folder.iterdir():
            ds = open_dataset(path)
            ds.RadiopharmaceuticalInformationSequence[0].RadionuclidePositronFraction = fraction
            ds.save_as(path)
        return float(examine_pt(scan(folder).series[0], CONFIRMED)[0].bq_per_ml.mean())

    assert with_fraction("0.97") / with_fraction("0.9673") == pytest.approx(0.97 / 0.9673, rel=1e-6)
    with pytest.raises(IntakeError, match=r"but its header says 0\.5"):
        with_fraction("0.5")


@pytest.mark.parametrize(("decay", "share"), [("stated", 1.0), ("computed", None)])
def test_where_header_and_times_disagree_a_person_says_which_decay_was_undone(
    make_set: Maker, tmp_path: Path, decay: str, share: float | None
) -> None:
    series = scan(make_set(tmp_path / "pt", each={"DecayFactor": "1"})).series[0]
    with pytest.raises(IntakeError, match=r"DecayFactor is 1 where its times give 1\.0481"):
        examine_pt(series, CONFIRMED)
    activity = examine_pt(series, Confirmation("Y-90", "F-18", "me", decay=decay))[0].bq_per_ml[0, 0, 0]
    wrong = 1.0481134 if share else 1.0
    assert float(activity) == pytest.approx(TRUE_BQ_ML * wrong, rel=1e-5)


def test_an_agreeing_decay_factor_of_the_header_is_taken(make_set: Maker, tmp_path: Path) -> None:
    whole = scan(make_set(tmp_path / "pt", each={"DecayFactor": "1.0485"})).series[0]
    series = Series(whole.uid, whole.headers[:3])  # of the first bed position
    computed = decay_factor(series.first, 6586.2 / 3600, series.first.instant("Series"), what="it")
    activity, findings = examine_pt(series, CONFIRMED)
    assert any(f.message.endswith("(as its header states)") for f in findings)
    got = float(activity.bq_per_ml[0, 0, 0])
    assert got == pytest.approx(TRUE_BQ_ML * computed / 1.0485, rel=1e-5)


@pytest.mark.parametrize(
    ("said", "words", "says"),
    [
        (Confirmation("Y-90", "Tc-99m", "me"), {}, "acquired_as must be one of C-11, N-13, .*, but is Tc-99m"),
        (Confirmation("Y-90", "Cu-64", "me"), {}, "what .* acquired_as says, Cu-64, but its header says F-18"),
        (Confirmation("Y-90", "Ga-68", "me"), {}, "what .* acquired_as says, Ga-68, but its header says F-18"),
        (CONFIRMED, {"code": ("C-162A7", "^90^Yttrium"), "half_life_s": 64.05 * 3600}, "header says 64.05 h"),
        (CONFIRMED, {"code": ("C-162A7", "^90^Yttrium"), "half_life_s": None}, "but its header says Y-90"),
        (CONFIRMED, {"code": None, "half_life_s": None}, "but its header says nothing"),
        (Confirmation("Ho-166", "F-18", "me"), {}, "positrons are known"),
        (CONFIRMED, {"AcquisitionTime": "", "AcquisitionDate": ""}, "time and duration of each slice"),
    ],
)
def test_a_header_that_does_not_bear_out_what_was_confirmed_is_refused(
    make_set: Maker, make_pt: Maker, tmp_path: Path, said: Confirmation, words: dict[str, Any], says: str
) -> None:
    if "AcquisitionTime" in words:
        words = {"each": words}
    with pytest.raises(IntakeError, match=says):
        examine_pt(scan(make_set(tmp_path / "pt", **words)).series[0], said)


def test_a_code_of_yttrium_with_the_half_life_of_fluorine_is_read_where_confirmed(
    make_set: Maker, tmp_path: Path
) -> None:
    series = scan(make_set(tmp_path / "pt", code=("C-162A7", "^90^Yttrium"))).series[0]
    with pytest.raises(IntakeError, match=r"(?s)nuclide and half-life of the PET must agree.*acquired_as = .F-18."):
        examine_pt(series)
    assert np.allclose(examine_pt(series, CONFIRMED)[0].bq_per_ml, TRUE_BQ_ML, rtol=2e-6)


def test_without_a_confirmation_the_refusal_says_how_to_confirm(make_set: Maker, tmp_path: Path) -> None:
    series = scan(make_set(tmp_path / "pt", tracer="Ga-68")).series[0]
    with pytest.raises(
        IntakeError,
        match=r'but is Ga-68; .*scanner was set to Ga-68 and 90Y was imaged.*\n\[emission\]\nnuclide = "Y-90"\nacquired_as = "Ga-68"',
    ):
        examine_pt(series)


def _with_fraction(folder: Path, fraction: float) -> Series:
    for path in folder.iterdir():
        ds = open_dataset(path)
        ds.RadiopharmaceuticalInformationSequence[0].RadionuclidePositronFraction = f"{fraction:.10g}"
        ds.save_as(path)
    return scan(folder).series[0]


@pytest.mark.parametrize(
    ("tracer", "ratio", "level"),
    [
        ("Y-90", 1.019, ""),
        ("Y-90", 0.981, ""),
        ("Y-90", 1.021, "note"),
        ("Y-90", 34e-6 / 3.186e-5, "note"),
        ("Y-90", 1.099, "note"),
        ("Y-90", 1.101, "warning"),
        ("Y-90", 0.899, "warning"),
        ("Y-90", 1.99, "warning"),
        ("F-18", 1 / 0.9673, "note"),
        ("F-18", 0.8891 / 0.9673, "note"),
        ("F-18", 0.51, "warning"),
    ],
)
def test_a_positron_fraction_is_held_against_the_nuclides_own(
    make_pt: Maker, tmp_path: Path, tracer: str, ratio: float, level: str
) -> None:
    words: dict[str, Any] = {"half_life_s": SET["F-18"][0], "code": SET["F-18"][2]} if tracer == "F-18" else {}
    own = {"Y-90": Y90_POSITRONS, "F-18": 0.9673}[tracer]
    folder = make_pt(tmp_path / "pt", np.ones((2, 3, 3), np.uint16), **words)
    found = [f for f in examine_pt(_with_fraction(folder, own * ratio))[1] if f.code == "positron-fraction"]
    assert [f.level for f in found] == ([level] if level else [])
    assert all(f"a ratio of {ratio:.4g}" in f.message for f in found)


@pytest.mark.parametrize("fraction", [0.9673, 2.01 * Y90_POSITRONS, 0.49 * Y90_POSITRONS])
def test_the_positron_fraction_of_another_nuclide_is_refused_until_a_person_says_by_what_was_divided(
    make_pt: Maker, tmp_path: Path, fraction: float
) -> None:
    folder = make_pt(tmp_path / "pt", np.full((2, 3, 3), 4, np.uint16))
    series = _with_fraction(folder, fraction)
    with pytest.raises(IntakeError, match=r'(?s)positron fraction is .* ask by which .*acquired_as = "Y-90"'):
        examine_pt(series)
    (entry,) = survey(folder).series
    assert not entry.usable
    divided = examine_pt(series, Confirmation("Y-90", "Y-90", "me", positron_fraction=fraction))[0]
    assert np.allclose(divided.bq_per_ml, 10 * fraction / Y90_POSITRONS, rtol=1e-5)
    right, findings = examine_pt(series, Confirmation("Y-90", "Y-90", "me", positron_fraction=Y90_POSITRONS))
    assert np.allclose(right.bq_per_ml, 10)
    assert any("where the header says" in f.message for f in findings)


@pytest.mark.parametrize("tracer", sorted(table("pet_tracers")))
def test_a_scanner_can_be_set_to_every_tracer_of_the_table(make_pt: Maker, tmp_path: Path, tracer: str) -> None:
    row = table("pet_tracers")[tracer]
    folder = make_pt(
        tmp_path / "pt",
        np.full((2, 3, 3), 4, np.uint16),
        half_life_s=row["half_life_h"] * 3600,
        code=(table("nuclide_codes")[tracer]["srt"], ""),
        ActualFrameDuration=0,
    )
    read = examine_pt(scan(folder).series[0], Confirmation("Y-90", tracer, "me"))[0]
    assert np.allclose(read.bq_per_ml, 10 * row["positron_fraction"] / Y90_POSITRONS, rtol=1e-6)


def test_dose_reads_the_confirmation_beside_the_images(make_set: Maker, tmp_path: Path) -> None:
    folder = make_set(tmp_path / "pt")
    assert read_activity(folder)[0].nuclide.name == "F-18"
    (folder / "case.toml").write_text('[emission]\nnuclide = "Y-90"\nacquired_as = "F-18"\nby = "me"\n')
    activity, findings = read_activity(folder)
    assert np.allclose(activity.bq_per_ml, TRUE_BQ_ML, rtol=2e-6)
    assert "acquired-as" in {f.code for f in findings}


@pytest.mark.parametrize(
    ("words", "found"),
    [("PET Y90 liver", True), ("SIRT", True), ("TheraSphere", True), ("liver 90", False), ("starter", False)],
)
def test_inspect_doubts_fluorine_where_the_description_speaks_of_yttrium(
    make_set: Maker, tmp_path: Path, words: str, found: bool
) -> None:
    codes = {f.code for f in survey(make_set(tmp_path / "pt", SeriesDescription=words)).findings}
    assert ("acquired-as-unconfirmed" in codes) == found


def test_a_tracer_is_known_by_its_half_life_before_its_code(make_pt: Maker, tmp_path: Path) -> None:
    path = make_pt(tmp_path / "pt", np.ones((2, 3, 3), np.uint16), half_life_s=6586.2)  # the code says 90Y
    assert tracer_of(open_dataset(next(path.iterdir()))) == "F-18"


def test_half_life_and_positrons_of_each_tracer_are_those_of_icrp_107(shared_data: Callable[[str], Path]) -> None:
    minutes, folder = {"m": 1.0, "h": 60.0}, shared_data("physics") / "icrp107"
    held = {name: row for name, row in table("pet_tracers").items() if (folder / f"{name}.json").exists()}
    assert {"F-18", "Ga-68", "Zr-89"} <= set(held)
    for name in set(held) - {"Y-90"}:
        row = held[name]
        told = json.loads(json.loads((folder / f"{name}.json").read_text()))
        positrons = math.fsum(share for _, share in told["emissions"]["beta+"])
        assert row["positron_fraction"] == pytest.approx(positrons, abs=5e-5)
        assert row["half_life_h"] == pytest.approx(told["half_life"] * minutes[told["time_unit"]] / 60, rel=1e-9)
