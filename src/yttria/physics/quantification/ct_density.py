"""CT numbers to mass density, and what to do where a CT misleads or is absent."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from yttria.data import table
from yttria.physics.geometry.regrid import ct_density_on_grid, organ_density_on_grid
from yttria.values.errors import Finding, QuantityError
from yttria.values.grid import Grid, require_same_grid
from yttria.values.maps import Array, CtImage, DensityMap, Voi

INTERIOR = 0.99
SOFT_TISSUE = (0.85, 1.35)


def density_of(hu: Array | float) -> NDArray[np.float32]:
    """Return the mass density of CT numbers, g/mL.

    rho = 1 + HU/1000 up to 1.06 g/mL (60 HU), from 72.6 HU on 1.017 + 0.592e-3 HU; never below dry air.

    Notes
    -----
    Right within about 1 % for unenhanced soft tissue and lung at 120 kV. Iodine raises HU without raising density:
    `audit_contrast` looks for it. Metal is not told apart from bone.

    Source
    ------
    Kao et al., EJNMMI Res 2014;4:33 up to soft tissue; plateau and bone as data/tissue.toml says.

    Examples
    --------
    >>> density_of(np.array([-1000, -740, 0, 55, 1000])).astype(float).round(3).tolist()
    [0.001, 0.26, 1.0, 1.055, 1.609]
    """
    least, most, start, slope, plateau, corner, beyond = (float(v) for v in curve())
    numbers = np.asarray(hu, dtype=np.float64)
    density = np.minimum(start + slope * numbers, plateau) + np.maximum(beyond * (numbers - corner), 0)
    return np.asarray(np.clip(density, least, most), dtype=np.float32)


@cache
def curve() -> NDArray[np.float32]:
    """Return the way from HU to g/mL as seven numbers, as `box_average` reads them; bone begins where its line leaves the plateau."""
    row = table("tissue")["curve"]
    corner = (row["plateau"] - row["bone_start"]) / row["bone_slope"]
    names = ("least", "most", "start", "slope", "plateau")
    return np.array([*(row[name] for name in names), corner, row["bone_slope"]], dtype=np.float32)


def density(ct: CtImage) -> DensityMap:
    """Return the mass density of a CT, voxel by voxel.

    Examples
    --------
    >>> grid = Grid.aligned((1, 1, 2), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(0, 0, 0))
    >>> density(CtImage(grid, np.array([[[-1000, 50]]], dtype=np.int16))).g_per_ml.astype(float).round(3).tolist()
    [[[0.001, 1.05]]]
    """
    g_per_ml = density_of(ct.hu)
    g_per_ml.flags.writeable = False
    return DensityMap(ct.grid, g_per_ml)


def density_on(ct: CtImage, grid: Grid) -> tuple[DensityMap, Array]:
    """Return a CT's density on another grid and which share of each voxel the CT covers: density first, then the mean.

    The same as `density_on_grid(density(ct), grid)`, in one pass.

    Raises
    ------
    GeometryError
        Another frame of reference; no overlap.
    """
    return ct_density_on_grid(ct, curve(), grid)


def with_organ_density(density: DensityMap, ct: CtImage, organ: Voi) -> tuple[DensityMap, Array]:
    """Return the density with an organ's own in each voxel that holds some of it, and the organ's share of each voxel.

    The mean over a voxel at the dome is half lung; the liver in it weighs what liver weighs. Where the organ reaches into a voxel its
    part's own density stands for the voxel: masses and doses of volumes within the organ then are the organ's.

    Parameters
    ----------
    density
        Density on the wanted grid, each voxel its mean.
    ct
        The CT.
    organ
        As drawn, on the CT's grid or a part of it (`align.part_around`).

    Raises
    ------
    GeometryError
        Another frame of reference.

    Notes
    -----
    As good as the contour: what it draws into the lung by mistake weighs as lung. A voxel of liver and lung has one dose, the
    liver's: lungs have theirs from the shunt.
    """
    own, share = organ_density_on_grid(ct, curve(), organ, density.grid)
    return DensityMap(density.grid, np.where(share > 0, own, density.g_per_ml)), share


def uniform_density(grid: Grid) -> tuple[DensityMap, Finding]:
    """Return liver everywhere, for a case without CT, with a finding that says so.

    Source
    ------
    1.06 g/mL: GATE's GateMaterials.db, which names ICRU Report 44, 1989. Others take 1.00, 1.03 or 1.05: between 1.00 and 1.06 lie 6 % of dose.

    Examples
    --------
    >>> grid = Grid.aligned((1, 1, 2), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(0, 0, 0))
    >>> uniform_density(grid)[1].code
    'density-default'
    """
    row = table("tissue")["liver"]
    map_ = DensityMap(grid, np.full(grid.shape_zyx, row["g_per_ml"], dtype=np.float32))
    message = f"no CT: density is {row['g_per_ml']} g/mL everywhere ({row['source']}); with 1.00 g/mL every dose would be 6 % higher, and lung, fat and bone are not told apart"
    return map_, Finding("warning", "density-default", message)


def require_soft_tissue(density: DensityMap, liver: Voi) -> None:
    """Refuse a liver that cannot be one: of air, of fat alone or of bone.

    Raises
    ------
    GeometryError, QuantityError
        Another grid; a mean density outside 0.85 to 1.35 g/mL (liver 1.06, fat 0.95, iodine reads up to 1.2; the bounds are choices of this program).
    """
    mean = _mean_inside(density, liver)
    if not SOFT_TISSUE[0] <= mean <= SOFT_TISSUE[1]:
        raise QuantityError(
            f"the liver must have the density of soft tissue, {SOFT_TISSUE[0]:g} to {SOFT_TISSUE[1]:g} g/mL, but has {mean:.3g} g/mL in the mean; check the rescale of the CT, and that the liver was drawn on it",
            code="liver-density-range",
            values={"mean": mean},
        )


def audit_contrast(density: DensityMap, liver: Voi) -> tuple[Finding, ...]:
    """Return a warning where the liver is denser than liver can be: iodine raises HU, not density.

    Parameters
    ----------
    density
        Density from CT, on the volume's grid.
    liver
        The whole liver.
    """
    mean = _mean_inside(density, liver)
    row, limit = table("tissue")["contrast"], float(density_of(table("tissue")["contrast"]["liver_hu"]))
    if mean <= limit:
        return ()
    bone = table("tissue")["curve"]
    hu = (mean - bone["bone_start"]) / bone["bone_slope"]
    true = table("tissue")["liver"]["g_per_ml"]
    return (
        Finding(
            "warning",
            "ct-contrast",
            f"the liver has about {hu:.0f} HU in the mean, above {row['liver_hu']:g} HU: iodine reads as {mean:.3f} g/mL where liver has {true}, so liver doses would come out {100 * (mean / true - 1):.1f} % too low if this were taken for mass; an unenhanced CT needs no such correction",
            {"liver_hu": hu, "highest_hu": row["liver_hu"], "read_g_per_ml": mean, "true_g_per_ml": true},
        ),
    )


def with_liver_density(density: DensityMap, liver: Voi, g_per_ml: float | None = None) -> tuple[DensityMap, Finding]:
    """Return the density with the liver no denser than `g_per_ml` (1.06: data/tissue.toml), and a note that says so.

    min(rho, 1.06) in each voxel that holds liver, where rho is the liver's own (`with_organ_density`): what iodine adds goes, what is
    less dense stays (a tumour that takes up little contrast, fat).

    Raises
    ------
    GeometryError, QuantityError
        Another grid; a density that soft tissue cannot have.
    """
    row = table("tissue")["liver"]
    most = row["g_per_ml"] if g_per_ml is None else g_per_ml
    if not 0.9 <= most <= 1.2:
        raise QuantityError(
            f"liver density must be that of soft tissue, 0.9 to 1.2 g/mL, but is {most:g}; check it",
            code="liver-density-range",
            values={"most": most},
        )
    before = _mean_inside(density, liver)
    cut = DensityMap(
        density.grid, np.where(liver.share > 0, np.minimum(density.g_per_ml, np.float32(most)), density.g_per_ml)
    )
    source = row["source"] if g_per_ml is None else "given"
    message = f"liver density is taken as {most:g} g/mL at most ({source}): {_mean_inside(cut, liver):.3f} g/mL in the mean in place of {before:.3f} from CT"
    return cut, Finding(
        "note",
        "liver-density",
        message,
        {"g_per_ml": most, "mean_g_per_ml": _mean_inside(cut, liver), "ct_g_per_ml": before},
    )


def _mean_inside(density: DensityMap, liver: Voi) -> float:
    """Return the mean density of the voxels that lie wholly in the liver (of all its shares where there is none)."""
    require_same_grid(density.grid, liver.grid, what="density and liver")
    inside = liver.share >= INTERIOR
    if inside.any():
        return float(density.g_per_ml[inside].mean(dtype=np.float64))
    return liver.mass(density) / liver.ml
