"""A path that is named to a command and leads to no regular file is refused by what is there, and nothing is opened."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.io.volumes.volume import write_volume
from yttria.values.grid import Grid

GRID = Grid.aligned((6, 8, 8), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(0, 0, 0))

WITHIN_S = 60
BEFORE: dict[str, tuple[str, ...]] = {
    "protocol": ("analyse", "PATH", "t.csv", "--out", "study"),
    "cohort": ("analyse", "p.toml", "PATH", "--out", "study"),
    "lesions": ("response", "PATH"),
    "orders": ("order", "--table", "PATH", "--calibrated", "2026-11-29T12:00-05:00"),
    "site": ("rules", "--site", "PATH"),
    "record": ("delivery", "PATH"),
    "claims": ("claims", "PATH"),
    "curve": ("reconstruct", "PATH", "--n", "20"),
    "at risk": ("reconstruct", "curve.csv", "--at-risk", "PATH"),
    "second group": ("reconstruct", "curve.csv", "--n", "20", "--against", "PATH"),
    "arrivals": ("trial", "randomise", "--minimise", "PATH", "--out", "list"),
    "sealed": ("trial", "randomise", "--sealed", "PATH", "--out", "list"),
    "activity": ("dose", "PATH.nii", "--out", "dose.nii"),
    "density": ("dose", "a.nii", "--density", "PATH.nii", "--out", "dose.nii"),
    "dose": ("dvh", "PATH.nii", "a.nii"),
    "structures": ("dvh", "a.nii", "PATH.nii"),
    "labels": ("convert", "PATH.nii", "--to", "labels", "--out", "l.nii"),
    "plan": ("verify", ".", "--plan", "PATH"),
}
KINDS = {
    "pipe": "a pipe, which is not opened",
    "device": "a device, which is not opened",
    "folder": "a folder",
    "link to nothing": "a link to nothing",
    "circle of links": "a link in a circle of links",
}


@pytest.fixture(autouse=True)
def _time_limit() -> Iterator[None]:
    """Let no pipe keep a test waiting."""
    signal.alarm(WITHIN_S)
    yield
    signal.alarm(0)


def put(kind: str, place: Path) -> None:
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    else:
        place.symlink_to({"device": Path("/dev/zero"), "link to nothing": Path("nowhere")}.get(kind, place))


FOLDERS_TOO = {"plan", "activity", "dose", "structures", "labels"}


@pytest.mark.parametrize(
    ("what", "kind"), [(w, k) for w in BEFORE for k in KINDS if not (k == "folder" and w in FOLDERS_TOO)]
)
def test_what_is_no_regular_file_is_said_and_not_opened(
    what: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.toml").write_text('[outcome]\ntime = "t"\nevent = "e"\nunit = "months"\n', encoding="utf-8")
    (tmp_path / "curve.csv").write_text("time,survival\n0,1\n5,0.5\n", encoding="utf-8")
    write_volume(tmp_path / "a.nii", GRID, np.full(GRID.shape_zyx, 1e6, dtype=np.float32))
    words = BEFORE[what]
    put(kind, tmp_path / ("PATH.nii" if "PATH.nii" in words else "PATH"))
    done = CliRunner().invoke(app, list(words))
    assert (done.exit_code, done.stdout) == (1, "")
    assert KINDS[kind] in done.stderr
