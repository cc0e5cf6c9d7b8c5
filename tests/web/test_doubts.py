"""The page of doubts: filters, a question with numbers, a person's word and its undo, and the list as a sheet."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from engine import db, move
from engine.outbound.queries.flushing import these
from engine.people import accounts
from engine.people.accounts import Account
from tests import factories as make
from tests.web.conftest import PASSWORD, Browser, Enqueued
from web import sheets

LINE = "lost (at DATA)\n> RCPT TO:<p2@gmail.com>\n< 250 ok\n> 812 bytes of content, with its final dot"


@pytest.fixture
def run(signed_in: Browser, owner: Account) -> int:
    """Three doubts, the second with a transcript, and the third only a minute old; one row that was sent."""
    return doubtful(owner.workspace_id)


def doubtful(workspace_id: int) -> int:
    with db.begin() as conn:
        now = db.now(conn)
        run = make.run(conn, workspace_id, "post", made_at=now, state="done", size=4)
        batch = make.batch(conn, workspace_id, run, state="done", epoch=1)
        for seq in range(1, 5):
            make.delivery(
                conn, workspace_id, run, batch, seq, recipient=seq,
                address=f"p{seq}@{'gmail.com' if seq < 3 else 'x.test'}", useful_until=now + timedelta(hours=9),
                state="sent" if seq == 4 else "queued",
            )  # fmt: skip
        died = "its worker mail1:7 stopped before an answer was recorded"
        move.deliveries(conn, "doubt", these(run, [1]), now, reason=died)
        move.deliveries(conn, "doubt", these(run, [2]), now, reason=LINE)
        conn.execute(text("UPDATE delivery_event SET written_at = written_at - interval '20 minutes'"))
        move.deliveries(conn, "doubt", these(run, [3]), now, reason=died)
    return run


def states(run: int) -> list[str]:
    with db.begin() as conn:
        found = text("SELECT state FROM delivery WHERE run_id = :r ORDER BY seq")
        return list(conn.execute(found, {"r": run}).scalars())


def actors(trigger: str) -> list[str]:
    with db.begin() as conn:
        found = text("SELECT actor FROM delivery_event WHERE trigger = :t")
        return list(conn.execute(found, {"t": trigger}).scalars())


def test_a_new_instance_has_nothing_in_doubt(signed_in: Browser) -> None:
    page = signed_in.get("/doubts").text

    assert "Nothing is in doubt" in page
    assert "Send once more" not in page


def test_doubts_are_listed_with_what_was_said(signed_in: Browser, run: int) -> None:
    page = signed_in.get("/doubts").text

    assert page.count('name="row"') == 3
    assert "Its worker died; nobody heard the answer." in page
    assert "&gt; 812 bytes of content, with its final dot" in page
    assert page.count("its answer may still come") == 1
    assert "In doubt (3)" in signed_in.get("/deliveries").text
    assert "812 bytes" not in signed_in.get("/deliveries").text  # the list has the first line alone
    assert f'href="/doubts?run={run}"' in signed_in.get(f"/deliveries/{run}/1").text


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        ("provider=gmail.com", 2),
        ("cause=service", 0),
        ("cause=died&provider=gmail.com", 1),
        ("kind=digest", 0),
        ("run=x", 3),
    ],
)
def test_the_list_is_filtered(signed_in: Browser, owner: Account, words: str, rows: int) -> None:
    with_mail = doubtful(owner.workspace_id)
    with db.begin() as conn:
        conn.execute(text("UPDATE delivery SET transport = 'smtp' WHERE run_id = :r"), {"r": with_mail})

    assert signed_in.get(f"/doubts?{words}").text.count('name="row"') == rows


def test_ticked_ones_are_marked_as_arrived_after_a_question_and_taken_back(signed_in: Browser, run: int) -> None:
    fields = {"act": "arrived", "scope": "rows", "row": f"{run}.2"}

    asked = signed_in.post("/doubts", "/doubts", **fields).text
    assert "Mark 1 delivery as arrived?" in asked
    assert "Of 1 run." in asked
    assert states(run)[1] == "in_doubt"
    done = signed_in.post("/doubts", "/doubts", **fields, sure="yes")

    assert done.status_code == 303
    assert states(run) == ["in_doubt", "sent", "in_doubt", "sent"]
    assert re.search(r"Settled by hand.*by Ada<", signed_in.get("/doubts").text, re.S)
    assert "By Ada<" in signed_in.get(f"/deliveries/{run}/2").text
    signed_in.post("/doubts/take-back", "/doubts", row=f"{run}.2")
    assert states(run)[1] == "in_doubt"
    assert actors("mark_arrived") == actors("take_back") == ["account:1"]


def test_all_of_a_filter_are_given_up(signed_in: Browser, run: int) -> None:
    fields = {"act": "give-up", "scope": "all", "provider": "gmail.com"}

    asked = signed_in.post("/doubts", "/doubts", **fields).text
    done = signed_in.post("/doubts", "/doubts", **fields, sure="yes")

    assert "Give up 2 deliveries?" in asked
    assert 'name="provider" value="gmail.com"' in asked
    assert done.headers["Location"].endswith("/doubts?provider=gmail.com")
    assert states(run) == ["failed", "failed", "in_doubt", "sent"]


def test_sending_once_more_leaves_out_the_young_and_says_so(signed_in: Browser, run: int, enqueued: Enqueued) -> None:
    with db.begin() as conn:
        conn.execute(text("UPDATE run SET kind = 'notice'"))
    asked = signed_in.post("/doubts", "/doubts", act="resend", scope="all").text
    signed_in.post("/doubts", "/doubts", act="resend", scope="all", sure="yes")

    assert "Send 2 deliveries once more?" in asked
    assert "1 younger than 15 minutes stay in doubt" in asked
    assert states(run) == ["queued", "queued", "in_doubt", "sent"]
    assert actors("resend") == ["account:1"] * 2
    assert len(enqueued.batch_ids) == 1
    shown = signed_in.get(f"/deliveries/run/{run}").text
    assert "each may have arrived twice" in shown


def test_a_press_without_a_tick_says_what_to_do(signed_in: Browser, run: int) -> None:
    answer = signed_in.post("/doubts", "/doubts", act="arrived", scope="rows", sure="yes")

    assert answer.status_code == 422
    assert "Tick at least one delivery first." in answer.text
    assert states(run)[:3] == ["in_doubt"] * 3


def test_a_word_that_came_too_late_to_take_back_says_so(signed_in: Browser, run: int) -> None:
    signed_in.post("/doubts", "/doubts", act="arrived", scope="rows", row=f"{run}.1", sure="yes")
    with db.begin() as conn:
        move.deliveries(conn, "return_", these(run, [1]), db.now(conn), reason="no such user")

    answer = signed_in.client.post(
        "/doubts/take-back", data={"csrf_token": signed_in.token("/doubts"), "row": f"{run}.1"}, follow_redirects=True
    )

    assert "Too late" in answer.text
    assert states(run)[0] == "bounced"


def test_the_list_is_there_as_a_sheet(signed_in: Browser, run: int) -> None:
    rows = list(
        csv.DictReader(io.StringIO(signed_in.get("/doubts/list.csv?provider=gmail.com").text.removeprefix(sheets.MARK)))
    )

    assert [(row["no"], row["cause"]) for row in rows] == [
        ("1", "its worker died; nobody heard the answer"), ("2", "the line broke after the content had left"),
    ]  # fmt: skip
    assert rows[1]["said"] == LINE


def test_another_workspaces_doubts_are_neither_seen_nor_touched(signed_in: Browser) -> None:
    with db.begin() as conn:
        other = make.workspace(conn, "Elsewhere").id
    run = doubtful(other)
    mine = doubtful(1)

    page = signed_in.get("/doubts").text
    for act in ("arrived", "give-up", "resend"):
        signed_in.post("/doubts", "/doubts", act=act, scope="rows", row=f"{run}.1", sure="yes")

    assert f'value="{mine}.1"' in page
    assert f'value="{run}.1"' not in page
    assert str(run) not in [
        row["run"]
        for row in csv.DictReader(io.StringIO(signed_in.get("/doubts/list.csv").text.removeprefix(sheets.MARK)))
    ]
    assert states(run)[0] == "in_doubt"


def test_who_is_no_admin_may_neither_look_nor_act(app: Flask, run: int) -> None:
    with db.begin() as conn:
        account = accounts.create_user(conn, "ben@example.org", "Ben", "user", PASSWORD)
    browser = Browser(app.test_client())
    browser.sign_in(account.email)

    assert [browser.get(path).status_code for path in ("/doubts", "/doubts/list.csv")] == [403, 403]
    assert browser.post("/doubts", "/account", act="give-up", scope="all", sure="yes").status_code == 403
    assert states(run)[0] == "in_doubt"


def test_a_post_without_its_token_changes_nothing(signed_in: Browser, run: int) -> None:
    answer = signed_in.client.post("/doubts", data={"act": "give-up", "scope": "all", "sure": "yes"})

    assert answer.status_code == 400
    assert states(run)[0] == "in_doubt"
