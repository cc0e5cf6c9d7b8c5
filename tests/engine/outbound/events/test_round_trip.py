"""A mail goes out through a relay of a preset, and its provider's events find it: real PostgreSQL, real SMTP."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import Engine, text

from engine import db
from engine.outbound.drafts import MailDraft, Row
from engine.outbound.events import take
from engine.outbound.events.event import Event, Kind
from engine.outbound.events.formats import FORMATS
from engine.outbound.send import Sender
from engine.people import relay_changes
from engine.people.principal import SYSTEM
from engine.people.relay_changes import RelayDraft
from tests.engine.outbound.events.rigs import RIGS, Said
from tests.engine.outbound.mails import sample
from tests.engine.outbound.world import SECRET, Office
from tests.fakes.smtp_sink import sink

RIG = {rig.preset: rig for rig in RIGS}
IDS = {
    "ses": rb"X-SES-MESSAGE-TAGS: sixpm=(\w+)\r\n",
    "sendgrid": rb'X-SMTPAPI: {"unique_args": {"sixpm": "(\w+)"}}\r\n',
    "mailgun": rb'X-Mailgun-Variables: {"sixpm": "(\w+)"}\r\n',
    "postmark": rb"X-PM-Metadata-sixpm: (\w+)\r\n",
}


def drafts(conn: db.Conn, workspace_id: int, rows: Sequence[Row]) -> Mapping[int, MailDraft]:
    """A notice for every row."""
    return {row.seq: MailDraft("notice_test", sample("notice_test"), "Ada") for row in rows}


def sent_through(engine: Engine, addresses: Sequence[str], **settings: Any) -> tuple[Office, int, list[bytes]]:
    """Plan a run, let a sending loop work it off; the mails as the relay got them."""

    async def play() -> tuple[Office, int, list[bytes]]:
        async with sink() as relay:
            office = Office.open(engine, relay.port, **settings)
            planned = office.plan(addresses)
            sender = Sender(office.settings, {"prompt": drafts})
            sender.start()
            try:
                await asyncio.to_thread(sender.work, 30)
            finally:
                await asyncio.to_thread(sender.stop, 2.0)
            return office, planned.run_id, list(relay.contents)

    return asyncio.run(play())


@pytest.mark.parametrize("preset", IDS)
@pytest.mark.parametrize(("address", "before"), [("ok@x.test", "sent"), ("dropdot@x.test", "in_doubt")])
def test_the_id_that_left_in_the_mail_brings_the_event_back_to_its_row(
    engine_db: Engine, preset: str, address: str, before: str
) -> None:
    office, run, (mail,) = sent_through(engine_db, [address], relay_preset=preset)
    states = office.column(run, "state")

    found = re.search(IDS[preset], mail)
    assert found is not None
    events = FORMATS[preset].read(RIG[preset].call(Said(Kind.DELIVERED, found[1].decode())))
    with engine_db.begin() as conn:
        taken = take.take(conn, f"{preset}:instance", None, events, SECRET, db.now(conn))

    assert (states, taken) == ([before], (1, 1))
    assert office.column(run, "state") == ["delivered"]
    assert all(office.column(run, "sent_at"))


def test_the_reply_to_a_mail_names_it_where_the_event_says_no_more(engine_db: Engine) -> None:
    office, run, _ = sent_through(engine_db, ["ok+1@x.test"])
    (queued,) = office.column(run, "queue_id")
    office.run_sql(
        "INSERT INTO contact (id, workspace_id, email, email_key) OVERRIDING SYSTEM VALUE"
        " VALUES (1, :w, 'ok+1@x.test', 'ok+1@x.test')",
        w=office.workspace_id,
    )

    with engine_db.begin() as conn:
        event = Event("e1", Kind.BOUNCED, None, remote_id=queued, address="ok+1@x.test", code="5.1.1", words="gone")
        take.take(conn, "sendgrid:instance", None, [event], SECRET, db.now(conn))

    assert office.column(run, "state") == ["bounced"]
    assert office.value("SELECT count(*) FROM suppression") == 1


def test_a_workspaces_own_relay_decides_what_stands_in_its_mails(engine_db: Engine) -> None:
    async def play() -> list[bytes]:
        async with sink() as relay:
            office = Office.open(engine_db, 1, relay_preset="ses")
            with engine_db.begin() as conn:
                draft = RelayDraft(
                    preset="postmark", host="127.0.0.1", port=relay.port, tls="none", stream="prompts",
                    idempotency_header="X-Key",
                )  # fmt: skip
                admin = SYSTEM(office.workspace_id)
                relay_changes.add(conn, admin, office.settings, draft)
            planned = office.plan(["tempfail@x.test"])
            sender = Sender(office.settings, {"prompt": drafts})
            sender.start()
            try:
                await asyncio.to_thread(sender.work, 30)
                with engine_db.begin() as conn:
                    conn.execute(text("UPDATE batch SET next_at = now() - interval '1 minute'"))
                    conn.execute(text("UPDATE delivery SET address = 'ok@x.test'"))
                await asyncio.to_thread(sender.work, 30)
            finally:
                await asyncio.to_thread(sender.stop, 2.0)
            assert office.column(planned.run_id, "attempt") == [1]
            return list(relay.contents)

    (mail,) = asyncio.run(play())

    assert b"X-PM-KeepID: true\r\nX-PM-Message-Stream: prompts\r\n" in mail
    assert re.search(rb"\r\nX-Key: d\d+-1\r\n", mail)
    assert b"X-SES" not in mail
