"""io.files.output: what was there before is there afterwards, unless everything was written; nothing of others is written over."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from yttria.io.files.output import MARK, output_file, output_files, output_folder, subject_of
from yttria.values.errors import IntakeError


def write(out: Path, text: str, *, subject: str = "a", command: str = "plan", replace: bool = False) -> None:
    with output_folder(out, command=command, inputs=(), replace=replace, private=["report.pdf"]) as draft:
        draft.subject = subject
        (draft.path / "report.pdf").write_text(text, encoding="utf-8")
        (draft.path / "figures").mkdir()
        (draft.path / "figures" / f"{text}.svg").write_text(text, encoding="utf-8")


ours = partial(output_file, command="dose", subject="a")
ours_together = partial(output_files, command="dose", subject="a")


def tree(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): p.read_text(encoding="utf-8")
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != MARK
    }


def test_a_folder_of_the_same_subject_is_replaced_whole_figures_of_before_included(tmp_path: Path) -> None:
    write(tmp_path / "out", "one")
    write(tmp_path / "out", "two")
    assert tree(tmp_path / "out") == {"report.pdf": "two", "figures/two.svg": "two"}
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_files_that_name_a_patient_are_read_by_their_owner_alone(tmp_path: Path) -> None:
    write(tmp_path / "out", "one")
    assert stat.S_IMODE((tmp_path / "out" / "report.pdf").stat().st_mode) == 0o600


@pytest.mark.parametrize(("subject", "command"), [("b", "plan"), ("a", "analyse")])
def test_what_was_written_for_another_is_not_written_over_unless_asked(
    tmp_path: Path, subject: str, command: str
) -> None:
    write(tmp_path / "out", "one")
    before = tree(tmp_path / "out")
    with pytest.raises(IntakeError, match="did not write it for this case or study"):
        write(tmp_path / "out", "two", subject=subject, command=command)
    assert tree(tmp_path / "out") == before
    write(tmp_path / "out", "two", subject=subject, command=command, replace=True)
    assert tree(tmp_path / "out")["report.pdf"] == "two"


def test_a_file_of_somebody_else_is_kept(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "report.pdf").write_text("a clinic's own", encoding="utf-8")
    with pytest.raises(IntakeError, match="did not write it"):
        write(tmp_path / "out", "one")
    assert tree(tmp_path / "out") == {"report.pdf": "a clinic's own"}


def test_a_file_that_was_changed_since_is_kept(tmp_path: Path) -> None:
    write(tmp_path / "out", "one")
    (tmp_path / "out" / "report.pdf").write_text("with notes", encoding="utf-8")
    with pytest.raises(IntakeError, match="changed since"):
        write(tmp_path / "out", "two")
    assert tree(tmp_path / "out")["report.pdf"] == "with notes"


def test_two_commands_write_into_one_folder_and_each_knows_its_own_again(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, "one")
    for text in ("a", "b"):
        with output_folder(out, command="delivery", inputs=()) as draft:
            (draft.path / "given.toml").write_text(text, encoding="utf-8")
        write(out, "two")
    assert tree(out) == {"report.pdf": "two", "figures/two.svg": "two", "given.toml": "b"}


def test_what_another_command_was_told_to_replace_is_no_longer_of_the_first(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, "one")
    write(out, "one", command="verify", replace=True)
    with pytest.raises(IntakeError, match="did not write it for this case or study"):
        write(out, "one")


def test_other_files_in_the_folder_stay(tmp_path: Path) -> None:
    write(tmp_path / "out", "one")
    (tmp_path / "out" / "mine.txt").write_text("mine", encoding="utf-8")
    write(tmp_path / "out", "two")
    assert tree(tmp_path / "out")["mine.txt"] == "mine"


def test_an_input_is_never_written_over_not_even_by_another_name(tmp_path: Path) -> None:
    source = tmp_path / "a.nii"
    source.write_bytes(b"Yttria")
    os.link(source, tmp_path / "b.nii")
    with (
        pytest.raises(IntakeError, match="must not be an input"),
        ours(tmp_path / "b.nii", inputs=[source], replace=True),
    ):
        pass
    assert source.read_bytes() == b"Yttria"


def put(place: Path, text: str, *, subject: str = "a", command: str = "dose", replace: bool = False) -> None:
    with output_file(place, command=command, subject=subject, inputs=(), replace=replace) as draft:
        draft.write_text(text, encoding="utf-8")


def test_a_file_written_for_the_same_subject_is_replaced_and_one_that_names_yttria_is_not(tmp_path: Path) -> None:
    put(tmp_path / "a.nii", "one")
    put(tmp_path / "a.nii", "two")
    (tmp_path / "b.nii").write_text("a clinic's note about Yttria", encoding="utf-8")
    with pytest.raises(IntakeError, match="Yttria did not write it"):
        put(tmp_path / "b.nii", "three")
    assert tree(tmp_path) == {"a.nii": "two", "b.nii": "a clinic's note about Yttria"}


@pytest.mark.parametrize(
    ("subject", "command", "text"), [("b", "dose", "one"), ("a", "convert", "one"), ("a", "dose", "edited")]
)
def test_a_file_of_another_subject_or_command_or_edited_since_is_kept_unless_asked(
    tmp_path: Path, subject: str, command: str, text: str
) -> None:
    place = tmp_path / "a.nii"
    put(place, "one")
    place.write_text(text, encoding="utf-8")
    with pytest.raises(IntakeError, match="did not write it for this case or study"):
        put(place, "two", subject=subject, command=command)
    assert tree(tmp_path) == {"a.nii": text}
    put(place, "two", subject=subject, command=command, replace=True)
    assert tree(tmp_path) == {"a.nii": "two"}


def test_what_a_format_puts_beside_a_file_takes_its_place_with_it_or_neither_does(tmp_path: Path) -> None:
    (tmp_path / "d.raw").write_text("a clinic's", encoding="utf-8")

    def both(*, replace: bool = False) -> None:
        with ours(tmp_path / "d.mhd", inputs=(), replace=replace) as draft:
            draft.write_text("head", encoding="utf-8")
            draft.with_suffix(".raw").write_text("numbers", encoding="utf-8")

    with pytest.raises(IntakeError, match=r"d\.raw is there already, and Yttria did not write it"):
        both()
    assert tree(tmp_path) == {"d.raw": "a clinic's"}
    both(replace=True)
    assert tree(tmp_path) == {"d.mhd": "head", "d.raw": "numbers"}


def test_numbers_that_a_header_names_are_an_input_too(tmp_path: Path) -> None:
    head = "ObjectType = Image\nNDims = 3\nDimSize = 1 1 4\nElementType = MET_FLOAT\nElementDataFile = d.nii\n"
    (tmp_path / "a.mhd").write_text(head + "", encoding="utf-8")
    (tmp_path / "d.nii").write_bytes(bytes(16))
    with (
        pytest.raises(IntakeError, match=r"must not be an input, but d\.nii is one"),
        ours(tmp_path / "d.nii", inputs=[tmp_path / "a.mhd"], replace=True),
    ):
        pass


@pytest.mark.parametrize("fails", ["a.pdf", "b.ics", MARK])
def test_of_several_files_all_take_their_places_or_none_whenever_it_is_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    places = [tmp_path / "a.pdf", tmp_path / "there" / "b.ics"]
    places[1].parent.mkdir()
    places[1].write_text("before", encoding="utf-8")
    rename = Path.rename

    def interrupted(self: Path, target: Path) -> Path:
        result = rename(self, target)
        if self.name == fails:
            monkeypatch.setattr(Path, "rename", rename)
            raise KeyboardInterrupt
        return result

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt), ours_together(places, inputs=(), replace=True) as (pdf, ics):
        assert (pdf.write_text("new", encoding="utf-8"), ics.write_text("new", encoding="utf-8")) == (3, 3)
    assert tree(tmp_path) == {"there/b.ics": "before"}
    assert not [p for p in tmp_path.rglob("*") if p.name == MARK or "draft" in p.name]


def test_what_cannot_be_read_while_a_file_is_written_is_no_fault_of_its_place(tmp_path: Path) -> None:
    with pytest.raises(PermissionError, match="an input"), ours(tmp_path / "a.nii", inputs=()):
        raise PermissionError(errno.EACCES, "an input")


def test_a_pipe_or_a_device_in_the_place_of_a_file_is_neither_opened_nor_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.nii")
    (tmp_path / "device.nii").symlink_to("/dev/null")
    for name in ("pipe.nii", "device.nii"):
        before = (tmp_path / name).lstat()
        with (
            pytest.raises(IntakeError, match=rf"{name} must be a regular file"),
            ours(tmp_path / name, inputs=(), replace=True),
        ):
            pass
        assert (tmp_path / name).lstat().st_mode == before.st_mode


@pytest.mark.parametrize("kind", ["pipe", "link to nothing", "pipe in a folder"])
def test_what_is_no_file_is_not_replaced_unless_asked(tmp_path: Path, kind: str) -> None:
    out = tmp_path / "out"
    (out / "figures").mkdir(parents=True)
    place = out / "figures" / "a.svg" if kind == "pipe in a folder" else out / "report.pdf"
    if kind == "link to nothing":
        place.symlink_to(tmp_path / "nowhere")
    else:
        os.mkfifo(place)
    before = place.lstat().st_mode
    with pytest.raises(IntakeError, match="Yttria did not write it"):
        write(out, "one")
    assert place.lstat().st_mode == before
    write(out, "one", replace=True)
    assert tree(out) == {"report.pdf": "one", "figures/one.svg": "one"}


@pytest.mark.parametrize("kind", ["pipe", "nested"])
def test_a_mark_that_cannot_be_read_knows_nothing(tmp_path: Path, kind: str) -> None:
    write(tmp_path / "out", "one")
    mark = tmp_path / "out" / MARK
    mark.unlink()
    if kind == "pipe":
        os.mkfifo(mark)
    else:
        mark.write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(IntakeError, match="Yttria did not write it"):
        write(tmp_path / "out", "two")
    assert tree(tmp_path / "out")["report.pdf"] == "one"


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "no space is left on the disk"),
        (errno.EROFS, "the disk is read-only"),
        (errno.EACCES, "may not be written"),
    ],
)
def test_a_disk_that_cannot_hold_it_is_one_true_sentence_and_changes_nothing(
    tmp_path: Path, number: int, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "out", "one")
    before = tree(tmp_path / "out")

    def full(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(IntakeError, match=sentence):
        write(tmp_path / "out", "two")
    assert tree(tmp_path / "out") == before
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_disk_that_is_full_while_a_part_is_written_is_one_true_sentence(tmp_path: Path, number: int) -> None:
    write(tmp_path / "out", "one")
    before = tree(tmp_path / "out")
    with (
        pytest.raises(IntakeError, match=r"out cannot be written: .* what was there is as it was"),
        output_folder(tmp_path / "out", command="plan", inputs=()),
    ):
        raise OSError(number, os.strerror(number))
    assert tree(tmp_path / "out") == before
    with (
        pytest.raises(FileNotFoundError, match="an input"),
        output_folder(tmp_path / "out", command="plan", inputs=()),
    ):
        raise FileNotFoundError(errno.ENOENT, "an input")


def test_a_fault_half_way_through_the_exchange_puts_everything_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "out", "one")
    before = tree(tmp_path / "out")
    rename = Path.rename

    @contextmanager
    def failing() -> Iterator[None]:
        def once(self: Path, target: Path) -> Path:
            if self.name == "report.pdf" and "draft" in str(self) and target.parent == tmp_path / "out":
                monkeypatch.setattr(Path, "rename", rename)
                raise OSError(errno.EIO, "Input/output error")
            return rename(self, target)

        monkeypatch.setattr(Path, "rename", once)
        yield

    with failing(), pytest.raises(IntakeError, match="as it was"):
        write(tmp_path / "out", "two")
    assert tree(tmp_path / "out") == before


def test_an_interrupted_run_leaves_nothing_and_the_draft_of_a_killed_one_is_removed_by_the_next(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), output_folder(tmp_path / "out", command="plan", inputs=()):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
    (tmp_path / ".out-yttria-draft-999999999-x").mkdir()
    write(tmp_path / "out", "one")
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_file_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("", encoding="utf-8")
    with pytest.raises(IntakeError, match="is a file"), output_folder(tmp_path / "out", command="plan", inputs=()):
        pass


def test_a_mark_names_nobody() -> None:
    assert "Wren" not in subject_of("Wrenfield", "1.2.3")
    assert subject_of("a") != subject_of("b")


def test_a_part_that_is_written_again_leaves_the_others_known(tmp_path: Path) -> None:
    write(tmp_path / "out", "one")
    with output_folder(tmp_path / "out", command="plan", inputs=()) as draft:
        draft.subject = "a"
        (draft.path / "report.pdf").write_text("alone", encoding="utf-8")
    write(tmp_path / "out", "two")
    assert tree(tmp_path / "out") == {"report.pdf": "two", "figures/two.svg": "two"}


@pytest.mark.parametrize("to", ["nowhere", "a.nii"])
def test_a_link_to_nothing_or_to_itself_in_a_files_place_is_kept_unless_asked(tmp_path: Path, to: str) -> None:
    place = tmp_path / "a.nii"
    place.symlink_to(to)
    with (
        pytest.raises(IntakeError, match=r"a\.nii is there already, and Yttria did not write it"),
        ours(place, inputs=()),
    ):
        pass
    assert place.is_symlink()
    with ours(place, inputs=(), replace=True) as draft:
        draft.write_bytes(b"new")
    assert (place.read_bytes(), place.is_symlink()) == (b"new", False)


@pytest.mark.parametrize("kind", ["a file on the way", "a link to nothing"])
def test_what_stands_where_a_folder_is_needed_is_said(tmp_path: Path, kind: str) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    (tmp_path / "link").symlink_to("nowhere")
    out = tmp_path / "file" / "out" if kind == "a file on the way" else tmp_path / "link"
    with pytest.raises(
        IntakeError, match="cannot be written: a file, or a link to nothing, stands where a folder is needed"
    ):
        write(out, "one")
    assert ((tmp_path / "file").read_bytes(), (tmp_path / "link").is_symlink()) == (b"mine", True)


def test_a_full_disk_that_a_library_wraps_in_words_of_its_own_is_still_a_full_disk(tmp_path: Path) -> None:
    def save() -> None:
        raise OSError("With tag (7FE0,0010) got exception") from OSError(errno.ENOSPC, "No space left on device")

    with (
        pytest.raises(IntakeError, match="out cannot be written: no space is left on the disk"),
        output_folder(tmp_path / "out", command="simulate", inputs=()),
    ):
        save()
    assert list(tmp_path.iterdir()) == []


def test_files_in_a_folder_that_names_patients_are_read_by_their_owner_alone(tmp_path: Path) -> None:
    with output_folder(tmp_path / "out", command="response", inputs=(), private=["figures"]) as draft:
        (draft.path / "figures").mkdir()
        for name in ("figures/a.svg", "other.txt"):
            (draft.path / name).write_text("x", encoding="utf-8")
            (draft.path / name).chmod(0o644)
    modes = [stat.S_IMODE((tmp_path / "out" / name).stat().st_mode) for name in ("figures/a.svg", "other.txt")]
    assert modes == [0o600, 0o644]


def test_single_files_written_into_a_folder_on_its_way_are_known_to_the_folder_s_own_mark(tmp_path: Path) -> None:
    for text in ("one", "two"):
        with output_folder(tmp_path / "out", command="course", inputs=()) as draft:
            draft.subject = "a"
            with ours(draft.path / "dose.dcm", inputs=()) as part:
                part.write_text(text, encoding="utf-8")
        assert tree(tmp_path / "out") == {"dose.dcm": text}
    assert '"dose"' not in (tmp_path / "out" / MARK).read_text(encoding="utf-8")
