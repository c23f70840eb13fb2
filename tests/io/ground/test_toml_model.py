"""A TOML file as a model: what does not fit is refused by its place, the nearest key named."""

from pathlib import Path

import pytest

from yttria.contract.site import SiteCalibration, SiteFile, SiteProduct
from yttria.io.ground.toml_model import read_toml_model
from yttria.values.errors import IntakeError


def read(tmp_path: Path, text: str) -> SiteFile:
    path = tmp_path / "site.toml"
    path.write_text(text)
    return read_toml_model(path, SiteFile, parts=(SiteProduct, SiteCalibration))


def test_what_fits_is_the_model(tmp_path: Path) -> None:
    found = read(tmp_path, "[limits]\nlung_gy = 20\n[aims]\ntumour_gy = 220.5\n")
    assert found.limits == {"lung_gy": 20}
    assert found.aims.tumour_gy == 220.5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[aim]\n", r"site\.toml has an unknown key aim; did you mean aims\?"),
        ("[zzzzzz]\n", "has an unknown key zzzzzz; known are limits, aims"),
        ("[aims]\ntumour_gy = 'much'\n", r"aims\.tumour_gy must be a valid number.*, but is 'much'; correct it"),
        ("[[contraindication]]\nname = 'ascites'\njudgement = 'stop'\n", r"needs contraindication\.0\.source, but lacks it; add it"),
        ("[aims\n", "site.toml"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_its_place(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match=words):
        read(tmp_path, text)
