"""Volumes, uptake and lungs: the shunt that judges is the one that is printed, the others stand beside it."""

from dataclasses import replace

import pytest

from yttria.report.plan.method import method_blocks
from yttria.report.plan.volumes_table import lung_blocks, uptake_pairs, why_judged
from yttria.values.document import DefinitionList, Entry, Table
from yttria.values.patient import Result
from yttria.values.treatment import LungShunt, ShuntMethod
from yttria.values.units import Gram, Share
from yttria.values.uptake import LungConventions, UptakeShares


def _pair(fraction: float, method: ShuntMethod, mass: float, source: str) -> LungShunt:
    return LungShunt(Share(fraction), method, Gram(mass), source)


PAIRS = {
    "spect-ct": _pair(0.049, "spect", 1042, "CT"),
    "planar-default": _pair(0.086, "planar", 1000, "default 1000 g"),
    "planar-ct": _pair(0.086, "planar", 1042, "CT"),
}


def with_lungs(result: Result, judged: str = "planar-default", stated: str = "") -> Result:
    lungs = LungConventions(PAIRS, judged, Gram(1000), PAIRS["spect-ct"], PAIRS["planar-ct"], Gram(1042), stated)
    shunt = replace(PAIRS["spect-ct"], judged=None if judged == "spect-ct" else PAIRS[judged], uncertainty=0.003)
    return replace(result, absorbed=replace(result.absorbed, lungs=lungs, shunt=shunt))


def _facts(result: Result) -> dict[str, str]:
    block = lung_blocks(result)[0]
    assert isinstance(block, DefinitionList)
    return dict(block.pairs)


def test_the_shunt_that_judges_is_printed_not_the_one_that_the_liver_follows(planned: Result) -> None:
    facts = _facts(with_lungs(planned))
    assert facts["Lung shunt"] == "8.6\xa0%, planar views; judges the lungs"
    assert facts["Lung mass"] == "1\u202f000\xa0g, the convention's"
    assert facts["Why these"] == "the larger of both conventions"
    assert facts["Taken off the liver"] == "4.9\xa0% ± 0.3 (k = 1), SPECT/CT"
    spect = _facts(with_lungs(planned, "spect-ct", "spect"))
    assert spect["Lung shunt"] == "4.9\xa0%, SPECT/CT; judges the lungs"
    assert "[shunt] method" in spect["Why these"]


def test_every_other_pair_stands_beside_with_its_dose_of_the_same_activity(planned: Result) -> None:
    result = with_lungs(planned)
    table = lung_blocks(result)[1]
    assert isinstance(table, Table)
    ways = [row[0] for row in table.rows]
    assert [w.sign for w in ways if isinstance(w, Entry)] == ["◆", "", ""]
    gbq = result.plan.shown.activity_bq / 1e9
    k = result.patient_case.choices.nuclide.dose_constant_gy_kg_per_gbq
    assert [row[-1] for row in table.rows] == [
        f"{k * gbq * 0.086:.0f}",
        f"{k * gbq * 0.049 / 1.042:.0f}",
        f"{k * gbq * 0.086 / 1.042:.0f}",
    ]


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ("", "the larger of both conventions"),
        ("given", "the case gives the shunt"),
        ("planar", "the case or the site says so: [shunt] method"),
    ],
)
def test_why_a_pair_judges_depends_on_who_said_so(planned: Result, stated: str, words: str) -> None:
    lungs = with_lungs(planned, stated=stated).absorbed.lungs
    assert lungs is not None
    assert why_judged(lungs) == words


def test_the_method_names_the_mass_that_judges(planned: Result) -> None:
    table = method_blocks(with_lungs(planned))[0]
    assert isinstance(table, Table)
    (words,) = [str(row[2]) for row in table.rows if str(row[0]).startswith("Lung dose")]
    assert "1\u202f000\xa0g, default 1000 g" in words


def test_the_shares_of_counts_stand_beside_what_blur_alone_would_give(planned: Result) -> None:
    seen = UptakeShares(Share(0.6), Share(0.8), Share(0.93))
    pairs = dict(uptake_pairs(replace(planned, absorbed=replace(planned.absorbed, uptake=seen))))
    assert pairs["Counts of the liver"] == "60.0\xa0% inside perfused, 40.0\xa0% outside"
    assert pairs["By blur alone"] == "80.0\xa0% inside, 20.0\xa0% outside; image over blur 75\xa0%"
    assert pairs["All counts"] == "93.0\xa0% in the liver, 7.0\xa0% elsewhere (not lungs)"
    assert "Counts of the liver" not in dict(uptake_pairs(planned))


def test_where_no_perfused_volume_is_drawn_no_share_of_it_is_told(planned: Result) -> None:
    seen = UptakeShares(Share(1.0), Share(1.0), Share(0.93))
    bare = replace(planned, absorbed=replace(planned.absorbed, uptake=seen, has_perfused_contour=False))
    assert "Counts of the liver" not in dict(uptake_pairs(bare))


def test_uptake_and_involvement_are_those_of_the_volumes(planned: Result) -> None:
    one = planned.absorbed
    pairs = dict(uptake_pairs(planned))
    ratio = one.doses_gy["TD"] / one.doses_gy["NPLD"]
    assert pairs["Tumour to normal"].startswith(f"T/N index lesion {ratio:.1f}, all tumours ")
    perfused = 1 - one.volumes["normal-perfused"].ml / one.volumes["perfused"].ml
    liver = 1 - one.volumes["normal-liver"].ml / one.volumes["liver"].ml
    assert (
        pairs["Tumour involvement"] == f"{100 * perfused:.1f}\xa0% of perfused, {100 * liver:.1f}\xa0% of whole liver"
    )


def test_without_a_tumour_neither_uptake_nor_involvement_of_one_is_told(tumourless: Result) -> None:
    assert dict(uptake_pairs(tumourless)) == {}
