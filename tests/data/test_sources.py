"""Tables with sources: each number says where it was seen, and no table cites what was not."""

from typing import Any

import pytest

from yttria.data import table
from yttria.values.product import Product

TABLES = ("nuclides", "products", "tissue", "uncertainty", "rules", "phantom")


def texts(node: Any) -> list[str]:
    """Return every text of a table."""
    if isinstance(node, dict):
        return [t for value in node.values() for t in texts(value)]
    if isinstance(node, list):
        return [t for value in node for t in texts(value)]
    return [node] if isinstance(node, str) else []


@pytest.mark.parametrize("name", TABLES)
def test_no_source_is_a_number_of_a_dissertation_data_base(name: str) -> None:
    assert not [t for t in texts(table(name)) if "ProQuest" in t]


def test_lung_limits_cite_the_reassessment_and_the_label() -> None:
    sources = table("rules")["sources"]
    assert "Nucl Med Commun 2021;42:1064" in sources["lung_session"]
    assert "label" in sources["lung_session"]
    assert "Nucl Med Commun 2021;42:1064" in sources["lung_total"]
    assert "Nucl Med Commun 2021;42:1064" in table("tissue")["lungs"]["source"]


def test_spheres_of_each_product_hold_what_their_source_says() -> None:
    rows = table("products")
    assert "World J Hepatol 2015;7:738" in rows["glass"]["bq_per_sphere_source"]
    assert "World J Hepatol 2015;7:738" in rows["resin"]["bq_per_sphere_source"]
    assert 200 <= Product.named("holmium").bq_per_sphere <= 400
    assert "CVIR 2019;42:1240, table 4" in rows["holmium"]["bq_per_sphere_source"]
