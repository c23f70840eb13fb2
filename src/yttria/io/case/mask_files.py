"""A file or a folder as a volume of interest: binary masks, one label of a map, a binary DICOM series."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from yttria.io.case.case_file import Case
from yttria.io.dicom.geometry import series_stack
from yttria.io.dicom.pixels import read_slices
from yttria.io.dicom.scan import scan
from yttria.io.dicom.series import Series
from yttria.io.ground.structure_roles import VOLUME_ROLES, plain
from yttria.io.volumes.label_map import ROUNDED, LabelMap, is_named, label_map_of, whole_labels
from yttria.io.volumes.volume import Volume, is_volume, open_volume
from yttria.values.contour import Contour
from yttria.values.errors import Finding, IntakeError, numbered
from yttria.values.grid import Grid
from yttria.values.maps import Array, Voi
from yttria.values.units import MM3_PER_ML

ONE_PLACE = 0.5  # of the edge of a cube: centres of one lesion drawn twice lie nearer
ONE_SIZE = 0.1  # of edge and volume: one outline drawn twice differs by less
MASK_BITS = 8


@dataclass(frozen=True, slots=True, eq=False)
class FileVolume:
    """A volume of interest that [files] names.

    Parameters
    ----------
    where
        As [files] writes it: a path, with its label.
    words
        What it is called: its key, its segment, its file.
    """

    voi: Voi
    where: str
    words: tuple[str, ...]

    def repeats(self, structure: Contour | Voi) -> bool:
        """Tell whether it is a drawn structure once more: of its name and place, or of its place and size.

        Places are one where their centres lie nearer than half the edge of a cube of the smaller volume; without a name, nearer than a
        tenth of it, and volumes may differ by a tenth.
        """
        apart = float(np.linalg.norm(np.subtract(self.voi.centroid_lps_mm, structure.centroid_lps_mm)))
        edge = (min(self.voi.ml, structure.ml) * MM3_PER_ML) ** (1 / 3)
        if plain(structure.name) in {plain(word) for word in self.words}:
            return bool(apart < ONE_PLACE * edge)
        return bool(apart < ONE_SIZE * edge and abs(self.voi.ml - structure.ml) < ONE_SIZE * structure.ml)


def looks_like_mask(series: Series) -> bool:
    """Tell whether a CT series may be a mask: tools store masks as CT of 8 bits."""
    return series.modality == "CT" and series.first.count("BitsAllocated") <= MASK_BITS


def named_files(case: Case) -> Iterator[tuple[str, str, str]]:
    """Return (role, name, path as written) of each volume of interest in [files]."""
    for role in VOLUME_ROLES:
        if role == "tumour":
            yield from ((role, _name_of(where), where) for where in case.files.numbered.values())
        value = getattr(case.files, role)
        if value is None:
            continue
        if isinstance(value, dict):
            yield from ((role, name, where) for name, where in value.items())
        else:
            for where in [value] if isinstance(value, str) else value:
                yield role, _name_of(where), where


def read_file_volumes(folder: Path, case: Case) -> tuple[tuple[FileVolume, ...], tuple[Finding, ...]]:
    """Read the volumes of interest in [files]; what is named twice, or is the same volume in the same role, counts once, which is said.

    Raises
    ------
    IntakeError, GeometryError, QuantityError
        As `read_mask`.
    """
    keys = {where: key for key, where in case.files.numbered.items()}
    index = index_of_files(case)
    kept: list[FileVolume] = []
    results: list[Finding] = []
    for role, name, where in named_files(case):
        voi, findings = read_mask(folder, where, role=role, name=name)
        results += findings
        words = tuple(dict.fromkeys(w for w in (name, keys.get(where, ""), _name_of(where)) if w))
        volume = FileVolume(voi, where, words)
        same = next((at for at, v in enumerate(kept) if _are_one(v.voi, voi)), None)
        if same is None:
            kept.append(volume)
            continue
        message = f'[files] names one volume twice as {role}: "{kept[same].where}" and "{where}"; it counts once'
        results.append(Finding("note", "file-twice", message))
        if name == index:
            kept[same] = volume
    return tuple(kept), tuple(results)


def _are_one(one: Voi, other: Voi) -> bool:
    return one.role == other.role and one.grid == other.grid and np.array_equal(one.share, other.share)


def require_known_files(case: Case, names: Collection[str]) -> None:
    """Refuse [roles] that give a volume of [files] another role than that of the index lesion.

    Parameters
    ----------
    names
        Names that structures and series have: of those [roles] may say anything.

    Raises
    ------
    IntakeError
        Says where its role is stated.
    """
    others = {name.strip().lower() for name in names}
    files = {word.strip().lower() for word, _ in names_of_files(case)} - others
    for name, named in case.roles.items():
        roles = {named} if isinstance(named, str) else set(named)
        if name.strip().lower() in files and roles - {"index", "tumour"}:
            raise IntakeError(
                f'[roles] can call "{name}" of [files] the index lesion only, but says {", ".join(sorted(roles))}; its roles are the keys of [files]: '
                "name its file under each",
                code="index-role",
            )


def _name_of(where: str) -> str:
    """Return what a volume is called: its segment, or its file's name without suffix, with its label where it is one of a map."""
    written, sign, label = where.partition("#")
    if label and not label.isdigit():
        return label
    return Path(written).name.partition(".")[0] + sign + label


def names_of_files(case: Case) -> Iterator[tuple[str, str]]:
    """Return (word, name) for each word by which [roles] may speak of a tumour in [files]: its key, its path, its name."""
    for role, name, where in named_files(case):
        if role == "tumour":
            yield from ((name, name), (where, name))
    yield from ((key, _name_of(where)) for key, where in case.files.numbered.items())


