"""What a structure is, by its name: rules in English, French and German that `case.toml` overrides. Ambiguity is refused."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from yttria.values.errors import Finding, IntakeError

VOLUME_ROLES = ("liver", "perfused", "tumour", "lungs")
SERIES_ROLES = ("ct", "emission", "planar")
IGNORE = "ignore"
KNOWN_ROLES = (*VOLUME_ROLES, "index", *SERIES_ROLES, IGNORE)

_TUMOUR = re.compile(
    r"\b(i?gtv|(liver |leber ?)?(tumou?re?s?|tumeurs?|tumore?n?)|(leber)?lesion(s|en)?|lasion(en)?|hcc|icc|chc|nodules?|knoten|met(astas[ei]s|s|astasen?)?)\b"
)
_PERFUSED = re.compile(
    r"\b(ptv|perfused|perfusion (volume|territory)|perfundiert\w*|perfuse[es]?|injected|injecte[es]?|treated|treatment volume|target volume|zielvolumen|volume cible|angiosome)\b"
)
_LUNGS = re.compile(r"\b(lungs?|poumons?|lungen?|lungenflugel)\b")
_LIVER = re.compile(
    r"^(whole |total |entire |ganze |gesamt ?)?(liver|foie|leber|hepar)( total| entier| complet| gesamt| whole| volume| volumen| contour)?$"
)
_LEFT = re.compile(r"\b(l|lt|left|links?e?r?|gauche|g)\b")
_RIGHT = re.compile(r"\b(r|rt|right|rechte?[rs]?|droite?|d)\b")
_NOT_WHOLE = re.compile(
    r"\b(normal|sain|gesund\w*|healthy|rest|residual|remnant|minus|without|sans|ohne|non|not|bed|ring|shell|margin|prv|necro\w*|nekro\w*|core|dome|exclu\w*|opti\w*|avoid\w*)\b"
)
_DIFFERENCE = re.compile(r"\S\s*[-−]\s*(i?gtv|ctv|ptv|tumou?r|lesion|liver|foie|leber)", re.IGNORECASE)


def plain(name: str) -> str:
    """Return a name without accents, signs and case, digits apart from letters: what the rules are matched on.

    Examples
    --------
    >>> plain("Läsion_2 (re.)")
    'lasion 2 re'
    """
    letters = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    split = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", letters).lower()
    split = re.sub(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])", " ", split)
    split = re.sub(r"(?<=liver)(?=tumou?r)|(?<=leber)(?=tumor)", " ", split)
    return re.sub(r"[^a-z0-9]+", " ", split).strip()


def role_by_name(name: str) -> str:
    """Return the role that a structure's name means; empty where it means none.

    Tumour words win over the organ that a tumour lies in; parts, rests and differences mean nothing.

    Examples
    --------
    >>> [role_by_name(n) for n in ("Foie", "GTV 1", "lesion1 liver R lobe", "Lung_L", "PTV", "Tumor Bed", "Liver-GTV")]
    ['liver', 'tumour', 'tumour', 'lungs', 'perfused', '', '']
    """
    words = plain(name)
    if _NOT_WHOLE.search(words) or _DIFFERENCE.search(name):
        return ""
    if _TUMOUR.search(words):
        return "tumour"
    if _PERFUSED.search(words):
        return "perfused"
    if _LUNGS.search(words):
        return "lungs"
    return "liver" if _LIVER.match(words) else ""


def side_by_name(name: str) -> str:
    """Return left or right where a name says it; empty otherwise."""
    words = plain(name)
    left, right = bool(_LEFT.search(words)), bool(_RIGHT.search(words))
    return "" if left == right else ("left" if left else "right")


@dataclass(frozen=True, slots=True)
class Assignment:
    """Roles by place in the list of names, which name is the index lesion, and doubts."""

    roles: tuple[str, ...]
    index: str | None
    findings: tuple[Finding, ...]


def assign(
    names: Sequence[str],
    said: Mapping[str, str | list[str]],
    *,
    words: Sequence[str] | None = None,
    filled: frozenset[str] = frozenset(),
) -> Assignment:
    """Return the role of each structure: what the case says, else what its name means.

    Parameters
    ----------
    names
        As the structure sets call them; a name may occur more than once.
    said
        [roles] of the case: name to role (or to several).
    words
        What each is recognised by, where that is not its name.
    filled
        Roles that something else fills already: names do not fill them as well.

    Raises
    ------
    IntakeError
        Two candidates for one role that only one structure can play.
    """
    by_word = {key.strip().lower(): value for key, value in said.items()}
    given = [by_word.get(name.strip().lower()) for name in names]
    roles = [_one(g) if g is not None else role_by_name(word) for word, g in zip(words or names, given, strict=True)]
    roles = ["" if r in filled else r for r in roles]
    index = next((n for n, r in zip(names, roles, strict=True) if r == "index"), None)
    roles = ["tumour" if r == "index" else r for r in roles]
    spoken = {r for r, g in zip(roles, given, strict=True) if g is not None}
    # a role that the case gives out by name is not given out by rule as well, except to more tumours
    for at, g in enumerate(given):
        if g is None and roles[at] in spoken - {"tumour"}:
            roles[at] = ""
    findings = _audit_lungs(names, roles)
    for role in ("liver", "perfused"):
        _require_one(role, names, roles, given)
    return Assignment(tuple(roles), index, findings)


def _one(said: str | list[str]) -> str:
    role = said if isinstance(said, str) else (said[0] if said else IGNORE)
    role = "tumour" if re.fullmatch(r"tumou?r(-\d+)?", role) else role
    return "" if role in {IGNORE, *SERIES_ROLES} else role


def _require_one(role: str, names: Sequence[str], roles: Sequence[str], given: Sequence[object]) -> None:
    """Refuse several candidates by rule for a role of one structure; several that the case names are united."""
    candidates = [n for n, r, g in zip(names, roles, given, strict=True) if r == role and g is None]
    if len(candidates) > 1:
        shown = ", ".join(f'"{n}"' for n in candidates)
        raise IntakeError(
            f'one structure must be the {role}, but {len(candidates)} could be: {shown}; choose in case.toml:\n[roles]\n"{candidates[0]}" = "{role}"'
        )


def _audit_lungs(names: Sequence[str], roles: Sequence[str]) -> tuple[Finding, ...]:
    sides = {side_by_name(n) for n, r in zip(names, roles, strict=True) if r == "lungs"}
    if len(sides) == 1 and (side := next(iter(sides))):
        return (
            Finding(
                "warning",
                "one-lung",
                f"only the {side} lung is drawn; lung mass and shunt then stand on it alone; draw both or give [lungs] mass_kg",
            ),
        )
    return ()


def require_known(said: Mapping[str, str | list[str]], present: Iterable[str]) -> None:
    """Refuse roles that do not exist, and names in [roles] that nothing here has.

    Raises
    ------
    IntakeError
        Names the nearest.
    """
    here = {name.strip().lower(): name for name in present if name}
    for name, value in said.items():
        for role in [value] if isinstance(value, str) else value:
            if role not in KNOWN_ROLES and not re.fullmatch(r"tumou?r(-\d+)?", role):
                near = difflib.get_close_matches(role, KNOWN_ROLES, n=1, cutoff=0.3)
                raise IntakeError(
                    f'[roles] "{name}" = "{role}" must be one of {", ".join(KNOWN_ROLES)}; did you mean {near[0] if near else "ignore"}?'
                )
        if name.strip().lower() not in here:
            near = difflib.get_close_matches(name.lower(), here, n=3, cutoff=0.3)
            hint = ", ".join(f'"{here[n]}"' for n in near) or ", ".join(f'"{n}"' for n in list(here.values())[:8])
            raise IntakeError(f'[roles] names "{name}", but nothing here is called so; nearest are: {hint or "none"}')
