"""`yttria calc two-by-two | proportion | consistency`: the statistics of one table, by the names of their tests."""

from yttria.app.cli.calc import calc
from yttria.app.cli.output import answer
from yttria.app.cli.request import request_command
from yttria.contract.statistic_calculations import ConsistencyRequest, ProportionRequest, TwoByTwoRequest


@request_command(calc, TwoByTwoRequest, name="two-by-two", epilog="Example: yttria calc two-by-two --a 20,28 --b 10,28")
def two_by_two(request: TwoByTwoRequest, as_json: bool) -> None:
    """Two groups with and without an event: effects with limits, exact and asymptotic tests."""
    from yttria.app.services.table_statistics import run_two_by_two

    answer("calc", run_two_by_two(request), as_json=as_json)


@request_command(calc, ProportionRequest, epilog="Example: yttria calc proportion --events 143 --n 162")
def proportion(request: ProportionRequest, as_json: bool) -> None:
    """A share with Wilson's and with exact (Clopper-Pearson) limits."""
    from yttria.app.services.table_statistics import run_proportion

    answer("calc", run_proportion(request), as_json=as_json)


@request_command(
    calc,
    ConsistencyRequest,
    epilog="Example: yttria calc consistency --delivered-mci 9.2,8.92 --prescribed-mci 11.9,11.9 --claimed-underdose-percent 22.48,30.03",
)
def consistency(request: ConsistencyRequest, as_json: bool) -> None:
    """Whether claimed underdoses follow from the activities that they are said of."""
    from yttria.app.services.table_statistics import run_consistency

    answer("calc", run_consistency(request), as_json=as_json)
