"""What the mails of a campaign said to each person, for their conversations (engine.conversations.individual).

The words are made again, from the version that was sent and what is known of the person, when the mail has left or is
answered. Links that only its reader may follow (to leave, to preferences) are named and not shown: colleagues see it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.campaigns.content import making, versions
from engine.campaigns.content.language.faults import Refused
from engine.campaigns.content.language.rendering import Unfilled
from engine.campaigns.content.making import Made
from engine.campaigns.content.persons import NOBODYS_LINKS, person
from engine.campaigns.content.sheet import BEFORE_FOOT
from engine.campaigns.queries import lettering
from engine.conversations import individual
from engine.conversations.individual import Mailed, Wording
from engine.db import Conn
from engine.errors import NotFound

OWN = "(their own link)"


def as_mailed(conn: Conn, workspace_id: int, rows: Sequence[Mailed]) -> Mapping[int, Wording]:
    """The words of these mails of one run, by seq; what cannot be made any more says what somebody wrote for all."""
    of = lettering.campaign_of(conn, workspace_id, rows[0].run_id) if rows else None
    if of is None:
        return {}
    numbers = {row.version_no or of.version_no for row in rows}
    made = {no: _made(conn, workspace_id, of.id, no) for no in numbers}  # of a run, one
    people = lettering.people(conn, workspace_id, 0, [row.contact_id for row in rows])
    said = dict(individual.as_saved(conn, workspace_id, rows))
    for row in rows:
        if word := _word(made[row.version_no or of.version_no], people.get(row.contact_id), of.name):
            said[row.seq] = word
    return said


def _made(conn: Conn, workspace_id: int, campaign_id: int, no: int) -> Made | None:
    try:
        version = versions.get(conn, workspace_id, campaign_id, no)
        return making.made(version, versions.theme(conn, workspace_id))
    except (NotFound, Refused):  # a release since may read less
        return None


def _word(made: Made | None, row: Any, campaign: str) -> Wording | None:
    if made is None or row is None or row.erased_at is not None:
        return None
    try:
        letter = made.letter(person(row, campaign, NOBODYS_LINKS))
    except Unfilled:  # what it named is gone since
        return None
    said = letter.text.rpartition(BEFORE_FOOT)[0].strip()  # who sent it and how to leave is no part of what was said
    for link in NOBODYS_LINKS.values():
        said = said.replace(link, OWN)
    return Wording(letter.subject, said)


__all__ = ["as_mailed"]
