"""app.services.demo: called from Python it gives the numbers and findings of the command line, in one process."""

import json
from pathlib import Path

from yttria.app.provenance import plain
from yttria.app.services.demo import run
from yttria.contract.simulation import DemoRequest
from yttria.io.files.output import MARK


def test_python_and_the_command_line_give_the_same_demonstration(typed_demo: Path, tmp_path: Path) -> None:
    sentences: list[str] = []
    done = run(DemoRequest(out=tmp_path / "demo"), sentences.append)
    document = json.loads(
        (typed_demo / "document.json").read_text(encoding="utf-8").replace(str(typed_demo), str(tmp_path))
    )
    assert json.loads(json.dumps(plain(done.result.model_dump()))) == document["result"]
    assert [f.code for f in done.findings] == [f["code"] for f in document["findings"]]
    assert [dict(f.values) for f in done.findings] == [f["values"] for f in document["findings"]]
    assert all(path.exists() for path in done.files)
    assert {path.name for path in done.files} == {p.name for p in (tmp_path / "demo").iterdir()} - {MARK}
    assert [sentence.split()[0] for sentence in sentences] == ["making", "planning", "following"]
