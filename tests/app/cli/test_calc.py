"""`yttria calc`: the published examples at the door, and every bad number refused there."""

import json
import re
from pathlib import Path
from typing import get_args

import pytest
from tests.app.cli.typed_command import TypedCommand
from typer.testing import CliRunner

from yttria.app.cli.calc import calc
from yttria.app.cli.root import app
from yttria.contract.calculations import CalcResult

EXAMPLES = Path(__file__).resolve().parents[4] / "shared" / "reference" / "worked_examples.json"
ELSEWHERE = {"two-by-two", "proportion", "consistency"}


COMMAND = TypedCommand("calc")
ran, document, result, codes = COMMAND.ran, COMMAND.document, COMMAND.result, COMMAND.codes


MONO = ("mono", "--activity-gbq", 1, "--lung-shunt-fraction", 0.1, "--lung-mass-kg", 1)
SPLIT = ("partition", "--tumour-mass-kg", 0.3, "--normal-mass-kg", 1.2, "--tumour-to-normal-ratio", 4)
BSA = ("bsa", "--height-cm", 180, "--weight-kg", 80)
LQ = ("bed", "--alpha-beta-gy", 10, "--repair-half-time-h", 1.5)
COUNTS = ("shunt", "--lung-anterior", 100, "--lung-posterior", 400, "--liver-anterior", 2000, "--liver-posterior", 1620)
LABORATORY = ("child-pugh", "--bilirubin-mg-dl", 1, "--albumin-g-dl", 4)
SPREAD = ("--vascular-invasion", "no", "--extrahepatic", "no")


# laws


def test_inverse_and_mono_undo_each_other_with_shunt_and_residual() -> None:
    rest = ("--mass-kg", 1.2, "--lung-shunt-fraction", 0.08, "--residual-fraction", 0.03)
    needed = result("inverse", "--dose-gy", 120, *rest)["activity_gbq"]
    assert result("mono", "--activity-gbq", needed, *rest)["perfused_dose_gy"] == pytest.approx(120)


def test_volume_and_density_are_the_mass_they_make() -> None:
    by_mass = result(*MONO, "--mass-kg", 1.03)
    assert result(*MONO, "--volume-ml", 1000, "--density-g-per-ml", 1.03) == pytest.approx(by_mass)


@pytest.mark.parametrize(
    ("option", "key"), [("--tumour-dose-gy", "tumour_dose_gy"), ("--normal-dose-gy", "normal_dose_gy")]
)
def test_partition_from_a_dose_gives_that_dose(option: str, key: str) -> None:
    assert result(*SPLIT, option, 150, "--lung-shunt-fraction", 0.05)[key] == pytest.approx(150)


def test_partition_doses_add_up_to_the_mean_dose() -> None:
    r = result(*SPLIT, "--activity-gbq", 2)
    assert 0.3 * r["tumour_dose_gy"] + 1.2 * r["normal_dose_gy"] == pytest.approx(1.5 * r["mean_dose_gy"])


def test_what_decayed_and_what_remains_make_one() -> None:
    r = result("decay", "--hours", 30)
    assert r["remaining_fraction"] + r["decayed_fraction"] == pytest.approx(1, rel=1e-14)


# known answers


@pytest.mark.skipif(not EXAMPLES.exists(), reason="worked_examples.json is absent: it lies beside the repository")
def test_every_published_example_is_met_at_the_door() -> None:
    for case in json.loads(EXAMPLES.read_text())["cases"]:
        if case["kind"] in ELSEWHERE:
            continue
        words: list[object] = [case["kind"]]
        for key, value in case["inputs"].items():
            words += ["--" + key.replace("_", "-"), ",".join(map(str, value)) if isinstance(value, list) else value]
        got = result(*words)
        for key, wanted in case["expect"].items():
            assert got[key] == pytest.approx(wanted, rel=case["tolerance"]), case["id"]


