"""The relay pages: add from a preset, change, remove, and what is never shown."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import text

from engine import config, db
from engine.outbound.events import take
from engine.outbound.events.event import Event, Kind
from engine.outbound.kinds import KINDS
from engine.people import relay_changes, relays
from engine.people.accounts import Account
from engine.people.relay_changes import RelayDraft
from engine.transports.smtp.presets import PRESETS
from tests import factories as make
from tests.engine.outbound.events.rigs import RIGS, TOPIC
from tests.web.conftest import Browser, Enqueued

PAGE = "/settings/relays"


def fields(**changes: str) -> dict[str, str]:
    """What a filled form sends."""
    return {
        "name": "Amazon", "preset": "ses", "host": "email-smtp.eu-west-1.amazonaws.com", "port": "587",
        "tls": "starttls", "user": "AKIA", "password": "a relay password", "stream": "prompts", "uses": "all",
        "rank": "0", "connections": "12", "per_connection": "50", "per_second": "14", "per_day": "",
        "warmup_from": "2026-03-02", "warmup_first": "500", "warmup_growth": "30", "visible": "y",
        "idempotency_header": "", "hook_secret": TOPIC, **changes,
    }  # fmt: skip


def stored() -> list[tuple[str, str]]:
    with db.begin() as conn:
        return [tuple(row) for row in conn.execute(text("SELECT name, host FROM relay ORDER BY id"))]


def added(signed_in: Browser, **changes: str) -> str:
    """The page of a relay just added."""
    answer = signed_in.post(f"{PAGE}/new", f"{PAGE}/new", **fields(**changes))
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def test_without_any_the_page_says_what_holds_and_offers_every_preset(signed_in: Browser) -> None:
    page = signed_in.get(PAGE).text

    assert "No relay of your own" in page
    assert all(f"{PAGE}/new?preset={name}" in page for name in PRESETS)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_new_relay_begins_with_what_its_preset_knows(signed_in: Browser, preset: str) -> None:
    known = PRESETS[preset]

    page = html.unescape(signed_in.get(f"{PAGE}/new?preset={preset}").text)

    assert f'<option selected value="{preset}">' in page
    assert re.search(rf'name="connections"[^>]* value="{known.connections}"', page)
    assert (f">{known.key}</label>" in page) is bool(known.key)
    assert (f">{known.stream}</label>" in page) is bool(known.stream)


def test_the_choice_of_mail_says_which_kinds_are_bulk(signed_in: Browser) -> None:
    called = {"notice": "notices", "prompt": "questions", "nudge": "reminders", "digest": "digests",
              "comment": "comments", "talk": "messages", "talk_notice": "news of messages",
              "talk_digest": "digests", "campaign": "campaigns"}  # fmt: skip

    page = signed_in.get(f"{PAGE}/new").text

    for purpose in ("transactional", "bulk"):
        (shown,) = re.findall(rf'<option value="{purpose}">\w+: ([^<]+)</option>', page)
        mails = {name for name, kind in KINDS.items() if kind.purpose == purpose and not kind.posts}
        assert set(shown.split(", ")) == {called[name] for name in mails}


def test_a_relay_is_added_and_used(signed_in: Browser, owner: Account) -> None:
    where = added(signed_in)

    with db.begin() as conn:
        (used,) = relays.relays_for(conn, owner.workspace_id, config.load(catcher=False), "bulk")
    assert (used.host, used.password, used.per_second, used.per_day) == (
        "email-smtp.eu-west-1.amazonaws.com", "a relay password", 14, None
    )  # fmt: skip
    assert (used.visible, used.chunking, used.stream, str(used.warmup_from)) == (True, False, "prompts", "2026-03-02")
    assert where == f"{PAGE}/{used.id}"
    assert f"{config.settings().base_url}/hooks/events/ses/{used.id}" in signed_in.get(where).text
    assert "Amazon" in signed_in.get(PAGE).text


def test_secrets_are_never_on_a_page_and_stay_when_left_empty(signed_in: Browser, owner: Account) -> None:
    where = added(signed_in)
    shown = signed_in.get(where).text + signed_in.get(PAGE).text

    answer = signed_in.post(where, where, **fields(password="", hook_secret="", host="other.example"))

    with db.begin() as conn:
        found = relay_changes.one(conn, owner.principal, int(where.rpartition("/")[2]))
        (used,) = relays.relays_for(conn, owner.workspace_id, config.load(catcher=False), "bulk")
    assert "a relay password" not in shown
    assert TOPIC not in shown
    assert answer.status_code == 303
    assert (used.host, used.password, found.proven) == ("other.example", "a relay password", True)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("host", "smtp example", "host name"),
        ("host", "email-smtp.<region>.amazonaws.com", "your region"),
        ("port", "99999", "1 to 65535"),
        ("port", "many", "valid integer"),
        ("connections", "0", "1 to 100"),
        ("per_second", "0", "1 or more"),
        ("warmup_from", "tomorrow", "valid date"),
        ("idempotency_header", "Subject", "another meaning"),
        ("stream", "two words", "letters, digits"),
    ],
)
def test_a_wrong_value_is_refused_beside_its_field_and_the_form_keeps_what_was_typed(
    signed_in: Browser, field: str, value: str, said: str
) -> None:
    answer = signed_in.post(f"{PAGE}/new", f"{PAGE}/new", **fields(**{field: value}))

    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{value}"'.replace("<", "&lt;").replace(">", "&gt;") in answer.text
    assert 'value="AKIA"' in answer.text
    assert "a relay password" not in answer.text
    assert TOPIC not in answer.text
    assert stored() == []


def test_a_key_that_can_prove_nothing_is_refused(signed_in: Browser) -> None:
    answer = signed_in.post(f"{PAGE}/new", f"{PAGE}/new", **fields(hook_secret="my topic"))

    assert answer.status_code == 422
    assert "Write the topic" in answer.text


def test_a_second_first_relay_for_the_same_mail_is_refused_with_what_to_do(signed_in: Browser) -> None:
    added(signed_in)

    answer = signed_in.post(f"{PAGE}/new", f"{PAGE}/new", **fields(name="Again"))

    assert answer.status_code == 422
    assert "There is already a first relay for all mail" in answer.text
    assert added(signed_in, name="Spare", rank="1")
    assert added(signed_in, name="Bulk", uses="bulk")


def test_removing_asks_first(signed_in: Browser) -> None:
    where = added(signed_in)

    asked = signed_in.post(f"{where}/remove", where)
    before = stored()
    done = signed_in.post(f"{where}/remove", where, sure="yes")

    assert "Remove Amazon?" in asked.text
    assert len(before) == 1
    assert (done.status_code, stored()) == (303, [])
    assert signed_in.get(where).status_code == 404


def test_the_address_for_postmark_has_the_place_of_its_password(signed_in: Browser) -> None:
    where = added(signed_in, preset="postmark", hook_secret="a password in the address", host="smtp.postmarkapp.com")

    page = signed_in.get(where).text

    assert "http://sixpm:PASSWORD@127.0.0.1:8025/hooks/events/postmark/" in page
    assert "a password in the address" not in page


def test_the_last_event_is_shown_and_a_missing_key_too(signed_in: Browser, owner: Account) -> None:
    where = added(signed_in)
    added(signed_in, name="Spare", rank="1", preset="sendgrid", hook_secret="")
    with db.begin() as conn:
        came = Event("e1", Kind.OTHER, None)
        at = datetime(2026, 3, 4, 12, tzinfo=UTC)
        source = f"ses:{where.rpartition('/')[2]}"
        take.take(conn, source, owner.workspace_id, [came], "the key of the tests", at)

    page = signed_in.get(PAGE).text

    assert 'datetime="2026-03-04T12:00:00+00:00"' in page
    assert "no key" in page
    assert 'datetime="2026-03-04T12:00:00+00:00"' in signed_in.get(where).text


def test_a_relay_that_takes_nothing_now_says_why_and_until_when(signed_in: Browser) -> None:
    number = added(signed_in).rpartition("/")[2]
    with db.begin() as conn:
        rests = "'open', clock_timestamp() + interval '5 min', '421 4.3.2 too busy'"
        lane = {"l": f"relay:{number}"}
        conn.execute(text(f"INSERT INTO pace (lane, breaker, next_at, reason) VALUES (:l, {rests})"), lane)

    page = signed_in.get(PAGE).text

    assert "It rests: 421 4.3.2 too busy, next at <time" in page
    assert "Times are in UTC" in page


def test_a_test_mail_can_be_sent_from_the_page(signed_in: Browser, enqueued: Enqueued) -> None:
    where = added(signed_in)

    answer = signed_in.post("/setup/test", where)

    assert answer.location.startswith("/setup/test/")
    assert len(enqueued.batch_ids) == 1


def test_nobody_but_an_admin_sees_or_changes_relays(app: Flask, user: Account, owner: Account) -> None:
    with db.begin() as conn:
        draft = RelayDraft(preset="sendgrid", host="smtp.example.org", hook_secret=RIGS[1].key)
        number = relay_changes.add(conn, owner.principal, config.settings(), draft)
    browser = Browser(app.test_client())
    browser.sign_in(user.email)
    token = browser.token("/account")

    answers = [
        *(browser.get(path).status_code for path in (PAGE, f"{PAGE}/new", f"{PAGE}/{number}")),
        *(
            browser.client.post(path, data={"csrf_token": token, "sure": "yes", **fields()}).status_code
            for path in (f"{PAGE}/new", f"{PAGE}/{number}", f"{PAGE}/{number}/remove")
        ),
    ]

    assert answers == [403] * 6
    assert len(stored()) == 1


def test_another_workspaces_relay_is_not_there(signed_in: Browser, owner: Account) -> None:
    with db.begin() as conn:
        other = make.workspace(conn, "Other")
        conn.execute(
            text("INSERT INTO relay (workspace_id, host, port) VALUES (:w, 'theirs.example', 587)"), {"w": other.id}
        )
        number = conn.execute(text("SELECT id FROM relay")).scalar_one()

    answers = [
        signed_in.get(f"{PAGE}/{number}").status_code,
        signed_in.post(f"{PAGE}/{number}", PAGE + "/new", **fields()).status_code,
        signed_in.post(f"{PAGE}/{number}/remove", PAGE + "/new", sure="yes").status_code,
    ]

    assert answers == [404] * 3
    assert "theirs.example" not in signed_in.get(PAGE).text
