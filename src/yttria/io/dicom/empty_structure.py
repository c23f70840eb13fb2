"""A structure of a set that holds no volume, with the reason."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EmptyStructure:
    """A structure that holds no volume.

    Parameters
    ----------
    reason
        Why, as it continues "structure NAME": "has no contour".
    blank
        Whether nothing is drawn in it.
    """

    name: str
    reason: str
    blank: bool = False
