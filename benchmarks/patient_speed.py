"""One patient's steps beside the same steps of the peers that users would pick, in one run: a ratio per step; then whole commands.

Run `./run bench patient_speed`. Everything works on the digital patient (512 x 512 x 150 CT, 128^3 SPECT), files in the page cache. The
contenders run in turn; the least wall time of each counts. Reading, structures and DVHs are in reading_speed.py.

Peers: SimpleITK (one thread, as ours: means over bins of whole CT voxels, then linear; and points alone, which keep no mass), pydicom
(RTDOSE: a template's header, scaled whole numbers of 32 bits; once with an identifier that follows from the content, as ours does so that
the same dose gives the same file, once with one at random).
"""

import hashlib
import sys
import tempfile
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import SimpleITK as sitk  # noqa: N813
from pydicom.uid import generate_uid

import peers
from race import Took, head, race, row, shown, state, whole
from yttria.app.services.simulate import SimulationSettings, make_patient
from yttria.io.case.patient_case import read_patient_case
from yttria.io.dicom.rtdose import write_rtdose
from yttria.physics.quantification.ct_density import density_on
from yttria.values.grid import Grid
from yttria.values.maps import CtImage, DoseMap
from yttria.values.patient import PatientIdentity


def to_emission(ct: CtImage, image: Any, grid: Grid) -> None:
    reference = sitk.Image(*reversed(grid.shape_zyx), sitk.sitkFloat32)
    reference.SetSpacing(tuple(reversed(grid.spacing_zyx_mm)))
    reference.SetOrigin(grid.origin_lps_mm)
    finer = zip(reversed(grid.spacing_zyx_mm), image.GetSpacing(), strict=True)
    shrink = [max(round(wanted / own), 1) for wanted, own in finer]
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)

    def by_points() -> Any:  # no mean: a voxel is what one point of it is, so that mass is lost
        return sitk.Resample(image, reference, sitk.Transform(), sitk.sitkLinear, -1000.0, sitk.sitkFloat32)

    row(
        "CT to density on the SPECT grid",
        race(
            {
                "yttria, exact means over voxels": lambda: density_on(ct, grid),
                "SimpleITK, BinShrink then linear": lambda: peers.density_by_bin_shrink(image, reference, shrink),
                "SimpleITK, points only": by_points,
            }
        ),
    )


def dose_out(dose: DoseMap, identity: PatientIdentity, work: Path) -> None:
    file = work / "dose.dcm"
    write_rtdose(file, dose, identity, comment="benchmark")
    row(
        "RTDOSE out (128^3, 32 bit)",
        race(
            {
                "yttria": lambda: write_rtdose(file, dose, identity, comment="benchmark"),
                "pydicom, the same work": lambda: by_pydicom(file, work / "peer.dcm", dose.gy, by_content=True),
                "pydicom, identifier at random": lambda: by_pydicom(file, work / "peer.dcm", dose.gy),
            }
        ),
    )


def by_pydicom(template: Path, path: Path, gy: np.ndarray, *, by_content: bool = False) -> None:
    """Write a dose as users do: a template's header, scaled whole numbers, a new identifier: at random, or as ours from the SHA-256 of the numbers."""
    dataset = pydicom.dcmread(template)
    scaling = float(gy.max()) / (2**32 - 1)
    dataset.DoseGridScaling = f"{scaling:.10g}"
    pixels = np.round(gy.astype(np.float64) / scaling).clip(0, 2**32 - 1).astype(np.uint32).tobytes()
    sources = [hashlib.sha256(pixels).hexdigest()] if by_content else None
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=sources)
    dataset.PixelData = pixels
    dataset.save_as(path)


def commands(patient: Path, work: Path) -> None:
    """Time whole commands as a user meets them: a process each, imports and all, with its peak memory."""
    yttria = str(Path(sys.executable).with_name("yttria"))
    print("\n| command | wall | CPU | peak memory |\n|---|---|---|---|")
    trial = work / "demo" / "trial"
    study = ["analyse", str(trial / "protocol.toml"), str(trial / "cohort.csv"), "--out"]
    dose = ["dvh", str(work / "plan" / "dose.dcm"), str(patient / "dicom" / "structures.dcm"), "--json"]
    for name, words, many in (
        ("yttria --help", ["--help"], 6),
        ("yttria plan, DICOM to PDF, HTML and RTDOSE", ["plan", str(patient), "--out", str(work / "plan")], 6),
        ("yttria dvh, six structures", dose, 6),
        ("yttria demo", ["demo", "--out", str(work / "demo")], 2),
        ("yttria analyse, 56 rows, JSON", [*study, str(work / "json"), "--json"], 6),
        ("yttria analyse, 56 rows, with report", [*study, str(work / "report")], 4),
    ):
        runs = [whole([yttria, *words]) for _ in range(many)]
        best = reduce(Took.least, (r.took for r in runs[1:]))
        peak = max(r.peak_mb for r in runs)
        print(f"| {name} | {shown(best.wall_s)} | {shown(best.cpu_s)} | {peak:.0f} MB |", flush=True)


def main() -> None:
    print(state(), flush=True)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        make_patient(work, SimulationSettings(seed=1))
        patient_case = read_patient_case(work / "patient")
        grid = patient_case.emission.grid
        head()
        to_emission(patient_case.ct, peers.ct_by_itk(sorted((work / "patient" / "dicom").glob("ct-*.dcm"))), grid)
        gy = np.random.default_rng(1).gamma(2.0, 40.0, grid.shape_zyx)
        dose_out(DoseMap(grid, gy), patient_case.identity, work)
        commands(work / "patient", work)
    print(f"\n{state()}", flush=True)


if __name__ == "__main__":
    main()
