"""Label maps: whole numbers that say which structure a voxel belongs to; by name and layer where 3D Slicer wrote them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yttria.io.volumes.volume import Volume, open_volume, require_three_dimensions
from yttria.values.errors import Finding, IntakeError, numbered
from yttria.values.grid import Grid

MOST_LABELS = 1000  # more different numbers than that are an image, not labels
ROUNDED = 0.01  # a label further off a whole number is none, but where a coarser step is known
FLOAT_ERROR = float(np.finfo(np.float32).eps)  # of a number near 1 that went through 32 bits
FRACTIONAL = "fractional labelmap"  # as 3D Slicer names a segmentation by shares


@dataclass(frozen=True, slots=True)
class Segment:
    """One structure of a label map: what it is called, the number of its voxels, the layer that they lie in."""

    name: str
    label: int
    layer: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class LabelMap:
    """The structures of a label map.

    Parameters
    ----------
    labels
        Whole numbers, axes (z, y, x), or (z, y, x, layer) where structures overlap.
    segments
        Those that mark a voxel; without names of their own they are called by their numbers.
    empty
        Names of segments that mark none.
    named
        Whether the file names its segments.
    """

    grid: Grid
    labels: NDArray[Any]
    segments: tuple[Segment, ...]
    empty: tuple[str, ...]
    named: bool
    findings: tuple[Finding, ...]

    def marks(self, segment: Segment) -> NDArray[np.bool_]:
        """Return the voxels of a segment, axes (z, y, x)."""
        return np.asarray(_layer(self.labels, segment.layer) == segment.label)

    def called(self, word: str) -> tuple[Segment, ...]:
        """Return the segments of a name, whatever its case; else those of a number."""
        wanted = word.strip().lower()
        by_name = tuple(s for s in self.segments if s.name.strip().lower() == wanted)
        return by_name or tuple(s for s in self.segments if str(s.label) == wanted)


def read_label_map(path: Path) -> LabelMap:
    """Read a label map: NIfTI, NRRD, MetaImage, or a segmentation of 3D Slicer (.seg.nrrd).

    Raises
    ------
    IntakeError
        As `read_volume`; numbers that are no labels; a header whose segments do not fit its numbers.
    GeometryError, QuantityError
        As `read_volume`.
    """
    return label_map_of(open_volume(path), path.name)


def label_map_of(volume: Volume, name: str) -> LabelMap:
    """Return the label map that a volume is.

    Raises
    ------
    IntakeError
        As `read_label_map`.
    """
    stated = _segments(volume.values, volume.numbers, name)
    if not stated:
        require_three_dimensions(volume, name)
    labels, findings = whole_labels(volume.numbers, volume.step, name)
    present = [_present(labels, layer) for layer in range(labels.shape[3] if labels.ndim == 4 else 1)]
    marking = [s for s in stated if s.label in present[s.layer]]
    known = {(s.layer, s.label) for s in stated}
    unnamed = [Segment(str(v), v, n) for n, values in enumerate(present) for v in values if (n, v) not in known]
    if stated and unnamed:
        message = f"{name}: no segment is named for label {', '.join(s.name for s in unnamed[:8])}; it is called by its number"
        findings = (*findings, Finding("warning", "segment-unnamed", message))
    empty = tuple(s.name for s in stated if s not in marking)
    return LabelMap(volume.grid, labels, (*marking, *unnamed), empty, bool(stated), findings)


def is_named(volume: Volume) -> bool:
    """Tell whether a volume's header names segments, as 3D Slicer writes them."""
    return any(re.match(r"Segment\d+_", key) for key in volume.values)


