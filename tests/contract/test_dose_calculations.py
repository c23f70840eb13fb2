"""What the kinds of `calc` that turn activities into doses are asked: defaults that are their sources', and the formula in any case."""

from typing import Any

import pytest
from pydantic import ValidationError

from yttria.contract.dose_calculations import MonoRequest, SphereUncertaintyRequest, SurfaceRequest

BODY = {"height_cm": 170, "weight_kg": 70, "tumour_volume_ml": 100, "liver_volume_ml": 1500}


@pytest.mark.parametrize(
    ("word", "read"), [("dubois", "dubois"), ("DuBois", "dubois"), ("MOSTELLER", "mosteller"), (None, "dubois")]
)
def test_the_formula_of_the_body_surface_is_read_in_any_case(word: str | None, read: str) -> None:
    assert SurfaceRequest.model_validate(BODY | ({} if word is None else {"formula": word})).formula == read


@pytest.mark.parametrize("word", ["haycock", 3, ""])
def test_another_formula_is_refused(word: Any) -> None:
    with pytest.raises(ValidationError, match="'dubois' or 'mosteller'"):
        SurfaceRequest.model_validate(BODY | {"formula": word})


def test_what_is_left_out_of_one_compartment_is_unknown_and_not_zero() -> None:
    request = MonoRequest(activity_gbq=2.0)
    assert (request.lung_shunt_fraction, request.lung_mass_kg, request.k, request.mass_kg) == (None, None, None, None)
    assert request.residual_fraction == 0


def test_a_lesion_is_drawn_on_ct_with_five_percent_of_activity_and_recovery_where_nobody_says() -> None:
    request = SphereUncertaintyRequest(diameter_mm=30, fwhm_mm=10)
    assert (request.drawn_on, request.activity_relative, request.recovery_relative) == ("ct", 0.05, 0.05)
    assert request.voxel_mm is None


def test_a_key_that_a_kind_does_not_have_is_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        MonoRequest.model_validate({"activity_gbq": 2.0, "dose": 3})
