"""Known activity in a known anatomy: parts that do not overlap, what each takes up, and the dose that follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from yttria.values.errors import QuantityError, require_not_negative, require_positive, require_share
from yttria.values.grid import Grid
from yttria.values.maps import Array
from yttria.values.nuclide import Nuclide
from yttria.values.units import BQ_PER_GBQ, G_PER_KG, Gram, Gy, Ml, Share

ROLE_OF_DOSE = {
    "TD_all": "tumour",
    "PLD": "perfused",
    "NPLD": "normal-perfused",
    "WNLD": "normal-liver",
    "WLD": "liver",
    "LD": "lungs",
}


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A piece of the patient that shares no tissue with another part.

    Parameters
    ----------
    name
        What it is.
    roles
        The volumes of interest that it belongs to: liver, perfused, tumour, tumour-1, normal-perfused, normal-liver, lungs.
    grid
        Where its shares lie: any part of the anatomy's grid.
    share
        0..1 per voxel.
    g_per_ml
        Density, one number or one a voxel.
    avidity
        Uptake per mL against normal perfused liver (per g, in lungs: their shape alone counts).
    """

    name: str
    roles: tuple[str, ...]
    grid: Grid
    share: Array
    g_per_ml: float | Array
    avidity: float

    @property
    def is_lung(self) -> bool:
        """Tell whether this is lung."""
        return "lungs" in self.roles

    @property
    def ml(self) -> Ml:
        """Return the volume, mL."""
        return Ml(float(self.share.sum(dtype=np.float64)) * self.grid.voxel_ml)

    @property
    def mass_g(self) -> Gram:
        """Return the mass, g."""
        return Gram(float(self.weight.sum(dtype=np.float64)) * self.grid.voxel_ml)

    @property
    def weight(self) -> Array:
        """Return share times density, g per mL of voxel."""
        return np.asarray(self.share * np.asarray(self.g_per_ml, dtype=np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Uptake:
    """Where the administered activity lodges.

    Parameters
    ----------
    parts
        All parts, those that take up nothing included.
    activity
        Share of the administered activity in each part; they add up to 1 where the lungs are whole.
    mass_g, ml
        Mass and volume of each part.
    """

    parts: tuple[Part, ...]
    activity: tuple[Share, ...]
    mass_g: tuple[Gram, ...]
    ml: tuple[Ml, ...]

    def per_ml(self, part: Part) -> Array:
        """Return the share of the administered activity per mL in each voxel of a part's grid."""
        at = next(n for n, p in enumerate(self.parts) if p is part)
        shape = part.weight if part.is_lung else part.share
        total = float(shape.sum(dtype=np.float64)) * part.grid.voxel_ml
        return np.asarray(shape * np.float32(self.activity[at] / total if total else 0.0))

    def of(self, role: str) -> tuple[Share, Gram, Ml]:
        """Return the activity share, mass and volume of a role."""
        chosen = [n for n, p in enumerate(self.parts) if role in p.roles]
        return (
            Share(sum(self.activity[n] for n in chosen)),
            Gram(sum(self.mass_g[n] for n in chosen)),
            Ml(sum(self.ml[n] for n in chosen)),
        )

    @property
    def roles(self) -> tuple[str, ...]:
        """Return every role that a part plays, in order of first appearance."""
        return tuple(dict.fromkeys(r for p in self.parts for r in p.roles))

    def role_of_dose(self) -> dict[str, str]:
        """Return which role each named dose of this patient speaks of; TD is that of tumour-1."""
        each = {f"TD_{role.removeprefix('tumour-')}": role for role in self.roles if role.startswith("tumour-")}
        short = {role: name for name, role in ROLE_OF_DOSE.items()}
        own = {
            f"{short[kind]}[{name}": role
            for role in self.roles
            for kind, bracket, name in [role.partition("[")]
            if bracket
        }
        roles = {"TD": "tumour-1", **each, **ROLE_OF_DOSE, **own}
        return {name: role for name, role in roles.items() if role in self.roles}

    def doses_per_gbq(self, nuclide: Nuclide, within: Mapping[str, float] | None = None) -> dict[str, Gy]:
        """Return the dose of each named volume for 1 GBq administered, Gy: D = k A / m, every electron stopping where it started.

        Parameters
        ----------
        within
            Share of an image that lies within each role, where the dose that this image would give is wanted: the image is
            then scaled so that liver and lungs hold what they truly hold (patient-relative calibration). None: the truth.
        """
        doses: dict[str, Gy] = {}
        for name, role in self.role_of_dose().items():
            share, mass, _ = self.of(role)
            if within is not None:
                organ = "lungs" if role == "lungs" else "liver"
                share = Share(within[role] * self.of(organ)[0] / within[organ] if within[organ] > 0 else 0.0)
            if mass > 0:
                doses[name] = Gy(share * BQ_PER_GBQ * nuclide.joule_per_bq / (mass / G_PER_KG))
        return doses


def uptake_of(parts: Sequence[Part], *, lung_shunt: Share, whole_lungs_g: Gram | None = None) -> Uptake:
    """Return the uptake when a share of the activity reaches the lungs and the rest lodges in proportion to avidity and volume.

    Lungs take up activity per gram, the liver per mL.

    Parameters
    ----------
    whole_lungs_g
        Mass of both lungs where the anatomy holds only part of them, or none: that part then takes its share of the shunt,
        the rest lodges where nobody looks. None: the lungs here are whole.

    Raises
    ------
    QuantityError
        A shunt outside 0..1, a shunt without lungs, a liver that takes up nothing.
    """
    require_share(lung_shunt, what="lung shunt")
    mass, volume = tuple(p.mass_g for p in parts), tuple(p.ml for p in parts)
    weights = [
        require_not_negative(p.avidity, what=f"avidity of {p.name}") * (m if p.is_lung else v)
        for p, m, v in zip(parts, mass, volume, strict=True)
    ]
    here = sum(w for w, p in zip(weights, parts, strict=True) if p.is_lung)
    lungs = max(here, whole_lungs_g or 0.0)
    rest = require_positive(sum(weights) - here, what="uptake of the liver")
    if lung_shunt > 0 and lungs <= 0:
        raise QuantityError(
            f"a lung shunt of {lung_shunt:g} needs lungs in the anatomy, but there are none; take a shunt of 0",
            code="lungs-absent",
            values={"lung_shunt": lung_shunt},
        )
    shares = tuple(
        Share(w / lungs * lung_shunt if p.is_lung and lungs > 0 else w / rest * (1 - lung_shunt))
        for w, p in zip(weights, parts, strict=True)
    )
    return Uptake(tuple(parts), shares, mass, volume)
