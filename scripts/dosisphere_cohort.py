"""Make the reconstructed DOSISPHERE-01 cohort: 56 individuals that print, and conclude, as the long-term report does. Not patient data.

    ./run python -m scripts.dosisphere_cohort                   writes src/yttria/data/dosisphere_reconstructed.csv; seed 12, a minute
    ./run python -m scripts.dosisphere_cohort --anew 2000000    anneals times and memberships anew first (step 2) and keeps them; some minutes

Only published numbers go in: the shipped table of claims (Garin et al., J Nucl Med 2024;65:264-269, doi:10.2967/jnumed.123.266211).

1. `yttria claims` turns the printed rates into whole patients: who died and was censored between 0, 24, 36 and 60 months in each of
   ten overlapping groups. They leave one skeleton of 56, up to exchanges inside each stretch of time.
2. Times and memberships are annealed inside that skeleton until every rate, median, hazard ratio and P prints as published, rounded or
   truncated. A number that contradicts its neighbours is left out, or replaced by the one that agrees with them.
3. Each further factor of Table 3 is placed on the patients until its own ratio prints as published and the conclusions are the report's:
   the stepwise choice keeps resection and bilobar disease alone, PDA is favoured in every subgroup, no interaction has a P below 0.15.
4. Ages, sizes and doses are drawn inside their groups until mean and SD print as published; causes of cirrhosis and BCLC stage follow
   from the counts of Table 1 and from PVT and performance.

The published numbers do not make one cohort but many: nothing about an individual may be read from this one.
"""

import argparse
import csv
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from scripts.dosisphere_models import FACTS, FIRST, PRODUCT, anneal_factor, search_few
from scripts.dosisphere_search import (
    ARM,
    MEDIAN,
    NEVER,
    PLD,
    PVT,
    RESECTED,
    TD,
    TIMES,
    Random,
    Reals,
    Wholes,
    anneal,
)
from yttria.evidence.published.claim import Claim, claim_of
from yttria.evidence.published.rounding import Printed
from yttria.io.tables.csv_text import read_sheet

DATA = Path(__file__).resolve().parents[1] / "src" / "yttria" / "data"
HEPATITIS_B = 15
"""Of the 16 with viral hepatitis (Table 1): 26.8 % of 56, printed as 26 % (discussion)."""
LABEL = "reconstructed, not patient data"
PATIENTS = 56
SEED = 12
KEPT_TABLE = Path(__file__).with_name("dosisphere_memberships.csv")
"""Times and memberships where annealing from the skeleton has ended, by several runs of which the best was taken up again."""
SHORT, LONG, FRESH, ATTEMPTS = 40_000, 200_000, 16, 160
"""Moves of a factor from a random beginning and from the best so far; attempts from random beginnings first, and in all."""
RARE = {"female": (4, 3, 5), "involved": (4, 3, 5)}
"""Factors of few: how many their limits allow. Every set of as many is tried, in this order."""
TURNS, MET = 40, 0.3
"""Times that the annealing of times and memberships is taken up again, and what the numbers of `LAST` alone leave."""
FIRM = 40.0
"""Weight of a bound: one that is broken by a patient is broken whole."""
AGAIN = (0.25, 0.5, 0.8)
"""Warmth from which the best so far is tried again, by turns."""
ORDER = (
    "bilobar", "multifocal", "cirrhosis", "afp_high", "ecog", "child", "older", "later_line", "large", "female", "involved",
)  # fmt: skip
"""Of the factors: those of the stepwise choice first, since each must lose its weight beside resection and bilobar disease."""
LAST, SOFT = frozenset({"PVT, yes vs no"}), 0.1
"""Whose upper limit and log-rank P stand back where they cannot be met beside all others, and the weight that they have."""
EDGE = 0.01
"""Part of a digit kept from the upper end of what a print can be: there truncation would give the next digit."""

