"""A second reckoning of the mean doses, by counts and masses alone: none of the code that a plan's doses come from."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import numpy as np

from yttria.data import table
from yttria.values.aims_limits import DoseName
from yttria.values.errors import Finding
from yttria.values.maps import ActivityMap, CountMap, Voi
from yttria.values.nuclide import Nuclide
from yttria.values.units import Bq, Gy

PARTS: Mapping[DoseName, tuple[str, tuple[str, ...]]] = {
    "TD_all": ("tumour", ()),
    "PLD": ("perfused", ()),
    "NPLD": ("perfused", ("tumour", "thrombus", "necrosis")),
    "WNLD": ("liver", ("tumour", "thrombus", "necrosis")),
    "WLD": ("liver", ()),
}
"""Of each dose: the volume, and what is taken out of it."""
WORTH_A_WARNING = 0.05


def partition_doses(
    image: CountMap | ActivityMap, volumes: Mapping[str, Voi], *, in_liver: Bq, nuclide: Nuclide
) -> Mapping[DoseName, Gy]:
    """Return mean doses by the partition of counts: D = k A f / m, f the share of the liver's counts, m = V rho.

    Every volume has the density of liver, whatever the CT says.

    Parameters
    ----------
    image
        As read: only ratios of its numbers count.
    volumes
        By role, on the image's grid: shares 0..1.
    in_liver
        A, what the counts of the liver stand for at the administration: what was given less what went to the lungs, or as measured.
    nuclide
        Holds k.

    Returns
    -------
    Mapping[DoseName, Gy]
        Of the doses in `PARTS` whose volume is there; empty where the liver holds no counts.

    Source
    ------
    Ho et al., Eur J Nucl Med 1996;23:947 (partition model). Density: data/tissue.toml.
    """
    box = _box_of(volumes.values())
    numbers = np.asarray(image.numbers[box], dtype=np.float64).ravel()
    share = {role: np.asarray(voi.share[box], dtype=np.float64).ravel() for role, voi in volumes.items()}
    counts = float(np.dot(numbers, share["liver"]))
    if counts <= 0:
        return {}
    rho = float(table("tissue")["liver"]["g_per_ml"])
    joule = in_liver * nuclide.dose_constant_gy_kg_per_gbq * 1e-9
    results: dict[DoseName, Gy] = {}
    for name, (role, without) in PARTS.items():
        if role not in share:
            continue
        part = np.minimum(share[role], share["liver"]) if role == "perfused" else share[role]
        for other in without:
            if other in share:
                part = np.clip(part - share[other], 0.0, None)
        kg = float(part.sum()) * _voxel_ml(image) * rho / 1000
        if kg > 0:
            results[name] = Gy(joule * float(np.dot(numbers, part)) / counts / kg)
    return results


def _box_of(volumes: Iterable[Voi]) -> tuple[slice, ...]:
    """Return the box of voxels that holds every volume: nothing outside counts."""
    ranges = zip(*(voi.box for voi in volumes), strict=True)
    return tuple(slice(min(part.start for part in parts), max(part.stop for part in parts)) for parts in ranges)


def measured_in_liver(image: ActivityMap, liver: Voi, *, given_at: datetime | None) -> Bq:
    """Return what an image in Bq/mL says that the liver held when the activity was given: the sum of C V, each half-life back twice as much.

    Parameters
    ----------
    image
        With the instant that its numbers hold at; without one, or without the administration's, they hold at the administration.
    given_at
        The administration.
    """
    liver_bq = float(np.dot(image.numbers.ravel().astype(np.float64), liver.share.ravel())) * _voxel_ml(image)
    if image.reference is None or given_at is None:
        return Bq(liver_bq)
    zone = image.reference.tzinfo or given_at.tzinfo
    elapsed = image.reference.replace(tzinfo=zone) - given_at.replace(tzinfo=given_at.tzinfo or zone)
    return Bq(liver_bq * 2.0 ** (elapsed.total_seconds() / 3600 / image.nuclide.half_life_h))


def _voxel_ml(image: CountMap | ActivityMap) -> float:
    return abs(float(np.linalg.det(image.grid.matrix[:3, :3]))) / 1000


def audit_partition(doses_gy: Mapping[DoseName, Gy], partition_gy: Mapping[DoseName, Gy]) -> tuple[Finding, ...]:
    """Return a warning for each dose that the second reckoning finds more than 5 % away.

    Both are of the image as it is: blur is the same in both and explains nothing.

    Examples
    --------
    >>> audit_partition({"PLD": Gy(35)}, {"PLD": Gy(35.5)})
    ()
    """
    return tuple(
        Finding(
            "warning",
            f"partition-differs-{name}",
            f"{name} is {doses_gy[name]:.1f} Gy by the plan and {other:.1f} Gy by counts and masses alone, {100 * abs(other / doses_gy[name] - 1):.0f} % apart; look at density, volumes and calibration before anything is ordered",
            {"plan_gy": doses_gy[name], "partition_gy": other},
        )
        for name, other in partition_gy.items()
        if doses_gy.get(name, 0.0) > 0 and abs(other / doses_gy[name] - 1) > WORTH_A_WARNING
    )
