"""What stands behind the numbers: equations in plain letters, constants with sources, and what cannot be told."""

from collections.abc import Iterator, Sequence

from yttria.report.plan.vocabulary import volume_of
from yttria.report.text.footnotes import Footnotes, superscript
from yttria.report.text.number_format import MINUS, NBSP, gbq, gram, gy, number, percent
from yttria.values.document import Block, Cell, Column, Entry, Points, Table
from yttria.values.patient import Result

HO = "Ho et al., Eur J Nucl Med 1996;23:947 (partition model)"
CHIESA = "Chiesa et al., EJNMMI Phys 2021;8:77 (EANM dosimetry committee)"
WEBER = "Weber et al., EJNMMI 2022;49:1682 (EANM guideline)"
GEAR = "Gear et al., EJNMMI 2018;45:2456 (EANM guidance on uncertainty)"
ROUSSET = "Rousset et al., J Nucl Med 1998;39:904 (geometric transfer matrix)"
DECAY = "radioactive decay from the administration to the instant of the image"
CALIBRATIONS = {
    "relative": (
        "A_i = A (1 − L) c_i / Σ c",
        "counts c share out the administered activity A less the lung shunt L over the liver",
    ),
    "absolute": (
        "A_i = C_i V 2^{h/T}",
        "activity concentration C as measured, in voxels of volume V, h hours after the administration; T is the half-life",
    ),
}
ENGINES = {
    "local": (
        "D = k C / ρ",
        "each voxel keeps the energy of its own decays; k = E T / ln 2; decay is the only clearance",
    ),
}


def method_blocks(result: Result) -> Sequence[Block]:
    """Return equations used and constants, each with its source, and a second reckoning of the doses."""
    return (_equations(result), _constants(result))


def _second_reckoning(result: Result) -> Sequence[str]:
    """Return the doses by counts and masses alone beside the plan's; nothing where there is none."""
    absorbed = result.absorbed
    doses = absorbed.uncorrected_gy or absorbed.doses_gy
    statements = [
        f"{volume_of(name)} {gy(other)} against {gy(doses[name])}{NBSP}Gy ({100 * (other / doses[name] - 1):+.1f}{NBSP}%)".replace(
            "-", MINUS
        )
        for name, other in absorbed.partition_gy.items()
        if doses.get(name, 0.0) > 0
    ]
    if not statements:
        return ()
    words = f"Second reckoning of {gbq(absorbed.activity_bq)}{NBSP}GBq by counts and masses alone, by other code and one density for all ({HO}): {'; '.join(statements)}. More than 5{NBSP}% apart is a warning."
    return (words,)


def _equations(result: Result) -> Table:
    choices, judged = result.patient_case.choices, result.absorbed.shunt.lung_pair
    notes = Footnotes()
    activity, activity_words = CALIBRATIONS.get(choices.calibration, (choices.calibration, ""))
    dose, dose_words = ENGINES.get(choices.method, (choices.method, ""))
    lines = [
        ("Activity", activity, activity_words, CHIESA if choices.calibration == "relative" else DECAY),
        ("Dose", dose, dose_words, CHIESA),
        (
            "Mean dose",
            "D = Σ s_i D_i m_i / Σ s_i m_i",
            "energy over mass; s is the share of a voxel in the volume",
            CHIESA,
        ),
        (
            "Lung dose",
            "LD = L A k / m_{lungs}",
            f"never voxel by voxel; mass of the lungs: {gram(judged.lung_mass_g)}{NBSP}g, {judged.lung_mass_source}; L is the lung shunt that judges",
            CHIESA,
        ),
        ("Hepatic reserve", "1 − V_{perfused} / V_{liver}", "share of the liver that is not treated", WEBER),
        ("Interval", "u^2 = Σ u_j^2, k = 2", _budget(result), GEAR),
    ]
    approaches = {str(o.approach) for o in result.plan.options}
    if "label" in approaches:
        words = (
            "activity by body surface and tumour share: no dose stands behind it"
            if choices.product.key == "resin"
            else "one compartment"
        )
        lines.append(("Label", choices.product.formula, words, choices.product.formula_source))
    if "partition" in approaches:
        words = "tumour and normal liver as two compartments c; f is the share of the liver's counts in one"
        lines.append(("Partition", "A = D_c m_c / (k (1 − L) f_c)", words, HO))
    if result.absorbed.recovered_gy:
        words = (
            "the mean m seen in each volume is a mixture of the true means t: W holds what blur carries from one drawn volume into another. "
            "Each volume is taken as even; shown beside the doses, never in their place"
        )
        lines.append(("Blur undone", "t = W^{−1} m", words, ROUSSET))
    rows: list[Sequence[Cell]] = [
        [f"{name}{superscript(notes.mark(source))}", Entry(formula, kind="formula"), words]
        for name, formula, words, source in lines
    ]
    columns = (Column("Equations for"), Column("Equation"), Column("In words", share=1.0))
    return Table("", columns, rows, notes=tuple(notes.lines()), small=True)


