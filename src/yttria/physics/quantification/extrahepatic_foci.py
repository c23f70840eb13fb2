"""Activity outside liver and lungs: where it lies, how much it is, and what it may be."""

import numpy as np
from scipy.ndimage import center_of_mass, label, maximum

from yttria.physics.geometry.volume_algebra import farther_than
from yttria.values.errors import Finding, QuantityError
from yttria.values.grid import require_same_grid
from yttria.values.maps import ActivityMap, CountMap, Voi
from yttria.values.units import Ml, Share
from yttria.values.uptake import Focus

OF_LIVER = 0.1  # of the liver's mean concentration (house)
APART_MM = 12.0  # from the liver, whose blur reaches as far
LEAST_SHARE = 0.005  # of all counts: fewer is no focus to speak of
INSIDE = 0.5
HALF_CM = 5.0  # mm: less is no direction
TECHNETIUM = "Tc-99m"


def extrahepatic_foci(counts: CountMap | ActivityMap, *, liver: Voi, lungs: Voi | None = None) -> tuple[Focus, ...]:
    """Return the connected foci outside liver and lungs with more than 0.5 % of all counts, the one with the hottest voxel first.

    A focus is made of voxels above a tenth of the liver's mean that touch by a face, an edge or a corner, more than 12 mm from the liver
    and not in the lungs. All counts are the image's without those of the lungs.

    Parameters
    ----------
    counts
        Counts or Bq/mL: only their proportions are used.
    liver, lungs
        On the emission grid; lungs None where they are not drawn.

    Raises
    ------
    GeometryError, QuantityError
        Another grid; a liver without counts.

    Source
    ------
    A tenth of the liver's mean, 12 mm and 0.5 %: house.

    Examples
    --------
    >>> from yttria.values.grid import Grid
    >>> grid = Grid.aligned((1, 1, 12), spacing_zyx_mm=(10, 10, 10), origin_lps_mm=(0, 0, 0))
    >>> counts = CountMap(grid, np.array([[[90.0, 90, 0, 0, 0, 0, 0, 0, 0, 12, 8, 0]]]))
    >>> liver = Voi("liver", "liver", grid, np.array([[[1.0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]]))
    >>> [(f.share, f.ml, f.centre_lps_mm) for f in extrahepatic_foci(counts, liver=liver)]
    [(0.06, 1.0, (90.0, 0.0, 0.0))]
    """
    for voi in (liver, *(() if lungs is None else (lungs,))):
        require_same_grid(counts.grid, voi.grid, what=f"emission image and {voi.role or voi.name}")
    numbers = counts.numbers
    mean = liver.total_of(numbers) / float(liver.own_part.sum(dtype=np.float64))
    if mean <= 0:
        raise QuantityError(
            "the liver must hold counts, but holds none; check that image and liver belong together",
            code="liver-without-counts",
        )
    hot = (numbers > OF_LIVER * mean) & farther_than(liver.share >= INSIDE, counts.grid.spacing_zyx_mm, APART_MM)
    all_counts = float(numbers.sum(dtype=np.float64))
    if lungs is not None:
        hot &= lungs.share < INSIDE
        alone = np.minimum(lungs.own_part, 1 - liver.share[lungs.box])
        all_counts -= float(np.vdot(alone.astype(np.float64), numbers[lungs.box]))
    marked, many = label(hot, structure=np.ones((3, 3, 3), dtype=bool))
    if many == 0:
        return ()
    each = np.arange(1, many + 1)
    shares = np.bincount(marked[hot], weights=numbers[hot], minlength=many + 1)[1:] / all_counts
    size = np.bincount(marked[hot], minlength=many + 1)[1:] * counts.grid.voxel_ml
    peak = maximum(numbers, marked, each)
    chosen = [k for k in np.argsort(-peak, kind="stable") if shares[k] > LEAST_SHARE]
    centres = center_of_mass(numbers, marked, [int(k) + 1 for k in chosen]) if chosen else []
    points = [counts.grid.points_of([centre[::-1]])[0] for centre in centres]
    return tuple(
        Focus((float(x), float(y), float(z)), Share(float(shares[k])), Ml(float(size[k])))
        for k, (x, y, z) in zip(chosen, points, strict=True)
    )


def audit_foci(foci: tuple[Focus, ...], *, liver: Voi, nuclide: str) -> tuple[Finding, ...]:
    """Return a warning with place, share and possible nature of the hottest focus; nothing where there is none.

    Parameters
    ----------
    foci
        The hottest first.
    liver
        Places are told from its centre.
    nuclide
        What was imaged; empty where the header does not say.
    """
    if not foci:
        return ()
    first = foci[0]
    more = f" (and {len(foci) - 1} more in foci)" if len(foci) > 1 else ""
    may_be = (
        "it may be free pertechnetate (stomach, thyroid, kidneys, bladder), or microspheres would reach it through a digestive shunt"
        if nuclide in {"", TECHNETIUM}
        else f"it is no free pertechnetate, for the image is of {nuclide}: microspheres reached it, or it is contamination"
    )
    message = (
        f"a focus outside liver and lungs holds {100 * first.share:.1f} % of all counts in {first.ml:.0f} mL, {_place(first, liver)}{more}: {may_be}; "
        "look at the image before anything is ordered"
    )
    values = {"share": first.share, "ml": first.ml, "more_foci": float(len(foci) - 1)}
    values |= dict(zip(("x_mm", "y_mm", "z_mm"), first.centre_lps_mm, strict=True))
    values |= dict(zip(("left_mm", "behind_mm", "above_mm"), _from_liver(first, liver), strict=True))
    return (Finding("warning", "focus-outside-liver", message, values),)


def _from_liver(focus: Focus, liver: Voi) -> list[float]:
    """Return how far a focus lies to the left, behind and above the liver's centre, mm."""
    return [here - there for here, there in zip(focus.centre_lps_mm, liver.centroid_lps_mm, strict=True)]


def _place(focus: Focus, liver: Voi) -> str:
    """Return where a focus lies, from the liver's centre, in the words of a patient's sides."""
    ways = (("to the patient's left", "to the patient's right"), ("behind", "in front"), ("above", "below"))
    apart = _from_liver(focus, liver)
    parts = [f"{abs(mm) / 10:.0f} cm {way[mm < 0]}" for mm, way in zip(apart, ways, strict=True) if abs(mm) >= HALF_CM]
    x, y, z = focus.centre_lps_mm
    return f"{', '.join(parts) or 'level'} of the liver's centre (LPS {x:.0f}, {y:.0f}, {z:.0f} mm)"
