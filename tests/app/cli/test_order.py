"""`yttria order` at the door: command, site file and product above each other, calendars, tables, refusals."""

from pathlib import Path

import pytest
from tests.app.cli.typed_command import TypedCommand

BASE = ("--needed-gbq", 3.2, "--at", "2026-12-01T14:00+01:00", "--product", "glass")
STATED = ("--calibrated", "2026-11-29T12:00-05:00")
SITE = """
[products.glass]
vials_gbq = [3, 5, 7]
most_vials = 2
residual_fraction = 0.02
tolerance_fraction = 0.05
shelf_hours = 288
source = "the hospital's contract of 2026"
[[products.glass.calibrations]]
weekday = "Sunday"
time = "12:00"
zone = "America/New_York"
"""


COMMAND = TypedCommand("order")
ran, document, result, codes = COMMAND.ran, COMMAND.document, COMMAND.result, COMMAND.codes


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(SITE, encoding="utf-8")
    return path


def test_an_order_by_the_products_own_sizes_and_the_defaults(tmp_path: Path) -> None:
    r = result(*BASE, *STATED)
    assert (r["half_life_h"], r["needed_gbq"], r["residual_fraction"], r["tolerance_fraction"]) == (
        64.05,
        3.2,
        0.01,
        0.1,
    )
    assert len(r["choices"]) == 6
    assert r["chosen"] == r["choices"][0]
    assert r["chosen"] == {
        "vials_gbq": [5], "calibrated_at": "2026-11-29T12:00:00-05:00", "at": "2026-12-01T14:00:00+01:00", "hours": 44,
        "dispensed_gbq": pytest.approx(5 * 2 ** (-44 / 64.05)), "delivered_gbq": pytest.approx(4.95 * 2 ** (-44 / 64.05)),
        "of_needed_fraction": pytest.approx(4.95 * 2 ** (-44 / 64.05) / 3.2), "spheres": 2e6, "spheres_delivered": 1.98e6,
        "within_tolerance": True,
    }  # fmt: skip


def test_the_site_stands_above_the_product_and_the_command_above_both(site: Path) -> None:
    r = result(*BASE, "--site", site)
    assert (r["residual_fraction"], r["tolerance_fraction"], r["vials_source"]) == (
        0.02,
        0.05,
        "the hospital's contract of 2026",
    )
    assert {c["calibrated_at"] for c in r["choices"]} == {"2026-11-29T12:00:00-05:00", "2026-11-22T12:00:00-05:00"}
    assert len(r["choices"]) == 2 * (3 + 6)
    own = ("--vials-gbq", "4,8", "--most-vials", 1, "--residual-fraction", 0, "--tolerance-fraction", 0.2, *STATED)
    r = result(*BASE, "--site", site, *own)
    assert (r["residual_fraction"], r["tolerance_fraction"], [c["vials_gbq"] for c in r["choices"]]) == (
        0,
        0.2,
        [[4], [8]],
    )
    assert (r["vials_source"], r["calibrations_source"]) == ("given by the user", "given by the user")


def test_the_site_file_may_be_named_by_the_environment(site: Path) -> None:
    assert document(*BASE, env={"YTTRIA_SITE": str(site)})["result"]["residual_fraction"] == 0.02


def test_the_commented_example_of_a_site_file_is_read_whole() -> None:
    example = Path(__file__).resolve().parents[3] / "docs" / "site.example.toml"
    r = result(*BASE, "--site", example)
    assert {c["hours"] for c in r["choices"]} == {44, 212}
    assert r["vials_source"].startswith("EXAMPLE")
    resin = ("--needed-gbq", 2.4, "--at", "2026-11-26T10:00+01:00", "--product", "resin", "--site", example)
    assert [c["calibrated_at"] for c in result(*resin)["choices"]] == ["2026-11-25T18:00:00+01:00"]


def test_a_vial_of_the_second_week_is_told_with_its_spheres(site: Path) -> None:
    words = ("--needed-gbq", 1.0, "--at", "2026-12-01T14:00+01:00", "--product", "glass", "--site", site)
    r = document(*words)
    assert (r["result"]["chosen"]["vials_gbq"], r["result"]["chosen"]["hours"]) == ([3, 7], 212)
    (finding,) = r["findings"]
    assert finding["code"] == "later-week"
    assert "week 2" in finding["message"]
    assert "4.00 million spheres in the vials, 3.92 million in the patient" in finding["message"]


