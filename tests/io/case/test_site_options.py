"""The case's own words stand above the site's."""

import pytest

from yttria.contract.site import SiteAims, SiteContraindication, SiteFile, SiteLimit, SiteRecovery
from yttria.io.case.site_options import with_site
from yttria.values.errors import QuantityError
from yttria.values.patient import PlanningOptions, SiteJudgement
from yttria.values.product import Product
from yttria.values.units import Gy

GLASS = Product.named("glass")
SITE = SiteFile(
    limits={"lung_gy": 20.0, "normal_liver_gy": 70.0, "source": "our board"},
    aims=SiteAims(tumour_gy=220, perfused_gy=130),
    contraindication=(SiteContraindication(name="ascites", judgement="warning", source="our board"),),
    recovery=SiteRecovery(sphere_ml=(1, 10), coefficient=(0.3, 0.8), source="phantom", judges="corrected"),
)


def test_what_the_case_does_not_say_is_the_sites() -> None:
    found = with_site(PlanningOptions(GLASS, GLASS.nuclide), SITE)
    assert found.limits_gy == {"lung": 20.0, "normal_liver": 70.0}
    assert found.limit_sources == {"lung": "our board", "normal_liver": "our board"}
    assert found.aims_gy == {"tumour_gy": Gy(220), "perfused_gy": Gy(130)}
    assert found.contraindications == {"ascites": SiteJudgement("warning", "our board")}
    assert found.recovery is not None
    assert found.recovery.source == "phantom"
    assert found.corrected_judges is True


def test_what_the_case_says_stands_with_its_own_source() -> None:
    own = PlanningOptions(
        GLASS,
        GLASS.nuclide,
        limits_gy={"lung": Gy(15)},
        aims_gy={"tumour_gy": Gy(250)},
        contraindications={"ascites": SiteJudgement("stop", "case")},
        corrected_judges=False,
    )
    found = with_site(own, SITE)
    assert found.limits_gy == {"lung": 15.0, "normal_liver": 70.0}
    assert found.limit_sources == {"normal_liver": "our board"}  # the case's 15 Gy are not the board's
    assert found.aims_gy == {"tumour_gy": Gy(250), "perfused_gy": Gy(130)}
    assert found.contraindications["ascites"].source == "case"
    assert found.corrected_judges is False


def test_a_site_that_says_nothing_changes_nothing() -> None:
    bare = PlanningOptions(GLASS, GLASS.nuclide)
    assert with_site(bare, SiteFile()) == bare


def test_a_limit_under_conditions_names_its_volume_and_its_condition() -> None:
    rule = SiteLimit(name="normal-liver", gy=45, source="our board", child_pugh=("B",))
    ((*pairs,),) = with_site(PlanningOptions(GLASS, GLASS.nuclide), SiteFile(limit=(rule,))).own_limits
    assert dict(pairs) | {"volume": "WNLD", "condition": "set by the site", "gy": 45} == dict(pairs)
    with pytest.raises(QuantityError, match=r"\[\[limit\]\] normal-livr of the site names no volume .* did you mean"):
        with_site(
            PlanningOptions(GLASS, GLASS.nuclide),
            SiteFile(limit=(SiteLimit(name="normal-livr", gy=45, source="x"),)),
        )
