"""A 90Y PET verified through `yttria verify`: every way a scanner may say when its numbers hold and what it was set to gives one dose."""

import json
import math
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.data import table
from yttria.io.dicom.common_modules import code
from yttria.io.dicom.pt_writer import PetScan, write_pt
from yttria.io.volumes.volume import write_volume
from yttria.values.grid import Grid
from yttria.values.maps import ActivityMap
from yttria.values.nuclide import Nuclide
from yttria.values.patient import PatientIdentity
from yttria.values.treatment import Administration
from yttria.values.units import Bq

K, RHO, HALF_LIFE_H = 49.67, 1.06, 64.05
SHAPE = (12, 16, 16)
FRAME = "1.2.826.0.1.3680043.8.498.90"
GRID = Grid.aligned(SHAPE, spacing_zyx_mm=(4.0, 4.0, 4.0), origin_lps_mm=(0.0, 0.0, 0.0), frame_uid=FRAME)
VOXEL_ML = 0.064
GIVEN_AT = datetime.fromisoformat("2026-11-30T22:40:00+01:00")
START = datetime.fromisoformat("2026-12-01T00:55:00+01:00")
MINUTES = 30.0
SCANNED_H = (START - GIVEN_AT).total_seconds() / 3600
LIVER = np.zeros(SHAPE, dtype=np.uint8)
LIVER[2:10, 2:14, 2:14] = 1
TUMOUR = np.zeros(SHAPE, dtype=np.uint8)
TUMOUR[4:8, 5:11, 5:11] = 1
AT_GIVEN = {"tumour": 4e6, "liver": 1e6}  # Bq/mL
TD_GY = AT_GIVEN["tumour"] * 1e-9 * K * 1000 / RHO
IDENTITY = PatientIdentity(
    patient_id="V-1",
    study_uid=generate_uid(entropy_srcs=["verified pet"]),
    study_date="20261201",
    zone="+0100",
    frame_uid=FRAME,
)
Change = Callable[[Dataset], None]


def decayed(hours: float, half_life_h: float = HALF_LIFE_H) -> float:
    return 2 ** (-hours / half_life_h)


def concentration() -> np.ndarray[Any, np.dtype[np.float32]]:
    image = np.zeros(SHAPE, dtype=np.float32)
    image[LIVER > 0] = AT_GIVEN["liver"]
    image[TUMOUR > 0] = AT_GIVEN["tumour"]
    return image


GIVEN_GBQ = float(concentration().sum(dtype=np.float64)) * VOXEL_ML / 1e9


def case(folder: Path, *changes: Change, factor: float = 1.0, words: str = "", at: datetime = GIVEN_AT) -> Path:
    """Write a case: a PET whose numbers are those at the start of the scan times a factor, its headers changed."""
    (folder / "pet").mkdir(parents=True)
    at_start = concentration() * np.float32(decayed(SCANNED_H) * factor)
    image = ActivityMap(GRID, at_start, Nuclide.named("Y-90"), START)
    scan = PetScan(START, MINUTES, Administration(Bq(GIVEN_GBQ * 1e9), GIVEN_AT))
    write_pt(folder / "pet", image, scan, IDENTITY, description="90Y PET")
    for path in (folder / "pet").iterdir():
        dataset = pydicom.dcmread(path)
        for change in changes:
            change(dataset)
        dataset.save_as(path)
    for role, mask in {"liver": LIVER, "tumour": TUMOUR}.items():
        write_volume(folder / f"{role}.nii.gz", GRID, mask)
    (folder / "case.toml").write_text(
        '[files]\nemission = "pet"\nliver = "liver.nii.gz"\ntumour = "tumour.nii.gz"\n[shunt]\nfraction = 0.0\n'
        '[product]\nname = "glass"\n[patient]\ndisease = "HCC"\n'
        f'[given]\nactivity_gbq = {GIVEN_GBQ!r}\nat = "{at.isoformat()}"\n{words}',
        encoding="utf-8",
    )
    return folder


