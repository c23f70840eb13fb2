"""Planar scintigrams: conjugate views of one field."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yttria.values.errors import GeometryError, QuantityError

Image = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class PlanarScan:
    """Anterior and posterior counts of one field, both seen from the front: column 0 is the patient's right.

    Parameters
    ----------
    anterior, posterior
        Counts, shape (rows, columns), rows from head to feet; the posterior view is already mirrored.
    pixel_mm
        (row distance, column distance).
    scatter_anterior, scatter_posterior
        The lower energy window of the same views, where it was acquired.
    window_ratio
        Width of the main window over width of the scatter window, for the dual-window correction.
    origin_xz_mm
        LPS x and z of the centre of pixel (0, 0); None where the header does not place the camera.
    frame_uid
        Frame of reference; empty where absent.
    """

    anterior: Image
    posterior: Image
    pixel_mm: tuple[float, float]
    scatter_anterior: Image | None = None
    scatter_posterior: Image | None = None
    window_ratio: float | None = None
    origin_xz_mm: tuple[float, float] | None = None
    frame_uid: str = ""

    def __post_init__(self) -> None:
        for name in ("anterior", "posterior", "scatter_anterior", "scatter_posterior"):
            image = getattr(self, name)
            if image is None:
                continue
            if image.shape != self.anterior.shape or image.ndim != 2:
                raise GeometryError(
                    f"planar views must have one shape, but {name} is {image.shape} and anterior {self.anterior.shape}; read views of one field",
                    code="planar-shape",
                )
            mine = np.array(image, dtype=np.float32, copy=True)
            if not (np.isfinite(mine).all() and mine.min() >= 0):
                raise QuantityError(
                    f"planar counts must be zero or more, but {name} has min {mine.min():g}; check the rescale",
                    code="planar-counts-negative",
                    values={"view": name, "least": float(mine.min())},
                )
            mine.flags.writeable = False
            object.__setattr__(self, name, mine)

    def __repr__(self) -> str:
        return f"PlanarScan({self.anterior.shape}, {self.pixel_mm} mm, {self.anterior.sum():.6g} + {self.posterior.sum():.6g} counts)"
