"""TOML out: sections of texts, numbers, lists and small tables, as a case file has them."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any


def toml_text(sections: Mapping[str, Mapping[str, Any] | list[dict[str, Any]]], *, heading: str = "") -> str:
    """Return sections as TOML, a list as an array of tables; empty sections are left out.

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
        title = f"[[{name}]]" if isinstance(section, list) else f"[{name}]"
        tables = section if isinstance(section, list) else [section]
        blocks += [
            f"{title}\n" + "".join(f"{_key(k)} = {_value(v)}\n" for k, v in rows.items()) for rows in tables if rows
        ]
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
