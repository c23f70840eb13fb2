"""TOML out: sections of texts, numbers, lists and small tables, as a case file has them."""

from collections.abc import Mapping, Sequence
from typing import Any

import tomli_w

Section = Mapping[str, Any]


def toml_text(sections: Mapping[str, Section | Sequence[Section]], *, heading: str = "") -> str:
    """Return sections as TOML, each table of a list under its own `[[name]]`; empty sections are left out.

    Examples
    --------
    >>> print(toml_text({"files": {"liver": "a b.nii.gz"}, "roles": {"GTV 1": "tumour"}}), end="")
    [files]
    liver = "a b.nii.gz"
    <BLANKLINE>
    [roles]
    "GTV 1" = "tumour"
    >>> print(toml_text({"injections": [{"name": "right"}]}), end="")
    [[injections]]
    name = "right"
    """
    blocks = [f"# {heading}\n"] if heading else []
    for name, section in sections.items():
        for table in [section] if isinstance(section, Mapping) else section:
            if table:
                text = tomli_w.dumps({name: table})
                blocks.append(text if isinstance(section, Mapping) else _of_list(name, text))
    return "\n".join(blocks)


def _of_list(name: str, text: str) -> str:
    """Return a table as an element of a list: tomli-w would write a short one on one line, which nobody adds a key to."""
    head = f"[{name}]\n"
    return f"[[{name}]]\n{text.removeprefix(head)}"
