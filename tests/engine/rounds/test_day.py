"""One day of one member as the mails that leave: prompt, nudge and digest, rendered and in one thread."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from sqlalchemy import select

from engine import models as m
from engine import tokens
from engine.db import Conn
from engine.outbound import render
from engine.outbound.drafts import Contents, MailDraft, Row
from engine.rounds.checkin import nudge_due, nudge_mails, prompt_mails, settle_asked
from engine.rounds.digest import digest_mails, digests_due
from engine.rounds.open import open_due
from tests import factories as make

SIX = datetime(2026, 3, 4, 18, 0, tzinfo=UTC)
MORNING = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
SIGN = render.Sign(
    name="Acme",
    mail_from="sixpm <checkin@acme.example>",
    reply_domain="reply.acme.example",
    base_url="https://sixpm.acme.example",
    keys=tokens.Keys.of("k" * 40),
)


def leaving(conn: Conn, kind: str, contents: Contents, now: datetime) -> EmailMessage:
    """The one mail of a kind, as it would leave, marked as sent."""
    d = m.Delivery
    r = conn.execute(select(d).join(m.Run, m.Run.id == d.run_id).where(m.Run.kind == kind)).one()
    row = Row(r.run_id, r.seq, r.recipient, r.about, r.transport, r.address, r.attempt, r.useful_until)
    draft = contents(conn, r.workspace_id, [row])[r.seq]
    assert isinstance(draft, MailDraft)
    mail = render.Press().mail(draft, row, r.batch_id, r.workspace_id, SIGN, now)
    make.settle(conn, r.run_id, "sent", at=now)
    return message_from_bytes(mail.content, policy=policy.default)


def test_a_days_mails_form_one_thread_with_one_subject(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn), name="Platform")
    due: dict[str, Any] = {"next_prompt_at": SIX, "next_prompt_day": SIX.date(), "made_at": SIX - timedelta(days=30)}
    make.member(conn, team, "Ann Bell", **due, next_digest_at=MORNING, next_digest_day=MORNING.date())

    open_due(conn, SIX)
    prompt = leaving(conn, "prompt", prompt_mails, SIX)
    settle_asked(conn, SIX)
    nudge_due(conn, SIX + timedelta(hours=2))
    nudge = leaving(conn, "nudge", nudge_mails, SIX + timedelta(hours=2))
    make.entry(conn, conn.scalars(select(m.Participation.id)).one(), "Fixed the build.", at=SIX + timedelta(hours=3))
    digests_due(conn, MORNING)
    digest = leaving(conn, "digest", digest_mails, MORNING)

    assert prompt["Subject"] == "Platform, Wednesday 4 March: What did you get done today?"
    assert nudge["Subject"] == digest["Subject"] == f"Re: {prompt['Subject']}"
    assert nudge["References"].split() == [prompt["Message-ID"]]
    assert digest["References"].split() == [prompt["Message-ID"], nudge["Message-ID"]]
    assert prompt["Reply-To"]
    assert prompt["List-Unsubscribe"]
    text, html = (part.get_content() for part in digest.iter_parts())
    assert "- Fixed the build." in text
    assert "Fixed the build." in html
    assert "prefers-color-scheme: dark" in html
