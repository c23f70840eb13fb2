"""What `yttria convert` answers."""

from typing_extensions import TypedDict


class StructureRecord(TypedDict):
    """One structure: as drawn, as read back from what was written, how far its centre moved; `label` in a volume of labels."""

    drawn_ml: float
    written_ml: float
    moved_mm: float
    label: int | None


class ConvertRecord(TypedDict):
    """What `yttria convert` answers; the grid is null where contours are written as they were drawn."""

    to: str
    out: str
    shape_zyx: list[int] | None
    spacing_zyx_mm: list[float] | None
    structures: dict[str, StructureRecord]
