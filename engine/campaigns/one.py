"""STORY one: somebody writes to one person. It is a campaign to one, by the same launch, and its answers arrive alike.

The person's conversation is found or made at once, with the mail in it; what becomes of the mail stands beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.campaigns import campaigns, freeze
from engine.campaigns.audience.syntax import Compare, Field, Query
from engine.campaigns.audience.writing import write
from engine.campaigns.content import preview, versions
from engine.campaigns.content.preview import Shown
from engine.campaigns.content.sheet import Written
from engine.campaigns.content.versions import Draft
from engine.campaigns.launch import launch
from engine.campaigns.queries import rows
from engine.campaigns.wording import as_mailed
from engine.conversations import individual
from engine.conversations.parts import Done
from engine.conversations.writing import unreachable
from engine.db import Conn
from engine.errors import Invalid
from engine.people import contacts, rights, teams
from engine.people.principal import Principal

PART = freeze.ALONE  # what such a run is to its campaign: no list of campaigns, no report and no cap counts it
LEFT = "They asked for no mails of this kind. An answer to them in their conversation still goes out."
EVERY = (
    "Every campaign needs a second person's yes here, also one to a single person, and a letter cannot wait for it."
    " Write in their conversation where there is one, or make a campaign to them."
)
LEFT_OUT = "Nothing was sent, and nothing is left of it: {reason}."


@dataclass(frozen=True, slots=True)
class Letter:
    """What somebody writes. `team_id`: in whose name, and where the answer goes; None: the workspace."""

    contact_id: int
    subject: str
    body: str
    team_id: int | None = None

    @property
    def draft(self) -> Draft:
        """It as the content of a campaign."""
        return Draft({"": Written(self.subject.strip(), self.body)})


def why_not(conn: Conn, principal: Principal, contact_id: int) -> str:
    """Why a person cannot be written to, or empty. Raises NotFound, NotAllowed."""
    rights.require(principal, "launch_campaigns")
    person = contacts.get(conn, principal.workspace_id, contact_id)
    if reason := unreachable(conn, principal.workspace_id, person.email, person.standing):
        return reason
    if rows.limits(conn, principal.workspace_id).approve_over == 0:
        return EVERY
    return LEFT if rows.has_left(conn, principal.workspace_id, contact_id) else ""


def look(conn: Conn, principal: Principal, letter: Letter) -> Shown:
    """The mail as the person would have it; nothing is saved. Raises Refused, Invalid, NotFound."""
    rights.require(principal, "write_campaigns")
    version = versions.drafted(conn, principal.workspace_id, 0, letter.draft)
    reader = preview.reader_of(conn, principal.workspace_id, letter.contact_id)
    return preview.shown_to(conn, version, _name(letter.subject), reader)


def send(conn: Conn, principal: Principal, letter: Letter, now: datetime) -> Done:
    """Launch it, and put it into the person's conversation. Raises Refused, Invalid, NotFound, NotAllowed.

    It says {"conversation", "no", "campaign"}; whoever calls writes the changes last.
    """
    person = contacts.get(conn, principal.workspace_id, letter.contact_id)
    if reason := why_not(conn, principal, letter.contact_id):
        raise Invalid(reason)
    if letter.team_id is not None:
        teams.get(conn, principal, letter.team_id)
    look(conn, principal, letter)
    made = campaigns.make(
        conn, principal, _name(f"{letter.subject} ({person.name or person.email})"), shape="individual",
        team_id=letter.team_id, query=write(Query(Compare(Field("email"), "is", person.email))), needs_consent=False,
    )  # fmt: skip
    versions.save(conn, principal, made, letter.draft, now)
    followup = launch(conn, principal, made, now, _only(letter.contact_id), part=PART)
    of = campaigns.get(conn, principal, made)
    if reason := rows.left_out(conn, of.run_id or 0):
        raise Invalid(LEFT_OUT.format(reason=reason))
    told = individual.answered(conn, of.run_id or 0, 1, as_mailed)
    assert told is not None  # it is a campaign's
    thread, changes = told
    return Done({"conversation": thread.id, "campaign": made}, changes, followup)


def _only(contact_id: int) -> campaigns.Audience:
    return lambda _conn, _query, workspace_id, _now: rows.only(workspace_id, contact_id)


def _name(subject: str) -> str:
    return " ".join(subject.split())[:200] or "A letter"


__all__ = ["PART", "Letter", "look", "send", "why_not"]
