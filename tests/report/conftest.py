"""The planned patient, once for the room."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from yttria.values.patient import Result


def load(name: str) -> ModuleType:
    """Return a module of tests/report by its file: test folders are no packages."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def planned() -> Result:
    result = load("planned_case").planned_result()
    assert isinstance(result, Result)
    return result


@pytest.fixture(scope="session")
def tumourless(planned: Result) -> Result:
    result = sys.modules["planned_case"].without_tumour(planned)
    assert isinstance(result, Result)
    return result
