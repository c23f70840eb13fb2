"""`yttria inspect`: the DICOM doctor. What is here, what role it could play, what is wrong, how bad, what to do."""

import sys
import textwrap
from collections.abc import Iterator, Sequence

from yttria.app.cli.output import answer
from yttria.app.cli.progress import terminal_progress
from yttria.app.cli.request import request_command
from yttria.app.cli.root import app
from yttria.contract.inspection import InspectRequest, InspectResult, SeriesRecord, StructureRecord
from yttria.values.errors import Finding

WIDTH = 80
MARKS = {"stop": "✗", "warning": "!", "note": "·"}


@request_command(app, InspectRequest, epilog="Example: yttria inspect patient/")
def inspect(request: InspectRequest, as_json: bool) -> None:
    """Say what is in a folder: series, roles, units, geometry, what is wrong and what can be done."""
    from yttria.app.services.inspect import run

    with terminal_progress() as progress:
        done = run(request, progress=progress)
    if as_json:
        answer("inspect", done, as_json=True)
        return
    for line in lines(done.result, done.findings):
        sys.stdout.write(line + "\n")


def lines(inspect_result: InspectResult, findings: Sequence[Finding]) -> Iterator[str]:
    """Return an inspection as a person reads it, 80 columns."""
    yield (
        f"{_counted(inspect_result.files.read, 'file')} of {_counted(inspect_result.patients, 'patient')}: {len(inspect_result.series)} series, "
        f"{_counted(len(inspect_result.structures), 'structure')}, {_counted(len(inspect_result.doses), 'dose')}; {_counted(len(inspect_result.files.ignored), 'file')} ignored"
    )
    if inspect_result.series or inspect_result.doses:
        yield ""
        yield f"{'':2}{'series':<24} {'kind':<7}{'unit':<9}{'voxels':<14}{'mm':<15}role"
        for entry in (*inspect_result.series, *inspect_result.doses):
            yield from _series_lines(entry)
    if inspect_result.structures:
        yield ""
        yield f"{'':2}{'structure':<38} {'mL':>9}  {'role':<9}set"
        for structure in inspect_result.structures:
            yield from _structure_lines(structure)
    yield from _finding_lines(findings)
    yield from _ignored_lines(inspect_result)


def _finding_lines(findings: Sequence[Finding]) -> Iterator[str]:
    if findings:
        yield ""
    for level, mark in MARKS.items():
        for finding in (f for f in findings if f.level == level):
            yield from _wrapped(f"{mark} {finding.message}")


def _ignored_lines(inspect_result: InspectResult) -> Iterator[str]:
    reasons: dict[str, int] = {}
    for item in inspect_result.files.ignored:
        reasons[item.why] = reasons.get(item.why, 0) + 1
    if reasons:
        yield ""
    for why, count in reasons.items():
        yield from _wrapped(f"  ignored {_counted(count, 'file')}: {why}")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _series_lines(entry: SeriesRecord) -> Iterator[str]:
    voxels = "×".join(str(n) for n in reversed(entry.shape_zyx)) if entry.shape_zyx else "—"
    spacing = "×".join(f"{d:.3g}" for d in reversed(entry.spacing_zyx_mm)) if entry.spacing_zyx_mm else "—"
    mark = " " if entry.usable else "✗"
    role = ", ".join(entry.roles) if entry.usable else "none"
    yield f"{mark} {_short(entry.description, 24):<24} {entry.modality:<7}{entry.unit:<9}{voxels:<14}{spacing:<15}{role}".rstrip()
    for reason in entry.reasons:
        yield from _wrapped(f"    {reason}")


def _structure_lines(entry: StructureRecord) -> Iterator[str]:
    volume = "—" if entry.volume_ml is None else f"{entry.volume_ml:.1f}"
    mark = " " if entry.usable else "✗"
    yield f"{mark} {_short(entry.name, 38):<38} {volume:>9}  {entry.role or '—':<9}{_short(entry.set, 20)}".rstrip()
    for reason in entry.reasons:
        yield from _wrapped(f"    {reason}")


def _short(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _wrapped(text: str) -> list[str]:
    indent = " " * (len(text) - len(text.lstrip()) + 2)
    return textwrap.wrap(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
