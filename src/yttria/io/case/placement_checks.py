"""Do images and structures lie where a body has them: one frame of reference, inside the images, left left and up up."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from yttria.io.ground.structure_roles import side_by_name, side_of_liver
from yttria.values.contour import Contour
from yttria.values.errors import Finding, GeometryError
from yttria.values.grid import Grid
from yttria.values.maps import ActivityMap, CountMap, CtImage, Voi
from yttria.values.structure import Structure

Points = NDArray[np.float64]
POINTS = 10_000  # of a volume are enough to say where it lies
LOST_SHARE = 0.005  # of the counts: less lies anywhere by noise
EDGE_SHARE = 0.001  # outside an image: rounding at its edge, no more

IN_THE_LIVER = {"perfused", "tumour", "necrosis", "thrombus"}

SAME_SESSION = "register them first, or use the CT of the same session"
JOIN = (
    "put the rigid DICOM registration (REG) that joins them into the case, use the CT of the same session, or, where they coincide, "
    'write in case.toml:\n[frames]\nsame = true\nby = "who decided"'
)


def require_one_frame(
    emission: CountMap | ActivityMap, ct: CtImage | None, structures: Sequence[Structure], why: Sequence[str] = ()
) -> None:
    """Refuse images and structures of different frames of reference; an unstated one is taken to be the others'.

    Parameters
    ----------
    why
        Why registrations that lie in the case did not join them.

    Raises
    ------
    GeometryError
        Says who lies apart.
    """
    require_frames(
        {
            "emission": {emission.grid.frame_uid},
            "CT": {ct.grid.frame_uid} if ct else set(),
            "contours": {t.frame_uid for t in structures if isinstance(t, Contour)},
            "volumes": {t.grid.frame_uid for t in structures if isinstance(t, Voi)},
        },
        advice="; ".join((*why, JOIN)),
    )


def require_frames(frames: Mapping[str, Collection[str]], *, advice: str = SAME_SESSION) -> None:
    """Refuse frames of reference that differ: what lies where, by what it is called; an empty frame is an unstated one.

    Parameters
    ----------
    advice
        What to do.

    Raises
    ------
    GeometryError
        Says who lies apart.
    """
    stated = set().union(*frames.values()) - {""}
    if len(stated) > 1:
        who = " and ".join(name for name, uids in frames.items() if set(uids) - {""})
        raise GeometryError(
            f"all images and structures must lie in one frame of reference, but {who} lie in {len(stated)}; {advice}",
            code="frame-contradiction",
            values={"frames": len(stated)},
        )


def audit_places(
    emission: CountMap | ActivityMap, ct: CtImage | None, structures: Sequence[Structure]
) -> tuple[Finding, ...]:
    """Return the findings about structures that stick out of an image or lie where no body has them.

    Raises
    ------
    GeometryError
        A structure lies outside an image altogether.
    """
    images: list[tuple[str, Grid]] = [("the emission image", emission.grid)]
    if ct is not None:
        images.append(("the CT", ct.grid))
    placed = [(t, points_of(t)) for t in structures]
    findings = [f for t, points in placed for image, grid in images for f in _audit_inside(t, points, image, grid)]
    return (*findings, *audit_anatomy([(t, points.mean(axis=0)) for t, points in placed]), *audit_sides(structures))


def audit_sides(structures: Sequence[Structure]) -> Iterator[Finding]:
    """Return a warning for each structure in the liver whose name gives the side that it does not lie on: of the liver's centre."""
    liver = [t.centroid_lps_mm[0] for t in structures if t.role == "liver"]
    if len(liver) != 1:
        return
    for structure in structures:
        text = side_of_liver(structure.name) if structure.role in IN_THE_LIVER else ""
        left_mm = structure.centroid_lps_mm[0] - liver[0]
        lies = "left" if left_mm > 0 else "right"
        if text and text != lies:
            message = f'"{structure.name}" names the {text} side, but lies {abs(left_mm):.0f} mm to the {lies} of the liver\'s centre; check name and drawing: the wrong side treated harms'
            yield Finding("warning", "side-differs", message, {"structure": structure.name, "left_mm": float(left_mm)})


