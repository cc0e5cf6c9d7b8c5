"""Two workspaces with everything that a route can name, and a browser for every role: what the walk of rights uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO

from flask import Flask
from sqlalchemy import text

from engine import config, db, move
from engine.campaigns.content import versions
from engine.campaigns.content.sheet import Written
from engine.campaigns.content.versions import Draft
from engine.campaigns.tracking import links
from engine.config import required
from engine.conversations import doors, events, threads
from engine.conversations.parts import Said
from engine.conversations.post import post
from engine.db import Conn
from engine.inbound.store import store
from engine.models import (
    Attribute,
    Campaign,
    ConvDoor,
    DayOff,
    DkimKey,
    Relay,
    Rereading,
    RereadingDifference,
    Segment,
    Topic,
)
from engine.outbound.notices import send_notice
from engine.outbound.queries.flushing import these
from engine.outbound.settle import doubts
from engine.outbound.settle.doubts import Which
from engine.people import accounts, contacts, standing, workspaces
from engine.people.accounts import Account
from engine.people.entrance import invitations, sessions, tickets
from engine.people.imports import file
from engine.tokens import Keys, Purpose, sign, sign_hit, sign_leave
from tests import factories as make
from tests.factories import Workspace
from tests.factories.rows import row
from tests.web import scene
from tests.web.conftest import PASSWORD, Browser
from tests.web.mails import catch

RAW = b"From: eve@example.net\r\nSubject: Hello\r\n\r\nHello\r\n"
ROLES = ("owner", "admin", "manager", "member", "observer", "user")
Ids = Mapping[str, str]


@dataclass(frozen=True)
class Side:
    """One workspace: its people by role, and two of each thing by the name that routes have for it.

    Managers, members and observers are those of the first team; the user manages the second.
    """

    people: Mapping[str, Account]
    first: Ids
    second: Ids


@dataclass(frozen=True)
class World:
    """Where one acts, and where one has no business."""

    here: Side
    there: Side
    notice: int  # a run here that is one mail to one person


def build(conn: Conn) -> World:
    here, there = _side(conn, "here"), _side(conn, "there")
    owner = here.people["owner"]
    notice = send_notice(conn, owner.workspace_id, owner.contact_id, "notice_test", {}, db.now(conn)).run_id
    return World(here, there, notice)


def _side(conn: Conn, name: str) -> Side:
    workspace_id = workspaces.make(conn, name)
    people = {role: _account(conn, workspace_id, f"{role}@{name}.example", role) for role in ROLES}
    people["heir"] = _account(conn, workspace_id, f"heir@{name}.example", "user")
    first = _things(conn, workspace_id, people, name, {role: role for role in ("manager", "member", "observer")}, 0)
    second = _things(conn, workspace_id, people, f"{name}-2", {"user": "manager"}, 1)
    return Side(people, first, second)


def _account(conn: Conn, workspace_id: int, email: str, role: str) -> Account:
    contact_id = contacts.add(conn, workspace_id, email, email.split("@", maxsplit=1)[0].title(), "UTC")
    return accounts.make(conn, workspace_id, contact_id, role if role in accounts.ROLES else "user", PASSWORD)


def _things(
    conn: Conn, workspace_id: int, people: Mapping[str, Account], name: str, roles: Mapping[str, str], rank: int
) -> dict[str, str]:
    """One of everything, by the name of the route's part."""
    now, owner = db.now(conn), people["owner"]
    team = make.team(conn, Workspace(workspace_id, name), f"Team {name}", weekdays=127)
    for person, role in roles.items():
        make.member(conn, team, contact_id=people[person].contact_id, role=role)
    them = make.member(conn, team, "Bikram Thapa")
    run = _run(conn, workspace_id, owner, them)
    asked = make.participation(conn, make.round_of(conn, team, now.date(), opened_at=now), them, state="answered")
    answer = make.answer(conn, asked, source="mail", at=now)
    held, _ = store(conn, "smtp", name, "eve@example.net", ["r+x@reply.test"], RAW, now)
    seen = {"workspace_id": workspace_id, "reason": "not proven", "from_address": "eve@example.net"}
    move.one(conn, "inbound", held, "hold", now, values=seen)
    ticket = tickets.make(conn, people["heir"].email, "signin", now)[0]
    reset = tickets.make(conn, people["heir"].email, "reset", now)[0]
    invited = invitations.invite(conn, owner.principal, f"new-{name}@example.org", "user", team.id, now)
    keys = Keys.of(required(config.settings().secret_key, "secret_key"))
    invitation = next(i for i in invitations.listed(conn, owner.principal, now) if i.team_id == team.id)
    session = sessions.begin(conn, owner, "password", "", "", now)
    entry = make.entry(conn, asked, answer_id=answer, at=now)
    return {
        "team_id": str(team.id), "membership_id": str(them.id),
        "answer_id": str(answer), "entry_id": str(entry), "run_id": str(run), "seq": "1",
        "comment_id": str(make.comment(conn, them, entry, day=now.date(), at=now)),
        "channel_id": str(_channel(conn, team, now)), "inbound_id": str(held),
        "import_id": str(_import(conn, owner, now)),
        "part_id": str(asked), "rereading_id": str(_rereading(conn, workspace_id, held, now)),
        "contact_id": str(standing.hold(conn, workspace_id, f"eve-{name}@example.net", "Eve")),
        "attribute_id": str(row(conn, Attribute, workspace_id=workspace_id, name=f"plan{rank}", kind="text")),
        "topic_id": str(row(conn, Topic, workspace_id=workspace_id, name=f"News {rank}")),
        "conversation_id": str(talk := _conversation(conn, workspace_id, team.id, them.contact_id)),
        "door": _door(conn, workspace_id, talk, them.contact_id, keys),
        "away_id": str(make.away(conn, them, date(2099, 1, 1), date(2099, 1, 2))),
        "campaign_id": str(_campaign(conn, owner, now)), "no": "1",
        "key_id": str(_dkim_key(conn, workspace_id, f"s{rank}")),
        "day_id": str(row(conn, DayOff, workspace_id=workspace_id, team_id=team.id, day=date(2099, 1, 1), made_at=now)),
        "segment_id": str(row(conn, Segment, workspace_id=workspace_id, name=name, query="everyone")),
        "relay_id": str(row(conn, Relay, workspace_id=workspace_id, host="relay.example.org", port=587, rank=rank)),
        "account_id": str(people["heir"].id),
        "session_id": str(session), "invitation_id": str(invitation.id), "name": "all",
        "me": scene.token(workspace_id, them.id), "u": scene.token(workspace_id, them.id, Purpose.UNSUBSCRIBE),
        "link": tickets.token(keys, workspace_id, ticket.opens, ticket.account.contact_id),
        "reset": tickets.token(keys, workspace_id, reset.opens, reset.account.contact_id),
        "invitation": sign(keys, Purpose.INVITATION, workspace_id, invited.contact_ids[0], invited.until.date()),
        "hit": sign_hit(keys, Purpose.HIT, run, 1, _link(conn, workspace_id, now)),
        "open": sign_hit(keys, Purpose.OPEN, run, 1, 0),
        "leave": sign_leave(keys, workspace_id, them.contact_id, 0, date(2099, 1, 1)),
    }  # fmt: skip


