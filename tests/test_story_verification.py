"""A treatment verified through `yttria verify` and its files: exact boxes with known answers, laws, and the plan's own image."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.app.services.plan_record import read_plan_record
from yttria.app.services.verify import verify_case
from yttria.io.volumes.volume import write_volume
from yttria.report.delivery.document import verification_document
from yttria.values.document import Figure, Picture
from yttria.values.grid import Grid

K, RHO, HOURS = 49.67, 1.06, 64.05
VOXEL_ML = 0.064
SHAPE = (60, 40, 40)
GRID = Grid.aligned(SHAPE, spacing_zyx_mm=(4.0, 4.0, 4.0), origin_lps_mm=(-78.0, -78.0, 0.0))
Image = NDArray[np.float32]


def box(z: slice, y: slice, x: slice) -> NDArray[np.uint8]:
    mask = np.zeros(SHAPE, dtype=np.uint8)
    mask[z, y, x] = 1
    return mask


LIVER = box(slice(4, 24), slice(8, 32), slice(8, 32))
PERFUSED = box(slice(4, 24), slice(8, 32), slice(8, 20))
TUMOUR = box(slice(8, 16), slice(12, 20), slice(10, 18))
LUNGS = box(slice(34, 56), slice(8, 32), slice(6, 34))
MASKS = {"liver": LIVER, "perfused": PERFUSED, "tumour": TUMOUR, "lungs": LUNGS}
CONCENTRATION = {"tumour": 3e6, "normal": 5e5, "lungs": 2e4}  # Bq/mL


def concentration() -> Image:
    """Return the activity of the boxes: tumour, normal perfused liver, lungs, nothing else."""
    image = np.zeros(SHAPE, dtype=np.float32)
    image[PERFUSED > 0] = CONCENTRATION["normal"]
    image[TUMOUR > 0] = CONCENTRATION["tumour"]
    image[LUNGS > 0] = CONCENTRATION["lungs"]
    return image


def ml(mask: NDArray[np.uint8]) -> float:
    return float(mask.sum()) * VOXEL_ML


TRUE_BQ = float(concentration().sum(dtype=np.float64)) * VOXEL_ML
FACTS = (
    '[patient]\ndisease = "HCC"\nscenario = "lobectomy"\nbilirubin_mg_dl = 0.8\nchild_pugh = "A5"\n'
    'digestive_shunt = false\nearlier_radioembolisation = false\n[lungs]\nmass_kg = 1.0\n[product]\nname = "glass"\n'
)


def make_case(
    folder: Path, image: Image, *, unit: str = "Bq/mL", given_gbq: float = TRUE_BQ / 1e9, more: str = ""
) -> Path:
    """Write a case of the boxes: an image, its unit, what was given."""
    folder.mkdir(exist_ok=True)
    for role, mask in MASKS.items():
        write_volume(folder / f"{role}.nii.gz", GRID, mask)
    write_volume(folder / "image.nii.gz", GRID, image.astype(np.float32))
    files = "".join(f'{role} = "{role}.nii.gz"\n' for role in MASKS)
    words = f'[files]\n{files}emission = "image.nii.gz"\n[emission]\nunit = "{unit}"\nnuclide = "Y-90"\n{FACTS}'
    words += f'[given]\nactivity_gbq = {given_gbq!r}\nat = "2026-11-30T14:00:00+01:00"\n{more}'
    (folder / "case.toml").write_text(words, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a case of the boxes in counts, and its plan: made once, to be read only."""
    base = tmp_path_factory.mktemp("planned")
    folder = make_case(base / "case", concentration(), unit="counts", given_gbq=2.0)
    assert CliRunner().invoke(app, ["plan", str(folder), "--out", str(base / "plan")]).exit_code == 0
    return folder, base / "plan"


@pytest.fixture
def case(tmp_path: Path) -> Callable[..., Path]:
    """Return a maker of a case of boxes: an image, its unit, what was given."""

    def make(image: Image, *, name: str = "case", **words: Any) -> Path:
        return make_case(tmp_path / name, image, **words)

    return make


