"""The peers, each used as somebody who knows it would: tuned loops, no work that was not asked for.

SimpleITK: series reader, file names given. pydicom: known tags only, pixels into one array. highdicom: its own volume, as
whole numbers. rt-utils, dcmrtstruct2nii: their own calls, no compression, no copy of the CT. plastimatch: its program.
"""

import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import pydicom
import pydicom.dicomio
import SimpleITK as sitk  # noqa: N813
from highdicom.seg import Segmentation, segread
from rt_utils import RTStructBuilder

# dicompyler-core 0.5.6 and dcmrtstruct2nii 5 ask for names that pydicom 3 has renamed.
pydicom.dicomio.read_file = pydicom.dcmread  # type: ignore[attr-defined]
pydicom.read_file = pydicom.dcmread  # type: ignore[attr-defined]

CT_TAGS = [
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


def dvhcalc() -> Any:
    return import_module("dicompylercore.dvhcalc")


def ct_by_pydicom(files: list[Path]) -> np.ndarray:
    read = [pydicom.dcmread(f, specific_tags=list(CT_TAGS)) for f in files]
    read.sort(key=lambda d: float(d.ImagePositionPatient[2]))
    volume = np.empty((len(read), read[0].Rows, read[0].Columns), np.int16)
    for k, d in enumerate(read):
        volume[k] = np.frombuffer(d.PixelData, np.int16).reshape(d.Rows, d.Columns)
    slope, intercept = float(read[0].RescaleSlope), float(read[0].RescaleIntercept)
    return volume if (slope, intercept) == (1, 0) else volume * np.int16(slope) + np.int16(intercept)


def ct_by_itk(files: list[Path]) -> Any:
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames([str(f) for f in files])
    return reader.Execute()


def files_by_itk(folder: Path) -> list[Path]:
    """Return the files of the one series in a folder, in order, as GDCM finds them."""
    (uid,) = sitk.ImageSeriesReader.GetGDCMSeriesIDs(str(folder))
    return [Path(name) for name in sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder), uid)]


def density_by_bin_shrink(image: Any, reference: Any, shrink: list[int]) -> Any:
    """Return the density of a CT on another grid: as a line of HU, means over whole bins, then between their centres."""
    density = sitk.ShiftScale(sitk.Cast(image, sitk.sitkFloat32), 1000.0, 0.001)
    return sitk.Resample(sitk.BinShrink(density, shrink), reference, sitk.Transform(), sitk.sitkLinear, 0.0)


def ct_by_highdicom(files: list[Path]) -> np.ndarray:
    return np.asarray(highdicom.get_volume_from_series([pydicom.dcmread(f) for f in files], dtype=np.int16).array)


def seg_by_highdicom(path: Path) -> np.ndarray:
    """Return all segments, shape (slices, rows, columns, segments)."""
    read = segread(path)
    return np.asarray(read.get_volume(dtype=np.float32 if "FRACTIONAL" in read.SegmentationType else np.uint8).array)


def seg_by_pydicom(path: Path) -> list[np.ndarray]:
    """Return each segment on the slices it has, by unpacked frames and positions: no check of anything."""
    d = pydicom.dcmread(path)
    frames = d.pixel_array
    heights, segments = [], []
    for group in d.PerFrameFunctionalGroupsSequence:
        heights.append(float(group.PlanePositionSequence[0].ImagePositionPatient[2]))
        segments.append(int(group.SegmentIdentificationSequence[0].ReferencedSegmentNumber))
    heights, segments = np.array(heights), np.array(segments)
    step = float(d.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].SpacingBetweenSlices)
    place = np.rint((heights - heights.min()) / step).astype(int)
    full = getattr(d, "MaximumFractionalValue", 1)
    found = []
    for number in np.unique(segments):
        mine = segments == number
        first = place[mine].min()
        share = np.zeros((place[mine].max() - first + 1, d.Rows, d.Columns), np.float32)
        share[place[mine] - first] = frames[mine]
        found.append(share / np.float32(full) if full != 1 else share)
    return found


def masks_by_rt_utils(structures: Path, ct: Path) -> dict[str, np.ndarray]:
    builder = RTStructBuilder.create_from(dicom_series_path=str(ct), rt_struct_path=str(structures))
    return {name: builder.get_roi_mask_by_name(name) for name in builder.get_roi_names()}


def masks_by_dcmrtstruct2nii(structures: Path, ct: Path, out: Path) -> None:
    convert = import_module("dcmrtstruct2nii").dcmrtstruct2nii
    convert(str(structures), str(ct), str(out), gzip=False, convert_original_dicom=False)


def masks_by_plastimatch(structures: Path, ct: Path, out: Path) -> None:
    words = ["--input", structures, "--referenced-ct", ct, "--output-prefix", out, "--prefix-format", "nrrd"]
    subprocess.run(["plastimatch", "convert", *map(str, words)], check=True, capture_output=True)


def dvhs_by_plastimatch(case: Path, csv: Path, *, bin_gy: float, bins: int) -> None:
    """Write differential histograms of all structures in a folder with RTSTRUCT and RTDOSE."""
    words = ["--input", case, "--output-csv", csv, "--bin-width", bin_gy, "--num-bins", bins, "--normalization", "vox"]
    subprocess.run(["plastimatch", "dvh", *map(str, words)], check=True, capture_output=True)


def write_seg(path: Path, files: list[Path], masks: dict[str, np.ndarray], *, kind: str) -> None:
    """Write masks on a CT as a segmentation by highdicom, empty frames left out: one that is not ours to write."""
    from highdicom.seg import SegmentAlgorithmTypeValues, SegmentDescription
    from pydicom.sr.codedict import codes

    images = sorted((pydicom.dcmread(f) for f in files), key=lambda d: float(d.ImagePositionPatient[2]))
    described = [
        SegmentDescription(n, name, codes.SCT.Organ, codes.SCT.Liver, SegmentAlgorithmTypeValues.MANUAL)
        for n, name in enumerate(masks, 1)
    ]
    stacked = np.stack(list(masks.values()), axis=-1)
    Segmentation(
        source_images=images,
        pixel_array=stacked.astype(np.uint8) if kind == "BINARY" else stacked.astype(np.float32),
        segmentation_type=kind,
        segment_descriptions=described,
        series_instance_uid=highdicom.UID(),
        series_number=9,
        sop_instance_uid=highdicom.UID(),
        instance_number=1,
        manufacturer="benchmark",
        manufacturer_model_name="benchmark",
        software_versions="1",
        device_serial_number="1",
        omit_empty_frames=True,
    ).save_as(path)
