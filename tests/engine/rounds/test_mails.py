"""What prompts, nudges and digests share: one context for all who get the same, so that it is compiled once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from engine import models as m
from engine.db import Conn
from engine.outbound.drafts import Contents, MailDraft, Row
from engine.rounds.digest import digests_due
from engine.rounds.mails import digest_mails, nudge_mails, prompt_mails
from engine.rounds.open import open_due
from tests import factories as make

SIX = datetime(2026, 3, 4, 18, 0, tzinfo=UTC)
MORNING = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
DUE: Mapping[str, Any] = {
    "next_prompt_at": SIX,
    "next_prompt_day": SIX.date(),
    "next_digest_at": MORNING,
    "next_digest_day": MORNING.date(),
    "made_at": SIX - timedelta(days=30),
}


def drafts(conn: Conn, workspace_id: int, kind: str, contents: Contents) -> dict[int, MailDraft]:
    """The drafts of all rows of a kind, by membership."""
    d = m.Delivery
    found = conn.execute(select(d).join(m.Run, m.Run.id == d.run_id).where(m.Run.kind == kind)).all()
    rows = [
        Row(r.run_id, r.seq, r.recipient, r.about, r.transport, r.address, r.attempt, r.useful_until) for r in found
    ]
    made = contents(conn, workspace_id, rows)
    by_member = {row.recipient: made[row.seq] for row in rows}
    return {member: draft for member, draft in by_member.items() if isinstance(draft, MailDraft)}


def test_people_of_one_team_share_what_they_are_asked_and_keep_what_is_their_own(conn: Conn) -> None:
    acme = make.workspace(conn)
    team, other = make.team(conn, acme, name="Ops"), make.team(conn, acme, name="Web")
    ann = make.member(conn, team, "Ann Bell", zone="UTC", **DUE)
    bo = make.member(conn, team, "Bo", zone="Europe/Berlin", **DUE)
    cy = make.member(conn, other, "Cy", zone="UTC", **DUE)
    open_due(conn, SIX)

    for contents in (prompt_mails, nudge_mails):
        made = drafts(conn, acme.id, "prompt", contents)

        assert made[ann.id].context is made[bo.id].context
        assert made[ann.id].context["team"] == "Ops"
        assert made[cy.id].context["team"] == "Web"
        assert made[ann.id].personal == {"first_name": "Ann", "until": "tomorrow, 09:00"}
        assert made[bo.id].personal["first_name"] == "Bo"
        assert made[bo.id].personal["until"] != made[ann.id].personal["until"]


def test_people_with_the_same_range_and_thread_share_a_digest(conn: Conn) -> None:
    acme = make.workspace(conn)
    team = make.team(conn, acme)
    ann, bo = (make.member(conn, team, name, **DUE) for name in ("Ann", "Bo"))
    later = {**DUE, "made_at": SIX + timedelta(hours=4), "next_prompt_at": None, "next_prompt_day": None}
    cy = make.member(conn, team, "Cy", **later)  # joined after the round, hence without its thread
    open_due(conn, SIX)
    part = select(m.Participation.id).where(m.Participation.membership_id == ann.id)
    make.entry(conn, conn.scalars(part).one(), "Fixed the build.", at=SIX + timedelta(hours=5))
    digests_due(conn, MORNING)

    made = drafts(conn, acme.id, "digest", digest_mails)

    assert made[ann.id].context is made[bo.id].context
    assert made[ann.id].context["thread"]
    assert made[cy.id].context["thread"] == ""
    assert made[cy.id].context["answered"] == made[ann.id].context["answered"]


def test_a_digest_whose_entries_were_all_removed_is_not_sent_and_the_next_one_says_what_came_back(conn: Conn) -> None:
    acme = make.workspace(conn)
    team = make.team(conn, acme, name="Ops")
    ann = make.member(conn, team, "Ann Bell", zone="UTC", **DUE)
    open_due(conn, SIX)
    entry = make.entry(conn, conn.execute(select(m.Participation.id)).scalar_one(), "Oops.", at=SIX)
    digests_due(conn, MORNING)
    row = conn.execute(
        select(m.Delivery).join(m.Run, m.Run.id == m.Delivery.run_id).where(m.Run.kind == "digest")
    ).one()
    asked = Row(row.run_id, row.seq, ann.id, row.about, row.transport, row.address, row.attempt, row.useful_until)

    conn.execute(update(m.Entry).where(m.Entry.id == entry).values(removed_at=MORNING))
    gone = digest_mails(conn, acme.id, [asked])
    conn.execute(update(m.Entry).where(m.Entry.id == entry).values(removed_at=None))
    back = digest_mails(conn, acme.id, [asked])

    assert gone == {}
    assert list(back) == [row.seq]
