"""scripts.architecture: the page and the picture are what the imports say."""

import re
import textwrap
from pathlib import Path

import pytest

from scripts import architecture

ROOT = Path(__file__).resolve().parents[2]
LAW = (("app",), ("physics", "report"), ("values",))
SOURCES = {
    "app/__init__.py": "from shop.physics.dose.organ import gy\nfrom shop.values import bq\n",
    "physics/__init__.py": "",
    "physics/dose/__init__.py": "",
    "physics/dose/organ.py": "def late():\n    from shop.physics.grid.axis import mm\n",
    "physics/grid/__init__.py": "",
    "physics/grid/axis.py": "from shop.values import bq\n",
    "report/__init__.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from shop.values import bq\n",
    "values.py": "",
}


def shop(source: Path, **more: str) -> Path:
    for name, text in ({"__init__.py": ""} | SOURCES | more).items():
        path = source / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    return source


def test_the_page_and_its_picture_are_what_the_imports_say() -> None:
    stale = [p.name for p, text in architecture.drawn_files(ROOT).items() if p.read_text(encoding="utf-8") != text]
    assert not stale, f"write {', '.join(stale)} anew: ./run python -m scripts.architecture"


def test_no_arrow_of_ours_points_upward() -> None:
    drawn = architecture.picture(
        architecture.folder_imports(ROOT / "src"), architecture.floors(ROOT / "pyproject.toml")
    )
    assert drawn.count('class="arrow"') > 20
    assert "upward" not in drawn


def test_lazy_and_type_checking_imports_count(tmp_path: Path) -> None:
    imports = architecture.folder_imports(shop(tmp_path), "shop")
    assert {name: sorted(below) for name, below in imports.items()} == {
        "app": ["physics.dose", "values"],
        "physics.dose": ["physics.grid"],
        "physics.grid": ["values"],
        "report": ["values"],
        "values": [],
    }


def test_an_arrow_that_a_longer_way_says_is_left_out(tmp_path: Path) -> None:
    imports = architecture.folder_imports(shop(tmp_path), "shop")
    assert architecture.nearest(imports)["app"] == {"physics.dose"}


def test_a_folder_stands_above_what_it_imports(tmp_path: Path) -> None:
    imports = architecture.folder_imports(shop(tmp_path), "shop")
    inner, _, _ = architecture.boxes(imports, LAW)
    top = {box.name: box.y for box in inner}
    assert top["app"] < top["physics.dose"] < top["physics.grid"] < top["values"]
    assert top["report"] == top["physics.grid"]


def test_an_import_against_the_law_is_an_arrow_upward(tmp_path: Path) -> None:
    source = shop(tmp_path, **{"values.py": "def late():\n    import shop.report\n", "report/__init__.py": ""})
    drawn = architecture.picture(architecture.folder_imports(source, "shop"), LAW)
    assert len(re.findall("arrow upward", drawn)) == 1


def test_every_folder_of_the_page_says_what_it_holds() -> None:
    rows = re.findall(r"^\| `([\w.]+)` \| (.*?) \|", (ROOT / "docs" / "architecture.md").read_text(), re.MULTILINE)
    assert {"io.dicom", "values", "app.cli"} <= {name for name, _ in rows}
    assert all(said for _, said in rows)


def test_what_stands_outside_the_marks_is_kept() -> None:
    start, end = architecture.MARKS
    assert architecture.page(f"before {start} old {end} after", "new") == f"before {start}\nnew\n{end} after"


@pytest.mark.parametrize(
    ("module", "folder"),
    [("yttria", ""), ("yttria.__main__", ""), ("yttria.io.dicom.ct", "io.dicom"), ("yttria.values.grid", "values")],
)
def test_a_module_counts_to_the_folder_that_it_lies_in(module: str, folder: str) -> None:
    assert architecture.folder_of(module, frozenset({"io"})) == folder
