"""`yttria dvh`: who gets how much. A dose with structures, every volume with its metrics and its curve."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typing_extensions import TypedDict

from yttria.app.cli.face import envelope, refusals, say, write_json
from yttria.app.cli.root import app
from yttria.values.errors import Finding, GeometryError, IntakeError, QuantityError
from yttria.values.units import Gy, Share

if TYPE_CHECKING:
    from yttria.values.dvh import Dvh
    from yttria.values.grid import Grid
    from yttria.values.maps import DoseMap, Voi


class CurveRecord(TypedDict):
    """Share of the volume that receives each dose or more."""

    dose_gy: list[float]
    volume_share: list[float]


class VolumeRecord(TypedDict):
    """One volume: Dn is the dose, Gy, that n per cent of it receive; V, by dose asked for, the share that receives as much."""

    ml: float
    mean_gy: float
    min_gy: float
    max_gy: float
    D98: float
    D95: float
    D90: float
    D70: float
    D50: float
    D30: float
    D10: float
    D5: float
    D2: float
    V: dict[str, float]
    curve: CurveRecord


class DvhRecord(TypedDict):
    """What `yttria dvh` answers."""

    volumes: dict[str, VolumeRecord]


SHARES = (0.98, 0.95, 0.90, 0.70, 0.50, 0.30, 0.10, 0.05, 0.02)
CURVE_POINTS = 201


@app.command(epilog="Example: yttria dvh dose.dcm structures.dcm --v 120,205")
def dvh(
    dose: Annotated[Path, typer.Argument(help="RTDOSE, or a volume in Gy (NIfTI, NRRD, MetaImage).")],
    structures: Annotated[Path, typer.Argument(help="RTSTRUCT, or a volume of labels (0 is nothing).")],
    v: Annotated[
        str, typer.Option("--v", help="Doses, Gy, with commas: which share of each volume gets as much.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say what every volume receives: volume, mean, D98 … D2, V at asked doses, the whole curve."""
    with refusals():
        asked = _doses(v)
        field = _dose(dose)
        findings: list[Finding] = []
        volumes = {}
        for name, voi in _volumes(structures, field.grid, findings):
            volumes[name] = record(_dvh(field, voi), asked)
        if not volumes:
            raise IntakeError(
                "expected a structure that lies in the dose, found none; check that dose and structures belong together"
            )
        if as_json:
            sys.stdout.write(write_json(envelope("dvh", {"volumes": volumes}, findings)))
            return
        for line in lines(volumes):
            sys.stdout.write(line + "\n")
        for finding in findings:
            say(f"{finding.level}: {finding.message}")


def _dvh(field: "DoseMap", voi: "Voi") -> "Dvh":
    from yttria.values.dvh import Dvh

    return Dvh.of(field, voi)


def _doses(text: str) -> tuple[float, ...]:
    """Return the doses asked for, Gy."""
    try:
        found = tuple(float(word) for word in text.split(",") if word.strip())
    except ValueError:
        raise IntakeError(f"--v must be doses in Gy with commas, as 120,205, but is {text!r}") from None
    if any(not d >= 0 for d in found):
        raise IntakeError(f"--v must be doses of zero or more, Gy, but is {text!r}")
    return found


def _dose(path: Path) -> "DoseMap":
    from yttria.io.volume import is_volume, read_volume
    from yttria.values.maps import DoseMap

    if is_volume(path):
        grid, numbers = read_volume(path)
        return DoseMap(grid, numbers)
    from yttria.io.dicom.rtdose import read_rtdose

    return read_rtdose(path)


def _volumes(path: Path, grid: "Grid", findings: list[Finding]) -> Sequence[tuple[str, "Voi"]]:
    """Return every structure that lies in the dose, by name; those that do not become findings."""
    from yttria.io.volume import is_volume

    return _labels(path, grid) if is_volume(path) else _contours(path, grid, findings)


def _labels(path: Path, grid: "Grid") -> Sequence[tuple[str, "Voi"]]:
    import numpy as np

    from yttria.io.volume import read_volume
    from yttria.physics.align import onto
    from yttria.values.maps import Voi

    place, numbers = read_volume(path)
    labels = [value for value in np.unique(numbers) if value != 0]
    if not labels or len(labels) > 1000 or any(value != round(float(value)) for value in labels):
        raise IntakeError(
            f"{path.name} must hold whole-number labels above zero, but holds {len(labels)} other values; name a label map"
        )
    return [
        (f"{value:g}", onto(Voi(f"{value:g}", f"label {value:g}", place, numbers == value), grid)) for value in labels
    ]


def _contours(path: Path, grid: "Grid", findings: list[Finding]) -> Sequence[tuple[str, "Voi"]]:
    from yttria.io.dicom.rtstruct import read_rtstruct
    from yttria.physics.align import audit_coverage, shares_of

    found = []
    for contour in read_rtstruct(path):
        try:
            voi = shares_of(contour, grid)
        except (GeometryError, QuantityError) as error:
            findings.append(Finding("warning", "structure-left-out", str(error)))
            continue
        findings += audit_coverage(contour, voi)
        found.append((contour.name, voi))
    return found


def record(found: "Dvh", asked: Sequence[float] = ()) -> dict[str, Any]:
    """Return a DVH under the keys of the contract."""
    import numpy as np

    at = np.linspace(0.0, found.maximum, CURVE_POINTS)
    return {
        "ml": float(found.ml),
        "mean_gy": float(found.mean),
        "min_gy": float(found.minimum),
        "max_gy": float(found.maximum),
        **{f"D{100 * share:g}": float(found.dose_covering(Share(share))) for share in SHARES},
        "V": {f"{dose:g}": float(found.share_above(Gy(dose))) for dose in asked},
        "curve": {"dose_gy": at.tolist(), "volume_share": found.curve(at).tolist()},
    }


def lines(volumes: Mapping[str, Mapping[str, Any]]) -> Sequence[str]:
    """Return the volumes as a person reads them, 80 columns."""
    keys = ("mean_gy", "D98", "D95", "D50", "D2", "max_gy")
    head = f"{'volume':<24}{'mL':>8}" + "".join(f"{k.removesuffix('_gy'):>7}" for k in keys) + "   Gy"
    rows = [head]
    for name, row in volumes.items():
        short = name if len(name) <= 23 else name[:22] + "…"
        rows.append(f"{short:<24}{row['ml']:>8.1f}" + "".join(f"{row[k]:>7.1f}" for k in keys))
        for dose, share in row["V"].items():
            rows.append(f"{'':<24}V{dose} Gy {100 * share:.1f} %")
    return rows
