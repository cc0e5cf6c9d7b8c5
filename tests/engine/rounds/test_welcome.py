"""Who is put into a team is told so once, in their own hours, with the link to their own pages."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
from sqlalchemy import select

from engine import models as m
from engine.db import Conn
from engine.errors import NotFound
from engine.outbound import notices
from engine.outbound.drafts import MailDraft, Row
from engine.outbound.render import Press
from engine.people.principal import SYSTEM, of_session
from engine.rounds.welcome import welcome
from tests import factories as make
from tests.engine.outbound.mails import bodies, parsed, pressed

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def mail(conn: Conn, who: make.Member) -> MailDraft:
    """The draft of the one notice to this member."""
    d = m.Delivery
    r = conn.execute(select(d).where(d.address == who.email)).one()
    row = Row(r.run_id, r.seq, r.recipient, r.about, r.transport, r.address, r.attempt, r.useful_until)
    draft = notices.notice_mails(conn, who.workspace_id, [row])[r.seq]
    assert isinstance(draft, MailDraft)
    return draft


def test_a_new_member_is_told_who_added_them_and_when_they_are_asked(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn), "Platform", questions=("What now?",))
    ada = make.member(conn, team, "Ada Keller", role="manager")
    ann = make.member(conn, team, "Ann", "Asia/Kathmandu", prompt_at=time(16, 30), weekdays=0b10101)
    manager = of_session(ada.workspace_id, ada.contact_id, 1, "user")

    followup = welcome(conn, manager, ann.id, NOON)
    text, html = bodies(parsed(pressed(mail(conn, ann), Press())))

    assert len(followup.batches) == 1
    assert "Ada Keller added you to the team Platform" in text
    assert "Monday, Wednesday and Friday at 16:30 (Asia/Kathmandu)" in " ".join(text.split())
    assert "What now?" in html
    assert text.count("https://acme.example/me/") == html.count("https://acme.example/me/") == 1


def test_an_observer_is_not_asked_and_gets_no_welcome(conn: Conn) -> None:
    eve = make.member(conn, make.team(conn, make.workspace(conn)), "Eve", role="observer")

    assert welcome(conn, SYSTEM(eve.workspace_id), eve.id, NOON).batches == ()


def test_nobody_is_welcomed_in_another_workspace(conn: Conn) -> None:
    ann = make.member(conn, make.team(conn, make.workspace(conn)), "Ann")

    with pytest.raises(NotFound):
        welcome(conn, SYSTEM(make.workspace(conn, "Other").id), ann.id, NOON)
