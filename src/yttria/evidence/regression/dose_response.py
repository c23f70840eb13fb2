"""Dose and response: the chance of a response as a function of dose, the dose that a share needs, and thresholds."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, chdtri, expit, log_ndtr, ndtr, ndtri

from yttria.evidence.survival.normal_quantile import normal_quantile
from yttria.values.cohort import Numbers
from yttria.values.errors import EvidenceError, Finding

Link = Literal["logit", "probit"]
Scale = Literal["dose", "log"]
ITERATIONS = 100


@dataclass(frozen=True, slots=True)
class Needed:
    """The dose at which a share responds, with Fieller's limits and the error of the delta method; NaN where no slope is shown."""

    share: float
    dose: float
    se: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class DoseResponse:
    """A fitted dose-response curve, P(response) = F(a + b g(dose)).

    Parameters
    ----------
    coef, variance
        (a, b) and their covariance by the expected information.
    link, scale
        F, and g: the dose itself or its logarithm.
    deviance, null_deviance
        -2 loglik of the model and of a constant.
    n, responses
        How many, and how many responded.
    findings
        Findings.
    """

    coef: Numbers
    variance: NDArray[np.float64]
    link: Link
    scale: Scale
    deviance: float
    null_deviance: float
    n: int
    responses: int
    findings: tuple[Finding, ...] = ()
    clusters: int = 0

    @property
    def aic(self) -> float:
        """Return the deviance plus twice the two coefficients."""
        return self.deviance + 4

    def share_at(self, dose: Numbers, *, level: float = 0.95) -> tuple[Numbers, Numbers, Numbers]:
        """Return the share that responds at each dose with its limits, symmetric on the scale of the link."""
        x = np.stack([np.ones(len(dose)), _scaled(np.asarray(dose, dtype=np.float64), self.scale)], axis=1)
        middle = x @ self.coef
        wide = normal_quantile(level) * np.sqrt(np.einsum("ij,jk,ik->i", x, self.variance, x))
        inverse = expit if self.link == "logit" else ndtr
        return inverse(middle), inverse(middle - wide), inverse(middle + wide)

    def has_slope(self, *, level: float = 0.95) -> bool:
        """Return whether response changes with dose at 1 - level: by the likelihood-ratio test, with clusters by Wald's."""
        return self.slope_chi2 > float(chdtri(1, 1 - level))

    @property
    def slope_chi2(self) -> float:
        """Return the chi-squared of the slope, 1 degree of freedom: the gain in likelihood, with clusters Wald's, for lesions of a patient are no likelihood."""
        if self.clusters:
            return float(self.coef[1] ** 2 / self.variance[1, 1])
        return max(self.null_deviance - self.deviance, 0.0)

    def needed(self, share: float, *, level: float = 0.95) -> Needed:
        """Return the dose at which `share` responds: D50 is `needed(0.5)`.

        g(D) = (F^-1(share) - a) / b; its limits are the x at which (a + b x - F^-1(share))^2 = z^2 var(a + b x). Where no slope is shown
        there is no such dose; where the slope's Wald test does not show it, that set has no end, and there are no limits.

        Raises
        ------
        EvidenceError
            A share that is not between 0 and 1.

        Source
        ------
        Fieller 1954, doi:10.1111/j.2517-6161.1954.tb00159.x.
        """
        if not 0 < share < 1:
            raise EvidenceError(
                f"a share must lie between 0 and 1, but is {share:g}; as 0.5 for D50",
                code="share-range",
                values={"share": share},
            )
        if not self.has_slope(level=level):
            return Needed(share, *[float("nan")] * 4)
        a, b = (float(v) for v in self.coef)
        gap = a - (float(np.log(share / (1 - share))) if self.link == "logit" else float(ndtri(share)))
        x = -gap / b
        slope = np.array([-1 / b, -x / b])
        se = float(np.sqrt(slope @ self.variance @ slope))
        low, high = _fieller(gap, b, self.variance, normal_quantile(level))
        if self.scale == "log":
            return Needed(share, float(np.exp(x)), float(np.exp(x)) * se, float(np.exp(low)), float(np.exp(high)))
        return Needed(share, x, se, low, high)


def _fieller(gap: float, slope: float, variance: NDArray[np.float64], z: float) -> tuple[float, float]:
    """Return the two x at which (gap + slope x)^2 = z^2 var(gap + slope x); NaN where they bound no interval."""
    (v00, v01), (_, v11) = variance.tolist()
    square, half, rest = slope**2 - z**2 * v11, gap * slope - z**2 * v01, gap**2 - z**2 * v00
    if square <= 0:
        return float("nan"), float("nan")
    wide = float(np.sqrt(max(half**2 - square * rest, 0.0)))
    return (-half - wide) / square, (-half + wide) / square


