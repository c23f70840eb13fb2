"""Volumes of interest and their algebra: what a case draws becomes the volumes that doses are named after."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from yttria.values.errors import Finding, IntakeError, QuantityError
from yttria.values.grid import require_same_grid
from yttria.values.maps import Array, Voi
from yttria.values.units import Share

OUTSIDE_SHARE = 0.02
NO_VOLUME = 1e-6


def minus(one: Voi, other: Voi, *, role: str = "") -> Voi:
    """Return what of `one` is not `other`.

    s = max(0, s_one - s_other): exact where `other` lies inside `one` and where they are apart.

    Raises
    ------
    GeometryError, QuantityError
        Another grid; nothing left.
    """
    return _of(one, np.maximum(one.share - other.share, 0), other, f"{one.name} minus {other.name}", role)


def intersection(one: Voi, other: Voi, *, role: str = "") -> Voi:
    """Return what is in both: s = min(s_one, s_other), exact where one lies inside the other; else the most it can be.

    Raises
    ------
    GeometryError, QuantityError
        Another grid; nothing in common.
    """
    return _of(one, np.minimum(one.share, other.share), other, f"{one.name} and {other.name}", role)


def union(volumes: Sequence[Voi], *, role: str = "", name: str = "") -> Voi:
    """Return what is in any of the volumes.

    Volumes that touch without overlapping add up in the voxels they share: s = sum, at most 1. Where two overlap (their
    sum exceeds a voxel), the larger share counts: s = max.

    Raises
    ------
    GeometryError, QuantityError
        Another grid; no volume.
    """
    if not volumes:
        raise QuantityError("a union needs one volume or more, but none is given; draw it")
    first = volumes[0]
    share: Array = first.share if len(volumes) == 1 else first.share.copy()
    for voi in volumes[1:]:
        require_same_grid(first.grid, voi.grid, what=f"{first.role or first.name} and {voi.role or voi.name}")
        here, more = share[voi.box], voi.own_part
        both = here + more
        over = both[both > 1]
        twice = float(over.sum(dtype=np.float64) - len(over))
        apart = twice <= 1e-3 * float(more.sum(dtype=np.float64))
        share[voi.box] = np.minimum(both, 1, out=both) if apart else np.maximum(here, more)
    share.flags.writeable = False
    return Voi(name or ", ".join(v.name for v in volumes), role or first.role, first.grid, share)


def _of(one: Voi, share: Array, other: Voi, name: str, role: str) -> Voi:
    require_same_grid(one.grid, other.grid, what=f"{one.role or one.name} and {other.role or other.name}")
    share[share < NO_VOLUME] = 0
    return Voi(name, role or one.role, one.grid, share)


def tumours_by_volume(tumours: Sequence[Voi]) -> tuple[Voi, ...]:
    """Return the tumours as tumour-1, tumour-2 …, the largest first."""
    ordered = sorted(tumours, key=lambda v: (-v.ml, v.name))
    return tuple(Voi(v.name, f"tumour-{n}", v.grid, v.share) for n, v in enumerate(ordered, start=1))


def hepatic_reserve(liver: Voi, perfused: Voi) -> Share:
    """Return the share of the liver that is not treated: 1 - V(perfused inside the liver) / V(liver), tumour included in both.

    Source
    ------
    Weber et al., EJNMMI 2022;49:1682, footnote of table 2: untreated liver fraction.
    """
    require_same_grid(liver.grid, perfused.grid, what="liver and perfused volume")
    treated = float(np.minimum(liver.share, perfused.share).sum(dtype=np.float64)) * liver.grid.voxel_ml
    return Share(min(max(1 - treated / liver.ml, 0.0), 1.0))


def named_volumes(drawn: Sequence[Voi]) -> tuple[Mapping[str, Voi], tuple[Finding, ...]]:
    """Return a case's volumes by role, those that follow from them, and doubts.

    Parameters
    ----------
    drawn
        On one grid, with roles liver, perfused, tumour (as many as there are), lungs; several of a role but tumour are united.

    Returns
    -------
    tuple
        By role: liver, perfused, tumour (all), tumour-1 … (largest first), lungs, normal-perfused, normal-liver, as far as
        they follow. Without a perfused volume the whole liver is perfused, which is said.

    Raises
    ------
    IntakeError
        No liver.
    GeometryError
        Volumes on several grids.
    """
    findings: list[Finding] = []
    by_role: dict[str, list[Voi]] = {}
    for voi in drawn:
        by_role.setdefault("tumour" if voi.role.startswith("tumour") else voi.role, []).append(voi)
    if "liver" not in by_role:
        raise IntakeError("a case needs the whole liver, but no volume has that role; draw it or name it in [roles]")
    volumes: dict[str, Voi] = {
        role: union(by_role[role], role=role) for role in ("liver", "perfused", "lungs") if role in by_role
    }
    liver = volumes["liver"]
    if "perfused" not in volumes:
        volumes["perfused"] = Voi(liver.name, "perfused", liver.grid, liver.share)
        findings.append(
            Finding(
                "warning",
                "perfused-absent",
                "no perfused volume is drawn, so the whole liver is taken as perfused; draw the treated territory",
            )
        )
    findings += audit_inside(volumes["perfused"], liver)
    tumours = tumours_by_volume(by_role.get("tumour", []))
    if tumours:
        volumes["tumour"] = union(tumours, role="tumour")
        volumes |= {t.role: t for t in tumours}
        for tumour in tumours:
            findings += audit_inside(tumour, liver)
            findings += audit_inside(tumour, volumes["perfused"])
    else:
        findings.append(
            Finding(
                "warning", "tumour-absent", "no tumour is drawn: no tumour dose exists; draw it or name it in [roles]"
            )
        )
    for role, whole in (("normal-perfused", volumes["perfused"]), ("normal-liver", liver)):
        rest = _without(whole, volumes["tumour"]) if tumours else whole.share
        if float(rest.sum(dtype=np.float64)) * whole.grid.voxel_ml > NO_VOLUME * whole.ml:
            volumes[role] = Voi(role.replace("-", " "), role, whole.grid, rest)
        else:
            findings.append(
                Finding(
                    "warning",
                    f"{role}-absent",
                    f"tumours fill the whole {whole.role} volume: nothing normal is left of it",
                )
            )
    return volumes, tuple(findings)


def _without(whole: Voi, other: Voi) -> Array:
    """Return the shares of a volume that are not another's."""
    rest = whole.share.copy()
    rest[other.box] = np.maximum(rest[other.box] - other.own_part, 0)
    rest.flags.writeable = False
    return rest


