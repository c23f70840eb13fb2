"""Random valid series, of any direction, order, spacing, encoding and position, are read back to the same affine and values.

`YTTRIA_DEEP=n` tries n times as many.
"""

import itertools
import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from yttria.io.dicom.ct import read_ct
from yttria.io.dicom.nm import read_tomo
from yttria.io.dicom.pt import read_pt
from yttria.io.dicom.rtdose import examine_rtdose, write_rtdose
from yttria.io.dicom.scan import scan
from yttria.io.volumes.volume import read_volume, write_volume
from yttria.values.grid import Grid
from yttria.values.maps import DoseMap
from yttria.values.patient import PatientIdentity

Maker = Callable[..., Path]
EXAMPLES = 12 * int(os.environ.get("YTTRIA_DEEP") or 1)
often = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
PLACES = itertools.count()
# How patients lie, as rows and columns of a transverse slice run (PS3.3 C.7.6.2.1.1): HFS, FFS, HFP, FFP, on the right and left side.
LYING = [
    (1, 0, 0, 0, 1, 0), (-1, 0, 0, 0, 1, 0), (-1, 0, 0, 0, -1, 0), (1, 0, 0, 0, -1, 0), (0, 1, 0, -1, 0, 0), (0, -1, 0, 1, 0, 0),
    (1, 0, 0, 0, 0, -1), (0, 1, 0, 0, 0, -1),
]  # fmt: skip
SYNTAXES = [
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
    RLELossless,
]
numbers = st.floats(-500, 500).map(lambda v: round(v, 3))
lengths = st.floats(0.4, 12).map(lambda v: round(v, 4))


@st.composite
def directions(draw: st.DrawFn) -> tuple[float, ...]:
    """Return ImageOrientationPatient as a header holds it: a position of the patient, or any rotation, in decimals."""
    if draw(st.booleans()):
        return draw(st.sampled_from(LYING))
    w, x, y, z = draw(st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda q: sum(v * v for v in q) > 0.05))
    a, b, c, d = np.array([w, x, y, z]) / np.linalg.norm([w, x, y, z])
    row = (a * a + b * b - c * c - d * d, 2 * (b * c + a * d), 2 * (b * d - a * c))
    column = (2 * (b * c - a * d), a * a - b * b + c * c - d * d, 2 * (c * d + a * b))
    return tuple(round(float(v), 9) for v in (*row, *column))


places = st.fixed_dictionaries(
    {
        "spacing": st.tuples(lengths, lengths, lengths),
        "origin": st.tuples(numbers, numbers, numbers),
        "orientation": directions(),
    }
)
shapes = st.tuples(st.integers(2, 6), st.integers(2, 7), st.integers(2, 7))


def _affine(place: dict[str, Any]) -> NDArray[np.float64]:
    """Return the affine that a place means: columns, rows, and slices along their normal."""
    (dz, dy, dx), (row, column) = place["spacing"], np.reshape(place["orientation"], (2, 3))
    row, column = row / np.linalg.norm(row), column / np.linalg.norm(column)
    affine = np.eye(4)
    affine[:3, :3] = np.stack([row * dx, column * dy, np.cross(row, column) * dz], axis=1)
    affine[:3, 3] = place["origin"]
    return affine


def _fresh(tmp_path: Path) -> Path:
    place = tmp_path / f"{next(PLACES):05d}"
    place.mkdir()
    return place


def _recoded(files: Sequence[Path], syntax: UID) -> None:
    """Write files again in another transfer syntax."""
    for path in files:
        dataset = pydicom.dcmread(path)
        if syntax == RLELossless:
            dataset.compress(syntax, encoding_plugin="pydicom", generate_instance_uid=False)
            dataset.save_as(path)
            continue
        made = Dataset({element.tag: element for element in dataset})
        if syntax == ExplicitVRBigEndian:
            array = dataset.pixel_array
            made.PixelData = array.astype(array.dtype.newbyteorder(">")).tobytes() + b"\0" * (array.nbytes % 2)
            made["PixelData"].VR = "OW" if array.itemsize > 1 else "OB"
        made.file_meta = FileMetaDataset(dataset.file_meta)
        made.file_meta.TransferSyntaxUID = syntax
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pydicom.dcmwrite(path, made, enforce_file_format=True)


def _stored(
    draw: st.DataObject, shape: tuple[int, int, int], kinds: Sequence[type[np.integer[Any]]], *, least: int
) -> NDArray[Any]:
    """Return random whole numbers of one of these types."""
    kind = draw.draw(st.sampled_from(kinds), label="kind")
    rng = np.random.default_rng(draw.draw(st.integers(0, 2**32 - 1), label="seed"))
    info = np.iinfo(kind)
    return rng.integers(max(info.min, least), info.max, shape, endpoint=True).astype(kind)


