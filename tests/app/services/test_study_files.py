"""app.services.study_files: the paper of a study in files, and what a run without it does not load."""

import subprocess
import sys
from pathlib import Path

import pytest

from yttria.app.services.analyse import study_of
from yttria.app.services.study_files import published_of, write_paper


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trial")
    (folder / "cohort.csv").write_text(
        "os,dead,arm\n" + "\n".join(f"{t},{t % 3 > 0:d},{'ab'[t % 2]}" for t in range(1, 25)) + "\n"
    )
    (folder / "protocol.toml").write_text(
        '[outcome]\ntime = "os"\nevent = "dead"\nunit = "months"\n[arms]\ncolumn = "arm"\ntreated = "b"\ncontrol = "a"\n[km]\nby = ["arm"]\n'
    )
    return folder


def test_a_paper_is_written_whole_with_the_figures_of_the_kinds_asked_for(trial: Path, tmp_path: Path) -> None:
    study = study_of(trial / "protocol.toml", trial / "cohort.csv")
    heard: list[str] = []
    published = published_of((), "a source", ())
    names = write_paper(
        study.analysis,
        study.cohort,
        study.protocol,
        tmp_path,
        published=published,
        kinds=("svg",),
        progress=heard.append,
    )
    assert all((tmp_path / name).exists() for name in names)
    assert {path.suffix for path in (tmp_path / "figures").iterdir()} == {".svg"}
    assert heard[0] == "report"
    assert "printed numbers beside ours" in (tmp_path / "published.html").read_text()


def test_a_study_without_a_report_loads_no_report_no_figure_and_no_compiler(trial: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from yttria.app.services.analyse import run; from yttria.contract.study import AnalyseRequest as R; "
        f"run(R(protocol=Path({str(trial / 'protocol.toml')!r}), cohort=Path({str(trial / 'cohort.csv')!r}), out=Path({str(tmp_path / 'out')!r})), report=False); "
        "print(*(n for n in sys.modules if n.startswith(('matplotlib', 'typst', 'numba', 'scipy.stats', 'scipy.linalg', 'docx', 'yttria.report.study.document'))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
    assert (tmp_path / "out" / "result.json").is_file()
