"""A run's page: numbers that balance, stopping it, sending the rest after a question, and who got it as a sheet."""

from __future__ import annotations

import csv
import io
import re
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text, update

from engine import db, move
from engine.models import Contact
from engine.outbound.queries.flushing import these
from engine.outbound.report import export
from engine.people import accounts
from engine.people.accounts import Account
from tests import factories as make
from tests.web import scene
from tests.web.conftest import PASSWORD, Browser, Enqueued
from tests.web.scene import Scene
from web import sheets


@pytest.fixture
def evening(signed_in: Browser, owner: Account) -> Scene:
    """A run of four: sent, in doubt, bounced, deferred."""
    with db.begin() as conn:
        return scene.build(conn, owner, db.now(conn))


@pytest.fixture
def page(evening: Scene) -> str:
    return f"/deliveries/run/{evening.run}"


def value(statement: str, **values: object) -> object:
    with db.begin() as conn:
        return conn.execute(text(statement), values).scalar_one()


def states(run: int) -> list[str]:
    with db.begin() as conn:
        found = text("SELECT state FROM delivery WHERE run_id = :r ORDER BY seq")
        return list(conn.execute(found, {"r": run}).scalars())


def sheet(answer: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.removeprefix(sheets.MARK))))


def test_the_page_shows_numbers_that_add_up_and_why_rows_wait(signed_in: Browser, page: str) -> None:
    shown = signed_in.get(page).text

    assert sum(int(n) for n in re.findall(r'class="count"[^>]*><span[^>]*>(\d+) ', shown)) == 4
    assert "the states add up to it" in shown
    assert re.search(
        r'"wait"><strong>1</strong> Deferred: 451 4.7.1 Greylisted, come again later, attempt 2, next at <time', shown
    )
    assert "sent once more by itself after a while" in shown
    assert "550, such as: 550 5.1.1 &lt;emi@example.org&gt;: no such user" in shown


def test_the_numbers_are_there_for_programs(signed_in: Browser, page: str, evening: Scene) -> None:
    with db.begin() as conn:
        move.deliveries(conn, "resend", these(evening.run, [2]), db.now(conn))

    found = signed_in.get(f"{page}.json").json

    assert found is not None
    assert (found["size"], sum(found["states"].values()), found["balanced"]) == (4, 4, True)
    assert (found["doubts"], found["doubt_resent"], found["states"]["sent"]) == (0, 1, 1)


def test_a_run_is_paused_resumed_and_cancelled_by_buttons(signed_in: Browser, page: str, evening: Scene) -> None:
    asked = signed_in.post(f"{page}/cancel", page).text
    codes = [signed_in.post(f"{page}/{act}", page).status_code for act in ("pause", "resume")]
    done = signed_in.post(f"{page}/cancel", page, sure="yes")

    assert "Cancel run" in asked
    assert codes == [303, 303]
    assert done.status_code == 303
    assert states(evening.run) == ["sent", "in_doubt", "bounced", "cancelled"]
    assert value("SELECT string_agg(DISTINCT actor, '') FROM history WHERE noun = 'run'") == "account:1"


def test_a_paused_run_names_the_person_who_paused_it(signed_in: Browser, page: str) -> None:
    signed_in.post(f"{page}/pause", page)

    assert "Paused by Ada" in signed_in.get(page).text


def test_the_pages_of_deliveries_are_under_operations_in_the_menu(signed_in: Browser, page: str) -> None:
    here = 'href="/deliveries" aria-current="page">Operations'

    assert [here in signed_in.get(path).text for path in ("/deliveries", page, "/doubts", "/teams")] == [True] * 3 + [
        False
    ]


def test_a_cancelled_run_cannot_be_paused(signed_in: Browser, page: str) -> None:
    signed_in.post(f"{page}/cancel", page, sure="yes")

    assert signed_in.post(f"{page}/pause", page).status_code == 409


def test_the_rest_is_sent_after_a_question_that_says_how_many(
    signed_in: Browser, page: str, evening: Scene, enqueued: Enqueued
) -> None:
    fields = {"pick": "bounced|550|", "hours": "4", "why": "mailbox made"}

    asked = signed_in.post(f"{page}/requeue", page, **fields).text
    assert "Send 1 mail of run" in asked
    assert "1 bounced. Each may leave within 4 hours" in asked
    assert states(evening.run)[2] == "bounced"
    done = signed_in.post(f"{page}/requeue", page, **fields, sure="yes")

    assert done.status_code == 303
    assert states(evening.run) == ["sent", "in_doubt", "queued", "deferred"]
    assert len(enqueued.batch_ids) == 1
    event = "SELECT actor || ': ' || reply FROM delivery_event WHERE trigger = 'requeue'"
    assert value(event) == "account:1: queued again: mailbox made"
    until = "SELECT useful_until FROM delivery WHERE run_id = :r AND seq = 3"
    assert value(until, r=evening.run) < evening.now + timedelta(hours=5)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"hours": "4"}, "Tick at least one line"),
        ({"pick": "bounced|550|", "hours": "x"}, "for how many hours"),
        ({"pick": "bounced|550|", "hours": "0"}, "for how many hours"),
        ({"pick": "sent|250|", "hours": "4", "sure": "yes"}, "never sent again"),
    ],
)
def test_a_form_that_is_not_complete_says_what_to_do_and_keeps_what_was_typed(
    signed_in: Browser, page: str, evening: Scene, fields: dict[str, str], said: str
) -> None:
    answer = signed_in.post(f"{page}/requeue", page, why="typed words", **fields)

    assert answer.status_code == 422
    assert said in answer.text
    assert "typed words" in answer.text
    assert states(evening.run) == ["sent", "in_doubt", "bounced", "deferred"]