@often
@given(data=st.data(), shape=shapes, place=places, shuffle=st.booleans(), syntax=st.sampled_from(SYNTAXES))
def test_a_ct_is_read_back_as_it_was_written(
    make_ct: Maker,
    tmp_path: Path,
    data: st.DataObject,
    shape: tuple[int, int, int],
    place: dict[str, Any],
    shuffle: bool,
    syntax: UID,
) -> None:
    stored = _stored(data, shape, (np.int16, np.uint16), least=-2000) // 20
    slope, intercept = data.draw(st.sampled_from([(1, -1024), (1, 0), (2, -1000), (0.5, -8.25)]), label="rescale")
    folder = make_ct(
        _fresh(tmp_path), stored, shuffle=shuffle, RescaleSlope=slope, RescaleIntercept=intercept, **place
    )  # fmt: skip
    _recoded(sorted(folder.iterdir()), syntax)
    ct = read_ct(scan(folder).series[0])
    assert ct.grid.matrix == pytest.approx(_affine(place), abs=1e-5)
    assert np.array_equal(ct.hu, stored * np.float32(slope) + np.float32(intercept))


@often
@given(data=st.data(), shape=shapes, place=places, syntax=st.sampled_from(SYNTAXES))
def test_a_pet_is_read_back_as_it_was_written_slope_by_slice(
    make_pt: Maker, tmp_path: Path, data: st.DataObject, shape: tuple[int, int, int], place: dict[str, Any], syntax: UID
) -> None:
    stored = _stored(data, shape, (np.int16, np.uint16), least=0)
    slopes = [round(0.1 + 0.37 * k, 4) for k in data.draw(st.permutations(range(shape[0])), label="slopes")]

    def each(ds: Any, k: int) -> None:
        ds.RescaleSlope = slopes[k]

    folder = make_pt(_fresh(tmp_path), stored, each=each, **place)
    _recoded(sorted(folder.iterdir()), syntax)
    pet = read_pt(scan(folder).series[0])
    assert pet.grid.matrix == pytest.approx(_affine(place), abs=1e-5)
    assert np.allclose(pet.bq_per_ml, stored * np.reshape(slopes, (-1, 1, 1)), rtol=1e-6, atol=0)


@often
@given(data=st.data(), shape=shapes, place=places, backwards=st.booleans(), syntax=st.sampled_from(SYNTAXES))
def test_a_tomogram_is_read_back_as_it_was_written_stacked_either_way_and_numbered_in_any_order(
    make_tomo: Maker,
    tmp_path: Path,
    data: st.DataObject,
    shape: tuple[int, int, int],
    place: dict[str, Any],
    backwards: bool,
    syntax: UID,
) -> None:
    stored = _stored(data, shape, (np.uint16, np.uint8), least=0)
    order = data.draw(st.permutations(range(shape[0])), label="order")
    sign = -1 if backwards else 1
    path = make_tomo(
        _fresh(tmp_path) / "t.dcm",
        stored[list(order)],
        spacing=place["spacing"],
        step=sign * place["spacing"][0],
        position=place["origin"],
        orientation=place["orientation"],
        SliceVector=[n + 1 for n in order],
    )
    _recoded([path], syntax)
    counts = read_tomo(scan(path).series[0])
    expected = _affine(place)
    if backwards:
        expected[:3, 3] -= (shape[0] - 1) * expected[:3, 2]
    assert counts.grid.matrix == pytest.approx(expected, abs=1e-5)
    assert np.array_equal(counts.counts, stored[::sign])


@often
@given(data=st.data(), shape=shapes, place=places, left_handed=st.booleans())
def test_a_dose_is_read_back_as_it_was_written(
    tmp_path: Path, data: st.DataObject, shape: tuple[int, int, int], place: dict[str, Any], left_handed: bool
) -> None:
    affine = _affine(place)
    affine[:3, 2] *= -1 if left_handed else 1
    grid = Grid.of(shape, affine, "1.2.3")
    gy = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1))).random(shape).astype(np.float32) * 300
    path = _fresh(tmp_path) / "d.dcm"
    write_rtdose(path, DoseMap(grid, gy), PatientIdentity(study_uid="1.2"), comment="x")
    dose, _ = examine_rtdose(path)
    if left_handed:  # read from the other end, along the normal
        gy = gy[::-1]
        affine[:3, 3] += (shape[0] - 1) * affine[:3, 2]
        affine[:3, 2] *= -1
    assert dose.grid.matrix == pytest.approx(affine, abs=1e-5)
    assert dose.grid.frame_uid == "1.2.3"
    assert np.allclose(dose.gy, gy, rtol=1e-6, atol=1e-6)


@often
@given(data=st.data(), shape=shapes, place=places, suffix=st.sampled_from([".nii", ".nii.gz", ".nrrd", ".mha"]))
def test_a_volume_is_read_back_as_it_was_written(
    tmp_path: Path, data: st.DataObject, shape: tuple[int, int, int], place: dict[str, Any], suffix: str
) -> None:
    values = (
        _stored(data, shape, (np.int16, np.uint8), least=-2000)
        if data.draw(st.booleans())
        else np.ones(shape, np.uint8)
    )
    grid = Grid.of(shape, _affine(place))
    path = _fresh(tmp_path) / f"v{suffix}"
    write_volume(path, grid, values)
    read, array = read_volume(path)
    assert read.matrix == pytest.approx(grid.matrix, abs=1e-3)  # NIfTI holds its affine in single precision
    assert np.array_equal(array, values)
