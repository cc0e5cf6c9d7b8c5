"""Ids, words and links of a seeded database, by name: what the paths of bench.paths are filled with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import text

from bench.crowd import words
from engine.db import Conn
from engine.people.entrance import tickets
from engine.tokens import Keys, Purpose, sign, sign_hit, sign_leave

# Each finds one value for workspace 1; the largest team, the newest, the biggest.
_ONE = {
    "team_id": "SELECT team_id FROM membership WHERE workspace_id = 1 GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1",
    "owner": "SELECT c.email FROM account a JOIN contact c ON c.id = a.contact_id WHERE a.workspace_id = 1"
    " AND a.role = 'owner'",
    "manager": "SELECT c.email FROM membership m JOIN contact c ON c.id = m.contact_id WHERE m.team_id = :team_id"
    " AND m.role = 'manager'",
    "member": "SELECT c.email FROM membership m JOIN contact c ON c.id = m.contact_id"
    " JOIN account a ON a.contact_id = c.id AND a.role = 'user' WHERE m.team_id = :team_id AND m.role = 'member'"
    " AND m.left_at IS NULL ORDER BY m.id DESC LIMIT 1",
    "membership_id": "SELECT m.id FROM membership m JOIN contact c ON c.id = m.contact_id WHERE c.email = :member"
    " AND m.team_id = :team_id",
    "contact_id": "SELECT contact_id FROM membership WHERE id = :membership_id",
    "account_id": "SELECT id FROM account WHERE contact_id = :contact_id",
    "relay_id": "SELECT min(id) FROM relay WHERE workspace_id = 1",
    "conversation_id": "SELECT max(id) FROM conversation WHERE team_id = :team_id",
    "campaign_id": "SELECT min(id) FROM campaign WHERE workspace_id = 1 AND version_no > 0",
    "import_id": "SELECT min(id) FROM import WHERE workspace_id = 1",
    "segment_id": "SELECT min(id) FROM segment WHERE workspace_id = 1",
    "channel_id": "SELECT min(id) FROM channel WHERE team_id = :team_id",
    "inbound_id": "SELECT max(id) FROM inbound WHERE workspace_id = 1 AND state = 'held'",
    "big_run": "SELECT id FROM run WHERE workspace_id = 1 ORDER BY size DESC, id DESC LIMIT 1",
    "old_run": "SELECT id FROM run WHERE workspace_id = 1 ORDER BY id OFFSET (SELECT count(*) / 10 FROM run) LIMIT 1",
    "notice_run": "SELECT max(id) FROM run WHERE workspace_id = 1 AND kind = 'notice'",
    "doubt_run": "SELECT max(run_id) FROM delivery WHERE workspace_id = 1 AND state = 'in_doubt'",
    "answer_id": "SELECT max(id) FROM answer WHERE membership_id = :membership_id",
    "entry_id": "SELECT max(id) FROM entry WHERE team_id = :team_id AND edited_at IS NOT NULL",
    "part_id": "SELECT max(p.id) FROM participation p JOIN answer a ON a.participation_id = p.id"
    " WHERE p.membership_id = :membership_id",
    "post_run": "SELECT max(run_id) FROM remote_id WHERE workspace_id = 1",
    "old_act": "SELECT percentile_disc(0.2) WITHIN GROUP (ORDER BY id) FROM act WHERE workspace_id = 1",
    "old_inbound": "SELECT percentile_disc(0.2) WITHIN GROUP (ORDER BY id) FROM inbound WHERE workspace_id = 1"
    " AND state = 'held'",
    "old_day": "SELECT percentile_disc(0.2) WITHIN GROUP (ORDER BY local_date) FROM round WHERE team_id = :team_id",
    "old_no": "SELECT max(no) / 5 FROM entry WHERE team_id = :team_id",
    "round_id": "SELECT max(id) FROM round WHERE team_id = :team_id",
    "surname": "SELECT lower(split_part(name, ' ', 2)) FROM contact WHERE id = :contact_id",
    "today": "SELECT max(local_date) FROM round WHERE team_id = :team_id",
}


def find(conn: Conn, secret: str, now: datetime) -> dict[str, str]:
    """All of them. Links are good for a week; two tickets are made for this."""
    found: dict[str, str] = {"seq": "1", "common": words.COMMON, "rare": words.RARE, "nowhere": words.NOWHERE}
    found |= {"tag": words.TAGS[0], "preset": "ses", "key": "instance", "name": "stop", "member_id": "0"}
    found |= {"list": "accepted"}
    for name, statement in _ONE.items():
        value = conn.execute(text(statement), {known: _typed(said) for known, said in found.items()}).scalar()
        found[name] = "0" if value is None else str(value)
    found["member_id"] = found["membership_id"]
    return found | _links(conn, Keys.of(secret), found, now)


def _typed(said: str) -> int | str:
    return int(said) if said.isdigit() else said


def _links(conn: Conn, keys: Keys, found: Mapping[str, str], now: datetime) -> dict[str, str]:
    until: date = (now + timedelta(days=7)).date()
    invited = conn.execute(
        text("SELECT contact_id FROM invitation WHERE workspace_id = 1 AND accepted_at IS NULL AND revoked_at IS NULL"
             " ORDER BY id DESC LIMIT 1")
    ).scalar()  # fmt: skip
    uses: tuple[tickets.Use, ...] = ("signin", "reset")
    made = {use: tickets.make(conn, found["member"], use, now)[0] for use in uses}
    who = int(found["contact_id"])
    opened: dict[str, str] = {use: tickets.token(keys, 1, ticket.opens, who) for use, ticket in made.items()}
    mine = int(found["membership_id"])
    door = conn.execute(
        text("INSERT INTO conv_door (workspace_id, conversation_id, contact_id, until)"
             " SELECT workspace_id, id, contact_id, cast(:until AS date) + 1 FROM conversation"
             " WHERE contact_id IS NOT NULL AND workspace_id = 1 ORDER BY id DESC LIMIT 1 RETURNING id"),
        {"until": until},
    ).scalar()  # fmt: skip
    return {
        "door": sign(keys, Purpose.TALK, 1, int(door or 0), until),
        "me": sign(keys, Purpose.MEMBER, 1, mine, until), "out": sign(keys, Purpose.UNSUBSCRIBE, 1, mine, until),
        "invitation": sign(keys, Purpose.INVITATION, 1, int(invited or 0), until), **opened,
        "hidden": sign_hit(keys, Purpose.HIT, int(found["big_run"]), 1, 0),
        "picture": sign_hit(keys, Purpose.OPEN, int(found["big_run"]), 1, 0),
        "leave": sign_leave(keys, 1, who, 0, until),
    }  # fmt: skip
