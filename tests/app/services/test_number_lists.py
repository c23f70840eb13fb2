"""Numbers with commas: read whole, or refused with the option and an example."""

from collections.abc import Callable
from typing import Any

import pytest

from yttria.app.services.number_lists import look_list, number_list, whole_list
from yttria.values.errors import IntakeError


def test_numbers_are_read_with_blanks_signs_and_exponents() -> None:
    assert number_list(" 0.5, 1 ,-2e1", "--x") == [0.5, 1.0, -20.0]
    assert whole_list("24,48.0", "--x") == [24, 48]
    assert look_list("34,49") == [34, 49]


@pytest.mark.parametrize(
    ("read", "text", "words"),
    [
        (lambda t: number_list(t, "--at"), "1,,2", "--at must be numbers with commas, as 0.5,1, but is '1,,2'"),
        (lambda t: number_list(t, "--at"), "1;2", "but is '1;2'"),
        (lambda t: number_list(t, "--at"), "nan", "but is 'nan'"),
        (lambda t: number_list(t, "--at"), "inf,1", "but is 'inf,1'"),
        (lambda t: whole_list(t, "--n"), "1,2.5", "--n must be whole numbers with commas, as 24,48, but is '1,2.5'"),
        (look_list, "34,34", "--look-events must be above zero and ascend, as 34,49, but are '34,34'"),
        (look_list, "49,34", "put them in order"),
        (look_list, "0,34", "must be above zero"),
    ],
)
def test_a_list_that_is_none_is_refused_with_the_option_and_an_example(
    read: Callable[[str], Any], text: str, words: str
) -> None:
    with pytest.raises(IntakeError, match=words):
        read(text)


def test_the_least_look_is_one_event() -> None:
    assert look_list("1,2") == [1, 2]
