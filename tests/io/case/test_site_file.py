"""The site file is read strictly, products and their calibrations too."""

from pathlib import Path

import pytest

from yttria.io.case.site_file import read_site
from yttria.values.errors import IntakeError


def test_a_product_of_the_site_is_read_with_its_vials(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text("[products.glass]\nvials_gbq = [3, 5]\nmost_vials = 2\nsource = 'order form'\n")
    found = read_site(path)
    assert found.products["glass"].vials_gbq == (3, 5)
    assert found.products["glass"].most_vials == 2


def test_a_file_that_is_not_there_and_a_key_misspelt_are_refused(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match=r"there is no such file; check --site or \$YTTRIA_SITE"):
        read_site(tmp_path / "absent.toml")
    path = tmp_path / "site.toml"
    path.write_text("[products.glass]\nvials_gb = [3]\n")
    with pytest.raises(IntakeError, match=r"products\.glass\.vials_gb; did you mean vials_gbq\?"):
        read_site(path)
