"""The body in a CT, and how much of an image's activity lies in it, outside it, and in the lungs."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_fill_holes, label

from yttria.physics.geometry.regrid import ct_share_on_grid
from yttria.values.errors import QuantityError
from yttria.values.maps import ActivityMap, CountMap, CtImage, Voi
from yttria.values.units import Bq, Share

BODY_HU = -300.0
"""Above it is body: skin fat lies near -100 HU, foam and cloth below -500 (house)."""
HALF = 0.5
Mask = NDArray[np.bool_]


def body_mask(ct: CtImage, image: CountMap | ActivityMap) -> Mask:
    """Return which voxels of an emission image lie in the body: CT above -300 HU, the largest part, its holes filled slice by slice.

    Voxels that the CT does not cover are taken as body: nothing tells that they are not.

    Raises
    ------
    GeometryError, QuantityError
        CT and image do not overlap; a CT without a body.

    Notes
    -----
    Holes are filled in each slice, for lungs that the CT cuts at its top are open there. A couch that touches the body counts with it.
    """
    share, covered = ct_share_on_grid(ct, BODY_HU, image.grid)
    in_ct = covered >= HALF
    solid = (share >= HALF) & in_ct
    parts, n = label(solid)
    if n == 0:
        raise QuantityError(
            "a CT must hold a body above -300 HU, but holds none; check its rescale", code="ct-without-body"
        )
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    largest = parts == int(sizes.argmax())
    filled = np.stack([binary_fill_holes(plane) for plane in largest])
    return np.asarray(filled | ~in_ct)


def outside_share(numbers: NDArray[np.floating], body: Mask) -> Share:
    """Return the positive activity outside the body over all positive activity.

    Raises
    ------
    QuantityError
        No activity anywhere.
    """
    total = float(numbers.sum(dtype=np.float64))
    if total <= 0:
        raise QuantityError(
            "the image after treatment must hold activity, but holds none; read another image",
            code="image-without-activity",
        )
    return Share(float(numbers[~body].sum(dtype=np.float64)) / total)


def elsewhere_share(numbers: NDArray[np.floating], body: Mask, liver: Voi, lungs: Voi | None) -> Share:
    """Return the activity in the body outside liver and lungs over that in the body."""
    organs = liver.share if lungs is None else np.minimum(liver.share + lungs.share, 1)
    inside = float(numbers[body].sum(dtype=np.float64))
    organ_counts = float(np.vdot(numbers[body], organs[body].astype(np.float64)))
    return Share(max(1 - organ_counts / inside, 0.0)) if inside > 0 else Share(0.0)


def activity_within(activity: ActivityMap, body: Mask) -> Bq:
    """Return the activity inside a mask, Bq."""
    return Bq(float(activity.bq_per_ml[body].sum(dtype=np.float64)) * activity.grid.voxel_ml)
