"""Everything that a person leaves behind in a workspace: one row at least in each place that an erasure empties."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

from sqlalchemy import insert, text, update

from engine import models as m
from engine.conversations import events, threads
from engine.conversations.parts import Said
from engine.conversations.post import post
from engine.db import Conn
from engine.inbound.store import store
from engine.people import acts, consent, suppression
from engine.people.principal import SYSTEM
from tests import factories as make
from tests.factories import Member, Team, Workspace
from tests.factories.campaigns import campaign, mailed
from tests.factories.rows import row

SECRET = "a secret key for tests, long enough"
REPLY = (
    "From: {name} <{email}>\r\nTo: r+token@reply.test\r\nSubject: Re: from {name}\r\nMessage-ID: <1.{email}>\r\n\r\n"
    "{name} here. Write to {email}.\r\n"
)
BOUNCE = (
    "From: MAILER-DAEMON@mx.example.net\r\nTo: b+token@reply.test\r\nSubject: Undelivered\r\n\r\n"
    "<{shout}>: user unknown\r\n\r\nTo: {name} <{email}>\r\nSubject: What did you do, {name}?\r\n"
)
COPIED = "From: mate@example.org\r\nTo: r+x@reply.test\r\nCc: {email}\r\nSubject: Notes\r\n\r\nAll done.\r\n"


def encoded(name: str, email: str) -> bytes:
    """A colleague's mail that says the address in every encoding that mails have, and in a mail inside it."""
    said = f"Please write to {email}, or to mailto:{email.replace('@', '%40')} as a link.\n"
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "other@example.org", "Inside"
    inner.set_content(said, cte="base64")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = "mate@example.org", "r+x@reply.test", f"<e.{len(email)}@mate.test>"
    subject = "".join(f"=?utf-8?{how}?=\r\n " for how in (
        f"B?{b64encode(f'{email} sagt:'.encode()).decode()}", f"q?=C3=9Cber_{email.replace('@', '=40')}"
    ))  # fmt: skip
    mail.set_content(said * 20, cte="base64")
    mail.add_alternative(f"<p>{said}</p>{'é' * 60}{email}", subtype="html", cte="quoted-printable")
    mail.add_attachment(said.encode("utf-16"), maintype="text", subtype="csv", filename="people.csv")
    mail.add_attachment(inner.as_bytes(), maintype="application", subtype="octet-stream", filename="one.eml")
    return f"Subject: {subject.rstrip()}\r\n".encode() + mail.as_bytes()


@dataclass(frozen=True, slots=True)
class Life:
    """Whose it is, and numbers to find some of it by. `waiting` is a mail that has not left."""

    person: Member
    name: str
    email: str
    run: int
    waiting: int
    campaign: int  # the run of one that they got
    copied: int  # a colleague's mail that names the address
    encoded: int  # another, in which it stands encoded


def lived(conn: Conn, team: Team, name: str, email: str, now: datetime) -> Life:
    """A member of `team` who answered, bounced, wrote, was imported, got a campaign, and was spoken of."""
    ws = team.workspace_id
    person = make.member(conn, team, name, "Europe/Berlin", email=email)
    known = {"attributes": {"city": f"{name} City"}, "tags": [f"{name.partition(' ')[0].lower()}-fan"]}
    conn.execute(update(m.Contact).where(m.Contact.id == person.contact_id).values(**known))
    account = make.account(conn, ws, person.contact_id, password_hash="hash")
    conn.execute(update(m.Account).where(m.Account.id == account).values(ended_at=now))
    row(conn, m.Session, workspace_id=ws, account_id=account, epoch=1, how="password", agent=name, address="192.0.2.7",
        made_at=now, seen_at=now)  # fmt: skip
    row(conn, m.ContactAddress, workspace_id=ws, contact_id=person.contact_id, platform="sms", address=f"sms:{email}")
    waiting, run = _mails(conn, person, now)
    _answers(conn, team, person, now)
    copied, hidden = _written(conn, person, now)
    got = _campaign(conn, person, now)
    _imported(conn, ws, person, now)
    _said(conn, person, account, now)
    return Life(person, name, email, run, waiting, got, copied, hidden)


