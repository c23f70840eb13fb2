"""A study's protocol: TOML to values. The grammar is the contract's; a key that is not in it is refused with the nearest one."""

from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from yttria.contract.protocol import (
    ArmsSection,
    BaselineSection,
    ColumnSection,
    CompetingSection,
    CurvesSection,
    CutSection,
    EventSection,
    FigureSection,
    FurtherOutcomeSection,
    LandmarkSection,
    ModelSection,
    OutcomeSection,
    PopulationSection,
    ProtocolFile,
    ResponseSection,
    SelectionSection,
    StudySection,
    SubgroupsSection,
    UnivariableSection,
)
from yttria.contract.protocol_effects import (
    AdverseEventsSection,
    EndpointSection,
    FactorsSection,
    FlowSection,
    MatchedSection,
    MissingSection,
    SplineSection,
    WeightsSection,
)
from yttria.contract.protocol_section import ProtocolSection
from yttria.io.ground.regular_files import require_file
from yttria.io.ground.toml_text import read_toml
from yttria.values.errors import IntakeError
from yttria.values.protocol import (
    AdverseEventsSpec,
    Arms,
    Curves,
    Cut,
    ModelSpec,
    OutcomeSpec,
    Protocol,
    SelectionSpec,
)


def _value(file: ProtocolFile) -> Protocol:
    """Return a protocol as values that cannot change."""
    competing = file.competing
    return Protocol(
        outcome=file.outcome.value(),
        title=file.study.title,
        note=file.study.note,
        arms=None if file.arms is None else Arms(**dict(file.arms)),
        dose_response={name: section.value() for name, section in file.dose_response.items()},
        cuts={name: Cut(**dict(cut)) for name, cut in file.cuts.items()},
        km=Curves(**_tuples(file.km)),
        univariable=() if file.univariable is None else tuple(file.univariable.terms),
        models={name: ModelSpec(**_tuples(model)) for name, model in file.models.items()},
        levels={name: tuple(levels) for name, levels in file.levels.items()},
        selection=None if file.selection is None else SelectionSpec(**_tuples(file.selection)),
        subgroups=() if file.subgroups is None else tuple(file.subgroups.factors),
        landmark=() if file.landmark is None else tuple(file.landmark.at),
        time_varying={name: tv.column for name, tv in file.time_varying.items()},
        censor_at=None if file.censor_at is None else file.censor_at.column,
        populations={n: {c: tuple(v) for c, v in p.where.items()} for n, p in file.populations.items()},
        cause_column=None if competing is None else competing.column,
        causes=() if competing is None else tuple(competing.causes.items()),
        missing=tuple(file.outcome.missing),
        label=file.study.label,
        titles=dict(file.titles),
        baseline=() if file.baseline is None else tuple(file.baseline.columns),
        labels=dict(file.labels),
        registration=file.study.registration,
        ethics=file.study.ethics,
        sponsor=file.study.sponsor,
        data_cut=str(file.study.data_cut),
        figures={name: figure.value() for name, figure in file.figures.items()},
        outcomes={name: _further_outcome(one) for name, one in file.outcomes.items()},
        responses={name: one.value() for name, one in file.responses.items()},
        scale=dict(file.scale),
        splines={name: one.value() for name, one in file.splines.items()},
        weights={name: one.value() for name, one in file.weights.items()},
        weighted_tests=() if file.weighted_tests is None else tuple(file.weighted_tests.by),
        pairwise=() if file.pairwise is None else tuple(file.pairwise.by),
        imputation=None if file.missing is None else file.missing.value(),
        flow=None if file.consort is None else file.consort.value(),
        matched={name: one.value() for name, one in file.matched.items()},
        adverse_events=None if file.adverse_events is None else AdverseEventsSpec(**dict(file.adverse_events)),
    )


def _further_outcome(section: FurtherOutcomeSection) -> OutcomeSpec:
    """Return a further outcome with its own causes."""
    competing = section.competing
    if competing is None:
        return OutcomeSpec(section.value())
    return OutcomeSpec(section.value(), competing.column, tuple(competing.causes.items()))


def _tuples(section: ProtocolSection) -> dict[str, Any]:
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
    require_file(path, what="a protocol")
    raw = read_toml(path)
    try:
        return _value(ProtocolFile.model_validate(raw))
    except ValidationError as error:
        raise IntakeError(f"{path.name}: {_fault_text(error)}", code="protocol-value") from None


def _fault_text(error: ValidationError) -> str:
    """Return the first complaint of pydantic as expected, found, what to do."""
    first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    place = [
        str(part) for part in first["loc"] if part not in ("str", "int", "float", "EventSection", "function-after[]")
    ]
    where = "[" + ".".join(place[:-1]) + "]" if len(place) > 1 else "the protocol"
    if first["type"] == "extra_forbidden":
        known = _known_keys(place[:-1])
        near = get_close_matches(place[-1], known, n=1, cutoff=0.0)
        return f"{where} has no key {place[-1]}; did you mean {near[0]}? It knows {', '.join(known)}"
    if first["type"] == "missing":
        return f"{where} must have {place[-1]}, but it is absent; add it"
    message = first["msg"].removeprefix("Value error, ")
    return f"{'.'.join(place) or where}: {message}, but found {_input_text(first)}; correct it"


def _input_text(complaint: Any) -> str:
    text = repr(complaint["input"])
    return text if len(text) < 60 else text[:57] + "…"


def _known_keys(place: list[str]) -> list[str]:
    """Return the keys of the section at `place`."""
    model: Any = ProtocolFile
    free = {
        "cuts": CutSection,
        "models": ModelSection,
        "time_varying": ColumnSection,
        "populations": PopulationSection,
        "dose_response": ResponseSection,
        "figures": FigureSection,
        "outcomes": FurtherOutcomeSection,
        "responses": EndpointSection,
        "splines": SplineSection,
        "weights": WeightsSection,
        "matched": MatchedSection,
    }
    named = {
        "study": StudySection,
        "outcome": OutcomeSection,
        "arms": ArmsSection,
        "km": CurvesSection,
        "univariable": UnivariableSection,
        "selection": SelectionSection,
        "subgroups": SubgroupsSection,
        "landmark": LandmarkSection,
        "censor_at": ColumnSection,
        "competing": CompetingSection,
        "baseline": BaselineSection,
        "weighted_tests": FactorsSection,
        "pairwise": FactorsSection,
        "missing": MissingSection,
        "consort": FlowSection,
        "adverse_events": AdverseEventsSection,
    }
    if place and place[0] in free:
        model = free[place[0]]
    elif place[:2] == ["outcome", "event"] or (place[0:1] == ["dose_response"] and place[2:] == ["response"]):
        model = EventSection
    elif place:
        model = named[place[0]]
    return [field.alias or name for name, field in model.model_fields.items()]
