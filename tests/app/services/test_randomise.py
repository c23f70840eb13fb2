"""`trial randomise` from Python: balanced blocks, a commitment that can be checked, and what is never written over."""

import csv
import hashlib
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from yttria.app.services.randomise import LARGEST_BYTES, run
from yttria.contract.trial_randomisation import RandomiseRequest
from yttria.values.errors import YttriaError


def asked(out: Path, **more: Any) -> Any:
    return run(RandomiseRequest.model_validate({"out": out, **more}))


def rows(out: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((out / "list.csv").read_text(encoding="utf-8-sig").splitlines()))


def test_every_block_of_every_stratum_is_balanced(tmp_path: Path) -> None:
    answer = asked(tmp_path / "a", patients=24, block="4,6", stratum=["pvt=yes,no"])
    made = rows(tmp_path / "a")
    blocks: dict[tuple[str, str], list[str]] = {}
    for row in made:
        blocks.setdefault((row["pvt"], row["block"]), []).append(row["arm"])
    for arms in blocks.values():
        assert len(arms) in {4, 6}
        assert arms.count("PDA") == arms.count("SDA")
    assert answer.result.rows == len(made) == sum(answer.result.allocated.values())
    assert answer.result.allocated["PDA"] == answer.result.allocated["SDA"]
    assert {row["pvt"] for row in made} == {"yes", "no"}


def test_a_ratio_of_two_to_one_is_kept_in_each_block(tmp_path: Path) -> None:
    answer = asked(tmp_path / "a", patients=12, ratio="2,1", block="6")
    assert answer.result.allocated["PDA"] == 2 * answer.result.allocated["SDA"]
    assert answer.result.ratio == [2, 1]


def test_commitment_and_hash_are_those_of_seed_and_list(tmp_path: Path) -> None:
    answer = asked(tmp_path / "a", patients=8)
    secret = json.loads((tmp_path / "a" / "sealed.json").read_text())
    text = (tmp_path / "a" / "list.csv").read_bytes()
    assert answer.result.commitment_sha256 == hashlib.sha256(f"{secret['salt']}:{secret['seed']}".encode()).hexdigest()
    assert answer.result.list_sha256 == hashlib.sha256(secret["salt"].encode() + b":" + text).hexdigest()
    assert [p.name for p in answer.files] == ["list.csv", "commitment.json", "sealed.json"]
    for name in ("sealed.json", "list.csv"):
        assert stat.S_IMODE((tmp_path / "a" / name).stat().st_mode) == 0o600


def test_a_sealed_file_makes_the_same_list_and_a_changed_seed_breaks_the_commitment(tmp_path: Path) -> None:
    asked(tmp_path / "a", patients=8, block="4")
    sealed = tmp_path / "a" / "sealed.json"
    again = asked(tmp_path / "b", sealed=sealed)
    assert again.findings == ()
    assert (tmp_path / "a" / "list.csv").read_bytes() == (tmp_path / "b" / "list.csv").read_bytes()
    content = json.loads(sealed.read_text())
    content["seed"] = "0" * 64
    (tmp_path / "other.json").write_text(json.dumps(content))
    (found,) = asked(tmp_path / "c", sealed=tmp_path / "other.json").findings
    assert (found.level, found.code) == ("stop", "commitment-broken")
    (changed,) = asked(tmp_path / "d", sealed=sealed, block="8").findings
    assert (changed.level, changed.code) == ("warning", "list-differs")


def test_minimisation_brings_each_patient_to_the_smaller_imbalance(tmp_path: Path) -> None:
    """With a probability of one the second patient of a kind gets the other arm."""
    table = tmp_path / "patients.csv"
    table.write_text("pvt,centre\n" + "yes,1\nno,2\n" * 10, encoding="utf-8")
    answer = asked(tmp_path / "a", minimise=table, probability=1.0)
    made = rows(tmp_path / "a")
    for kind in ("yes", "no"):
        arms = [row["arm"] for row in made if row["pvt"] == kind]
        assert arms.count("PDA") == arms.count("SDA") == 5
    assert (answer.result.method, answer.result.block, answer.result.list_sha256) == ("minimisation", None, None)
    assert {row["decided_by"] for row in made} == {"chance", "balance"}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "--patients is needed for a list of blocks, but was not given"),
        ({"patients": 8, "probability": 0.8}, "--probability is of minimisation, but --minimise is not given"),
        ({"patients": 8, "stratum": ["a=1,2", "a=3"]}, "--stratum a was given twice"),
        ({"patients": 8, "ratio": "1.5,1"}, "--ratio must be whole numbers"),
    ],
)
def test_options_that_do_not_fit_are_refused_and_nothing_is_written(
    more: dict[str, Any], words: str, tmp_path: Path
) -> None:
    with pytest.raises(YttriaError, match=words):
        asked(tmp_path / "a", **more)
    assert not (tmp_path / "a").exists()


def test_blocks_beside_minimisation_are_refused(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("pvt\nyes\n", encoding="utf-8")
    with pytest.raises(YttriaError, match="--patients, --block and --stratum make blocks, but --minimise was given"):
        asked(tmp_path / "a", minimise=tmp_path / "p.csv", patients=8)


def test_a_list_is_never_written_over_and_a_file_is_no_folder(tmp_path: Path) -> None:
    asked(tmp_path / "a", patients=8)
    with pytest.raises(YttriaError, match=r"holds sealed.json and list.csv and commitment.json of a list already"):
        asked(tmp_path / "a", patients=8, replace=True)
    with pytest.raises(YttriaError, match="holds allocations that the new list would change"):
        asked(tmp_path / "a", sealed=tmp_path / "a" / "sealed.json", patients=8, block="8")
    (tmp_path / "file").touch()
    with pytest.raises(YttriaError, match=r"--out must be a folder, but .* is a file"):
        asked(tmp_path / "file", patients=8)


@pytest.mark.parametrize("content", ["{}", "[]", "x", '{"seed": 1, "salt": 2}', " " * (LARGEST_BYTES + 1)])
def test_a_sealed_file_that_is_none_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text(content)
    with pytest.raises(YttriaError, match=r"s\.json"):
        asked(tmp_path / "a", sealed=tmp_path / "s.json", patients=8)
