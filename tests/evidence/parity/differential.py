"""Hold whole analyses against R: protocols on R's own data sets and on drawn, nasty cohorts, every number of the JSON compared.

    python tests/evidence/parity/differential.py [--seed N] [--cohorts N] [--only WORD] [--show N]

Needs Rscript with survival, MASS and cmprsk (Debian: r-base-core r-cran-survival r-cran-mass r-cran-cmprsk). R reads each table and each
protocol for itself (referee.R). No number of ours enters it.
"""

import argparse
import csv
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yttria.app.provenance import envelope
from yttria.app.services.analyse import study_of
from yttria.values.errors import YttriaError

HERE = Path(__file__).parent
EXPORT = """suppressMessages(library(survival)); for (n in c({names})) write.csv(get(n), file.path("{folder}", paste0(n, ".csv")), row.names = FALSE, na = "")"""

Protocol = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One protocol on one table."""

    name: str
    protocol: Protocol
    table: str


@dataclass(frozen=True)
class Data:
    """What a data set of R holds: outcome, numbers and factors that models may use."""

    outcome: Protocol
    numbers: tuple[str, ...]
    factors: tuple[str, ...]
    more: Protocol | None = None


SETS = {
    "colon": Data(
        {"time": "time", "event": "status"},
        ("age", "nodes"),
        ("rx", "sex", "obstruct", "perfor", "adhere", "differ", "extent", "surg", "node4", "etype"),
        {"arms": {"column": "rx", "treated": "Lev+5FU", "control": "Obs"}},
    ),
    "pbc": Data(
        {"time": "time", "event": {"column": "status", "is": [2]}},
        ("age", "bili", "chol", "albumin", "copper", "alk.phos", "ast", "trig", "platelet", "protime"),
        ("trt", "sex", "ascites", "hepato", "spiders", "edema", "stage"),
        {"arms": {"column": "trt", "treated": 1, "control": 2}},
    ),
    "mgus2": Data({"time": "futime", "event": "death"}, ("age", "hgb", "creat", "mspike"), ("sex", "pstat")),
    "rotterdam": Data(
        {"time": "dtime", "event": "death"}, ("age", "nodes", "pgr", "er"), ("meno", "size", "grade", "hormon", "chemo")
    ),
    "gbsg": Data(
        {"time": "rfstime", "event": "status", "unit": "days"},
        ("age", "size", "nodes", "pgr", "er"),
        ("meno", "grade", "hormon"),
        {"arms": {"column": "hormon", "treated": 1, "control": 0}},
    ),
    "retinopathy": Data({"time": "futime", "event": "status"}, ("age", "risk"), ("laser", "eye", "type", "trt")),
    "rats": Data({"time": "time", "event": "status"}, ("litter",), ("rx", "sex")),
    "diabetic": Data({"time": "time", "event": "status"}, ("age", "risk"), ("laser", "eye", "trt")),
    "stanford2": Data({"time": "time", "event": "status"}, ("age", "t5"), ()),
    "leukemia": Data({"time": "time", "event": "status"}, (), ("x",)),
    "myeloid": Data({"time": "futime", "event": "death"}, ("id",), ("trt", "sex")),
    "nwtco": Data({"time": "edrel", "event": "rel"}, ("age",), ("instit", "histol", "stage", "study", "in.subcohort")),
    "flchain": Data({"time": "futime", "event": "death"}, ("age", "kappa", "lambda", "creatinine"), ("sex", "mgus")),
    "kidney": Data({"time": "time", "event": "status"}, ("age", "frail"), ("sex", "disease")),
    "cgd": Data(
        {"time": "tstop", "event": "status", "entry": "tstart"},
        ("age", "height", "weight"),
        ("treat", "sex", "inherit", "steroids", "propylac", "hos.cat", "enum"),
    ),
    "jasa1": Data({"time": "stop", "event": "event", "entry": "start"}, ("age", "year"), ("transplant", "surgery")),
    "bladder": Data({"time": "stop", "event": "event"}, ("number", "size"), ("rx", "enum")),
    "valveSeat": Data({"time": "time", "event": "status"}, ("id",), ()),
    "imotor": Data({"time": "time", "event": "status"}, ("temp",), ()),
    "myeloma": Data({"time": "futime", "event": "death", "entry": "entry"}, ("year",), ()),
    "veteran": Data({"time": "time", "event": "status"}, ("karno", "age", "diagtime"), ("trt", "celltype", "prior")),
    "lung": Data(
        {"time": "time", "event": {"column": "status", "is": [2]}},
        ("age", "ph.karno", "pat.karno", "meal.cal", "wt.loss"),
        ("sex", "ph.ecog"),
    ),
    "ovarian": Data({"time": "futime", "event": "fustat"}, ("age",), ("resid.ds", "rx", "ecog.ps")),
    "transplant": Data(
        {"time": "futime", "event": {"column": "event", "is": ["death", "ltx", "withdraw"]}},
        ("age", "year"),
        ("sex", "abo"),
        {"competing": {"column": "event", "causes": {"death": "death", "ltx": "transplant", "withdraw": "withdraw"}}},
    ),
    "mgus1": Data(
        {"time": "stop", "event": "status", "entry": "start"}, ("age", "hgb", "creat", "mspike"), ("sex", "enum")
    ),
}
CONFS = ("log", "log-log", "plain", "logit", "arcsin", "none")
TRANSFORMS = ("km", "rank", "identity", "log")


def _some(rng: random.Random, words: tuple[str, ...], low: int, high: int) -> list[str]:
    return rng.sample(words, min(len(words), rng.randint(low, high)))


def drawn_protocol(rng: random.Random, data: Data, times: list[float]) -> Protocol:
    """Return a protocol that uses a varied part of the grammar."""
    terms = data.numbers + data.factors
    protocol: Protocol = {"outcome": dict(data.outcome), **(data.more or {})}
    cuts = {}
    for name in _some(rng, data.numbers, 0, 1):
        cuts[f"{name}_cut"] = {"column": name, "at": rng.choice([0.5, 10, 50, 1.5])}
    if cuts:
        protocol["cuts"] = cuts
    factors = tuple(data.factors) + tuple(cuts)
    late = "entry" in data.outcome
    km: Protocol = {
        "by": _some(rng, factors, 0, 2),
        "at": sorted({round(rng.choice(times) * rng.choice([1, 0.5, 1.1]), 3) or 1.0 for _ in range(3)}),
        "conf": rng.choice(CONFS),
        "level": rng.choice([0.95, 0.9, 0.5, 0.99]),
        "rho": rng.choice([0.0, 1.0, 0.5, 2.0]),
    }
    if data.factors and not late and rng.random() < 0.4:
        km["strata"] = _some(rng, data.factors, 1, 2)
    if data.factors and rng.random() < 0.5:
        km["trend"] = _some(rng, data.factors, 1, 1)
    if rng.random() < 0.5:
        km["quantiles"] = [0.25, 0.5, 0.9]
    protocol["km"] = km
    if data.numbers and rng.random() < 0.7 and not data.more and isinstance(data.outcome["event"], str):
        protocol["dose_response"] = {
            "d": {"dose": data.numbers[0], "response": data.outcome["event"], "link": rng.choice(["logit", "probit"])}
        }
        km["level"] = 0.95
    if terms:
        protocol["univariable"] = {"terms": _some(rng, terms + tuple(cuts), 1, 4)}
        protocol["models"] = {f"m{i}": _drawn_model(rng, data) for i in range(rng.randint(1, 2))}
        if rng.random() < 0.6:
            protocol["selection"] = {
                "candidates": _some(rng, terms, 1, 5),
                "p_enter": rng.choice([0.15, 0.5, 1.0]),
                "method": rng.choice(["aic-both", "aic-backward", "aic-forward"]),
                "p_test": "wald" if late else rng.choice(["wald", "logrank"]),
            }
            if protocol["selection"]["p_test"] == "logrank":
                protocol["selection"]["candidates"] = _some(rng, data.factors or terms, 1, 4)
    if "arms" in protocol:
        others = tuple(f for f in data.factors if f != protocol["arms"]["column"])
        if others:
            protocol["subgroups"] = {"factors": _some(rng, others, 1, 2)}
        protocol["landmark"] = {"at": [round(sorted(times)[len(times) // 5], 3) or 1.0]}
    return protocol


def _drawn_model(rng: random.Random, data: Data) -> Protocol:
    terms = _some(rng, data.numbers + data.factors, 1, 4)
    model: Protocol = {
        "ties": rng.choice(["efron", "efron", "breslow"]),
        "zph": rng.choice(TRANSFORMS),
    }
    if len(terms) > 1 and rng.random() < 0.3:
        terms.append(":".join(terms[:2]))
        if rng.random() < 0.4:
            terms.pop(rng.randint(0, 1))
    if rng.random() < 0.4:
        return {"terms": terms, **model, "residuals": True, "predict": {"nobody": {}}}
    rest = tuple(f for f in data.factors if f not in terms)
    if rest and rng.random() < 0.3:
        model["strata"] = _some(rng, rest, 1, 2)
    if rng.random() < 0.3:
        model["robust"] = True
    elif rest and rng.random() < 0.3:
        model["cluster"] = rng.choice(rest)
    return {"terms": terms, **model}


def drawn_cohort(rng: random.Random) -> tuple[Protocol, list[dict[str, str]]]:
    """Return a nasty cohort: ties to the last bit, one event, empty cells, separation, huge scales, odd words."""
    n = rng.choice([2, 3, 5, 8, 12, 20, 40, 80])
    unit = rng.choice([1.0, 1.0, 1.0, 1e-6, 1e6, 30.4375])
    grain = rng.choice([0.1, 1.0, 1.0, 5.0, 1e-9])
    words = rng.choice(
        [("a", "b"), ("no PVT", "PVT, main", "Vp3 «ä»"), ("01", "1", "x"), ("A", "B", "C", "D"), ("10", "9", "2")]
    )
    late, weighted = rng.random() < 0.25, rng.choice(["", "", "", "whole", "share"])
    rows = []
    death = rng.choice([0.0, 0.05, 0.5, 0.8, 1.0])
    for i in range(n):
        arm = rng.random() < 0.5
        time = max(grain, round(rng.expovariate(1 / 20) * (1.5 if arm else 1) / grain) * grain)
        if rng.random() < 0.2:
            time += rng.choice([1e-12, -1e-12, 1e-10])
        died = rng.random() < death
        row = {
            "time": repr(time * unit),
            "event": str(int(died)),
            "arm": "T" if arm else "C",
            "word": rng.choice(words),
            "x": f"{rng.gauss(60, 9):.0f}",
            "huge": repr(rng.gauss(1e7, 1e3)),
            "tiny": repr(rng.gauss(0, 1e-8)),
            "never": str(int((not died) and rng.random() < 0.5)),
            "flag": str(int(rng.random() < 0.3)),
            "one": "7",
            "cause": rng.choice(["1", "2", "2"]) if died else "0",
            "site": str(i % 4),
            "change": "" if rng.random() < 0.6 or time <= 2 * grain else repr(round(time / 2, 6) * unit),
            "entry": repr(rng.choice([0.0, 0.0, 0.5, 0.9]) * time * unit),
            "weight": {"whole": str(rng.randint(1, 3)), "share": f"{rng.uniform(0.2, 2.5):.2f}"}.get(weighted, "1"),
        }
        for gap in ("word", "x", "flag"):
            if rng.random() < 0.08:
                row[gap] = ""
        rows.append(row)
    outcome: Protocol = {"time": "time", "event": "event", "unit": "months"}
    if late:
        outcome["entry"] = "entry"
    if weighted:
        outcome["weight"] = "weight"
    data = Data(outcome, ("x", "huge", "tiny", "never", "flag", "one"), ("word", "arm", "site"))
    protocol = drawn_protocol(rng, data, [float(r["time"]) for r in rows])
    arms = {r["arm"] for r in rows}
    if len(arms) == 2:
        protocol["arms"] = {"column": "arm", "treated": "T", "control": "C"}
        protocol["subgroups"] = {"factors": ["flag"]}
    if not late and any(r["cause"] != "0" for r in rows) and rng.random() < 0.7:
        protocol["competing"] = {"column": "cause", "causes": {"1": "liver", "2": "other"}}
    if any(r["change"] for r in rows):
        protocol["time_varying"] = {"changed": {"column": "change"}}
        if rng.random() < 0.5:
            protocol["censor_at"] = {"column": "change"}
    if any(r["flag"] == "1" for r in rows):
        protocol["populations"] = {"flagged": {"where": {"flag": [1]}}}
    return protocol, rows


def exported(folder: Path, names: list[str]) -> None:
    """Write R's own data sets as tables."""
    quoted = ", ".join(f'"{name}"' for name in names)
    subprocess.run(["Rscript", "-e", EXPORT.format(names=quoted, folder=folder)], check=True)


