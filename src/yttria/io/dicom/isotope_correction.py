"""A PET scanner set to another isotope than was there: its positron fraction and its decay taken back, the true ones put in.

Scanners that do not know 90Y are set to 18F or 68Ga. What they write is then too small by the ratio of the positron fractions,
and corrected for the wrong decay. Both are undone only where a person has confirmed what was really imaged.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from yttria.data import table
from yttria.io.dicom.header import Header, floats
from yttria.io.dicom.radiopharmaceutical import (
    coded_entries,
    half_life_h,
    named_nuclide,
    near_half_life,
)
from yttria.values.confirmation import Confirmation
from yttria.values.errors import Finding, IntakeError, Level
from yttria.values.nuclide import Nuclide
from yttria.values.time import hours_on_one_clock

WORDS = ("SeriesDescription", "StudyDescription", "ProtocolName")
YTTRIUM = re.compile(
    r"(?<![a-z0-9])(y-?90|90-?y|\^90\^)|yttri|theras?pher|sir-?spher|(?<![a-z])(sirt|tare)(?![a-z])", re.IGNORECASE
)
FRACTION_TOLERANCE = 0.02  # scanners' tables of positron fractions differ by up to this
FRACTION_NOTED = 0.10  # beyond this a fraction that is not the nuclide's is a warning
FRACTION_REFUSED = 2.0  # a ratio beyond this, either way, is another nuclide's fraction or another unit
MS_PER_HOUR = 3.6e6  # ActualFrameDuration is in milliseconds
FACTOR_TOLERANCE = 0.005  # a stated decay factor further from the computed one than this was made by another rule


@dataclass(frozen=True, slots=True)
class Setting:
    """What a scanner was set to.

    Parameters
    ----------
    name
        Nuclide.
    half_life_h
        As its header says, else the table's.
    fraction
        Positrons per decay that it divided by.
    source
        Where the fraction stands.
    """

    name: str
    half_life_h: float
    fraction: float
    source: str


def tracer_of(dataset: Dataset) -> str:
    """Return the PET isotope that a scanner was set to, by its half-life where one is stated, else by its code; empty for any other."""
    hours = half_life_h(dataset)
    if hours is not None:
        return next((n for n, row in table("pet_tracers").items() if near_half_life(hours, row["half_life_h"])), "")
    name = named_nuclide(coded_entries(dataset), what="the PET")
    return name if name in table("pet_tracers") else ""


def setting_of(dataset: Dataset, confirmation: Confirmation, *, what: str) -> Setting:
    """Return what the scanner was set to, refusing a header that does not bear out what a person confirmed.

    Raises
    ------
    IntakeError
        An unknown isotope; another isotope, half-life or positron fraction in the header than was confirmed.
    """
    row = table("pet_tracers").get(confirmation.acquired_as)
    if row is None:
        raise IntakeError(
            f"[emission] acquired_as must be one of {', '.join(table('pet_tracers'))}, but is {confirmation.acquired_as}; name what the scanner was set to",
            code="isotope-correction",
        )
    entries, hours = coded_entries(dataset), half_life_h(dataset)
    coded = named_nuclide(entries, what=what) or (entries[-1].words if entries else "")
    if coded not in {"", confirmation.acquired_as, confirmation.nuclide} or (
        coded != confirmation.acquired_as and hours is None
    ):
        raise IntakeError(
            f"{what} must be what [emission] acquired_as says, {confirmation.acquired_as}, but its header says {coded or 'nothing'}; correct case.toml",
            code="isotope-correction",
        )
    if hours is not None and not near_half_life(hours, row["half_life_h"]):
        raise IntakeError(
            f"{what} must have the half-life of {confirmation.acquired_as}, {row['half_life_h']:.4g} h, but its header says {hours:.4g} h: "
            "the scanner did not correct for that decay; correct [emission] acquired_as",
            code="isotope-correction",
            values={"hours": hours, "half_life_h": row["half_life_h"]},
        )
    fraction, source = _fraction(dataset, confirmation, row, what=what)
    return Setting(confirmation.acquired_as, row["half_life_h"] if hours is None else hours, fraction, source)


def _fraction(dataset: Dataset, confirmation: Confirmation, row: dict[str, float], *, what: str) -> tuple[float, str]:
    """Return the positron fraction that the scanner divided by and where it stands: as a person says, else the header, which must be the tracer's."""
    stated, own = stated_fraction(dataset), row["positron_fraction"]
    if confirmation.positron_fraction is not None:
        differs = stated is not None and abs(stated / confirmation.positron_fraction - 1) > FRACTION_TOLERANCE
        return (
            confirmation.positron_fraction,
            f"case.toml, where the header says {stated:g}" if differs else "case.toml",
        )
    if stated is not None and abs(stated / own - 1) > FRACTION_TOLERANCE:
        raise IntakeError(
            f"{what} must have been divided by the positron fraction of {confirmation.acquired_as}, {own:g}, but its header says {stated:g}; "
            "ask the scanner's maker which was used, and give it as [emission] positron_fraction",
            code="isotope-correction",
            values={"stated": stated, "usual": own},
        )
    return (own, str(row["source"])) if stated is None else (stated, "the header")


