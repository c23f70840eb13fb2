"""The head of a file: instants, numbers of tags, and both ways of reading one."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from yttria.io.dicom.header import Header, floats, instant_of, parsed, read_header

EAST = timezone(timedelta(hours=1))
WEST = timezone(timedelta(hours=-3, minutes=-30))


@pytest.mark.parametrize(
    ("text", "zone", "instant"),
    [
        ("20181115092200.5", "", datetime(2018, 11, 15, 9, 22, 0, 500000)),  # noqa: DTZ001
        ("201811150922", "+0100", datetime(2018, 11, 15, 9, 22, tzinfo=EAST)),
        ("20181115092200-0330", "+0100", datetime(2018, 11, 15, 9, 22, tzinfo=WEST)),
        ("2018111509", "+0000", datetime(2018, 11, 15, 9, tzinfo=UTC)),
        ("2018.11.1509:22:07", "", datetime(2018, 11, 15, 9, 22, 7)),  # noqa: DTZ001  ACR-NEMA
        ("20181115092260", "", datetime(2018, 11, 15, 9, 22, 59)),  # noqa: DTZ001  a leap second
        ("20181115", "", None), ("20181315092200", "", None), ("2018111509x", "", None), ("", "", None),
    ],
)  # fmt: skip
def test_an_instant_is_read_with_its_zone_or_stays_the_scanners_clock(
    text: str, zone: str, instant: datetime | None
) -> None:
    assert instant_of(text, zone=zone) == instant


def header(**tags: str | int) -> Header:
    return Header(Path("x"), "", tags)


def test_tags_are_numbers_only_where_they_are() -> None:
    found = header(PixelSpacing="0.5\\0.75", Rows=12, SliceThickness="", Junk="a\\1", NumberOfFrames="3")
    assert found.numbers("PixelSpacing") == (0.5, 0.75)
    assert found.number("PixelSpacing") == 0.5
    assert (found.count("Rows"), found.count("Junk"), found.count("Absent")) == (12, 0, 0)
    assert found.numbers("SliceThickness") == found.numbers("Junk") == ()
    assert found.frames == 3
    assert header(NumberOfFrames="0").frames == header().frames == 1
    assert header(Rows=2**31).count("Rows") == 0


def test_date_and_time_of_an_acquisition_are_joined_and_a_datetime_goes_before_them() -> None:
    apart = header(AcquisitionDate="20261130", AcquisitionTime="140500", TimezoneOffsetFromUTC="+0100")
    assert apart.instant("Acquisition") == datetime(2026, 11, 30, 14, 5, tzinfo=EAST)
    whole = header(AcquisitionDateTime="20261129120000", AcquisitionDate="20261130", AcquisitionTime="140500")
    assert whole.instant("Acquisition") == datetime(2026, 11, 29, 12)  # noqa: DTZ001
    assert header(AcquisitionDate="20261130").instant("Acquisition") is None


def test_a_header_prints_nothing_of_a_person() -> None:
    assert repr(header(Modality="CT", PatientName="Muster^Maria")) == "Header(CT)"


@pytest.mark.parametrize(
    ("value", "found"), [(None, ()), ("", ()), ("7", (7.0,)), ([1, "2"], (1.0, 2.0)), ("x", ()), (3, (3.0,))]
)
def test_values_that_are_no_numbers_are_none(value: Any, found: tuple[float, ...]) -> None:
    assert floats(value) == found


def test_walking_a_plain_header_gives_the_tags_of_a_full_parse(make_ct: Any, tmp_path: Path) -> None:
    files = sorted(p for p in make_ct(tmp_path, np.zeros((2, 4, 5), np.int16)).rglob("*") if p.is_file())
    for path in files[:3]:
        walked, whole = read_header(path), parsed(path)
        assert isinstance(walked, Header)
        assert {k: str(v) for k, v in walked.tags.items()} == {k: str(v) for k, v in whole.tags.items()}
        assert walked.pixels is not None
        assert len(path.read_bytes()) - walked.pixels == walked.count("Rows") * walked.count("Columns") * 2


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not DICOM"),
        (b"hello world, no image", "not DICOM"),
        (b"\0" * 128 + b"DICM", "broken DICOM (no data set behind its preamble)"),
    ],
)
def test_what_is_no_dicom_says_so_and_never_raises(content: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert read_header(path) == why
    assert "cannot be read" in str(read_header(tmp_path))
