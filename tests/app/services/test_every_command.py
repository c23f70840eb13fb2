"""Every command called from Python: the numbers and findings of the command line, to the last digit."""

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.app.provenance import plain
from yttria.contract.base import Argument, OptionName, Request
from yttria.contract.schema import RESULTS
from yttria.io.volumes.volume import write_volume
from yttria.values.grid import Grid

HEAD = "patient,date,lesion,kind,longest_mm,short_mm,viable_longest_mm,viable_short_mm,arm,index,status\n"
Values = dict[str, Any]
QUIET: dict[str, Values] = {"analyse": {"report": False}}
"""What the command line says besides the request: with --json, a study has no report."""
ELSEWHERE = {"calc": "test_calculations.py", "demo": "test_demo.py"}
"""Held so by tests of their own: each kind of calculation, and the demo, whose typed answer several tests read."""


def lesions(folder: Path) -> Path:
    path = folder / "lesions.csv"
    rows = [
        f"P{i},{day},L,target,{size},{size},{size},{size},{'PDA' if i % 2 else 'SDA'},1,\n"
        for i in range(8)
        for day, size in (("2026-01-05", 80), ("2026-04-06", 80 if i < 3 else 30))
    ]
    path.write_text(HEAD + "".join(rows), encoding="utf-8")
    return path


def study(folder: Path) -> tuple[Path, Path]:
    table, protocol = folder / "study.csv", folder / "study.toml"
    rows = [f"{3 + 2.5 * i:.1f},{int(i % 3 > 0)},{'PDA' if i % 2 else 'SDA'}\n" for i in range(24)]
    table.write_text("os,dead,arm\n" + "".join(rows), encoding="utf-8")
    protocol.write_text(
        '[outcome]\ntime = "os"\nevent = "dead"\nunit = "months"\n[arms]\ncolumn = "arm"\ntreated = "PDA"\ncontrol = "SDA"\n',
        encoding="utf-8",
    )
    return protocol, table


def clicks(folder: Path) -> Path:
    path = folder / "curve.csv"
    path.write_text("time,survival\n" + "".join(f"{t},{1 - 0.03 * t:.3f}\n" for t in range(0, 30, 2)), encoding="utf-8")
    return path


def day(folder: Path) -> Path:
    """Return the record of a day that the documentation shows."""
    page = (Path(__file__).resolve().parents[3] / "docs" / "day.example.toml").read_text(encoding="utf-8")
    path = folder / "day.toml"
    path.write_text(page, encoding="utf-8")
    return path


def activity(folder: Path) -> Path:
    grid = Grid.aligned((4, 5, 6), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(0, 0, 0))
    path = folder / "activity.mha"
    write_volume(path, grid, np.random.default_rng(1).gamma(2, 5e5, grid.shape_zyx).astype(np.float32))
    return path


def sealed(folder: Path) -> Path:
    """Return the sealed seed of a list that was drawn before, the same for both."""
    lists = folder.parent / "drawn"
    if not lists.exists():
        done = CliRunner().invoke(app, ["trial", "randomise", "--out", str(lists), "--patients", "12", "--block", "4"])
        assert done.exit_code == 0, done.stderr
    return lists / "sealed.json"


def treated(patient: Path, folder: Path) -> Path:
    """Return the case as if it had been treated and imaged with the same distribution."""
    words = (patient / "patient" / "case.toml").read_text(encoding="utf-8")
    path = folder.parent / "treated" / "case.toml"
    path.parent.mkdir(exist_ok=True)
    dicom = (patient / "patient" / "dicom").as_posix()
    given = '\n[given]\nactivity_gbq = 1.5\nat = "2026-11-30T14:00:00+01:00"\n'
    path.write_text(words.replace('path = "dicom"', f'path = "{dicom}"') + given, encoding="utf-8")
    return path


def kit(folder: Path) -> Path:
    done = CliRunner().invoke(app, ["trial", "kit", str(folder / "kit")])
    assert done.exit_code == 0, done.stderr
    return folder / "kit"