def ask(*words: object) -> Any:
    """Return the whole document of a command, or its refusal."""
    done = CliRunner().invoke(app, [*(str(w) for w in words), "--json"])
    return json.loads(done.stdout) if done.exit_code == 0 else done.output


def verify(*words: object) -> Any:
    return ask("verify", *words)["result"]


def codes(document: Any) -> dict[str, Any]:
    return {f["code"]: f for f in document["findings"]}


EXACT = {
    "TD": CONCENTRATION["tumour"],
    "PLD": (CONCENTRATION["tumour"] * ml(TUMOUR) + CONCENTRATION["normal"] * (ml(PERFUSED) - ml(TUMOUR)))
    / ml(PERFUSED),
    "NPLD": CONCENTRATION["normal"],
    "WNLD": CONCENTRATION["normal"] * (ml(PERFUSED) - ml(TUMOUR)) / (ml(LIVER) - ml(TUMOUR)),
}  # Bq/mL of each, that is k C / rho of dose
EXACT_GY = {name: c * 1e-9 * K * 1000 / RHO for name, c in EXACT.items()} | {
    "LD": CONCENTRATION["lungs"] * ml(LUNGS) * 1e-9 * K / 1.0
}


# ------------------------------------------------------------------ known answers


def test_an_absolute_image_gives_the_doses_of_its_own_concentrations(case: Callable[..., Path]) -> None:
    found = verify(case(concentration()))
    assert found["calibration"] == "absolute"
    assert {name: found["doses_gy"][name] for name in EXACT_GY} == pytest.approx(EXACT_GY, rel=1e-5)
    assert found["image"]["activity_gbq"] == pytest.approx(TRUE_BQ / 1e9, rel=1e-5)
    assert found["image"]["of_given_fraction"] == pytest.approx(1.0, rel=1e-5)
    assert found["image"]["negative_fraction"] == 0


def test_an_absolute_image_keeps_its_doses_whatever_was_given(case: Callable[..., Path]) -> None:
    found = verify(case(concentration(), given_gbq=2 * TRUE_BQ / 1e9))
    assert {name: found["doses_gy"][name] for name in EXACT_GY} == pytest.approx(EXACT_GY, rel=1e-5)
    assert found["image"]["of_given_fraction"] == pytest.approx(0.5, rel=1e-5)


def test_counts_share_out_what_was_given_and_show_their_own_shunt(case: Callable[..., Path]) -> None:
    found = verify(case(concentration() / 1e3, unit="counts", more="[shunt]\nfraction = 0.4\n"))
    shunt = CONCENTRATION["lungs"] * ml(LUNGS) * 1.0 / TRUE_BQ
    assert found["calibration"] == "relative"
    assert found["lung_shunt"]["fraction"] == pytest.approx(shunt, rel=1e-4)
    assert {name: found["doses_gy"][name] for name in EXACT_GY} == pytest.approx(EXACT_GY, rel=1e-4)
    assert found["image"]["activity_gbq"] is None
    assert found["image"]["of_given_fraction"] is None


def test_headroom_is_what_the_limit_leaves_in_the_same_distribution(case: Callable[..., Path]) -> None:
    found = verify(case(concentration()))
    given = found["given"]["activity_gbq"]
    assert {limit["name"] for limit in found["limits"]} == set(found["headroom"])
    for limit in found["limits"]:
        left = (limit["limit_gy"] - limit["value_gy"]) * given / found["doses_gy"][limit["volume"]]
        assert found["headroom"][limit["name"]] == pytest.approx(max(left, 0))


def test_negative_voxels_are_counted_before_they_are_set_to_zero(case: Callable[..., Path]) -> None:
    image = concentration()
    image[0, 0, 0] = -0.02 * image.sum(dtype=np.float64)
    document = ask("verify", case(image))
    assert document["result"]["image"]["negative_fraction"] == pytest.approx(0.02, rel=1e-4)
    assert document["result"]["doses_gy"]["TD"] == pytest.approx(EXACT_GY["TD"], rel=1e-5)
    assert "negative-voxels" in codes(document)


