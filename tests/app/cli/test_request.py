"""app.cli.request: a request model is the whole command: its fields are the arguments, options, defaults and help."""

import json
from pathlib import Path
from typing import Annotated, Literal

import pytest
import typer
from typer.testing import CliRunner

from yttria.app.cli.output import answer
from yttria.app.cli.request import request_command
from yttria.contract.base import Absent, Argument, Number, Numbers, OptionName, Request, Result
from yttria.contract.envelope import Answer
from yttria.values.errors import Finding

tool = typer.Typer(rich_markup_mode=None, add_completion=False)


class WeighRequest(Request):
    """A lesion to weigh."""

    image: Annotated[Path, Argument()]
    """Image of the lesion."""
    ml: float
    """Volume, mL."""
    k: Annotated[float | None, OptionName("--k")] = None
    """Density, g/mL; 1.05 where it is left out."""
    unit: Literal["g", "kg"] = "g"
    """Unit of the answer."""
    thresholds_gy: tuple[float, ...] = (100, 205)
    """Doses, Gy, with commas."""


class WeighResult(Result):
    """What it weighs."""

    mass: Number
    """Mass in the unit asked for."""
    curve: Numbers
    """A curve."""
    comment: Absent[str] = None
    """Only where there is one."""


@request_command(tool, WeighRequest, epilog="Example: weigh a.nii --ml 2")
def weigh(request: WeighRequest, as_json: bool) -> None:
    """Weigh a lesion."""
    result = WeighResult(mass=request.ml * (request.k or 1.05), curve=[1.0, float("nan")])
    finding = Finding("note", "density-default", "1.05 g/mL is used", {"density_g_per_ml": 1.05})
    answer("weigh", Answer(result, (finding,)), as_json=as_json)


@tool.command()
def other() -> None:
    """Keep the commands a group."""


def test_every_field_stands_in_the_help_with_its_description_and_default() -> None:
    text = " ".join(CliRunner().invoke(tool, ["weigh", "--help"]).stdout.split())
    for words in ("Image of the lesion.", "--ml", "Volume, mL.", "--k", "--unit", "[default: g]", "[default: 100,205]"):
        assert words in text


def test_the_answer_is_the_model_with_null_for_what_does_not_exist_and_without_absent_sections() -> None:
    ran = CliRunner().invoke(tool, ["weigh", "a.nii", "--ml", "2", "--json"])
    document = json.loads(ran.stdout)
    assert document["result"] == {"mass": pytest.approx(2.1), "curve": [1.0, None]}
    assert document["findings"][0]["values"] == {"density_g_per_ml": 1.05}


def test_a_value_that_the_model_refuses_is_refused_with_what_was_expected_and_found() -> None:
    ran = CliRunner().invoke(tool, ["weigh", "a.nii", "--ml", "2", "--unit", "lb"])
    assert ran.exit_code == 1
    assert "--unit must be one of g, kg, but is lb" in ran.stderr


def test_a_missing_option_is_wrong_usage() -> None:
    assert CliRunner().invoke(tool, ["weigh", "a.nii"]).exit_code == 2