# (group as the claims name it, column, value, second column, value, follow-up cut at surgery)
GROUPS = (
    ("PDA", ARM, 1, -1, 0, 0), ("SDA", ARM, 0, -1, 0, 0), ("PDA with PVT", ARM, 1, PVT, 1, 0), ("SDA with PVT", ARM, 0, PVT, 1, 0),
    ("TD >= 205 Gy", TD, 1, -1, 0, 0), ("TD < 205 Gy", TD, 0, -1, 0, 0), ("PLD >= 150 Gy", PLD, 1, -1, 0, 0), ("PLD < 150 Gy", PLD, 0, -1, 0, 0),
    ("resected", RESECTED, 1, -1, 0, 0), ("not resected", RESECTED, 0, -1, 0, 0),
    ("PDA, censored at surgery", ARM, 1, -1, 0, 1), ("SDA, censored at surgery", ARM, 0, -1, 0, 1),
)  # fmt: skip
# (contrast as the claims name it, factor, column it is restricted by, value, follow-up cut at surgery)
CONTRASTS = (
    ("PDA vs SDA", ARM, -1, 0, 0), ("PDA vs SDA, with PVT", ARM, PVT, 1, 0), ("TD >= 205 Gy vs < 205 Gy", TD, -1, 0, 0),
    ("PLD >= 150 Gy vs < 150 Gy", PLD, -1, 0, 0), ("resected vs not resected", RESECTED, -1, 0, 0), ("PVT, yes vs no", PVT, -1, 0, 0),
    ("PDA vs SDA, censored at surgery", ARM, -1, 0, 1),
)  # fmt: skip
# Numbers that `yttria claims` shows to be impossible: the one that agrees with the rest, or None to leave the cell free.
AGREEING: Mapping[tuple[str, str, float | None], str | None] = {
    ("PDA", "value", 60): "16.3",
    ("not resected", "low", 36): "7.4",
    ("resected", "low", None): None,
    ("PDA, censored at surgery", "low", None): "8.1",  # printed 8.12: set to that day afterwards
    ("PDA, censored at surgery", "high", None): None,
    ("SDA, censored at surgery", "high", None): None,
    ("PDA vs SDA, with PVT", "high", None): None,
    ("PDA vs SDA, censored at surgery", "value", None): None,
    ("PDA vs SDA, censored at surgery", "low", None): None,
    ("multifocal vs unifocal", "value", None): "2.03",
}
LATER_THAN_SAID = frozenset({"SDA"})
"""Groups said to be below 10 % at 4 years that cannot be beside the other numbers: SDA's late death lies at or beyond 48.1 months."""
RESTS = ("PDA", "discussion")
"""The median of PDA is printed twice: as the middle of the curve's flat part at one half (results) and as its first day (discussion)."""
LOGRANK = "Table 3"
"""Place whose P is the log-rank test's; in text and abstract it is Wald's (statistics behind `p-printed-twice`)."""

