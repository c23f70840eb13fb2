"""What is gathered while a case is read, and how one series is chosen for a role."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from yttria.io.case.case_file import Case
from yttria.io.dicom.phases import one_phase
from yttria.io.dicom.scan import Scan
from yttria.io.dicom.series import Series, words_for
from yttria.values.errors import Finding, IntakeError
from yttria.values.grid import Grid
from yttria.values.patient import InputRecord


@dataclass(slots=True)
class CaseContext:
    """What is gathered while a case is read."""

    case: Case
    folder: Path
    scan: Scan
    used: list[Series] = field(default_factory=list)
    inputs: list[InputRecord] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    modality: str = ""

    def named(self, role: str) -> set[str]:
        """Return the names that [roles] gives to this role, in lower case."""
        return {n.strip().lower() for n, r in self.case.roles.items() if role in ([r] if isinstance(r, str) else r)}

    def phase_of(self, series: Series) -> Series:
        """Return the phase of a series that [phases] names, and note that; the series itself where it names none."""
        chosen, findings = one_phase(series, self.case.phases)
        self.findings += findings
        return chosen


def choose(candidates: Sequence[Series], named: set[str], *, role: str) -> Series | None:
    """Return the series that plays a role: the one that the case names, else the only candidate, else none.

    Raises
    ------
    IntakeError
        Several could; the message lists them and says how to choose.
    """
    if named:
        candidates = [s for s in candidates if words_for(s) & named]
    if len(candidates) <= 1:
        return candidates[0] if candidates else None
    text = "; ".join(f'"{s.description}" ({len(s.paths)} files, {s.uid or s.folder_name})' for s in candidates[:6])
    example = candidates[0].uid or candidates[0].folder_name
    raise IntakeError(
        f'one series must be the {role}, but {len(candidates)} could be: {text}; choose in case.toml:\n[roles]\n"{example}" = "{role}"',
        code="role-ambiguous",
        values={"candidates": len(candidates)},
    )


def existing_path(context: CaseContext, where: str, role: str) -> Path:
    """Return the path that [files] names for a role.

    Raises
    ------
    IntakeError
        Nothing is there.
    """
    path = context.folder / where
    if not path.exists():
        raise IntakeError(
            f"[files] {role} must name a file or a folder, but nothing is at {where}; check the path",
            code="named-file-absent",
        )
    return path


def grid_words(grid: Grid) -> str:
    """Return how many voxels of what size a grid has, for the record of an input."""
    nz, ny, nx = grid.shape_zyx
    dz, dy, dx = grid.spacing_zyx_mm
    return f"{nx} × {ny} × {nz} voxels of {dx:.4g} × {dy:.4g} × {dz:.4g} mm"
