"""What a structure is, by its name: rules in English, French and German that `case.toml` overrides. Ambiguity is refused."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from yttria.values.errors import Finding, IntakeError

VOLUME_ROLES = ("liver", "perfused", "tumour", "lungs", "necrosis", "thrombus", "body")
SEVERAL = frozenset({"tumour", "necrosis", "thrombus"})
"""Roles that several structures play: one that the case names does not take them from those that are known by name."""
SERIES_ROLES = ("ct", "emission", "planar")
IGNORE = "ignore"
KNOWN_ROLES = (*VOLUME_ROLES, "index", *SERIES_ROLES, IGNORE)

_TUMOUR = re.compile(
    r"\b(i?gtv|(liver |leber ?)?(tumou?re?s?|tumeurs?|tumore?n?)|(leber)?lesion(s|en)?|lasion(en)?|hcc|icc|chc|nodules?|knoten|met(astas[ei]s|s|astasen?)?)\b"
)
_PERFUSED = re.compile(
    r"\b(perfused|perfusion (volume|territory)|perfundiert\w*|perfuse[es]?|injected|injecte[es]?|treated|treatment volume|target volume|zielvolumen|volume cible|angiosome)\b"
)
_THROMBUS = re.compile(r"\b((tumou?r|pfortader)?thromb\w*|pvtt?)\b")
_NECROSIS = re.compile(
    r"\b(tumou?r)?(necros[ei]s?|nekrosen?)\b|\b(necrotic|nekrotisch\w*) (part|core|area|zone|cent(re|er)|tissue|anteil|kern)\b"
    r"|\b(partie|zone|centre|coeur) necrotique\b"
)
_BODY = re.compile(
    r"^(body|external|skin|korper|corps)( contour| outline| kontur)?( \d+)?$|^(outer|aussen) ?(contour|kontur)$"
)
_TARGET = re.compile(r"\bptv\b")
_TAKEN_OUT = re.compile(r"\b(minus|without|sans|ohne|non|not|no|exclu\w*|rest|residual|bland)\b")
_LUNGS = re.compile(r"\b(lungs?|poumons?|lungen?|lungenflugel)\b")
_LIVER = re.compile(
    r"^(whole |total |entire |ganze |gesamt ?)?(liver|foie|leber|hepar)( total| entier| complet| gesamt| whole| volume| volumen| contour)?$"
)
_BY_WORDS = (
    ("thrombus", _THROMBUS),
    ("tumour", _TUMOUR),
    ("body", _BODY),
    ("perfused", _PERFUSED),
    ("lungs", _LUNGS),
    ("liver", _LIVER),
)
_VERSION = re.compile(r"( (\d+|v|copy|kopie|copie|old|alt|ancien|new|neu|nouveau|final|edit(ed)?|auto))+$")
_LEFT = re.compile(r"\b(l|lt|left|links?e?r?|gauche|g)\b")
_RIGHT = re.compile(r"\b(r|rt|right|rechte?[rs]?|droite?|d)\b")
_SIDE_WORDS = {
    "left": re.compile(r"\b(l|lt|left|links?e?r?|gauche)\b"),
    "right": re.compile(r"\b(r|rt|right|rechte?[rs]?|droite?)\b"),
}
_LABEL = re.compile(r"\b[lr] \d+\b")
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii")
_SEGMENT_NUMBERS = {word: n for n, roman in enumerate(_ROMAN, 1) for word in (roman, str(n))}
_AND = {"and", "und", "et", "s", "seg"}
_SEGMENTS = re.compile(
    r"\b(segments?|segmente?|segs?|sgs?|s) (?P<numbers>(?:(?:[1-8]|i{1,3}|iv|vi{0,3}) ?(?:(?:and|und|et|s|seg) )?)+)(?![a-z0-9])"
)
_LEFT_SEGMENTS, _RIGHT_SEGMENTS = {2, 3}, {5, 6, 7, 8}
_NOT_WHOLE = re.compile(
    r"\b(normal|sain|gesund\w*|healthy|rest|residual|remnant|minus|without|sans|ohne|non|not|bed|ring|shell|margin|prv|necro\w*|nekro\w*|core|dome|exclu\w*|opti\w*|avoid\w*)\b"
)
_DIFFERENCE = re.compile(r"\S\s*[-−]\s*(i?gtv|ctv|ptv|tumou?r|lesion|liver|foie|leber|n[eé]cro|nekro)", re.IGNORECASE)


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
    words = re.sub(r"[^a-z0-9]+", " ", split).strip()
    return words.replace("planning target volume", "ptv")


def role_by_name(name: str) -> str:
    """Return the role that a structure's name means; empty where it means none.

    Tumour words win over the organ that a tumour lies in; parts, rests and differences mean nothing, but for a dead part of a tumour.
    A planning target volume is drawn for external beam, and is no perfused volume.

    Examples
    --------
    >>> [role_by_name(n) for n in ("Foie", "GTV 1", "lesion1 liver R lobe", "Lung_L", "PTV", "Tumor Bed", "Liver-GTV")]
    ['liver', 'tumour', 'tumour', 'lungs', '', '', '']
    >>> [role_by_name(n) for n in ("GTV necrosis", "Tumour without necrosis", "PVTT", "BODY")]
    ['necrosis', '', 'thrombus', 'body']
    """
    words = plain(name)
    taken_out, difference = bool(_TAKEN_OUT.search(words)), bool(_DIFFERENCE.search(name))
    if _NECROSIS.search(words) and not (taken_out or difference):
        return "necrosis"
    if _NOT_WHOLE.search(words) or difference:
        return ""
    role = next((role for role, pattern in _BY_WORDS if pattern.search(words)), "")
    return "" if role == "thrombus" and taken_out else role


def is_another_liver(name: str) -> bool:
    """Tell whether a name is that of a liver but for a number or the word of a version: a rival of the liver beside it.

    Examples
    --------
    >>> [is_another_liver(n) for n in ("Liver_2", "Foie old", "Liver", "Liver segment 4", "Liver-GTV")]
    [True, True, False, False, False]
    """
    return (
        not role_by_name(name)
        and role_by_name(_VERSION.sub("", plain(name))) == "liver"
        and not _DIFFERENCE.search(name)
    )


def is_target_volume(name: str) -> bool:
    """Tell whether a name is that of a planning target volume, which may or may not be what an injection perfuses.

    Examples
    --------
    >>> [is_target_volume(n) for n in ("PTV", "PTV_1", "Planning target volume", "Perfused")]
    [True, True, True, False]
    """
    words = plain(name)
    return bool(_TARGET.search(words)) and not (role_by_name(name) or _NOT_WHOLE.search(words))


def side_by_name(name: str) -> str:
    """Return left or right where a name says it; empty otherwise."""
    words = plain(name)
    left, right = bool(_LEFT.search(words)), bool(_RIGHT.search(words))
    return "" if left == right else ("left" if left else "right")


def side_of_liver(name: str) -> str:
    """Return the side of the liver that a structure's name gives: left or right in words, or by its segments; empty otherwise.

    Segments 2 and 3 are left, 5 to 8 right; 1 and 4 lie between, and a name with one of them gives no side. A letter with a number is
    a label ("L1" is lesion 1), and so are single letters other than L and R.

    Examples
    --------
    >>> [side_of_liver(n) for n in ("Perfused right", "GTV_L", "HCC seg 8", "S2/3", "segment VI", "seg 4/5", "L1", "lesion G", "Tumour 2")]
    ['right', 'left', 'right', 'left', 'right', '', '', '', '']
    """
    words = _LABEL.sub(" ", plain(name))
    numbers = {
        _SEGMENT_NUMBERS[n] for result in _SEGMENTS.finditer(words) for n in result["numbers"].split() if n not in _AND
    }
    by_segment = {"left" if n in _LEFT_SEGMENTS else "right" if n in _RIGHT_SEGMENTS else "" for n in numbers}
    sides = by_segment | {side for side in ("left", "right") if _SIDE_WORDS[side].search(words)}
    return sides.pop() if len(sides) == 1 else ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Roles by place in the list of names, which name is the index lesion, and findings.

    Parameters
    ----------
    roles
        Of each, most often one; several where the case gives it several; none where it plays no part.
    replaced
        Places of those whose role, known by rule, a file of the case fills instead.
    """

    roles: tuple[tuple[str, ...], ...]
    index: str | None
    replaced: tuple[int, ...]
    findings: tuple[Finding, ...]


