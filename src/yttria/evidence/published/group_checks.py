"""What a paper prints of one group: its rates as whole patients, its median against its rates, and groups cut short."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from yttria.evidence.descriptive.proportions import Proportion
from yttria.evidence.published.claim import Claim, Flag
from yttria.evidence.published.limit_scale import SCALES, Scale, error_span, limits_of
from yttria.evidence.published.rate_counts import (
    ENOUGH_EACH,
    Counts,
    Possible,
    PrintedRate,
    possible_counts,
    rate_scales,
    share_span,
)
from yttria.evidence.published.reported_ratio import is_plain
from yttria.evidence.published.rounding import Printed, PrintedBound, decimal_text
from yttria.evidence.survival.normal_quantile import normal_quantile

LARGEST = 200
"""Beyond this many patients rates of three digits pin no whole numbers down, and the search is not begun."""
LEFT_EARLY = 0.25
"""Share of the patients that may have been censored before the first event, where no printed number shows them."""
ASK = "ask the authors which of the printed numbers is right, and do not pool this one until then"


@dataclass(frozen=True, slots=True)
class Group:
    """The rates of one group with the whole patients behind them.

    Parameters
    ----------
    subject
        Its name.
    claims
        Its rates, by time.
    possible
        The sequences that give the prints, without the prints that no sequence gives; None when not searched.
    flags
        Contradictions among its rates.
    suspect
        Lines whose numbers no sequence gives.
    scales
        Scales of the limits that fit all its rates; a binomial interval by its name.
    """

    subject: str
    claims: tuple[Claim, ...]
    possible: Possible | None
    flags: tuple[Flag, ...]
    suspect: frozenset[int]
    scales: tuple[str, ...] = ()

    @property
    def counts(self) -> Counts | None:
        """Return the whole patients where the prints leave one solution only."""
        if self.possible is None or len(self.possible.solutions) != 1:
            return None
        return self.possible.solutions[0]


def group_of(claims: Sequence[Claim], n_most: int | None) -> Group:
    """Return what the printed rates of one group say together.

    Parameters
    ----------
    claims
        Its claims of kind rate, one a time. A rate that is only a bound must fit between its neighbours: whole patients can keep it then.
    n_most
        Patients of the whole study, where the group's own n is not printed.
    """
    everything = tuple(sorted(claims, key=lambda claim: claim.time or 0.0))
    flags = _rising(everything)
    ordered = tuple(claim for claim in everything if claim.bound is None) or everything
    subject, level = ordered[0].subject, ordered[0].level
    sizes = [claim.n for claim in ordered if claim.n is not None]
    size: int | range | None = sizes[0] if sizes else range(2, n_most + 1) if n_most else None
    largest = size if isinstance(size, int) else n_most
    limited = any(claim.low or claim.high for claim in ordered)
    rates = [PrintedRate(claim.time or 0.0, claim.value, claim.low, claim.high) for claim in ordered]
    if flags or size is None or largest is None or largest > LARGEST or not limited:
        flags = flags or _lopsided(ordered, rates)
        scales = () if flags or not limited else _shared_scales(rates, level)
        suspect = frozenset(line for flag in flags for line in flag.lines)
        return Group(subject, ordered, None, flags, suspect, scales)
    possible = _searched(rates, size, level)
    if possible.solutions:
        return Group(subject, ordered, possible, (), frozenset(), possible.scales)
    if not possible.complete and isinstance(size, int):
        flags = _lopsided(ordered, rates)
        suspect = frozenset(line for flag in flags for line in flag.lines)
        return Group(subject, ordered, possible, flags, suspect, _shared_scales(rates, level))
    binomial = _binomial(ordered, size) if isinstance(size, int) else ()
    if binomial:
        return Group(subject, ordered, None, (), frozenset(), binomial)
    return _blamed(ordered, rates, size)


def _searched(rates: Sequence[PrintedRate], size: int | range, level: float) -> Possible:
    """Return the whole patients behind the rates; where a printed n gives none, with some of them censored before the first event."""
    possible = possible_counts(rates, size, level=level)
    if isinstance(size, range):
        return possible
    for fewer in range(size - 1, max(1, math.floor(size * (1 - LEFT_EARLY)) - 1), -1):
        if possible.solutions or not possible.complete:
            break
        possible = possible_counts(rates, fewer, level=level)
    return possible


def _shared_scales(rates: Sequence[PrintedRate], level: float) -> tuple[Scale, ...]:
    """Return the scales that fit the limits of every rate, whatever the patients."""
    results = [rate_scales(rate, level=level) for rate in rates if rate.low or rate.high]
    return tuple(scale for scale in SCALES if all(scale in scales for scales in results))


def _lopsided(claims: Sequence[Claim], rates: Sequence[PrintedRate]) -> tuple[Flag, ...]:
    """Return rates whose limits lie so unequally far from them that no error gives both, even with a scale for each."""
    flags = []
    for claim, rate in zip(claims, rates, strict=True):
        if rate.rate is None or rate.low is None or rate.high is None:
            continue
        share, below, above = (share_span(number) for number in (rate.rate, rate.low, rate.high))
        downs = [error_span(share, below, scale, -1) for scale in SCALES]
        ups = [error_span(share, above, scale, 1) for scale in SCALES]
        down, up = ((min(low for low, _ in spans), max(high for _, high in spans)) for spans in (downs, ups))
        if down[0] > up[1] or up[0] > down[1]:
            flags.append(
                Flag("limits-impossible", (claim.line,), claim.name, claim.text,
                     f"one error cannot put limits so unequally far below and above a rate on any scale ({', '.join(SCALES)})",
                     "limits nearer to equally far would agree", "look for a mistyped number, or ask the authors")
            )  # fmt: skip
    return tuple(flags)


def _binomial(claims: Sequence[Claim], n: int) -> tuple[str, ...]:
    """Return the binomial intervals that fit every rate as a count of n: what is printed where nobody was censored."""
    names = ("Clopper–Pearson", "Wilson", "profile")
    return tuple(name for name in names if all(_is_binomial(claim, n, name) for claim in claims))


def _is_binomial(claim: Claim, n: int, name: str) -> bool:
    for count in range(n + 1):
        if claim.value is None or claim.value.how(100 * count / n) is None:
            continue
        share = Proportion(count, n)
        low, high = {
            "Clopper–Pearson": share.clopper_pearson,
            "Wilson": share.wilson,
            "profile": share.likelihood_ratio,
        }[name](claim.level)
        if all(p is None or p.how(100 * limit) is not None for p, limit in ((claim.low, low), (claim.high, high))):
            return True
    return False


def _rising(claims: Sequence[Claim]) -> tuple[Flag, ...]:
    """Return rates that lie outside their limits, or rise with time."""
    flags = []
    for claim in claims:
        parts = [part.value for part in (claim.low, claim.value, claim.high) if part is not None]
        if parts != sorted(parts):
            flags.append(
                Flag("rate-outside-limits", (claim.line,), claim.name, claim.text, "a rate lies between its limits",
                     "the three numbers in ascending order would agree", "look for a swapped or mistyped number")
            )  # fmt: skip
        if any(number < 0 or number > 100 for number in parts):
            flags.append(
                Flag("rate-outside-limits", (claim.line,), claim.name, claim.text, "a share lies between 0 and 100 %",
                     "a rate and limits between 0 and 100 would agree", "look for a mistyped number")
            )  # fmt: skip
    part = [(claim, claim.value or claim.bound) for claim in claims]
    for (before, earlier), (after, later) in pairwise([(claim, rate) for claim, rate in part if rate]):
        if later.span[0] > earlier.span[1]:
            flags.append(
                Flag("rate-rises", (before.line, after.line), after.name, f"{earlier.text} then {later.text}",
                     "the share alive cannot rise with time", _fitting(earlier, later), "look for swapped columns or groups")
            )  # fmt: skip
    return tuple(flags)


def _fitting(earlier: Printed | PrintedBound, later: Printed | PrintedBound) -> str:
    """Return what would agree with a rate that rises: the later one lower or, where it is a bound, the earlier one higher."""
    if isinstance(later, PrintedBound):
        return f"a rate above {later.number.text} before would agree"
    top = earlier.number.text if isinstance(earlier, PrintedBound) else earlier.text
    return f"{top} or less would agree"


def _blamed(claims: Sequence[Claim], rates: Sequence[PrintedRate], size: int | range) -> Group:
    """Return the group with the one printed number without which whole patients exist, or with all of its numbers flagged."""
    subject, level = claims[0].subject, claims[0].level
    if isinstance(size, int):
        for place, rate in enumerate(rates):
            for part in ("rate", "low", "high"):
                number: Printed | None = getattr(rate, part)
                if number is None:
                    continue
                without = [*rates[:place], _without(rate, part), *rates[place + 1 :]]
                result = possible_counts(without, size, level=level, enough=ENOUGH_EACH)
                if result.solutions:
                    flag = _misprint(claims[place], part, number, result, place)
                    return Group(
                        subject, tuple(claims), result, (flag,), frozenset({claims[place].line}), result.scales
                    )
    lines = tuple(claim.line for claim in claims)
    flag = Flag(
        "rates-impossible", lines, subject, ", ".join(f"{c.value.text if c.value else '?'} at {c.time:g}" for c in claims),
        f"no sequence of deaths and censorings of {size if isinstance(size, int) else f'up to {size[-1]}'} patients gives these rates with these limits (Greenwood, on any scale: {', '.join(SCALES)})",
        "no change of one number alone makes them agree", "check n and each rate with its limits",
    )  # fmt: skip
    return Group(subject, tuple(claims), None, (flag,), frozenset(lines))


def _without(rate: PrintedRate, part: str) -> PrintedRate:
    parts = {name: None if name == part else getattr(rate, name) for name in ("rate", "low", "high")}
    return PrintedRate(rate.time, parts["rate"], parts["low"], parts["high"])


def _misprint(claim: Claim, part: str, number: Printed, possible: Possible, place: int) -> Flag:
    exact = {round(getattr(solution.intervals[place], part), 6): solution.scales[0] for solution in possible.solutions}
    scaled = part != "rate" and len(possible.scales) > 1
    words = " or ".join(
        f"{decimal_text(value, number.decimals)} (exactly {value:.2f}{f' on the {scale} scale' if scaled else ''})"
        for value, scale in sorted(exact.items())
    )
    solution = possible.solutions[0]
    names = {"rate": "rate", "low": "lower limit", "high": "upper limit"}
    return Flag(
        "rate-impossible", (claim.line,), claim.name, f"{names[part]} {number.text} in {claim.text}",
        f"no whole patients of {solution.n} give it together with the other numbers of the group, which all agree with {solution.order} (d died, c censored)",
        f"{words} would agree", "use the value that agrees, or ask the authors",
    )  # fmt: skip


def median_flags(claim: Claim, group: Group | None) -> list[Flag]:
    """Return what a median and its limits contradict: each other, or the rates of the same group.

    The median's limits are where the limits of the curve cross one half: lower(t) > 50 % puts the median's lower limit after
    t, upper(t) < 50 % puts its upper limit at t or before.

    Notes
    -----
    Limits as far below as above the median are let pass where the rates' limits are plain or not known: SPSS prints the median
    -+ z times an error of its own (from the density), not where a limit of the curve crosses one half.

    Source
    ------
    Brookmeyer and Crowley 1982, doi:10.2307/2530286; R survival, quantile.survfit.
    """
    parts = [number.value for number in (claim.low, claim.value, claim.high) if number is not None]
    if parts != sorted(parts):
        return [
            Flag("median-outside-limits", (claim.line,), claim.name, claim.text, "a median lies between its limits",
                 "the three numbers in ascending order would agree", "look for a swapped or mistyped number")
        ]  # fmt: skip
    if group is None:
        return []
    flags = []
    names = {"low": "lower limit", "value": "median", "high": "upper limit"}
    for part in ("value",) if _is_symmetric(claim, group) else ("low", "value", "high"):
        number: Printed | None = getattr(claim, part)
        reached = number is not None
        if not reached and not getattr(claim, f"open_{part}"):
            continue
        after, until, lines_of_rate = _where(part, group)
        late = number.span[1] if number else math.inf
        early = number.span[0] if number else math.inf
        if late <= after or early > until:
            between = (
                f"after {after:g}"
                if until == math.inf
                else f"up to {until:g}"
                if after == 0
                else f"after {after:g} and up to {until:g}"
            )
            flags.append(
                Flag(f"median-{'value' if part == 'value' else part}-against-rates", (claim.line, *lines_of_rate), claim.name,
                     f"{names[part]} {number.text if number else 'not reached'} in {claim.text}",
                     _because(part, group, after if late <= after else until, late <= after),
                     f"a {names[part]} {between} {claim.unit} would agree".replace("  ", " "), ASK)
            )  # fmt: skip
    return flags


def _is_symmetric(claim: Claim, group: Group) -> bool:
    """Return whether the limits of a median can be the median -+ z SE, and nothing says that they are another kind."""
    value, low, high = claim.value, claim.low, claim.high
    if value is None or low is None or high is None or (group.scales and "plain" not in group.scales):
        return False
    return is_plain(value, low, high)


def _where(part: str, group: Group) -> tuple[float, float, tuple[int, ...]]:
    """Return the times after which and up to which the curve (or its limit) falls to one half."""
    after, until = 0.0, math.inf
    lines: list[int] = []
    for claim in group.claims:
        number: Printed | None = getattr(claim, part)
        if number is None or claim.line in group.suspect or claim.time is None:
            continue
        low, high = number.span
        if low > 50 and claim.time > after:
            after = claim.time
            lines.append(claim.line)
        elif high < 50 and claim.time < until:
            until = claim.time
            lines.append(claim.line)
    return after, until, tuple(lines)


def _because(part: str, group: Group, time: float, early: bool) -> str:
    (claim,) = [claim for claim in group.claims if claim.time == time]
    number: Printed | None = getattr(claim, part)
    what = {"low": "lower limit of the rate", "value": "rate", "high": "upper limit of the rate"}[part]
    side = "still above" if early else "already below"
    return f"the {what} at {time:g} is {number.text if number else '?'} %, {side} 50 %"


@dataclass(frozen=True, slots=True)
class CutShort:
    """A group followed only until some of its patients enter another group (surgery, crossover).

    Parameters
    ----------
    claim
        Its median.
    parent
        The same group followed to the end.
    parent_median
        The printed median of the parent.
    dead_of_cut
        For each time of the parent's rates: least and most deaths that the patients taken out had by then.
    """

    claim: Claim
    parent: Group
    parent_median: Claim | None
    dead_of_cut: Mapping[float, tuple[int, int]]

    def flags(self) -> list[Flag]:
        """Return why the printed upper limit of the median cannot be, whenever the patients were taken out."""
        counts, high, cut_n = self.parent.counts, self.claim.high, self.claim.cut_n
        if counts is None or high is None or cut_n is None:
            return []
        early, late = (
            [check(counts, high, cut_n, scale) for scale in counts.scales]
            for check in (self._too_early, self._too_late)
        )
        return [*(early[0] if all(early) else []), *(late[0] if all(late) else [])]

    def _too_early(self, counts: Counts, high: Printed, cut_n: int, scale: Scale) -> list[Flag]:
        deaths = 0
        for claim, interval in zip(self.parent.claims, counts.intervals, strict=True):
            deaths += interval.deaths
            if interval.censored or claim.time is None:
                return []
            if claim.time < high.span[0]:
                continue
            span = self.dead_of_cut.get(claim.time, (0, cut_n))
            least = min((low for low, _ in self._upper_limits(counts.n, deaths, cut_n, span, scale)), default=0.0)
            if high.span[1] <= claim.time and least > 0.5:
                return [self._flag(
                    f"the upper limit of the rate at {claim.time:g} is at least {100 * least:.1f} % whenever those {cut_n} were taken out, "
                    f"because {counts.n - deaths} of {counts.n} were alive then",
                    f"an upper limit after {claim.time:g} {self.claim.unit}".rstrip(), claim.line,
                )]  # fmt: skip
            return []
        return []

    def _too_late(self, counts: Counts, high: Printed, cut_n: int, scale: Scale) -> list[Flag]:
        """Return why the limit cannot have risen above the parent's: at that time the upper limit is below one half."""
        before = self.parent_median.high if self.parent_median else None
        if before is None or high.span[0] <= before.span[1] or counts.intervals[0].censored:
            return []
        crossing = _first_below_half(counts.n, self.claim.level, scale)
        first = self.parent.claims[0]
        if first.time is None or before.span[1] > first.time or crossing > counts.intervals[0].deaths:
            return []
        span = 0, self.dead_of_cut.get(first.time, (0, cut_n))[1]
        most = max((up for _, up in self._upper_limits(counts.n, crossing, cut_n, span, scale)), default=1.0)
        if most >= 0.5:
            return []
        return [self._flag(
            f"in the whole group it is {before.text}, the time of death {crossing}, and taking {cut_n} out leaves the upper limit of the curve "
            f"at most {100 * most:.1f} % there", f"an upper limit of {before.text} {self.claim.unit}".rstrip() + " or less", first.line,
        )]  # fmt: skip

    def _upper_limits(
        self, n: int, deaths: int, cut_n: int, dead_span: tuple[int, int], scale: Scale
    ) -> list[tuple[float, float]]:
        """Return the least and the greatest upper limit without those taken out, for each number of the deaths that can be theirs."""
        least, most = max(dead_span[0], deaths - (n - cut_n)), min(dead_span[1], deaths)
        return [
            upper_limits(n, deaths - dead, cut_n, level=self.claim.level, scale=scale)
            for dead in range(least, most + 1)
        ]

    def _flag(self, why: str, agrees: str, line: int) -> Flag:
        high = self.claim.high
        return Flag(
            "cut-median-impossible", (self.claim.line, line), self.claim.name,
            f"upper limit {high.text if high else '?'} in {self.claim.text}", why, f"{agrees} would agree", ASK,
        )  # fmt: skip


