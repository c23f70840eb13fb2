"""io.case: what a case file may say, and how it is told when it says something else."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from yttria.io.case.case_file import FilesSection, case_paths, choices_of, facts_of, read_case, same_patient_by
from yttria.values.errors import IntakeError, QuantityError, YttriaError

FULL = """
[case]
path = "dicom"
[roles]
"GTV 1" = "tumour"
"Lobe" = ["perfused", "liver"]
[files]
liver = "masks/liver"
tumour = { "lesion A" = "a.nrrd", "lesion B" = "b.nrrd" }
emission = "spect.nii.gz"
[emission]
unit = "counts"
[patient]
height_cm = 170
weight_kg = 70.5
bilirubin_mg_dl = 1.1
child_pugh = "A5"
disease = "HCC"
scenario = "lobectomy"
digestive_shunt = false
[product]
name = "resin"
[shunt]
fraction = 0.04
method = "planar"
[lungs]
mass_kg = 1.0
[dose]
k = 50
calibration = "relative"
[aims]
tumour_gy = 205
[limits]
lung_gy = 25
lung_source = "site rule 7"
normal_perfused_gy = 70
[given]
activity_gbq = 2.5
at = 2026-11-30T14:00:00+01:00
"""


def _write(folder: Path, text: str) -> Path:
    (folder / "case.toml").write_text(text, encoding="utf-8")
    return folder / "case.toml"


def _read_all(path: Path) -> None:
    case, _ = read_case(path)
    choices_of(case, calibration="relative")
    facts_of(case)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("same = true", r"\[patient\] needs by, who states that the files are of one patient, but it is absent"),
        ('by = "x"', r"\[patient\] needs same = true, what by states, but it is absent"),
    ],
)
def test_a_statement_of_one_patient_needs_its_author(tmp_path: Path, words: str, says: str) -> None:
    case, _ = read_case(_write(tmp_path, f"[patient]\n{words}\n"))
    with pytest.raises(IntakeError, match=says):
        same_patient_by(case)
    case, _ = read_case(_write(tmp_path, '[patient]\nsame = true\nby = "x"\n'))
    assert same_patient_by(case) == "x"


@pytest.mark.parametrize("value", ["0", "-1", "true", "1.5", "[1]"])
def test_a_phase_is_a_number_from_1_or_a_time(tmp_path: Path, value: str) -> None:
    with pytest.raises(IntakeError, match=r"case.toml: \[phases\] ct: "):
        read_case(_write(tmp_path, f"[phases]\nct = {value}\n"))


def test_everything_that_the_contract_names_is_read_and_turned_to_inner_units(tmp_path: Path) -> None:
    case, folder = read_case(_write(tmp_path, FULL))
    choices, facts = choices_of(case, calibration="absolute"), facts_of(case)
    assert folder == tmp_path
    assert (choices.product.key, choices.shunt_fraction, choices.shunt_method) == ("resin", 0.04, "planar")
    assert (choices.lung_mass_g, choices.calibration, choices.nuclide.dose_constant_gy_kg_per_gbq) == (
        1000.0,
        "relative",
        50.0,
    )
    assert choices.limits_gy == {"lung": 25.0, "normal_perfused": 70.0}
    assert choices.limit_sources == {"lung": "site rule 7"}
    assert choices.given is not None
    assert choices.given.activity_bq == 2.5e9
    assert choices.given.at == datetime(2026, 11, 30, 14, tzinfo=timezone(timedelta(hours=1)))
    assert (facts.height_cm, facts.scenario, facts.digestive_shunt, facts.previous_lung_dose_gy) == (
        170,
        "lobectomy",
        False,
        None,
    )


def test_a_folder_without_a_case_file_is_a_case_of_defaults(tmp_path: Path) -> None:
    case, folder = read_case(tmp_path)
    assert folder == tmp_path
    assert choices_of(case, calibration="relative").product.key == "glass"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[pateint]\nheight_cm = 1", r"\[pateint\] is not known; did you mean patient\?"),
        ("[shunt]\nfracton = 0.04", r"\[shunt\] fracton is not known; did you mean fraction\?"),
        ("[files]\nspleen = 'x'", r"\[files\] spleen is not known; did you mean"),
        ("[emission]\nunit = 'kBq'", r"\[emission\] unit: .*but is 'kBq'"),
        ("[emission]\nunits = 'counts'", r"\[emission\] units is not known; did you mean unit\?"),
        ("[patient]\nheight_cm = '170'", r"\[patient\] height_cm: .*number, but is '170'"),
        (
            "[patient]\nchild_pugh = 'A9'",
            r"\[patient\] child_pugh must be the class with its points, A5 to A6, .*but is 'A9'",
        ),
        ("[patient]\nscenario = 'lobar'", "but is 'lobar'"),
        ("[product]\nname = 'gold'", "product must be one of glass, resin, holmium, but is gold"),
        (
            "[shunt]\nfraction = 5",
            r"\[shunt\] fraction must be a fraction from 0 to 1, but is 5; if 5 per cent is meant, write 0.05",
        ),
        ("[shunt]\nfraction = nan", r"\[shunt\] fraction: .*finite"),
        ("[lungs]\nmass_kg = 0", r"\[lungs\] mass_kg must be a number above zero"),
        ("[dose]\nk = -50", "dose constant"),
        ("[dose]\nmethod = 'magic'", "but is 'magic'"),
        ("[aims]\ntumour_gy = 0", r"\[aims\] tumour_gy must be a number above zero"),
        ("[limits]\nlung = 30", "NAME_gy = number"),
        ("[given]\nat = 2026-11-30T14:00:00+01:00", r"\[given\] activity_gbq is missing"),
        ("[given]\nactivity_gbq = 2\nat = 2026-11-30T14:00:00", "must carry its time zone"),
        ("[patient]\nweight_kg = 0", r"\[patient\] weight \(kg\) must be a number above zero"),
        ("[patient]\nbilirubin_mg_dl = -1", "must be zero or more"),
        ("[case\n", "case.toml must be TOML"),
    ],
)
def test_what_a_case_file_may_not_say_is_refused_with_the_place_and_the_way_out(
    tmp_path: Path, text: str, says: str
) -> None:
    path = _write(tmp_path, text)
    with pytest.raises(YttriaError, match=says):
        _read_all(path)


def test_another_file_than_a_case_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.dcm").write_bytes(b"")
    with pytest.raises(IntakeError, match=r"expected a folder or a case.toml, found x.dcm"):
        read_case(tmp_path / "x.dcm")
    with pytest.raises(IntakeError, match="found nothing at nowhere"):
        read_case(tmp_path / "nowhere")


def test_an_unknown_limit_is_not_silently_dropped(tmp_path: Path) -> None:
    case, _ = read_case(_write(tmp_path, "[limits]\nlungs = 'thirty'"))
    with pytest.raises(QuantityError, match="but has lungs = 'thirty'"):
        choices_of(case, calibration="relative")


def test_files_are_said_again_as_they_were_written() -> None:
    said = {"liver": "a.nii", "tumour-2": "b.nii", "lungs": ["c.nii", "d.nii"]}
    assert FilesSection.model_validate(said).as_written() == said


@pytest.mark.parametrize("name", ["CASE.TOML", "Case.toml", "case.toml"])
def test_a_case_file_in_capitals_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("[shunt]\nfraction = 0.123\n")
    assert read_case(tmp_path)[0].shunt.fraction == 0.123


def test_two_case_files_in_one_folder_are_refused(tmp_path: Path) -> None:
    for name in ("CASE.TOML", "case.toml"):
        (tmp_path / name).write_text("")
    with pytest.raises(IntakeError, match=r"must have one case.toml, but 2 lie there"):
        read_case(tmp_path)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('[files]\nliver = "a\\u0000b"', r"\[files\] liver must be a path, but holds a NUL character"),
        (f'[case]\npath = "x/{"é" * 128}/y"', r"\[case\] path must be a path, but holds a name of 256 bytes"),
        ('[[injections]]\nname = "r"\nemission = "a\\u0000b"', r'\[\[injections\]\] "r" must be a path'),
    ],
)
def test_what_no_system_takes_for_a_name_of_a_file_is_refused(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(IntakeError, match=words):
        read_case(_write(tmp_path, line))


def test_a_name_of_255_bytes_is_one(tmp_path: Path) -> None:
    assert read_case(_write(tmp_path, f'[case]\npath = "{"x" * 255}"'))[0].case.path == "x" * 255


def test_what_an_injection_names_is_an_input_that_is_never_written_over(tmp_path: Path) -> None:
    place = tmp_path / "case"
    place.mkdir()
    (place / "case.toml").write_text(
        '[[injections]]\nname = "r"\nemission = "../spect"\nperfused = ["../right.nii#1"]\n'
    )
    assert {place / "../spect", place / "../right.nii"} <= set(case_paths(place))
