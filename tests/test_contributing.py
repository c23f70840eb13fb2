"""What meets who contributes: hooks, templates and the versions of Python say what the gate does."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml"))


def test_the_hook_of_a_commit_is_the_check_of_the_gate() -> None:
    config, run = (ROOT / ".pre-commit-config.yaml").read_text(), (ROOT / "run").read_text()
    assert "entry: ./run check\n" in config
    checks = re.search(r"^checks\(\) \{\n(.*?)^\}", run, re.MULTILINE | re.DOTALL)
    assert checks is not None
    assert checks[1].split("\n")[:-1] == [
        "    ruff format --check .",
        "    ruff check .",
        "    mypy",
        "    lint-imports",
    ]
    assert run.count("        checks\n") + run.count("        checks ;;") == 2  # test and check


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_no_template_takes_a_report_without_a_word_on_patient_data(template: Path) -> None:
    last = template.read_text().rpartition("  - type: checkboxes")[2]
    assert "Nothing here comes from a patient's file" in last
    assert "required: true" in last


def test_there_is_a_template_for_numbers_inputs_and_proposals() -> None:
    assert [t.stem for t in TEMPLATES] == ["proposal", "refusal-or-failure", "wrong-number"]


def test_no_version_of_python_is_promised_that_the_gate_does_not_know() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    known = re.search(r'^versions="(.*)"$', (ROOT / "run").read_text(), re.MULTILINE)
    assert known is not None
    named = [c.rpartition(" ")[2] for c in project["classifiers"] if re.search(r":: 3\.\d+$", c)]
    assert named == known[1].split()[: len(named)]
    assert len(named) >= 3
    assert project["requires-python"] == f">={named[0]}"


def test_a_version_that_the_gate_does_not_know_is_refused() -> None:
    done = subprocess.run([ROOT / "run", "test", "--python", "2.7"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "expected one of 3.11 3.12 3.13 3.14 or all, found 2.7\n"


@pytest.mark.parametrize(("content", "status"), [(b"\0" * 128 + b"DICM", 1), (b"\0" * 127 + b"DICM", 0), (b"", 0)])
def test_dicom_is_refused_whatever_its_name(content: bytes, status: int, tmp_path: Path) -> None:
    file = tmp_path / "picture.bin"
    file.write_bytes(content)
    hook = subprocess.run([ROOT / "scripts" / "refuse_dicom.sh", file], capture_output=True, text=True, check=False)
    assert hook.returncode == status
    assert ("is DICOM" in hook.stderr) is bool(status)
