"""Protocols: the grammar, and refusals that name the nearest key."""

from pathlib import Path

import pytest

from yttria.io.tables.protocol import read_protocol
from yttria.values.errors import IntakeError
from yttria.values.protocol import CurvePanel, FigureSpec, Protocol

OUTCOME = '[outcome]\ntime = "os"\nevent = "dead"\n'


def read(folder: Path, text: str) -> Protocol:
    path = folder / "protocol.toml"
    path.write_text(text, encoding="utf-8")
    return read_protocol(path)


def test_only_the_outcome_is_required(tmp_path: Path) -> None:
    protocol = read(tmp_path, OUTCOME)
    assert (protocol.outcome.time, protocol.outcome.event_is, protocol.km.conf) == ("os", None, "log")
    assert not protocol.models
    assert protocol.selection is None


def test_every_section_of_the_contract_is_read(tmp_path: Path) -> None:
    protocol = read(
        tmp_path,
        """
[study]
title = "A trial"
[outcome]
time = "os"
event = { column = "status", is = [2, "dead"] }
unit = "months"
entry = "entry"
weight = "w"
id = "id"
[arms]
column = "arm"
treated = "PDA"
control = "SDA"
[cuts.TD]
column = "td"
at = 205
label = "tumour dose"
[km]
by = ["arm", "TD"]
at = [24, 36.5]
conf = "log-log"
level = 0.9
rho = 1
strata = ["centre"]
[univariable]
terms = ["arm"]
[models.full]
terms = ["age", "arm:age"]
ties = "breslow"
strata = ["centre"]
cluster = "centre"
zph = "rank"
[levels]
sex = ["male", "female"]
[selection]
candidates = ["arm"]
p_enter = 0.2
p_test = "logrank"
method = "aic-forward"
[subgroups]
factors = ["pvt"]
[landmark]
at = [6]
[time_varying.resection]
column = "resection"
[censor_at]
column = "resection"
[populations.PVT]
where = { pvt = [1] }
[competing]
column = "cause"
causes = { 1 = "progression", 2 = "death" }
""",
    )
    assert protocol.outcome.event_is == (2, "dead")
    assert protocol.cuts["TD"].at == 205
    assert protocol.km.at == (24, 36.5)
    assert protocol.models["full"].zph == "rank"
    assert protocol.selection is not None
    assert protocol.selection.method == "aic-forward"
    assert protocol.time_varying == {"resection": "resection"}
    assert protocol.populations == {"PVT": {"pvt": (1,)}}
    assert protocol.causes == (("1", "progression"), ("2", "death"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (OUTCOME + 'enrty = "e"\n', r"\[outcome\] has no key enrty; did you mean entry"),
        (OUTCOME + "[kms]\n", "has no key kms; did you mean km"),
        (OUTCOME + '[models.a]\nterms = ["x"]\ntie = "efron"\n', r"\[models.a\] has no key tie; did you mean ties"),
        ('[outcome]\ntime = "os"\nevent = { colum = "s", is = [1] }\n', "did you mean column"),
        ('[outcome]\ntime = "os"\n', r"\[outcome\] must have event"),
        (OUTCOME + '[km]\nconf = "lg"\n', "km.conf"),
        (OUTCOME + "[km]\nlevel = 95\n", "km.level.*less than 1"),
        (OUTCOME + "[km]\nat = [-3]\n", "greater than 0"),
        (OUTCOME + '[subgroups]\nfactors = ["x"]\n', r"\[subgroups\] needs \[arms\]"),
        (OUTCOME + '[arms]\ncolumn = "arm"\ntreated = "A"\ncontrol = "A"\n', "two values, but both are 'A'"),
        (OUTCOME + "[univariable]\nterms = []\n", "at least 1"),
        ("[outcome\n", "must be TOML"),
        (OUTCOME + '[figures.one]\ntitle = "t"\n', "panels, or forest = true"),
        (OUTCOME + '[figures.one]\ntitle = "t"\nforest = true\n', r"no \[subgroups\]"),
        (
            OUTCOME + '[figures.one]\ntitle = "t"\npanels = [{ by = "arm" }]\nprinted = { x = [1] }\n',
            "printed says which ratios of a forest",
        ),
        (
            OUTCOME
            + '[arms]\ncolumn = "arm"\ntreated = "A"\ncontrol = "B"\n[subgroups]\nfactors = ["x"]\n'
            + '[figures.one]\ntitle = "t"\nforest = true\nprinted = { all = ["all"], y = [1] }\n',
            r"y is printed, which is not in \[subgroups\] factors",
        ),
        (OUTCOME + '[figures.one]\ntitle = "t"\npanels = [{ by = "arm" }]\n', r"arm, which is not in \[km\] by"),
        (
            OUTCOME + '[km]\nby = ["arm"]\n[figures.one]\ntitle = "t"\npanels = [{ by = "arm", of = "censored" }]\n',
            "draws censored, which the protocol does not ask for",
        ),
    ],
)
def test_what_the_grammar_does_not_know_is_refused(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match=words):
        read(tmp_path, text)


