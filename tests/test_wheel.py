"""What is installed is whole: a wheel in an empty environment, far from the source, does the main job with the same numbers."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from yttria import __version__

ROOT = Path(__file__).resolve().parents[1]
UV = ROOT / ".tools" / "bin" / "uv"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True)
    (made,) = folder.glob("*.whl")
    return made


def test_the_wheel_holds_every_file_of_the_package_and_nothing_beside_it(wheel: Path) -> None:
    source = ROOT / "src"
    files = {p.relative_to(source).as_posix() for p in (source / "yttria").rglob("*") if p.is_file()}
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert inside == {name for name in files if "__pycache__" not in name}


@pytest.mark.skipif(not UV.exists(), reason="uv is not in .tools: ./run sets it up")
def test_a_wheel_in_an_empty_environment_runs_the_demo_with_the_same_numbers(
    wheel: Path, planned_patient: Path, tmp_path: Path
) -> None:
    env = tmp_path / "env"
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, env], check=True)
    pins = ["--constraint", str(ROOT / "requirements" / "run.txt")]
    subprocess.run([UV, "pip", "install", "--quiet", "--python", env / "bin" / "python", *pins, wheel], check=True)

    bare = ["env", "-i", "PATH=/usr/bin:/bin", f"HOME={tmp_path / 'home'}", str(env / "bin" / "yttria")]
    version = subprocess.run([*bare, "--version"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert version.stdout == f"yttria {__version__}\n"
    done = subprocess.run([*bare, "demo", "--json"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

    out = tmp_path / "demo"
    for name in ("plan/report.pdf", "plan/report.html", "plan/dose.dcm", "trial/report.pdf", "trial/published.html"):
        assert (out / name).stat().st_size > 10_000
    told = json.loads(done.stdout)["result"]["planned_per_gbq"]
    mine = json.loads((planned_patient / "plan.json").read_text())["result"]
    assert told == pytest.approx(mine["per_gbq"], rel=1e-9)
