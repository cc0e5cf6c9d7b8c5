"""A person is forgotten: a dump of the database holds neither address nor name of theirs, and others are untouched."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from datetime import datetime
from email import message_from_bytes, policy
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, text

from engine import db
from engine import models as m
from engine.db import Conn
from engine.errors import Invalid, NotAllowed, NotFound
from engine.models import Base
from engine.people import consent, suppression
from engine.people.directory import erasing, knowing, taking
from engine.people.directory.queries.places import PLACES
from engine.people.principal import SYSTEM, of_session
from sixpm.backup.programs import program
from tests import factories as make
from tests.engine.people.directory.life import SECRET, Life, lived

RARE, ADDRESS = "Quibblefrax", "wendelin.q@far-away.example"


@pytest.fixture
def now(conn: Conn) -> datetime:
    return db.now(conn)


@pytest.fixture
def team(conn: Conn) -> make.Team:
    return make.team(conn, make.workspace(conn), "Platform")


@pytest.fixture
def life(conn: Conn, team: make.Team, now: datetime) -> Life:
    return lived(conn, team, f"Wendelin {RARE}", ADDRESS, now)


def erased(conn: Conn, life: Life, now: datetime) -> int:
    """Ask for it and let the job run to its end; how many slices it took."""
    job = erasing.ask(conn, SYSTEM(life.person.workspace_id), life.person.contact_id, SECRET, now)
    slices = 1
    while erasing.go_on(conn, job, now):
        slices += 1
    return slices


def dumped(conn: Conn, url: str) -> str:
    """The whole database as pg_dump writes it, with bytes as the text they are."""
    dsn, password = db.dsn(url)
    words = [*map(str, (program("pg_dump", db.server_version(conn) // 10_000), "--format=plain", f"--dbname={dsn}"))]
    done = subprocess.run(words, env={**os.environ, "PGPASSWORD": password}, capture_output=True, check=True)
    return done.stdout.decode()


def found_in(dump: str, word: str) -> list[str]:
    """The lines that hold a word, as it is, as bytes, or as bytes of UTF-16, in whatever case; or its plain hash."""
    cases = (word, word.lower(), word.upper())
    needles = {word.lower(), *(w.encode(code).hex() for w in cases for code in ("utf-8", "utf-16-le", "utf-16-be"))}
    needles.add(hashlib.sha256(word.encode()).hexdigest())
    return [line[:200] for line in dump.splitlines() if any(needle in line.lower() for needle in needles)]


def opened(raw: bytes) -> str:
    """All that a mail says, decoded by Python's own reader of mails, with the mails in its attachments."""
    mail = message_from_bytes(raw, policy=policy.default)
    said = [str(value) for value in mail.values()]
    for part in mail.walk():
        inside = part.get_payload(decode=True)
        if isinstance(inside, bytes):
            said += [inside.decode(errors="replace"), inside.decode("utf-16", errors="replace")]
            said += [opened(inside)] if (part.get_filename() or "").endswith(".eml") else []
    return "\n".join(said).lower().replace("%40", "@")


def mails_with(conn: Conn, word: str) -> int:
    """How many mails hold a word in whatever encoding."""
    return sum(word in opened(bytes(raw)) for raw in conn.scalars(select(m.Inbound.raw)))


def rows(conn: Conn) -> dict[str, list[str]]:
    """Every row of every table."""
    return {
        table.name: sorted(conn.execute(text(f'SELECT cast(to_jsonb(x) AS text) FROM "{table.name}" x')).scalars())
        for table in Base.metadata.sorted_tables
    }


def test_the_life_leaves_something_in_every_place_that_is_emptied(conn: Conn, life: Life) -> None:
    held = [json.dumps(name) for name, found in rows(conn).items() if any(_says(row) for row in found)]
    emptied = {name for name, place in PLACES.items() if place.left or place.goes or place.mention}
    nobody_writes_it = {"erasure", "robot", "approval", "run", "event", "day_off", "delivery_event", "conversation",
                        "conv_door"}  # fmt: skip

    assert {json.loads(name) for name in held} >= emptied - nobody_writes_it - {"account", "consent_event"}


def _says(row: str) -> bool:
    said = row.lower()
    hashed = hashlib.sha256(ADDRESS.encode()).hexdigest()
    words = (RARE.lower(), ADDRESS, RARE.encode().hex(), ADDRESS.encode().hex(), "hash", hashed)
    return any(word in said for word in words) or ADDRESS in _opened(said)


def _opened(row: str) -> str:
    """What a mail in a row says."""
    raw = json.loads(row).get("raw") or ""
    return opened(bytes.fromhex(raw[2:])) if raw.startswith("\\x") else ""


