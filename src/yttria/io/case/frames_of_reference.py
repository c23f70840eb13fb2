"""Frames of reference brought together: by a rigid registration that lies in the case, or by a written word that they coincide.

Nothing is resampled: an image's affine and a contour's points are moved into the frame of the emission image.
"""

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from yttria.io.case.case_file import FramesSection
from yttria.io.dicom.registration import Matrix, Motion, read_registration
from yttria.io.dicom.scan import Scan
from yttria.io.dicom.series import Series
from yttria.io.ground.structure_roles import IGNORE
from yttria.values.contour import Contour
from yttria.values.errors import Finding, GeometryError, YttriaError
from yttria.values.grid import Grid
from yttria.values.maps import CtImage, Voi
from yttria.values.structure import Structure

DISAGREE_MM = 0.5  # two registrations that place a point of the image further apart than this contradict each other
STILL_MM = 0.01  # a motion that moves no point of an image further than this is none


@dataclass(frozen=True, slots=True)
class Link:
    """A motion and the registration that states it."""

    motion: Motion
    series: Series


@dataclass(frozen=True, slots=True)
class Frames:
    """Where frames of reference lie, seen from one of them.

    Parameters
    ----------
    hub
        The frame that everything is moved into; empty where no image states one.
    motions
        From each frame that can be reached to the hub.
    ways
        By frame, the registrations on the way.
    unstated
        Frame of what states none.
    findings
        What was joined, and by what.
    why_apart
        Why registrations that lie here were not used.
    """

    hub: str
    motions: Mapping[str, Matrix] = field(default_factory=dict)
    ways: Mapping[str, tuple[Series, ...]] = field(default_factory=dict)
    unstated: str | None = ""
    findings: tuple[Finding, ...] = ()
    why_apart: tuple[str, ...] = ()

    @property
    def used(self) -> tuple[Series, ...]:
        """Return the registrations that joined something, each once."""
        results = {s.first.path: s for way in self.ways.values() for s in way}
        return tuple(results.values())

    def with_motion(self, frame: str, matrix: Matrix, emission: Grid, stated: FramesSection | None) -> "Frames":
        """Return these frames with one more brought to the hub; what states no frame must then be said to lie in the image's."""
        word = None if stated is None else stated.unstated
        unstated = self.unstated if word is not None or _is_still(matrix, emission) else None
        return replace(self, motions={**self.motions, frame: matrix}, unstated=unstated)

    def joined_by(self, frame: str) -> str:
        """Return how a frame came to the hub: same-frame, registration-object, stated, registered; empty where it did not."""
        if not frame or not self.hub or frame == self.hub:
            return "same-frame"
        if frame not in self.motions:
            return ""
        if self.ways.get(frame):
            return "registration-object"
        return "stated" if any(f.code == "frames-said-same" for f in self.findings) else "registered"

    def image(self, ct: CtImage) -> CtImage:
        """Return an image in the hub's frame, its numbers untouched."""
        return replace(ct, grid=self.grid(ct.grid, what="the CT"))

    def structure(self, structure: Any) -> Any:
        """Return a contour or a volume of interest in the hub's frame."""
        if isinstance(structure, Voi):
            return replace(structure, grid=self.grid(structure.grid, what=f'volume "{structure.name}"'))
        matrix = self._matrix(structure.frame_uid, what=f'structure "{structure.name}"')
        if matrix is None:
            return structure
        polygons = tuple(p @ matrix[:3, :3].T + matrix[:3, 3] for p in structure.polygons)
        return replace(structure, polygons=polygons, frame_uid=self.hub)

    def grid(self, grid: Grid, *, what: str) -> Grid:
        """Return a grid in the hub's frame.

        Raises
        ------
        GeometryError
            It states no frame where several are joined, and the case does not say which is meant.
        """
        matrix = self._matrix(grid.frame_uid, what=what)
        return grid if matrix is None else Grid.of(grid.shape_zyx, matrix @ grid.matrix, self.hub)

    def _matrix(self, frame: str, *, what: str) -> Matrix | None:
        """Return what moves a frame into the hub; None where nothing does or need be."""
        if not frame:
            if self.unstated is None:
                raise GeometryError(
                    f"{what} must state its frame of reference where a registration moves the CT or the plan, but states none; say in case.toml which it was drawn on:\n"
                    '[frames]\nunstated = "ct"   # or "emission"\nby = "who decided"',
                    code="frame-absent",
                )
            frame = self.unstated
        return None if frame == self.hub else self.motions.get(frame)


