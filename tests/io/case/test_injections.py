"""[[injections]] of a case: what cannot be planned is refused with what to write, and each gets what it treats."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from yttria.io.case.case_file import Case
from yttria.io.case.injections import (
    injections_of,
    is_case_file,
    require_injections,
    with_perfused_files,
    with_perfused_roles,
    with_stated,
)
from yttria.values.errors import IntakeError, QuantityError
from yttria.values.grid import Grid
from yttria.values.injection import NO_ACTIVITY, Injection
from yttria.values.maps import Voi
from yttria.values.patient import PlanningOptions
from yttria.values.product import Product
from yttria.values.treatment import Administration
from yttria.values.units import Bq, Share

GRID = Grid.aligned((2, 2, 2), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(0, 0, 0))
ONE, TWO = datetime(2026, 3, 1, 9, tzinfo=UTC), datetime(2026, 3, 1, 11, tzinfo=UTC)


def case(*injections: dict[str, Any], **sections: Any) -> Case:
    return Case.model_validate({"injections": list(injections), **sections})


def voi(name: str, role: str = "perfused") -> Voi:
    return Voi(name, role, GRID, np.ones((2, 2, 2), dtype=np.float32))


RIGHT, LEFT = {"name": "right", "perfused": "Right"}, {"name": "left", "perfused": "Left"}


def test_two_that_treat_a_structure_each_are_planned() -> None:
    require_injections(case(RIGHT, LEFT))
    require_injections(case(RIGHT | {"emission": "a"}, LEFT | {"emission": "b"}))
    require_injections(case({"name": "only"}))
    require_injections(case())


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (case(RIGHT, RIGHT | {"name": " Right "}), '" ?[Rr]ight ?" stands twice; rename one'),
        (case(RIGHT, LEFT | {"emission": "b"}), '"right" name none and others do; give each its emission, or none'),
        (case(RIGHT, LEFT, dose={"calibration": "absolute"}), r'\[dose\] calibration is "absolute"; leave it out'),
        (case(RIGHT, {"name": "left"}), '"left" has no perfused; name its structure'),
        (
            case(RIGHT, LEFT, given={"activity_gbq": 1, "at": "2026-03-01T09:00+00:00"}),
            r'must be stated once, by injection, but \[given\] stands beside \[\[injections\]\]; write it as .*"right" given',
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_planned_is_refused_with_what_to_write(made: Case, words: str) -> None:
    with pytest.raises(IntakeError, match=words):
        require_injections(made)


def test_an_image_of_what_was_delivered_is_not_divided() -> None:
    require_injections(case(RIGHT, {"name": "left"}, dose={"calibration": "absolute"}), delivered=True)


def test_one_injection_may_leave_what_was_given_to_the_case_but_not_state_it_twice() -> None:
    given = {"activity_gbq": 1, "at": "2026-03-01T09:00+00:00"}
    require_injections(case(RIGHT, given=given))
    with pytest.raises(IntakeError, match="must be stated once"):
        require_injections(case(RIGHT | {"given": given}, given=given))


def test_files_that_injections_treat_are_those_of_the_case(tmp_path: Path) -> None:
    (tmp_path / "r.nrrd").touch()
    made = with_perfused_files(case(RIGHT | {"perfused": "r.nrrd"}, LEFT), tmp_path)
    assert made.files.perfused == ["r.nrrd"]
    assert with_perfused_files(case({"name": "only"}), tmp_path).files.perfused is None
    with pytest.raises(
        IntakeError, match=r'\[files\] perfused names "x.nrrd", which none of \[\[injections\]\] treats'
    ):
        with_perfused_files(case(RIGHT, LEFT, files={"perfused": ["x.nrrd"]}), tmp_path)


def test_structures_that_injections_treat_are_perfused(tmp_path: Path) -> None:
    made = with_perfused_roles(
        case(RIGHT | {"perfused": [" RIGHT "]}, LEFT, roles={"Left": "liver"}), tmp_path, ["Right", "Left"]
    )
    assert made.roles == {"left": ["liver", "perfused"], "right": ["perfused"]}
    again = with_perfused_roles(made, tmp_path, ["Right", "Left"])
    assert again.roles == made.roles


@pytest.mark.parametrize(
    ("roles", "perfused", "words"),
    [
        (
            {},
            "Rigth",
            r'"right" perfused names "Rigth", but no structure and no file is called so; nearest are: "Right"',
        ),
        ({"Right": "ignore"}, "Right", r'treats "Right", but \[roles\] ignores it; take one of both lines out'),
        ({"Left": "perfused"}, "Right", r'\[roles\] calls "Left" perfused, but none of \[\[injections\]\] treats it'),
    ],
)
def test_a_structure_that_is_not_there_ignored_or_idle_is_refused(
    roles: dict[str, str], perfused: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(IntakeError, match=words):
        with_perfused_roles(case({"name": "right", "perfused": perfused}, roles=roles), tmp_path, ["Right", "Left"])


def test_a_name_is_a_file_of_the_case_with_a_label_or_without(tmp_path: Path) -> None:
    (tmp_path / "mask.nrrd").touch()
    assert [is_case_file(tmp_path, w) for w in ("mask.nrrd", "mask.nrrd#2", " mask.nrrd ", "Right", ".", "", "#2")] == [
        True, True, True, False, False, False, False,
    ]  # fmt: skip


def test_each_injection_gets_its_structures_and_what_is_decided_of_it(tmp_path: Path) -> None:
    made = case(
        RIGHT | {"perfused": ["set/Right", "Third#2"], "shunt_fraction": 0.05, "least_gbq": 0.5, "session": "2"},
        LEFT | {"given": {"activity_gbq": 1.25, "at": "2026-03-01T09:00+00:00"}},
    )
    structures = [voi("Right"), voi("Left"), voi("Third"), voi("Right", "liver")]
    right, left = injections_of(made, tmp_path, structures, [], {})
    assert [v.name for v in right.perfused] == ["Right", "Third"]
    assert [v.role for v in right.perfused] == ["perfused", "perfused"]
    assert (right.shunt_fraction, right.least_bq, right.session, right.given) == (0.05, 0.5e9, "2", None)
    assert [v.name for v in left.perfused] == ["Left"]
    assert left.given == Administration(Bq(1.25e9), ONE)
    assert (left.shunt_fraction, left.least_bq, left.session) == (None, NO_ACTIVITY, "1")


@pytest.mark.parametrize(
    ("key", "value"), [("shunt_fraction", 1.01), ("shunt_fraction", -0.01), ("least_gbq", 0), ("least_gbq", -1)]
)
def test_a_shunt_or_a_least_activity_that_makes_no_sense_is_refused(key: str, value: float, tmp_path: Path) -> None:
    with pytest.raises(QuantityError, match=rf'\[\[injections\]\] "right" {key}'):
        injections_of(case(RIGHT | {key: value}), tmp_path, [voi("Right")], [], {})


GLASS = Product.named("glass")
CHOICES = PlanningOptions(GLASS, GLASS.nuclide, shunt_fraction=Share(0.1))


def test_what_the_only_injection_states_is_what_the_case_decides() -> None:
    given = Administration(Bq(2e9), ONE)
    only = Injection("a", shunt_fraction=Share(0.03), given=given)
    stated = with_stated(CHOICES, [only])
    assert (stated.shunt_fraction, stated.given) == (0.03, given)
    silent = with_stated(CHOICES, [Injection("a")])
    assert (silent.shunt_fraction, silent.given) == (0.1, None)
    assert with_stated(CHOICES, [only, Injection("b")]) is CHOICES


def test_what_was_delivered_of_several_is_their_sum_at_the_first_instant() -> None:
    two = [Injection("a", given=Administration(Bq(2e9), TWO)), Injection("b", given=Administration(Bq(1e9), ONE))]
    assert with_stated(CHOICES, two, delivered=True).given == Administration(Bq(3e9), ONE)
    assert with_stated(CHOICES, [two[0], Injection("b")], delivered=True) is CHOICES
    untimed = [two[0], Injection("b", given=Administration(Bq(1e9), None))]
    assert with_stated(CHOICES, untimed, delivered=True).given == Administration(Bq(3e9), None)