def test_a_dump_holds_neither_address_nor_name_afterwards(conn: Conn, life: Life, now: datetime, db_url: str) -> None:
    conn.commit()
    before = dumped(conn, db_url)
    assert found_in(before, RARE)
    assert found_in(before, ADDRESS)
    assert mails_with(conn, ADDRESS) == 4  # theirs, a bounce, and two of a colleague

    erased(conn, life, now)
    conn.commit()

    after = dumped(conn, db_url)
    assert found_in(after, RARE) == []
    assert found_in(after, ADDRESS) == []
    assert mails_with(conn, ADDRESS) == mails_with(conn, ADDRESS.partition("@")[0]) == 0


def test_rows_of_others_stay_as_they_were(conn: Conn, team: make.Team, life: Life, now: datetime) -> None:
    twin = lived(conn, team, "Wendelina Quibbles", "xwendelin.q@far-away.example", now)
    there = make.team(conn, make.workspace(conn), "Elsewhere")
    same = lived(conn, there, f"Wendelin {RARE}", "wendelin.q@far-away.example.org", now)
    told = [_told(conn, other, now) for other in (twin, same)]

    erased(conn, life, now)

    assert [_told(conn, other, now) for other in (twin, same)] == told


def test_what_a_provider_said_of_the_address_to_another_workspace_is_that_ones(
    conn: Conn, life: Life, now: datetime
) -> None:
    other, theirs = make.workspace(conn).id, {"subject": "Our offer", "to": ADDRESS}
    conn.execute(
        insert(m.ProviderEvent).values(source="ses:instance", event_id="theirs", workspace_id=other, at=now,
                                       kind="bounced", address=ADDRESS, raw=theirs, run_id=999, seq=1, settled=True)
    )  # fmt: skip
    told = _told(conn, life, now)["provider_event"]

    erased(conn, life, now)

    assert [row["event_id"] for row in told] == [f"event-{life.person.id}"]
    kept = select(m.ProviderEvent.address, m.ProviderEvent.raw).where(m.ProviderEvent.event_id == "theirs")
    assert tuple(conn.execute(kept).one()) == (ADDRESS, theirs)


def test_only_rows_that_were_theirs_or_named_them_have_changed(conn: Conn, life: Life, now: datetime) -> None:
    mate = make.member(conn, make.team(conn, make.Workspace(life.person.workspace_id, "")), "Mate")
    make.run(conn, mate.workspace_id, "digest")
    before = rows(conn)

    erased(conn, life, now)

    of = life.person
    theirs = (f'"contact_id": {of.contact_id},', f'"membership_id": {of.id},', f'"id": {of.id},', '"recipient":')
    after = rows(conn)
    for table in before.keys() - {"import_piece", "import"}:
        for row in set(before[table]) - set(after[table]):
            assert _says(row) or any(mark in row for mark in theirs), (table, row)


def _told(conn: Conn, life: Life, now: datetime) -> dict[str, Any]:
    told = "".join(taking.all_of(conn, SYSTEM(life.person.workspace_id), life.person.contact_id, now))
    found: dict[str, Any] = json.loads(told)
    return found


def test_what_was_on_its_way_is_cancelled_and_the_ledger_keeps_its_rows_without_the_address(
    conn: Conn, life: Life, now: datetime
) -> None:
    erased(conn, life, now)

    found = conn.execute(select(m.Delivery.run_id, m.Delivery.state, m.Delivery.address).order_by(m.Delivery.run_id))
    assert [tuple(row) for row in found] == [
        (life.run, "bounced", ""), (life.waiting, "cancelled", ""), (life.campaign, "sent", "")
    ]  # fmt: skip


def test_a_mail_that_a_worker_has_taken_is_waited_for(conn: Conn, life: Life, now: datetime) -> None:
    conn.execute(text("UPDATE batch SET horizon = 1 WHERE run_id = :run"), {"run": life.waiting})

    erased(conn, life, now)

    assert erasing.unfinished(conn)
    make.settle(conn, life.waiting, "sent")
    while erasing.go_on(conn, erasing.unfinished(conn)[0], now):
        pass
    assert erasing.unfinished(conn) == ()
    assert conn.scalar(select(m.Delivery.address).where(m.Delivery.run_id == life.waiting)) == ""


def test_the_address_stays_suppressed_by_its_hash(conn: Conn, life: Life, now: datetime) -> None:
    erased(conn, life, now)

    assert suppression.is_suppressed(conn, life.person.workspace_id, SECRET, ADDRESS)


