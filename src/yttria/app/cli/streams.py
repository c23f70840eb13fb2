"""Standard output and error: whatever is written there is text that no terminal obeys, in the encoding that is there, and may meet a closed end."""

import errno
import io
import os
import sys
import unicodedata
from codecs import register_error
from pathlib import Path
from typing import NoReturn

from yttria.io.ground.control_characters import spelled_control

READER_GONE = (errno.EPIPE, errno.EBADF, errno.ECONNRESET)
SUBSTITUTES = {
    "—": "-", "–": "-", "−": "-", "…": "...", "×": "x", "·": ".", "✗": "x", "✓": "v", "≥": ">=", "≤": "<=", "▲": "!", "■": "#", "µ": "u",
    "±": "+-", "χ": "chi", "→": "->", "’": "'", "“": '"', "”": '"',
}  # fmt: skip
"""What stands for our own signs where an encoding lacks them."""
HANDLER = "yttria-substitutes"


class TextStream(io.TextIOWrapper):
    """A standard stream that spells signs of control; a reader who left is no fault, a disk that is full is one.

    Parameters
    ----------
    stream
        The stream that is there: its buffer and encoding are kept.
    """

    def __init__(self, stream: io.TextIOWrapper) -> None:
        super().__init__(
            stream.buffer, encoding=stream.encoding, errors=HANDLER, newline=None, line_buffering=stream.line_buffering, write_through=True,
        )  # fmt: skip

    def write(self, text: str) -> int:
        """Write a text; return how many characters it has."""
        try:
            super().write(spelled_control(text))
        except OSError as error:
            self._ended(error)
        return len(text)

    def flush(self) -> None:
        """Hand over what was written."""
        try:
            super().flush()
        except OSError as error:
            self._ended(error)

    def _ended(self, error: OSError) -> None:
        """Send the rest nowhere; what cannot be written for want of room ends the run.

        Raises
        ------
        SystemExit
            Standard output that cannot hold the answer: with status 1, after a sentence on standard error.
        """
        number = self.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)
        if self is sys.stdout and error.errno not in READER_GONE:
            _refuse(error)


def _refuse(error: OSError) -> NoReturn:
    reason = "no space is left on the disk" if error.errno == errno.ENOSPC else error.strerror
    sys.stderr.write(f"refused: standard output cannot be written: {reason}; make room, or send it elsewhere\n")
    raise SystemExit(1)


def set_streams() -> None:
    """Make standard output and error safe; one that is closed is replaced by one that leads nowhere."""
    register_error(HANDLER, _substitute)
    for name, mode in (
        ("stdin", "r"),
        ("stdout", "w"),
        ("stderr", "w"),
    ):  # in the order of their numbers, lest a file takes one
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115  as long as the program
        elif mode == "w" and isinstance(stream, io.TextIOWrapper) and not isinstance(stream, TextStream):
            setattr(sys, name, TextStream(stream))


def _substitute(error: UnicodeError) -> tuple[str, int]:
    """Return what stands for characters that an encoding lacks: our signs in letters, any other as its code point.

    Raises
    ------
    UnicodeError
        An error of reading.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_plain(sign) for sign in error.object[error.start : error.end]), error.end


def _plain(sign: str) -> str:
    simple = SUBSTITUTES.get(sign) or unicodedata.normalize("NFKC", sign)
    return simple if simple.isascii() else f"[U+{ord(sign):04X}]"