def assign(
    names: Sequence[str],
    statements: Mapping[str, str | list[str]],
    *,
    words: Sequence[str] | None = None,
    keys: Sequence[Sequence[str]] | None = None,
    called: Sequence[str] | None = None,
    filled: frozenset[str] = frozenset(),
) -> Assignment:
    """Return the roles of each structure: what the case says, else what its name means.

    Parameters
    ----------
    names
        As the structure sets call them; a name may occur more than once.
    statements
        [roles] of the case: name to role (or to several).
    words
        What each is recognised by, where that is not its name.
    keys
        Under what [roles] may speak of each, the most telling first; its name alone where left out.
    called
        How a refusal calls each so that [roles] can tell it from the others.
    filled
        Roles of one structure that files of the case fill: no name means them as well.

    Raises
    ------
    IntakeError
        Two candidates for one role that only one structure can play; a role beside "ignore"; a liver in [roles] and in [files].
    """
    words, called = words or names, called or names
    given = [stated_role(statements, k) for k in keys or [[name] for name in names]]
    stated = [None if g is None else role_words(g) for g in given]
    _require_one_liver(called, stated, filled)
    # a role that the case gives out by name is not given out by rule as well, except to more tumours
    stated_roles = {r for mine in stated for r in mine or ()} - SEVERAL
    ruled = [role_by_name(word) for word in words]
    replaced = tuple(at for at, mine in enumerate(stated) if mine is None and ruled[at] in filled - {""})
    roles = [
        mine if mine is not None else () if ruled[at] in stated_roles | filled | {""} else (ruled[at],)
        for at, mine in enumerate(stated)
    ]
    index = next((n for n, g in zip(names, given, strict=True) if g is not None and _is_index(g)), None)
    index = index or _index_by_name(names, words, roles)
    findings = (*_audit_lungs(names, roles), *_audit_target(called, words, stated, roles, filled))
    for role in ("liver", "perfused"):
        _require_one(role, called, words, roles, given)
    return Assignment(tuple(roles), index, replaced, findings)


