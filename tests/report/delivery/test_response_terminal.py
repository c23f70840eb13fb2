"""Response on a terminal: counts and the endpoint of both arms as `response` itself answers them."""

import pytest
from scipy import stats

from yttria.app.services.response import run
from yttria.contract.response import ResponseRequest
from yttria.report.delivery.response_terminal import response_lines

HEAD = "patient,date,lesion,kind,longest_mm,short_mm,viable_longest_mm,viable_short_mm,arm,index\n"


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Three of four PDA and one of three evaluable SDA patients respond."""
    rows = ""
    for arm, sizes in (("PDA", (20, 30, 0, 80)), ("SDA", (30, 80, 140, None))):
        for i, size in enumerate(sizes):
            rows += f"{arm}{i},2026-01-05,L,target,80,80,80,80,{arm},1\n"
            rows += "" if size is None else f"{arm}{i},2026-04-06,L,target,{size},{size},{size},{size},{arm},1\n"
    path = tmp_path_factory.mktemp("r") / "lesions.csv"
    path.write_text(HEAD + rows, encoding="utf-8")
    result = run(ResponseRequest(lesions=path, criteria=("mrecist",), at_months=3, treated="PDA")).result
    return [
        line.replace("\u00a0", " ").replace("\u202f", " ") for line in response_lines(result, {"mrecist": "mRECIST"})
    ]


def test_best_responses_stand_in_a_row_by_word(lines: list[str]) -> None:
    assert lines[0].split() == [
        "Best",
        "response",
        "n",
        "CR",
        "PR",
        "SD",
        "PD",
        "NE",
        "CR",
        "or",
        "PR",
        "(95",
        "%",
        "CI)",
    ]
    assert lines[1].split()[:7] == ["mRECIST", "8", "1", "3", "2", "1", "1"]
    low, high = stats.binomtest(4, 8).proportion_ci(0.95, method="wilson")
    assert lines[1].endswith(f"({100 * low:.1f}–{100 * high:.1f})")


def test_each_arm_has_its_responders_of_all_and_who_is_not_evaluable(lines: list[str]) -> None:
    arms = {line.split()[0]: line for line in lines if line.startswith("  ") and " of " in line}
    assert "3 of 4" in arms["PDA"]
    assert "NE" not in arms["PDA"]
    assert arms["SDA"].rstrip().endswith(", 1 NE")


def test_the_comparison_has_the_difference_and_both_p(lines: list[str]) -> None:
    (line,) = {line for line in lines if line.startswith("  PDA less SDA")}
    assert line.startswith("  PDA less SDA: 50.0 (")
    assert line.endswith("P Fisher 0.4857, Pearson 0.1573")  # R: fisher.test, chisq.test(correct = FALSE) of 3,1,1,3


def test_no_line_is_wider_than_eighty_columns(lines: list[str]) -> None:
    assert max(map(len, lines)) <= 80
