"""Yttria: personalised 90Y radioembolisation. For research use only.

`import yttria` exposes the nouns and the verbs of every package; each is loaded when it is first named, so that
importing costs nothing. docs/python.md says which of them do what each command does.

Examples
--------
>>> import yttria
>>> yttria.Nuclide.named("Y-90").dose_constant_gy_kg_per_gbq
49.67
>>> yttria.TrialAim(0.5).schoenfeld_events(0.8)
66
"""

from importlib import import_module
from pathlib import Path
from typing import Any

from yttria.io.ground.compiled_functions import set_compiled_folder

__version__ = "0.1.0"

set_compiled_folder(Path(__file__).parent)  # numba asks once, when it is imported

_MODULES = {
    # the common language
    "values.errors": ("Finding", "YttriaError", "IntakeError", "GeometryError", "QuantityError", "PlanError", "EvidenceError"),
    "values.nuclide": ("Nuclide",),
    "values.product": ("Product",),
    "values.grid": ("Grid",),
    "values.maps": ("CtImage", "CountMap", "ActivityMap", "DensityMap", "DoseMap", "Voi"),
    "values.contour": ("Contour",),
    "values.planar": ("PlanarScan",),
    "values.dvh": ("Dvh",),
    "values.aims_limits": ("Aim", "Limit"),
    "values.plan": ("Option", "Plan"),
    "values.treatment": ("LungShunt", "Administration"),
    "values.patient": ("PatientCase", "AbsorbedDose", "Result"),
    "values.cohort": ("Cohort", "Column", "TimeToEvent"),
    "values.protocol": ("Protocol",),
    # a patient: files, doses, plan, report
    "io.case.survey": ("survey",),
    "io.case.patient_case": ("read_patient_case",),
    "io.dicom.scan": ("scan",),
    "io.dicom.ct": ("read_ct",),
    "io.dicom.nm": ("read_tomo", "read_planar"),
    "io.dicom.pt": ("read_pt",),
    "io.dicom.rtstruct": ("read_rtstruct",),
    "io.dicom.seg": ("read_seg",),
    "io.dicom.rtdose": ("read_rtdose",),
    "io.files.activity_image": ("read_activity",),
    "io.files.dose": ("read_dose",),
    "io.files.structures": ("read_structure_file",),
    "io.volumes.volume": ("read_volume", "write_volume"),
    "app.services.plan": ("plan_case", "plan_patient", "on_emission_grid", "activity", "absorbed_dose"),
    "app.services.verify": ("verify_case", "verify_patient"),
    "app.services.plan_record": ("read_plan_record",),
    "app.services.simulate": ("SimulationSettings", "make_patient", "simulate_case"),
    "app.services.demo_trial": ("make_trial",),
    "physics.geometry.contour_rasterisation": ("rasterise_contour",),
    "physics.geometry.regrid": ("density_on_grid",),
    "physics.dosimetry.local_deposition": ("local_deposition", "mean_dose"),
    "physics.dosimetry.uncertainty": ("Edge", "sphere_uncertainty"),
    "physics.dosimetry.radiobiology": ("biologically_effective_dose", "equivalent_dose_in_2_gy", "lea_catcheside"),
    "planning.compartment_models": (
        "Compartments", "perfused_dose", "activity_for_perfused_dose", "lung_dose", "dispensed_for", "injected_of",
        "body_surface_m2", "body_surface_activity", "conjugate_counts", "shunt_of",
    ),
    "planning.rules": ("limits_for",),
    "planning.rule_states": ("stated_rules",),
    "planning.vials": ("remaining_fraction", "hours_until_needed"),
    "planning.vial_calendar": ("VialTerms", "WeeklyCalibration", "vial_choices"),
    "planning.liver_remnant": ("total_liver_volume", "hypertrophy"),
    "planning.clinical_classes": ("child_pugh", "albi_score", "albi_grade", "bclc_stage"),
    "delivery.gamma_index": ("gamma_index",),
    "delivery.administration": ("delivery_of", "differs_by", "Measured", "SurveyRates", "vial_delivery"),
    "io.tables.lesion_table": ("read_lesions",),
    "values.lesion": ("lesion_histories",),
    "delivery.response_criteria": ("CRITERIA", "response_of"),
    # evidence: a study, a paper, the next trial
    "io.tables.protocol": ("read_protocol",),
    "io.tables.cohort_table": ("read_table",),
    "evidence.study.cohort_builder": ("build_cohort",),
    "evidence.study.analysis": ("analyse",),
    "evidence.survival.kaplan_meier": ("kaplan_meier",),
    "evidence.survival.logrank": ("logrank",),
    "evidence.regression.cox": ("cox",),
    "app.services.analyse": ("study_of", "write_study"),
    "evidence.published.claim": ("Claim", "claim_of"),
    "evidence.published.cohort_comparison": ("cohort_comparison",),
    "evidence.published.rate_counts": ("PrintedRate", "possible_counts"),
    "evidence.published.rounding": ("Printed",),
    "evidence.reconstruction.digitised_curve": ("read_curve",),
    "evidence.reconstruction.guyot": ("AtRisk", "reconstruct"),
    "evidence.reconstruction.digitisation_error": ("Published", "redigitised_cohorts", "digitisation_limits"),
    "evidence.design.sample_size": ("event_chance", "patients_for"),
    "evidence.design.accrual": ("AccrualPattern",),
    "evidence.design.simulation": ("Resection", "Scenario", "draw_trials"),
    "evidence.design.arm_tests": ("two_arm_tests",),
    "evidence.design.interim_simulation": ("run_interim_analyses", "regression"),
    "evidence.design.group_sequential": ("boundary",),
    "evidence.design.sequential_design": ("sequential_design",),
    "evidence.design.rate_sample_size": ("RateComparison", "rate_sample_size"),
    "evidence.design.sequential_simulation": ("RateScenario", "survival_stops", "rate_stops"),
    "evidence.design.trial_records": ("check_records",),
    "evidence.survival.weighted_logrank": ("weighted_logrank",),
    "evidence.regression.restricted_spline": ("harrell_knots", "spline_model"),
    "evidence.regression.propensity": ("propensity_weights",),
    "evidence.regression.matching_adjustment": ("matching_adjustment",),
    "evidence.regression.imputation": ("imputed_tables", "pooled"),
    "evidence.descriptive.adverse_events": ("adverse_event_table",),
    "evidence.descriptive.patient_flow": ("patient_flow",),
    "io.tables.trial_kit_tables": ("write_kit", "read_rules", "read_visits", "read_kit_table"),
    "evidence.design.interim_estimate": ("InterimAnalysis", "bias_adjusted_estimate", "conditional_prediction", "ratio_when_stopped"),
    "evidence.design.randomisation": ("Arms", "commitment", "minimised", "permuted_blocks"),
    "evidence.descriptive.proportions": ("Proportion", "TwoByTwo"),
    "evidence.published.delivered_activity": ("delivered_activity",),
}  # fmt: skip
# Names that say too little outside their module, or are taken.
_CALLED = {
    "read_claims": ("app.services.claims", "claims_of"),
    "convert": ("app.services.convert", "run"),
    "check_claims": ("evidence.published.consistency", "audit"),
    "compare_groups": ("evidence.reconstruction.indirect_comparison", "compare_arms"),
    "schema_of": ("contract.schema", "schema_of"),
    "TrialAim": ("evidence.design.sample_size", "Aim"),
}
_MODULE_OF = {noun: (module, noun) for module, nouns in _MODULES.items() for noun in nouns} | _CALLED
__all__ = sorted(_MODULE_OF)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    """Return a noun or a verb from its module."""
    if name not in _MODULE_OF:
        near = import_module("difflib").get_close_matches(name, _MODULE_OF, n=3, cutoff=0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise AttributeError(
            f"yttria has no {name}{hint} (dir(yttria) lists all; docs/python.md says what each is for)"
        )
    module, attribute = _MODULE_OF[name]
    return getattr(import_module(f"{__name__}.{module}"), attribute)


def __dir__() -> list[str]:
    """Return what can be named."""
    return sorted({*globals(), *__all__})
