"""One patient's steps beside the same steps of the peers that users would pick, in one run: a ratio per step.

Run `./run bench patient_speed`. Everything works on the digital patient (512 x 512 x 150 CT, 128^3 SPECT), files in the page cache. Each step is
done once to warm up (compiled kernels, imports), then several times; the median counts. Processes that peers start are timed whole.

Peers: pydicom (tuned loop: known tags only, pixels into one array), SimpleITK (series reader, resampling), rt-utils and plastimatch (contours
to masks; plastimatch also pays for reading what ours has read), dicompyler-core (DVH), pydicom (RTDOSE).
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pydicom
import pydicom.dicomio
import SimpleITK as sitk  # noqa: N813
from rt_utils import RTStructBuilder

from yttria.app.simulate import Wish, make_patient
from yttria.io.dicom.ct import read_ct
from yttria.io.dicom.rtdose import write_rtdose
from yttria.io.dicom.rtstruct import read_rtstruct
from yttria.io.dicom.series import scan
from yttria.io.intake import read_intake
from yttria.physics.align import shares_of
from yttria.physics.density import density_on
from yttria.values.dvh import Dvh
from yttria.values.grid import Grid
from yttria.values.maps import CtImage, DoseMap
from yttria.values.patient import Luggage

REPEATS = 5

# dicompyler-core 0.5.6 asks for names that pydicom 3 has renamed.
pydicom.dicomio.read_file = pydicom.dcmread  # type: ignore[attr-defined]
pydicom.read_file = pydicom.dcmread  # type: ignore[attr-defined]
dvhcalc = import_module("dicompylercore.dvhcalc")


def timed(work: Callable[[], Any], *, repeats: int = REPEATS) -> float:
    """Return the median of several runs after one that does not count, s."""
    work()
    took = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return median(took)


def row(step: str, ours: float, peers: dict[str, float]) -> None:
    told = "   ".join(f"{name} {1000 * s:.0f} ms ({s / ours:.1f}x)" for name, s in peers.items())
    print(f"{step:<34} yttria {1000 * ours:.0f} ms   {told}", flush=True)


def pydicom_loop(files: list[Path]) -> np.ndarray:
    """Read slices as a careful user of pydicom would: few tags, one preallocated array."""
    tags = [
        "ImagePositionPatient",
        "Rows",
        "Columns",
        "BitsAllocated",
        "PixelRepresentation",
        "SamplesPerPixel",
        "PhotometricInterpretation",
        "RescaleSlope",
        "RescaleIntercept",
        "PixelData",
    ]
    read = [pydicom.dcmread(f, specific_tags=tags) for f in files]
    read.sort(key=lambda d: float(d.ImagePositionPatient[2]))
    volume = np.empty((len(read), read[0].Rows, read[0].Columns), np.int16)
    for k, d in enumerate(read):
        volume[k] = np.frombuffer(d.PixelData, np.int16).reshape(d.Rows, d.Columns)
    slope, intercept = float(read[0].RescaleSlope), float(read[0].RescaleIntercept)
    return volume if (slope, intercept) == (1, 0) else volume * np.int16(slope) + np.int16(intercept)


def itk_series(files: list[Path]) -> Any:
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames([str(f) for f in files])
    return reader.Execute()


def reading(folder: Path) -> tuple[CtImage, Any, list[Path]]:
    files = sorted(folder.glob("ct-*.dcm"))
    series = next(s for s in scan(folder).series if s.modality == "CT")
    row(
        "read 150 CT slices",
        timed(lambda: read_ct(series)),
        {"SimpleITK": timed(lambda: itk_series(files)), "pydicom": timed(lambda: pydicom_loop(files))},
    )
    row(
        "  with the scan of the folder",
        timed(lambda: read_ct(next(s for s in scan(folder).series if s.modality == "CT"))),
        {},
    )
    return read_ct(series), itk_series(files), files


def contours(folder: Path, ct: CtImage, files: list[Path], work: Path) -> dict[str, np.ndarray]:
    structures = next(folder.glob("*rs*.dcm"), None) or next(
        f for f in folder.glob("*.dcm") if pydicom.dcmread(f, specific_tags=["Modality"]).Modality == "RTSTRUCT"
    )
    drawn = read_rtstruct(structures)
    alone = work / "ct"
    alone.mkdir()
    for f in files:
        (alone / f.name).symlink_to(f)

    def by_rt_utils() -> dict[str, np.ndarray]:
        builder = RTStructBuilder.create_from(dicom_series_path=str(alone), rt_struct_path=str(structures))
        return {name: builder.get_roi_mask_by_name(name) for name in builder.get_roi_names()}

    def by_plastimatch() -> None:
        subprocess.run(
            [
                "plastimatch",
                "convert",
                "--input",
                str(structures),
                "--referenced-ct",
                str(alone),
                "--output-prefix",
                str(work / "masks"),
                "--prefix-format",
                "nrrd",
            ],
            check=True,
            capture_output=True,
        )

    row(
        f"{len(drawn)} contours to the CT grid",
        timed(lambda: [shares_of(c, ct.grid) for c in read_rtstruct(structures)], repeats=3),
        {"plastimatch": timed(by_plastimatch, repeats=2), "rt-utils": timed(by_rt_utils, repeats=1)},
    )
    return {}


def to_emission(ct: CtImage, image: Any, grid: Grid) -> None:
    reference = sitk.Image(*reversed(grid.shape_zyx), sitk.sitkFloat32)
    reference.SetSpacing(tuple(reversed(grid.spacing_zyx_mm)))
    reference.SetOrigin(grid.origin_lps_mm)

    def by_itk() -> Any:
        # A mean over the emission voxel is what mass needs; the peers' way is to smooth, then to interpolate.
        smooth = sitk.SmoothingRecursiveGaussian(
            sitk.Cast(image, sitk.sitkFloat32), [s / 2.355 for s in reversed(grid.spacing_zyx_mm)]
        )
        return sitk.Resample(smooth, reference, sitk.Transform(), sitk.sitkLinear, -1000.0)

    def by_itk_points() -> Any:
        return sitk.Resample(image, reference, sitk.Transform(), sitk.sitkLinear, -1000.0, sitk.sitkFloat32)

    row(
        "CT to density on the SPECT grid",
        timed(lambda: density_on(ct, grid)),
        {"SimpleITK smoothed": timed(by_itk, repeats=2), "SimpleITK points only": timed(by_itk_points)},
    )


def dvhs(folder: Path, dose: DoseMap, luggage: Luggage, work: Path) -> None:
    structures = next(
        f for f in folder.glob("*.dcm") if pydicom.dcmread(f, specific_tags=["Modality"]).Modality == "RTSTRUCT"
    )
    drawn = read_rtstruct(structures)
    eight = [*drawn, *drawn[:2]]
    file = work / "dose.dcm"
    row(
        "RTDOSE out (128^3, 32 bit)",
        timed(lambda: write_rtdose(file, dose, luggage, comment="benchmark")),
        {"pydicom": timed(lambda: by_pydicom(file, work / "peer.dcm", dose.gy))},
    )
    numbers = [int(r.ROINumber) for r in pydicom.dcmread(structures).StructureSetROISequence]
    numbers = [*numbers, *numbers[:2]]
    vois = [shares_of(c, dose.grid) for c in eight]
    both = timed(lambda: [Dvh.of(dose, shares_of(c, dose.grid)) for c in eight], repeats=3)
    row(
        "8 exact DVHs from contours",
        both,
        {
            "dicompyler-core": timed(
                lambda: [dvhcalc.get_dvh(str(structures), str(file), n) for n in numbers], repeats=1
            )
        },
    )
    row("  of which the histograms", timed(lambda: [Dvh.of(dose, v) for v in vois]), {})


def by_pydicom(template: Path, path: Path, gy: np.ndarray) -> None:
    """Write a dose as users do: a template's header, scaled whole numbers."""
    dataset = pydicom.dcmread(template)
    scaling = float(gy.max()) / (2**32 - 1)
    dataset.DoseGridScaling = f"{scaling:.10g}"
    dataset.PixelData = np.round(gy.astype(np.float64) / scaling).clip(0, 2**32 - 1).astype(np.uint32).tobytes()
    dataset.save_as(path)


