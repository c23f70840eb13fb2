"""`case.toml`: what a case says that its images do not. Strict: an unknown key is refused with the nearest known one."""

import difflib
import os
import re
from collections.abc import Mapping
from datetime import datetime, time
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from yttria.contract.site import SiteFile
from yttria.io.case.limit_words import limits_in
from yttria.io.case.site_options import with_site
from yttria.io.ground.regular_files import leaves_folder
from yttria.io.ground.toml_text import read_toml
from yttria.io.ground.zip_archive import is_archive, unpacked
from yttria.values.confirmation import Confirmation
from yttria.values.errors import IntakeError, require_not_negative, require_positive, require_share
from yttria.values.patient import ClinicalFacts, PlanningOptions
from yttria.values.product import Product
from yttria.values.treatment import Administration
from yttria.values.units import BQ_PER_GBQ, G_PER_KG, Bq, Gram, Gy, Share

INJECTIONS = "[[injections]]"
LONGEST_NAME = 255
"""Bytes of a name of a file on common disks."""
NAME = "case.toml"
Number = Annotated[float, Field(allow_inf_nan=False)]
PhaseNumber = Annotated[int, Field(ge=1)]
Names = str | list[str]
NUMBERED = "tumour-N"  # alias of FilesSection.numbered: how tumour-1, tumour-2 … are called where keys are listed
DERIVED = "normal-"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class CaseSection(_Strict):
    """Where the DICOM lies, relative to the file; a name for the case; days its studies may lie apart; whether the perfused volume was looked at."""

    path: str = "."
    name: str | None = None
    days_apart: Annotated[int, Field(ge=0)] | None = None
    perfused_confirmed: bool | None = None


class EmissionSection(_Strict):
    """What the numbers of an emission image mean: the unit of a file; what a PET scanner was set to, and who confirmed it."""

    unit: Literal["counts", "Bq/mL"] | None = None
    nuclide: str | None = None
    acquired_as: str | None = None
    by: str | None = Field(default=None, min_length=1)
    positron_fraction: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] | None = None
    decay: Literal["stated", "computed"] | None = None


class FilesSection(_Strict):
    """Volumes that are not in the DICOM, by role."""

    liver: str | None = None
    perfused: Names | None = None
    tumour: Names | dict[str, str] | None = None
    numbered: dict[str, str] = Field(default_factory=dict, alias="tumour-N")
    lungs: Names | None = None
    necrosis: Names | None = None
    thrombus: Names | None = None
    body: str | None = None
    ct: str | None = None
    emission: str | None = None
    planar: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _tumours_by_number(cls, section: Any) -> Any:
        """Gather tumour-1, tumour-2 … under one key."""
        if not isinstance(section, dict):
            return section
        numbered = {k: v for k, v in section.items() if re.fullmatch(r"tumou?r-\d+", str(k))}
        rest = {k: v for k, v in section.items() if k not in numbered}
        return rest | {NUMBERED: numbered} if numbered else rest

    def as_written(self) -> dict[str, Any]:
        """Return what the case says, key by key as it says it."""
        section = self.model_dump(exclude_none=True, exclude={"numbered"})
        return section | self.numbered


class FramesSection(_Strict):
    """What a person states of frames of reference that no file joins, and who stated it."""

    by: str = Field(min_length=1)
    same: bool = False
    unstated: Literal["ct", "emission"] | None = None


class PatientSection(_Strict):
    """The patient beyond images; that files of several patient IDs are of one person, and who stated it."""

    same: bool = False
    by: str | None = Field(default=None, min_length=1)
    height_cm: Number | None = None
    weight_kg: Number | None = None
    bilirubin_mg_dl: Number | None = None
    child_pugh: str | None = Field(default=None, pattern=r"^(A[56]|B[789]|C1[0-5])$")
    disease: str | None = None
    scenario: Literal["segmentectomy", "lobectomy", "unilobar", "bilobar"] | None = None
    previous_lung_dose_gy: Number | None = None
    digestive_shunt: bool | None = None
    earlier_radioembolisation: bool | None = None
    earlier_normal_liver_dose_gy: Number | None = None
    earlier_perfused_normal_dose_gy: Number | None = None
    earlier_product: Literal["glass", "resin", "holmium"] | None = None
    earlier_external_beam: bool | None = None
    ascites: bool | None = None
    encephalopathy: bool | None = None
    cirrhosis: bool | None = None
    bilirubin_reversible: bool | None = None
    main_portal_vein_invasion: bool | None = None
    inr: Number | None = None
    gfr: Number | None = None
    platelets: Number | None = None


class ProductSection(_Strict):
    """The microspheres."""

    name: str = "glass"


