"""Server, line, database or broker are away for a while: nothing is lost, and nothing is taken twice."""

from __future__ import annotations

from threading import Event

from sqlalchemy import Engine

from tests.engine.inbound.retrieve.following import SEEN, Pauses, box, connected, following, kept, mail, raws, until
from tests.fakes.database import Databases, failing_commits
from tests.fakes.dovecot import Dovecot
from tests.fakes.wire import Wire


def test_a_server_that_comes_back_is_found(engine_db: Engine, own_dovecot: Dovecot, user: str) -> None:
    own_dovecot.start()
    with following(engine_db, own_dovecot.url(user)):
        connected(engine_db, own_dovecot.name(user))
        own_dovecot.stop()
        row = until(lambda: (row := box(engine_db, own_dovecot.name(user))).failure and row, "it is said")
        own_dovecot.start()
        own_dovecot.deliver(user, mail(1))
        until(lambda: raws(engine_db), "it is kept")
        until(lambda: not box(engine_db, own_dovecot.name(user)).failure, "the failure is over")

    assert "The connection to 127.0.0.1" in row.failure
    assert row.failed_at is not None


def test_a_connection_cut_in_the_middle_of_a_slice_loses_nothing_and_doubles_nothing(
    engine_db: Engine, dovecot: Dovecot, user: str, line: Wire
) -> None:
    with following(engine_db, dovecot.url(user, port=line.port), poll=0.5):
        connected(engine_db, dovecot.name(user, port=line.port))
        line.cut = 90_000  # in the third slice
        with dovecot.client(user) as client:
            client.multiappend("INBOX", [mail(n, "x" * 700) for n in range(200)])
        until(lambda: len(kept(engine_db)) == 200, "all are here")

    assert line.cuts == 1
    assert line.connections == 2
    assert raws(engine_db) == [mail(n, "x" * 700) for n in range(200)]


def test_while_the_database_is_away_nothing_is_marked_and_all_comes_later(
    databases: Databases, db_url: str, engine_db: Engine, dovecot: Dovecot, user: str, pauses: Pauses
) -> None:
    with following(engine_db, dovecot.url(user)):
        connected(engine_db, dovecot.name(user))
        with databases.away(db_url):
            dovecot.deliver(user, mail(1), mail(2))
            until(lambda: len(pauses) >= 2, "two looks at the mailbox found no database")
            assert dovecot.flags(user) == {1: set(), 2: set()}
        until(lambda: dovecot.flags(user) == {1: SEEN, 2: SEEN}, "both are marked")

    assert {kind for kind, _ in pauses} == {"database"}
    assert raws(engine_db) == [mail(1), mail(2)]


def test_a_commit_that_fails_marks_nothing(engine_db: Engine, dovecot: Dovecot, user: str) -> None:
    with following(engine_db, dovecot.url(user)):
        connected(engine_db, dovecot.name(user))
        with failing_commits(engine_db):
            dovecot.deliver(user, mail(1))
            until(lambda: box(engine_db, dovecot.name(user)).failure, "it is said")
            assert dovecot.flags(user) == {1: set()}
        until(lambda: dovecot.flags(user) == {1: SEEN}, "it is kept and marked")


def test_one_mailbox_that_fails_does_not_hold_up_another(engine_db: Engine, dovecot: Dovecot, user: str) -> None:
    bad = dovecot.url(f"{user}-other", password="no")
    with following(engine_db, bad, dovecot.url(user)):
        connected(engine_db, dovecot.name(user))
        dovecot.deliver(user, mail(1))
        until(lambda: raws(engine_db), "it is kept")
        until(lambda: box(engine_db, dovecot.name(f"{user}-other")).failure, "the other one's trouble is said")


def test_a_broker_that_fails_or_hangs_costs_no_mail(engine_db: Engine, dovecot: Dovecot, user: str) -> None:
    release = Event()

    def enqueue(ident: int) -> None:
        release.wait(60)
        raise ConnectionError("no broker")

    with following(engine_db, dovecot.url(user), enqueue=enqueue):
        connected(engine_db, dovecot.name(user))
        dovecot.deliver(user, mail(1), mail(2))
        until(lambda: dovecot.flags(user) == {1: SEEN, 2: SEEN}, "both are kept and marked")
        release.set()
