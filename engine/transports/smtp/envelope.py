"""Turns a Mail into the bytes of a transaction, or says why this server cannot have it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import idna

from engine.transports.base import Mail
from engine.transports.smtp.session import Features

PIECE = 64 * 1024  # H3: content above this leaves in pieces

# Quoted local parts may hold nearly anything printable (RFC 5321 section 4.1.2); outside quotes, blanks and angle
# brackets would end the path and let an address smuggle parameters.
_LOCAL = re.compile(r'(?:"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*"|[^\s<>"\x00-\x1f\x7f\ud800-\udfff]+)')
_DOMAIN = re.compile(r'[^\s<>"@\x00-\x1f\x7f\ud800-\udfff]+')


class Unfit(Exception):
    """This server cannot take this mail. `sender`: the envelope sender is at fault, not the recipient."""

    def __init__(self, enhanced: str, text: str, *, sender: bool = False) -> None:
        super().__init__(text)
        self.enhanced = enhanced
        self.sender = sender


class Letter(NamedTuple):
    """The commands of one transaction, and its content as it goes out in pieces, the last of which ends it."""

    mail: bytes
    rcpt: bytes
    pieces: Sequence[bytes | memoryview]


def prepare(mail: Mail, features: Features, *, chunked: bool = False) -> Letter:
    """Build the transaction of `mail`, its content for BDAT if `chunked`, else for DATA. Raises Unfit."""
    content = mail.content if mail.normal else normal(mail.content)
    if features.size is not None and len(content) > features.size:
        raise Unfit("5.3.4", f"too large: {len(content)} bytes, and the relay takes {features.size}")
    utf8 = mail.smtputf8 or _is_utf8(mail.to) or _is_utf8(mail.envelope_sender)
    if utf8 and not features.smtputf8:
        raise Unfit("5.6.7", "unsupported: the relay does not take addresses or headers that are not ASCII (SMTPUTF8)")
    sender = _path(mail.envelope_sender, sender=True)
    rcpt = _path(mail.to, sender=False)
    parameters = _parameters(content, features, utf8)
    wire = chunk(content) if chunked else content + b".\r\n" if mail.normal else stuffed(content)
    return Letter(
        f"MAIL FROM:<{sender}>{parameters}\r\n".encode(),
        f"RCPT TO:<{rcpt}>\r\n".encode(),
        (wire,) if len(wire) <= PIECE else pieces(wire),
    )


def normal(content: bytes) -> bytes:
    """Every line end CRLF, no NUL, ended by CRLF: what RFC 5321 section 2.3.8 allows and smuggling lives on."""
    if b"\0" in content:
        content = content.replace(b"\0", b"")
    ends = content.count(b"\r\n")
    if content.count(b"\n") != ends or content.count(b"\r") != ends:
        content = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    return content if content.endswith(b"\r\n") else content + b"\r\n"


def stuffed(content: bytes) -> bytes:
    """Normal content with dots doubled at line starts and the final dot line (RFC 5321 section 4.5.2)."""
    content = content.replace(b"\r\n.", b"\r\n..")
    return (b"." if content.startswith(b".") else b"") + content + b".\r\n"


def chunk(content: bytes) -> bytes:
    """Normal content as one last chunk (RFC 3030 section 2); no byte of it is special."""
    return b"BDAT %d LAST\r\n%b" % (len(content), content)


def pieces(wire: bytes) -> list[memoryview]:
    """Cut into pieces of PIECE bytes, so that the last one holds the whole final dot line."""
    view = memoryview(wire)
    cuts = [view[at : at + PIECE] for at in range(0, len(view), PIECE)]
    if len(cuts) > 1 and len(cuts[-1]) < len(b"\r\n.\r\n"):  # a dot without its line end must not leave early
        cuts[-2:] = [view[(len(cuts) - 2) * PIECE :]]
    return cuts


def _parameters(content: bytes, features: Features, utf8: bool) -> str:
    found = f" SIZE={len(content)}" if features.announces_size else ""
    if not content.isascii():
        if not features.eightbit:
            raise Unfit("5.6.3", "unsupported: the content has 8-bit bytes and the relay does not take them (8BITMIME)")
        found += " BODY=8BITMIME"
    return found + (" SMTPUTF8" if utf8 else "")


def _is_utf8(address: str) -> bool:
    return not (address.isascii() or (address.rpartition("@")[0] or address).isascii())


def _path(address: str, *, sender: bool) -> str:
    """The address as it stands between angle brackets, its domain in ASCII; "" is the null sender."""
    if sender and address == "":
        return ""
    local, at, domain = address.rpartition("@")
    try:
        ascii_domain = _domain(domain)
    except idna.IDNAError as error:
        raise Unfit("5.1.2", f"the domain of {address!r} is no domain name: {error}", sender=sender) from error
    if not at or ascii_domain is None or not _LOCAL.fullmatch(local):
        whose, code = ("sender", "5.1.7") if sender else ("recipient", "5.1.3")
        raise Unfit(code, f"bad {whose} address: {address!r}", sender=sender)
    return f"{local}@{ascii_domain}"


@lru_cache(maxsize=4096)
def _domain(domain: str) -> str | None:
    """A domain in ASCII; None for what cannot be one. Raises idna.IDNAError."""
    if not _DOMAIN.fullmatch(domain):
        return None
    return domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
