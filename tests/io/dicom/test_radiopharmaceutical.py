"""What was given: nuclide by code and half-life, and the instant of the administration."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from pydicom.dataset import Dataset

from yttria.io.dicom.radiopharmaceutical import (
    HeaderAdministration,
    administered_at,
    audit_administration,
    half_life_h,
    near_half_life,
    nuclide_name,
    nuclide_of,
    require_one_radiopharmaceutical,
)
from yttria.values.errors import IntakeError
from yttria.values.nuclide import Nuclide

Y90, F18 = Nuclide.named("Y-90"), Nuclide.named("F-18")
SCAN = datetime(2026, 11, 30, 14, 0)  # noqa: DTZ001  a scanner's clock without a zone
Day = Literal["header", "case", "scan"]


def header(*, meaning: str = "", hours: float | None = None, **tags: Any) -> Dataset:
    item = Dataset()
    if meaning:
        code = Dataset()
        code.CodeMeaning = meaning
        item.RadionuclideCodeSequence = [code]
    if hours is not None:
        item.RadionuclideHalfLife = str(round(hours * 3600, 1))
    for name, value in tags.items():
        setattr(item, name, value)
    found = Dataset()
    found.RadiopharmaceuticalInformationSequence = [item]
    return found


@pytest.mark.parametrize(("hours", "near"), [(64.05 * 1.0199, True), (64.05 * 1.0201, False), (64.05 * 0.9801, True), (64.05 * 0.9799, False)])  # fmt: skip
def test_a_half_life_is_a_nuclides_within_two_per_cent(hours: float, near: bool) -> None:
    assert near_half_life(hours, 64.05) is near


def test_the_half_life_of_a_header_is_in_seconds() -> None:
    assert half_life_h(header(hours=64.0)) == pytest.approx(64.0)
    assert half_life_h(header()) is None
    assert half_life_h(header(hours=0.0)) is None


def test_a_nuclide_is_known_by_its_code_and_its_half_life_must_agree() -> None:
    assert nuclide_name(header(meaning="^90^Yttrium", hours=64.1)) == "Y-90"
    assert nuclide_of(header(meaning="^90^Yttrium", hours=64.1), what="PT") == (Y90, ())
    with pytest.raises(IntakeError, match=r"the code says Y-90 and the half-life is 1\.83 h"):
        nuclide_of(header(meaning="^90^Yttrium", hours=1.83), what="PT")


def test_without_a_code_the_half_life_decides_with_a_warning() -> None:
    nuclide, (finding,) = nuclide_of(header(hours=64.05), what="PT")
    assert nuclide == Y90
    assert (finding.level, finding.code) == ("warning", "nuclide-by-half-life")
    assert "the half-life of 64.05 h means Y-90" in finding.message


@pytest.mark.parametrize(
    ("dataset", "words"),
    [
        (header(), "neither code nor half-life"),
        (header(hours=5.0), "no code and a half-life of 5 h that fits none of"),
        (header(meaning="moonstone"), "but is coded moonstone"),
    ],
)
def test_a_nuclide_that_nothing_states_is_refused(dataset: Dataset, words: str) -> None:
    with pytest.raises(IntakeError, match=words):
        nuclide_of(dataset, what="PT")


def test_the_administrations_own_date_and_time_come_first() -> None:
    found = administered_at(header(RadiopharmaceuticalStartDateTime="20261129080000+0000"), SCAN, Y90)
    assert found == HeaderAdministration(datetime(2026, 11, 29, 8, tzinfo=UTC), "header")


@pytest.mark.parametrize(
    ("time", "nuclide", "stated", "day", "by"),
    [
        ("130000", F18, None, 30, "scan"),
        ("150000", F18, None, 29, "scan"),  # after the scan's clock: the day before
        ("150000", Y90, None, None, None),  # of a long-lived one the day cannot be known
        ("130000", Y90, datetime(2026, 11, 28, 13, 40), 28, "case"),  # noqa: DTZ001
        ("130000", Y90, datetime(2026, 11, 28, 14, 0), 28, "case"),  # noqa: DTZ001  one hour apart
        ("130000", Y90, datetime(2026, 11, 28, 14, 1), 30, "scan"),  # noqa: DTZ001  more: another administration
    ],
)
def test_a_time_without_a_day_takes_that_of_the_case_or_of_the_scan(
    time: str, nuclide: Nuclide, stated: datetime | None, day: int | None, by: Day | None
) -> None:
    found = administered_at(header(RadiopharmaceuticalStartTime=time), SCAN, nuclide, stated=stated)
    if day is None:
        assert found is None
    else:
        assert found is not None
        assert (found.at.day, found.day_by) == (day, by)


@pytest.mark.parametrize(
    ("by", "hours", "nuclide", "code"),
    [
        ("case", 24.0, Y90, "administration-day-from-case"),
        ("scan", 24.0, Y90, "administration-day-assumed"),
        ("scan", 1.0, F18, None),
        ("header", -0.1, Y90, "administration-after-scan"),
        ("header", 0.0, Y90, None),
        ("header", 640.4, Y90, None),
        ("header", 640.6, Y90, "administration-long-ago"),
    ],
)
def test_what_is_odd_about_an_administration_is_told(by: Day, hours: float, nuclide: Nuclide, code: str | None) -> None:
    given = HeaderAdministration(SCAN - timedelta(hours=hours), by)
    assert [f.code for f in audit_administration(given, hours, nuclide, what="PT")] == ([code] if code else [])


def test_a_day_that_is_assumed_says_what_a_day_more_would_do() -> None:
    (finding,) = audit_administration(HeaderAdministration(SCAN, "scan"), 1.0, Y90, what="PT")
    assert "the activity would be 1.30 times as much" in finding.message  # 2^(24 / 64.05)


@pytest.mark.parametrize(
    ("tag", "value", "words"),
    [
        ("RadionuclideHalfLife", "230590", "must state one half-life, but there are 2"),
        ("RadiopharmaceuticalStartDateTime", "20260227150000", "must state one administration, but there are 2"),
        ("RadionuclideHalfLife", "230580.0", None),
        ("RadiopharmaceuticalStartDateTime", "20260228150000.00", None),
    ],
)
def test_files_of_one_series_with_two_tracers_are_refused(
    tag: str, value: str, words: str | None, make_pt: Any, tmp_path: Path
) -> None:
    def second(ds: Dataset, k: int) -> None:
        if k == 1:
            setattr(ds.RadiopharmaceuticalInformationSequence[0], tag, value)

    def changed(ds: Dataset, k: int) -> None:
        ds.RadiopharmaceuticalInformationSequence = deepcopy(ds.RadiopharmaceuticalInformationSequence)
        second(ds, k)

    paths = sorted(make_pt(tmp_path, np.zeros((3, 4, 5), np.int16), each=changed).glob("*.dcm"))
    if words is None:
        require_one_radiopharmaceutical(paths, what="the PET")
    else:
        with pytest.raises(IntakeError, match=words):
            require_one_radiopharmaceutical(paths, what="the PET")
