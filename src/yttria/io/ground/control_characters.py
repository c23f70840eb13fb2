"""Characters that command a terminal or turn a line around: each is spelled as its code point wherever a text that is not ours is shown."""

import re

CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e007f](?<![\u0600-\u08ff\u0900-\u109f\u1780-\u17ff][\u200c\u200d])"
)
"""Signs of control (C0 but for tab and new line, DEL, C1), marks of direction (Unicode UAX 9) and of lines, halves of pairs, no characters.

Signs without a width, by which two texts that look alike differ (UTS 39); joiners stay behind letters that they shape (Arabic, Indic, Khmer).
"""


def spelled_control(text: str) -> str:
    r"""Return the text with each sign of control spelled as its code point: nothing obeys it, and nothing is lost in silence.

    Examples
    --------
    >>> spelled_control("a\x1b[31mb")
    'a[U+001B][31mb'
    """
    return CONTROL.sub(lambda sign: f"[U+{ord(sign[0]):04X}]", text)


def escaped_control(json_text: str) -> str:
    r"""Return a JSON text whose strings escape each sign of control, so that it reads back the same and a terminal obeys nothing.

    Examples
    --------
    >>> escaped_control('{"a": "\x9b"}')
    '{"a": "\\u009b"}'
    """
    return CONTROL.sub(lambda sign: _escape(sign[0]), json_text)


def ascii_json(json_text: str) -> str:
    r"""Return a JSON text in ASCII alone, for an output that has no other characters.

    Examples
    --------
    >>> ascii_json('["é"]')
    '["\\u00e9"]'
    """
    return re.sub(r"[^\x00-\x7f]", lambda sign: _escape(sign[0]), json_text)


def _escape(sign: str) -> str:
    """Return a character as JSON escapes it: beyond U+FFFF as a pair."""
    units = sign.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))
