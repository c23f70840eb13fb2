"""Negative voxels of an emission image, one policy for every format: counted, set to zero, said; refused where they weigh."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from yttria.values.errors import Finding, QuantityError

MOST_SHARE = (
    0.05  # choice of the house: beyond it the image is no activity, whatever made it (FBP, scatter, a wrong rescale)
)
ROUNDING = float(np.finfo(np.float32).eps)  # what a float32 image cannot tell from zero: a note, no warning


def without_negative(values: NDArray[Any], *, what: str) -> tuple[NDArray[Any], tuple[Finding, ...]]:
    """Return values with negative voxels at zero, and how many there were and what they weighed.

    Reconstruction by filtered back-projection, interpolation and scatter subtraction leave them. Activity cannot be
    negative, so they count as zero, which adds their sum to the total: share = sum of negative / sum of positive voxels.

    Parameters
    ----------
    values
        Counts or Bq/mL.
    what
        How the image is called in what is said.

    Raises
    ------
    QuantityError
        Their sum is more than 5 % of the positive total.

    Examples
    --------
    >>> values, findings = without_negative(np.array([100.0, -1.0]), what="the SPECT")
    >>> values, findings[0].message
    (array([100.,   0.]), 'the SPECT: 1 voxels are below zero and are set to zero; they sum to 1 % of the positive total')
    """
    below = values < 0
    if not below.any():
        return values, ()
    weight = -float(values[below].sum(dtype=np.float64))
    total = float(values.sum(dtype=np.float64)) + weight
    count = int(np.count_nonzero(below))
    if not weight <= MOST_SHARE * total:
        raise QuantityError(
            f"{what} must be zero or more, but {count} voxels are below zero and sum to {-weight:.3g}, more than {MOST_SHARE:.0%} of the positive total {total:.3g}; "
            "check the image and its rescale, or reconstruct it again (OSEM)",
            code="negative-voxels",
            values={"total": total, "weight": weight},
        )
    share = weight / total
    message = f"{what}: {count} voxels are below zero and are set to zero; they sum to {100 * share:.2g} % of the positive total"
    finding_values = {"negative_fraction": share, "voxels": count}
    result = Finding("note" if share < ROUNDING else "warning", "negative-voxels", message, finding_values)
    return np.where(below, values.dtype.type(0), values), (result,)