def whole_labels(numbers: NDArray[Any], step: float | None, name: str) -> tuple[NDArray[Any], tuple[Finding, ...]]:
    """Return the labels that numbers stand for: rounded where a scale factor moved them off whole numbers, which is said.

    A number n stored in steps of s lies within s/2 of n; without a known step, within 0.01.

    Parameters
    ----------
    step
        s, as of `Volume`.

    Raises
    ------
    IntakeError
        Numbers that are no labels: below zero, too many, between whole numbers, or several that round to one.
    """
    values = _values(numbers)
    nearest, off = np.rint(values), np.abs(values - np.rint(values))
    if len(values) <= MOST_LABELS + 1 and nearest[0] >= 0 and (off <= _within(nearest, step)).all():
        apart = len(np.unique(nearest)) == len(nearest)
        if not off.any():
            return numbers, ()
        if apart or off.max() <= ROUNDED:
            message = f"labels of {name} lie up to {off.max():.2g} off whole numbers, as a scale factor leaves them; they are rounded"
            return np.rint(numbers).astype(np.int32), (
                Finding("note", "labels-rounded", message, {"off": float(off.max())}),
            )
    others = values[values != 0]
    first = others[:4]
    text = ", ".join(f"{v:g}" for v in first) + (" …" if len(others) > 4 else "")
    raise IntakeError(
        f"{name} must hold whole-number labels above zero, but holds {len(others)} other values ({text}); name a label map",
        code="label-values",
        values={"others": len(others), **numbered("value", first)},
    )


def _within(nearest: NDArray[np.float64], step: float | None) -> NDArray[np.float64]:
    """Return how far from each whole number a stored label may lie: half a step below 1 (coarser ones have lost labels), or 0.01."""
    half = step / 2 if step is not None and step < 1 else 0.0
    return np.asarray(np.maximum(half, ROUNDED) + FLOAT_ERROR * np.maximum(nearest, 1))


def _values(numbers: NDArray[Any]) -> NDArray[np.float64]:
    """Return the numbers that occur, each once, ascending; slice by slice, so that a large volume is not sorted as a whole."""
    result: NDArray[Any] = np.unique(np.concatenate([np.unique(plane) for plane in numbers]))
    return result.astype(np.float64)


def _layer(labels: NDArray[Any], layer: int) -> NDArray[Any]:
    return labels if labels.ndim == 3 else labels[..., layer]


def _present(labels: NDArray[Any], layer: int) -> list[int]:
    return [int(v) for v in _values(_layer(labels, layer)) if v != 0]


def _segments(values: Mapping[str, str], numbers: NDArray[Any], name: str) -> list[Segment]:
    """Return the segments that a header of 3D Slicer states, in its order; none where it states none.

    Raises
    ------
    IntakeError
        Shares instead of labels; a label or a layer that is none.

    Source
    ------
    3D Slicer, vtkMRMLSegmentationStorageNode: fields SegmentN_Name, _LabelValue, _Layer; without them (Slicer 4.10 and before) each
    segment is a layer of its own, marked 1.
    """
    fields = [m for key in values if (m := re.fullmatch(r"Segment(\d+)_(\w+)", key))]
    order = sorted({int(m[1]) for m in fields})
    stated = {key.lower(): value for key, value in values.items()}
    for key in ("segmentation_sourcerepresentation", "segmentation_masterrepresentation"):
        if stated.get(key, "").strip().lower() == FRACTIONAL:
            raise IntakeError(
                f"{name} must hold labels, but 3D Slicer wrote it as a fractional labelmap; export it as a binary labelmap",
                code="label-values",
            )
    layers = numbers.shape[3] if numbers.ndim == 4 else 1
    segments = []
    for n in order:
        own_layer = str(n if layers > 1 and f"segment{n}_labelvalue" not in stated else 0)
        label, layer = stated.get(f"segment{n}_labelvalue", ""), stated.get(f"segment{n}_layer", own_layer)
        if not label and (layers > 1 or len(order) == 1):
            label = "1"
        called = stated.get(f"segment{n}_name", "").strip() or stated.get(f"segment{n}_id", f"segment {n}").strip()
        if not (label.strip().isdigit() and int(label) > 0 and layer.strip().isdigit() and int(layer) < layers):
            raise IntakeError(
                f'segment "{called}" of {name} must state a label above zero and one of {layers} layers, '
                f"but states label {label or 'none'} in layer {layer}; save it again in 3D Slicer",
                code="segment-value",
            )
        segments.append(Segment(called, int(label), int(layer)))
    return segments
