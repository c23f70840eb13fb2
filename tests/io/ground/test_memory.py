"""io.ground.memory: what a header promises is read only where it fits."""

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
