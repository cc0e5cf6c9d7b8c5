"""/system: what runs, waits and is full, what to do about it; the instance's for admins, mail counts of one's own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, text

from engine import VERSION, db
from engine.models import Incident
from engine.people.accounts import Account
from tests import factories as make
from tests.factories.rows import row
from tests.web.conftest import Browser

ROLES = ("scheduler", "smtpd", "queue:send", "queue:bulk", "queue:inbound", "queue:upkeep")


@pytest.fixture
def well(owner: Account) -> None:
    """Everything is alive, and there is a backup of now."""
    with db.begin() as conn:
        for role in ROLES:
            db.beat(conn, role, f"host:{ROLES.index(role)}")
        conn.execute(
            text("INSERT INTO backup (file, size, release, made_at) VALUES ('/b/one.dump', 2500000, '0.1.0', :at)"),
            {"at": db.now(conn)},
        )


def page(browser: Browser) -> str:
    return " ".join(browser.get("/system").text.split())


def test_an_instance_that_is_well_says_that_nothing_is_to_be_done(signed_in: Browser, well: None) -> None:
    found = page(signed_in)

    assert "All parts are alive" in found
    assert "/b/one.dump" in found
    assert "2.5 MB" in found
    assert f"release {VERSION}" in found
    assert "silent" not in found
    assert signed_in.get("/system.json").json["problems"] == []  # type: ignore[index]


def test_a_part_that_is_missing_is_named_with_what_to_do(signed_in: Browser, well: None) -> None:
    with db.begin() as conn:
        conn.execute(text("DELETE FROM heartbeat WHERE role = 'scheduler'"))
        conn.execute(text("UPDATE heartbeat SET seen_at = seen_at - interval '2 min' WHERE role = 'queue:bulk'"))

    found = page(signed_in)

    assert "No scheduler has shown life" in found
    assert "sixpm scheduler" in found
    assert "No worker of the queue bulk has shown life" in found
    assert "silent" in found


def test_a_process_of_another_release_is_marked(signed_in: Browser, well: None) -> None:
    with db.begin() as conn:
        conn.execute(text("UPDATE heartbeat SET version = '0.0.9' WHERE role = 'smtpd'"))

    found = page(signed_in)

    assert "another release" in found
    assert "Processes of another release are running: 0.0.9" in found


def test_a_queue_that_answers_nothing_an_old_backup_and_a_shifted_clock_want_a_person(
    signed_in: Browser, well: None
) -> None:
    with db.begin() as conn:
        row(conn, Incident, kind="watchdog", about="send", words="Silent for 90 s.", opened_at=db.now(conn))
        conn.execute(text("UPDATE backup SET made_at = made_at - interval '3 days'"))
        db.shift_clock(conn, timedelta(hours=2))

    told = signed_in.get("/system.json").json
    assert told is not None
    problems = " ".join(one["what"] for one in told["problems"])

    assert "Queue send is not consumed. Silent for 90 s." in problems
    assert "The last backup is 3 days old." in problems
    assert "Business time is shifted by 2:00:00" in problems
    assert all(one["todo"] for one in told["problems"])


def test_counts_of_mail_are_those_of_ones_own_workspace(signed_in: Browser, owner: Account, well: None) -> None:
    with db.begin() as conn:
        other = make.workspace(conn, "Other")
        for workspace_id, count in ((owner.workspace_id, 1), (other.id, 4)):
            for _ in range(count):
                run = make.run(conn, workspace_id, "notice")
                conn.execute(text("UPDATE run SET state = 'held' WHERE id = :run"), {"run": run})

    told = signed_in.get("/system.json").json

    assert told is not None
    assert told["held_runs"] == 1


def test_the_page_takes_at_most_twelve_statements(signed_in: Browser, engine_db: Engine, well: None) -> None:
    seen: list[str] = []
    event.listen(db.engine(), "before_cursor_execute", lambda *words: seen.append(str(words[2])))

    assert signed_in.get("/system/numbers").status_code == 200

    assert 5 < len(seen) <= 12, seen


def test_users_are_not_let_in(browser: Browser, user: Account) -> None:
    browser.sign_in(user.email)

    assert browser.get("/system").status_code == 403
    assert browser.get("/system.json").status_code == 403


def test_mailboxes_are_listed_and_one_that_fails_wants_a_person(signed_in: Browser, well: None) -> None:
    assert "Mailboxes" not in page(signed_in)
    with db.begin() as conn:
        db.beat(conn, "imap", "host:7")
        conn.execute(
            text(
                "INSERT INTO imap_box (name, connected_at, last_ok_at, fetched, failure, failed_at) VALUES"
                " ('answers@mail.test/INBOX', now(), now() - interval '20 s', 1234, '', NULL),"
                " ('other@mail.test/INBOX', NULL, NULL, 0, 'mail.test:993 refuses the login of other.', now())"
            )
        )

    found, told = page(signed_in), signed_in.get("/system.json").json

    assert "answers@mail.test/INBOX" in found
    assert "1,234" in found
    assert "works" in found
    assert "Nothing is fetched from other@mail.test/INBOX. mail.test:993 refuses the login of other." in found
    assert told is not None
    assert [one["name"] for one in told["boxes"]] == ["answers@mail.test/INBOX", "other@mail.test/INBOX"]
    assert len(told["problems"]) == 1


def test_mailboxes_without_a_process_want_one(signed_in: Browser, well: None) -> None:
    with db.begin() as conn:
        conn.execute(text("INSERT INTO imap_box (name, connected_at) VALUES ('answers@mail.test/INBOX', now())"))

    found = page(signed_in)

    assert "No process that fetches from mailboxes has shown life" in found
    assert "sixpm imap --forget NAME" in found
