"""/campaigns/…/content: write, look, save with faults at their lines, go back, send a test to oneself."""

from __future__ import annotations

from html import unescape
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import text

from engine import db
from engine.campaigns.content import trial
from engine.models import Campaign
from engine.outbound.drafts import LetterDraft, Row
from engine.people.accounts import Account
from tests import factories as make
from tests.factories.rows import row
from tests.web.conftest import Browser

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 2_000_000


@pytest.fixture
def place(owner: Account) -> str:
    """The page of a campaign without content."""
    with db.begin() as conn:
        return f"/campaigns/{row(conn, Campaign, workspace_id=owner.workspace_id, name='Spring')}/content"


def save(browser: Browser, place: str, body: str = "Hi {{ first_name or 'there' }}", **more: str | list[str]) -> None:
    fields = {"subject": "News", "format": "markdown", "body": body, **more}
    answer = browser.post(place, place, **fields)
    assert answer.status_code == 302, answer.text


def said(browser: Browser, path: str) -> str:
    return " ".join(unescape(browser.get(path).text).split())


def acts() -> list[str]:
    with db.begin() as conn:
        return list(conn.execute(text("SELECT act FROM act ORDER BY id")).scalars())


def test_a_new_campaign_says_nothing_yet(signed_in: Browser, place: str) -> None:
    page = said(signed_in, place)

    assert "Nothing is saved yet." in page
    assert "Nothing to look at yet" in page


def test_a_zero_that_came_with_what_was_pasted_is_left_out(signed_in: Browser, place: str) -> None:
    save(signed_in, place, body="a\0b", subject="N\0ews", preheader="\0", who="o\0")

    tested = signed_in.post(f"{place}/test", place, who="\0")

    assert tested.status_code == 302
    with db.begin() as conn:
        kept = conn.execute(text("SELECT subject, preheader, body FROM campaign_version")).one()
    assert tuple(kept) == ("News", "", "ab")


def test_what_is_looked_at_is_not_saved_and_is_made_for_a_real_person(
    signed_in: Browser, place: str, owner: Account
) -> None:
    with db.begin() as conn:
        make.contact(conn, owner.workspace_id, "Zora <b>Neale")

    answer = signed_in.post(
        f"{place}/look", place, subject="For {{ name }}", body="Hi **{{ first_name }}**", who="zora"
    )

    page = unescape(answer.text)
    assert answer.status_code == 200
    assert "Hi <strong>Zora</strong>" in page
    assert "For Zora &lt;b&gt;Neale" in answer.text
    assert "Nothing is saved yet." in page


def test_without_a_name_it_is_looked_at_as_one_of_those_it_is_for(
    signed_in: Browser, place: str, owner: Account
) -> None:
    with db.begin() as conn:
        make.contact(conn, owner.workspace_id, "Aaron First")
        make.contact(conn, owner.workspace_id, "Zora Neale")
        conn.execute(text("UPDATE campaign SET query = 'name starts with \"Zora\"'"))

    looked = unescape(signed_in.post(f"{place}/look", place, subject="For {{ name }}", body="Hi").text)
    save(signed_in, place)
    tested = signed_in.post(f"{place}/test", place)

    assert "For Zora Neale" in looked
    assert tested.status_code == 302
    assert "as Zora Neale would get it" in said(signed_in, place)


@pytest.mark.parametrize("query", ['name starts with "Nobody"', 'town is "Kiel"'])
def test_where_it_is_for_nobody_it_is_looked_at_as_anybody(
    signed_in: Browser, place: str, owner: Account, query: str
) -> None:
    with db.begin() as conn:
        make.contact(conn, owner.workspace_id, "Aaron First")
        conn.execute(text("UPDATE campaign SET query = :q"), {"q": query})

    looked = unescape(signed_in.post(f"{place}/look", place, subject="For {{ name }}", body="Hi").text)

    assert "For Aaron First" in looked


def test_a_save_is_a_version_and_an_act(signed_in: Browser, place: str) -> None:
    save(signed_in, place)
    save(signed_in, place, "Two")

    assert "Version 2 is the newest." in said(signed_in, place)
    assert acts()[-2:] == ["saved_content", "saved_content"]


def test_faults_are_listed_with_their_lines_and_what_was_typed_stays(signed_in: Browser, place: str) -> None:
    body = "Dear {{ frist_name }},\n\n{{ name|safe }}\n"

    answer = signed_in.post(place, place, subject="News", format="markdown", body=body)

    page = " ".join(unescape(answer.text).split())
    assert answer.status_code == 422
    assert "Body, line 1, column 9: “frist_name” is not known here. Did you mean first_name?" in page
    assert "Body, line 3, column 9: The filter “safe” is not known here." in page
    assert body in unescape(answer.text)
    assert "Nothing is saved yet." in page


def test_a_person_whose_mail_cannot_be_filled_is_named(signed_in: Browser, place: str, owner: Account) -> None:
    with db.begin() as conn:
        make.contact(conn, owner.workspace_id, "", email="nameless@example.org")
    save(signed_in, place, "Hi {{ first_name }}")

    assert "nameless@example.org would get nothing: first_name is missing." in said(signed_in, f"{place}?who=nameless")


