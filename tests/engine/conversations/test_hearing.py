"""A new message is told to its assignee, else the managers, else the admins, as each of them chose."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from engine import models as m
from engine.conversations import care, hearing, letters, writing
from engine.db import Conn
from engine.errors import Invalid
from engine.outbound.drafts import MailDraft, Row
from engine.people.principal import Principal
from tests.engine.conversations.talk_world import Talk, cared, did, hears, talk
from tests.factories.rows import NOON

pytestmark = pytest.mark.usefixtures("settings")


def told(conn: Conn, kind: str = "talk_notice") -> set[int]:
    """The contacts to whom mails of a kind are planned."""
    d, r = m.Delivery, m.Run
    return set(conn.scalars(select(d.recipient).join(r, r.id == d.run_id).where(r.kind == kind)))


def rows(conn: Conn, kind: str) -> list[Row]:
    d, r = m.Delivery, m.Run
    columns = (d.run_id, d.seq, d.recipient, d.about, d.transport, d.address, d.attempt, d.useful_until)
    return [Row(*one) for one in conn.execute(select(*columns).join(r, r.id == d.run_id).where(r.kind == kind))]


def one(who: Principal) -> int:
    return who.contact_id or 0


def test_a_teams_managers_are_told_and_no_other_member(conn: Conn) -> None:
    there = talk(conn)

    assert hearing.tell(conn, there.thread, NOON).batches

    assert told(conn) == {one(there.manager)}


def test_the_assignee_alone_is_told(conn: Conn) -> None:
    there = talk(conn)
    did(conn, there, care.assign(conn, there.manager, cared(conn, there), there.admin.account_id))

    hearing.tell(conn, there.thread, NOON)

    assert told(conn) == {one(there.admin)}


@pytest.mark.parametrize("gone", ["account", "role"])
def test_an_assignee_who_may_no_longer_answer_is_nobody(conn: Conn, gone: str) -> None:
    there = talk(conn)
    did(conn, there, care.assign(conn, there.manager, cared(conn, there), there.admin.account_id))
    change = {"ended_at": NOON} if gone == "account" else {"role": "user"}
    conn.execute(update(m.Account).where(m.Account.id == there.admin.account_id).values(**change))

    hearing.tell(conn, there.thread, NOON)

    assert told(conn) == {one(there.manager)}


def test_what_is_with_the_workspace_or_a_team_without_managers_is_told_to_admins(conn: Conn) -> None:
    of_workspace, unmanaged = talk(conn, team_talk=False), talk(conn)
    conn.execute(update(m.Membership).where(m.Membership.team_id == unmanaged.team.id).values(role="member"))

    hearing.tell(conn, of_workspace.thread, NOON)
    hearing.tell(conn, unmanaged.thread, NOON)

    assert told(conn) == {one(of_workspace.admin), one(unmanaged.admin)}


@pytest.mark.parametrize("way", ["digest", "off"])
def test_who_chose_otherwise_is_not_mailed_at_once(conn: Conn, way: str) -> None:
    there = talk(conn)
    assert hearing.choose(conn, there.manager, way, NOON) == "at_once"

    assert not hearing.tell(conn, there.thread, NOON)
    assert told(conn) == set()
    with pytest.raises(Invalid):
        hearing.choose(conn, there.manager, "loudly", NOON)


def test_the_mail_says_what_the_person_last_wrote_and_no_note(conn: Conn) -> None:
    there = talk(conn)
    hears(conn, there, "Is anybody there?", "2@there.example")
    hearing.tell(conn, there.thread, NOON)
    did(conn, there, writing.note(conn, there.admin, cared(conn, there), "Do not answer.", NOON), there.admin)

    draft = letters.notice_mails(conn, there.ws.id, rows(conn, "talk_notice"))[1]

    assert isinstance(draft, MailDraft)
    assert draft.context["text"] == "Is anybody there?"
    assert draft.context["path"] == f"/teams/{there.team.id}/conversations/{there.thread.id}"
    assert draft.reply_until is not None
    assert not draft.by_person


def test_who_may_no_longer_look_gets_no_words_even_when_the_mail_is_planned(conn: Conn) -> None:
    there = talk(conn)
    hearing.tell(conn, there.thread, NOON)
    conn.execute(update(m.Membership).where(m.Membership.contact_id == one(there.manager)).values(left_at=NOON))

    assert letters.notice_mails(conn, there.ws.id, rows(conn, "talk_notice")) == {}


def daily(conn: Conn, there: Talk, zone: str) -> None:
    hearing.choose(conn, there.manager, "digest", NOON - timedelta(days=3))
    conn.execute(update(m.Contact).where(m.Contact.id == one(there.manager)).values(zone=zone))


def test_once_a_day_at_eight_of_their_own_zone_what_waits_is_mailed(conn: Conn) -> None:
    there, kathmandu = talk(conn), ZoneInfo("Asia/Kathmandu")
    daily(conn, there, "Asia/Kathmandu")
    eight = datetime(2026, 3, 5, 8, 0, tzinfo=kathmandu)

    planned = [
        bool(hearing.digests_due(conn, at))
        for at in (eight - timedelta(seconds=1), eight, eight, eight + timedelta(hours=15), eight + timedelta(days=1))
    ]

    assert planned == [False, True, False, False, True]
    draft = letters.digest_mails(conn, there.ws.id, rows(conn, "talk_digest")[:1])[1]
    assert isinstance(draft, MailDraft)
    assert draft.context["count"] == 1
    assert draft.context["items"][0]["person"] == "Ines"


def test_what_is_answered_closed_or_somebody_elses_does_not_wait(conn: Conn) -> None:
    there = talk(conn)
    daily(conn, there, "UTC")
    at = NOON
    did(conn, there, care.assign(conn, there.manager, cared(conn, there), there.admin.account_id))
    assert not hearing.digests_due(conn, at)
    did(conn, there, care.assign(conn, there.manager, cared(conn, there), there.manager.account_id))
    assert hearing.digests_due(conn, at + timedelta(days=1))
    did(conn, there, writing.mail(conn, there.manager, cared(conn, there), "Yes.", NOON))
    assert not hearing.digests_due(conn, at + timedelta(days=2))
    assert letters.digest_mails(conn, there.ws.id, rows(conn, "talk_digest")) == {}
    hears(conn, there, "Thanks.", "3@there.example")
    did(conn, there, care.set_status(conn, there.manager, cared(conn, there), "closed", NOON))
    assert not hearing.digests_due(conn, at + timedelta(days=3))


def test_two_accounts_of_two_workspaces_get_a_run_each(conn: Conn) -> None:
    first, second = talk(conn), talk(conn)
    daily(conn, first, "UTC")
    daily(conn, second, "Not/AZone")

    followup = hearing.digests_due(conn, NOON)

    assert len(followup.batches) == 2
    assert told(conn, "talk_digest") == {one(first.manager), one(second.manager)}