def _campaign(conn: Conn, owner: Account, now: datetime) -> int:
    """One that says something."""
    made = row(conn, Campaign, workspace_id=owner.workspace_id, name="Spring")
    versions.save(conn, owner.principal, made, Draft({"": Written("News", "Hello.")}), now)
    return made


def _link(conn: Conn, workspace_id: int, now: datetime) -> int:
    """A target of tracked links."""
    (made,) = links.kept(conn, workspace_id, None, ["https://shop.example/"], now).values()
    return made


def _rereading(conn: Conn, workspace_id: int, mail: int, now: datetime) -> int:
    """One that waits for a person's word about one mail."""
    made = row(
        conn, Rereading, workspace_id=workspace_id, version=1, from_id=mail, until_id=mail, made_at=now, read_at=now
    )
    values = {"before": {"state": "noted", "kind": "autoreply", "reason": ""}, "after": {"kind": "human", "text": "Hi"}}
    row(conn, RereadingDifference, workspace_id=workspace_id, rereading_id=made, inbound_id=mail, **values)
    return made


def _conversation(conn: Conn, workspace_id: int, team_id: int, contact_id: int) -> int:
    """What somebody wrote to the team."""
    thread, made = threads.with_contact(conn, workspace_id, "mail", contact_id, team_id)
    said = Said("contact", contact_id, "mail", "Hello.", "mail", f"{thread.id}/1", db.now(conn), "dmarc", "Hello")
    posted = post(conn, thread, said)
    assert posted is not None
    events.write(conn, (*made, *posted.changes), db.now(conn))
    return thread.id


