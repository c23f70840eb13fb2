"""The picture that a registration is judged by: the CT of the image after treatment with the edges of the plan's CT upon it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from yttria.report.plan.slice_figure import (
    PIXEL_MM,
    VIEWS,
    WIDTH_MM,
    View,
    grey_ct,
    lesion_centre,
    liver_box,
    plane_points,
    row_height,
    sampled,
)
from yttria.values.document import Figure, Picture
from yttria.values.maps import CtImage
from yttria.values.patient import Result
from yttria.values.verification import Alignment

Array = NDArray[Any]
BODY_HU = -300.0
SOFT_HU = 400.0
"""Over how many CT numbers an edge goes from nothing to all: it is drawn at the half."""


def registration_figure(result: Result, plan_ct: CtImage, alignment: Alignment) -> Figure:
    """Return three planes of the CT after treatment; skin and lungs of the plan's CT, moved by the registration, are drawn upon it."""
    centre, box = lesion_centre(result), liver_box(result)
    return Figure(
        name="registration",
        title="Registration: edges of the plan's CT on the CT after treatment",
        caption="Grey: CT of the image after treatment. Lines: skin and lungs of the plan's CT, moved by the registration "
        f"({alignment.moved_mm:.1f} mm at the liver, {alignment.turned_deg:.1f}°). Where lines leave the edges that they belong to, no difference between "
        "plan and image can be believed.",
        panels=[_picture(view, result, plan_ct, centre, box) for view in VIEWS],
        height_mm=row_height(box),
        width_mm=WIDTH_MM,
        keys=[("lungs", "lungs and skin in the plan's CT")],
    )


def _picture(view: View, result: Result, plan_ct: CtImage, centre: Array, box: Array) -> Picture:
    points = plane_points(view, centre, box)
    hu = sampled(plan_ct.grid, plan_ct.hu.astype(np.float32), points, outside=-1000.0)
    body = np.clip((hu - BODY_HU) / SOFT_HU + 0.5, 0, 1)
    return Picture(
        grey=grey_ct(result, points),
        wash=None,
        outlines={"lungs": np.asarray(body, dtype=np.float32)},
        pixel_mm=(PIXEL_MM, PIXEL_MM),
        letters=view.letters,
        title=view.title,
    )
