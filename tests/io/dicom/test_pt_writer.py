"""A PET as it is written is read back as it was: Bq/mL, instants, what was given; the same image gives the same bytes."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from yttria.app.services.simulate import phantom_identity
from yttria.io.dicom.pt import examine_pt
from yttria.io.dicom.pt_writer import PetScan, write_pt
from yttria.io.dicom.scan import scan
from yttria.values.errors import GeometryError
from yttria.values.grid import Grid
from yttria.values.maps import ActivityMap
from yttria.values.nuclide import Nuclide
from yttria.values.treatment import Administration
from yttria.values.units import Bq

ZONE = timezone(timedelta(hours=1))
GIVEN = Administration(Bq(3e9), datetime(2026, 1, 29, 14, tzinfo=ZONE))
START = datetime(2026, 1, 30, 10, tzinfo=ZONE)
GRID = Grid.aligned((6, 8, 10), spacing_zyx_mm=(3.0, 4.0, 4.0), origin_lps_mm=(-18, -14, 5), frame_uid="1.2.3")


def image(grid: Grid = GRID) -> ActivityMap:
    values = np.random.default_rng(2).gamma(2.0, 1e5, grid.shape_zyx).astype(np.float32)
    values[2] = 0
    return ActivityMap(grid, values, Nuclide.named("Y-90"), START)


def write(folder: Path) -> Path:
    folder.mkdir()
    write_pt(folder, image(), PetScan(START, 30.0, GIVEN), phantom_identity(1), description="90Y PET")
    return folder


def test_what_is_written_is_read_back_with_its_instant_and_nuclide(tmp_path: Path) -> None:
    (series,) = scan(write(tmp_path / "pet")).series
    found, findings = examine_pt(series)
    assert found.grid == GRID
    assert found.reference == START
    assert found.nuclide.name == "Y-90"
    wanted = image().bq_per_ml
    assert np.abs(found.bq_per_ml - wanted).max() <= wanted.max() / 32767
    assert [f.code for f in findings if f.level != "note"] == []


def test_each_slice_has_a_slope_of_its_own_and_says_what_was_given(tmp_path: Path) -> None:
    slices = [dcmread(p) for p in sorted(write(tmp_path / "pet").iterdir())]
    assert len({float(s.RescaleSlope) for s in slices}) == len(slices)
    drug = slices[0].RadiopharmaceuticalInformationSequence[0]
    assert float(drug.RadionuclideTotalDose) == 3e9
    assert float(drug.RadionuclideHalfLife) == pytest.approx(64.05 * 3600)
    assert drug.RadiopharmaceuticalStartDateTime == "20260129140000"
    x = np.log(2) / 64.05 * 0.5
    assert float(slices[0].DecayFactor) == pytest.approx(x / (1 - np.exp(-x)))
    assert slices[0].DecayCorrection == "START"


def test_the_same_image_gives_the_same_bytes(tmp_path: Path) -> None:
    one, two = write(tmp_path / "one"), write(tmp_path / "two")
    assert {p.name: p.read_bytes() for p in one.iterdir()} == {p.name: p.read_bytes() for p in two.iterdir()}


def test_an_oblique_grid_is_refused(tmp_path: Path) -> None:
    turned = Grid.of((4, 3, 3), [[0.9, 0.1, 0, 0], [-0.1, 0.9, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    with pytest.raises(GeometryError, match="along the patient's axes"):
        write_pt(tmp_path, image(turned), PetScan(START, 30.0, GIVEN), phantom_identity(1), description="90Y PET")