def test_the_default_constant_is_printed_with_its_source() -> None:
    r = result(*MONO, "--mass-kg", 1)
    assert (r["k_gy_kg_per_gbq"], r["k_source"][:5]) == (49.67, "ENSDF")
    assert "k_gy_kg_per_gbq" in ran(*MONO, "--mass-kg", 1)[1]


def test_sixty_gray_of_holmium_to_one_kilogram_need_3_78_gbq() -> None:
    assert result("holmium", "--mass-kg", 1, "--dose-gy", 60)["activity_mbq"] == pytest.approx(3781, abs=0.5)
    assert result("holmium", "--volume-ml", 1000, "--density-g-per-ml", 1.06, "--activity-mbq", 4007.6)[
        "dose_gy"
    ] == pytest.approx(60, rel=1e-4)


def test_decay_between_zones_counts_the_true_hours() -> None:
    r = result("decay", "--from", "2026-11-29T12:00-05:00", "--to", "2026-11-30T18:00+01:00")
    assert r["hours"] == 24
    assert r["remaining_fraction"] == pytest.approx(2 ** (-24 / 64.05))


def test_the_table_of_decay_fractions_at_64_1_hours_is_met() -> None:
    for hours, left in {24: 0.7714, 72: 0.4591, 144: 0.2107, 288: 0.0444}.items():
        assert result("decay", "--hours", hours, "--half-life-h", 64.1)["remaining_fraction"] == pytest.approx(
            left, abs=5e-5
        )


def test_body_surface_by_either_formula() -> None:
    rest = ("--tumour-volume-ml", 300, "--liver-volume-ml", 1500, "--lung-shunt-fraction", 0.05)
    assert result(*BSA, *rest)["bsa_m2"] == pytest.approx(1.996, abs=5e-4)
    r = result(*BSA, *rest, "--formula", "mosteller")
    assert (r["bsa_m2"], r["activity_gbq"]) == (pytest.approx(2.0), pytest.approx(2.0))


def test_planar_shunt_is_of_geometric_means_with_background_taken_off() -> None:
    assert result(*COUNTS)["lung_shunt_fraction"] == pytest.approx(200 / (200 + 1800))
    raised = (
        "shunt",
        "--lung-anterior",
        150,
        "--lung-posterior",
        450,
        "--liver-anterior",
        2100,
        "--liver-posterior",
        1720,
    )
    background = ("--background-anterior", 5, "--background-posterior", 5, "--lung-area", 10, "--liver-area", 20)
    assert result(*raised, *background)["lung_shunt_fraction"] == pytest.approx(0.1)


def test_a_vial_that_never_held_enough_has_no_hour_and_says_so() -> None:
    words = ("vials", "--needed-gbq-at-injection", 4, "--vials-gbq", "3,4,5")
    assert result(*words)["hours_after_calibration"] == [None, 0.0, pytest.approx(64.05 * 0.321928, rel=1e-5)]
    assert "vial-too-small" in codes(*words)


def test_every_answer_has_exactly_the_published_keys() -> None:
    records = {
        get_args(r.model_fields["kind"].annotation)[0]: {field.alias or key for key, field in r.model_fields.items()}
        for r in get_args(CalcResult)
    }
    asked = {
        "mono": (*MONO, "--mass-kg", 1),
        "inverse": ("inverse", "--mass-kg", 1, "--dose-gy", 100),
        "partition": (*SPLIT, "--activity-gbq", 1),
        "bsa": (*BSA, "--tumour-volume-ml", 300, "--liver-volume-ml", 1500),
        "holmium": ("holmium", "--mass-kg", 1, "--dose-gy", 60),
        "decay": ("decay", "--hours", 1),
        "vials": ("vials", "--needed-gbq-at-injection", 1),
        "residual": ("residual", "--assayed-mci", 11, "--before-mr-per-h", 0.2, "--after-mr-per-h", 0.1),
        "gear": ("gear", "--diameter-mm", 30, "--fwhm-mm", 12),
        "bed": (*LQ, "--dose-gy", 60),
        "shunt": COUNTS,
        "two-by-two": ("two-by-two", "--a", "20,28", "--b", "10,28"),
        "proportion": ("proportion", "--events", 143, "--n", 162),
        "consistency": (
            "consistency",
            "--delivered-mci",
            9.2,
            "--prescribed-mci",
            11.9,
            "--claimed-underdose-percent",
            22.48,
        ),
        "delivered": ("delivered", "--prescribed-gbq", 3, "--delivered-gbq", 3),
        "flr": ("flr", "--flr-ml", 400),
        "child-pugh": (*LABORATORY, "--inr", 1, "--ascites", "none", "--encephalopathy", "none"),
        "albi": ("albi", *LABORATORY[1:]),
        "bclc": ("bclc", "--nodules", 1, "--largest-cm", 2, "--ecog", 0, *SPREAD, "--child-pugh", "A"),
    }
    assert {kind: set(result(*words)) for kind, words in asked.items()} == records