def _require_one_liver(called: Sequence[str], stated: Sequence[tuple[str, ...] | None], filled: frozenset[str]) -> None:
    """Refuse a liver that [roles] names beside the one that [files] names: united they would be another."""
    named = next((c for c, mine in zip(called, stated, strict=True) if "liver" in (mine or ())), None)
    if named is not None and "liver" in filled:
        raise IntakeError(
            f'one volume must be the liver, but [roles] says "{named}" and [files] liver a file; take one of both lines out of case.toml',
            code="role-contradiction",
        )


def stated_role(stated_roles: Mapping[str, str | list[str]], keys: Sequence[str]) -> str | list[str] | None:
    """Return what [roles] says of the first key that it speaks of; None where it speaks of none."""
    by_word = {word.strip().lower(): value for word, value in stated_roles.items()}
    return next((by_word[key.strip().lower()] for key in keys if key.strip().lower() in by_word), None)


def role_words(stated: str | list[str]) -> tuple[str, ...]:
    """Return the roles that a structure plays by [roles], each once; none where it is ignored, or where they are a series'.

    Raises
    ------
    IntakeError
        "ignore" beside a role.
    """
    words = tuple(dict.fromkeys([stated] if isinstance(stated, str) else stated))
    if IGNORE in words and len(words) > 1:
        raise IntakeError(
            f'[roles] must give roles or "{IGNORE}", but gives {", ".join(words)} to one name; take one of them out',
            code="role-contradiction",
        )
    roles = ("tumour" if re.fullmatch(r"index|tumou?r(-\d+)?", r) else r for r in words)
    return tuple(dict.fromkeys(r for r in roles if r not in {IGNORE, *SERIES_ROLES}))


def _is_index(stated: str | list[str]) -> bool:
    return "index" in ([stated] if isinstance(stated, str) else stated)


def _index_by_name(names: Sequence[str], words: Sequence[str], roles: Sequence[tuple[str, ...]]) -> str | None:
    """Return the only tumour that calls itself the index lesion; None where none or several do."""
    results = [n for n, w, r in zip(names, words, roles, strict=True) if "tumour" in r and "index" in plain(w).split()]
    return results[0] if len(results) == 1 else None


