"""Which delivery a mail is about: by token or Message-ID, the surest place first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from engine.inbound.addresses import known, named
from engine.inbound.parse.mail import ParsedMail
from engine.tokens import Keys, Purpose, read_message_id


@dataclass(frozen=True, slots=True)
class Claim:
    """The delivery a mail says it is about. `by`: envelope, delivered-to, to, verp, thread or report.

    Only a token proves that the sender holds the mail; `expired` means its day was over when the mail came.
    """

    run_id: int
    seq: int
    by: str
    expired: bool = False


def answered(keys: Keys, mail: ParsedMail, envelope_to: Sequence[str], today: date) -> Claim | None:
    """The delivery this mail answers: reply tokens by place, then VERP, then In-Reply-To and References.

    An expired token counts only where no good one is found.
    """
    found = list(_tokens(keys, mail, envelope_to, today))
    good = [claim for claim, _ in found if not claim.expired]
    replies = [claim for claim, purpose in found if purpose is Purpose.REPLY and not claim.expired]
    for claims in (replies, good):
        if claims:
            return claims[0]
    if found:
        return found[0][0]
    return next(_thread(keys, (*mail.in_reply_to, *reversed(mail.references)), "thread"), None)


def returned(keys: Keys, mail: ParsedMail, envelope_to: Sequence[str], today: date) -> Claim | None:
    """The delivery this report is about: our VERP token, whatever Final-Recipient says, else the original Message-ID.

    A token past its day still names the row: a late report changes no words of anybody.
    """
    verp = (claim for claim, purpose in _tokens(keys, mail, envelope_to, today) if purpose is Purpose.BOUNCE)
    report = mail.bounce or mail.complaint
    original = (report.original_message_id,) if report else ()
    return next(verp, None) or next(_thread(keys, (*original, *mail.in_reply_to, *mail.references), "report"), None)


@dataclass(frozen=True, slots=True)
class EntryLink:
    """An entry that a mail names by the address of its own; `expired` as of a claim."""

    team_id: int
    entry_id: int
    expired: bool = False


def entries(keys: Keys, mail: ParsedMail, envelope_to: Sequence[str], today: date) -> tuple[EntryLink, ...]:
    """The entries whose addresses this mail was sent to, each once."""
    addresses = (*envelope_to, *mail.delivered_to, *(a.address for a in (*mail.to, *mail.cc)))
    found = (known(keys, address, today) for address in addresses)
    ours = (EntryLink(one.a, one.b, one.expired) for one in found if one and one.purpose is Purpose.ENTRY)
    return tuple(dict.fromkeys(ours))


def _tokens(keys: Keys, mail: ParsedMail, envelope_to: Sequence[str], today: date) -> Iterator[tuple[Claim, Purpose]]:
    places = (
        ("envelope", envelope_to),
        ("delivered-to", mail.delivered_to),
        ("to", [a.address for a in (*mail.to, *mail.cc)]),
    )
    for place, addresses in places:
        for address in addresses:
            name = named(keys, address, today)
            if name is not None:
                by = place if name.purpose is Purpose.REPLY else "verp"
                yield Claim(name.run_id, name.seq, by, name.expired), name.purpose


def _thread(keys: Keys, ids: Iterable[str], by: str) -> Iterator[Claim]:
    for text in ids:
        ours = read_message_id(keys, text) if text else None
        if ours is not None:
            yield Claim(*ours, by)
