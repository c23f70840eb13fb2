"""io.dicom.real_world_values: which stored numbers are how many Bq/mL."""

from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset

from yttria.io.dicom.real_world_values import activity_scale, bq_per_ml_of, mappings_of
from yttria.values.errors import IntakeError


def _item(unit: str, slope: float | None = 2.0, meaning: str = "", **tags: Any) -> Dataset:
    code, item = Dataset(), Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = unit, "UCUM", meaning or unit
    item.MeasurementUnitsCodeSequence = [code]
    if slope is not None:
        item.RealWorldValueSlope = slope
    item.RealWorldValueIntercept = 0.0
    for name, value in tags.items():
        setattr(item, name, value)
    return item


@pytest.mark.parametrize(
    ("unit", "factor"),
    [
        ("Bq/ml", 1.0),
        ("Bq/mL", 1.0),
        ("{Bq}/ml", 1.0),
        ("Bq.ml-1", 1.0),
        ("BQML", 1.0),
        ("bq/ml", 1.0),
        ("Bq/cm3", 1.0),
        ("Bq/cm^3", 1.0),
        ("Bq/L", 1e-3),
        ("kBq/mL", 1e3),
        ("kBq/cc", 1e3),
        ("MBq/ml", 1e6),
        ("mBq/ml", 1e-3),
        ("GBq/mL", 1e9),
        ("kBq.ml-1", 1e3),
        ("kBq/ml{decay corrected}", 1e3),
        ("Ci/L", 3.7e7),
        ("uCi/mL", 3.7e4),
        ("nCi/cc", 37.0),
        ("MBQ/ML", None),
        ("Bq", None),
        ("Bq/g", None),
        ("Bq/ml-1", None),
        ("Bq.ml", None),
        ("Gy", None),
        ("{counts}", None),
        ("", None),
    ],
)
def test_a_unit_is_as_many_becquerel_a_millilitre_as_it_says(unit: str, factor: float | None) -> None:
    assert bq_per_ml_of(unit) == (None if factor is None else pytest.approx(factor, rel=1e-12))


@pytest.mark.parametrize("unit", ["{counts}", "{counts}/s", "{propcounts}", "1", "", "{no units}"])
def test_a_mapping_to_counts_proves_no_activity_and_is_none_to_refuse(unit: str) -> None:
    assert activity_scale([_item(unit)], what="it") is None


@pytest.mark.parametrize("unit", ["Gy", "g/ml", "{SUVbw}g/ml", "{SUV}", "%", "Bq", "Bq/g", "HU"])
def test_a_mapping_to_anything_else_is_refused_by_its_name(unit: str) -> None:
    with pytest.raises(IntakeError, match="real-world value mapping is to"):
        activity_scale([_item(unit)], what="it")


@pytest.mark.parametrize(("other", "one"), [(2.0, True), (2.00019, True), (2.00021, False), (4.0, False)])
def test_two_mappings_to_activity_must_be_one_line(other: float, one: bool) -> None:
    items = [_item("Bq/ml"), _item("Bq/ml", other)]
    if one:
        scale = activity_scale(items, what="it")
        assert scale is not None
        assert scale.slope == 2.0
    else:
        with pytest.raises(IntakeError, match=f"mappings of 2 and {other:g} Bq/mL a stored unit"):
            activity_scale(items, what="it")


def test_one_line_in_two_units_is_one_scale() -> None:
    scale = activity_scale([_item("kBq/ml", 0.002), _item("Bq/ml", 2.0), _item("Gy", 7.0)], what="it")
    assert scale is not None
    assert scale.slope == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("item", "says"),
    [
        (_item("Bq/ml", meaning="kBq/ml"), "its code says Bq/ml and its meaning kBq/ml"),
        (_item("Bq/ml", None), "by a slope, but does it by a table"),
        (_item("Bq/ml", 0.0), "must be above zero, but is 0"),
        (_item("Bq/ml", -1.0), "must be above zero, but is -1"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(item: Dataset, says: str) -> None:
    with pytest.raises(IntakeError, match=says):
        activity_scale([item], what="it")


@pytest.mark.parametrize(
    ("first", "last", "covered"),
    [
        (0, 10, 11),
        (0, 9, 10),
        (1, 10, 10),
        (0, -1, 11),
        (0.0, 10.0, 11),
        (b"\x00\x00", b"\xff\xff", 11),
        (None, None, 11),
    ],
)
def test_a_mapping_covers_from_its_first_to_its_last_number(first: Any, last: Any, covered: int) -> None:
    ends = {} if first is None else {"RealWorldValueFirstValueMapped": first, "RealWorldValueLastValueMapped": last}
    if isinstance(first, float):
        ends = {f"DoubleFloat{name}": value for name, value in ends.items()}
    (mapping,) = mappings_of([_item("Bq/ml", **ends)], what="it")
    assert int(mapping.covers(np.arange(11)).sum()) == covered


def test_two_mappings_cover_together_what_each_covers() -> None:
    parts = [
        _item("Bq/ml", RealWorldValueFirstValueMapped=0, RealWorldValueLastValueMapped=5),
        _item("Bq/ml", RealWorldValueFirstValueMapped=6, RealWorldValueLastValueMapped=10),
    ]
    scale = activity_scale(parts, what="it")
    assert scale is not None
    scale.require_mapped(np.arange(11), what="it")
    with pytest.raises(IntakeError, match=r"from 0 to 10, .* but 1 do not"):
        scale.require_mapped(np.arange(12), what="it")
