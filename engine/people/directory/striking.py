"""An address struck out of a mail as it came, in whatever form it stands there. Pure: bytes in, as many bytes out.

Looked into are plain words, quoted-printable (RFC 2045 section 6.7), base64 (6.8) with what is inside it, encoded words
of headers (RFC 2047), UTF-16, and an @ that HTML or a link writes otherwise. Each letter becomes an x where it stood,
encoded as it was, so that everything beside the address stays in its place. What is packed (zip, PDF) is not opened.
"""

from __future__ import annotations

import binascii
import re
from array import array
from dataclasses import dataclass

NESTED = 3  # mails in mails in mails, each in base64
_AT = r"(?:@|%40|&#0*64;|&#x0*40;|&commat;)"
_ESCAPE = re.compile(rb"=(?:[ \t]*\r?\n|([0-9A-Fa-f]{2}))")
_WORD = re.compile(rb"=\?[^?\s]{1,80}\?([bBqQ])\?([^?\s]*)\?=")
_BASE64 = re.compile(rb"^content-transfer-encoding:\s*base64\b", re.IGNORECASE | re.MULTILINE)
_BLANK = re.compile(rb"\r?\n\r?\n")
_LINES = re.compile(rb"[A-Za-z0-9+/=\s]*")
_CHUNK = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
_SPACE = re.compile(rb"(\s+)")


def whole(address: str) -> str:
    """A regular expression of an address that is not a part of a longer one, for Python and PostgreSQL."""
    return rf"(?<![\w.+-]){quoted(address).replace(chr(92) + '@', _AT)}(?![\w-]|\.\w)"


def quoted(words: str) -> str:
    """Words as a regular expression finds them."""
    return re.sub(r"([^\w\s])", r"\\\1", words)


@dataclass(frozen=True, slots=True)
class _Said:
    """What is looked for: a pattern, and letters without which it is nowhere, since a pattern alone is slow."""

    pattern: re.Pattern[bytes]
    parts: tuple[tuple[bytes, bytes], ...]

    def within(self, raw: bytes) -> bool:
        lower = raw.lower()
        return all(plain in lower or wide in lower for plain, wide in self.parts)


def struck(raw: bytes, address: str) -> bytes:
    """The mail without the address; the same bytes where it is nowhere in it."""
    wide = b"|".join(re.escape("\0".join(address.replace("@", at)).encode()) for at in ("@", "%40"))
    said = rb"%s|(?<![\w.+-]\0)(?:%s)(?!\0[\w-])" % (whole(address).encode(), wide)
    parts = tuple((part.encode(), "\0".join(part).encode()) for part in address.casefold().split("@"))
    return _struck(raw, _Said(re.compile(said, re.IGNORECASE), parts), NESTED)


def _struck(raw: bytes, said: _Said, depth: int) -> bytes:
    raw = said.pattern.sub(_crossed, raw) if said.within(raw) else raw
    if b"=" in raw and said.within(binascii.a2b_qp(raw)):
        raw = _in_escapes(raw, said)
    if b"=?" in raw:
        raw = _WORD.sub(lambda word: _in_word(word, said, depth), raw)
    return _in_base64(raw, said, depth) if depth else raw


def _crossed(found: re.Match[bytes]) -> bytes:
    return re.sub(rb"[^\0]", b"x", found[0])


def _in_escapes(raw: bytes, said: _Said, header: bool = False) -> bytes:
    """The same where =XX and soft line breaks stand between the letters."""
    view, at = bytearray(), array("L")  # a list of so many numbers takes 36 bytes for each of the mail
    done = 0
    for escape in _ESCAPE.finditer(raw):
        view += raw[done : escape.start()]
        at.extend(range(done, escape.start()))
        if escape[1]:
            view.append(int(escape[1], 16))
            at.append(escape.start())
        done = escape.end()
    view += raw[done:]
    at.extend(range(done, len(raw)))
    out = bytearray(raw)
    for found in said.pattern.finditer(bytes(view).replace(b"_", b" ") if header else bytes(view)):
        for place in at[found.start() : found.end()]:
            wide = _ESCAPE.match(raw, place)
            out[place : place + (3 if wide else 1)] = b"=78" if wide else b"x"
    return bytes(out)


def _in_word(word: re.Match[bytes], said: _Said, depth: int) -> bytes:
    before = word[2]
    after = _in_escapes(before, said, header=True) if word[1] in b"qQ" else _decoded(before, said, depth)
    return word[0].replace(before, after) if after != before else word[0]


def _in_base64(raw: bytes, said: _Said, depth: int) -> bytes:
    """The same for each part that says it is base64."""
    pieces, done = [], 0
    for head in _BASE64.finditer(raw):
        if head.start() < done:
            continue
        blank = _BLANK.search(raw, head.end())
        if blank is None:  # nor behind any other: looked for at each, they took the square of their number
            break
        if lines := _LINES.match(raw, blank.end()):
            pieces += [raw[done : lines.start()], _decoded(lines[0], said, depth)]
            done = lines.end()
    return b"".join([*pieces, raw[done:]])


def _decoded(lines: bytes, said: _Said, depth: int) -> bytes:
    """Base64 without the address, in lines as long as they were."""
    parts = _SPACE.split(lines)
    before = b"".join(parts[::2])
    after = _CHUNK.sub(lambda chunk: _recoded(chunk[0], said, depth), before)
    if after == before:
        return lines
    done = 0
    for n in range(0, len(parts), 2):
        parts[n] = after[done : (done := done + len(parts[n]))]
    return b"".join(parts)


def _recoded(chunk: bytes, said: _Said, depth: int) -> bytes:
    try:
        inside = binascii.a2b_base64(chunk + b"=" * (-len(chunk) % 4))
    except binascii.Error:  # of no length that base64 has
        return chunk
    after = _struck(inside, said, depth - 1)
    return chunk if after == inside else binascii.b2a_base64(after, newline=False)[: len(chunk)]


__all__ = ["quoted", "struck", "whole"]
