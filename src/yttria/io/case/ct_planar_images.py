"""The CT and the planar scan of a case."""

import numpy as np

from yttria.io.case.case_context import CaseContext, choose, existing_path, grid_words
from yttria.io.case.input_hashes import file_record, series_record
from yttria.io.case.mask_files import looks_like_mask
from yttria.io.dicom.ct import examine_ct
from yttria.io.dicom.nm import PLANAR_KINDS, examine_planar, kind_of, neighbouring_views, pair_of
from yttria.io.dicom.scan import scan
from yttria.io.dicom.series import Series, words_for
from yttria.io.volumes.volume import is_volume, read_volume
from yttria.values.errors import Finding, IntakeError
from yttria.values.maps import CtImage
from yttria.values.planar import PlanarScan


def ct_image(context: CaseContext) -> CtImage | None:
    """Return the CT of a case; None where it has none.

    Raises
    ------
    IntakeError
        The case names one that is not there; several could be it.
    """
    where = context.case.files.ct
    pool = context.scan.series
    if where is not None:
        path = existing_path(context, where, "ct")
        if is_volume(path):
            grid, array = read_volume(path)
            context.inputs.append(file_record("ct", path, {"grid": grid_words(grid), "unit": "HU"}))
            return CtImage(grid, array.astype(np.int16) if _fits_int16(array) else array)
        pool = scan(path).series
    named = context.named("ct")
    candidates = [s for s in pool if s.modality == "CT" and (named or not looks_like_mask(s))]
    longest = [s for s in candidates if len(s.headers) > 1 or s.first.frames > 1]
    series = choose(longest or candidates, named, role="ct")
    if series is None:
        if where is not None or named:
            raise IntakeError(
                "the CT that the case names must be a CT series, but none is there; check [files] or [roles]",
                code="ct-absent",
            )
        return None
    series = context.phase_of(series)
    context.used.append(series)
    ct, findings = examine_ct(series)
    context.findings += findings
    context.inputs.append(series_record("ct", series, {"grid": grid_words(ct.grid), "unit": "HU"}))
    return ct


def _fits_int16(array: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> bool:
    limits = np.iinfo(np.int16)
    return np.issubdtype(array.dtype, np.integer) and limits.min <= int(array.min()) and int(array.max()) <= limits.max


def _shows_other_views(context: CaseContext, series: Series) -> bool:
    """Tell whether a planar image shows neither front nor back, and say that it plays no part."""
    views = neighbouring_views(series)
    if views:
        message = f'the planar image "{series.description}" shows neither front nor back ({", ".join(views)}): no lung shunt is taken from it'
        context.findings.append(Finding("warning", "planar-views", message))
    return bool(views)


def planar_scan(context: CaseContext) -> PlanarScan | None:
    """Return the planar scan of a case; None where it has none.

    Raises
    ------
    IntakeError
        The case names one that is not there; several could be it.
    """
    where = context.case.files.planar
    pool = scan(existing_path(context, where, "planar")).series if where is not None else context.scan.series
    named = context.named("planar")
    candidates = [s for s in pool if s.modality == "NM" and kind_of(s) in PLANAR_KINDS]
    if named:
        candidates = [s for s in candidates if words_for(s) & named]
    elif where is None:
        candidates = [s for s in candidates if not _shows_other_views(context, s)]
    series = pair_of(candidates) or choose(candidates, set(), role="planar")
    if series is None:
        if where is not None or named:
            raise IntakeError(
                "the planar scan that the case names must be a static or whole-body NM image, but none is there; check [files] or [roles]",
                code="planar-scan-absent",
            )
        return None
    context.used.append(series)
    planar, findings = examine_planar(series)
    context.findings += findings
    context.inputs.append(series_record("planar", series, {"matrix": f"{planar.anterior.shape}", "unit": "counts"}))
    return planar
