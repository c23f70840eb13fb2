"""Stored pixels to numbers: slope times stored plus intercept in whole numbers where they fit, padding left out, nothing guessed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from yttria.io.dicom.header import Header
from yttria.io.dicom.pixels import (
    Range,
    range_of,
    read_scaled,
    read_slices,
    require_rescale,
    rescale_of,
    scale_of,
    stored_slice,
)
from yttria.io.dicom.scan import scan
from yttria.values.errors import IntakeError

Maker = Callable[..., Path]
Headers = Callable[..., Sequence[Header]]
SHAPE = (2, 2, 3)
STORED = np.arange(12, dtype=np.int16).reshape(SHAPE)


@pytest.fixture
def headers(make_ct: Maker, make_pt: Maker, tmp_path: Path) -> Headers:
    """Return a maker of headers of a CT (or PET) with these stored numbers and changed tags."""

    def make(stored: Any = STORED, *, pet: bool = False, **tags: Any) -> Sequence[Header]:
        (make_pt if pet else make_ct)(tmp_path / "image", stored, **tags)
        (series,) = scan(tmp_path).series
        return series.headers

    return make


# Laws


@given(
    st.lists(st.integers(-3000, 3000), min_size=1, max_size=9),
    st.sampled_from([1.0, 2.5, -0.5]),
    st.sampled_from([0.0, -1024.0]),
)
def test_a_range_is_that_of_the_scaled_numbers(values: list[int], slope: float, intercept: float) -> None:
    array = np.array(values, dtype=np.int16)
    whole = slope * array.astype(float) + intercept
    found = Range.of(array, slope, intercept)
    assert (found.low, found.high) == (whole.min(), whole.max())
    assert found.total == pytest.approx(whole.sum(), abs=1e-9)
    both = Range.over([found, Range.of(array)])
    assert both.total == pytest.approx(whole.sum() + float(array.sum(dtype=int)), abs=1e-9)
    assert (both.low, both.high) == (min(whole.min(), array.min()), max(whole.max(), array.max()))


def test_a_sum_of_many_small_numbers_does_not_run_over() -> None:
    assert Range.of(np.full(100_000, 32_000, dtype=np.int16)).total == 3.2e9


# Known answers


@pytest.mark.parametrize(
    ("stored", "slope", "intercept", "kind"),
    [
        (STORED, 1, -1024, "int16"),
        (STORED, 2, -1024, "int16"),
        (STORED, 1, 0.5, "float32"),
        (STORED, 0.1, 0, "float32"),
        (STORED.astype(np.uint16) + 40_000, 1, -20_000, "int16"),
        (STORED.astype(np.uint16) + 40_000, 1, 0, "float32"),
        (STORED, 1, 40_000, "float32"),
        (STORED, 3000, 0, "float32"),
    ],
)
def test_numbers_are_slope_times_stored_plus_intercept_whole_where_they_fit(
    stored: Any, slope: float, intercept: float, kind: str, headers: Headers
) -> None:
    found = read_slices(headers(stored, RescaleSlope=slope, RescaleIntercept=intercept), SHAPE, what="CT")
    assert found.dtype == kind
    assert found == pytest.approx(slope * stored.astype(float) + intercept, rel=1e-6)
    assert not found.flags.writeable


@pytest.mark.parametrize(("top", "kind"), [(32_766, "int16"), (32_767, "int16"), (32_768, "float32")])
def test_numbers_up_to_the_largest_of_sixteen_bits_stay_whole(top: int, kind: str, headers: Headers) -> None:
    stored = STORED.astype(np.uint16) + top - 11 + 1000
    found = read_slices(headers(stored, RescaleIntercept=-1000), SHAPE, what="CT")
    assert found.dtype == kind
    assert int(found.max()) == top


@pytest.mark.parametrize(("low", "kind"), [(-32_767, "int16"), (-32_768, "int16"), (-32_769, "float32")])
def test_numbers_down_to_the_least_of_sixteen_bits_stay_whole(low: int, kind: str, headers: Headers) -> None:
    found = read_slices(headers(STORED - 1000, RescaleIntercept=low + 1000), SHAPE, what="CT")
    assert found.dtype == kind
    assert int(found.min()) == low


@pytest.mark.parametrize(
    ("stored", "kind"),
    [(-16_383, "int16"), (-16_384, "int16"), (-16_385, "float32"), (16_383, "int16"), (16_384, "float32")],
)
def test_doubled_numbers_stay_whole_from_the_least_to_the_largest_of_sixteen_bits(
    stored: int, kind: str, headers: Headers
) -> None:
    """-32768 fits, -32770 does not; 32766 fits, 32768 does not."""
    made = headers(np.full(SHAPE, stored, dtype=np.int16), RescaleSlope=2, RescaleIntercept=0)
    found = read_slices(made, SHAPE, what="CT")
    assert found.dtype == kind
    assert float(found[0, 0, 0]) == 2.0 * stored


@pytest.mark.parametrize(("value", "padded"), [(4, False), (5, True), (6, True), (7, True), (8, False)])
def test_padding_is_from_its_value_to_its_limit_and_counts_as_blank(value: int, padded: bool, headers: Headers) -> None:
    stored = np.full(SHAPE, 20, dtype=np.int16)
    stored[0, 0, 0] = value
    made = headers(stored, PixelPaddingValue=5, PixelPaddingRangeLimit=7, RescaleIntercept=0)
    assert read_slices(made, SHAPE, blank=-9, what="CT")[0, 0, 0] == (-9 if padded else value)
    assert read_scaled(made, SHAPE, blank=-9, what="CT")[0, 0, 0] == (-9 if padded else value)
    assert range_of(made, what="CT").low == (20 if padded else value)
    assert stored_slice(made[0], what="CT").measured.size == (5 if padded else 6)


def test_each_slice_has_its_own_slope_and_the_range_is_of_all(headers: Headers) -> None:
    def own(ds: Dataset, k: int) -> None:
        ds.RescaleSlope = k + 1

    made = headers(STORED, RescaleIntercept=0, each=own)
    found = read_slices(made, SHAPE, what="CT")
    assert found[1].ravel().tolist() == [12, 14, 16, 18, 20, 22]
    ranges = range_of(made, what="CT")
    assert (ranges.low, ranges.high, ranges.total) == (0, 22, 15 + 2 * 51)


def test_a_rescale_that_is_absent_is_one_and_zero_but_must_be_stated_for_a_ct(headers: Headers, absent: object) -> None:
    made = headers(RescaleSlope=absent, RescaleIntercept=absent)
    assert rescale_of(made[0]) == (1.0, 0.0)
    with pytest.raises(IntakeError, match="every slice of the CT must state RescaleSlope, but 2 of 2 do not"):
        require_rescale(made, what="the CT")


def test_an_empty_pet_slice_may_have_no_slope(headers: Headers) -> None:
    empty = headers(np.zeros(SHAPE, dtype=np.uint16), pet=True, RescaleSlope=0)
    assert scale_of(empty[0], np.zeros(3)) == (0.0, 0.0)
    assert read_scaled(empty, SHAPE, what="PET").max() == 0


# Refusals


@pytest.mark.parametrize("pet", [True, False])
def test_a_slope_of_zero_that_would_lose_what_is_stored_is_refused(pet: bool, headers: Headers) -> None:
    made = headers(STORED.astype(np.uint16), pet=pet, RescaleSlope=0, RescaleIntercept=0)
    with pytest.raises(IntakeError, match="RescaleSlope must not be zero"):
        read_scaled(made, SHAPE, what="it")


def test_an_empty_pet_slice_with_an_intercept_is_not_empty(headers: Headers) -> None:
    made = headers(np.zeros(SHAPE, dtype=np.uint16), pet=True, RescaleSlope=0, RescaleIntercept=3)
    with pytest.raises(IntakeError, match="RescaleSlope must not be zero"):
        scale_of(made[0], np.zeros(3))


@pytest.mark.parametrize(("first", "last", "refused"), [(0, 11, False), (1, 11, True), (0, 10, True), (-5, 50, False)])
def test_numbers_outside_their_mapping_to_real_values_are_refused(
    first: int, last: int, refused: bool, headers: Headers
) -> None:
    made = [
        replace(h, tags={**h.tags, "RealWorldValueFirstValueMapped": first, "RealWorldValueLastValueMapped": last})
        for h in headers()
    ]
    if refused:
        with pytest.raises(IntakeError, match=f"must lie from {first} to {last}, .*but 1 of a slice do not"):
            read_scaled(made, SHAPE, what="CT")
    else:
        read_scaled(made, SHAPE, what="CT")


def test_a_mapping_without_one_of_its_ends_maps_everything(headers: Headers) -> None:
    for end in ("First", "Last"):
        made = [replace(h, tags={**h.tags, f"RealWorldValue{end}ValueMapped": 5}) for h in headers()]
        assert read_scaled(made, SHAPE, what="CT").size == 12


def test_a_slice_of_padding_alone_counts_for_nothing_and_a_series_of_it_is_refused(headers: Headers) -> None:
    stored = STORED.copy()
    stored[0] = -5
    half = headers(stored, PixelPaddingValue=-5, RescaleIntercept=0)
    assert range_of(half, what="CT").low == 6
    with pytest.raises(IntakeError, match="CT must hold measured pixels, but every one is padding"):
        range_of(half[:1], what="CT")


def test_a_file_that_is_gone_or_cut_is_refused(headers: Headers) -> None:
    made = headers()
    whole = made[0].path.read_bytes()
    made[0].path.write_bytes(whole[:-1])
    with pytest.raises(IntakeError, match="pixels of CT must be complete, but a file is cut short"):
        read_slices(made, SHAPE, what="CT")
    made[0].path.unlink()
    with pytest.raises(IntakeError, match="pixels of CT must be readable, but a file is not"):
        read_slices(made, SHAPE, what="CT")
