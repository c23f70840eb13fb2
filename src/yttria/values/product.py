"""Microsphere products."""

from dataclasses import dataclass
from typing import Self

from yttria.data import table
from yttria.values.errors import QuantityError
from yttria.values.nuclide import Nuclide


@dataclass(frozen=True, slots=True)
class Product:
    """A microsphere product: nuclide, spheres, vials and the label's formula, each with its source.

    Examples
    --------
    >>> Product.named("glass").nuclide.name
    'Y-90'
    """

    key: str
    name: str
    nuclide: Nuclide
    density_g_per_ml: float
    density_source: str
    bq_per_sphere: float
    vials_gbq: tuple[float, ...]
    formula: str
    formula_source: str

    @classmethod
    def named(cls, key: str) -> Self:
        """Return the product of the built-in table.

        Raises
        ------
        QuantityError
            The table has no such product.
        """
        rows = table("products")
        if key not in rows:
            raise QuantityError(
                f"product must be one of {', '.join(rows)}, but is {key}; name one of them", code="product-unknown"
            )
        row = rows[key]
        return cls(
            key=key,
            name=row["name"],
            nuclide=Nuclide.named(row["nuclide"]),
            density_g_per_ml=row["density_g_per_ml"],
            density_source=row["density_source"],
            bq_per_sphere=row["bq_per_sphere"],
            vials_gbq=tuple(row["vials_gbq"]),
            formula=row["formula"],
            formula_source=row["formula_source"],
        )
