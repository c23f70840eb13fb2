"""The images that a path means: those of a folder; of a slice, its whole series, or its phase of one."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from yttria.io.dicom.phases import phase_with
from yttria.io.dicom.scan import Scan, scan
from yttria.io.dicom.series import Series


def scan_image(path: Path, chosen: Callable[[Sequence[Series]], Sequence[Series]]) -> Scan:
    """Return the scan of a path with those of its series alone that are chosen; a slice stands for its whole series, or its phase of one.

    Parameters
    ----------
    chosen
        The images among series.
    """
    result = scan(path)
    images = chosen(result.series)
    if path.is_dir() or not images or any(s.first.frames > 1 or s.first.frame is not None for s in images):
        return replace(result, series=tuple(images))
    slices = {s.uid: s.first for s in images}
    neighbours = scan(path.parent)
    series = tuple(phase_with(s, slices[s.uid]) for s in chosen(neighbours.series) if s.uid in slices)
    return replace(neighbours, series=series)
