"""STORY those: a list of a campaign's report becomes the audience of a new draft.

Where the query language has words for a list, the draft says them, and means whoever is on it when it is launched.
Else it means who is on it now: their addresses, pasted, where they are few; or a tag that they get, and a segment that
asks for it, so that one finds it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.campaigns import campaigns
from engine.campaigns.audience import segments
from engine.campaigns.audience.conditions import LISTED
from engine.campaigns.audience.syntax import Act, Among, Compare, Field, Got, Query
from engine.campaigns.audience.tokens import LONGEST
from engine.campaigns.audience.writing import write
from engine.campaigns.campaigns import COPIED, Campaign
from engine.campaigns.queries import listing, rows
from engine.campaigns.queries.rows import People
from engine.campaigns.report import lists
from engine.db import Conn
from engine.errors import Invalid
from engine.people import rights
from engine.people.principal import Principal

MOST = 50_000  # people who get a tag at once
NOBODY = "Nobody is on this list now, so there is nobody to write to."
MANY = "There are more than {most:,} on it, too many to keep as a list. Write a query that means them."
# What a list is called in the name of a draft: "Spring: who opened it".
WHO: dict[str, str] = {
    "all": "all it was for", "waiting": "who waits for it", "deferred": "who waits for another attempt",
    "leftout": "who was left out", "accepted": "who got it", "bounced": "who bounced", "failed": "who failed",
    "doubt": "who may have it", "unsent": "who was not sent it", "complained": "who called it spam",
    "opened": "who opened it", "opened_likely": "whose machine may have opened it",
    "opened_machine": "whose machine opened it", "clicked": "who clicked", "clicked_likely": "whose machine may click",
    "clicked_machine": "whose machine clicked", "replied": "who answered", "silent": "who has not answered",
    "unsubscribed": "who left", "rest": "who has not got it", "link": "who followed a link",
    "link_likely": "whose machine may have followed a link", "link_machine": "whose machine followed a link",
    "opened_all": "whose mail was opened", "clicked_all": "whose links were followed",
    "link_all": "whose link was followed", "opened_hour": "who opened it first then",
    "clicked_hour": "who clicked first then", "reason": "by reason", "provider": "by receiver", "hour": "by hour",
}  # fmt: skip
_SAID: dict[str, tuple[bool | None, tuple[Act, ...]]] = {
    "accepted": (None, ()), "opened": (True, ("open",)), "clicked": (True, ("click",)), "replied": (True, ("reply",)),
    "silent": (False, ("reply",)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft that was made, and what it means: `words` lives on, else who was on the list then, `people` of them."""

    id: int
    name: str
    query: str
    lives: bool
    people: int


def draft(
    conn: Conn, principal: Principal, campaign_id: int, name: str, key: str, now: datetime
) -> Drafted:  # fmt: skip
    """A new draft to those of a list (engine.campaigns.report.lists), made as the campaign is. Raises Invalid for a
    list that is empty or too long to keep, NotFound for none, NotAllowed."""
    rights.require(principal, "write_campaigns")
    of = campaigns.get(conn, principal, campaign_id)
    scope = lists.scope(conn, of.workspace_id, of.id)
    people = lists.contacts(scope, name, key)
    count = rows.count(conn, people)
    if not count:
        raise Invalid(NOBODY)
    title = f"{of.name}: {WHO.get(name, name)}"[:200]
    said = _words(of, name) or _pasted(conn, people, count)
    query, segment_id = (said, None) if said else _tagged(conn, principal, people, count, title, now)
    values = {**{one: getattr(of, one) for one in COPIED}, "canary": 0, "query": query, "segment_id": segment_id}
    made = campaigns.make(conn, principal, title, **values)
    return Drafted(made, title, query, name in _SAID, count)


def _words(of: Campaign, name: str) -> str:
    """The list in the query language, or empty."""
    if name not in _SAID:
        return ""
    did, acts = _SAID[name]
    return write(Query(Got(of.id, None, did, acts)))


def _pasted(conn: Conn, people: People, count: int) -> str:
    """Their addresses as a list, or empty where those are too many, or not all have one."""
    if count > LISTED:
        return ""
    found = listing.addresses(conn, people)
    said = write(Query(Among(Field("email"), tuple(found)))) if found else ""
    return said if len(found) == count and len(said) <= LONGEST else ""


def _tagged(
    conn: Conn, principal: Principal, people: People, count: int, title: str, now: datetime
) -> tuple[str, int]:  # fmt: skip
    """A segment by a new tag that all of them get."""
    if count > MOST:
        raise Invalid(MANY.format(most=MOST))
    stem = f"list-{now:%Y-%m-%d-%H%M%S}"
    tag = listing.free_tag(conn, principal.workspace_id, stem)
    listing.tag(conn, principal.workspace_id, people, tag)
    said = write(Query(Compare(Field("tags"), "contains", tag)))
    named = f"{title[:70]} ({now:%Y-%m-%d %H:%M:%S})"
    return said, segments.make(conn, principal, named, said, now).id


__all__ = ["MOST", "WHO", "Drafted", "draft"]
