"""Do scenario and drawing fit each other and the image? Stops and warnings with their numbers."""

from collections.abc import Iterator

from yttria.values.errors import Finding
from yttria.values.patient import AbsorbedDose, ClinicalFacts
from yttria.values.units import Share

SEGMENT_MOST = 0.35
LOBE_MOST = 0.90
BILOBAR_LEAST = 0.50
"""Share of the liver that is perfused: a segmentectomy's is at most two segments', a lobe is not the whole liver, both lobes are half of
it or more (house)."""
LIVER_STOP_ML = (200.0, 10_000.0)
LIVER_WARNING_ML = (400.0, 6000.0)
"""Volumes of a liver outside which its contour is no liver's, or is to be looked at (house)."""
MOSTLY = 0.5
ROUNDING = 1e-6


def audit_scenario(absorbed: AbsorbedDose, facts: ClinicalFacts) -> tuple[Finding, ...]:
    """Return the stops and warnings where scenario, liver, index lesion and perfused volume do not fit.

    Parameters
    ----------
    absorbed
        Volumes, reserve, whether a perfused volume is drawn.
    facts
        The scenario; None where the case does not say.

    Source
    ------
    Every threshold is the house's; "two segments" for a segmentectomy: Weber et al., EJNMMI 2022;49:1682.
    """
    return (*_perfused(absorbed, facts), *_index(absorbed), *_liver(absorbed))


def _perfused(absorbed: AbsorbedDose, facts: ClinicalFacts) -> Iterator[Finding]:
    scenario, share = facts.scenario, Share(1 - absorbed.reserve)
    if not absorbed.has_perfused_contour:
        if scenario != "bilobar":
            subject = f"{scenario} treats" if scenario else "a scenario that is not given may treat"
            message = f"{subject} a part of the liver, but no perfused volume is drawn in it; draw it, or name it in case.toml: [roles] or [files] perfused"
            yield Finding("stop", "perfused-needed", message)
        return
    values = {"perfused_fraction": float(share)}
    sentence = f"the perfused volume is {100 * share:.1f} % of the liver"
    if scenario == "segmentectomy" and share > SEGMENT_MOST + ROUNDING:
        message = f"segmentectomy treats two segments at most, but {sentence}, above {100 * SEGMENT_MOST:g} % (house); name the scenario that is meant, or draw what is treated"
        yield Finding("stop", "scenario-segmentectomy", message, values)
    elif scenario in {"lobectomy", "unilobar"} and share > LOBE_MOST + ROUNDING:
        message = f"{scenario} treats one lobe, but {sentence}, above {100 * LOBE_MOST:g} % (house): a lobe is not the whole liver; name the scenario that is meant, or draw what is treated"
        yield Finding("stop", f"scenario-{scenario}", message, values)
    elif scenario == "bilobar" and share < BILOBAR_LEAST - ROUNDING:
        message = f"bilobar treatment, but {sentence}, below {100 * BILOBAR_LEAST:g} % (house); right for a second session or a selective one, else name the scenario that is meant"
        yield Finding("warning", "scenario-bilobar", message, values)


def _index(absorbed: AbsorbedDose) -> Iterator[Finding]:
    index, perfused = absorbed.volumes.get(absorbed.index), absorbed.volumes["perfused"]
    if index is None:
        return
    outside = 1 - index.overlap_ml(perfused) / index.ml
    if outside > MOSTLY + ROUNDING:
        message = f'the index lesion "{index.name}" lies with {100 * outside:.0f} % of its {index.ml:.0f} mL outside the perfused volume: the injection does not reach what it is planned for; draw the perfused volume that holds it, or name another index lesion'
        yield Finding("stop", "index-outside-perfused", message, {"outside_fraction": outside, "volume_ml": index.ml})


def _liver(absorbed: AbsorbedDose) -> Iterator[Finding]:
    ml = float(absorbed.volumes["liver"].ml)
    for level, (low, high) in (("stop", LIVER_STOP_ML), ("warning", LIVER_WARNING_ML)):
        if low <= ml <= high:
            continue
        side, bound = ("below", low) if ml < low else ("above", high)
        message = f"the liver has {ml:.0f} mL, {side} {bound:g} mL (house); check that the contour is the whole liver, and its units"
        yield Finding(
            "stop" if level == "stop" else "warning", "liver-volume", message, {"liver_ml": ml, "bound_ml": bound}
        )
        return
