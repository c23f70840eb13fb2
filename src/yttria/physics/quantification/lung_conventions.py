"""The lungs by both conventions: planar views with 1 kg, SPECT/CT with the CT's mass; the larger dose is judged."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from yttria.data import table
from yttria.physics.quantification.lung_shunt import (
    LEAST_LUNG,
    WHOLE_SHARE,
    LungMass,
    lung_mass,
    planar_shunt,
    spect_shunt,
)
from yttria.values.errors import Finding, GeometryError, QuantityError, Value
from yttria.values.grid import Grid
from yttria.values.maps import ActivityMap, CountMap, CtImage, Voi
from yttria.values.patient import PlanningOptions
from yttria.values.planar import PlanarScan
from yttria.values.treatment import SHUNT_KEY, LungShunt
from yttria.values.units import G_PER_KG, Gram, Ml, Share
from yttria.values.uptake import LungContours, LungConventions

Findings = tuple[Finding, ...]
HALF_VOXEL = 0.5
BOTH = 2.0
SPECT, PLANAR, PART = "spect", "planar", "part"
WAYS = {
    SPECT: "SPECT/CT",
    PLANAR: "planar views",
    PART: "less than half of the lungs, scaled to the whole",
    "given": "the case",
    "absent": "nothing",
}
MASSES = {"ct": "the CT's mass", "default": "the convention's mass", "given": "the mass that the case gives"}


@dataclass(frozen=True, slots=True)
class _Masses:
    """Masses by convention, and the volume that whole lungs have."""

    default: Gram
    on_ct: Gram | None
    whole_ml: Ml | None
    findings: Findings


def lungs_by_convention(
    image: CountMap | ActivityMap,
    planar: PlanarScan | None,
    ct: CtImage | None,
    *,
    lungs: LungContours | None,
    liver: Voi,
    choices: PlanningOptions,
) -> tuple[LungShunt, LungConventions, Findings]:
    """Return the shunt that the liver's activity follows, the lungs by each convention, and findings.

    LD = k A f / m by the larger of two pairs: planar shunt with 1.0 kg, SPECT/CT shunt with the CT's mass; `[shunt] method` names the
    pair that the site wants. A CT's mass counts only where both lungs lie wholly in the CT, else it is 1.0 kg; a shunt on part of the
    lungs is scaled to the whole and not used below half of them: where there is no other, the lung dose is judged by it as an
    assumption, for nothing would be worse. A shunt or mass that the case gives stands for all.

    Parameters
    ----------
    image, planar, ct
        Emission image, conjugate views and CT; None where the case has none.
    lungs
        None where they are not drawn.
    liver
        On the emission grid.
    choices
        Shunt, mass and method that the case states.

    Returns
    -------
    tuple
        The shunt of SPECT/CT where there is one, else of planar views, else "absent": zero with a warning that names what settles it.

    Raises
    ------
    GeometryError
        Volumes on another grid than the image.

    Source
    ------
    30 Gy at 1.0 kg by planar views: Nucl Med Commun 2021;42:1064; the trial measured so (Garin et al., J Nucl Med 2024;65:264).
    SPECT/CT with the CT's mass: Kao et al., EJNMMI Res 2014;4:33. Half of the lungs: house.
    """
    masses = _masses(ct, lungs)
    spect, why_not = _measured_spect(image, lungs, liver, masses)
    views, more = _measured_planar(planar, lungs, liver, masses)
    shunts = {name: shunt for name, shunt in ((SPECT, spect), (PLANAR, views)) if shunt is not None}
    fraction = choices.shunt_fraction
    if not shunts and fraction is None and (part := _of_part(image, planar, lungs, liver, masses)) is not None:
        shunts = {PART: part}
    pairs = _given_pairs(fraction, masses, choices) if fraction is not None else _pairs(shunts, masses, choices)
    convention, of_choice = _convention_of_choices(choices, shunts)
    judged = _judged(pairs, convention if fraction is None else "")
    conventions = LungConventions(
        pairs=pairs,
        judged=judged,
        mass_default_g=masses.default,
        spect=spect,
        planar=views,
        mass_ct_g=masses.on_ct,
        statement="given" if fraction is not None else convention,
    )
    mass_findings = masses.findings if choices.lung_mass_g is None else ()
    findings = [*mass_findings, *of_choice, *(why_not if fraction is None else ()), *(more if fraction is None else ())]
    own = pairs[judged] if fraction is not None else _followed(pairs, convention)
    followed = own if own is pairs[judged] else replace(own, judged=pairs[judged])
    if followed.method == "absent":
        findings.append(_not_known(pairs[judged]))
    if pairs[judged].method != "absent":
        findings.append(_judged_pair_finding(conventions, choices))
    return followed, conventions, tuple(findings)


# ------------------------------------------------------------------- masses


def _masses(ct: CtImage | None, lungs: LungContours | None) -> _Masses:
    """Return the mass on CT where both lungs lie wholly in it, the convention's, and the volume of whole lungs."""
    default = Gram(table("tissue")["lungs"]["mass_g"])
    (mass, _), findings = lung_mass(ct, None if lungs is None else lungs.on_ct)
    if lungs is None:
        return _Masses(default, None, None, findings)
    if ct is None or lungs.on_ct is None:
        return _Masses(default, None, Ml(lungs.ml * (BOTH if lungs.only else 1)), findings)
    cut = reaches_edge(lungs.on_ct, ct.grid) or lungs.on_ct.ml < WHOLE_SHARE * lungs.ml
    if not (cut or lungs.only):
        return _Masses(default, mass, lungs.on_ct.ml, findings)
    whole = lungs.on_ct.ml * (max(default / mass, 1.0) if cut else BOTH)
    why = "the lungs reach the edge of the CT, which may cut them" if cut else f"only the {lungs.only} lung is drawn"
    message = (
        f"{why}: the CT's mass of {mass:.0f} g does not count, and the lung dose stands on the convention's {default:g} g "
        f"({table('tissue')['lungs']['source']}); draw both lungs on a CT that holds them, or give [lungs] mass_kg"
    )
    others = tuple(f for f in findings if f.code != "lungs-cut-by-ct")
    return _Masses(
        default,
        None,
        Ml(whole),
        (*others, Finding("warning", "lung-mass-default", message, {"ct_mass_g": mass, "default_g": default})),
    )


