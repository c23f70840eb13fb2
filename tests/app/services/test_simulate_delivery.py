"""What a treatment of a simulated patient delivers: when, to whom, where it lodges, and settings that cannot be."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from yttria.app.services.simulate_delivery import (
    DAYS_AFTER_PLANNING,
    GIVEN_AT_H,
    DeliverySettings,
    delivered_uptake,
    given_at,
)
from yttria.physics.phantom.uptake import Part, uptake_of
from yttria.values.errors import QuantityError
from yttria.values.grid import Grid
from yttria.values.patient import PatientIdentity
from yttria.values.units import Share

GRID = Grid.aligned((4, 4, 4), spacing_zyx_mm=(10, 10, 10), origin_lps_mm=(0, 0, 0))
SETTINGS = DeliverySettings(2.5, lung_shunt=0.04, tumour_to_normal={})


def part(name: str, roles: tuple[str, ...], row: int, avidity: float) -> Part:
    share = np.zeros(GRID.shape_zyx, dtype=np.float32)
    share[row] = 1
    return Part(name, roles, GRID, share, 1.0, avidity)


PLANNED = uptake_of(
    [
        part("one", ("liver", "perfused", "tumour", "tumour-1"), 0, 5.0),
        part("two", ("liver", "perfused", "tumour", "tumour-2"), 1, 4.0),
        part("normal", ("liver", "perfused", "normal-perfused", "normal-liver"), 2, 1.0),
        part("lungs", ("lungs",), 3, 1.0),
    ],
    lung_shunt=Share(0.10),
)


def test_activity_is_given_two_weeks_after_planning_at_two_in_the_zone_of_the_study() -> None:
    assert (DAYS_AFTER_PLANNING, GIVEN_AT_H) == (14, 14)
    assert given_at(PatientIdentity(study_date="20260120", zone="+0530")).isoformat() == "2026-02-03T14:00:00+05:30"
    assert given_at(PatientIdentity(study_date="20260120", zone="-0330")).isoformat() == "2026-02-03T14:00:00-03:30"


@pytest.mark.parametrize("zone", ["", "0100", "+1", "+01:00", "CET  "])
def test_without_a_zone_the_instant_is_utc_and_without_a_date_that_of_the_table(zone: str) -> None:
    at = given_at(PatientIdentity(study_date="", zone=zone))
    assert (at.isoformat(), at.utcoffset()) == ("2026-01-29T14:00:00+00:00", timedelta(0))


def test_lesions_take_up_what_was_delivered_and_the_rest_as_planned() -> None:
    """Equal volumes of uptake 5, 2 and 1 share out what is not in the lungs by eighths."""
    found = delivered_uptake(PLANNED, replace(SETTINGS, tumour_to_normal={"tumour-2": 2.0}))
    assert found.of("lungs")[0] == pytest.approx(0.04)
    assert [found.of(r)[0] / 0.96 for r in ("tumour-1", "tumour-2", "normal-perfused")] == pytest.approx(
        [5 / 8, 2 / 8, 1 / 8]
    )


def test_a_lesions_own_number_stands_above_that_of_all_lesions() -> None:
    found = delivered_uptake(PLANNED, replace(SETTINGS, tumour_to_normal={"tumour": 3.0, "tumour-1": 9.0}))
    one, two, normal = (found.of(r)[0] for r in ("tumour-1", "tumour-2", "normal-perfused"))
    assert (one / normal, two / normal) == pytest.approx((9.0, 3.0))


def test_what_nobody_says_is_of_the_table_and_what_is_said_is_taken() -> None:
    own = replace(SETTINGS, hours_after=20.0, moved_mm=0.0, turned_deg=3.0)
    assert (own.hours, own.shift_mm, own.turn_deg) == (20.0, 0.0, 3.0)
    assert SETTINGS.hours > 0
    assert SETTINGS.shift_mm > 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"given_gbq": 0.0}, "activity delivered"),
        ({"given_gbq": 101.0}, "activity delivered must not exceed 100 GBq"),
        ({"lung_shunt": 1.01}, "lung shunt delivered"),
        ({"lung_shunt": -0.01}, "lung shunt delivered"),
        ({"hours_after": 0.0}, "hours from the administration to the scan"),
        ({"moved_mm": -0.1}, "how far the patient is moved"),
    ],
)
def test_a_delivery_that_cannot_be_is_refused(changes: dict[str, float], words: str) -> None:
    with pytest.raises(QuantityError, match=words):
        replace(SETTINGS, **changes)  # type: ignore[arg-type]