def index_of_files(case: Case) -> str | None:
    """Return the name of the tumour in [files] that [roles] calls the index lesion, or None."""
    named = {
        word.strip().lower()
        for word, role in case.roles.items()
        if "index" in ([role] if isinstance(role, str) else role)
    }
    return next((name for word, name in names_of_files(case) if word.lower() in named), None)


def mask_series(folder: Path, case: Case) -> tuple[Series, ...]:
    """Return the DICOM series among the volumes of interest in [files]: whose they are must be known as well."""
    places = dict.fromkeys(folder / where.partition("#")[0] for _, _, where in named_files(case))
    return tuple(s for p in places if p.exists() and not is_volume(p) for s in scan(p).series)


def read_mask(folder: Path, where: str, *, role: str, name: str) -> tuple[Voi, tuple[Finding, ...]]:
    """Read a volume of interest from `where`, with the findings that it raises.

    A volume, a label or a segment of it ("seg.nii.gz#5", "seg.seg.nrrd#Liver"), or a folder of a binary DICOM series.

    Raises
    ------
    IntakeError
        Nothing there; not binary; several labels and none named; the named label is absent.
    """
    written, _, label = where.partition("#")
    path = folder / written
    if not path.exists():
        raise IntakeError(
            f"[files] {role} must name a file or a folder, but nothing is at {written}; check the path",
            code="named-file-absent",
        )
    volume = open_volume(path) if is_volume(path) else Volume(*_binary_series(path, role))
    if label or is_named(volume) or volume.numbers.ndim != 3:
        result = label_map_of(volume, path.name)
        share, findings = _segment(result, label, where), result.findings
    else:
        share, findings = _shares(volume, where)
    return Voi(name, role, *cropped(volume.grid, share)), findings


def cropped(grid: Grid, share: Array) -> tuple[Grid, Array]:
    """Return the part of a volume of interest that holds it, a voxel of nothing around: a tenth of the memory."""
    slices = []
    for axis in range(3):
        marked = np.flatnonzero(share.any(axis=tuple(a for a in range(3) if a != axis)))
        slices.append(slice(max(int(marked[0]) - 1, 0), int(marked[-1]) + 2))
    z, y, x = slices
    part = share[z, y, x]
    affine = grid.matrix
    affine[:3, 3] = grid.points_of([(x.start, y.start, z.start)])[0]
    return Grid.of(part.shape, affine, grid.frame_uid), np.asarray(part, dtype=np.float32)


def _segment(label_map: LabelMap, word: str, where: str) -> Array:
    """Return the voxels of the segment that a name or number means; of the only one where none is named."""
    chosen = label_map.called(word) if word else label_map.segments
    if len(chosen) == 1:
        return label_map.marks(chosen[0])
    text = ", ".join(dict.fromkeys(s.name for s in label_map.segments[:20])) or "none"
    if len(chosen) > 1 and word:
        raise IntakeError(
            f"{where} must name one segment, but {len(chosen)} are called so; rename them, or name one by its label",
            code="segment-name-duplicate",
            values={"chosen": len(chosen)},
        )
    how = (
        f'name one as "{where.partition("#")[0]}#{label_map.segments[0].name}"'
        if label_map.segments
        else "draw it again"
    )
    raise IntakeError(
        f"{where} must name a label or a segment of the map, but present are: {text}; {how}", code="label-unknown"
    )


def _shares(volume: Volume, where: str) -> tuple[Array, tuple[Finding, ...]]:
    """Return a mask as 0..1: 0 and one other value, or shares that already lie between; and that a scaled one was rounded."""
    array = volume.numbers
    findings: tuple[Finding, ...] = ()
    low = float(array.min())
    if low < -ROUNDED:
        raise IntakeError(
            f"{where} must be a mask, but holds values down to {low:g}; name a mask",
            code="mask-values",
            values={"lowest": float(low)},
        )
    if np.issubdtype(array.dtype, np.floating) and float(np.abs(array - np.rint(array)).max()) <= ROUNDED:
        array, findings = whole_labels(array, volume.step, where)  # a mask that a scale factor moved off 0 and 1
    high = float(array.max())
    if high <= 0:
        raise IntakeError(f"{where} must mark part of the patient, but is empty; draw it again", code="mask-empty")
    marked = array == high
    if int(np.count_nonzero(marked)) == int(np.count_nonzero(array)):
        return np.asarray(marked), findings
    if np.issubdtype(array.dtype, np.floating) and high <= 1 and low >= 0:
        return np.asarray(array), findings
    labels = np.unique(array)
    first = labels[labels > 0][:8]
    text = ", ".join(f"{v:g}" for v in first)
    raise IntakeError(
        f'{where} must be a mask of one value, but holds {len(labels) - int(labels[0] == 0)} ({text} …); name one label as "{where}#{labels[-1]:g}"',
        code="mask-values",
        values={"highest": float(labels[-1]), **numbered("value", first)},
    )


def _binary_series(path: Path, role: str) -> tuple[Grid, Array]:
    result = scan(path)
    if len(result.series) != 1:
        raise IntakeError(
            f"[files] {role} must name a volume or a folder with one DICOM series, but {path.name} holds {len(result.series)}; name one folder a volume",
            code="named-folder-content",
            values={"series": len(result.series)},
        )
    series = result.series[0]
    what = f"the mask of {role}"
    stack = series_stack(series, what=what)
    ordered = [series.headers[i] for i in stack.order]
    return stack.grid, read_slices(ordered, stack.grid.shape_zyx, what=what)