def _first_below_half(n: int, level: float, scale: Scale) -> int:
    """Return the number of deaths at which the upper limit of an uncensored group of n first falls to one half or below."""
    z = normal_quantile(level)
    for dead in range(1, n):
        alive = n - dead
        if limits_of(alive / n, z * math.sqrt(dead / (n * alive)), scale)[1] < 0.5:
            return dead
    return n


def upper_limits(
    n: int, deaths: int, censored: int, *, level: float = 0.95, scale: Scale = "log"
) -> tuple[float, float]:
    """Return the least and the greatest upper limit of S after `deaths`, over all times at which `censored` can leave.

    On every scale the limit rises with S and with its error.

    Each order of deaths and censorings is covered: states that agree in both counts are kept while no other is lower (higher)
    in both log S and its variance.

    Examples
    --------
    >>> [round(u, 3) for u in upper_limits(28, 14, 10)]
    [0.527, 0.749]
    """
    z = normal_quantile(level)
    ends = []
    for sign in (1.0, -1.0):
        fronts: dict[int, list[tuple[float, float]]] = {0: [(0.0, 0.0)]}
        for step in range(deaths + censored):
            following: dict[int, list[tuple[float, float]]] = {}
            m = n - step
            for dead, front in fronts.items():
                if step - dead < censored:
                    following.setdefault(dead, []).extend(front)
                if dead < deaths and m > 1:
                    log, spread = math.log((m - 1) / m), 1 / (m * (m - 1))
                    following.setdefault(dead + 1, []).extend((a + log, v + spread) for a, v in front)
            fronts = {dead: _front(states, sign) for dead, states in following.items()}
        values = [limits_of(math.exp(a), z * math.sqrt(v), scale)[1] for a, v in fronts.get(deaths, [])]
        ends.append((min(values) if sign > 0 else max(values)) if values else math.nan)
    return ends[0], ends[1]


def _front(states: Sequence[tuple[float, float]], sign: float) -> list[tuple[float, float]]:
    """Return the states that no other beats in both parts."""
    corners: list[tuple[float, float]] = []
    best = math.inf
    for a, v in sorted({(sign * a, sign * v) for a, v in states}):
        if v < best - 1e-15:
            best = v
            corners.append((sign * a, sign * v))
    return corners
