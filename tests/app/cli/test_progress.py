"""Progress on a terminal: a bar from the first second on, nothing where nobody watches."""

import io
import sys

import pytest

from yttria.app.cli import progress
from yttria.app.cli.progress import terminal_progress


class Screen(io.StringIO):
    """A terminal that keeps what is written on it."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("waited", "shown"), [(0.99, False), (1.0, True), (1.01, True)])
def test_a_bar_shows_what_is_read_from_the_first_second_on(
    monkeypatch: pytest.MonkeyPatch, waited: float, shown: bool
) -> None:
    screen, clock = Screen(), iter([10.0, 10.0 + waited])
    monkeypatch.setattr(sys, "__stderr__", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress, "monotonic", lambda: next(clock))
    with terminal_progress() as report:
        assert report is not None
        report("reading [odd] folder", 2, 7)
    assert ("3/7" in screen.getvalue()) is shown
    assert ("reading [odd] folder" in screen.getvalue()) is shown


def test_nothing_is_shown_where_standard_error_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "__stderr__", io.StringIO())
    with terminal_progress() as report:
        assert report is None
