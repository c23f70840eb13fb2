"""What libraries load of themselves in passing: at the command line, a part that no command uses is loaded when it is used, if ever.

scipy takes every name of numpy, its Fortran interface and its test tools among them; matplotlib describes the keywords of each of its
classes for readers of its documentation. That is a quarter of the time in which a plan's modules load.
"""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType

DEFERRED = frozenset({"matplotlib.widgets", "numpy.f2py", "numpy.testing", "scipy.special", "urllib.request"})
"""Modules that others import whole and ask for nothing while they load."""
ARTIST = "matplotlib.artist"


class LibraryFinder(MetaPathFinder):
    """Finds the deferred modules, to be executed when something of them is asked for, and matplotlib's artist, to be left undescribed."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module is and how it is loaded; None where it is loaded as any other."""
        if fullname not in DEFERRED and fullname != ARTIST:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = ArtistLoader(spec.loader) if fullname == ARTIST else LazyLoader(spec.loader)
        return spec


class ArtistLoader(Loader):
    """Loads matplotlib's artist with a `kwdoc` that describes nothing: it would inspect every class for the sake of docstrings.

    Parameters
    ----------
    loader
        The module's own.
    """

    def __init__(self, loader: Loader) -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Return the module as its own loader makes it."""
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Load the module, then put the empty description in its place."""
        self.loader.exec_module(module)
        vars(module)["kwdoc"] = _no_description


def _no_description(_artist: object) -> str:
    return ""


def set_library_imports() -> None:
    """Ask this finder first, once."""
    if not any(isinstance(finder, LibraryFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, LibraryFinder())
