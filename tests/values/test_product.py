"""Microsphere products: the numbers of each are those of the sources that stand beside them."""

import pytest

from yttria.values.errors import QuantityError
from yttria.values.product import Product


@pytest.mark.parametrize(
    ("key", "nuclide", "density", "bq_per_sphere", "vials"),
    [
        ("glass", "Y-90", 1.03, 2500, (3, 5, 7, 10, 15, 20)),
        ("resin", "Y-90", 1.03, 50, (3,)),
        ("holmium", "Ho-166", 1.06, 300, ()),
    ],
)
def test_each_product_has_the_numbers_of_its_source(
    key: str, nuclide: str, density: float, bq_per_sphere: float, vials: tuple[float, ...]
) -> None:
    product = Product.named(key)
    assert (product.nuclide.name, product.density_g_per_ml) == (nuclide, density)
    assert (product.bq_per_sphere, product.vials_gbq) == (bq_per_sphere, vials)
    assert f"{density} g/mL" in product.density_source


def test_an_unknown_product_is_refused_with_the_known_ones() -> None:
    with pytest.raises(QuantityError, match="one of glass, resin, holmium, but is Glas"):
        Product.named("Glas")
