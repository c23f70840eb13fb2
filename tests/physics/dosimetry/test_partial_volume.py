"""What blur takes from a lesion, and doses corrected for it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.physics.dosimetry.box_liver import DOSES, GRID, SHUNT, VOLUMES

from yttria.physics.dosimetry.partial_volume import (
    audit_partial_volume,
    curve_corrected_doses,
    judging_dose,
    recovery_corrected_dose,
    with_corrected_doses,
)
from yttria.physics.quantification.recovery_coefficient import recovery
from yttria.values.errors import QuantityError
from yttria.values.maps import DensityMap, DoseMap
from yttria.values.nuclide import Nuclide
from yttria.values.patient import AbsorbedDose, PlanningOptions
from yttria.values.product import Product
from yttria.values.recovery import RecoveryCurve
from yttria.values.units import Bq, Gram, Gy, Mm, Share


@given(dose=st.floats(1, 500), background=st.floats(0, 500), kept=st.floats(0.1, 1))
def test_blur_and_its_correction_undo_each_other(dose: float, background: float, kept: float) -> None:
    seen = Gy(background + (dose - background) * kept)
    assert recovery_corrected_dose(seen, Gy(background), Share(kept)) == pytest.approx(dose, rel=1e-6, abs=1e-6)


def test_a_small_hot_lesion_is_told_what_blur_takes_and_a_sharp_image_takes_nothing() -> None:
    findings = audit_partial_volume(VOLUMES, DOSES, fwhm_mm=12)
    assert [f.code for f in findings] == ["partial-volume", "partial-volume"]
    assert "tumour-2" in findings[1].message
    kept = recovery(Mm(np.cbrt(6000 * VOLUMES["tumour-2"].ml / np.pi)), 12)
    true = 60 + (180 - 60) / kept
    assert f"{100 * (true / 180 - 1):.0f} % higher" in findings[1].message
    assert f"as a sphere that keeps {100 * kept:.0f} % of its contrast" in findings[1].message
    assert audit_partial_volume(VOLUMES, DOSES, fwhm_mm=0.5) == ()


def test_doses_recovered_from_the_shapes_are_said_in_place_of_the_sphere() -> None:
    recovered = {"TD_1": Gy(242.0), "TD_2": Gy(180.0), "NPLD": Gy(48.0)}
    findings = audit_partial_volume(VOLUMES, DOSES, fwhm_mm=12, recovered=recovered)
    assert [f.code for f in findings] == ["partial-volume", "partial-volume-normal"]
    assert "10 % higher (from the shapes" in findings[0].message
    assert "20 % lower" in findings[1].message


@pytest.mark.parametrize(("rise", "told"), [(0.0299, False), (0.0301, True), (-0.0299, False), (-0.0301, True)])
def test_blur_is_told_from_three_per_cent_of_a_dose_on(rise: float, told: bool) -> None:
    lesion = {"TD_1": Gy(220.0 * (1 + rise)), "TD_2": Gy(180.0), "NPLD": Gy(60.0)}
    found = audit_partial_volume(VOLUMES, DOSES, fwhm_mm=12, recovered=lesion)
    assert [f.code for f in found] == (["partial-volume"] if told else [])
    normal = {"TD_1": Gy(220.0), "TD_2": Gy(180.0), "NPLD": Gy(60.0 * (1 + rise))}
    found = audit_partial_volume(VOLUMES, DOSES, fwhm_mm=12, recovered=normal)
    assert [f.code for f in found] == (["partial-volume-normal"] if told else [])


def test_a_lesion_as_cold_as_its_surroundings_loses_nothing() -> None:
    assert audit_partial_volume(VOLUMES, {**DOSES, "TD_2": Gy(220), "NPLD": Gy(220)}, fwhm_mm=12) == ()


CURVE = RecoveryCurve((1.0, 10.0, 100.0), (0.3, 0.6, 0.9), "our phantom, 2026")


MASSES = {role: Gram(voi.ml * 1.05) for role, voi in VOLUMES.items()}


def test_doses_corrected_by_a_curve_keep_the_energy_of_the_liver() -> None:
    found, findings = curve_corrected_doses(VOLUMES, MASSES, DOSES, CURVE)
    gained = sum((found[n] - DOSES[n]) * MASSES[n.replace("TD_", "tumour-")] for n in ("TD_1", "TD_2"))
    assert gained > 0
    for name, role in (("NPLD", "normal-perfused"), ("WNLD", "normal-liver")):
        assert (found[name] - DOSES[name]) * MASSES[role] == pytest.approx(-gained)
    assert (found["TD_all"] - DOSES["TD_all"]) * MASSES["tumour"] == pytest.approx(gained)
    assert (found["PLD"], found["WLD"]) == (DOSES["PLD"], DOSES["WLD"])
    assert findings == ()


def test_a_lesion_is_corrected_above_its_background_by_the_coefficient_of_its_volume() -> None:
    found, _ = curve_corrected_doses(VOLUMES, MASSES, DOSES, CURVE)
    kept = CURVE.at(VOLUMES["tumour-2"].ml)
    assert found["TD_2"] == pytest.approx(60 + (180 - 60) / kept)


@pytest.mark.parametrize(("kept", "corrected"), [(0.2999, False), (0.3, True), (0.3001, True)])
def test_a_lesion_that_keeps_too_little_is_not_corrected_and_told(kept: float, corrected: bool) -> None:
    ml = VOLUMES["tumour-2"].ml
    curve = RecoveryCurve((ml, ml * 1000), (kept, 0.99), "our phantom, 2026")
    found, findings = curve_corrected_doses(VOLUMES, MASSES, DOSES, curve)
    assert ("TD_2" in found) is corrected
    assert [f.code for f in findings] == ([] if corrected else ["blur-not-undone"])
    if not corrected:
        assert findings[0].message.startswith(f'tumour-2 ("tumour", {ml:.1f} mL) keeps 30 % of its contrast')
        assert findings[0].values == {"ml": ml, "kept": pytest.approx(kept)}
        assert found["TD_1"] > DOSES["TD_1"]  # the others are


def test_a_corrected_dose_is_never_below_nothing() -> None:
    """A lesion far below its surroundings, and normal tissue that would lose more than it has."""
    cold = DOSES | {"TD_2": Gy(1.0), "NPLD": Gy(60.0), "TD_all": Gy(0.01)}
    found, _ = curve_corrected_doses(VOLUMES, MASSES, cold, CURVE)
    assert found["TD_2"] == Gy(0)  # 60 + (1 - 60) / 0.6 would be below
    cold_only = {k: cold[k] for k in ("TD_2", "NPLD", "TD_all")}
    assert curve_corrected_doses(VOLUMES, MASSES, cold_only, CURVE)[0]["TD_all"] == Gy(0)
    small = MASSES | {"normal-perfused": Gram(1.0), "normal-liver": Gram(1.0)}
    hot, _ = curve_corrected_doses(VOLUMES, small, DOSES, CURVE)
    assert (hot["NPLD"], hot["WNLD"]) == (Gy(0), Gy(0))


def test_only_doses_that_are_known_and_volumes_that_have_mass_are_corrected() -> None:
    found, findings = curve_corrected_doses(VOLUMES, {"tumour-1": Gram(100)}, {"TD_1": Gy(200), "TD_all": Gy(9)}, CURVE)
    assert findings == ()
    assert found == {"TD_1": pytest.approx(200 / CURVE.at(VOLUMES["tumour-1"].ml))}  # nothing around it: B = 0
    light = {"tumour": Gram(0.5), "normal-perfused": Gram(0.5)}
    found, _ = curve_corrected_doses({}, light, {"TD_all": Gy(9), "NPLD": Gy(8), "WLD": Gy(7), "LD": Gy(6)}, CURVE)
    assert found == {"TD_all": Gy(9), "NPLD": Gy(8), "WLD": Gy(7)}


def absorbed(index: str = "tumour-1", recovered: dict[str, Gy] | None = None) -> AbsorbedDose:
    whole = np.ones(GRID.shape_zyx, np.float32)
    return AbsorbedDose(
        DoseMap(GRID, whole),
        DensityMap(GRID, whole),
        Bq(1e9),
        VOLUMES,
        MASSES,
        DOSES,
        {},
        SHUNT,
        Share(0.5),
        index,
        recovered_gy={} if recovered is None else recovered,
    )


RECOVERED = {"TD_1": Gy(260.0), "TD_2": Gy(300.0), "NPLD": Gy(50.0)}


@pytest.mark.parametrize(("index", "judged"), [("tumour-1", 260.0), ("tumour-2", 300.0), ("tumour-3", 220.0)])
def test_corrected_doses_judge_where_they_are_known_and_those_as_seen_stay_beside(index: str, judged: float) -> None:
    found = with_corrected_doses(absorbed(index, RECOVERED))
    assert found.doses_gy == DOSES | RECOVERED | {"TD": Gy(judged)}
    assert found.uncorrected_gy == DOSES


def options(*, corrected: bool, curve: RecoveryCurve | None = None) -> PlanningOptions:
    return PlanningOptions(Product.named("resin"), Nuclide.named("Y-90"), recovery=curve, corrected_judges=corrected)


def test_which_doses_judge_and_how_they_are_corrected_is_said() -> None:
    seen = judging_dose(options(corrected=False, curve=CURVE), absorbed())
    assert (seen.level, seen.code) == ("note", "doses-uncorrected")
    assert seen.message.endswith("doses corrected by the site's measured curve (our phantom, 2026) stand beside")
    known = judging_dose(options(corrected=True), absorbed(recovered=RECOVERED))
    assert (known.level, known.code) == ("warning", "doses-corrected")
    assert "corrected for blur by the geometric transfer matrix, as the site says" in known.message
    # neither the index lesion's dose, which is that of its lesion, nor the lungs' is among those that are left
    assert known.message.endswith("; TD_all, PLD, WNLD, WLD could not be corrected and are judged as seen")
    whole = judging_dose(options(corrected=True), absorbed(recovered=DOSES))
    assert whole.message.endswith("stay as the image has them")


def test_a_lesion_is_told_by_its_volume_its_change_and_what_it_keeps() -> None:
    _, small = audit_partial_volume(VOLUMES, DOSES, fwhm_mm=12.5)
    ml = 27 * 0.125
    kept = recovery(Mm(float(np.cbrt(6000 * ml / np.pi))), 12.5)
    rise = (60 + 120 / kept) / 180
    assert small.message == (
        f'tumour-2 ("tumour", 3.4 mL): blur of 12.5 mm FWHM hides that its mean dose is likely {100 * (rise - 1):.0f} % higher '
        f"(as a sphere that keeps {100 * kept:.0f} % of its contrast); doses are not corrected"
    )
    assert small.values == {
        "role": "tumour-2",
        "volume_ml": pytest.approx(ml),
        "fwhm_mm": 12.5,
        "true_over_stated": pytest.approx(rise),
        "kept_fraction": pytest.approx(kept),
    }
    assert small.level == "note"


def test_a_cold_lesion_is_likely_lower_and_normal_liver_may_be_higher() -> None:
    changed = {"TD_1": Gy(198.0), "TD_2": Gy(180.0), "NPLD": Gy(66.0)}
    one, normal = audit_partial_volume(VOLUMES, DOSES, fwhm_mm=12, recovered=changed)
    assert "its mean dose is likely 10 % lower (from the shapes of all volumes)" in one.message
    assert "its mean dose is likely 10 % higher than stated" in normal.message
    assert normal.values == {"change_fraction": pytest.approx(0.1)}


def test_a_lesion_that_the_shapes_do_not_know_is_told_by_another_finding_and_one_without_dose_by_none() -> None:
    found = audit_partial_volume(VOLUMES, DOSES, fwhm_mm=12, recovered={"TD_2": Gy(360.0)})
    assert [f.values["role"] for f in found] == ["tumour-2"]
    nothing = {"TD_2": Gy(0.0), "NPLD": Gy(0.0)}
    assert audit_partial_volume(VOLUMES, nothing, fwhm_mm=12) == ()
    assert audit_partial_volume(VOLUMES, nothing, fwhm_mm=12, recovered={"TD_2": Gy(9.0), "NPLD": Gy(3.0)}) == ()
    assert audit_partial_volume(VOLUMES, {}, fwhm_mm=12, recovered={"NPLD": Gy(3.0)}) == ()


def test_a_recovery_of_nothing_is_refused() -> None:
    with pytest.raises(QuantityError, match="recovery coefficient"):
        recovery_corrected_dose(Gy(100), Gy(40), Share(0))


def test_a_lesion_without_normal_tissue_around_it_is_told_as_lying_in_nothing() -> None:
    (finding,) = audit_partial_volume({"tumour-2": VOLUMES["tumour-2"]}, {"TD_2": Gy(0.5)}, fwhm_mm=12)
    kept = recovery(Mm(np.cbrt(6000 * VOLUMES["tumour-2"].ml / np.pi)), 12)
    assert finding.values["true_over_stated"] == pytest.approx(1 / kept)