# what is assumed is said


def test_an_assumed_shunt_or_lung_mass_is_said() -> None:
    assert "shunt-absent" in codes("mono", "--activity-gbq", 1, "--mass-kg", 1)
    assert "lung-mass-default" in codes("mono", "--activity-gbq", 1, "--mass-kg", 1, "--lung-shunt-fraction", 0.1)
    assert not codes(*MONO, "--mass-kg", 1)


def test_a_lung_dose_beyond_a_session_is_said() -> None:
    assert "lung-limit" in codes("mono", "--activity-gbq", 10, "--mass-kg", 1, "--lung-shunt-fraction", 0.1)


@pytest.mark.parametrize(
    ("shunt", "less", "code"),
    [
        (0.0, 0.0, "bsa-shunt-low"),
        (0.10, 0.0, "bsa-shunt-low"),
        (0.101, 0.2, "bsa-shunt-reduction"),
        (0.15, 0.2, "bsa-shunt-reduction"),
        (0.151, 0.4, "bsa-shunt-reduction"),
        (0.20, 0.4, "bsa-shunt-reduction"),
        (0.201, None, "bsa-shunt-forbids"),
        (None, None, "bsa-shunt-absent"),
    ],
)
def test_the_body_surface_method_says_what_a_lung_shunt_asks(
    shunt: float | None, less: float | None, code: str
) -> None:
    words: tuple[object, ...] = (*BSA, "--tumour-volume-ml", 300, "--liver-volume-ml", 1500)
    words = words if shunt is None else (*words, "--lung-shunt-fraction", shunt)
    assert codes(*words) == {"bsa-unverified", code}
    found = result(*words)
    assert found["shunt_reduction_fraction"] == less
    wanted = None if less is None else pytest.approx(found["activity_gbq"] * (1 - less))
    assert found["reduced_activity_gbq"] == wanted


def test_a_liver_without_tumour_has_a_body_surface_activity() -> None:
    found = result(*BSA, "--tumour-volume-ml", 0, "--liver-volume-ml", 1500, "--lung-shunt-fraction", 0.02)
    assert found["activity_gbq"] == pytest.approx(found["bsa_m2"] - 0.2)


def test_a_vial_is_within_its_shelf_life_up_to_its_last_hour() -> None:
    hours = 64.05  # a vial of twice what is needed waits one half-life
    words = ("vials", "--needed-gbq-at-injection", 4, "--vials-gbq", "3,4,8,16", "--half-life-h", hours)
    assert result(*words)["within_shelf"] is None
    exact = result(*words, "--shelf-hours", hours)
    assert exact["within_shelf"] == [None, True, True, False]
    assert result(*words, "--shelf-hours", 64.04)["within_shelf"] == [None, True, False, False]
    assert codes(*words, "--shelf-hours", 64.04) == {"vial-too-small", "vial-beyond-shelf"}
    assert codes(*words, "--shelf-hours", 1000) == {"vial-too-small"}


def test_the_linear_quadratic_model_warns_where_it_is_extrapolated() -> None:
    assert "lq-extrapolated" in codes(*LQ, "--dose-gy", 205)
    assert not codes(*LQ, "--dose-gy", 60)


