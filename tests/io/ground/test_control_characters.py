"""io.ground.control_characters: no text that is not ours commands a terminal, a page or a reader of JSON."""

import json

import pytest

from yttria.io.ground.control_characters import ascii_json, escaped_control, spelled_control

COMMANDS = [
    "\x1b",
    "\x00",
    "\x08",
    "\r",
    "\x7f",
    "\x9b",
    "\x9d",
    "\u202e",
    "\u2066",
    "\u200f",
    "\u061c",
    "\u2028",
    "\udc9b",
    "\xad",
    "\u200b",
    "\u200c",
    "\u200d",
    "\u2060",
    "\u2064",
    "\ufeff",
    "\U000e0041",
]


@pytest.mark.parametrize("sign", COMMANDS)
def test_a_sign_of_control_is_spelled_as_its_code_point(sign: str) -> None:
    assert spelled_control(f"a{sign}b") == f"a[U+{ord(sign):04X}]b"


@pytest.mark.parametrize("sign", ["\t", "\n", " ", "~", "\xa0", "é", "Ж", "山", "\u2027", "\u202f", "\u2065", "😀"])
def test_any_other_sign_stays(sign: str) -> None:
    assert spelled_control(f"a{sign}b") == f"a{sign}b"


@pytest.mark.parametrize("name", ["نیم\u200cفاصله", "क्\u200dष"])
def test_a_joiner_stays_where_it_shapes_letters(name: str) -> None:
    assert spelled_control(name) == name


@pytest.mark.parametrize("sign", [*COMMANDS, "é", "😀"])
def test_json_reads_back_the_same_and_holds_no_sign_of_control(sign: str) -> None:
    text = json.dumps({"a": sign}, ensure_ascii=False)
    assert json.loads(escaped_control(text)) == {"a": sign}
    assert spelled_control(escaped_control(text)) == escaped_control(text)
    assert json.loads(ascii_json(text)) == {"a": sign}
    assert ascii_json(text).isascii()
