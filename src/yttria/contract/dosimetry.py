"""What `yttria dose` and `yttria dvh` answer."""

from typing_extensions import TypedDict


class DoseRecord(TypedDict):
    """What `yttria dose` answers; `out` is the name of the file written."""

    method: str
    nuclide: str
    k_gy_kg_per_gbq: float
    k_source: str
    activity_mbq: float
    energy_joule: float
    max_gy: float
    mean_gy: float
    out: str


class CurveRecord(TypedDict):
    """Share of the volume that receives each dose or more."""

    dose_gy: list[float]
    volume_share: list[float]


class VolumeRecord(TypedDict):
    """One volume: Dn is the dose, Gy, that n per cent of it receive; V, by dose asked for, the share that receives as much."""

    ml: float
    mean_gy: float
    min_gy: float
    max_gy: float
    D98: float
    D95: float
    D90: float
    D70: float
    D50: float
    D30: float
    D10: float
    D5: float
    D2: float
    V: dict[str, float]
    curve: CurveRecord


class DvhRecord(TypedDict):
    """What `yttria dvh` answers."""

    volumes: dict[str, VolumeRecord]
