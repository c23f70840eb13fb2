"""Reading beside its peers, in one run: CT, SEG and RTSTRUCT to volumes, DVHs, ten thousand files; and who is right about spheres.

Run `./run bench reading_speed` (`spheres` after it: those alone). Everything works on the digital patient (512 x 512 x 150 CT, six
contours) with files in the page cache; ours with all its checks. Both sides do the same work: a CT is found in its folder and put in
order, contours become shares (ours) or masks on the whole grid. Contenders run in turn, round after round, and the least times count. What the peers do is in peers.py, what the spheres are in spheres.py. pydicom-seg (needs numpy below 2) and
dcmqi (no package) could not be measured. In volume all of our error on spheres is the slab rule (docs/theory/shares.md).
"""

import csv
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import SimpleITK as sitk  # noqa: N813

import peers
from race import Took, head, race, row, shown, state, whole
from spheres import GY_AT_ORIGIN, Case, Said, errors, write_cases
from yttria.app.services.simulate import SimulationSettings, emission_grid, make_patient, phantom_identity
from yttria.io.dicom.ct import read_ct, write_ct
from yttria.io.dicom.rtdose import read_rtdose, write_rtdose
from yttria.io.dicom.rtstruct import read_rtstruct
from yttria.io.dicom.scan import scan
from yttria.io.dicom.seg import read_seg
from yttria.physics.geometry.contour_rasterisation import rasterise_contour
from yttria.physics.geometry.dose_sampling import dvh_within
from yttria.physics.geometry.regrid import bounding_subgrid
from yttria.values.dvh import Dvh
from yttria.values.grid import Grid
from yttria.values.maps import CtImage, DoseMap
from yttria.values.units import Share

FILES = 10_000
BIN_GY = 0.02


def ct_series(folder: Path, alone: Path) -> CtImage:
    files = sorted(folder.glob("ct-*.dcm"))
    times = race(
        {
            "yttria": lambda: read_ct(scan(alone).of("CT")[0]),
            "SimpleITK, its own search": lambda: peers.ct_by_itk(peers.files_by_itk(alone)),
            "SimpleITK, names given": lambda: peers.ct_by_itk(files),
            "pydicom": lambda: peers.ct_by_pydicom(files),
            "highdicom": lambda: peers.ct_by_highdicom(files),
        }
    )
    row("CT, 150 slices, a folder to an array", times)
    return read_ct(scan(alone).of("CT")[0])


def segmentations(folder: Path, ct: CtImage, work: Path) -> None:
    files = sorted(folder.glob("ct-*.dcm"))
    shares = {c.name: rasterise_contour(c, ct.grid).share for c in read_rtstruct(folder / "structures.dcm")}
    for kind in ("BINARY", "FRACTIONAL"):
        path = work / f"{kind}.dcm"
        masks = {name: s >= 0.5 for name, s in shares.items()} if kind == "BINARY" else shares
        peers.write_seg(path, files, masks, kind=kind)
        times = race(
            {
                "yttria": lambda path=path: read_seg(path),
                "highdicom": lambda path=path: peers.seg_by_highdicom(path),
                "pydicom": lambda path=path: peers.seg_by_pydicom(path),
            }
        )
        row(f"SEG, {kind.lower()}, {len(shares)} segments", times)


def structures(folder: Path, alone: Path, work: Path) -> None:
    path = folder / "structures.dcm"
    times = race(
        {
            "yttria": lambda: whole_grids(path, alone),
            "yttria, a box each (no peer does)": lambda: boxes(path, alone),
            "plastimatch": lambda: peers.masks_by_plastimatch(path, alone, work / "masks"),
            "rt-utils": lambda: peers.masks_by_rt_utils(path, alone),
            "dcmrtstruct2nii": lambda: peers.masks_by_dcmrtstruct2nii(path, alone, work / "nii"),
        },
        rounds=3,
    )
    row("RTSTRUCT and CT, 6 contours to the whole CT grid", times)


def whole_grids(path: Path, ct: Path) -> list[Any]:
    """Return shares on the whole grid of the CT that is read for it, as every peer does."""
    grid = read_ct(scan(ct).of("CT")[0]).grid
    return [rasterise_contour(contour, grid) for contour in read_rtstruct(path)]


def boxes(path: Path, ct: Path) -> list[Any]:
    grid = read_ct(scan(ct).of("CT")[0]).grid
    return [rasterise_contour(contour, bounding_subgrid([contour], grid)) for contour in read_rtstruct(path)]


