"""What a study's document is made from: its unit, its arms, and why many levels are not drawn."""

from dataclasses import replace

from tests.report.study.analysed_study import ASKED

from yttria.report.study.study_paper import MOST_LEVELS, StudyPaper, arm_column, undrawn_words
from yttria.values.protocol import OutcomeColumns


def test_unit_and_arms_are_those_of_the_protocol(whole: StudyPaper) -> None:
    assert (whole.unit, arm_column(whole)) == ("months", "arm")
    bare = replace(whole, protocol=replace(ASKED, outcome=OutcomeColumns("os", "dead"), arms=None))
    assert (bare.unit, arm_column(bare)) == ("", "")


def test_a_factor_of_too_many_levels_says_how_many_and_where_they_stand(whole: StudyPaper) -> None:
    words = undrawn_words(whole, "pvt", range(MOST_LEVELS + 1))
    assert MOST_LEVELS == 6
    assert words.startswith(
        "Curves by portal vein thrombosis are not drawn: it has 7 levels, and a figure tells no more than 6 curves apart"
    )
