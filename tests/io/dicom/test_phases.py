"""io.dicom.phases: several stacks in one series, told apart and numbered in order of time."""

import itertools
from collections.abc import Callable, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from yttria.io.dicom.ct import examine_ct, read_ct
from yttria.io.dicom.phases import one_phase, phases_of
from yttria.io.dicom.scan import scan
from yttria.io.dicom.series import Series
from yttria.values.errors import GeometryError, IntakeError

Maker = Callable[..., Path]
SLICES = 5


@pytest.fixture
def phased(make_ct: Maker, tmp_path: Path) -> Callable[..., Series]:
    """Return a maker of one CT series of several phases: `phased([{tag: value or function of the slice}, …])`, 0, 100, 200 … HU."""

    def make(phases: Sequence[dict[str, Any]], *, shift: float = 0, slices: Sequence[int] | None = None) -> Series:
        numbers = itertools.count(1)
        for n, tags in enumerate(phases):

            def each(ds: Any, k: int, n: int = n, tags: dict[str, Any] = tags) -> None:
                ds.SeriesInstanceUID, ds.SeriesDescription, ds.InstanceNumber = "1.2.3", "Liver 2 phases", next(numbers)
                for tag, value in tags.items():
                    setattr(ds, tag, value(k) if callable(value) else value)

            count = (slices or [SLICES] * len(phases))[n]
            stored = np.full((count, 4, 4), 1024 + 100 * n, np.uint16)
            make_ct(tmp_path / "ct" / f"p{n}", stored, origin=(0, 0, shift * n), each=each)
        (series,) = scan(tmp_path / "ct").series
        return series

    return make


ACQUISITIONS = [
    {"AcquisitionNumber": 7, "AcquisitionTime": "101500"},
    {"AcquisitionNumber": 3, "AcquisitionTime": "100000.25"},
]
TOLD_APART = {
    "by acquisition": ACQUISITIONS,
    "by temporal position": [
        {"TemporalPositionIdentifier": 2, "AcquisitionTime": lambda k: f"1015{k:02d}"},
        {"TemporalPositionIdentifier": 1, "AcquisitionTime": lambda k: f"1000{k:02d}"},
    ],
    "by one instant": [{"AcquisitionTime": "101500"}, {"AcquisitionTime": "100000.25"}],
    "by date and time in one": [
        {"AcquisitionDateTime": "20260301101500"}, {"AcquisitionDateTime": "20260301100000.25"},
    ],
    "by content": [{"ContentDate": "20260301", "ContentTime": "101500"}, {"ContentDate": "20260301", "ContentTime": "100000"}],
    "by an instant of each slice": [
        {"AcquisitionTime": lambda k: f"1015{k:02d}"},
        {"AcquisitionTime": lambda k: f"1000{k:02d}.25"},
    ],
}  # fmt: skip


@pytest.mark.parametrize("how", TOLD_APART)
def test_phases_are_numbered_in_order_of_time_whatever_tells_them_apart(
    phased: Callable[..., Series], how: str
) -> None:
    phases = phases_of(phased(TOLD_APART[how]))
    assert [(p.number, p.of, len(p.series.headers)) for p in phases] == [(1, 2, 5), (2, 2, 5)]
    if how != "by content":
        assert [float(read_ct(p.series).hu.max()) for p in phases] == [100, 0]  # the later was written first


def test_phases_without_any_time_follow_their_instance_numbers(phased: Callable[..., Series]) -> None:
    phases = phases_of(phased([{}, {}]))
    assert [float(read_ct(p.series).hu.max()) for p in phases] == [0, 100]


def test_three_phases_and_phases_of_different_extent_are_told_apart(phased: Callable[..., Series]) -> None:
    times = [{"AcquisitionNumber": n, "AcquisitionTime": f"10{n}000"} for n in range(3)]
    assert [len(p.series.headers) for p in phases_of(phased(times, slices=[6, 4, 5]))] == [6, 4, 5]


