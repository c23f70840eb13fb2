"""`[[injections]]` of a case: names, the structures or files that each treats, and what excludes one another."""

import difflib
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from yttria.io.case.case_file import Case, InjectionSection, Names, administration_of, names_in
from yttria.io.case.mask_files import FileVolume, read_mask
from yttria.values.contour import Contour
from yttria.values.errors import IntakeError, require_positive, require_share
from yttria.values.injection import NO_ACTIVITY, Injection
from yttria.values.maps import ActivityMap, CountMap, Voi
from yttria.values.patient import PlanningOptions
from yttria.values.treatment import Administration
from yttria.values.units import BQ_PER_GBQ, Bq, Share

Emission = CountMap | ActivityMap


def require_injections(case: Case, *, delivered: bool = False) -> None:
    """Refuse injections of one name, some with an image of their own and some without, and activities stated twice.

    Parameters
    ----------
    delivered
        Whether the image shows what was delivered: it is not divided.

    Raises
    ------
    IntakeError
        Says what was expected and how to write it.
    """
    injections = case.injections
    names = [i.name.strip().lower() for i in injections]
    if twice := next((i.name for i in injections if names.count(i.name.strip().lower()) > 1), None):
        raise IntakeError(
            f'each of [[injections]] must have a name of its own, but "{twice}" stands twice; rename one',
            code="injection-name",
        )
    without = [i.name for i in injections if i.emission is None]
    if without and len(without) < len(injections):
        text = ", ".join(f'"{n}"' for n in without)
        raise IntakeError(
            f"either each of [[injections]] has an image of its own or one image shows all, but {text} name none and others do; give each its emission, or none",
            code="injection-image",
        )
    _require_activity_once(case)
    if len(injections) < 2 or delivered:
        return
    if case.dose.calibration == "absolute":
        raise IntakeError(
            'several injections are planned by calibration = "relative", but [dose] calibration is "absolute"; leave it out',
            code="injection-calibration",
        )
    if without and (lacks := [i.name for i in injections if i.perfused is None]):
        raise IntakeError(
            f'one image for several injections is divided by what each treats, but "{lacks[0]}" has no perfused; name its structure: perfused = ["…"]',
            code="injection-perfused-absent",
        )


def _require_activity_once(case: Case) -> None:
    """Refuse [given] beside several injections, or beside one that states its own."""
    stated = [i.name for i in case.injections if i.given is not None]
    if case.given is None or (len(case.injections) < 2 and not stated):
        return
    where = (
        f'[[injections]] "{stated[0] if stated else case.injections[0].name}" given = {{ activity_gbq = …, at = … }}'
    )
    raise IntakeError(
        f"what was given must be stated once, by injection, but [given] stands beside [[injections]]; write it as {where}",
        code="given-twice",
    )


def with_perfused_files(case: Case, folder: Path) -> Case:
    """Return a case whose [files] perfused names the files that its injections treat.

    Raises
    ------
    IntakeError
        [files] perfused names what no injection treats.
    """
    named = [w for i in case.injections for w in names_in(i.perfused)]
    if not named:
        return case
    stated = names_in(case.files.perfused)
    if idle := [w for w in stated if w not in named]:
        raise IntakeError(
            f'[files] perfused names "{idle[0]}", which none of [[injections]] treats; name it in the perfused of one, or leave it out',
            code="injection-perfused-idle",
        )
    paths = list(dict.fromkeys([*stated, *(w for w in named if is_case_file(folder, w))]))
    return case.model_copy(update={"files": case.files.model_copy(update={"perfused": paths or None})})


def with_perfused_roles(case: Case, folder: Path, present: Iterable[str]) -> Case:
    """Return a case whose [roles] call perfused the structures that its injections treat.

    Raises
    ------
    IntakeError
        A name that neither a structure nor a file has; [roles] calls perfused what no injection treats, or ignores what one does.
    """
    here = {name.strip().lower(): name for name in present if name}
    roles: dict[str, Names] = {name.strip().lower(): role for name, role in case.roles.items()}
    named: list[str] = []
    for injection in case.injections:
        for word in names_in(injection.perfused):
            if not is_case_file(folder, word):
                named.append(_known(word, here, injection))
                names = names_in(roles.get(word.strip().lower()))
                if "ignore" in names:
                    raise IntakeError(
                        f'[[injections]] "{injection.name}" treats "{word}", but [roles] ignores it; take one of both lines out of case.toml',
                        code="injection-perfused-ignored",
                    )
                roles[word.strip().lower()] = [*names, *(() if "perfused" in names else ("perfused",))]
    if any(i.perfused is not None for i in case.injections):
        idle = [n for n, r in case.roles.items() if "perfused" in names_in(r) and n.strip().lower() not in named]
        if idle:
            raise IntakeError(
                f'[roles] calls "{idle[0]}" perfused, but none of [[injections]] treats it; name it in the perfused of one, or leave it out',
                code="injection-perfused-idle",
            )
    return case.model_copy(update={"roles": roles}) if named else case


