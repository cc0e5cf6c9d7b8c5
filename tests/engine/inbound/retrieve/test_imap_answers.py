"""Answers that Dovecot cannot be made to give, by a scripted server: throttled, deaf, one mail that is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from engine.inbound.retrieve import imap_trouble
from tests.engine.inbound.retrieve.following import Pauses, box, connected, following, kept, mail, raws, until
from tests.fakes.imap_script import Script, scripted


@pytest.fixture
def script() -> Iterator[Script]:
    with scripted() as made:
        yield made


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses of a moment, so that a test sees many tries."""
    monkeypatch.setattr(imap_trouble, "PAUSES", dict.fromkeys(imap_trouble.PAUSES, (0.05, 0.05)))


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("LOGIN", b"NO [THROTTLED] Account temporarily unavailable"),
        ("LOGIN", b"NO [ALERT] Too many simultaneous connections. (Failure)"),
        ("SELECT", b"NO [LIMIT] Rate limit hit"),
        ("UID SEARCH", b"NO [OVERQUOTA] Account exceeded command or bandwidth limits"),
        ("UID FETCH", b"BAD Request is throttled. Suggested Backoff Time: 282951 milliseconds"),
    ],
)
def test_a_server_that_has_had_too_much_of_us_is_left_alone_for_minutes(
    engine_db: Engine, script: Script, pauses: Pauses, command: str, answer: bytes
) -> None:
    if command.startswith("UID"):
        with following(engine_db, script.url):
            connected(engine_db, script.name)
        script.mails = {1: mail(1)}
    script.refuse[command] = answer
    before = script.sessions
    with following(engine_db, script.url, poll=0.05):
        row = until(lambda: (row := box(engine_db, script.name)) and row.failure and row, "it is said")

    [(kind, seconds)] = pauses
    assert (kind, 90 <= seconds <= 150) == ("busy", True)
    assert "has had too much of us" in row.failure
    assert script.sessions == before + 1
    assert raws(engine_db) == []
    assert imap_trouble.pause("busy", 50) >= 1350


def test_a_goodbye_instead_of_a_greeting_says_why(engine_db: Engine, script: Script) -> None:
    script.greeting = b"* BYE Too many simultaneous connections"
    with following(engine_db, script.url):
        row = until(lambda: (row := box(engine_db, script.name)) and row.failure and row, "it is said")

    assert "has had too much of us" in row.failure
    assert "Too many simultaneous connections" in row.failure


def test_an_idle_that_tells_nothing_costs_the_pause_between_looks(engine_db: Engine, script: Script) -> None:
    with following(engine_db, script.url, poll=0.5):
        connected(engine_db, script.name)
        script.mails = {1: mail(1)}
        until(lambda: raws(engine_db) == [mail(1)], "it is found")

    assert "IDLE" in script.commands


@pytest.mark.parametrize(
    "idling", [b"+ idling\r\n* 1 EXISTS\r\n", b"* 1 EXISTS\r\n+ idling\r\n"], ids=["in one packet", "before the plus"]
)
def test_a_mail_that_comes_just_when_idle_begins_is_fetched_at_once(
    engine_db: Engine, script: Script, idling: bytes
) -> None:
    script.meanwhile, script.idling = {1: mail(1)}, idling
    with following(engine_db, script.url, poll=300):
        until(lambda: raws(engine_db) == [mail(1)], "it is found")

    assert box(engine_db, script.name).failure == ""


def test_a_mail_that_is_told_of_with_the_answer_to_a_search_is_fetched_at_once(
    engine_db: Engine, script: Script
) -> None:
    script.searching = {1: mail(1)}
    with following(engine_db, script.url, poll=300):
        until(lambda: raws(engine_db) == [mail(1)], "it is found")

    assert script.sessions == 1


def test_where_idle_is_refused_the_same_session_looks_again_and_again(engine_db: Engine, script: Script) -> None:
    script.refuse["IDLE"] = b"NO not today"
    with following(engine_db, script.url, poll=0.1):
        connected(engine_db, script.name)
        script.mails = {1: mail(1)}
        until(lambda: raws(engine_db) == [mail(1)], "it is found")

    assert script.sessions == 1


def test_a_mail_that_alone_is_refused_is_kept_by_its_header_in_the_end(
    engine_db: Engine, script: Script, hurried: None
) -> None:
    with following(engine_db, script.url, poll=0.05):
        connected(engine_db, script.name)
        script.refuse_mails = {2}
        script.mails = {1: mail(1), 2: mail(2)}
        until(lambda: "does not hand over mail 2" in box(engine_db, script.name).failure, "it is said")
        script.mails = {1: mail(1), 2: mail(2), 3: mail(3)}
        until(lambda: len(kept(engine_db)) == 3, "the one behind it is here")

    first, refused, third = kept(engine_db)
    assert (first.raw, third.raw) == (mail(1), mail(3))
    assert refused.raw == mail(2).partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    assert refused.state == "parked"
    assert refused.reason.startswith("Its server did not hand it over, 5 times.")


def test_where_nothing_is_handed_over_nothing_is_given_up(engine_db: Engine, script: Script, hurried: None) -> None:
    with following(engine_db, script.url, poll=0.05):
        connected(engine_db, script.name)
        script.refuse["UID FETCH"] = b"NO [SERVERBUG] Internal error"
        script.mails = {1: mail(1), 2: mail(2)}
        until(lambda: script.commands.count("UID FETCH") > 12, "it was tried again and again")
        assert kept(engine_db) == []
        script.refuse.clear()
        until(lambda: raws(engine_db) == [mail(1), mail(2)], "both are here")


def test_a_mail_that_goes_away_while_it_is_fetched_is_passed_by(engine_db: Engine, script: Script) -> None:
    with following(engine_db, script.url, poll=0.05):
        connected(engine_db, script.name)
        script.vanish = {2}
        script.mails = {1: mail(1), 2: mail(2), 3: mail(3)}
        until(lambda: len(kept(engine_db)) == 2, "the others are here")

    assert raws(engine_db) == [mail(1), mail(3)]
    assert box(engine_db, script.name).failure == ""


def test_a_mail_that_the_server_tells_nothing_about_is_fetched_all_the_same(engine_db: Engine, script: Script) -> None:
    with following(engine_db, script.url, poll=0.05):
        connected(engine_db, script.name)
        script.mute = {2}
        script.mails = {1: mail(1), 2: mail(2), 3: mail(3)}
        until(lambda: len(kept(engine_db)) == 3, "all three are here")

    assert raws(engine_db) == [mail(1), mail(2), mail(3)]


def test_a_folder_that_may_only_be_read_is_said(engine_db: Engine, script: Script) -> None:
    script.refuse["SELECT"] = b"OK [READ-ONLY] done"
    script.said = b"* 0 EXISTS\r\n* OK [UIDVALIDITY 7]\r\n* OK [READ-ONLY] examined\r\n"
    with following(engine_db, script.url):
        row = until(lambda: (row := box(engine_db, script.name)) and row.failure and row, "it is said")

    assert "ada may only read INBOX at 127.0.0.1" in row.failure
