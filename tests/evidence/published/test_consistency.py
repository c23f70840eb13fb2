"""The claims checker: silent on true prints, exact on the trial report's contradictions."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from yttria.app.services.claims import claims_of
from yttria.evidence.published.claim import Claim, claim_of
from yttria.evidence.published.consistency import Audit, audit
from yttria.evidence.regression.cox import cox
from yttria.evidence.survival.kaplan_meier import kaplan_meier
from yttria.evidence.survival.logrank import logrank
from yttria.values.cohort import TimeToEvent
from yttria.values.errors import EvidenceError


def rows(*cells: dict[str, str]) -> list[Claim]:
    return [claim_of(row, line) for line, row in enumerate(cells, start=2)]


def cut(value: float, decimals: int) -> str:
    """Truncate, as some tables do."""
    return f"{math.floor(value * 10**decimals + 1e-9) / 10**decimals:.{decimals}f}"


def printed_study(seed: int) -> Iterator[dict[str, str]]:
    """Print a simulated trial of 56 as a paper would, half of its limits truncated."""
    draw = np.random.default_rng(seed)
    arm = np.repeat([0, 1], 28)
    time = np.round(draw.exponential(np.where(arm == 1, 24.0, 12.0)) + 0.5, 1)
    outcome = TimeToEvent(np.minimum(time, 60.0), time < 60.0)
    for name, group in (("A", 0), ("B", 1)):
        km = kaplan_meier(outcome.rows(arm == group))
        for when in (12, 24, 36):
            at = km.at(when)
            if at.survival > 0:
                yield {
                    "kind": "rate", "subject": name, "n": "28", "time": str(when), "decimals": "1", "value": f"{100 * at.survival:.1f}",
                    "low": cut(100 * at.low, 1), "high": f"{100 * at.high:.1f}",
                }  # fmt: skip
        middle = [f"{x:.1f}" if math.isfinite(x) else "NR" for x in km.median]
        yield {"kind": "median", "subject": name, "n": "28", "value": middle[0], "low": middle[1], "high": middle[2]}
    fit = cox(outcome, arm[:, None].astype(float)).coefficient(0)
    test = logrank(outcome, arm).test
    assert test is not None
    ratio = {
        "kind": "hr",
        "subject": "B vs A",
        "n": "56",
        "events": str(outcome.events),
        "value": f"{fit.hr:.2f}",
        "low": f"{fit.low:.2f}",
        "high": f"{fit.high:.2f}",
    }
    yield ratio | {"p": f"{fit.p:.3g}", "test": "wald"}
    yield ratio | {"subject": "B vs A by log-rank", "p": f"{test.p:.2g}"}


@pytest.fixture(scope="module")
def trial() -> Audit:
    return audit(claims_of(Path("dosisphere")))


# laws


@pytest.mark.parametrize("seed", [*range(20), 459])  # 459: the log-rank test drifts far from Wald's
def test_a_study_printed_honestly_is_never_flagged(seed: int) -> None:
    found = audit(rows(*printed_study(seed)))
    assert [flag.message for flag in found.flags] == []


# known answers: the contradictions of the trial report, and no other


def test_every_contradiction_that_numbers_alone_can_show_is_found_with_what_would_agree(trial: Audit) -> None:
    found = {(flag.code, flag.subject): flag.agrees for flag in trial.flags}
    expected = {
        ("ratio-not-midway", "multifocal vs unifocal"): "a ratio of 2.03 (a slipped decimal point of 20.3)",
        ("ratio-not-midway", "PDA vs SDA, with PVT"): "an upper limit of 1.0 (a slipped decimal point of 0.1)",
        ("sd-impossible", "age of SDA"): "6.37",
        ("rate-impossible", "PDA at 60 months"): "16.3",
        ("rate-impossible", "not resected at 36 months"): "7.4",
        ("median-low-against-rates", "resected"): "after 24 and up to 36 months",
        ("cut-median-impossible", "PDA, censored at surgery"): "after 24 months",
        ("cut-median-impossible", "SDA, censored at surgery"): "14.9 months or less",
        ("too-few-events", "PDA vs SDA, censored at surgery"): "1.79",
        ("p-printed-twice", "PDA vs SDA"): "Wald",
        ("p-printed-twice", "TD >= 205 Gy vs < 205 Gy"): "log-rank",
        ("p-printed-twice", "PLD >= 150 Gy vs < 150 Gy"): "log-rank",
        ("number-printed-twice", "PDA"): "one half",
        ("number-printed-twice", "resected vs not resected, adjusted"): "one of the two",
        ("number-printed-twice", "portal vein invasion present, PDA"): "one of the two",
        ("percent-impossible", "portal vein invasion present, PDA"): "64.3 %",
    }
    assert set(found) == set(expected)
    for key, words in expected.items():
        assert words in found[key], key


def test_the_p_of_table_three_is_told_from_that_of_the_text(trial: Audit) -> None:
    said = {(r.claim.place, r.claim.subject): r.p_is for r in trial.readings if r.claim.kind == "hr"}
    assert said["results", "PDA vs SDA"][0] == "wald"
    assert said["Table 3", "PDA vs SDA"][0] == "logrank"
    assert said["Table 3", "Cirrhosis, yes vs no"] == ("logrank",)
    assert said["Table 3", "bilobar vs unilobar, adjusted"][0] == "wald"


def test_lower_limits_of_table_two_are_told_as_truncated(trial: Audit) -> None:
    prints = {(r.claim.subject, r.claim.time): r.prints for r in trial.readings if r.claim.kind == "rate"}
    assert prints["PLD < 150 Gy", 24]["low"] == "truncated"
    assert prints["PLD < 150 Gy", 24]["high"] == "rounded"
    assert prints["SDA", 24]["value"] == "truncated"


def test_the_response_p_is_pearsons(trial: Audit) -> None:
    (reading,) = [r for r in trial.readings if r.claim.kind == "two_by_two"]
    assert reading.p_is == ("pearson",)


# flags of other tables


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"kind": "hr", "subject": "x", "value": "0.60", "low": "0.40", "high": "0.90", "p": "0.20"}, "p-disagrees"),
        (
            {
                "kind": "hr",
                "subject": "x",
                "value": "2.40",
                "low": "0.94",
                "high": "6.12",
                "p": "0.059",
                "test": "wald",
            },
            "p-other-test",
        ),
        (
            {"kind": "hr", "subject": "x", "value": "0.60", "low": "0.45", "high": "0.80", "events": "30"},
            "too-few-events",
        ),
        ({"kind": "percent", "subject": "x", "value": "33.0", "n": "20"}, "percent-impossible"),
        ({"kind": "mean_sd", "subject": "x", "value": "5.19", "sd": "1", "n": "28", "grain": "1"}, "mean-impossible"),
        (
            {"kind": "mean_sd", "subject": "x", "value": "62.5", "sd": "6.3", "n": "28", "max": "60"},
            "mean-outside-range",
        ),
        ({"kind": "rate", "subject": "x", "value": "120", "time": "12", "n": "28"}, "rate-outside-limits"),
        (
            {
                "kind": "two_by_two",
                "subject": "x",
                "n": "28",
                "events": "20",
                "n_b": "28",
                "events_b": "10",
                "p": "0.03",
            },
            "p-disagrees",
        ),
    ],
)
def test_a_number_that_does_not_follow_is_flagged(row: dict[str, str], code: str) -> None:
    assert [flag.code for flag in audit(rows(row)).flags] == [code]


def test_a_slope_per_unit_is_not_asked_for_events() -> None:
    row = {"subject": "age, per year", "value": "1.02", "low": "1.01", "high": "1.03", "events": "30"}
    assert audit(rows(row | {"kind": "rr"})).flags == ()


@pytest.mark.parametrize(
    ("cells", "scales"),
    [
        (("0.60", "0.38", "0.95", "0.029"), ("log",)),
        (("0.60", "0.25", "0.95", "0.025"), ("plain",)),  # 0.60 -+ 1.96 x 0.1786, P by (0.60 - 1) / SE
        (("0.40", "0.11", "1.12", "0.089"), ("profile",)),  # 4 of 44 events in one group, P by the likelihood ratio
    ],
)
def test_a_ratio_with_limits_of_another_scale_is_let_pass_and_the_scale_is_named(
    cells: tuple[str, str, str, str], scales: tuple[str, ...]
) -> None:
    row = {"kind": "or", "subject": "x"} | dict(zip(("value", "low", "high", "p"), cells, strict=True))
    found = audit(rows(row))
    assert [flag.message for flag in found.flags] == []
    assert found.readings[0].scales == scales


@pytest.mark.parametrize("cells", [("0.60", "0.38", "1.15", "0.029"), ("0.60", "0.05", "0.80", "0.029")])
def test_a_ratio_that_neither_log_nor_plain_nor_profile_limits_explain_is_flagged(
    cells: tuple[str, str, str, str],
) -> None:
    row = {"kind": "hr", "subject": "x"} | dict(zip(("value", "low", "high", "p"), cells, strict=True))
    assert [flag.code for flag in audit(rows(row)).flags] == ["ratio-not-midway"]


def test_a_ratio_on_the_plain_scale_with_the_p_of_no_test_is_flagged() -> None:
    row = {"kind": "hr", "subject": "x", "value": "0.60", "low": "0.25", "high": "0.95", "p": "0.4"}
    assert [flag.code for flag in audit(rows(row)).flags] == ["p-disagrees"]


@pytest.mark.parametrize("word", ["NE", "n.e.", "Not  estimable", "NR", "n/r", "NC", "\u2212"])
def test_every_word_for_not_reached_is_read(word: str) -> None:
    row = {"kind": "median", "subject": "x", "n": "28", "value": "14.2", "low": "9.9", "high": word}
    found = audit(rows(row))
    assert found.flags == ()
    assert found.readings[0].claim.open_high


def test_a_bound_that_a_printed_rate_breaks_is_flagged_and_one_that_it_keeps_is_not() -> None:
    rate = {
        "kind": "rate",
        "subject": "SDA",
        "n": "28",
        "time": "60",
        "value": "8.9",
        "low": "2.5",
        "high": "31.5",
        "place": "Table 2",
    }
    for bound, codes in (("<10", []), ("<8", ["number-printed-twice"]), ("> 50 %", ["number-printed-twice"])):
        said = {"kind": "rate", "subject": "SDA", "n": "28", "time": "60", "value": bound, "place": "discussion"}
        for order in ((rate, said), (said, rate)):
            assert [flag.code for flag in audit(rows(*order)).flags] == codes


@pytest.mark.parametrize(
    ("bound", "printed"),
    [
        ("<10", ["<10 then 13.3"]),
        ("<13.4", []),
        ("> 50", ["17.8 then > 50"]),
        (">17.7", []),
        (">18", ["17.8 then >18"]),
    ],
)
def test_a_bound_between_two_rates_must_be_one_that_a_falling_curve_can_keep(bound: str, printed: list[str]) -> None:
    curve = (("24", "17.8", "8", "39.5"), ("60", "13.3", "5", "35.5"))
    said = {"kind": "rate", "subject": "x", "n": "28", "time": "48", "value": bound}
    rates = [
        {"kind": "rate", "subject": "x", "n": "28", "time": t, "value": v, "low": low, "high": high}
        for t, v, low, high in curve
    ]
    assert [flag.printed for flag in audit(rows(*rates, said)).flags] == printed


def test_a_bound_leaves_the_whole_patients_of_its_group_as_they_are(trial: Audit) -> None:
    assert {"SDA", "TD < 205 Gy", "PLD < 150 Gy", "not resected"} <= {
        r.claim.subject for r in trial.readings if r.claim.bound
    }
    assert [s.order for s in trial.groups["PLD < 150 Gy"].possible.solutions] == ["22d|2d|2d"]  # type: ignore[union-attr]


@pytest.mark.parametrize(("value", "flagged"), [("<4", 0), ("<0", 1), (">99", 0), (">100", 1)])
def test_a_percentage_printed_as_a_bound_needs_one_whole_number(value: str, flagged: int) -> None:
    assert len(audit(rows({"kind": "percent", "subject": "x", "value": value, "n": "28"})).flags) == flagged


# refusals


def test_an_empty_table_is_refused() -> None:
    with pytest.raises(EvidenceError, match="at least one row"):
        audit([])


def test_a_group_cut_short_needs_its_whole_group() -> None:
    row = {"kind": "median", "subject": "x", "value": "3", "of": "y", "cut_n": "2"}
    with pytest.raises(EvidenceError, match="has no rates"):
        audit(rows(row))


# groups cut short, and where their patients went


def printed_group(subject: str, n: int, dead: dict[int, int]) -> Iterator[dict[str, str]]:
    """Print the rates of a group of which nobody is censored, from its deaths by each time."""
    last = max(dead.values())
    time = [next(when for when, count in dead.items() if k < count) - 0.5 for k in range(last)] + [99.0] * (n - last)
    km = kaplan_meier(TimeToEvent(np.array(time), np.arange(n) < last))
    for when in dead:
        at = km.at(when)
        cells = {"value": at.survival, "low": at.low, "high": at.high}
        yield {"kind": "rate", "subject": subject, "n": str(n), "time": str(when), "decimals": "1"} | {
            name: f"{100 * share:.1f}" for name, share in cells.items()
        }


def cut_codes(*groups: Iterator[dict[str, str]], high: str, whole: str, cut_n: tuple[int, int]) -> list[str]:
    """Return the codes of A cut short at its entry into C, of which B too is a parent."""
    median = {"kind": "median", "unit": "months", "value": "10.8", "low": "6"}
    medians = [
        median | {"subject": "A", "high": whole},
        median | {"subject": "A cut", "high": high, "of": "A", "cut": "C", "cut_n": str(cut_n[0])},
        median | {"subject": "B cut", "high": "", "of": "B", "cut": "C", "cut_n": str(cut_n[1])},
    ]
    found = audit(rows(*(row for group in groups for row in group), *medians))
    return [flag.code for flag in found.flags if flag.subject.endswith("cut")]


@pytest.mark.parametrize(
    ("dead_of_b", "dead_of_c", "cut_n", "flagged"),
    [
        # 14 of 28 dead at 24, 11 taken out: the upper limit stays above one half if one of the 11 or more are dead by then
        ({24: 14}, {24: 1}, (11, 1), 0),  # the one dead of C may be B's
        ({24: 14}, {24: 2}, (11, 1), 1),
        ({24: 0, 25: 14}, {24: 1}, (11, 1), 1),  # nobody of B is dead: the one is A's
        ({24: 14}, {24: 2}, (11, 2), 0),  # C has 12: not those of A and B alone
        ({24: 14}, {12: 2, 24: 2}, (11, 1), 1),
        ({12: 14}, {12: 2}, (11, 1), 1),  # who is dead at 12 is so at 24
        ({36: 14}, {36: 2}, (11, 1), 0),  # and who is at 36 need not be
    ],
)
def test_who_is_dead_in_the_group_that_some_enter_bounds_what_the_rest_can_show(
    dead_of_b: dict[int, int], dead_of_c: dict[int, int], cut_n: tuple[int, int], flagged: int
) -> None:
    times = sorted({12, 24, 36} & ({24} | set(dead_of_b) | set(dead_of_c)))
    a = {when: {12: 7, 24: 14, 36: 20}[when] for when in times}
    groups = printed_group("A", 28, a), printed_group("B", 28, dead_of_b), printed_group("C", 12, dead_of_c)
    codes = cut_codes(*groups, high="22.9", whole="", cut_n=cut_n)
    assert codes == ["cut-median-impossible"] * flagged


@pytest.mark.parametrize(
    ("dead_of_b", "dead_of_c", "flagged"),
    [
        # 23 of 28 dead at 24, one taken out: the limit cannot rise above the whole group's if that one is alive then
        ({24: 23}, {24: 2}, 1),  # 5 of B are alive, 6 of C: one of them is A's
        ({24: 23}, {24: 3}, 0),
        ({24: 22}, {24: 2}, 0),  # 6 of B are alive: they may be all
        ({24: 14}, {24: 2}, 0),  # and of 14 no more than the 7 that were taken out
        ({24: 23, 36: 23}, {24: 2, 36: 7}, 1),
        ({24: 23, 36: 23}, {24: 3, 36: 3}, 0),
        ({24: 22, 36: 24}, {24: 3, 36: 3}, 1),  # who is alive at 36 is so at 24
    ],
)
def test_who_is_alive_in_the_group_that_some_enter_bounds_it_too(
    dead_of_b: dict[int, int], dead_of_c: dict[int, int], flagged: int
) -> None:
    a = dict.fromkeys(dead_of_b, 23)
    groups = printed_group("A", 28, a), printed_group("B", 28, dead_of_b), printed_group("C", 8, dead_of_c)
    codes = cut_codes(*groups, high="16.8", whole="14.9", cut_n=(1, 7))
    assert codes == ["cut-median-impossible"] * flagged


def test_a_group_cut_short_needs_how_many_were_taken_out() -> None:
    rates = list(printed_group("A", 28, {24: 14}))
    row = {"kind": "median", "subject": "x", "value": "3", "of": "A"}
    with pytest.raises(EvidenceError, match=r"^line 3: .* but 'A' has rates and cut_n is empty; add them or empty"):
        audit(rows(*rates, row))


# what each claim keeps of the checks


def test_each_claim_keeps_its_flags_its_checks_and_how_it_was_printed() -> None:
    arm = list(printed_group("A", 28, {24: 14}))
    found = audit(
        rows(
            *arm,
            {"kind": "median", "subject": "A", "value": "30"},
            {"kind": "median", "subject": "B", "value": "9"},
            {"kind": "median", "subject": "A", "value": "22"},
            {"kind": "percent", "subject": "x", "value": "34", "n": "28"},
        )
    )
    rate, late, alone, early, percent = found.readings
    assert rate.checked == ["whole patients"]
    assert rate.prints == {"value": "rounded", "low": "rounded", "high": "rounded"}
    assert (late.checked, alone.checked, early.checked) == (["against rates"], ["order"], ["against rates"])
    assert (late.scales, alone.scales) == (found.groups["A"].scales, ())
    assert percent.flagged == ["percent-impossible"]
    assert late.flagged == ["number-printed-twice"]
    assert early.flagged == ["number-printed-twice"]
    assert [flag.lines for flag in found.flags] == [(3, 5), (6,)]


def test_a_median_against_rates_is_flagged_on_its_own_line_alone() -> None:
    found = audit(rows(*printed_group("A", 28, {24: 7}), {"kind": "median", "subject": "A", "value": "20"}))
    rate, median = found.readings
    assert (rate.flagged, median.flagged) == ([], ["median-value-against-rates"])


def test_rates_of_a_group_too_large_for_whole_patients_are_asked_for_their_limits() -> None:
    row = {"kind": "rate", "subject": "A", "n": "400", "time": "24", "value": "40.0", "low": "35.2", "high": "44.8"}
    (reading,) = audit(rows(row)).readings
    assert reading.checked == ["limits"]
    assert "plain" in reading.scales
    assert reading.prints == {}


def test_a_rate_that_is_printed_as_a_bound_first_and_a_number_later_is_read_as_the_number() -> None:
    row = {"kind": "rate", "subject": "A", "n": "28", "time": "24"}
    found = audit(rows(row | {"value": "<60"}, row | {"value": "50.0", "low": "34.5", "high": "72.4"}))
    counts = found.groups["A"].counts
    assert counts is not None
    assert counts.order == "14d"


def test_a_group_of_unknown_size_has_no_more_patients_than_the_study() -> None:
    rate = {"kind": "rate", "subject": "g", "time": "24", "value": "81.8", "low": "61.9", "high": "100"}
    for size, n in (("11", 11), ("<=11", 11), ("10", None)):
        found = audit(rows(rate, {"kind": "percent", "subject": "x", "value": "100", "n": size}))
        counts = found.groups["g"].counts
        assert (counts.n if counts else None) == n