def verify(folder: Path, *words: object) -> Any:
    done = CliRunner().invoke(app, ["verify", str(folder), *map(str, words), "--json"])
    return json.loads(done.stdout) if done.exit_code == 0 else done.output


def drug(dataset: Dataset) -> Dataset:
    item: Dataset = dataset.RadiopharmaceuticalInformationSequence[0]
    return item


def admin(dataset: Dataset) -> None:
    """Say that decay was corrected to the administration."""
    dataset.DecayCorrection = "ADMIN"


def admin_by_clock_alone(dataset: Dataset) -> None:
    """Say so, with the time of the administration but without its date: it lies before midnight."""
    admin(dataset)
    del drug(dataset).RadiopharmaceuticalStartDateTime


def uncorrected(dataset: Dataset) -> None:
    """Say that decay was not corrected."""
    dataset.DecayCorrection = "NONE"
    dataset.CorrectedImage = [word for word in dataset.CorrectedImage if word != "DECY"]
    del dataset.DecayFactor


def rewritten_series_time(dataset: Dataset) -> None:
    """Move the series time to when the image was made, as some workstations do."""
    later = START + timedelta(hours=5)
    dataset.SeriesDate, dataset.SeriesTime = later.strftime("%Y%m%d"), later.strftime("%H%M%S")


def without_zone(dataset: Dataset) -> None:
    del dataset.TimezoneOffsetFromUTC


def in_another_zone(dataset: Dataset) -> None:
    """Write the same instants by a clock of UTC, on the day before."""
    utc = START - timedelta(hours=1)
    given = GIVEN_AT - timedelta(hours=1)
    dataset.TimezoneOffsetFromUTC = "+0000"
    for word in ("Series", "Acquisition", "Content"):
        setattr(dataset, f"{word}Date", utc.strftime("%Y%m%d"))
        setattr(dataset, f"{word}Time", utc.strftime("%H%M%S"))
    drug(dataset).RadiopharmaceuticalStartDateTime = given.strftime("%Y%m%d%H%M%S")
    drug(dataset).RadiopharmaceuticalStartTime = given.strftime("%H%M%S")


def with_fractions(dataset: Dataset) -> None:
    dataset.AcquisitionTime = dataset.SeriesTime = START.strftime("%H%M%S") + ".000000"


UNDECAYED = -math.expm1(-math.log(2) * MINUTES / 60 / HALF_LIFE_H) / (math.log(2) * MINUTES / 60 / HALF_LIFE_H)
"""Average over the scan over the activity at its start."""


@pytest.mark.parametrize(
    ("change", "factor"),
    [
        (lambda _: None, 1.0),
        (admin, 1 / decayed(SCANNED_H)),
        (admin_by_clock_alone, 1 / decayed(SCANNED_H)),
        (uncorrected, UNDECAYED),
        (rewritten_series_time, 1.0),
        (in_another_zone, 1.0),
        (with_fractions, 1.0),
        (without_zone, 1.0),
    ],
    ids=["START", "ADMIN", "ADMIN by clock alone", "NONE", "series time late", "UTC", "fractions", "no zone"],
)
def test_a_scan_past_midnight_gives_one_dose_however_its_decay_was_corrected(
    tmp_path: Path, change: Change, factor: float
) -> None:
    found = verify(case(tmp_path / "case", change, factor=factor))["result"]
    assert found["calibration"] == "absolute"
    assert found["doses_gy"]["TD"] == pytest.approx(TD_GY, rel=2e-4)
    assert found["image"]["of_given_fraction"] == pytest.approx(1.0, rel=2e-4)


@pytest.mark.parametrize("hours", [0.25, 26.0, 130.0])
def test_decay_to_the_scan_and_back_leaves_the_dose_whenever_the_scan_is(tmp_path: Path, hours: float) -> None:
    scanned = GIVEN_AT + timedelta(hours=hours)

    def change(dataset: Dataset) -> None:
        for word in ("Series", "Acquisition", "Content"):
            setattr(dataset, f"{word}Date", scanned.strftime("%Y%m%d"))
            setattr(dataset, f"{word}Time", scanned.strftime("%H%M%S"))

    found = verify(case(tmp_path / "case", change, factor=decayed(hours) / decayed(SCANNED_H)))["result"]
    assert found["image"]["at_instant"] == scanned.isoformat()
    assert found["image"]["activity_gbq"] == pytest.approx(GIVEN_GBQ * decayed(hours), rel=2e-4)
    assert found["doses_gy"]["TD"] == pytest.approx(TD_GY, rel=2e-4)


