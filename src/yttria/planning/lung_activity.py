"""What the lungs bear: the activity of the label of the glass microspheres, and the shunt up to which a plan holds where none is known."""

from yttria.values.errors import Finding
from yttria.values.patient import AbsorbedDose, PlanningOptions
from yttria.values.plan import Plan
from yttria.values.units import BQ_PER_GBQ, G_PER_KG

LABEL_GBQ = 0.61


def audit_lung_activity(absorbed: AbsorbedDose, plan: Plan, choices: PlanningOptions) -> tuple[Finding, ...]:
    """Return a warning where glass brings more than 0.61 GBq to the lungs, whatever their mass, and up to which shunt a plan holds.

    Parameters
    ----------
    absorbed
        The lungs by each convention: the largest shunt counts, unless the case states one or its method.
    plan
        Its shown option.
    choices
        The product; only glass has the label's limit.

    Source
    ------
    F x A at most 0.61 GBq (16.5 mCi): label of the glass microspheres.
    """
    return (*_label(absorbed, plan, choices), *_largest_shunt(absorbed, plan, choices))


def _label(absorbed: AbsorbedDose, plan: Plan, choices: PlanningOptions) -> tuple[Finding, ...]:
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
    return (Finding("warning", "lung-activity", message, {"lung_activity_gbq": in_lungs, "shunt_fraction": fraction}),)


def _largest_shunt(absorbed: AbsorbedDose, plan: Plan, choices: PlanningOptions) -> tuple[Finding, ...]:
    """Return the shunt at which the shown activity reaches the strictest lung limit, where none is known: f = (L - L_before) m / (k A)."""
    option, mass_g = plan.shown, absorbed.shunt.lung_pair.lung_mass_g
    left = [c.limit.limit_gy - c.limit.already_gy for c in option.checks if c.limit.volume.startswith("LD")]
    if absorbed.shunt_known or not left or not option.activity_bq:
        return ()
    whole = float(choices.nuclide.mean_dose(option.activity_bq, mass_g))
    most = max(min(left), 0.0) / whole
    message = (
        f"no lung shunt is known: {option.approach} with {option.activity_bq / BQ_PER_GBQ:.2f} GBq keeps the lungs within their limit up to a shunt of "
        f"{100 * min(most, 1.0):.1f} % only ({mass_g / G_PER_KG:.2f} kg); measure it before anything is ordered"
    )
    return (
        Finding(
            "warning",
            "shunt-allowed",
            message,
            {"shunt_fraction": min(most, 1.0), "activity_gbq": option.activity_bq / BQ_PER_GBQ, "lung_mass_g": mass_g},
        ),
    )
