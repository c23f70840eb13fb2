"""What an emission image says of the drawing: shares of counts, foci elsewhere, cold parts of lesions, and the lungs by each convention."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from yttria.values.errors import require_not_negative, require_positive, require_share
from yttria.values.maps import Voi
from yttria.values.treatment import LungShunt
from yttria.values.units import Gram, Gy, Ml, Share

ALL = Share(1.0)


@dataclass(frozen=True, slots=True)
class UptakeShares:
    """Whether the counts lie where the volumes were drawn.

    Parameters
    ----------
    perfused
        Counts in the perfused volume inside the liver, over counts in the liver.
    perfused_blur
        The same of even uptake in the perfused volume, blurred as the image is: what the drawing and the camera alone would give.
    liver
        Counts in the liver over all counts but those of the lungs.
    liver_blur
        The same of even uptake in the perfused volume, blurred as the image is.

    Examples
    --------
    >>> UptakeShares(Share(0.5), Share(0.8), Share(0.95)).of_blur
    0.625
    """

    perfused: Share
    perfused_blur: Share
    liver: Share
    liver_blur: Share = ALL

    def __post_init__(self) -> None:
        for name in ("perfused", "perfused_blur", "liver", "liver_blur"):
            require_share(getattr(self, name), what=f"share of counts, {name}")
        require_positive(self.perfused_blur, what="share of blurred even uptake in the perfused volume")
        require_positive(self.liver_blur, what="share of blurred even uptake in the liver")

    @property
    def of_blur(self) -> float:
        """Return the counts share as a part of the blur share: below 1 where the counts lie elsewhere."""
        return self.perfused / self.perfused_blur


@dataclass(frozen=True, slots=True)
class Focus:
    """Activity outside liver and lungs.

    Parameters
    ----------
    centre_lps_mm
        Its centre, each voxel by its counts.
    share
        Of all counts, without those of the lungs.
    ml
        Its volume.
    """

    centre_lps_mm: tuple[float, float, float]
    share: Share
    ml: Ml

    def __post_init__(self) -> None:
        require_share(self.share, what="share of a focus")
        require_positive(self.ml, what="volume of a focus (mL)")


@dataclass(frozen=True, slots=True)
class ColdPart:
    """A connected part of a lesion that takes up less than the perfused normal liver.

    Parameters
    ----------
    ml
        Its volume; of several that are large enough, all of them.
    share
        Of the lesion's volume.
    rest_gy
        Mean dose of the rest of the lesion, for the activity that the case stands for; None where nothing is left.
    """

    ml: Ml
    share: Share
    rest_gy: Gy | None

    def __post_init__(self) -> None:
        require_positive(self.ml, what="volume of a cold part (mL)")
        require_share(self.share, what="share of a cold part")
        if self.rest_gy is not None:
            require_not_negative(self.rest_gy, what="dose of the rest of a lesion (Gy)")


@dataclass(frozen=True, slots=True, eq=False)
class LungContours:
    """The lungs as far as they are drawn.

    Parameters
    ----------
    on_emission
        On the emission grid; None where they lie outside it.
    on_ct
        On their part of the CT's grid; None without a CT.
    ml
        Volume as drawn, before any image cuts it.
    only
        "left" or "right" where only one lung is drawn; empty otherwise.
    """

    on_emission: Voi | None
    on_ct: Voi | None
    ml: Ml
    only: str = ""


@dataclass(frozen=True, slots=True)
class LungConventions:
    """The lungs by each convention: shunts, masses, every pair of both, and the pair that is judged.

    Parameters
    ----------
    pairs
        Shunt and mass by name: "planar-default", "spect-ct" …
    judged
        The name of the pair that the lung dose stands on.
    spect, planar
        Shunts found; None where an image shows none.
    mass_ct_g
        Mass from a CT that holds both lungs; None where it does not.
    mass_default_g
        The convention's.
    """

    pairs: Mapping[str, LungShunt]
    judged: str
    mass_default_g: Gram
    spect: LungShunt | None = None
    planar: LungShunt | None = None
    mass_ct_g: Gram | None = None
    statement: str = field(default="")

    @property
    def judged_pair(self) -> LungShunt:
        """Return the shunt and mass that the lung dose stands on."""
        return self.pairs[self.judged]

    @property
    def most_fraction(self) -> Share:
        """Return the largest shunt that the judgement may stand on: all that were found, or the one that the case states."""
        shunts = [self.judged_pair] if self.statement else list(self.pairs.values())
        return Share(max(shunt.fraction for shunt in shunts))


@dataclass(frozen=True, slots=True)
class ImageUptake:
    """What an emission image says of the drawing.

    Parameters
    ----------
    lungs
        By each convention.
    uptake
        Whether the counts lie where the volumes were drawn.
    foci
        Activity outside liver and lungs, the hottest first.
    """

    lungs: LungConventions
    uptake: UptakeShares
    foci: tuple[Focus, ...] = ()

    @classmethod
    def least_favourable(cls, images: Sequence["ImageUptake"]) -> "ImageUptake":
        """Return what several images say together: the lungs with the largest shunt, the counts that fit worst, every focus."""
        return cls(
            max((i.lungs for i in images), key=lambda lungs: lungs.most_fraction),
            min((i.uptake for i in images), key=lambda uptake: uptake.of_blur),
            tuple(sorted({f for i in images for f in i.foci}, key=lambda f: -f.share)),
        )
