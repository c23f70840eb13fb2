"""Tables of a verification: doses planned, predicted and delivered; limits with their headroom; what the image holds; voxels."""

from collections.abc import Sequence
from dataclasses import replace

from yttria.report.plan.vocabulary import volume_of
from yttria.report.text.capitals import capital
from yttria.report.text.number_format import DASH, NBSP, gbq, gy, gy_range, instant, number, percent
from yttria.values.aims_limits import DoseName, LimitCheck
from yttria.values.document import Cell, Column, DefinitionList, Entry, Table
from yttria.values.units import Gy
from yttria.values.verification import AimResult, PlanComparison, Verification


def doses_table(verification: Verification) -> Table:
    """Return each named dose with its interval, beside what was planned and predicted where a plan is there."""
    option, plan = verification.option, verification.plan
    names = _names(verification)
    columns = [Column("Mean absorbed dose, Gy", share=1.8)]
    if plan is not None:
        columns += [Column("Planned", align="decimal"), Column("Predicted", align="decimal")]
    uncorrected = verification.option.uncorrected_gy
    columns += [
        Column("Delivered", align="decimal"),
        Column("As seen" if uncorrected else "Corrected", align="decimal"),
    ]
    if plan is not None:
        columns += [Column("Difference", align="decimal"), Column("Ratio", align="decimal")]
    columns.append(Column("Aim", share=0.9))
    rows: list[Sequence[Cell]] = []
    for name in names:
        estimate = option.uncertainty.get(name)
        delivered = Entry(gy(option.doses_gy[name]), under=gy_range(estimate) if estimate else "", strong=True)
        other = (uncorrected or option.corrected_gy).get(name)
        row: list[Cell] = [Entry(capital(volume_of(name)), under=name)]
        dose = plan.doses.get(name) if plan else None
        if plan is not None:
            row += [gy(dose.planned_gy), gy(dose.predicted_gy)] if dose else [DASH, DASH]
        row += [delivered, gy(other)]
        if plan is not None:
            row += [_signed(dose.difference_gy), number(dose.ratio, 2)] if dose else [DASH, DASH]
        rows.append([*row, _aim(name, verification)])
    judged = (
        "Planned, predicted and delivered doses are corrected for blur, and aims are judged by them, as the site says; as seen: as the image has it."
        if uncorrected
        else "Aims are judged as the image has the dose; corrected: for blur."
    )
    notes = [f"Beneath each delivered dose its 95 % interval (k = 2), noise of the image included. {judged}"]
    if plan is not None:
        notes.append(
            f"Planned: {plan.approach} at its own activity. Predicted: the plan's dose per GBq times what was given. Difference and ratio: delivered against predicted."
        )
    return Table("", columns, rows, notes=notes)


def _names(verification: Verification) -> list[DoseName]:
    """Return the doses worth a row: the index lesion once."""
    index = verification.absorbed.index.replace("tumour-", "TD_")
    option = verification.option
    return [n for n in option.doses_gy if n not in option.unknown_doses and (n != index or "TD" not in option.doses_gy)]


def _signed(value: float) -> str:
    text = number(value, 0 if abs(value) >= 10 else 1)
    return f"+{text}" if value > 0 else text


def _aim(name: DoseName, verification: Verification) -> Cell:
    aim = next((a for a in verification.aims if a.aim.volume == name), None)
    if aim is None:
        return ""
    return Entry(
        f"≥ {gy(aim.aim.dose_gy)}",
        under=_met(aim),
        sign="✓" if aim.met else "✗",
        strong=not aim.met,
    )


def _met(aim: AimResult) -> str:
    """Return whether an aim is met, and where the dose that does not judge says otherwise."""
    other = aim.corrected_gy if aim.uncorrected_gy is None else aim.uncorrected_gy
    word = "met" if aim.met else "missed"
    if other is None or replace(aim, found_gy=other).met == aim.met:
        return word
    return f"{word}; {'corrected' if aim.uncorrected_gy is None else 'as seen'} {'missed' if aim.met else 'met'}"


