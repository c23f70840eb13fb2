"""Where voxels lie: shape, affine in LPS millimetres, frame of reference."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from yttria.values.errors import GeometryError
from yttria.values.units import MM3_PER_ML

Row = tuple[float, float, float, float]
Affine = tuple[Row, Row, Row, Row]


@dataclass(frozen=True, slots=True)
class Grid:
    """A voxel grid; equality includes the frame of reference.

    Parameters
    ----------
    shape_zyx
        Slices, rows, columns.
    affine_lps_mm
        4 x 4: takes the voxel index (i, j, k) = (column, row, slice) to the voxel's centre, mm, LPS
        (x to the patient's left, y to the back, z to the head).
    frame_uid
        DICOM frame of reference; empty where a file format has none.

    Raises
    ------
    GeometryError
        An axis without voxels or an affine without volume.

    Examples
    --------
    >>> Grid.aligned((10, 20, 30), spacing_zyx_mm=(5, 4, 4), origin_lps_mm=(0, 0, 0)).voxel_ml
    0.08
    """

    shape_zyx: tuple[int, int, int]
    affine_lps_mm: Affine
    frame_uid: str = ""

    def __post_init__(self) -> None:
        if len(self.shape_zyx) != 3 or min(self.shape_zyx) < 1:
            raise GeometryError(
                f"a grid needs three axes of one voxel or more, but its shape is {self.shape_zyx}", code="grid-shape"
            )
        matrix = np.asarray(self.affine_lps_mm, dtype=float)
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
            raise GeometryError(
                f"an affine must be 4 x 4 finite numbers, but is {matrix.tolist()}; check orientation, position and spacing",
                code="grid-affine",
            )
        if abs(np.linalg.det(matrix[:3, :3])) < 1e-9:
            raise GeometryError(
                f"a grid must have volume, but its axes are {matrix[:3, :3].tolist()}; check orientation and spacing",
                code="grid-without-volume",
            )
        object.__setattr__(self, "shape_zyx", tuple(int(n) for n in self.shape_zyx))
        object.__setattr__(self, "affine_lps_mm", tuple(tuple(float(v) for v in row) for row in matrix))

    @classmethod
    def of(cls, shape_zyx: tuple[int, int, int], affine_lps_mm: Any, frame_uid: str = "") -> Self:
        """Return a grid from any array-like 4 x 4 affine."""
        rows = tuple(tuple(float(v) for v in row) for row in np.asarray(affine_lps_mm, dtype=float))
        return cls(shape_zyx, rows, frame_uid)  # type: ignore[arg-type]

    @classmethod
    def aligned(
        cls,
        shape_zyx: tuple[int, int, int],
        *,
        spacing_zyx_mm: tuple[float, float, float],
        origin_lps_mm: tuple[float, float, float],
        frame_uid: str = "",
    ) -> Self:
        """Return a grid along the patient's axes: slices from feet to head, rows to the back, columns to the left."""
        dz, dy, dx = spacing_zyx_mm
        x, y, z = origin_lps_mm
        return cls.of(shape_zyx, [[dx, 0, 0, x], [0, dy, 0, y], [0, 0, dz, z], [0, 0, 0, 1]], frame_uid)

    @property
    def matrix(self) -> NDArray[np.float64]:
        """Return the affine as a 4 x 4 array."""
        return np.asarray(self.affine_lps_mm, dtype=np.float64)

    @property
    def spacing_zyx_mm(self) -> tuple[float, float, float]:
        """Return the distances of neighbouring voxel centres along slices, rows, columns."""
        dx, dy, dz = np.linalg.norm(self.matrix[:3, :3], axis=0)
        return float(dz), float(dy), float(dx)

    @property
    def origin_lps_mm(self) -> tuple[float, float, float]:
        """Return the centre of the first voxel."""
        x, y, z = self.matrix[:3, 3]
        return float(x), float(y), float(z)

    @property
    def voxel_ml(self) -> float:
        """Return the volume of a voxel, mL."""
        return float(f"{abs(np.linalg.det(self.matrix[:3, :3])) / MM3_PER_ML:.12g}")

    @property
    def voxel_edge_mm(self) -> float:
        """Return the edge of a cube of a voxel's volume, mm."""
        return float((self.voxel_ml * MM3_PER_ML) ** (1 / 3))

    @property
    def is_axis_aligned(self) -> bool:
        """Tell whether each index axis runs along one patient axis (either way), i = x, j = y, k = z."""
        axes = self.matrix[:3, :3]
        off = np.abs(axes - np.diag(np.diag(axes)))
        return bool(off.max() <= 1e-4 * np.abs(np.diag(axes)).min())

    def points_of(self, index_ijk: Any) -> NDArray[np.float64]:
        """Return the LPS points, mm, shape (n, 3), of indices (i, j, k), shape (n, 3)."""
        ijk = np.atleast_2d(np.asarray(index_ijk, dtype=float))
        return ijk @ self.matrix[:3, :3].T + self.matrix[:3, 3]

    def index_of(self, point_lps_mm: Any) -> NDArray[np.float64]:
        """Return the fractional indices (i, j, k), shape (n, 3), of LPS points, mm, shape (n, 3)."""
        points = np.atleast_2d(np.asarray(point_lps_mm, dtype=float))
        matrix = self.matrix
        axes, away = matrix[:3, :3], points - matrix[:3, 3]
        steps = np.diag(axes)
        if np.array_equal(axes, np.diag(steps)):  # most images lie along the patient's axes: a tenth of the time
            return np.asarray(away / steps, dtype=np.float64)
        return np.asarray(np.linalg.solve(axes, away.T).T, dtype=np.float64)

    def offset_in(self, whole: "Grid") -> tuple[int, int, int]:
        """Return at which voxel (z, y, x) of a grid this one starts, whose voxels are voxels of it.

        Raises
        ------
        GeometryError
            Other axes or another place than a voxel's; voxels outside the grid.

        Examples
        --------
        >>> whole = Grid.aligned((10, 20, 30), spacing_zyx_mm=(5, 4, 4), origin_lps_mm=(0, 0, 0))
        >>> Grid.aligned((2, 2, 2), spacing_zyx_mm=(5, 4, 4), origin_lps_mm=(4, 8, 15)).offset_in(whole)
        (3, 2, 1)
        """
        nz, ny, nx = self.shape_zyx
        index = whole.index_of(self.points_of([(0, 0, 0), (nx - 1, ny - 1, nz - 1)]))
        first, last = np.rint(index).astype(int)
        inside = (first >= 0).all() and (last <= np.array(whole.shape_zyx[::-1]) - 1).all()
        steps = (last - first == (nx - 1, ny - 1, nz - 1)).all()
        if np.abs(index - np.rint(index)).max() > 0.01 or not (inside and steps):
            raise GeometryError(
                "voxels must be voxels of one grid, but they lie apart; align one onto the other first (yttria.physics.geometry.regrid)",
                code="grids-differ",
            )
        i, j, k = (int(n) for n in first)
        return k, j, i

    def bounds_lps_mm(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the lowest and highest LPS coordinates of the grid's outer voxel faces."""
        nz, ny, nx = self.shape_zyx
        corners = [(i, j, k) for i in (-0.5, nx - 0.5) for j in (-0.5, ny - 0.5) for k in (-0.5, nz - 0.5)]
        points = self.points_of(corners)
        return points.min(axis=0), points.max(axis=0)

    def __repr__(self) -> str:
        shape = " x ".join(str(n) for n in self.shape_zyx)
        spacing = " x ".join(f"{d:.4g}" for d in self.spacing_zyx_mm)
        return f"Grid({shape} zyx, {spacing} mm, origin {tuple(round(v, 2) for v in self.origin_lps_mm)} mm LPS)"


def require_same_grid(one: Grid, other: Grid, *, what: str) -> None:
    """Refuse two grids that are not one: another shape, frame of reference, or a place off by more than 1 % of a voxel.

    Raises
    ------
    GeometryError
        Names what differs.
    """
    if one.frame_uid != other.frame_uid:
        text = f"frame_uid is {one.frame_uid or 'absent'} and {other.frame_uid or 'absent'}"
    elif one.shape_zyx != other.shape_zyx:
        text = f"shapes are {one.shape_zyx} and {other.shape_zyx}"
    elif (shift := float(np.abs(one.bounds_lps_mm()[0] - other.bounds_lps_mm()[0]).max())) > 0.01 * min(
        one.spacing_zyx_mm
    ):
        text = f"they lie {shift:.3g} mm apart"
    elif not np.allclose(
        one.matrix[:3, :3],
        other.matrix[:3, :3],
        rtol=0,
        atol=0.01 * min(one.spacing_zyx_mm) / max(one.shape_zyx),
    ):
        text = f"spacings are {one.spacing_zyx_mm} and {other.spacing_zyx_mm} mm"
    else:
        return
    raise GeometryError(
        f"{what} must lie on one grid, but {text}; align one onto the other first (yttria.physics.geometry.regrid)",
        code="grids-differ",
    )
