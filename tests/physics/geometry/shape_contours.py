"""Grids of an emission image and a CT, and spheres, prisms and squares drawn on planes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yttria.values.contour import Contour
from yttria.values.grid import Grid

EMISSION = Grid.aligned((40, 40, 40), spacing_zyx_mm=(4.42, 4.42, 4.42), origin_lps_mm=(-85, -87, -86))
CT = Grid.aligned((72, 160, 160), spacing_zyx_mm=(1.5, 0.78, 0.78), origin_lps_mm=(-62, -62, -54))
Points = NDArray[np.float64]


def turned(angles_deg: Sequence[float]) -> Points:
    """Return a rotation about x, then y, then z."""
    a, b, c = np.radians(angles_deg)
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x)


def oblique(angles_deg: Sequence[float], *, count: int = 40, step: float = 4.42) -> Grid:
    affine = np.eye(4)
    affine[:3, :3] = turned(angles_deg) * step
    affine[:3, 3] = -affine[:3, :3] @ np.full(3, (count - 1) / 2)
    return Grid.of((count, count, count), affine)


def sphere(radius: float, spacing: float, centre: Sequence[float] = (1.3, -2.1, 0.7), corners: int = 360) -> Contour:
    """Return a sphere drawn on planes that lie at multiples of `spacing` from its centre."""
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    polygons = []
    for n in range(-int(radius / spacing), int(radius / spacing) + 1):
        r = float(np.sqrt(max(radius**2 - (n * spacing) ** 2, 0)))
        if r > 0:
            ring = np.stack([r * np.cos(angle), r * np.sin(angle), np.full(corners, n * spacing)], axis=1)
            polygons.append(ring + np.asarray(centre))
    return Contour("sphere", "tumour", "", tuple(polygons), spacing)


def prism(*outlines: Any, planes: int = 10, spacing: float = 1.0) -> Contour:
    """Return outlines in (x, y) drawn on each of some planes from z = 0 up."""
    polygons = tuple(
        np.column_stack([np.asarray(o, dtype=float), np.full(len(o), n * spacing)])
        for n in range(planes)
        for o in outlines
    )
    return Contour("prism", "tumour", "", polygons, spacing)


def square(half: float, centre: Sequence[float] = (0, 0)) -> Points:
    corners = np.array([[-half, -half], [half, -half], [half, half], [-half, half]])
    return np.asarray(corners + np.asarray(centre))


def star(seed: int, corners: int) -> NDArray[np.float64]:
    """Return a star-shaped outline of random radii: it never crosses itself."""
    rng = np.random.default_rng(seed)
    angle = (np.arange(corners) + rng.uniform(0, 1, corners)) * 2 * np.pi / corners
    radius = rng.uniform(2, 9, corners)
    return np.stack([10 + radius * np.cos(angle), 11 + radius * np.sin(angle)], axis=1)


def shoelace(outline: NDArray[np.float64]) -> float:
    x, y = outline.T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)