def test_the_day_of_an_administration_that_the_header_lacks_is_that_of_the_case(tmp_path: Path) -> None:
    """Given at 22:40, scanned a day and three hours later: by the scan's day alone the numbers would hold a day too late."""
    document = verify(case(tmp_path / "case", a_day_later, admin_by_clock_alone, factor=1 / decayed(SCANNED_H)))
    assert document["result"]["doses_gy"]["TD"] == pytest.approx(TD_GY, rel=2e-4)
    assert document["result"]["image"]["at_instant"] == GIVEN_AT.isoformat()
    assert codes(document)["administration-day-from-case"]["level"] == "note"


def a_day_later(dataset: Dataset) -> None:
    """Move the scan to the evening after, later by the clock than the administration."""
    later = GIVEN_AT + timedelta(hours=25)
    for word in ("Series", "Acquisition", "Content"):
        setattr(dataset, f"{word}Date", later.strftime("%Y%m%d"))
        setattr(dataset, f"{word}Time", later.strftime("%H%M%S"))


@pytest.mark.parametrize("minutes", [59, 61])
def test_clocks_of_header_and_case_must_agree_within_an_hour_for_the_day_to_be_taken(
    tmp_path: Path, minutes: int
) -> None:
    folder = case(tmp_path / "case", admin_by_clock_alone, at=GIVEN_AT + timedelta(minutes=minutes))
    answer = verify(folder)
    if minutes < 60:
        assert "administration-day-from-case" in codes(answer)
    else:
        assert "its date is absent (RadiopharmaceuticalStartDateTime)" in answer


@pytest.mark.parametrize(("minutes", "told"), [(14, False), (16, True), (24 * 60, True)])
def test_a_header_that_knows_another_administration_than_the_case_is_told(
    tmp_path: Path, minutes: int, told: bool
) -> None:
    document = verify(case(tmp_path / "case", a_day_later, admin_at(GIVEN_AT + timedelta(minutes=minutes)), factor=1.0))
    assert ("administrations-differ" in codes(document)) is told


def admin_at(instant: datetime) -> Change:
    def change(dataset: Dataset) -> None:
        admin(dataset)
        drug(dataset).RadiopharmaceuticalStartDateTime = instant.strftime("%Y%m%d%H%M%S")
        drug(dataset).RadiopharmaceuticalStartTime = instant.strftime("%H%M%S")

    return change


# ------------------------------------------------------------------ isotopes


def codes(document: Any) -> dict[str, Any]:
    return {finding["code"]: finding for finding in document["findings"]}


def set_to(nuclide: str) -> Change:
    """Return what a scanner writes that was set to another isotope."""
    tracer = table("pet_tracers")[nuclide]

    def change(dataset: Dataset) -> None:
        row = table("nuclide_codes")[nuclide]
        drug(dataset).RadionuclideCodeSequence[0] = code(
            row["srt"], "SRT", f"^{nuclide.split('-')[1]}^{row['element']}"
        )
        drug(dataset).RadionuclideHalfLife = f"{tracer['half_life_h'] * 3600:.8g}"
        drug(dataset).RadionuclidePositronFraction = f"{tracer['positron_fraction']:.8g}"
        dataset.DecayFactor = f"{1 / averaged(tracer['half_life_h']):.8g}"

    return change


def averaged(half_life_h: float) -> float:
    """Return the mean activity over the scan over that at its start."""
    turned = math.log(2) * MINUTES / 60 / half_life_h
    return -math.expm1(-turned) / turned