def test_figures_titles_label_and_table_one_are_what_they_say(tmp_path: Path) -> None:
    more = """
[study]
label = "simulated"
[titles]
arm = "randomised arm"
[baseline]
columns = ["age"]
[km]
by = ["arm"]
[figures.figure_1]
title = "Survival"
panels = [{ by = "arm", title = "All" }]
"""
    protocol = read(tmp_path, OUTCOME + more)
    assert protocol.label == "simulated"
    assert protocol.titles == {"arm": "randomised arm"}
    assert protocol.baseline == ("age",)
    assert protocol.figures == {"figure_1": FigureSpec("Survival", (CurvePanel("arm", title="All"),))}


def test_a_protocol_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="no such file"):
        read_protocol(tmp_path / "no.toml")


def test_models_may_ask_for_residuals_and_patients_and_doses_for_responses(tmp_path: Path) -> None:
    text = """
[km]
tau = 36
quantiles = [0.25]
trend = ["stage"]
[models.m]
terms = ["age"]
residuals = true
[models.m.predict.elder]
age = 75
[dose_response.tumour]
dose = "td"
response = { column = "mrecist", is = ["CR"] }
link = "probit"
"""
    protocol = read(tmp_path, OUTCOME + text)
    assert (protocol.km.tau, protocol.km.quantiles, protocol.km.trend) == (36, (0.25,), ("stage",))
    assert protocol.models["m"].residuals
    assert protocol.models["m"].predict == {"elder": {"age": 75}}
    asked = protocol.dose_response["tumour"]
    assert (asked.response, asked.response_is, asked.link, asked.shares) == ("mrecist", ("CR",), "probit", (0.5, 0.8))


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ('[dose_response.t]\ndose = "td"\nresponse = "cr"\nlnk = "probit"\n', "did you mean link"),
        ('[dose_response.t]\ndose = "td"\nresponse = { column = "cr", is = [1], of = 1 }\n', "no key of"),
        ('[models.m]\nterms = ["age"]\nresidual = true\n', "did you mean residuals"),
    ],
)
def test_a_slip_in_what_is_new_names_the_nearest_key(tmp_path: Path, text: str, near: str) -> None:
    with pytest.raises(IntakeError, match=near):
        read(tmp_path, OUTCOME + text)


def test_a_study_is_identified_by_registration_ethics_sponsor_and_data_cut(tmp_path: Path) -> None:
    text = 'registration = "NCT02582034"\nethics = "CPP 15/22"\nsponsor = "a hospital"\ndata_cut = 2024-03-31\n'
    protocol = read(tmp_path, f"[study]\n{text}{OUTCOME}")
    found = protocol.registration, protocol.ethics, protocol.sponsor, protocol.data_cut
    assert found == ("NCT02582034", "CPP 15/22", "a hospital", "2024-03-31")
    assert read(tmp_path, f'[study]\ndata_cut = "March 2024"\n{OUTCOME}').data_cut == "March 2024"
    with pytest.raises(IntakeError, match="did you mean registration"):
        read(tmp_path, f'[study]\nregistraton = "x"\n{OUTCOME}')


def test_levels_may_be_called_otherwise(tmp_path: Path) -> None:
    protocol = read(tmp_path, f'{OUTCOME}[labels.arm]\nPDA = "personalised"\n"1" = "one"\n')
    assert protocol.labels == {"arm": {"PDA": "personalised", "1": "one"}}
