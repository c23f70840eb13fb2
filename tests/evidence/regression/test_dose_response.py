"""Dose and response, thresholds: R's numbers, laws, refusals."""

import shutil
import subprocess
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from yttria.evidence.regression.dose_response import Link, Scale, dose_response, roc
from yttria.values.cohort import Numbers
from yttria.values.errors import EvidenceError


@pytest.mark.parametrize(
    ("key", "link", "scale"), [("logit", "logit", "dose"), ("probit", "probit", "dose"), ("log_logit", "logit", "log")]
)
def test_curves_are_those_of_r(key: str, link: Link, scale: Scale, reference: Any, same: Any) -> None:
    data, wanted = reference["response"], reference["response"][key]
    curve = dose_response(np.array(data["dose"]), np.array(data["y"]) == 1, link=link, scale=scale)
    same(curve.coef, wanted["coef"], 1e-8)
    same(curve.variance, wanted["variance"], 1e-6)
    same([curve.deviance, curve.null_deviance], [*wanted["deviance"], *wanted["null"]], 1e-9)


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_the_error_of_a_dose_is_that_of_r_by_the_delta_method(link: Link, kinds: Any, same: Any) -> None:
    dose, hit = (np.array(kinds["dose"][name], dtype=float) for name in ("td", "hit"))
    curve = dose_response(dose, hit == 1, link=link)
    same([curve.needed(share).se for share in (0.5, 0.8)], kinds["response"]["se"][link], 1e-7)


def test_at_the_dose_that_a_share_needs_that_share_responds(kinds: Any) -> None:
    dose, hit = (np.array(kinds["dose"][name], dtype=float) for name in ("td", "hit"))
    for scale in ("dose", "log"):
        curve = dose_response(dose, hit == 1, scale=scale)
        share, low, high = curve.share_at(np.array([curve.needed(0.8).dose]))
        assert share[0] == pytest.approx(0.8)
        assert low[0] < 0.8 < high[0]


@pytest.mark.parametrize(
    ("key", "share", "link", "scale"),
    [("logit50", 0.5, "logit", "dose"), ("logit80", 0.8, "logit", "dose"), ("probit50", 0.5, "probit", "dose"), ("log50", 0.5, "logit", "log")],
)  # fmt: skip
def test_limits_of_a_dose_are_where_r_finds_the_wald_test_of_its_share_at_5_percent(
    key: str, share: float, link: Link, scale: Scale, kinds: Any
) -> None:
    dose, hit = (np.array(kinds["dose"][name], dtype=float) for name in ("td", "hit"))
    found, wanted = dose_response(dose, hit == 1, link=link, scale=scale).needed(share), kinds["response"][key]
    assert (found.dose, found.low, found.high) == pytest.approx(
        (wanted["dose"], wanted["low"], wanted["high"]), rel=1e-6
    )


def test_without_a_slope_no_dose_is_estimable_and_nothing_falls(kinds: Any) -> None:
    dose, flat = (np.array(kinds["dose"][name], dtype=float) for name in ("td", "flat"))
    curve = dose_response(dose, flat == 1)
    assert curve.coef[1] == pytest.approx(kinds["response"]["flat"]["slope"], rel=1e-7)
    assert [f.code for f in curve.findings] == ["slope-not-shown"]
    assert np.isnan([getattr(curve.needed(0.5), part) for part in ("dose", "se", "low", "high")]).all()


def test_a_slope_shown_by_likelihood_alone_bounds_no_dose() -> None:
    dose = np.repeat([1.0, 2, 3, 4, 5], [3, 2, 1, 2, 3])
    curve = dose_response(dose, np.array([0, 0, 0, 0, 0, 1, 0, 1, 1, 1, 1]) == 1)
    assert curve.has_slope()
    assert curve.coef[1] ** 2 < 1.96**2 * curve.variance[1, 1]
    found = curve.needed(0.5)
    assert np.isfinite(found.dose)
    assert np.isnan([found.low, found.high]).all()
    assert [f.code for f in curve.findings] == ["dose-unbounded"]


def test_a_response_that_falls_with_dose_is_a_finding() -> None:
    dose = np.array([1.0, 2, 3, 4, 5, 6] * 4)
    curve = dose_response(dose, np.array([1, 1, 0, 1, 0, 0] * 4) == 1)
    assert [f.code for f in curve.findings] == ["response-falls-with-dose"]


def test_the_area_is_the_share_of_pairs_in_the_right_order() -> None:
    rng = np.random.default_rng(2)
    value, y = np.round(rng.normal(size=60), 1), rng.random(60) < 0.4
    pairs = [np.sign(a - b) for a in value[y] for b in value[~y]]
    assert roc(value, y).auc == pytest.approx((np.mean(pairs) + 1) / 2)


def test_a_threshold_from_the_data_always_comes_with_its_warning() -> None:
    found = roc(np.array([1.0, 2, 3, 4]), np.array([False, False, True, True]))
    assert (found.best, found.youden) == (3.0, 1.0)
    assert [f.code for f in found.findings] == ["data-driven-threshold"]


