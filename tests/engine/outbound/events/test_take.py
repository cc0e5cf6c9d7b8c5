"""What events do to the ledger: each once, in any order, to the deliveries of who may speak of them."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy.event
from sqlalchemy import select, text

from engine import models as m
from engine import sealing
from engine.db import Conn
from engine.outbound.events import take
from engine.outbound.events.event import Event, Kind
from engine.states import DELIVERY
from engine.tokens import Keys, Purpose, message_id, sign
from tests import factories as make
from tests.factories import Workspace
from tests.factories.rows import NOON

SECRET = "a secret of the tests, long enough"
KEYS = Keys.of(SECRET)
NOW = NOON + timedelta(minutes=5)
numbers = itertools.count(1)


class Books:
    """One workspace with a run of deliveries."""

    def __init__(self, conn: Conn, name: str = "Acme") -> None:
        self.conn = conn
        self.ws: Workspace = make.workspace(conn, name)
        self.run = make.run(conn, self.ws.id)
        self.batch = make.batch(conn, self.ws.id, self.run)
        self.seqs = 0

    def row(self, state: str = "sent", **values: Any) -> tuple[int, int]:
        self.seqs += 1
        given = {"recipient": self.seqs, "address": f"p{self.seqs}@example.org", **values}
        return make.delivery(self.conn, self.ws.id, self.run, self.batch, self.seqs, state=state, **given)

    def state(self, key: tuple[int, int]) -> str:
        d = m.Delivery
        return str(self.conn.execute(select(d.state).where(d.run_id == key[0], d.seq == key[1])).scalar_one())

    def one(self, key: tuple[int, int]) -> Any:
        d = m.Delivery
        return self.conn.execute(select(d).where(d.run_id == key[0], d.seq == key[1])).one()

    def suppressed(self, address: str) -> str | None:
        s = m.Suppression
        found = select(s.reason).where(
            s.workspace_id == self.ws.id, s.address_hash == sealing.address_hash(SECRET, address)
        )
        return self.conn.execute(found).scalar_one_or_none()


def token(key: tuple[int, int], until: date = date(2026, 4, 3)) -> str:
    return sign(KEYS, Purpose.BOUNCE, *key, until)


def event(kind: Kind, key: tuple[int, int] | None = None, **values: Any) -> Event:
    given: dict[str, Any] = {"id": f"e{next(numbers)}", "at": NOW, "raw": {"kind": str(kind)}, **values}
    return Event(kind=kind, **{"token": token(key) if key else "", **given})


def taken(books: Books, *events: Event, workspace: int | None = None, source: str = "ses:instance") -> take.Taken:
    return take.take(books.conn, source, workspace, events, SECRET, NOW)


def events(conn: Conn) -> list[Any]:
    return list(conn.execute(select(m.ProviderEvent).order_by(m.ProviderEvent.event_id)))


MOVES = {
    (Kind.DELIVERED, "sent"): "delivered", (Kind.DELIVERED, "in_doubt"): "delivered",
    (Kind.BOUNCED, "sent"): "bounced", (Kind.BOUNCED, "delivered"): "bounced", (Kind.BOUNCED, "in_doubt"): "bounced",
    (Kind.COMPLAINED, "sent"): "complained", (Kind.COMPLAINED, "delivered"): "complained",
    (Kind.COMPLAINED, "in_doubt"): "complained", (Kind.ACCEPTED, "in_doubt"): "sent",
    (Kind.DEFERRED, "in_doubt"): "sent", (Kind.OPENED, "in_doubt"): "sent", (Kind.CLICKED, "in_doubt"): "sent",
    (Kind.UNSUBSCRIBED, "in_doubt"): "sent",
}  # fmt: skip


def test_every_kind_moves_every_state_as_the_table_says_and_no_other(conn: Conn) -> None:
    books = Books(conn)
    pairs = list(itertools.product(Kind, DELIVERY.names))
    rows = {pair: books.row(pair[1]) for pair in pairs}

    taken(books, *[event(kind, rows[kind, state]) for kind, state in pairs])

    assert {pair: books.state(rows[pair]) for pair in pairs} == {pair: MOVES.get(pair, pair[1]) for pair in pairs}


def test_an_event_is_kept_once_and_its_repetition_changes_nothing(conn: Conn) -> None:
    books = Books(conn)
    key = books.row()
    bounced = event(Kind.BOUNCED, key, code="5.1.1", words="no such user")

    first, again = taken(books, bounced), taken(books, bounced)

    told = conn.execute(text("SELECT count(*) FROM delivery_event WHERE trigger = 'return_'")).scalar_one()
    assert (first, again) == ((1, 1), (0, 0))
    assert (told, len(events(conn))) == (1, 1)


def test_the_same_id_of_another_source_is_another_event(conn: Conn) -> None:
    books = Books(conn)
    one = event(Kind.DELIVERED, books.row())

    assert [taken(books, one, source=source).new for source in ("ses:instance", "ses:7")] == [1, 1]


@pytest.mark.parametrize("order", list(itertools.permutations([Kind.ACCEPTED, Kind.DELIVERED, Kind.COMPLAINED])))
def test_whatever_order_events_come_in_the_end_is_the_same(conn: Conn, order: tuple[Kind, ...]) -> None:
    books = Books(conn)
    key = books.row("in_doubt")

    for kind in order:
        taken(books, event(kind, key))
    taken(books, *[event(kind, key) for kind in order])

    assert books.state(key) == "complained"


def test_a_late_delivery_never_lifts_a_bounce(conn: Conn) -> None:
    books = Books(conn)
    key = books.row()

    taken(books, event(Kind.BOUNCED, key))
    taken(books, event(Kind.DELIVERED, key))

    assert books.state(key) == "bounced"


def test_a_bounce_says_why_and_each_row_its_own(conn: Conn) -> None:
    books = Books(conn)
    first, second = books.row(), books.row()

    taken(books, event(Kind.BOUNCED, first, code="5.1.1", words="no such user"),
          event(Kind.BOUNCED, second, code="5.2.2", words="mailbox full"))  # fmt: skip

    assert [(books.one(k).code, books.one(k).reply, books.one(k).reason) for k in (first, second)] == [
        ("5.1.1", "no such user", "no such user"), ("5.2.2", "mailbox full", "mailbox full")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "dead", "reason"),
    [
        ("5.1.1", False, "bounce"),
        ("5.7.1", True, None),  # the receiver's own code says that it is about us
        ("5.2.2", False, None),
        ("550", True, "bounce"),
        ("550", False, None),
        ("", True, "bounce"),
    ],
)
def test_an_address_is_suppressed_when_it_will_never_work(
    conn: Conn, code: str, dead: bool, reason: str | None
) -> None:
    books = Books(conn)
    key = books.row(address="Ada@example.org")

    taken(books, event(Kind.BOUNCED, key, code=code, dead=dead))

    assert books.suppressed("ada@example.org") == reason


def test_who_complains_or_unsubscribes_gets_nothing_more_and_who_is_slow_does(conn: Conn) -> None:
    books = Books(conn)
    angry, slow, left = (books.row(address=f"{who}@example.org") for who in ("angry", "slow", "left"))

    told = (event(Kind.COMPLAINED, angry), event(Kind.DEFERRED, slow, code="4.2.1", dead=True))
    taken(books, *told, event(Kind.UNSUBSCRIBED, left))

    assert books.suppressed("angry@example.org") == "complaint"
    assert books.suppressed("left@example.org") == "unsubscribe"
    assert books.suppressed("slow@example.org") is None


def test_a_proven_doubt_has_an_instant_at_which_it_was_sent(conn: Conn) -> None:
    books = Books(conn)
    doubt, known = books.row("in_doubt"), books.row("sent", sent_at=NOON)

    taken(books, event(Kind.OPENED, doubt), event(Kind.DELIVERED, known))

    assert books.one(doubt).sent_at == NOW
    assert books.one(known).sent_at == NOON


def test_an_event_faster_than_our_flush_waits_and_the_sweep_comes_back(conn: Conn) -> None:
    books = Books(conn)
    key = books.row("queued")

    early = taken(books, event(Kind.DELIVERED, key))
    waiting = take.settle_waiting(conn, SECRET, NOW)
    make.settle(conn, books.run, "sent", seq=key[1])
    moved = take.settle_waiting(conn, SECRET, NOW)

    assert (early, waiting, moved) == ((1, 0), 0, 1)
    assert books.state(key) == "delivered"
    assert [e.settled for e in events(conn)] == [True]
    assert take.settle_waiting(conn, SECRET, NOW) == 0


def test_one_that_waits_in_vain_is_let_go(conn: Conn) -> None:
    books = Books(conn)
    taken(books, event(Kind.DELIVERED, books.row("deferred")), event(Kind.DELIVERED, remote_id="unknown"))

    take.settle_waiting(conn, SECRET, NOW + timedelta(hours=1))
    after_an_hour = [e.settled for e in events(conn)]
    take.settle_waiting(conn, SECRET, NOW + timedelta(days=8))

    assert sorted(after_an_hour) == [False, True]
    assert [e.settled for e in events(conn)] == [True, True]


def test_our_message_id_names_the_delivery_where_the_id_header_is_lost(conn: Conn) -> None:
    books = Books(conn)
    key = books.row()

    taken(books, event(Kind.DELIVERED, message_id=message_id(KEYS, *key, "reply.test")))

    assert books.state(key) == "delivered"


def test_the_providers_id_in_its_reply_names_it_too(conn: Conn) -> None:
    books = Books(conn)
    team = make.team(conn, books.ws, "Platform")
    member = make.member(conn, team, email="ada@example.org")
    key = books.row(recipient=member.id, address=member.email, queue_id="0100-x")
    other = books.row(recipient=member.id + 1000, address="eve@example.org", queue_id="0100-y")

    taken(books, event(Kind.DELIVERED, remote_id="0100-x", address="Ada@Example.org"),
          event(Kind.DELIVERED, remote_id="0100-y", address="ada@example.org"))  # fmt: skip

    assert (books.state(key), books.state(other)) == ("delivered", "sent")


def test_a_remembered_remote_id_names_it_too(conn: Conn) -> None:
    books = Books(conn)
    key = books.row()
    conn.execute(
        text("INSERT INTO remote_id VALUES ('smtp', 'r-1', :w, :r, :s)"), {"w": books.ws.id, "r": key[0], "s": key[1]}
    )

    taken(books, event(Kind.DELIVERED, remote_id="r-1"))

    assert books.state(key) == "delivered"


@pytest.mark.parametrize("by", ["token", "message_id", "remote_id"])
def test_a_workspaces_relay_cannot_speak_of_anothers_mail(conn: Conn, by: str) -> None:
    ours, theirs = Books(conn), Books(conn, "Theirs")
    key = ours.row()
    conn.execute(
        text("INSERT INTO remote_id VALUES ('smtp', 'r-1', :w, :r, :s)"), {"w": ours.ws.id, "r": key[0], "s": key[1]}
    )
    names = {"token": token(key), "message_id": message_id(KEYS, *key, "reply.test"), "remote_id": "r-1"}
    forged = event(Kind.COMPLAINED, None, **dict[str, Any]({by: names[by]}))

    taken(theirs, forged, workspace=theirs.ws.id, source="sendgrid:7")
    take.settle_waiting(conn, SECRET, NOW + timedelta(hours=1))

    assert ours.state(key) == "sent"
    assert ours.suppressed("p1@example.org") is None
    assert [(e.workspace_id, e.run_id, e.settled) for e in events(conn)] == [(theirs.ws.id, None, True)]
    taken(ours, event(Kind.COMPLAINED, key), workspace=ours.ws.id, source="sendgrid:8")
    assert ours.state(key) == "complained"


def test_an_id_that_we_did_not_sign_names_nothing(conn: Conn) -> None:
    books = Books(conn)
    key = books.row()
    other = sign(Keys.of("another secret, as long as ours"), Purpose.BOUNCE, *key, date(2026, 4, 3))
    reply = sign(KEYS, Purpose.REPLY, *key, date(2026, 4, 3))

    taken(
        books,
        *[event(Kind.COMPLAINED, token=forged) for forged in (other, reply, token(key)[:-1] + "x", "ä", "x" * 99)],
    )

    assert books.state(key) == "sent"


def test_a_report_that_comes_after_the_tokens_day_still_names_its_delivery(conn: Conn) -> None:
    books = Books(conn)
    key = books.row()

    taken(books, event(Kind.COMPLAINED, token=token(key, date(2025, 1, 1))))

    assert books.state(key) == "complained"


def test_kinds_nobody_knows_are_kept_and_do_nothing(conn: Conn) -> None:
    books = Books(conn)
    key = books.row("in_doubt")

    taken(books, event(Kind.OTHER, key, raw={"event": "account_status_change"}))

    assert books.state(key) == "in_doubt"
    assert [(e.kind, e.raw, e.settled) for e in events(conn)] == [("other", {"event": "account_status_change"}, True)]


def test_what_postgresql_refuses_is_kept_as_well_as_it_can_be(conn: Conn) -> None:
    books = Books(conn)

    taken(
        books,
        event(
            Kind.DELIVERED,
            books.row(),
            raw={"words": "a\0b \ud800 \\u0000", "n": 10**400, "x": 1e400, "list": [{"a\0": 1}]},
        ),
    )

    (kept,) = events(conn)
    assert kept.raw["words"].startswith("a\ufffdb ")


def test_thousands_at_once_are_a_bounded_number_of_statements(conn: Conn) -> None:
    books = Books(conn)
    keys = [books.row() for _ in range(1200)]
    seen: list[str] = []

    def count(*args: Any) -> None:
        seen.append(args[2])

    sqlalchemy.event.listen(conn, "before_cursor_execute", count)
    done = taken(books, *[event(Kind.DELIVERED if n % 2 else Kind.BOUNCED, key) for n, key in enumerate(keys)])
    sqlalchemy.event.remove(conn, "before_cursor_execute", count)

    assert done == (1200, 1200)
    assert len(seen) <= 3 * 8


def test_only_mails_are_meant(conn: Conn) -> None:
    books = Books(conn)
    post = books.row(transport="slack")

    taken(books, event(Kind.COMPLAINED, post))

    assert books.state(post) == "sent"


def test_the_instant_is_the_providers_and_business_time_where_it_says_none(conn: Conn) -> None:
    books = Books(conn)
    at = datetime(2026, 3, 1, tzinfo=UTC)

    taken(books, event(Kind.OTHER, id="a", at=at), event(Kind.OTHER, id="b", at=None))

    assert [e.at for e in events(conn)] == [at, NOW]