def test_noise_of_the_image_is_in_the_budget_of_each_dose(case: Callable[..., Path]) -> None:
    image = concentration()
    rng = np.random.default_rng(7)
    noisy = image * rng.normal(1.0, 0.3, SHAPE).clip(0)
    quiet, loud = (verify(case(i, name=n)) for i, n in ((image, "quiet"), (noisy, "loud")))
    assert quiet["uncertainty"]["TD"]["budget"]["noise"] == pytest.approx(0, abs=1e-6)
    budget = loud["uncertainty"]["TD"]["budget"]["noise"]
    cell = (np.pi / (2 * np.log(2))) ** 1.5 * 12.0**3 / 1000
    assert budget == pytest.approx(0.3 * np.sqrt(cell / ml(TUMOUR)), rel=0.1)
    assert loud["uncertainty"]["PLD"]["budget"]["noise"] < budget


# ------------------------------------------------------------------ laws


@pytest.mark.parametrize("factor", [0.25, 3.0])
def test_doses_scale_with_the_image(case: Callable[..., Path], factor: float) -> None:
    found = verify(case(concentration() * factor))
    assert {n: found["doses_gy"][n] for n in EXACT_GY} == pytest.approx(
        {n: d * factor for n, d in EXACT_GY.items()}, rel=1e-5
    )


def test_doses_of_two_images_add(case: Callable[..., Path]) -> None:
    first, second = concentration(), concentration()
    first[LUNGS > 0], second[TUMOUR > 0] = 0, 0
    parts = [verify(case(image, name=f"part-{n}"))["doses_gy"] for n, image in enumerate((first, second))]
    whole = verify(case(first + second))["doses_gy"]
    assert {n: parts[0][n] + parts[1][n] for n in whole} == pytest.approx(whole, rel=1e-5)


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(part=st.floats(0.05, 0.95), factor=st.floats(0.2, 5.0), unit=st.sampled_from(["Bq/mL", "counts"]))
def test_doses_add_over_injections_and_scale_with_the_image(
    tmp_path: Path, part: float, factor: float, unit: str
) -> None:
    """Two injections, one mostly of tumour and one of the rest, each imaged by itself, give the dose of both together."""
    first, second = concentration() * np.float32(part), concentration() * np.float32(1 - part)
    first[TUMOUR > 0], second[TUMOUR > 0] = CONCENTRATION["tumour"] * factor, 0
    images = (first, second, first + second)
    totals = [float(i.sum(dtype=np.float64)) * VOXEL_ML / 1e9 for i in images]
    parts, other, whole = (
        verify(make_case(tmp_path / f"case-{n}", image, unit=unit, given_gbq=total))["doses_gy"]
        for n, (image, total) in enumerate(zip(images, totals, strict=True))
    )
    lungs = {"LD"} if unit == "counts" else set[str]()
    for name in set(whole) - lungs:
        assert parts[name] + other[name] == pytest.approx(whole[name], rel=2e-4), name
    assert whole["TD"] == pytest.approx(factor * EXACT_GY["TD"], rel=2e-4)


def test_cold_voxels_of_either_sign_lift_a_mean_by_what_was_cut_off_and_the_share_says_so(
    case: Callable[..., Path],
) -> None:
    """The half of the liver that was not perfused shows noise around nothing: what lies below zero is set to zero, so its mean is too high."""
    image = concentration()
    cold = (LIVER > 0) & (PERFUSED == 0)
    noise = np.random.default_rng(3).normal(0, 5e4, SHAPE).astype(np.float32)
    image[cold] = noise[cold]
    cut = -float(noise[cold & (noise < 0)].sum(dtype=np.float64))
    found = verify(case(image))
    positive = float(image[image > 0].sum(dtype=np.float64))
    assert found["image"]["negative_fraction"] == pytest.approx(cut / positive, rel=1e-4)
    gy_per_bq_ml = 1e-9 * K * 1000 / RHO
    normal = ml(LIVER) - ml(TUMOUR)
    kept = float(noise[cold].sum(dtype=np.float64)) * VOXEL_ML / normal * gy_per_bq_ml
    lifted = cut * VOXEL_ML / normal * gy_per_bq_ml
    assert found["doses_gy"]["WNLD"] == pytest.approx(EXACT_GY["WNLD"] + kept + lifted, rel=1e-4)
    assert found["doses_gy"]["TD"] == pytest.approx(EXACT_GY["TD"], rel=1e-5)


