"""The lesions: each with size, uptake, dose, aim and whether it is met; the coldest and how many stay below in words."""

from dataclasses import replace

import pytest

from yttria.planning.lesion_assessment import with_lesions
from yttria.report.plan.lesion_table import lesion_blocks, lesions_in_words, probability_percent, short_by
from yttria.report.plan.plan_result import plan_result
from yttria.report.plan.verdict import verdict
from yttria.values.document import Entry, Table
from yttria.values.patient import ClinicalFacts, Result
from yttria.values.plan import Lesion, PartDose, TargetProbability
from yttria.values.units import Gy, Ml, Share


def with_assessed(result: Result, facts: ClinicalFacts | None = None) -> Result:
    """Return the patient with every lesion assessed, and a probability of the aim for each."""
    known = TargetProbability({"TD_1": 0.98, "TD_2": 0.001}, {}, 0.0, 0.0)
    options = tuple(replace(o, probability=known) for o in result.plan.options)
    plan, _ = with_lesions(replace(result.plan, options=options), result.absorbed, facts or result.patient_case.facts)
    return replace(result, plan=plan)


@pytest.fixture(scope="module")
def assessed(planned: Result) -> Result:
    return with_assessed(planned)


def _table(result: Result) -> Table:
    (table,) = lesion_blocks(result)
    assert isinstance(table, Table)
    return table


def _cells(result: Result, number: int) -> dict[str, str]:
    table = _table(result)
    names = [c.heading.replace("\n", " ").strip() for c in table.columns]
    shown = [c.text if isinstance(c, Entry) else "" if c is None else str(c) for c in table.rows[number]]
    return dict(zip(names, shown, strict=True))


def changed(result: Result, number: int, **values: object) -> Result:
    lesions = list(result.plan.lesions)
    lesions[number] = replace(lesions[number], **values)  # type: ignore[arg-type]
    return replace(result, plan=replace(result.plan, lesions=tuple(lesions)))


def test_a_row_has_the_numbers_of_the_lesion_itself(assessed: Result) -> None:
    first, dvh = assessed.plan.lesions[0], assessed.plan.shown.dvh["tumour-1"]
    cells = _cells(assessed, 0)
    assert cells["Mean Gy"] == "252"
    assert cells["95 % interval"] == "217–287"
    assert cells["D95 Gy"] == f"{float(dvh.dose_covering(Share(0.95))):.0f}"
    assert cells["D70 Gy"] == f"{float(dvh.dose_covering(Share(0.70))):.0f}"
    assert cells["V205 %"] == f"{100 * dvh.share_above(Gy(205)):.0f}"
    assert cells["Aim Gy"] == "205"
    assert cells["P(aim) %"] == "98"
    one = assessed.absorbed
    assert first.tumour_to_normal == pytest.approx(one.doses_gy["TD_1"] / one.doses_gy["NPLD"])
    assert cells["T/N"] == f"{first.tumour_to_normal:.1f}"


def test_the_activity_of_lesions_and_of_normal_liver_is_the_liver_s(assessed: Result) -> None:
    one = assessed.absorbed
    normal = one.doses_gy["WNLD"] * one.mass_g["normal-liver"] / (one.doses_gy["WLD"] * one.mass_g["liver"])
    of_lesions = sum(x.activity_share or 0 for x in assessed.plan.lesions)
    assert of_lesions + normal == pytest.approx(1, abs=0.02)
    assert _cells(assessed, 0)["Activity of liver"].startswith(
        f"{100 * (assessed.plan.lesions[0].activity_share or 0):.1f}"
    )


def test_a_lesion_below_its_aim_is_crossed_with_what_it_lacks_and_one_that_meets_it_ticked(assessed: Result) -> None:
    low = changed(assessed, 1, dose_gy=Gy(150), below_aim=True)
    met, below = (row[-1] for row in _table(low).rows)
    assert isinstance(met, Entry)
    assert isinstance(below, Entry)
    assert (met.sign, met.text) == ("✓", "met")
    assert (below.sign, below.text, below.under) == ("✗", "below", "by 55\xa0Gy")


