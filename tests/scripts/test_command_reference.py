"""scripts.command_reference: docs/commands.md tells every option and every key, as the models mean them."""

import inspect
from importlib import import_module
from pathlib import Path

import pytest
from pydantic import BaseModel

import yttria.contract
from scripts import command_reference
from yttria.app.cli.root import COMMANDS, command_requests
from yttria.contract.base import Absent, Request, Result
from yttria.contract.schema import RESULTS


class WeighRequest(Request):
    """A lesion to weigh."""

    ml: float
    """Volume, mL."""


class DeeperRequest(WeighRequest):
    """The same with one line more."""

    depth_mm: float = 2.5
    """Depth beneath the surface, mm."""


class WeighResult(Result):
    """What it weighs."""

    mass_g: float
    """Mass, g."""


class DeeperResult(WeighResult):
    """The same with one line more."""

    depth_mm: Absent[float] = None
    """Depth | beneath the surface, mm."""


def test_the_page_holds_what_the_models_say() -> None:
    page = command_reference.PAGE.read_text(encoding="utf-8")
    assert page == command_reference.page(), "write it anew: ./run python -m scripts.command_reference"


def test_every_command_is_told() -> None:
    lines = command_reference.page().splitlines()
    assert [line.removeprefix("## ") for line in lines if line.startswith("## ")] == list(COMMANDS)
    assert {f"### {name}" for name in command_requests() if " " in name} <= set(lines)


def test_a_key_added_to_the_models_is_in_the_documentation_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RESULTS, "weigh", f"{__name__}:WeighResult")
    monkeypatch.setitem(RESULTS, "deeper", f"{__name__}:DeeperResult")
    before, after = (set(command_reference.result_tables(name)) for name in ("weigh", "deeper"))
    assert [line for line in sorted(after - before) if line.startswith("|")] == [
        "| *`depth_mm`* | number or null | Depth \\| beneath the surface, mm. |"
    ]
    options = set(command_reference.options_table(DeeperRequest)) - set(command_reference.options_table(WeighRequest))
    assert options == {"| `--depth-mm` | number; `2.5` where left out | Depth beneath the surface, mm. |"}


def _models() -> list[type[BaseModel]]:
    modules = [import_module(f"yttria.contract.{p.stem}") for p in Path(yttria.contract.__path__[0]).glob("[a-z]*.py")]
    found = [one for module in modules for _, one in inspect.getmembers(module, inspect.isclass)]
    return [one for one in dict.fromkeys(found) if issubclass(one, BaseModel) and one is not BaseModel]


def test_every_option_and_every_key_of_the_contract_is_described() -> None:
    for model in _models():
        model.model_rebuild()
    assert [f"{m.__name__}.{key}" for m in _models() for key, f in m.model_fields.items() if not f.description] == []
