"""Numbers of the tables are those of their sources: one row each, as the paper, label or guideline prints it."""

import math
from typing import Any

import pytest

from yttria.data import table

EANM = "Weber et al., EJNMMI 2022;49:1682, table {}"
TRIAL = "Garin et al., J Nucl Med 2024;65:264"
HOUSE = "house"

# ------------------------------------------------------------------ tables

NUMBERS: tuple[tuple[str, str, Any, str, str], ...] = (
    ("nuclides", "Y-90.half_life_h", 64.05, "Y-90.source", "T1/2 64.05 h"),
    ("nuclides", "Y-90.energy_mev", 0.932, "Y-90.source", "932.4(7) keV"),
    ("nuclides", "Ho-166.half_life_h", 26.8, "Ho-166.source", "T1/2 26.8 h"),
    ("nuclides", "Ho-166.energy_mev", 0.7116, "Ho-166.source", "15.87 mJ/MBq"),
    ("nuclides", "Tc-99m.half_life_h", 6.015, "Tc-99m.source", "T1/2 6.015 h"),
    ("nuclides", "Tc-99m.energy_mev", 0.0162, "Tc-99m.source", "16.2 keV"),
    ("nuclides", "Lu-177.half_life_h", 159.528, "Lu-177.source", "T1/2 6.647 d"),
    ("nuclides", "Lu-177.energy_mev", 0.1479, "Lu-177.source", "147.9 keV"),
    ("nuclides", "F-18.half_life_h", 1.8295, "F-18.source", "109.77 min"),
    ("nuclides", "F-18.energy_mev", 0.2416, "F-18.source", "241.6 keV"),
    ("products", "glass.density_g_per_ml", 1.03, "glass.density_source", "1.03 g/mL"),
    ("products", "glass.bq_per_sphere", 2500.0, "glass.bq_per_sphere_source", "about 2500 Bq"),
    ("products", "glass.vials_gbq", [3, 5, 7, 10, 15, 20], "glass.vials_source", "TheraSphere package insert"),
    ("products", "resin.density_g_per_ml", 1.03, "resin.density_source", "1.03 g/mL"),
    ("products", "resin.bq_per_sphere", 50.0, "resin.bq_per_sphere_source", "about 50 Bq"),
    ("products", "resin.vials_gbq", [3], "resin.vials_source", "3 GBq"),
    ("products", "holmium.density_g_per_ml", 1.06, "holmium.density_source", "1.06 g/mL"),
    ("products", "holmium.bq_per_sphere", 300.0, "holmium.bq_per_sphere_source", "middle of 200 to 400 Bq"),
    ("tissue", "air.g_per_ml", 0.001205, "air.source", "NIST"),
    ("tissue", "liver.g_per_ml", 1.06, "liver.source", "1.06 g/mL"),
    ("tissue", "lungs.mass_g", 1000.0, "lungs.source", "1 kg"),
    ("tissue", "curve.start", 1.0, "curve.soft_source", "1 + HU/1000"),
    ("tissue", "curve.slope", 0.001, "curve.soft_source", "1 + HU/1000"),
    ("tissue", "curve.plateau", 1.06, "curve.plateau_source", "1.06 g/mL"),
    ("tissue", "curve.least", 0.001205, "curve.least_source", "dry air"),
    ("tissue", "contrast.liver_hu", 80.0, "contrast.liver_source", "above 80 HU"),
    ("uncertainty", "resolution.fwhm_mm", 12.0, "resolution.source", "assumption: 12 mm"),
    ("uncertainty", "resolution.standard_uncertainty_mm", 1.0, "resolution.source", "1 mm between cameras"),
    ("uncertainty", "scatter.share", 0.03, "scatter.source", "a tenth of the 30 to 40 %"),
    ("uncertainty", "pet_resolution.fwhm_mm", 6.5, "pet_resolution.source", "6.5 mm for reconstructed 90Y PET"),
    ("uncertainty", "contour.image_fwhm_mm", 1.0, "contour.source", "CT edge 1 mm FWHM"),
    ("uncertainty", "contour.operator_mm", 1.7, "contour.source", "1.7 mm between operators"),
    ("uncertainty", "activity.relative", 0.05, "activity.source", "assumption"),
    ("uncertainty", "density.ct_relative", 0.015, "density.ct_source", "15 HU"),
    ("uncertainty", "lung_mass.ct_relative", 0.1, "lung_mass.ct_source", "assumption"),
    ("rules", "earlier_products.glass", 75, "earlier_products.source", "Weber et al."),
    ("rules", "earlier_products.resin", 40, "earlier_products.source", "Levillain et al."),
    ("rules", "earlier_products.holmium", 60, "earlier_products.source", "Weber et al."),
    ("rules", "earlier_products.unsaid", 40, "earlier_products.source", "house"),
)


