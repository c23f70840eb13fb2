"""A curve read from a picture: what is wrong with the clicks, mended in the open."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yttria.values.cohort import Numbers
from yttria.values.errors import EvidenceError, Finding

NOTABLE = 0.005
"""A click that moves by more than half a per cent of survival is worth a warning, not only a note."""

MOST_MOVED = 0.5
"""Share of the clicks moved by more than that at which they are no curve of survival."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadCurve:
    """A survival curve as clicks: a step function that starts at 1 and never rises.

    Parameters
    ----------
    time
        Ascending, zero or more; shape (k,).
    survival
        From 1 downwards, never rising; a vertical stretch keeps its lowest click only.
    """

    time: Numbers
    survival: Numbers

    def at(self, when: NDArray[np.float64] | float) -> Numbers:
        """Return the curve at any times; 1 before the first click."""
        row = np.searchsorted(self.time, when, side="right") - 1
        return np.where(row >= 0, self.survival[np.maximum(row, 0)], 1.0)


def read_curve(
    time: Sequence[float] | Numbers, survival: Sequence[float] | Numbers
) -> tuple[ReadCurve, tuple[Finding, ...]]:
    """Return clicks as a curve, and everything that had to be changed for it.

    Parameters
    ----------
    time
        As clicked, any order.
    survival
        As a fraction or in per cent.

    Returns
    -------
    tuple
        The curve; findings that name each kind of change, how many clicks it touched and by how much.

    Raises
    ------
    EvidenceError
        No click, unequal lengths, what is not a number, values that are neither fractions nor per cent, a curve that rises.

    Notes
    -----
    Clicks that rise are pooled to the nearest curve that does not (PAVA, least squares). A curve that does not start at 100 % is
    not rescaled: the first drop is read as events.

    Examples
    --------
    >>> curve, findings = read_curve([-0.5, 1, 2, 3], [98.9, 98.0, 90.0, 90.4])
    >>> curve.survival, [f.code for f in findings]
    (array([0.98 , 0.902, 0.902]), ['curve-per-cent', 'curve-negative-time', 'curve-start', 'curve-rises'])

    Source
    ------
    Pool adjacent violators: Ayer et al. 1955, doi:10.1214/aoms/1177728423.
    """
    t, s = np.asarray(time, dtype=np.float64), np.asarray(survival, dtype=np.float64)
    if t.shape != s.shape or t.ndim != 1 or len(t) == 0:
        raise EvidenceError(
            f"a curve needs as many times as values and one at least, but has {t.shape} and {s.shape}",
            code="curve-lengths",
        )
    if not (np.isfinite(t).all() and np.isfinite(s).all()):
        raise EvidenceError(
            "each click must be two numbers, but some are missing or infinite; delete those rows",
            code="click-not-finite",
        )
    findings: list[Finding] = []
    s = _as_share(s, findings)
    t, s = _in_order(t, s, findings)
    t, s = _without_negative(t, s, findings)
    if abs(s[0] - 1) > 1e-9:
        findings.append(
            Finding("note" if 1 - s[0] <= NOTABLE else "warning", "curve-start",
                    f"the first click is at {100 * s[0]:.4g} % and time {t[0]:g}, not at 100 % and 0; the drop is read as events there, the curve "
                    "is not rescaled: if the axis was misread, correct the clicks", {"first_survival": float(s[0]), "first_time": float(t[0])})
        )  # fmt: skip
    flat = falling(s)
    moved = np.abs(flat - s)
    _refuse_rising(s, moved)
    if moved.max() > 0:
        count, most = int(np.count_nonzero(moved > 0)), float(moved.max())
        findings.append(
            Finding("warning" if most > NOTABLE else "note", "curve-rises",
                    f"{count} of {len(s)} clicks were moved, by at most {100 * most:.2g} % of survival, because a curve never rises; click again where that is too much", {"moved_clicks": count, "clicks": len(s), "moved_survival": most})
        )  # fmt: skip
    last = np.concatenate([t[1:] > t[:-1], [True]])
    return ReadCurve(t[last], flat[last]), tuple(findings)


