"""The headers of a compiled mail: fixed text, and the places of what every mail has for itself."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parseaddr
from enum import IntEnum

from engine.outbound import encode
from engine.outbound.drafts import MailDraft
from engine.outbound.marks import Piece
from engine.outbound.sign import Sign, reply_address, unsubscribe_link
from engine.transports.smtp.presets import Stamp

_TOKEN = "0" * 37  # stands for a token where a header is laid out


class Place(IntEnum):
    """The values every mail has, by their place in the list that `fill` takes; those of its forms follow."""

    TO = 0
    DATE = 1
    MESSAGE_ID = 2
    THREAD = 3  # In-Reply-To and References, or nothing
    SETTINGS = 4  # token and name, as a body in quoted-printable has them (engine.outbound.sign.settings_way)
    UNSUBSCRIBE = 5  # tokens
    REPLY = 6
    NAME = 7  # the delivery as its Message-ID names it, before the @
    EVENT = 8  # the id that the events of the relay's provider give back: the token of VERP
    ATTEMPTS = 9  # the idempotency key: the same for every attempt
    PIXEL = 10  # tokens of what is tracked
    HIDDEN = 11


def headers(draft: MailDraft, sign: Sign) -> Iterator[Piece]:
    """All but the subject and those of MIME. Raises ValueError for an address that is none."""
    name, address = parseaddr(" ".join(sign.mail_from.split()))
    yield from (f"From: {encode.mailbox(name, address)}\r\nTo: ", Place.TO)
    if draft.reply_until is not None:
        reply = encode.mailbox(name, reply_address(_TOKEN, sign.reply_domain))
        yield from _around("\r\nReply-To: ", reply, Place.REPLY)
    yield from ("\r\nDate: ", Place.DATE)
    # A robot's mail says so, and whether it answers one (RFC 3834 section 5.1), and asks Exchange not to answer it
    # (MS-OXCMAIL 2.1.3.2.20).
    yield f"\r\nAuto-Submitted: auto-{'generated' if draft.answering is None else 'replied'}"
    yield "\r\nX-Auto-Response-Suppress: OOF, AutoReply\r\nMessage-ID: "
    yield from (Place.MESSAGE_ID, "\r\n", Place.THREAD)
    if draft.list_id:
        yield f"List-Id: {_list_id(draft.list_name, f'{draft.list_id}.{encode.domain(sign.reply_domain)}')}\r\n"
    if draft.leaves:
        link = encode.words(unsubscribe_link(sign.base_url, _TOKEN, ""))
        yield from _around("List-Unsubscribe: <", link, Place.UNSUBSCRIBE)
        yield from (Place.NAME, ">\r\n")
        yield "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"  # RFC 8058
    yield from _stamped(sign.stamp)


def _stamped(stamp: Stamp) -> Iterator[Piece]:
    """What the relay wants to be told, or gives back."""
    yield stamp.lines
    if stamp.around is not None:
        yield from (stamp.around[0], Place.EVENT, stamp.around[1])
    if stamp.idempotency:
        yield from (f"{stamp.idempotency}: ", Place.ATTEMPTS, "\r\n")


def _around(before: str, written: str, place: Place) -> Iterator[Piece]:
    head, _, tail = written.partition(_TOKEN)
    yield from (before + head, place, tail)


def _list_id(name: str, ident: str) -> str:
    """RFC 2919: a name as a quoted string or as encoded words, and the id in angle brackets."""
    shown = encode.words("".join(" " if c in '"<>\\' else c for c in name))
    plain = shown.isascii() and len(shown) <= encode.LONGEST_PHRASE
    return encode.angle(f'"{shown}"' if plain else encode.encoded_words(shown), ident) if shown else f"<{ident}>"
