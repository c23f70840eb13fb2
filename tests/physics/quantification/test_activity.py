"""Counts to Bq/mL, and the chain from the vial to the patient."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yttria.physics.quantification.activity import (
    activity_at_administration,
    audit_uptake,
    decayed_to,
    frame_decay_factor,
    injected_activity,
    relative_activity,
)
from yttria.values.errors import GeometryError, IntakeError, QuantityError
from yttria.values.grid import Grid
from yttria.values.maps import ActivityMap, CountMap, Voi
from yttria.values.nuclide import Nuclide
from yttria.values.treatment import Administration
from yttria.values.units import Bq, Share

GRID = Grid.aligned((20, 24, 24), spacing_zyx_mm=(4.42, 4.42, 4.42), origin_lps_mm=(0, 0, 0))
Y90 = Nuclide.named("Y-90")
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def liver() -> Voi:
    share = np.zeros(GRID.shape_zyx)
    share[6:14, 6:18, 6:18] = 1
    share[14, 6:18, 6:18] = 0.25
    return Voi("Liver", "liver", GRID, share)


def counts(seed: int = 4) -> CountMap:
    return CountMap(GRID, np.random.default_rng(seed).poisson(50, GRID.shape_zyx))


# ---- laws


@settings(deadline=None)
@given(shunt=st.floats(0, 0.9), gbq=st.floats(0.1, 20))
def test_the_liver_holds_what_did_not_go_to_the_lungs(shunt: float, gbq: float) -> None:
    found = relative_activity(counts(), liver=liver(), shunt=Share(shunt), administered=Bq(gbq * 1e9), nuclide=Y90)
    inside = float(np.vdot(found.bq_per_ml.astype(np.float64), liver().share)) * GRID.voxel_ml
    assert inside == pytest.approx(gbq * 1e9 * (1 - shunt), rel=1e-6)


def test_the_scale_of_the_counts_does_not_matter() -> None:
    few, many = counts(), CountMap(GRID, counts().counts * 137.0)
    maps = [
        relative_activity(c, liver=liver(), shunt=Share(0.05), administered=Bq(1e9), nuclide=Y90).bq_per_ml
        for c in (few, many)
    ]
    assert np.allclose(maps[0], maps[1], rtol=1e-5)


def test_a_measured_activity_serves_as_counts() -> None:
    measured = ActivityMap(GRID, counts().counts, Nuclide.named("Tc-99m"), NOON)
    one = relative_activity(measured, liver=liver(), shunt=Share(0), administered=Bq(1e9), nuclide=Y90)
    other = relative_activity(counts(), liver=liver(), shunt=Share(0), administered=Bq(1e9), nuclide=Y90)
    assert np.array_equal(one.bq_per_ml, other.bq_per_ml)
    assert one.nuclide.name == "Y-90"


@settings(deadline=None)
@given(st.floats(-200, 200))
def test_decay_forth_and_back_changes_nothing(hours: float) -> None:
    start = ActivityMap(GRID, counts().counts, Y90, NOON)
    there = decayed_to(start, NOON + timedelta(hours=hours))
    back = decayed_to(there, NOON)
    assert np.allclose(back.bq_per_ml, start.bq_per_ml, rtol=1e-5)


@settings(deadline=None)
@given(st.floats(0, 5))
def test_a_frame_is_worth_more_at_its_start_than_in_its_mean(duration: float) -> None:
    assert frame_decay_factor(duration, Nuclide.named("Tc-99m")) >= 1


# ---- known answers


def test_injected_activity_after_one_half_life_less_the_residual() -> None:
    given_at = NOON + timedelta(hours=64.05)
    found = injected_activity(
        calibrated=Bq(4e9),
        calibrated_at=NOON,
        injected_at=given_at,
        nuclide=Y90,
        residual=Bq(2e7),
        residual_at=given_at + timedelta(hours=64.05),
    )
    assert found == pytest.approx(2e9 - 4e7, rel=1e-9)


def test_a_zone_changes_the_clock_and_not_the_decay() -> None:
    from datetime import timezone  # noqa: PLC0415

    paris = timezone(timedelta(hours=1))
    one = injected_activity(calibrated=Bq(3e9), calibrated_at=NOON, injected_at=NOON + timedelta(hours=24), nuclide=Y90)
    other = injected_activity(
        calibrated=Bq(3e9),
        calibrated_at=NOON.astimezone(paris),
        injected_at=(NOON + timedelta(hours=24)).astimezone(paris),
        nuclide=Y90,
    )
    assert one == other == pytest.approx(3e9 * 0.5 ** (24 / 64.05))


def test_the_hour_that_summer_time_takes_does_not_decay() -> None:
    noon = datetime(2026, 3, 28, 12, tzinfo=ZoneInfo("Europe/Paris"))
    next_noon = noon + timedelta(days=1)  # 23 hours later
    left = 0.5 ** (23 / 64.05)
    image = ActivityMap(GRID, np.full(GRID.shape_zyx, 8.0), Y90, noon)
    assert float(decayed_to(image, next_noon).bq_per_ml.max()) == pytest.approx(8 * left, rel=1e-6)
    given = injected_activity(calibrated=Bq(3e9), calibrated_at=noon, injected_at=next_noon, nuclide=Y90)
    assert given == pytest.approx(3e9 * left, rel=1e-12)
    left_behind = injected_activity(
        calibrated=Bq(3e9), calibrated_at=noon, injected_at=noon, nuclide=Y90, residual=Bq(1e8), residual_at=next_noon
    )
    assert left_behind == pytest.approx(3e9 - 1e8 / left, rel=1e-12)


def test_a_frame_as_long_as_a_half_life() -> None:
    # x / (1 - e^-x) with x = ln 2
    assert frame_decay_factor(64.05, Y90) == pytest.approx(2 * np.log(2))
    assert frame_decay_factor(0, Y90) == 1


# ---- doubts


def test_uptake_far_from_the_liver_is_told_apart_from_blur() -> None:
    numbers = np.zeros(GRID.shape_zyx)
    numbers[liver().share > 0] = 10
    numbers[:3, :3, :3] = 300
    (note,) = audit_uptake(CountMap(GRID, numbers), liver=liver())
    far = 100 * 27 * 300 / numbers.sum()
    assert (note.level, note.code) == ("note", "uptake-outside")
    assert f"{far:.1f} % farther away" in note.message


def test_counts_in_the_lungs_are_not_uptake_elsewhere() -> None:
    numbers = np.zeros(GRID.shape_zyx)
    numbers[liver().share > 0] = 10
    numbers[18:] = 40
    share = np.zeros(GRID.shape_zyx)
    share[18:] = 1
    (note,) = audit_uptake(CountMap(GRID, numbers), liver=liver(), lungs=Voi("Lungs", "lungs", GRID, share))
    assert note.code == "uptake-outside"


# ---- refusals


def test_another_grid_is_refused() -> None:
    other = Grid.aligned((20, 24, 24), spacing_zyx_mm=(4.42, 4.42, 4.42), origin_lps_mm=(9, 0, 0))
    moved = Voi("Liver", "liver", other, liver().share)
    with pytest.raises(GeometryError, match="emission image and liver must lie on one grid"):
        relative_activity(counts(), liver=moved, shunt=Share(0), administered=Bq(1e9), nuclide=Y90)


def test_a_liver_without_counts_is_refused() -> None:
    empty = CountMap(GRID, np.where(liver().share > 0, 0, 5))
    with pytest.raises(QuantityError, match="liver must hold counts"):
        relative_activity(empty, liver=liver(), shunt=Share(0), administered=Bq(1e9), nuclide=Y90)


def test_a_shunt_in_per_cent_is_refused() -> None:
    with pytest.raises(QuantityError, match=r"5 per cent is meant, write 0\.05"):
        relative_activity(counts(), liver=liver(), shunt=Share(5), administered=Bq(1e9), nuclide=Y90)


def test_a_residual_above_what_was_there_is_refused() -> None:
    with pytest.raises(QuantityError, match="residual must be less"):
        injected_activity(
            calibrated=Bq(1e9), calibrated_at=NOON, injected_at=NOON + timedelta(days=10), nuclide=Y90, residual=Bq(2e8)
        )


def test_an_activity_without_an_instant_does_not_decay() -> None:
    with pytest.raises(IntakeError, match="instant"):
        decayed_to(ActivityMap(GRID, counts().counts, Y90), NOON)


def test_an_image_without_counts_is_refused() -> None:
    with pytest.raises(QuantityError, match="all voxels are zero"):
        audit_uptake(CountMap(GRID, np.zeros(GRID.shape_zyx)), liver=liver())


# ---- from the scan back to the administration


def measured(reference: datetime | None) -> ActivityMap:
    return ActivityMap(GRID, counts().counts, Y90, reference)


@settings(deadline=None)
@given(hours=st.floats(0, 200))
def test_every_decay_before_the_scan_counts(hours: float) -> None:
    there, _ = activity_at_administration(
        measured(NOON + timedelta(hours=hours)), Administration(Bq(1e9), NOON), acquired=NOON + timedelta(hours=hours)
    )
    assert there.total == pytest.approx(measured(NOON).total * 2 ** (hours / 64.05), rel=1e-5)
    assert there.reference == NOON


def test_an_hour_of_summer_time_is_no_hour_of_decay() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    given_at, scan = datetime(2026, 3, 28, 12, tzinfo=berlin), datetime(2026, 3, 29, 12, tzinfo=berlin)
    there, _ = activity_at_administration(measured(scan), Administration(Bq(1e9), given_at), acquired=scan)
    assert there.total == pytest.approx(measured(NOON).total * 2 ** (23 / 64.05), rel=1e-5)


def test_an_image_without_an_instant_holds_at_the_administration_with_a_warning() -> None:
    there, findings = activity_at_administration(measured(None), Administration(Bq(1e9), NOON), acquired=None)
    assert there.total == measured(None).total
    assert next((f.level, f.code) for f in findings) == ("warning", "image-without-instant")


@pytest.mark.parametrize(("part", "level"), [(0.499, "warning"), (0.5001, "note"), (1.499, "note"), (1.501, "warning")])
def test_an_image_of_less_than_half_or_more_than_one_and_a_half_of_what_was_given_is_doubted(
    part: float, level: str
) -> None:
    image = measured(NOON)
    _, findings = activity_at_administration(image, Administration(Bq(image.total / part), NOON), acquired=NOON)
    assert [(f.level, f.code) for f in findings][-1] == (level, "image-of-given")


@pytest.mark.parametrize(("minutes", "refused"), [(0.5, True), (1.5, False)])
def test_numbers_that_hold_a_minute_before_the_scan_hold_at_the_administration(minutes: float, refused: bool) -> None:
    image, given_ = measured(NOON), Administration(Bq(1e9))
    acquired = NOON + timedelta(minutes=minutes)
    if refused:
        with pytest.raises(IntakeError, match=r"\[given\] at is absent"):
            activity_at_administration(image, given_, acquired=acquired)
    else:
        assert activity_at_administration(image, given_, acquired=acquired)[0].total == image.total


# ---- sentences, bounds and instants


def given_now(at: datetime | None = NOON) -> Administration:
    return Administration(Bq(measured(None).total), at)


def test_what_lies_outside_is_told_by_blur_and_by_what_is_farther() -> None:
    """A liver of 6 + 2 voxels of 5 mm: 12 mm reach two voxels beyond it, the third is farther."""
    line = Grid.aligned((1, 1, 8), spacing_zyx_mm=(5, 5, 5), origin_lps_mm=(0, 0, 0))
    organ = Voi("Liver", "liver", line, np.array([[[1.0, 1, 0.5, 0.4, 0, 0, 0, 0]]]))
    numbers = np.array([[[10.0, 10, 8, 5, 4, 3, 2, 1]]])
    inside = 10 + 10 + 4 + 2
    (note,) = audit_uptake(CountMap(line, numbers), liver=organ)
    assert note.values == {"outside_fraction": pytest.approx(17 / 43), "far_fraction": pytest.approx(6 / 43)}
    assert inside == 43 - 17
    assert note.message == (
        "39.5 % of all counts lie outside liver: 25.6 % within 12 mm of the edge (blur), 14.0 % farther away"
    )
    lungs = Voi("Lungs", "lungs", line, np.array([[[0, 0, 0.75, 0, 0, 0, 1, 1]]]))
    (both,) = audit_uptake(CountMap(line, numbers * 1e-3), liver=organ, lungs=lungs)
    # the third voxel is shared out wholly: liver and lungs hold 1.25 of it, which is 1
    assert both.values == {
        "outside_fraction": pytest.approx((3 + 4 + 3) / 43),
        "far_fraction": pytest.approx(0, abs=1e-9),
    }
    assert both.message.startswith("23.3 % of all counts lie outside liver and lungs: 23.3 % within")


def test_a_note_never_says_less_than_nothing_of_blur() -> None:
    line = Grid.aligned((1, 1, 8), spacing_zyx_mm=(5, 5, 5), origin_lps_mm=(0, 0, 0))
    organ = Voi("Liver", "liver", line, np.array([[[1.0, 0, 0, 0, 0, 0, 0, 0.4]]]))
    (note,) = audit_uptake(CountMap(line, np.array([[[10.0, 0, 0, 0, 0, 0, 0, 10]]])), liver=organ)
    assert ": 0.0 % within 12 mm of the edge (blur), 50.0 % farther away" in note.message


def test_the_activity_of_a_voxel_is_its_counts_over_all_of_the_livers() -> None:
    line = Grid.aligned((1, 1, 3), spacing_zyx_mm=(5, 10, 10), origin_lps_mm=(0, 0, 0))  # 0.5 mL
    organ = Voi("Liver", "liver", line, np.array([[[1.0, 0.5, 0]]]))
    seen = CountMap(line, np.array([[[0.3, 0.2, 0.6]]]))
    found = relative_activity(seen, liver=organ, shunt=Share(0.2), administered=Bq(1e9), nuclide=Y90, reference=NOON)
    # 0.4 counts in the liver stand for 800 MBq
    assert found.bq_per_ml.ravel() == pytest.approx(np.array([0.3, 0.2, 0.6]) / 0.4 * 0.8e9 / 0.5, rel=1e-6)
    assert (found.reference, found.nuclide) == (NOON, Y90)
    with pytest.raises(QuantityError, match="administered activity"):
        relative_activity(seen, liver=organ, shunt=Share(0.2), administered=Bq(0), nuclide=Y90)


def test_decay_to_the_administration_is_told_with_hours_and_factor() -> None:
    scan = NOON + timedelta(hours=64.05)
    there, (note, part) = activity_at_administration(measured(scan), given_now(), acquired=scan)
    assert there.total == pytest.approx(2 * measured(None).total, rel=1e-5)
    assert (note.level, note.code) == ("note", "decays-from-administration")
    assert "hold 64.05 h after the administration: 2 times as much was there then" in note.message
    assert note.values == {"hours": pytest.approx(64.05), "factor": pytest.approx(2)}
    assert part.message.startswith(
        f"in its whole field the image holds {2e-9 * measured(None).total:.3f} GBq at the administration, 200.0 % of"
    )
    assert part.message.endswith("check instants, units and the field of view")
    assert part.values == {
        "image_gbq": pytest.approx(2e-9 * measured(None).total),
        "of_given_fraction": pytest.approx(2),
    }


@pytest.mark.parametrize(("times", "level"), [(0.5, "note"), (1.5, "note")])
def test_half_and_one_and_a_half_of_what_was_given_are_no_doubt(times: float, level: str) -> None:
    even = ActivityMap(GRID, np.full(GRID.shape_zyx, 4.0), Y90, NOON)
    _, findings = activity_at_administration(even, Administration(Bq(even.total / times), NOON), acquired=NOON)
    assert findings[-1].level == level
    assert findings[-1].message.endswith("% of what was given")


@pytest.mark.parametrize(
    ("header_h", "acquired_h", "code"),
    [
        (0.24, 20.0, None),
        (0.25, 20.0, None),
        (0.26, 20.0, "administrations-differ"),
        (5.0, 5.0, None),  # the numbers hold at the scan
        (5.0, None, None),
        (5.0, 5.0 + 1 / 70, None),
        (5.0, 5.0 + 1 / 50, "administrations-differ"),
        (-0.01, 20.0, "administrations-differ"),
        (0.0, 20.0, None),
    ],
)
def test_an_administration_in_the_header_that_is_another_is_told(
    header_h: float, acquired_h: float | None, code: str | None
) -> None:
    acquired = None if acquired_h is None else NOON + timedelta(hours=acquired_h)
    _, findings = activity_at_administration(measured(NOON + timedelta(hours=header_h)), given_now(), acquired=acquired)
    told = [f for f in findings if f.code == "administrations-differ"]
    assert [f.level for f in told] == ([] if code is None else ["warning"])
    if told:
        apart = f"{abs(header_h):.2f} h {'after' if header_h > 0 else 'before'} [given] at (2026-11-29 12:00+00:00)"
        assert apart in told[0].message


@pytest.mark.parametrize("acquired_h", [None, -0.5])
def test_a_scan_before_the_administration_is_refused_with_both_instants(acquired_h: float | None) -> None:
    acquired = None if acquired_h is None else NOON + timedelta(hours=acquired_h)
    with pytest.raises(
        IntakeError, match=r"numbers hold at 2026-11-29 11:00\+00:00 and \[given\] at is 2026-11-29 12:00"
    ):
        activity_at_administration(measured(NOON - timedelta(hours=1)), given_now(), acquired=acquired)
    at_once = activity_at_administration(measured(NOON - timedelta(hours=1)), given_now(), acquired=NOON)
    assert "administrations-differ" in {f.code for f in at_once[1]}


def test_an_image_without_a_zone_takes_that_of_the_administration_with_a_note() -> None:
    scan = (NOON + timedelta(hours=64.05)).replace(tzinfo=None)
    there, findings = activity_at_administration(measured(scan), given_now(), acquired=scan)
    assert there.total == pytest.approx(2 * measured(None).total, rel=1e-5)
    assert [f.code for f in findings] == ["zone-of-administration", "decays-from-administration", "image-of-given"]
    assert findings[0].message.endswith("its numbers hold at 2026-12-02 04:03+00:00")
    zoned = activity_at_administration(measured(NOON), given_now(), acquired=NOON)[1]
    assert [f.code for f in zoned] == ["decays-from-administration", "image-of-given"]


def test_without_an_administration_the_headers_own_counts_with_a_note_and_none_without_a_scan() -> None:
    _, findings = activity_at_administration(measured(NOON), given_now(None), acquired=NOON + timedelta(hours=1))
    assert [(f.level, f.code) for f in findings] == [("note", "administration-from-header"), ("note", "image-of-given")]
    assert "hold at 2026-11-29 12:00+00:00, the administration in the header" in findings[0].message
    for acquired in (None, NOON - timedelta(hours=1)):
        with pytest.raises(
            IntakeError, match=r"hold at the scan \(2026-11-29 12:00\+00:00\) and \[given\] at is absent"
        ):
            activity_at_administration(measured(NOON), given_now(None), acquired=acquired)


def test_a_residual_is_told_in_megabecquerel_and_may_be_absent() -> None:
    assert injected_activity(calibrated=Bq(1e9), calibrated_at=NOON, injected_at=NOON, nuclide=Y90) == Bq(1e9)
    with pytest.raises(QuantityError, match="at the injection 1000 MBq stayed of 1000 MBq") as refused:
        injected_activity(calibrated=Bq(1e9), calibrated_at=NOON, injected_at=NOON, nuclide=Y90, residual=Bq(1e9))
    assert refused.value.values == {"left_mbq": pytest.approx(1000), "there_mbq": pytest.approx(1000)}
    with pytest.raises(QuantityError, match="calibrated activity"):
        injected_activity(calibrated=Bq(0), calibrated_at=NOON, injected_at=NOON, nuclide=Y90)
    with pytest.raises(QuantityError, match="residual activity"):
        injected_activity(calibrated=Bq(1e9), calibrated_at=NOON, injected_at=NOON, nuclide=Y90, residual=Bq(-1))
    with pytest.raises(QuantityError, match="duration of the frame"):
        frame_decay_factor(-0.1, Y90)
    # a short frame: 1 + x / 2
    assert frame_decay_factor(0.01, Y90) == pytest.approx(1 + 0.005 * np.log(2) / 64.05, rel=1e-8)


def test_a_decayed_map_belongs_to_its_new_instant() -> None:
    later = NOON + timedelta(hours=128.1)
    found = decayed_to(ActivityMap(GRID, np.full(GRID.shape_zyx, 8.0), Y90, NOON), later)
    assert float(found.bq_per_ml.max()) == pytest.approx(2)
    assert (found.reference, found.nuclide) == (later, Y90)
