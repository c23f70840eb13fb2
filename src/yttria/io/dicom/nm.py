"""Nuclear medicine: reconstructed tomograms as counts on a grid, planar scans as conjugate views, read and written.

Geometry stands in the detectors' sequence; slices may be stacked against the normal (a negative distance).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset

from yttria.io.dicom.dataset import open_dataset, open_pixels, well_formed
from yttria.io.dicom.geometry import Stack, directions, frame_stack, pixel_spacing, same_numbers
from yttria.io.dicom.header import Header, floats
from yttria.io.dicom.nm_writer import write_planar, write_tomo
from yttria.io.dicom.planar_views import SIDES, View, views_of
from yttria.io.dicom.radiopharmaceutical import nuclide_name, nuclide_of
from yttria.io.dicom.real_world_values import SAME_SCALE, ActivityScale, activity_scale, bq_per_ml_of
from yttria.io.dicom.series import Series
from yttria.io.ground.negative_voxels import without_negative
from yttria.values.errors import Finding, GeometryError, IntakeError
from yttria.values.maps import ActivityMap, CountMap
from yttria.values.planar import PlanarScan

__all__ = [
    "PLANAR_KINDS",
    "REFUSED_KINDS",
    "TOMO_KINDS",
    "audit_attenuation",
    "audit_scale",
    "becquerel_scale",
    "examine_planar",
    "examine_spect",
    "examine_tomo",
    "kind_of",
    "neighbouring_views",
    "pair_of",
    "read_planar",
    "read_tomo",
    "rescale",
    "write_planar",
    "write_tomo",
]

COUNT_UNITS = {"", "CNTS", "CPS", "PROPCNTS", "PROPCPS", "NONE", "1"}  # Units that are counts, up to a factor
# What an NM image is, by the third word of ImageType, and why some kinds play no part.
HIGHEST_KEV = 10_000.0  # above all gamma rays that are imaged: a limit beyond it is no number of keV
PLANAR_KINDS = {"STATIC", "WHOLE BODY"}
TOMO_KINDS = {"RECON TOMO"}
TRANSMISSION = "TRANSMISSION"
REFUSED_KINDS = {
    "TOMO": "projections that are not reconstructed; reconstruct them on the camera's workstation",
    "GATED TOMO": "gated projections that are not reconstructed; send the ungated reconstruction",
    "RECON GATED TOMO": "a gated reconstruction; send the ungated one",
    "GATED": "a gated planar study; send a static or whole-body scan",
    "DYNAMIC": "a dynamic study; send a static or whole-body scan",
    TRANSMISSION: "a transmission image, which shows the camera's source and not the patient's; choose the emission image",
}


def kind_of(series: Series) -> str:
    """Return what an NM image is: STATIC, WHOLE BODY, RECON TOMO …, TRANSMISSION of any kind; empty where ImageType does not say.

    Source
    ------
    DICOM PS3.3 C.8.4.9 (NM Image module): value 3 of Image Type is the kind, value 4 EMISSION or TRANSMISSION.
    """
    words = [w.strip().upper() for w in series.first.text("ImageType").split("\\")]
    if TRANSMISSION in words[3:]:
        return TRANSMISSION
    return words[2] if len(words) > 2 else ""


def read_tomo(series: Series) -> CountMap:
    """Read a reconstructed tomogram as counts on its own grid.

    Raises
    ------
    IntakeError
        Projections, gated or planar data, several energy windows, pixels that cannot be read.
    GeometryError
        Position, orientation or slice distance are nowhere.
    """
    return examine_tomo(series)[0]


@well_formed("the SPECT")
def examine_tomo(series: Series) -> tuple[CountMap, tuple[Finding, ...]]:
    """Read a reconstructed tomogram as counts, together with the findings that it raises."""
    what = "the SPECT"
    dataset, stack = _tomogram(series, what=what)
    scale = ActivityScale(*rescale(dataset, what=what))
    counts, negative = _values(dataset, series, stack, scale, what=what)
    nuclide = nuclide_name(dataset)
    unnamed = (
        ()
        if nuclide
        else (Finding("note", "nuclide-unstated", f"{what}: its header does not say which nuclide was imaged"),)
    )
    findings = (*stack.findings, *audit_scale(dataset, scale, what=what), *audit_attenuation(series, what=what))
    return CountMap(stack.grid, counts, nuclide=nuclide), (*findings, *unnamed, *negative)


def audit_scale(dataset: Dataset, scale: ActivityScale, *, what: str) -> tuple[Finding, ...]:
    """Return the findings about the rescale of counts or Bq/mL: an offset, which no camera writes; a slope and an intercept of zero."""
    findings: list[Finding] = []
    if scale.intercept:
        message = f"{what}: RescaleIntercept is {scale.intercept:g}; counts with an offset are not proportional to activity, make sure of the export"
        findings.append(Finding("warning", "offset", message, {"intercept": scale.intercept}))
    if not scale.mappings and _is_empty_rescale(dataset):
        message = f"{what}: RescaleSlope and RescaleIntercept are both 0, which would leave nothing; the stored numbers are taken as counts"
        findings.append(Finding("warning", "slope-zero", message))
    return tuple(findings)


def audit_attenuation(series: Series, *, what: str) -> tuple[Finding, ...]:
    """Return the finding that a tomogram raises which is not corrected for attenuation, or does not say so.

    Source
    ------
    DICOM PS3.3 C.8.4.9 (NM Image module), Corrected Image: ATTN.
    """
    done = {word.strip().upper() for word in series.first.text("CorrectedImage").split("\\")} - {""}
    if "ATTN" in done:
        return ()
    how = (
        "does not list attenuation" if done else "is absent, so that it does not say whether attenuation was corrected"
    )
    message = (
        f"{what}: CorrectedImage {how}; without that correction counts deep in the body are too few against those near its surface "
        "(liver against lungs, tumour against tumour), make sure of the reconstruction"
    )
    return (Finding("warning", "attenuation-doubtful", message),)


@well_formed("the SPECT")
def examine_spect(series: Series) -> tuple[CountMap | ActivityMap, tuple[Finding, ...]]:
    """Read a reconstructed tomogram in Bq/mL where its header proves that, else as counts; with the findings that it raises."""
    what = "the SPECT"
    dataset, stack = _tomogram(series, what=what)
    scale = becquerel_scale(dataset, what=what)
    if scale is None:
        return examine_tomo(series)
    nuclide, findings = nuclide_of(dataset, what=what)
    reference = series.first.instant("Acquisition")
    decay = Finding(
        "warning",
        "decay-unstated",
        f"{what}: Bq/mL, but nuclear medicine images do not state their decay correction; the values are taken to hold at the acquisition",
    )
    values, negative = _values(dataset, series, stack, scale, what=what)
    result = (*stack.findings, *audit_scale(dataset, scale, what=what), *audit_attenuation(series, what=what))
    return ActivityMap(stack.grid, values, nuclide, reference), (*result, *findings, decay, *negative)


def becquerel_scale(dataset: Dataset, *, what: str) -> ActivityScale | None:
    """Return the scale from stored numbers to Bq/mL where the header proves it: a real-world value mapping, or Units of activity.

    Raises
    ------
    IntakeError
        Two scales to activity; a mapping or Units that are neither activity per volume nor counts.
    """
    mapped = activity_scale(dataset.get("RealWorldValueMappingSequence") or [], what=what)
    units = str(dataset.get("Units") or "").strip()
    factor = bq_per_ml_of(units)
    if factor is None:
        if units.upper() not in COUNT_UNITS:
            raise IntakeError(
                f"{what} must hold counts or activity per volume (Bq/mL), but its Units are {units}; export the image of counts or activity",
                code="unit-value",
            )
        return mapped
    if _is_empty_rescale(dataset):
        if mapped is None:
            raise IntakeError(
                f"RescaleSlope of {what} must be a number other than zero, but is 0; export it again",
                code="rescale-value",
            )
        return mapped
    slope, intercept = rescale(dataset, what=what)
    stated = ActivityScale(slope * factor, intercept * factor)
    if mapped is not None and not math.isclose(mapped.slope, stated.slope, rel_tol=SAME_SCALE):
        raise IntakeError(
            f"{what} must scale to Bq/mL in one way, but RescaleSlope gives {stated.slope:g} and its real-world value mapping {mapped.slope:g} Bq/mL a stored unit; export it again",
            code="rescale-contradiction",
            values={"slope": stated.slope, "mapped_slope": mapped.slope},
        )
    return mapped or stated


def _tomogram(series: Series, *, what: str) -> tuple[FileDataset, Stack]:
    """Return a reconstructed tomogram of one energy window and where its slices lie."""
    _require_kind(series, TOMO_KINDS, what=what, wanted="a reconstructed tomogram (RECON TOMO)")
    dataset = open_dataset(series.first.path)
    if len(set(floats(dataset.get("EnergyWindowVector")))) > 1:
        raise IntakeError(
            f"{what} must hold one energy window, but holds {dataset.get('NumberOfEnergyWindows')}; send the photopeak reconstruction alone",
            code="energy-window",
        )
    return dataset, frame_stack(dataset, series.first, what=what)


def _values(
    dataset: FileDataset, series: Series, stack: Stack, scale: ActivityScale, *, what: str
) -> tuple[NDArray[np.float32], tuple[Finding, ...]]:
    """Return slope * stored + intercept in the order of space, nothing below zero."""
    stored = _frames(open_pixels(dataset, what=what), series.first.frames)
    scale.require_mapped(stored, what=what)
    values = np.asarray(stored[list(stack.order)], dtype=np.float32)
    if (scale.slope, scale.intercept) != (1.0, 0.0):
        values = values * np.float32(scale.slope) + np.float32(scale.intercept)
    return without_negative(values, what=what)


def _require_kind(series: Series, wanted_kinds: set[str], *, what: str, wanted: str) -> None:
    kind = kind_of(series)
    if kind in wanted_kinds:
        return
    result = REFUSED_KINDS.get(kind, f"an image of type {kind or 'unknown'}")
    raise IntakeError(f"{what} must be {wanted}, but is {result}", code="image-kind")


def _frames(pixels: NDArray[Any], frames: int) -> NDArray[Any]:
    """Return pixels as (frames, rows, columns)."""
    stored = pixels if pixels.ndim == 3 else pixels[np.newaxis]
    if stored.ndim != 3 or len(stored) != frames:
        raise IntakeError(
            f"expected {frames} frames of one number a pixel, found an array of shape {pixels.shape}; export it again",
            code="frame-count",
        )
    return stored


def rescale(dataset: Dataset, *, what: str) -> tuple[float, float]:
    """Return (slope, intercept): 1 and 0 where the header states none, as in plain counts, or states 0 for both.

    Raises
    ------
    IntakeError
        A slope of zero beside an intercept, or one that is not a finite number.

    Notes
    -----
    Some systems write 0 and 0 for stored counts (`audit_scale` says so): read by the letter nothing would be left of the image.
    """
    if _is_empty_rescale(dataset):
        return 1.0, 0.0
    slope, intercept = floats(dataset.get("RescaleSlope")), floats(dataset.get("RescaleIntercept"))
    scale = (slope[0] if slope else 1.0), (intercept[0] if intercept else 0.0)
    if not np.isfinite(scale).all() or scale[0] == 0:
        raise IntakeError(
            f"RescaleSlope of {what} must be a number other than zero, but is {scale[0]:g}; export it again",
            code="rescale-value",
            values={"scale": scale[0]},
        )
    return scale


def _is_empty_rescale(dataset: Dataset) -> bool:
    """Tell whether slope and intercept are both stated as 0."""
    return all(floats(dataset.get(k))[:1] == (0.0,) for k in ("RescaleSlope", "RescaleIntercept"))


def read_planar(series: Series) -> PlanarScan:
    """Read a planar scan as anterior and posterior views of one field, the posterior mirrored to the anterior's side.

    Raises
    ------
    IntakeError
        Not a static or whole-body scan; a view is missing; the sides are nowhere said.
    """
    return examine_planar(series)[0]


@well_formed("the planar scan")
def examine_planar(series: Series) -> tuple[PlanarScan, tuple[Finding, ...]]:
    """Read a planar scan together with the findings that it raises."""
    what = "the planar scan"
    _require_kind(series, PLANAR_KINDS, what=what, wanted="a static or whole-body scan")
    read = [_planar_file(header, what=what) for header in series.headers]
    windows = read[0].windows
    if any(r.windows != windows for r in read[1:]):
        raise IntakeError(
            f"both views of {what} must share their energy windows, but they differ; send views of one scan",
            code="energy-window",
        )
    if absent := [side for side in SIDES if not any(side == s for r in read for s, _ in r.images)]:
        other = sorted({s for r in read for s in r.others})
        text = f" (its views: {', '.join(other)})" if other else ""
        raise IntakeError(
            f"{what} must hold an anterior and a posterior view, but the {' and the '.join(absent)} one is absent{text}; send both",
            code="planar-view",
        )
    main, scatter, ratio = _main_and_scatter(windows, {w for r in read for _, w in r.images}, what=what)
    images: dict[tuple[str, int], NDArray[np.float32]] = {}
    for one in read:
        for (side, window), image in one.images.items():
            if (side, window) in images:
                raise IntakeError(
                    f"{what} must hold one {side} view an energy window, but holds several; send the scan of one field",
                    code="planar-view",
                )
            images[side, window] = image
    for side in SIDES:
        if (side, main) not in images:
            raise IntakeError(
                f"{what} must hold an anterior and a posterior view, but the {side} one is absent; send both",
                code="planar-view",
            )
    scan = PlanarScan(
        anterior=images["anterior", main],
        posterior=images["posterior", main],
        pixel_mm=pixel_spacing(series.first.numbers("PixelSpacing"), what=what),
        scatter_anterior=images.get(("anterior", scatter)) if scatter is not None else None,
        scatter_posterior=images.get(("posterior", scatter)) if scatter is not None else None,
        window_ratio=ratio,
        origin_xz_mm=next((r.origin for r in read if r.origin is not None), None),
        frame_uid=series.first.text("FrameOfReferenceUID"),
    )
    return scan, tuple(dict.fromkeys(f for r in read for f in r.findings))


@dataclass(frozen=True, slots=True, eq=False)
class _PlanarFile:
    """The views of one file, by side and energy window, the posterior mirrored to the front."""

    images: dict[tuple[str, int], NDArray[np.float32]]
    windows: list[tuple[float, float]]
    origin: tuple[float, float] | None
    findings: list[Finding]
    others: list[str]


def _planar_file(header: Header, *, what: str) -> _PlanarFile:
    dataset = open_dataset(header.path)
    stored = _frames(open_pixels(dataset, what=what), header.frames).astype(np.float32)
    slope, intercept = rescale(dataset, what=what)
    stored = stored * np.float32(slope) + np.float32(intercept)
    views, findings = views_of(dataset, header.frames, what=what)
    findings += audit_scale(dataset, ActivityScale(slope, intercept), what=what)
    images: dict[tuple[str, int], NDArray[np.float32]] = {}
    for frame, view in enumerate(views):
        if view.side not in SIDES:
            continue
        if (view.side, view.window) in images:
            raise IntakeError(
                f"{what} must hold one {view.side} view an energy window, but holds several; send the scan of one field",
                code="planar-view",
            )
        images[view.side, view.window] = stored[frame] if view.side == "anterior" else stored[frame][:, ::-1]
    return _PlanarFile(
        images, _windows(dataset), _origin(dataset, views), findings, [v.side for v in views if v.side not in SIDES]
    )


def pair_of(candidates: Sequence[Series]) -> Series | None:
    """Return two files that hold one view each, of one study and size, as the one scan that they are; None otherwise."""
    if len(candidates) != 2:
        return None
    one, other = candidates
    shared_tags = ("StudyInstanceUID", "Rows", "Columns", "ImageType", "NumberOfFrames")
    if any(one.first.text(tag) != other.first.text(tag) for tag in shared_tags):
        return None
    if not same_numbers([s.first.numbers("PixelSpacing") for s in candidates]):
        return None
    sides = [_sides_in(s.first) for s in candidates]
    if sides not in ([{"anterior"}, {"posterior"}], [{"posterior"}, {"anterior"}]):
        return None
    return Series(one.uid, (*one.headers, *other.headers))


def neighbouring_views(series: Series) -> tuple[str, ...]:
    """Return the views of a planar file that shows neither front nor back, oblique or lateral ones; nothing for any other file."""
    sides = _sides_in(series.first)
    return () if sides & set(SIDES) else tuple(sorted(sides))


def _sides_in(header: Header) -> set[str]:
    try:
        with well_formed("a planar scan"):
            return {
                v.side
                for v in views_of(open_dataset(header.path, pixels=False), header.frames, what="a planar scan")[0]
            }
    except IntakeError:
        return set()


def _windows(dataset: Dataset) -> list[tuple[float, float]]:
    """Return the (lower, upper) limits of each energy window, keV."""
    limits: list[tuple[float, float]] = []
    for window in dataset.get("EnergyWindowInformationSequence") or []:
        ranges = [
            (floats(r.get("EnergyWindowLowerLimit")), floats(r.get("EnergyWindowUpperLimit")))
            for r in window.get("EnergyWindowRangeSequence") or []
        ]
        stated = [(low[0], high[0]) for low, high in ranges if low and high]
        limits.append((min(r[0] for r in stated), max(r[1] for r in stated)) if stated else (0.0, 0.0))
    return limits


def _main_and_scatter(
    windows: Sequence[tuple[float, float]], used: set[int], *, what: str
) -> tuple[int, int | None, float | None]:
    """Return which window is the photopeak, which (below it) is for scatter, and the ratio of their widths."""
    if len(used) == 1:
        return used.pop(), None, None
    if len(used) > 2 or max(used) >= len(windows) or not all(_is_window(*windows[w]) for w in used):
        raise IntakeError(
            f"{what} must hold a photopeak window and at most one scatter window with their limits, but holds {len(used)}; send the photopeak alone",
            code="energy-window",
            values={"windows": len(used)},
        )
    scatter, main = sorted(used, key=lambda w: windows[w][0])
    (low_s, high_s), (low_m, high_m) = windows[scatter], windows[main]
    if high_s > low_m + 0.05 * (high_m - low_m):
        raise IntakeError(
            f"the second energy window of {what} must lie below the photopeak, but they overlap ({low_s:g}-{high_s:g} and {low_m:g}-{high_m:g} keV); send the photopeak alone",
            code="energy-window",
            values={
                "scatter_low_kev": low_s,
                "scatter_high_kev": high_s,
                "peak_low_kev": low_m,
                "peak_high_kev": high_m,
            },
        )
    return main, scatter, (high_m - low_m) / (high_s - low_s)


def _is_window(low: float, high: float) -> bool:
    return 0 < low < high < HIGHEST_KEV


def _origin(dataset: Dataset, views: Sequence[View]) -> tuple[float, float] | None:
    """Return LPS x and z of the centre of pixel (0, 0) as stored for the front view; None where the header does not place it."""
    detectors: Sequence[Dataset] = dataset.get("DetectorInformationSequence") or []
    for detector, view in zip(detectors, views, strict=False):
        position = floats(detector.get("ImagePositionPatient"))
        orientation = floats(detector.get("ImageOrientationPatient"))
        if view.side != "anterior" or len(position) != 3 or len(orientation) != 6:
            continue
        try:
            along_row, along_column = directions(orientation, what="the planar scan")
        except GeometryError:
            return None
        if along_row[0] > 0.99 and along_column[2] < -0.99:
            return position[0], position[2]
    return None
