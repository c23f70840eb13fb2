"""What `import yttria` offers: all that the command line does, for nothing until it is named, as docs/python.md says."""

import doctest
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import yttria
import yttria.app.cli
from yttria.app.cli.root import app

PAGE = Path(__file__).resolve().parents[1] / "docs" / "python.md"


def commands(group: Any, before: str = "") -> Iterator[str]:
    """Yield every command as it is typed."""
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        if hasattr(command, "commands"):
            yield from commands(command, f"{before}{name} ")
        else:
            yield before + name


def table() -> dict[str, list[str]]:
    """Return the names that the page gives for each command."""
    rows = re.findall(r"^\| `([a-z][a-z -]*)` \| (.+) \|$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {command: re.findall(r"`([A-Za-z_0-9]+)[`.(]", names) for command, names in rows}


@pytest.mark.parametrize("name", yttria.__all__)
def test_every_name_can_be_had_and_explains_itself(name: str) -> None:
    structure = getattr(yttria, name)
    assert structure.__doc__
    assert structure.__doc__.strip()


def test_importing_loads_nothing_heavy() -> None:
    asked = (
        "import sys, yttria; print([m for m in ('numpy', 'scipy', 'numba', 'pydicom', 'typer') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_every_command_has_names_that_do_what_it_does() -> None:
    listed = table()
    assert set(listed) == set(commands(typer.main.get_command(app)))
    for names in listed.values():
        assert names
        assert set(names) <= {*yttria.__all__, "named"}


def test_the_page_runs_as_it_is_written(digital_patient: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "demo").symlink_to(digital_patient)
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding="utf-8").replace("```", "")
    example = doctest.DocTestParser().get_doctest(text, {}, PAGE.name, str(PAGE), 0)
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    told: list[str] = []
    found = doctest.DocTestRunner(optionflags=flags).run(example, out=told.append)
    assert found.failed == 0, "".join(told)
    assert found.attempted > 25


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(AttributeError, match="did you mean reconstruct"):
        _ = yttria.reconstrct
