"""A patient in whom no fact is missing and none forbids, as case.toml says it."""

FACTS = """
disease = "HCC"
scenario = "lobectomy"
bilirubin_mg_dl = 0.8
child_pugh = "A5"
digestive_shunt = false
earlier_radioembolisation = false
main_portal_vein_invasion = false
"""
PATIENT = f"\n[patient]{FACTS}"
