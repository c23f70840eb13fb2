"""Volumes of interest and their algebra: what a case draws becomes the volumes that doses are named after."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from yttria.values.errors import Finding, IntakeError, Level, QuantityError
from yttria.values.grid import Grid, require_same_grid
from yttria.values.maps import Array, Voi
from yttria.values.units import Share

OUTSIDE_SHARE = 0.02
NO_VOLUME = 1e-6
ROUNDING = 1e-6  # of a share that is compared with a threshold
PERFUSED_OUTSIDE = (0.05, 0.20)
"""Shares of the perfused volume outside the liver above which it is a warning and a stop (house)."""
LEAST_INSIDE = 1e-3
"""Share of the perfused volume inside the liver below which nothing of it is taken to lie there: rounding of two contours that touch."""
NOT_IN_LIVER = "perfused-not-in-liver"
UNITED = ("liver", "perfused", "lungs", "necrosis", "thrombus")


def minus(one: Voi, other: Voi, *, role: str = "") -> Voi:
    """Return what of `one` is not `other`.

    s = max(0, s_one - s_other): exact where `other` lies inside `one` and where they are apart.

    Raises
    ------
    GeometryError, QuantityError
        Another grid; nothing left.
    """
    require_same_grid(one.grid, other.grid, what=f"{one.role or one.name} and {other.role or other.name}")
    return _of(one, np.maximum(one.own_part - other.share[one.box], 0), f"{one.name} minus {other.name}", role)


def intersection(one: Voi, other: Voi, *, role: str = "") -> Voi:
    """Return what is in both: s = min(s_one, s_other), exact where one lies inside the other; else the most it can be.

    Raises
    ------
    GeometryError, QuantityError
        Another grid; nothing in common.
    """
    require_same_grid(one.grid, other.grid, what=f"{one.role or one.name} and {other.role or other.name}")
    return _of(one, np.minimum(one.own_part, other.share[one.box]), f"{one.name} and {other.name}", role)


def union(volumes: Sequence[Voi], *, role: str = "", name: str = "", grid: Grid | None = None) -> Voi:
    """Return what is in any of the volumes.

    Volumes that touch without overlapping add up in the voxels they share: s = sum, at most 1. Where two overlap (their
    sum exceeds a voxel), the larger share counts: s = max.

    Parameters
    ----------
    grid
        Where the volumes lie on parts of one grid: that grid.

    Raises
    ------
    GeometryError, QuantityError
        Another grid; no volume.
    """
    if not volumes:
        raise QuantityError("a union needs one volume or more, but none is given; draw it", code="union-empty")
    first = volumes[0]
    name, role = name or ", ".join(v.name for v in volumes), role or first.role
    if len(volumes) == 1 and grid is None:
        return Voi(name, role, first.grid, first.share)
    share: Array = np.zeros((grid or first.grid).shape_zyx, dtype=np.float32)
    for voi in volumes:
        if grid is None:
            require_same_grid(first.grid, voi.grid, what=f"{first.role or first.name} and {voi.role or voi.name}")
        start = (0, 0, 0) if grid is None else voi.grid.offset_in(grid)
        z, y, x = (slice(o + s.start, o + s.stop) for o, s in zip(start, voi.box, strict=True))
        planes = list(zip(share[z, y, x], voi.own_part, strict=True))  # one at a time: the lungs on a CT are large
        twice = sum(float(np.maximum(here + more - 1, 0).sum(dtype=np.float64)) for here, more in planes)
        apart = twice <= 1e-3 * float(voi.own_part.sum(dtype=np.float64))
        for here, more in planes:
            here[...] = np.minimum(here + more, 1) if apart else np.maximum(here, more)
    share.flags.writeable = False
    return Voi(name, role, grid or first.grid, share)


def _of(one: Voi, part: Array, name: str, role: str) -> Voi:
    """Return a volume of shares in the box of another, without those that are rounding."""
    part[part < NO_VOLUME] = 0
    share = _placed(one, part)
    share.flags.writeable = False
    return Voi(name, role or one.role, one.grid, share)


def _placed(voi: Voi, part: Array) -> Array:
    """Return shares in a volume's box on its whole grid: of the rest, which stays zero, the system keeps no memory."""
    share = np.zeros(voi.grid.shape_zyx, dtype=np.float32)
    share[voi.box] = part
    return share


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
    return Share(min(max(1 - liver.overlap_ml(perfused) / liver.ml, 0.0), 1.0))


