"""Door to door: a quantitative SPECT with lesions drawn on it, to activities, volumes and doses; checked by other arithmetic."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from yttria.io.dicom.pt import read_pt
from yttria.io.dicom.rtstruct import read_rtstruct
from yttria.io.dicom.scan import scan
from yttria.physics.dosimetry.local_deposition import local_deposition, mean_dose
from yttria.physics.geometry.contour_rasterisation import rasterise_contour
from yttria.physics.geometry.regrid import audit_coverage
from yttria.physics.quantification.ct_density import uniform_density
from yttria.values.contour import Contour
from yttria.values.grid import Grid

MANY = 8
LU177_J_PER_GBQ = 0.1479 * 1.602176634e-13 * 159.528 * 3600 / np.log(2) * 1e9  # ICRP 107, as data/nuclides.toml states


def sampled(contour: Contour, grid: Grid) -> NDArray[np.float64]:
    """Return shares by counting points of a fine raster that lie in the polygons of each slice: slow, and nothing of ours in it."""
    nz, ny, nx = grid.shape_zyx
    found = np.zeros((nz, ny, nx))
    for polygon in contour.polygons:
        index = grid.index_of(polygon)
        k = int(np.rint(index[0, 2]))
        u, v = index[:, 0], index[:, 1]
        i0, i1 = int(np.floor(u.min())) - 1, int(np.ceil(u.max())) + 2
        j0, j1 = int(np.floor(v.min())) - 1, int(np.ceil(v.max())) + 2
        x, y = np.meshgrid(
            i0 - 0.5 + (np.arange((i1 - i0) * MANY) + 0.5) / MANY, j0 - 0.5 + (np.arange((j1 - j0) * MANY) + 0.5) / MANY
        )
        inside = np.zeros(x.shape, dtype=bool)
        for a in range(len(u)):
            b = a - 1
            if v[a] != v[b]:
                inside ^= ((v[a] > y) != (v[b] > y)) & (x < (u[b] - u[a]) * (y - v[a]) / (v[b] - v[a]) + u[a])
        part = inside.reshape(j1 - j0, MANY, i1 - i0, MANY).mean(axis=(1, 3))
        here = found[k, j0:j1, i0:i1]
        found[k, j0:j1, i0:i1] = np.abs(here - part)  # even-odd: each lies in the other or apart
    return found


@pytest.mark.parametrize(("name", "megabecquerel"), [("SCAN_001", 1350.6), ("SCAN_002", 996.1)])
def test_activity_volumes_and_doses_of_lesions_agree_with_other_arithmetic(
    shared_data: Callable[[str], Path], name: str, megabecquerel: float
) -> None:
    folder = shared_data("lu177_spect_rtstruct_umich") / name
    (series,) = scan(folder / "image").series
    activity = read_pt(series)
    assert activity.total / 1e6 == pytest.approx(megabecquerel, rel=5e-3)

    density, _ = uniform_density(activity.grid)
    dose = local_deposition(activity, density)
    (structures,) = (folder / "mask").iterdir()
    contours = read_rtstruct(structures)
    assert [c.name for c in contours] == ["lesion1 liver R lobe", "lesion2 liver L lateral"]
    for contour in contours:
        voi = rasterise_contour(contour, activity.grid)
        assert audit_coverage(contour, voi) == ()
        assert voi.ml == pytest.approx(contour.ml, rel=1e-4)

        share = sampled(contour, activity.grid)
        assert voi.ml == pytest.approx(share.sum() * activity.grid.voxel_ml, rel=5e-3)
        becquerel = float((share * activity.bq_per_ml).sum()) * activity.grid.voxel_ml
        by_hand = becquerel / 1e9 * LU177_J_PER_GBQ / (share.sum() * activity.grid.voxel_ml * 1.06 / 1000)
        assert mean_dose(dose, density, voi) == pytest.approx(by_hand, rel=5e-3)
