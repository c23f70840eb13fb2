"""scripts.benchmarks: the programs listed by name, and the page made of what they print."""

import subprocess
from pathlib import Path

import pytest

from scripts import benchmarks

ROOT = Path(__file__).resolve().parents[2]
QUICK = '''"""How fast nothing is, beside nothing.

Each does nothing.
"""
from shelf import SEEN
if __name__ == "__main__":
    print("| task | ours |\\n|---|---|\\n| nothing | " + SEEN + " |")
'''
FAILING = '''"""A claim that does not hold."""
if __name__ == "__main__":
    print("found 3 s")
    raise SystemExit("expected 1 s")
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "benchmarks"
    place.mkdir()
    (place / "quick.py").write_text(QUICK)
    (place / "shelf.py").write_text('"""What programs share; no program."""\nSEEN = "1 ms"\n')
    return place


def test_a_file_that_only_programs_import_is_not_listed(folder: Path) -> None:
    assert benchmarks.listing(benchmarks.programs(folder)) == "quick  How fast nothing is, beside nothing."


def test_the_page_holds_each_docstring_and_what_each_program_printed(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "speed.md"
    page.write_text("an older page")
    assert benchmarks.run_all(benchmarks.programs(folder), page, tell=lambda _: None) == 0
    text = page.read_text()
    assert text.startswith(benchmarks.HEAD)
    assert text.endswith(
        "## How fast nothing is, beside nothing.\n\n`./run bench quick`\n\nEach does nothing.\n\n"
        "| task | ours |\n|---|---|\n| nothing | 1 ms |\n"
    )
    assert sorted(p.name for p in tmp_path.iterdir()) == ["benchmarks", "speed.md"]


def test_a_program_that_fails_is_on_the_page_and_ends_the_run_with_1(folder: Path, tmp_path: Path) -> None:
    (folder / "claim.py").write_text(FAILING)
    told: list[object] = []
    assert benchmarks.run_all(benchmarks.programs(folder), tmp_path / "speed.md", tell=told.append) == 1
    text = (tmp_path / "speed.md").read_text()
    assert "found 3 s\n\n**This program ended with status 1.**" in text
    assert "| nothing | 1 ms |" in text
    assert told[-1] == "failed: claim; the page says so"


def test_every_program_of_ours_is_listed_and_says_what_it_measures() -> None:
    done = subprocess.run([ROOT / "run", "bench"], capture_output=True, text=True, check=True)
    lines = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert {"evidence_speed", "injection_speed", "patient_speed", "reading_speed", "trial_simulation"} <= set(lines)
    assert not {"peers", "race", "spheres"} & set(lines)
    assert all(len(title) > 20 for title in lines.values())


def test_a_program_that_is_not_there_is_refused_before_anything_is_set_up() -> None:
    done = subprocess.run([ROOT / "run", "bench", "nonsense"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "expected a program of benchmarks/, found nonsense; ./run bench lists them\n"


def test_a_program_that_does_not_end_is_ended_with_all_that_it_started_and_the_page_says_so(
    folder: Path, tmp_path: Path
) -> None:
    (folder / "endless.py").write_text(
        '"""Never done."""\nimport subprocess, sys\nif __name__ == "__main__":\n    print("| so far |")\n'
        '    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])\n'
        '    print(f"child {child.pid} of it")\n    child.wait()\n'
    )
    told: list[object] = []
    assert benchmarks.run_all(benchmarks.programs(folder), tmp_path / "speed.md", tell=told.append, allowed_s=3) == 1
    text = (tmp_path / "speed.md").read_text()
    assert "| so far |" in text
    assert "**This program was ended after 3 s.**" in text
    assert "| nothing | 1 ms |" in text
    child = int(text.split("child ")[1].split(" of it")[0])
    status = Path(f"/proc/{child}/stat")
    assert not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] == "Z"