def cases(folder: Path, seed: int, cohorts: int, only: str) -> Iterator[Case]:
    """Return all cases, their tables written into `folder`."""
    rng = random.Random(seed)
    names = [name for name in SETS if only in name] if only != "drawn" else []
    if names:
        exported(folder, names)
    for name in names:
        table = folder / f"{name}.csv"
        with table.open(encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        times = [float(r[SETS[name].outcome["time"]]) for r in rows[:400]]
        for k in range(3):
            yield Case(f"{name}.{k}", drawn_protocol(rng, SETS[name], times), str(table))
    for k in range(cohorts if only in ("", "drawn") else 0):
        protocol, rows = drawn_cohort(rng)
        table = folder / f"drawn{k}.csv"
        with table.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        yield Case(f"drawn.{k}", protocol, str(table))


def toml(protocol: Protocol) -> str:
    """Return a protocol as TOML, everything inline."""
    return "\n".join(f"{_key(k)} = {_toml(v)}" for k, v in protocol.items()) + "\n"


def _key(word: str) -> str:
    return json.dumps(word, ensure_ascii=False)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def r_value(value: Any) -> str:
    """Return a protocol value as R writes it."""
    if isinstance(value, dict):
        return (
            "list(" + ", ".join(f"{json.dumps(k, ensure_ascii=False)} = {r_value(v)}" for k, v in value.items()) + ")"
        )
    if isinstance(value, list):
        return "list(" + ", ".join(r_value(v) for v in value) + ")"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return json.dumps(value, ensure_ascii=False)


def judged(folder: Path, all_cases: list[Case]) -> list[Any]:
    """Return what R says of each case."""
    script = [f"source({json.dumps(str(HERE / 'referee.R'))})"]
    for i, case in enumerate(all_cases):
        script.append(f'judge({r_value(case.protocol)}, {json.dumps(case.table)}, "{folder}/{i}.json")')
    (folder / "cases.R").write_text("\n".join(script) + "\n", encoding="utf-8")
    subprocess.run(["Rscript", str(folder / "cases.R")], check=True, stderr=subprocess.DEVNULL)
    return [json.loads((folder / f"{i}.json").read_text(encoding="utf-8")) for i in range(len(all_cases))]


def ours_of(folder: Path, case: Case) -> Any:
    """Return what Yttria says of a case, through its JSON; a refusal is its message."""
    path = folder / f"{case.name}.toml"
    path.write_text(toml(case.protocol), encoding="utf-8")
    try:
        study = study_of(path, Path(case.table))
    except YttriaError as refusal:
        return {"refused": str(refusal)}
    except Exception as fault:  # noqa: BLE001  a fault is what is looked for
        return {"refused": f"FAULT {type(fault).__name__}: {fault}"}
    return json.loads(json.dumps(envelope("analyse", study.analysis.result.model_dump())))["result"]


def flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Return every leaf with its path; lists count as objects from 0."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flat(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from flat(inner, f"{path}.{i}")
    else:
        yield path, value


def _loose(ours: Any, path: str) -> bool:
    """Return whether a number depends on where an iteration towards an infinite coefficient was given up: Wald tests, zph, robust errors."""
    parts = path.split(".")
    spot = next((i for i, part in enumerate(parts) if part in ("tests", "zph", "terms", "concordance")), None)
    if spot is None or (parts[spot] == "tests" and parts[spot + 1] != "wald"):
        return False
    model = ours
    for part in parts[:spot]:
        model = model.get(part) if isinstance(model, dict) else None
    terms = model.get("terms", {}) if isinstance(model, dict) else {}
    endless = any(term["coef"] is None for term in terms.values())
    return endless and (parts[spot] != "terms" or any(t["robust_se"] is not None for t in terms.values()))


def tolerance(path: str) -> float:
    """Return how close two numbers must be at a path (CONTRACT)."""
    if path.startswith("dose_response") or ".residuals." in path or ".predicted." in path:
        return 1e-6
    return 1e-5 if path.startswith(("fine_gray", "populations.flagged.fine_gray")) or "gray." in path else 1e-9


def differs(found: Any, wanted: Any, rtol: float) -> bool:
    """Return whether a number of ours is not R's."""
    if wanted is None or found is None or isinstance(wanted, str) or isinstance(found, str):
        return bool(found != wanted)
    return bool(abs(found - wanted) > rtol * abs(wanted) and abs(found - wanted) > 1e-12)


def say(*lines: Any) -> None:
    """Write a line, and the others indented below it."""
    sys.stdout.write("\n    ".join(map(str, lines)) + "\n")


def main() -> int:
    """Compare all cases; print every disagreement by kind; return how many there were."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cohorts", type=int, default=40)
    parser.add_argument("--only", default="")
    parser.add_argument("--show", type=int, default=6)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    folder = asked.keep or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    every = list(cases(folder, asked.seed, asked.cohorts, asked.only))
    compared, wrong, kinds = 0, 0, Counter[str]()
    for case, theirs in zip(every, judged(folder, every), strict=True):
        ours = ours_of(folder, case)
        if "failed" in theirs or "refused" in ours:
            say(f"{case.name}: R {theirs.get('failed', 'answers')!r}; ours {ours.get('refused', 'answers')!r}")
            continue
        found, misses = dict(flat(ours)), []
        for path, wanted in flat(theirs):
            if wanted == "left out" or ".endless." in path or _loose(ours, path):
                continue
            compared += 1
            if differs(found.get(path), wanted, tolerance(path)):
                misses.append(f"{path}: ours {found.get(path)} R {wanted}")
                kinds[".".join(path.split(".")[:1] + path.split(".")[-2:])] += 1
        wrong += len(misses)
        if misses:
            say(f"{case.name}: {len(misses)} differ", *misses[: asked.show])
    say(f"{compared} numbers compared in {len(every)} studies, {wrong} differ", *kinds.most_common(20))
    return wrong


if __name__ == "__main__":
    sys.exit(min(main(), 1))
