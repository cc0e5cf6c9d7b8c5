"""Words that answer no mail of ours: written to the plain address of a team or workspace, or by another service.

Whoever is known opens or goes on with their conversation. Whoever is not becomes a held contact, and their mails wait
until an admin lets them in (engine.inbound.newcomers).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from engine.db import Conn
from engine.inbound import identity, marking
from engine.inbound.addresses import parts
from engine.inbound.outcome import Arrived, Ruling, Sender, Talk
from engine.inbound.own import Own
from engine.inbound.parse.mail import Address, ParsedMail
from engine.inbound.queries import addressing, keeping
from engine.inbound.queries import robots as marks
from engine.inbound.queries.addressing import Door, Place, Writer
from engine.people import standing

NO_ADDRESS = "It answers none of our mails: no reply address, no thread."
NEW = "Nobody here knows this person yet. Let them in, and their mails become messages."
REFUSED = "This person was turned away."
TOO_MANY_NEW = "Too many people whom nobody knows have written here today, so that this one is not listed among them."
TOO_MANY_MAILS = "This person, whom nobody knows yet, has written too often."
LOOKED_AT = 200  # addresses of one mail
NEWCOMERS, A_DAY = 30.0, 30 / 86400  # people a workspace gets to know at once, and a second
MAILS, AN_HOUR = 5.0, 5 / 3600  # mails of somebody unknown that are kept for them


def doors(conn: Conn, parsed: ParsedMail, envelope_to: Sequence[str], own: Own) -> tuple[Door, ...]:
    """The plain addresses that a mail was written to, by the surest place that names one, all of one workspace."""
    for place in (envelope_to, parsed.delivered_to, [a.address for a in (*parsed.to, *parsed.cc)]):
        named = {(local.casefold(), domain) for local, domain in map(parts, place[:LOOKED_AT]) if local and domain}
        found = [
            door
            for door in (addressing.doors(conn, sorted({local for local, _ in named})) if named else ())
            if any((door.local, domain) in named for domain in (own.reply_domain, door.domain) if domain)
        ]
        if found:
            return tuple(door for door in found if door.workspace_id == found[0].workspace_id)
    return ()


def written_to(conn: Conn, arrived: Arrived) -> Talk | Ruling | None:
    """The conversations of a mail to plain addresses, or that goes on with one; None when it does neither."""
    sender = arrived.parsed.from_
    if not arrived.doors:
        return _goes_on(conn, arrived)
    workspace_id = arrived.doors[0].workspace_id
    if sender is None or "@" not in sender.address:
        return Ruling("hold", "It does not say who wrote it: no From.", workspace_id)
    if reason := identity.forged(arrived.parsed, arrived.own.authserv_id):
        return Ruling("hold", reason, workspace_id)
    teams = tuple(door.team_id for door in arrived.doors if not door.archived)
    if not teams:
        return Ruling("hold", "The team is archived.", workspace_id)
    writer = addressing.writer(conn, workspace_id, sender.address.casefold())
    return _let(conn, arrived, workspace_id, teams, writer, _proof(arrived)) or _new(
        conn, arrived, workspace_id, lambda: standing.hold(conn, workspace_id, sender.address, sender.name)
    )


def by_channel(conn: Conn, arrived: Arrived) -> Talk | Ruling:
    """The conversation of a message by a service: with the team whose channel it came through."""
    platform, sender = arrived.mail.platform, arrived.parsed.from_ or Address("", "")
    place = channel_of(conn, arrived.mail.envelope_to)
    if place is None or place.closed:
        of = place.workspace_id if place else None
        return Ruling("hold", "The channel it came through is disconnected, or of an archived team.", of)
    w = place.workspace_id
    writer = addressing.writer_on(conn, w, platform, sender.address)
    return _let(conn, arrived, w, (place.team_id,), writer, "platform") or _new(
        conn, arrived, w, lambda: standing.hold_elsewhere(conn, w, platform, sender.address, sender.name)
    )


def channel_of(conn: Conn, envelope_to: Sequence[str]) -> Place | None:
    """The channel that a message of another service came through."""
    found = (addressing.channel(conn, ident) for ident in _channels(envelope_to))
    return next((place for place in found if place), None)


def _channels(envelope_to: Sequence[str]) -> Iterator[int]:
    for name in envelope_to:
        noun, _, ident = name.partition(":")
        if noun == "channel" and ident.isdecimal() and len(ident) < 19:
            yield int(ident)


def _goes_on(conn: Conn, arrived: Arrived) -> Talk | Ruling | None:
    """The conversation whose message it answers: of the sender alone, whoever else has read that message."""
    parsed = arrived.parsed
    ids = [ident for text in (*parsed.in_reply_to, *parsed.references)[:LOOKED_AT] if (ident := text.strip("<>"))]
    found = addressing.goes_on(conn, parsed.from_.address.casefold(), ids) if ids and parsed.from_ else None
    if found is None:
        return None
    if reason := identity.forged(parsed, arrived.own.authserv_id):
        return Ruling("hold", reason, found.workspace_id)
    return Talk(Sender(found.workspace_id, found.contact_id, None, found.team_id, _proof(arrived)), (found.team_id,))


def _let(
    conn: Conn, arrived: Arrived, workspace_id: int, teams: tuple[int | None, ...], writer: Writer | None, proof: str
) -> Talk | Ruling | None:
    """What becomes of somebody's words by their standing; None for who is not there yet."""
    if writer is None:
        return None
    if writer.standing == standing.KNOWN:
        membership_id, team_id = _membership(writer, teams)
        return Talk(Sender(workspace_id, writer.contact_id, membership_id, team_id, proof), teams)
    if writer.standing == standing.REFUSED:
        return Ruling("note", REFUSED, workspace_id, writer.contact_id)
    if not _may_wait(conn, arrived, workspace_id):
        return Ruling("hold", TOO_MANY_MAILS, workspace_id)
    return Ruling("hold", NEW, workspace_id, writer.contact_id)


def _new(conn: Conn, arrived: Arrived, workspace_id: int, hold: Callable[[], int]) -> Ruling:
    """Somebody new is held, unless so many are already, or it is a robot, as a person said; the mail is kept anyway."""
    sender = arrived.parsed.from_.address.casefold() if arrived.parsed.from_ else ""
    if marks.marked(conn, workspace_id, sender):
        return Ruling("note", marking.SAID.format(sender), workspace_id)
    if not keeping.spend(conn, f"newcomers:{workspace_id}", NEWCOMERS, A_DAY, arrived.now):
        return Ruling("hold", TOO_MANY_NEW, workspace_id)
    _may_wait(conn, arrived, workspace_id)
    return Ruling("hold", NEW, workspace_id, hold())


def _may_wait(conn: Conn, arrived: Arrived, workspace_id: int) -> bool:
    address = arrived.parsed.from_.address.casefold() if arrived.parsed.from_ else ""
    return keeping.spend(conn, f"newcomer:{workspace_id}:{address[:320]}", MAILS, AN_HOUR, arrived.now)


def _membership(writer: Writer, teams: tuple[int | None, ...]) -> tuple[int | None, int | None]:
    """The one membership that words to these teams, or to the workspace, can be about; (None, None) for several."""
    fits = [one for one in writer.memberships if one[1] in teams or None in teams]
    return fits[0] if len(fits) == 1 else (None, None)


def _proof(arrived: Arrived) -> str:
    return "dmarc" if identity.dmarc_passed(arrived.parsed, arrived.own.authserv_id) else "from"
