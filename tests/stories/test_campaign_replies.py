"""An answer to a one-way campaign opens a conversation that begins with what it answers. An individual campaign has one
conversation for each recipient, although fifty make them at once, and answers arrive meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from threading import Barrier

import pytest

from engine import db
from engine.campaigns.wording import as_mailed
from engine.conversations import events, individual
from engine.outbound.plan import Planned
from sixpm.replies import reply_address, reply_to
from tests.stories import campaigning, scene
from tests.stories.campaigning import Place
from tests.stories.instance import Instance
from tests.stories.postbox import Mailbox

pytestmark = pytest.mark.story

PEOPLE = 24
RACERS = 50
MESSAGES = """
    SELECT c.name, m.no, m.author_kind, m.kind, m.body, v.campaign_id, v.status, v.id FROM conversation v
    JOIN contact c ON c.id = v.contact_id JOIN message m ON m.conversation_id = v.id WHERE v.workspace_id = :w
    ORDER BY c.id, m.no
"""
WAITING = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
        AND query LIKE '%INSERT INTO conversation%'
"""
PLANNED = "SELECT count(*) FROM heartbeat WHERE role = 'scheduler' AND seen_at > :since"


def launched(house: Instance, shape: str) -> tuple[Place, int, Mailbox]:
    """A campaign that everybody has in their mailbox."""
    where = campaigning.place(house)
    campaigning.caught(house, where)
    campaigning.people(house, where, PEOPLE - 1)
    made = campaigning.written(house, where, "Spring news", shape=shape)
    with campaigning.browser(house, where) as admin:
        assert "It is on its way." in admin.press(made, "launch").text
    return where, made, Mailbox(house.base / "mailbox", f"@w{where.id}.test")


def answer(house: Instance, box: Mailbox, said: Sequence[tuple[str, str]], **headers: str) -> None:
    """These people answer their mail, each with these words."""
    mails = []
    for to, words in said:
        [raw] = box.mails()[to]
        mail = message_from_bytes(reply_to(raw, "thunderbird", words, to, at=house.now()), policy=policy.SMTP)
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mails.append((to, reply_address(raw), mail.as_bytes()))
    scene.deliver(house, mails)


def test_an_answer_to_a_one_way_campaign_opens_a_conversation_with_what_it_answers(swift: Instance) -> None:
    house = swift
    house.up("web", "smtpd", "inbound", "sender", "scheduler", "catcher")
    where, made, box = launched(house, "one_way")
    house.wait("everybody has it", lambda: len(box.mails()) == PEOPLE, 30)
    domain = f"@w{where.id}.test"

    answer(house, box, [(f"p3{domain}", "Do you have a map?"), (f"p7{domain}", "Thank you.")])
    answer(house, box, [(f"p9{domain}", "I am away until Monday.")], Auto_Submitted="auto-replied")
    taken = "SELECT count(*) FROM inbound WHERE workspace_id = :w AND state IN ('routed', 'noted')"
    house.wait("all three are read", lambda: house.value(taken, w=where.id) == 3, 30)

    found = campaigning.rows(house, MESSAGES, w=where.id)
    assert [row[:4] for row in found] == [
        ("Person 3", 1, "engine", "mail"), ("Person 3", 2, "contact", "mail"),
        ("Person 7", 1, "engine", "mail"), ("Person 7", 2, "contact", "mail"),
    ]  # fmt: skip
    assert {(campaign, status) for *_, campaign, status, _ in found} == {(made, "open")}
    assert "Hello Person," in found[0].body
    assert "https://news.stories.test/spring" in found[0].body
    assert found[1].body.startswith("Do you have a map?")
    with campaigning.browser(house, where) as admin:
        page = admin.client.get(f"/conversations/{found[0].id}").text
        listed = admin.client.get("/conversations").text
    assert "Do you have a map?" in page
    assert "Spring news" in page
    assert "Person 3" in listed
    assert "Person 9" not in listed


def race(house: Instance, run: Planned, batches: Sequence[int]) -> None:
    """Fifty at once put the campaign's mails into conversations: half by the batch, half for one who answers."""
    start, racing = Barrier(RACERS), db.create_engine(house.durable.server.url(house.database), size=RACERS)

    def one(number: int) -> None:
        with racing.connect() as conn:
            start.wait(60)
            with conn.begin():
                now = db.now(conn)
                if number % 2:
                    individual.tell_batch(conn, batches[number % len(batches)], now, as_mailed)
                else:
                    found = individual.answered(conn, run.run_id, number % run.size + 1, as_mailed)
                    assert found is not None
                    events.write(conn, found[1], now)

    with ThreadPoolExecutor(RACERS) as pool:
        list(pool.map(one, range(RACERS)))
    racing.dispose()


def test_an_individual_campaign_has_one_conversation_each_although_fifty_make_them_at_once(swift: Instance) -> None:
    house = swift
    house.up("web", "smtpd", "inbound", "sender", "scheduler", "catcher")
    with ThreadPoolExecutor(1) as pool, house.locked("conversation"):  # which ends first
        where, made, box = launched(house, "individual")
        run = campaigning.run_of(house, made)
        house.wait("everybody has it", lambda: len(box.mails()) == PEOPLE, 30)
        house.wait("it is being put into conversations", lambda: house.value(WAITING) > 0, 30)
        told_at = house.value("SELECT clock_timestamp()")
        house.wait("planning goes on meanwhile", lambda: house.value(PLANNED, since=told_at), 30)
        house.finish(run)
        eager = [f"p{n}@w{where.id}.test" for n in range(1, 6)]
        answer(house, box, [(to, f"Said by {to}.") for to in eager])
        batches = house.values("SELECT id FROM batch WHERE run_id = :run ORDER BY id", run=run.run_id)
        racing = pool.submit(race, house, run, batches)
        house.wait("many are about to make them", lambda: house.value(WAITING) >= RACERS // 2, 40)
    assert racing.exception() is None
    read = "SELECT count(*) FROM inbound WHERE workspace_id = :w AND state = 'routed'"
    house.wait("the answers are read", lambda: house.value(read, w=where.id) == len(eager), 60)
    told = "SELECT count(*) FROM batch WHERE run_id = :run AND told_at IS NULL"
    house.wait("all batches are told", lambda: house.value(told, run=run.run_id) == 0, 30)

    found = campaigning.rows(house, MESSAGES, w=where.id)
    made_for = house.values("SELECT contact_id FROM conversation WHERE workspace_id = :w ORDER BY 1", w=where.id)
    assert made_for == house.values("SELECT id FROM contact WHERE workspace_id = :w ORDER BY 1", w=where.id)
    first = [row for row in found if row.author_kind == "engine"]
    assert [(row.no, row.campaign_id) for row in first] == [(1, made)] * PEOPLE
    later = [row for row in found if row.author_kind == "contact"]
    assert [(row.no, row.status, row.body.strip()) for row in later] == [(2, "open", f"Said by {to}.") for to in eager]
    assert len(found) == PEOPLE + len(eager)
