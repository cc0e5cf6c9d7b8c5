"""Mails of before read anew, on the page: looked for, shown, ticked, applied, dropped. And senders marked as robots."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from engine import config, db
from engine.inbound import reread
from engine.inbound.own import Own
from engine.inbound.parse import parse
from engine.inbound.receive import receive
from engine.inbound.store import store
from engine.people.accounts import Account
from tests.web import scene, talk_scene, trace_scene
from tests.web.conftest import Browser, Enqueued


@pytest.fixture
def older(owner: Account) -> int:
    """A mail whose two entries an older parser had taken for one."""
    with db.begin() as conn:
        made = scene.build(conn, owner, db.now(conn))
        found = trace_scene.build(conn, owner, made)
        [ident] = conn.scalars(text("SELECT id FROM rereading")).all()
        reread.drop(conn, owner.principal, ident, db.now(conn))
    return found.assigned


def go_on(conn: db.Conn, ident: int) -> None:
    """What the worker does, to the end."""
    while reread.go_on(conn, ident, parse, db.now(conn)).reread:
        pass


def newest() -> int:
    with db.begin() as conn:
        return int(conn.execute(text("SELECT max(id) FROM rereading")).scalar_one())


def acts(noun: str) -> list[tuple[str, str]]:
    """(about, detail) of the acts about this, in order."""
    with db.begin() as conn:
        found = conn.execute(text("SELECT about, detail FROM act WHERE noun = :noun ORDER BY id"), {"noun": noun})
        return [(row.about, row.detail) for row in found]


def test_an_instance_whose_mails_were_all_read_by_this_parser_says_so(signed_in: Browser) -> None:
    page = signed_in.get("/held/reread").text

    assert "Every mail whose source is kept was read by this release" in page
    assert "Look for differences" not in page


def test_what_a_message_says_is_shown_as_it_is_and_as_it_would_be(signed_in: Browser, owner: Account) -> None:
    with db.begin() as conn:
        made = scene.build(conn, owner, db.now(conn))
        talk_scene.build(conn, made)
        trace_scene.build(conn, owner, made)

    page = signed_in.get("/held/reread").text

    card = page[page.index("Holiday next week") :]
    assert card.index("As it is") < card.index("Platform team") < card.index("As it would be")
    assert "Platform team" not in card[card.index("As it would be") : card.index("</section>")]
    assert "Who takes the release?" in card[card.index("As it would be") :]


def test_differences_are_looked_for_shown_side_by_side_and_applied_on_approval(
    signed_in: Browser, older: int, enqueued: Enqueued
) -> None:
    begun = signed_in.post("/held/reread", "/held/reread")
    ident = newest()
    reading = signed_in.get("/held/reread").text
    with db.begin() as conn:
        go_on(conn, ident)
    found = signed_in.get("/held/reread").text
    asked = signed_in.post(f"/held/reread/{ident}/apply", "/held/reread")
    said = signed_in.post(f"/held/reread/{ident}/apply", "/held/reread", sure="yes")
    with db.begin() as conn:
        go_on(conn, ident)
    done = signed_in.get("/held/reread").text

    assert begun.status_code == said.status_code == 303
    assert enqueued.reread_ids == [ident, ident]
    assert ">reading<" in reading
    assert "waits for your word" in found
    assert found.index("As it is") < found.index("As it would be")
    assert "Apply 1 difference?" in asked.text
    assert acts("rereading")[-1] == ("1 difference", "")
    assert ">applied<" in done
    with db.begin() as conn:
        query = text(
            "SELECT e.text FROM entry e JOIN answer a ON a.id = e.answer_id WHERE a.inbound_id = :id ORDER BY no"
        )
        assert conn.scalars(query, {"id": older}).all() == [
            "the login bug is fixed and released.", "waiting for access to the staging database.",
        ]  # fmt: skip


def test_what_is_left_out_is_marked_and_nothing_is_left_to_apply(signed_in: Browser, older: int) -> None:
    signed_in.post("/held/reread", "/held/reread")
    ident = newest()
    with db.begin() as conn:
        go_on(conn, ident)
        row = conn.execute(text("SELECT max(id) FROM rereading_difference")).scalar_one()

    nothing = signed_in.post(f"/held/reread/{ident}/choose", "/held/reread", act="out")
    signed_in.post(f"/held/reread/{ident}/choose", "/held/reread", act="out", row=[str(row)])
    page = signed_in.get("/held/reread").text
    refused = signed_in.post(f"/held/reread/{ident}/apply", "/held/reread", sure="yes")

    assert nothing.status_code == 422
    assert ">left out<" in page
    assert refused.status_code == 422
    assert "Nothing is ticked" in refused.text


def test_dropping_leaves_all_as_it_was(signed_in: Browser, older: int) -> None:
    signed_in.post("/held/reread", "/held/reread")
    ident = newest()
    with db.begin() as conn:
        go_on(conn, ident)

    signed_in.post(f"/held/reread/{ident}/drop", "/held/reread")
    page = signed_in.get("/held/reread").text

    assert ">dropped<" in page
    assert "Look for differences" in page


def test_a_sender_is_marked_as_a_robot_and_the_mark_taken_back(
    signed_in: Browser, owner: Account, enqueued: Enqueued
) -> None:
    raw = b"From: desk@vendor.test\r\nSubject: Ticket\r\n\r\nWe have your message.\r\n"
    with db.begin() as conn:
        number, _ = store(conn, "smtp", "one", "desk@vendor.test", [], raw, db.now(conn))
        receive(conn, number, parse, db.now(conn), own=Own.of(config.settings()))

    marked = signed_in.post("/held/robot", f"/held/{number}", row=str(number))
    page = signed_in.get(marked.location).text
    mail = signed_in.get(f"/held/{number}").text
    back = signed_in.post("/held/robots/take-back", marked.location, sender="desk@vendor.test")

    assert "desk@vendor.test: 1 mail is noted, and so are later ones." in page
    assert acts("robot") == [("desk@vendor.test", "1 mail"), ("desk@vendor.test", "")]
    assert "is a robot, as a person says" in mail
    assert enqueued.inbound_ids == [number]
    assert "No robots" in signed_in.get(back.location).text


def test_nothing_ticked_marks_nobody(signed_in: Browser) -> None:
    answer = signed_in.post("/held/robot", "/held/robots")

    assert answer.status_code == 422
    assert "Tick at least one mail first." in answer.text
