"""app.services.claims: what `yttria claims` answers, called from Python."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.app.provenance import plain
from yttria.app.services.claims import run
from yttria.contract.claims import AuditResult, ClaimsRequest, CohortComparisonResult
from yttria.values.errors import IntakeError


def spoken(*words: str) -> object:
    outcome = CliRunner().invoke(app, ["claims", *words, "--json"])
    assert outcome.exit_code == 0, outcome.stderr
    return json.loads(outcome.stdout)["result"]


def test_an_audit_from_python_is_that_of_the_command_line() -> None:
    done = run(ClaimsRequest(table=Path("dosisphere")))
    assert isinstance(done.result, AuditResult)
    assert plain(done.result.model_dump()) == spoken("dosisphere")
    assert [f.values["line"] for f in done.findings] == [flag.lines[0] for flag in done.result.flags]


def test_numbers_beside_a_cohort_from_python_are_those_of_the_command_line() -> None:
    done = run(ClaimsRequest(table=Path("dosisphere"), beside=Path("dosisphere")))
    assert isinstance(done.result, CohortComparisonResult)
    assert plain(done.result.model_dump()) == spoken("dosisphere", "--beside", "dosisphere")
    assert done.result.numbers == len(done.result.cells) > 0


def test_a_protocol_without_cohort_is_refused() -> None:
    with pytest.raises(IntakeError, match="--beside is not given"):
        run(ClaimsRequest(table=Path("dosisphere"), protocol=Path("p.toml")))