def test_the_plans_own_image_with_its_activity_is_the_plan(planned: tuple[Path, Path]) -> None:
    folder, made = planned
    found = verify(folder, "--plan", made / "plan.json")
    plan = json.loads((made / "plan.json").read_text(encoding="utf-8"))["result"]
    for name, dose in found["against_plan"]["doses"].items():
        assert dose["delivered_gy"] == pytest.approx(2.0 * plan["per_gbq"][name], rel=1e-6)
        assert dose["ratio"] == pytest.approx(1.0, rel=1e-6)
    assert found["against_plan"]["lung_shunt"]["delivered"] == pytest.approx(
        found["against_plan"]["lung_shunt"]["predicted"]
    )
    assert found["against_plan"]["tumour_to_normal"]["delivered"] == pytest.approx(6.0, rel=1e-4)
    voxels = found["against_plan"]["voxels"]
    assert voxels["n"] == LIVER.sum()
    assert (voxels["bias_gy"], voxels["sd_gy"], voxels["lin_ccc"]) == pytest.approx((0, 0, 1), abs=1e-4)
    assert voxels["gamma"]["pass_fraction"] == 1.0


def test_voxels_differ_by_what_was_given_otherwise_than_planned(
    case: Callable[..., Path], planned: tuple[Path, Path]
) -> None:
    image = concentration()
    image[TUMOUR > 0] *= 0.5
    voxels = verify(case(image, given_gbq=TRUE_BQ / 1e9, name="after"), "--plan", planned[1])["against_plan"]["voxels"]
    lost = -0.5 * EXACT_GY["TD"]
    share = TUMOUR.sum() / LIVER.sum()
    assert voxels["bias_gy"] == pytest.approx(lost * share, rel=1e-3)
    assert voxels["sd_gy"] == pytest.approx(abs(lost) * np.sqrt(share * (1 - share)), rel=1e-3)
    assert voxels["high_gy"] - voxels["low_gy"] == pytest.approx(2 * 1.96 * voxels["sd_gy"])
    assert voxels["gamma"]["pass_fraction"] < 1
    assert voxels["gamma"]["dose_percent"] == 10.0


def test_the_difference_map_shows_what_did_not_arrive_in_the_planes_of_the_dose(
    case: Callable[..., Path], planned: tuple[Path, Path]
) -> None:
    image = concentration()
    image[TUMOUR > 0] *= 0.5
    folder = case(image, given_gbq=TRUE_BQ / 1e9, name="after")
    document = verification_document(verify_case(folder, read_plan_record(planned[1])), version="0")
    figures = {b.name: b for section in document.sections for b in section.blocks if isinstance(b, Figure)}
    predicted, difference = figures["difference"].panels[:3], figures["difference"].panels[3:]
    for panel, wanted in ((predicted[0], EXACT_GY["TD"]), (difference[0], -0.5 * EXACT_GY["TD"])):
        assert isinstance(panel, Picture)
        assert panel.wash is not None
        assert panel.cross is not None
        column, row = (round(x) for x in panel.cross)
        assert panel.wash[row, column] == pytest.approx(wanted, rel=1e-3)
    (first, *_) = difference
    assert isinstance(first, Picture)
    assert first.ramp == "difference"
    assert first.wash_most == pytest.approx(0.5 * EXACT_GY["TD"], abs=10)
    assert first.wash is not None
    assert np.abs(first.wash[np.isfinite(first.wash)]).min() == pytest.approx(0, abs=1e-3)


def test_a_verification_without_a_plan_has_no_difference_map(case: Callable[..., Path]) -> None:
    document = verification_document(verify_case(case(concentration())), version="0")
    assert "difference" not in {b.name for s in document.sections for b in s.blocks if isinstance(b, Figure)}


