"""A command as it is typed: what it prints, and its document."""

import json
from collections.abc import Mapping
from typing import Any

from typer.testing import CliRunner

from yttria.app.cli.root import app


class TypedCommand:
    """A command of `yttria`, typed with further words."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def ran(self, *words: object, env: Mapping[str, str] | None = None) -> tuple[int, str, str]:
        """Return exit status, standard output and standard error."""
        outcome = CliRunner().invoke(app, [*self.words, *map(str, words)], env=env)
        return outcome.exit_code, outcome.stdout, outcome.stderr

    def document(self, *words: object, env: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the document of `--json`; the command must end well."""
        code, out, err = self.ran(*words, "--json", env=env)
        assert code == 0, err
        return dict(json.loads(out))

    def result(self, *words: object) -> dict[str, Any]:
        return dict(self.document(*words)["result"])

    def codes(self, *words: object) -> set[str]:
        """Return the codes of its findings."""
        return {finding["code"] for finding in self.document(*words)["findings"]}
