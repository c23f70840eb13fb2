"""A study's protocol: TOML to values. The grammar is the contract's; a key that is not in it is refused with the nearest one."""

import tomllib
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from yttria.values.errors import IntakeError
from yttria.values.protocol import (
    EVERYBODY,
    Arms,
    Conf,
    CurvePanel,
    Curves,
    Cut,
    FigureSpec,
    ModelSpec,
    OutcomeColumns,
    Protocol,
    ResponseSpec,
    SelectionSpec,
    Steps,
    Ties,
    Transform,
)

Word = str | int | float
Unit = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Study(_Section):
    title: str = ""
    note: str = ""
    label: str = ""
    registration: str = ""
    ethics: str = ""
    sponsor: str = ""
    data_cut: str | date = ""


class _Event(_Section):
    column: str
    is_: Annotated[list[Word], Field(alias="is", min_length=1)]


class _Outcome(_Section):
    time: str
    event: str | _Event
    unit: str = ""
    entry: str | None = None
    weight: str | None = None
    id: str | None = None
    missing: list[str] = []

    def value(self) -> OutcomeColumns:
        name, values = (self.event, None) if isinstance(self.event, str) else (self.event.column, tuple(self.event.is_))
        return OutcomeColumns(self.time, name, values, self.unit, self.entry, self.weight, self.id)


class _Arms(_Section):
    column: str
    treated: Word
    control: Word


class _Cut(_Section):
    column: str
    at: float
    label: str = ""


class _Km(_Section):
    by: list[str] = []
    at: list[Positive] = []
    conf: Conf = "log"
    level: Unit = 0.95
    rho: Annotated[float, Field(ge=0)] = 0.0
    strata: list[str] = []
    tau: Positive | None = None
    quantiles: list[Unit] = []
    trend: list[str] = []


class _Univariable(_Section):
    terms: Annotated[list[str], Field(min_length=1)]


class _Model(_Section):
    terms: Annotated[list[str], Field(min_length=1)]
    ties: Ties = "efron"
    strata: list[str] = []
    cluster: str | None = None
    robust: bool = False
    offset: str | None = None
    zph: Transform = "km"
    residuals: bool = False
    predict: dict[str, dict[str, Word]] = {}


class _Selection(_Section):
    candidates: Annotated[list[str], Field(min_length=1)]
    p_enter: Annotated[float, Field(gt=0, le=1)] = 0.15
    p_test: Literal["wald", "logrank"] = "wald"
    method: Steps = "aic-both"


class _Subgroups(_Section):
    factors: Annotated[list[str], Field(min_length=1)]


class _Landmark(_Section):
    at: Annotated[list[Positive], Field(min_length=1)]


class _Column(_Section):
    column: str


class _Population(_Section):
    where: Annotated[dict[str, Annotated[list[Word], Field(min_length=1)]], Field(min_length=1)]


class _Competing(_Section):
    column: str
    causes: Annotated[dict[str, str], Field(min_length=1)]


class _Response(_Section):
    dose: str
    response: str | _Event
    link: Literal["logit", "probit"] = "logit"
    scale: Literal["dose", "log"] = "dose"
    shares: Annotated[list[Unit], Field(min_length=1)] = [0.5, 0.8]

    def value(self) -> ResponseSpec:
        said = self.response
        name, values = (said, None) if isinstance(said, str) else (said.column, tuple(said.is_))
        return ResponseSpec(self.dose, name, values, self.link, self.scale, tuple(self.shares))


class _Baseline(_Section):
    columns: Annotated[list[str], Field(min_length=1)]


class _Panel(_Section):
    by: str
    of: str = ""
    title: str = ""


class _Figure(_Section):
    title: str
    panels: list[_Panel] = []
    forest: bool = False
    printed: dict[str, Annotated[list[Word], Field(min_length=1)]] = {}

    @model_validator(mode="after")
    def _one_kind(self) -> "_Figure":
        if self.forest == bool(self.panels):
            raise ValueError("a figure has panels, or forest = true, and not both")
        if self.printed and not self.forest:
            raise ValueError("printed says which ratios of a forest are printed elsewhere: it needs forest = true")
        return self

    def value(self) -> FigureSpec:
        panels = tuple(CurvePanel(**dict(panel)) for panel in self.panels)
        return FigureSpec(self.title, panels, self.forest, {name: tuple(v) for name, v in self.printed.items()})


