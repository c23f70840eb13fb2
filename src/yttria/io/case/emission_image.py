"""The emission image of a case, and of each injection that names its own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np

from yttria.data import table
from yttria.io.case.case_context import CaseContext, choose, existing_path, grid_words
from yttria.io.case.case_file import Case, confirmed_of
from yttria.io.case.input_hashes import file_record, series_record
from yttria.io.dicom.isotope_correction import how_to_confirm
from yttria.io.dicom.nm import TOMO_KINDS, examine_spect, kind_of
from yttria.io.dicom.pt import examine_pt, examine_pt_counts, is_absolute, scan_start, unit_of
from yttria.io.dicom.scan import scan
from yttria.io.dicom.series import Series
from yttria.io.ground.negative_voxels import without_negative
from yttria.io.volumes.volume import is_volume, read_volume
from yttria.values.confirmation import Confirmation
from yttria.values.errors import Finding, IntakeError
from yttria.values.grid import Grid
from yttria.values.maps import ActivityMap, CountMap
from yttria.values.nuclide import Nuclide
from yttria.values.product import Product

Emission = CountMap | ActivityMap
PLANNED_ON = {
    "Tc-99m",
    "Y-90",
    "Ho-166",
}  # 99mTc-MAA, or the microspheres themselves


def emission_image(context: CaseContext) -> tuple[Emission, datetime | None]:
    """Return the emission image and when it was acquired."""
    where, pool = context.case.files.emission, context.scan.series
    if where is not None:
        path = existing_path(context, where, "emission")
        if is_volume(path):
            return _emission_file(context, path), None
        pool = scan(path).series
    named = context.named("emission")
    series = choose([s for s in pool if _could_emit(s)], named, role="emission")
    if series is None:
        raise IntakeError(
            f"expected an emission image (reconstructed SPECT or PET), found {_other_series(pool, named)}; add it or name it in [files]",
            code="emission-absent",
        )
    return _emission_series(context, series)


def injection_images(context: CaseContext) -> dict[str, tuple[Emission, datetime | None]]:
    """Return the image of each injection that names its own, and when it was acquired; one that several name is read once."""
    read: dict[str, tuple[Emission, datetime | None]] = {}
    results: dict[str, tuple[Emission, datetime | None]] = {}
    for injection in context.case.injections:
        if injection.emission is not None:
            if injection.emission not in read:
                read[injection.emission] = _own_image(context, injection.name, injection.emission)
            results[injection.name] = read[injection.emission]
    return results


def _own_image(context: CaseContext, name: str, word: str) -> tuple[Emission, datetime | None]:
    """Return the image that an injection names: a file, a folder, or a series by its description."""
    path = context.folder / word
    if path.exists() and is_volume(path):
        return _emission_file(context, path), None
    pool = scan(path).series if path.exists() else context.scan.series
    candidates = [s for s in pool if _could_emit(s)]
    named = set[str]() if path.exists() else {word.strip().lower()}
    series = choose(candidates, named, role="emission")
    if series is None:
        text = ", ".join(f'"{s.description}"' for s in candidates[:6]) or "none"
        raise IntakeError(
            f'[[injections]] "{name}" emission must name a file, a folder or a series of the case, but "{word}" is none of them; emission images here: {text}',
            code="injection-image",
        )
    return _emission_series(context, series)


def _emission_series(context: CaseContext, series: Series) -> tuple[Emission, datetime | None]:
    """Return a series as an emission image and when it was acquired."""
    series = context.phase_of(series)
    context.used.append(series)
    context.modality = series.modality
    emission, findings = _read_emission(series, confirmed_of(context.case), given_at=_given_at(context.case))
    emission = _with_statement(context.case, emission)
    context.findings += (*findings, *_audit_slices(emission.grid))
    context.inputs.append(series_record("emission", series, {"grid": grid_words(emission.grid), "unit": emission.UNIT}))
    acquired, findings = scan_start(series, what="the emission image")
    context.findings += findings if series.modality == "NM" else ()  # a PET reader says them itself
    return emission, acquired


def _could_emit(series: Series) -> bool:
    return series.modality == "PT" or (series.modality == "NM" and kind_of(series) in TOMO_KINDS)


def _other_series(pool: Sequence[Series], named: set[str]) -> str:
    """Return in words what is there instead of an emission image."""
    if named:
        return "only series that cannot be one under the names in [roles]"
    kinds = sorted({f"{s.modality} {kind_of(s)}".strip() if s.modality == "NM" else s.modality for s in pool})
    return ", ".join(kinds) or "no DICOM image"


def _given_at(case: Case) -> datetime | None:
    """Return when the case says that the activity, or the first of its injections, was given; None where it does not say."""
    stated = (case.given, *(injection.given for injection in case.injections))
    return next((given.at for given in stated if given is not None and given.at is not None), None)


def _read_emission(
    series: Series, confirmed: Confirmation | None, *, given_at: datetime | None
) -> tuple[Emission, tuple[Finding, ...]]:
    counts = unit_of(series) == "counts" and not is_absolute(series)
    if confirmed is not None and (series.modality == "NM" or counts):
        raise IntakeError(
            "[emission] acquired_as corrects a PET in Bq/mL, but the emission image is another; leave it out",
            code="isotope-statement-misplaced",
        )
    if series.modality == "NM":
        return examine_spect(series)
    return examine_pt_counts(series) if counts else examine_pt(series, confirmed, given_at=given_at)


def _with_statement(case: Case, emission: Emission) -> Emission:
    """Return the image with the nuclide that the case states where the header states none; refuse two that differ."""
    wanted = case.emission.nuclide if case.emission else None
    if wanted is None or wanted == (result := _nuclide_name(emission)):
        return emission
    if result or isinstance(emission, ActivityMap):
        raise IntakeError(
            f"[emission] nuclide must be what the image says, {result}, but is {wanted}; leave it out, or, where a PET scanner was set to another isotope, "
            f"confirm that:\n{how_to_confirm(result, wanted)}",
            code="nuclide-contradiction",
        )
    return replace(emission, nuclide=wanted)


def _nuclide_name(emission: Emission) -> str:
    return emission.nuclide.name if isinstance(emission, ActivityMap) else emission.nuclide


def _emission_file(context: CaseContext, path: Path) -> Emission:
    case_file = context.case.emission
    if case_file is None or case_file.unit is None:
        raise IntakeError(
            f'the numbers of {path.name} must have a unit, but [emission] unit is absent; add to case.toml:\n[emission]\nunit = "counts"   # or "Bq/mL"',
            code="unit-absent",
        )
    if confirmed_of(context.case) is not None:
        raise IntakeError(
            f"[emission] acquired_as needs the times of each slice, which {path.name} does not hold; give the DICOM, or a volume that is corrected already",
            code="slice-times-absent",
        )
    grid, stored = read_volume(path)
    array, negative = without_negative(stored, what="the emission image")
    context.findings += negative
    context.inputs.append(file_record("emission", path, {"grid": grid_words(grid), "unit": case_file.unit}))
    context.findings += _audit_slices(grid)
    if case_file.unit == "counts":
        return CountMap(grid, array, case_file.nuclide or "")
    nuclide = (
        Nuclide.named(case_file.nuclide) if case_file.nuclide else Product.named(context.case.product.name).nuclide
    )
    return ActivityMap(grid, array, nuclide)


def _audit_slices(grid: Grid) -> tuple[Finding, ...]:
    """Return a warning where an image is one slice: a part of a liver has no mean dose of the liver."""
    if min(grid.shape_zyx) > 1:
        return ()
    thick = grid.spacing_zyx_mm[int(np.argmin(grid.shape_zyx))]
    message = (
        f"the emission image is one slice of {thick:g} mm: what lies beside it enters no number; give the whole stack"
    )
    return (Finding("warning", "one-slice", message, {"thick": thick}),)


def audit_nuclide(context: CaseContext, emission: Emission, product: Product, calibration: str) -> None:
    """Doubt an image of a nuclide that no plan stands on, or Bq/mL of another than the product's; refuse those of a PET tracer.

    90Y is often scanned as 18F: branching and half-life of the wrong isotope then stand in every number.
    """
    image, wanted = _nuclide_name(emission), product.nuclide.name
    if image in {"", wanted} or (isinstance(emission, CountMap) and image in PLANNED_ON):
        return
    if isinstance(emission, CountMap):
        message = f"the emission image is of {image}, but a plan stands on 99mTc (MAA) or on microspheres (90Y, 166Ho); make sure that it shows where microspheres will lodge"
        context.findings.append(Finding("warning", "emission-nuclide", message))
        return
    message = f"the image is of {image}, the product's nuclide is {wanted}; absolute doses are those of {image}"
    if image in table("pet_tracers") and image not in PLANNED_ON:
        why = "a scanner set to another isotope misstates activity by branching and half-life"
        confirm = f"where {wanted} was imaged, confirm it in case.toml:\n{how_to_confirm(image, wanted)}"
        if calibration == "absolute":
            raise IntakeError(
                f"an image for absolute calibration must be of {wanted}, but its header says {image}: {why}; {confirm}",
                code="nuclide-contradiction",
            )
        message = f"the header says {image}, the product's nuclide is {wanted}: {why}, and bed positions against each other; {confirm}"
    context.findings.append(Finding("warning", "nuclide-differs", message))
