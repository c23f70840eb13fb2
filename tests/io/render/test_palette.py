"""Colours by role: numbered lesions share their hue, what has none is ink."""

import pytest

from yttria.data import table
from yttria.io.render.palette import colour


@pytest.mark.parametrize(("name", "key"), [("liver", "liver"), ("tumour-12", "tumour"), ("no such role", "ink"), ("tumour-x", "ink")])  # fmt: skip
def test_a_role_has_its_colour_of_the_table(name: str, key: str) -> None:
    assert colour(name) == table("palette")["light"][key]


def test_a_colour_stays_itself_and_normal_perfused_is_no_numbered_role() -> None:
    assert colour("#12ab34") == "#12ab34"
    roles = table("palette")["light"]
    assert colour("normal-perfused") == roles.get("normal-perfused", roles["ink"])
