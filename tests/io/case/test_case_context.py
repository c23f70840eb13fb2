"""One series for a role: the one that is named, the only one, or a refusal that says how to choose."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from yttria.io.case.case_context import CaseContext, choose, existing_path, grid_words
from yttria.io.case.case_file import Case
from yttria.io.dicom.scan import Scan, scan
from yttria.values.errors import IntakeError
from yttria.values.grid import Grid

Maker = Callable[..., Path]
TWO = np.zeros((2, 3, 3), dtype=np.int16)


@pytest.fixture
def found(make_ct: Maker, tmp_path: Path) -> Scan:
    make_ct(tmp_path / "one", TWO, SeriesDescription="Arterial")
    make_ct(tmp_path / "two", TWO, SeriesDescription="Venous")
    return scan(tmp_path)


def context(found: Scan, **case: object) -> CaseContext:
    return CaseContext(Case.model_validate(case), found.root, found)


def test_the_only_candidate_plays_the_role_and_none_where_there_is_none(found: Scan) -> None:
    assert choose(found.series[:1], set(), role="ct") is found.series[0]
    assert choose([], set(), role="ct") is None
    assert choose(found.series[:1], {"another"}, role="ct") is None


@pytest.mark.parametrize("word", ["venous", "two", "uid"])
def test_a_series_is_chosen_by_description_folder_or_uid(word: str, found: Scan) -> None:
    venous = next(s for s in found.series if s.description == "Venous")
    assert choose(found.series, {venous.uid if word == "uid" else word}, role="ct") is venous


def test_several_candidates_are_refused_with_what_to_write(found: Scan) -> None:
    with pytest.raises(
        IntakeError, match=r'one series must be the ct, but 2 could be: "Arterial" \(2 files, .*choose'
    ) as told:
        choose(found.series, set(), role="ct")
    assert str(told.value).endswith(f'[roles]\n"{found.series[0].uid}" = "ct"')


def test_names_of_a_role_are_those_that_roles_gives_it_alone_or_among_others(found: Scan) -> None:
    here = context(found, roles={" Arterial ": "ct", "Venous": ["liver", "ct"], "x": "liver"})
    assert here.named("ct") == {"arterial", "venous"}
    assert here.named("liver") == {"venous", "x"}
    assert here.named("tumour") == set()


def test_a_series_of_one_phase_is_itself_and_nothing_is_noted(found: Scan) -> None:
    here = context(found)
    assert here.phase_of(found.series[0]) is found.series[0]
    assert here.findings == []


def test_a_path_of_files_is_that_of_the_case_and_one_that_is_not_there_is_refused(found: Scan) -> None:
    assert existing_path(context(found), "one", "ct") == found.root / "one"
    with pytest.raises(IntakeError, match=r"\[files\] ct must name a file or a folder, but nothing is at three"):
        existing_path(context(found), "three", "ct")


def test_a_grid_is_told_from_x_to_z() -> None:
    grid = Grid.aligned((4, 5, 6), spacing_zyx_mm=(3.0, 0.75, 0.5), origin_lps_mm=(0, 0, 0))
    assert grid_words(grid) == "6 × 5 × 4 voxels of 0.5 × 0.75 × 3 mm"