def dose_response(
    dose: Numbers,
    responded: NDArray[Any],
    *,
    link: Link = "logit",
    scale: Scale = "dose",
    clusters: NDArray[Any] | None = None,
) -> DoseResponse:
    """Return the dose-response curve by maximum likelihood (iteratively reweighted least squares).

    Parameters
    ----------
    dose
        Of each lesion or patient, Gy, shape (n,).
    responded
        True where it responded.
    link
        Logistic or probit.
    scale
        Linear in the dose or in its logarithm.
    clusters
        Which rows belong together, as lesions of one patient: the variance is then the sandwich over them, times G / (G - 1).

    Raises
    ------
    EvidenceError
        One cluster alone; nobody or everybody responded, one dose only, a dose that separates all responses, a logarithm of no dose.

    Examples
    --------
    >>> dose = np.array([50.0, 100, 150, 200, 250, 300] * 3)
    >>> curve = dose_response(dose, np.array([False, False, True, False, True, True] * 3))
    >>> round(curve.needed(0.5).dose, 1)
    175.0

    Source
    ------
    McCullagh and Nelder 1989. Referee: R glm. Clusters: Liang and Zeger 1986, doi:10.1093/biomet/73.1.13; referee: R sandwich::vcovCL.
    """
    dose, y = np.asarray(dose, dtype=np.float64), np.asarray(responded, dtype=np.float64)
    _require_response(dose, y, scale)
    x = np.stack([np.ones(len(dose)), _scaled(dose, scale)], axis=1)
    mean, spread = x[:, 1].mean(), x[:, 1].std()
    back = np.array([[1.0, -mean / spread], [0.0, 1 / spread]])
    x[:, 1] = (x[:, 1] - mean) / spread
    coef, information = _reweighted(x, y, link)
    inner = np.linalg.inv(information)
    groups = 0
    if clusters is not None:
        scores, groups = _cluster_scores(x, y, coef, link, clusters)
        inner = inner @ (scores.T @ scores) @ inner * groups / (groups - 1)
    variance = back @ inner @ back.T
    p = y.mean()
    null = -2 * len(y) * float(p * np.log(p) + (1 - p) * np.log(1 - p))
    curve = DoseResponse(
        back @ coef,
        variance,
        link,
        scale,
        -2 * _loglik(x @ coef, y, link),
        null,
        len(y),
        int(y.sum()),
        clusters=groups,
    )
    return replace(curve, findings=_findings(curve))


def _findings(curve: DoseResponse) -> tuple[Finding, ...]:
    """Return what to know of a slope that is not shown, that bounds no dose, or that leads down."""
    if not curve.has_slope():
        p = float(chdtrc(1, curve.slope_chi2))
        test = "Wald test over patients" if curve.clusters else "likelihood-ratio test"
        flat = f"a change of response with dose is not shown ({test}, P {p:.2g}): the dose that a share needs is not estimable"
        return (Finding("warning", "slope-not-shown", flat, {"p": p}),)
    findings = []
    if np.isnan(curve.needed(0.5).low):
        wide = "the slope is shown, but too uncertain to bound the dose that a share needs: its limits are unbounded (Fieller)"
        findings.append(Finding("warning", "dose-unbounded", wide))
    if float(curve.coef[1]) < 0:
        falling = "the response falls with dose; a dose that a share needs means nothing"
        findings.append(Finding("warning", "response-falls-with-dose", falling))
    return tuple(findings)


def _scaled(dose: Numbers, scale: Scale) -> Numbers:
    return dose if scale == "dose" else np.asarray(np.log(dose))


def _require_response(dose: Numbers, y: Numbers, scale: Scale) -> None:
    if dose.shape != y.shape or not np.isfinite(dose).all():
        raise EvidenceError(
            "each response needs a dose that is a number; leave out rows where one is missing", code="dose-not-finite"
        )
    if not 0 < y.mean() < 1:
        raise EvidenceError(
            f"a dose-response needs some that respond and some that do not, but {int(y.sum())} of {len(y)} did",
            code="responses-all-equal",
            values={"responses": int(y.sum()), "patients": len(y)},
        )
    if dose.min() == dose.max():
        raise EvidenceError(
            f"a dose-response needs more than one dose, but all are {dose[0]:g}",
            code="doses-all-equal",
            values={"dose": float(dose[0])},
        )
    if scale == "log" and dose.min() <= 0:
        raise EvidenceError("the logarithm needs doses above zero; choose scale = 'dose'", code="dose-logarithm")
    hit, missed = dose[y > 0], dose[y == 0]
    if hit.min() >= missed.max() or hit.max() <= missed.min():
        raise EvidenceError(
            "one dose separates all that responded from all that did not: the slope is infinite; more patients are needed",
            code="responses-separated",
        )


