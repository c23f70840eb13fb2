"""How much memory there is: what a header promises is read only where it fits."""

import os
from pathlib import Path

from yttria.values.errors import IntakeError

COPIES = 3  # of the numbers of an image: as stored, as 32-bit numbers, and one in passing
KEPT_FREE_BYTES = 256 << 20  # of the memory, while a table is read
UNKNOWN_BYTES = 8 << 30  # taken where a system does not say how much it has


def require_memory(promised: int, *, what: str) -> None:
    """Refuse numbers that do not fit this machine's memory.

    Parameters
    ----------
    promised
        Bytes of the numbers as a header says.

    Raises
    ------
    IntakeError
        Three times as much is not available.
    """
    free = available_bytes()
    if promised * COPIES > free:
        raise IntakeError(
            f"the numbers of {what} must fit into memory, but its header promises {promised / 2**20:,.0f} MiB, which need {COPIES} times as much, "
            f"and {free / 2**20:,.0f} MiB are free; crop the image, or correct its header",
            code="memory",
            values={"promised_bytes": promised, "free_bytes": free},
        )


def require_memory_left(*, what: str) -> None:
    """Refuse to read on where hardly any memory is left.

    Raises
    ------
    IntakeError
        Less than is kept free.
    """
    if available_bytes() < KEPT_FREE_BYTES:
        raise IntakeError(
            f"{what} must fit into memory, but {KEPT_FREE_BYTES >> 20} MiB are hardly left while it is read; leave out columns or rows, or take a larger machine",
            code="memory",
        )


def available_bytes() -> int:
    """Return how many bytes of memory this program can still take: what the system has free, within the limit on this program."""
    return min(_system_bytes(), _allowed_bytes())


def _system_bytes() -> int:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, StopIteration):
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return UNKNOWN_BYTES


def _allowed_bytes() -> int:
    try:
        import resource
    except ImportError:  # Windows sets no such limit
        return UNKNOWN_BYTES << 10
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY:
        return UNKNOWN_BYTES << 10
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        pages = 0
    return max(limit - pages * os.sysconf("SC_PAGE_SIZE"), 0)
