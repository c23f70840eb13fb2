"""`yttria delivery` at the door: the day of a treatment, one reference instant, its findings, files and refusals."""

import json
import re
import stat
import tomllib
from pathlib import Path
from typing import Any

import pypdf
import pytest
from typer.testing import CliRunner

from yttria.app.cli.root import app

EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "day.example.toml"
DAY = """product = "glass"
at = 2026-12-01T14:00:00+01:00
prescribed_gbq = 2.0
tolerance_fraction = 0.10
[[vials]]
assayed_gbq = 2.1
assayed_at = "2026-12-01T12:00:00Z"
residual_gbq = 0.02
residual_at = 2026-12-01T16:00:00+01:00
"""
H = 64.05


def ran(*words: object) -> tuple[int, str, str]:
    outcome = CliRunner().invoke(app, ["delivery", *map(str, words)])
    return outcome.exit_code, outcome.stdout, outcome.stderr


def document(path: Path, *words: object) -> dict[str, Any]:
    code, out, err = ran(path, *words, "--json")
    assert code == 0, err
    return dict(json.loads(out))


def day(tmp_path: Path, text: str = DAY) -> Path:
    path = tmp_path / "day.toml"
    path.write_text(text, encoding="utf-8")
    return path


def codes(path: Path) -> set[str]:
    return {finding["code"] for finding in document(path)["findings"]}


def test_every_activity_is_turned_to_the_administration(tmp_path: Path) -> None:
    r = document(day(tmp_path))["result"]
    (vial,) = r["vials"]
    assert vial["hours"] == 1
    assert vial["dispensed_gbq"] == pytest.approx(2.1 * 2 ** (-1 / H))
    assert vial["residual_gbq"] == pytest.approx(0.02 * 2 ** (2 / H))
    assert r["delivered_gbq"] == pytest.approx(2.1 * 2 ** (-1 / H) - 0.02 * 2 ** (2 / H))
    assert r["of_prescribed_fraction"] == pytest.approx(r["delivered_gbq"] / 2)
    assert (r["reportable"], r["within_tolerance"], r["injections"]) == (False, True, {})


@pytest.mark.parametrize(
    ("own", "site", "within"), [(None, 0.02, False), (None, 0.2, True), (0.2, 0.02, True), (0.02, 0.2, False)]
)
def test_the_sites_tolerance_judges_where_the_record_states_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: float | None, site: float, within: bool
) -> None:
    stated = "" if own is None else f"tolerance_fraction = {own}\n"
    path = day(tmp_path, DAY.replace("tolerance_fraction = 0.10\n", stated))
    (tmp_path / "site.toml").write_text(f"[delivery]\ntolerance_fraction = {site}\n", encoding="utf-8")
    assert document(path, "--site", tmp_path / "site.toml")["result"]["within_tolerance"] is within
    monkeypatch.setenv("YTTRIA_SITE", str(tmp_path / "site.toml"))
    assert document(path)["result"]["within_tolerance"] is within


def test_a_day_without_a_measured_residual_says_so(tmp_path: Path) -> None:
    text = DAY.replace("residual_gbq = 0.02\nresidual_at = 2026-12-01T16:00:00+01:00\n", "residual_fraction = 0.01\n")
    r = document(day(tmp_path, text))
    assert r["result"]["residual_fraction"] == pytest.approx(0.01)
    assert {f["code"] for f in r["findings"]} == {"residual-assumed"}


@pytest.mark.parametrize(
    ("prescribed", "found"),
    [(2.5, {"delivery-reportable", "delivery-beyond-tolerance"}), (2.4999, {"delivery-beyond-tolerance"}), (2.2223, {"delivery-beyond-tolerance"}),
     (2.2222, set()), (1.8182, set()), (1.8181, {"delivery-beyond-tolerance"}), (1.66666666, {"delivery-reportable", "delivery-beyond-tolerance"})],
)  # fmt: skip
def test_a_difference_is_told_from_its_own_limit_on(tmp_path: Path, prescribed: float, found: set[str]) -> None:
    text = f"""product = "glass"\nat = 2026-12-01T13:00:00Z\nprescribed_gbq = {prescribed}\ntolerance_fraction = 0.1\n[[vials]]
assayed_gbq = 2.0\nassayed_at = 2026-12-01T13:00:00Z\nresidual_gbq = 0\nresidual_at = 2026-12-01T14:00:00Z\n"""
    assert codes(day(tmp_path, text)) == found


