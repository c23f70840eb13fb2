"""One DICOM file opened: what is damaged, cut, left over or contradicts itself is one refusal, and nothing of its bytes is said."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import FileDataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from yttria.io.dicom.dataset import MALFORMED, open_dataset, open_pixels, open_words, well_formed
from yttria.values.errors import IntakeError

Maker = Callable[..., Path]
WORDS = np.arange(12, dtype=np.int16).reshape(1, 3, 4)


@pytest.fixture
def slice_of(make_ct: Maker, tmp_path: Path) -> Callable[..., FileDataset]:
    """Return a maker of one opened slice with changed tags."""

    def make(stored: Any = WORDS, **tags: Any) -> FileDataset:
        return open_dataset(make_ct(tmp_path / "ct", stored, **tags) / "0000.dcm")

    return make


def test_pixels_are_the_words_as_stored(slice_of: Callable[..., FileDataset]) -> None:
    assert np.array_equal(open_pixels(slice_of(), what="the CT"), WORDS[0])


@pytest.mark.parametrize("error", MALFORMED)
def test_whatever_a_parser_raises_is_one_refusal_that_tells_no_bytes(error: type[Exception]) -> None:
    with (
        pytest.raises(IntakeError, match="tags of the CT must be numbers and words as DICOM has them") as told,
        well_formed("the CT"),
    ):
        raise error("Doe^John")
    assert "Doe" not in str(told.value)


def test_a_refusal_of_our_own_stays_what_it_is() -> None:
    with pytest.raises(IntakeError, match="mine"), well_formed("the CT"):
        raise IntakeError("mine", code="x")


@pytest.mark.parametrize(
    ("implicit", "little", "syntax"),
    [(True, True, ImplicitVRLittleEndian), (False, True, ExplicitVRLittleEndian), (False, False, ExplicitVRBigEndian)],
)
def test_a_file_without_preamble_has_the_syntax_that_it_is_written_in(
    implicit: bool, little: bool, syntax: Any, tmp_path: Path
) -> None:
    bare = pydicom.Dataset()
    bare.Modality, bare.Rows = "CT", 7
    bare.save_as(tmp_path / "bare.dcm", implicit_vr=implicit, little_endian=little)
    opened = open_dataset(tmp_path / "bare.dcm")
    if little:  # the parser finds out; big-endian without a preamble is told by the header's reader
        assert (opened.file_meta.TransferSyntaxUID, opened.Modality, opened.Rows) == (syntax, "CT", 7)
    else:
        assert opened.file_meta.TransferSyntaxUID in {ImplicitVRLittleEndian, ExplicitVRBigEndian}


def test_pixels_are_left_closed_where_nobody_asks_for_them(make_ct: Maker, tmp_path: Path) -> None:
    path = make_ct(tmp_path / "ct", WORDS) / "0000.dcm"
    with pytest.raises(IntakeError, match="expected pixels in the CT, found none; export it again"):
        open_words(open_dataset(path, pixels=False), what="the CT")


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(IntakeError, match="pipe"):
        open_dataset(tmp_path / "pipe")


@pytest.mark.parametrize(("stored", "high", "refused"), [(12, 10, True), (12, 11, False), (12, 12, True)])
def test_stored_bits_end_at_the_highest_bit(
    slice_of: Callable[..., FileDataset], stored: int, high: int, refused: bool
) -> None:
    dataset = slice_of(BitsStored=stored, HighBit=high)
    if refused:
        with pytest.raises(IntakeError, match=f"BitsStored is 12 and HighBit {high}"):
            open_words(dataset, what="the CT")
    else:
        assert open_words(dataset, what="the CT").max() == 11


@pytest.mark.parametrize(
    ("more", "words"),
    [(6, None), (8, "8 bytes more are there"), (24, "1 frames more are there"), (50, "2 frames more are there")],
)
def test_a_row_or_more_left_over_is_refused(slice_of: Callable[..., FileDataset], more: int, words: str | None) -> None:
    """A row is 8 bytes, a frame 24."""
    dataset = slice_of()
    dataset.PixelData = WORDS.tobytes() + bytes(more)
    if words is None:
        assert np.array_equal(open_words(dataset, what="the CT"), WORDS[0])
    else:
        with pytest.raises(IntakeError, match=f"pixels of the CT must be as many as its header says, but {words}"):
            open_words(dataset, what="the CT")


@pytest.mark.parametrize("less", [2, 8, 23])
def test_pixels_cut_short_are_refused_with_what_to_do(slice_of: Callable[..., FileDataset], less: int) -> None:
    dataset = slice_of()
    dataset.PixelData = WORDS.tobytes()[:-less]
    with pytest.raises(IntakeError, match="not as many as rows, columns, frames and bits say: send it again"):
        open_words(dataset, what="the CT")


def test_more_than_the_memory_holds_is_refused_before_it_is_decoded(slice_of: Callable[..., FileDataset]) -> None:
    dataset = slice_of()
    dataset.Rows = dataset.Columns = 65535
    dataset.NumberOfFrames = 2**31 - 1
    with pytest.raises(IntakeError, match="memory"):
        open_words(dataset, what="the CT")


def test_a_damaged_file_is_one_refusal(make_ct: Maker, tmp_path: Path) -> None:
    path = make_ct(tmp_path / "ct", WORDS) / "0000.dcm"
    plain, deflated = b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.1.99"
    whole = path.read_bytes().replace(
        b"UI\x14\x00" + plain, b"UI\x16\x00" + deflated
    )  # what follows is then no compressed stream
    path.write_bytes(whole)
    with pytest.raises(
        IntakeError, match=r"expected a whole deflated DICOM file, found a damaged one in 0000\.dcm; send it again"
    ):
        open_dataset(path)
