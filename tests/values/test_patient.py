"""What a case decides: guards against another unit; identity stays closed."""

import pytest

from yttria.values.errors import QuantityError
from yttria.values.patient import PatientIdentity, PlanningOptions
from yttria.values.product import Product
from yttria.values.units import Gram

GLASS = Product.named("glass")


@pytest.mark.parametrize("grams", [1.0, 1_000_000.0])
def test_a_lung_mass_of_another_unit_is_refused(grams: float) -> None:
    with pytest.raises(QuantityError, match=r"a lung mass must lie from 0\.1 to 5 kg"):
        PlanningOptions(GLASS, GLASS.nuclide, lung_mass_g=Gram(grams))


def test_identity_never_prints_whom_it_belongs_to() -> None:
    identity = PatientIdentity(patient_name="Doe^Jane", patient_id="4711")
    assert "Doe" not in f"{identity!r} {identity}"
    assert "4711" not in f"{identity!r} {identity}"
