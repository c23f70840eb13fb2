"""A contact sheet: each series at a glance with its outlines, so that a person sees what is flipped, shifted or swapped."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from yttria.io.archive import is_archive, unpacked
from yttria.io.dicom.ct import examine_ct
from yttria.io.dicom.geometry import series_stack
from yttria.io.dicom.nm import PLANAR_KINDS, TOMO_KINDS, examine_planar, examine_tomo, kind_of
from yttria.io.dicom.pixels import read_scaled
from yttria.io.dicom.series import Scan, Series, scan
from yttria.io.figure import house_style
from yttria.io.palette import colour
from yttria.io.roles import role_by_name
from yttria.io.structures import read_structures
from yttria.values.contour import Contour
from yttria.values.errors import IntakeError, YttriaError
from yttria.values.grid import Grid
from yttria.values.maps import Voi

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

MOST = 16  # series on one sheet: more cannot be taken in at a glance
CT_WINDOW_HU = (-160.0, 240.0)
WORDS = {0: ("R", "L"), 1: ("A", "P"), 2: ("F", "H")}  # at the low and the high end of LPS x, y, z
INCH_PER_ROW = 2.6
WIDTH_INCH = 8.0


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A picture of a series: pixels, their size, letters at its four edges and outlines on it.

    Parameters
    ----------
    letters
        Left, right, top, bottom.
    outlines
        (role, points) with points as (column, row), shape (n, 2).
    """

    pixels: NDArray[Any]
    pixel_mm: tuple[float, float]
    letters: tuple[str, str, str, str]
    outlines: tuple[tuple[str, NDArray[np.float64]], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A series on the sheet: its title, and its views or why it has none."""

    title: str
    views: tuple[View, ...]
    reason: str = ""


def write_contact_sheet(path: Path, folder: Path) -> None:
    """Write the contact sheet of everything in a folder (or ZIP) as PNG, the same bytes for the same files.

    Raises
    ------
    IntakeError
        Nothing here can be seen, or the file cannot be written.
    """
    rows = list(rows_of(scan(unpacked(folder) if is_archive(folder) else folder)))
    if not rows:
        raise IntakeError("expected images for a contact sheet, found none; name a folder with images")
    with house_style():
        canvas = _drawn(rows)
        try:
            canvas.savefig(path, format="png", metadata={"Software": None})
        except OSError as error:
            raise IntakeError(f"{path.name} could not be written ({error.strerror}); check the folder") from error


def _drawn(rows: Sequence[Row]) -> "Canvas":
    """Return the sheet: a row a series, two views each, the title above."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    height = INCH_PER_ROW * len(rows)
    canvas = Canvas(figsize=(WIDTH_INCH, height), dpi=110, facecolor="white")
    FigureCanvasAgg(canvas)
    for at, row in enumerate(rows):
        top = 1 - at * INCH_PER_ROW / height
        canvas.text(0.02, top - 0.06 / height, row.title, fontsize=9, weight="bold", va="top", parse_math=False)
        if row.reason:
            told = "\n".join(textwrap.wrap(row.reason, 110))
            canvas.text(0.02, top - 0.3 / height, told, fontsize=8, va="top", parse_math=False)
        for column, view in enumerate(row.views):
            box = (0.02 + 0.49 * column, top - (INCH_PER_ROW - 0.08) / height, 0.47, (INCH_PER_ROW - 0.36) / height)
            _draw(canvas.add_axes(box), view)
    return canvas


def _draw(ax: "Axes", view: View) -> None:
    from matplotlib import patheffects

    dy, dx = view.pixel_mm
    ax.set_axis_off()
    ax.imshow(view.pixels, cmap="gray", vmin=0, vmax=1, aspect=dy / dx, interpolation="nearest")
    for role, points in view.outlines:
        ax.plot(points[:, 0], points[:, 1], color=colour(role or "grey"), linewidth=0.8)
    ax.set_xlim(-0.5, view.pixels.shape[1] - 0.5)
    ax.set_ylim(view.pixels.shape[0] - 0.5, -0.5)
    casing = [patheffects.withStroke(linewidth=2, foreground="black")]
    for letter, x, y in zip(view.letters, (0.04, 0.96, 0.5, 0.5), (0.5, 0.5, 0.95, 0.05), strict=True):
        told = ax.text(
            x, y, letter, color="white", fontsize=9, weight="bold", path_effects=casing, transform=ax.transAxes
        )
        told.set(ha="center", va="center")


def rows_of(found: Scan) -> Iterator[Row]:
    """Return the rows of the sheet, one a series that can be seen or says why not."""
    try:
        things = [t for f in read_structures(found) for t in f.things]
    except YttriaError:
        things = []
    images = [s for s in found.series if s.modality in {"CT", "PT", "NM", "MR"}]
    for series in images[:MOST]:
        title = f"{series.modality}  {series.description}"
        try:
            yield Row(title, _views(series, things))
        except YttriaError as error:
            yield Row(title, (), str(error))


def _views(series: Series, things: Sequence[Contour | Voi]) -> tuple[View, ...]:
    if series.modality == "NM" and kind_of(series) in PLANAR_KINDS:
        planar = examine_planar(series)[0]
        letters = ("R", "L", "H", "F")
        return tuple(
            View(_stretched(image, None), planar.pixel_mm, letters) for image in (planar.anterior, planar.posterior)
        )
    grid, array, window = _volume(series)
    mine = [t for t in things if _frame(t) in {grid.frame_uid, ""} or not grid.frame_uid]
    centre = _centre(grid, mine)
    flat = window is None  # emission: what shines through counts, not one plane
    coronal = array.max(axis=1) if flat else array[:, centre[1], :]
    return (
        View(
            _stretched(array[centre[2]], window),
            _spacing(grid, 1, 0),
            _letters(grid, 0, 1),
            tuple(_cuts(grid, mine, centre[2])),
        ),
        View(
            _stretched(coronal[::-1], window),
            _spacing(grid, 2, 0),
            _letters(grid, 0, 2, up=True),
            tuple(_shadows(grid, mine)),
        ),
    )


def _volume(series: Series) -> tuple[Grid, NDArray[Any], tuple[float, float] | None]:
    if series.modality == "CT":
        ct = examine_ct(series)[0]
        return ct.grid, ct.hu, CT_WINDOW_HU
    if series.modality == "NM":
        if kind_of(series) not in TOMO_KINDS:
            raise IntakeError(f"an image of type {kind_of(series) or 'unknown'}; it is not shown")
        counts = examine_tomo(series)[0]
        return counts.grid, counts.counts, None
    stack = series_stack(series, what=f"the {series.modality}")
    ordered = [series.headers[i] for i in stack.order]
    return stack.grid, read_scaled(ordered, stack.grid.shape_zyx, what=f"the {series.modality}"), None


def _stretched(image: NDArray[Any], window: tuple[float, float] | None) -> NDArray[np.float32]:
    """Return an image as 0..1: a CT by its window, an emission dark on white up to its hottest parts."""
    values = np.asarray(image, dtype=np.float32)
    if window is not None:
        return np.asarray(np.clip((values - window[0]) / (window[1] - window[0]), 0, 1), dtype=np.float32)
    top = float(np.percentile(values, 99.8)) or float(values.max()) or 1.0
    return np.asarray(1 - np.clip(values / top, 0, 1), dtype=np.float32)


def _spacing(grid: Grid, rows: int, columns: int) -> tuple[float, float]:
    lengths = np.linalg.norm(grid.matrix[:3, :3], axis=0)
    return float(lengths[rows]), float(lengths[columns])


def _letters(grid: Grid, columns: int, rows: int, *, up: bool = False) -> tuple[str, str, str, str]:
    """Return the letters at left, right, top and bottom of a picture of two index axes, rows drawn downwards or `up`."""
    left, right = _ends(grid, columns)
    top, bottom = _ends(grid, rows)
    return (left, right, bottom, top) if up else (left, right, top, bottom)


def _ends(grid: Grid, axis: int) -> tuple[str, str]:
    direction = grid.matrix[:3, axis]
    along = int(np.abs(direction).argmax())
    low, high = WORDS[along]
    return (low, high) if direction[along] > 0 else (high, low)


def _frame(thing: Contour | Voi) -> str:
    return thing.frame_uid if isinstance(thing, Contour) else thing.grid.frame_uid


def _centre(grid: Grid, things: Sequence[Contour | Voi]) -> tuple[int, int, int]:
    """Return the index (i, j, k) through the liver's centre, else through the image's."""
    nz, ny, nx = grid.shape_zyx
    livers = [t for t in things if isinstance(t, Contour) and role_by_name(t.name) == "liver"]
    if livers:
        index = grid.index_of(np.concatenate(livers[0].polygons)).mean(axis=0)
        if ((index >= 0) & (index <= np.array([nx, ny, nz]) - 1)).all():
            i, j, k = (round(v) for v in index.tolist())
            return i, j, k
    return nx // 2, ny // 2, nz // 2


def _cuts(grid: Grid, things: Sequence[Contour | Voi], k: int) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Return the outlines of structures on slice k: the polygons whose slab holds it."""
    step = grid.spacing_zyx_mm[0]
    for thing in (t for t in things if isinstance(t, Contour)):
        for polygon in thing.polygons:
            index = grid.index_of(polygon)
            if abs(float(index[:, 2].mean()) - k) * step <= 0.5 * thing.spacing_mm + 1e-6:
                yield role_by_name(thing.name), np.vstack([index[:, :2], index[:1, :2]])


def _shadows(grid: Grid, things: Sequence[Contour | Voi]) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Return the silhouettes of structures seen from the front: the ends of each plane, drawn up one side and down the other."""
    nz = grid.shape_zyx[0]
    for thing in (t for t in things if isinstance(t, Contour)):
        ends: dict[float, tuple[float, float]] = {}
        for polygon in thing.polygons:
            index = grid.index_of(polygon)
            k, low, high = round(float(index[:, 2].mean()), 2), float(index[:, 0].min()), float(index[:, 0].max())
            before = ends.get(k, (low, high))
            ends[k] = (min(low, before[0]), max(high, before[1]))
        planes = sorted(ends)
        around = [(ends[k][0], nz - 1 - k) for k in planes] + [(ends[k][1], nz - 1 - k) for k in reversed(planes)]
        yield role_by_name(thing.name), np.array([*around, around[0]])