def audit_blank(emission: CountMap | ActivityMap, ct: CtImage, blank_hu: float) -> tuple[Finding, ...]:
    """Return a warning where counts lie in what an upright grid holds beyond the slices of a tilted gantry.

    Parameters
    ----------
    blank_hu
        What stands there.
    """
    values = emission.bq_per_ml if isinstance(emission, ActivityMap) else emission.counts
    z, y, x = np.nonzero(values)
    index = np.rint(ct.grid.index_of(emission.grid.points_of(np.stack([x, y, z], axis=1)))).astype(int)
    nz, ny, nx = ct.grid.shape_zyx
    inside = ((index >= 0) & (index < (nx, ny, nz))).all(axis=1)
    i, j, k = index[inside].T
    weight = values[z[inside], y[inside], x[inside]].astype(np.float64)
    total = float(values.sum(dtype=np.float64))
    share = float(weight[ct.hu[k, j, i] == blank_hu].sum()) / total if total > 0 else 0.0
    if share <= LOST_SHARE:
        return ()
    message = f"{100 * share:.1f} % of the counts lie in air or where no slice of the tilted CT reaches; density there is air, so no dose there can be trusted"
    return (Finding("warning", "ct-tilted-too-short", message, {"share": share}),)


def points_of(structure: Structure) -> Points:
    """Return points all over a structure, LPS mm."""
    if isinstance(structure, Contour):
        return np.concatenate(structure.polygons)
    z, y, x = np.nonzero(structure.share)
    every = max(len(z) // POINTS, 1)
    return structure.grid.points_of(np.stack([x[::every], y[::every], z[::every]], axis=1))


def _audit_inside(structure: Structure, points: Points, image: str, grid: Grid) -> Iterator[Finding]:
    what = f'structure "{structure.name}"' if isinstance(structure, Contour) else f"volume {structure.name}"
    index = grid.index_of(points)
    nz, ny, nx = grid.shape_zyx
    inside = (index >= -0.5).all(axis=1) & (index <= np.array([nx, ny, nz]) - 0.5).all(axis=1)
    share = float(inside.mean())
    if share == 0:
        raise GeometryError(
            f"{what} must lie in {image}, but lies outside it; it was drawn on another image",
            code="structure-outside-image",
        )
    if share < 1 - EDGE_SHARE:
        message = f"{what}: {100 * (1 - share):.1f} % of it lies outside {image}; it is cut there"
        yield Finding("warning", "sticks-out", message, {"outside_fraction": 1 - share})


class Named(Protocol):
    """A structure with what it means."""

    @property
    def name(self) -> str:
        """Return what it is called."""

    @property
    def role(self) -> str:
        """Return what it is."""


def audit_anatomy(centres: Sequence[tuple[Named, Points]]) -> Iterator[Finding]:
    """Return the findings that liver and lungs raise about left, right, head and feet.

    LPS: x grows to the patient's left, z to the head. The liver lies on the right, below the lungs.
    """
    lungs = [(t.name, c) for t, c in centres if t.role == "lungs"]
    liver = [c for t, c in centres if t.role == "liver"]
    sides = {side: c for name, c in lungs if (side := side_by_name(name))}
    if {"left", "right"} <= set(sides) and sides["left"][0] < sides["right"][0]:
        message = "the left lung lies on the patient's right: names are swapped, or the image is mirrored; look at the picture before using anything"
        yield Finding("warning", "lungs-swapped", message)
    if not liver or not lungs:
        return
    whole = np.mean([c for _, c in lungs], axis=0)
    if liver[0][2] > whole[2]:
        message = (
            "the liver lies above the lungs: the image may be upside down; look at the picture before using anything"
        )
        yield Finding("warning", "upside-down", message)
    if len(lungs) != 1 and liver[0][0] > whole[0]:
        message = "the liver lies on the patient's left: the image may be mirrored (or the patient has situs inversus); look at the picture before using anything"
        yield Finding("warning", "liver-left", message)
