"""Bytes to text when the label is wrong, missing or unknown, and text that a database will take.

Aliases follow the WHATWG encoding standard (latin-1 is read as windows-1252, gb2312 as gb18030 and so on), because
that is what mail programs mean by them.
"""

from __future__ import annotations

import codecs
import re

_ALIASES = {
    "us-ascii": "ascii",
    "ansi_x3.4-1968": "ascii",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "windows-1252": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "big5": "cp950",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "x-utf-7": "utf-7",
    "cp-850": "cp850",
    "iso-2022-jp": "iso2022_jp_ext",
}
_UNKNOWN = {"", "unknown", "unknown-8bit", "x-unknown", "x-user-defined", "default", "binary", "8bit", "7bit", "none"}
# Codecs that python offers and mail may not have: quadratic (punycode, idna) or not charsets at all.
_FORBIDDEN = {"punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_WIDE = ("utf-16", "utf-32")
_STATEFUL = ("iso2022", "utf-7", "hz")


def clean(text: str) -> str:
    """Without NUL, other control characters and lone surrogates; newlines as LF."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub(lambda m: "\ufffd" if m.group() >= "\ud800" else "", text)


def one_line(text: str) -> str:
    """Clean text on one line, fit for a header: no CR, LF or tab, runs of space made one."""
    return " ".join(clean(text).split())


def _codec(label: str) -> str | None:
    name = label.strip().strip("\"'").lower().split("*", 1)[0]
    if name in _UNKNOWN or len(name) > 40:
        return None
    name = _ALIASES.get(name, name)
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError, UnicodeError):
        return None
    text_codec = getattr(found, "_is_text_encoding", True)
    return found.name if text_codec and found.name.replace("_", "-") not in _FORBIDDEN else None


def _strict(data: bytes, codec: str, errors: str = "strict") -> str | None:
    try:
        return data.decode(codec, errors)
    except (UnicodeError, ValueError):
        return None


def _guess(data: bytes) -> str:
    if b"\x1b$" in data or b"\x1b(" in data:
        japanese = _strict(data, "iso2022_jp_ext")
        if japanese is not None:
            return japanese
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    text = _strict(data, "utf-8")
    return text if text is not None else data.decode("cp1252", "replace")


def decode(data: bytes, label: str = "") -> tuple[str, str | None]:
    """(text, fault): the text as the bytes say rather than as the label says, never raising.

    A label that the bytes contradict gives the fault "charset-lie", one that nobody knows "charset-unknown".
    """
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    codec = _codec(label)
    if codec is None:
        unknown = label.strip().lower() not in _UNKNOWN
        return clean(_guess(data)), "charset-unknown" if unknown else None if data.isascii() else "charset-missing"
    text, lie = _labelled(data, codec)
    return clean(text), "charset-lie" if lie else None


def _labelled(data: bytes, codec: str) -> tuple[str, bool]:
    """(text, whether the label lied)."""
    wide = codec.startswith(_WIDE) and (b"\0" in data or data[:2] in (b"\xff\xfe", b"\xfe\xff"))
    stateful = wide or codec.startswith(_STATEFUL)
    if data.isascii() and not stateful:
        return (_guess(data) if b"\x1b" in data else data.decode("ascii")), False
    # The other stateful charsets are 7-bit, so bytes above that are none of theirs.
    text = None if wide or data.isascii() else _strict(data, "utf-8")
    if text is not None:  # text in another charset is practically never valid UTF-8 by chance
        return text, codec != "utf-8"
    text = _strict(data, codec)
    if text is not None:
        return text, False
    if codec == "utf-8" or (codec == "utf-7" and not data.isascii()):
        return _broken_utf8(data), True
    replaced = None if codec == "ascii" else _strict(data, codec, "replace")
    return (_guess(data) if replaced is None else replaced), True


def _broken_utf8(data: bytes) -> str:
    """UTF-8 with a few broken bytes stays UTF-8; bytes that are mostly not UTF-8 are windows-1252."""
    text = data.decode("utf-8", "replace")
    good = sum(1 for c in text if c > "\x7f" and c != "\ufffd")
    return text if good >= text.count("\ufffd") else data.decode("cp1252", "replace")