@pytest.mark.parametrize("nuclide", ["F-18", "Ga-68", "Zr-89"])
def test_a_scanner_set_to_another_isotope_is_corrected_where_a_person_confirms_it(tmp_path: Path, nuclide: str) -> None:
    own, tracer = table("pet_tracers")["Y-90"], table("pet_tracers")[nuclide]
    factor = averaged(HALF_LIFE_H) / averaged(tracer["half_life_h"])
    factor *= own["positron_fraction"] / tracer["positron_fraction"]
    words = f'[emission]\nnuclide = "Y-90"\nacquired_as = "{nuclide}"\nby = "the physicist"\n'
    document = verify(case(tmp_path / "case", set_to(nuclide), factor=factor, words=words))
    assert document["result"]["calibration"] == "absolute"
    assert document["result"]["doses_gy"]["TD"] == pytest.approx(TD_GY, rel=3e-4)


def test_an_image_of_18f_is_shared_out_and_said_to_be_of_another_isotope(tmp_path: Path) -> None:
    document = verify(case(tmp_path / "case", set_to("F-18")))
    assert document["result"]["calibration"] == "relative"
    assert document["result"]["image"]["activity_gbq"] is None
    first = document["findings"][0]
    assert (first["level"], first["code"]) == ("warning", "image-not-of-product")
    assert first["message"].startswith("the image is of F-18, not of Y-90")


@pytest.mark.parametrize("nuclide", ["Ga-68", "Zr-89", "Cu-64"])
def test_an_isotope_that_nobody_verifies_with_is_refused_with_the_way_out(tmp_path: Path, nuclide: str) -> None:
    answer = verify(case(tmp_path / "case", set_to(nuclide)))
    assert answer.startswith("refused: the nuclide of the PET must be one of")
    assert f'nuclide = "Y-90"\nacquired_as = "{nuclide}"' in answer


@pytest.mark.parametrize(
    ("fraction", "code_found"), [(3.186e-5, None), (3.36e-5, "note"), (4.5e-5, "warning"), (0.967, "refused")]
)
def test_a_positron_fraction_that_is_not_90ys_is_told_or_refused(
    tmp_path: Path, fraction: float, code_found: str | None
) -> None:
    def change(dataset: Dataset) -> None:
        drug(dataset).RadionuclidePositronFraction = f"{fraction:g}"

    answer = verify(case(tmp_path / "case", change))
    if code_found == "refused":
        assert "the header's positron fraction is 0.967, that of Y-90 is 3.186e-05" in answer
        return
    said = [f["level"] for f in answer["findings"] if "positron fraction" in f["message"]]
    assert said == ([] if code_found is None else [code_found])


# ------------------------------------------------------------------ refusals


def half_life_of_18f(dataset: Dataset) -> None:
    drug(dataset).RadionuclideHalfLife = "6586.2"


def in_g_per_ml(dataset: Dataset) -> None:
    dataset.Units = "GML"


def says_both(dataset: Dataset) -> None:
    dataset.DecayCorrection = "NONE"


def corrected_two_ways(dataset: Dataset) -> None:
    if dataset.InstanceNumber > 6:
        dataset.DecayCorrection = "ADMIN"


def without_drug(dataset: Dataset) -> None:
    del dataset.RadiopharmaceuticalInformationSequence


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (half_life_of_18f, "the code says Y-90 and the half-life is 1.829 h"),
        (in_g_per_ml, "standardised uptake (g/mL), which has lost the activity"),
        (says_both, "CorrectedImage lists it and DecayCorrection is NONE"),
        (corrected_two_ways, "states ADMIN, START"),
        (without_drug, "must say which nuclide was imaged"),
    ],
)
def test_a_header_that_contradicts_itself_is_refused_and_nothing_is_written(
    tmp_path: Path, change: Change, sentence: str
) -> None:
    answer = verify(case(tmp_path / "case", change), "--out", tmp_path / "out")
    assert answer.startswith("refused: ")
    assert sentence in answer
    assert not (tmp_path / "out").exists()


def test_a_scan_before_the_administration_is_refused(tmp_path: Path) -> None:
    answer = verify(case(tmp_path / "case", at=START + timedelta(hours=2)))
    assert answer.startswith("refused: the image must be taken after the administration")
