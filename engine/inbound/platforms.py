"""The seam for replies that come by SMS or chat: a reader per platform, by name. There is no adapter yet.

Such a message takes the way of every mail. Its source keeps the raw bytes before it acknowledges them:
`store(conn, source, vendor's id, sender, ["channel:<id>"], raw, now, platform)`, so that a repeated webhook is the same
row. The task then has the platform's reader read it, the channel says which team it is for, and the sender's address
on that platform who wrote (contact_address). What follows is one story for all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.inbound.parse.mail import Address, ParsedMail


@dataclass(frozen=True, slots=True)
class Read:
    """What a message says. `ident` is the vendor's id of it, `sender` who wrote, `to` where, as the service has it.

    `automatic` is why no person wrote it (a receipt, an echo of our own), or empty.
    """

    ident: str
    sender: str
    to: str
    text: str
    name: str = ""
    automatic: str = ""


Reader = Callable[[bytes], Read]
"""Pure, and may raise ValueError for what is no message of the platform: that parks it."""


@dataclass(frozen=True, slots=True)
class Platform:
    """A way in that is not mail. `kind` of its messages: sms or chat."""

    kind: str
    reader: Reader


PLATFORMS: dict[str, Platform] = {}


def kind(platform: str) -> str:
    """The kind of the platform's messages."""
    return "mail" if platform == "mail" else PLATFORMS[platform].kind


def read(platform: str, raw: bytes) -> ParsedMail:
    """The message as receiving takes all of them; what cannot be read has the fault that parks it."""
    of = PLATFORMS.get(platform)
    if of is None:
        return ParsedMail(faults=(f"unreadable: nothing here reads messages by {platform}",))
    try:
        found = of.reader(raw)
    except ValueError as error:
        return ParsedMail(faults=(f"unreadable: {error}",))
    text = found.text.replace("\0", "")
    return ParsedMail(
        message_id=found.ident, from_=Address(found.name, found.sender), to=(Address("", found.to),), text=text,
        reply_text=text, kind="autoreply" if found.automatic else "human",
        reasons=(found.automatic,) if found.automatic else (),
    )  # fmt: skip
