"""The words of a report: every dose name, role and approach has one, and each says of which injection, session or lesion it is."""

from dataclasses import replace
from typing import get_args

import pytest

from yttria.report.plan.vocabulary import (
    APPROACHES,
    REPORT_NOTES,
    ROLES,
    approach_of,
    every,
    is_body_surface,
    isotope,
    option_title,
    role_words,
    volume_of,
)
from yttria.values.aims_limits import Aim
from yttria.values.patient import Result
from yttria.values.plan import Approach, Option, Plan
from yttria.values.units import Bq, Gy


def option(approach: Approach, *, aim: bool = True) -> Option:
    return Option(approach, Bq(2e9), Aim("TD", Gy(205), "s") if aim else None, {}, (), "", reached=True)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("TD", "index lesion"), ("TD_all", "all tumours"), ("TD_3", "lesion 3"), ("LD", "lungs"), ("WNLD", "whole normal liver"),
        ("NPLD[right]", "perfused normal liver of right"), ("LD[2]", "lungs of session 2"), ("PLD[a b]", "perfused liver of a b"),
    ],
)  # fmt: skip
def test_a_dose_says_of_which_volume_it_is(name: str, words: str) -> None:
    assert volume_of(name) == words


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("tumour-2", "lesion 2"),
        ("tumour", "all tumours"),
        ("perfused[left]", "perfused liver of left"),
        ("necrosis", "necrosis"),
    ],
)
def test_a_role_says_what_it_is(role: str, words: str) -> None:
    assert role_words(role) == words


def test_every_approach_has_its_word() -> None:
    assert set(APPROACHES) == set(get_args(Approach))
    assert len(set(APPROACHES.values())) == len(APPROACHES)
    assert len(set(ROLES.values())) == len(ROLES)


def test_a_label_without_an_aim_is_the_body_surface_method() -> None:
    assert approach_of(option("label", aim=False)) == "Body surface"
    assert approach_of(option("label")) == "Label formula"
    assert not is_body_surface(option("SDA", aim=False))


@pytest.mark.parametrize(
    ("name", "written"), [("Y-90", "⁹⁰Y"), ("Ho-166", "¹⁶⁶Ho"), ("Tc-99m", "⁹⁹ᵐTc"), ("none", "none")]
)
def test_a_nuclide_is_written_with_its_mass_raised(name: str, written: str) -> None:
    assert isotope(name) == written


def test_what_is_not_advised_is_never_shown_as_advice() -> None:
    plan = Plan((option("PDA"), option("given")), "PDA", "why")
    assert option_title(plan) == "PDA"
    assert option_title(replace(plan, advised=False)) == "PDA (not recommended: nothing is advised)"
    assert option_title(replace(plan, first="given", advised=False)) == "what was given"


@pytest.mark.parametrize(
    ("count", "words"),
    [(1, "the one limit"), (2, "both limits"), (3, "all three limits"), (10, "all ten limits"), (11, "all 11 limits")],
)
def test_counts_are_said_as_a_person_says_them(count: int, words: str) -> None:
    assert every(count, "limit") == words


def test_notes_whose_numbers_the_report_shows_are_notes_of_a_plan(planned: Result) -> None:
    assert {f.code for f in planned.findings if f.level == "stop"}.isdisjoint(REPORT_NOTES)
