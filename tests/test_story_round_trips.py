"""Structures go from kind to kind and come home: RTSTRUCT, shares (SEG), labels, RTSTRUCT; volume and place stay."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from yttria.app.services.convert import run as convert
from yttria.contract.conversion import ConvertRequest
from yttria.io.dicom.ct import write_ct
from yttria.io.dicom.rtstruct import read_rtstruct
from yttria.io.dicom.rtstruct_writer import write_rtstruct
from yttria.io.files.structures import read_structure_file
from yttria.io.volumes.volume import write_volume
from yttria.values.contour import Contour, Polygon
from yttria.values.grid import Grid
from yttria.values.maps import CtImage
from yttria.values.patient import PatientIdentity

LUGGAGE = PatientIdentity(
    "Secret^Person", "S1", "19500101", "F", "1.2.3.5", "S1", "20260301", "080000", frame_uid="1.2.3.4"
)
TILT = np.array([[1.0, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]])
CENTRE = np.array([3.3, -12.4, 250.0])
STEP = 1.5  # mm between planes
STEPS = (("a.dcm", "seg"), ("b.dcm", "rtstruct"), ("c.nii.gz", "labels"))
HOME = (
    ("d.dcm", "binary-seg"),
    ("e.dcm", "rtstruct"),
)  # from labels, which are nobody's: the CT says whose they become


def ellipse(a: float, b: float, z: float) -> Polygon:
    angle = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    return np.column_stack([a * np.cos(angle), b * np.sin(angle), np.full(180, z)])


def sphere(radius: float) -> list[Polygon]:
    planes = STEP * np.arange(-60, 61)
    return [ellipse(r, r, z) for z in planes if (r := np.sqrt(max(radius**2 - z**2, 0))) > 0.5]


def ellipsoid(a: float, b: float, c: float) -> list[Polygon]:
    planes = STEP * np.arange(-60, 61)
    return [ellipse(a * s, b * s, z) for z in planes if (s := np.sqrt(max(1 - (z / c) ** 2, 0))) > 0.05]


def annulus(outer: float, inner: float, half: float) -> list[Polygon]:
    planes = STEP * np.arange(-60, 61)
    return [ellipse(r, r, z) for z in planes if abs(z) < half for r in (outer, inner)]


SHAPES = {"sphere": sphere(14), "ellipsoid": ellipsoid(18, 11, 14), "annulus": annulus(16, 8, 10)}


def image(tilted: bool) -> Grid:
    """Return a grid whose slices are the planes that the shapes are drawn on."""
    axes = (TILT if tilted else np.eye(3)) @ np.diag([1.0, 1.0, STEP])
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = axes, CENTRE - axes @ (24.4, 22.3, 14.0)
    return Grid.of((29, 46, 50), affine)


@pytest.mark.parametrize("tilted", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_comes_home_with_its_volume_and_place(shape: str, tilted: bool, tmp_path: Path) -> None:
    grid = image(tilted)
    ct = tmp_path / "ct.nii.gz" if tilted else tmp_path / "ct"
    if tilted:
        write_volume(ct, grid, np.zeros(grid.shape_zyx, dtype=np.int16))
    else:
        ct.mkdir()
        write_ct(ct, CtImage(replace(grid, frame_uid="1.2.3.4"), np.zeros(grid.shape_zyx)), LUGGAGE, description="CT")
    turned = tuple(p @ (TILT if tilted else np.eye(3)).T + CENTRE for p in SHAPES[shape])
    write_rtstruct(tmp_path / "0.dcm", (Contour(shape, "", "1.2.3.4", turned, STEP),), LUGGAGE, label="x")
    structure = dict(read_structure_file(tmp_path / "0.dcm").structures)[shape]
    ml, centre = structure.ml, np.array(structure.centroid_lps_mm)
    before = tmp_path / "0.dcm"
    for name, kind in STEPS + (() if tilted else HOME):
        done = convert(ConvertRequest(structures=before, out=tmp_path / name, to=kind, like=ct))
        assert done.findings == ()
        (record,) = done.result.structures.values()
        assert record.written_ml == pytest.approx(ml, rel=5e-3)
        ((_, structure),) = read_structure_file(tmp_path / name).structures
        now = np.array(structure.centroid_lps_mm)
        assert structure.ml == pytest.approx(ml, rel=5e-3)
        assert np.abs(np.linalg.solve(grid.matrix[:3, :3], now - centre)).max() < 0.1
        before = tmp_path / name
    assert name == ("c.nii.gz" if tilted else "e.dcm")


def test_real_structures_come_home_with_their_volume_and_place(
    shared_data: Callable[[str], Path], tmp_path: Path
) -> None:
    source = shared_data("rt_dicompyler_set") / "rtss.dcm"
    drawn = {c.name: c for c in read_rtstruct(source)}
    points = np.concatenate([p for name in ("Heart", "Lt Lung") for p in drawn[name].polygons])
    low, high = points.min(axis=0), points.max(axis=0)
    nx, ny = (int(n) for n in np.ceil((high - low)[:2] / 1.5) + 4)
    nz = round((high - low)[2] / drawn["Heart"].spacing_mm) + 3
    origin = (float(low[0]) - 2.1, float(low[1]) - 2.7, float(low[2]) - drawn["Heart"].spacing_mm)
    grid = Grid.aligned((nz, ny, nx), spacing_zyx_mm=(drawn["Heart"].spacing_mm, 1.5, 1.5), origin_lps_mm=origin)
    write_volume(tmp_path / "ct.nii.gz", grid, np.zeros(grid.shape_zyx, dtype=np.int16))
    names, like = ["Heart", "Lt Lung"], tmp_path / "ct.nii.gz"
    first = convert(ConvertRequest(structures=source, out=tmp_path / "a.dcm", to="seg", like=like, only=names))
    second = convert(ConvertRequest(structures=tmp_path / "a.dcm", out=tmp_path / "b.dcm", to="rtstruct", like=like))
    third = convert(ConvertRequest(structures=tmp_path / "b.dcm", out=tmp_path / "c.nii.gz", like=like))
    assert not [f for f in (*first.findings, *second.findings, *third.findings) if f.code == "structure-changed"]
    for name in names:
        ml, centre = drawn[name].ml, np.array(drawn[name].centroid_lps_mm)
        assert first.result.structures[name].written_ml == pytest.approx(ml, rel=1e-3)
        assert second.result.structures[name].written_ml == pytest.approx(ml, rel=2e-3)
        assert third.result.structures[name].written_ml == pytest.approx(ml, rel=5e-3)
        now = np.array(dict(read_structure_file(tmp_path / "b.dcm").structures)[name].centroid_lps_mm)
        assert np.abs((now - centre) / (1.5, 1.5, 3)).max() < 0.1