def reaches_edge(voi: Voi, image: Grid) -> bool:
    """Tell whether a volume reaches the outermost voxels of an image: it may go on beyond them.

    Examples
    --------
    >>> grid = Grid.aligned((4, 4, 4), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(0, 0, 0))
    >>> share = np.zeros(grid.shape_zyx)
    >>> share[1:3, 1:3, 1:3] = 1
    >>> inside = reaches_edge(Voi("lungs", "lungs", grid, share), grid)
    >>> share[3, 1, 1] = 1
    >>> inside, reaches_edge(Voi("lungs", "lungs", grid, share), grid)
    (False, True)
    """
    inside = voi.share >= HALF_VOXEL
    if not inside.any():
        return False
    extent = [np.flatnonzero(inside.any(axis=others)) for others in ((1, 2), (0, 2), (0, 1))]
    ends = np.stack(np.meshgrid(*((at[0], at[-1]) for at in extent), indexing="ij"), axis=-1)
    index = image.index_of(voi.grid.points_of(ends.reshape(-1, 3)[:, ::-1]))
    last = np.array(image.shape_zyx[::-1]) - 1
    return bool((index < HALF_VOXEL).any() or (index > last - HALF_VOXEL).any())


# ------------------------------------------------------------------- shunts


def _measured_spect(
    image: CountMap | ActivityMap,
    lungs: LungContours | None,
    liver: Voi,
    masses: _Masses,
    least_share: float = LEAST_LUNG,
) -> tuple[LungShunt | None, Findings]:
    if lungs is None or lungs.on_emission is None:
        return None, ()
    mass: LungMass = (masses.default, _default(masses)) if masses.on_ct is None else (masses.on_ct, "CT")
    try:
        return spect_shunt(
            image,
            lungs=lungs.on_emission,
            liver=liver,
            lung_mass=mass,
            lungs_ml=masses.whole_ml,
            least_share=least_share,
        )
    except QuantityError as error:
        return None, (Finding("note", "shunt-not-spect", f"no shunt from SPECT/CT: {error}"),)


