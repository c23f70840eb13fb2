"""io.toml: sections out, the same sections in."""

import tomllib
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from yttria.io.tables.toml_writer import toml_text

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x7f"), max_size=12)
CELL = st.one_of(TEXT, st.booleans(), st.integers(-(10**6), 10**6), st.floats(-1e6, 1e6), st.lists(TEXT, max_size=3))


@given(
    st.dictionaries(st.sampled_from(["case", "roles", "files"]), st.dictionaries(TEXT, CELL, min_size=1, max_size=4))
)
def test_what_is_written_is_read_again(sections: dict[str, dict[str, Any]]) -> None:
    assert tomllib.loads(toml_text(sections, heading="made by a test")) == sections


def test_instants_and_small_tables_are_written_and_empty_sections_left_out() -> None:
    at = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
    words: dict[str, dict[str, Any]] = {"given": {"at": at}, "files": {"tumour": {"GTV 1": "a.nii"}}, "roles": {}}
    assert tomllib.loads(toml_text(words)) == {"given": {"at": at}, "files": {"tumour": {"GTV 1": "a.nii"}}}
