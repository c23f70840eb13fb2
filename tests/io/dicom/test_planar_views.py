"""io.dicom.planar_views: the side of a planar view is what its code or its angle says, in whatever language."""

from collections.abc import Sequence
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from yttria.data import table
from yttria.io.dicom.nuclide_codes import CodedEntry
from yttria.io.dicom.planar_views import side_at, view_of, views_of
from yttria.values.errors import IntakeError

GROUP: Any = codes.cid26


def _scan(*detectors: tuple[str, str, str] | float | None, **tags: Any) -> Dataset:
    dataset, made = Dataset(), []
    for said in detectors:
        detector = Dataset()
        if isinstance(said, tuple):
            code = Dataset()
            code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = said
            detector.ViewCodeSequence = [code]
        elif said is not None:
            detector.StartAngle = said
        made.append(detector)
    dataset.DetectorInformationSequence = made
    for name, value in tags.items():
        setattr(dataset, name, value)
    return dataset


def _sides(dataset: Dataset, frames: int = 2) -> tuple[list[str], list[str]]:
    views, findings = views_of(dataset, frames, what="it")
    return [v.side for v in views], [f.code for f in findings]


def test_every_code_of_cid_26_is_its_view_in_both_schemes_and_no_other_is() -> None:
    group = {getattr(GROUP, word) for word in GROUP.dir()}
    assert {(row["sct"], view) for view, row in table("nm_views").items()} == {(c.value, c.meaning) for c in group}
    for view, row in table("nm_views").items():
        assert Code(row["srt"], "SRT", "") == Code(row["sct"], "SCT", "")
        for scheme, words in (("sct", "SCT"), ("srt", "SRT"), ("srt", "SNM3")):
            assert view_of(CodedEntry(row[scheme], words, "Ansicht"), what="it") == view


@pytest.mark.parametrize(
    ("front", "back"),
    [
        (("399321004", "SCT", "Projektion von vorne"), ("399001007", "SCT", "Projektion von hinten")),
        (("G-5215", "SRT", ""), ("G-5216", "SRT", "")),
        (("G-5215", "SNM3", "前面"), ("399001007", "SCT", "")),
        (("399321004", "SCT", "ANTERIOR"), ("399001007", "SCT", "Posterior")),
    ],
)
def test_the_code_says_the_side_whatever_the_language(front: tuple[str, str, str], back: tuple[str, str, str]) -> None:
    assert _sides(_scan(front, back)) == (["anterior", "posterior"], [])
    assert _sides(_scan(back, front)) == (["posterior", "anterior"], [])


@pytest.mark.parametrize(
    ("code", "named"),
    [
        (("399108003", "SCT", "Right anterior oblique"), "right anterior oblique"),
        (("399136008", "SCT", "Hinten links"), "left posterior oblique"),
        (("G-5207", "SRT", "Anterior"), None),
        (("G-5208", "SRT", ""), "right posterior oblique"),
        (("399118008", "SCT", ""), "left lateral projection"),
    ],
)
def test_an_oblique_or_lateral_view_is_neither_side(code: tuple[str, str, str], named: str | None) -> None:
    dataset = _scan(code, ("399001007", "SCT", ""))
    if named is None:
        with pytest.raises(IntakeError, match="its code says Left anterior oblique and its meaning Anterior"):
            _sides(dataset)
    else:
        assert _sides(dataset) == ([named, "posterior"], ["other-views"])


def test_a_code_that_its_meaning_contradicts_is_refused() -> None:
    with pytest.raises(IntakeError, match="its code says Anterior projection and its meaning Posterior projection"):
        _sides(_scan(("399321004", "SCT", "Posterior projection"), ("399001007", "SCT", "")))


@pytest.mark.parametrize(
    ("angle", "side"),
    [
        (180, "anterior"),
        (160, "anterior"),
        (159.9, "a view at 159.9°"),
        (200, "anterior"),
        (200.1, "a view at 200.1°"),
        (135, "a view at 135°"),
        (225, "a view at 225°"),
        (0, "posterior"),
        (360, "posterior"),
        (-20, "posterior"),
        (20, "posterior"),
        (20.1, "a view at 20.1°"),
        (315, "a view at 315°"),
        (90, "a view at 90°"),
        (540, "anterior"),
    ],
)
def test_an_angle_is_a_side_where_it_is_not_oblique(angle: float, side: str) -> None:
    assert side_at(angle) == side


@pytest.mark.parametrize("where", ["detector", "rotation"])
@pytest.mark.parametrize(
    ("start", "step", "direction", "sides"),
    [
        (180, 180, "CC", ["anterior", "posterior"]),
        (0, 180, "CW", ["posterior", "anterior"]),
        (180, 45, "CC", ["anterior", "a view at 225°"]),
        (180, 45, "CW", ["anterior", "a view at 135°"]),
    ],
)
def test_a_single_head_sees_each_view_at_the_angle_that_it_turned_to(
    start: float, step: float, direction: str, sides: Sequence[str], where: str
) -> None:
    turn = Dataset()
    turn.AngularStep, turn.RotationDirection = step, direction
    if where == "rotation":
        turn.StartAngle = start
    dataset = _scan(
        float(start) if where == "detector" else None,
        RotationInformationSequence=[turn],
        AngularViewVector=[1, 2],
        DetectorVector=[1, 1],
    )
    found, findings = _sides(dataset)
    assert found == sides
    assert "side-from-angle" in findings


def test_a_code_that_dicom_does_not_know_leaves_the_side_to_the_angle_and_then_to_its_name() -> None:
    front, back = ("ANT", "99LOCAL", "Anterior"), ("POST", "99LOCAL", "Posterior")
    assert _sides(_scan(front, back)) == (["anterior", "posterior"], ["side-from-words"])
    turned = _scan(front, back)
    turned.DetectorInformationSequence[0].StartAngle = 0
    turned.DetectorInformationSequence[1].StartAngle = 180
    assert _sides(turned) == (["posterior", "anterior"], ["side-from-angle"])
    for unknown in (("ANT", "99LOCAL", "von vorne"), ("399348003", "SCT", ""), ("R-10206", "SRT", "Antero-posterior")):
        with pytest.raises(IntakeError, match="must say which view is anterior"):
            _sides(_scan(unknown, back))
