"""Coming in by mail: links that work once, new passwords, invitations; and what strangers can learn: nothing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from engine import config, db
from engine.outbound.drafts import MailDraft, Row
from engine.outbound.notices import notice_mails
from engine.people import signin
from engine.people.accounts import Account
from tests.web.conftest import PASSWORD, Browser, Enqueued

NEW = "another long secret"


def ask(browser: Browser, email: str, use: str = "link") -> TestResponse:
    """Have a link mailed, up to what happens after the answer."""
    answer = browser.post(f"/signin/{use}", f"/signin/{use}", email=email)
    answer.close()  # the server does so when the client has it all
    return answer


def mails() -> list[tuple[str, MailDraft]]:
    """The notices of the ledger as a worker drafts them: (address, draft), oldest first."""
    with db.begin() as conn:
        rows = conn.execute(
            text("SELECT run_id, seq, recipient, about, transport, address, attempt, useful_until, workspace_id"
                 " FROM delivery ORDER BY run_id, seq")
        ).all()  # fmt: skip
        made = []
        for row in rows:
            draft = notice_mails(conn, row.workspace_id, [Row(*row[:8])])[row.seq]
            assert isinstance(draft, MailDraft)
            made.append((row.address, draft))
    return made


def link(place: str = "signin/link") -> str:
    return f"/{place}/{mails()[-1][1].personal['token']}"


def later(minutes: int) -> None:
    with db.begin() as conn:
        db.shift_clock(conn, timedelta(minutes=minutes))


def acts() -> list[str]:
    with db.begin() as conn:
        return list(conn.execute(text("SELECT act FROM act ORDER BY id")).scalars())


def test_a_mailed_link_signs_in_by_its_button_once(browser: Browser, owner: Account, enqueued: Enqueued) -> None:
    ask(browser, " ADA@example.org")

    page = browser.get(link())
    looked = browser.get("/account").status_code
    used = browser.post(link(), link())
    again = Browser(browser.client.application.test_client()).get(link())

    assert "ada@example.org" in page.text
    assert looked == 302  # following the link signed nobody in
    assert (used.status_code, browser.get("/account").status_code) == (303, 200)
    assert (again.status_code, "over" in again.text) == (410, True)
    assert len(enqueued.batch_ids) == 1
    assert acts() == ["asked_for_a_link", "signed_in"]


def test_a_mailed_link_leads_to_the_page_that_asked_for_signing_in(browser: Browser, owner: Account) -> None:
    asked = browser.get(browser.get("/acts?q=ada").location).text
    form = re.search(r'href="(/signin/link[^"]*)"', asked)
    assert form is not None
    browser.post("/signin/link", form[1], email=owner.email, next="/acts?q=ada").close()

    used = browser.post(link(), link())

    assert 'name="next" value="/acts?q=ada"' in browser.client.application.test_client().get(form[1]).text
    assert used.location == "/acts?q=ada"


def test_a_mailed_link_leads_nowhere_else(browser: Browser, owner: Account) -> None:
    browser.post("/signin/link", "/signin/link", email=owner.email, next="//evil.example/x").close()

    assert browser.post(link(), link()).location == "/"


def test_no_row_holds_the_token(browser: Browser, owner: Account) -> None:
    ask(browser, owner.email)
    token = mails()[0][1].personal["token"]

    with db.begin() as conn:
        kept = conn.execute(text("SELECT context::text FROM notice")).scalar_one()

    assert token not in kept


def test_a_link_is_over_after_a_quarter_of_an_hour(browser: Browser, owner: Account) -> None:
    ask(browser, owner.email)
    path = link()
    token = browser.token(path)
    later(15)

    answers = browser.get(path), browser.client.post(path, data={"csrf_token": token})

    assert [answer.status_code for answer in answers] == [410, 410]
    assert "Mail me a new link" in answers[0].text
    assert browser.get("/account").status_code == 302


def test_the_mail_expires_with_its_link(browser: Browser, owner: Account) -> None:
    ask(browser, owner.email)

    with db.begin() as conn:
        left = conn.execute(text("SELECT extract(epoch FROM useful_until - now()) FROM delivery")).scalar_one()

    assert 800 < left <= 900


@pytest.mark.parametrize("use", ["link", "reset"])
def test_an_unknown_address_reads_the_same_and_gets_nothing(app: Flask, owner: Account, use: str) -> None:
    known = ask(Browser(app.test_client()), owner.email, use)
    unknown = ask(Browser(app.test_client()), "eve@example.org", use)

    assert (known.status_code, unknown.status_code) == (200, 200)
    assert (
        known.text.replace(owner.email, "?").splitlines() == unknown.text.replace("eve@example.org", "?").splitlines()
    )
    assert [address for address, _ in mails()] == [owner.email]


def test_nothing_is_written_before_the_answer_has_left(browser: Browser, owner: Account) -> None:
    answer = browser.post("/signin/link", "/signin/link", email=owner.email)
    before = mails()
    answer.close()

    assert (len(before), len(mails())) == (0, 1)


@pytest.mark.parametrize("email", ["ada@example.org", "eve@example.org"])
def test_asking_is_throttled_as_passwords_are_known_or_not(browser: Browser, owner: Account, email: str) -> None:
    for _ in range(signin.PER_ACCOUNT.size):
        assert ask(browser, email).status_code == 200

    answer = ask(browser, email)

    assert answer.status_code == 429
    assert f'value="{email}"' in answer.text


def test_a_link_of_one_use_is_refused_for_another(browser: Browser, owner: Account) -> None:
    ask(browser, owner.email)

    assert browser.get(link("signin/reset")).status_code == 404
    assert browser.get(link("invitation")).status_code == 404


def test_a_new_password_ends_every_other_session_and_every_other_link(
    app: Flask, signed_in: Browser, owner: Account
) -> None:
    browser = Browser(app.test_client())
    ask(browser, owner.email)
    other = link()
    ask(browser, owner.email, "reset")
    path = link("signin/reset")

    short = browser.post(path, path, password="short")
    done = browser.post(path, path, password=NEW)

    assert (short.status_code, done.status_code) == (422, 303)
    assert signed_in.get("/account").status_code == 302
    assert browser.get("/account").status_code == 200
    assert browser.get(other).status_code == 410
    assert Browser(app.test_client()).sign_in(owner.email, PASSWORD).status_code == 422
    assert Browser(app.test_client()).sign_in(owner.email, NEW).status_code == 302


def test_somebody_who_was_removed_gets_no_link(browser: Browser, user: Account) -> None:
    with db.begin() as conn:
        conn.execute(text("UPDATE account SET ended_at = now() WHERE id = :id"), {"id": user.id})

    ask(browser, user.email)

    assert mails() == []


def invite(signed_in: Browser, addresses: str, **fields: str) -> TestResponse:
    return signed_in.post("/people", "/people", **{"addresses": addresses, "role": "user", "team": "0", **fields})


def test_an_invitation_makes_an_account_in_a_team(app: Flask, signed_in: Browser, owner: Account) -> None:
    signed_in.post("/teams", "/teams", name="Platform", zone="UTC")
    with db.begin() as conn:
        team = conn.execute(text("SELECT id FROM team")).scalar_one()
    invite(signed_in, "Eve Doe <eve@example.org>", team=str(team))
    eve, path = Browser(app.test_client()), link("invitation")

    page = eve.get(path)
    done = eve.post(path, path, name="Eve", password="")

    assert "Platform" in page.text
    assert 'value="Eve Doe"' in page.text
    assert done.status_code == 303
    assert eve.get(f"/teams/{team}").status_code == 200
    assert eve.get("/people").status_code == 403
    assert Browser(app.test_client()).get(path).status_code == 410
    assert acts()[-2:] == ["invited", "accepted_invitation"]


def test_every_pasted_line_has_its_result_and_what_is_wrong_stays(signed_in: Browser, user: Account) -> None:
    answer = invite(signed_in, f"a@example.org, A@example.org\n{user.email};not an address\nCy <cy@example.org>")

    results = [line for line in ("invited", "twice", "already here", "not an address") if f">{line}<" in answer.text]
    kept = answer.text.split("<textarea")[1].split("</textarea>")[0]

    assert answer.status_code == 200
    assert results == ["invited", "twice", "already here", "not an address"]
    assert "not an address" in kept
    assert "a@example.org" not in kept
    assert [address for address, _ in mails()] == ["a@example.org", "cy@example.org"]
    assert ">already invited<" in invite(signed_in, "cy@example.org").text
    assert len(mails()) == 2


def test_a_refused_paste_loses_nothing(signed_in: Browser) -> None:
    typed = "\n".join(f"p{n}@example.org" for n in range(501))

    answer = invite(signed_in, typed)

    assert answer.status_code == 422
    assert "at most 500" in answer.text
    assert "p500@example.org" in answer.text.split("<textarea")[1]
    assert mails() == []


def test_an_invitation_is_sent_again_and_taken_back(app: Flask, signed_in: Browser) -> None:
    invite(signed_in, "eve@example.org")
    with db.begin() as conn:
        ident = conn.execute(text("SELECT id FROM invitation")).scalar_one()
    place, path = f"/people/invitations/{ident}", link("invitation")

    for _ in range(4):
        signed_in.post(f"{place}/resend", "/people")
    sent, works = len(mails()), signed_in.get(path).status_code
    signed_in.post(f"{place}/revoke", "/people", sure="yes")

    assert (sent, works) == (4, 200)  # once, and three times again; the fourth is refused
    assert signed_in.get(path).status_code == 410


def test_an_invitation_is_over_after_a_week_and_good_again_when_it_is_renewed(signed_in: Browser) -> None:
    invite(signed_in, "eve@example.org")
    later(7 * 24 * 60)
    with db.begin() as conn:
        ident = conn.execute(text("SELECT id FROM invitation")).scalar_one()

    over = signed_in.get(link("invitation")).status_code
    signed_in.post(f"/people/invitations/{ident}/resend", "/people")

    assert over == 410
    assert signed_in.get(link("invitation")).status_code == 200


def test_the_key_of_the_instance_is_what_proves_a_link(
    browser: Browser, owner: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(browser, owner.email)
    path = link()
    monkeypatch.setenv("SIXPM_SECRET_KEY", "quite another key, and long enough")
    config.settings.cache_clear()

    assert browser.get(path).status_code == 404
