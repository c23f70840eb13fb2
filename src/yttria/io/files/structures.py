"""Structures from any file: contours of an RTSTRUCT, segments of a SEG, labels of a volume; with whose they are."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from yttria.io.case.frames_of_reference import frame_of
from yttria.io.case.mask_files import cropped
from yttria.io.case.structure_sets import read_structures
from yttria.io.case.unused_files import audit_copies
from yttria.io.dicom.empty_structure import EmptyStructure
from yttria.io.dicom.scan import scan
from yttria.io.dicom.series import Series
from yttria.io.ground.zip_archive import is_archive, unpacked
from yttria.io.volumes.label_map import read_label_map
from yttria.io.volumes.volume import is_volume
from yttria.values.errors import Finding, IntakeError
from yttria.values.maps import Voi
from yttria.values.structure import Structure


@dataclass(frozen=True, slots=True, eq=False)
class StructureFile:
    """Structures as read, each under a name of its own.

    Parameters
    ----------
    structures
        What holds volume, by name; the second of a name in a set is "NAME#2".
    empty
        Those without volume.
    series
        The DICOM files that they came from: whose they are can be asked there.
    findings
        Findings.
    """

    structures: tuple[tuple[str, Structure], ...]
    empty: tuple[EmptyStructure, ...]
    series: tuple[Series, ...]
    findings: tuple[Finding, ...]

    @property
    def frames(self) -> set[str]:
        """Return the frames of reference that they lie in; an empty one where none is stated."""
        return {frame_of(structure) for _, structure in self.structures}


def read_structure_file(path: Path, *, images: Sequence[Series] = ()) -> StructureFile:
    """Read the structures of a file (RTSTRUCT, SEG, a volume of labels), or of a folder or ZIP with such DICOM files.

    Parameters
    ----------
    images
        Images that are named beside it: the one that the structures were drawn on tells their slices.

    Raises
    ------
    IntakeError
        Nothing there, or nothing that holds structures; a volume of other numbers than labels.
    GeometryError
        A volume or a segmentation that lies on no even grid.
    """
    if is_volume(path):
        return _labels(path)
    result = scan(unpacked(path) if is_archive(path) else path)
    files = read_structures(result, images=images)
    if not files:
        kinds = ", ".join(sorted({s.modality or "no modality" for s in result.series}))
        raise IntakeError(
            f"expected structures (RTSTRUCT, SEG, or a volume of labels) in {path.name}, found {kinds or 'no DICOM'}; name another file",
            code="structures-absent",
        )
    structures = tuple(_distinct_names((t.name, t) for f in files for t in f.structures))
    empty = tuple(e for f in files for e in f.empty)
    blank = [e.name for e in empty if e.blank]
    findings = [*(finding for f in files for finding in f.findings), *_audit_empty(blank), *audit_copies(result)]
    return StructureFile(structures, empty, tuple(f.series for f in files), tuple(dict.fromkeys(findings)))


def _audit_empty(names: Sequence[str]) -> Iterator[Finding]:
    """Return a note that names structures in which nothing is drawn."""
    if names:
        message = f"{len(names)} structures hold no volume and are left out: {', '.join(names[:8])}{' …' if len(names) > 8 else ''}"
        yield Finding("note", "structures-empty", message, values={"names": len(names)})


def _distinct_names(named: Iterator[tuple[str, Structure]]) -> Iterator[tuple[str, Structure]]:
    """Return structures under names that differ: the second of a name gets "#2", the third "#3"."""
    count: Counter[str] = Counter()
    for name, structure in named:
        count[name] += 1
        yield (name if count[name] == 1 else f"{name}#{count[name]}"), structure


def _labels(path: Path) -> StructureFile:
    """Return each label of a volume as a structure, by its name where the file names it, else by its number."""
    result = read_label_map(path)
    if not result.segments:
        raise IntakeError(
            f"{path.name} must hold whole-number labels above zero, but holds none; name a label map",
            code="label-values",
        )
    structures = (
        (s.name, Voi(s.name, "" if result.named else f"label {s.name}", *cropped(result.grid, result.marks(s))))
        for s in result.segments
    )
    findings = [*result.findings, *_audit_empty(result.empty)]
    empty = tuple(EmptyStructure(name, "has no voxel in it", blank=True) for name in result.empty)
    return StructureFile(tuple(_distinct_names(structures)), empty, (), tuple(findings))
