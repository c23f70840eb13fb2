"""What several rooms of tests share: where the real data lie, unpacked once."""

import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from yttria.app.simulate import Wish, make_patient

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared_data(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a finder of real data: `shared_data("ircadb01_case17_liver")` is its folder, unpacked where it is packed."""
    cache = tmp_path_factory.getbasetemp().parent / "shared-data"

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
    place = tmp_path_factory.getbasetemp().parent / "digital-patient"
    place.mkdir(exist_ok=True)
    with FileLock(place / "making.lock"):
        if not (done := place / "made").exists():
            make_patient(place, Wish(seed=1))
            done.touch()
    return place