def dvhs(folder: Path, ct: CtImage, work: Path) -> None:
    path, dose, case = folder / "structures.dcm", work / "dose.dcm", work / "dvh"
    grid = emission_grid(ct.grid)
    gy = np.random.default_rng(1).gamma(2.0, 40.0, grid.shape_zyx)
    write_rtdose(dose, DoseMap(grid, gy), phantom_identity(1), comment="benchmark")
    case.mkdir()
    for file in (path, dose):
        shutil.copy(file, case)
    numbers = [int(r.ROINumber) for r in pydicom.dcmread(path).StructureSetROISequence]
    dvhcalc = peers.dvhcalc()

    def by_voxels() -> None:
        field = read_rtdose(dose)
        for contour in read_rtstruct(path):
            Dvh.of(field, rasterise_contour(contour, field.grid))

    times = race(
        {
            "yttria": lambda: ours(dose, path),
            "yttria by whole voxels": by_voxels,
            "dicompyler-core": lambda: [dvhcalc.get_dvh(str(path), str(dose), n) for n in numbers],
            "plastimatch": lambda: peers.dvhs_by_plastimatch(case, work / "dvh.csv", bin_gy=1, bins=1000),
        },
        rounds=3,
    )
    row("DVHs of 6 structures, files to curves", times)


def ours(dose: Path, structures: Path) -> dict[str, Said]:
    field = read_rtdose(dose)
    found = {}
    for contour in read_rtstruct(structures):
        dvh = dvh_within(field, contour, rasterise_contour(contour, field.grid))
        found[contour.name] = Said(dvh.ml, dvh.mean, dvh.dose_covering(Share(0.98)))
    return found


def under_masks(case: Case, masks: Mapping[str, np.ndarray]) -> dict[str, Said]:
    """Return what a user of masks would say: voxels counted, the dose brought to the CT by linear interpolation."""
    ct = sitk.Cast(peers.ct_by_itk(sorted(case.ct.glob("*.dcm"))), sitk.sitkFloat32)
    field = read_rtdose(case.dose)
    image = sitk.GetImageFromArray(field.gy)
    image.SetSpacing(tuple(reversed(field.grid.spacing_zyx_mm)))
    image.SetOrigin(field.grid.origin_lps_mm)
    gy = sitk.GetArrayFromImage(sitk.Resample(image, ct, sitk.Transform(), sitk.sitkLinear, GY_AT_ORIGIN))
    voxel_ml = float(np.prod(ct.GetSpacing())) / 1000
    return {
        name: Said(mask.sum() * voxel_ml, float(gy[mask].mean(dtype=float)), float(np.percentile(gy[mask], 2)))
        for name, mask in masks.items()
    }