def _mails(conn: Conn, of: Member, now: datetime) -> tuple[int, int]:
    """A prompt that bounced, with events and hits; a campaign that waits; a notice with their name in it."""
    ws = of.workspace_id
    run = make.run(conn, ws, "prompt", made_at=now - timedelta(hours=2), size=1, state="done")
    said = f"550 5.1.1 <{of.email}>: no such user"
    values: dict[str, Any] = {"state": "bounced", "reply": said, "reason": said, "queue_id": f"q-{of.email}"}
    make.delivery(
        conn, ws, run, make.batch(conn, ws, run, state="done"), 1, recipient=of.id, address=of.email, **values
    )
    conn.execute(
        insert(m.DeliveryEvent).values(run_id=run, seq=1, workspace_id=ws, at=now, attempt=0, trigger="bounce",
                                       to_state="bounced", reply=said)
    )  # fmt: skip
    row(conn, m.Hit, workspace_id=ws, run_id=run, seq=1, at=now, method="GET", agent=of.name, taken_for="human",
        evidence={"by": of.email})  # fmt: skip
    event = {"email": of.email.upper(), "name": of.name}
    conn.execute(
        insert(m.ProviderEvent).values(source="ses:instance", event_id=f"event-{of.id}",
                                       workspace_id=ws, at=now, kind="bounced", address=of.email, words=said, raw=event,
                                       run_id=run, seq=1, settled=True)
    )  # fmt: skip
    noticed = row(conn, m.Notice, workspace_id=ws, contact_id=of.contact_id, template="test",
                  context={"name": of.name, "email": of.email})  # fmt: skip
    told = make.run(conn, ws, "notice", made_at=now, size=1)
    batch = make.batch(conn, ws, told)
    make.delivery(conn, ws, told, batch, 1, recipient=of.contact_id, about=noticed, address=of.email)
    return told, run


def _answers(conn: Conn, team: Team, of: Member, now: datetime) -> None:
    asked = make.participation(conn, make.round_of(conn, team, now.date() - timedelta(days=of.id), opened_at=now), of,
                               state="answered")  # fmt: skip
    answer = make.answer(conn, asked, f"{of.name} wrote this, {of.email}", at=now)
    entry = make.entry(conn, asked, f"{of.name} fixed the login", answer_id=answer, at=now)
    row(conn, m.EntryChange, workspace_id=of.workspace_id, entry_id=entry, at=now, what="edited", text=of.name,
        kind="note")  # fmt: skip
    make.comment(conn, of, entry, day=now.date(), at=now, text=f"It was me, {of.name}")


def _written(conn: Conn, of: Member, now: datetime) -> tuple[int, int]:
    """Their reply, a bounce of a robot's, a colleague's mail; a conversation, and a note on a rereading."""
    ws, words = of.workspace_id, {"name": of.name, "email": of.email, "shout": of.email.upper()}
    reply, _ = store(conn, "smtp", f"a:{of.email}", of.email, ["r+t@reply.test"], REPLY.format(**words).encode(), now)
    parsed = {"text": f"{of.name} here", "from": of.email}
    seen = {"workspace_id": ws, "state": "routed", "from_address": of.email, "subject": f"Re: from {of.name}"}
    conn.execute(update(m.Inbound).where(m.Inbound.id == reply).values(**seen, contact_id=of.contact_id, parsed=parsed))
    bounce, _ = store(conn, "smtp", f"b:{of.email}", "", ["b+t@reply.test"], BOUNCE.format(**words).encode(), now)
    conn.execute(
        update(m.Inbound).where(m.Inbound.id == bounce).values(workspace_id=ws, state="noted", parsed={"of": of.email})
    )
    mate, _ = make.contact(conn, ws, "Mate")
    copied, _ = store(
        conn, "smtp", f"c:{of.email}", "mate@example.org", ["r+x@reply.test"], COPIED.format(**words).encode(), now
    )
    hidden, _ = store(conn, "smtp", f"d:{of.email}", "mate@example.org", ["r+x@reply.test"],
                      encoded(of.name, of.email), now)  # fmt: skip
    conn.execute(
        update(m.Inbound).where(m.Inbound.id.in_([copied, hidden]))
        .values(workspace_id=ws, state="routed", contact_id=mate)
    )  # fmt: skip
    again = row(conn, m.Rereading, workspace_id=ws, version=1, from_id=reply, until_id=reply, made_at=now, ended_at=now)
    row(conn, m.RereadingDifference, workspace_id=ws, rereading_id=again, inbound_id=reply, before=parsed, after=parsed)
    row(conn, m.MailCommand, workspace_id=ws, inbound_id=reply, membership_id=of.id, command="skip",
        did={"name": of.name}, at=now)  # fmt: skip
    thread, made = threads.with_contact(conn, ws, "mail", of.contact_id, None)
    said = Said(
        "contact", of.contact_id, "mail", f"I am {of.name}, {of.email}", "mail", f"<9.{of.email}>", now, "dmarc",
        f"From {of.name}", reply,
    )  # fmt: skip
    posted = post(conn, thread, said)
    assert posted is not None
    events.write(conn, (*made, *posted.changes), now)
    row(conn, m.ConvDoor, workspace_id=ws, conversation_id=thread.id, contact_id=of.contact_id, until=now, made_at=now)
    return copied, hidden


