"""One DICOM file opened: its dataset and its pixels, every fault of it as one refusal."""

import warnings
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import FileDataset
from pydicom.pixels.utils import pixel_array

from yttria.io.dicom.header import Header
from yttria.values.errors import IntakeError


def open_dataset(path: Path, *, pixels: bool = True) -> FileDataset:
    """Read one file whole, every fault of it as one refusal.

    Raises
    ------
    IntakeError
        It is not readable DICOM.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return pydicom.dcmread(path, stop_before_pixels=not pixels, force=True)
    except Exception as error:
        raise IntakeError(
            f"expected a readable DICOM file, found {type(error).__name__} in {path.name}; export it again"
        ) from error


def open_pixels(dataset: FileDataset, *, what: str) -> Any:
    """Return the stored pixel values as an array, compressed or not, every fault as one refusal.

    Raises
    ------
    IntakeError
        The pixels are missing, cut short or in a compression that cannot be undone here.
    """
    if "PixelData" not in dataset:
        raise IntakeError(f"expected pixels in {what}, found none; export it again")
    if (beyond := _frames_beyond(dataset)) > 0:
        raise IntakeError(
            f"pixels of {what} must be as many as its header says, but {beyond} frames more are there; export it again"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return dataset.pixel_array
    except Exception as error:
        raise IntakeError(
            f"expected pixels that can be decoded in {what}, found {type(error).__name__} "
            f"({dataset.file_meta.get('TransferSyntaxUID', 'no transfer syntax')}); export it uncompressed"
        ) from error


def open_frame(header: Header, *, what: str) -> Any:
    """Return the stored pixels of one frame of an enhanced image.

    Raises
    ------
    IntakeError
        The pixels are missing, cut short or in a compression that cannot be undone here.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return pixel_array(header.path, index=header.frame)
    except Exception as error:
        raise IntakeError(
            f"expected pixels that can be decoded in {what}, found {type(error).__name__} ({header.syntax}); export it uncompressed"
        ) from error


def _frames_beyond(dataset: FileDataset) -> int:
    """Return how many whole frames plain pixels hold beyond those that the header counts; 0 where that cannot be told."""
    try:
        if dataset.file_meta.TransferSyntaxUID.is_compressed:
            return 0
        bits = int(dataset.Rows) * int(dataset.Columns) * int(dataset.BitsAllocated) * int(dataset.SamplesPerPixel)
        frames = int(dataset.get("NumberOfFrames") or 1)
        return max(8 * len(dataset.PixelData) // bits - frames, 0) if bits else 0
    except (AttributeError, TypeError, ValueError):
        return 0
