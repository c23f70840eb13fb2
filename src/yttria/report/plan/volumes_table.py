"""Volumes with their doses, the uptake that the image shows in the drawing, and the lungs by each convention."""

from collections.abc import Iterator, Mapping, Sequence

from yttria.report.plan.dose_table import dose_of
from yttria.report.plan.vocabulary import option_title, role_words
from yttria.report.text.capitals import capital
from yttria.report.text.number_format import DASH, NBSP, gbq, gram, gy, gy_range, ml, number, percent
from yttria.values.document import Block, Cell, Column, DefinitionList, Entry, SideBySide, Table
from yttria.values.patient import Result
from yttria.values.treatment import LungShunt
from yttria.values.units import Bq
from yttria.values.uptake import LungConventions

WAYS = {
    "planar": "planar views",
    "spect": "SPECT/CT",
    "given": "given by the case",
    "absent": "not known",
}
MASSES = {"ct": "CT", "default": "convention", "given": "given"}
DERIVED = {"tumour", "normal-liver", "normal-perfused"}


def volumes_and_lungs(result: Result) -> Sequence[Block]:
    """Return the volumes beside the lungs by each convention, and what the image says of the drawing."""
    pairs = list(uptake_pairs(result))
    uptake: Sequence[Block] = [DefinitionList(pairs, columns=1)] if pairs else []
    columns = (("Volumes and uptake", (_volumes(result), *uptake)), ("Lung shunt and lung dose", lung_blocks(result)))
    return (SideBySide(columns),)


def uptake_pairs(result: Result) -> Iterator[tuple[str, str]]:
    """Return T/N, tumour involvement and the shares of counts inside and outside, as measured and as blur alone would have them."""
    absorbed = result.absorbed
    doses, normal = absorbed.doses_gy, absorbed.doses_gy.get("NPLD", 0.0)
    if absorbed.tumour_to_normal is not None:
        of_all = f", all tumours {number(doses['TD_all'] / normal, 1)}" if "TD_all" in doses else ""
        yield "Tumour to normal", f"T/N index lesion {number(absorbed.tumour_to_normal, 1)}{of_all}"
    if "tumour" in absorbed.volumes:
        shares = (
            f"{percent(absorbed.perfused_tumour_share)} of perfused, {percent(absorbed.tumour_share)} of whole liver"
        )
        yield "Tumour involvement", shares
    uptake = absorbed.uptake
    if uptake is None:
        return
    if absorbed.has_perfused_contour:
        yield (
            "Counts of the liver",
            f"{percent(uptake.perfused)} inside perfused, {percent(1 - uptake.perfused)} outside",
        )
        alone = f"{percent(uptake.perfused_blur)} inside, {percent(1 - uptake.perfused_blur)} outside"
        yield "By blur alone", f"{alone}; image over blur {number(100 * uptake.of_blur, 0)}{NBSP}%"
    yield "All counts", f"{percent(uptake.liver)} in the liver, {percent(1 - uptake.liver)} elsewhere (not lungs)"


def _volumes(result: Result) -> Table:
    absorbed = result.absorbed
    of_their_own = {lesion.role for lesion in result.plan.lesions}
    lesions = sorted(
        (r for r in absorbed.volumes if r.startswith("tumour-") and r not in of_their_own), key=lambda r: (len(r), r)
    )
    order = [
        "liver",
        "normal-liver",
        "perfused",
        "normal-perfused",
        "tumour",
        *lesions,
        "thrombus",
        "necrosis",
        "lungs",
    ]
    rows = [_volume(role, result) for role in order if role in absorbed.volumes]
    columns = [
        Column("Volume", share=1.0),
        Column("mL", align="decimal"),
        Column("g", align="decimal"),
        Column("of liver", align="decimal"),
    ]
    notes = [f"Hepatic reserve, the share of the liver that is not treated: {percent(absorbed.reserve)}."]
    if absorbed.recovered_gy:
        columns += [Column("Gy\nas seen", align="decimal"), Column("Gy\nblur undone", align="decimal")]
        option = result.plan.shown
        notes.append(
            f"Gy: mean dose of {option_title(result.plan)}, {gbq(option.activity_bq)}{NBSP}GBq; beside it what blur between these "
            "volumes would have left alone (see Method)."
        )
    return Table("", columns, rows, notes=notes)


def _volume(role: str, result: Result) -> Sequence[Cell]:
    absorbed = result.absorbed
    voi, liver = absorbed.volumes[role], absorbed.volumes.get("liver")
    label = capital(role_words(role)) + (", index" if role == absorbed.index else "")
    derived = role in DERIVED or voi.name.lower() in {role, role_words(role)}
    name_words = "" if derived else f" ({voi.name})"
    share = None if liver is None or role == "lungs" else percent(voi.ml / liver.ml)
    size: list[Cell] = [f"{label}{name_words}", ml(voi.ml), gram(absorbed.mass_g.get(role)), share]
    return [*size, *_image_and_recovered_dose(role, result)] if absorbed.recovered_gy else size


def _image_and_recovered_dose(role: str, result: Result) -> Sequence[Cell]:
    """Return the mean dose of the shown option as the image has it, and with blur undone; an em dash where it is none."""
    option, absorbed = result.plan.shown, result.absorbed
    name = "TD" if role == absorbed.index else dose_of(role)
    uncorrected = (option.uncorrected_gy or option.doses_gy).get(name)
    recovered = absorbed.recovered_gy.get(dose_of(role))
    return [gy(uncorrected), gy(None if recovered is None else recovered * option.activity_bq / absorbed.activity_bq)]


# -------------------------------------------------------------------- lungs