def at(name: str, path: str) -> Any:
    node: Any = table(name)
    for key in path.split("."):
        node = node[key]
    return node


@pytest.mark.parametrize(("name", "path", "value", "source", "words"), NUMBERS, ids=lambda x: str(x)[:30])
def test_a_number_of_a_table_is_that_of_its_source(name: str, path: str, value: Any, source: str, words: str) -> None:
    assert at(name, path) == value
    assert words in at(name, source)


@pytest.mark.parametrize(
    ("path", "low", "high"),
    [
        ("density.uniform_relative", 1.00, 1.06),
        ("constant.relative", 49.38, 50.0),
        ("lung_mass.default_relative", 0.6, 1.4),
    ],
)
def test_a_number_in_use_between_two_has_the_spread_of_a_uniform_distribution(
    path: str, low: float, high: float
) -> None:
    half = (high - low) / (high + low) if "constant" in path else (high - low) / 2
    assert at("uncertainty", path) == pytest.approx(half / math.sqrt(3), rel=0.02)


def test_the_bone_line_goes_through_the_points_of_its_source_and_meets_the_plateau() -> None:
    curve = table("tissue")["curve"]
    bone = [curve["bone_start"] + curve["bone_slope"] * hu for hu in (101, 1600, 72.6, 4095)]
    assert bone == pytest.approx([1.076, 1.964, 1.06, curve["most"]], abs=1e-3)


@pytest.mark.parametrize(("constant", "nuclide"), [(49.67, "Y-90"), (15.87, "Ho-166")])
def test_half_life_and_energy_give_the_dose_constant_in_use(constant: float, nuclide: str) -> None:
    row = table("nuclides")[nuclide]
    joule = row["energy_mev"] * 1.602176634e-13 * row["half_life_h"] * 3600 / math.log(2) * 1e9
    assert joule == pytest.approx(constant, abs=0.01)


def test_the_manuals_reductions_of_resin_are_by_shunts_of_10_15_and_20_per_cent() -> None:
    steps = table("products")["resin"]["shunt_reduction"]["steps"]
    assert [(s["above"], s["less"]) for s in steps] == [(0.10, 0.20), (0.15, 0.40), (0.20, 1.0)]


# ------------------------------------------------------------------- rules

