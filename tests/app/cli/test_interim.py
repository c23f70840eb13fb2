"""`yttria trial interim` at the door."""

import pytest
from tests.app.cli.typed_command import TypedCommand

FIRST = ("--hr", "0.42", "--events", "34")


COMMAND = TypedCommand("trial", "interim")
ran, document = COMMAND.ran, COMMAND.document


def test_the_trial_went_where_its_interim_let_expect_and_the_deaths_between_say_why() -> None:
    made = document(*FIRST, "--later-hr", "0.51", "--later-events", "49")
    later = made["result"]["later"]
    assert (later["as_predicted"], later["between_events"], round(later["between_hr"], 2)) == (True, 15, 0.79)
    assert [f["code"] for f in made["findings"]] == ["later-deaths-agree"]


def test_deaths_that_chance_does_not_explain_are_a_warning() -> None:
    made = document("--hr", "0.4", "--events", "100", "--later-hr", "0.8", "--later-events", "200")
    assert [(f["level"], f["code"]) for f in made["findings"]] == [("warning", "later-deaths-differ")]


def test_a_plan_corrects_its_ratio_and_says_what_a_stop_would_show() -> None:
    found = document("--hr", "0.51", "--events", "49", "--look-events", "34,49", "--true-hr", "0.6")["result"][
        "corrected"
    ]
    assert (found["look"], found["crossed"]) == (2, True)
    assert 0.51 < found["median_unbiased_hr"] < found["mean_unbiased_hr"]
    first = document(*FIRST, "--look-events", "34,49", "--true-hr", "0.51")["result"]["corrected"]
    assert first["shows_when_stopped_hr"] < 0.42 < first["mean_unbiased_hr"]


def test_a_person_reads_lines() -> None:
    code, out, err = ran(*FIRST, "--later-hr", "0.51", "--later-events", "49")
    assert code == 0
    assert "later between_hr" in out
    assert "0.42 became 0.51 because" in err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--hr", "0", "--events", "34"), "above zero"),
        (("--hr", "0.4", "--events", "0"), "an event or more"),
        ((*FIRST, "--treated-share", "50"), "per cent"),
        ((*FIRST, "--later-hr", "0.5"), "belong together"),
        ((*FIRST, "--later-hr", "0.5", "--later-events", "30"), "more events"),
        ((*FIRST, "--look-events", "30,49"), "must be one of --look-events"),
        ((*FIRST, "--true-hr", "0.5"), "--look-events is not given"),
        (("--hr", "0.00001", "--events", "34", "--look-events", "34,49"), "farther from 1"),
    ],
)
def test_what_cannot_be_asked_ends_with_one_and_says_why(words: tuple[str, ...], why: str) -> None:
    code, out, err = ran(*words, "--json")
    assert (code, out) == (1, "")
    assert why in err