def _known(word: str, here: Mapping[str, str], injection: InjectionSection) -> str:
    """Return a name in lower case, refusing one that nothing here has."""
    key = word.strip().lower()
    if key not in here:
        near = difflib.get_close_matches(key, here, n=3, cutoff=0.3) or list(here)[:8]
        hint = ", ".join(f'"{here[n]}"' for n in near) or "none"
        raise IntakeError(
            f'[[injections]] "{injection.name}" perfused names "{word}", but no structure and no file is called so; nearest are: {hint}',
            code="injection-perfused-unknown",
        )
    return key


def is_case_file(folder: Path, word: str) -> bool:
    """Tell whether a name is that of a file or folder of the case (with a label or without) and not of a structure."""
    written = word.partition("#")[0].strip()
    return bool(written.strip("./")) and (folder / written).exists()


def injections_of(
    case: Case,
    folder: Path,
    structures: Sequence[Contour | Voi],
    files: Sequence[FileVolume],
    images: Mapping[str, Emission],
) -> tuple[Injection, ...]:
    """Return the injections of a case with the volumes that each treats.

    Parameters
    ----------
    structures
        With their roles, in the frame of the emission image.
    files
        Volumes of [files].
    images
        Own images by the injection's name.

    Raises
    ------
    IntakeError, QuantityError
        A shunt that is no fraction, an activity that is not above zero, an instant without its zone.
    """
    return tuple(
        Injection(
            name=i.name.strip(),
            perfused=tuple(v for w in names_in(i.perfused) for v in _volumes(w, folder, structures, files)),
            emission=images.get(i.name),
            session=i.session,
            shunt_fraction=_share(i),
            given=None if i.given is None else administration_of(i.given, what=f'[[injections]] "{i.name}" given'),
            least_bq=_least(i),
        )
        for i in case.injections
    )


def with_stated(
    choices: PlanningOptions, injections: Sequence[Injection], *, delivered: bool = False
) -> PlanningOptions:
    """Return what the case decides with what its only injection states; several state it each for itself.

    Of several that were delivered, what was given is their sum, at the instant of the first.
    """
    if delivered and len(injections) > 1:
        given = [i.given for i in injections if i.given is not None]
        if len(given) < len(injections):
            return choices
        instants = [g.at for g in given if g.at is not None]
        at = min(instants) if len(instants) == len(given) else None
        return replace(choices, given=Administration(Bq(math.fsum(g.activity_bq for g in given)), at))
    if len(injections) != 1:
        return choices
    only = injections[0]
    shunt = choices.shunt_fraction if only.shunt_fraction is None else only.shunt_fraction
    return replace(choices, shunt_fraction=shunt, given=choices.given or only.given)


def _share(section: InjectionSection) -> Share | None:
    where = f'[[injections]] "{section.name}" shunt_fraction'
    return None if section.shunt_fraction is None else Share(require_share(section.shunt_fraction, what=where))


def _least(section: InjectionSection) -> Bq:
    where = f'[[injections]] "{section.name}" least_gbq'
    return (
        NO_ACTIVITY if section.least_gbq is None else Bq(require_positive(section.least_gbq, what=where) * BQ_PER_GBQ)
    )


def _volumes(
    word: str, folder: Path, structures: Sequence[Contour | Voi], files: Sequence[FileVolume]
) -> tuple[Contour | Voi, ...]:
    """Return what a name means: a file of the case, or the structures of that name."""
    if is_case_file(folder, word):
        results = [f.voi for f in files if f.where == word and f.voi.role == "perfused"]
        return tuple(results) or (read_mask(folder, word, role="perfused", name=Path(word).name)[0],)
    return tuple(s for s in structures if s.role == "perfused" and s.name.strip().lower() in _names(word))


def _names(word: str) -> Collection[str]:
    """Return what a structure may be called where a case writes "SET/NAME", "NAME#2" or "NAME"."""
    key = word.strip().lower()
    return {key, key.rpartition("/")[2], key.rpartition("/")[2].partition("#")[0]}
