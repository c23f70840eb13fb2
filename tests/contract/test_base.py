"""contract.base: parts of a result are typed, refuse unknown keys, and say null only where somebody looked."""

import ast
from pathlib import Path

import pytest
from pydantic import ValidationError

import yttria.contract
from yttria.contract.base import Absent, Number, Request, StatedKeys

FOLDER = Path(yttria.contract.__path__[0])


class Lesion(StatedKeys):
    """A lesion."""

    volume_ml: float
    dose_gy: Number = None
    name: Absent[str] = None


class LesionRequest(Request):
    """A lesion to be measured."""

    image: Path
    other: Path | None = None
    out: Path | None = None
    k: float = 1.0


def test_a_key_is_null_where_it_is_stated_and_absent_where_it_is_not() -> None:
    whole = Lesion(volume_ml=2, dose_gy=float("nan"))
    assert whole.model_dump() == {"volume_ml": 2, "dose_gy": None}
    assert whole.without("dose_gy").model_dump() == {"volume_ml": 2}
    assert whole.without("volume_ml", "dose_gy").dose_gy is None


def test_a_key_that_a_part_does_not_have_cannot_be_left_out() -> None:
    with pytest.raises(KeyError, match="dose_cgy"):
        Lesion(volume_ml=2).without("dose_cgy")


def test_a_key_that_a_part_does_not_have_cannot_be_given() -> None:
    with pytest.raises(ValidationError, match="dose_cgy"):
        Lesion.model_validate({"volume_ml": 2, "dose_cgy": 1})


def test_the_inputs_of_a_request_are_its_paths_but_for_what_is_written() -> None:
    asked = LesionRequest(image=Path("a.nii"), other=Path("b.nii"), out=Path("c.nii"))
    assert asked.input_paths == (Path("a.nii"), Path("b.nii"))
    assert LesionRequest(image=Path("a.nii")).input_paths == (Path("a.nii"),)


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.py")), ids=lambda path: path.name)
def test_the_contract_names_the_type_of_everything_that_it_holds(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    maps = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Subscript)]
    assert "Any" not in names
    assert not [text for text in maps if text.replace(" ", "") in {"dict[str,object]", "list[object]"}]