def _refuse_rising(s: Numbers, moved: Numbers) -> None:
    """Refuse clicks that rise from their first to their last, or so often that half of them would have to be moved.

    Raises
    ------
    EvidenceError
        A cumulative incidence, or another curve that is none of survival.
    """
    share = float(np.mean(moved > NOTABLE))
    if s[-1] - s[0] <= NOTABLE and share <= MOST_MOVED:
        return
    raise EvidenceError(
        f"a survival curve falls, but these clicks rise: from {100 * s[0]:.4g} % to {100 * s[-1]:.4g} %, and {100 * share:.0f} % of them would have to "
        f"be moved by more than {100 * NOTABLE:g} % of survival; is it a cumulative incidence? Turn it into survival first (1 - value, or 100 - value in per cent), or check the axes",
        code="curve-rises",
        values={"share": share, "first_survival": float(s[0]), "last_survival": float(s[-1])},
    )


def _as_share(s: Numbers, findings: list[Finding]) -> Numbers:
    if s.max() > 1.5:
        findings.append(
            Finding(
                "note",
                "curve-per-cent",
                f"values reach {s.max():g}, so they were read as per cent and divided by 100",
                {"largest": float(s.max())},
            )
        )
        s = s / 100
    if s.max() > 1.05 or s.min() < -0.05:
        raise EvidenceError(
            f"survival must lie between 0 and 1, or 0 and 100 %, but runs from {s.min():g} to {s.max():g}; check the axis of the digitiser",
            code="curve-outside",
            values={"least": float(s.min()), "largest": float(s.max())},
        )
    outside = (s > 1) | (s < 0)
    if outside.any():
        findings.append(
            Finding(
                "note",
                "curve-outside",
                f"{_clicks(outside)} above 100 % or below 0 % put on the edge",
            )
        )
    clipped: Numbers = np.clip(s, 0, 1)
    return clipped


def _clicks(which: NDArray[np.bool_]) -> str:
    count = int(np.count_nonzero(which))
    return "1 click" if count == 1 else f"{count} clicks"


def _in_order(t: Numbers, s: Numbers, findings: list[Finding]) -> tuple[Numbers, Numbers]:
    back = int(np.count_nonzero(np.diff(t) < 0))
    if back:
        findings.append(Finding("note", "curve-order", f"clicks went back in time {back} times, and were put in order"))
    order = np.lexsort((-s, t))
    return t[order], s[order]


def _without_negative(t: Numbers, s: Numbers, findings: list[Finding]) -> tuple[Numbers, Numbers]:
    negative = t < 0
    if not negative.any():
        return t, s
    findings.append(
        Finding("note", "curve-negative-time",
                f"{_clicks(negative)} left of time 0 (down to {t.min():g}) left out; the next click carries the curve on", {"left_out": int(negative.sum()), "earliest": float(t.min())})
    )  # fmt: skip
    if negative.all():
        raise EvidenceError(
            "all clicks lie left of time 0; check the axis of the digitiser", code="curve-negative-time"
        )
    return t[~negative], s[~negative]


def falling(s: Numbers) -> Numbers:
    """Return the nearest curve that never rises (pool adjacent violators).

    Examples
    --------
    >>> falling(np.array([1.0, 0.8, 0.9]))
    array([1.  , 0.85, 0.85])
    """
    means: list[float] = []
    sizes: list[int] = []
    for value in s:
        means.append(float(value))
        sizes.append(1)
        while len(means) > 1 and means[-2] < means[-1]:
            size = sizes[-2] + sizes[-1]
            mean = (means[-2] * sizes[-2] + means[-1] * sizes[-1]) / size
            means[-2:], sizes[-2:] = [mean], [size]
    return np.repeat(means, sizes)
