"""Yttria: personalised 90Y radioembolisation. For research use only.

`import yttria` exposes the nouns and the verbs of every room and of the hall; each is loaded when it is first named, so that
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
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    # the common language
    "values.errors": ("Finding", "YttriaError", "IntakeError", "GeometryError", "QuantityError", "PlanError", "EvidenceError"),
    "values.nuclide": ("Nuclide",),
    "values.product": ("Product",),
    "values.grid": ("Grid",),
    "values.maps": ("CtImage", "CountMap", "ActivityMap", "DensityMap", "DoseMap", "Voi"),
    "values.contour": ("Contour",),
    "values.planar": ("PlanarScan",),
    "values.dvh": ("Dvh",),
    "values.treatment": ("Aim", "Limit", "LungShunt", "Option", "Plan", "Administration"),
    "values.patient": ("Intake", "Absorbed", "Result"),
    "values.cohort": ("Cohort", "Column", "TimeToEvent"),
    "values.protocol": ("Protocol",),
    # a patient: files, doses, plan, report
    "io.survey": ("survey",),
    "io.intake": ("read_intake",),
    "io.activity": ("read_activity",),
    "io.dose": ("read_dose",),
    "io.drawn": ("read_drawn",),
    "io.volume": ("read_volume", "write_volume"),
    "app.workflow": ("plan_case", "plan_patient", "absorb"),
    "app.simulate": ("Wish", "make_patient", "simulate_case"),
    "app.trial": ("make_trial",),
    "app.convert": ("convert",),
    "physics.align": ("shares_of", "density_onto"),
    "physics.dose": ("local_deposition", "mean_dose"),
    "physics.effect": ("biologically_effective_dose", "equivalent_dose_in_2_gy", "lea_catcheside"),
    "planning.compartment": (
        "Compartments", "perfused_dose", "activity_for_perfused_dose", "lung_dose", "dispensed_for", "injected_of",
        "body_surface_m2", "body_surface_activity", "conjugate_counts", "shunt_of",
    ),
    "planning.vials": ("remaining_fraction", "hours_until_needed", "delivery_of"),
    # evidence: a study, a paper, the next trial
    "io.protocol": ("read_protocol",),
    "io.tables": ("read_table",),
    "evidence.enrol": ("enrol",),
    "evidence.analysis": ("analyse",),
    "evidence.survival": ("kaplan_meier", "logrank"),
    "evidence.hazard": ("cox",),
    "app.study": ("study_of", "write_study"),
    "evidence.claim": ("Claim", "claim_of"),
    "evidence.beside": ("beside",),
    "evidence.counts": ("PrintedRate", "possible_counts"),
    "evidence.printed": ("Printed",),
    "evidence.curve": ("read_curve",),
    "evidence.reconstruct": ("AtRisk", "reconstruct"),
    "evidence.redrawn": ("Published", "redrawn", "spread"),
    "evidence.design": ("event_chance", "patients_for"),
    "evidence.accrual": ("Pace",),
    "evidence.trial": ("Resection", "Scenario", "draw_trials", "looked_at", "regression", "two_arm_tests"),
    "evidence.boundary": ("boundary",),
    "evidence.interim": ("Look", "corrected", "passage", "shown_when_stopped"),
    "evidence.allocation": ("Arms", "commitment", "minimised", "permuted_blocks"),
    "evidence.proportion": ("Proportion", "TwoByTwo"),
    "evidence.shortfall": ("shortfall",),
}  # fmt: skip
# Names that say too little outside their module, or are taken.
_CALLED = {
    "read_claims": ("app.cli.claims", "claims_of"),
    "check_claims": ("evidence.consistency", "audit"),
    "compare_groups": ("evidence.indirect", "compared"),
    "schema_of": ("app.cli.schema", "schema_of"),
    "TrialAim": ("evidence.design", "Aim"),
}
_HOME_OF = {noun: (home, noun) for home, nouns in _HOMES.items() for noun in nouns} | _CALLED
__all__ = sorted(_HOME_OF)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    """Return a noun or a verb from its room."""
    if name not in _HOME_OF:
        near = import_module("difflib").get_close_matches(name, _HOME_OF, n=3, cutoff=0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise AttributeError(
            f"yttria has no {name}{hint} (dir(yttria) lists all; docs/python.md says what each is for)"
        )
    home, known = _HOME_OF[name]
    return getattr(import_module(f"{__name__}.{home}"), known)


def __dir__() -> list[str]:
    """Return what can be named."""
    return sorted({*globals(), *__all__})
