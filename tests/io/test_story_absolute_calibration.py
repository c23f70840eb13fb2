"""A 90Y PET in Bq/mL planned with its report: doses count every decay from the administration, whatever instant its numbers hold at."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from yttria.app.cli.root import app

Maker = Callable[..., Path]
Circle = Callable[..., NDArray[np.float64]]
HOURS = 64.05
GY = 1e6 * 49.67e-9 * 1000 / 1.06  # of 1 MBq/mL in liver without a CT, all decays
ADMINISTERED = "2026-02-28T15:00:00+01:00"
SCANNED = {"SeriesDate": "20260301", "SeriesTime": "110000", "AcquisitionDate": "20260301", "AcquisitionTime": "110000"}


@pytest.fixture
def planned(make_pt: Maker, make_rtstruct: Maker, circle: Circle, tmp_path: Path) -> Callable[..., Any]:
    """Return a maker of plans of a PET of 1 MBq/mL throughout; the scan starts 20 h after the administration."""

    def plan(*, at: str | None = ADMINISTERED, quotes: bool = False, report: bool = False, **header: Any) -> Any:
        stored = np.full((16, 30, 30), 400, np.uint16)
        tags = {"RescaleSlope": 2500.0, "TimezoneOffsetFromUTC": "+0100", **SCANNED, **header}
        make_pt(tmp_path / "pt", stored, spacing=(4.4, 4.4, 4.4), origin=(-65, -65, -33), **tags)
        rings = {n: [circle((0, 0), r, -15.0 + 3 * k) for k in range(8)] for n, r in {"Liver": 40, "GTV": 15}.items()}
        make_rtstruct(tmp_path / "rtss.dcm", rings)
        instant = "" if at is None else f"at = {at!r}\n" if quotes else f"at = {at}\n"
        words = f'[dose]\ncalibration = "absolute"\n[given]\nactivity_gbq = 0.5\n{instant}[shunt]\nfraction = 0.0\n'
        (tmp_path / "case.toml").write_text(words, encoding="utf-8")
        out = ["--out", str(tmp_path / "out")] if report else ["--json"]
        done = CliRunner().invoke(app, ["plan", str(tmp_path), *out])
        if done.exit_code:
            return done.output
        return json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8") if report else done.stdout)

    return plan


def doses(plan: Any) -> dict[str, float]:
    (given,) = [o for o in plan["result"]["options"] if o["approach"] == "given"]
    return {name: given["doses_gy"][name] for name in ("TD", "PLD", "NPLD", "WNLD", "WLD")}


def codes(plan: Any) -> dict[str, str]:
    return {f["code"]: f["message"] for f in plan["findings"]}


@pytest.mark.parametrize("quotes", [False, True])
def test_a_pet_corrected_to_its_start_counts_the_decays_before_the_scan(
    planned: Callable[..., Any], quotes: bool
) -> None:
    plan = planned(quotes=quotes, report=not quotes)
    assert doses(plan) == pytest.approx(dict.fromkeys(doses(plan), GY * 2 ** (20 / HOURS)), rel=1e-4)
    assert "20.00 h after the administration" in codes(plan)["decays-from-administration"]


def test_a_pet_corrected_to_the_administration_counts_them_once(planned: Callable[..., Any]) -> None:
    plan = planned(DecayCorrection="ADMIN", given="20260228150000")
    assert doses(plan) == pytest.approx(dict.fromkeys(doses(plan), GY), rel=1e-4)


def test_a_pet_without_decay_correction_counts_them_and_the_decay_of_its_frame(planned: Callable[..., Any]) -> None:
    plan = planned(DecayCorrection="NONE")
    x = np.log(2) / HOURS * 600 / 3600
    wanted = GY * 2 ** (20 / HOURS) * x / -np.expm1(-x)
    assert doses(plan) == pytest.approx(dict.fromkeys(doses(plan), wanted), rel=1e-4)


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"DecayCorrection": "ADMIN", "given": "20260228150000"},
        {"DecayCorrection": "NONE"},
        {"TimezoneOffsetFromUTC": ""},
        {"TimezoneOffsetFromUTC": "-0500"},
    ],
)
def test_the_second_reckoning_brings_a_pet_to_the_administration_by_itself(
    planned: Callable[..., Any], header: dict[str, str]
) -> None:
    plan = planned(**header)
    second = {name: 0.5 * gy for name, gy in plan["result"]["partition_per_gbq"].items()}
    assert second == pytest.approx({name: doses(plan).get(name, doses(plan)["TD"]) for name in second}, rel=1e-4)
    assert {"TD_all", "PLD", "NPLD", "WNLD", "WLD"} == set(second)


def test_a_pet_without_a_zone_takes_that_of_the_administration(planned: Callable[..., Any]) -> None:
    plan = planned(TimezoneOffsetFromUTC="")
    assert doses(plan)["TD"] == pytest.approx(GY * 2 ** (20 / HOURS), rel=1e-4)
    assert "2026-03-01 11:00+01:00" in codes(plan)["zone-of-administration"]


def test_another_zone_of_the_scanner_is_another_instant(planned: Callable[..., Any]) -> None:
    plan = planned(TimezoneOffsetFromUTC="-0500")
    assert doses(plan)["TD"] == pytest.approx(GY * 2 ** (26 / HOURS), rel=1e-4)


def test_an_administration_that_only_the_header_knows_is_said(planned: Callable[..., Any]) -> None:
    plan = planned(at=None, DecayCorrection="ADMIN", given="20260228150000")
    assert doses(plan)["TD"] == pytest.approx(GY, rel=1e-4)
    assert "2026-02-28 15:00+01:00" in codes(plan)["administration-from-header"]


def test_an_administration_that_differs_from_the_headers_is_doubted(planned: Callable[..., Any]) -> None:
    plan = planned(at="2026-02-28T17:00:00+01:00", DecayCorrection="ADMIN", given="20260228150000")
    assert doses(plan)["TD"] == pytest.approx(GY * 2 ** (-2 / HOURS), rel=1e-4)
    assert "2.00 h before [given] at" in codes(plan)["administrations-differ"]


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (None, "[given] at is absent"),
        ("2026-03-01T11:01:00+01:00", "must be taken after the administration"),
        ("2026-02-28T15:00:00", "must carry its time zone"),
    ],
)
def test_an_unknown_or_impossible_administration_is_refused(
    planned: Callable[..., Any], at: str | None, said: str
) -> None:
    assert said in " ".join(str(planned(at=at)).split())


def test_an_image_that_holds_far_less_or_more_than_was_given_is_doubted(planned: Callable[..., Any]) -> None:
    found = planned()["findings"]
    (said,) = [f for f in found if f["code"] == "image-of-given"]
    share = 14400 * 4.4**3 / 1000 * 1e6 * 2 ** (20 / HOURS) / 0.5e9
    assert f"{100 * share:.1f} % of what was given" in said["message"]
    assert said["level"] == "warning"
