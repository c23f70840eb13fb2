"""Randomisation: lists and allocations that can be checked, behind a seed that is committed to."""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from yttria.app.provenance import write_json
from yttria.app.services.number_lists import whole_list
from yttria.contract.envelope import Answer
from yttria.contract.trial_randomisation import RandomiseRequest, RandomiseResult
from yttria.evidence.design.randomisation import Arms, commitment, minimised, permuted_blocks
from yttria.io.files.output import output_folder, subject_of
from yttria.io.ground.regular_files import require_file, text_within
from yttria.io.tables.csv_text import read_sheet
from yttria.io.tables.csv_writer import csv_of
from yttria.values.errors import Finding, IntakeError

OWNER_ONLY = 0o600
LARGEST_BYTES = 1 << 20
"""Of a sealed.json: a design of hundreds of strata has a few kilobytes."""


@dataclass(frozen=True, slots=True)
class _Design:
    """What a list is made of, apart from its seed: sealed with it, because block sizes would let an investigator guess.

    Source
    ------
    ICH E9, 2.3.2: those who enrol should not know the length of blocks.
    """

    arms: str = "PDA,SDA"
    ratio: str | None = None
    patients: int | None = None
    block: str = "4,6"
    strata: tuple[str, ...] = ()
    probability: float = 0.8


@dataclass(frozen=True, slots=True)
class _Secret:
    """Seed and salt; with what was committed to, where they come from a sealed file."""

    seed: str
    salt: str
    commitment: str | None = None
    list_hash: str | None = None
    design: _Design | None = None


def run(request: RandomiseRequest) -> Answer[RandomiseResult]:
    """Write a randomisation list by permuted blocks in strata or by minimisation, with a sealed seed.

    Raises
    ------
    IntakeError
        Options of the other method; a folder that holds another list; a sealed file that is none.
    """
    out, minimise = request.out, request.minimise
    strata = tuple(request.stratum) if request.stratum else None
    _refuse_unused(minimise, blocks=(request.patients, request.block, strata), probability=request.probability)
    _refuse_folder(out, request.sealed)
    secret = _secret(request.sealed)
    options: dict[str, Any] = {
        "arms": request.arms,
        "ratio": request.ratio,
        "patients": request.patients,
        "block": request.block,
        "strata": strata,
        "probability": request.probability,
    }
    changes = {name: value for name, value in options.items() if value is not None}
    design = replace(secret.design or _Design(), **changes)
    group = _arms(design.arms, design.ratio)
    heading, rows = (
        _minimised(group, minimise, secret.seed, design.probability)
        if minimise is not None
        else _listed(group, design, secret.seed)
    )
    text = csv_of([heading, *rows])
    hashes = commitment(secret.seed, secret.salt), _list_hash(secret.salt, text)
    result = RandomiseResult(
        commitment_sha256=hashes[0],
        made_of="SHA-256 of salt, a colon and seed (UTF-8)",
        list_sha256=None if minimise else hashes[1],
        list_made_of="SHA-256 of salt, a colon and list.csv",
        method="minimisation" if minimise else "permuted blocks",
        arms=list(group.names),
        ratio=list(group.ratio),
        strata=list(design.strata),
        probability=design.probability if minimise else None,
        block=None if minimise else design.block,
        allocated={name: sum(row[-1] == name for row in rows) for name in group.names},
        rows=len(rows),
    )
    published = result.model_dump(exclude={"block", "allocated", "rows"})
    sealed = {"seed": secret.seed, "salt": secret.salt, "design": asdict(design), **published}
    _write(request, text, published, None if request.sealed else sealed)
    names = ("list.csv", "commitment.json", *(() if request.sealed else ("sealed.json",)))
    return Answer(result, tuple(_commitment_findings(secret, hashes, minimise)), tuple(out / name for name in names))


def _refuse_unused(minimise: Path | None, *, blocks: Sequence[object], probability: float | None) -> None:
    """Refuse options of the other method.

    Raises
    ------
    IntakeError
        Blocks beside --minimise, --probability without it.
    """
    if minimise is not None and any(value is not None for value in blocks):
        raise IntakeError(
            "--patients, --block and --stratum make blocks, but --minimise was given; its table holds patients and factors: leave them out",
            code="randomisation-options-conflict",
        )
    if minimise is None and probability is not None:
        raise IntakeError(
            "--probability is of minimisation, but --minimise is not given; give the table, or leave it out",
            code="minimisation-absent",
        )


def _refuse_folder(out: Path, sealed: Path | None) -> None:
    """Refuse a folder that holds the list of a trial: a second list over it would be the end of both.

    Raises
    ------
    IntakeError
        A list there already and no --sealed; a file in the folder's place.
    """
    if out.exists() and not out.is_dir():
        raise IntakeError(f"--out must be a folder, but {out} is a file; name another", code="output-is-a-file")
    there = [name for name in ("sealed.json", "list.csv", "commitment.json") if (out / name).exists()]
    if there and sealed is None:
        raise IntakeError(
            f"{out} holds {' and '.join(there)} of a list already, which a new seed would destroy; name another folder, or --sealed to make it again",
            code="randomisation-list-exists",
        )


