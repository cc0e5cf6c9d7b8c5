"""Leaving: one click acts at once (RFC 8058). What machines behind one receiving system press in bursts is held.

A use of the link is judged with all hits of its mail. A person's own is never held, nor a single one of a machine. Of
MANY by machines within minutes, from one network or for one company's domain, all are taken back and wait for an
admin: those who were first, too. That the button was pressed within seconds after the mail was taken is enough here,
for nobody had read it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from engine.campaigns.tracking import hits
from engine.campaigns.tracking.choice import WHOLE, Choice
from engine.campaigns.tracking.classes import LEAVE, Judged, Seen
from engine.campaigns.tracking.hits import Taken, Visit
from engine.campaigns.tracking.queries import leaving as queries
from engine.campaigns.tracking.queries import wishes
from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.outbound.providers import OTHER, provider_of
from engine.outbound.settle import doubts
from engine.people import consent, rights
from engine.people.principal import Principal

MANY = 3  # people whose links machines pressed, for a burst
WITHIN = timedelta(minutes=10)
SOME = 5  # names that a page shows of a system
_EVIDENCE = "unsubscribe link of mail "
Word = Literal["left", "stays"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody's choice stands: `state` gets, left (this topic), nothing (the whole channel), or held."""

    email: str
    workspace: str
    topic: str
    state: Literal["gets", "left", "nothing", "held"]


@dataclass(frozen=True, slots=True)
class Held:
    """What waits of one receiving system. `last` is the latest row that was seen."""

    system: str
    channel: str
    topic_id: int
    topic: str
    n: int
    since: datetime
    last: int
    people: tuple[str, ...]


def standing(conn: Conn, of: Choice) -> Standing:
    """How a choice stands. Raises NotFound where the person is gone."""
    person = wishes.person(conn, of.workspace_id, of.contact_id)
    if person is None:
        raise NotFound("This link's person is no longer here.")
    said = wishes.said(conn, of.workspace_id, of.contact_id)
    topic = next((row.name for row in wishes.topics(conn, of.workspace_id) if row.id == of.topic_id), "")
    if said.get((of.channel, WHOLE)) == "withdrawn":
        return Standing(person.email, person.workspace, topic, "nothing")
    if said.get((of.channel, of.topic_id)) == "withdrawn":
        return Standing(person.email, person.workspace, topic, "left")
    held = queries.waits(conn, of.workspace_id, of.contact_id, of.channel, of.topic_id)
    return Standing(person.email, person.workspace, topic, "held" if held else "gets")


def leave(conn: Conn, of: Choice, mail: tuple[int, int] | None, visit: Visit, now: datetime) -> Standing:
    """Stop what the link is of, at once; harmless twice. `mail`: which one the link was in, where it says so.

    Raises NotFound where the person is gone.
    """
    if mail is not None and not queries.is_theirs(conn, of.workspace_id, of.contact_id, *mail):
        mail = None
    evidence = f"{_EVIDENCE}{mail[0]}.{mail[1]}" if mail else "unsubscribe link"
    actor = f"contact:{of.contact_id}"
    taken = hits.take(conn, *mail, LEAVE, visit) if mail is not None else None
    if taken is not None and _suspected(taken):  # before the consent: who holds a burst waits for consents under it
        queries.lock(conn, taken.workspace_id)
    consent.say_all(
        conn, of.workspace_id, [of.contact_id], of.channel, of.topic_id, "withdrawn", "person", evidence, actor, now
    )  # fmt: skip
    if mail is not None:
        doubts.proved_by(conn, *mail, "unsubscribe", now)
        if taken is None or not review(conn, *mail, taken):
            queries.left_themselves(conn, of.workspace_id, of.contact_id, of.channel, of.topic_id, now)
    return standing(conn, of)


def review(conn: Conn, run_id: int, seq: int, taken: Taken) -> bool:
    """Look whether a mail's unsubscribe link was used by a machine in a burst, and hold the burst; whether it was.

    Asked after every hit of a mail, since a scanner may press the button before it follows the rest.
    """
    used = _suspected(taken)
    if not used:
        return False
    queries.lock(conn, taken.workspace_id)
    domain = queries.domain(conn, run_id, seq)
    company = domain if provider_of(domain) == OTHER else ""
    uses = queries.burst(conn, taken.workspace_id, used[-1].at - WITHIN, used[-1].net, company)
    if len({(use.run_id, use.seq) for use in uses}) < MANY:
        return False
    system = f"{domain} ({used[-1].net})" if used[-1].net else domain
    queries.hold(conn, taken.workspace_id, uses, _EVIDENCE, system)
    return True


def _suspected(taken: Taken) -> list[Seen]:
    """The uses of a mail's unsubscribe link that were nobody's; none where the latest hit was a person's."""
    used = [hit for hit, judged in taken.hits if hit.place == LEAVE and hit.method == "POST" and _nobodys(judged)]
    return used if used and _nobodys(taken.hits[-1][1]) else []


def _nobodys(judged: Judged) -> bool:
    return judged.taken_for == "machine" or "soon" in judged.why


def undo(conn: Conn, of: Choice, now: datetime) -> Standing:
    """Get it again: the person takes their word back. Raises NotFound where the person is gone."""
    standing(conn, of)
    said = wishes.said(conn, of.workspace_id, of.contact_id)
    left = [topic for topic in {WHOLE, of.topic_id} if said.get((of.channel, topic)) == "withdrawn"]
    for topic_id in left:  # two at most: with the topic alone, or the channel alone, they would get nothing still
        consent.say_all(
            conn, of.workspace_id, [of.contact_id], of.channel, topic_id, "given", "person",
            "took the unsubscription back", f"contact:{of.contact_id}", now,
        )  # fmt: skip
    return standing(conn, of)


def held(conn: Conn, principal: Principal) -> Sequence[Held]:
    """What waits for an admin's word, the oldest first. Raises NotAllowed."""
    rights.require(principal, "settle_leaving")
    rows = queries.listed(conn, principal.workspace_id, SOME)
    return [
        Held(row.system, row.channel, row.topic_id, row.topic, row.n, row.since, row.last, tuple(row.people))
        for row in rows
    ]


def settle(
    conn: Conn, principal: Principal, system: str, channel: str, topic_id: int, last: int, word: Word, now: datetime
) -> int:
    """An admin's word about what waits of one system, up to the row they saw: they leave, or all stays as it is.

    How many people it was about. Raises NotAllowed, Invalid for another word.
    """
    rights.require(principal, "settle_leaving")
    if word not in ("left", "stays"):
        raise Invalid("Say whether they leave or stay.")
    ids = queries.settle(conn, principal.workspace_id, system, channel, topic_id, last, word, now)
    if word == "left" and ids:
        consent.say_all(
            conn, principal.workspace_id, ids, channel, topic_id, "withdrawn", "admin", f"held, behind {system}",
            principal.actor, now,
        )  # fmt: skip
    return len(ids)


__all__ = ["MANY", "WITHIN", "Held", "Standing", "held", "leave", "review", "settle", "standing", "undo"]
