"""Header fields: split from the raw bytes under limits, and RFC 2047 and RFC 2231 decoded in linear time."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from engine.inbound.parse import limits
from engine.inbound.parse.charsets import clean, decode, one_line

_NAME = re.compile(rb"[!-9;-~]{1,200}[ \t]*:")
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_BETWEEN = re.compile(r"\s+\Z")
_ID = re.compile(r"<([^<>\s]{1,900})>")


@dataclass(frozen=True)
class Headers:
    """The fields of one part in order: (lower-case name, raw value unfolded)."""

    fields: tuple[tuple[str, bytes], ...]

    def raw(self, name: str) -> str:
        """The first field of that name as text, not decoded; "" where absent."""
        return next((_text(value) for key, value in self.fields if key == name), "")

    def raws(self, name: str) -> list[str]:
        """All fields of that name as text, not decoded."""
        return [_text(value) for key, value in self.fields if key == name]

    def get(self, name: str) -> str:
        """The first field of that name, decoded, on one line."""
        return decode_words(self.raw(name))

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self.fields)


def _text(value: bytes) -> str:
    return decode(value, "utf-8")[0] if not value.isascii() else clean(value.decode("ascii"))


def split(raw: bytes, start: int = 0, stop: int | None = None) -> tuple[Headers, int, list[str]]:
    """(headers, offset of the body, faults) of the part that stands from `start` to `stop`."""
    fields: list[tuple[str, bytes]] = []
    faults: list[str] = []
    pos, used, size = start, 0, len(raw) if stop is None else stop
    while pos < size:
        end = raw.find(b"\n", pos, size)
        end = size if end < 0 else end + 1
        line = raw[pos:end].rstrip(b"\r\n")
        if not line.strip() and not (line and fields and _NAME.match(raw, end, min(size, end + 300))):
            return Headers(tuple(fields)), end, faults
        if line[:1] in (b" ", b"\t") and fields:
            _fold(fields, line.strip(), faults)
        elif (match := _NAME.match(line)) is not None:
            _field(fields, match, line, used, faults)
        elif fields and _NAME.match(raw, end, min(size, end + 300)):
            _note(faults, "bad-header-line")
        elif line.strip():
            _note(faults, "headers-end-without-blank-line")
            return Headers(tuple(fields)), pos, faults
        used += len(line)
        pos = end
    return Headers(tuple(fields)), size, faults


def _fold(fields: list[tuple[str, bytes]], line: bytes, faults: list[str]) -> None:
    name, value = fields[-1]
    if len(value) + len(line) <= limits.HEADER_BYTES:
        fields[-1] = (name, value + b" " + line)
    else:
        _note(faults, "header-too-long")


def _field(fields: list[tuple[str, bytes]], match: re.Match[bytes], line: bytes, used: int, faults: list[str]) -> None:
    if used > limits.HEADERS_BYTES:
        _note(faults, "headers-too-long")
        return
    if len(line) > limits.HEADER_BYTES:
        _note(faults, "header-too-long")
    name = match.group()[:-1].strip().decode("ascii").lower()
    fields.append((name, line[match.end() : limits.HEADER_BYTES].strip()))


def _note(faults: list[str], fault: str) -> None:
    if fault not in faults:
        faults.append(fault)


def _payload(encoding: str, data: str) -> bytes:
    raw = data.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(raw, header=True)
    try:
        return binascii.a2b_base64(raw + b"=" * (-len(raw) % 4))
    except (binascii.Error, ValueError):
        return binascii.a2b_base64(re.sub(rb"[^A-Za-z0-9+/]", b"", raw)[: len(raw) // 4 * 4])


def _safe_payload(encoding: str, data: str) -> bytes:
    try:
        return _payload(encoding, data)
    except (binascii.Error, ValueError):
        return data.encode("utf-8", "replace")


def decode_words(value: str) -> str:
    """RFC 2047 encoded words of one field decoded; neighbours of one charset are joined before decoding,
    because senders split inside a multi-byte character. The result is one clean line."""
    value = value[: limits.HEADER_BYTES]
    if "=?" not in value:
        return one_line(value)
    out: list[str] = []
    pending, charset, last = b"", "", 0
    for match in _WORD.finditer(value):
        between = value[last : match.start()]
        label = match.group(1).split("*", 1)[0].lower()
        joined = last and not between.strip()
        if not (joined and label == charset):
            out.append(decode(pending, charset)[0])
            pending, charset = b"", label
            out.append("" if joined else between)
        pending += _safe_payload(match.group(2), match.group(3))
        last = match.end()
    out += [decode(pending, charset)[0] if pending else "", value[last:]]
    return one_line("".join(out))


def message_ids(value: str, limit: int = 100) -> tuple[str, ...]:
    """All <ids> of a field, without their brackets; a bare word with an @ counts where there is no bracket."""
    found = _ID.findall(value[: limits.HEADER_BYTES])
    if not found:
        found = [word.strip("<>,;") for word in value.split()[:limit] if "@" in word]
    return tuple(dict.fromkeys(one_line(item) for item in found[-limit:] if item))


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """(main value in lower case, parameters) of Content-Type or Content-Disposition (RFC 2045, RFC 2231).

    Takes unquoted values with spaces, and encoded words inside parameters, because senders write them.
    """
    main, _, rest = value.partition(";")
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, item in _pairs(rest):
        base, star, tail = name.partition("*")
        if not star:
            plain.setdefault(base, decode_words(item))
            continue
        number = tail.rstrip("*")
        index = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else 0
        pieces.setdefault(base, {})[index] = (item, tail.endswith("*") or not tail)
    for base, parts in pieces.items():
        plain[base] = _join_2231([parts[i] for i in sorted(parts)])
    return one_line(main).lower(), plain


def _pairs(rest: str) -> list[tuple[str, str]]:
    out: list[tuple[str, str]] = []
    pos = 0
    while pos < len(rest) and len(out) < 60:
        equals = rest.find("=", pos)
        if equals < 0:
            break
        name = rest[pos:equals].strip(" \t\r\n;").lower()
        pos = equals + 1
        while rest[pos : pos + 1] in (" ", "\t"):
            pos += 1
        if rest[pos : pos + 1] == '"':
            end = pos + 1
            while end < len(rest) and rest[end] != '"':
                end += 2 if rest[end] == "\\" else 1
            item = re.sub(r"\\(.)", r"\1", rest[pos + 1 : end])
            semicolon = rest.find(";", end)
        else:
            semicolon = rest.find(";", pos)
            item = rest[pos : semicolon if semicolon >= 0 else len(rest)].strip()
        if name:
            out.append((name, item))
        pos = len(rest) if semicolon < 0 else semicolon + 1
    return out


def _join_2231(parts: list[tuple[str, bool]]) -> str:
    charset, data = "", b""
    if parts and parts[0][1] and parts[0][0].count("'") >= 2:
        charset, _, rest = parts[0][0].split("'", 2)
        parts = [(rest, True), *parts[1:]]
    for item, encoded in parts:
        data += unquote_to_bytes(item) if encoded else item.encode("utf-8", "replace")
    return one_line(decode(data, charset)[0])
