"""Hits as rows: their evidence, judged anew with every one that comes, and the numbers made of them."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from engine import tokens
from engine.campaigns.tracking import hits, links, reading
from engine.campaigns.tracking.classes import LEAVE
from engine.campaigns.tracking.hits import Visit, net_of
from engine.db import Conn
from engine.errors import TokenError
from engine.outbound import tracked
from engine.outbound.tracked import HIDDEN, PIXEL
from tests import factories as make
from tests.factories.rows import NOON

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"


@dataclass(frozen=True, slots=True)
class Sent:
    workspace_id: int
    run: int
    links: dict[str, int]


@pytest.fixture
def sent(conn: Conn) -> Sent:
    """Three mails of a campaign with two links, taken at noon."""
    return _sent(conn)


def _sent(conn: Conn) -> Sent:
    ws = make.workspace(conn)
    campaign = conn.execute(
        text("INSERT INTO campaign (workspace_id, name) VALUES (:w, 'Spring') RETURNING id"), {"w": ws.id}
    ).scalar_one()
    run = make.run(conn, ws.id, kind="campaign", campaign_id=campaign)
    batch = make.batch(conn, ws.id, run)
    for seq in (1, 2, 3):
        make.delivery(conn, ws.id, run, batch, seq, recipient=seq)
    make.settle(conn, run)
    urls = ["https://a.example/", "https://b.example/"]
    return Sent(ws.id, run, links.kept(conn, ws.id, campaign, urls, NOON))


def visit(seconds: float, address: str = "203.0.113.9", method: str = "GET", agent: str = FIREFOX) -> Visit:
    return Visit.of(NOON + timedelta(seconds=seconds), method, address, agent)


def rows(conn: Conn) -> list[tuple[int, int | None, str]]:
    found = conn.execute(text("SELECT seq, link_id, taken_for FROM hit ORDER BY seq, at"))
    return [(row.seq, row.link_id, row.taken_for) for row in found]


def test_the_same_target_is_one_row_however_often_it_is_kept(conn: Conn, sent: Sent) -> None:
    again = links.kept(conn, sent.workspace_id, None, ["https://a.example/", "javascript:alert(1)"], NOON)
    twice = links.kept(conn, sent.workspace_id, None, ["https://a.example/"], NOON)

    assert again == twice
    assert list(again) == ["https://a.example/"]
    assert again["https://a.example/"] not in sent.links.values()  # a campaign's own is its own


def test_a_hit_keeps_the_network_and_never_the_address(conn: Conn, sent: Sent) -> None:
    a = sent.links["https://a.example/"]

    hits.take(conn, sent.run, 1, a, visit(60, "203.0.113.77"))

    row = conn.execute(text("SELECT * FROM hit")).one()
    assert (row.net, row.method, row.agent, row.taken_for) == ("203.0.113.0/24", "GET", FIREFOX, "human")
    assert "203.0.113.77" not in str(row)


@pytest.mark.parametrize(
    ("address", "net"),
    [("192.0.2.77", "192.0.2.0/24"), ("2001:db8:1:2::3", "2001:db8:1::/48"), ("::ffff:192.0.2.7", "192.0.2.0/24"),
     ("fe80::1%eth0", "fe80::/48"), ("unknown", "")],
)  # fmt: skip
def test_an_address_becomes_its_network(address: str, net: str) -> None:
    assert net_of(address) == net


def test_hits_are_judged_anew_when_a_later_one_shows_a_burst(conn: Conn, sent: Sent) -> None:
    a, b = sent.links.values()

    hits.take(conn, sent.run, 1, a, visit(60))
    before = rows(conn)
    hits.take(conn, sent.run, 1, b, visit(61))

    assert before == [(1, a, "human")]
    assert rows(conn) == [(1, a, "machine"), (1, b, "machine")]


def test_two_hits_at_once_are_judged_together(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        made = _sent(conn)
    a, b = made.links.values()

    def second() -> None:
        with engine_db.begin() as conn:
            hits.take(conn, made.run, 1, b, visit(61))

    with engine_db.begin() as conn, ThreadPoolExecutor(1) as other:
        hits.take(conn, made.run, 1, a, visit(60))
        later = other.submit(second)
        with engine_db.connect() as watcher:
            waits = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            until = time.monotonic() + 30
            while not watcher.scalar(waits) and time.monotonic() < until:
                watcher.rollback()
            assert not later.done()
        conn.commit()
        later.result(30)

    with engine_db.begin() as conn:
        assert rows(conn) == [(1, a, "machine"), (1, b, "machine")]


def test_nothing_is_kept_for_a_delivery_that_is_gone_nor_for_ever_from_one(conn: Conn, sent: Sent) -> None:
    gone = hits.take(conn, sent.run, 99, HIDDEN, visit(60))
    conn.execute(
        text("INSERT INTO hit (workspace_id, run_id, seq, at, method, taken_for)"
             " SELECT :w, :run, 1, :at, 'GET', 'human' FROM generate_series(1, :n)"),
        {"w": sent.workspace_id, "run": sent.run, "at": NOON, "n": hits.MOST - 1},
    )  # fmt: skip
    last, more, leaves = (
        hits.take(conn, sent.run, 1, place, visit(seconds, method=method))
        for place, seconds, method in ((PIXEL, 60, "GET"), (PIXEL, 61, "GET"), (LEAVE, 62, "POST"))
    )

    assert (gone, more) == (None, None)
    assert last is not None
    assert leaves is not None  # who unsubscribes is heard after any number of others
    assert len(rows(conn)) == hits.MOST + 1


def test_both_numbers_are_told_people_apart_from_machines(conn: Conn, sent: Sent) -> None:
    a, b = sent.links.values()
    for place in (a, b, HIDDEN):
        hits.take(conn, sent.run, 1, place, visit(2, "192.0.2.1"))  # a scanner at the first mail
    hits.take(conn, sent.run, 1, a, visit(4000))  # and its reader
    for place in (a, b, HIDDEN):
        hits.take(conn, sent.run, 2, place, visit(2, "192.0.2.1"))  # a scanner alone
    hits.take(conn, sent.run, 3, PIXEL, visit(500))

    assert counted(conn) == {
        ("open", 0, "human"): 2, ("open", 0, "machine"): 1, ("click", 0, "human"): 1, ("click", 0, "machine"): 1,
        ("link", a, "human"): 1, ("link", a, "machine"): 1, ("link", b, "machine"): 2,
    }  # fmt: skip


def counted(conn: Conn) -> dict[tuple[str, int, str], int]:
    found = conn.execute(text("SELECT what, link_id, taken_for, sum(n) FROM hit_count GROUP BY 1, 2, 3"))
    return {(what, link, taken_for): int(n) for what, link, taken_for, n in found if n}


def test_another_workspace_sees_none_of_it(conn: Conn, sent: Sent) -> None:
    hits.take(conn, sent.run, 1, PIXEL, visit(500))
    other = make.workspace(conn, "Other")

    assert reading.of_delivery(conn, other.id, sent.run, 1) == []


def test_the_chain_of_a_delivery_says_what_came_and_why_it_is_taken_for_that(conn: Conn, sent: Sent) -> None:
    a = sent.links["https://a.example/"]
    hits.take(conn, sent.run, 1, HIDDEN, visit(2, "52.101.7.9", agent=""))
    hits.take(conn, sent.run, 1, a, visit(900))

    scanner, person = reading.of_delivery(conn, sent.workspace_id, sent.run, 1)

    assert (scanner.what, scanner.taken_for) == ("hidden", "machine")
    assert scanner.why == ("hidden", "net", "soon", "no_agent")
    assert (person.what, person.link, person.taken_for, person.why) == ("link", "https://a.example/", "human", ())


def test_the_addresses_of_a_mail_name_run_recipient_and_link_and_read_back() -> None:
    keys, today = tokens.Keys.of("k" * 40), datetime(2099, 1, 1).date()  # noqa: DTZ001
    signer = tokens.signer(keys.keys[0])

    found = tracked.addresses(signer, "https://acme.example", 7, 8, [1, 2, 2**40, HIDDEN, PIXEL])

    *hit, pixel = [one.rpartition("/")[2] for one in found]
    assert [tokens.read_hit(keys, one, tokens.Purpose.HIT) for one in hit] == [(7, 8, n) for n in (1, 2, 2**40, 0)]
    assert tokens.read_hit(keys, pixel.removesuffix(".gif"), tokens.Purpose.OPEN) == (7, 8, 0)
    with pytest.raises(TokenError):
        tokens.read(keys, hit[0], tokens.Purpose.REPLY, today)


def test_a_hit_names_whose_campaign_mail_it_was_and_nobody_where_it_was_another_mail(conn: Conn, sent: Sent) -> None:
    asked = make.run(conn, sent.workspace_id, kind="prompt")
    make.delivery(conn, sent.workspace_id, asked, make.batch(conn, sent.workspace_id, asked), 1, recipient=7)

    hits.take(conn, sent.run, 2, PIXEL, visit(60))
    hits.take(conn, asked, 1, PIXEL, visit(60))

    found = conn.execute(text("SELECT run_id, contact_id FROM hit ORDER BY run_id"))
    assert [tuple(row) for row in found] == [(sent.run, 2), (asked, None)]