@pytest.mark.parametrize(
    ("assayed", "found"),
    [("11-30T14:00:00", set()), ("11-30T13:59:00", {"assay-early"}), ("12-01T14:01:00", {"assay-after"})],
)
def test_an_assay_of_another_hour_is_told(tmp_path: Path, assayed: str, found: set[str]) -> None:
    text = DAY.replace('"2026-12-01T12:00:00Z"', f"2026-{assayed}+01:00").replace(
        "prescribed_gbq = 2.0\ntolerance_fraction = 0.10\n", ""
    )
    assert codes(day(tmp_path, text)) - {"nothing-prescribed"} == found


TWO = """product = "resin"
at = "2026-12-01T14:00+01:00"
prescribed_gbq = {whole}
[injections.right]
prescribed_gbq = 1.2
[injections.left]
prescribed_gbq = 0.8
[[vials]]
assayed_gbq = 2.2
assayed_at = "2026-12-01T14:00+01:00"
residual_gbq = 0.0
residual_at = "{residual}"
split = {{ right = {right}, left = {left} }}
"""


@pytest.mark.parametrize(("whole", "told"), [(1.97, True), (1.981, False), (2.0, False), (2.019, False), (2.03, True)])
def test_prescriptions_of_injections_that_do_not_add_up_are_told(tmp_path: Path, whole: float, told: bool) -> None:
    text = TWO.format(whole=whole, residual="2026-12-01T15:00+01:00", right=0.6, left=0.4)
    assert ("prescriptions-differ" in codes(day(tmp_path, text))) == told


@pytest.mark.parametrize(("residual", "told"), [("13:59", True), ("14:00", False), ("14:01", False)])
def test_a_residual_measured_before_anything_was_given_is_told(tmp_path: Path, residual: str, told: bool) -> None:
    text = TWO.format(whole=2.0, residual=f"2026-12-01T{residual}+01:00", right=0.6, left=0.4)
    text = text.replace('assayed_at = "2026-12-01T14:00', 'assayed_at = "2026-12-01T13:00')
    assert ("residual-before" in codes(day(tmp_path, text))) == told


@pytest.mark.parametrize(("left", "told"), [(0.4363, False), (0.4364, True)])
def test_the_verdict_names_an_injection_that_is_reported_though_the_whole_is_not(
    tmp_path: Path, left: float, told: bool
) -> None:
    """0.8 GBq prescribed for the left: 0.96 of 2.2 GBq is 20 % more."""
    text = TWO.format(whole=2.0, residual="2026-12-01T15:00+01:00", right=1 - left, left=left)
    _, out, _ = ran(day(tmp_path, text))
    assert ("less than 20 %, but left by 20 % or more, which is reported" in out) == told


def test_the_commented_example_is_a_day_of_two_injections() -> None:
    done = document(EXAMPLE)
    r = done["result"]
    by_hand = 1.20 * 2 ** (-(4 + 1 / 3) / H) * (1 - (0.20 / 1.94) * 2 ** (1.75 / H))
    assert r["injections"]["right posterior"]["delivered_gbq"] == pytest.approx(by_hand)
    assert r["delivered_gbq"] == pytest.approx(sum(i["delivered_gbq"] for i in r["injections"].values()))
    assert (r["prescribed_gbq"], r["stasis"]) == (3.0, True)
    assert {f["code"] for f in done["findings"]} == {"stasis"}


def test_a_vial_is_split_over_injections(tmp_path: Path) -> None:
    text = (
        DAY
        + "split = { right = 0.75, left = 0.25 }\n[injections]\nright = { prescribed_gbq = 1.5 }\nleft = { prescribed_gbq = 1.0 }\n"
    )
    r = document(day(tmp_path, text))["result"]
    whole = r["delivered_gbq"]
    assert r["injections"]["right"]["delivered_gbq"] == pytest.approx(0.75 * whole)
    assert r["injections"]["left"]["reportable"] is True
    assert r["prescribed_gbq"] == 2.0


