"""`yttria calc two-by-two | proportion | consistency` at the door."""

import json
from pathlib import Path

import pytest
from tests.app.cli.typed_command import TypedCommand

EXAMPLES = Path(__file__).resolve().parents[4] / "shared" / "reference" / "worked_examples.json"
KINDS = {"two-by-two", "proportion", "consistency"}


COMMAND = TypedCommand("calc")
ran, document = COMMAND.ran, COMMAND.document


# known answers


@pytest.mark.skipif(not EXAMPLES.exists(), reason="worked_examples.json is absent: it lies beside the repository")
def test_every_published_example_is_met_at_the_door() -> None:
    cases = [c for c in json.loads(EXAMPLES.read_text())["cases"] if c["kind"] in KINDS]
    assert {c["kind"] for c in cases} == KINDS
    for case in cases:
        words: list[object] = []
        for key, value in case["inputs"].items():
            words += ["--" + key.replace("_", "-"), ",".join(map(str, value)) if isinstance(value, list) else value]
        result = document(case["kind"], *words)["result"]
        for key, wanted in case["expect"].items():
            assert result[key] == pytest.approx(wanted, rel=case["tolerance"]), (case["id"], key)


def test_an_underdose_that_does_not_follow_is_a_finding_with_its_numbers() -> None:
    found = document(
        "consistency", "--delivered-mci", 8.92, "--prescribed-mci", 11.9, "--claimed-underdose-percent", 30.03
    )
    (finding,) = found["findings"]
    assert finding["code"] == "underdose-inconsistent"
    assert "25.04 %" in finding["message"]


def test_an_effect_without_number_is_null_and_says_why() -> None:
    found = document("two-by-two", "--a", "20,28", "--b", "0,28")
    assert found["result"]["risk_ratio"] is None
    assert [f["code"] for f in found["findings"]] == ["effect-unbounded"]


def test_small_expected_counts_are_doubted() -> None:
    found = document("two-by-two", "--a", "1,8", "--b", "3,9")
    assert "expected-count-small" in {f["code"] for f in found["findings"]}


# refusals


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("two-by-two", "--a", "29,28", "--b", "10,28"), "must not exceed n"),
        (("two-by-two", "--a", "20", "--b", "10,28"), "two whole numbers"),
        (("two-by-two", "--a", "2.5,8", "--b", "10,28"), "whole number"),
        (("two-by-two", "--a", "0,8", "--b", "0,28"), "nothing to test"),
        (("proportion", "--events", "nan", "--n", "28"), "whole number"),
        (("proportion", "--events", "1", "--n", "28", "--level", "95"), "fraction"),
        (
            ("consistency", "--delivered-mci", "1,2", "--prescribed-mci", "1", "--claimed-underdose-percent", "1"),
            "equally",
        ),
    ],
)
def test_bad_numbers_end_with_one_and_say_why(words: tuple[str, ...], why: str) -> None:
    code, out, err = ran(*words, "--json")
    assert code == 1
    assert why in err
    assert out == ""
