"""Where delivered and predicted dose differ: the predicted dose and the difference in the planes of the delivered one."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yttria.report.plan.slice_figure import HALF, VIEWS, lesion_centre, liver_box, plane_points, sampled
from yttria.report.text.number_format import gy, number
from yttria.values.document import Figure, Picture
from yttria.values.patient import Result
from yttria.values.verification import DoseDifference, VoxelAgreement

Array = NDArray[Any]
COLOUR_QUANTILE = 0.98
ROUND_GY = 10.0
FROM_SHARE = 0.05
"""The scale of the difference holds this share of the liver's voxels, to the next 10 Gy; a twentieth of it shows nothing."""


def difference_figure(slices: Figure, result: Result, difference: DoseDifference, agreement: VoxelAgreement) -> Figure:
    """Return two rows of pictures in the planes of `slices`: the dose that the plan predicts, and delivered minus predicted.

    Parameters
    ----------
    slices
        Of the delivered dose: its lower row has the planes, outlines and scale of dose.
    """
    dosed = [panel for panel in slices.panels if isinstance(panel, Picture)][-len(VIEWS) :]
    centre, box = lesion_centre(result), liver_box(result)
    points = [plane_points(view, centre, box) for view in VIEWS]
    grid = difference.predicted.grid
    most = _most(result, difference)
    predicted = [
        _of(p, sampled(grid, difference.predicted.gy, at, outside=0.0)) for p, at in zip(dosed, points, strict=True)
    ]
    differing = [
        replace(
            _of(p, sampled(grid, difference.difference_gy, at, outside=0.0)),
            levels=(),
            wash_most=most,
            wash_from=FROM_SHARE * most,
            wash_unit="Difference\nGy",
            ramp="difference",
        )
        for p, at in zip(dosed, points, strict=True)
    ]
    titles = [view.title for view in VIEWS]
    resolution = max(agreement.predicted_fwhm_mm, agreement.delivered_fwhm_mm)
    return replace(
        slices,
        name="difference",
        title="Predicted dose, and delivered minus predicted",
        caption=f"Above: dose that the plan predicts of what was given, on the scale of the delivered one. Below: delivered minus predicted, red where more arrived than predicted, "
        f"blue where less, full at {gy(most)} Gy either way; both doses at {number(resolution, 1)} mm FWHM, so that a difference is not one of resolution. The same planes as above; "
        "around the liver only, none in air and lung. A shift between plan and image shows as red beside blue along an edge.",
        panels=[*(replace(p, title=t) for p, t in zip(predicted, titles, strict=True)), *differing],
    )


def _of(picture: Picture, values: Array) -> Picture:
    """Return a picture with other values in the place of the delivered dose, where that is shown."""
    picture_wash = np.zeros_like(values) if picture.wash is None else picture.wash
    wash = np.where(np.isnan(picture_wash), np.nan, values)
    return replace(
        picture, wash=wash, levels=[level for level in picture.levels if level < float(np.nanmax(wash, initial=0.0))]
    )


def _most(result: Result, difference: DoseDifference) -> float:
    """Return the end of the scale of the difference, Gy."""
    liver = result.absorbed.volumes["liver"]
    grid = difference.predicted.grid
    k, j, i = np.indices(grid.shape_zyx)
    points = grid.points_of(np.stack([i.ravel(), j.ravel(), k.ravel()], axis=1))[:, None, :]
    inside = sampled(liver.grid, liver.share, points, outside=0.0).reshape(grid.shape_zyx) >= HALF
    values = np.abs(difference.difference_gy[inside])
    largest = float(np.quantile(values, COLOUR_QUANTILE)) if values.size else 0.0
    return max(ROUND_GY, float(np.ceil(largest / ROUND_GY) * ROUND_GY))
