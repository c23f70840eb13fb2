"""A study's protocol: TOML to values. The grammar is the contract's; a key that is not in it is refused with the nearest one."""

from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from yttria.io.ground.toml_text import read_toml
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
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)


class _Study(_Section):
    title: str = ""
    """Title of the report."""
    note: str = ""
    """Words beneath the verdict."""
    label: str = ""
    """Words that must never be lost, as *simulated, not patient data*: on each page, each figure, the first line of each CSV."""
    registration: str = ""
    """Number in a registry, as NCT02582034; printed on the first page."""
    ethics: str = ""
    """Ethics vote; printed on the first page."""
    sponsor: str = ""
    """Who runs the study; printed on the first page."""
    data_cut: str | date = ""
    """Day up to which the data go, as 2024-03-31; printed on the first page."""


class _Event(_Section):
    column: str
    """Column that holds it."""
    is_: Annotated[list[Word], Field(alias="is", min_length=1)]
    """Values that count as yes."""


class _Outcome(_Section):
    time: str
    """Column of the follow-up."""
    event: str | _Event
    """Column of 0 and 1; or a column with the values that are events."""
    unit: str = ""
    """Unit of the times."""
    entry: str | None = None
    """Column of the time of entry, where it is late."""
    weight: str | None = None
    """Column of case weights."""
    id: str | None = None
    """Column that names the patient; a repeated one is refused unless `entry` makes its rows intervals."""
    missing: list[str] = []
    """Words that stand for nothing, besides an empty cell and NA."""

    def value(self) -> OutcomeColumns:
        name, values = (self.event, None) if isinstance(self.event, str) else (self.event.column, tuple(self.event.is_))
        return OutcomeColumns(self.time, name, values, self.unit, self.entry, self.weight, self.id)


class _Arms(_Section):
    column: str
    """Column that tells the arms apart."""
    treated: Word
    """Its value for the treated arm."""
    control: Word
    """Its value for the control arm."""


class _Cut(_Section):
    column: str
    """Column of the number."""
    at: float
    """The factor is 1 from this number on."""
    label: str = ""
    """What people call it, as *tumour dose ≥ 205 Gy*; its sign names both sides."""


class _Km(_Section):
    by: list[str] = []
    """Columns or cuts whose levels have curves."""
    at: list[Positive] = []
    """Times at which rates are printed."""
    conf: Conf = "log"
    """Scale of the limits."""
    level: Unit = 0.95
    """Coverage of the limits of curves and follow-up."""
    rho: Annotated[float, Field(ge=0)] = 0.0
    """Power of S(t−) in the tests; 0 is the log-rank test."""
    strata: list[str] = []
    """Columns that stratify the tests."""
    tau: Positive | None = None
    """Restricted means are compared up to here."""
    quantiles: list[Unit] = []
    """Shares of patients: when they have had the event."""
    trend: list[str] = []
    """Columns for a log-rank test for trend, over their numbers or the order of their levels."""


class _Univariable(_Section):
    terms: Annotated[list[str], Field(min_length=1)]
    """A Cox model of each alone."""


class _Model(_Section):
    terms: Annotated[list[str], Field(min_length=1)]
    """Columns and cuts; `a:b` is an interaction."""
    ties: Ties = "efron"
    """Rule for ties."""
    strata: list[str] = []
    """Columns with a baseline hazard for each level."""
    cluster: str | None = None
    """Column of rows that belong together: robust errors."""
    robust: bool = False
    """Robust errors without clusters."""
    offset: str | None = None
    """Column that enters with coefficient 1."""
    zph: Transform = "km"
    """Transform of time in the test of proportionality."""
    residuals: bool = False
    """Martingale, deviance, score, dfbeta and Schoenfeld residuals in the result."""
    predict: dict[str, dict[str, Word]] = {}
    """Patients by name, described by column: their predicted curves; nothing said is the baseline."""


class _Selection(_Section):
    candidates: Annotated[list[str], Field(min_length=1)]
    """Terms to choose among."""
    p_enter: Annotated[float, Field(gt=0, le=1)] = 0.15
    """Univariable P up to which a candidate enters."""
    p_test: Literal["wald", "logrank"] = "wald"
    """Test that this P is of."""
    method: Steps = "aic-both"
    """Direction of the steps."""


class _Subgroups(_Section):
    factors: Annotated[list[str], Field(min_length=1)]
    """Columns or cuts in whose levels the effect of the arm is asked."""


class _Landmark(_Section):
    at: Annotated[list[Positive], Field(min_length=1)]
    """Landmarks, in the unit of the outcome."""


