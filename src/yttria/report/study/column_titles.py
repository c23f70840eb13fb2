"""What a person calls each column, level, cut and arm of a study."""

import re
from collections.abc import Iterable, Mapping

from yttria.contract.study import StudyResult
from yttria.values.cohort import Column as Values
from yttria.values.cohort import same_value
from yttria.values.protocol import Arms, Protocol

Titles = Mapping[str, str]
SCALE_WORDS = {"log2": "per doubling", "log10": "per tenfold"}
BETWEEN = re.compile(r":(?![^\[]*\])")
"""Between the terms of an interaction, not inside the brackets of a level."""
NO_YES = {"0": "no", "1": "yes"}
SIDES = {"≥": "<", ">": "≤", "≤": ">", "<": "≥"}
"""The other side of a cut."""


def title_of(titles: Titles, name: str) -> str:
    """Return what a person calls a column, a level of a factor, or an interaction of such terms.

    Examples
    --------
    >>> title_of({"arm": "randomised arm"}, "arm[PDA]"), title_of({"sex": "sex"}, "sex[male]:age")
    ('randomised arm: PDA', 'sex: male × age')
    """
    if name in titles:
        return titles[name]
    parts = _factors_in(name, titles)
    if len(parts) > 1:
        return " × ".join(title_of(titles, part) for part in parts)
    base, bracket, level = name.partition("[")
    return f"{titles.get(base, base)}{': ' + _label(titles, base, level.removesuffix(']')) if bracket else ''}"


def study_titles(columns: Mapping[str, Values], protocol: Protocol) -> dict[str, str]:
    """Return what people call each column, cut and level of a study; a level stands under "column=level".

    A cut without words of its own, or whose words do not say on which side a patient lies, has its two sides named by its number.

    Parameters
    ----------
    columns
        Of the cohort, cuts included.
    asked
        The protocol: its cuts, titles and labels.
    """
    titles = {name: column.title for name, column in columns.items()} | dict(protocol.titles)
    for name, cut in protocol.cuts.items():
        measured = titles.get(cut.column, cut.column)
        if name not in protocol.titles and not cut.label:
            titles[name] = f"{measured} ≥ {cut.at:g}"
        if not any(f" {sign} " in titles[name] for sign in SIDES):
            titles |= {f"{name}=1": titles[name], f"{name}=0": f"{measured} < {cut.at:g}"}
    for name, labels in protocol.labels.items():
        for level in columns[name].levels:
            words = next((words for value, words in labels.items() if same_value(level, value)), "")
            titles |= {f"{name}={level}": words} if words else {}
    return titles


def scaled_titles(titles: Titles, protocol: Protocol) -> Titles:
    """Return titles in which each column of [scale] says for how much of it a ratio is, as models take it."""
    words = dict(titles)
    for name, scale in protocol.scale.items():
        unit = SCALE_WORDS[scale] if isinstance(scale, str) else f"per {scale:g}"
        words[name] = f"{words.get(name, name)} ({unit})"
    return words


def _label(titles: Titles, factor: str, level: str) -> str:
    """Return what the protocol calls a level; the level itself where it says nothing."""
    return titles.get(f"{factor}={level}", level)


def _factors_in(name: str, titles: Titles) -> list[str]:
    """Return the parts of an interaction, none of them cut at a colon inside a known name."""
    parts: list[str] = []
    for piece in BETWEEN.split(name):
        if (
            parts
            and not any(_has_title(part, titles) for part in (parts[-1], piece))
            and _has_title(f"{parts[-1]}:{piece}", titles)
        ):
            parts[-1] = f"{parts[-1]}:{piece}"
        else:
            parts.append(piece)
    return parts


def _has_title(name: str, titles: Titles) -> bool:
    return name.partition("[")[0] in titles


def referenced(result: StudyResult, titles: Titles) -> Titles:
    """Return titles in which each level of a factor says which level it is compared with, in the models of the whole study."""
    words = dict(titles)
    for model in (*result.univariable.values(), *result.models.values()):
        for term in model.terms:
            factor, bracket, level = term.removesuffix("]").partition("[")
            described = result.baseline.get(factor)
            levels = list(result.km.get(factor) or (described.levels if described is not None else ()))
            others = [other for other in levels if f"{factor}[{other}]" not in model.terms]
            if bracket and level in levels and len(others) == 1:
                words[term] = (
                    f"{title_of(titles, factor)}: {_label(titles, factor, level)} vs {_label(titles, factor, others[0])}"
                )
    return words


def level_of(titles: Titles, factor: str, level: str, levels: Iterable[str] = ()) -> str:
    """Return what a person calls a level: the two sides of a cut, or no and yes; a number of more than these two stays a number.

    Parameters
    ----------
    titles
        What people call the columns.
    factor, level
        Of which factor, and which level.
    levels
        All of the factor.

    Examples
    --------
    >>> level_of({"TD": "tumour dose ≥ 205 Gy"}, "TD", "0"), level_of({}, "pvt", "1"), level_of({}, "sex", "male")
    ('< 205 Gy', 'yes', 'male')
    >>> level_of({}, "ecog", "1", ["0", "1", "2"])
    '1'
    """
    if f"{factor}={level}" in titles or level not in NO_YES or not set(levels) <= set(NO_YES):
        return _label(titles, factor, level)
    title = titles.get(factor, factor)
    for sign, other in SIDES.items():
        _, result, after = title.partition(f" {sign} ")
        if result:
            return f"{sign if level == '1' else other} {after}"
    return NO_YES[level]


def side_of(titles: Titles, factor: str, level: str, levels: Iterable[str] = ()) -> str:
    """Return a factor with one of its levels; parameters as in `level_of`.

    Examples
    --------
    >>> side_of({"TD": "tumour dose ≥ 205 Gy"}, "TD", "0"), side_of({}, "pvt", "1")
    ('tumour dose < 205 Gy', 'pvt: yes')
    """
    words, title = level_of(titles, factor, level, levels), titles.get(factor, factor)
    sign = next((s for s in SIDES if level in NO_YES and f" {s} " in title), "")
    if f"{factor}={level}" in titles:
        return words if titles.get(f"{factor}=1") == title else f"{title}: {words}"
    return f"{title.partition(f' {sign} ')[0]} {words}" if sign else f"{title}: {words}"


def arm_names(arms: Arms, titles: Titles) -> tuple[str, str]:
    """Return what people call the treated and the control arm; 0 and 1 with the column that they stand in.

    Examples
    --------
    >>> arm_names(Arms("arm", "PDA", "SDA"), {"arm=PDA": "personalised"}), arm_names(Arms("sirt", 1, 0), {})
    (('personalised', 'SDA'), ('sirt: yes', 'sirt: no'))
    """
    treated, control = (_arm_name(arms.column, f"{arm}", titles) for arm in (arms.treated, arms.control))
    return treated, control


def _arm_name(column: str, arm: str, titles: Titles) -> str:
    start = f"{column}="
    named = (
        words for name, words in titles.items() if name.startswith(start) and same_value(name.removeprefix(start), arm)
    )
    return next(named, side_of(titles, column, arm) if arm in NO_YES else arm)