def lung_blocks(result: Result) -> Sequence[Block]:
    """Return the lung dose with the shunt and mass that judge it, why these, and every other pair beside."""
    absorbed, option = result.absorbed, result.plan.shown
    lungs = None if absorbed.injections else absorbed.lungs
    followed = [] if "LD" in option.unknown_doses else _followed(absorbed.shunt)
    facts = DefinitionList([*_judged(result, lungs), *followed, *_before(result)], columns=1)
    if lungs is None or len(lungs.pairs) == 1:
        return (facts,)
    return (facts, _pairs(lungs, result, option.activity_bq))


def _judged(result: Result, lungs: LungConventions | None) -> Iterator[tuple[str, str]]:
    option, judged = result.plan.shown, result.absorbed.shunt.lung_pair
    if "LD" in option.unknown_doses:
        yield f"Lung dose, {option.approach}", "not known"
        yield "Lung shunt", "not known: neither given nor measured; nothing is taken off the liver"
        return
    dose = option.uncertainty.get("LD")
    interval = f" ({gy_range(dose)})" if dose else ""
    yield f"Lung dose, {option.approach}", f"{gy(option.doses_gy.get('LD'))}{NBSP}Gy{interval}"
    if result.absorbed.injections:
        yield "Judged by", "each injection's own shunt (table of injections)"
        return
    yield "Lung shunt", f"{percent(judged.fraction)}, {WAYS.get(judged.method, judged.method)}; judges the lungs"
    source = "the convention's" if judged.lung_mass_source.startswith("default") else judged.lung_mass_source
    yield "Lung mass", f"{gram(judged.lung_mass_g)}{NBSP}g, {source}"
    if lungs is not None:
        yield "Why these", why_judged(lungs)


def why_judged(lungs: LungConventions) -> str:
    """Return why one pair of shunt and mass judges the lung dose."""
    if lungs.statement in {"spect", "planar"}:
        return "the case or the site says so: [shunt] method"
    if lungs.statement:
        return "the case gives the shunt"
    return "the larger of both conventions" if len(lungs.pairs) > 1 else "the only one"


def _followed(shunt: LungShunt) -> Iterator[tuple[str, str]]:
    """Return the shunt that the liver's activity follows, with the counts that it was found by."""
    around = f" ± {number(shunt.uncertainty * 100, 1)} (k = 1)" if shunt.uncertainty else ""
    yield "Taken off the liver", f"{percent(shunt.fraction)}{around}, {WAYS.get(shunt.method, shunt.method)}"
    words = "; ".join(_detail(shunt.detail))
    if words:
        yield "Found by", words


def _detail(numbers: Mapping[str, float]) -> Iterator[str]:
    """Return the numbers that a shunt was found by."""
    if {"lung_counts", "liver_counts"} <= numbers.keys():
        yield f"counts, lungs {_plain(numbers['lung_counts'])}, liver {_plain(numbers['liver_counts'])}"
    if {"measured_lung_ml", "lung_ml"} <= numbers.keys():
        yield f"{ml(numbers['measured_lung_ml'])} of {ml(numbers['lung_ml'])}{NBSP}mL of lung"
    keys = {"lung_counts", "liver_counts", "measured_lung_ml", "lung_ml", "in_field_ml"}
    for name, value in numbers.items():
        if name not in keys:
            yield f"{_detail_name(name)} {_plain(value)}"


def _before(result: Result) -> Iterator[tuple[str, str]]:
    before = result.patient_case.facts.previous_lung_dose_gy
    yield "Lung dose before", f"{gy(before)}{NBSP}Gy" if before is not None else f"{DASH} not stated"


def pair_doses(lungs: LungConventions, result: Result, activity_bq: Bq) -> Mapping[str, float]:
    """Return the lung dose of an activity by each pair of shunt and mass, the judging one first."""
    nuclide = result.patient_case.choices.nuclide
    names = sorted(lungs.pairs, key=lambda name: name != lungs.judged)
    return {
        name: nuclide.mean_dose(Bq(activity_bq * lungs.pairs[name].fraction), lungs.pairs[name].lung_mass_g)
        for name in names
    }


def _pairs(lungs: LungConventions, result: Result, activity_bq: Bq) -> Table:
    columns = [
        Column("Shunt by", share=1.0),
        Column("Shunt", align="decimal"),
        Column("Lung mass"),
        Column("Gy", align="decimal"),
    ]
    rows: list[Sequence[Cell]] = []
    for name, dose in pair_doses(lungs, result, activity_bq).items():
        pair, judges = lungs.pairs[name], name == lungs.judged
        mass = MASSES.get(name.partition("-")[2], "")
        way = Entry(capital(pair_way(name)), sign="◆" if judges else "", strong=judges)
        rows.append([way, percent(pair.fraction), f"{gram(pair.lung_mass_g)}{NBSP}g, {mass}", gy(dose)])
    note = "◆ judges. The two conventions are planar views with 1 000 g and SPECT/CT with the CT's mass; other pairs are shown only."
    return Table("", columns, rows, notes=(note.replace("1 000", "1\u202f000"),), emphasised=frozenset({0}))


def pair_way(name: str) -> str:
    """Return by what the shunt of a pair was found: planar-default is planar views."""
    way = name.partition("-")[0]
    return WAYS.get(way, way)


def _detail_name(name: str) -> str:
    """Return a name that ends in its unit as words: measured_lung_ml is Measured lung, mL."""
    stem, _, unit = name.rpartition("_")
    symbol = {"ml": "mL", "g": "g", "gy": "Gy", "mm": "mm"}.get(unit)
    return (f"{stem}, {symbol}" if symbol else name).replace("_", " ")


def _plain(value: float) -> str:
    """Return a number whose quantity only its name tells: four digits at least, thousands set off."""
    return number(value, 0 if abs(value) >= 1000 else 3 if abs(value) < 1 else 1)
