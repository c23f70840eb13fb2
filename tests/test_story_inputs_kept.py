"""No command writes over what it reads: not by the same name, nor by a link, nor where --replace is said."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from yttria.app.cli.root import app, command_requests
from yttria.contract.base import OUTPUTS
from yttria.io.volumes.volume import write_volume
from yttria.values.grid import Grid

GRID = Grid.aligned((6, 8, 8), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(0, 0, 0))
PROTOCOL = '[outcome]\ntime = "time"\nevent = "dead"\nunit = "months"\n'
Words = tuple[list[str], Path, str]
"""Words of a command without --out, one file that it reads, and the name under which the command would write over it."""


def study(folder: Path, _: Path) -> Words:
    (folder / "p.toml").write_text(PROTOCOL, encoding="utf-8")
    (folder / "c.csv").write_text("time,dead\n3,1\n9,1\n14,0\n", encoding="utf-8")
    return ["analyse", str(folder / "p.toml"), str(folder / "c.csv"), "--json"], folder / "p.toml", "result.json"


def activity(folder: Path, _: Path) -> Words:
    write_volume(folder / "a.nii.gz", GRID, np.full(GRID.shape_zyx, 1e6, dtype=np.float32))
    return ["dose", str(folder / "a.nii.gz")], folder / "a.nii.gz", "dose.nii.gz"


def labels(folder: Path, _: Path) -> Words:
    marked = np.zeros(GRID.shape_zyx, dtype=np.uint8)
    marked[2:4, 2:5, 2:5] = 1
    write_volume(folder / "l.nii.gz", GRID, marked)
    return ["convert", str(folder / "l.nii.gz"), "--to", "labels"], folder / "l.nii.gz", "labels.nii.gz"


def volume_to_inspect(folder: Path, _: Path) -> Words:
    write_volume(folder / "a.nii.gz", GRID, np.zeros(GRID.shape_zyx, dtype=np.float32))
    return ["inspect", str(folder)], folder / "a.nii.gz", "sheet.png"


def curve(folder: Path, _: Path) -> Words:
    (folder / "curve.csv").write_text("time,survival\n0,100\n1,90\n2,80\n3,81\n4,40\n", encoding="utf-8")
    (folder / "risk.csv").write_text("trisk,nrisk\n0,20\n2.5,16\n5,\n", encoding="utf-8")
    return ["reconstruct", str(folder / "curve.csv"), "--at-risk", str(folder / "risk.csv"), "--unit", "months"], folder / "risk.csv", "patients.csv"  # fmt: skip


def arrivals(folder: Path, _: Path) -> Words:
    (folder / "t.csv").write_text("pvt\nyes\nno\n", encoding="utf-8")
    return ["trial", "randomise", "--minimise", str(folder / "t.csv")], folder / "t.csv", "commitment.json"


def case_to_plan(folder: Path, patient: Path) -> Words:
    (folder / "dicom").symlink_to(patient / "dicom")
    (folder / "case.toml").write_bytes((patient / "case.toml").read_bytes())
    return ["plan", str(folder / "case.toml")], folder / "case.toml", "report.html"


def case_to_simulate(folder: Path, patient: Path) -> Words:
    words, source, _ = case_to_plan(folder, patient)
    return ["simulate", *words[1:]], source, "case.toml"


def case_to_verify(folder: Path, patient: Path) -> Words:
    words, source, _ = case_to_plan(folder, patient)
    given = "\n[given]\nactivity_gbq = 2.41\nat = 2026-01-20T14:00:00+01:00\n"
    source.write_text(source.read_text(encoding="utf-8") + given, encoding="utf-8")
    return ["verify", *words[1:]], source, "report.html"


def lesions(folder: Path, _: Path) -> Words:
    heading = "patient,date,lesion,kind,longest_mm,short_mm,viable_longest_mm,viable_short_mm,arm,index,status\n"
    rows = "".join(f"A,{day},L,target,80,80,80,80,PDA,1,\n" for day in ("2026-01-05", "2026-04-06"))
    (folder / "l.csv").write_text(heading + rows, encoding="utf-8")
    return ["response", str(folder / "l.csv")], folder / "l.csv", "response.json"


def orders(folder: Path, _: Path) -> Words:
    rows = "patient,product,needed_gbq,at\nA,glass,3.2,2026-12-01T14:00+01:00\n"
    (folder / "o.csv").write_text(rows, encoding="utf-8")
    stated = ["--calibrated", "2026-11-29T12:00-05:00"]
    return ["order", "--table", str(folder / "o.csv"), *stated], folder / "o.csv", "orders.ics"


def day(folder: Path, _: Path) -> Words:
    vial = "[[vials]]\nassayed_gbq = 2.1\nassayed_at = 2026-12-01T13:00:00+01:00\nresidual_fraction = 0.01\n"
    (folder / "d.toml").write_text(f'product = "glass"\nat = 2026-12-01T14:00:00+01:00\n{vial}', encoding="utf-8")
    return ["delivery", str(folder / "d.toml")], folder / "d.toml", "given.toml"


READERS: dict[str, Callable[[Path, Path], Words]] = {
    "analyse": study,
    "dose": activity,
    "convert": labels,
    "inspect": volume_to_inspect,
    "reconstruct": curve,
    "trial randomise": arrivals,
    "plan": case_to_plan,
    "simulate": case_to_simulate,
    "verify": case_to_verify,
    "response": lesions,
    "order": orders,
    "delivery": day,
}
INTO_A_FILE = ("dose", "convert", "inspect", "reconstruct", "order")
HEAVY = ("plan", "simulate", "verify")
"""One link each is enough: the place that writes is the same for all."""


def test_every_command_that_reads_and_writes_is_held_to_it() -> None:
    fields = {name: set(request.model_fields) for name, request in command_requests().items()}
    writing = {name for name, own in fields.items() if own & OUTPUTS}
    assert writing - set(READERS) == {
        "demo",
        "trial kit",
        "trial check",
        "trial power",
        "trial simulate",
        "trial boundaries",
    }, "demo, kit and designs read nothing; check is held in its own story"


LINKS = ("same name", "hard link", "symbolic link")
CASES = [(command, link) for command in READERS for link in (LINKS[1:2] if command in HEAVY else LINKS)]


@pytest.mark.parametrize(("command", "link"), CASES)
def test_an_input_is_never_written_over_under_any_name(
    command: str, link: str, digital_patient: Path, tmp_path: Path
) -> None:
    (tmp_path / "given").mkdir()
    (tmp_path / "out").mkdir()
    words, source, name = READERS[command](tmp_path / "given", digital_patient / "patient")
    place = tmp_path / "out" / name
    if link == "same name":
        source.rename(place)
        words = [str(place) if word == str(source) else word for word in words]
    elif link == "hard link":
        os.link(source, place)
    else:
        place.symlink_to(source)
    if command == "inspect" and link == "same name":
        words = ["inspect", str(tmp_path / "out")]
    before = place.read_bytes()
    option = {"inspect": "--picture", "order": "--ics"}.get(command, "--out")
    out = place if command in INTO_A_FILE else tmp_path / "out"
    done = CliRunner().invoke(app, [*words, option, str(out), "--replace"])
    assert done.exit_code == 1, done.output
    assert "refused" in done.stderr
    assert place.read_bytes() == before
    assert [path.name for path in (tmp_path / "out").iterdir()] == [name]


def test_a_plan_inside_its_own_case_is_written_again(digital_patient: Path, tmp_path: Path) -> None:
    words, _, _ = case_to_plan(tmp_path, digital_patient / "patient")
    for _ in range(2):
        done = CliRunner().invoke(app, ["plan", str(tmp_path), "--out", str(tmp_path / "plan"), *words[2:]])
        assert done.exit_code == 0, done.stderr
