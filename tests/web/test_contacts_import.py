"""The pages of imports: from a file to people and back, with what was typed kept where something is wrong."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from engine import db
from engine.people.accounts import Account
from engine.people.imports import sniffing
from engine.tasks.stories import import_on
from tests.web.conftest import Browser, Enqueued
from web import sheets

PATH = "/contacts/import"
FILE = b"E-mail;Name;Stadt;Alter\nada@example.org;Ada;Bonn;41\nnothing;X;Y;=1+1\nben@example.org;Ben;;5\n"


def sent(client: FlaskClient, token: str, data: bytes, name: str = "people.csv") -> Any:
    """POST a file as a browser does. The client would write a large form into a temporary file and leave it open."""
    parts = (
        b'--xx\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n' + token.encode() + b"\r\n",
        f'--xx\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode(), data,
        b"\r\n--xx--\r\n",
    )  # fmt: skip
    return client.post(PATH, data=b"".join(parts), content_type="multipart/form-data; boundary=xx")


def upload(browser: Browser, data: bytes) -> Any:
    return sent(browser.client, browser.token(PATH), data)


def form(**changes: str) -> dict[str, str]:
    """What the page of columns sends for FILE."""
    said = {
        "to-0": "email", "to-1": "name", "to-2": "attribute", "name-2": "stadt", "kind-2": "text", "to-3": "attribute",
        "name-3": "alter", "kind-3": "number", "existing": "update", "tags": "", "encoding": "utf-8", "separator": ";",
    }  # fmt: skip
    return {**said, **changes}


def work(enqueued: Enqueued) -> None:
    for ident in enqueued.import_ids:
        import_on(ident, lambda: False)
    enqueued.import_ids.clear()


def people() -> list[str]:
    with db.begin() as conn:
        return list(conn.scalars(text("SELECT email FROM contact WHERE email <> 'ada.owner@x' ORDER BY email")))


def test_from_a_file_to_people_and_back(signed_in: Browser, enqueued: Enqueued) -> None:
    page = upload(signed_in, FILE).location
    guessed = signed_in.get(page).text
    before = people()

    tried = signed_in.post(f"{page}/check", page, **form(tags="spring"))
    while_busy = signed_in.get(page).text
    work(enqueued)
    checked = signed_in.get(page).text
    signed_in.post(f"{page}/start", page)
    work(enqueued)
    done = signed_in.get(page).text
    after = people()
    asked = signed_in.post(f"{page}/undo", page).text
    signed_in.post(f"{page}/undo", page, sure="yes")
    work(enqueued)

    assert "read as UTF-8 with semicolons between columns" in guessed
    assert (tried.status_code, tried.location) == (303, page)
    assert "<progress" in while_busy
    assert "data-poll" in while_busy
    assert "Would be made" in checked
    assert 'value="spring"' in checked
    assert set(after) - set(before) == {"ben@example.org"}  # Ada owns the workspace, and is changed
    assert "1 made and 1 changed by this import." in asked
    assert "Download all faults" in done
    assert people() == before
    assert "taken back" in signed_in.get(page).text
    assert "taken back" in signed_in.get(PATH).text
    with db.begin() as conn:
        acts = list(conn.scalars(text("SELECT act FROM act WHERE noun = 'import' ORDER BY id")))
    assert acts == ["uploaded_people", "tried_import", "began_import", "undid_import"]


def test_the_faults_are_a_file_that_no_spreadsheet_takes_for_formulas(signed_in: Browser, enqueued: Enqueued) -> None:
    page = upload(signed_in, b'email;x\n=cmd|1;2\n"+1";3\nada@example.org;4\n').location
    signed_in.post(f"{page}/check", page, **{"to-0": "email", "to-1": "", "existing": "update"})
    work(enqueued)

    rows = list(csv.reader(io.StringIO(signed_in.get(f"{page}/faults.csv").text.removeprefix(sheets.MARK))))

    assert rows[0] == ["Line", "Column", "What is wrong", "The line as it stood"]
    assert [(row[0], row[1], row[3]) for row in rows[1:]] == [("2", "email", "'=cmd|1;2"), ("3", "email", '"+1";3')]


@pytest.mark.parametrize(
    ("data", "words"), [(b"PK\x03\x04xxxx", "save it as CSV"), (b"", "The file is empty"), (b"a\n", "no line below")]
)
def test_a_file_that_is_no_list_is_refused_with_words(signed_in: Browser, data: bytes, words: str) -> None:
    answer = upload(signed_in, data)

    assert answer.status_code == 422
    assert words in answer.text
    with db.begin() as conn:
        assert conn.scalar(text("SELECT count(*) FROM import")) == 0


def test_without_a_file_it_says_so(signed_in: Browser) -> None:
    answer = signed_in.post(PATH, PATH)

    assert (answer.status_code, "Choose a file first." in answer.text) == (422, True)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"to-0": ""}, "Say which column has the mail address"),
        ({"to-1": "email"}, "Column 1 is this already"),
        ({"consent": "on", "consent_date": "2026-01-01"}, "Say where the consent comes from"),
        ({"consent": "on", "consent_source": "fair", "consent_date": "sometime"}, "Write a date"),
        ({"existing": "forget"}, "Choose what happens"),
        ({"kind-3": "colour"}, "Choose a kind"),
        ({"to-2": "king"}, "Choose what this column is"),
        ({"tags": ",".join(f"t{n}" for n in range(60))}, "more than 50 parts"),
    ],
)
@pytest.mark.parametrize("act", ["preview", "check", "start"])
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    signed_in: Browser, enqueued: Enqueued, act: str, changes: dict[str, str], words: str
) -> None:
    page = upload(signed_in, FILE).location

    answer = signed_in.post(f"{page}/{act}", page, **form(**{"name-2": "my_city", "tags": "kept, too", **changes}))

    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="my_city"' in answer.text
    assert f'value="{changes.get("tags", "kept, too")}"' in answer.text
    assert enqueued.import_ids == []


def test_the_preview_shows_what_rows_become_and_keeps_the_form(signed_in: Browser) -> None:
    page = upload(signed_in, FILE).location

    answer = signed_in.post(f"{page}/preview", page, **form(tags="a, b"))
    shown = signed_in.get(answer.location).text

    assert answer.status_code == 303
    assert "stadt: Bonn; alter: 41" in shown
    assert "This is not a mail address" in shown
    assert 'value="a, b"' in shown


def test_a_file_can_be_read_another_way(signed_in: Browser) -> None:
    page = upload(signed_in, FILE).location

    answer = signed_in.post(f"{page}/preview", page, **form(separator=","))

    assert answer.status_code == 303
    assert "read as UTF-8 with commas between columns" in signed_in.get(page).text


def test_a_stop_asks_first_and_a_second_one_finds_it_stopped(signed_in: Browser) -> None:
    page = upload(signed_in, FILE).location
    signed_in.post(f"{page}/start", page, **form())

    asked = signed_in.post(f"{page}/cancel", page)
    signed_in.post(f"{page}/cancel", page, sure="yes")
    again = signed_in.post(f"{page}/cancel", PATH, sure="yes")

    assert "Stop the import of people.csv?" in asked.text
    assert "stopped" in signed_in.get(page).text
    assert again.status_code == 409


def test_only_admins_have_room_for_a_file(browser: Browser, signed_in: Browser, owner: Account, app: Any) -> None:
    big = b"email\n" + b"a@example.org\n" * 150_000

    stranger: FlaskClient = app.test_client()
    refused = sent(stranger, "", big)
    taken = upload(signed_in, big)

    assert len(big) > 2_000_000
    assert refused.status_code == 413
    assert taken.status_code == 303


def test_a_file_over_the_limit_is_refused_with_words(signed_in: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sniffing, "MOST_BYTES", 500_000)

    answer = upload(signed_in, b"email\n" + b"a@example.org\n" * 50_000)

    assert answer.status_code == 422
    assert "Split it in parts" in answer.text