def test_the_terminal_tells_contrast_shunt_and_voxels_in_80_columns(planned: tuple[Path, Path]) -> None:
    folder, made = planned
    done = CliRunner().invoke(app, ["verify", str(folder), "--plan", str(made)])
    lines = done.stdout.splitlines()
    assert "tumour to normal liver: predicted 6.00, delivered 6.00" in lines
    assert "gamma 10 % (global), 5 mm: 100.0 % of" in " ".join(lines).replace("\u00a0", " ")
    assert any(line.startswith("Aims and limits are judged by doses as the image has them") for line in lines)
    assert max(len(line) for line in lines) <= 80


def test_a_plan_without_its_voxels_is_compared_by_its_means_and_says_so(
    planned: tuple[Path, Path], tmp_path: Path
) -> None:
    folder, made = planned
    shutil.copytree(made, tmp_path / "plan")
    (tmp_path / "plan" / "voxels.npz").unlink()
    document = ask("verify", folder, "--plan", tmp_path / "plan")
    assert document["result"]["against_plan"]["voxels"] is None
    assert document["result"]["against_plan"]["doses"]["TD"]["ratio"] == pytest.approx(1)
    assert "plan-without-voxels" in codes(document)


def test_a_lung_dose_that_was_planned_by_another_pair_of_shunt_and_mass_is_told_with_what_the_images_pair_predicts(
    planned: tuple[Path, Path], tmp_path: Path
) -> None:
    folder, made = planned
    assert "lung-pairs-differ" not in codes(ask("verify", folder, "--plan", made))
    shutil.copytree(made, tmp_path / "plan")
    record = json.loads((made / "plan.json").read_text(encoding="utf-8"))
    lung, per_gbq = record["result"]["lung"], record["result"]["per_gbq"]
    lung["doses_gy"]["planar-other"] = 3 * lung["doses_gy"][lung["judged"]]
    lung["judged"], per_gbq["LD"] = "planar-other", 3 * per_gbq["LD"]
    (tmp_path / "plan" / "plan.json").write_text(json.dumps(record), encoding="utf-8")
    told = codes(ask("verify", folder, "--plan", tmp_path / "plan"))["lung-pairs-differ"]
    assert told["level"] == "note"
    assert told["values"]["predicted_gy"] == pytest.approx(2.0 * per_gbq["LD"] / 3)


@pytest.mark.parametrize("known", [True, False])
def test_lungs_of_which_nothing_is_known_have_no_dose_and_keep_no_limit(
    planned: tuple[Path, Path], tmp_path: Path, known: bool
) -> None:
    folder, out = tmp_path / "case", tmp_path / "out"
    shutil.copytree(planned[0], folder)
    text = (folder / "case.toml").read_text(encoding="utf-8")
    if not known:
        text = text.replace('lungs = "lungs.nii.gz"\n', "")
    (folder / "case.toml").write_text(text, encoding="utf-8")
    plan = ask("plan", folder, "--out", tmp_path / "plan")["result"]
    found = verify(folder, "--plan", tmp_path / "plan", "--out", out)
    for result, limits in [(found, found["limits"]), *((o, o["limits"]) for o in plan["options"])]:
        (limit,) = [x for x in limits if x["name"] == "lung"]
        assert ("LD" in result["doses_gy"]) == known
        assert (limit["value_gy"] is not None) == known
        assert limit["holds"] is (True if known else None)
    for result in (plan, found):
        assert ("LD" in result["per_gbq"], "LD" in result["uncorrected_per_gbq"]) == (known, known)
        assert bool(result["lung"]["doses_gy"]) == known
    assert ("LD" in found["against_plan"]["doses"]) == known
    assert (found["against_plan"]["lung_shunt"]["predicted"] is not None) == known
    html = (out / "report.html").read_text(encoding="utf-8").replace("\N{NO-BREAK SPACE}", " ")
    assert ("not known: lungs of 30" in html, "lungs 0.0 of 30" in html) == (not known, False)
    lines = CliRunner().invoke(app, ["verify", str(folder), "--plan", str(tmp_path / "plan")]).stdout
    assert ("lung: LD is not known, beside 30 Gy" in lines) != known


