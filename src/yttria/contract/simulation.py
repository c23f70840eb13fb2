"""What `yttria simulate` and `yttria demo` answer."""

from typing_extensions import TypedDict


class SimulateRecord(TypedDict):
    """What `yttria simulate` answers: where it wrote, and what is true of it."""

    case: str
    truth: str
    lung_shunt_fraction: float
    hepatic_reserve_fraction: float
    per_gbq: dict[str, float]


class DemoRecord(TypedDict):
    """What `yttria demo` answers: where it wrote, and planned numbers beside true ones."""

    patient: str
    truth: str
    plan: str
    true_per_gbq: dict[str, float]
    planned_per_gbq: dict[str, float]
    true_lung_shunt_fraction: float
    planned_lung_shunt_fraction: float
    trial: str
    printed_numbers: dict[str, int]
    differing: list[dict[str, str | None]]