LIMITS = [  # limit, volume, Gy, product, what of the case (scenario, disease or facts), source
    ("lung", "LD", 30, None, "", "30 Gy a session"),
    ("lung-cumulative", "LD", 50, None, "", "50 Gy over all sessions"),
    ("normal-perfused", "NPLD", 120, "glass", "reserve_below 0.3", EANM.format(2)),
    ("normal-liver", "WNLD", 90, "glass", "naive_and_fit True; HCC", EANM.format(2)),
    ("normal-liver", "WNLD", 75, "glass", "ICC, mCRC", EANM.format(2)),
    ("normal-liver", "WNLD", 75, "glass", "treated_before True", HOUSE),
    ("normal-liver", "WNLD", 50, "glass", "treated_before True", HOUSE),
    ("normal-liver", "WNLD", 50, "glass", "bilirubin_from_mg_dl 1.1", EANM.format(2)),
    ("normal-liver", "WNLD", 50, "glass", "child_pugh B, C", HOUSE),
    ("normal-liver", "WNLD", 90, "glass", "naive_and_fit True", HOUSE),
    ("normal-liver", "WNLD", 75, "glass", "naive_and_fit False", HOUSE),
    ("normal-perfused", "NPLD", 40, "resin", "", EANM.format(3)),
    ("normal-perfused", "NPLD", 30, "resin", "treated_before True", EANM.format(3)),
    ("normal-perfused", "NPLD", 30, "resin", "compromised True", EANM.format(3)),
    ("normal-liver", "WNLD", 40, "resin", "", "Levillain et al., EJNMMI 2021;48:1570"),
    ("normal-liver", "WNLD", 40, "resin", "", HOUSE),
    ("normal-liver", "WNLD", 60, "holmium", "", EANM.format(4)),
    ("normal-liver", "WNLD", 60, "holmium", "naive_and_fit True", EANM.format(4)),
    ("normal-liver", "WNLD", 60, "holmium", "", HOUSE),
    ("normal-liver", "WNLD", 40, "holmium", "naive_and_fit False", EANM.format(4)),
]  # fmt: skip
AIMS = [  # approach, volume, Gy, sought, wished, product, disease, source
    ("SDA", "PLD", 120, None, None, "glass", "", TRIAL),
    ("SDA", "PLD", 60, None, None, "holmium", "", EANM.format(4)),
    ("PDA", "TD", 205, None, None, "glass", "HCC", EANM.format(2)),
    ("PDA", "TD", 205, 250, 300, "glass", "HCC", TRIAL),
    ("PDA", "TD", 260, None, None, "glass", "ICC", EANM.format(2)),
    ("PDA", "TD", 189, None, None, "glass", "mCRC", EANM.format(2)),
    ("PDA", "TD", 100, 100, 120, "resin", "HCC, ICC", EANM.format(3)),
    ("PDA", "TD", 100, None, None, "resin", "mCRC", EANM.format(3)),
    ("PDA", "TD", 150, None, None, "holmium", "ICC", EANM.format(4)),
    ("PDA", "TD", 90, None, None, "holmium", "mCRC", EANM.format(4)),
    ("tolerance", "TD_all", 120, None, None, "resin", "", HOUSE),
    ("tolerance", "TD", 100, None, None, "resin", "mCRC", EANM.format(3)),
    ("tolerance", "TD", 100, None, None, "resin", "ICC", EANM.format(3)),
    ("tolerance", "TD", 100, None, None, "resin", "HCC", EANM.format(3)),
    ("PDA-PLD", "PLD", 150, None, None, "glass", "HCC", TRIAL),
    ("PDA-PLD", "PLD", 150, None, None, "glass", "HCC", TRIAL),
    ("PDA-PLD", "PLD", 400, None, None, "glass", "", EANM.format(2)),
    ("PDA-PLD", "PLD", 150, None, None, "resin", "", EANM.format(3)),
    ("label", "PLD", 80, None, None, "glass", "", EANM.format(2)),
    ("label", "PLD", 140, None, None, "glass", "", EANM.format(2)),
    ("label", "PLD", 400, None, None, "glass", "", EANM.format(2)),
    ("label", "PLD", 60, None, None, "holmium", "", "60 Gy to the perfused volume"),
    ("hypertrophy", "NPLD", 88, None, None, "glass", "HCC", "Palard et al., EJNMMI 2018;45:392"),
    ("hypertrophy", "NPLD", 70, None, None, "resin", "", EANM.format(3)),
]
AGAINST = [  # name, what is asked of a number, source
    ("bilirubin above 2 mg/dL outside segmentectomy", {"bilirubin_above_mg_dl": 2, "bilirubin_to_mg_dl": 3}, "van Roekel, thesis"),
    ("bilirubin above 2 mg/dL with a reversible cause", {"bilirubin_above_mg_dl": 2, "bilirubin_to_mg_dl": 3}, "van Roekel, thesis"),
    ("bilirubin above 2 mg/dL in segmentectomy", {"bilirubin_above_mg_dl": 2, "bilirubin_to_mg_dl": 3}, "TheraSphere US label"),
    ("bilirubin above 3 mg/dL", {"bilirubin_above_mg_dl": 3, "bilirubin_to_mg_dl": 10}, HOUSE),
    ("bilirubin above 10 mg/dL", {"bilirubin_above_mg_dl": 10}, HOUSE),
    ("tumour above 70 % of the liver", {"tumour_fraction_above": 0.7}, "TheraSphere US label"),
    ("tumour above 50 % of the liver", {"tumour_fraction_above": 0.5, "tumour_fraction_to": 0.7}, "TheraSphere US label"),
    ("lung shunt above 20 % with resin", {"lung_shunt_above": 0.2}, "SIR-Spheres, approved indication"),
    ("lung shunt above 10 % with resin", {"lung_shunt_above": 0.1, "lung_shunt_to": 0.2}, "van Roekel, thesis"),
    ("hepatic reserve for a lobectomy with resin", {"reserve_to": 0.3}, EANM.format(3)),
    ("GFR below 35", {"gfr_below": 35}, "van Roekel, thesis"),
    ("INR above 1.5", {"inr_above": 1.5}, "van Roekel, thesis"),
    ("platelets below 50", {"platelets_below": 50}, "van Roekel, thesis"),
]  # fmt: skip