# time, event, arm, resected, PVT, TD (-1 missing), PLD of those who outlived 24 months: the skeleton beyond the early deaths.
# Times here are where the search starts; inside a stretch it moves all but those beyond 60 months.
LATE = (
    (1, ((26.7, 1, 1, 0, 0, 1, 0), (28.5, 1, 1, 1, 1, 1, 1), (31.2, 1, 1, 1, 0, 1, 1), (33.0, 1, 1, 0, 1, -1, 0), (34.5, 1, 0, 0, 1, 1, 1))),
    (2, ((27.5, 0, 0, 0, 1, 1, 1),)),
    (3, ((36.1, 1, 1, 0, 1, 1, 1), (36.2, 1, 1, 0, 1, 1, 0), (36.5, 1, 1, 0, 1, 0, 1), (48.1, 1, 1, 1, 1, 1, 1), (52.0, 1, 1, 0, 1, 1, 1), (55.0, 1, 0, 0, 0, 1, 0))),
    (4, ((36.4, 0, 1, 1, 0, 1, 1),)),
    (5, ((62.4, 1, 0, 0, 0, 0, 0), (63.1, 0, 1, 1, 1, 1, 1), (64.3, 0, 0, 1, 1, 1, 1), (65.8, 0, 1, 1, 0, 1, 1), (70.2, 0, 1, 1, 0, 1, 1), (73.1, 0, 1, 1, 0, 1, 1))),
)  # fmt: skip
SPANS = np.array([(2.1, 23.9), (24.1, 35.9), (24.1, 35.9), (36.1, 59.9), (36.1, 36.4), (0.0, 0.0)])
# Early deaths: 14 of PDA (2 resected later on, 10 with PVT), 23 of SDA (18 with PVT); TD 17 / 13 / 7 missing; PLD 15 / 22.
EARLY_PDA = (2.5, 3.4, 4.4, 5.3, 6.3, 7.2, 8.2, 9.1, 10.1, 11.0, 12.1, 13.4, 21.1, 22.9)
EARLY_SDA = (
    2.1, 2.6, 3.0, 3.5, 3.9, 4.3, 4.7, 5.2, 5.6, 6.0, 7.7, 8.9, 9.4, 10.6, 10.8, 11.5, 12.3, 13.1, 13.7, 14.0, 14.9, 17.6, 19.3,
)  # fmt: skip


def claims() -> list[Claim]:
    """Return the shipped table of claims."""
    sheet = read_sheet(DATA / "dosisphere_claims.csv")
    return [claim_of(dict(zip(sheet.heading, row, strict=True)), line) for line, row in sheet.rows]


def wanted(prints: Sequence[Printed], weight: float = 1.0) -> tuple[float, float, float, float]:
    """Return what a number may be to print as all of `prints`: low, high, one digit, weight; no print leaves it free."""
    if not prints:
        return 0.0, 0.0, 1.0, 0.0
    unit = min(p.unit for p in prints)
    return max(p.span[0] for p in prints), min(p.span[1] for p in prints) - EDGE * unit, unit, weight


def cell(claim: Claim, part: str) -> list[Printed]:
    """Return the print of one number, or the one that agrees in its place; nothing where the report is silent or cannot be."""
    key = (claim.subject, part, claim.time)
    if key in AGREEING:
        text = AGREEING[key]
        return [] if text is None else [Printed.of(text)]
    printed: Printed | None = getattr(claim, part)
    return [] if printed is None else [printed]


def curve_targets(table: Sequence[Claim]) -> Reals:
    """Return, for each group, what its three rates and its median may be, each with limits."""
    rows = []
    for name, *_ in GROUPS:
        found = [wanted([])] * (MEDIAN + 4)
        for claim in table:
            if claim.subject == name and claim.kind == "rate" and claim.place == "Table 2":
                place = TIMES.index(claim.time or 0.0)
                found[3 * place : 3 * place + 3] = [wanted(cell(claim, part)) for part in ("value", "low", "high")]
            if (
                claim.subject == name
                and claim.kind == "rate"
                and claim.bound is not None
                and name not in LATER_THAN_SAID
            ):
                place = 3 * TIMES.index(claim.time or 0.0)
                low, high = claim.bound.span
                found[place] = found[place] if found[place][3] else (low + EDGE, high - EDGE, 1.0, FIRM)
            if claim.subject == name and claim.kind == "median" and claim.place == "results":
                found[MEDIAN : MEDIAN + 3] = [_median(claim, part) for part in ("value", "low", "high")]
            if claim.subject == name and claim.kind == "median" and (claim.subject, claim.place) == RESTS:
                found[MEDIAN + 3] = wanted(cell(claim, "value"), 1.5)
        rows.append(found)
    return np.array(rows)


def _median(claim: Claim, part: str) -> tuple[float, float, float, float]:
    if getattr(claim, f"open_{part}"):
        return NEVER, NEVER, 1.0, 1.5
    return wanted(cell(claim, part), 1.5)


