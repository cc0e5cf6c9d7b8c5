"""Mailboxes by a real Dovecot: what is fetched, what is not, and what stands in the mailbox afterwards."""

from __future__ import annotations

import time

from sqlalchemy import Engine, select

from engine import models as m
from tests.engine.inbound.retrieve.following import SEEN, box, connected, following, kept, mail, raws, until
from tests.fakes.dovecot import Dovecot
from tests.fakes.wire import Wire


def test_only_mail_that_came_after_the_first_connection_is_fetched(
    engine_db: Engine, dovecot: Dovecot, user: str
) -> None:
    dovecot.deliver(user, mail("old"))
    with following(engine_db, dovecot.url(user)):
        connected(engine_db, dovecot.name(user))
        dovecot.deliver(user, mail("new"))
        until(lambda: raws(engine_db), "the new mail is kept")

    assert raws(engine_db) == [mail("new")]
    assert dovecot.flags(user) == {1: set(), 2: SEEN}


def test_what_a_person_has_read_is_fetched_too(engine_db: Engine, dovecot: Dovecot, user: str) -> None:
    with following(engine_db, dovecot.url(user)):
        connected(engine_db, dovecot.name(user))
        dovecot.deliver(user, mail(1), flags=[b"\\Seen"])
        until(lambda: raws(engine_db), "it is kept")


def test_fetching_a_mail_marks_it_only_after_the_commit(
    engine_db: Engine, dovecot: Dovecot, user: str, line: Wire
) -> None:
    line.hold = b" STORE "
    with following(engine_db, dovecot.url(user, port=line.port)) as process:
        connected(engine_db, dovecot.name(user, port=line.port))
        dovecot.deliver(user, mail(1))
        assert line.held.wait(30)

        assert raws(engine_db) == [mail(1)]
        assert dovecot.flags(user) == {1: set()}
        line.close()  # the next session cannot begin; nothing waits for an answer
        process.stop()


def test_a_flag_that_could_not_be_set_is_set_in_the_next_session(
    engine_db: Engine, dovecot: Dovecot, user: str, line: Wire
) -> None:
    line.hold = b" STORE "
    with following(engine_db, dovecot.url(user, port=line.port), poll=0.5):
        connected(engine_db, dovecot.name(user, port=line.port))
        dovecot.deliver(user, mail(1))
        assert line.held.wait(30)
        line.release()

        until(lambda: dovecot.flags(user) == {1: SEEN}, "the flag is set")

    assert raws(engine_db) == [mail(1)]


def test_a_mail_that_is_too_large_is_parked_by_its_header_and_stays_unread(
    engine_db: Engine, dovecot: Dovecot, user: str
) -> None:
    with following(engine_db, dovecot.url(user), imap_size=2000) as process:
        connected(engine_db, dovecot.name(user))
        dovecot.deliver(user, mail(1), mail("large", "x" * 3000), mail(3))
        first, large, third = until(lambda: len(mails := kept(engine_db)) == 3 and mails, "all three are here")
        offers = [first.id, third.id]
        until(lambda: sorted(process.offered) == offers, "the others are hinted at")
        until(lambda: dovecot.flags(user) == {1: SEEN, 2: set(), 3: SEEN}, "the others are marked")

    assert large.raw.startswith(b"From: Ada <ada@example.org>\r\nMessage-ID: <large@example.org>")
    assert len(large.raw) < 200
    assert large.state == "parked"
    assert large.reason.startswith("Too large to fetch: 0.0 MB of 0.0 allowed. Only its header is here")
    assert f"unread in {dovecot.name(user)} as mail 2" in large.reason
    assert sorted(process.offered) == offers


def test_hundreds_are_fetched_in_order_and_once(engine_db: Engine, dovecot: Dovecot, user: str) -> None:
    with following(engine_db, dovecot.url(user)) as process:
        connected(engine_db, dovecot.name(user))
        with dovecot.client(user) as client:
            client.multiappend("INBOX", [mail(n) for n in range(330)])
        until(lambda: len(process.offered) == 330, "all are hinted at")

    assert raws(engine_db) == [mail(n) for n in range(330)]
    assert set(map(frozenset, dovecot.flags(user).values())) == {frozenset(SEEN)}
    at = box(engine_db, dovecot.name(user))
    assert (at.fetched, at.waiting, at.waiting_since) == (330, 0, None)


def test_two_processes_keep_each_mail_once(engine_db: Engine, dovecot: Dovecot, user: str) -> None:
    with following(engine_db, dovecot.url(user)) as one, following(engine_db, dovecot.url(user)) as other:
        connected(engine_db, dovecot.name(user))
        for first in range(0, 200, 20):
            with dovecot.client(user) as client:
                client.multiappend("INBOX", [mail(n) for n in range(first, first + 20)])
        until(lambda: len(one.offered) + len(other.offered) == 200, "all are hinted at")

    assert sorted(raws(engine_db)) == sorted(mail(n) for n in range(200))
    assert sorted(one.offered + other.offered) == [row.id for row in kept(engine_db)]
    assert box(engine_db, dovecot.name(user)).fetched == 200


def test_the_process_proves_that_it_lives_and_ends_at_once(engine_db: Engine, dovecot: Dovecot, user: str) -> None:
    with following(engine_db, dovecot.url(user)) as process:
        connected(engine_db, dovecot.name(user))
        began = time.monotonic()
        process.stop()

    assert time.monotonic() - began < 4
    with engine_db.begin() as conn:
        assert conn.execute(select(m.Heartbeat.role)).scalars().all() == ["imap"]


def test_without_a_mailbox_the_process_waits(engine_db: Engine) -> None:
    with following(engine_db) as process:
        until(process.thread.is_alive, "it runs")
