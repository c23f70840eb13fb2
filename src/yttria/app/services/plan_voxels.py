"""What a plan keeps of its voxels for a later verification, and how an image after treatment agrees with it."""

import math

import numpy as np
from numpy.typing import NDArray

from yttria.io.files.output import subject_of
from yttria.physics.dosimetry.uncertainty import resolution_of
from yttria.physics.geometry.contour_rasterisation import structure_on
from yttria.physics.geometry.dose_sampling import values_at
from yttria.physics.geometry.regrid import coarse_ct
from yttria.physics.geometry.volume_algebra import named_volumes
from yttria.values.contour import Contour
from yttria.values.dvh import Dvh
from yttria.values.grid import Grid
from yttria.values.maps import DoseMap, Voi
from yttria.values.patient import AbsorbedDose, PatientCase
from yttria.values.plan_voxels import PlanVoxels
from yttria.values.units import BQ_PER_GBQ
from yttria.values.verification import DoseDifference, VoxelAgreement

MARGIN_MM = 30.0
"""Around the liver: what a blur and a gamma search reach."""
HALF = 0.5
ONE_INJECTION = ""
OF_DOSES = ("liver", "perfused", "tumour")
Gray = NDArray[np.float32]


def plan_voxels(patient_case: PatientCase, absorbed: AbsorbedDose) -> PlanVoxels:
    """Return what a plan keeps: dose per GBq around the liver, the liver, the CT on coarse voxels."""
    place = _around(absorbed.volumes["liver"])
    grid = absorbed.dose.grid
    affine = grid.matrix
    affine[:3, 3] = grid.points_of([[s.start for s in reversed(place)]])[0]
    per_gbq = {ONE_INJECTION: absorbed.dose.gy[place] * np.float32(BQ_PER_GBQ / absorbed.activity_bq)}
    if absorbed.injections:
        per_gbq = {i.name: i.dose.gy[place] for i in absorbed.injections}
    return PlanVoxels(
        grid=Grid.of(next(iter(per_gbq.values())).shape, affine, grid.frame_uid),
        gy_per_gbq=per_gbq,
        in_liver=absorbed.volumes["liver"].share[place] >= HALF,
        fwhm_mm=resolution_of(patient_case.modality)[0],
        ct=None if patient_case.ct is None else coarse_ct(patient_case.ct),
        patient=patient_hash(patient_case),
    )


def patient_hash(patient_case: PatientCase) -> str:
    """Return a hash of the patient's identifier; empty where there is none."""
    name = patient_case.identity.patient_id
    return subject_of(name) if name else ""


def _around(liver: Voi) -> tuple[slice, slice, slice]:
    """Return the ranges of voxels (z, y, x) that hold the liver and a margin."""
    ranges = []
    for axis, step in enumerate(liver.grid.spacing_zyx_mm):
        met = np.flatnonzero(liver.share.any(axis=tuple(a for a in range(3) if a != axis)))
        reach = math.ceil(MARGIN_MM / step)
        ranges.append(slice(max(int(met[0]) - reach, 0), int(met[-1]) + 1 + reach))
    z, y, x = ranges
    return z, y, x


def predicted_dose(
    plan: PlanVoxels, given_gbq: dict[str, float], motion: NDArray[np.float64], frame_uid: str
) -> DoseMap:
    """Return the dose that the plan predicts of what was given, lying where the image after treatment has the patient.

    Parameters
    ----------
    given_gbq
        By injection.
    motion
        4 x 4, LPS mm: takes points of the plan's frame to the image's.
    """
    total: Gray = np.zeros(plan.grid.shape_zyx, dtype=np.float32)
    for name, dose in plan.gy_per_gbq.items():
        total += dose * np.float32(given_gbq.get(name, 0.0))
    return DoseMap(Grid.of(plan.grid.shape_zyx, motion @ plan.grid.matrix, frame_uid), total)


def agreement(
    plan: PlanVoxels, predicted: DoseMap, delivered: DoseMap, *, delivered_fwhm_mm: float
) -> tuple[VoxelAgreement, DoseDifference]:
    """Return how the delivered dose agrees with the predicted one, in the voxels of the plan's image with their centre in the liver, and where they differ."""
    from yttria.delivery.verification import (
        blur_between,
        blurred,
        voxel_agreement,
    )  # compiled: half a second that a plan does not need

    widths = (plan.fwhm_mm, delivered_fwhm_mm)
    one = blurred(predicted.gy, blur_between(*widths), predicted.grid.spacing_zyx_mm)
    sharp = blurred(delivered.gy, blur_between(*reversed(widths)), delivered.grid.spacing_zyx_mm)
    other = values_at(sharp, delivered.grid, predicted.grid)
    result = voxel_agreement(one, other, plan.in_liver, plan.grid.spacing_zyx_mm, fwhm_mm=widths)
    matched = DoseMap(predicted.grid, np.asarray(one, dtype=np.float32))
    return result, DoseDifference(matched, np.asarray(other - one, dtype=np.float32))


def predicted_dvh(case: PatientCase, predicted: DoseMap) -> dict[str, Dvh]:
    """Return the DVHs of the predicted dose in the volumes of the case, by volume."""
    structures: tuple[Contour | Voi, ...] = (*case.contours, *case.volumes)
    vois = [structure_on(s, predicted.grid) for s in structures if s.role.partition("-")[0] in OF_DOSES]
    volumes, _ = named_volumes(vois)
    return {role: Dvh.of(predicted, voi) for role, voi in volumes.items()}
