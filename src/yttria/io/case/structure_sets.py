"""The structures of a case: contours and segments of every set in the folder, with the roles that they play."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from yttria.io.case.frames_of_reference import frame_of
from yttria.io.case.mask_files import FileVolume, cropped
from yttria.io.dicom.dataset import well_formed
from yttria.io.dicom.empty_structure import EmptyStructure
from yttria.io.dicom.referenced_image import Slices
from yttria.io.dicom.referenced_image_checks import referenced_slices
from yttria.io.dicom.rtstruct import examine_rtstruct
from yttria.io.dicom.scan import Scan, scan
from yttria.io.dicom.seg import examine_seg
from yttria.io.dicom.series import Series
from yttria.io.ground.structure_roles import IGNORE, SEVERAL, assign, role_by_name, role_words, stated_role
from yttria.values.contour import Contour
from yttria.values.errors import Finding, GeometryError, IntakeError, numbered
from yttria.values.maps import Voi
from yttria.values.structure import Structure

UNSURE = {"slice-distance-unsure", "single-plane", "planes-isolated"}  # what the image that was drawn on decides


@dataclass(frozen=True, slots=True)
class StructureSet:
    """One structure set or segmentation as read.

    Parameters
    ----------
    structures
        Its structures that hold volume, without roles.
    words
        What each is to be recognised by: its name, or what its type code means where the name says nothing.
    empty
        Structures without volume.
    """

    series: Series
    structures: tuple[Structure, ...]
    words: tuple[str, ...]
    empty: tuple[EmptyStructure, ...]
    findings: tuple[Finding, ...]

    @property
    def label(self) -> str:
        """Return what the set calls itself."""
        return self.series.first.text("StructureSetLabel") or self.series.description

    def keys(self, name: str, at: int | None = None) -> tuple[str, ...]:
        """Return under what [roles] may speak of a structure, the most telling first: "SET/NAME" by UID, file or label; NAME.

        Parameters
        ----------
        at
            Which of several structures of this name in the set, counted from 1.
        """
        path = self.series.first.path
        places = [p for p in (self.series.uid, f"{self.series.folder}/{path.name}", path.name, self.label) if p]
        number = f"#{at}" if at else ""
        numbered = [f"{place}/{name}{number}" for place in places] + [f"{name}{number}"] if number else []
        return (*numbered, *(f"{place}/{name}" for place in places), name)

    @property
    def structure_keys(self) -> tuple[tuple[str, ...], ...]:
        """Return the keys of each of its things, in their order."""
        names = [t.name.strip().lower() for t in self.structures]
        ordinals = [names[: k + 1].count(n) if names.count(n) > 1 else None for k, n in enumerate(names)]
        return tuple(self.keys(t.name, at) for t, at in zip(self.structures, ordinals, strict=True))


@dataclass(slots=True)
class Structures:
    """Structures that play a role, the index lesion's name, the files that they came from, findings."""

    contours: tuple[Contour, ...] = ()
    volumes: tuple[Voi, ...] = ()
    index: str | None = None
    used: list[tuple[Series, str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def read_structures(scan_result: Scan, *, images: Sequence[Series] = ()) -> list[StructureSet]:
    """Read every structure set and segmentation of a folder.

    Parameters
    ----------
    images
        Images that are named beside the folder; those that lie in it are known.
    """
    return [read_structure_set(s, (*scan_result.series, *images)) for s in scan_result.of("RTSTRUCT", "SEG")]


def read_structure_set(series: Series, images: Sequence[Series]) -> StructureSet:
    """Read one structure set or segmentation: every command has its structures from here.

    Parameters
    ----------
    images
        Among them, the image that it was drawn on: its slices tell how far planes lie apart where the structures do not. Where it is not
        among them and is needed, it is looked for in the folder of the set.
    """
    image = referenced_slices(series, images)
    result = _read(series, image)
    if image is None and any(f.code in UNSURE for f in result.findings):
        image = referenced_slices(series, scan(series.first.path.parent).series)
        return result if image is None else _read(series, image)
    return result


def _read(series: Series, image: Slices | None) -> StructureSet:
    """Read one structure set or segmentation that was drawn on the slices of an image."""
    if series.modality == "RTSTRUCT":
        with well_formed("the structure set"):
            examination = examine_rtstruct(series.first.path, image=image)
        return StructureSet(
            series,
            examination.contours,
            tuple(c.name for c in examination.contours),
            examination.empty,
            examination.findings,
        )
    with well_formed("the segmentation"):
        segmented = examine_seg(series.first.path, image=image)
    vois = tuple(Voi(s.voi.name, "", *cropped(s.voi.grid, s.voi.share)) for s in segmented.segments)
    words = tuple(s.voi.name if role_by_name(s.voi.name) else s.meaning for s in segmented.segments)
    return StructureSet(series, vois, words, segmented.empty, segmented.findings)


def names_of(files: Sequence[StructureSet]) -> Iterator[str]:
    """Return every name by which [roles] may speak of structures and their sets."""
    for file in files:
        for keys in (*file.structure_keys, *(file.keys(e.name) for e in file.empty)):
            yield from keys
        yield from (file.label, file.series.uid, file.series.first.path.name)


def with_roles(
    files: Sequence[StructureSet],
    stated_roles: Mapping[str, str | list[str]],
    *,
    frames: set[str],
    filled: Sequence[FileVolume] = (),
) -> Structures:
    """Return the structures that play a role, from the sets that lie where the images lie.

    Parameters
    ----------
    said
        [roles] of the case; a set's own label may be told to be ignored.
    frames
        Frames of reference of the images; empty where they have none.
    filled
        Volumes that [files] names: in the role of one structure they stand for what is drawn; tumours that are drawn stay, but for
        those that a file repeats.

    Raises
    ------
    IntakeError
        Ambiguous roles; an empty structure that plays a role.
    GeometryError
        Every set lies in another frame of reference than the images.
    """
    result = Structures()
    roles_filled = frozenset(v.voi.role for v in filled)
    here = _structures_in_frames([f for f in files if not _is_ignored(f, stated_roles)], frames, roles_filled, result)
    _require_contours(here, stated_roles, roles_filled)
    structures = [(f, t, w) for f in here for t, w in zip(f.structures, f.words, strict=True)]
    keys = [k for f in here for k in f.structure_keys]
    called = _distinct_names(keys)
    names, words = [t.name for _, t, _ in structures], [w for _, _, w in structures]
    roles = assign(names, stated_roles, words=words, keys=keys, called=called, filled=roles_filled - SEVERAL)
    _require_one_set(structures, roles.roles, called)
    result.index = roles.index
    result.findings += [*roles.findings, *_audit_replaced([called[at] for at in roles.replaced])]
    by_rule = {
        k for k, mine in enumerate(keys) if stated_role(stated_roles, mine) is None and "tumour" in roles.roles[k]
    }
    tumours = {called[k]: structures[k][1] for k in sorted(by_rule)}
    repeated, message = _repeated_by_files(tumours, [v for v in filled if v.voi.role == "tumour"])
    result.findings += message
    kept = [
        (f, replace(t, role=role))
        for (f, t, _), mine, word in zip(structures, roles.roles, called, strict=True)
        for role in mine
        if role != "tumour" or word not in repeated
    ]
    result.contours = tuple(t for _, t in kept if isinstance(t, Contour))
    result.volumes = tuple(t for _, t in kept if isinstance(t, Voi))
    for file in here:
        mine = [t for f, t in kept if f is file]
        if mine:
            result.used.append((file.series, ", ".join(f"{t.name} → {t.role}" for t in mine)))
            result.findings += [f for f in file.findings if _names_one_of(f, file, mine)]
    return result


def _audit_replaced(names: Sequence[str]) -> Iterator[Finding]:
    """Return a warning on structures in whose place a file of the case stands."""
    if names:
        text = ", ".join(f'"{n}"' for n in names)
        message = f"{text}: drawn, but set aside, for [files] names a volume in that role; make sure that it is the one that holds"
        yield Finding("warning", "structures-replaced", message)


def _repeated_by_files(
    tumours: Mapping[str, Structure], filled: Sequence[FileVolume]
) -> tuple[set[str], tuple[Finding, ...]]:
    """Return the drawn tumours that a tumour of [files] repeats, by what they are called, and a warning on what became of each.

    It repeats one that has its name and its place, or its place and its size; any other stays a tumour beside it: left out, it would
    become normal liver.
    """
    if not tumours or not filled:
        return set(), ()
    repeated = {
        word: of
        for word, structure in tumours.items()
        if (of := next((v for v in filled if v.repeats(structure)), None))
    }
    findings = []
    if repeated:
        pairs = ", ".join(
            f'"{w}" ({tumours[w].ml:.1f} mL) by "{v.voi.name}" ({v.voi.ml:.1f} mL)' for w, v in repeated.items()
        )
        values = {
            "tumours": len(repeated),
            **numbered("contour_ml", (tumours[w].ml for w in repeated)),
            **numbered("file_ml", (v.voi.ml for v in repeated.values())),
        }
        message = f"tumours that are drawn and that [files] names as well are replaced by the files: {pairs}"
        findings.append(Finding("warning", "tumours-replaced", message, values))
    if stay := [w for w in tumours if w not in repeated]:
        text = ", ".join(f'"{w}" ({tumours[w].ml:.1f} mL)' for w in stay)
        message = f'drawn tumours stay beside those of [files]: {text}; leave out what plays no part in case.toml: [roles] "{stay[0]}" = "{IGNORE}"'
        findings.append(
            Finding(
                "warning",
                "tumours-beside-files",
                message,
                {"tumours": len(stay), **numbered("contour_ml", (tumours[w].ml for w in stay))},
            )
        )
    return set(repeated), tuple(findings)


def _is_ignored(file: StructureSet, stated_roles: Mapping[str, str | list[str]]) -> bool:
    words = {file.label.strip().lower(), file.series.uid.lower(), file.series.first.path.name.lower()}
    return any(role == IGNORE and name.strip().lower() in words for name, role in stated_roles.items())


def _names_one_of(finding: Finding, file: StructureSet, mine: Sequence[Structure]) -> bool:
    """Tell whether a finding is about a structure that plays a role, or about the whole set."""
    names = [t.name for t in file.structures] + [e.name for e in file.empty]
    return any(f"structure {t.name}" in finding.message for t in mine) or not any(
        f"structure {n}" in finding.message for n in names
    )


def _structures_in_frames(
    files: Sequence[StructureSet], frames: set[str], filled: frozenset[str], result: Structures
) -> list[StructureSet]:
    """Return the sets that lie in the images' frame of reference."""
    here = [
        f for f in files if not frames or not f.structures or any(frame_of(t) in frames | {""} for t in f.structures)
    ]
    if files and not here and "liver" not in filled:
        raise GeometryError(
            "structures must be drawn in the frame of reference of the images, but every structure set lies in another; send the set drawn on these images",
            code="frame-contradiction",
        )
    if len(here) < len(files):
        message = f"{len(files) - len(here)} structure sets lie in another frame of reference and are left out"
        result.findings.append(
            Finding("note", "structures-elsewhere", message, values={"sets_left": len(files) - len(here)})
        )
    return here


def _distinct_names(keys: Sequence[Sequence[str]]) -> list[str]:
    """Return for each structure its shortest key that no other shares: what a refusal calls it, and [roles] can take."""
    count = Counter(k.strip().lower() for mine in keys for k in dict.fromkeys(mine))
    return [next((k for k in reversed(mine) if count[k.strip().lower()] == 1), mine[0]) for mine in keys]


def _require_contours(
    files: Sequence[StructureSet], stated_roles: Mapping[str, str | list[str]], filled: frozenset[str]
) -> None:
    """Refuse a structure without volume that plays a role, by [roles] or by its name: left out, it would change doses.

    Raises
    ------
    IntakeError
        Says how to leave it out.
    """
    played = filled | ({role for value in stated_roles.values() for role in role_words(value)} - SEVERAL)
    for file in files:
        for name, reason in ((e.name, e.reason) for e in file.empty):
            given = stated_role(stated_roles, file.keys(name))
            by_name = role_by_name(name)
            stated = () if given is None else role_words(given)
            role = " and ".join(stated) if given is not None else ("" if by_name in played | {"body"} else by_name)
            if role:
                why = "by [roles]" if given is not None else "by its name"
                raise IntakeError(
                    f'structure "{name}" must be drawn to be the {role} ({why}), but {reason}; left out it would change doses; '
                    f'draw it, or leave it out in case.toml:\n[roles]\n"{name}" = "{IGNORE}"',
                    code="structure-without-volume",
                )


def _require_one_set(
    structures: Sequence[tuple[StructureSet, Structure, str]], roles: Sequence[tuple[str, ...]], called: Sequence[str]
) -> None:
    """Refuse one structure drawn in two sets: a case must name the set that counts."""
    by_name: dict[tuple[str, str], tuple[StructureSet, str]] = {}
    played = ((f, t, r, w) for (f, t, _), mine, w in zip(structures, roles, called, strict=True) for r in mine)
    for file, structure, role, word in played:
        other, first = by_name.setdefault((structure.name.strip().lower(), role), (file, word))
        if other is not file:
            labels = other.series.veiled(other.label), file.series.veiled(file.label)
            sets = labels if labels[0] != labels[1] else (first, word)
            raise IntakeError(
                f'structure "{structure.name}" must come from one set, but "{sets[0]}" and "{sets[1]}" hold it; choose in case.toml:\n[roles]\n"{word}" = "{IGNORE}"',
                code="structure-set-ambiguous",
            )
