"""lazy_exports: what a package exports can be imported, is what its module makes, and costs nothing until it is named."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import yttria
from scripts import package_exports

PACKAGES = sorted(
    ".".join(["yttria", *path.parent.relative_to(Path(yttria.__path__[0])).parts])
    for path in Path(yttria.__path__[0]).rglob("__init__.py")
)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_exported_name_can_be_imported(package: str) -> None:
    found = import_module(package)
    for name in found.__all__:
        assert getattr(found, name) is not None
        assert name in dir(found)


@pytest.mark.parametrize("package", package_exports.packages())
def test_an_exported_name_is_that_of_its_module_whatever_was_imported_before(package: str) -> None:
    found = import_module(package)
    for module, names in package_exports.exports(package).items():
        made = import_module(f"{package}.{module}")
        exported = [name for name in names if name in found.__all__]
        assert [name for name in exported if getattr(found, name) is not getattr(made, name)] == []


@pytest.mark.parametrize("package", package_exports.packages())
def test_a_package_exports_no_name_twice_and_in_order(package: str) -> None:
    listed = import_module(package).__all__
    assert len(listed) == len(set(listed)) > 0


def test_a_function_of_its_modules_name_stays_a_function_beside_the_module() -> None:
    words = (
        "import sys, yttria.evidence.survival.logrank as _; from yttria.evidence.survival import logrank; "
        "print(type(logrank).__name__, type(sys.modules['yttria.evidence.survival.logrank']).__name__)"
    )
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["function", "module"]


def test_a_package_loads_none_of_its_modules_until_a_name_is_used() -> None:
    words = "import sys, yttria.physics.dosimetry as p; print(len([m for m in sys.modules if m.startswith(p.__name__ + '.')]))"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"


def test_a_name_that_is_not_exported_is_refused_with_those_that_are() -> None:
    with pytest.raises(AttributeError, match=r"yttria\.values has no Nuklide; it exports .*Nuclide"):
        _ = import_module("yttria.values").Nuklide