def test_damaged_voxels_of_a_plan_are_refused(planned: tuple[Path, Path], tmp_path: Path) -> None:
    folder, made = planned
    shutil.copytree(made, tmp_path / "plan")
    (tmp_path / "plan" / "voxels.npz").write_bytes(b"PK\x03\x04 nothing")
    assert "cannot be read; plan the case again" in ask("verify", folder, "--plan", tmp_path / "plan")


# ------------------------------------------------------------------ thresholds and choices


@pytest.mark.parametrize(("factor", "met"), [(0.999, False), (1.0, True), (1.001, True)])
def test_an_aim_is_met_from_the_aim_itself_on(case: Callable[..., Path], factor: float, met: bool) -> None:
    wanted = EXACT_GY["TD"] / factor
    document = ask("verify", case(concentration(), more=f"[aims]\ntumour_gy = {wanted:.6f}\n"))
    (aim,) = [a for a in document["result"]["aims"] if a["name"] == "TD"]
    said = [f for f in document["findings"] if f["code"] == "aim-not-met" and f["values"]["volume"] == "TD"]
    assert (aim["met"], len(said)) == (met, 0 if met else 1)
    assert aim["found_gy"] == pytest.approx(EXACT_GY["TD"], rel=1e-5)


def test_the_option_that_is_named_is_compared_with(planned: tuple[Path, Path]) -> None:
    folder, made = planned
    plan = json.loads((made / "plan.json").read_text(encoding="utf-8"))["result"]
    sda = next(o for o in plan["options"] if o["approach"] == "SDA")
    found = verify(folder, "--plan", made, "--approach", "sda")
    assert found["against_plan"]["approach"] == "SDA"
    assert found["against_plan"]["doses"]["TD"]["planned_gy"] == pytest.approx(sda["doses_gy"]["TD"])
    assert found["against_plan"]["activity_fraction"] == pytest.approx(2.0 / sda["activity_gbq"])