def limits_table(verification: Verification) -> Table:
    """Return each limit beside what was delivered, and what could still be given in the same distribution."""
    rows: list[Sequence[Cell]] = []
    for check in verification.option.checks:
        limit, room = check.limit, verification.headroom_bq.get(check.limit.name)
        value = Entry(
            gy(check.value_gy) if check.is_known else "not known",
            under=_other(check, verification),
            sign="✗" if check.is_known and not check.holds else "",
            strong=check.is_known and not check.holds,
        )
        before = f", {gy(limit.already_gy)}{NBSP}Gy before" if limit.already_gy else ""
        rows.append(
            [
                Entry(capital(volume_of(limit.volume)), under=f"{limit.name}{before}"),
                value,
                gy(limit.limit_gy),
                gbq(room),
                limit.source,
            ]
        )
    columns = (
        Column("Limit"),
        Column("Delivered, Gy", align="decimal"),
        Column("At most, Gy", align="decimal"),
        Column("Left, GBq", align="decimal"),
        Column("Source", share=2.0),
    )
    note = "Left: what could still be given, administered, in the same distribution, before this limit is reached; no advice to give it."
    return Table("", columns, rows, notes=(note,))


def _other(check: LimitCheck, verification: Verification) -> str:
    """Return the dose by the convention that does not judge, what was received before in it."""
    uncorrected = verification.option.uncorrected_gy.get(check.limit.volume)
    if uncorrected is not None:
        return f"seen {gy(Gy(uncorrected + check.limit.already_gy))}"
    return "" if check.corrected_gy is None else f"corr. {gy(check.corrected_gy)}"


def image_table(verification: Verification) -> DefinitionList:
    """Return how much activity the image holds, and where."""
    image, plan = verification.image, verification.plan
    pairs = [
        ("Given", f"{gbq(verification.given.activity_bq)}{NBSP}GBq at {instant(verification.given.at)}"),
        (
            "In the image",
            f"{gbq(image.activity_bq)}{NBSP}GBq at {instant(image.at)}"
            if image.activity_bq is not None
            else f"{DASH} the image holds counts, relative to what was given",
        ),
        ("That is, of what was given", percent(image.of_given)),
        ("Outside the body", percent(image.outside_body)),
        ("In the body outside liver and lungs", percent(image.elsewhere)),
        ("Negative voxels", percent(image.negative)),
    ]
    if plan is not None:
        pairs += [
            ("Tumour to normal liver", _pair(*plan.tumour_to_normal, decimals=2, scale=1.0, unit="")),
            ("Lung shunt", _pair(*plan.lung_shunt, decimals=1, scale=100.0, unit=f"{NBSP}%")),
        ]
    return DefinitionList(pairs, columns=2)


def _pair(predicted: float | None, delivered: float | None, *, decimals: int, scale: float, unit: str) -> str:
    one, other = (DASH if v is None else number(scale * v, decimals) + unit for v in (predicted, delivered))
    return f"predicted {one}, delivered {other}"


def voxels_table(plan: PlanComparison) -> Table:
    """Return how plan and image agree voxel by voxel."""
    result = plan.voxels
    if result is None:
        return Table("", (Column("Voxels"),), ())
    gamma = result.gamma
    rows: list[Sequence[Cell]] = [
        ["Voxels of the plan's image in the liver", number(result.n, 0)],
        [
            "Resolution, predicted and delivered",
            f"{number(result.predicted_fwhm_mm, 1)} and {number(result.delivered_fwhm_mm, 1)}{NBSP}mm FWHM; the sharper was blurred to the other",
        ],
        ["Delivered minus predicted, mean", f"{_signed(result.bias_gy)}{NBSP}Gy"],
        [
            "95 % limits of agreement",
            f"{number(result.low_gy, 0)} to {number(result.high_gy, 0)}{NBSP}Gy (SD {number(result.sd_gy, 0)})",
        ],
        ["Concordance (Lin 1989)", number(result.lin_ccc, 3)],
        [
            f"Gamma (global), {number(gamma.dose_percent, 0)}{NBSP}% of the largest predicted dose, {number(gamma.distance_mm, 1)}{NBSP}mm (house: none is published for these images)",
            f"{percent(result.gamma_pass)} of {number(result.gamma_n, 0)} voxels above {number(gamma.threshold_percent, 0)}{NBSP}% of it pass",
        ],
    ]
    if plan.alignment is not None:
        a = plan.alignment
        words = {
            "same-frame": "one frame of reference",
            "registration-object": "a registration object of the case",
            "stated": "stated to coincide by the case",
            "registered": "CT to CT, rigid, by mutual information",
        }[a.method]
        more = f", correlation {number(a.correlation, 3)}" if a.correlation is not None else ""
        rows.append(
            [
                "Plan and image brought together by",
                f"{words}: moved {number(a.moved_mm, 1)}{NBSP}mm, turned {number(a.turned_deg, 1)}°{more}",
            ]
        )
    return Table("", (Column("Agreement", share=1.0), Column("Found", share=1.0)), rows)