def _secret(sealed: Path | None) -> _Secret:
    """Return seed and salt: from a sealed file with what was committed to, or new from the system's randomness."""
    if sealed is None:
        return _Secret(secrets.token_hex(32), secrets.token_hex(16))
    require_file(sealed, what="a sealed seed", code="seed-file-absent")
    try:
        content = json.loads(text_within(sealed, LARGEST_BYTES))
        design = content.get("design")
        return _Secret(
            str(content["seed"]),
            str(content["salt"]),
            str(content["commitment_sha256"]),
            content.get("list_sha256"),
            None if design is None else _Design(**(design | {"strata": tuple(design["strata"])})),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise IntakeError(
            f"{sealed.name} must be a sealed.json with seed, salt and commitment_sha256, but is not; use the file as written",
            code="seed-file-value",
        ) from None


def _commitment_findings(secret: _Secret, hashes: tuple[str, str], minimise: Path | None) -> list[Finding]:
    """Return why this is not what was committed to."""
    if secret.commitment not in (None, hashes[0]):
        return [
            Finding(
                "stop",
                "commitment-broken",
                "the seed does not give the commitment that was published: it is not the seed of that list; do not use it",
            )
        ]
    if minimise is None and secret.list_hash not in (None, hashes[1]):
        return [
            Finding(
                "warning",
                "list-differs",
                "the seed is the one committed to, but the list is not: arms, patients, blocks or strata differ from the sealed design",
            )
        ]
    return []


def _list_hash(salt: str, text: str) -> str:
    return hashlib.sha256(f"{salt}:{text}".encode()).hexdigest()


def _arms(names: str, ratio: str | None) -> Arms:
    results = tuple(name.strip() for name in names.split(","))
    parts = tuple(whole_list(ratio, "--ratio")) if ratio else (1,) * len(results)
    return Arms(results, parts)


def _listed(arms: Arms, design: _Design, seed: str) -> tuple[list[str], list[list[Any]]]:
    if design.patients is None:
        raise IntakeError(
            "--patients is needed for a list of blocks, but was not given; give how many each stratum can have at least",
            code="patients-option-absent",
        )
    strata: dict[str, list[str]] = {}
    for text in design.strata:
        name, _, levels = text.partition("=")
        if name.strip() in strata:
            raise IntakeError(
                f"--stratum {name.strip()} was given twice; put all of its levels into one", code="stratum-twice"
            )
        strata[name.strip()] = [level.strip() for level in levels.split(",") if level.strip()]
    made = permuted_blocks(arms, design.patients, blocks=whole_list(design.block, "--block"), seed=seed, strata=strata)
    rows: list[list[Any]] = [[*a.stratum, a.number, a.block, a.size, a.arm] for a in made]
    return [*strata, "number", "block", "block_size", "arm"], rows


def _minimised(arms: Arms, path: Path, seed: str, probability: float) -> tuple[list[str], list[list[Any]]]:
    sheet = read_sheet(path)
    patients = [dict(zip(sheet.heading, row, strict=True)) for _, row in sheet.rows]
    made = minimised(arms, patients, seed=seed, probability=probability)
    rows: list[list[Any]] = [
        [m.number, *row, *(f"{v:g}" for v in m.imbalance), "chance" if m.by_chance else "balance", m.arm]
        for m, (_, row) in zip(made, sheet.rows, strict=True)
    ]
    return ["number", *sheet.heading, *(f"imbalance_{name}" for name in arms.names), "decided_by", "arm"], rows


def _write(
    request: RandomiseRequest, text: str, published: Mapping[str, Any], secret: Mapping[str, Any] | None
) -> None:
    """Write the list, what may be published of it, and the sealed seed, which its owner alone can read.

    Raises
    ------
    IntakeError
        An earlier list in the folder that the new one would change.
    """
    out = request.out
    old = out / "list.csv"
    if old.exists() and not set(old.read_text(encoding="utf-8").splitlines()) <= set(text.splitlines()):
        raise IntakeError(
            f"{old} holds allocations that the new list would change; correct the table or the options, or name another folder",
            code="allocations-changed",
        )
    replace_ours = request.replace or old.exists()  # what is there is the beginning of this very list
    with output_folder(
        out,
        command="trial randomise",
        inputs=request.input_paths,
        replace=replace_ours,
        private=["sealed.json", "list.csv"],
    ) as draft:
        draft.subject = subject_of(str(published["commitment_sha256"]))
        (draft.path / "list.csv").write_text(text, encoding="utf-8")
        (draft.path / "commitment.json").write_text(write_json(published), encoding="utf-8")
        if secret is not None:
            place = draft.path / "sealed.json"
            place.touch(mode=OWNER_ONLY)
            place.write_text(write_json(secret), encoding="utf-8")
