"""Every rule with its state: it holds, is assumed, is open or falls away, and which keys settle it."""

from typing import Any

import pytest

from yttria.data import table
from yttria.planning.possible_facts import ImagedFacts
from yttria.planning.rule_states import StatedRule, condition_of, stated_rules
from yttria.values.patient import ClinicalFacts, PlanningOptions
from yttria.values.product import Product
from yttria.values.units import Gy

GLASS = Product.named("glass")
KNOWN: dict[str, Any] = {
    "disease": "HCC",
    "scenario": "lobectomy",
    "bilirubin_mg_dl": 0.8,
    "child_pugh": "A5",
    "earlier_radioembolisation": False,
}
IMAGED = ImagedFacts(reserve=0.4, tumour_fraction=0.1, lung_shunt=0.05)


def rules(
    kind: str = "limit", imaged: ImagedFacts = IMAGED, *, limits_gy: dict[str, Gy] | None = None, **facts: Any
) -> list[StatedRule]:
    choices = PlanningOptions(GLASS, GLASS.nuclide, limits_gy=limits_gy or {}, limit_sources={"normal_liver": "board"})
    found = stated_rules(ClinicalFacts(**{**KNOWN, **facts}), choices, imaged)
    return [r for r in found if r.kind == kind]


def states(name: str, **how: Any) -> dict[tuple[float, str], str]:
    return {(r.rule["gy"], str(r.rule.get("condition", ""))): r.state for r in rules(**how) if r.rule["name"] == name}


def test_every_rule_of_the_table_is_stated_once() -> None:
    for kind in ("limit", "aim", "contraindication"):
        assert [r.rule for r in rules(kind)] == table("rules")[kind]
        assert all(r.source for r in rules(kind))


def test_a_rule_that_is_known_to_hold_or_to_fall_waits_for_nothing() -> None:
    for rule in rules():
        assert rule.missing == () or rule.state in {"assumed", "open"}
    found = {gy for (gy, _), state in states("normal-liver").items() if state == "holds"}
    assert found == {90}  # HCC, a first treatment of a liver of good function: nothing stricter holds


def test_the_strictest_limit_that_a_missing_bilirubin_could_bring_is_assumed() -> None:
    found = [r for r in rules(bilirubin_mg_dl=None) if r.rule["name"] == "normal-liver" and r.state == "assumed"]
    assert [(r.rule["gy"], r.missing) for r in found] == [(50, ("bilirubin_mg_dl",))]


@pytest.mark.parametrize(("reserve", "state"), [(0.2999, "holds"), (0.30, "falls away"), (0.3001, "falls away")])
def test_the_limit_of_a_small_reserve_holds_below_thirty_per_cent(reserve: float, state: str) -> None:
    (found,) = (
        r
        for r in rules(imaged=ImagedFacts(reserve, 0.1, 0.05))
        if r.rule["name"] == "normal-perfused" and r.rule["gy"] == 120
    )
    assert found.state == state


def test_what_images_decide_is_open_until_they_are_read() -> None:
    (found,) = (r for r in rules(imaged=ImagedFacts()) if r.rule["gy"] == 120)
    assert (found.state, found.missing) == ("open", ())


def test_the_cumulative_lung_limit_is_open_while_an_earlier_lung_dose_may_be() -> None:
    (open_one,) = (r for r in rules(earlier_radioembolisation=True) if r.rule["name"] == "lung-cumulative")
    assert (open_one.state, open_one.missing) == ("open", ("previous_lung_dose_gy",))
    (held,) = (r for r in rules(previous_lung_dose_gy=4.0) if r.rule["name"] == "lung-cumulative")
    assert held.state == "holds"
    (fallen,) = (r for r in rules() if r.rule["name"] == "lung-cumulative")
    assert fallen.state == "falls away"


@pytest.mark.parametrize(("gy", "state"), [(40.0, "holds"), (95.0, "holds")])
def test_a_limit_of_the_site_is_stated_after_the_table_with_its_source(gy: float, state: str) -> None:
    own = rules(limits_gy={"normal_liver": Gy(gy)})[-1]
    assert (own.rule["condition"], own.rule["gy"], own.source) == ("set by the site", gy, "board")
    assert (own.state, own.rule["volume"]) == (state, "WNLD")