def _budget(result: Result) -> str:
    message = "TD" if result.absorbed.index else "PLD"
    budget = result.absorbed.relative_uncertainty.get(message, {})
    if not budget:
        return "no budget was made for this plan"
    parts = ", ".join(f"{name} {percent(abs(u))}" for name, u in budget.items())
    return f"standard uncertainties of the {volume_of(message)}: {parts}"


def _constants(result: Result) -> Table:
    choices = result.patient_case.choices
    nuclide, product = choices.nuclide, choices.product
    rows: list[Sequence[Cell]] = [
        [
            f"Dose constant k of {nuclide.name}",
            f"{number(nuclide.dose_constant_gy_kg_per_gbq, 2)}{NBSP}Gy{NBSP}kg/GBq",
            nuclide.source,
        ],
        [f"Half-life of {nuclide.name}", f"{number(nuclide.half_life_h, 2)}{NBSP}h", nuclide.source],
        ["Density for the label formula", f"{number(product.density_g_per_ml, 2)}{NBSP}g/mL", product.density_source],
    ]
    return Table(
        "",
        (Column("Constants"), Column("Value"), Column("Source", share=1.0)),
        rows,
        _second_reckoning(result),
        small=True,
    )


def cannot_tell(result: Result) -> Points:
    """Return what this report cannot tell, as far as it depends on the case."""
    return Points(tuple(_finding_lines(result)))


def _finding_lines(result: Result) -> Iterator[str]:
    patient_case, absorbed = result.patient_case, result.absorbed
    if getattr(patient_case.emission, "nuclide", "") == "Tc-99m":
        yield (
            "It predicts: 99mTc-MAA stands for the microspheres, but another catheter position, flow or particle changes where they lodge. "
            "Only an image after treatment tells what was given."
        )
    blur_note = "; what blur between the drawn volumes hides stands beside the volumes" if absorbed.recovered_gy else ""
    yield f"Small volumes look colder than they are: the doses are not corrected for partial volume, so a lesion of 3 cm may be understated by a fifth or more{blur_note}."
    yield "It knows no distribution below the voxel. Gy of glass, resin and holmium spheres do not mean the same, and limits of one product are not limits of another."
    if patient_case.ct is None:
        yield "Density is a default: without a CT, lung, fat and bone are not told apart."
    if absorbed.shunt.lung_pair.method == "planar":
        yield "The lung shunt that judges is planar: planar shunts are mostly too high, and the lung dose with them."
    if absorbed.shunt.method == "given":
        yield "The lung shunt is given, not measured on these images."
    unknown = [
        name
        for name, value in (
            ("bilirubin", patient_case.facts.bilirubin_mg_dl),
            ("Child–Pugh class", patient_case.facts.child_pugh),
        )
        if value is None
    ]
    if unknown:
        yield f"The case does not state {' and '.join(unknown)}; limits that depend on it are not judged."
    yield "It gives no probability of tumour control or of liver toxicity, and it does not replace the judgement of those who sign it."
