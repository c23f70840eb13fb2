"""Clinical classes that follow from their parts: Child-Pugh, ALBI, BCLC."""

import math
from dataclasses import dataclass
from typing import Literal

from yttria.values.errors import QuantityError, require_positive

Ascites = Literal["none", "slight", "moderate"]
Encephalopathy = Literal["none", "mild", "severe"]
ChildPughClass = Literal["A", "B", "C"]
Stage = Literal["0", "A", "B", "C", "D"]

UMOL_PER_L = 17.1
"""Bilirubin, µmol/L in 1 mg/dL."""
G_PER_L = 10.0
"""Albumin, g/L in 1 g/dL."""
HIGHEST_ALBUMIN_G_PER_DL = 8.0
"""No serum holds more albumin: a guard against g/L."""
HIGHEST_BILIRUBIN_MG_PER_DL = 80.0
"""No serum holds more bilirubin: a guard against µmol/L."""
HIGHEST_INR = 20.0
"""Beyond what a laboratory reports: a guard against a prothrombin time in seconds or per cent."""
LARGEST_CM = 40.0
"""No liver holds a larger nodule: a guard against millimetres."""
ALBI_GRADES = (-2.60, -1.39)
"""Highest score of grades 1 and 2."""


@dataclass(frozen=True, slots=True)
class ChildPugh:
    """Points by part, their sum and its class.

    Parameters
    ----------
    bilirubin, albumin, inr, ascites, encephalopathy
        1 to 3 points each.
    """

    bilirubin: int
    albumin: int
    inr: int
    ascites: int
    encephalopathy: int

    @property
    def points(self) -> int:
        """Return the sum, 5 to 15."""
        return self.bilirubin + self.albumin + self.inr + self.ascites + self.encephalopathy

    @property
    def grade(self) -> ChildPughClass:
        """Return the class: A for 5 and 6 points, B for 7 to 9, C for 10 to 15."""
        return "A" if self.points <= 6 else "B" if self.points <= 9 else "C"


def child_pugh(
    bilirubin_mg_dl: float, albumin_g_dl: float, inr: float, ascites: Ascites, encephalopathy: Encephalopathy
) -> ChildPugh:
    """Return the Child-Pugh points of five findings.

    Bilirubin below 2, from 2 to 3, above 3 mg/dL; albumin above 3.5, from 3.5 to 2.8, below 2.8 g/dL; INR below 1.7, from 1.7 to 2.3, above 2.3;
    ascites none, slight, moderate; encephalopathy none, mild (grade 1 or 2), severe: 1, 2, 3 points each.

    Raises
    ------
    QuantityError
        A laboratory value that is not above zero, or so high that its unit is another.

    Source
    ------
    Pugh et al., Br J Surg 1973;60:646; INR in place of the prothrombin time as in today's form of the score.

    Examples
    --------
    >>> score = child_pugh(2.5, 3.0, 1.5, "slight", "none")
    >>> score.points, score.grade
    (8, 'B')
    """
    bilirubin = require_bilirubin(bilirubin_mg_dl)
    albumin = require_albumin(albumin_g_dl)
    if require_positive(inr, what="INR") > HIGHEST_INR:
        raise QuantityError(
            f"INR must not exceed {HIGHEST_INR:g}, but is {inr:g}; give the ratio, not seconds or per cent",
            code="inr-range",
            values={"inr": inr},
        )
    return ChildPugh(
        bilirubin=1 if bilirubin < 2 else 2 if bilirubin <= 3 else 3,
        albumin=1 if albumin > 3.5 else 2 if albumin >= 2.8 else 3,
        inr=1 if inr < 1.7 else 2 if inr <= 2.3 else 3,
        ascites=("none", "slight", "moderate").index(ascites) + 1,
        encephalopathy=("none", "mild", "severe").index(encephalopathy) + 1,
    )


def albi_score(bilirubin_mg_dl: float, albumin_g_dl: float) -> float:
    """Return the albumin-bilirubin score: 0.66 log10(bilirubin, µmol/L) - 0.085 albumin, g/L.

    Raises
    ------
    QuantityError
        A laboratory value that is not above zero, or so high that its unit is another.

    Source
    ------
    Johnson et al., J Clin Oncol 2015;33:550; 1 mg/dL of bilirubin is 17.1 µmol/L.

    Examples
    --------
    >>> round(albi_score(1.0, 4.0), 3)
    -2.586
    """
    bilirubin = require_bilirubin(bilirubin_mg_dl) * UMOL_PER_L
    return 0.66 * math.log10(bilirubin) - 0.085 * require_albumin(albumin_g_dl) * G_PER_L


def albi_grade(score: float) -> int:
    """Return the grade of a score: 1 to -2.60, 2 to -1.39, both included, 3 above.

    Examples
    --------
    >>> [albi_grade(s) for s in (-2.60, -2.59, -1.39, -1.38)]
    [1, 2, 2, 3]
    """
    return 1 + sum(score > highest for highest in ALBI_GRADES)


