"""`yttria trial power | simulate | boundaries` at the door."""

import pytest
from tests.app.cli.typed_command import TypedCommand

from yttria.app.services.trial_options import KINDS

PLAN = (
    "simulate",
    "--patients",
    60,
    "--control-median",
    10.7,
    "--hr",
    0.51,
    "--accrual",
    26,
    "--follow-up",
    47,
    "--trials",
    3000,
)


COMMAND = TypedCommand("trial")
ran, document, result = COMMAND.ran, COMMAND.document, COMMAND.result


def test_size_is_given_by_both_formulas_with_the_patients_they_need() -> None:
    found = result("power", "--hr", 0.51, "--power", 0.8, "--control-median", 10.7, "--accrual", 24, "--follow-up", 24)
    assert (found["schoenfeld_events"], found["freedman_events"]) == (70, 75)
    assert found["schoenfeld_patients"] < found["freedman_patients"]
    assert result("power", "--hr", 0.51, "--events", 70)["schoenfeld_power"] >= 0.8


def test_simulation_is_reproducible_and_gives_its_own_uncertainty() -> None:
    one, two = result(*PLAN, "--seed", 5), result(*PLAN, "--seed", 5)
    assert one == two
    assert one["power_low"] < one["power"] < one["power_high"]


def test_stopping_early_shows_too_much_and_says_so() -> None:
    found = document(*PLAN, "--look-events", "34,49", "--shown-hr", 0.42)
    stages = found["result"]["looks"]["stages"]
    assert stages[0]["shown_hr"] < stages[0]["later_hr"] < 0.51
    assert found["result"]["shown"]["shown_hr"] < found["result"]["shown"]["later_hr"]
    assert [f["code"] for f in found["findings"]] == ["estimate-regresses"]


def test_a_ratio_that_surgery_moves_is_not_called_too_good() -> None:
    surgery = ("--resection-at", 6, "--resected-treated", 0.4, "--resected-control", 0.04, "--resection-hr", 0.2)
    found = document(*PLAN, *surgery, "--delay", 3, "--look-events", "34,49", "--shown-hr", 0.42)
    assert found["result"]["shown"]["later_hr"] < found["result"]["shown"]["shown_hr"]
    assert [f["code"] for f in found["findings"]] == ["estimate-moves"]


def test_a_good_ratio_without_any_effect_regresses_too() -> None:
    nothing = ("simulate", "--patients", 60, "--control-median", 10.7, "--hr", 1, "--trials", 3000)
    found = document(*nothing, "--look-events", "34,49", "--shown-hr", 0.7)
    assert [f["code"] for f in found["findings"]] == ["estimate-regresses"]
    assert found["result"]["shown"]["later_hr"] > 0.75


def test_a_slow_start_leaves_fewer_events_by_the_end_than_an_even_one() -> None:
    late = result(*PLAN[:7], "--pace", "13:1,13:9", "--follow-up", 6, "--trials", 3000)
    even = result(*PLAN[:7], "--pace", "26:1", "--follow-up", 6, "--trials", 3000)
    same = result(*PLAN[:7], "--accrual", 26, "--follow-up", 6, "--trials", 3000)
    assert late["events_mean"] < even["events_mean"] == same["events_mean"]


