"""Two or more arteries that feed one anatomy: the parts that each reaches, and where the activity of each lodges."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from yttria.physics.geometry.contour_rasterisation import structure_on
from yttria.physics.geometry.territory import require_apart
from yttria.physics.geometry.volume_algebra import union
from yttria.physics.phantom.uptake import Part, Uptake, uptake_of
from yttria.values.contour import Contour
from yttria.values.errors import QuantityError
from yttria.values.injection import Injection, of_injection
from yttria.values.maps import Array, Voi
from yttria.values.units import Gram, Share

OWN_ROLES = ("perfused", "normal-perfused")


def uptake_by_feeder(
    parts: Sequence[Part], injections: Sequence[Injection], *, lung_shunt: Share, whole_lungs_g: Gram | None = None
) -> Mapping[str, Uptake]:
    """Return where 1 GBq of each injection lodges: in the parts of its territory alone, and in the lungs.

    Every uptake holds all parts, so that masses are those of the whole anatomy; a part that several territories share is cut in
    proportion to their shares of each voxel.

    Parameters
    ----------
    parts
        Of the anatomy, all on one grid but for the lungs.
    injections
        With what each perfuses.

    Raises
    ------
    QuantityError
        An injection without a perfused volume, or whose territory takes up nothing.
    IntakeError
        Territories that overlap.
    """
    inner = next(p.grid for p in parts if not p.is_lung)
    if lacks := next((i.name for i in injections if not i.perfused), None):
        raise QuantityError(
            f'injection "{lacks}" must have a perfused volume to be simulated, but names none; name one',
            code="injection-perfused-absent",
        )
    territories: dict[str, Voi] = {}
    for injection in injections:
        placed: list[Contour | Voi] = list(injection.perfused)
        territories[injection.name] = union([structure_on(s, inner) for s in placed], role="perfused")
    require_apart(territories)
    cut = [piece for part in parts for piece in _pieces(part, territories)]
    results: dict[str, Uptake] = {}
    for name in territories:
        alone = [p if p.is_lung or of_injection("perfused", name) in p.roles else replace(p, avidity=0.0) for p in cut]
        results[name] = uptake_of(alone, lung_shunt=lung_shunt, whole_lungs_g=whole_lungs_g)
    return results


def _pieces(part: Part, territories: Mapping[str, Voi]) -> Sequence[Part]:
    """Return a part cut by territories; what none of them holds stays, and takes up nothing."""
    if part.is_lung or "perfused" not in part.roles:
        return (part,)
    total: Array = np.maximum(np.sum([v.share for v in territories.values()], axis=0), 1e-6)
    pieces, left = [], part.share
    for name, voi in territories.items():
        share = np.asarray(part.share * (voi.share / total), dtype=np.float32)
        own = tuple(of_injection(role, name) for role in part.roles if role in OWN_ROLES)
        if share.any():
            pieces.append(replace(part, name=f"{part.name}, {name}", roles=(*part.roles, *own), share=share))
            left = left - share
    rest = np.maximum(left, 0)
    if float(rest.sum(dtype=np.float64)) > 1e-6 * float(part.share.sum(dtype=np.float64)):
        pieces.append(replace(part, name=f"{part.name}, no injection", share=rest, avidity=0.0))
    return pieces
