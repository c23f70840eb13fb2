"""Dose and response on paper: one table, a figure with the data and the band, and a sentence for each curve asked for."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from yttria.contract.study import DoseForShare, DoseResponse, ResponseFit, RocCurve
from yttria.report.study.column_titles import title_of
from yttria.report.study.number_format import exists, interval, level_words, of_all, p_text, p_value
from yttria.report.text.capitals import capital
from yttria.report.text.number_format import DASH, NBSP, number
from yttria.values.document import (
    Band,
    Block,
    Cell,
    Column,
    Entry,
    Figure,
    Layer,
    Line,
    Marks,
    Panel,
    Paragraph,
    Rule,
    Table,
)
from yttria.values.errors import EvidenceError
from yttria.values.protocol import Protocol, ResponseSpec

Titles = Mapping[str, str]
Numbers = NDArray[np.float64]

SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
Z = 1.959963984540054
LINKS = {"logit": "logistic", "probit": "probit"}


def response_blocks(results: Mapping[str, DoseResponse], protocol: Protocol, titles: Titles) -> tuple[Block, ...]:
    """Return the table of all dose-responses, and a figure of each that could be fitted.

    Parameters
    ----------
    results
        The records, by name.
    asked, titles
        What was asked; what people call the columns.
    """
    if not results:
        return ()
    fitted = [name for name, record in results.items() if record.fit is not None]
    chosen = Paragraph(
        "The threshold with the highest Youden index was chosen on the data that it is judged on: its sensitivity and specificity are "
        "too good here, and worse in the next patients."
    )
    figures = [response_figure(name, results[name], protocol, titles) for name in fitted]
    return (response_table(results, protocol, titles), *((chosen,) if fitted else ()), *figures)


def response_table(results: Mapping[str, DoseResponse], protocol: Protocol, titles: Titles) -> Table:
    """Return how many responded, the test of the slope, the doses that shares need, and how well the dose tells responses apart."""
    rows: list[list[Cell]] = []
    ruled = set()
    for name, record in results.items():
        spec, fit, roc = protocol.dose_response[name], record.fit, record.roc
        ruled.add(len(rows))
        lost = f", {record.dropped} left out" if record.dropped else ""
        rows.append([Entry(title_of(titles, name), f"n {record.n}{lost}", strong=True), ""])
        rows.append([f"   responded ({_response_of(spec, titles)})", of_all(record.responses, record.n)])
        if fit is not None:
            gain = fit.test
            text = f"{number(gain.chi2, 2)}, {gain.df} df, P {_relation(gain.p)}"
            rows.append([f"   {_form(spec, titles)}: likelihood-ratio χ²", Entry(text, kind="free")])
            rows += [[f"   {_name(n.share)}: dose that {_percent(n.share)} need", _needed(n)] for n in _meant(fit)]
            rows.append(["   Akaike's criterion", number(fit.aic, 2)])
        if roc is not None:
            rows.append(["   area under the ROC curve (DeLong)", _area(roc)])
            rows.append(
                ["   threshold by Youden's index (sensitivity, specificity)", Entry(_threshold(roc), kind="free")]
            )
    return Table(
        title=f"Dose and response ({level_words(protocol.km.level)})",
        columns=[Column("", share=2.2), Column("Value", share=1.4)],
        rows=rows,
        notes=(
            "Limits of a dose by Fieller's method, of the area at 95 %; a dose beyond those given is extrapolated. Not estimable: no slope is shown.",
        ),
        ruled=frozenset(ruled),
    )


def response_claims(results: Mapping[str, DoseResponse], protocol: Protocol, titles: Titles) -> list[str]:
    """Return a sentence for each fitted dose-response: value, interval, method and test."""
    sentences = []
    for name, record in results.items():
        fit, spec = record.fit, protocol.dose_response[name]
        if fit is None:
            continue
        way = "was not shown to change" if not _has_slope(fit) else "rose" if fit.coef.slope > 0 else "fell"
        doses = "".join(f"; {_name(n.share)} {_needed(n)}" for n in _meant(fit) if exists(n.dose))
        sentences.append(
            f"{_response_of(spec, titles)} was seen in {record.responses} of {record.n} and {way} with {title_of(titles, spec.dose)}"
            f"{doses} ({level_words(protocol.km.level)}, {LINKS[fit.link]} regression, Fieller's limits; likelihood-ratio test, "
            f"P {_relation(fit.test.p)}; area under the ROC curve {_area(record.roc)}, DeLong)."
        )
    return sentences


def response_figure(name: str, record: DoseResponse, protocol: Protocol, titles: Titles) -> Figure:
    """Return a response over dose: each patient or lesion as a tick, shares by quarter of dose, the fit with its band.

    Parameters
    ----------
    name
        Of the dose-response in the protocol.
    record
        What was found; it must have a fit.
    asked, titles
        What was asked; what people call the columns.
    """
    spec, fit, data = protocol.dose_response[name], record.fit, record.data
    if fit is None:
        raise EvidenceError(
            f"a figure needs a fitted curve, but {name} has none; leave its figure out", code="figure-without-curve"
        )
    dose, n, hit = (np.asarray(column, dtype=np.float64) for column in (data.dose, data.n, data.responses))
    curve = fit.curve
    at, share, low, high = (np.asarray(c, dtype=np.float64) for c in (curve.dose, curve.share, curve.low, curve.high))
    start, end = min(0.0, float(dose[0])), float(dose[-1])
    layers: list[Layer] = [Band(at, low, high, "accent"), Line(at, share, colour="accent")]
    layers += [
        Rule(n.dose, label=f"{_name(n.share)} {_dose(n.dose)}")
        for n in _meant(fit)
        if exists(n.dose) and start < n.dose < end
    ]
    centre, part, bottom, top = quarters(dose, n, hit)
    layers += [Line(np.array([c, c]), np.array([b, t]), width=0.9) for c, b, t in zip(centre, bottom, top, strict=True)]
    layers += [
        Marks(centre, part, "ink"),
        Marks(dose[hit > 0], np.full(int((hit > 0).sum()), 0.985), "quiet", "tick"),
        Marks(dose[hit < n], np.full(int((hit < n).sum()), 0.015), "quiet", "tick"),
    ]
    panel = Panel(
        layers=layers,
        x_label=capital(title_of(titles, spec.dose)),
        y_label=_response_of(spec, titles),
        x_range=(start, end + 0.02 * (end - start)),
        y_range=(0.0, 1.0),
        y_ticks=SHARES,
        y_percent=True,
    )
    return Figure(
        f"dose-response-{name}",
        f"Dose and response: {title_of(titles, name)}",
        f"{capital(_form(spec, titles))}, n = {record.n}, {record.responses} responded; band: {level_words(protocol.km.level)}; "
        "ticks: those who responded (top) and who did not (bottom); dots: share in each quarter of the patients by dose, with Wilson's "
        f"95 % CI; dashed: dose that a share needs. {p_text(fit.test.p, 'Likelihood-ratio test of the slope:')}.",
        (panel,),
        width_mm=170,
        height_mm=84,
    )


def quarters(dose: Numbers, n: Numbers, hit: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Return mean dose, share and Wilson limits of each quarter of the patients by dose; equal doses stay together.

    Parameters
    ----------
    dose, n, hit
        Distinct doses, ascending; how many had each and how many of those responded.

    Examples
    --------
    >>> one = np.ones(4)
    >>> quarters(np.array([1.0, 2.0, 3.0, 4.0]), one, np.array([0.0, 0.0, 1.0, 1.0]))[1]
    array([0., 0., 1., 1.])

    Source
    ------
    Wilson 1927, doi:10.1080/01621459.1927.10502953.
    """
    middle_rank = np.cumsum(n) - n / 2
    quarter = np.minimum((4 * middle_rank / n.sum()).astype(int), 3)
    parts = [quarter == q for q in range(4) if (quarter == q).any()]
    size = np.array([n[p].sum() for p in parts])
    share = np.array([hit[p].sum() for p in parts]) / size
    middle = (share + Z**2 / (2 * size)) / (1 + Z**2 / size)
    wide = Z * np.sqrt(share * (1 - share) / size + Z**2 / (4 * size**2)) / (1 + Z**2 / size)
    centre = np.array([(dose[p] * n[p]).sum() for p in parts]) / size
    return centre, share, middle - wide, middle + wide


