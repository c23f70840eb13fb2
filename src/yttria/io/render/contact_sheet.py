"""A contact sheet: each series at a glance with its outlines, so that a person sees what is flipped, shifted or swapped."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from yttria.io.case.frames_of_reference import frame_of
from yttria.io.case.mask_files import looks_like_mask
from yttria.io.case.structure_sets import read_structures
from yttria.io.dicom.ct import examine_ct
from yttria.io.dicom.geometry import series_stack
from yttria.io.dicom.nm import PLANAR_KINDS, TOMO_KINDS, examine_planar, examine_tomo, kind_of
from yttria.io.dicom.pixels import read_scaled
from yttria.io.dicom.scan import Scan, scan
from yttria.io.dicom.series import Series
from yttria.io.ground.structure_roles import role_by_name
from yttria.io.ground.zip_archive import is_archive, unpacked
from yttria.io.render.contact_sheet_outlines import axial, coronal, silhouette
from yttria.io.render.figure import figure_style
from yttria.io.render.palette import colour
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
INCH_PER_ROW = 3.1
WIDTH_INCH = 8.0
HEAD_INCH = 0.62  # title, facts and colours of a row
OTHER = "category-5"
EDGES = ((0, 0.5), (1, 0.5), (0.5, 1), (0.5, 0))  # left, right, top, bottom of a picture
INWARDS = ((8, 0), (-8, 0), (0, -9), (0, 9))  # points
HALF_BRIGHT = 0.5
THIN_INCH = 0.5  # letters of a thinner picture stand beside it
ROLES = ("liver", "perfused", "tumour", "lungs", "")  # in the order of the legend; "" is any other structure


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A picture of a series: pixels, their size, letters at its four edges and outlines on it.

    Parameters
    ----------
    letters
        Left, right, top, bottom.
    outlines
        (role, points) with points as (column, row), shape (n, 2).
    caption
        What is seen.
    """

    pixels: NDArray[Any]
    pixel_mm: tuple[float, float]
    letters: tuple[str, str, str, str]
    outlines: tuple[tuple[str, NDArray[np.float64]], ...] = ()
    caption: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A series on the sheet: its title, and its views or why it has none; `facts` are its voxels."""

    title: str
    views: tuple[View, ...]
    reason: str = ""
    facts: str = ""

    @property
    def roles(self) -> tuple[str, ...]:
        """Return the roles outlined on its views."""
        here = {role for view in self.views for role, _ in view.outlines}
        return tuple(role for role in ROLES if role in here)


@dataclass(frozen=True, slots=True, eq=False)
class _Named:
    """A structure and the role that its name means."""

    structure: Contour | Voi
    role: str


def write_contact_sheet(path: Path, folder: Path) -> None:
    """Write the contact sheet of everything in a folder (or ZIP) as PNG, the same bytes for the same files.

    Raises
    ------
    IntakeError
        Nothing here can be seen.
    """
    rows = list(rows_of(scan(unpacked(folder) if is_archive(folder) else folder)))
    if not rows:
        raise IntakeError(
            "expected images for a contact sheet, found none; name a folder with images", code="images-absent"
        )
    with figure_style():
        canvas = _canvas(rows)
        canvas.savefig(path, format="png", metadata={"Software": "Yttria"})  # by which it is known as ours


def _canvas(rows: Sequence[Row]) -> "Canvas":
    """Return the sheet: a row a series, two views each, the title above."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    height = INCH_PER_ROW * len(rows)
    canvas = Canvas(figsize=(WIDTH_INCH, height), dpi=110, facecolor="white")
    FigureCanvasAgg(canvas)
    for at, row in enumerate(rows):
        top = 1 - (at * INCH_PER_ROW + 0.08) / height
        canvas.text(0.02, top, row.title, fontsize=9, weight="bold", va="top", parse_math=False)
        canvas.text(0.98, top, row.facts, fontsize=8, va="top", ha="right", parse_math=False)
        if row.reason:
            message = "\n".join(textwrap.wrap(row.reason, 110))
            canvas.text(0.02, top - 0.24 / height, message, fontsize=8, va="top", parse_math=False)
        _legend(canvas, row, top - 0.2 / height)
        for column, view in enumerate(row.views):
            left, bottom = 0.02 + 0.49 * column, 1 - ((at + 1) * INCH_PER_ROW - 0.04) / height
            canvas.text(left, top - 0.38 / height, view.caption, fontsize=7, va="top", parse_math=False)
            _draw(canvas.add_axes((left, bottom, 0.47, (INCH_PER_ROW - HEAD_INCH) / height)), view)
    return canvas


def _legend(canvas: "Canvas", row: Row, top: float) -> None:
    """Write the roles in their colours."""
    for at, role in enumerate(row.roles):
        canvas.text(
            0.02 + 0.12 * at, top, role or "other", fontsize=8, weight="bold", va="top", color=colour(role or OTHER)
        )


