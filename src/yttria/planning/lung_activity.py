"""The activity that would lodge in the lungs against the label of the glass microspheres."""

from yttria.values.errors import Finding
from yttria.values.patient import AbsorbedDose, PlanningOptions
from yttria.values.plan import Plan
from yttria.values.units import BQ_PER_GBQ

LABEL_GBQ = 0.61


def audit_lung_activity(absorbed: AbsorbedDose, plan: Plan, choices: PlanningOptions) -> tuple[Finding, ...]:
    """Return a warning where glass brings more than 0.61 GBq to the lungs, whatever their mass.

    Parameters
    ----------
    absorbed
        The lungs by each convention: the largest shunt counts, unless the case states one or its method.
    plan
        Its shown option.
    choices
        The product; only glass has this limit.

    Source
    ------
    F x A at most 0.61 GBq (16.5 mCi): label of the glass microspheres.
    """
    if choices.product.key != "glass" or absorbed.lungs is None:
        return ()
    fraction, option = absorbed.lungs.most_fraction, plan.shown
    in_lungs = option.activity_bq * fraction / BQ_PER_GBQ
    if in_lungs <= LABEL_GBQ * (1 + 1e-9):
        return ()
    message = (
        f"{option.approach} would bring {in_lungs:.2f} GBq to the lungs (shunt {fraction:.1%}), above the {LABEL_GBQ:g} GBq (16.5 mCi) of the label "
        "of the glass microspheres, whatever the lungs' mass"
    )
    return (Finding("warning", "lung-activity", message, {"lung_activity_gbq": in_lungs}),)