@pytest.mark.parametrize(("topic", "said"), [(False, True), (True, False)])
def test_who_had_left_the_channel_is_not_written_to_when_a_list_brings_them_back(
    conn: Conn, team: make.Team, now: datetime, topic: bool, said: bool
) -> None:
    w = team.workspace_id
    contact_id, address = make.contact(conn, w, "Gone Away", email="Gone.Away@far-away.example")
    conn.execute(
        text("INSERT INTO contact_address (workspace_id, contact_id, platform, address)"
             " VALUES (:w, :c, 'sms', '+4917012345')"), {"w": w, "c": contact_id},
    )  # fmt: skip
    topic_id = knowing.make_topic(conn, SYSTEM(w), "Offers", "") if topic else 0
    for channel in ("mail", "sms"):
        consent.say(conn, w, contact_id, channel, topic_id, "withdrawn", "person", "their link", "test", now)

    erasing.ask(conn, SYSTEM(w), contact_id, SECRET, now)

    assert suppression.is_suppressed(conn, w, SECRET, address.lower()) is said
    assert bool(suppression.suppressed(conn, w, SECRET, ["+4917012345"], channel="sms")) is said


def test_a_tombstone_is_left_and_the_memberships_have_ended(conn: Conn, life: Life, now: datetime) -> None:
    erased(conn, life, now)

    left = conn.execute(select(m.Contact.__table__).where(m.Contact.id == life.person.contact_id)).one()
    assert (left.email, left.name, left.attributes, left.tags, left.zone) == ("", "Erased person", {}, [], None)
    assert left.erased_at == now
    assert conn.scalar(select(m.Membership.left_at).where(m.Membership.id == life.person.id)) == now


def test_a_colleagues_mail_keeps_its_length_and_all_but_the_address(conn: Conn, life: Life, now: datetime) -> None:
    before = bytes(conn.scalar(select(m.Inbound.raw).where(m.Inbound.id == life.copied)) or b"")

    erased(conn, life, now)

    after = bytes(conn.scalar(select(m.Inbound.raw).where(m.Inbound.id == life.copied)) or b"")
    assert after == before.replace(ADDRESS.encode(), b"x" * len(ADDRESS))


def test_a_list_that_waits_with_them_in_it_is_cancelled_and_one_without_them_is_not(
    conn: Conn, life: Life, now: datetime
) -> None:
    other = m.Import(workspace_id=life.person.workspace_id, name="others.csv")
    kept = conn.execute(
        text("INSERT INTO import (workspace_id, name) VALUES (:w, :name) RETURNING id"),
        {"w": other.workspace_id, "name": other.name},
    ).scalar_one()

    erased(conn, life, now)

    found = {row.name: row.state for row in conn.execute(select(m.Import.name, m.Import.state))}
    assert found == {
        "people.csv": "done", "more.csv": "cancelled", "wide.csv": "cancelled", "tried.csv": "failed",
        "others.csv": "uploaded",
    }  # fmt: skip
    assert conn.scalar(select(m.Import.state).where(m.Import.id == kept)) == "uploaded"


def test_it_is_done_in_slices_and_twice_changes_nothing(conn: Conn, life: Life, now: datetime) -> None:
    slices = erased(conn, life, now)
    before = rows(conn)
    job = conn.scalar(select(m.Erasure.id))

    assert slices > 3
    assert job is not None
    assert erasing.go_on(conn, job, now) is False
    assert rows(conn) == before


def test_two_workers_do_not_do_one_slice_twice(engine_db: Engine, conn: Conn, life: Life, now: datetime) -> None:
    job = erasing.ask(conn, SYSTEM(life.person.workspace_id), life.person.contact_id, SECRET, now)
    conn.commit()
    erasing.go_on(conn, job, now)

    with engine_db.begin() as other:
        assert erasing.go_on(other, job, now) is False


def test_who_may_sign_in_is_not_erased(conn: Conn, life: Life, now: datetime) -> None:
    conn.execute(text("UPDATE account SET ended_at = NULL"))

    with pytest.raises(Invalid, match="Remove their account"):
        erasing.ask(conn, SYSTEM(life.person.workspace_id), life.person.contact_id, SECRET, now)


def test_only_admins_of_their_workspace_may_ask(conn: Conn, life: Life, now: datetime) -> None:
    ws = life.person.workspace_id
    with pytest.raises(NotAllowed):
        erasing.ask(conn, of_session(ws, 1, 1, "user"), life.person.contact_id, SECRET, now)
    with pytest.raises(NotFound):
        erasing.ask(conn, SYSTEM(make.workspace(conn).id), life.person.contact_id, SECRET, now)


def test_an_erased_person_is_not_there_to_be_erased_again(conn: Conn, life: Life, now: datetime) -> None:
    erased(conn, life, now)

    with pytest.raises(NotFound):
        erasing.ask(conn, SYSTEM(life.person.workspace_id), life.person.contact_id, SECRET, now)
