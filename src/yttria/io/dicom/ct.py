"""CT: stored numbers to Hounsfield units on a grid."""

from yttria.io.dicom.geometry import series_stack
from yttria.io.dicom.pixels import read_slices
from yttria.io.dicom.series import Series
from yttria.values.errors import Finding, IntakeError
from yttria.values.maps import CtImage


def read_ct(series: Series) -> CtImage:
    """Read a CT series: HU, int16 where they are whole numbers, float32 otherwise.

    HU = slope * stored + intercept, slice by slice.

    Raises
    ------
    IntakeError
        Not a CT in HU, pixels missing or cut short.
    GeometryError
        Slices that do not make one upright, complete, even stack.
    """
    return examine_ct(series)[0]


def examine_ct(series: Series) -> tuple[CtImage, tuple[Finding, ...]]:
    """Read a CT series together with the doubts that it raises."""
    what = "the CT"
    require_hu(series, what=what)
    stack = series_stack(series, what=what)
    ordered = [series.headers[i] for i in stack.order]
    hu = read_slices(ordered, stack.grid.shape_zyx, what=what)
    return CtImage(stack.grid, hu), (*audit_headers(series, what=what), *stack.findings)


def require_hu(series: Series, *, what: str) -> None:
    """Refuse a series that states another unit than HU, or colour.

    Raises
    ------
    IntakeError
        RescaleType names another unit; several numbers a pixel.
    """
    kinds = {h.text("RescaleType").upper() for h in series.headers} - {"", "HU", "US"}
    if kinds:
        raise IntakeError(
            f"{what} must be in HU, but its RescaleType is {', '.join(sorted(kinds))}; choose the plain reconstruction"
        )
    if any(h.count("SamplesPerPixel") > 1 for h in series.headers):
        raise IntakeError(f"{what} must have one number a pixel, but is in colour; choose the plain reconstruction")


def audit_headers(series: Series, *, what: str) -> tuple[Finding, ...]:
    """Return the doubts that headers raise about any stack of slices: blank UIDs, no patient position."""
    found: list[Finding] = []
    uids = [h.text("SOPInstanceUID") for h in series.headers]
    if "" in uids:
        found.append(
            Finding(
                "warning",
                "blank-uids",
                f"{what}: {uids.count('')} of {len(uids)} files carry no SOPInstanceUID; slices are told apart by position",
            )
        )
    elif len(set(uids)) < len(uids):
        found.append(
            Finding(
                "warning",
                "repeated-uids",
                f"{what}: {len(uids) - len(set(uids))} files repeat a SOPInstanceUID; slices are told apart by position",
            )
        )
    if not series.first.text("PatientPosition"):
        found.append(
            Finding(
                "note",
                "no-patient-position",
                f"{what}: PatientPosition is absent; left and right stand on ImageOrientationPatient alone",
            )
        )
    if not series.first.text("FrameOfReferenceUID"):
        found.append(
            Finding(
                "note", "no-frame", f"{what}: no frame of reference is stated; it is taken to lie where the others lie"
            )
        )
    return tuple(found)