def stated_fraction(dataset: Dataset) -> float | None:
    """Return the positron fraction that a header states; None where it states none above zero."""
    items = dataset.get("RadiopharmaceuticalInformationSequence") or []
    stated = next((v[0] for i in items if (v := floats(i.get("RadionuclidePositronFraction")))), 0.0)
    return stated if stated > 0 else None


def audit_fraction(dataset: Dataset, nuclide: str, *, what: str) -> tuple[Finding, ...]:
    """Return the finding that a positron fraction raises which is not the nuclide's: activity was divided by it.

    Up to 2 % it is what scanners' tables differ by, up to 10 % a note, up to a factor of two a warning.

    Raises
    ------
    IntakeError
        More than twice or less than half of the nuclide's own.

    Source
    ------
    DICOM PS3.3 C.8.9.2 (Radionuclide Positron Fraction); scanners divide 90Y by 32e-6 to 34e-6. The steps are a choice of the house.
    """
    stated, row = stated_fraction(dataset), table("pet_tracers").get(nuclide)
    if stated is None or row is None or abs((ratio := stated / row["positron_fraction"]) - 1) <= FRACTION_TOLERANCE:
        return ()
    times = f"{float(f'{ratio:.4g}'):g}"
    message = (
        f"{what}: the header's positron fraction is {stated:g}, that of {nuclide} is {row['positron_fraction']:g}, a ratio of {times}: "
        f"where the scanner divided by the first, the activity is to be multiplied by {times}"
    )
    if not 1 / FRACTION_REFUSED <= ratio <= FRACTION_REFUSED:
        raise IntakeError(
            f'{message}; ask by which it divided, and say it in case.toml:\n[emission]\nnuclide = "{nuclide}"\nacquired_as = "{nuclide}"\n'
            f'positron_fraction = {stated:g}   # or {row["positron_fraction"]:g}\nby = "who confirmed it"',
            code="isotope-correction",
            values={"stated": stated, "usual": row["positron_fraction"], "ratio": ratio},
        )
    level: Level = "note" if abs(ratio - 1) <= FRACTION_NOTED else "warning"
    return (
        Finding(
            level, "positron-fraction", message, {"stated": stated, "usual": row["positron_fraction"], "ratio": ratio}
        ),
    )


def as_imaged(
    headers: Sequence[Header],
    dataset: Dataset,
    confirmation: Confirmation,
    rule: str,
    reference: datetime | None,
    *,
    what: str,
) -> tuple[NDArray[np.float32], Finding]:
    """Return by slice what takes a PET to the activity of what was really imaged, and the warning that says so."""
    setting, truth = setting_of(dataset, confirmation, what=what), Nuclide.named(confirmation.nuclide)
    factors = correction(headers, setting, truth, rule=rule, reference=reference, decay=confirmation.decay, what=what)
    stated = rule != "NONE" and confirmation.decay != "computed" and all(h.number("DecayFactor") for h in headers)
    decay_words = (
        "none was undone" if rule == "NONE" else "as its header states" if stated else "computed from its times"
    )
    return factors.astype(np.float32), correction_finding(confirmation, setting, factors, decay_words, what=what)


def correction(
    headers: Sequence[Header],
    setting: Setting,
    truth: Nuclide,
    *,
    rule: str,
    reference: datetime | None,
    decay: str | None,
    what: str,
) -> NDArray[np.float64]:
    """Return by slice the factor from what the scanner wrote to the true activity at the same reference instant.

    C_true = C (f_set / f_true) (DF_true / DF_set), DF = lambda d / (1 - exp(-lambda d)) * exp(lambda (t - t_ref)),
    d the frame's duration, t its begin, f positrons per decay. Where nothing was corrected for decay, DF_set is 1.

    Parameters
    ----------
    rule
        DecayCorrection: START, ADMIN or NONE.
    reference
        Instant that the scanner corrected to.
    decay
        Which decay was undone where header and times disagree: "stated" (DecayFactor) or "computed"; None refuses.

    Raises
    ------
    IntakeError
        The true nuclide has no positrons here; a slice without time or duration; a decay factor that the times do not bear out.

    Source
    ------
    DICOM PS3.3 C.8.9.4 (Decay Factor: by what the image was scaled). Headers of three makers hold DF of this form to 1e-4.
    """
    row = table("pet_tracers").get(truth.name)
    if row is None:
        raise IntakeError(
            f"{what} must be of a nuclide whose positrons are known ({', '.join(table('pet_tracers'))}), but [emission] nuclide is {truth.name}; correct case.toml",
            code="isotope-correction",
        )
    if setting.name == truth.name and rule != "NONE":  # the decay that was undone is the right one
        made = np.ones(len(headers))
    else:
        made = np.array([decay_factor(h, truth.half_life_h, reference, what=what) for h in headers])
        if rule != "NONE":
            made /= np.array([_decay_factor(h, setting, reference, decay, what=what) for h in headers])
    return np.asarray(made * (setting.fraction / row["positron_fraction"]))


