"""TOML out: sections of texts, numbers, lists and small tables, as a case file has them."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any


def toml_text(sections: Mapping[str, Mapping[str, Any]], *, heading: str = "") -> str:
    """Return sections as TOML; empty sections are left out.

    Examples
    --------
    >>> print(toml_text({"files": {"liver": "a b.nii.gz"}, "roles": {"GTV 1": "tumour"}}), end="")
    [files]
    liver = "a b.nii.gz"
    <BLANKLINE>
    [roles]
    "GTV 1" = "tumour"
    """
    blocks = [f"# {heading}\n"] if heading else []
    for name, rows in sections.items():
        if rows:
            blocks.append(f"[{name}]\n" + "".join(f"{_key(k)} = {_value(v)}\n" for k, v in rows.items()))
    return "\n".join(blocks)


def _key(key: str) -> str:
    return (
        key
        if key.isascii() and key.replace("_", "").replace("-", "").isalnum()
        else json.dumps(key, ensure_ascii=False)
    )


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(str(k))} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False)