def test_of_one_approach_the_last_aim_that_holds_counts() -> None:
    held = [r.rule for r in rules("aim") if r.state == "holds"]
    assert [(a["gy"], a.get("wished_gy")) for a in held if a["approach"] == "PDA"] == [(205, 300)]
    assert len({a["approach"] for a in held}) == len(held)
    earlier = next(r for r in rules("aim") if r.rule["approach"] == "PDA" and r.rule.get("wished_gy") is None)
    assert earlier.state == "falls away"


def test_an_aim_whose_disease_is_missing_is_open_and_says_so() -> None:
    found = [r for r in rules("aim", disease=None) if r.rule["approach"] == "PDA" and r.state == "open"]
    assert found
    assert all("disease" in r.missing for r in found)


@pytest.mark.parametrize(
    ("facts", "state"),
    [({"ascites": True}, "holds"), ({"ascites": False}, "falls away"), ({"child_pugh": "A6"}, "open")],
)
def test_a_contraindication_holds_falls_away_or_is_open(facts: dict[str, Any], state: str) -> None:
    (found,) = (r for r in rules("contraindication", **facts) if r.rule["name"] == "ascites")
    assert found.state == state
    assert found.missing == (("ascites",) if state == "open" else ())


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"condition": "as written", "ascites": True}, "as written"),
        ({"digestive_shunt": True}, "digestive shunt"),
        ({"bilirubin_reversible": False}, "not bilirubin reversible"),
        ({"not_treated_before": True}, "not treated before"),
        ({"child_pugh": ["B8", "B9"], "product": ["glass"]}, "Child–Pugh B8 or B9"),
        ({"lung_shunt_above": 0.2, "gfr_below": 30}, "lung shunt above 20 %; GFR below 30 mL/min/1.73 m²"),
        ({"reserve_from": 0.3, "not_scenario": ["segmentectomy"]}, "reserve from 30 %; not segmentectomy"),
    ],
)
def test_conditions_are_said_in_words(rule: dict[str, Any], words: str) -> None:
    assert condition_of(rule) == words


@pytest.mark.parametrize(("gy", "state"), [(85.0, "holds"), (90.0, "holds"), (95.0, "falls away")])
def test_a_rule_that_the_site_loosens_falls_away_and_no_other_comes_to_hold(gy: float, state: str) -> None:
    found = states("normal-liver", limits_gy={"normal_liver": Gy(gy)})
    held = {limit for (limit, words), one in found.items() if one == "holds" and words != "set by the site"}
    assert held == ({90} if state == "holds" else set())


def own(**rule: Any) -> StatedRule:
    """Return the state of a site's own limit under a condition."""
    limit = {"name": "normal-liver", "volume": "WNLD", "source": "our board", **rule}
    choices = PlanningOptions(GLASS, GLASS.nuclide, own_limits=(tuple(limit.items()),))
    found = stated_rules(ClinicalFacts(**{**KNOWN, "bilirubin_mg_dl": None}), choices, IMAGED)
    return next(r for r in found if r.source == "our board")


@pytest.mark.parametrize(
    ("rule", "state", "missing", "words"),
    [
        ({"gy": 30}, "holds", (), ""),
        ({"gy": 200}, "falls away", (), ""),
        ({"gy": 30, "scenario": ("bilobar",)}, "falls away", (), ""),
        ({"gy": 30, "bilirubin_above_mg_dl": 2}, "open", ("bilirubin_mg_dl",), "bilirubin above 2 mg/dL"),
        (
            {"gy": 30, "bilirubin_above_mg_dl": 2, "condition": "poor liver"},
            "open",
            ("bilirubin_mg_dl",),
            "bilirubin above 2 mg/dL; poor liver",
        ),
    ],
)
def test_a_sites_own_rule_holds_falls_away_or_waits_and_says_what_it_asks(
    rule: dict[str, Any], state: str, missing: tuple[str, ...], words: str
) -> None:
    found = own(**rule)
    assert (found.state, found.missing, found.rule["condition"]) == (state, missing, words)
    assert found.rule["volume"] == "WNLD"
