"""Names that a package exports, each loaded when it is first named (PEP 562), so that a command pays only for what it uses."""

import sys
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any


class _Package(ModuleType):
    """A package whose exported names stay what they are where a module of the same name is imported too (`logrank` in `logrank`)."""

    def __setattr__(self, name: str, value: Any) -> None:
        """Bind a name, but not the module of an exported name: that is found by its full path."""
        if not (isinstance(value, ModuleType) and name in self.__dict__.get("__all__", ())):
            super().__setattr__(name, value)


def set_lazy_exports(package: str, exports: Mapping[str, str]) -> None:
    """Let a package load each of its exported names from the module that makes it, when the name is first used.

    Parameters
    ----------
    package
        Its full name; `__all__` is set before.
    exports
        Names, with spaces, by module of the package; a package within it is exported itself and has none.

    Raises
    ------
    AttributeError
        Later, of a name that the package does not export.
    """
    module_of = {name: module for module, names in exports.items() for name in names.split()}
    parts = {module for module, names in exports.items() if not names}
    package_module = sys.modules[package]

    def load(name: str) -> Any:
        if name in parts:
            return import_module(f"{package}.{name}")
        if name not in module_of:
            raise AttributeError(f"{package} has no {name}; it exports {', '.join(sorted({*module_of, *parts}))}")
        value = getattr(import_module(f"{package}.{module_of[name]}"), name)
        package_module.__dict__[name] = value
        return value

    package_module.__dict__.update(
        __getattr__=load, __dir__=lambda: sorted({*package_module.__dict__, *module_of, *parts})
    )
    if set(module_of) & set(module_of.values()):
        package_module.__class__ = _Package