@pytest.mark.parametrize(
    ("at", "kept"),
    [("2026-12-04T16:59:00+00:00", True), ("2026-12-04T17:00:00+00:00", True), ("2026-12-04T17:01:00+00:00", False)],
)
def test_a_calibration_beyond_the_shelf_life_is_no_choice(site: Path, at: str, kept: bool) -> None:
    """The Sunday noon of 22 November 2026 in New York (17:00 UTC) is 288 h before the Friday after next at 17:00 UTC."""
    words = ("--needed-gbq", 1.0, "--at", at, "--product", "glass", "--site", site)
    r = result(*words)
    assert ("2026-11-22T12:00:00-05:00" in {c["calibrated_at"] for c in r["choices"]}) is kept
    stated = (*words, "--calibrated", "2026-11-22T12:00-05:00")
    assert ("shelf-exceeded" in codes(*stated)) is not kept
    assert bool(result(*stated)["choices"]) is kept


def test_a_calendar_over_the_change_of_summer_time_keeps_noon(site: Path) -> None:
    spring = result("--needed-gbq", 2.0, "--at", "2026-03-10T14:00+01:00", "--product", "glass", "--site", site)
    assert {(c["calibrated_at"], c["hours"]) for c in spring["choices"]} == {
        ("2026-03-08T12:00:00-04:00", 45), ("2026-03-01T12:00:00-05:00", 212)
    }  # fmt: skip
    autumn = result("--needed-gbq", 2.0, "--at", "2026-11-03T14:00+01:00", "--product", "glass", "--site", site)
    assert {(c["calibrated_at"], c["hours"]) for c in autumn["choices"]} == {
        ("2026-11-01T12:00:00-05:00", 44), ("2026-10-25T12:00:00-04:00", 213)
    }  # fmt: skip