# A small process of its own starts the command: a large one would lend the child its own peak memory.
MEASURE = """
import resource, subprocess, sys, time
start = time.perf_counter()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, code)
"""


def whole(patient: Path, work: Path) -> None:
    """Time whole commands as a user meets them: a process each, imports and all, with its peak memory."""
    yttria = str(Path(sys.executable).with_name("yttria"))
    for name, words in (
        ("yttria --help", ["--help"]),
        ("yttria plan, DICOM to PDF and RTDOSE", ["plan", str(patient), "--out", str(work / "plan")]),
        ("yttria demo", ["demo", "--out", str(work / "demo")]),
    ):
        runs = []
        for _ in range(4):
            told = subprocess.run(
                [sys.executable, "-c", MEASURE, yttria, *words], capture_output=True, text=True, check=True
            )
            took, peak, code = told.stdout.split()
            if code != "0":
                raise SystemExit(f"{name} ended with {code}")
            runs.append((float(took), int(peak)))
        warm = [took for took, _ in runs[1:]]
        print(
            f"{name:<38} {median(warm):.2f} s (best {min(warm):.2f})   peak {max(p for _, p in runs) / 1024:.0f} MB",
            flush=True,
        )


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        make_patient(work, Wish(seed=1))
        folder = work / "patient" / "dicom"
        ct, image, files = reading(folder)
        contours(folder, ct, files, work)
        intake = read_intake(work / "patient")
        grid = intake.emission.grid
        to_emission(ct, image, grid)
        gy = np.random.default_rng(1).gamma(2.0, 40.0, grid.shape_zyx)
        dvhs(folder, DoseMap(grid, gy), intake.luggage, work)
        whole(work / "patient", work)


if __name__ == "__main__":
    main()