# refusals

REFUSED: list[tuple[tuple[object, ...], str]] = [
    ((*MONO, "--mass-kg", 0), "mass .kg. must be a number above zero"),
    ((*MONO, "--mass-kg", "nan"), "but is nan"),
    ((*MONO, "--mass-kg", "inf"), "but is inf"),
    ((*MONO, "--volume-ml", 0, "--density-g-per-ml", 1.03), "volume .mL. must be a number above zero"),
    ((*MONO, "--volume-ml", 90), "needs --density-g-per-ml"),
    ((*MONO, "--volume-ml", 90, "--density-g-per-ml", 1030), "divide kg/m3 by 1000"),
    ((*MONO, "--volume-ml", 90, "--density-g-per-ml", 1.03, "--mass-kg", 1), "--mass-kg and --volume-ml were given"),
    ((*MONO, "--mass-kg", 1, "--density-g-per-ml", 1.03), "belongs to --volume-ml"),
    (MONO, "none was given"),
    (("mono", "--activity-gbq", 1, "--mass-kg", 1, "--lung-shunt-fraction", 5), "if 5 per cent is meant, write 0.05"),
    (("mono", "--activity-gbq", -1, "--mass-kg", 1), "activity .GBq. must be a number above zero"),
    ((*MONO, "--mass-kg", 1, "--residual-fraction", 10), "write 0.1"),
    ((*MONO, "--mass-kg", 1, "--lung-mass-kg", 0), "lung mass"),
    ((*MONO, "--mass-kg", 1, "--k", 0), "dose constant"),
    (("inverse", "--dose-gy", 0, "--mass-kg", 1), "dose .Gy. must be"),
    (("inverse", "--dose-gy", 100, "--mass-kg", 1, "--lung-shunt-fraction", 1), "must be below 1"),
    (("inverse", "--dose-gy", 100, "--mass-kg", 1, "--residual-fraction", 1), "nothing would be given"),
    (SPLIT, "none was given"),
    (
        (
            "partition",
            "--tumour-mass-kg",
            300,
            "--normal-mass-kg",
            1200,
            "--tumour-to-normal-ratio",
            4,
            "--tumour-dose-gy",
            205,
        ),
        "normal mass must not exceed 10 kg, but is 1200 kg; if 1200 g is meant, write 1.2",
    ),
    (
        (
            "partition",
            "--tumour-mass-kg",
            10.001,
            "--normal-mass-kg",
            1.2,
            "--tumour-to-normal-ratio",
            4,
            "--tumour-dose-gy",
            205,
        ),
        "tumour mass must not exceed 10 kg",
    ),
    ((*SPLIT, "--tumour-dose-gy", 20500), "activity for that dose must not exceed 100 GBq"),
    (
        (*SPLIT, "--activity-gbq", 1, "--lung-shunt-fraction", 0.1, "--lung-mass-kg", 5.1),
        "a lung mass must lie from 0.1 to 5 kg",
    ),
    (("inverse", "--dose-gy", 100, "--mass-kg", 1000), "if 1000 g is meant, write 1"),
    (("inverse", "--dose-gy", 100, "--volume-ml", 10000, "--density-g-per-ml", 1.06), "mass must not exceed 10 kg"),
    ((*BSA, "--tumour-volume-ml", -1, "--liver-volume-ml", 1500), "tumour volume .mL. must be"),
    (("vials", "--needed-gbq-at-injection", 1, "--shelf-hours", 0), "shelf life .h. must be"),
    ((*SPLIT, "--activity-gbq", 1, "--tumour-dose-gy", 200), "were given; keep one"),
    ((*SPLIT[:-1], -4, "--activity-gbq", 1), "tumour-to-normal ratio"),
    ((*BSA, "--tumour-volume-ml", 2000, "--liver-volume-ml", 1500), "must include the tumour"),
    (
        ("bsa", "--height-cm", 1.8, "--weight-kg", 80, "--tumour-volume-ml", 1, "--liver-volume-ml", 1500),
        "in centimetres",
    ),
    (("holmium", "--mass-kg", 1), "none was given"),
    (("holmium", "--mass-kg", 1, "--dose-gy", 60, "--activity-mbq", 1), "were given"),
    (("decay",), "either --hours is needed"),
    (("decay", "--hours", -1), "hours must be zero or more"),
    (("decay", "--hours", 1, "--from", "2026-01-01T00:00Z", "--to", "2026-01-02T00:00Z"), "either --hours"),
    (("decay", "--from", "2026-01-01T00:00Z"), "together"),
    (("decay", "--from", "2026-01-01T00:00", "--to", "2026-01-02T00:00Z"), "--from needs its zone"),
    (("decay", "--from", "tomorrow", "--to", "2026-01-02T00:00Z"), "must be an ISO instant"),
    (("decay", "--from", "2026-01-03T00:00Z", "--to", "2026-01-02T00:00Z"), "swap them"),
    (("decay", "--hours", 1, "--half-life-h", 0), "half-life"),
    (("vials", "--needed-gbq-at-injection", 0, "--vials-gbq", "3,5"), "needed activity"),
    (("vials", "--needed-gbq-at-injection", 1, "--vials-gbq", "3;5"), "numbers with commas"),
    (("vials", "--needed-gbq-at-injection", 1, "--vials-gbq", "3,0"), "vial .GBq. must be"),
    (("residual", "--assayed-mci", 11, "--before-mr-per-h", 0.1, "--after-mr-per-h", 0.2), "check their order"),
    (("residual", "--assayed-mci", 11, "--before-mr-per-h", 0, "--after-mr-per-h", 0), "rate before"),
    (
        (
            "residual",
            "--assayed-mci",
            11,
            "--before-mr-per-h",
            0.2,
            "--after-mr-per-h",
            0.01,
            "--background-mr-per-h",
            0.02,
        ),
        "survey again",
    ),
    ((*LQ, "--dose-gy", -1), "dose .Gy. must be zero or more"),
    (("bed", "--dose-gy", 50, "--alpha-beta-gy", 0, "--repair-half-time-h", 1), "alpha/beta"),
    ((*COUNTS, "--background-anterior", 5), "--lung-area and --liver-area are needed"),
    ((*COUNTS, "--background-anterior", 50, "--lung-area", 10, "--liver-area", 10), "must exceed their background"),
    (
        ("shunt", "--lung-anterior", 0, "--lung-posterior", 0, "--liver-anterior", 0, "--liver-posterior", 0),
        "have none",
    ),
]


