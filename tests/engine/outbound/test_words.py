"""Names, addresses and words that are not plain ASCII, in headers and in the ledger."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from engine import db, tokens
from engine.outbound import record, render
from engine.outbound.drafts import MailDraft, Row
from engine.outbound.held import Flush, Learnt
from engine.transports.base import Key, Mail, Outcome, Verdict
from tests.engine.outbound.world import SECRET, Office

NOW = datetime(2026, 3, 2, 18, tzinfo=UTC)


def test_words_the_database_cannot_hold_do_not_stop_every_later_flush(engine_db: Engine) -> None:
    office = Office.open(engine_db, 1)
    planned = office.plan(["a@x.test"])
    with engine_db.begin() as conn:
        [(claimed, [row])] = record.claim(conn, "me", db.now(conn), 5, 30)
        reply, remote = "a\0b \ud800", "ts\0"
        outcome = Outcome(Key(claimed.id, 1, 0), Verdict.SENT, "250", reply=reply, remote_id=remote)
        what = Flush.of(((claimed.id, claimed.epoch, 1),), (Learnt(claimed, row, outcome),))
        record.flush(conn, "me", what, db.now(conn), str.encode, random.Random(1))

    assert office.column(planned.run_id, "state") == ["sent"]
    assert office.column(planned.run_id, "reply") == ["250 a\ufffdb ?"]


@pytest.mark.parametrize(
    ("address", "to", "utf8"),
    [
        ("jo@example.test", "Jo <jo@example.test>", False),
        ("jo@exämple.test", "Jo <jo@xn--exmple-cua.test>", False),
        ("jörg@example.test", "Jo <jörg@example.test>", True),
    ],
)
def test_addresses_that_are_not_ascii_need_smtputf8_only_where_they_must(address: str, to: str, utf8: bool) -> None:
    mail = rendered(address, "A")

    assert mail.smtputf8 is utf8
    assert f"\r\nTo: {to}\r\n".encode() in mail.content


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("Rockets: EU", '"Rockets: EU" <team-7.reply.test>'),
        ('"a\\\r\nBcc: b@x.test', '"a Bcc: b@x.test" <team-7.reply.test>'),
        ("Müller, Team", "=?utf-8?b?TcO8bGxlciwgVGVhbQ==?= <team-7.reply.test>"),
        ("", "<team-7.reply.test>"),
    ],
)
def test_the_name_of_a_team_makes_a_list_id_that_can_be_read(name: str, header: str) -> None:
    assert f"\r\nList-Id: {header}\r\n".encode() in rendered("a@x.test", name).content


def rendered(address: str, list_name: str) -> Mail:
    sign = render.Sign("A", "A <a@x.test>", "reply.test", "https://x.test", tokens.Keys.of(SECRET))
    draft = MailDraft("notice_test", {}, to_name="Jo", list_id="team-7", list_name=list_name)
    return render.Press().mail(draft, Row(9, 1, 1, 1, "smtp", address, 0, NOW + timedelta(hours=1)), 1, 1, sign, NOW)
