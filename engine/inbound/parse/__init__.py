"""A raw mail to a frozen ParsedMail: pure, linear in its bytes, never raising.

`parse` reads one mail, `entries` what its reply says, `command` what it orders, `attached` gives the bytes of one
attachment. Nothing here touches a database, a file or the network; engine.inbound.reader runs it in a process with a
deadline.
"""

from __future__ import annotations

from engine.inbound.parse.attachments import attached
from engine.inbound.parse.charsets import decode
from engine.inbound.parse.command import command
from engine.inbound.parse.entries import Entry, entries
from engine.inbound.parse.mail import ROBOTS, ParsedMail, from_dict, to_dict
from engine.inbound.parse.reading import read_mail

__all__ = [
    "ROBOTS",
    "VERSION",
    "Entry",
    "ParsedMail",
    "attached",
    "command",
    "entries",
    "from_dict",
    "parse",
    "to_dict",
]

VERSION = 2
"""Goes up with every change that reads some mail differently; stored beside what was parsed."""


def parse(raw: bytes, own_domains: frozenset[str] = frozenset()) -> ParsedMail:
    """The mail in `raw`. `own_domains`: domains we send from, lower case; a From in one of them is a loop.

    Never raises: a mail that no reader foresaw comes back with its text undivided, the fault "unreadable: …" and
    confidence 0, for a person to look at.
    """
    try:
        return read_mail(raw, own_domains)
    except Exception as error:  # the promise of this function; the fault parks the mail, and the raw bytes are kept
        text, _ = decode(raw[:200_000])
        return ParsedMail(text=text, reply_text="", confidence=0.0, faults=(f"unreadable: {type(error).__name__}",))
