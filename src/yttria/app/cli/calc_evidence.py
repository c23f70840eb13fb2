"""`yttria calc two-by-two | proportion | consistency`: the statistics of one table, by the names of their tests."""

import math
from typing import TYPE_CHECKING, Annotated

import typer

from yttria.app.cli.calc import Json, calc
from yttria.app.cli.output import answer, refusals
from yttria.values.errors import Finding, IntakeError

if TYPE_CHECKING:
    from yttria.evidence.published.rounding import Printed

Level = Annotated[float, typer.Option(help="Coverage of the limits.")]


@calc.command("two-by-two", epilog="Example: yttria calc two-by-two --a 20,28 --b 10,28")
def two_by_two(
    a: Annotated[str, typer.Option(help="First group: events,n.")],
    b: Annotated[str, typer.Option(help="Second group: events,n.")],
    level: Level = 0.95,
    as_json: Json = False,
) -> None:
    """Two groups with and without an event: effects with limits, exact and asymptotic tests."""
    with refusals():
        from yttria.evidence.descriptive.proportions import Proportion, TwoByTwo

        table = TwoByTwo(Proportion(*_counts(a, "--a")), Proportion(*_counts(b, "--b")))
        chi2, p = table.pearson()
        yates, yates_p = table.pearson(continuity=True)
        result: dict[str, object] = {"kind": "two-by-two"}
        for name, group in (("a", table.a), ("b", table.b)):
            low, high = group.wilson(level)
            result |= {
                f"percent_{name}": 100 * group.share,
                f"percent_{name}_low": 100 * low,
                f"percent_{name}_high": 100 * high,
            }
        result |= {
            "pearson_chi2": chi2,
            "df": 1,
            "p": p,
            "p_test": "Pearson chi-squared, no continuity correction",
            "yates_chi2": yates,
            "yates_p": yates_p,
            "fisher_p": table.fisher_p(),
        }
        doubts = _least_expected(table.least_expected)
        for name, effect in (
            ("odds_ratio_conditional", table.conditional_odds_ratio(level)),
            ("risk_difference", table.risk_difference(level)),
            ("risk_ratio", table.risk_ratio(level)),
        ):
            result |= {name: effect[0], f"{name}_low": effect[1], f"{name}_high": effect[2]}
        result |= {"least_expected": table.least_expected, "level": level}
        missing = [k for k, v in result.items() if isinstance(v, float) and not math.isfinite(v)]
        answer("calc", result | dict.fromkeys(missing), [*doubts, *_unbounded(missing)], as_json=as_json)


@calc.command(epilog="Example: yttria calc proportion --events 143 --n 162")
def proportion(
    events: Annotated[float, typer.Option(help="How many had the event.")],
    n: Annotated[float, typer.Option(help="Of how many.")],
    level: Level = 0.95,
    as_json: Json = False,
) -> None:
    """A share with Wilson's and with exact (Clopper-Pearson) limits."""
    with refusals():
        from yttria.evidence.descriptive.proportions import Proportion

        share = Proportion(_whole(events, "--events"), _whole(n, "--n"))
        wilson, exact = share.wilson(level), share.clopper_pearson(level)
        result = {
            "kind": "proportion",
            "percent": 100 * share.share,
            "wilson_low": 100 * wilson[0],
            "wilson_high": 100 * wilson[1],
            "exact_low": 100 * exact[0],
            "exact_high": 100 * exact[1],
            "level": level,
        }
        answer("calc", result, as_json=as_json)


@calc.command(
    epilog="Example: yttria calc consistency --delivered-mci 9.2,8.92 --prescribed-mci 11.9,11.9 --claimed-underdose-percent 22.48,30.03"
)
def consistency(
    delivered_mci: Annotated[str, typer.Option(help="Activities delivered, with commas, as printed.")],
    prescribed_mci: Annotated[str, typer.Option(help="Activities prescribed, in the same order and unit.")],
    claimed_underdose_percent: Annotated[str, typer.Option(help="Underdoses claimed, per cent, in the same order.")],
    tolerance: Annotated[
        float, typer.Option(help="Relative difference let pass beyond what rounding explains.")
    ] = 0.02,
    as_json: Json = False,
) -> None:
    """Whether claimed underdoses follow from the activities that they are said of."""
    with refusals():
        from yttria.evidence.published.delivered_activity import delivered_activity

        rows = list(zip(*_printed(
            delivered_mci=delivered_mci,
            prescribed_mci=prescribed_mci,
            claimed_underdose_percent=claimed_underdose_percent,
        ), strict=True))  # fmt: skip
        found = [delivered_activity(given, asked, claim, tolerance=tolerance) for given, asked, claim in rows]
        doubts = [
            Finding(
                "warning",
                "underdose-inconsistent",
                f"an underdose of {row.claimed.text} % is claimed, but {given.text} of {asked.text} is {row.computed:.2f} % "
                f"({row.low:.2f} to {row.high:.2f} with rounding); ask which of the three numbers is wrong",
            )
            for row, (given, asked, _) in zip(found, rows, strict=True)
            if not row.consistent
        ]
        result = {
            "kind": "consistency",
            "consistent": [row.consistent for row in found],
            "computed_underdose_percent": [row.computed for row in found],
            "possible_low_percent": [row.low for row in found],
            "possible_high_percent": [row.high for row in found],
            "tolerance": tolerance,
        }
        answer("calc", result, doubts, as_json=as_json)


def _whole(value: float, option: str) -> int:
    """Return a count.

    Raises
    ------
    IntakeError
        Not a whole number.
    """
    if not math.isfinite(value) or value != int(value):
        raise IntakeError(f"{option} must be a whole number, but is {value:g}; give a count, not a share")
    return int(value)


def _counts(text: str, option: str) -> tuple[int, int]:
    """Return events and n of one group from "20,28".

    Raises
    ------
    IntakeError
        Not two whole numbers.
    """
    words = text.split(",")
    if len(words) != 2:
        raise IntakeError(f"{option} must be events,n as 20,28, but is {text!r}; give two whole numbers")
    try:
        events, n = (float(word) for word in words)
    except ValueError:
        raise IntakeError(f"{option} must be events,n as 20,28, but is {text!r}; give two whole numbers") from None
    return _whole(events, option), _whole(n, option)


def _printed(**texts: str) -> "list[list[Printed]]":
    """Return lists of printed numbers, equally long.

    Raises
    ------
    IntakeError
        Lists of different lengths.
    """
    from yttria.evidence.published.rounding import Printed

    lists = {name: [Printed.of(word) for word in text.split(",")] for name, text in texts.items()}
    if len({len(column) for column in lists.values()}) != 1:
        found = ", ".join(f"--{name.replace('_', '-')} {len(column)}" for name, column in lists.items())
        raise IntakeError(f"the lists must be equally long, but hold {found}; give one number a treatment in each")
    return list(lists.values())


def _least_expected(expected: float) -> list[Finding]:
    if expected >= 5:
        return []
    return [
        Finding(
            "warning",
            "expected-count-small",
            f"the smallest expected count is {expected:.2g}, below 5, so the chi-squared P is not trusted; use fisher_p",
        )
    ]


def _unbounded(missing: list[str]) -> list[Finding]:
    """Return why an effect has no number or no limit: an empty cell."""
    if not missing:
        return []
    return [
        Finding(
            "note",
            "effect-unbounded",
            f"{', '.join(missing)} are null: a group has no event, or all of it had one; read the risk difference instead",
        )
    ]
