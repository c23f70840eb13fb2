"""What a plan of large images takes and holds at most: a SPECT of 256^3 voxels and a CT of 1000 slices.

Run `./run bench large_images`. The digital patient again, on finer grids over the same body: each voxel of its SPECT (128^3) becomes eight, each
slice of its CT (150 of 512 x 512) lies in the fine one as often as it takes to make 1000; all is written as DICOM and planned with PDF, HTML and
RTDOSE, the whole command in a process of its own.

Claim: below 1.5 GB (1.5e9 bytes) at the most.
"""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from race import shown, state, whole
from yttria.app.services.simulate import SimulationSettings, make_patient
from yttria.io.case.patient_case import read_patient_case
from yttria.io.dicom.ct import write_ct
from yttria.io.dicom.nm import write_tomo
from yttria.io.dicom.referenced_image import CT_IMAGE_STORAGE, Source
from yttria.io.dicom.rtstruct_writer import write_rtstruct
from yttria.values.grid import Grid
from yttria.values.maps import CountMap, CtImage

SLICES, FINER = 1000, 2
CLAIM_BYTES = 1.5e9
MIB = 2**20


def fine_ct(ct: CtImage) -> CtImage:
    """Return the CT in 1000 slices over the same body."""
    nz, ny, nx = ct.grid.shape_zyx
    dz, dy, dx = ct.grid.spacing_zyx_mm
    step = dz * nz / SLICES
    x, y, z = ct.grid.origin_lps_mm
    origin = (x, y, z - dz / 2 + step / 2)
    grid = Grid.aligned(
        (SLICES, ny, nx), spacing_zyx_mm=(step, dy, dx), origin_lps_mm=origin, frame_uid=ct.grid.frame_uid
    )
    return CtImage(grid, ct.hu[np.arange(SLICES) * nz // SLICES])


def fine_spect(image: CountMap) -> CountMap:
    """Return the SPECT with eight voxels in the place of each."""
    spacing = tuple(s / FINER for s in image.grid.spacing_zyx_mm)
    shape = tuple(n * FINER for n in image.grid.shape_zyx)
    x, y, z = (o - s * (FINER - 1) / 2 for o, s in zip(image.grid.origin_lps_mm, reversed(spacing), strict=True))
    grid = Grid.aligned(shape, spacing_zyx_mm=spacing, origin_lps_mm=(x, y, z), frame_uid=image.grid.frame_uid)
    counts = image.counts
    for axis in range(3):
        counts = np.repeat(counts, FINER, axis=axis)
    return replace(image, grid=grid, counts=counts)


def write_large(work: Path) -> Path:
    """Write the case; return its folder."""
    make_patient(work / "small", SimulationSettings(seed=1))
    small = read_patient_case(work / "small" / "patient")
    case = work / "large"
    (case / "dicom").mkdir(parents=True)
    identity = replace(small.identity, frame_uid=small.ct.grid.frame_uid)
    ct = fine_ct(small.ct)
    drawn = write_ct(case / "dicom", ct, identity, description="CT, phantom, 1000 slices")
    write_tomo(case / "dicom" / "spect.dcm", fine_spect(small.emission), drawn, description="SPECT, phantom, 256^3")
    write_rtstruct(
        case / "dicom" / "structures.dcm",
        small.contours,
        drawn,
        label="PHANTOM",
        source=Source(ct.grid, drawn.ct_series_uid, CT_IMAGE_STORAGE, drawn.ct_sop_uids),
    )
    (case / "case.toml").write_text((work / "small" / "patient" / "case.toml").read_text())
    return case


def main() -> None:
    print(state(), flush=True)
    yttria = str(Path(sys.executable).with_name("yttria"))
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        write_large(work)
        print("\n| plan | wall | CPU | peak memory |\n|---|---|---|---|")
        most = 0.0
        for title, case in (
            ("SPECT 128^3, CT of 150 slices", work / "small" / "patient"),
            ("SPECT 256^3, CT of 1000 slices", work / "large"),
        ):
            done = whole([yttria, "plan", str(case), "--out", str(work / "plan"), "--replace"])
            most = done.peak_mb * MIB
            print(
                f"| {title} | {shown(done.took.wall_s)} | {shown(done.took.cpu_s)} | {done.peak_mb:.0f} MB |",
                flush=True,
            )
    verdict = "claim met" if most < CLAIM_BYTES else "claim not met"
    print(f"\n{most / 1e9:.2f} GB of {CLAIM_BYTES / 1e9:g} GB: {verdict}\n\n{state()}", flush=True)


if __name__ == "__main__":
    main()
