"""`yttria calc delivered | flr | child-pugh | albi | bclc`: what speaks of the patient and of what was given."""

from yttria.app.cli.calc import calc
from yttria.app.cli.output import answer
from yttria.app.cli.request import request_command
from yttria.contract.clinical_calculations import (
    AlbiRequest,
    BclcRequest,
    ChildPughRequest,
    DeliveredRequest,
    RemnantRequest,
)


@request_command(
    calc, DeliveredRequest, epilog="Example: yttria calc delivered --prescribed-gbq 3.0 --delivered-gbq 2.35"
)
def delivered(request: DeliveredRequest, as_json: bool) -> None:
    """What was delivered beside what was prescribed, and whether that is reported."""
    from yttria.app.services.clinical_calculations import run_delivered

    answer("calc", run_delivered(request), as_json=as_json)


@request_command(
    calc,
    RemnantRequest,
    epilog="Example: yttria calc flr --flr-ml 420 --liver-ml 1800 --tumour-ml 300 --flr-after-ml 560 --weeks 6",
)
def flr(request: RemnantRequest, as_json: bool) -> None:
    """Share of the liver that remains, and how fast it grows."""
    from yttria.app.services.clinical_calculations import run_flr

    answer("calc", run_flr(request), as_json=as_json)


@request_command(
    calc,
    ChildPughRequest,
    name="child-pugh",
    epilog="Example: yttria calc child-pugh --bilirubin-mg-dl 1.2 --albumin-g-dl 3.4 --inr 1.3 --ascites none --encephalopathy none",
)
def child_pugh(request: ChildPughRequest, as_json: bool) -> None:
    """Child-Pugh points and class from their five parts."""
    from yttria.app.services.clinical_calculations import run_child_pugh

    answer("calc", run_child_pugh(request), as_json=as_json)


@request_command(calc, AlbiRequest, epilog="Example: yttria calc albi --bilirubin-mg-dl 1.2 --albumin-g-dl 3.4")
def albi(request: AlbiRequest, as_json: bool) -> None:
    """Albumin-bilirubin score and grade."""
    from yttria.app.services.clinical_calculations import run_albi

    answer("calc", run_albi(request), as_json=as_json)


@request_command(
    calc,
    BclcRequest,
    epilog="Example: yttria calc bclc --nodules 1 --largest-cm 7.5 --ecog 0 --vascular-invasion no --extrahepatic no --child-pugh A5",
)
def bclc(request: BclcRequest, as_json: bool) -> None:
    """Stage of the Barcelona Clinic (2022), and the line that decided."""
    from yttria.app.services.clinical_calculations import run_bclc

    answer("calc", run_bclc(request), as_json=as_json)