def _draw(ax: "Axes", view: View) -> None:
    from matplotlib import patheffects

    dy, dx = view.pixel_mm
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set(visible=True, color=colour("grey"), linewidth=0.6)
    ax.imshow(view.pixels, cmap="gray", vmin=0, vmax=1, aspect=dy / dx, interpolation="nearest")
    for role, points in view.outlines:
        ax.plot(points[:, 0], points[:, 1], color=colour(role or OTHER), linewidth=1.0)
    ax.set_xlim(-0.5, view.pixels.shape[1] - 0.5)
    ax.set_ylim(view.pixels.shape[0] - 0.5, -0.5)
    ink, casing = ("black", "white") if float(view.pixels.mean()) > HALF_BRIGHT else ("white", "black")
    stroke = [patheffects.withStroke(linewidth=2, foreground=casing)]
    rows, columns = view.pixels.shape
    scale = min(0.47 * WIDTH_INCH / (columns * dx), (INCH_PER_ROW - HEAD_INCH) / (rows * dy))
    inward = tuple(
        1 if n * d * scale > THIN_INCH else -1 for n, d in ((columns, dx), (columns, dx), (rows, dy), (rows, dy))
    )
    for letter, place, (right, up), way in zip(view.letters, EDGES, INWARDS, inward, strict=True):
        offset = (right * way, up * way)
        message = ax.annotate(letter, place, offset, xycoords="axes fraction", textcoords="offset points")
        message.set(ha="center", va="center", color=ink, fontsize=9, weight="bold", path_effects=stroke)


def rows_of(scan_result: Scan) -> Iterator[Row]:
    """Return the rows of the sheet, one a series that can be seen or says why not."""
    try:
        structures = [
            _Named(t, role_by_name(w))
            for f in read_structures(scan_result)
            for t, w in zip(f.structures, f.words, strict=True)
        ]
    except YttriaError:
        structures = []
    images = [s for s in scan_result.series if s.modality in {"CT", "PT", "NM", "MR"}]
    for series in images[:MOST]:
        title = f"{series.modality}  {series.description}"
        try:
            facts, views = _views(series, structures)
            yield Row(title, views, facts=facts)
        except YttriaError as error:
            yield Row(title, (), str(error))


def _views(series: Series, structures: Sequence[_Named]) -> tuple[str, tuple[View, ...]]:
    if series.modality == "NM" and kind_of(series) in PLANAR_KINDS:
        return _planar(series)
    grid, array, window = _volume(series)
    mine = [t for t in structures if frame_of(t.structure) in {grid.frame_uid, ""} or not grid.frame_uid]
    flat = window is None  # emission: what shines through counts, not one plane
    nz, ny, nx = grid.shape_zyx
    _, j, k = _centre(grid, mine, array if flat else None)
    if not flat and looks_like_mask(series):  # a lesion's mask is empty in most planes
        k, j = (int(array.sum(axis=axes, dtype=np.float64).argmax()) for axes in ((1, 2), (0, 2)))
    facts = f"{nx} × {ny} × {nz} voxels of {' × '.join(f'{d:.3g}' for d in reversed(grid.spacing_zyx_mm))} mm"
    front = (
        (n, line) for n in mine for line in (silhouette(n.structure, grid) if flat else coronal(n.structure, grid, j))
    )
    middle = grid.points_of([(nx / 2, j, k)])[0]
    return facts, (
        View(
            _stretched(array[k], window),
            _spacing(grid, 1, 0),
            _letters(grid, 0, 1),
            tuple((n.role, line) for n in mine for line in axial(n.structure, grid, k)),
            f"slice {k + 1} of {nz}, z = {middle[2]:.0f} mm",
        ),
        View(
            _stretched((array.max(axis=1) if flat else array[:, j, :])[::-1], window),
            _spacing(grid, 2, 0),
            _letters(grid, 0, 2, up=True),
            tuple((n.role, line * (1, -1) + (0, nz - 1)) for n, line in front),
            "highest of all rows, silhouettes" if flat else f"row {j + 1} of {ny}, y = {middle[1]:.0f} mm",
        ),
    )


def _planar(series: Series) -> tuple[str, tuple[View, ...]]:
    planar = examine_planar(series)[0]
    rows, columns = planar.anterior.shape
    facts = f"{columns} × {rows} pixels of {planar.pixel_mm[1]:.3g} × {planar.pixel_mm[0]:.3g} mm"
    views = (("anterior", planar.anterior), ("posterior, mirrored: seen from the front as well", planar.posterior))
    letters = ("R", "L", "H", "F")
    return facts, tuple(View(_stretched(i, None), planar.pixel_mm, letters, caption=word) for word, i in views)


def _volume(series: Series) -> tuple[Grid, NDArray[Any], tuple[float, float] | None]:
    if series.modality == "CT":
        ct = examine_ct(series)[0]
        return ct.grid, ct.hu, CT_WINDOW_HU
    if series.modality == "NM":
        if kind_of(series) not in TOMO_KINDS:
            raise IntakeError(f"an image of type {kind_of(series) or 'unknown'}; it is not shown", code="images-absent")
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
    return np.asarray(1 - np.sqrt(np.clip(values / top, 0, 1)), dtype=np.float32)  # the root shows the body around


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


def _centre(grid: Grid, structures: Sequence[_Named], emission: NDArray[Any] | None) -> tuple[int, int, int]:
    """Return the index (i, j, k) through the middle of the liver, else of the largest structure, else an emission's hottest slice."""
    nz, ny, nx = grid.shape_zyx
    sized = [(t.role == "liver", t.structure.ml, t.structure.centroid_lps_mm) for t in structures]
    for _, _, middle in sorted(sized, key=lambda s: s[:2], reverse=True):
        index = grid.index_of([middle])[0]
        if ((index >= 0) & (index <= np.array([nx, ny, nz]) - 1)).all():
            i, j, k = (round(v) for v in index.tolist())
            return i, j, k
    if emission is not None:
        return nx // 2, ny // 2, int(emission.sum(axis=(1, 2), dtype=np.float64).argmax())
    return nx // 2, ny // 2, nz // 2