@pytest.mark.parametrize(("shift", "several"), [(0.3, True), (0.75, True), (0.8, False), (1.5, False)])
def test_phases_whose_tables_differ_by_little_lie_on_each_other_and_interleaved_slices_do_not(
    phased: Callable[..., Series], shift: float, several: bool
) -> None:
    assert bool(phases_of(phased(ACQUISITIONS, shift=shift))) is several  # of slices 3 mm apart


def test_acquisitions_that_follow_each_other_in_space_are_one_stack(phased: Callable[..., Series]) -> None:
    series = phased(ACQUISITIONS, shift=3.0 * SLICES)
    assert phases_of(series) == ()
    assert len(read_ct(series).hu) == 2 * SLICES
    assert one_phase(series, {"Liver 2 phases": 1}) == (series, ())
    assert phases_of(phased(ACQUISITIONS, shift=3.0 * SLICES + 3)) == ()  # one slice is missing between them


def test_a_series_of_phases_is_refused_and_the_refusal_says_how_to_choose(phased: Callable[..., Series]) -> None:
    series = phased(ACQUISITIONS)
    says = (
        r"2 phases: 1 \(AcquisitionNumber 3, acquired 2026-03-01 10:00:00, 5 slices\); 2 \(AcquisitionNumber 7, .*"
        r'in case\.toml:\n\[phases\]\n"Liver 2 phases" = 1'
    )
    with pytest.raises(IntakeError, match=says):
        examine_ct(series)


@pytest.mark.parametrize(
    ("choice", "number"),
    [
        (1, 1), (2, 2), ("2", 2), ("10:15", 2), ("101500", 2), ("10:00:00.25", 1), ("100000.250000", 1), (time(10, 15), 2),
        (datetime.fromisoformat("2026-03-01T10:15"), 2), ("2026-03-01T10:00", 1), ("20260301101500", 2), ("2026-03-01 10:15:00+01:00", 2),
    ],
)  # fmt: skip
def test_a_phase_is_chosen_by_number_or_time_as_far_as_it_is_written(
    phased: Callable[..., Series], choice: Any, number: int
) -> None:
    chosen, (told,) = one_phase(phased(ACQUISITIONS), {"liver 2 PHASES": choice})
    assert float(read_ct(chosen).hu.max()) == {1: 100, 2: 0}[number]
    assert told.message.startswith(f'CT "Liver 2 phases": phase {number} of 2 is used')
    assert "the 5 slices of the others play no part" in told.message


@pytest.mark.parametrize("choice", [3, "10:01", "10", time(10, 15, 1), datetime.fromisoformat("2026-03-02T10:15")])
def test_a_phase_that_is_not_there_or_not_one_is_refused(phased: Callable[..., Series], choice: Any) -> None:
    with pytest.raises(IntakeError, match=r'\[phases\] "Liver 2 phases" = .* must name one phase of that series'):
        one_phase(phased(ACQUISITIONS), {"1.2.3": choice})


def test_a_choice_among_one_phase_is_refused(make_ct: Maker, tmp_path: Path) -> None:
    (series,) = scan(make_ct(tmp_path / "ct", np.zeros((4, 4, 4), np.uint16))).series
    with pytest.raises(IntakeError, match="it holds one phase"):
        one_phase(series, {"ct": 2})


def test_slices_at_one_position_that_nothing_tells_apart_stay_refused(make_ct: Maker, tmp_path: Path) -> None:
    def one_number(ds: Any, _k: int) -> None:
        ds.SeriesInstanceUID, ds.InstanceNumber = "1.2.3", 1

    for n in range(2):
        make_ct(tmp_path / "ct" / f"{n}", np.full((4, 4, 4), n, np.uint16), each=one_number)
    (series,) = scan(tmp_path / "ct").series
    assert phases_of(series) == ()
    with pytest.raises(GeometryError, match="4 positions occur more than once"):
        read_ct(series)
