"""Activities within rules, aims and limits."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.planning.activity_planning import decided_option, plan_of
    from yttria.planning.class_derivation import CLASS_COLUMNS, derived_classes
    from yttria.planning.clinical_classes import albi_grade, albi_score, bclc_stage, child_pugh
    from yttria.planning.compartment_models import (
        Compartments,
        activity_for_perfused_dose,
        administered_for,
        body_surface_activity,
        body_surface_m2,
        conjugate_counts,
        dispensed_for,
        injected_of,
        lung_dose,
        perfused_dose,
        retained_in_liver,
        shunt_of,
        shunt_reduction,
    )
    from yttria.planning.contraindications import excluded_facts, site_judgements
    from yttria.planning.harm_order import by_harm
    from yttria.planning.lesion_assessment import with_lesions
    from yttria.planning.liver_remnant import TLV_SOURCE, functional_liver_volume, hypertrophy, total_liver_volume
    from yttria.planning.lung_activity import audit_lung_activity
    from yttria.planning.possible_facts import ImagedFacts
    from yttria.planning.rule_states import StatedRule, condition_of, stated_rules
    from yttria.planning.rules import limits_for
    from yttria.planning.scenario_fit import audit_scenario
    from yttria.planning.vial_calendar import (
        HOURS_PER_WEEK,
        VialChoice,
        VialTerms,
        WeeklyCalibration,
        spheres_factor,
        vial_choices,
        weekday_of,
    )
    from yttria.planning.vials import hours_until_needed, remaining_fraction, within_shelf

__all__ = [
    "CLASS_COLUMNS",
    "HOURS_PER_WEEK",
    "TLV_SOURCE",
    "Compartments",
    "ImagedFacts",
    "StatedRule",
    "VialChoice",
    "VialTerms",
    "WeeklyCalibration",
    "activity_for_perfused_dose",
    "administered_for",
    "albi_grade",
    "albi_score",
    "audit_lung_activity",
    "audit_scenario",
    "bclc_stage",
    "body_surface_activity",
    "body_surface_m2",
    "by_harm",
    "child_pugh",
    "condition_of",
    "conjugate_counts",
    "decided_option",
    "derived_classes",
    "dispensed_for",
    "excluded_facts",
    "functional_liver_volume",
    "hours_until_needed",
    "hypertrophy",
    "injected_of",
    "limits_for",
    "lung_dose",
    "perfused_dose",
    "plan_of",
    "remaining_fraction",
    "retained_in_liver",
    "shunt_of",
    "shunt_reduction",
    "site_judgements",
    "spheres_factor",
    "stated_rules",
    "total_liver_volume",
    "vial_choices",
    "weekday_of",
    "with_lesions",
    "within_shelf",
]

set_lazy_exports(
    __name__,
    {
        "activity_planning": "decided_option plan_of",
        "class_derivation": "CLASS_COLUMNS derived_classes",
        "clinical_classes": "albi_grade albi_score bclc_stage child_pugh",
        "compartment_models": "Compartments activity_for_perfused_dose administered_for body_surface_activity body_surface_m2 conjugate_counts dispensed_for injected_of lung_dose perfused_dose retained_in_liver shunt_of shunt_reduction",
        "contraindications": "excluded_facts site_judgements",
        "harm_order": "by_harm",
        "lesion_assessment": "with_lesions",
        "liver_remnant": "TLV_SOURCE functional_liver_volume hypertrophy total_liver_volume",
        "lung_activity": "audit_lung_activity",
        "possible_facts": "ImagedFacts",
        "rule_states": "StatedRule condition_of stated_rules",
        "rules": "limits_for",
        "scenario_fit": "audit_scenario",
        "vial_calendar": "HOURS_PER_WEEK VialChoice VialTerms WeeklyCalibration spheres_factor vial_choices weekday_of",
        "vials": "hours_until_needed remaining_fraction within_shelf",
    },
)