def ratio_targets(table: Sequence[Claim], name: str) -> Reals:
    """Return what a hazard ratio may be: its limits, Wald P, four free cells for a factor beside it, log-rank P."""
    rows = [claim for claim in table if claim.kind == "hr" and claim.subject == name]
    found = [wanted([p for claim in rows for p in cell(claim, part)], 2.0) for part in ("value", "low", "high")]
    wald, logrank = (_p([c for c in rows if (c.place == LOGRANK) is inside]) for inside in (False, True))
    made = np.array([*found, wald, *[wanted([])] * 4, logrank])
    if name in LAST:
        made[[2, 8], 3] = np.minimum(made[[2, 8], 3], SOFT)
    return made


def _p(rows: Sequence[Claim]) -> tuple[float, float, float, float]:
    spans = [claim.p for claim in rows if claim.p is not None]
    if not spans:
        return wanted([])
    unit = min(p.number.unit for p in spans)
    return max(p.span[0] for p in spans), min(p.span[1] for p in spans) - EDGE * unit, unit, 1.0


def skeleton(random: Random) -> tuple[Reals, Wholes, Wholes, Wholes]:
    """Return clock (end of follow-up, surgery), event, stretch and memberships to begin the search with."""
    early = [(t, 1, 0) for t in EARLY_PDA] + [(t, 0, 0) for t in EARLY_SDA]
    who = np.zeros((PATIENTS, 5), np.int64)
    time, event, stretch = np.zeros(PATIENTS), np.ones(PATIENTS, np.int64), np.zeros(PATIENTS, np.int64)
    doses = sorted(range(len(early)), key=lambda i: (-early[i][1], random.random()))
    for rank, i in enumerate(doses):
        who[i, TD], who[i, PLD] = (1 if rank < 17 else 0 if rank < 30 else -1), int(rank < 15)
    for i, (t, arm, _) in enumerate(early):
        time[i], who[i, ARM] = t, arm
    who[[11, 12], RESECTED] = 1
    for arm, count in ((1, 10), (0, 18)):
        mine = np.flatnonzero(who[: len(early), ARM] == arm)
        who[random.permutation(mine)[:count], PVT] = 1
    i = len(early)
    for part, rows in LATE:
        for t, died, *facts in rows:
            time[i], event[i], stretch[i], who[i] = t, died, part, facts
            i += 1
    return np.column_stack([time, np.full(PATIENTS, 7.05)]), event, stretch, who


SHORTEST = 2.1
"""Shortest follow-up, months (results); it is that of a death, since no censoring comes before 24 months."""
# Two numbers of the report have a second digit, or are printed in two ways: (arm, PVT or any, where the search left it, the day).
FINER = ((1, -1, (8.05, 8.2), 8.12), (0, 1, (9.35, 9.5), 9.47))


def to_the_day(clock: Reals, event: Wholes, who: Wholes) -> None:
    """Set the deaths that are a printed median or limit to the finer print: 8.12; and 9.47, printed as 9.4 and as 9.5; the first to 2.1.

    Nobody is passed, so that no rate, ratio or P changes.
    """
    before = np.argsort(clock[:, 0])
    clock[before[0], 0] = SHORTEST
    for arm, pvt, (low, high), day in FINER:
        mine = (who[:, ARM] == arm) & ((pvt < 0) | (who[:, PVT] == pvt)) & (who[:, RESECTED] == 0) & (event == 1)
        for found in np.flatnonzero(mine & (clock[:, 0] >= low) & (clock[:, 0] <= high))[:1]:
            clock[found, 0] = day
    assert (before == np.argsort(clock[:, 0])).all()