def _audit_target(
    called: Sequence[str],
    words: Sequence[str],
    stated: Sequence[tuple[str, ...] | None],
    roles: Sequence[tuple[str, ...]],
    filled: frozenset[str],
) -> tuple[Finding, ...]:
    """Return the line that makes a planning target volume the perfused volume: a warning where nothing else is perfused."""
    findings = [c for c, w, mine in zip(called, words, stated, strict=True) if mine is None and is_target_volume(w)]
    if not findings:
        return ()
    perfused = "perfused" in filled or any("perfused" in mine for mine in roles)
    message = f'"{findings[0]}" is not taken for the perfused volume, for a planning target volume is drawn for external beam; if an injection perfuses it, say so in case.toml:\n[roles]\n"{findings[0]}" = "perfused"'
    return (Finding("note" if perfused else "warning", "target-not-perfused", message),)


def _require_one(
    role: str, called: Sequence[str], words: Sequence[str], roles: Sequence[tuple[str, ...]], given: Sequence[object]
) -> None:
    """Refuse several candidates by rule for a role of one structure; several that the case names are united."""
    ruled = [(c, w, r) for c, w, r, g in zip(called, words, roles, given, strict=True) if g is None]
    candidates = [c for c, _, r in ruled if role in r]
    if role == "liver" and candidates:
        candidates += [c for c, w, r in ruled if not r and is_another_liver(w)]
    if len(candidates) > 1:
        text = ", ".join(f'"{n}"' for n in candidates)
        raise IntakeError(
            f'one structure must be the {role}, but {len(candidates)} could be: {text}; choose in case.toml:\n[roles]\n"{candidates[0]}" = "{role}"',
            code="role-ambiguous",
            values={"candidates": len(candidates)},
        )


def only_side(names: Iterable[str]) -> str:
    """Return left or right where every name says that side, and no other lung is there; empty otherwise.

    Examples
    --------
    >>> [only_side(n) for n in (["Lung_L"], ["Lung_L", "Lung_R"], ["Lungs"], [])]
    ['left', '', '', '']
    """
    sides = {side_by_name(name) for name in names}
    return sides.pop() if len(sides) == 1 else ""


def _audit_lungs(names: Sequence[str], roles: Sequence[tuple[str, ...]]) -> tuple[Finding, ...]:
    if not (side := only_side(n for n, r in zip(names, roles, strict=True) if "lungs" in r)):
        return ()
    message = f"only the {side} lung is drawn: it counts as half of the lungs; draw both, or give [lungs] mass_kg and [shunt] fraction"
    return (Finding("warning", "one-lung", message),)


def require_known(stated_roles: Mapping[str, str | list[str]], present: Iterable[str]) -> None:
    """Refuse roles that do not exist, and names in [roles] that nothing here has.

    Raises
    ------
    IntakeError
        Names the nearest.
    """
    here = {name.strip().lower(): name for name in present if name}
    for name, value in stated_roles.items():
        for role in [value] if isinstance(value, str) else value:
            if role not in KNOWN_ROLES and not re.fullmatch(r"tumou?r(-\d+)?", role):
                raise IntakeError(
                    f'[roles] "{name}" = "{role}" must be one of {", ".join(KNOWN_ROLES)}{_hint(role)}',
                    code="role-unknown",
                )
        if name.strip().lower() not in here:
            near = difflib.get_close_matches(name.lower(), here, n=3, cutoff=0.3)
            hint = ", ".join(f'"{here[n]}"' for n in near) or ", ".join(f'"{n}"' for n in list(here.values())[:8])
            raise IntakeError(
                f'[roles] names "{name}", but nothing here is called so; nearest are: {hint or "none"}',
                code="role-structure-unknown",
            )


def _hint(role: str) -> str:
    """Return what to do about a role that does not exist: a near one, only where it is near."""
    if role.startswith("normal-"):
        return "; it is derived from liver, perfused and tumours: leave it out"
    near = difflib.get_close_matches(role, KNOWN_ROLES, n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else '; choose one of them, or "ignore" for what plays no part'
