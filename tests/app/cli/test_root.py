"""app.cli.root: the list of commands needs no command, and each command is loaded by its name."""

import pytest
import typer.main
from typer.testing import CliRunner

from yttria.app.cli.root import COMMANDS, app


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_of_each_command_what_its_own_help_says_first(name: str) -> None:
    group = typer.main.get_command(app)
    with group.make_context("yttria", ["--version"], resilient_parsing=True) as context:
        command = group.get_command(context, name)  # type: ignore[attr-defined]
    assert (command.help or "").split("\n")[0].rstrip(".") == COMMANDS[name].rstrip(".")


def test_an_unknown_command_is_wrong_usage() -> None:
    ran = CliRunner().invoke(app, ["plann"])
    assert ran.exit_code == 2
    assert "plann" in ran.stderr