# name -> (claim, yes among PDA, yes among SDA): counts of Table 1 where it prints them, otherwise how many to begin with in all
FACTORS: Mapping[str, tuple[str, tuple[int, int] | None, int]] = {
    "female": ("sex, female vs male", None, 4),
    "older": ("Age, >65 y vs <=65 y", None, 26),
    "child": ("Child Pugh score, A6 or B7 vs A5", (6, 6), 0),
    "ecog": ("ECOG, 1 vs 0", (12, 15), 0),
    "cirrhosis": ("Cirrhosis, yes vs no", (24, 24), 0),
    "bilobar": ("bilobar vs unilobar", None, 26),
    "multifocal": ("multifocal vs unifocal", None, 28),
    "later_line": ("Treatment line, subsequent vs first", None, 12),
    "large": ("Index lesion size, >=10 cm vs <10 cm", None, 30),
    "afp_high": ("AFP, >=200 ug/L vs <200 ug/L", None, 26),
    "involved": ("Tumor involvement, >=50% vs <50%", None, 4),
}


def random_factor(name: str, who: Wholes, random: Random) -> Reals:
    """Return who has a factor to begin with: the counts of Table 1 where it has them, otherwise about as many as its limits ask."""
    _, counts, begin = FACTORS[name]
    x = np.zeros(PATIENTS)
    for arm, count in ((1, counts[0]), (0, counts[1])) if counts else ((None, begin + int(random.integers(-1, 2))),):
        mine = np.arange(PATIENTS) if arm is None else np.flatnonzero(who[:, ARM] == arm)
        x[random.permutation(mine)[:count]] = 1
    return x


def adjusted_targets(table: Sequence[Claim]) -> Reals:
    """Return what resection and, beside it, bilobar disease may be in the adjusted model."""
    free = np.array([wanted([])] * 9)
    for place, claim in ((0, "resected vs not resected, adjusted"), (4, "bilobar vs unilobar, adjusted")):
        goal = ratio_targets([c for c in table if c.place == LOGRANK], claim)
        free[place : place + 4] = [*goal[:3], goal[8]]
    return free


def numbers(
    high: Wholes, split: float, low_end: float, high_end: float, step: float, mean: float, sd: float, random: Random
) -> Reals:
    """Return numbers on the right side of a split, inside a range, whose mean and SD are those asked for, to the half of a digit."""
    lows, highs = np.where(high == 1, split, low_end), np.where(high == 1, high_end, split - step)
    value = np.clip(np.round(random.normal(mean, sd, len(high)) / step) * step, lows, highs)

    def off(v: Reals) -> float:
        return abs(float(v.mean()) - mean) + abs(float(v.std(ddof=1)) - sd)

    now = off(value)
    for _ in range(40_000):
        i = random.integers(len(high))
        trial = value.copy()
        trial[i] = np.clip(np.round((value[i] + random.normal(0, 3 * step)) / step) * step, lows[i], highs[i])
        if (then := off(trial)) <= now:
            value, now = trial, then
    return np.round(value, 6)


def etiologies(cirrhosis: Wholes, arm: Wholes, random: Random) -> list[str]:
    """Return a cause of cirrhosis for each patient, with the counts of Table 1."""
    counts = {1: (9, 7, 1, 3, 4), 0: (9, 9, 0, 3, 3)}
    names = ("alcohol", "viral hepatitis", "hemochromatosis", "NASH", "mixture")
    found = ["no cirrhosis"] * PATIENTS
    for a, numbers_of in counts.items():
        causes = [name for name, count in zip(names, numbers_of, strict=True) for _ in range(count)]
        mine = random.permutation(np.flatnonzero((arm == a) & (cirrhosis == 1)))
        for i, cause in zip(mine, causes, strict=True):
            found[i] = cause
    return found


