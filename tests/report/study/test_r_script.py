"""Values as R writes them: what a table or a protocol may hold stays what it is, and nothing in it can end a string."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yttria.report.study.r_script import protocol_list, r_script, r_value
from yttria.values.protocol import Arms, Curves, Cut, FlowSpec, ModelSpec, OutcomeColumns, Protocol

ASKED = Protocol(
    OutcomeColumns("os", "dead", unit="months"), arms=Arms("arm", "PDA", "SDA"), cuts={"high": Cut("td", 205.0)},
    km=Curves(("arm",), (12.0,)), models={"full": ModelSpec(("arm", "age"), strata=("pvt",))}, levels={"stage": (1, "B")},
    flow=FlowSpec((("treated", {"given": (1,)}),)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "NULL"), (True, "TRUE"), (False, "FALSE"), (3, "3"), (0.1, "0.1"), ("a", '"a"'), ((), "list()"), ({}, "list()"),
        ('say "x"', '"say \\"x\\""'), ("back\\slash", '"back\\\\slash"'), ("tab\there", '"tab\\u{0009}here"'), ("line\nbreak", '"line\\u{000a}break"'),
        ([1, None], "list(1, NULL)"), ({"a`b": 1}, "list(\n  `a\\`b` = 1\n)"),
    ],
)  # fmt: skip
def test_a_value_is_written_as_r_reads_it(value: Any, text: str) -> None:
    assert r_value(value) == text


def test_nested_lists_are_indented_by_their_depth() -> None:
    assert r_value({"a": {"b": [1]}}) == "list(\n  `a` = list(\n    `b` = list(1)\n  )\n)"


def test_what_r_has_no_word_for_is_refused() -> None:
    with pytest.raises(TypeError, match="R has no word for complex"):
        r_value(1j)


@given(st.text(max_size=30))
def test_no_text_ends_its_string_early(text: str) -> None:
    inner = r_value(text)[1:-1].replace("\\\\", "").replace('\\"', "")
    assert '"' not in inner
    assert "\n" not in inner


def test_a_protocol_is_the_list_that_the_script_asks_for() -> None:
    found = protocol_list(ASKED, table="cohort.csv", matched={}, adverse=None)
    assert found["outcome"] == {
        "time": "os",
        "event": "dead",
        "event_is": None,
        "entry": None,
        "weight": None,
        "id": None,
    }
    assert found["arms"] == {"column": "arm", "treated": "PDA", "control": "SDA"}
    assert found["cuts"] == {"high": {"column": "td", "at": 205.0}}
    assert found["levels"] == {"stage": ["1", "B"]}
    assert found["models"]["full"]["strata"] == ("pvt",)
    assert found["flow"] == [{"label": "treated", "where": {"given": (1,)}}]
    assert (found["competing"], found["imputed"], found["adverse_events"], found["selection"]) == (
        None,
        None,
        None,
        None,
    )


def test_the_script_begins_with_its_version_and_protocol_and_keeps_one_body() -> None:
    one = r_script(ASKED, table="cohort.csv", matched={}, adverse=None, version="1.2.3")
    other = r_script(Protocol(OutcomeColumns("t", "e")), table="x.csv", matched={}, adverse=None, version="1.2.3")
    assert one.startswith(
        '# Written by Yttria 1.2.3 for one study. This list is its protocol.\nP <- list(\n  `table` = "cohort.csv",'
    )
    assert one.split("\n)\n\n", 1)[1] == other.split("\n)\n\n", 1)[1]


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="Rscript is not on this machine: it reads what was written")
def test_r_reads_back_what_was_written(tmp_path: Path) -> None:
    words = ['a"b', "back\\slash", "tab\tline\nend", "π – ü", "`tick`", "% $ # \\u0041"]
    path = tmp_path / "x.R"
    path.write_text(f"x <- {r_value(words)}\nfor (w in x) cat(utf8ToInt(w), '\\n')\n", encoding="utf-8")
    done = subprocess.run(["Rscript", "--encoding=UTF-8", str(path)], capture_output=True, text=True, check=True)
    assert [[int(c) for c in line.split()] for line in done.stdout.splitlines()] == [
        [ord(c) for c in word] for word in words
    ]
