"""How much memory there is: what a header promises is read only where it fits."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from yttria.values.errors import IntakeError

COPIES = 3  # of the numbers of an image: as stored, as 32-bit numbers, and one in passing
KEPT_FREE_BYTES = 256 << 20  # of the memory, while a table is read
UNKNOWN_BYTES = 8 << 30  # taken where a system does not say how much it has
NO_LIMIT = UNKNOWN_BYTES << 10
MEMBERSHIP = Path("/proc/self/cgroup")
GROUPS = Path("/sys/fs/cgroup")


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
    groups = (max(group.limit - group.used_bytes(), 0) for group in _limiting_groups())
    return min(_system_bytes(), _allowed_bytes(), *groups)


@dataclass(frozen=True, slots=True)
class _MemoryGroup:
    """A control group that limits the memory of its programs, as containers and batch systems do.

    Parameters
    ----------
    folder
        Its files.
    limit
        Bytes.
    used, cached
        The file of what is used, and the word in memory.stat for what is read from disk and may be given back.

    Source
    ------
    Linux kernel documentation, admin-guide/cgroup-v1/memory.rst (5.2) and admin-guide/cgroup-v2.rst (memory.max, memory.current, inactive_file).
    """

    folder: Path
    limit: int
    used: str
    cached: str

    def used_bytes(self) -> int:
        """Return what is used and cannot be given back; 0 where that is not told."""
        try:
            used = int((self.folder / self.used).read_text(encoding="ascii"))
            pairs = (line.split() for line in (self.folder / "memory.stat").read_text(encoding="ascii").splitlines())
            return used - next((int(value) for word, value in pairs if word == self.cached), 0)
        except (OSError, ValueError):
            return 0


@cache
def _limiting_groups() -> tuple[_MemoryGroup, ...]:
    """Return the groups of this program, each within the next, that have a limit; of both versions."""
    try:
        lines = [line.split(":", 2) for line in MEMBERSHIP.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError):
        return ()
    results: list[_MemoryGroup] = []
    for number, kinds, place in (line for line in lines if len(line) == 3):
        if number == "0" and not kinds:
            results += _groups_of(GROUPS, place, "memory.max", "memory.current", "inactive_file")
        elif "memory" in kinds.split(","):
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            results += _groups_of(GROUPS / "memory", place, *names)
    return tuple(results)


def _groups_of(root: Path, place: str, limit: str, used: str, cached: str) -> Iterator[_MemoryGroup]:
    """Yield the group at a place below the root of its kind and those around it, where they have a limit; a container sees its own as the root."""
    folder = root / place.lstrip("/")
    for at in (folder, *folder.parents):
        try:
            bound = int((at / limit).read_text(encoding="ascii"))
        except (OSError, ValueError):  # "max", or a folder that is not seen from here
            bound = NO_LIMIT
        if bound < NO_LIMIT:
            yield _MemoryGroup(at, bound, used, cached)
        if at == root:
            return


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
        return NO_LIMIT
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY:
        return NO_LIMIT
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        pages = 0
    return max(limit - pages * os.sysconf("SC_PAGE_SIZE"), 0)
