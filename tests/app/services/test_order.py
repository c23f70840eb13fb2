"""`order` from Python: vials by hand, whose word counts, and what a table refuses by line."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from yttria.app.services.order import run
from yttria.contract.order import OrderRequest
from yttria.values.errors import YttriaError

AT = "2026-11-30T14:00+01:00"
H = 64.05


def asked(**more: Any) -> Any:
    stated = {"needed_gbq": 2.0, "at": AT, "product": "glass", "calibrated": ["2026-11-29T12:00+01:00"]}
    return run(OrderRequest.model_validate({k: v for k, v in (stated | more).items() if v is not None}))


def test_each_vial_decays_from_its_calibration_and_leaves_its_residual() -> None:
    """26 hours after its calibration a vial of 3 GBq holds 3 0.5^(26 / 64.05); 1 % stays behind."""
    answer = asked()
    found = answer.result
    three = next(c for c in found.choices if c.vials_gbq == [3.0])
    assert three.hours == 26
    assert three.dispensed_gbq == pytest.approx(3 * 0.5 ** (26 / H))
    assert three.delivered_gbq == pytest.approx(0.99 * 3 * 0.5 ** (26 / H))
    assert three.of_needed_fraction == pytest.approx(three.delivered_gbq / 2.0)
    assert three.spheres == pytest.approx(3e9 / 2500)  # glass: 2500 Bq a sphere at calibration
    assert three.spheres_delivered == pytest.approx(0.99 * 3e9 / 2500)
    assert (found.residual_fraction, found.tolerance_fraction, found.half_life_h) == (0.01, 0.10, H)
    assert found.vials_source.startswith("sizes of ")
    ordered = [abs(c.of_needed_fraction - 1) for c in found.choices]
    assert ordered == sorted(ordered)


@pytest.mark.parametrize(
    ("factor", "within"), [(0.8999, False), (0.9, True), (0.9001, True), (1.0999, True), (1.1001, False)]
)
def test_a_tenth_is_let_pass_where_nobody_says(factor: float, within: bool) -> None:
    delivered = 0.99 * 3 * 0.5 ** (26 / H)
    answer = asked(needed_gbq=delivered / (factor + (1e-9 if factor == 0.9 else 0)), vials_gbq=(3,))
    assert (answer.result.chosen is not None) is within
    assert [f.code for f in answer.findings] == ([] if within else ["no-vial-fits"])


def test_the_commands_word_stands_above_the_sites_and_that_above_the_products(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(
        '[products.glass]\nvials_gbq = [4.0]\nresidual_fraction = 0.05\ntolerance_fraction = 0.5\nmost_vials = 2\nsource = "pharmacy"\n',
        encoding="utf-8",
    )
    found = asked(site=site).result
    assert (found.vials_source, found.residual_fraction, found.tolerance_fraction) == ("pharmacy", 0.05, 0.5)
    assert {tuple(c.vials_gbq) for c in found.choices} == {(4.0,), (4.0, 4.0)}
    own = asked(site=site, vials_gbq=(5,), residual_fraction=0.0, most_vials=1).result
    assert (own.vials_source, own.residual_fraction) == ("given by the user", 0.0)
    assert {tuple(c.vials_gbq) for c in own.choices} == {(5.0,)}


@pytest.mark.parametrize(("hours", "told"), [(167.9, False), (168.0, True), (168.1, True)])
def test_vials_of_the_second_week_are_told(hours: float, told: bool) -> None:
    start = (datetime.fromisoformat(AT) - timedelta(hours=hours)).isoformat()
    answer = asked(calibrated=[start], needed_gbq=0.99 * 10 * 0.5 ** (hours / H), vials_gbq=(10,))
    assert [f.code for f in answer.findings] == (["later-week"] if told else [])
    assert all("of week 2 (168 h after calibration)" in f.message for f in answer.findings)


def test_vials_that_are_calibrated_after_the_injection_hold_more_and_that_is_told() -> None:
    answer = asked(calibrated=["2026-11-30T20:00+01:00"], needed_gbq=3.17, vials_gbq=(3,))
    assert answer.result.choices[0].dispensed_gbq == pytest.approx(3 * 2 ** (6 / H))
    assert [f.code for f in answer.findings] == ["calibrated-after"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"needed_gbq": None}, "lacks --needed-gbq; give them or --table"),
        ({"at": None, "product": None}, "lacks --at, --product"),
        ({"at": "2026-11-30T14:00"}, "--at needs its zone"),
        ({"product": "plastic"}, "plastic"),
        ({"calibrated": None}, "a calibration of glass is needed"),
        ({"needed_gbq": 101.0}, "must not exceed 100 GBq"),
        ({"needed_gbq": 0.99e-9}, "must be at least 1 Bq, but is 0.99 Bq"),
        ({"needed_gbq": 1e-300}, "must be at least 1 Bq"),
    ],
)
def test_an_order_by_half_is_refused_with_what_it_lacks(more: dict[str, Any], words: str) -> None:
    with pytest.raises(YttriaError, match=words):
        asked(**more)


def test_a_table_is_an_order_a_row_and_names_the_line_of_a_refusal(tmp_path: Path) -> None:
    table = tmp_path / "orders.csv"
    table.write_text(f"patient,product,needed_gbq,at\np1,glass,2,{AT}\np2,glass,200,{AT}\n", encoding="utf-8")
    words = {"needed_gbq": None, "at": None, "product": None, "table": table}
    with pytest.raises(YttriaError, match=r"^line 3: .*must not exceed 100 GBq"):
        asked(**words)
    table.write_text(f"patient,product,needed_gbq,at\np1,glass,2.24,{AT}\np2,glass,0.1,{AT}\n", encoding="utf-8")
    answer = asked(**words)
    assert [(o.patient, o.needed_gbq) for o in answer.result.orders] == [("p1", 2.24), ("p2", 0.1)]
    assert [f.message[:8] for f in answer.findings] == ["line 3: "]
    with pytest.raises(
        YttriaError, match="--table stands in place of --needed-gbq, --at and --product, but both were given"
    ):
        asked(table=table)


def test_the_least_activity_that_can_be_ordered_is_one_becquerel() -> None:
    assert asked(needed_gbq=1e-9).result.choices
