"""Colours by role, from the palette table."""

from yttria.data import table


def colour(name: str) -> str:
    """Return the colour of a role or category as #rrggbb; `tumour-2` takes the tumours' hue, #rrggbb stays itself.

    Examples
    --------
    >>> colour("tumour-2") == colour("tumour")
    True
    """
    if name.startswith("#"):
        return name
    roles = table("palette")["light"]
    family, _, tail = name.rpartition("-")
    return str(roles.get(name) or (roles.get(family) if tail.isdigit() else None) or roles["ink"])