def normal_reserve(liver: Voi, perfused: Voi, normal: Voi | None) -> Share:
    """Return the share of the liver that is neither treated nor tumour: (V(liver) - V(perfused) - V(tumour outside it)) / V(liver).

    Parameters
    ----------
    normal
        The liver less what is tumour, thrombus or dead; None where nothing normal is left.

    Raises
    ------
    GeometryError
        Volumes on several grids.

    Examples
    --------
    >>> from yttria.values.grid import Grid
    >>> grid = Grid.aligned((1, 1, 4), spacing_zyx_mm=(10, 10, 10), origin_lps_mm=(0, 0, 0))
    >>> liver, right = Voi("l", "liver", grid, np.ones((1, 1, 4))), Voi("p", "perfused", grid, np.array([[[1.0, 1, 0, 0]]]))
    >>> normal_reserve(liver, right, Voi("n", "normal-liver", grid, np.array([[[0.5, 1, 1, 0]]])))
    0.25
    """
    if normal is None:
        return Share(0.0)
    require_same_grid(liver.grid, normal.grid, what="liver and normal liver")
    tumour = np.maximum(liver.own_part - normal.share[liver.box], 0)
    outside = float(np.maximum(tumour - perfused.share[liver.box], 0).sum(dtype=np.float64)) * liver.grid.voxel_ml
    return Share(min(max(1 - (liver.overlap_ml(perfused) + outside) / liver.ml, 0.0), 1.0))


def share_inside(part: Voi, whole: Voi) -> Share:
    """Return which share of a volume lies inside another.

    Raises
    ------
    GeometryError
        Another grid.
    """
    return Share(min(part.overlap_ml(whole) / part.ml, 1.0))


def named_volumes(vois: Sequence[Voi]) -> tuple[Mapping[str, Voi], tuple[Finding, ...]]:
    """Return a case's volumes by role, those that follow from them, and doubts.

    Parameters
    ----------
    vois
        On one grid, with roles liver, perfused, tumour (as many as there are), necrosis, thrombus, lungs; several of a role but tumour
        are united.

    Returns
    -------
    tuple
        By role: liver, perfused (its part inside the liver), tumour (all), tumour-1 … (largest first, each without what is dead),
        thrombus, necrosis, lungs, normal-perfused, normal-liver, as far as they follow. Normal is what is neither tumour nor thrombus nor
        necrosis. Without a perfused volume the whole liver is perfused, which is said; so it is where the drawn one lies wholly outside
        it, which is a stop.

    Raises
    ------
    IntakeError
        No liver.
    GeometryError
        Volumes on several grids.
    """
    by_role: dict[str, list[Voi]] = {}
    for voi in vois:
        by_role.setdefault("tumour" if voi.role.startswith("tumour") else voi.role, []).append(voi)
    if "liver" not in by_role:
        raise IntakeError(
            "a case needs the whole liver, but no volume has that role; draw it or name it in [roles]",
            code="liver-absent",
        )
    volumes = {role: union(by_role[role], role=role) for role in UNITED if role in by_role}
    volumes["perfused"], findings = _perfused(volumes["liver"], volumes.get("perfused"))
    lesions, more = _lesions(by_role.get("tumour", []), volumes)
    volumes |= lesions
    abnormal = [volumes[role] for role in ("tumour", "thrombus", "necrosis") if role in volumes]
    normal, left = _normal(volumes, union(abnormal) if abnormal else None)
    return volumes | normal, (*findings, *more, *left)


def _perfused(liver: Voi, territory: Voi | None) -> tuple[Voi, tuple[Finding, ...]]:
    """Return the part of the perfused volume inside the liver, and what lies outside: a warning above 5 %, a stop above 20 %.

    Where nothing lies inside, the whole liver stands for it, so that its doses can be told beside the stop.

    Source
    ------
    5 and 20 %: house.
    """
    whole = Voi(liver.name, "perfused", liver.grid, liver.share)
    if territory is None:
        message = "no perfused volume is drawn, so the whole liver is taken as perfused; draw the treated territory"
        return whole, (Finding("warning", "perfused-absent", message),)
    outside = 1 - share_inside(territory, liver)
    if outside > 1 - LEAST_INSIDE:
        message = (
            f'the perfused volume ("{territory.name}", {territory.ml:.0f} mL) lies wholly outside the liver: what an injection there does to the liver is not '
            "known; the doses shown are those of the whole liver as if all of it were treated; check both contours, their sides and their image"
        )
        return whole, (Finding("stop", NOT_IN_LIVER, message, {"outside_fraction": outside, "drawn_ml": territory.ml}),)
    share = _placed(territory, np.minimum(territory.own_part, liver.share[territory.box]))
    share.flags.writeable = False
    inside = Voi(territory.name, "perfused", liver.grid, share)
    if outside <= PERFUSED_OUTSIDE[0] + ROUNDING:
        return inside, ()
    level: Level = "stop" if outside > PERFUSED_OUTSIDE[1] + ROUNDING else "warning"
    message = (
        f'the perfused volume ("{territory.name}") lies with {100 * outside:.1f} % of its {territory.ml:.0f} mL outside the liver (house: a warning above '
        f"{100 * PERFUSED_OUTSIDE[0]:g} %, a stop above {100 * PERFUSED_OUTSIDE[1]:g} %); masses, doses and reserve are those of the "
        f"{inside.ml:.0f} mL inside; check both contours"
    )
    return inside, (
        Finding(
            level,
            "perfused-outside-liver",
            message,
            {"outside_fraction": outside, "drawn_ml": territory.ml, "inside_ml": inside.ml},
        ),
    )