def join_frames(
    scan_result: Scan,
    emission: Grid,
    ct: Grid | None,
    stated: Mapping[str, str],
    statement: FramesSection | None,
    ignored: Mapping[str, Any],
) -> Frames:
    """Return how the frames of a case's images and structures come together in that of the emission image.

    Parameters
    ----------
    stated
        What each stated frame holds, in words, by UID.
    said
        [frames] of the case.
    ignored
        [roles] of the case: a registration may be told to be ignored there.

    Raises
    ------
    GeometryError
        Registrations that contradict each other, or the word that frames coincide.
    """
    hub = emission.frame_uid or (ct.frame_uid if ct else "")
    apart = {uid: who for uid, who in stated.items() if uid and uid != hub}
    if not hub or not apart:
        return Frames(hub)
    links, why = _links(scan_result, ignored)
    motions, ways = _reached(hub, links)
    _require_agreement(links, motions, emission)
    if statement is not None and statement.same:
        return _stated_motion(hub, apart, motions, emission, statement)
    motions = {uid: m for uid, m in motions.items() if uid in apart}
    ways = {uid: w for uid, w in ways.items() if uid in apart}
    moved = ct is not None and ct.frame_uid in motions and not _is_still(motions[ct.frame_uid], emission)
    unstated: str | None = hub
    if moved:
        word = None if statement is None else statement.unstated
        unstated = None if word is None else {"ct": ct.frame_uid if ct else "", "emission": hub}[word]
    return Frames(hub, motions, ways, unstated, tuple(_apart_findings(apart, motions, ways, emission)), why)


def frame_of(structure: Structure) -> str:
    """Return the frame of reference of a contour or a volume of interest."""
    return structure.frame_uid if isinstance(structure, Contour) else structure.grid.frame_uid


def _stated_motion(
    hub: str, apart: Mapping[str, str], motions: Mapping[str, Matrix], emission: Grid, statement: FramesSection
) -> Frames:
    """Return frames taken to coincide because a person wrote so; refuse that against a registration that says otherwise."""
    for uid, matrix in motions.items():
        if uid in apart and not _is_still(matrix, emission):
            raise GeometryError(
                f"[frames] same says that {apart[uid]} and the emission image share one place, but a registration moves it by {_moved(matrix, emission):.1f} mm; "
                f'take out [frames] same, or leave the registration out in case.toml: [roles] "its name" = "{IGNORE}"',
                code="frame-statement-contradiction",
                values={"moved_mm": _moved(matrix, emission)},
            )
    message = (
        f"frames of reference differ between the emission image and {_and(apart.values())}; they are taken to coincide because case.toml says so "
        f"({statement.by}): no registration was checked; look at the fused pictures"
    )
    finding = Finding("warning", "frames-said-same", message)
    return Frames(hub, {uid: np.eye(4) for uid in apart}, {}, hub, (finding,))


def are_joined(scan_result: Scan, frames: Collection[str]) -> bool:
    """Tell whether the registrations of a folder reach each of some frames from any other."""
    links, _ = _links(scan_result, {})
    return not frames or set(frames) <= set(_reached(next(iter(frames)), links)[0])


def links_of(series: Series, frame_of: Mapping[str, str]) -> tuple[Link, ...]:
    """Return the motions of one registration."""
    return tuple(Link(m, series) for m in read_registration(series.first.path, frame_of))


def frame_of_images(scan_result: Scan) -> dict[str, str]:
    """Return the frame of reference of every image by SOP instance UID."""
    return {h.text("SOPInstanceUID"): h.text("FrameOfReferenceUID") for s in scan_result.series for h in s.headers}


def _links(scan_result: Scan, roles: Mapping[str, Any]) -> tuple[list[Link], tuple[str, ...]]:
    """Return every motion that a registration of the case states, and why others are not used."""
    out = {name.strip().lower() for name, role in roles.items() if role == IGNORE}
    links: list[Link] = []
    why: list[str] = []
    frame_of = frame_of_images(scan_result)
    for series in scan_result.of("REG"):
        first = series.first
        statement = first.text("SeriesDescription").lower()
        if out & {statement, series.description.lower(), series.uid.lower(), first.path.name.lower()}:
            continue
        try:
            links += links_of(series, frame_of)
        except YttriaError as error:
            why.append(f'registration "{series.description}" is not used: {error}')
    return links, tuple(why)


