"""How well the tumour is targeted: its dose over that of the perfused normal liver."""

import math

from yttria.values.errors import Finding
from yttria.values.patient import AbsorbedDose, ClinicalFacts

SINGLE_PRECISION = 6
"""Decimals of a ratio of doses: what images in single precision leave of a number is no difference."""
POOR_TARGETING = 1.5
"""Dose of the index lesion over that of the perfused normal liver below which targeting is called poor: the trial excluded poor targeting without a number (house)."""


def audit_targeting(absorbed: AbsorbedDose, facts: ClinicalFacts) -> tuple[Finding, ...]:
    """Return a stop where the index lesion takes up no more than the perfused normal liver, a warning below 1.5 times as much.

    Source
    ------
    DOSISPHERE-01 excluded poor targeting without a number (Garin et al., J Nucl Med 2024;65:264); 1.5: house.
    """
    tumour, normal, findings = absorbed.doses_gy.get("TD"), absorbed.doses_gy.get("NPLD"), []
    if normal is None or normal <= 0:
        return ()
    thrombus = absorbed.doses_gy.get("thrombus")
    if thrombus is not None and thrombus <= normal:
        findings.append(
            Finding(
                "warning",
                "thrombus-not-targeted",
                f"poor targeting: the thrombus takes up no more than the perfused normal liver around it ({thrombus / normal:.2g} times)",
                {"ratio": thrombus / normal},
            )
        )
    if tumour is None or facts.scenario == "segmentectomy":
        return tuple(findings)
    ratio = round(float(tumour / normal), SINGLE_PRECISION)
    if ratio <= 1:
        message = f"the index lesion takes up no more than the perfused normal liver around it (tumour to normal {ratio:.2g}): it is not targeted"
        return (Finding("stop", "not-targeted", message, {"ratio": ratio}), *findings)
    if ratio < POOR_TARGETING:
        message = f"poor targeting: the index lesion takes up {math.floor(100 * ratio) / 100:.2f} times as much as the perfused normal liver, below {POOR_TARGETING:g} (house; the trial excluded poor targeting without a number)"
        findings.append(Finding("warning", "poor-targeting", message, {"ratio": ratio}))
    return tuple(findings)
