"""app.services.calculations and table_statistics: what each kind of `yttria calc` answers, called from Python."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.app.provenance import plain
from yttria.app.services import calculations, clinical_calculations, table_statistics
from yttria.contract import activity_calculations as activity
from yttria.contract import clinical_calculations as clinical
from yttria.contract import dose_calculations as dose
from yttria.contract import statistic_calculations as statistic
from yttria.contract.base import Request
from yttria.contract.calculations import CalcResult
from yttria.values.errors import QuantityError

Run = Callable[[Any], Any]
CASES: list[tuple[str, Run, type[Request], dict[str, object]]] = [
    ("mono", calculations.run_mono, dose.MonoRequest, {"activity_gbq": 2, "mass_kg": 1, "lung_shunt_fraction": 0.1}),
    ("inverse", calculations.run_inverse, dose.InverseRequest, {"dose_gy": 100, "volume_ml": 900, "density_g_per_ml": 1.03}),
    ("partition", calculations.run_partition, dose.PartitionRequest, {
        "tumour_mass_kg": 0.3, "normal_mass_kg": 1.2, "tumour_to_normal_ratio": 4, "tumour_dose_gy": 205}),
    ("bsa", calculations.run_bsa, dose.SurfaceRequest, {
        "height_cm": 180, "weight_kg": 80, "tumour_volume_ml": 300, "liver_volume_ml": 1800, "formula": "Mosteller"}),
    ("holmium", calculations.run_holmium, dose.HolmiumRequest, {"mass_kg": 1, "dose_gy": 60}),
    ("decay", calculations.run_decay, activity.DecayRequest, {"hours": 2.2}),
    ("vials", calculations.run_vials, activity.VialsRequest, {"needed_gbq_at_injection": 4, "vials_gbq": "3,8", "shelf_hours": 9}),
    ("residual", calculations.run_residual, activity.ResidualRequest, {
        "assayed_mci": 11.4, "before_mr_per_h": 0.2, "after_mr_per_h": 0.1}),
    ("gear", calculations.run_gear, dose.SphereUncertaintyRequest, {"diameter_mm": 8, "fwhm_mm": 12, "drawn_on": "spect"}),
    ("bed", calculations.run_bed, dose.EffectiveDoseRequest, {"dose_gy": 200, "alpha_beta_gy": 10, "repair_half_time_h": 1.5}),
    ("shunt", calculations.run_shunt, activity.PlanarShuntRequest, {
        "lung_anterior": 100, "lung_posterior": 400, "liver_anterior": 2000, "liver_posterior": 1620}),
    ("two-by-two", table_statistics.run_two_by_two, statistic.TwoByTwoRequest, {"a": "20,28", "b": "0,28"}),
    ("proportion", table_statistics.run_proportion, statistic.ProportionRequest, {"events": 143, "n": 162}),
    ("consistency", table_statistics.run_consistency, statistic.ConsistencyRequest, {
        "delivered_mci": "9.20,8.92", "prescribed_mci": "11.9,11.9", "claimed_underdose_percent": "22.48,30.03"}),
    ("delivered", clinical_calculations.run_delivered, clinical.DeliveredRequest, {"prescribed_gbq": 3, "delivered_gbq": 2.4}),
    ("flr", clinical_calculations.run_flr, clinical.RemnantRequest, {"flr_ml": 400, "liver_ml": 1500}),
    ("child-pugh", clinical_calculations.run_child_pugh, clinical.ChildPughRequest, {
        "bilirubin_mg_dl": 2, "albumin_g_dl": 3, "inr": 1, "ascites": "none", "encephalopathy": "mild"}),
    ("albi", clinical_calculations.run_albi, clinical.AlbiRequest, {"bilirubin_mg_dl": 2, "albumin_g_dl": 3}),
    ("bclc", clinical_calculations.run_bclc, clinical.BclcRequest, {
        "nodules": 2, "largest_cm": 3, "ecog": 0, "vascular_invasion": "no", "extrahepatic": "no", "child_pugh": "B7"}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "run", "model", "values"), CASES, ids=[case[0] for case in CASES])
def test_python_and_the_command_line_answer_the_same_numbers_and_findings(
    kind: str, run: Run, model: type[Request], values: dict[str, object]
) -> None:
    done = run(model.model_validate(values))
    words = [part for name, value in values.items() for part in ("--" + name.replace("_", "-"), str(value))]
    spoken = CliRunner().invoke(app, ["calc", kind, *words, "--json"])
    assert spoken.exit_code == 0, spoken.stderr
    document = json.loads(spoken.stdout)
    assert plain(done.result.model_dump()) == document["result"]
    assert done.result.kind == kind
    assert {f.code for f in done.findings} == {f["code"] for f in document["findings"]}


def test_every_kind_of_the_contract_is_held() -> None:
    kinds = {model.model_fields["kind"].annotation for model in CalcResult.__args__}
    assert {str(kind) for kind in kinds} == {f"typing.Literal['{case[0]}']" for case in CASES}


@pytest.mark.parametrize(("gray", "codes"), [(199.9, []), (200.0, ["lq-extrapolated"]), (200.1, ["lq-extrapolated"])])
def test_the_linear_quadratic_model_is_doubted_from_200_gray(gray: float, codes: list[str]) -> None:
    request = dose.EffectiveDoseRequest(dose_gy=gray, alpha_beta_gy=10, repair_half_time_h=1.5)
    assert [f.code for f in calculations.run_bed(request).findings] == codes


@pytest.mark.parametrize(
    ("a", "b", "codes"), [("5,10", "4,10", ["expected-count-small"]), ("6,12", "5,10", []), ("6,12", "6,12", [])]
)
def test_a_chi_squared_p_is_doubted_below_five_expected(a: str, b: str, codes: list[str]) -> None:
    done = table_statistics.run_two_by_two(statistic.TwoByTwoRequest(a=a, b=b))
    assert [f.code for f in done.findings] == codes


def test_a_number_that_cannot_be_is_refused_from_python_too() -> None:
    with pytest.raises(QuantityError, match="hours must be zero or more"):
        calculations.run_decay(activity.DecayRequest(hours=-1))
