"""`yttria simulate`: what a camera would see of a given anatomy."""

from pathlib import Path
from typing import Annotated, Any

import typer

from yttria.app.cli.output import answer, refusals, say
from yttria.app.cli.root import app


@app.command(epilog="Example: yttria simulate case.toml --out simulated --tumour-to-normal 5 && yttria plan simulated")
def simulate(
    case: Annotated[Path, typer.Argument(help="A folder or a case.toml with CT and volumes.")],
    out: Annotated[Path, typer.Option(help="Folder for SPECT, planar scan, truth.json and case.toml.")],
    seed: Annotated[int, typer.Option(help="Decides the noise.", min=0)] = 1,
    tumour_to_normal: Annotated[
        float, typer.Option(help="Uptake per mL of lesions against normal perfused liver.")
    ] = 5.0,
    lung_shunt: Annotated[float, typer.Option(help="Share of the activity in the lungs, 0 to 1.")] = 0.05,
    fwhm_mm: Annotated[float, typer.Option(help="Resolution of the reconstructed SPECT, mm.")] = 12.0,
    counts: Annotated[float, typer.Option(help="Effective counts of the SPECT: its noise.")] = 3e6,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")] = False,
) -> None:
    """Write what a camera would see of a given anatomy: 99mTc-MAA SPECT and planar scan as DICOM, with the truth beside them."""
    with refusals():
        from yttria.app.services.simulate import SimulationSettings, simulate_case
        from yttria.contract.simulation import SimulateRecord

        wish = SimulationSettings(
            seed, lung_shunt=lung_shunt, tumour_to_normal=tumour_to_normal, fwhm_mm=fwhm_mm, counts=counts
        )
        say("reading the anatomy, imaging it …")
        truth, findings = simulate_case(case, out, wish)
        record: SimulateRecord = {
            "case": str(out / "case.toml"),
            "truth": str(out / "truth.json"),
            "lung_shunt_fraction": truth["lung_shunt_fraction"],
            "hepatic_reserve_fraction": truth["hepatic_reserve_fraction"],
            "per_gbq": truth["per_gbq"],
        }
        shown: dict[str, Any] = {**record}
        if not as_json:
            shown |= {f"{name}_gy_per_gbq": value for name, value in shown.pop("per_gbq").items()}
        answer("simulate", shown, findings, as_json=as_json)
