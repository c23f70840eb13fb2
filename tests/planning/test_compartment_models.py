"""Compartment models: identities between them, known answers, refusals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from yttria.values.errors import QuantityError
from yttria.values.nuclide import Nuclide
from yttria.values.units import Bq, Gram, Gy, Ml, Share

Y90 = Nuclide.named("Y-90")
grams = st.floats(1, 5000).map(Gram)
becquerels = st.floats(1e6, 2e10).map(Bq)
ratios = st.floats(0.1, 50)
shares = st.floats(0, 0.9).map(Share)
lesions = st.lists(st.tuples(grams, ratios), min_size=1, max_size=6)


def model_of(normal: Gram, pairs: list[tuple[Gram, float]]) -> Compartments:
    return Compartments(normal, tuple(m for m, _ in pairs), tuple(r for _, r in pairs))


# laws


@given(grams, lesions, becquerels)
def test_all_energy_that_lodges_is_somewhere(normal: Gram, pairs: list[tuple[Gram, float]], lodging: Bq) -> None:
    model = model_of(normal, pairs)
    doses = model.lesion_doses(lodging, Y90)
    joule = sum(d * m for d, m in zip(doses, model.lesion_g, strict=True)) + model.normal_dose(lodging, Y90) * normal
    assert joule / 1000 == pytest.approx(lodging * Y90.joule_per_bq)
    assert model.mean_dose(lodging, Y90) * model.mass_g == pytest.approx(joule)


@given(grams, grams, becquerels, shares)
def test_partition_with_a_ratio_of_one_is_the_label_formula(
    normal: Gram, tumour: Gram, given_: Bq, shunt: Share
) -> None:
    model = Compartments(normal, (tumour,), (1.0,))
    label = perfused_dose(given_, model.mass_g, Y90, shunt=shunt)
    assert model.normal_dose(retained_in_liver(given_, shunt), Y90) == pytest.approx(label)
    assert model.lesion_doses(retained_in_liver(given_, shunt), Y90)[0] == pytest.approx(label)


@given(grams, grams, grams, ratios, becquerels)
def test_two_lesions_of_one_ratio_are_one_lesion_of_both_masses(
    normal: Gram, a: Gram, b: Gram, r: float, lodging: Bq
) -> None:
    two = Compartments(normal, (a, b), (r, r)).normal_dose(lodging, Y90)
    assert two == pytest.approx(Compartments(normal, (Gram(a + b),), (r,)).normal_dose(lodging, Y90))


@given(grams, lesions, st.floats(1, 1000).map(Gy))
def test_an_activity_for_a_dose_gives_that_dose(normal: Gram, pairs: list[tuple[Gram, float]], dose: Gy) -> None:
    model = model_of(normal, pairs)
    last = len(pairs) - 1
    assert model.normal_dose(model.lodging_for_normal(dose, Y90), Y90) == pytest.approx(dose)
    assert model.lesion_doses(model.lodging_for_lesion(dose, Y90, lesion=last), Y90)[last] == pytest.approx(dose)


@given(grams, st.floats(1, 500).map(Gy), shares, shares)
def test_label_formula_undoes_its_inverse(mass: Gram, dose: Gy, shunt: Share, residual: Share) -> None:
    vial = dispensed_for(activity_for_perfused_dose(dose, mass, Y90, shunt=shunt), residual)
    assert perfused_dose(injected_of(vial, residual), mass, Y90, shunt=shunt) == pytest.approx(dose)


@given(becquerels, shares)
def test_liver_and_lungs_share_what_is_administered(given_: Bq, shunt: Share) -> None:
    lungs = lung_dose(given_, shunt, Gram(1000), Y90) / Y90.joule_per_bq
    assert retained_in_liver(given_, shunt) + lungs == pytest.approx(given_)
    assert administered_for(retained_in_liver(given_, shunt), shunt) == pytest.approx(given_)


@given(grams, grams, st.floats(1, 20), becquerels)
def test_more_uptake_in_tumour_spares_the_normal_liver(normal: Gram, tumour: Gram, r: float, lodging: Bq) -> None:
    low, high = (Compartments(normal, (tumour,), (x,)) for x in (r, r * 1.1))
    assert high.normal_dose(lodging, Y90) < low.normal_dose(lodging, Y90)
    assert high.lesion_doses(lodging, Y90)[0] > low.lesion_doses(lodging, Y90)[0]


@given(st.floats(1, 1e6), st.floats(1, 1e6))
def test_the_shunt_is_a_share_that_grows_with_lung_counts(lung: float, liver: float) -> None:
    assert 0 < shunt_of(lung, liver) < shunt_of(lung * 2, liver) < 1


# known answers


def test_the_planned_dose_of_abs_case_0003_is_met() -> None:
    label = Y90.with_dose_constant(50)
    assert perfused_dose(Bq(0.629e9), Gram(90 * 1.03), label) == pytest.approx(339.3, abs=0.05)


def test_the_worked_partition_is_met() -> None:
    model, shunt = Compartments(Gram(1200), (Gram(300),), (4.0,)), Share(0.05)
    lodging = retained_in_liver(Bq(3e9), shunt)
    assert model.lesion_doses(lodging, Y90)[0] == pytest.approx(235.93, rel=5e-5)
    assert model.normal_dose(lodging, Y90) == pytest.approx(58.98, rel=5e-4)
    assert lung_dose(Bq(3e9), shunt, Gram(1000), Y90) == pytest.approx(7.45, abs=0.005)


def test_the_worked_inverse_is_met_with_and_without_residual() -> None:
    injected = activity_for_perfused_dose(Gy(100), Gram(1030), Y90, shunt=Share(0.1))
    assert injected / 1e9 == pytest.approx(2.3041, rel=5e-5)
    assert injected / 3.7e7 == pytest.approx(62.27, rel=1e-4)
    assert dispensed_for(injected, Share(0.1)) / 1e9 == pytest.approx(2.5601, rel=5e-5)
    assert lung_dose(injected, Share(0.1), Gram(1000), Y90) == pytest.approx(11.44, abs=0.005)


def test_holmium_needs_3_78_gbq_a_kilogram_for_sixty_gray() -> None:
    assert activity_for_perfused_dose(Gy(60), Gram(1000), Nuclide.named("Ho-166")) / 1e9 == pytest.approx(
        3.78, abs=0.005
    )


def test_a_mean_body_has_the_published_surface() -> None:
    assert body_surface_m2(170, 70) == pytest.approx(1.81, abs=0.005)
    assert body_surface_m2(170, 70, "mosteller") == pytest.approx(1.818, abs=0.0005)


def test_background_is_taken_off_each_view_by_area() -> None:
    assert conjugate_counts(1000, 500, background=(1, 1), area=100, what="liver") == pytest.approx(600)


@pytest.mark.parametrize(
    ("shunt", "less"),
    [(0.0999, 0.0), (0.1, 0.0), (0.1001, 0.2), (0.15, 0.2), (0.1501, 0.4), (0.2, 0.4), (0.2001, None)],
)
def test_a_shunt_lowers_the_body_surface_activity_above_each_step_and_not_at_it(
    shunt: float, less: float | None
) -> None:
    assert shunt_reduction(Share(shunt)) == less


@pytest.mark.parametrize(("height", "believed"), [(29.9, False), (30.0, True), (275.0, True), (275.1, False)])
def test_heights_from_30_to_275_centimetres_are_believed(height: float, believed: bool) -> None:
    if believed:
        assert body_surface_m2(height, 80, "mosteller") == pytest.approx((height * 80 / 3600) ** 0.5)
        return
    with pytest.raises(QuantityError, match="from 30 to 275 cm"):
        body_surface_m2(height, 80, "mosteller")


# refusals


@pytest.mark.parametrize(
    ("normal", "masses", "ratios_", "match"),
    [
        (0, (300,), (4,), "normal mass"),
        (1200, (0,), (4,), "tumour mass"),
        (1200, (300,), (0,), "tumour-to-normal ratio"),
        (1200, (300, 100), (4,), "2 lesions and 1 ratios"),
        (1200, (), (), "0 lesions"),
    ],
)
def test_compartments_that_cannot_be_are_refused(
    normal: float, masses: tuple[float, ...], ratios_: tuple[float, ...], match: str
) -> None:
    with pytest.raises(QuantityError, match=match):
        Compartments(Gram(normal), tuple(Gram(m) for m in masses), tuple(ratios_))


def test_a_shunt_of_one_leaves_no_activity_for_the_liver() -> None:
    with pytest.raises(QuantityError, match="must be below 1 for a dose to the liver"):
        administered_for(Bq(1e9), Share(1))


def test_a_residual_of_one_gives_nothing() -> None:
    with pytest.raises(QuantityError, match="nothing would be given"):
        dispensed_for(Bq(1e9), Share(1))


def test_a_tumour_larger_than_its_liver_is_refused() -> None:
    with pytest.raises(QuantityError, match="liver volume must include the tumour"):
        body_surface_activity(1.8, Ml(2000), Ml(1500))


def test_a_body_too_small_for_the_method_is_refused() -> None:
    with pytest.raises(QuantityError, match="a body it was made for"):
        body_surface_activity(0.15, Ml(10), Ml(1500))


def test_a_height_in_metres_is_refused() -> None:
    with pytest.raises(QuantityError, match="give it in centimetres"):
        body_surface_m2(1.8, 80)


def test_more_background_than_counts_is_refused() -> None:
    message = "posterior counts of liver must exceed their background, but are 50 against 100; check counts, background and area"
    with pytest.raises(QuantityError, match=message):
        conjugate_counts(1000, 50, background=(1, 1), area=100, what="liver")
    assert conjugate_counts(1000, 100, background=(1, 1), area=100, what="liver") == 0
    assert conjugate_counts(101, 100.5, background=(1, 1), area=100, what="liver") == pytest.approx(0.5**0.5)
