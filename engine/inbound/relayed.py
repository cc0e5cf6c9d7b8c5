"""A colleague answers the mail that told of a new message: their words go to the person, as if written on the page.

Three things prove it: the reply address that only they were given, a From that is their account's, and that they may
answer there today. A thread alone is not enough, since its words leave the house; a robot never comes this far.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.conversations import access, writing
from engine.db import Conn
from engine.errors import Invalid, NotAllowed, NotFound
from engine.inbound import identity
from engine.inbound.outcome import Arrived, Outcome, Ruling, Sender, nothing_said
from engine.inbound.queries import whose
from engine.inbound.queries.whose import Delivered
from engine.inbound.route import Claim
from engine.people.principal import Principal, of_session

KIND = "talk_notice"
UNPROVEN = "It answers a conversation without its reply address, which alone shows who may answer there."
MAY_NOT = "This account may no longer answer in this conversation."


@dataclass(frozen=True, slots=True)
class Relayed:
    """The words are an account's, for the person of a conversation: this module takes them."""

    sender: Sender
    who: Principal
    conversation_id: int


def by_answer(conn: Conn, arrived: Arrived, claim: Claim, about: Delivered) -> Relayed | Ruling:
    """The conversation that a colleague answers, or why the mail is held."""
    if claim.by in ("thread", "verp"):
        return Ruling("hold", UNPROVEN, about.workspace_id)
    to = whose.colleague(conn, about)
    reason = identity.objection(arrived.parsed, claim, to, arrived.own.authserv_id)
    if to is None or reason:
        return Ruling("hold", reason or MAY_NOT, about.workspace_id)
    who = of_session(to.workspace_id, to.contact_id, to.account_id, to.role)
    try:
        access.to_answer(conn, who, to.conversation_id)
    except (NotAllowed, NotFound):
        return Ruling("hold", MAY_NOT, about.workspace_id)
    sender = Sender(to.workspace_id, to.contact_id, None, to.team_id, "token")
    return Relayed(sender, who, to.conversation_id)


def take(conn: Conn, arrived: Arrived, place: Relayed) -> Outcome:
    """Send the words on to the person; what cannot go is held with the reason."""
    parsed, workspace_id = arrived.parsed, place.sender.workspace_id
    body = parsed.text if parsed.kind == "forward" else parsed.reply_text
    if not body.strip():
        return Outcome(Ruling("hold", nothing_said(parsed), workspace_id))
    if not arrived.mail.answerable:
        return Outcome(Ruling("hold", "It is of long ago: nothing is sent on because of it.", workspace_id))
    try:
        done = writing.by_mail(conn, place.who, place.conversation_id, body, arrived.mail.id, arrived.now)
    except Invalid as error:
        return Outcome(Ruling("hold", str(error), workspace_id))
    ruling = Ruling("route", "Sent on to the person of the conversation.", workspace_id, place.sender.contact_id)
    return Outcome(ruling, done.followup, changes=done.changes)
