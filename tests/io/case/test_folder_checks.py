"""io.together: what only the whole folder shows is said by `inspect`, as `plan` would say or refuse it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from yttria.io.case.survey import survey

Maker = Callable[..., Path]
Circle = Callable[..., NDArray[np.float64]]
Body = dict[str, tuple[float, float, float]]
CT = np.random.default_rng(1).integers(0, 2000, (4, 6, 7)).astype(np.int16)
WELL: Body = {"Liver": (-40, 0, 0), "Lung_R": (-50, 0, 60), "Lung_L": (50, 0, 60)}
CT_UID = "1.2.826.0.1.9"
CASE_CODES = {"structures-apart", "lungs-swapped", "upside-down", "liver-left", "studies-apart"}


@pytest.fixture
def codes(make_ct: Maker, make_rtstruct: Maker, circle: Circle, tmp_path: Path) -> Callable[..., set[str]]:
    """Return a surveyor of a CT and a structure set of circles: the codes of what concerns both."""

    def said(body: Body, **changes: Any) -> set[str]:
        make_ct(tmp_path / "ct", CT[:1], StudyDate="20260301", StudyTime="090000", SOPInstanceUID=CT_UID)
        rings = {name: [circle((x, y), 10, z + 3.0 * k) for k in range(3)] for name, (x, y, z) in body.items()}
        make_rtstruct(tmp_path / "s.dcm", rings, **changes)
        return {f.code for f in survey(tmp_path).findings}

    return said


def test_structures_as_bodies_have_them_raise_no_doubt(codes: Callable[..., set[str]]) -> None:
    assert not codes(WELL) & CASE_CODES


@pytest.mark.parametrize(
    ("body", "changes", "code"),
    [
        (WELL, {"frame": "1.2.3.4"}, "structures-apart"),
        ({**WELL, "Lung_R": WELL["Lung_L"], "Lung_L": WELL["Lung_R"]}, {}, "lungs-swapped"),
        ({**WELL, "Liver": (-40, 0, 120)}, {}, "upside-down"),
        ({**WELL, "Liver": (40, 0, 0)}, {}, "liver-left"),
        (WELL, {"StudyDate": "20250301", "StudyTime": "090000"}, "studies-apart"),
    ],
)
def test_what_does_not_fit_together_is_said_before_a_plan(
    codes: Callable[..., set[str]], body: Body, changes: dict[str, Any], code: str
) -> None:
    assert codes(body, **changes) & CASE_CODES == {code}


@pytest.mark.parametrize("here", [True, False])
def test_structures_drawn_on_an_image_that_is_not_here_are_doubted(codes: Callable[..., set[str]], here: bool) -> None:
    inner, study, frame, image = Dataset(), Dataset(), Dataset(), Dataset()
    image.ReferencedSOPInstanceUID = CT_UID if here else "1.2.3.4"
    inner.SeriesInstanceUID, inner.ContourImageSequence = "1.2.3", Items([image])
    study.RTReferencedSeriesSequence = Items([inner])
    frame.RTReferencedStudySequence = Items([study])
    said = codes(WELL, ReferencedFrameOfReferenceSequence=Items([frame]))
    assert ("drawn-on-an-absent-image" in said) != here