def _cluster_scores(
    x: NDArray[np.float64], y: Numbers, coef: Numbers, link: Link, clusters: NDArray[Any]
) -> tuple[NDArray[np.float64], int]:
    """Return the score of each cluster, shape (clusters, 2), and how many there are."""
    names, place = np.unique(np.asarray(clusters), return_inverse=True)
    if len(names) < 2:
        raise EvidenceError(
            "errors over patients need two or more of them, but all lesions are of one; leave clusters out",
            code="one-cluster",
        )
    eta = x @ coef
    p = expit(eta) if link == "logit" else ndtr(eta)
    slope = p * (1 - p) if link == "logit" else np.exp(-(eta**2) / 2) / np.sqrt(2 * np.pi)
    each = x * (slope * (y - p) / np.maximum(p * (1 - p), 1e-300))[:, None]
    scores = np.zeros((len(names), x.shape[1]))
    np.add.at(scores, place, each)
    return scores, len(names)


def _reweighted(x: NDArray[np.float64], y: Numbers, link: Link) -> tuple[Numbers, NDArray[np.float64]]:
    coef = np.zeros(2)
    for _ in range(ITERATIONS):
        eta = x @ coef
        p = expit(eta) if link == "logit" else ndtr(eta)
        slope = p * (1 - p) if link == "logit" else np.exp(-(eta**2) / 2) / np.sqrt(2 * np.pi)
        weight = slope**2 / np.maximum(p * (1 - p), 1e-300)
        information = (x * weight[:, None]).T @ x
        step = np.linalg.solve(information, x.T @ (weight * (y - p) / np.maximum(slope, 1e-300)))
        coef = coef + step
        if np.abs(step).max() < 1e-13 * max(1.0, float(np.abs(coef).max())):
            return coef, information
    raise EvidenceError(
        "the dose-response does not settle: dose all but separates the responses; more patients are needed",
        code="dose-response-unsettled",
    )


def _loglik(eta: Numbers, y: Numbers, link: Link) -> float:
    if link == "probit":
        return float(np.sum(y * log_ndtr(eta) + (1 - y) * log_ndtr(-eta)))
    return float(-np.sum(y * np.logaddexp(0, -eta) + (1 - y) * np.logaddexp(0, eta)))


@dataclass(frozen=True, slots=True, eq=False)
class Roc:
    """How well a number tells responses apart, and the threshold that tells best in this very sample.

    Parameters
    ----------
    threshold, sensitivity, specificity
        For each threshold "at or above", descending.
    auc, se
        Area under the curve with DeLong's error.
    best
        Threshold with the highest Youden index.
    findings
        Always warns of a threshold chosen from the data that it is judged on.
    """

    threshold: Numbers
    sensitivity: Numbers
    specificity: Numbers
    auc: float
    se: float
    best: float
    youden: float
    findings: tuple[Finding, ...]


def roc(value: Numbers, responded: NDArray[Any]) -> Roc:
    """Return the receiver operating characteristic of a number against a response; higher is taken to mean response.

    Parameters
    ----------
    value
        As a dose, shape (n,).
    responded
        True where it responded.

    Raises
    ------
    EvidenceError
        Nobody or everybody responded.

    Examples
    --------
    >>> roc(np.array([1.0, 2.0, 3.0, 4.0]), np.array([False, True, False, True])).auc
    0.75

    Source
    ------
    DeLong et al. 1988, doi:10.2307/2531595; Youden 1950; on the bias: Altman et al. 1994, doi:10.1093/jnci/86.11.829.
    """
    value, y = np.asarray(value, dtype=np.float64), np.asarray(responded, dtype=np.bool_)
    if not 0 < y.mean() < 1:
        raise EvidenceError(
            f"a threshold needs some that respond and some that do not, but {int(y.sum())} of {len(y)} did",
            code="responses-all-equal",
            values={"responses": int(y.sum()), "patients": len(y)},
        )
    hit, missed = np.sort(value[y]), np.sort(value[~y])
    threshold = np.unique(value)[::-1]
    sensitivity = 1 - np.searchsorted(hit, threshold, side="left") / len(hit)
    specificity = np.searchsorted(missed, threshold, side="left") / len(missed)
    above = _placement(hit, missed)
    below = 1 - _placement(missed, hit)
    variance = (above.var(ddof=1) / len(hit) if len(hit) > 1 else np.nan) + (
        below.var(ddof=1) / len(missed) if len(missed) > 1 else np.nan
    )
    index = sensitivity + specificity - 1
    best = int(np.argmax(index))
    warning = Finding(
        "warning",
        "data-driven-threshold",
        f"the threshold {threshold[best]:g} was chosen on the data that it is judged on: its effect is overstated; confirm it elsewhere",
        {"threshold": float(threshold[best])},
    )
    return Roc(
        threshold, sensitivity, specificity, float(above.mean()), float(np.sqrt(variance)), float(threshold[best]),
        float(index[best]), (warning,),
    )  # fmt: skip


def _placement(one: Numbers, others: Numbers) -> Numbers:
    """Return for each of `one` the share of `others` below it, ties half."""
    low, high = np.searchsorted(others, one, side="left"), np.searchsorted(others, one, side="right")
    return np.asarray((low + high) / 2 / len(others))