def audit_inside(part: Voi, whole: Voi) -> tuple[Finding, ...]:
    """Return a warning where more than 2 % of `part` lies outside `whole`."""
    require_same_grid(part.grid, whole.grid, what=f"{part.role} and {whole.role}")
    own = part.own_part
    outside = 1 - float(np.minimum(own, whole.share[part.box]).sum(dtype=np.float64)) / float(own.sum(dtype=np.float64))
    if outside <= OUTSIDE_SHARE:
        return ()
    meant = "it receives no normal share there" if whole.role == "perfused" else "check both contours"
    return (
        Finding(
            "warning",
            f"{part.role}-outside-{whole.role}",
            f'{part.role} ("{part.name}") lies with {100 * outside:.1f} % of its {part.ml:.1f} mL outside the {whole.role}; {meant}',
        ),
    )


def distance_mm(inside: NDArray[np.bool_], spacing_zyx_mm: tuple[float, float, float]) -> NDArray[np.float64]:
    """Return how far each voxel's centre lies from the nearest centre inside, mm; infinite where nothing is inside."""
    if not inside.any():
        return np.full(inside.shape, np.inf)
    return np.asarray(distance_transform_edt(~inside, sampling=spacing_zyx_mm), dtype=np.float64)


def farther_than(
    inside: NDArray[np.bool_], spacing_zyx_mm: tuple[float, float, float], limit_mm: float
) -> NDArray[np.bool_]:
    """Return which voxels' centres lie farther than `limit_mm` from every centre inside; all where nothing is inside.

    Distances are measured in the box that reaches `limit_mm` beyond what is inside; everything outside that box is farther.
    """
    far = np.ones(inside.shape, dtype=bool)
    if not inside.any():
        return far
    box = []
    for axis, spacing in enumerate(spacing_zyx_mm):
        others = tuple(other for other in range(inside.ndim) if other != axis)
        taken = np.flatnonzero(inside.any(axis=others))
        reach = math.ceil(limit_mm / spacing)
        box.append(slice(max(int(taken[0]) - reach, 0), int(taken[-1]) + reach + 1))
    near = tuple(box)
    far[near] = distance_mm(inside[near], spacing_zyx_mm) > limit_mm
    return far
