"""How words go into a mail: bodies as quoted-printable (RFC 2045), names and subjects as encoded words (RFC 2047).

Everything given back is ASCII with CRLF line ends, but an address whose local part is not (RFC 6532). No line of a body
is over 76 columns, and no value can end its header: a line end in it becomes a space, any other control is left out.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from email.headerregistry import Address

import idna

WIDTH = 78  # RFC 5322 section 2.1.1: what a line should not exceed, without its CRLF
SOFT = "=\r\n"  # a line end that is not part of the text
_ROOM = 75  # columns of a quoted-printable line before its "="
LONGEST_PHRASE = 56  # columns; a longer name goes into encoded words, which can be folded
_WORD_BYTES = 42  # of UTF-8 in an encoded word: 56 columns of base64 and 12 around them fit behind "Subject: "
_KEPT = "\t\n"
_CONTROLS = {n: None for n in (*range(32), *range(127, 160)) if chr(n) not in _KEPT}

# Printable ASCII that is its own quoted-printable form: no "=", no blank at its end, short enough for one line.
_DOTTED = re.compile(r"^\.[^\r\n]*", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_EASY = re.compile(r"[ -<>-~]{0,74}[!-<>-~]")
_ATOMS = re.compile(r"[\w!#$%&'*+/?^`{|}~-]+(?: [\w!#$%&'*+/?^`{|}~-]+)*", re.ASCII)  # RFC 5322 3.2.3, without "="
_ADDRESS = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@[a-z0-9.-]+", re.ASCII | re.IGNORECASE)
_CLEAR = re.compile(r"(?:(?!=\?)[!-~]){1,60}(?: (?:(?!=\?)[!-~]){1,60})*")  # words that nobody takes for encoded ones


def clean(value: str) -> str:
    """`value` with LF as its line end and without control characters, which no mail client shows as anything."""
    if value.isprintable() or not _CONTROL.search(value):
        return value
    return value.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS)


def quoted(text: str) -> str:
    """`text` as quoted-printable from column 0. Its last line leaves room for a soft line break.

    No line begins with a dot: that of SMTP would have to be doubled in every mail (RFC 5321 section 4.5.2).
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").encode()
    encoded = binascii.b2a_qp(lines, istext=True).decode("ascii").replace("\n", "\r\n")
    last = len(encoded) - (encoded.rfind("\n") + 1)
    if last > _ROOM:
        cut = len(encoded) - 6
        cut -= next((back for back in (1, 2) if encoded[cut - back] == "="), 0)  # not inside "=C3"
        encoded = encoded[:cut] + SOFT + encoded[cut:]
    if encoded.startswith(".") or "\n." in encoded:
        encoded = _DOTTED.sub(lambda line: _undotted(line[0]), encoded)
    return encoded


def _undotted(line: str) -> str:
    """A line of quoted-printable whose first dot is encoded; broken softly where that makes it too long."""
    if not line.startswith("."):
        return line
    line = "=2E" + line[1:]
    if len(line) <= _ROOM:
        return line
    cut = _ROOM - next((back for back in (1, 2) if line[_ROOM - back] == "="), 0)  # not inside "=C3"
    return line[:cut] + SOFT + _undotted(line[cut:])


def body(text: str) -> str:
    """The whole of a body in quoted-printable, its last line ended."""
    encoded = quoted(text)
    return encoded if encoded.endswith("\n") else encoded + "\r\n"


def slotted(value: str) -> str:
    """A value of one recipient as quoted-printable that can stand between two soft line breaks."""
    if _EASY.fullmatch(value) and value[0] != ".":
        return value
    return quoted(value)


def words(text: str) -> str:
    """`text` as a header says it: on one line, single spaces, no control characters."""
    return " ".join(clean(text).split())


def phrase(name: str) -> str:
    """A display name before an address: plain words, a quoted string, or encoded words."""
    name = words(name)
    if len(name) > LONGEST_PHRASE or not name.isascii() or "=?" in name:
        return encoded_words(name)
    if not name or _ATOMS.fullmatch(name):
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def mailbox(name: str, address: str) -> str:
    """`name <address>` for a header. Raises ValueError for what is no address."""
    return angle(phrase(name), spec(address))


def angle(written: str, address: str) -> str:
    """A phrase and an address that both are written as a header takes them; folded where they are long."""
    if not written:
        return address
    gap = " " if len(written) + len(address) <= WIDTH - 13 else "\r\n "
    return f"{written}{gap}<{address}>"


def spec(address: str) -> str:
    """An address as a header takes it: the domain in ASCII, the local part as it is. Raises ValueError for others."""
    if _ADDRESS.fullmatch(address):
        return address
    local, _, name = address.rpartition("@")
    if not address.isprintable() or not local:
        raise ValueError(f"this is no address: {address!r}")
    if local.isascii():
        return Address(addr_spec=f"{local}@{domain(name)}").addr_spec
    return Address(username=local, domain=domain(name)).addr_spec


def domain(name: str) -> str:
    """A domain in ASCII. Raises ValueError (idna.IDNAError) for what cannot be one."""
    return name if name.isascii() else idna.encode(name, uts46=True).decode()


def header(name: str, text: str) -> str:
    """A header of free text, folded, with its CRLF."""
    text = words(text)
    line = f"{name}: {text}"
    if len(line) <= WIDTH and text.isascii() and "=?" not in text:
        return line + "\r\n"
    return f"{name}: " + (folded(text, len(name) + 2) if _CLEAR.fullmatch(text) else encoded_words(text)) + "\r\n"


def folded(text: str, column: int) -> str:
    """`text` with line ends before the words that would pass WIDTH; the first word begins at `column`."""
    lines: list[str] = []
    width = column
    for word in text.split(" "):
        if not lines or (width + 1 + len(word) > WIDTH and lines[-1]):
            lines.append(word)
            width = (column if len(lines) == 1 else 1) + len(word)
        else:
            lines[-1] += f" {word}"
            width += 1 + len(word)
    return "\r\n ".join(lines)


def encoded_words(text: str) -> str:
    """`text` as encoded words of at most 75 columns, each on its line and each whole characters."""
    found = (base64.b64encode(piece).decode("ascii") for piece in _pieces(text))
    return "\r\n ".join(f"=?utf-8?b?{piece}?=" for piece in found)


def _pieces(text: str) -> Iterator[bytes]:
    data = text.encode()
    at = 0
    while at < len(data):
        end = min(at + _WORD_BYTES, len(data))
        while end < len(data) and data[end] & 0xC0 == 0x80:  # inside a character
            end -= 1
        yield data[at:end]
        at = end