@pytest.mark.parametrize(
    ("dose", "y", "words"),
    [
        ([1.0, 2, 3], [1, 1, 1], "3 of 3 did"),
        ([2.0, 2, 2], [1, 0, 1], "more than one dose"),
        ([1.0, 2, 3], [0, 0, 1], "separates"),
        ([np.nan, 2, 3], [0, 1, 1], "a number"),
    ],
)
def test_what_cannot_have_a_curve_is_refused(dose: list[float], y: list[int], words: str) -> None:
    with pytest.raises(EvidenceError, match=words):
        dose_response(np.array(dose), np.array(y) == 1)


def test_a_logarithm_of_no_dose_is_refused() -> None:
    with pytest.raises(EvidenceError, match="above zero"):
        dose_response(np.array([0.0, 1, 2, 3]), np.array([0, 1, 0, 1]) == 1, scale="log")


def test_a_share_that_is_none_is_refused(reference: Any) -> None:
    data = reference["response"]
    with pytest.raises(EvidenceError, match="between 0 and 1"):
        dose_response(np.array(data["dose"]), np.array(data["y"]) == 1).needed(80)


R_CLUSTERS = """
library(sandwich)
d <- read.csv(file("stdin"))
for (link in c("logit", "probit")) {
  m <- glm(y ~ dose, binomial(link), d, control = list(epsilon = 1e-14, maxit = 100))
  v <- vcovCL(m, cluster = d$id, type = "HC0", cadjust = TRUE)
  cat(sprintf("%.12g ", c(coef(m), v)), "\n")
}
"""


def lesions_of_patients() -> tuple[Numbers, NDArray[np.bool_], NDArray[np.int64]]:
    rng = np.random.default_rng(4)
    patient = np.repeat(np.arange(24), 3)
    dose = rng.uniform(60, 400, 72)
    hit = rng.random(72) < 1 / (1 + np.exp(-(dose - 210 + 60 * rng.standard_normal(24)[patient]) / 50))
    return dose, hit, patient


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="Rscript is not on this machine: R is the referee")
@pytest.mark.parametrize("link", ["logit", "probit"])
def test_errors_over_patients_are_those_of_sandwich(link: Link) -> None:
    dose, hit, patient = lesions_of_patients()
    rows = "".join(f"{d!r},{int(h)},{p}\n" for d, h, p in zip(dose.tolist(), hit, patient, strict=True))
    done = subprocess.run(
        ["Rscript", "-e", R_CLUSTERS], input=f"dose,y,id\n{rows}", capture_output=True, text=True, check=False
    )
    if "no package called" in done.stderr:
        pytest.skip("R's package sandwich is not on this machine: it is the referee")
    said = done.stdout
    r = [float(word) for word in said.splitlines()[("logit", "probit").index(link)].split()]
    curve = dose_response(dose, hit, link=link, clusters=patient)
    assert [*curve.coef, *curve.variance.ravel()] == pytest.approx(r, rel=1e-6)
    assert curve.clusters == 24


def test_clusters_of_one_give_the_same_curve_and_copies_of_each_lesion_no_more_certainty() -> None:
    dose, hit, _ = lesions_of_patients()
    rows = np.arange(len(dose))
    alone = dose_response(dose, hit, clusters=rows)
    assert alone.coef == pytest.approx(dose_response(dose, hit).coef)
    twice = dose_response(np.tile(dose, 2), np.tile(hit, 2), clusters=np.tile(rows, 2))
    assert twice.variance == pytest.approx(alone.variance)
    assert twice.slope_chi2 == pytest.approx(alone.slope_chi2)
    assert dose_response(np.tile(dose, 2), np.tile(hit, 2)).slope_chi2 == pytest.approx(
        2 * dose_response(dose, hit).slope_chi2
    )


def test_lesions_of_one_patient_alone_have_no_errors_over_patients() -> None:
    dose, hit, _ = lesions_of_patients()
    with pytest.raises(EvidenceError, match="all lesions are of one"):
        dose_response(dose, hit, clusters=np.zeros(len(dose)))


@pytest.mark.parametrize("link", ["logit", "probit"])
@pytest.mark.parametrize("unit", [1e-6, 1e-3, 1e3])
def test_another_unit_of_dose_changes_the_slope_by_its_factor_and_nothing_else(
    link: Link, unit: float, reference: Any
) -> None:
    dose, hit = np.array(reference["response"]["dose"], dtype=float), np.array(reference["response"]["y"]) == 1
    plain, moved = dose_response(dose, hit, link=link), dose_response(dose * unit, hit, link=link)
    assert moved.coef[0] == pytest.approx(plain.coef[0], rel=1e-9)
    assert moved.coef[1] * unit == pytest.approx(plain.coef[1], rel=1e-9)
    assert moved.deviance == pytest.approx(plain.deviance, rel=1e-12)
