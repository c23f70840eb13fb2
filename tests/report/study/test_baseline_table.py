"""Table 1."""

from dataclasses import replace

import numpy as np
from tests.report.study.analysed_study import ASKED, number, paper, table

from yttria.report.study.baseline_table import baseline_table


def test_a_number_that_spreads_little_has_the_decimals_that_show_it() -> None:
    columns = table(40)
    columns["offset"] = number("offset", np.linspace(-0.04, 0.05, 40))
    asked = replace(ASKED, baseline=("offset", "age"))
    made = paper(columns, asked)
    rows = baseline_table(made.result.baseline, ["SDA", "PDA"], {}).rows
    assert rows[1][1] == "0.005 (0.027)"
    assert " to " in str(rows[2][1])
    assert str(rows[4][1]).count(".") == 2
