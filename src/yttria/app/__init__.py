"""Services, and the command line over them."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.app import cli, services

__all__ = ["cli", "services"]

set_lazy_exports(__name__, {"cli": "", "services": ""})
