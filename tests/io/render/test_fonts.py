"""The typeface: brought along, small where it is embedded."""

import io

import pytest
from fontTools.ttLib import TTFont

from yttria.io.render.fonts import CUTS, cut, drawn, spelled, woff_of


@pytest.mark.parametrize("name", CUTS)
def test_every_cut_is_there(name: str) -> None:
    assert cut(name).is_file()


def test_figures_are_tabular() -> None:
    with TTFont(cut("Regular")) as font:
        names, advance = font.getBestCmap(), font["hmtx"]
        assert len({advance[names[ord(d)]][0] for d in "0123456789−"}) == 1


def test_an_embedded_cut_holds_what_is_used_and_little_else() -> None:
    packed = woff_of("Regular", "0123456789 Gy−")
    with TTFont(io.BytesIO(packed)) as font:
        assert {ord(c) for c in "0123456789 Gy−"} <= set(font.getBestCmap())
    assert len(packed) < 20_000


def test_signs_that_a_report_uses_can_be_drawn() -> None:
    assert {ord(c) for c in "✓✗◆■▲●—–−≤≥±→·ρΣᵃᵇ⁹⁰²\u202f\xa0"} <= drawn()


def test_what_cannot_be_drawn_is_spelled() -> None:
    assert spelled("Ø 山\n\x01") == "Ø [U+5C71]\n[U+0001]"