@dataclass(frozen=True, slots=True)
class BclcStage:
    """A stage and the line that decided.

    Parameters
    ----------
    stage
        0, A, B, C or D.
    reason
        What decided, in words.
    """

    stage: Stage
    reason: str


def bclc_stage(
    nodules: int, largest_cm: float, *, ecog: int, vascular_invasion: bool, extrahepatic: bool, child_pugh: str
) -> BclcStage:
    """Return the stage of the Barcelona Clinic, 2022 update, and the line that decided.

    D: ECOG 3 or 4, or Child-Pugh C. C: vascular invasion, extrahepatic spread, or ECOG 1 or 2. 0: one nodule of at most 2 cm, Child-Pugh A.
    A: one nodule, or up to three of which none is above 3 cm. B: the rest.

    Parameters
    ----------
    nodules
        How many, 1 or more.
    largest_cm
        Diameter of the largest, cm.
    ecog
        Performance status, 0 to 4.
    child_pugh
        A, B or C, with its points or without ("A5").

    Raises
    ------
    QuantityError
        No nodule; a size that cannot be; a performance status beyond 4; a Child-Pugh class that does not fit its points.

    Source
    ------
    Reig et al., J Hepatol 2022;76:681.

    Examples
    --------
    >>> bclc_stage(1, 2.0, ecog=0, vascular_invasion=False, extrahepatic=False, child_pugh="A5").stage
    '0'
    """
    grade = class_of(child_pugh)
    _require_nodules(nodules, largest_cm)
    if not 0 <= ecog <= 4:
        raise QuantityError(f"ECOG must be 0 to 4, but is {ecog}; 5 is death", code="ecog-range")
    lines: tuple[tuple[Stage, bool, str], ...] = (
        ("D", ecog >= 3, f"ECOG {ecog}"),
        ("D", grade == "C", "Child-Pugh C"),
        ("C", vascular_invasion, "vascular invasion"),
        ("C", extrahepatic, "extrahepatic spread"),
        ("C", ecog >= 1, f"ECOG {ecog}"),
        ("0", nodules == 1 and largest_cm <= 2 and grade == "A", "one nodule of at most 2 cm, Child-Pugh A"),
        ("A", nodules == 1, "one nodule"),
        ("A", nodules <= 3 and largest_cm <= 3, "up to three nodules, none above 3 cm"),
        ("B", nodules <= 3, f"{nodules} nodules, the largest {largest_cm:g} cm"),
        ("B", True, f"{nodules} nodules"),
    )
    return next(BclcStage(stage, reason) for stage, holds, reason in lines if holds)


def class_of(text: str) -> ChildPughClass:
    """Return the class of "B", "B7" or "b 7".

    Raises
    ------
    QuantityError
        Not a class, or points that are not of that class.

    Examples
    --------
    >>> class_of("A6"), class_of("B"), class_of("C10")
    ('A', 'B', 'C')
    """
    word = text.replace(" ", "").upper()
    grades: tuple[tuple[ChildPughClass, range], ...] = (("A", range(5, 7)), ("B", range(7, 10)), ("C", range(10, 16)))
    for grade, points in grades:
        if word == grade or word in {f"{grade}{p}" for p in points}:
            return grade
    raise QuantityError(
        f"Child-Pugh must be A, B or C, with its points or without (A5, A6, B7 to B9, C10 to C15), but is {text!r}; correct it",
        code="child-pugh-class",
    )


def require_bilirubin(mg_dl: float) -> float:
    """Return bilirubin, mg/dL, refusing what is not above zero or given in µmol/L."""
    if require_positive(mg_dl, what="bilirubin (mg/dL)") > HIGHEST_BILIRUBIN_MG_PER_DL:
        raise QuantityError(
            f"bilirubin must be given in mg/dL, but is {mg_dl:g}; if {mg_dl:g} µmol/L is meant, write {mg_dl / UMOL_PER_L:.2f}",
            code="bilirubin-unit",
            values={"mg_dl": mg_dl},
        )
    return mg_dl


def require_albumin(g_dl: float) -> float:
    """Return albumin, g/dL, refusing what is not above zero or given in g/L."""
    if require_positive(g_dl, what="albumin (g/dL)") > HIGHEST_ALBUMIN_G_PER_DL:
        raise QuantityError(
            f"albumin must be given in g/dL, but is {g_dl:g}; if {g_dl:g} g/L is meant, write {g_dl / G_PER_L:g}",
            code="albumin-unit",
            values={"g_dl": g_dl},
        )
    return g_dl


def _require_nodules(nodules: int, largest_cm: float) -> None:
    """Refuse no nodule, and a size in millimetres."""
    if nodules < 1:
        raise QuantityError(
            f"nodules must be 1 or more, but are {nodules}; without a nodule there is no stage", code="nodule-count"
        )
    if require_positive(largest_cm, what="largest nodule (cm)") > LARGEST_CM:
        raise QuantityError(
            f"the largest nodule must be given in cm, but is {largest_cm:g}; if {largest_cm:g} mm is meant, write {largest_cm / 10:g}",
            code="nodule-size-unit",
            values={"largest_cm": largest_cm},
        )
