"""Perfused volumes of several injections: which voxel belongs to which, which lesions each reaches, in which parts."""

from collections.abc import Mapping

import numpy as np
from scipy.ndimage import distance_transform_edt

from yttria.physics.geometry.volume_algebra import intersection
from yttria.values.errors import IntakeError
from yttria.values.maps import ActivityMap, Array, CountMap, DoseMap, Voi
from yttria.values.units import Ml

OVERLAP_SHARE = 0.01
"""Of the smaller volume: two injections of one image must not overlap more (CONTRACT: `[[injections]]`; house)."""
REACHED_ML, REACHED_SHARE = Ml(10.0), 0.10
"""A perfused volume reaches a lesion of which it holds as much: mL, or share of the lesion (house)."""
UPTAKE_SHARE = 0.10
"""Of the liver's mean counts: where an image shows more, its injection treats (house)."""
ROUNDING = 1e-6  # of a share that is compared with a threshold


def require_apart(perfused: Mapping[str, Voi]) -> None:
    """Refuse perfused volumes that overlap by more than 1 % of the smaller: one image cannot be divided among them.

    What two have in common is what their shares of a voxel exceed it by: volumes that touch share the voxels between them and no tissue.

    Raises
    ------
    IntakeError
        Names both with what they share.
    """
    names = list(perfused)
    for at, one in enumerate(names):
        for other in names[at + 1 :]:
            excess = np.maximum(perfused[one].share + perfused[other].share - 1, 0).sum(dtype=np.float64)
            common = float(excess) * perfused[one].grid.voxel_ml
            share = common / min(perfused[one].ml, perfused[other].ml)
            if share > OVERLAP_SHARE + ROUNDING:
                raise IntakeError(
                    f'the volumes of two injections that one image shows must not overlap by more than {100 * OVERLAP_SHARE:g} % of the smaller, but "{one}" and "{other}" '
                    f"share {common:.1f} mL ({100 * share:.1f} %); draw each territory by itself, or give each injection its own emission image",
                    code="injections-overlap",
                    values={"common": common, "share": share},
                )


def common_ml(one: Voi, other: Voi) -> Ml:
    """Return the volume that two have in common, mL; 0 where they are apart."""
    return Ml(float(np.minimum(one.share, other.share).sum(dtype=np.float64)) * one.grid.voxel_ml)


def territory_weights(perfused: Mapping[str, Voi]) -> Mapping[str, Array]:
    """Return for each injection the part of each voxel that belongs to it; together they are 1 everywhere.

    A voxel that volumes hold is divided by its shares in them; one that none holds belongs to the volume whose nearest voxel is
    nearest (centre to centre), of equals to the first named.

    Parameters
    ----------
    perfused
        By injection, on one grid.
    """
    volumes = list(perfused.values())
    total = np.sum([v.share for v in volumes], axis=0, dtype=np.float64)
    outside = total <= 0
    spacing = volumes[0].grid.spacing_zyx_mm
    nearest = np.zeros(total.shape, dtype=np.intp)
    least = np.full(total.shape, np.inf)
    for at, voi in enumerate(volumes):
        apart = distance_transform_edt(voi.share <= 0, sampling=spacing)
        nearer = apart < least * (1 - ROUNDING)
        nearest[nearer], least[nearer] = at, apart[nearer]
    whole = np.where(outside, 1.0, total)
    return {
        name: np.asarray(np.where(outside, nearest == at, voi.share / whole), dtype=np.float64)
        for at, (name, voi) in enumerate(perfused.items())
    }


def uptake_territory(image: CountMap | ActivityMap, liver: Voi, *, name: str) -> Voi:
    """Return where in the liver an image shows uptake: voxels above a tenth of the liver's mean.

    Raises
    ------
    IntakeError
        No counts in the liver.
    """
    numbers = image.numbers
    mean = float(np.vdot(liver.share.astype(np.float64), numbers)) / float(liver.share.sum(dtype=np.float64))
    if mean <= 0:
        raise IntakeError(
            f'the image of injection "{name}" must hold counts in the liver, but holds none; name its image',
            code="injection-without-counts",
        )
    return Voi(
        f"uptake of {name}", "perfused", liver.grid, np.where(numbers > UPTAKE_SHARE * mean, liver.share, np.float32(0))
    )


def reaching(lesion: Voi, perfused: Mapping[str, Voi]) -> tuple[str, ...]:
    """Return the injections whose perfused volume holds 10 mL or 10 % of a lesion."""
    return tuple(name for name, voi in perfused.items() if is_part(common_ml(lesion, voi), lesion))


def is_part(ml: Ml, lesion: Voi) -> bool:
    """Tell whether a part of a lesion counts: 10 mL, or 10 % of it, or more."""
    return ml >= REACHED_ML * (1 - ROUNDING) or ml >= REACHED_SHARE * lesion.ml * (1 - ROUNDING)


def parts_by_territory(lesion: Voi, perfused: Mapping[str, Voi]) -> Mapping[str, Voi]:
    """Return the part of a lesion in each perfused volume that reaches it; the whole lesion where one alone does."""
    names = reaching(lesion, perfused)
    if len(names) == 1:
        return {names[0]: lesion}
    return {name: intersection(lesion, perfused[name], role=lesion.role) for name in names}


def parts_by_dose(lesion: Voi, perfused: Mapping[str, Voi], doses: Mapping[str, DoseMap]) -> Mapping[str, Voi]:
    """Return the part of a lesion in which each injection that reaches it gives the largest dose per GBq, of equals the first named.

    The whole lesion where one alone reaches it; a part below 10 mL and below 10 % of the lesion is left out.
    """
    names = reaching(lesion, perfused)
    if len(names) == 1:
        return {names[0]: lesion}
    largest = np.argmax([doses[name].gy for name in names], axis=0) if names else None
    results: dict[str, Voi] = {}
    for at, name in enumerate(names):
        share = np.where(largest == at, lesion.share, np.float32(0))
        if is_part(Ml(float(share.sum(dtype=np.float64)) * lesion.grid.voxel_ml), lesion):
            results[name] = Voi(lesion.name, lesion.role, lesion.grid, share)
    return results
