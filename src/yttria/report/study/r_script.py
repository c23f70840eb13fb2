"""The R script that repeats a study: its protocol as an R list before the analyses that are the same for all."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from yttria.values.protocol import OutcomeColumns, Protocol

HEADING = "# Written by Yttria {version} for one study. This list is its protocol.\n"


def r_script(protocol: Protocol, *, table: str, matched: Mapping[str, str], adverse: str | None, version: str) -> str:
    """Return the script.

    Parameters
    ----------
    protocol
        Of the study.
    table
        Where the table of the cohort is.
    matched, adverse
        Where the published arms and the adverse events are.
    version
        Of Yttria.
    """
    body = (files("yttria.data") / "analysis.R").read_text(encoding="utf-8")
    settings = protocol_list(protocol, table=table, matched=matched, adverse=adverse)
    return f"{HEADING.format(version=version)}P <- {r_value(settings)}\n\n{body}"


def protocol_list(protocol: Protocol, *, table: str, matched: Mapping[str, str], adverse: str | None) -> dict[str, Any]:
    """Return a protocol as the names and values that the script asks for."""
    cause = protocol.cause_column
    return {
        "table": table,
        "missing": list(protocol.missing),
        "outcome": _outcome(protocol.outcome),
        "arms": None
        if protocol.arms is None
        else {name: getattr(protocol.arms, name) for name in ("column", "treated", "control")},
        "cuts": {name: {"column": cut.column, "at": cut.at} for name, cut in protocol.cuts.items()},
        "levels": {name: [str(level) for level in levels] for name, levels in protocol.levels.items()},
        "km": {
            name: getattr(protocol.km, name) for name in ("by", "at", "conf", "level", "rho", "strata", "quantiles")
        },
        "univariable": list(protocol.univariable),
        "models": {
            name: {
                key: getattr(model, key) for key in ("terms", "ties", "strata", "cluster", "robust", "offset", "zph")
            }
            for name, model in protocol.models.items()
        },
        "subgroups": list(protocol.subgroups),
        "selection": None if protocol.selection is None else True,
        "landmark": list(protocol.landmark),
        "time_varying": list(protocol.time_varying),
        "censor_at": protocol.censor_at,
        "populations": protocol.populations,
        "competing": None if cause is None else {"column": cause, "causes": {str(v): n for v, n in protocol.causes}},
        "dose_response": {
            name: {key: getattr(one, key) for key in ("dose", "response", "response_is", "link", "scale", "shares")}
            for name, one in protocol.dose_response.items()
        },
        "outcomes": {name: _outcome(one.columns) for name, one in protocol.outcomes.items()},
        "responses": {
            name: {"column": one.column, "responders": one.responders} for name, one in protocol.responses.items()
        },
        "scale": protocol.scale,
        "splines": {
            name: {key: getattr(one, key) for key in ("column", "knots", "at", "reference", "adjust")}
            for name, one in protocol.splines.items()
        },
        "weights": {
            name: {key: getattr(one, key) for key in ("covariates", "estimand", "stabilised")}
            for name, one in protocol.weights.items()
        },
        "weighted_tests": list(protocol.weighted_tests),
        "pairwise": list(protocol.pairwise),
        "imputed": True if protocol.imputation is not None else None,
        "flow": []
        if protocol.flow is None
        else [{"label": label, "where": where} for label, where in protocol.flow.steps],
        "matched": {
            name: {"patients": matched[name], "means": one.means, "sd": one.sd}
            for name, one in protocol.matched.items()
        },
        "adverse_events": None
        if protocol.adverse_events is None or adverse is None
        else {"table": adverse, "id": protocol.adverse_events.id},
    }


def _outcome(columns: OutcomeColumns) -> dict[str, Any]:
    return {key: getattr(columns, key) for key in ("time", "event", "event_is", "entry", "weight", "id")}


def r_value(value: Any, indent: int = 2) -> str:
    r"""Return a value as R writes it; None is NULL, a list is list().

    Examples
    --------
    >>> r_value({"a": [1, "x\"y"], "b b": None, "c": True})
    'list(\n  `a` = list(1, "x\\"y"),\n  `b b` = NULL,\n  `c` = TRUE\n)'
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return '"' + _escaped(value) + '"'
    if isinstance(value, Mapping):
        pad = " " * indent
        rows = [f"{pad}`{_r_name(str(name))}` = {r_value(part, indent + 2)}" for name, part in value.items()]
        return "list(\n" + ",\n".join(rows) + f"\n{' ' * (indent - 2)})" if rows else "list()"
    if isinstance(value, Sequence):
        return "list(" + ", ".join(r_value(part, indent + 2) for part in value) + ")"
    raise TypeError(f"R has no word for {type(value).__name__}")


def _escaped(text: str) -> str:
    """Return a text inside double quotes: control characters by their number."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return "".join(c if c.isprintable() else f"\\u{{{ord(c):04x}}}" for c in plain)


def _r_name(name: str) -> str:
    """Return a name inside backticks."""
    plain = name.replace("\\", "\\\\").replace("`", "\\`")
    return "".join(c if c.isprintable() else f"\\u{{{ord(c):04x}}}" for c in plain)
