"""io.ground.memory: what a header promises is read only where it fits."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from yttria.io.ground import memory
from yttria.values.errors import IntakeError


@pytest.mark.parametrize("promised", [99, 100, 101])
def test_three_times_the_numbers_must_be_free(monkeypatch: pytest.MonkeyPatch, promised: int) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda: 300)
    if promised <= 100:
        memory.require_memory(promised, what="v.nii")
        return
    with pytest.raises(IntakeError, match="must fit into memory"):
        memory.require_memory(promised, what="v.nii")


def test_this_machine_has_some() -> None:
    assert memory.available_bytes() > 1 << 20


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(memory, "GROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(memory, "MEMBERSHIP", tmp_path / "membership")
    memory._limiting_groups.cache_clear()
    yield tmp_path
    memory._limiting_groups.cache_clear()


def _group(folder: Path, **held: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in held.items():
        (folder / f"memory.{name}").write_text(f"{value}\n", encoding="ascii")


@pytest.mark.parametrize("place", ["/", "/a", "/a/b", "/elsewhere/of/the/host"])
def test_what_a_control_group_of_version_2_leaves_is_what_is_free(groups: Path, place: str) -> None:
    (groups / "membership").write_text(f"0::{place}\n", encoding="utf-8")
    _group(groups / "cgroup", max="max", current=9, stat="anon 9")
    assert memory.available_bytes() > 1000
    memory._limiting_groups.cache_clear()
    _group(groups / "cgroup", max=1000, current=700, stat="anon 600\ninactive_file 100\nactive_file 0")
    assert memory.available_bytes() == 400


def test_the_tightest_of_groups_within_groups_of_version_1_counts(groups: Path) -> None:
    (groups / "membership").write_text("5:devices:/x\n4:cpu,memory:/a/b\n0::/a/b\n", encoding="utf-8")
    outer, inner = groups / "cgroup" / "memory" / "a", groups / "cgroup" / "memory" / "a" / "b"
    _group(inner, limit_in_bytes=9223372036854771712, usage_in_bytes=5, stat="total_inactive_file 0")
    _group(outer, limit_in_bytes=1000, usage_in_bytes=2000, stat="inactive_file 1900\ntotal_inactive_file 300")
    assert memory.available_bytes() == 0
    _group(outer, usage_in_bytes=900)
    assert memory.available_bytes() == 400


@pytest.mark.parametrize("told", ["", "nonsense", "4:memory", "0::/a\n0"])
def test_a_membership_that_says_nothing_limits_nothing(groups: Path, told: str) -> None:
    (groups / "membership").write_text(told, encoding="utf-8")
    assert memory.available_bytes() > 1 << 20
