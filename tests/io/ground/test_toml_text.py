"""io.ground.toml_text: TOML by hand, read within limits."""

from pathlib import Path

import pytest

from yttria.io.ground.toml_text import MOST_BYTES, MOST_NESTED, read_toml
from yttria.values.errors import IntakeError


def _file(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "case.toml"
    path.write_text(text, encoding=encoding)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_byte_order_mark_changes_nothing(tmp_path: Path, encoding: str) -> None:
    assert read_toml(_file(tmp_path, "[shunt]\nfraction = 0.1\n", encoding)) == {"shunt": {"fraction": 0.1}}


@pytest.mark.parametrize("levels", [MOST_NESTED - 1, MOST_NESTED, MOST_NESTED + 1])
def test_brackets_nest_up_to_a_limit(tmp_path: Path, levels: int) -> None:
    path = _file(tmp_path, "a = " + "[" * levels + "]" * levels)
    if levels <= MOST_NESTED:
        assert "a" in read_toml(path)
        return
    with pytest.raises(IntakeError, match="nest at most 16 levels"):
        read_toml(path)


@pytest.mark.parametrize(
    "text", ["a." * 40_000 + "b = 1", "[" + "a." * 40_000 + "b]", "a = " + "{b=" * 500, "a = " + "[" * 200_000]
)
def test_what_keeps_a_parser_busy_or_fells_it_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(IntakeError, match="nest at most"):
        read_toml(_file(tmp_path, text))


def test_signs_within_texts_and_comments_nest_nothing(tmp_path: Path) -> None:
    text = "a = '" + "[" * 99 + "' # " + "{" * 99 + '\nb = """' + "a." * 99 + '"""\nc = "\\"[[[' + "[" * 99 + '"\n'
    assert set(read_toml(_file(tmp_path, text))) == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a = " + "9" * 5000, "numbers of case.toml must have at most 100 digits"),
        ("a = " + "9" * 101, "numbers of case.toml must have at most 100 digits"),
        ("[km]\nat = [12, 1e400]", r"case.toml: \[km\] at: input should be a finite number, but is inf"),
        ("[a.b]\nc = {d = nan}", r"case.toml: \[a\.b\.c\] d: input should be a finite number, but is nan"),
        ("a = -inf", "case.toml: a: input should be a finite number, but is -inf"),
        ("a = [", "must be TOML"),
        ("#" * (MOST_BYTES + 1), "at most 1,048,576 bytes"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_message(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(IntakeError, match=why):
        read_toml(_file(tmp_path, text))


def test_a_number_of_as_many_digits_as_are_let_pass_and_digits_within_texts_are_read(tmp_path: Path) -> None:
    text = f"a = {'9' * 100}\nb = '{'9' * 500}' # {'9' * 500}\nc = 1e300\n"
    assert read_toml(_file(tmp_path, text)) == {"a": int("9" * 100), "b": "9" * 500, "c": 1e300}


def test_text_of_another_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="must be TOML, but 'utf-8' codec"):
        read_toml(_file(tmp_path, "a = 1", "utf-16"))