def files_of(folder: Path, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Return masks that a program wrote, by the structure whose name theirs holds."""
    plain = {f.name.replace("_", " ").replace("-", " "): f for f in folder.iterdir()}
    found = {name: next(f for told, f in plain.items() if f"{name}." in told) for name in names}
    return {name: sitk.GetArrayFromImage(sitk.ReadImage(str(f))) > 0 for name, f in found.items()}


def by_rt_utils(case: Case) -> dict[str, Said]:
    masks = peers.masks_by_rt_utils(case.structures, case.ct)
    return under_masks(case, {name: np.moveaxis(mask, -1, 0) for name, mask in masks.items()})


def by_written(write: Callable[[Path, Path, Path], None], case: Case) -> dict[str, Said]:
    with tempfile.TemporaryDirectory() as name:
        write(case.structures, case.ct, Path(name))
        return under_masks(case, files_of(Path(name), case.names))


def by_plastimatch_dvh(case: Case) -> dict[str, Said]:
    """Return what the histogram says: D98 between the edges of its bins, the volume in voxels of the dose."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "in")
        shutil.copytree(case.ct, folder)
        for file in (case.structures, case.dose):
            shutil.copy(file, folder)
        peers.dvhs_by_plastimatch(folder, Path(name, "dvh.csv"), bin_gy=BIN_GY, bins=15_000)
        with Path(name, "dvh.csv").open() as stream:
            head, *rows = csv.reader(stream)
    table = np.array([[float(v) for v in r if v.strip()] for r in rows])
    found = {}
    for column, told in enumerate(head[1:], 1):
        at, above = table[:, 0] - BIN_GY / 2, table[:, column]  # doses are rounded to the nearest bin
        if above[0] <= 0:
            continue
        mean = at[0] + float(np.trapezoid(above / above[0], at))
        d98 = float(np.interp(-0.98 * above[0], -above, at))
        found[told.strip()] = Said(float("nan"), mean, d98)
    return found


def by_dicompyler(case: Case, **finer: Any) -> dict[str, Said]:
    found = {}
    for roi in pydicom.dcmread(case.structures).StructureSetROISequence:
        dvh = peers.dvhcalc().get_dvh(str(case.structures), str(case.dose), int(roi.ROINumber), **finer)
        found[str(roi.ROIName)] = Said(float(dvh.volume), float(dvh.mean), float(dvh.D98.value))
    return found


def exactness(work: Path) -> None:
    cases = write_cases(work / "spheres")
    few = [c for c in cases if c.folder.name.endswith("-1")]
    print(
        "\n| spheres r = 6, 10, 20, 40 mm: off the truth, rms (largest) | volume | mean | D98 | cases |\n|---|---|---|---|---|",
        flush=True,
    )
    for name, program, asked in (
        ("yttria", lambda c: ours(c.dose, c.structures), cases),
        ("plastimatch masks", lambda c: by_written(peers.masks_by_plastimatch, c), cases),
        ("plastimatch dvh", by_plastimatch_dvh, cases),
        ("dcmrtstruct2nii", lambda c: by_written(peers.masks_by_dcmrtstruct2nii, c), cases),
        ("rt-utils", by_rt_utils, cases),
        ("dicompyler-core", by_dicompyler, few),
        (
            "dicompyler-core, dose interpolated to 0.625 mm",
            lambda c: by_dicompyler(c, interpolation_resolution=0.625),
            few,
        ),
    ):
        off = errors(asked, program)
        volume, mean, d98 = off.volume, off.mean_gy, off.d98_gy
        print(
            f"| {name} | {100 * volume[0]:.2f} % ({100 * volume[1]:.1f}) | {mean[0]:.4f} Gy ({mean[1]:.3f}) "
            f"| {d98[0]:.3f} Gy ({d98[1]:.2f}) | {len(asked)} |",
            flush=True,
        )


LOOP = """
import sys; from pathlib import Path; import pydicom
tags = ["SeriesInstanceUID", "Modality", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "Rows", "Columns"]
series = {}
for f in sorted(Path(sys.argv[1]).rglob("*.dcm")):
    d = pydicom.dcmread(f, stop_before_pixels=True, specific_tags=tags)
    series.setdefault(d.SeriesInstanceUID, []).append((d.ImagePositionPatient[2], f))
"""
GDCM = """
import sys; from pathlib import Path; import SimpleITK as sitk
for folder in sorted(p for p in Path(sys.argv[1]).iterdir() if p.is_dir()):
    for uid in sitk.ImageSeriesReader.GetGDCMSeriesIDs(str(folder)):
        sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder), uid)
"""
SCAN = "import sys; from pathlib import Path; from yttria.io.dicom.scan import scan; scan(Path(sys.argv[1]))"


def many_files(work: Path) -> None:
    """Time whole processes over ten thousand slices of 40 series: ours also reads and judges every pixel."""
    folder = work / "many"
    grid = Grid.aligned((250, 64, 64), spacing_zyx_mm=(1, 5, 5), origin_lps_mm=(0, 0, 0))
    rng = np.random.default_rng(5)
    for number in range(FILES // 250):
        place = folder / f"{number:03d}"
        place.mkdir(parents=True)
        hu = rng.integers(-1000, 1000, grid.shape_zyx).astype(np.int16)
        write_ct(place, CtImage(grid, hu), phantom_identity(1), description=f"series {number}")
    yttria = str(Path(sys.executable).with_name("yttria"))
    commands = {
        "yttria inspect, pixels too": [yttria, "inspect", str(folder), "--json"],
        "yttria, headers": [sys.executable, "-c", SCAN, str(folder)],
        "pydicom, headers": [sys.executable, "-c", LOOP, str(folder)],
        "SimpleITK, headers": [sys.executable, "-c", GDCM, str(folder)],
    }
    runs: dict[str, list[Any]] = {name: [] for name in commands}
    for _ in range(3):
        for name, command in commands.items():
            runs[name].append(whole(command))
    print(f"\n| {FILES} files, process and all | wall | CPU | peak memory |\n|---|---|---|---|")
    for name, mine in runs.items():
        best, peak = reduce(Took.least, (r.took for r in mine)), max(r.peak_mb for r in mine)
        print(f"| {name} | {shown(best.wall_s)} | {shown(best.cpu_s)} | {peak:.0f} MB |", flush=True)


def main() -> None:
    print(state(), flush=True)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        if "spheres" not in sys.argv:
            make_patient(work, SimulationSettings(seed=1))
            folder, alone = work / "patient" / "dicom", work / "ct"
            alone.mkdir()
            for f in folder.glob("ct-*.dcm"):
                (alone / f.name).symlink_to(f)
            head()
            ct = ct_series(folder, alone)
            segmentations(folder, ct, work)
            structures(folder, alone, work)
            dvhs(folder, ct, work)
            many_files(work)
        exactness(work)
    print(f"\n{state()}", flush=True)


if __name__ == "__main__":
    main()
