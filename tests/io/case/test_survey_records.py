"""What a survey says of a series: its place, its numbers, and each reason once."""

from yttria.io.case.survey_records import SeriesSurvey
from yttria.io.dicom.pixels import Range
from yttria.values.grid import Grid


def test_a_series_takes_place_and_range_and_keeps_each_reason_once() -> None:
    survey = SeriesSurvey("1.2", "CT", "abdomen", 3)
    assert survey.usable
    survey.place(Grid.aligned((2, 3, 4), spacing_zyx_mm=(5, 2, 1), origin_lps_mm=(1, 2, 3), frame_uid="9.9"))
    assert (survey.shape_zyx, survey.spacing_zyx_mm, survey.frame_uid) == ((2, 3, 4), (5, 2, 1), "9.9")
    survey.hold(Range(-1000.0, 300.0, -5.0))
    assert (survey.min, survey.max, survey.sum) == (-1000.0, 300.0, -5.0)
    for why in ("a slice is missing", "a slice is missing", "two scans"):
        survey.refuse(why)
    assert not survey.usable
    assert survey.reasons == ["a slice is missing", "two scans"]
