"""The typeface: brought along, small where it is embedded."""

import io
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from yttria.io.render import fonts
from yttria.io.render.fonts import CUTS, code_points, cut, page_fonts, spelled, woff_of


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


def fonts_in(home: Path) -> list[Path]:
    return sorted((home / "fonts").glob("*.woff"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YTTRIA_HOME", str(tmp_path))
    woff_of.cache_clear()
    return tmp_path


def test_pages_of_usual_characters_share_one_embedded_cut_made_once(home: Path) -> None:
    first = woff_of("Regular", "Dose in Gy")
    woff_of.cache_clear()
    second = woff_of("Regular", "Σ ρ ≤ 205 山\n")  # 山 is in no cut: it changes nothing
    assert first == second
    assert len(fonts_in(home)) == 1


def test_a_sign_beyond_the_usual_ones_is_embedded_too(home: Path) -> None:
    packed = woff_of("Regular", "Ж")
    with TTFont(io.BytesIO(packed)) as font:
        assert {ord("Ж"), ord("a")} <= set(font.getBestCmap())


@pytest.mark.parametrize("broken", [b"", b"wOFF", b"not a font at all, but long enough to be read as one"])
def test_a_kept_cut_that_is_not_whole_is_made_anew(home: Path, broken: bytes) -> None:
    whole = woff_of("Regular", "a")
    fonts_in(home)[0].write_bytes(broken)
    woff_of.cache_clear()
    assert woff_of("Regular", "a") == whole
    assert fonts_in(home)[0].read_bytes() == whole


def test_a_page_is_written_where_nothing_can_be_kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = woff_of("Regular", "a")
    monkeypatch.setattr("yttria.io.render.fonts.writable_folder", lambda _: home / "absent")
    woff_of.cache_clear()
    assert woff_of("Regular", "a") == whole


def test_signs_that_a_report_uses_can_be_drawn() -> None:
    assert {ord(c) for c in "✓✗◆■▲●—–−≤≥±→·ρΣᵃᵇ⁹⁰²\u202f\xa0"} <= code_points()


def test_what_cannot_be_drawn_is_spelled() -> None:
    assert spelled("Ø 山\n\x01") == "Ø [U+5C71]\n[U+0001]"


def test_the_fonts_of_a_page_are_read_once_and_anew_where_a_machine_tidied_them_away() -> None:
    first = page_fonts()
    assert page_fonts() is first
    assert {font.family for font in first.fonts()} == {"Source Sans Pro", "DejaVu Sans"}
    next(fonts._font_folder().iterdir()).unlink()
    again = page_fonts()
    assert again is not first
    assert len(again.fonts()) == len(first.fonts())
