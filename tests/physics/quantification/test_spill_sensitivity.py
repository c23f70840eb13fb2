"""How doses with blur undone follow contours and resolution: against contours that are really redrawn."""

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from yttria.physics.geometry.volume_algebra import named_volumes
from yttria.physics.quantification.spill_over import SIGMA_PER_FWHM, recovered_doses
from yttria.physics.quantification.spill_sensitivity import dose_sensitivities
from yttria.values.errors import QuantityError
from yttria.values.grid import Grid
from yttria.values.maps import ActivityMap, DensityMap, Voi
from yttria.values.nuclide import Nuclide

STEP = 4.0
GRID = Grid.aligned((36, 40, 44), spacing_zyx_mm=(STEP, STEP, STEP), origin_lps_mm=(0, 0, 0))
DENSITY = DensityMap(GRID, np.full(GRID.shape_zyx, 1.05, np.float32))
FINE = 5
CENTRES = {
    "liver": (72, 80, 88),
    "tumour-1": (72, 80, 58),
    "tumour-2": (72, 80, 105),
    "necrosis": (72, 80, 58),
    "thrombus": (100, 80, 95),
}
RADII = {"liver": 62.0, "tumour-1": 24.0, "tumour-2": 11.0}
BESIDE = {"necrosis": 14.0, "thrombus": 13.0}
EDGE_MM = 1.8


def ball(role: str, out_mm: float = 0.0) -> NDArray[np.float64]:
    """Shares of a sphere, box-averaged."""
    k, j, i = np.indices(GRID.shape_zyx)
    parts = (np.arange(FINE) + 0.5) / FINE - 0.5
    z0, y0, x0 = CENTRES[role]
    share = np.zeros(GRID.shape_zyx)
    for dz in parts:
        for dy in parts:
            for dx in parts:
                far = ((k + dz) * STEP - z0) ** 2 + ((j + dy) * STEP - y0) ** 2 + ((i + dx) * STEP - x0) ** 2
                share += far < ({**RADII, **BESIDE}[role] + out_mm) ** 2
    return share / FINE**3


def drawn(out_mm: Mapping[str, float], *, half: bool = False) -> Mapping[str, Voi]:
    """The volumes with edges moved; `half`: only the lower half along x is perfused."""
    shares = {role: ball(role, out_mm.get(role, 0.0)) for role in RADII}
    vois = [Voi("Liver", "liver", GRID, shares["liver"])]
    if half:
        column = np.clip((100 + out_mm.get("perfused", 0.0)) / STEP - np.arange(GRID.shape_zyx[2]) + 0.5, 0, 1)
        vois.append(Voi("Lobe", "perfused", GRID, np.minimum(shares["liver"], column[None, None, :])))
    vois += [Voi(role, "tumour", GRID, shares[role]) for role in RADII if role.startswith("tumour")]
    return named_volumes(vois)[0]


def image(ratio: float = 5.0) -> ActivityMap:
    """Lesions `ratio` times the liver, blurred by 12 mm."""
    one, two = ball("tumour-1"), ball("tumour-2")
    true = ball("liver") + (ratio - 1) * (one + two)
    seen = gaussian_filter(true, 12 * SIGMA_PER_FWHM / STEP, mode="constant")
    return ActivityMap(GRID, (1e6 * seen).astype(np.float32), Nuclide.named("Y-90"), None)


IMAGE = image()


def factors(relative: bool = True, **how: float) -> Mapping[str, Mapping[str, float]]:
    known = {"fwhm_mm": 12.0, "fwhm_uncertainty_mm": 1.0, "diameter_mm": EDGE_MM, "scatter_share": 0.03} | how
    return dose_sensitivities(IMAGE, DENSITY, drawn({}), relative=relative, **known)


FOUND = factors()


def shared_out(volumes: Mapping[str, Voi]) -> Mapping[str, float]:
    """Doses with blur undone of an activity that the liver's counts, as drawn, share out."""
    found, _ = recovered_doses(IMAGE, DENSITY, volumes, fwhm_mm=12, relative=True)
    counts = float(np.vdot(volumes["liver"].share.astype(float), IMAGE.bq_per_ml))
    return {name: dose / counts for name, dose in found.items()}


def redrawn(role: str) -> Mapping[str, float]:
    """The relative change of each dose where a contour is really redrawn half a diameter's uncertainty out and in."""
    out, back = (shared_out(drawn({role: sign * EDGE_MM / 2})) for sign in (1, -1))
    nominal = shared_out(drawn({}))
    return {name: (out[name] - back[name]) / 2 / nominal[name] for name in nominal}


