"""Transactional mails: written, planned as a run of one, given their content."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from engine.db import Conn
from engine.errors import NotFound
from engine.outbound import notices
from engine.outbound.drafts import MailDraft, Row
from engine.outbound.render import Press
from engine.people import contacts, workspaces
from tests import factories as make
from tests.engine.outbound.mails import pressed

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
def person(conn: Conn) -> tuple[int, int]:
    workspace_id = workspaces.make(conn, "Acme")
    return workspace_id, contacts.add(conn, workspace_id, "ada@example.org", "Ada", None)


def test_a_notice_is_a_run_of_one_that_goes_first(conn: Conn, person: tuple[int, int]) -> None:
    sent = notices.send_notice(conn, *person, "notice_test", {"a": 1}, NOW)

    row = conn.execute(
        text(
            "SELECT r.kind, r.urgency, d.run_id, d.about, d.address, d.batch_id"
            " FROM delivery d JOIN run r ON r.id = d.run_id"
        )
    ).one()
    assert tuple(row) == ("notice", 0, sent.run_id, sent.notice_id, "ada@example.org", sent.followup.batches[0])


def test_its_content_is_the_template_and_what_was_said(conn: Conn, person: tuple[int, int]) -> None:
    sent = notices.send_notice(conn, *person, "notice_test", {"a": [1, "ü"]}, NOW)
    rows = [
        Row(sent.run_id, 1, person[1], sent.notice_id, "smtp", "ada@example.org", 0, NOW),
        Row(sent.run_id, 2, person[1], sent.notice_id + 1000, "smtp", "ada@example.org", 0, NOW),
    ]

    drafts = notices.notice_mails(conn, person[0], rows)

    assert drafts == {1: MailDraft("notice_test", {"a": [1, "ü"]}, "Ada", unsubscribe=False)}


def test_a_notice_about_a_team_opens_the_readers_own_pages_in_it_and_is_no_mailing_to_leave(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann, bob = make.member(conn, team, "Ann"), make.member(conn, team, "Bob", left_at=NOW)
    context = {"person": "Cy", "team": "Ops", "team_id": team.id, "team_path": "/teams/1", "by": "bounce"}
    made: dict[int, object] = {}
    for who in (ann, bob):
        sent = notices.send_notice(conn, team.workspace_id, who.contact_id, "notice_paused", context, NOW)
        row = Row(sent.run_id, 1, who.contact_id, sent.notice_id, "smtp", who.email, 0, NOW)
        made |= {who.id: notices.notice_mails(conn, team.workspace_id, [row])[1]}

    mails = {member: pressed(draft, Press()) for member, draft in made.items() if isinstance(draft, MailDraft)}

    assert mails[ann.id].count(b"https://acme.example/me/") == 2  # one in each part
    assert b"/me/" not in mails[bob.id]
    assert b"List-Unsubscribe" not in mails[ann.id] + mails[bob.id]


def test_its_state_is_shown_to_its_own_workspace(conn: Conn, person: tuple[int, int]) -> None:
    sent = notices.send_notice(conn, *person, "notice_test", {}, NOW)
    stranger = workspaces.make(conn, "Other")

    state = notices.state_of(conn, person[0], sent.run_id)

    assert (state.address, state.state, state.trouble) == ("ada@example.org", "queued", "")
    with pytest.raises(NotFound):
        notices.state_of(conn, stranger, sent.run_id)
    with pytest.raises(NotFound):
        notices.send_notice(conn, stranger, person[1], "notice_test", {}, NOW)