def _meant(fit: ResponseFit) -> Sequence[DoseForShare]:
    """Return the doses that shares need; none where the response falls with dose, for there they mean nothing."""
    return fit.needed if fit.coef.slope > 0 or not _has_slope(fit) else ()


def _has_slope(fit: ResponseFit) -> bool:
    """Return whether any dose that a share needs exists: without a slope none does."""
    return any(exists(needed.dose) for needed in fit.needed)


def _response_of(spec: ResponseSpec, titles: Titles) -> str:
    """Return what counts as a response: the column's title with the values that count."""
    values = "" if spec.response_is is None else f" ({_listed([str(v) for v in spec.response_is])})"
    return f"{capital(title_of(titles, spec.response))}{values}"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _form(spec: ResponseSpec, titles: Titles) -> str:
    scale = "the logarithm of " if spec.scale == "log" else ""
    return f"{LINKS[spec.link]} regression on {scale}{title_of(titles, spec.dose)}"


def _percent(share: float) -> str:
    return f"{number(100 * share, 0 if round(100 * share, 6).is_integer() else 1)}{NBSP}%"


def _name(share: float) -> str:
    return f"D{100 * share:.4g}"


def _dose(value: float | None) -> str:
    return number(value, _decimals(value))


def _decimals(value: float | None) -> int:
    """Return the decimals of a dose: none from a hundred on, one from ten on, two below."""
    size = abs(value) if exists(value) and value is not None else 0.0
    return 0 if size >= 99.5 else 1 if size >= 9.95 else 2


def _needed(record: DoseForShare) -> str:
    if not exists(record.dose):
        return "not estimable"
    return interval(record.dose, record.low, record.high, _decimals(record.dose))


def _area(roc: RocCurve | None) -> str:
    if roc is None:
        return DASH
    auc, se = roc.auc, roc.se
    if not exists(se):
        return number(auc, 2)
    return interval(auc, max(auc - Z * se, 0.0), min(auc + Z * se, 1.0), 2)


def _threshold(roc: RocCurve) -> str:
    at = list(roc.threshold).index(roc.best)
    sensitivity, specificity = (_percent(round(column[at], 3)) for column in (roc.sensitivity, roc.specificity))
    return f"≥ {roc.best:g} ({sensitivity}, {specificity})"


def _relation(p: float | None) -> str:
    text = p_value(p)
    return text if text == DASH or text.startswith("<") else f"= {text}"