class _Protocol(_Section):
    study: _Study = _Study()
    outcome: _Outcome
    arms: _Arms | None = None
    cuts: dict[str, _Cut] = {}
    km: _Km = _Km()
    univariable: _Univariable | None = None
    models: dict[str, _Model] = {}
    levels: dict[str, Annotated[list[Word], Field(min_length=1)]] = {}
    selection: _Selection | None = None
    subgroups: _Subgroups | None = None
    landmark: _Landmark | None = None
    time_varying: dict[str, _Column] = {}
    censor_at: _Column | None = None
    populations: dict[str, _Population] = {}
    competing: _Competing | None = None
    dose_response: dict[str, _Response] = {}
    titles: dict[str, str] = {}
    labels: dict[str, dict[str, str]] = {}
    baseline: _Baseline | None = None
    figures: dict[str, _Figure] = {}

    @model_validator(mode="after")
    def _figures_of_what_is_asked(self) -> "_Protocol":
        """Refuse a panel of curves that the study does not make."""
        known = {"": True, "censored": self.censor_at is not None} | {
            f"populations.{n}": True for n in self.populations
        }
        for name, figure in self.figures.items():
            if figure.forest and self.subgroups is None:
                raise ValueError(f"figure {name} draws the subgroups, but there is no [subgroups]")
            for factor in figure.printed:
                if self.subgroups is not None and factor not in (EVERYBODY, *self.subgroups.factors):
                    raise ValueError(
                        f"figure {name} says that {factor} is printed, which is not in [subgroups] factors"
                    )
            for panel in figure.panels:
                if panel.by not in self.km.by:
                    raise ValueError(f"figure {name} draws curves by {panel.by}, which is not in [km] by")
                if not known.get(panel.of):
                    raise ValueError(f"figure {name} draws {panel.of}, which the protocol does not ask for")
        return self

    @model_validator(mode="after")
    def _two_arms(self) -> "_Protocol":
        if self.arms is not None and self.arms.treated == self.arms.control:
            raise ValueError(f"[arms] treated and control must be two values, but both are {self.arms.treated!r}")
        return self

    @model_validator(mode="after")
    def _arms_for_subgroups(self) -> "_Protocol":
        if self.subgroups is not None and self.arms is None:
            raise ValueError("[subgroups] needs [arms]: the effect whose subgroups are asked for")
        return self

    def value(self) -> Protocol:
        competing = self.competing
        return Protocol(
            outcome=self.outcome.value(),
            title=self.study.title,
            note=self.study.note,
            arms=None if self.arms is None else Arms(**dict(self.arms)),
            dose_response={name: asked.value() for name, asked in self.dose_response.items()},
            cuts={name: Cut(**dict(cut)) for name, cut in self.cuts.items()},
            km=Curves(**_tuples(self.km)),
            univariable=() if self.univariable is None else tuple(self.univariable.terms),
            models={name: ModelSpec(**_tuples(model)) for name, model in self.models.items()},
            levels={name: tuple(levels) for name, levels in self.levels.items()},
            selection=None if self.selection is None else SelectionSpec(**_tuples(self.selection)),
            subgroups=() if self.subgroups is None else tuple(self.subgroups.factors),
            landmark=() if self.landmark is None else tuple(self.landmark.at),
            time_varying={name: tv.column for name, tv in self.time_varying.items()},
            censor_at=None if self.censor_at is None else self.censor_at.column,
            populations={n: {c: tuple(v) for c, v in p.where.items()} for n, p in self.populations.items()},
            cause_column=None if competing is None else competing.column,
            causes=() if competing is None else tuple(competing.causes.items()),
            missing=tuple(self.outcome.missing),
            label=self.study.label,
            titles=dict(self.titles),
            baseline=() if self.baseline is None else tuple(self.baseline.columns),
            labels=dict(self.labels),
            registration=self.study.registration,
            ethics=self.study.ethics,
            sponsor=self.study.sponsor,
            data_cut=str(self.study.data_cut),
            figures={name: figure.value() for name, figure in self.figures.items()},
        )


def _tuples(section: _Section) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in section}


def read_protocol(path: Path) -> Protocol:
    """Read a protocol.

    Parameters
    ----------
    path
        A TOML file of the grammar in the contract.

    Raises
    ------
    IntakeError
        No file, no TOML, a key that is not known (with the nearest one that is), a value that cannot be.
    """
    if not path.is_file():
        raise IntakeError(f"expected a protocol at {path}, but there is no such file; check the path")
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise IntakeError(f"{path.name} must be TOML, but is not: {error}; correct that line") from None
    try:
        return _Protocol.model_validate(raw).value()
    except ValidationError as error:
        raise IntakeError(f"{path.name}: {_said(error)}") from None


def _said(error: ValidationError) -> str:
    """Return the first complaint of pydantic as expected, found, what to do."""
    first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    place = [str(part) for part in first["loc"] if part not in ("str", "int", "float", "_Event", "function-after[]")]
    where = "[" + ".".join(place[:-1]) + "]" if len(place) > 1 else "the protocol"
    if first["type"] == "extra_forbidden":
        known = _known_keys(place[:-1])
        near = get_close_matches(place[-1], known, n=1, cutoff=0.0)
        return f"{where} has no key {place[-1]}; did you mean {near[0]}? It knows {', '.join(known)}"
    if first["type"] == "missing":
        return f"{where} must have {place[-1]}, but it is absent; add it"
    message = first["msg"].removeprefix("Value error, ")
    return f"{'.'.join(place) or where}: {message}, but found {_found(first)}; correct it"


def _found(complaint: Any) -> str:
    shown = repr(complaint["input"])
    return shown if len(shown) < 60 else shown[:57] + "…"


def _known_keys(place: list[str]) -> list[str]:
    """Return the keys of the section at `place`."""
    model: Any = _Protocol
    free = {
        "cuts": _Cut,
        "models": _Model,
        "time_varying": _Column,
        "populations": _Population,
        "dose_response": _Response,
        "figures": _Figure,
    }
    named = {
        "study": _Study,
        "outcome": _Outcome,
        "arms": _Arms,
        "km": _Km,
        "univariable": _Univariable,
        "selection": _Selection,
        "subgroups": _Subgroups,
        "landmark": _Landmark,
        "censor_at": _Column,
        "competing": _Competing,
        "baseline": _Baseline,
    }
    if place and place[0] in free:
        model = free[place[0]]
    elif place[:2] == ["outcome", "event"] or (place[0:1] == ["dose_response"] and place[2:] == ["response"]):
        model = _Event
    elif place:
        model = named[place[0]]
    return [field.alias or name for name, field in model.model_fields.items()]