def _measured_planar(
    planar: PlanarScan | None,
    lungs: LungContours | None,
    liver: Voi,
    masses: _Masses,
    least_share: float = LEAST_LUNG,
) -> tuple[LungShunt | None, Findings]:
    lung_voi = None if lungs is None else lungs.on_ct or lungs.on_emission
    if planar is None or lung_voi is None:
        return None, ()
    mass: LungMass = (masses.default, _default(masses))
    try:
        return planar_shunt(
            planar, lungs=lung_voi, liver=liver, lung_mass=mass, lungs_ml=masses.whole_ml, least_share=least_share
        )
    except (GeometryError, QuantityError) as error:
        return None, (Finding("note", "shunt-not-planar", f"no shunt from the planar scan: {error}"),)


def _of_part(
    image: CountMap | ActivityMap,
    planar: PlanarScan | None,
    lungs: LungContours | None,
    liver: Voi,
    masses: _Masses,
) -> LungShunt | None:
    """Return the largest shunt that less than half of the lungs shows, scaled to the whole; None where no lung is seen."""
    spect, _ = _measured_spect(image, lungs, liver, masses, least_share=0.0)
    views, _ = _measured_planar(planar, lungs, liver, masses, least_share=0.0)
    return max((s for s in (spect, views) if s is not None), key=lambda s: s.fraction, default=None)


def _not_known(judged: LungShunt) -> Finding:
    """Return the warning of a shunt that is neither given nor measured: what the lung dose is judged by, and what settles it."""
    settled = "measure it on planar views or on a SPECT/CT of both lungs, or give [shunt] fraction"
    if judged.method == "absent":
        message = (
            f"the lung shunt is not known and counts as zero, so no lung dose is judged; draw the lungs, {settled}"
        )
        return Finding("warning", "shunt-absent", message, {"missing": SHUNT_KEY})
    message = (
        f"the lung shunt is not known: less than half of the lungs is seen. The lung dose is judged by what that part shows, scaled to the whole "
        f"({judged.fraction:.1%}), as an assumption, and the liver's activity counts no shunt; {settled}"
    )
    return Finding("warning", "shunt-absent", message, {"missing": SHUNT_KEY, "assumed_fraction": judged.fraction})


def _default(masses: _Masses) -> str:
    return f"default {masses.default:g} g"


# -------------------------------------------------------------------- pairs


def _by_mass(masses: _Masses, choices: PlanningOptions) -> dict[str, LungMass]:
    """Return the masses that count by name: the one that the case gives, else the CT's and the convention's."""
    if choices.lung_mass_g is not None:
        return {"given": (choices.lung_mass_g, "given")}
    lung_masses: dict[str, LungMass] = {} if masses.on_ct is None else {"ct": (masses.on_ct, "CT")}
    return lung_masses | {"default": (masses.default, _default(masses))}


def _pairs(shunts: Mapping[str, LungShunt], masses: _Masses, choices: PlanningOptions) -> dict[str, LungShunt]:
    """Return every shunt with every mass, the pairs of the conventions first; nothing found is one pair of zero."""
    by_mass = _by_mass(masses, choices)
    if PART in shunts:
        return {f"{PART}-{name}": _with_mass(shunts[PART], mass) for name, mass in by_mass.items()}
    if not shunts:
        name = next(iter(by_mass))
        return {f"absent-{name}": LungShunt(Share(0.0), "absent", *by_mass[name])}
    pairs = {
        f"{way}-{name}": _with_mass(shunt, mass) for way, shunt in shunts.items() for name, mass in by_mass.items()
    }
    own = [key for key in pairs if _is_convention(key, pairs)]
    return {key: pairs[key] for key in [*own, *(k for k in pairs if k not in own)]}


def _is_convention(key: str, pairs: Mapping[str, LungShunt]) -> bool:
    """Tell whether a pair is one of the two: planar views with 1 kg, SPECT/CT with the CT's mass (1 kg where that does not count)."""
    way, _, mass = key.partition("-")
    own = "ct" if way == SPECT and f"{SPECT}-ct" in pairs else "default"
    return mass in {"given", own}


def _given_pairs(fraction: Share, masses: _Masses, choices: PlanningOptions) -> dict[str, LungShunt]:
    """Return the shunt that the case gives with the mass of its method, or with each where the case names none."""
    by_mass = _by_mass(masses, choices)
    if choices.shunt_method == PLANAR and "default" in by_mass:
        by_mass = {"default": by_mass["default"]}
    elif choices.shunt_method == SPECT and "ct" in by_mass:
        by_mass = {"ct": by_mass["ct"]}
    return {f"given-{name}": LungShunt(fraction, "given", *mass) for name, mass in by_mass.items()}


