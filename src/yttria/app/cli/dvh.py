"""`yttria dvh`: who gets how much. A dose with structures, every volume with its metrics and its curve."""

import sys
from collections.abc import Mapping, Sequence

from yttria.app.cli.output import answer, say
from yttria.app.cli.request import request_command
from yttria.app.cli.root import app
from yttria.contract.dosimetry import DvhRequest, VolumeRecord

SAMPLINGS = {"voxels": "whole voxels by their shares", "interpolated": "dose read between the voxels' centres"}


@request_command(app, DvhRequest, epilog="Example: yttria dvh dose.dcm structures.dcm --v 120,205")
def dvh(request: DvhRequest, as_json: bool) -> None:
    """Say what every volume receives: volume, mean, D98 … D2, V at asked doses, the whole curve."""
    from yttria.app.services.dvh import run

    done = run(request)
    if as_json:
        answer("dvh", done, as_json=True)
        return
    for line in lines(done.result.volumes):
        sys.stdout.write(line + "\n")
    sys.stdout.write(f"{SAMPLINGS[done.result.sampling]}; means are weighted by {done.result.mean_weighting}\n")
    for finding in done.findings:
        say(f"{finding.level}: {finding.message}")


def lines(volumes: Mapping[str, VolumeRecord]) -> Sequence[str]:
    """Return the volumes as a person reads them, 80 columns."""
    keys = ("mean_gy", "D98", "D95", "D50", "D2", "max_gy")
    head = f"{'volume':<24}{'mL':>8}" + "".join(f"{k.removesuffix('_gy'):>7}" for k in keys) + "   Gy"
    rows = [head]
    for name, row in volumes.items():
        short = name if len(name) <= 23 else name[:22] + "…"
        rows.append(f"{short:<24}{row.ml:>8.1f}" + "".join(f"{getattr(row, k):>7.1f}" for k in keys))
        for dose, share in row.V.items():
            rows.append(f"{'':<24}V{dose} Gy {100 * share:.1f} %")
    return rows
