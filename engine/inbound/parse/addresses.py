"""Address lists of a header (RFC 5322 section 3.4), read by one linear pass that takes whatever people send."""

from __future__ import annotations

import re

from engine.inbound.parse import limits
from engine.inbound.parse.charsets import one_line
from engine.inbound.parse.headers import decode_words
from engine.inbound.parse.mail import Address

_PLAIN = re.compile(r"[^\s<>()\",;:\[\]]{1,200}@[^\s<>()\",;:]{1,250}")


def parse(value: str) -> tuple[Address, ...]:
    """All mailboxes of the field; group names and comments are dropped, at most limits.ADDRESSES are read."""
    out = [_mailbox(item) for item in _split(value[: limits.HEADER_BYTES])]
    return tuple(item for item in out if item.address or item.name)[: limits.ADDRESSES]


def first(value: str) -> Address | None:
    """The first mailbox of the field that has an address, else the first at all, else None."""
    found = parse(value)
    return next((item for item in found if item.address), found[0] if found else None)


def bare(value: str) -> str:
    """The first address in any text, lower case; "" where there is none."""
    match = _PLAIN.search(value[: limits.HEADER_BYTES])
    return match.group().strip(".'`").lower() if match else ""


# Quoted strings, comments and bracketed addresses hide their commas; each alternative eats at least one character.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|\((?:[^()\\]|\\.)*\)?|<[^<>]*>?|[,;:]|[^"(<,;:]+')


def _split(value: str) -> list[str]:
    """The field cut at commas and semicolons outside quotes, comments and brackets; group names are dropped."""
    items: list[str] = []
    current: list[str] = []
    for match in _TOKEN.finditer(value):
        piece = match.group()
        if piece in (",", ";"):
            items.append("".join(current))
            current = []
        elif piece == ":" and "@" not in "".join(current[-4:]):
            current = []
        else:
            current.append(piece)
        if len(items) >= limits.ADDRESSES:
            return items
    items.append("".join(current))
    return items


def _mailbox(item: str) -> Address:
    opened = item.rfind("<")
    closed = item.find(">", opened)
    if opened >= 0:
        inner = item[opened + 1 : closed if closed > 0 else len(item)]
        address = decode_words(inner) if "=?" in inner else one_line(inner)
        name = item[:opened]
        if "@" not in address and "@" in name:  # "me@example.org <Me>"
            return Address(decode_words(inner), bare(name))
    else:
        address = bare(item)
        comment = re.search(r"\(([^()]*)\)", item)
        name = comment.group(1) if comment else ("" if address else item)
    address = address.rsplit(":", 1)[-1] if address.startswith("@") else address
    return Address(_name(name), address.strip("'\" ").replace(" ", "").lower()[:500])


def _name(name: str) -> str:
    name = name.strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    return decode_words(name.replace('"', "")).strip("' ")[: limits.NAME_CHARS]