@pytest.mark.parametrize(("words", "match"), REFUSED)
def test_a_bad_number_is_refused_in_one_message(words: tuple[object, ...], match: str) -> None:
    code, out, err = ran(*words, "--json")
    assert (code, out) == (1, "")
    assert re.search(match, err), err
    assert err.startswith("refused: ")
    assert "Traceback" not in err
    assert "fault of Yttria" not in err


@pytest.mark.parametrize("words", [("nonsense",), ("mono", "--nonsense", 1), ("mono", "--mass-kg", "heavy"), ("bed",)])
def test_wrong_words_are_wrong_usage(words: tuple[object, ...]) -> None:
    assert ran(*words)[0] == 2


def test_every_kind_has_help_with_an_example_and_a_line_in_the_list() -> None:
    code, listing, _ = ran("--help")
    assert code == 0
    for command in calc.registered_commands:
        assert command.callback is not None
        name = command.name or command.callback.__name__
        assert f"  {name} " in listing
        code, text, _ = ran(name, "--help")
        assert code == 0
        assert f"Example: yttria calc {name}" in text


def test_megabecquerel_typed_for_gigabecquerel_are_refused_with_the_number_that_is_meant() -> None:
    asked = CliRunner().invoke(app, ["calc", "mono", "--mass-kg", "1.5", "--activity-gbq", "3000"])
    assert asked.exit_code == 1
    assert "if 3000 MBq is meant, write 3" in asked.stderr
