"""io.files.plan_voxels: what a plan kept reads back the same; what is damaged, too large or a program is refused, never run."""

import io
import json
import os
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from yttria.io.files.plan_voxels import HEADER_BYTES, read_plan_voxels, write_plan_voxels
from yttria.values.errors import IntakeError
from yttria.values.grid import Grid
from yttria.values.maps import CtImage
from yttria.values.plan_voxels import PlanVoxels

GRID = Grid.aligned((2, 3, 4), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(0, 0, 0))
DOSE = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


def written(path: Path) -> Path:
    ct = CtImage(GRID, np.full((2, 3, 4), 40, np.int16))
    write_plan_voxels(path, PlanVoxels(GRID, {"right": DOSE, "left": DOSE + 1}, DOSE > 3, 12.0, ct, "0f"))
    return path


def changed(path: Path, **arrays: Any) -> Path:
    with np.load(written(path)) as held:
        all_arrays = dict(held) | arrays
    np.savez_compressed(path, **all_arrays)
    return path


def about(path: Path, **words: Any) -> Path:
    with np.load(written(path)) as held:
        said = json.loads(str(held["about"]))
    return changed(path, about=np.array(json.dumps(said | words)))


def test_what_was_kept_reads_back_the_same(tmp_path: Path) -> None:
    read = read_plan_voxels(written(tmp_path / "voxels.npz"))
    assert read is not None
    assert read.ct is not None
    assert list(read.gy_per_gbq) == ["right", "left"]
    np.testing.assert_array_equal(read.gy_per_gbq["left"], DOSE + 1)
    np.testing.assert_array_equal(read.in_liver, DOSE > 3)
    assert (read.ct.hu[0, 0, 0], read.fwhm_mm, read.patient) == (40, 12.0, "0f")
    assert read_plan_voxels(tmp_path / "absent.npz") is None


class Program:
    """What a pickle would run."""

    def __init__(self, place: str) -> None:
        self.place = place

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (self.place,)


def test_a_program_in_an_array_is_never_run(tmp_path: Path) -> None:
    place = tmp_path / "ran"
    program = np.array([Program(str(place))], dtype=object)
    for name in ("about", "in_liver", "dose_0", "hu"):
        with pytest.raises(IntakeError, match="plan the case again"):
            read_plan_voxels(changed(tmp_path / "voxels.npz", **{name: program}))
    assert not place.exists()


@pytest.mark.parametrize(
    "arrays",
    [
        {"dose_0": DOSE.astype(complex)},
        {"dose_0": DOSE.astype("U3")},
        {"dose_0": DOSE[:1]},
        {"dose_0": np.where(DOSE == 5, np.nan, DOSE)},
        {"dose_0": np.where(DOSE == 5, np.inf, DOSE)},
        {"dose_0": -DOSE},
        {"hu": DOSE.astype("U3")},
        {"hu": DOSE[1:]},
        {"about": np.array("[" * 10_000)},
        {"about": np.array("[1]")},
    ],
)
def test_numbers_that_cannot_be_are_refused(arrays: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="must be as `yttria plan --out` wrote it"):
        read_plan_voxels(changed(tmp_path / "voxels.npz", **arrays))


@pytest.mark.parametrize(
    "words",
    [
        {"fwhm_mm": "x"},
        {"fwhm_mm": float("nan")},
        {"fwhm_mm": -0.1},
        {"fwhm_mm": 100.1},
        {"injections": 5},
        {"injections": ["a", "b", "c"]},
        {"grid": {"shape_zyx": [2, 3, 4], "affine_lps_mm": [[float("nan")] * 4] * 4, "frame_uid": ""}},
        {"grid": {"shape_zyx": [2, 3], "affine_lps_mm": np.eye(4).tolist(), "frame_uid": ""}},
    ],
)
def test_words_that_cannot_be_are_refused(words: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="must be as `yttria plan --out` wrote it"):
        read_plan_voxels(about(tmp_path / "voxels.npz", **words))


@pytest.mark.parametrize("fwhm_mm", [0.0, 100.0])
def test_the_ends_of_a_resolution_are_read(fwhm_mm: float, tmp_path: Path) -> None:
    read = read_plan_voxels(about(tmp_path / "voxels.npz", fwhm_mm=fwhm_mm))
    assert read is not None
    assert read.fwhm_mm == fwhm_mm


@pytest.mark.parametrize("more", [0, 1])
def test_an_array_is_not_unpacked_beyond_its_grid(more: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = written(tmp_path / "small.npz"), tmp_path / "voxels.npz"
    array = io.BytesIO()
    np.save(array, DOSE)
    with zipfile.ZipFile(small) as old, zipfile.ZipFile(large, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            filled = array.getvalue().ljust(24 * 8 + HEADER_BYTES + more, b"\0")
            new.writestr(name, filled if name == "dose_0.npy" else old.read(name))
    opened: list[str] = []
    plain = zipfile.ZipFile.open

    def counted(self: zipfile.ZipFile, name: Any, *given: Any, **named: Any) -> Any:
        opened.append(str(name))
        return plain(self, name, *given, **named)

    monkeypatch.setattr(zipfile.ZipFile, "open", counted)
    if more:
        with pytest.raises(IntakeError, match="plan the case again"):
            read_plan_voxels(large)
    else:
        assert read_plan_voxels(large) is not None
    assert ("dose_0.npy" in opened) is not bool(more)


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "voxels.npz")
    with pytest.raises(IntakeError, match=r"voxels\.npz must be a regular file"):
        read_plan_voxels(tmp_path / "voxels.npz")


def test_a_file_cut_or_changed_at_any_byte_is_read_or_refused(tmp_path: Path) -> None:
    held = written(tmp_path / "voxels.npz").read_bytes()
    damaged = tmp_path / "damaged.npz"
    for place in range(0, len(held), 17):
        damaged.write_bytes(held[:place])
        with pytest.raises(IntakeError, match=r"damaged\.npz"):
            read_plan_voxels(damaged)
        damaged.write_bytes(held[:place] + bytes([held[place] ^ 0x5A]) + held[place + 1 :])
        with suppress(IntakeError):
            read_plan_voxels(damaged)