def rows(
    clock: Reals, event: Wholes, who: Wholes, facts: Mapping[str, Wholes], seed: int
) -> Iterator[dict[str, object]]:
    """Yield one row a patient, in order of no meaning."""
    random = np.random.default_rng([seed, 99])
    arm = who[:, ARM]
    age, size = np.zeros(PATIENTS), np.zeros(PATIENTS)
    # the printed SD of SDA's age, 63.7, is impossible; 6.37, its point moved, is taken
    for a, (mean, sd), (cm, cm_sd) in ((1, (64.8, 10.1), (10.54, 2.43)), (0, (62.5, 6.37), (10.92, 2.57))):
        mine = arm == a
        age[mine] = numbers(facts["older"][mine], 66, 30, 90, 1, mean, sd, random)
        size[mine] = numbers(facts["large"][mine], 10, 7.1, 20, 0.1, cm, cm_sd, random)
    tumour = np.where(who[:, TD] == 1, random.uniform(205, 480, PATIENTS), random.uniform(70, 204, PATIENTS))
    perfused = np.where(who[:, PLD] == 1, random.uniform(150, 260, PATIENTS), random.uniform(85, 149, PATIENTS))
    afp = np.where(facts["afp_high"] == 1, random.uniform(200, 9000, PATIENTS), random.uniform(3, 199, PATIENTS))
    involved = np.where(facts["involved"] == 1, random.uniform(50, 70, PATIENTS), random.uniform(8, 49, PATIENTS))
    causes = etiologies(facts["cirrhosis"], arm, random)
    infected = set(
        random.permutation([i for i, cause in enumerate(causes) if cause == "viral hepatitis"])[:HEPATITIS_B]
    )
    for place, i in enumerate(random.permutation(PATIENTS), start=1):
        yes = {name: int(facts[name][i]) for name in facts}
        yield {
            "id": f"R{place:02d}", "label": LABEL, "arm": "PDA" if arm[i] else "SDA", "os_months": f"{clock[i, 0]:.4g}", "event": int(event[i]),
            "resected": int(who[i, RESECTED]), "resection_months": f"{min(clock[i, 1], clock[i, 0] - 0.05):.2f}".rstrip("0").rstrip(".") if who[i, RESECTED] else "",
            "td_gy": "" if who[i, TD] < 0 else f"{tumour[i]:.0f}", "pld_gy": f"{perfused[i]:.0f}", "pvt": int(who[i, PVT]),
            "sex": "female" if yes["female"] else "male", "age_years": f"{age[i]:.0f}", "child": "A6/B7" if yes["child"] else "A5", "ecog": yes["ecog"],
            "bclc": "C" if who[i, PVT] or yes["ecog"] else "B/C", "cirrhosis": yes["cirrhosis"], "etiology": causes[i], "hepatitis_b": int(i in infected), "multifocal": yes["multifocal"],
            "bilobar": yes["bilobar"], "line": "subsequent" if yes["later_line"] else "first", "size_cm": f"{size[i]:.1f}", "afp_ug_l": f"{afp[i]:.0f}",
            "involvement_percent": f"{involved[i]:.0f}",
        }  # fmt: skip