def test_crossover_to_resection_changes_what_a_trial_shows() -> None:
    surgery = ("--resection-at", 6, "--resected-treated", 0.4, "--resected-control", 0.04, "--resection-hr", 0.15)
    assert result(*PLAN, *surgery)["hr_geometric_mean"] < result(*PLAN)["hr_geometric_mean"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_boundary_spends_its_alpha(kind: str) -> None:
    assert result("boundaries", "--looks", 3, "--kind", kind)["alpha_spent"][-1] == pytest.approx(0.05, abs=1e-8)


def test_a_planned_boundary_says_what_its_looks_cost_and_show() -> None:
    found = result("boundaries", "--information", "0.5,1", "--power", 0.8, "--hr", 0.51)
    assert found["inflation"] > 1
    assert found["shown_hr"][0] < found["shown_hr"][1] < 0.51
    assert sum(found["stopping"]) == pytest.approx(0.8, abs=1e-6)


def test_a_person_reads_lines() -> None:
    code, out, _ = ran(*PLAN, "--look-events", "34,49")
    assert code == 0
    assert "looks stages 1 shown_hr" in out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("power", "--hr", "0.5"), "exactly one of --power and --events"),
        (("power", "--hr", "1", "--power", "0.8"), "no trial can show"),
        (("power", "--hr", "0.5", "--power", "80"), "per cent"),
        (("power", "--hr", "0.5", "--power", "0.04"), "above alpha"),
        (("power", "--hr", "0.5", "--events", "-3"), "1 or more"),
        (("power", "--hr", "0.5", "--power", "0.8", "--accrual", "3"), "--control-median is not given"),
        (("power", "--hr", "0.5", "--events", "40", "--control-median", "9"), "leave one of the two out"),
        (("boundaries", "--looks", "2", "--kind", "pocock", "--shape", "2"), "has no shape"),
        ((*PLAN, "--look-events", "49,34"), "ascend"),
        ((*PLAN, "--trials", "100000000"), "can be drawn at once"),
        ((*PLAN, "--pace", "6:1"), "leave --accrual out"),
        ((*PLAN[:7], "--pace", "6"), "length:pace"),
        ((*PLAN[:7], "--pace", "6:0"), "nobody enters"),
        (
            ("power", "--hr", "0.5", "--power", "0.8", "--control-median", "10", "--accrual", "1", "--lost", "1"),
            "below 1",
        ),
        (("boundaries",), "--looks and --information"),
        (("boundaries", "--looks", "0"), "1 or more"),
        (("boundaries", "--looks", "2", "--kind", "haybittle"), "--kind must be one of"),
        (("boundaries", "--information", "0.5,x"), "numbers with commas"),
        (("boundaries", "--looks", "2", "--hr", "0.5"), "--power is not given"),
        ((*PLAN, "--shown-hr", "0.42"), "--look-events is not given"),
        ((*PLAN, "--look-events", "34.5,49"), "whole numbers"),
        ((*PLAN, "--resected-treated", "0.4"), "--resection-at is not given"),
        ((*PLAN, "--seed", "-1"), "zero or more"),
    ],
)
def test_what_cannot_be_asked_ends_with_one_and_says_why(words: tuple[object, ...], why: str) -> None:
    code, out, err = ran(*words, "--json")
    assert (code, out) == (1, "")
    assert why in err


# response, futility


def test_two_response_rates_need_the_patients_of_rpact() -> None:
    found = result("power", "--endpoint", "response", "--rate-control", 0.36, "--rate-treated", 0.71)
    assert (found["n_treated"], found["n_control"]) == (31, 31)
    assert found["power"] == pytest.approx(0.8043357, abs=1e-7)
    fisher = result(
        "power", "--endpoint", "response", "--rate-control", 0.4, "--rate-treated", 0.7, "--allocation", 2, "--power", 0.9, "--method", "fisher",
    )  # fmt: skip
    assert (fisher["n_treated"], fisher["n_control"]) == (90, 45)


