"""Clinical classes of a row of facts: filled where they are empty and follow from the parts, with a finding where they contradict them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from yttria.planning.clinical_classes import albi_grade, albi_score, bclc_stage, child_pugh
from yttria.values.errors import Finding, QuantityError

CLASS_COLUMNS = ("child_pugh_points", "child_pugh_class", "albi_score", "albi_grade", "bclc")
SCORE_APART = 0.051
"""Difference from which a stated ALBI score is another than the one that its parts give: more than rounding to one decimal."""


@dataclass(frozen=True, slots=True)
class DerivedClasses:
    """Classes that were empty and follow from their parts, as texts, and what contradicts."""

    values: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def derived_classes(facts: Mapping[str, str], *, patient: str = "") -> DerivedClasses:
    """Return the classes of a row that follow from its parts.

    Parameters
    ----------
    facts
        Cells by column, empty where unknown: bilirubin_mg_dl, albumin_g_dl, inr, ascites, encephalopathy, nodules, largest_cm, ecog,
        vascular_invasion, extrahepatic (1 or 0), and the classes themselves.
    patient
        Named in findings.

    Examples
    --------
    >>> facts = {"bilirubin_mg_dl": "1", "albumin_g_dl": "4", "inr": "1.1", "ascites": "none", "encephalopathy": "none"}
    >>> dict(derived_classes(facts).values)
    {'child_pugh_points': '5', 'child_pugh_class': 'A', 'albi_score': '-2.586', 'albi_grade': '2'}
    """
    follows: dict[str, str] = {}
    findings: list[Finding] = []
    try:
        follows = _follows(facts)
    except (QuantityError, ValueError) as refusal:
        findings.append(Finding("warning", "class-underivable", f"{_of(patient)}classes cannot be derived: {refusal}"))
    for name, value in follows.items():
        text = facts.get(name, "")
        if text and not _same(name, text, value):
            message = f"{_of(patient)}{name} is stated as {text}, but its parts give {value}; correct one of them"
            findings.append(Finding("warning", "class-contradicts", message, {"column": name}))
    filled = {name: value for name, value in follows.items() if not facts.get(name, "")}
    return DerivedClasses(filled, tuple(findings))


def _of(patient: str) -> str:
    return f"patient {patient}: " if patient else ""


def _same(name: str, text: str, value: str) -> bool:
    if name == "albi_score":
        return abs(float(text) - float(value)) < SCORE_APART
    return text.strip().upper() == value


def _follows(facts: Mapping[str, str]) -> dict[str, str]:
    """Return every class whose parts are all known."""
    results: dict[str, str] = {}
    bilirubin, albumin, inr = (_number(facts, n) for n in ("bilirubin_mg_dl", "albumin_g_dl", "inr"))
    ascites = next((w for w in ("none", "slight", "moderate") if w == facts.get("ascites")), None)
    mind = next((w for w in ("none", "mild", "severe") if w == facts.get("encephalopathy")), None)
    if bilirubin is not None and albumin is not None:
        if inr is not None and ascites is not None and mind is not None:
            points = child_pugh(bilirubin, albumin, inr, ascites, mind)
            results |= {"child_pugh_points": str(points.points), "child_pugh_class": points.grade}
        score = albi_score(bilirubin, albumin)
        results |= {"albi_score": f"{score:.3f}", "albi_grade": str(albi_grade(score))}
    grade = results.get("child_pugh_class") or facts.get("child_pugh_class", "")
    nodules, largest, ecog = (_number(facts, n) for n in ("nodules", "largest_cm", "ecog"))
    invasion, spread = (facts.get(n, "") for n in ("vascular_invasion", "extrahepatic"))
    if None not in (nodules, largest, ecog) and grade and {invasion, spread} <= {"0", "1"}:
        stage = bclc_stage(
            int(nodules or 0),
            float(largest or 0),
            ecog=int(ecog or 0),
            vascular_invasion=invasion == "1",
            extrahepatic=spread == "1",
            child_pugh=grade,
        )
        results["bclc"] = stage.stage
    return results


def _number(facts: Mapping[str, str], name: str) -> float | None:
    return float(facts[name]) if facts.get(name, "") else None