def _door(conn: Conn, workspace_id: int, conversation_id: int, contact_id: int, keys: Keys) -> str:
    """The link of the person to their conversation."""
    until = db.now(conn) + timedelta(days=90)
    made = {"conversation_id": conversation_id, "contact_id": contact_id, "until": until}
    return doors.token(keys, workspace_id, row(conn, ConvDoor, workspace_id=workspace_id, **made), until)


def _channel(conn: Conn, team: make.Team, now: datetime) -> int:
    """A channel that a post failed in."""
    channel = make.channel(conn, team, "console")
    run = make.run(conn, team.workspace_id, "post", made_at=now, state="done", size=1)
    batch = make.batch(conn, team.workspace_id, run, transport="console", state="done", epoch=1)
    make.delivery(
        conn, team.workspace_id, run, batch, 1, recipient=channel, transport="console", address="general",
        state="failed", useful_until=now,
    )  # fmt: skip
    return channel


def _import(conn: Conn, owner: Account, now: datetime) -> int:
    """A file of people whose columns were said."""
    return file.take_in(conn, owner.principal, "people.csv", BytesIO(b"email\na@example.org\n").read, now)


def _dkim_key(conn: Conn, workspace_id: int, selector: str) -> int:
    """A key that was made and signs nothing."""
    values = {"domain": "example.org", "selector": selector, "algorithm": "rsa", "public": "v=DKIM1; k=rsa; p=AAAA"}
    return row(conn, DkimKey, workspace_id=workspace_id, secret=b"sealed", made_at=db.now(conn), **values)


def _run(conn: Conn, workspace_id: int, owner: Account, them: make.Member) -> int:
    """A run that goes on: a doubt, a row that failed, a doubt that somebody has settled, a row that waits."""
    now = db.now(conn)
    run = make.run(conn, workspace_id, "notice", made_at=now, size=4)
    batch = make.batch(conn, workspace_id, run, epoch=1)
    for seq, state in enumerate(("queued", "failed", "queued", "queued"), start=1):
        make.delivery(
            conn, workspace_id, run, batch, seq, recipient=them.id + seq * 1000, address=them.email, state=state,
            useful_until=now + timedelta(hours=9),
        )  # fmt: skip
    move.deliveries(conn, "doubt", these(run, [1, 3]), now, reason="lost")
    conn.execute(text("UPDATE delivery_event SET written_at = written_at - interval '20 minutes'"))
    doubts.arrived(conn, Which(workspace_id, rows=((run, 3),)), now, owner.principal.actor)
    return run


def browsers(app: Flask, side: Side) -> dict[str, Browser]:
    """A browser for every role, signed in."""
    made = {role: Browser(app.test_client()) for role in ROLES}
    for role, browser in made.items():
        assert browser.sign_in(side.people[role].email).status_code == 302, role
    return made


def caught() -> str:
    """A mail in the mailbox of this machine; its id."""
    return catch(config.settings().mailbox_dir)