def test_what_is_to_be_mended_is_listed(signed_in: Browser, place: str) -> None:
    save(signed_in, place, "Hello\n\n[x](prices.html)")

    assert "Line 3: The link to “prices.html” leads nowhere in a mail." in said(signed_in, place)


def test_a_preview_runs_nothing_and_leads_nowhere(signed_in: Browser, place: str) -> None:
    save(signed_in, place, "[x](https://a.example/) <script>alert(1)</script>")

    answer = signed_in.get(place)

    assert answer.text.count("<iframe") == answer.text.count("sandbox srcdoc=") == 3
    assert "allow-scripts" not in answer.text
    assert "script-src" not in answer.headers["Content-Security-Policy"]  # so default-src 'self' holds for scripts
    frames = unescape(answer.text.split("srcdoc=")[1])
    assert "<script" not in frames.split("</iframe>")[0]
    assert 'href="https://a.example/"' not in frames.split("</iframe>")[0]


def test_a_second_language_keeps_the_first(signed_in: Browser, place: str) -> None:
    save(signed_in, place, "Hello")
    save(signed_in, place, "Hallo", locale="de")

    first, second = said(signed_in, place), said(signed_in, f"{place}?locale=de")

    assert "> Hello</textarea>" in first
    assert "> Hallo</textarea>" in second


def test_a_language_without_words_goes(signed_in: Browser, place: str) -> None:
    save(signed_in, place, "Hello")
    save(signed_in, place, "Hallo", locale="de")

    save(signed_in, place, "", locale="de", subject="")

    assert "locale=de" not in signed_in.get(place).text


def test_going_back_asks_and_makes_a_version(signed_in: Browser, place: str) -> None:
    save(signed_in, place, "One")
    save(signed_in, place, "Two")

    asked = signed_in.post(f"{place}/versions/1/restore", f"{place}/versions")
    done = signed_in.post(f"{place}/versions/1/restore", f"{place}/versions", sure="yes")

    assert "Go back to version 1?" in asked.text
    assert done.status_code == 302
    assert "> One</textarea>" in said(signed_in, place)
    assert "Version 3 is the newest." in said(signed_in, place)


def test_a_file_larger_than_a_page_is_kept_and_goes_along(signed_in: Browser, place: str) -> None:
    save(signed_in, place)
    fields = {"csrf_token": signed_in.token(place), "inline": "1"}
    body = b"".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    )
    body += b'--x\r\nContent-Disposition: form-data; name="file"; filename="Map.png"\r\nContent-Type: image/png\r\n\r\n'
    body += PNG + b"\r\n--x--\r\n"

    answer = signed_in.client.post(f"{place}/files", data=body, content_type="multipart/form-data; boundary=x")
    with db.begin() as conn:
        made = conn.execute(text("SELECT id FROM campaign_file")).scalar_one()
    save(signed_in, place, "![A map](cid:map)", files=[str(made)])

    assert answer.status_code == 302
    assert 'src="data:image/png;base64,' in unescape(signed_in.get(place).text)


def test_a_file_that_may_not_go_is_refused_with_the_reason(signed_in: Browser, place: str) -> None:
    data = {"csrf_token": signed_in.token(place), "file": (BytesIO(b"MZ"), "a.exe", "application/x-msdownload")}

    signed_in.client.post(f"{place}/files", data=data, content_type="multipart/form-data")

    assert "Only images, PDF, calendar, CSV and text files can be sent so." in said(signed_in, place)


def test_a_test_to_oneself_is_a_run_of_one_that_says_what_somebody_else_would_get(
    signed_in: Browser, place: str, owner: Account, app: Flask
) -> None:
    with db.begin() as conn:
        make.contact(conn, owner.workspace_id, "Zora Neale")
    save(signed_in, place, "Hi {{ first_name }}")

    answer = signed_in.post(f"{place}/test", place, who="zora")

    assert answer.status_code == 302
    assert "as Zora Neale would get it" in said(signed_in, place)
    with db.begin() as conn:
        rows = conn.execute(
            text("SELECT d.*, r.kind FROM delivery d JOIN run r ON r.id = d.run_id ORDER BY d.run_id DESC LIMIT 1")
        ).one()
        taken = Row(rows.run_id, rows.seq, rows.recipient, rows.about, rows.transport, rows.address, 0, None)
        draft = trial.notice_mails(conn, owner.workspace_id, [taken])[rows.seq]
    assert (rows.kind, rows.recipient, rows.address) == ("notice", owner.contact_id, owner.email)
    assert isinstance(draft, LetterDraft)
    assert draft.subject == "[Test] News"
    assert draft.text.startswith("Hi Zora\n")
    assert acts()[-1] == "sent_campaign_test"


def test_a_test_that_cannot_be_filled_is_not_sent(signed_in: Browser, place: str, owner: Account) -> None:
    with db.begin() as conn:
        make.contact(conn, owner.workspace_id, "", email="nameless@example.org")
    save(signed_in, place, "Hi {{ first_name }}")

    signed_in.post(f"{place}/test", place, who="nameless")

    assert "No test was sent: first_name is missing" in said(signed_in, place)
    assert "sent_campaign_test" not in acts()