def asked_in(rule: Any) -> str:
    facts = ("reserve_below", "naive_and_fit", "treated_before", "bilirubin_from_mg_dl", "child_pugh", "compromised")
    found = [f"{k} {', '.join(rule[k]) if isinstance(rule[k], list) else rule[k]}" for k in facts if k in rule]
    return "; ".join([*found, *([", ".join(rule["disease"])] if "disease" in rule else [])])


def product_of(rule: Any) -> str | None:
    return ", ".join(rule["product"]) if "product" in rule else None


def test_every_limit_is_that_of_its_source() -> None:
    rules = table("rules")["limit"]
    assert [(r["name"], r["volume"], r["gy"], product_of(r), asked_in(r)) for r in rules] == [
        row[:-1] for row in LIMITS
    ]
    for rule, row in zip(rules, LIMITS, strict=True):
        assert row[-1] in table("rules")["sources"][rule["source"]], row


def test_every_aim_is_that_of_its_source() -> None:
    rules = table("rules")["aim"]
    assert [
        (r["approach"], r["volume"], r["gy"], r.get("sought_gy"), r.get("wished_gy"), product_of(r), ", ".join(r.get("disease", ())))
        for r in rules
    ] == [row[:-1] for row in AIMS]  # fmt: skip
    for rule, row in zip(rules, AIMS, strict=True):
        assert row[-1] in table("rules")["sources"][rule["source"]], row
    assert [r["tolerance_gy"] for r in rules if "tolerance_gy" in r] == [20, 20]
    assert [r["from_gy"] for r in rules if "from_gy" in r] == [60, 86, 95]
    assert [r["up_to_gy"] for r in rules if "up_to_gy" in r] == [150, 150]
    assert [(r["while"]["volume"], r["while"]["gy"]) for r in rules if "while" in r] == [("WLD", 150)] * 2
    assert {r["reserve_from"] for r in rules if "reserve_from" in r} == {0.30}


def test_every_threshold_of_a_contraindication_is_that_of_its_source() -> None:
    rules = table("rules")["contraindication"]
    numbers = [
        (r["name"], asked, table("rules")["sources"][r["source"]])
        for r in rules
        if (asked := {k: v for k, v in r.items() if isinstance(v, int | float) and not isinstance(v, bool)})
    ]
    assert [(name, asked) for name, asked, _ in numbers] == [row[:2] for row in AGAINST]
    for (_, _, source), row in zip(numbers, AGAINST, strict=True):
        assert row[-1] in source, row
