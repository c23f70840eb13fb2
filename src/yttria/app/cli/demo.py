"""`yttria demo`: the digital patient, door to door."""

from pathlib import Path
from typing import Annotated

import typer

from yttria.app.cli.face import answer, refusals, say
from yttria.app.cli.root import app


@app.command(epilog="Example: yttria demo --out demo")
def demo(
    out: Annotated[Path, typer.Option(help="Folder for patient/ and truth.json.")] = Path("demo"),
    seed: Annotated[int, typer.Option(help="Decides all noise and every identifier.", min=0)] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")] = False,
) -> None:
    """Write a digital patient as real DICOM, with the truth beside it."""
    with refusals():
        from yttria.app.simulate import Wish, make_patient

        say("making the digital patient …")
        truth = make_patient(out, Wish(seed=seed))
        shown = {
            "patient": str(out / "patient"),
            "truth": str(out / "truth.json"),
            "lung_shunt_fraction": truth["lung_shunt_fraction"],
            "hepatic_reserve_fraction": truth["hepatic_reserve_fraction"],
            **{f"{name}_gy_per_gbq": value for name, value in truth["per_gbq"].items()},
        }
        answer("demo", shown, as_json=as_json)