def _reached(hub: str, links: Sequence[Link]) -> tuple[dict[str, Matrix], dict[str, tuple[Series, ...]]]:
    """Return what moves each frame that registrations reach into the hub, by the fewest of them, and which those are."""
    motions: dict[str, Matrix] = {hub: np.eye(4)}
    ways: dict[str, tuple[Series, ...]] = {hub: ()}
    waiting = deque([hub])
    while waiting:
        here = waiting.popleft()
        for link in links:
            for motion in (link.motion, link.motion.back):
                if motion.target == here and motion.source not in motions:
                    motions[motion.source] = motions[here] @ motion.matrix
                    ways[motion.source] = (*ways[here], link.series)
                    waiting.append(motion.source)
    return motions, ways


def _require_agreement(links: Sequence[Link], motions: Mapping[str, Matrix], emission: Grid) -> None:
    """Refuse registrations that place one point in two places."""
    corners = _corners(emission)
    for link in links:
        one, other = motions.get(link.motion.source), motions.get(link.motion.target)
        if one is None or other is None:
            continue
        here = (np.linalg.inv(one) @ corners.T).T
        off = float(np.linalg.norm(here @ (other @ link.motion.matrix - one).T, axis=1).max())
        if off > DISAGREE_MM:
            raise GeometryError(
                f'registrations must agree, but "{link.series.description}" places points up to {off:.1f} mm from where others do; keep the one that holds in case.toml:\n'
                f'[roles]\n"{link.series.uid or link.series.description}" = "{IGNORE}"',
                code="registration-contradiction",
                values={"off_mm": off},
            )


def _corners(grid: Grid) -> Matrix:
    """Return the outer corners of a grid, homogeneous, shape (8, 4)."""
    low, high = grid.bounds_lps_mm()
    ends = [(low[a], high[a]) for a in range(3)]
    return np.array([(x, y, z, 1.0) for x in ends[0] for y in ends[1] for z in ends[2]])


def _moved(matrix: Matrix, grid: Grid) -> float:
    """Return how far a motion takes the corner of a grid that it moves most, mm."""
    corners = _corners(grid)
    return float(np.linalg.norm(corners @ (matrix - np.eye(4)).T, axis=1).max())


def _is_still(matrix: Matrix, grid: Grid) -> bool:
    return _moved(matrix, grid) < STILL_MM


def series_in_frame(frame: str, scan_result: Scan) -> str:
    """Return what lies in a frame of reference, by name."""
    here = [s for s in scan_result.series if s.modality != "REG" and s.first.text("FrameOfReferenceUID") == frame]
    text = ", ".join(dict.fromkeys(f'{s.modality} "{s.description}"' for s in here[:4]))
    return text or f"a frame of reference that no image here lies in (…{frame[-8:]})"


def turn_deg(matrix: Matrix) -> float:
    """Return the angle that a rigid motion turns by, degrees."""
    cosine = (float(np.trace(matrix[:3, :3])) - 1) / 2
    return float(np.degrees(np.arccos(min(max(cosine, -1.0), 1.0))))


def _apart_findings(
    apart: Mapping[str, str],
    motions: Mapping[str, Matrix],
    ways: Mapping[str, tuple[Series, ...]],
    emission: Grid,
) -> Iterator[Finding]:
    """Return what was joined to the emission image, by which registration and by how much it moved."""
    for uid, matrix in motions.items():
        names = " and ".join(f'"{s.description}"' for s in ways[uid])
        message = (
            f"{apart[uid]}: another frame of reference than the emission image's; registration {names} joins them "
            f"(turned by {turn_deg(matrix):.1f}°, moved by up to {_moved(matrix, emission):.1f} mm in the image); look at the fused pictures"
        )
        yield Finding(
            "note", "frames-joined", message, {"turned_deg": turn_deg(matrix), "moved_mm": _moved(matrix, emission)}
        )


def _and(words: Any) -> str:
    return " and ".join(dict.fromkeys(words))