def test_a_calendar_may_state_instants_of_which_later_ones_are_no_choice(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(
        "[products.resin]\nvials_gbq = [3]\n[[products.resin.calibrations]]\nat = 2026-11-30T18:00:00+01:00\n"
        '[[products.resin.calibrations]]\nat = "2026-12-02T18:00+01:00"\n'
    )
    words = ("--needed-gbq", 2.4, "--at", "2026-12-01T14:00+01:00", "--product", "resin", "--site", path)
    assert [c["hours"] for c in result(*words)["choices"]] == [20]
    later = (*words, "--calibrated", "2026-12-02T18:00+01:00")
    assert [c["hours"] for c in result(*later)["choices"]] == [-28]


def test_without_a_shelf_life_a_calendar_reaches_back_one_week_and_says_so(site: Path) -> None:
    site.write_text(SITE.replace("shelf_hours = 288\n", ""), encoding="utf-8")
    assert {c["hours"] for c in result(*BASE, "--site", site)["choices"]} == {44}
    assert codes(*BASE, "--site", site) >= {"shelf-absent"}


def test_nothing_within_tolerance_is_an_answer_with_a_warning() -> None:
    words = ("--needed-gbq", 1.0, *BASE[2:], *STATED)
    assert result(*words)["chosen"] is None
    assert codes(*words) == {"no-vial-fits"}


def test_a_stated_calibration_after_the_injection_is_a_choice_that_is_told() -> None:
    words = ("--needed-gbq", 3.4, *BASE[2:], "--calibrated", "2026-12-02T00:00Z", "--vials-gbq", 3)
    assert result(*words)["chosen"]["hours"] == -11
    assert codes(*words) == {"calibrated-after"}


def test_calibrations_may_be_given_again_or_with_commas() -> None:
    one = result(*BASE, *STATED, "--calibrated", "2026-11-22T12:00-05:00")
    other = result(*BASE, "--calibrated", "2026-11-29T12:00-05:00,2026-11-22T12:00-05:00")
    assert one == other
    assert len(one["choices"]) == 12


def test_a_table_is_one_answer_a_row_with_its_patient(tmp_path: Path, site: Path) -> None:
    table = tmp_path / "orders.csv"
    table.write_text(
        "patient;product;needed_gbq;at\nP1;glass;3,2;2026-12-01T14:00+01:00\nP2;glass;0,9;2026-12-02T14:00+01:00\n",
        encoding="utf-8",
    )
    done = document("--table", table, "--site", site)
    first, second = done["result"]["orders"]
    assert (first["patient"], second["patient"]) == ("P1", "P2")
    alone = result(*BASE, "--site", site)
    assert {key: value for key, value in first.items() if key != "patient"} == alone
    assert second["needed_gbq"] == 0.9
    assert all(f["message"].startswith("line ") for f in done["findings"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (BASE, "a calibration of glass is needed"),
        ((*BASE[:2], *STATED), "lacks --at, --product"),
        ((*BASE[:3], "2026-12-01T14:00", *BASE[4:], *STATED), "--at needs its zone"),
        ((*BASE, "--calibrated", "2026-11-29T12:00"), "--calibrated needs its zone"),
        ((*BASE[:5], "glas", *STATED), "product must be one of"),
        ((*BASE[:5], "holmium", *STATED), "sizes of vials are needed for holmium"),
        (("--needed-gbq", 3200, *BASE[2:], *STATED), "if 3200 MBq is meant"),
        ((*BASE, *STATED, "--residual-fraction", 1), "residual-fraction"),
        ((*BASE, "--site", "absent.toml"), "there is no such file"),
    ],
)
def test_an_order_that_cannot_be_is_refused(words: tuple[object, ...], said: str) -> None:
    code, _, err = ran(*words)
    assert code == 1
    assert said in err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("weekday", "week_day", "unknown key products.glass.calibrations.0.week_day; did you mean weekday?"),
        ("zone = ", "zone = 'America/Nowhere' #", "zone must be an IANA name"),
        ('"12:00"', '"noon"', "products.glass.calibrations.0.time"),
        ('time = "12:00"\n', "", "either at, or weekday, time and zone together"),
        ('weekday = "Sunday"', "at = 2026-11-29T12:00:00\n#", "needs its zone"),
        ('"Sunday"', '"Someday"', "weekday must be one of Monday"),
        ("most_vials = 2", "most_vials = 0", "products.glass.most_vials"),
        ("[3, 5, 7]", "[3, -5]", "products.glass.vials_gbq.1"),
    ],
)  # fmt: skip
def test_a_site_file_that_does_not_fit_is_refused_by_its_place(site: Path, old: str, new: str, said: str) -> None:
    text = SITE.replace(old, new)
    if new.startswith("at = "):
        text = text.replace('time = "12:00"\nzone = "America/New_York"\n', "")
    site.write_text(text, encoding="utf-8")
    code, _, err = ran(*BASE, "--site", site)
    assert code == 1
    assert said in err


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("P1,glass,3.2,", "at must be filled in, but is empty in line 2"),
        ("P1,glass,much,2026-12-01T14:00+01:00", "line 2 has 'much'"),
        ("P1,glas,3.2,2026-12-01T14:00+01:00", "line 2: product must be one of"),
        ("P1,glass,3.2,2026-12-01T14:00", "line 2: at needs its zone"),
    ],
)
def test_a_row_that_cannot_be_ordered_is_refused_by_its_line(tmp_path: Path, row: str, said: str) -> None:
    table = tmp_path / "orders.csv"
    table.write_text(f"patient,product,needed_gbq,at\n{row}\n", encoding="utf-8")
    code, _, err = ran("--table", table, *STATED)
    assert code == 1
    assert said in err


def test_a_table_beside_an_order_of_its_own_is_refused(tmp_path: Path) -> None:
    code, _, err = ran(*BASE, *STATED, "--table", tmp_path / "orders.csv")
    assert code == 1
    assert "keep one" in err


def test_the_commands_of_the_page_run_as_they_are_written(
    tmp_path: Path, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "order.md").read_text(encoding="utf-8")
    (tmp_path / "orders.csv").write_text(
        "patient,product,needed_gbq,at\nP1,glass,3.2,2026-12-01T14:00+01:00\n", encoding="utf-8"
    )
    monkeypatch.chdir(site.parent)
    commands = [line.split()[2:] for line in page.splitlines() if line.startswith("    yttria order ")]
    assert len(commands) == 2
    for words in commands:
        code, out, err = ran(*words)
        assert code == 0, err
        assert "* 5 " in out
    assert (site.parent / "orders.pdf").stat().st_size > 1000
    assert (site.parent / "orders.ics").exists()