def test_a_lesion_that_blur_alone_keeps_below_its_aim_says_so(assessed: Result) -> None:
    low = changed(assessed, 1, dose_gy=Gy(190), below_aim=True, recovered_gy=Gy(210))
    below = _table(low).rows[1][-1]
    assert isinstance(below, Entry)
    assert below.under == "by blur alone"
    assert "1 of 2 below the aim of 205\xa0Gy (by blur alone)" in lesions_in_words(low)


def test_a_lesion_that_no_perfused_volume_reaches_is_not_treated_and_never_the_coldest(assessed: Result) -> None:
    untreated = changed(assessed, 1, treated=False, dose_gy=Gy(0.4), below_aim=True)
    cell = _table(untreated).rows[1][-1]
    assert isinstance(cell, Entry)
    assert (cell.sign, cell.text) == ("✗", "not treated")
    words = lesions_in_words(untreated)
    assert words.startswith("Coldest lesion 1 (GTV 1), 252\xa0Gy")
    assert "not treated: lesion 2 (GTV 2)" in words
    none = changed(untreated, 0, treated=False)
    assert lesions_in_words(none) == "None of the lesions drawn is treated"


def test_the_coldest_and_how_many_stay_below_stand_in_the_verdict(assessed: Result) -> None:
    low = changed(assessed, 1, dose_gy=Gy(150), below_aim=True, recovered_gy=Gy(180))
    words = dict(verdict(low).lines)["Lesions"]
    assert words.startswith("Coldest lesion 2 (GTV 2), 150\xa0Gy (")
    assert "180\xa0Gy with blur undone; 1 of 2 below the aim of 205\xa0Gy" in words
    high = changed(changed(assessed, 0, below_aim=False), 1, below_aim=False)
    assert "none of 2 below the aim" in lesions_in_words(high)


def test_a_cold_part_stands_with_its_lesion_and_in_the_verdict(assessed: Result) -> None:
    cold = changed(assessed, 0, cold_ml=Ml(23.4), rest_gy=Gy(281))
    cell = _table(cold).rows[0][0]
    assert isinstance(cell, Entry)
    assert cell.under == "GTV 1\ncold part 23\xa0mL, rest 281\xa0Gy"
    assert lesions_in_words(cold).endswith("with a cold part: lesion 1 (GTV 1)")
    assert "cold part" not in lesions_in_words(assessed)


def test_where_lesions_have_no_aim_none_is_met_or_missed(planned: Result) -> None:
    facts = replace(planned.patient_case.facts, scenario="segmentectomy")
    free = with_assessed(planned, facts)
    cells = _cells(free, 0)
    assert cells["Aim Gy"] == "—"
    assert cells["P(aim) %"] == "—"
    assert cells["Aim is"] == "— none"
    assert "no aim for lesions here" in lesions_in_words(free)
    assert any("No aim of lesions is known" in note for note in _table(free).notes)


def test_of_parts_the_worst_is_named_where_the_whole_lesion_reaches_its_aim() -> None:
    parts = (PartDose("right", Ml(40), Gy(260)), PartDose("left", Ml(20), Gy(150)))
    lesion = Lesion(
        "tumour-1", "GTV", Ml(60), Gy(205), Gy(223), treated=True, below_aim=True, cold_ml=Ml(0), parts=parts
    )
    assert short_by(lesion) == "part of left: 150\xa0Gy"


def test_without_a_drawn_tumour_there_is_no_table_and_no_line(tumourless: Result) -> None:
    assert lesion_blocks(tumourless) == ()
    assert "Lesions" not in dict(verdict(tumourless).lines)


@pytest.mark.parametrize(
    ("probability", "shown"),
    [(0.989, "99"), (0.99, "99"), (0.9901, ">\xa099"), (0.0101, "1"), (0.01, "1"), (0.0099, "<\xa01"), (None, "—")],
)
def test_a_probability_is_never_rounded_to_certain_or_impossible(probability: float | None, shown: str) -> None:
    assert probability_percent(probability) == shown


def test_the_record_has_the_numbers_of_the_table(assessed: Result) -> None:
    for lesion, record in zip(assessed.plan.lesions, plan_result(assessed).lesions, strict=True):
        assert record.activity_fraction == lesion.activity_share
        assert record.tumour_to_normal == lesion.tumour_to_normal
        assert (record.d95_gy, record.d70_gy, record.v205_fraction) == (lesion.d95_gy, lesion.d70_gy, lesion.v205)
        assert record.aim_probability == lesion.aim_probability
