"""Which site file counts: the one that is named, else that of the environment, else none."""

from pathlib import Path

import pytest

from yttria.app.services.site import VARIABLE, site_of, site_path
from yttria.values.errors import IntakeError


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def test_the_file_that_is_named_stands_above_the_environments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert site_path(None) is None
    monkeypatch.setenv(VARIABLE, str(tmp_path / "b.toml"))
    assert site_path(None) == tmp_path / "b.toml"
    assert site_path(tmp_path / "a.toml") == tmp_path / "a.toml"
    monkeypatch.setenv(VARIABLE, "")
    assert site_path(None) is None


def test_a_site_says_what_its_file_says_and_nothing_where_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text("[products.glass]\nmost_vials = 3\n", encoding="utf-8")
    assert site_of(path).products["glass"].most_vials == 3
    assert site_of(None).products == {}


def test_a_site_file_that_is_not_there_or_does_not_fit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "gone.toml"))
    with pytest.raises(IntakeError, match=r"gone\.toml"):
        site_of(None)
    (tmp_path / "bad.toml").write_text("[product]\nmost_vials = 3\n", encoding="utf-8")
    with pytest.raises(IntakeError, match="product"):
        site_of(tmp_path / "bad.toml")
