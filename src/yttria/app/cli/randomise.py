"""`yttria trial randomise`: lists and allocations that can be checked, behind a seed that is committed to."""

import csv
import json
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yttria.app.cli.face import answer, refusals, say
from yttria.app.cli.lists import whole_list
from yttria.app.cli.trial import Json, trial
from yttria.values.errors import Finding, IntakeError

if TYPE_CHECKING:
    from yttria.evidence.allocation import Arms


@trial.command(
    epilog="Example: yttria trial randomise --arms PDA,SDA --patients 30 --block 4,6 --stratum pvt=yes,no --out lists"
)
def randomise(
    out: Annotated[
        Path, typer.Option(help="Folder for list.csv, commitment.json (to publish) and sealed.json (to lock away).")
    ],
    arms: Annotated[str, typer.Option(help="Names of the arms, with commas.")] = "PDA,SDA",
    ratio: Annotated[str | None, typer.Option(help="Parts of each arm, with commas. [default: equal]")] = None,
    patients: Annotated[int | None, typer.Option(help="Patients of each stratum, at least.")] = None,
    block: Annotated[str, typer.Option(help="Block sizes to draw from, with commas.")] = "4,6",
    stratum: Annotated[list[str] | None, typer.Option(help="factor=level,level …; may be given again.")] = None,
    minimise: Annotated[
        Path | None, typer.Option(help="In place of blocks: CSV of patients in order of arrival, one column a factor.")
    ] = None,
    probability: Annotated[float, typer.Option(help="Of the balancing arm in minimisation.")] = 0.8,
    sealed: Annotated[
        Path | None, typer.Option(help="sealed.json of an earlier list: make the same list again, and check it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Randomisation list by permuted blocks in strata or by minimisation, with a sealed seed."""
    with refusals():
        from yttria.evidence.allocation import commitment

        seed, salt, promised = _secret(sealed)
        group = _arms(arms, ratio)
        heading, rows = (
            _minimised(group, minimise, seed, probability)
            if minimise is not None
            else _listed(group, patients, block, stratum, seed)
        )
        hashed = commitment(seed, salt)
        findings = _kept(hashed, promised)
        counts = {name: sum(row[-1] == name for row in rows) for name in group.names}
        published = {
            "commitment_sha256": hashed, "made_of": "SHA-256 of salt, a colon and seed (UTF-8)", "method": "minimisation" if minimise else "permuted blocks",
            "arms": list(group.names), "ratio": list(group.ratio), "block": None if minimise else block, "strata": stratum or [],
            "probability": probability if minimise else None, "allocated": counts, "rows": len(rows),
        }  # fmt: skip
        _write_lists(
            out, heading, rows, published, None if sealed else {"seed": seed, "salt": salt, "commitment_sha256": hashed}
        )
        answer("trial randomise", published, findings, as_json=as_json)


def _secret(sealed: Path | None) -> tuple[str, str, str | None]:
    """Return seed, salt and the commitment made earlier: from a sealed file, or new from the system's randomness."""
    if sealed is None:
        return secrets.token_hex(32), secrets.token_hex(16), None
    if not sealed.is_file():
        raise IntakeError(f"expected a sealed seed at {sealed}, but there is no such file; check the path")
    try:
        content = json.loads(sealed.read_text(encoding="utf-8"))
        return str(content["seed"]), str(content["salt"]), str(content["commitment_sha256"])
    except (ValueError, KeyError, TypeError):
        raise IntakeError(
            f"{sealed.name} must be a sealed.json with seed, salt and commitment_sha256, but is not; use the file as written"
        ) from None


def _kept(hashed: str, promised: str | None) -> list[Finding]:
    if promised is None or promised == hashed:
        return []
    return [
        Finding(
            "stop",
            "commitment-broken",
            "the seed does not give the commitment that was published: it is not the seed of that list; do not use it",
        )
    ]


def _arms(names: str, ratio: str | None) -> "Arms":
    from yttria.evidence.allocation import Arms

    found = tuple(name.strip() for name in names.split(","))
    parts = tuple(whole_list(ratio, "--ratio")) if ratio else (1,) * len(found)
    return Arms(found, parts)


def _listed(
    arms: "Arms", patients: int | None, block: str, stratum: list[str] | None, seed: str
) -> tuple[list[str], list[list[Any]]]:
    from yttria.evidence.allocation import permuted_blocks

    if patients is None:
        raise IntakeError(
            "--patients is needed for a list of blocks, but was not given; give how many each stratum can have at least"
        )
    strata: dict[str, list[str]] = {}
    for text in stratum or []:
        name, _, levels = text.partition("=")
        strata[name.strip()] = [level.strip() for level in levels.split(",") if level.strip()]
    made = permuted_blocks(arms, patients, blocks=whole_list(block, "--block"), seed=seed, strata=strata)
    rows: list[list[Any]] = [[*a.stratum, a.number, a.block, a.size, a.arm] for a in made]
    return [*strata, "number", "block", "block_size", "arm"], rows


def _minimised(arms: "Arms", path: Path, seed: str, probability: float) -> tuple[list[str], list[list[Any]]]:
    from yttria.evidence.allocation import minimised
    from yttria.io.sheet import read_sheet

    sheet = read_sheet(path)
    patients = [dict(zip(sheet.heading, row, strict=True)) for _, row in sheet.rows]
    made = minimised(arms, patients, seed=seed, probability=probability)
    rows: list[list[Any]] = [
        [m.number, *row, *(f"{v:g}" for v in m.imbalance), "chance" if m.by_chance else "balance", m.arm]
        for m, (_, row) in zip(made, sheet.rows, strict=True)
    ]
    return ["number", *sheet.heading, *(f"imbalance_{name}" for name in arms.names), "decided_by", "arm"], rows


def _write_lists(
    out: Path, heading: list[str], rows: list[list[Any]], published: dict[str, Any], secret: dict[str, str] | None
) -> None:
    """Write the list, what may be published of it, and the sealed seed."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / "list.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(heading)
        writer.writerows(rows)
    (out / "commitment.json").write_text(json.dumps(published, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if secret is not None:
        (out / "sealed.json").write_text(json.dumps(secret, indent=2) + "\n", encoding="utf-8")
        say(
            f"written: {out}/list.csv, commitment.json (publish it before the first patient), sealed.json (lock it away)"
        )
    else:
        say(f"written: {out}/list.csv and commitment.json, made again from the sealed seed")