def staged(table: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return the rows with BCLC B for as many of each arm as Table 1 prints (3 and 2), C for the others."""
    for arm, count in (("PDA", 3), ("SDA", 2)):
        open_ = [row for row in table if row["arm"] == arm and row["bclc"] == "B/C"]
        for place, row in enumerate(open_):
            row["bclc"] = "B" if place < count else "C"
    return table


Goals = tuple[Wholes, Wholes, Reals, Reals, Reals, Reals]


def goals_of(table: Sequence[Claim]) -> Goals:
    """Return everything that the search is held against: groups, contrasts, and what each of their numbers may be."""
    return (
        np.array([row[1:] for row in GROUPS], np.int64),
        np.array([row[1:] for row in CONTRASTS], np.int64),
        curve_targets(table),
        np.array([ratio_targets(table, row[0]) for row in CONTRASTS]),
        np.array([ratio_targets(table, FACTORS[name][0]) for name in FACTS]),
        adjusted_targets(table),
    )


def memberships(goals: Goals, steps: int, random: Random) -> tuple[Reals, Wholes, Wholes]:
    """Return clock, event and memberships as annealed from the skeleton."""
    clock, event, stretch, who = skeleton(random)
    left = anneal(clock, event, stretch, who, *goals[:4], SPANS, steps, (0.45, 0.03), random)
    for turn in range(TURNS):
        sys.stderr.write(f"times and memberships: {left:.3f} left after turn {turn}\n")
        if left <= MET:
            break
        left = anneal(clock, event, stretch, who, *goals[:4], SPANS, steps // 3, (0.25, 0.02), random)
    return clock, event, who


def kept_memberships() -> tuple[Reals, Wholes, Wholes]:
    """Return clock, event and memberships of the kept table."""
    with KEPT_TABLE.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    who = np.array([[int(row[name]) for name in ("arm", "resected", "pvt", "td", "pld")] for row in table], np.int64)
    clock = np.array([[float(row["time"]), float(row["surgery"])] for row in table])
    return clock, np.array([int(row["event"]) for row in table], np.int64), who


def keep_memberships(clock: Reals, event: Wholes, who: Wholes) -> None:
    """Write the kept table."""
    with KEPT_TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("time", "surgery", "event", "arm", "resected", "pvt", "td", "pld"))
        for (time, surgery), died, facts in zip(clock, event, who, strict=True):
            writer.writerow((f"{time:.4g}", f"{surgery:.2f}", int(died), *(int(x) for x in facts)))


def factors(clock: Reals, event: Wholes, who: Wholes, goals: Goals, random: Random) -> Reals:
    """Return the table of all facts, each factor placed on patients who stay as they are."""
    table = np.zeros((PATIENTS, PRODUCT + 1))
    table[:, :FIRST] = np.maximum(who, 0)
    order = np.argsort(clock[:, 0])
    for name in ORDER:
        left, attempts = place(name, order, event, who, table, goals, random)
        sys.stderr.write(f"{name}: {left:.3f} left after {attempts}\n")
    return table


def place(
    name: str, order: Wholes, event: Wholes, who: Wholes, table: Reals, goals: Goals, random: Random
) -> tuple[float, int]:
    """Place a factor on patients who stay as they are; return how far it is still off, and after how many attempts.

    First from random beginnings, then from the best so far and from random ones by turns.
    """
    fact = FACTS.index(name)
    if name in RARE:
        for size in RARE[name]:
            left = search_few(order, event, who, table, *goals[4:], fact, size)
            if left <= 0:
                break
        return left, size
    column, stratum = FIRST + fact, who[:, ARM].copy() if FACTORS[name][1] else np.full(PATIENTS, -1)
    best, kept, attempt = np.inf, table[:, column].copy(), 0
    while best > 0 and attempt < ATTEMPTS:
        again = attempt >= FRESH and attempt % 4 > 0
        table[:, column] = kept if again else random_factor(name, who, random)
        steps, heat = (LONG, AGAIN[attempt % 4 - 1]) if again else (SHORT, 1.0)
        left = anneal_factor(order, event, who, table, stratum, *goals[4:], fact, steps, (heat, 0.02), random)
        if left < best:
            best, kept = left, table[:, column].copy()
        attempt += 1
    table[:, column] = kept
    return best, attempt


def main() -> None:
    """Search, draw what is left to draw, write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument(
        "--anew", type=int, metavar="STEPS", help="anneal times and memberships from the skeleton and keep them"
    )
    parser.add_argument("--out", type=Path, default=DATA / "dosisphere_reconstructed.csv")
    asked = parser.parse_args()
    goals, random = goals_of(claims()), np.random.default_rng(asked.seed)
    if asked.anew:
        keep_memberships(*memberships(goals, asked.anew, random))
    clock, event, who = kept_memberships()
    found = factors(clock, event, who, goals, random)
    to_the_day(clock, event, who)
    facts = {name: found[:, FIRST + place].astype(np.int64) for place, name in enumerate(FACTS)}
    made = staged(list(rows(clock, event, who, facts, asked.seed)))
    with asked.out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(made[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(made)


if __name__ == "__main__":
    main()
