"""STORY assign: a person says which round a mail answers, after seeing what it would become.

The mail is then read again through the same door as any reply. The person's word stands in place of the proof that the
sender is who they should be; who said it is kept with the mail, its history and the acts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine import move
from engine.db import Conn
from engine.errors import IllegalMove, Invalid, NotFound
from engine.inbound import entries, identity, route
from engine.inbound.own import Own
from engine.inbound.parse.command import Order, ordered
from engine.inbound.parse.entries import Entry
from engine.inbound.queries import assigning, ordering, waiting, whose
from engine.inbound.queries.assigning import Choice, Named, Slot
from engine.inbound.queries.keeping import IMPORT
from engine.inbound.queries.waiting import Opened
from engine.outbound.followup import FollowUp
from engine.people.principal import Principal

AGAIN = ("held", "parked", "noted")  # what may be read again, and so assigned
READ = 20_000  # characters of a reply that are shown as entries


@dataclass(frozen=True, slots=True)
class Options:
    """What can be chosen: teams; members once a team is, rounds once a member is."""

    teams: tuple[Choice, ...]
    members: tuple[Choice, ...] = ()
    slots: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True)
class Guess:
    """Which part a mail most likely answers, and what says so."""

    part_id: int
    why: str


@dataclass(frozen=True, slots=True)
class Preview:
    """Whose round that is, the entries that a mail makes there, and what it orders besides, in that person's name.

    Under `edit` the entries take the place of those of the last answer. `done`: the order is not carried out, because
    it was before, or because it came from a file of long ago.
    """

    named: Named
    entries: tuple[Entry, ...]
    order: Order | None = None
    done: bool = False


def options(conn: Conn, principal: Principal, team_id: int | None, membership_id: int | None) -> Options:
    """What can be chosen after these choices. Raises NotAllowed."""
    principal.require_admin()
    w = principal.workspace_id
    teams = tuple(assigning.teams(conn, w))
    members = tuple(assigning.members(conn, w, team_id)) if team_id is not None else ()
    ours = membership_id is not None and any(one.id == membership_id for one in members)
    return Options(teams, members, tuple(assigning.slots(conn, w, membership_id or 0)) if ours else ())


def guess(conn: Conn, principal: Principal, mail: Opened, own: Own) -> Guess | None:
    """The part behind the address the mail was sent to or the mail it answers, else the sender's newest one."""
    parsed = mail.parsed
    if parsed is None:
        return None
    claim = route.answered(own.keys, parsed, mail.envelope_to, mail.mail.received_at.date())
    about = whose.delivered(conn, claim.run_id, claim.seq) if claim else None
    if about is not None and about.workspace_id == principal.workspace_id:
        part = identity.part_of(conn, about)
        if part is not None and not identity.gone(part):
            return Guess(part.participation_id, "It answers a mail that this person got.")
    sender = parsed.from_.address if parsed.from_ else ""
    newest = assigning.newest_of_sender(conn, principal.workspace_id, sender) if sender else None
    return Guess(newest, "Its sender has this address; this is their newest round.") if newest is not None else None


def preview(conn: Conn, principal: Principal, mail: Opened, part_id: int) -> Preview:
    """What comes of a mail at this part. Raises NotFound, Invalid."""
    part = whose.part(conn, principal.workspace_id, part_id)
    named = assigning.named(conn, principal.workspace_id, part_id)
    if part is None or named is None:
        raise NotFound("There is no such round.")
    if reason := identity.gone(part):
        raise Invalid(reason, field="part")
    order = ordered(mail.parsed) if mail.parsed else None
    done = order is not None and (mail.source == IMPORT or ordering.is_carried_out(conn, mail.mail.id))
    return Preview(named, entries.read(_words(mail, order)[:READ], part.questions), order, done)


def shown(conn: Conn, mail: Opened) -> tuple[Order | None, tuple[Entry, ...]]:
    """What a mail orders, and the entries in what it says besides, wherever it belongs."""
    order = ordered(mail.parsed) if mail.parsed else None
    if mail.mail.state not in AGAIN and order and not ordering.is_carried_out(conn, mail.mail.id):
        order = None  # whoever wrote it could not be proven, so it was taken as words
    return order, entries.read(_words(mail, order)[:READ], 1)


def _words(mail: Opened, order: Order | None) -> str:
    """The words that become entries. An order is none of them."""
    said = mail.parsed.reply_text if mail.parsed else ""
    return order.rest if order else said


def assign(conn: Conn, principal: Principal, inbound_id: int, part_id: int, now: datetime) -> tuple[Named, FollowUp]:
    """Say that a mail answers this part, and have it read again.

    Raises NotAllowed unless the principal is an admin, NotFound for a mail or round that they may not see, Invalid for
    a round that takes no words any more, IllegalMove when the mail is routed, or somebody was first.
    """
    principal.require_admin()
    mail = waiting.opened(conn, principal.workspace_id, inbound_id)
    if mail is None:
        raise NotFound("There is no such mail.")
    if mail.mail.state not in AGAIN:
        raise IllegalMove(f"This mail is {mail.mail.state} already, so that it cannot be assigned.")
    named = preview(conn, principal, mail, part_id).named
    said = f"Assigned to {named.person}, {named.team}, {named.local_date.isoformat()}."
    assigning.set_part(conn, inbound_id, principal.workspace_id, part_id, principal.actor)
    values = {"reason": "", "kills": 0}
    move.one(conn, "inbound", inbound_id, "again", now, actor=principal.actor, note=said, values=values)
    return named, FollowUp(inbound=(inbound_id,))