def test_what_is_written_says_what_was_answered_and_enters_a_case(tmp_path: Path) -> None:
    out = tmp_path / "out"
    r = document(EXAMPLE, "--out", out)["result"]
    assert json.loads((out / "delivery.json").read_text(encoding="utf-8"))["result"] == r
    given = tomllib.loads((out / "given.toml").read_text(encoding="utf-8"))["injections"]
    assert [(i["name"], round(i["given"]["activity_gbq"], 4)) for i in given] == [
        (name, round(amount["delivered_gbq"], 4)) for name, amount in r["injections"].items()
    ]
    assert given[0]["given"]["at"].isoformat() == r["at"]
    text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pypdf.PdfReader(out / "report.pdf").pages))
    assert "Delivery record" in text
    assert "2.97 GBq at 2026-12-01 14:00 +01:00, 98.9 % of 3.00 GBq prescribed" in text
    assert "survey rates" in text
    assert "ended in stasis" in text
    assert "right anterior" in (out / "report.html").read_text(encoding="utf-8")
    assert {
        stat.S_IMODE((out / n).stat().st_mode) for n in ("delivery.json", "given.toml", "report.pdf", "report.html")
    } == {0o600}


def test_the_lines_of_one_injection_are_those_of_a_case(tmp_path: Path) -> None:
    out = tmp_path / "out"
    r = document(day(tmp_path), "--out", out)["result"]
    given = tomllib.loads((out / "given.toml").read_text(encoding="utf-8"))["given"]
    assert given["activity_gbq"] == pytest.approx(r["delivered_gbq"], rel=1e-5)
    assert given["at"].utcoffset() is not None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("at = 2026-12-01T14:00:00+01:00", "at = 2026-12-01T14:00:00", "at needs its zone"),
        ('assayed_at = "2026-12-01T12:00:00Z"', "assayed_at = 2026-12-01T12:00:00", "[[vials]] 1 assayed_at needs its zone"),
        ("residual_at = 2026-12-01T16:00:00+01:00\n", "", "residual_gbq needs residual_at"),
        ("residual_gbq = 0.02\n", "residual_gbq = 0.02\nresidual_fraction = 0.01\n", "several are given"),
        ("residual_gbq = 0.02\nresidual_at = 2026-12-01T16:00:00+01:00\n", "", "none is given"),
        ("residual_gbq = 0.02\nresidual_at = 2026-12-01T16:00:00+01:00\n", "rate_before = 2\n", "belong together"),
        ("residual_gbq = 0.02", "residual_gbq = 2.2", "[[vials]] 1: no more can stay behind"),
        ("residual_gbq = 0.02", "residual_gbq = -0.02", "vials.0.residual_gbq must be greater than or equal to 0"),
        ("assayed_gbq = 2.1", "assayed_gbq = 2100", "if 2100 MBq is meant"),
        ("assayed_gbq = 2.1\n", "", "needs vials.0.assayed_gbq"),
        ("assayed_gbq", "asayed_gbq", "unknown key vials.0.asayed_gbq; did you mean assayed_gbq?"),
        ('"glass"', '"glas"', "product must be one of"),
        ("residual_gbq = 0.02", 'residual_gbq = 0.02\ninjection = "x"\nsplit = { x = 1 }', "keep one"),
        ("residual_gbq = 0.02", "residual_gbq = 0.02\nsplit = { x = 0.5 }", "[[vials]] 1: the shares of a vial must add to 1"),
    ],
)  # fmt: skip
def test_a_record_that_cannot_be_is_refused_by_its_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in DAY
    code, _, err = ran(day(tmp_path, DAY.replace(old, new)))
    assert code == 1
    assert said in err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("[injections]\nright = {}\nleft = {}\n", "must say its injection or split"),
        ('injection = "middle"\n[injections]\nright = {}\n', "is for 'middle', but the injections are right"),
    ],
)
def test_a_vial_of_no_injection_is_refused(tmp_path: Path, more: str, said: str) -> None:
    code, _, err = ran(day(tmp_path, DAY + more))
    assert code == 1
    assert said in err


def test_a_record_that_is_not_there_is_refused(tmp_path: Path) -> None:
    code, _, err = ran(tmp_path / "absent.toml")
    assert code == 1
    assert "there is no such file" in err
