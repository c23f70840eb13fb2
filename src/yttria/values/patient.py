"""One patient as read (`PatientCase`), with the dose (`AbsorbedDose`), planned (`Result`); identity is held in `PatientIdentity`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from yttria.values.aims_limits import DoseName, unknown_lung_doses
from yttria.values.contour import Contour
from yttria.values.dvh import Dvh
from yttria.values.errors import Finding
from yttria.values.injection import Injection, InjectionActivity, InjectionDose, LesionPart
from yttria.values.maps import ActivityMap, CountMap, CtImage, DensityMap, DoseMap, Voi
from yttria.values.nuclide import Nuclide
from yttria.values.plan import Plan, Scenario
from yttria.values.planar import PlanarScan
from yttria.values.product import Product
from yttria.values.recovery import RecoveryCurve
from yttria.values.treatment import Administration, LungShunt, require_lung_mass
from yttria.values.units import Bq, Gram, Gy, Share
from yttria.values.uptake import ColdPart, Focus, ImageUptake, LungContours, LungConventions, UptakeShares


@dataclass(frozen=True, slots=True)
class ClinicalFacts:
    """What the case says of the patient beyond images; None where it does not say.

    Doses in Gy, bilirubin in mg/dL, GFR in mL/min/1.73 m2, platelets in 1e9/L; `perfused_confirmed` is [case]'s: a person has
    looked at the perfused volume and stands by it.
    """

    height_cm: float | None = None
    weight_kg: float | None = None
    bilirubin_mg_dl: float | None = None
    child_pugh: str | None = None
    disease: str | None = None
    scenario: Scenario | None = None
    previous_lung_dose_gy: float | None = None
    digestive_shunt: bool | None = None
    earlier_radioembolisation: bool | None = None
    earlier_normal_liver_dose_gy: float | None = None
    earlier_perfused_normal_dose_gy: float | None = None
    earlier_product: str | None = None
    earlier_external_beam: bool | None = None
    ascites: bool | None = None
    encephalopathy: bool | None = None
    cirrhosis: bool | None = None
    bilirubin_reversible: bool | None = None
    main_portal_vein_invasion: bool | None = None
    inr: float | None = None
    gfr: float | None = None
    platelets: float | None = None
    perfused_confirmed: bool | None = None


OwnLimit = tuple[tuple[str, object], ...]
"""A limit of a site with its conditions, in the words of the rule table: pairs of key and value."""


@dataclass(frozen=True, slots=True)
class SiteJudgement:
    """How a site judges a contraindication of the rules, and by which source."""

    judgement: Literal["stop", "warning", "none"]
    source: str


@dataclass(frozen=True, slots=True)
class PlanningOptions:
    """What the case decides; every default is the house's and is printed with its source.

    Parameters
    ----------
    product
        Microsphere product.
    nuclide
        The product's nuclide with the chosen dose constant.
    method
        Dose engine, "local".
    calibration
        relative (counts share out the administered activity) or absolute (Bq/mL as measured).
    shunt_fraction, shunt_method
        A shunt given by the case; None: measured.
    lung_mass_g
        A lung mass given by the case; None: from CT, or the flagged default.
    aims_gy
        Aims of the site by contract name: tumour_gy, wished_gy, perfused_gy, perfused_only_gy.
    limits_gy
        Limits of the site by contract name without its unit ("lung", "normal_perfused" …), Gy.
    limit_sources
        What the site says of each.
    given
        An activity already decided.
    contraindications
        The site's own judgement of a contraindication, by its name.
    own_limits
        Limits of the site that hold under conditions.
    recovery
        The site's measured recovery; None: the geometric transfer matrix.
    corrected_judges
        Whether aims and limits are judged by doses corrected for blur (the site's word); None where it is not said: they are not.
    """

    product: Product
    nuclide: Nuclide
    method: str = "local"
    calibration: str = "relative"
    shunt_fraction: Share | None = None
    shunt_method: str | None = None
    lung_mass_g: Gram | None = None
    aims_gy: Mapping[str, Gy] = field(default_factory=dict)
    limits_gy: Mapping[str, Gy] = field(default_factory=dict)
    limit_sources: Mapping[str, str] = field(default_factory=dict)
    given: Administration | None = None
    contraindications: Mapping[str, SiteJudgement] = field(default_factory=dict)
    own_limits: tuple[OwnLimit, ...] = ()
    recovery: RecoveryCurve | None = None
    corrected_judges: bool | None = None

    def __post_init__(self) -> None:
        if self.lung_mass_g is not None:
            require_lung_mass(self.lung_mass_g)


@dataclass(frozen=True, slots=True)
class InputRecord:
    """One input of the case: what it is, how many files, their SHA-256 over sorted contents, and the lines a report prints."""

    role: str
    description: str
    files: int
    sha256: str
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class PatientIdentity:
    """Identity and UIDs, used only by `io` where something is written. Prints nothing of itself."""

    patient_name: str = ""
    patient_id: str = ""
    birth_date: str = ""
    sex: str = ""
    study_uid: str = ""
    study_id: str = ""
    study_date: str = ""
    study_time: str = ""
    accession: str = ""
    referring: str = ""
    frame_uid: str = ""
    ct_series_uid: str = ""
    ct_sop_uids: tuple[str, ...] = ()
    zone: str = ""

    def __repr__(self) -> str:
        return "PatientIdentity(closed)"


@dataclass(frozen=True, slots=True, eq=False)
class PatientCase:
    """One case as read: everything has a role, nothing is guessed.

    Parameters
    ----------
    emission
        The tomographic emission image on its own grid.
    ct
        None where the case has none (density is then a flagged default).
    planar
        Conjugate views for the planar shunt, or None.
    contours
        Drawn structures with roles, in patient space.
    volumes
        Masks with roles, each on its own grid.
    index_tumour
        Name of the structure that the case calls the index lesion; None: the largest.
    modality
        Of the emission image: PT, NM; empty for a file that does not say.
    motions
        4 x 4, LPS mm, by frame of reference: what takes points of other frames to that of the emission image.
    joined_by
        How a plan's frame came to the image's: same-frame, registration-object, stated, registered; empty where it did not.
    injections
        As [[injections]] states them; none: one injection, of which nothing more is said.
    delivered
        Whether the image shows what was delivered: it is then not divided among injections.
    """

    name: str
    emission: CountMap | ActivityMap
    ct: CtImage | None
    planar: PlanarScan | None
    contours: tuple[Contour, ...]
    volumes: tuple[Voi, ...]
    facts: ClinicalFacts
    choices: PlanningOptions
    identity: PatientIdentity
    inputs: tuple[InputRecord, ...]
    acquired: datetime | None = None
    index_tumour: str | None = None
    modality: str = ""
    motions: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    joined_by: str = ""
    injections: tuple[Injection, ...] = ()
    delivered: bool = False
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class EmissionAnatomy:
    """One patient's structures, density and lungs on the grid of the emission image.

    Parameters
    ----------
    volumes
        By role: liver, perfused, tumour, tumour-1 …, lungs, normal-perfused, normal-liver.
    density
        On the emission grid, g/mL.
    lungs
        As they are drawn; None where they are not.
    has_perfused_contour
        Whether a perfused volume is drawn; else the whole liver stands for it.
    """

    volumes: Mapping[str, Voi]
    density: DensityMap
    lungs: LungContours | None
    has_perfused_contour: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class ActivityDistribution:
    """Where an administered activity lodges, at the administration.

    Parameters
    ----------
    activity
        Bq/mL on the emission grid.
    administered_bq
        Administered activity that the map stands for (1 GBq before planning).
    shunt
        What of it goes to the lungs.
    injections
        Of several injections each by itself, 1 GBq; none: one injection.
    image
        What the image says of the drawing; None where nobody looked.
    """

    activity: ActivityMap
    administered_bq: Bq
    shunt: LungShunt
    injections: tuple[InjectionActivity, ...] = ()
    image: ImageUptake | None = None


@dataclass(frozen=True, slots=True, eq=False)
class AbsorbedDose:
    """One patient's dose per GBq administered, on the emission grid. Everything scales with activity.

    Parameters
    ----------
    dose
        Gy for `activity_bq`.
    activity_bq
        Administered activity that everything here stands for (1 GBq before planning).
    volumes
        By role: liver, perfused, tumour, tumour-1 …, lungs, normal-perfused, normal-liver.
    mass_g
        By role, as weighted by density.
    doses_gy
        By dose name: TD, TD_all, TD_1 …, PLD, NPLD, WNLD, WLD, LD.
    recovered_gy
        `doses_gy` with the blur between the case's own volumes undone, by dose name: beside them, never in their place. TD and LD have
        none, nor has a volume too small for it; findings name those.
    uncorrected_gy
        The doses as the image has them, where the site lets corrected ones judge: `doses_gy` are then those of `recovered_gy`, as far as
        these are known. Empty where `doses_gy` themselves are as seen.
    partition_gy
        A second reckoning of the doses as the image has them, by counts and masses alone; empty for several injections with an image on another grid.
    dvh
        By role, as the image has it.
    relative_uncertainty
        By dose name: relative standard uncertainty by component.
    index
        Role of the index lesion, "tumour-1" …
    injections
        Of several injections the dose of each by itself; none: one injection.
    parts
        Of several injections: the parts of lesions that they treat, of the index lesion first.
    reached_by
        Of several injections: by role of the lesion those whose perfused volume holds 10 mL or 10 % of it.
    reserve
        (liver - perfused) / liver, by volume, of the part of the perfused volume inside the liver.
    reserve_without_tumour
        (liver - perfused - tumour outside it) / liver; None where it is the same.
    has_perfused_contour
        Whether a perfused volume is drawn; else the whole liver stands for it.
    uptake
        Whether the counts lie where the volumes were drawn.
    territory_open
        The counts do not fit the perfused volume, and nobody has confirmed it: no rule's reserve is met.
    foci
        Activity outside liver and lungs, the hottest first.
    cold
        By role of the lesion: the part that takes up less than the perfused normal liver.
    lungs
        By each convention; the lung dose stands on the judged pair.
    """

    dose: DoseMap
    density: DensityMap
    activity_bq: Bq
    volumes: Mapping[str, Voi]
    mass_g: Mapping[str, Gram]
    doses_gy: Mapping[DoseName, Gy]
    dvh: Mapping[str, Dvh]
    shunt: LungShunt
    reserve: Share
    index: str
    recovered_gy: Mapping[DoseName, Gy] = field(default_factory=dict)
    uncorrected_gy: Mapping[DoseName, Gy] = field(default_factory=dict)
    partition_gy: Mapping[DoseName, Gy] = field(default_factory=dict)
    relative_uncertainty: Mapping[DoseName, Mapping[str, float]] = field(default_factory=dict)
    injections: tuple[InjectionDose, ...] = ()
    parts: tuple[LesionPart, ...] = ()
    reached_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reserve_without_tumour: Share | None = None
    has_perfused_contour: bool = True
    uptake: UptakeShares | None = None
    territory_open: bool = False
    foci: tuple[Focus, ...] = ()
    cold: Mapping[str, ColdPart] = field(default_factory=dict)
    lungs: LungConventions | None = None

    @property
    def judged_reserve(self) -> Share:
        """Return the reserve that rules judge: the smaller of both, and none while the perfused volume is open."""
        if self.territory_open:
            return Share(0.0)
        without = self.reserve if self.reserve_without_tumour is None else self.reserve_without_tumour
        return min(self.reserve, without)

    @property
    def shunt_known(self) -> bool:
        """Tell whether the lung shunt is given or measured: of several injections that of each."""
        shunts = [i.shunt for i in self.injections] or [self.shunt]
        return all(shunt.method != "absent" for shunt in shunts)

    @property
    def unknown_doses(self) -> frozenset[DoseName]:
        """Return the doses that are 0 only because nobody gave or measured the shunt."""
        return unknown_lung_doses(self.doses_gy, shunt_known=self.shunt_known)

    @property
    def tumour_share(self) -> Share:
        """Return the share of the liver that is not normal: tumours, thrombus and what is dead."""
        liver, normal = self.volumes["liver"].ml, self.volumes.get("normal-liver")
        return Share(1 - (normal.ml if normal is not None else 0.0) / liver)

    @property
    def perfused_tumour_share(self) -> Share:
        """Return the share of the perfused volume that is not normal: tumours, thrombus and what is dead."""
        perfused, normal = self.volumes["perfused"].ml, self.volumes.get("normal-perfused")
        return Share(1 - (normal.ml if normal is not None else 0.0) / perfused)

    @property
    def tumour_to_normal(self) -> float | None:
        """Return T/N: the mean dose of the index lesion over that of the perfused normal liver; None without one of them."""
        tumour, normal = self.doses_gy.get("TD"), self.doses_gy.get("NPLD", 0.0)
        return tumour / normal if tumour is not None and normal > 0 else None


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """A planned patient: what came in, what it absorbs, what is planned, every finding on the way."""

    patient_case: PatientCase
    absorbed: AbsorbedDose
    plan: Plan
    findings: tuple[Finding, ...]
