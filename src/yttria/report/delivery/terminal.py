"""A verification on a terminal: what was given and found, and each dose planned, predicted and delivered, in 80 columns."""

from collections.abc import Iterator

from yttria.contract.verification import AgainstPlanRecord, PredictedDeliveredRecord, VerifyResult
from yttria.report.text.number_format import DASH, gbq, gy, number, percent
from yttria.values.units import BQ_PER_GBQ

NAMES = ("TD", "TD_all", "PLD", "NPLD", "WNLD", "WLD", "LD")


def verification_lines(result: VerifyResult) -> Iterator[str]:
    """Return the lines that a person reads first: given and found, doses beside the plan's, limits, aims."""
    image = result.image
    text = f"; the image shows {percent(image.of_given_fraction)} of it" if image.of_given_fraction is not None else ""
    yield f"Given: {gbq(result.given.activity_gbq * BQ_PER_GBQ)} GBq{text}"
    yield ""
    plan = result.against_plan
    head = ("planned", "predicted", "delivered", "difference") if plan else ("delivered",)
    yield f"{'':<12}" + "".join(f"{word:>13}" for word in head)
    for name in [n for n in result.doses_gy if n in NAMES or n.startswith("TD_")]:
        cells = [gy(result.doses_gy[name])]
        if plan:
            row = plan.doses.get(name)
            cells = (
                [gy(row.planned_gy), gy(row.predicted_gy), gy(row.delivered_gy), number(row.difference_gy, 0)]
                if row
                else [DASH, DASH, *cells, DASH]
            )
        yield f"{name + ' (Gy)':<12}" + "".join(f"{cell:>13}" for cell in cells)
    yield ""
    if plan:
        yield from _comparison(plan)
        yield ""
    judged = {"uncorrected": "as the image has them", "corrected": "corrected for blur, as the site says"}
    yield f"Aims and limits are judged by doses {judged[result.judged_doses]}."
    for limit in result.limits:
        if limit.value_gy is None:
            yield f"{limit.name}: {limit.volume} is not known, beside {gy(limit.limit_gy)} Gy"
            continue
        sign = "keeps" if limit.holds else "✗ exceeds"
        room = result.headroom.get(limit.name)
        more = "" if room is None else f", {gbq(room * BQ_PER_GBQ)} GBq more could be given"
        yield f"{limit.name}: {limit.volume} {gy(limit.value_gy)} Gy {sign} {gy(limit.limit_gy)} Gy{more}"
    for aim in result.aims:
        sign = "reaches" if aim.met else "✗ misses"
        yield f"aim: {aim.name} {gy(aim.found_gy)} Gy {sign} {gy(aim.wanted_gy)} Gy"


def _comparison(plan: AgainstPlanRecord) -> Iterator[str]:
    """Return what the image has to the plan beyond doses: the option, contrast, shunt, voxels."""
    yield f"Against {plan.approach}: {percent(plan.activity_fraction)} of its activity was given"
    yield f"tumour to normal liver: {_pair(plan.tumour_to_normal, scale=1.0, decimals=2, unit='')}"
    yield f"lung shunt: {_pair(plan.lung_shunt, scale=100.0, decimals=1, unit=' %')}"
    if (voxels := plan.voxels) is not None:
        gamma = voxels.gamma
        yield f"voxels: {number(voxels.bias_gy, 0)} Gy ({number(voxels.low_gy, 0)} to {number(voxels.high_gy, 0)}), concordance {number(voxels.lin_ccc, 3)}"
        yield f"gamma {gamma.dose_percent:g} % (global), {gamma.distance_mm:g} mm: {percent(gamma.pass_fraction)} of {number(gamma.n, 0)} voxels pass"


def _pair(pair: PredictedDeliveredRecord, *, scale: float, decimals: int, unit: str) -> str:
    one, other = (DASH if v is None else number(scale * v, decimals) + unit for v in (pair.predicted, pair.delivered))
    return f"predicted {one}, delivered {other}"