# laws


@pytest.mark.parametrize("role", ["tumour-1", "tumour-2", "liver"])
def test_a_contour_moves_every_dose_as_a_contour_that_is_redrawn(role: str) -> None:
    for name, change in redrawn(role).items():
        assert FOUND[name][f"contour {role}"] == pytest.approx(change, rel=0.1, abs=2e-3)


def test_a_smaller_lesion_follows_its_contour_more() -> None:
    assert FOUND["TD_2"]["contour tumour-2"] < 2 * FOUND["TD_1"]["contour tumour-1"] < 0


def test_sensitivity_goes_with_the_distance_of_the_edge() -> None:
    double = factors(diameter_mm=2 * EDGE_MM)
    assert double["TD_1"]["contour tumour-1"] == pytest.approx(2 * FOUND["TD_1"]["contour tumour-1"], rel=0.05)
    assert all(abs(f["contour liver"]) < 1e-12 for f in factors(diameter_mm=0.0).values())


def test_a_coarser_image_is_taken_to_have_hidden_more_of_a_hot_lesion() -> None:
    assert FOUND["TD_2"]["resolution"] > FOUND["TD_1"]["resolution"] > 0 > FOUND["NPLD"]["resolution"]


def test_the_whole_of_the_activity_stays_whatever_blurs_or_scatters_within_the_liver() -> None:
    assert abs(FOUND["WLD"]["resolution"]) < 1e-6
    assert abs(FOUND["WLD"]["scatter"]) < 1e-6


def test_scatter_that_lies_evenly_lowers_hot_lesions_and_raises_normal_liver() -> None:
    assert FOUND["TD_1"]["scatter"] < 0 < FOUND["NPLD"]["scatter"]


def test_what_is_measured_in_bq_does_not_follow_the_livers_contour_by_its_counts() -> None:
    assert abs(factors(relative=False)["TD_1"]["contour liver"]) < abs(FOUND["TD_1"]["contour liver"]) + 1e-12


def test_where_the_perfused_volume_ends_inside_the_liver_it_moves_the_normal_liver_alone() -> None:
    known = dose_sensitivities(
        IMAGE,
        DENSITY,
        drawn({}, half=True),
        fwhm_mm=12,
        fwhm_uncertainty_mm=1,
        diameter_mm=EDGE_MM,
        scatter_share=0,
        relative=True,
    )
    assert known["PLD"]["contour perfused"] < 0
    assert abs(known["TD_1"]["contour perfused"]) < 0.2 * abs(known["PLD"]["contour perfused"]) + 1e-3
    assert known["WLD"]["contour perfused"] == pytest.approx(0, abs=1e-3)


# a dead core and a thrombus: regions with contours of their own


def drawn_beside(out_mm: Mapping[str, float]) -> Mapping[str, Voi]:
    """The volumes with a dead core in the large lesion and a thrombus in the liver, edges moved."""
    vois = [Voi("Liver", "liver", GRID, ball("liver", out_mm.get("liver", 0.0)))]
    vois += [
        Voi(role, role.partition("-")[0], GRID, ball(role, out_mm.get(role, 0.0)))
        for role in (*RADII, *BESIDE)
        if role != "liver"
    ]
    return named_volumes(vois)[0]


def image_beside() -> ActivityMap:
    """Lesions of 5, a core of 0.2 and a thrombus of 3 times the liver, blurred by 12 mm."""
    true = ball("liver") + 4 * (ball("tumour-1") + ball("tumour-2")) - 4.8 * ball("necrosis") + 2 * ball("thrombus")
    seen = gaussian_filter(true, 12 * SIGMA_PER_FWHM / STEP, mode="constant")
    return ActivityMap(GRID, (1e6 * seen).astype(np.float32), Nuclide.named("Y-90"), None)


@pytest.fixture(scope="module")
def beside() -> Mapping[str, Mapping[str, float]]:
    return dose_sensitivities(
        image_beside(),
        DENSITY,
        drawn_beside({}),
        fwhm_mm=12,
        fwhm_uncertainty_mm=1,
        diameter_mm=EDGE_MM,
        scatter_share=0.03,
        relative=True,
    )