def _with_mass(shunt: LungShunt, mass: LungMass) -> LungShunt:
    return replace(shunt, lung_mass_g=mass[0], lung_mass_source=mass[1])


def _convention_of_choices(choices: PlanningOptions, shunts: Mapping[str, LungShunt]) -> tuple[str, Findings]:
    """Return the method that the site names, where its images have it; a warning where they do not."""
    method = choices.shunt_method or ""
    if method not in WAYS or method in {"given", "absent"} or choices.shunt_fraction is not None:
        return "", ()
    if method in shunts or not shunts or PART in shunts:
        return method if method in shunts else "", ()
    other = next(iter(shunts))
    message = f"[shunt] method asks for {WAYS[method]}, but no shunt is found there: {WAYS[other]} stands in"
    return "", (Finding("warning", "shunt-method-absent", message),)


def _judged(pairs: Mapping[str, LungShunt], convention: str) -> str:
    """Return the pair that is judged: of the conventions' two the one with the larger dose, or the one that the site names."""
    allowed = [k for k in pairs if k.startswith(("given", "absent", PART)) or _is_convention(k, pairs)]
    mine = [k for k in allowed if not convention or k.startswith(f"{convention}-")]
    return max(mine, key=lambda k: pairs[k].fraction / pairs[k].lung_mass_g)


def _followed(pairs: Mapping[str, LungShunt], convention: str) -> LungShunt:
    """Return the shunt that the liver's activity follows: SPECT/CT's where there is one, unless the site names planar views; none where none is known."""
    part = next((shunt for key, shunt in pairs.items() if key.startswith(PART)), None)
    if part is not None:
        return LungShunt(Share(0.0), "absent", part.lung_mass_g, part.lung_mass_source)
    keys = [k for k in pairs if _is_convention(k, pairs)] or list(pairs)
    ways = (convention, SPECT, PLANAR) if convention else (SPECT, PLANAR)
    return pairs[next((k for way in ways for k in keys if k.startswith(f"{way}-")), keys[0])]


# -------------------------------------------------------------------- words


def _judged_pair_finding(lungs: LungConventions, choices: PlanningOptions) -> Finding:
    """Return which pair is judged and what the others would say, per GBq administered."""

    def gy_per_gbq(pair: LungShunt) -> float:
        return choices.nuclide.dose_constant_gy_kg_per_gbq * pair.fraction * G_PER_KG / pair.lung_mass_g

    def words(key: str) -> str:
        pair = lungs.pairs[key]
        way, _, mass = key.partition("-")
        return f"{WAYS[way]} ({pair.fraction:.1%}) with {MASSES[mass]} ({pair.lung_mass_g / G_PER_KG:.2f} kg) {gy_per_gbq(pair):.2f} Gy/GBq"

    others = [words(key) for key in lungs.pairs if key != lungs.judged]
    why = (
        "as the site says"
        if lungs.statement in {SPECT, PLANAR}
        else "given"
        if lungs.statement
        else "assumed"
        if lungs.judged.startswith(PART)
        else "the larger of the conventions' pairs"
    )
    other_pairs = f"; beside it {'; '.join(others)}" if others else ""
    by_way = {SPECT: lungs.spect, PLANAR: lungs.planar} if lungs.statement == "given" else {}
    measured = {way: shunt for way, shunt in by_way.items() if shunt is not None}
    by_image = [f"{WAYS[way]} {shunt.fraction:.1%}" for way, shunt in measured.items()]
    images = f"; the images show {' and '.join(by_image)}" if by_image else ""
    message = f"the lung dose stands on {words(lungs.judged)}: {why}{other_pairs}{images}"
    values: dict[str, Value] = {"pair": lungs.judged, "shunt_fraction": lungs.pairs[lungs.judged].fraction}
    for key, pair in lungs.pairs.items():
        name = key.replace("-", "_")
        values |= {
            f"{name}_fraction": pair.fraction,
            f"{name}_mass_g": pair.lung_mass_g,
            f"{name}_gy_per_gbq": gy_per_gbq(pair),
        }
    values |= {f"image_{way}_fraction": shunt.fraction for way, shunt in measured.items()}
    return Finding("note", "lungs-judged", message, values)