def _lesions(lesions: Sequence[Voi], volumes: Mapping[str, Voi]) -> tuple[dict[str, Voi], tuple[Finding, ...]]:
    """Return lesions without what is dead, the largest first, and all of them together; and doubts about where they lie."""
    findings: list[Finding] = []
    alive: list[Voi] = []
    for tumour in lesions:
        left = _alive(tumour, volumes.get("necrosis"))
        if left is None:
            message = f'"{tumour.name}" lies wholly in what is drawn as necrosis: it is no lesion'
            findings.append(Finding("warning", "lesion-dead", message))
        else:
            alive.append(left)
    tumours = tumours_by_volume(alive)
    if not tumours:
        message = "no tumour is drawn: no tumour dose exists; draw it or name it in [roles]"
        return {}, (*findings, Finding("warning", "tumour-absent", message))
    for tumour in tumours:
        findings += audit_inside(tumour, volumes["liver"])
        findings += audit_inside(tumour, volumes["perfused"])
    return {"tumour": union(tumours, role="tumour"), **{t.role: t for t in tumours}}, tuple(findings)


def _alive(tumour: Voi, necrosis: Voi | None) -> Voi | None:
    """Return what of a lesion is not dead; None where less than 2 % of it is left."""
    if necrosis is None:
        return tumour
    require_same_grid(tumour.grid, necrosis.grid, what=f"{tumour.name} and {necrosis.name}")
    share = _without(tumour, necrosis)
    if float(share[tumour.box].sum(dtype=np.float64)) * tumour.grid.voxel_ml <= OUTSIDE_SHARE * tumour.ml:
        return None
    return Voi(tumour.name, tumour.role, tumour.grid, share)


def _normal(volumes: Mapping[str, Voi], taken_out: Voi | None) -> tuple[dict[str, Voi], tuple[Finding, ...]]:
    """Return what is normal of the perfused volume and of the liver."""
    rests, findings = dict[str, Voi](), list[Finding]()
    for role, whole in (("normal-perfused", volumes["perfused"]), ("normal-liver", volumes["liver"])):
        rest = whole.share if taken_out is None else _without(whole, taken_out)
        if float(rest[whole.box].sum(dtype=np.float64)) * whole.grid.voxel_ml > NO_VOLUME * whole.ml:
            rests[role] = Voi(role.replace("-", " "), role, whole.grid, rest)
        else:
            message = f"tumours fill the whole {whole.role} volume: nothing normal is left of it"
            findings.append(Finding("warning", f"{role}-absent", message))
    return rests, tuple(findings)


def _without(whole: Voi, other: Voi) -> Array:
    """Return the shares of a volume that are not another's."""
    rest = _placed(whole, whole.own_part)
    rest[other.box] = np.maximum(rest[other.box] - other.own_part, 0)
    rest.flags.writeable = False
    return rest


def audit_inside(part: Voi, whole: Voi) -> tuple[Finding, ...]:
    """Return a warning where more than 2 % of `part` lies outside `whole`."""
    outside = 1 - share_inside(part, whole)
    if outside <= OUTSIDE_SHARE:
        return ()
    meant = "it receives no normal share there" if whole.role == "perfused" else "check both contours"
    return (
        Finding(
            "warning",
            f"{part.role}-outside-{whole.role}",
            f'{part.role} ("{part.name}") lies with {100 * outside:.1f} % of its {part.ml:.1f} mL outside the {whole.role}; {meant}',
            {"outside_fraction": outside, "volume_ml": part.ml},
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
        occupancy = np.flatnonzero(inside.any(axis=others))
        reach = math.ceil(limit_mm / spacing)
        box.append(slice(max(int(occupancy[0]) - reach, 0), int(occupancy[-1]) + reach + 1))
    near = tuple(box)
    far[near] = distance_mm(inside[near], spacing_zyx_mm) > limit_mm
    return far