def test_report_and_answer_of_a_verification_tell_the_same_doses(case: Callable[..., Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["verify", str(case(concentration())), "--out", str(out)])
    assert done.exit_code == 0, done.output
    written = json.loads((out / "verify.json").read_text(encoding="utf-8"))
    assert written["command"] == "verify"
    page = (out / "report.html").read_text(encoding="utf-8")
    assert f"{EXACT_GY['TD']:.0f}" in page
    assert "Treatment verification" in page
    assert (out / "report.pdf").read_bytes().startswith(b"%PDF")
    dose = ask("dvh", out / "dose.dcm", case(concentration()) / "tumour.nii.gz")["result"]["volumes"]
    (tumour,) = dose.values()
    assert tumour["mean_gy"] == pytest.approx(written["result"]["doses_gy"]["TD"], rel=1e-4)


# ------------------------------------------------------------------ the site


SITE = """
[limits]
normal_liver_gy = 1.5
normal_liver_source = "house rule"
[recovery]
judges = "corrected"
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(SITE, encoding="utf-8")
    return path


@pytest.mark.parametrize("by_variable", [False, True])
def test_the_site_file_sets_limits_and_which_doses_judge(
    case: Callable[..., Path], site: Path, monkeypatch: pytest.MonkeyPatch, by_variable: bool
) -> None:
    words: tuple[object, ...] = ("--site", site)
    if by_variable:
        monkeypatch.setenv("YTTRIA_SITE", str(site))
        words = ()
    folder = case(concentration())
    found = verify(folder, *words)
    (limit,) = [x for x in found["limits"] if x["name"] == "normal-liver"]
    assert (limit["limit_gy"], limit["source"]) == (1.5, "house rule")
    assert found["judged_doses"] == "corrected"
    assert found["doses_gy"]["TD"] == pytest.approx(found["recovered_gy"]["TD_1"])
    assert found["doses_gy"]["TD"] > 1.02 * EXACT_GY["TD"]
    assert found["uncorrected_per_gbq"]["TD"] * TRUE_BQ / 1e9 == pytest.approx(EXACT_GY["TD"], rel=1e-5)


def test_the_cases_own_words_stand_above_the_site(case: Callable[..., Path], site: Path) -> None:
    folder = case(concentration(), more='[limits]\nnormal_liver_gy = 70\n[site.recovery]\njudges = "uncorrected"\n')
    found = verify(folder, "--site", site)
    assert [x["limit_gy"] for x in found["limits"] if x["name"] == "normal-liver"] == [70]
    assert found["judged_doses"] == "uncorrected"
    assert found["doses_gy"]["TD"] == pytest.approx(EXACT_GY["TD"], rel=1e-5)


def test_a_site_file_that_is_not_there_is_refused(case: Callable[..., Path], tmp_path: Path) -> None:
    assert "expected a site file at" in ask("verify", case(concentration()), "--site", tmp_path / "none.toml")


@pytest.mark.parametrize("judges_plan", [False, True])
@pytest.mark.parametrize("judges_image", [False, True])
def test_plan_and_image_are_compared_by_the_doses_that_judge_whoever_judged_the_plan(
    planned: tuple[Path, Path], site: Path, tmp_path: Path, judges_plan: bool, judges_image: bool
) -> None:
    folder, made = planned
    if judges_plan:
        made = tmp_path / "plan"
        ask("plan", folder, "--site", site, "--out", made)
    found = verify(folder, "--plan", made, *(("--site", site) if judges_image else ()))
    assert found["judged_doses"] == ("corrected" if judges_image else "uncorrected")
    for name, dose in found["against_plan"]["doses"].items():
        assert dose["ratio"] == pytest.approx(1.0, rel=1e-6), name
        share = found["against_plan"]["activity_fraction"]
        assert dose["planned_gy"] * share == pytest.approx(dose["predicted_gy"], rel=1e-6), name


@pytest.mark.parametrize("judges", ["uncorrected", "corrected"])
def test_page_one_says_which_doses_judge_and_shows_the_others_beside(
    case: Callable[..., Path], tmp_path: Path, judges: str
) -> None:
    folder = case(concentration(), more=f'[site.recovery]\njudges = "{judges}"\n')
    done = CliRunner().invoke(app, ["verify", str(folder), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    first = pypdf.PdfReader(tmp_path / "out" / "report.pdf").pages[0].extract_text().replace("\n", " ")
    found = json.loads((tmp_path / "out" / "verify.json").read_text(encoding="utf-8"))["result"]
    said = {
        "uncorrected": "As the image has them, uncorrected; corrected by the geometric transfer matrix beside",
        "corrected": "Corrected for blur by the geometric transfer matrix, as the site says; as the image has them beside",
    }
    assert said[judges] in first
    assert f"{EXACT_GY['TD']:.0f}" in first
    assert f"{found['recovered_gy']['TD_1']:.0f}" in first
    (aim,) = [a for a in found["aims"] if a["name"] == "TD"]
    assert aim["recovered_found_gy"] == pytest.approx(found["recovered_gy"]["TD_1"])


# ------------------------------------------------------------------ refusals


def test_a_verification_without_what_was_given_is_refused(case: Callable[..., Path]) -> None:
    folder = case(concentration())
    words = (folder / "case.toml").read_text(encoding="utf-8")
    (folder / "case.toml").write_text(words[: words.index("[given]")], encoding="utf-8")
    assert "needs what was delivered" in ask("verify", folder)


def test_a_plan_of_another_product_is_refused(case: Callable[..., Path], planned: tuple[Path, Path]) -> None:
    folder = case(concentration(), unit="counts")
    words = (folder / "case.toml").read_text(encoding="utf-8").replace('"glass"', '"resin"')
    (folder / "case.toml").write_text(words, encoding="utf-8")
    assert "must be of the product that was given" in ask("verify", folder, "--plan", planned[1])


def test_an_option_that_the_plan_has_not_is_refused_with_those_it_has(planned: tuple[Path, Path]) -> None:
    folder, made = planned
    refusal = ask("verify", folder, "--plan", made, "--approach", "XDA")
    assert "PDA" in refusal
    assert "is XDA" in refusal


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"command": "plan", "result": {}}', '{"command": "dvh", "result": {}}']
)
def test_what_is_no_plan_is_refused(case: Callable[..., Path], tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.json").write_text(text, encoding="utf-8")
    assert ask("verify", case(concentration()), "--plan", tmp_path / "plan.json").startswith("refused: ")
