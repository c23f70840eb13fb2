"""io.activity: a DICOM image in Bq/mL by itself."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from yttria.io.files.activity_image import read_activity
from yttria.values.errors import IntakeError

Maker = Callable[..., Path]
STORED = np.random.default_rng(3).integers(0, 900, (5, 6, 7)).astype(np.uint16)


def test_a_folder_and_any_slice_of_it_are_the_same_activity(make_pt: Maker, make_ct: Maker, tmp_path: Path) -> None:
    folder = make_pt(tmp_path / "pt", STORED)
    make_ct(tmp_path / "pt", STORED[:3], SeriesInstanceUID="1.2.3")
    make_pt(tmp_path / "pt" / "whole", STORED)
    whole, findings = read_activity(folder / "whole")
    assert np.allclose(whole.bq_per_ml, 2.5 * STORED)
    assert whole.nuclide.name == "Y-90"
    slice_, _ = read_activity(folder / "whole" / "0002.dcm")
    assert np.array_equal(slice_.bq_per_ml, whole.bq_per_ml)
    assert slice_.grid == whole.grid
    assert [f.code for f in findings if f.level == "warning"] == ["decays-from-scan"]


def test_what_is_corrected_to_the_administration_counts_every_decay(make_pt: Maker, tmp_path: Path) -> None:
    _, findings = read_activity(make_pt(tmp_path / "pt", STORED, DecayCorrection="ADMIN"))
    assert not [f for f in findings if f.level == "warning"]


def test_a_drug_that_washes_out_is_doubted(make_pt: Maker, tmp_path: Path) -> None:
    folder = make_pt(tmp_path / "pt", STORED, half_life_s=6586.2, code=("C-111A1", "^18^Fluorine"))
    assert "no-washout" in {f.code for f in read_activity(folder)[1]}


def test_none_several_counts_and_several_people_are_refused(
    make_pt: Maker, make_ct: Maker, make_tomo: Maker, tmp_path: Path
) -> None:
    with pytest.raises(IntakeError, match=r"expected one emission image .* in ct, found none"):
        read_activity(make_ct(tmp_path / "ct", STORED))
    make_pt(tmp_path / "two" / "a", STORED)
    make_pt(tmp_path / "two" / "b", STORED)
    with pytest.raises(IntakeError, match=r'found "a" in a \(5 files\); "b" in b \(5 files\)'):
        read_activity(tmp_path / "two")
    with pytest.raises(IntakeError, match=r"must be in Bq/mL \(Units BQML\), but its Units are CNTS"):
        read_activity(make_pt(tmp_path / "counts", STORED, Units="CNTS"))
    with pytest.raises(IntakeError, match=r"the SPECT in t.dcm must be in Bq/mL, but holds counts"):
        read_activity(make_tomo(tmp_path / "t.dcm", STORED))
    with pytest.raises(IntakeError, match="2 patient IDs are there"):
        read_activity(
            make_pt(tmp_path / "people", STORED, each=lambda ds, k: setattr(ds, "PatientID", f"SECRET-{k // 4}"))
        )
