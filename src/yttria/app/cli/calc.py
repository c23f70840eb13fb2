"""`yttria calc KIND`: one formula each, with its constants and findings."""

import typer

from yttria.app.cli.output import answer
from yttria.app.cli.request import request_command
from yttria.app.cli.root import app
from yttria.contract.activity_calculations import DecayRequest, PlanarShuntRequest, ResidualRequest, VialsRequest
from yttria.contract.dose_calculations import (
    EffectiveDoseRequest,
    HolmiumRequest,
    InverseRequest,
    MonoRequest,
    PartitionRequest,
    SphereUncertaintyRequest,
    SurfaceRequest,
)

calc = typer.Typer(
    help="One formula each: what it needs as options, the answer with its constants and findings.",
    epilog="Example: yttria calc inverse --volume-ml 1000 --density-g-per-ml 1.03 --dose-gy 120 --lung-shunt-fraction 0.05",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(calc, name="calc")


@request_command(
    calc,
    MonoRequest,
    epilog="Example: yttria calc mono --volume-ml 90 --density-g-per-ml 1.03 --activity-gbq 0.629 --lung-shunt-fraction 0 --k 50",
)
def mono(request: MonoRequest, as_json: bool) -> None:
    """Dose of one compartment from an activity."""
    from yttria.app.services.calculations import run_mono

    answer("calc", run_mono(request), as_json=as_json)


@request_command(
    calc,
    InverseRequest,
    epilog="Example: yttria calc inverse --volume-ml 1000 --density-g-per-ml 1.03 --dose-gy 100 --lung-shunt-fraction 0.1 --residual-fraction 0.1 --lung-mass-kg 1",
)
def inverse(request: InverseRequest, as_json: bool) -> None:
    """Activity for a dose of one compartment."""
    from yttria.app.services.calculations import run_inverse

    answer("calc", run_inverse(request), as_json=as_json)


@request_command(
    calc,
    PartitionRequest,
    epilog="Example: yttria calc partition --tumour-dose-gy 205 --tumour-mass-kg 0.3 --normal-mass-kg 1.2 --tumour-to-normal-ratio 4 --lung-shunt-fraction 0.05 --lung-mass-kg 1",
)
def partition(request: PartitionRequest, as_json: bool) -> None:
    """Tumour, normal and lung doses by the partition model."""
    from yttria.app.services.calculations import run_partition

    answer("calc", run_partition(request), as_json=as_json)


@request_command(
    calc,
    SurfaceRequest,
    epilog="Example: yttria calc bsa --height-cm 180 --weight-kg 80 --tumour-volume-ml 300 --liver-volume-ml 1800 --lung-shunt-fraction 0.05",
)
def bsa(request: SurfaceRequest, as_json: bool) -> None:
    """Activity by the body-surface method (resin)."""
    from yttria.app.services.calculations import run_bsa

    answer("calc", run_bsa(request), as_json=as_json)


@request_command(
    calc, HolmiumRequest, epilog="Example: yttria calc holmium --volume-ml 1500 --density-g-per-ml 1.06 --dose-gy 60"
)
def holmium(request: HolmiumRequest, as_json: bool) -> None:
    """Dose from an activity of 166Ho, or activity for a dose."""
    from yttria.app.services.calculations import run_holmium

    answer("calc", run_holmium(request), as_json=as_json)


@request_command(
    calc, DecayRequest, epilog="Example: yttria calc decay --from 2026-11-29T12:00-05:00 --to 2026-12-01T09:30+01:00"
)
def decay(request: DecayRequest, as_json: bool) -> None:
    """What is left after a time, or between two instants."""
    from yttria.app.services.calculations import run_decay

    answer("calc", run_decay(request), as_json=as_json)


@request_command(
    calc, VialsRequest, epilog="Example: yttria calc vials --needed-gbq-at-injection 2.304 --vials-gbq 3,5,7,10,15,20"
)
def vials(request: VialsRequest, as_json: bool) -> None:
    """Hours until each vial has decayed to what is needed."""
    from yttria.app.services.calculations import run_vials

    answer("calc", run_vials(request), as_json=as_json)


@request_command(
    calc,
    ResidualRequest,
    epilog="Example: yttria calc residual --assayed-mci 11.4 --before-mr-per-h 0.205 --after-mr-per-h 0.127 --prescribed-mci 10.8",
)
def residual(request: ResidualRequest, as_json: bool) -> None:
    """What was delivered, by survey of the vial before and after."""
    from yttria.app.services.calculations import run_residual

    answer("calc", run_residual(request), as_json=as_json)


@request_command(
    calc,
    EffectiveDoseRequest,
    epilog="Example: yttria calc bed --dose-gy 205 --alpha-beta-gy 10 --repair-half-time-h 1.5",
)
def bed(request: EffectiveDoseRequest, as_json: bool) -> None:
    """BED and EQD2 of a source that stays and decays."""
    from yttria.app.services.calculations import run_bed

    answer("calc", run_bed(request), as_json=as_json)


@request_command(
    calc,
    PlanarShuntRequest,
    epilog="Example: yttria calc shunt --lung-anterior 12000 --lung-posterior 15000 --liver-anterior 260000 --liver-posterior 190000",
)
def shunt(request: PlanarShuntRequest, as_json: bool) -> None:
    """Lung shunt fraction from planar counts, by geometric means."""
    from yttria.app.services.calculations import run_shunt

    answer("calc", run_shunt(request), as_json=as_json)


@request_command(
    calc, SphereUncertaintyRequest, epilog="Example: yttria calc gear --diameter-mm 30 --fwhm-mm 12 --drawn-on ct"
)
def gear(request: SphereUncertaintyRequest, as_json: bool) -> None:
    """How sure volume and dose of a lesion are, by the closed form of the EANM guidance."""
    from yttria.app.services.calculations import run_gear

    answer("calc", run_gear(request), as_json=as_json)
