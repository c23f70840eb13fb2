"""What several rooms of tests share: where the real data lie, unpacked once."""

import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.app.services.plan import plan_case
from yttria.app.services.simulate import SimulationSettings, make_patient

SHARED = Path(__file__).resolve().parents[2] / "shared"


def once(factory: pytest.TempPathFactory, name: str) -> Path:
    """Return a folder that all workers of this session share, and no other session."""
    base = factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name


@pytest.fixture(scope="session")
def shared_data(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a finder of real data: `shared_data("ircadb01_case17_liver")` is its folder, unpacked where it is packed."""
    cache = once(tmp_path_factory, "shared-data")

    def find(name: str) -> Path:
        folder = SHARED / "data" / name
        if not folder.is_dir():
            pytest.skip(f"real data {name} is absent: it lies beside the repository and is never copied into it")
        archive = folder / f"{name}.tar.xz"
        if not archive.exists():
            return folder
        cache.mkdir(exist_ok=True)
        with FileLock(cache / f"{name}.lock"):
            if not (done := cache / f"{name}.done").exists():
                with tarfile.open(archive) as tar:
                    tar.extractall(cache / name, filter="data")
                done.touch()
        return cache / name

    return find


@pytest.fixture(scope="session")
def digital_patient(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the digital patient: patient/ (DICOM, case.toml) and truth.json, made once a session. Read it only."""
    place = once(tmp_path_factory, "digital-patient")
    place.mkdir(exist_ok=True)
    with FileLock(place / "making.lock"):
        if not (done := place / "made").exists():
            make_patient(place, SimulationSettings(seed=1))
            done.touch()
    return place


@pytest.fixture(scope="session")
def planned_patient(digital_patient: Path) -> Path:
    """Return the folder plan/ of the digital patient as `yttria plan --out` writes it, made once a session. Read it only."""
    out = digital_patient / "plan"
    with FileLock(digital_patient / "planning.lock"):
        if not out.exists():
            plan_case(digital_patient / "patient", out)
    return out


@pytest.fixture(scope="session")
def typed_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with demo/ and what `yttria demo --json` printed (document.json, progress.txt), typed once a session. Read it only."""
    place = once(tmp_path_factory, "typed-demo")
    place.mkdir(exist_ok=True)
    with FileLock(place / "making.lock"):
        if not (document := place / "document.json").exists():
            ran = CliRunner().invoke(app, ["demo", "--out", str(place / "demo"), "--json"])
            assert ran.exit_code == 0, ran.stderr
            (place / "progress.txt").write_text(ran.stderr, encoding="utf-8")
            document.write_text(ran.stdout, encoding="utf-8")
    return place