@pytest.mark.parametrize(
    ("words", "match"),
    [
        (("power", "--endpoint", "response", "--rate-control", 0.3), "--rate-treated"),
        (("power", "--endpoint", "response", "--hr", 0.5), "--hr is for --endpoint survival"),
        (("power", "--rate-control", 0.5, "--hr", 0.5, "--power", 0.8), "--rate-control is for --endpoint response"),
        (("power", "--power", 0.8), "--hr is needed"),
        (("power", "--hr", 0.5, "--power", 0.8, "--allocation", 2, "--treated-share", 0.6), "say the same"),
        (("boundaries", "--looks", 2, "--binding", "true"), "needs a limit for futility"),
        (("boundaries", "--looks", 2, "--futility", "conditional", "--binding", "true"), "never binds"),
        (("boundaries", "--looks", 2, "--futility", "beta:obf", "--hr", 0.5, "--power", 0.8), "leave --hr or --futility"),
        (("simulate", "--patients", 60, "--hr", 0.5), "--control-median is needed"),
        (("simulate", "--endpoint", "response", "--patients", 60, "--rate-control", 0.3, "--rate-treated", 0.6, "--look-events", "10,20"), "--look-events is for"),
        (("simulate", "--patients", 60, "--hr", 0.5, "--control-median", 9, "--cure", 1.2), "cured share"),
    ],
)  # fmt: skip
def test_options_of_a_design_that_do_not_fit_are_refused(words: tuple[object, ...], match: str) -> None:
    code, _, err = ran(*words)
    assert code == 1
    assert match in " ".join(err.split())


def test_boundaries_of_a_protocol_state_both_limits_of_each_look() -> None:
    found = document("boundaries", "--looks", 3, "--efficacy", "spending:obf", "--futility", "beta:obf")
    looks = found["result"]["looks"]
    assert [look["z_efficacy"] for look in looks] == pytest.approx([3.71030287, 2.51142748, 1.99304748], abs=1e-6)
    assert [look["z_futility"] for look in looks] == pytest.approx([-0.2361446, 1.17037203, 1.99304748], abs=1e-6)
    assert looks[-1]["alpha_spent"] == pytest.approx(0.025)
    assert looks[-1]["beta_spent"] == pytest.approx(0.2)
    assert found["result"]["expected_n"] == pytest.approx({"h0": 0.62741, "h1": 0.87521}, abs=1e-5)
    assert [f["code"] for f in found["findings"]] == ["one-sided"]


def test_without_futility_its_numbers_are_null_and_the_default_power_is_four_in_five() -> None:
    found = result("boundaries", "--looks", 3, "--efficacy", "haybittle")
    assert [look["z_futility"] for look in found["looks"]] == [None] * 3
    assert [look["beta_spent"] for look in found["looks"]] == [None] * 3
    assert [look["z_efficacy"] for look in found["looks"]] == pytest.approx([3, 3, 1.97509760], abs=1e-6)
    assert (found["power"], found["inflation"]) == (0.8, pytest.approx(1.00724742, abs=1e-6))
    assert found["expected_n"] == pytest.approx({"h0": 1.00468798, "h1": 0.89195455}, abs=1e-6)
    assert found["looks"][0]["p_one_sided"] == pytest.approx(0.0013498980)


def test_simulated_trials_tell_where_each_test_stops() -> None:
    found = result(
        *PLAN, "--look-events", "25,49", "--efficacy", "spending:obf", "--futility", "beta:obf", "--delay", 3
    )
    logrank, maxcombo = found["tests"]["logrank"], found["tests"]["maxcombo"]
    assert logrank["power"] == pytest.approx(sum(look["efficacy"] for look in logrank["looks"]))
    assert sum(look["efficacy"] + look["futility"] for look in logrank["looks"]) == pytest.approx(1)
    assert [look["futility"] for look in maxcombo["looks"]] == [0, 0]
    assert 0 < logrank["expected_months"] < 73
    assert "looks" not in found


def test_simulated_responses_have_no_calendar_without_accrual() -> None:
    words = (
        "simulate",
        "--endpoint",
        "response",
        "--patients",
        62,
        "--rate-control",
        0.36,
        "--rate-treated",
        0.71,
        "--trials",
        2000,
    )
    found = result(*words)
    assert found["tests"]["rates"]["expected_months"] is None
    assert found["tests"]["rates"]["power"] == found["power"]
    assert "events_mean" not in found
    timed = result(*words, "--accrual", 24, "--looks", 2)
    assert 12 < timed["tests"]["rates"]["expected_months"] < 24
