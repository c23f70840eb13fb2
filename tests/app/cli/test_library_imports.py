"""app.cli.library_imports and the end of a run: what is not used is not loaded, what is used is whole, and the exit status is kept."""

import subprocess
import sys
from pathlib import Path

import pytest

SET = "from yttria.app.cli.library_imports import set_library_imports; set_library_imports(); import sys; "
FIGURE = (
    "import numpy as np; from yttria.io.render.figure import svg_of; from yttria.values.document import Figure, Line, Panel; "
    "x = np.arange(9.0); print(svg_of(Figure('a', 'A', '', [Panel([Line(x, x, label='b')], 'x', 'y', legend=True)])))"
)


def printed(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_the_fortran_interface_and_the_test_tools_of_numpy_stay_unloaded_beside_scipy() -> None:
    code = "import scipy.ndimage; print(*(n for n in ('numpy.f2py.f2py2e', 'numpy.testing._private.utils') if n in sys.modules))"
    assert printed(SET + code).split() == []


def test_a_deferred_module_is_whole_once_something_of_it_is_asked_for() -> None:
    code = "import numpy as np, scipy.special; print(callable(np.f2py.run_main), round(scipy.special.ndtri(0.975), 4))"
    assert printed(SET + code).split() == ["True", "1.96"]


def test_a_figure_is_the_same_to_the_last_byte_whether_classes_are_described_or_not() -> None:
    described = printed(FIGURE)
    assert "<svg" in described
    assert printed(SET + FIGURE) == described


def test_fields_are_described_where_help_or_a_schema_is_asked_for_and_nowhere_else() -> None:
    field = "from yttria.contract.study import AnalyseRequest as R; print(R.model_fields['protocol'].description)"
    for words in (["plan", "--help"], ["schema", "analyse"], []):
        assert "TOML" in printed(SET.replace("()", f"({words})") + field)
    assert printed(SET.replace("()", "(['analyse', 'a', 'b'])") + field).split() == ["None"]


def test_a_function_of_scipy_computes_the_same_whether_its_docstring_is_written_anew_or_not() -> None:
    code = "import scipy.linalg, scipy.special as s; print(scipy.linalg.expm([[0.0, 1], [0, 0]]).tolist(), s.logsumexp([0.0, 0]))"
    described = printed(code)
    assert "1.0" in described
    assert printed(SET + code) == described


@pytest.mark.parametrize(
    ("words", "status"), [(["--version"], 0), (["plan"], 2), (["no-such-command"], 2), (["plan", "no-such-folder"], 1)]
)
def test_the_exit_status_of_a_run_is_that_of_its_command(words: list[str], status: int) -> None:
    assert (
        subprocess.run([sys.executable, "-m", "yttria", *words], capture_output=True, check=False).returncode == status
    )


def test_all_that_a_command_writes_arrives_before_the_process_ends(tmp_path: Path) -> None:
    with (tmp_path / "schema.json").open("w") as stream:
        subprocess.run([sys.executable, "-m", "yttria", "schema", "analyse"], stdout=stream, check=True)
    assert (tmp_path / "schema.json").read_text().rstrip().endswith("}")


@pytest.mark.parametrize(
    ("raised", "status"), [("SystemExit('no room')", 1), ("SystemExit", 0), ("KeyboardInterrupt", 130)]
)
def test_an_end_that_is_a_text_is_said_and_is_one(raised: str, status: int) -> None:
    code = f"import yttria.app.cli as c, yttria.app.cli.root as r\ndef app(): raise {raised}\nr.app = app\nc.main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert ("no room" in done.stderr) == (status == 1)