def test_the_sheet_says_who_got_it_in_the_readers_zone_and_in_utc(
    signed_in: Browser, page: str, owner: Account, evening: Scene
) -> None:
    with db.begin() as conn:
        conn.execute(update(Contact).where(Contact.id == owner.contact_id).values(zone="Asia/Kathmandu"))
        conn.execute(text("UPDATE delivery SET sent_at = '2026-03-04 12:15:07+00' WHERE seq = 1"))

    answer = signed_in.get(f"{page}.csv")
    rows = sheet(answer.text)

    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert [row["state"] for row in rows] == ["sent", "in_doubt", "bounced", "deferred"]
    assert rows[0]["sent at (Asia/Kathmandu)"] == "2026-03-04 18:00:07"
    assert rows[0]["sent at (UTC)"] == "2026-03-04 12:15:07"
    assert (rows[0]["name"], rows[2]["code"], rows[3]["attempt"]) == ("Bikram Thapa", "550", "2")


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1+1", "-1", "@sum", "\tx"])
def test_no_cell_of_a_sheet_is_a_formula(signed_in: Browser, page: str, name: str) -> None:
    with db.begin() as conn:
        conn.execute(text("UPDATE contact SET name = :name WHERE name LIKE 'Bikram%'"), {"name": name})

    assert sheet(signed_in.get(f"{page}.csv").text)[0]["name"] == f"'{name}"


def test_a_long_sheet_is_streamed_with_flat_memory(
    app: Flask, signed_in: Browser, owner: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every row once and in order, while never more than a piece of them is in memory."""
    monkeypatch.setattr(export, "PIECE", 500)
    with db.begin() as conn:
        run = make.run(conn, owner.workspace_id, size=20_000)
        batch = make.batch(conn, owner.workspace_id, run)
        conn.execute(
            text(
                "INSERT INTO delivery (run_id, seq, workspace_id, recipient, about, batch_id, transport, address,"
                " useful_until, state, reply) SELECT :r, n, :w, n, 0, :b, 'smtp', 'person' || n || '@example.org',"
                " now(), 'sent', repeat('x', 200) FROM generate_series(1, 20000) n"
            ),
            {"r": run, "w": owner.workspace_id, "b": batch},
        )
    signed_in.get("/deliveries")  # whatever is loaded once is loaded

    tracemalloc.start()
    size, numbers = 0, []
    for piece in lines(signed_in, f"/deliveries/run/{run}.csv"):
        size += len(piece)
        numbers.append(piece.split(b",", 1)[0])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert numbers[1:] == [f'"{n}"'.encode() for n in range(1, 20_001)]
    assert size > 4_000_000
    assert peak < 3_500_000, "the numbers kept above take 1.5 MB of it"


def lines(browser: Browser, path: str) -> Iterator[bytes]:
    answer = browser.client.get(path, buffered=False)
    left = b""
    for piece in answer.response:
        *whole, left = (left + (piece if isinstance(piece, bytes) else piece.encode())).split(b"\r\n")
        yield from whole
    answer.close()


def test_another_workspaces_run_is_not_there(signed_in: Browser, evening: Scene, page: str) -> None:
    with db.begin() as conn:
        ws = make.workspace(conn, "Elsewhere")
        run = make.run(conn, ws.id, size=1)
        make.delivery(conn, ws.id, run, make.batch(conn, ws.id, run), 1, recipient=1, state="failed")
    path = f"/deliveries/run/{run}"

    codes = [signed_in.get(f"{path}{part}").status_code for part in ("", "/numbers", ".json", ".csv")]
    codes += [signed_in.post(f"{path}/{act}", page, sure="yes").status_code for act in ("pause", "resume", "cancel")]
    codes.append(signed_in.post(f"{path}/requeue", page, pick="failed||", hours="4", sure="yes").status_code)

    assert codes == [404] * 8
    assert states(run) == ["failed"]
    assert value("SELECT state FROM run WHERE id = :r", r=run) == "open"


def test_who_is_no_admin_may_neither_look_nor_act(app: Flask, evening: Scene, page: str, signed_in: Browser) -> None:
    with db.begin() as conn:
        account = accounts.create_user(conn, "ben@example.org", "Ben", "user", PASSWORD)
    browser = Browser(app.test_client())
    browser.sign_in(account.email)

    assert [browser.get(f"{page}{part}").status_code for part in ("", ".json", ".csv")] == [403] * 3
    assert browser.post(f"{page}/cancel", "/account", sure="yes").status_code == 403
    assert states(evening.run)[3] == "deferred"


def test_no_get_changes_a_run(signed_in: Browser, page: str) -> None:
    codes = {signed_in.get(f"{page}/{act}").status_code for act in ("pause", "resume", "cancel", "requeue")}

    assert codes == {405}