CASES: dict[str, tuple[str, str, Callable[[Path, Path], Values]]] = {
    "plan": ("plan:run", "plan:PlanRequest", lambda patient, _: {"case": patient / "patient"}),
    "verify": ("verify:run", "verification:VerifyRequest", lambda patient, out: {
        "case": treated(patient, out)}),
    "rules": ("rules:run", "rules:RulesRequest", lambda *_: {"product": "glass", "disease": "HCC", "scenario": "unilobar"}),
    "inspect": ("inspect:run", "inspection:InspectRequest", lambda patient, _: {"path": patient / "patient"}),
    "analyse": ("analyse:run", "study:AnalyseRequest", lambda _, out: {
        **dict(zip(("protocol", "cohort"), study(out), strict=True)), "out": out / "study"}),
    "simulate": ("simulate:run", "simulation:SimulateRequest", lambda patient, out: {
        "case": patient / "patient", "out": out / "seen", "seed": 3}),
    "dose": ("dose:run", "dosimetry:DoseRequest", lambda _, out: {
        "activity": activity(out), "out": out / "dose.mha", "nuclide": "Y-90"}),
    "dvh": ("dvh:run", "dosimetry:DvhRequest", lambda patient, _: {
        "dose": patient / "plan" / "dose.dcm", "structures": next((patient / "patient").rglob("structures.dcm"))}),
    "convert": ("convert:run", "conversion:ConvertRequest", lambda patient, out: {
        "structures": next((patient / "patient").rglob("structures.dcm")), "out": out / "back.dcm", "to": "rtstruct"}),
    "claims": ("claims:run", "claims:ClaimsRequest", lambda *_: {"table": Path("dosisphere")}),
    "reconstruct": ("reconstruct:run", "reconstruction:ReconstructRequest", lambda _, out: {"curve": clicks(out), "n": 40}),
    "delivery": ("delivery:run", "delivery:DeliveryRequest", lambda _, out: {"record": day(out)}),
    "order": ("order:run", "order:OrderRequest", lambda *_: {
        "needed_gbq": 1.4, "at": "2026-12-02T10:00+01:00", "product": "glass", "calibrated": "2026-11-29T12:00+01:00"}),
    "response": ("response:run", "response:ResponseRequest", lambda _, out: {
        "lesions": lesions(out), "at_months": 3.0, "treated": "PDA"}),
    "trial power": ("trial_size:run_power", "trial_power:PowerRequest", lambda *_: {"hr": 0.7, "power": 0.9}),
    "trial simulate": ("trial_simulation:run_simulation", "trial_simulation:SimulationRequest", lambda *_: {
        "patients": 60, "control_median": 10.0, "hr": 0.6, "accrual": 12.0, "follow_up": 12.0, "trials": 40, "seed": 5}),
    "trial boundaries": ("trial_boundaries:run_boundaries", "trial_boundaries:BoundariesRequest", lambda *_: {"looks": 3}),
    "trial interim": ("interim:run", "trial_interim:InterimRequest", lambda *_: {"hr": 0.6, "events": 40}),
    "trial randomise": ("randomise:run", "trial_randomisation:RandomiseRequest", lambda _, out: {
        "out": out / "list", "patients": 12, "block": "4", "sealed": sealed(out)}),
    "trial kit": ("trial_kit:run_kit", "trial_kit:KitRequest", lambda _, out: {"out": out / "tables"}),
    "trial check": ("trial_kit:run_check", "trial_kit:CheckRequest", lambda _, out: {"kit": kit(out)}),
}  # fmt: skip


def words_of(model: type[Request], values: Values) -> list[str]:
    """Return a request as it is typed."""
    words: list[str] = []
    for name, value in values.items():
        marks = model.model_fields[name].metadata
        option = next((str(mark) for mark in marks if isinstance(mark, OptionName)), "--" + name.replace("_", "-"))
        by_place = any(isinstance(mark, Argument) for mark in marks)
        words += [str(value)] if by_place else [option] if value is True else [option, str(value)]
    return words


@pytest.mark.parametrize("command", sorted(CASES))
def test_python_and_the_command_line_answer_the_same(
    command: str, digital_patient: Path, planned_patient: Path, tmp_path: Path
) -> None:
    service, contract, build = CASES[command]
    run, model = (
        getattr(import_module(f"yttria.{package}.{module}"), name)
        for package, (module, name) in (("app.services", service.split(":")), ("contract", contract.split(":")))
    )
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    assert planned_patient.is_dir()
    done = run(model(**build(digital_patient, here)), **QUIET.get(command, {}))
    typed = CliRunner().invoke(app, [*command.split(), *words_of(model, build(digital_patient, there)), "--json"])
    assert typed.exit_code == 0, typed.stderr
    document = json.loads(typed.stdout.replace(str(there), str(here)))
    assert json.loads(json.dumps(plain(done.result.model_dump()))) == document["result"]
    assert sorted(f.code for f in done.findings) == sorted(f["code"] for f in document["findings"])


def test_every_command_of_the_contract_is_held() -> None:
    assert set(CASES) | set(ELSEWHERE) == set(RESULTS)
    assert all((Path(__file__).parent / name).exists() for name in ELSEWHERE.values())
