"""What libraries load of themselves in passing: at the command line, a part that no command uses is loaded when it is used, if ever.

scipy takes every name of numpy, its Fortran interface and its test tools among them; matplotlib describes the keywords of each of its
classes for readers of its documentation, scipy writes docstrings anew with the array libraries that each function knows, pydantic reads the source of
each model for the descriptions of its fields, which help and schema alone print. That is a third of the time in which modules load.
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")

DEFERRED = frozenset({
    "matplotlib.widgets",
    "numpy.char",
    "numpy.f2py",
    "numpy.polynomial",
    "numpy.random",
    "numpy.testing",
    "scipy.special",
    "urllib.request",
})  # fmt: skip
"""Modules that others import whole and ask for nothing while they load."""


def _no_description(_artist: object) -> str:
    return ""


def _no_capabilities(*_kinds: object, **_capabilities: object) -> Callable[[T], T]:
    def same(function: T) -> T:
        return function

    return same


class FunctionText(defaultdict[str, list[object]]):
    """What scipy reads of a function's docstring to write it again with a note: nothing."""

    def __init__(self, *_function: object) -> None:
        super().__init__(list)

    def __str__(self) -> str:
        """Return a line without a signature and one without a text."""
        return "\n"


def _no_field_descriptions(_model: type, **_where: object) -> dict[str, str]:
    return {}


UNDESCRIBED: Mapping[str, tuple[str, object]] = {
    "matplotlib.artist": ("kwdoc", _no_description),
    "scipy._lib._docscrape": ("FunctionDoc", FunctionText),
    "scipy._lib._array_api": ("xp_capabilities", _no_capabilities),
}
"""Functions and classes that only write documentation, by their module: their name there, and what is put in its place."""
FIELDS = {"pydantic._internal._docs_extraction": ("extract_docstrings_from_cls", _no_field_descriptions)}
"""The same where neither help nor a schema is wanted."""


class LibraryFinder(MetaPathFinder):
    """Finds the deferred modules, to be executed when something of them is asked for, and those to be left undescribed.

    Parameters
    ----------
    undescribed
        Functions to replace, by their module.
    """

    def __init__(self, undescribed: Mapping[str, tuple[str, object]]) -> None:
        self.undescribed = undescribed

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module is and how it is loaded; None where it is loaded as any other."""
        if fullname not in DEFERRED and fullname not in self.undescribed:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            known = self.undescribed.get(fullname)
            spec.loader = LazyLoader(spec.loader) if known is None else UndescribedLoader(spec.loader, *known)
        return spec


class UndescribedLoader(Loader):
    """Loads a module and puts something shorter in the place of a function of it that writes documentation.

    Parameters
    ----------
    loader
        The module's own.
    name
        Of the function.
    instead
        What takes its place.
    """

    def __init__(self, loader: Loader, name: str, instead: object) -> None:
        self.loader = loader
        self.name = name
        self.instead = instead

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Return the module as its own loader makes it."""
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Load the module, then replace the function."""
        self.loader.exec_module(module)
        if self.name in vars(module):
            vars(module)[self.name] = self.instead


def set_library_imports(words: Sequence[str] = ()) -> None:
    """Ask this finder first, once.

    Parameters
    ----------
    words
        What the user typed: fields are described where help or a schema is asked for.
    """
    if not any(isinstance(finder, LibraryFinder) for finder in sys.meta_path):
        described = not words or not {"--help", "schema"}.isdisjoint(words)
        sys.meta_path.insert(0, LibraryFinder(UNDESCRIBED if described else {**UNDESCRIBED, **FIELDS}))