class _Column(_Section):
    column: str
    """Column of the time; empty where it never happened."""


class _Population(_Section):
    where: Annotated[dict[str, Annotated[list[Word], Field(min_length=1)]], Field(min_length=1)]
    """Values that each column must have."""


class _Competing(_Section):
    column: str
    """Column that tells the causes apart."""
    causes: Annotated[dict[str, str], Field(min_length=1)]
    """Name of each cause by its value."""


class _Response(_Section):
    dose: str
    """Column of the dose."""
    response: str | _Event
    """Column of 0 and 1; or a column with the values that are responses."""
    link: Literal["logit", "probit"] = "logit"
    """Link of the binomial regression."""
    scale: Literal["dose", "log"] = "dose"
    """The dose itself or its logarithm."""
    shares: Annotated[list[Unit], Field(min_length=1)] = [0.5, 0.8]
    """Shares of responders whose doses are asked."""

    def value(self) -> ResponseSpec:
        said = self.response
        name, values = (said, None) if isinstance(said, str) else (said.column, tuple(said.is_))
        return ResponseSpec(self.dose, name, values, self.link, self.scale, tuple(self.shares))


class _Baseline(_Section):
    columns: Annotated[list[str], Field(min_length=1)]
    """Columns of Table 1, in order."""


class _Panel(_Section):
    by: str
    """A factor of `[km] by`."""
    of: str = ""
    """Nothing, `censored` or `populations.NAME`."""
    title: str = ""
    """Above the panel."""


class _Figure(_Section):
    title: str
    """What the figure shows."""
    panels: list[_Panel] = []
    """Curves side by side, with their hazard ratios."""
    forest: bool = False
    """The subgroups instead of curves."""
    printed: dict[str, Annotated[list[Word], Field(min_length=1)]] = {}
    """Levels by column (`all` for everybody) whose ratio a redrawn publication prints; every other one is marked as ours."""

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


class ProtocolFile(_Section):
    """A protocol as it is written: its sections and keys, each with what it means. docs/analyse.md is made from it."""

    study: _Study = _Study()
    """What the study is called and identified by."""
    outcome: _Outcome
    """The only section that must be there."""
    arms: _Arms | None = None
    """The two arms that are compared."""
    cuts: dict[str, _Cut] = {}
    """A factor of two levels made from a number."""
    km: _Km = _Km()
    """Curves, rates, medians, tests."""
    univariable: _Univariable | None = None
    """One model a term."""
    models: dict[str, _Model] = {}
    """Cox models by name."""
    levels: dict[str, Annotated[list[Word], Field(min_length=1)]] = {}
    """Order of the levels of a column, the reference first."""
    selection: _Selection | None = None
    """Univariable screen, then stepwise choice."""
    subgroups: _Subgroups | None = None
    """Forest of the effect of the arm."""
    landmark: _Landmark | None = None
    """Analyses of those still followed at a time, by what was known then."""
    time_varying: dict[str, _Column] = {}
    """A factor that becomes true at a time."""
    censor_at: _Column | None = None
    """A second analysis with follow-up cut at a time."""
    populations: dict[str, _Population] = {}
    """Everything again on a part of the cohort."""
    competing: _Competing | None = None
    """Cumulative incidence by cause."""
    dose_response: dict[str, _Response] = {}
    """Dose and response by name."""
    titles: dict[str, str] = {}
    """What people call a column or cut."""
    labels: dict[str, dict[str, str]] = {}
    """What people call a level, by level as the table writes it."""
    baseline: _Baseline | None = None
    """Table 1; all that the analyses stand on where absent."""
    figures: dict[str, _Figure] = {}
    """Figures of the study’s own."""

    @model_validator(mode="after")
    def _figures_of_what_is_asked(self) -> "ProtocolFile":
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
    def _two_arms(self) -> "ProtocolFile":
        if self.arms is not None and self.arms.treated == self.arms.control:
            raise ValueError(f"[arms] treated and control must be two values, but both are {self.arms.treated!r}")
        return self

    @model_validator(mode="after")
    def _arms_for_subgroups(self) -> "ProtocolFile":
        if self.subgroups is not None and self.arms is None:
            raise ValueError("[subgroups] needs [arms]: the effect whose subgroups are asked for")
        return self

    def value(self) -> Protocol:
        """Return the protocol as values that cannot change."""
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
    if not path.exists():
        raise IntakeError(f"expected a protocol at {path}, but there is no such file; check the path")
    raw = read_toml(path)
    try:
        return ProtocolFile.model_validate(raw).value()
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
    model: Any = ProtocolFile
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
