"""winmail.dat: the text and the files in a TNEF stream, walked within bounds.

[MS-OXTNEF] 2.1.3 (attributes) and 2.1.3.4 (property lists). Of the bodies the HTML counts first, then the plain one,
then RTF. https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxtnef
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.inbound.parse import limits, rtf
from engine.inbound.parse.charsets import decode
from engine.inbound.parse.part import filename

_SIGNATURE = 0x223E9F78
_BODY, _TITLE, _DATA = 0x0002800C, 0x00018010, 0x0006800F
_MESSAGE_PROPERTIES, _RENDER, _FILE_PROPERTIES, _CODEPAGE = 0x00069003, 0x00069002, 0x00069005, 0x00069007
_PR_BODY, _PR_HTML, _PR_RTF, _PR_LONG_NAME = 0x1000, 0x1013, 0x1009, 0x3707
_SIZES = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}
_VARIABLE = (0x0D, 0x1E, 0x1F, 0x102)
_ATTRIBUTES, _PROPERTIES = 2_000, 2_000


@dataclass
class File:
    """One attached file."""

    name: str = ""
    data: bytes = b""


@dataclass
class Message:
    """`html` True where `text` is markup."""

    text: str = ""
    html: bool = False
    files: list[File] = field(default_factory=list)


def is_one(content_type: str, name: str) -> bool:
    """True for a part that its label or its name calls TNEF."""
    return content_type in ("application/ms-tnef", "application/vnd.ms-tnef") or name.lower() == "winmail.dat"


def read(data: bytes) -> Message | None:
    """What the stream holds, None where it is no TNEF. A stream that breaks off gives what came before."""
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != _SIGNATURE:
        return None
    message = Message()
    found: dict[int, str] = {}
    codepage = ""
    for ident, value in _attributes(data):
        if ident == _CODEPAGE and len(value) >= 4:
            codepage = f"cp{struct.unpack_from('<I', value)[0]}"
        elif ident == _BODY:
            found.setdefault(0, decode(value.rstrip(b"\0")[: 4 * limits.TEXT_CHARS], codepage)[0])
        elif ident == _MESSAGE_PROPERTIES:
            found.update(_bodies(value, codepage))
        else:
            _of_file(message.files, ident, value, codepage)
    message.html = bool(found.get(_PR_HTML, "").strip())
    bodies = (found.get(key, "") for key in (_PR_HTML, _PR_BODY, 0, _PR_RTF))
    message.text = next((body for body in bodies if body.strip()), "")
    message.files = [item for item in message.files if item.name or item.data][: limits.PARTS]
    return message


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(id, data) of each attribute: level, id, length, data, checksum."""
    at = 6
    for _ in range(_ATTRIBUTES):
        if at + 9 > len(data):
            return
        ident, length = struct.unpack_from("<II", data, at + 1)
        yield ident, data[at + 9 : at + 9 + length]
        at += 9 + length + 2


def _of_file(files: list[File], ident: int, value: bytes, codepage: str) -> None:
    """One attribute of the last file; the rendering data begins the next one."""
    if ident == _RENDER:
        files.append(File())
    if not files:
        return
    if ident == _TITLE and not files[-1].name:
        files[-1].name = filename(decode(value.rstrip(b"\0")[:1000], codepage)[0])
    elif ident == _DATA:
        files[-1].data = value
    elif ident == _FILE_PROPERTIES:
        long = next((_text(kind, item, codepage) for kind, key, item in _properties(value) if key == _PR_LONG_NAME), "")
        files[-1].name = filename(long[:1000]) or files[-1].name


def _bodies(value: bytes, codepage: str) -> dict[int, str]:
    """The bodies among the properties of a message, by property id."""
    out: dict[int, str] = {}
    for kind, key, item in _properties(value):
        if key in (_PR_BODY, _PR_HTML):
            out[key] = _text(kind, item[: 4 * limits.TEXT_CHARS], codepage)
        elif key == _PR_RTF:
            out[key] = rtf.to_text(rtf.inflate(item))
    return out


def _text(kind: int, value: bytes, codepage: str) -> str:
    return decode(value, "utf-16-le")[0].rstrip("\0") if kind == 0x1F else decode(value.rstrip(b"\0"), codepage)[0]


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(type, id, value) of each property; ends quietly where the list is broken."""
    at = 4
    for _ in range(min(_PROPERTIES, struct.unpack_from("<I", data)[0] if len(data) >= 4 else 0)):
        if at + 4 > len(data):
            return
        kind, key = struct.unpack_from("<HH", data, at)
        at += 4
        if key >= 0x8000:
            at = _after_name(data, at)
        multiple, kind = bool(kind & 0x1000), kind & 0x0FFF
        count = 1
        if multiple or kind in _VARIABLE:
            if at + 4 > len(data):
                return
            count = min(struct.unpack_from("<I", data, at)[0], _PROPERTIES)
            at += 4
        for number in range(count):
            size = _SIZES.get(kind, 0)
            if kind in _VARIABLE:
                if at + 4 > len(data):
                    return
                size = struct.unpack_from("<I", data, at)[0]
                at += 4
            elif not size:
                return
            if number == 0:
                yield kind, key, data[at : at + size]
            at += size + (-size % 4)


def _after_name(data: bytes, at: int) -> int:
    """Where the value of a named property begins: a GUID, then a number or a name."""
    if at + 24 > len(data):
        return len(data)
    kind, size = struct.unpack_from("<II", data, at + 16)
    return at + 24 if kind == 0 else at + 24 + size + (-size % 4)
