"""app.cli.request: a request model is the whole command: its fields are the arguments, options, defaults and help."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import typer
from pydantic import ValidationError
from scripts.command_reference import options_table, result_tables
from typer.testing import CliRunner

from yttria.app.cli.output import answer
from yttria.app.cli.request import request_command
from yttria.contract.base import Absent, Argument, Number, Numbers, OptionName, Request, Result
from yttria.contract.envelope import Answer
from yttria.contract.schema import RESULTS, schema_of
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


class DeeperRequest(WeighRequest):
    """A lesion to weigh, with one key more."""

    depth_mm: float = 10.0
    """Depth beneath the surface, mm."""


class DeeperResult(WeighResult):
    """What it weighs, with one key more."""

    depth_mm: float
    """Depth beneath the surface, mm."""


@request_command(tool, DeeperRequest, epilog="Example: yttria deeper a.nii --ml 2")
def deeper(request: DeeperRequest, as_json: bool) -> None:
    """Weigh a lesion beneath the surface."""
    answer("deeper", Answer(DeeperResult(mass=request.ml, curve=[], depth_mm=request.depth_mm)), as_json=as_json)


def test_a_key_added_to_the_models_is_in_help_json_schema_and_documentation_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    helped = " ".join(CliRunner().invoke(tool, ["deeper", "--help"]).stdout.split())
    assert "--depth-mm" in helped
    assert "Depth beneath the surface, mm." in helped
    ran = CliRunner().invoke(tool, ["deeper", "a.nii", "--ml", "2", "--depth-mm", "4", "--json"])
    assert json.loads(ran.stdout)["result"]["depth_mm"] == 4
    monkeypatch.setitem(RESULTS, "deeper", f"{__name__}:DeeperResult")
    schema: Any = schema_of("deeper")
    key = schema["properties"]["result"]["properties"]["depth_mm"]
    assert key == {"title": "Depth Mm", "type": "number", "description": "Depth beneath the surface, mm."}
    options, keys = "\n".join(options_table(DeeperRequest)), "\n".join(result_tables("deeper"))
    assert "| `--depth-mm` | number; `10.0` where left out | Depth beneath the surface, mm. |" in options
    assert "| `depth_mm` | number | Depth beneath the surface, mm. |" in keys


def test_a_key_that_is_not_in_the_result_cannot_be_written() -> None:
    with pytest.raises(ValidationError, match="depth_cm"):
        DeeperResult.model_validate({"mass": 1, "curve": [], "depth_mm": 1, "depth_cm": 1})