@pytest.mark.parametrize("role", ["tumour-1", "necrosis", "thrombus"])
def test_the_contour_of_a_dead_core_or_a_thrombus_moves_every_dose_as_one_that_is_redrawn(
    role: str, beside: Mapping[str, Mapping[str, float]]
) -> None:
    activity = image_beside()

    def shared(out_mm: float) -> Mapping[str, float]:
        volumes = drawn_beside({role: out_mm})
        found, _ = recovered_doses(activity, DENSITY, volumes, fwhm_mm=12, relative=True)
        return found

    out, back, nominal = shared(EDGE_MM / 2), shared(-EDGE_MM / 2), shared(0.0)
    for name in ("TD_1", "TD_2", "TD_all", "PLD", "NPLD", "WNLD"):
        change = (out[name] - back[name]) / 2 / nominal[name]
        assert beside[name][f"contour {role}"] == pytest.approx(change, rel=0.1, abs=3e-3)


# what has none


def test_regions_that_cannot_be_told_apart_have_no_sensitivity() -> None:
    assert factors(fwhm_mm=400.0) == {}


def test_a_lesion_that_keeps_too_little_of_itself_is_left_to_the_closed_form() -> None:
    found = factors(fwhm_mm=24.0)
    assert "TD_2" not in found
    assert "TD_1" in found


def test_a_negative_uncertainty_is_refused() -> None:
    with pytest.raises(QuantityError, match="uncertainty of a diameter"):
        factors(diameter_mm=-1.0)


def test_a_sliver_that_a_contour_takes_away_on_one_side_is_not_known_at_all() -> None:
    shares = {role: ball(role) for role in RADII}
    vois = [Voi("Liver", "liver", GRID, shares["liver"]), Voi("Lesion", "tumour", GRID, shares["tumour-1"])]
    around = Voi("Near", "perfused", GRID, ball("tumour-1", 0.3))
    found = dose_sensitivities(
        IMAGE,
        DENSITY,
        named_volumes([*vois, around])[0],
        fwhm_mm=12,
        fwhm_uncertainty_mm=1,
        diameter_mm=EDGE_MM,
        scatter_share=0,
        relative=True,
    )
    assert max(found["NPLD"].values()) == 1.0
    assert found["TD_1"]


def test_scatter_moves_every_dose_as_counts_that_really_lie_evenly_over_the_liver() -> None:
    """3 % of the liver's counts, taken from where they are and spread over it, and put back the other way."""
    liver = drawn({})["liver"]
    counts = IMAGE.bq_per_ml.astype(float)
    even = 0.03 * liver.share * (float(np.vdot(liver.share, counts)) / float(liver.share.sum()) - counts)

    def spread(sign: int) -> Mapping[str, float]:
        changed = ActivityMap(GRID, np.maximum(counts + sign * even, 0).astype(np.float32), IMAGE.nuclide, None)
        return recovered_doses(changed, DENSITY, drawn({}), fwhm_mm=12, relative=True)[0]

    out, back, nominal = spread(1), spread(-1), spread(0)
    for name in ("TD_1", "TD_2", "NPLD", "WNLD"):
        change = (out[name] - back[name]) / 2 / nominal[name]
        assert FOUND[name]["scatter"] == pytest.approx(change, rel=0.1, abs=2e-3), name


def test_the_contour_of_a_perfused_volume_moves_every_dose_as_one_that_is_redrawn() -> None:
    """A ball of 40 mm about the small lesion, wholly inside the liver."""
    seen = gaussian_filter(ball("liver") + 4 * ball("tumour-2"), 12 * SIGMA_PER_FWHM / STEP, mode="constant")
    activity = ActivityMap(GRID, (1e6 * seen).astype(np.float32), Nuclide.named("Y-90"), None)

    def volumes(out_mm: float) -> Mapping[str, Voi]:
        around = Voi("Near", "perfused", GRID, ball("tumour-2", 29 + out_mm))
        lesion = Voi("Lesion", "tumour", GRID, ball("tumour-2"))
        return named_volumes([Voi("Liver", "liver", GRID, ball("liver")), around, lesion])[0]

    def shared(out_mm: float) -> Mapping[str, float]:
        return recovered_doses(activity, DENSITY, volumes(out_mm), fwhm_mm=12, relative=True)[0]

    widths = {"fwhm_mm": 12.0, "fwhm_uncertainty_mm": 1.0, "diameter_mm": EDGE_MM, "scatter_share": 0.0}
    known = dose_sensitivities(activity, DENSITY, volumes(0.0), relative=True, **widths)
    out, back, nominal = shared(EDGE_MM / 2), shared(-EDGE_MM / 2), shared(0.0)
    for name in ("PLD", "NPLD", "TD_1"):
        change = (out[name] - back[name]) / 2 / nominal[name]
        assert known[name]["contour perfused"] == pytest.approx(change, rel=0.1, abs=1e-3), name
    assert known["PLD"]["contour perfused"] < -2e-3