def _decay_factor(
    header: Header, setting: Setting, reference: datetime | None, decay: str | None, *, what: str
) -> float:
    """Return the factor by which the scanner raised a slice for decay."""
    computed = decay_factor(header, setting.half_life_h, reference, what=what)
    stated = header.number("DecayFactor")
    if stated is None or not stated > 0 or decay == "computed":
        return computed
    if decay == "stated" or abs(stated / computed - 1) <= FACTOR_TOLERANCE:
        return stated
    raise IntakeError(
        f"{what} must say how {setting.name} decay was undone, but its DecayFactor is {stated:g} where its times give {computed:.5g}: "
        'ask which the scanner applied, and say in case.toml:\n[emission]\ndecay = "computed"   # or "stated"',
        code="isotope-correction",
        values={"stated": stated, "computed": computed},
    )


def decay_factor(header: Header, half_life_h: float, reference: datetime | None, *, what: str) -> float:
    """Return what takes an average over a slice's frame to the activity at an instant.

    Raises
    ------
    IntakeError
        No acquisition time, no duration, or no reference.

    Examples
    --------
    >>> from pathlib import Path
    >>> values = {"AcquisitionDateTime": "20260301100000", "ActualFrameDuration": "180000"}
    >>> slice_ = Header(Path("a.dcm"), "", values)
    >>> round(decay_factor(slice_, 6586.2 / 3600, datetime(2026, 3, 1, 10, 0), what="it"), 7)
    1.0095017
    """
    begin, duration = header.instant("Acquisition"), header.number("ActualFrameDuration")
    if begin is None or reference is None or duration is None or not duration >= 0:
        raise IntakeError(
            f"{what} must state time and duration of each slice for its decay to be corrected, but one does not; export it with them",
            code="instant-absent",
        )
    rate = math.log(2) / half_life_h
    turned = rate * duration / MS_PER_HOUR
    mean = turned / -math.expm1(-turned) if turned > 0 else 1.0
    return mean * math.exp(rate * hours_on_one_clock(reference, begin))


def correction_finding(
    confirmation: Confirmation, setting: Setting, factors: NDArray[np.float64], decay_words: str, *, what: str
) -> Finding:
    """Return the warning that says what was confirmed by whom, and by how much it changed the activity."""
    row = table("pet_tracers")[confirmation.nuclide]
    low, high = float(factors.min()), float(factors.max())
    text = f"{low:.6g}" if high / low < 1 + 1e-6 else f"{low:.6g} to {high:.6g}"
    message = (
        f"{what}: acquired as {setting.name} and read as {confirmation.nuclide}, as confirmed in case.toml ({confirmation.by}): activity × {text} = positron fraction "
        f"{setting.fraction:g} ({setting.source}) / {row['positron_fraction']:g} ({row['source']}) × decay of {confirmation.nuclide} / decay of {setting.name} ({decay_words})"
    )
    return Finding(
        "warning",
        "acquired-as",
        message,
        {"fraction": setting.fraction, "usual": row["positron_fraction"], "least_factor": low, "most_factor": high},
    )


def audit_isotope(dataset: Dataset, *, what: str) -> tuple[Finding, ...]:
    """Return the finding that a header raises which says a PET isotope, and 90Y in its words."""
    tracer = tracer_of(dataset)
    items = dataset.get("RadiopharmaceuticalInformationSequence") or []
    words_of_header = [str(dataset.get(k, "")) for k in WORDS] + [str(i.get("Radiopharmaceutical", "")) for i in items]
    if tracer in {"", "Y-90"} or not any(YTTRIUM.search(word) for word in words_of_header):
        return ()
    message = (
        f"{what}: the header says {tracer}, but its description speaks of 90Y: the scanner was probably set to another isotope, which misstates activity "
        f"by branching and half-life; where that is so, confirm it in case.toml:\n{how_to_confirm(tracer, 'Y-90')}"
    )
    return (Finding("warning", "acquired-as-unconfirmed", message),)


def how_to_confirm(tracer: str, nuclide: str) -> str:
    """Return the lines of a case file that confirm what was imaged."""
    return f'[emission]\nnuclide = "{nuclide}"\nacquired_as = "{tracer}"\nby = "who confirmed it"'