class ShuntSection(_Strict):
    """A lung shunt that is already known."""

    fraction: Number | None = None
    method: Literal["planar", "spect", "given"] | None = None


class LungsSection(_Strict):
    """A lung mass that is already known."""

    mass_kg: Number | None = None


class DoseSection(_Strict):
    """How dose is computed."""

    k: Number | None = None
    method: Literal["local"] = "local"
    calibration: Literal["relative", "absolute"] | None = None


class AimsSection(_Strict):
    """Aims of the site."""

    tumour_gy: Number | None = None
    wished_gy: Number | None = None
    perfused_gy: Number | None = None
    perfused_only_gy: Number | None = None


def _instant(text: object) -> object:
    """Return an instant that stands in quotes as the instant that it says."""
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else text
    except ValueError:
        return text


class GivenSection(_Strict):
    """An activity that is already decided."""

    activity_gbq: Number
    at: Annotated[datetime | None, BeforeValidator(_instant)] = None


def _session(value: object) -> object:
    """Return the name of a session that is written as a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class InjectionSection(_Strict):
    """One of several injections: what it treats, what shows it, what is decided of it."""

    name: str = Field(min_length=1)
    perfused: Annotated[Names | None, Field(min_length=1)] = None
    emission: Annotated[str | None, Field(min_length=1)] = None
    session: Annotated[str, Field(min_length=1), BeforeValidator(_session)] = "1"
    shunt_fraction: Number | None = None
    given: GivenSection | None = None
    least_gbq: Number | None = None


class Case(_Strict):
    """A whole case file; everything is optional."""

    case: CaseSection = CaseSection()
    roles: dict[str, Names] = Field(default_factory=dict)
    files: FilesSection = FilesSection()
    emission: EmissionSection | None = None
    frames: FramesSection | None = None
    patient: PatientSection = PatientSection()
    product: ProductSection = ProductSection()
    shunt: ShuntSection = ShuntSection()
    lungs: LungsSection = LungsSection()
    dose: DoseSection = DoseSection()
    aims: AimsSection = AimsSection()
    limits: dict[str, float | str] = Field(default_factory=dict)
    site: SiteFile = SiteFile()
    phases: dict[str, PhaseNumber | str | time | datetime] = Field(default_factory=dict)
    given: GivenSection | None = None
    injections: list[InjectionSection] = Field(default_factory=list)


def read_case(path: Path) -> tuple[Case, Path]:
    """Read a `case.toml` (or the one in a folder or a ZIP, or none), and return it with the folder that its paths start from.

    Raises
    ------
    IntakeError
        Nothing there; not TOML; an unknown key, a wrong type or a value outside its words.
    """
    if not path.exists():
        raise IntakeError(
            f"expected a folder or a case.toml, found nothing at {path.name}; check the path", code="case-absent"
        )
    if packed := is_archive(path):
        path = unpacked(path)
    folder = path if path.is_dir() else path.parent
    file = case_file_in(path) if path.is_dir() else path
    if file is None:
        return Case(), folder
    if file.suffix.lower() != ".toml":
        raise IntakeError(
            f"expected a folder or a case.toml, found {file.name}; name the folder that holds it", code="case-file-kind"
        )
    try:
        case = Case.model_validate(read_toml(file))
    except ValidationError as error:
        raise IntakeError(f"{file.name}: {_first_fault(error)}", code="case-file-value") from error
    _require_path_names(case)
    if packed:
        _require_inside(case, folder)
    return case, folder


def case_paths(case: Path) -> tuple[Path, ...]:
    """Return every file and folder that a case is read from: its folder, file or ZIP, and what the case file names.

    Raises
    ------
    IntakeError
        As `read_case`.
    """
    if is_archive(case):
        return (case,)
    parsed, folder = read_case(case)
    named = (path.partition("#")[0] for paths in _paths_by_key(parsed).values() for path in paths)
    return (case, *(folder / path for path in named))


def case_file_in(folder: Path) -> Path | None:
    """Return the case file of a folder, in capitals or not (CASE.TOML, as some disks write it); None where there is none.

    Raises
    ------
    IntakeError
        Several files of that name, or a folder that cannot be listed.
    """
    try:
        results = sorted(p for p in folder.iterdir() if p.name.lower() == NAME)
    except OSError as error:
        raise IntakeError(
            f"the folder of a case must be readable, but {error.strerror}; check its permissions",
            code="folder-unreadable",
        ) from error
    if len(results) > 1:
        text = ", ".join(p.name for p in results)
        raise IntakeError(
            f"a case must have one {NAME}, but {len(results)} lie there ({text}); keep one",
            code="case-file-duplicate",
            values={"case_files": len(results)},
        )
    return results[0] if results else None


def names_in(names: Names | None) -> tuple[str, ...]:
    """Return one name or several as a tuple."""
    return () if names is None else (names,) if isinstance(names, str) else tuple(names)


def _require_path_names(case: Case) -> None:
    """Refuse what no system takes for the name of a file."""
    for where, paths in _paths_by_key(case).items():
        for path in paths:
            longest = max(len(os.fsencode(part)) for part in path.replace("\\", "/").split("/"))
            if "\0" in path or longest > LONGEST_NAME:
                raise IntakeError(
                    f"{where} must be a path, but holds {'a NUL character' if chr(0) in path else f'a name of {longest} bytes'}; correct it",
                    code="case-file-value",
                )


def _require_inside(case: Case, folder: Path) -> None:
    """Refuse a case file of a ZIP that names what does not lie in the ZIP; of an injection, what is a name of a structure or series may be anything."""
    for where, paths in _paths_by_key(case).items():
        for path in paths:
            if leaves_folder(path) and (not where.startswith(INJECTIONS) or (folder / path.partition("#")[0]).exists()):
                raise IntakeError(
                    f"{where} of a {NAME} in a ZIP must name a file of that ZIP, but its path leads outside; unpack the ZIP, or pack the file too",
                    code="archive-path-outside",
                )


def _paths_by_key(case: Case) -> dict[str, list[str]]:
    """Return the paths that a case names, as they are written, by the key that names them."""
    named = {"[case] path": [case.case.path]}
    for key, paths in case.files.as_written().items():
        named[f"[files] {key}"] = (
            [paths] if isinstance(paths, str) else list(paths.values() if isinstance(paths, dict) else paths)
        )
    for injection in case.injections:
        words = (*names_in(injection.perfused), *names_in(injection.emission))
        named[f'{INJECTIONS} "{injection.name}"'] = list(words)
    return named


def _first_fault(error: ValidationError) -> str:
    """Return the first fault of a case file in words: where, expected, found, what to do."""
    fault = next((e for e in error.errors() if e["type"] == "extra_forbidden"), error.errors()[0])
    *section, key = [str(part) for part in fault["loc"]]
    if section[:1] == ["injections"]:
        key = next((part for part in [*section[2:], key] if not part.isdigit()), key)
    elif len(section) > 1 and fault["type"] != "extra_forbidden":
        key = section[1]  # what follows names one of several types that a value may have
    where = f"{_heading(section)} {key}" if section else f"[{key}]"
    if fault["type"] == "extra_forbidden":
        if key.startswith(DERIVED):
            return f"{where} is not known: it is derived from liver, perfused and tumours; leave it out"
        known = list(_keys_of(section[0]) if section else Case.model_fields)
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
        return f"{where} is not known; {hint}"
    if fault["type"] == "missing":
        return f"{where} is missing; add it"
    if fault["type"] == "string_pattern_mismatch" and key == "child_pugh":
        return f"{where} must be the class with its points, A5 to A6, B7 to B9 or C10 to C15, but is {fault['input']!r}; correct it"
    value = fault["input"] if isinstance(fault["input"], str | int | float | bool) else type(fault["input"]).__name__
    return f"{where}: {fault['msg'].lower()}, but is {value!r}; correct it"


def _heading(section: list[str]) -> str:
    """Return a section as the file writes it; of several injections which one, counted from 1."""
    if section[0] != "injections":
        return f"[{section[0]}]"
    return f"[[injections]] {int(section[1]) + 1}" if len(section) > 1 else "[[injections]]"


def _keys_of(section: str) -> Mapping[str, Any]:
    kind = Case.model_fields[section].annotation if section in Case.model_fields else None
    for candidate in (kind, *getattr(kind, "__args__", ())):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return {field.alias or name: field for name, field in candidate.model_fields.items()}
    return {}


def confirmed_of(case: Case) -> Confirmation | None:
    """Return what the case confirms of a PET acquired as another isotope; None where it says nothing of it.

    Raises
    ------
    IntakeError
        A confirmation without what was imaged or without who confirmed it; details of a confirmation that is absent.
    """
    section = case.emission
    if section is None or section.acquired_as is None:
        if section is not None and (section.positron_fraction is not None or section.decay is not None):
            raise IntakeError(
                "[emission] positron_fraction and decay belong to acquired_as, which is absent; say what the scanner was set to, or leave them out",
                code="isotope-statement-incomplete",
            )
        return None
    if section.nuclide is None or section.by is None:
        raise IntakeError(
            f"[emission] acquired_as needs {'nuclide, what was really imaged' if section.nuclide is None else 'by, who confirmed it'}, but it is absent; add it",
            code="isotope-statement-incomplete",
        )
    return Confirmation(section.nuclide, section.acquired_as, section.by, section.positron_fraction, section.decay)


def same_patient_by(case: Case) -> str | None:
    """Return who states that all files of the case are of one patient; None where nobody does.

    Raises
    ------
    IntakeError
        A statement without its author, or an author without a statement.
    """
    section = case.patient
    if section.same != (section.by is not None):
        lacks = "by, who states that the files are of one patient" if section.same else "same = true, what by states"
        raise IntakeError(f"[patient] needs {lacks}, but it is absent; add it", code="patient-statement-incomplete")
    return section.by


def facts_of(case: Case) -> ClinicalFacts:
    """Return what the case says of the patient, refusing numbers that cannot be.

    Raises
    ------
    QuantityError
        A height, weight, INR, GFR or platelet count of zero or below, a negative bilirubin or earlier dose.
    """
    patient = case.patient
    for name, value in (
        ("height (cm)", patient.height_cm),
        ("weight (kg)", patient.weight_kg),
        ("inr", patient.inr),
        ("gfr (mL/min/1.73 m2)", patient.gfr),
        ("platelets (1e9/L)", patient.platelets),
    ):
        if value is not None:
            require_positive(value, what=f"[patient] {name}")
    for name, value in (
        ("bilirubin (mg/dL)", patient.bilirubin_mg_dl),
        ("previous lung dose (Gy)", patient.previous_lung_dose_gy),
        ("earlier_normal_liver_dose_gy", patient.earlier_normal_liver_dose_gy),
        ("earlier_perfused_normal_dose_gy", patient.earlier_perfused_normal_dose_gy),
    ):
        if value is not None:
            require_not_negative(value, what=f"[patient] {name}")
    return ClinicalFacts(
        height_cm=patient.height_cm,
        weight_kg=patient.weight_kg,
        bilirubin_mg_dl=patient.bilirubin_mg_dl,
        child_pugh=patient.child_pugh,
        disease=patient.disease,
        scenario=patient.scenario,
        previous_lung_dose_gy=patient.previous_lung_dose_gy,
        digestive_shunt=patient.digestive_shunt,
        earlier_radioembolisation=patient.earlier_radioembolisation,
        earlier_normal_liver_dose_gy=patient.earlier_normal_liver_dose_gy,
        earlier_perfused_normal_dose_gy=patient.earlier_perfused_normal_dose_gy,
        earlier_product=patient.earlier_product,
        earlier_external_beam=patient.earlier_external_beam,
        ascites=patient.ascites,
        encephalopathy=patient.encephalopathy,
        cirrhosis=patient.cirrhosis,
        bilirubin_reversible=patient.bilirubin_reversible,
        main_portal_vein_invasion=patient.main_portal_vein_invasion,
        inr=patient.inr,
        gfr=patient.gfr,
        platelets=patient.platelets,
        perfused_confirmed=case.case.perfused_confirmed,
    )


def choices_of(case: Case, *, calibration: str) -> PlanningOptions:
    """Return what the case decides, with the house's defaults; `calibration` is used where the case does not choose one.

    Raises
    ------
    QuantityError
        A percentage for a fraction, a mass, dose constant, aim or limit that is not above zero.
    """
    product = Product.named(case.product.name)
    nuclide = product.nuclide if case.dose.k is None else product.nuclide.with_dose_constant(case.dose.k)
    fraction, mass_kg = case.shunt.fraction, case.lungs.mass_kg
    aims = {k: Gy(require_positive(v, what=f"[aims] {k}")) for k, v in case.aims.model_dump().items() if v is not None}
    limits, sources = limits_in(case.limits)
    options = PlanningOptions(
        product=product,
        nuclide=nuclide,
        method=case.dose.method,
        calibration=case.dose.calibration or calibration,
        shunt_fraction=None if fraction is None else Share(require_share(fraction, what="[shunt] fraction")),
        shunt_method=case.shunt.method,
        lung_mass_g=None if mass_kg is None else Gram(require_positive(mass_kg, what="[lungs] mass_kg") * G_PER_KG),
        aims_gy=aims,
        limits_gy=limits,
        limit_sources=sources,
        given=None if case.given is None else administration_of(case.given, what="[given]"),
    )
    return with_site(options, case.site)


def administration_of(given: GivenSection, *, what: str) -> Administration:
    """Return an activity that is decided, refusing an instant without its zone.

    Raises
    ------
    IntakeError, QuantityError
        Says where in the case it stands.
    """
    if given.at is not None and given.at.tzinfo is None:
        raise IntakeError(
            f"{what} at must carry its time zone, but is {given.at.isoformat()}; write it as 2026-11-30T14:00:00+01:00",
            code="instant-time-zone",
        )
    activity = require_positive(given.activity_gbq, what=f"{what} activity_gbq")
    return Administration(Bq(activity * BQ_PER_GBQ), given.at)