def _campaign(conn: Conn, of: Member, now: datetime) -> int:
    """A campaign and a segment that list the address, a version that names it; they got it, clicked, and left."""
    ws, email = of.workspace_id, of.email
    query = f'email in ("{email}", "other@example.org")'
    row(conn, m.Segment, workspace_id=ws, name=f"Only {email}", query=query)
    made = campaign(conn, ws, subject="Spring", body=f"Ask {email}.", query=query)
    conn.execute(update(m.CampaignVersion).where(m.CampaignVersion.campaign_id == made)
                 .values(variants={"de": {"body": f"Frag {email}."}}))  # fmt: skip
    run, _ = mailed(conn, ws, made, [(of.contact_id, email)], at=now)
    conn.execute(update(m.Delivery).where(m.Delivery.run_id == run).values(reply=f"250 2.1.5 {email} queued"))
    row(conn, m.Hit, workspace_id=ws, run_id=run, seq=1, at=now, method="POST", link_id=-1, taken_for="machine",
        net=f"{of.name}.net", agent=f"Mail of {of.name}", evidence={"why": email})  # fmt: skip
    conn.execute(
        insert(m.RunCount).values(
            run_id=run,
            workspace_id=ws,
            at=now,
            waits={},
            counts={"rows": [["", "", "failed", "", f"<{email}> is full", 1]]},
        )
    )
    conn.execute(insert(m.DryFault).values(campaign_id=made, contact_id=of.contact_id, workspace_id=ws,
                                           reason=f"{of.name} has no city"))  # fmt: skip
    row(conn, m.Leaving, workspace_id=ws, contact_id=of.contact_id, channel="mail", run_id=run, seq=1, at=now,
        system=f"{email.partition('@')[2]} ({of.name}.net)")  # fmt: skip
    row(conn, m.History, workspace_id=ws, noun="campaign", object_id=made, at=now, trigger="hold",
        to_state="holding", note=f"{email} bounced")  # fmt: skip
    row(conn, m.Link, workspace_id=ws, url=f"https://example.org/?to={email}")
    row(conn, m.Incident, workspace_id=ws, kind="health", about=email, words=f"{email} bounces", opened_at=now,
        over_at=now)  # fmt: skip
    return run


def _imported(conn: Conn, ws: int, of: Member, now: datetime) -> None:
    """A list that is in, with their line among its faults and pieces; and one that waits."""
    line = f"{of.email};{of.name}"
    header = {"columns": ["email", "name"], "rows": [[of.email, of.name]]}
    done = row(conn, m.Import, workspace_id=ws, name="people.csv", state="done", header=header, ended_at=now)
    conn.execute(insert(m.ImportPiece).values(import_id=done, no=0, workspace_id=ws, data=line.encode()))
    conn.execute(insert(m.ImportFault).values(import_id=done, line=2, workspace_id=ws, words="Twice", raw=line))
    change = {"line": 2, "at": 11, "did": "changed", "before": {"name": of.name}, "after": 7}
    conn.execute(insert(m.ImportChange).values(import_id=done, contact_id=of.contact_id, workspace_id=ws, **change))
    tried = row(conn, m.Import, workspace_id=ws, name="tried.csv", state="failed", ended_at=now)
    seen = {"key": hashlib.sha256(of.email.casefold().encode()).digest(), "line": 2, "at": 11, "did": "made"}
    conn.execute(insert(m.ImportSeen).values(import_id=tried, workspace_id=ws, **seen))
    wide = row(conn, m.Import, workspace_id=ws, name="wide.csv")
    conn.execute(insert(m.ImportPiece).values(import_id=wide, no=0, workspace_id=ws, data=line.encode("utf-16")))
    waits = row(conn, m.Import, workspace_id=ws, name="more.csv", header=header)
    halves = line.encode()[:5], line.encode()[5:]
    for no, half in enumerate(halves):
        conn.execute(insert(m.ImportPiece).values(import_id=waits, no=no, workspace_id=ws, data=half))


def _said(conn: Conn, of: Member, account: int, now: datetime) -> None:
    """Consent, suppression, acts of and about them, an answer to a client, a bucket of tries."""
    ws, system = of.workspace_id, SYSTEM(of.workspace_id)
    consent.say(conn, ws, of.contact_id, "mail", 0, "given", "form", f"{of.name} ticked it", "", now)
    suppression.add(conn, ws, SECRET, [of.email], "bounce", now, evidence=f"<{of.email}> is unknown")
    acts.note(conn, system, "added_member", now, "membership", of.id, of.name, f"as {of.name}")
    acts.note(conn, system, "invited", now, "account", None, f"{of.email}, other@example.org", "2 as user")
    acts.note(conn, system, "edited_entry", now, "entry", 1, of.name)
    answer = json.dumps({"name": of.name})
    conn.execute(
        text("INSERT INTO action (workspace_id, actor_id, action_id, request_hash, status, response)"
             " VALUES (:w, :a, gen_random_uuid(), '', 200, cast(:r AS jsonb))"),
        {"w": ws, "a": account, "r": answer},
    )  # fmt: skip
    conn.execute(
        text("INSERT INTO bucket (key, tokens, at) VALUES (:key, 1, :at)"), {"key": f"signin:{of.email}", "at": now}
    )


__all__ = ["SECRET", "Life", "Workspace", "lived"]
