"""POST /hooks/events: what it refuses, that 2xx is a committed row, and that a replay changes nothing."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy.event
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from engine import config, db
from engine.errors import TransportError
from engine.outbound.events.event import OLDEST, Call, Kind
from engine.outbound.events.pages import Pages
from engine.people import relay_changes
from engine.people.accounts import Account
from engine.people.relay_changes import RelayDraft
from engine.tokens import Keys, Purpose, sign
from tests import factories as make
from tests.engine.outbound.events import rigs
from tests.engine.outbound.events.rigs import RIGS, Rig, Said
from web.app import create_app
from web.hooks import events

each = pytest.mark.parametrize("rig", RIGS, ids=[rig.preset for rig in RIGS])


class Amazon:
    """What is asked of Amazon's hosts, and what they answer."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.away = False

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        if self.away:
            raise TransportError("no answer")
        return rigs.pages(url) if url == rigs.PAGE else b"<ConfirmSubscriptionResponse/>"


@pytest.fixture
def amazon(app: Flask) -> Amazon:
    """The hosts of Amazon, which this machine does not reach."""
    made = Amazon()
    app.extensions.update(sixpm_fetch=made, sixpm_pages=Pages(made))
    return made


@pytest.fixture
def client(app: Flask, amazon: Amazon) -> FlaskClient:
    """A client of the application."""
    return app.test_client()


def relay(owner: Account, rig: Rig, key: str | None = None) -> str:
    """A relay of the workspace with its key; the address of its hook."""
    draft = RelayDraft(preset=rig.preset, host="smtp.example.org", hook_secret=rig.key if key is None else key)
    with db.begin() as conn:
        number = relay_changes.add(conn, owner.principal, config.settings(), draft)
    return f"/hooks/events/{rig.preset}/{number}"


def delivery(owner: Account, state: str = "sent") -> tuple[int, int]:
    with db.begin() as conn:
        run = make.run(conn, owner.workspace_id)
        batch = make.batch(conn, owner.workspace_id, run)
        return make.delivery(conn, owner.workspace_id, run, batch, 1, recipient=1, state=state)


def token(key: tuple[int, int]) -> str:
    return sign(Keys.of("a secret key for tests, long enough"), Purpose.BOUNCE, *key, date(2099, 1, 1))


def post(client: FlaskClient, path: str, call: Call) -> int:
    headers = dict(call.headers)
    if call.login:
        headers["Authorization"] = "Basic " + base64.b64encode(":".join(call.login).encode()).decode()
    return client.post(path, data=call.body, headers=headers, content_type="application/json").status_code


def state(key: tuple[int, int]) -> str:
    with db.begin() as conn:
        found = conn.execute(
            text("SELECT state FROM delivery WHERE run_id = :r AND seq = :s"), {"r": key[0], "s": key[1]}
        )
        return str(found.scalar_one())


def kept() -> list[Any]:
    with db.begin() as conn:
        return list(conn.execute(text("SELECT source, kind, workspace_id, raw FROM provider_event ORDER BY event_id")))


@each
def test_a_proven_event_is_kept_as_it_came_and_moves_its_delivery(
    client: FlaskClient, owner: Account, rig: Rig
) -> None:
    path, key = relay(owner, rig), delivery(owner, "in_doubt")

    status = post(client, path, rig.call(Said(Kind.DELIVERED, token(key))))

    (row,) = kept()
    assert status == 200
    assert (row.source, row.kind, row.workspace_id) == (path.removeprefix("/hooks/events/").replace("/", ":"),
                                                        "delivered", owner.workspace_id)  # fmt: skip
    assert token(key) in json.dumps(row.raw)
    assert state(key) == "delivered"


@each
def test_three_times_the_same_call_is_one_event(client: FlaskClient, owner: Account, rig: Rig) -> None:
    path, key = relay(owner, rig), delivery(owner)
    call = rig.call(Said(Kind.BOUNCED, token(key), code="5.1.1", words="550 5.1.1 gone"))

    statuses = [post(client, path, call) for _ in range(3)]

    assert statuses == [200, 200, 200]
    assert (len(kept()), state(key)) == (1, "bounced")


@each
@pytest.mark.parametrize("wrong", ["unsigned", "wrong key", "one byte", "old"])
def test_what_is_not_proven_changes_nothing(client: FlaskClient, owner: Account, rig: Rig, wrong: str) -> None:
    key = delivery(owner)
    said = Said(Kind.COMPLAINED, token(key))
    path, call = relay(owner, rig, rig.wrong_key if wrong == "wrong key" else None), rig.call(said)
    if wrong == "unsigned":
        call = rigs.unsigned(call)
    elif wrong == "old":
        call = rig.call(said, datetime.now(UTC) - OLDEST - timedelta(minutes=5))
    elif wrong == "one byte":
        at = call.body.index(token(key).encode())
        call = replace(call, body=call.body[:at] + bytes([call.body[at] ^ 1]) + call.body[at + 1 :])

    status = post(client, path, call)

    refused = rig.has_time if wrong == "old" else rig.covers_body if wrong == "one byte" else True
    assert status == (401 if refused else 200)
    if wrong != "old" or refused:
        assert state(key) == "sent"  # a changed id names nothing, also where the vendor signs no body
    assert (len(kept()) == 0) is refused


@each
def test_without_a_key_everything_is_refused(client: FlaskClient, owner: Account, rig: Rig) -> None:
    path = relay(owner, rig, key="")

    assert post(client, path, rig.call(Said(Kind.DELIVERED))) == 403
    assert kept() == []


@pytest.mark.parametrize("path", ["sendgrid/999", "sendgrid/instance", "smarthost/1", "nobody/1", "sendgrid/%2e%2e",
                                  "sendgrid/99999999999999999999999"])  # fmt: skip
def test_an_address_that_is_nobodys_is_refused_like_one_without_a_key(client: FlaskClient, path: str) -> None:
    assert client.post(f"/hooks/events/{path}", data=b"[]").status_code == 403


def test_a_relays_hook_is_of_its_own_preset(client: FlaskClient, owner: Account) -> None:
    sendgrid, postmark = RIGS[1], RIGS[3]
    path = relay(owner, sendgrid).replace("sendgrid", "postmark")

    assert post(client, path, postmark.call(Said(Kind.DELIVERED))) == 403


def test_another_workspaces_relay_cannot_speak_of_our_mail(client: FlaskClient, owner: Account) -> None:
    rig, key = RIGS[1], delivery(owner)
    with db.begin() as conn:
        other = make.workspace(conn, "Other")
        mine = owner.principal
        theirs = replace(mine, workspace_id=other.id)
        draft = RelayDraft(preset=rig.preset, host="smtp.example.org", hook_secret=rig.key)
        number = relay_changes.add(conn, theirs, config.settings(), draft)

    status = post(client, f"/hooks/events/{rig.preset}/{number}", rig.call(Said(Kind.COMPLAINED, token(key))))

    assert (status, state(key)) == (200, "sent")


def test_the_instances_relay_has_a_hook_by_settings(web_env: pytest.MonkeyPatch, owner: Account, app: Flask) -> None:
    rig, key = RIGS[1], delivery(owner)
    web_env.setenv("SIXPM_CATCHER", "false")
    web_env.setenv("SIXPM_RELAY_HOST", "smtp.sendgrid.net")
    web_env.setenv("SIXPM_RELAY_PRESET", "sendgrid")
    web_env.setenv("SIXPM_RELAY_HOOK_SECRET", rig.key)
    web_env.setenv("SIXPM_RELAY_BULK", "smtp://smtp.mailgun.org?preset=mailgun&hook_secret=another%20key")
    config.settings.cache_clear()
    client = create_app().test_client()

    first = post(client, "/hooks/events/sendgrid/instance", rig.call(Said(Kind.DELIVERED, token(key))))
    bulk = post(client, "/hooks/events/mailgun/instance-bulk", RIGS[2].call(Said(Kind.COMPLAINED, token(key))))

    assert (first, bulk) == (200, 401)  # the bulk relay has a key of its own
    assert [(row.source, row.workspace_id) for row in kept()] == [("sendgrid:instance", owner.workspace_id)]
    assert state(key) == "delivered"


def test_a_call_that_is_too_long_is_not_read(client: FlaskClient, owner: Account) -> None:
    path = relay(owner, RIGS[1])

    assert client.post(path, data=b" " * (events.BODY + 1)).status_code == 413


def test_a_proven_call_in_another_form_is_a_bad_request_and_keeps_nothing(client: FlaskClient, owner: Account) -> None:
    body, proven = relay(owner, RIGS[3]), Call({}, b"[]", ("anybody", rigs.PASSWORD))

    assert post(client, body, proven) == 400
    assert kept() == []


@pytest.mark.parametrize("when", ["before_cursor_execute", "commit"])
def test_on_any_doubt_the_provider_must_come_again(client: FlaskClient, owner: Account, when: str) -> None:
    rig, key = RIGS[1], delivery(owner)
    path, call = relay(owner, rig), rig.call(Said(Kind.DELIVERED, token(key)))

    def broken(*_: object) -> None:
        raise ConnectionError("the database went away")

    sqlalchemy.event.listen(db.engine(), when, broken)
    try:
        status = post(client, path, call)
    finally:
        sqlalchemy.event.remove(db.engine(), when, broken)

    assert (status, kept()) == (503, [])
    assert post(client, path, call) == 200
    assert state(key) == "delivered"


def test_amazons_certificate_is_got_once(client: FlaskClient, owner: Account, amazon: Amazon) -> None:
    path = relay(owner, RIGS[0])

    for number in range(3):
        assert post(client, path, RIGS[0].call(Said(Kind.OTHER, id=f"e{number}"))) == 200

    assert amazon.asked == [rigs.PAGE]


def test_without_amazons_certificate_amazon_must_come_again(
    client: FlaskClient, owner: Account, amazon: Amazon
) -> None:
    path, amazon.away = relay(owner, RIGS[0]), True

    assert post(client, path, RIGS[0].call(Said(Kind.OTHER))) == 503
    assert kept() == []


def test_a_subscription_to_the_topic_that_is_written_down_is_confirmed(
    client: FlaskClient, owner: Account, amazon: Amazon
) -> None:
    path = relay(owner, RIGS[0])
    asked = rigs.confirmation(datetime.now(UTC))

    status = post(client, path, Call({}, json.dumps(asked).encode()))

    assert status == 200
    assert amazon.asked == [rigs.PAGE, asked["SubscribeURL"]]
    assert [row.kind for row in kept()] == ["other"]


def test_a_subscription_to_another_topic_is_not_even_looked_at(
    client: FlaskClient, owner: Account, amazon: Amazon
) -> None:
    path = relay(owner, RIGS[0], RIGS[0].wrong_key)

    assert post(client, path, Call({}, json.dumps(rigs.confirmation(datetime.now(UTC))).encode())) == 401
    assert amazon.asked == []


def test_there_is_nothing_to_get(client: FlaskClient, owner: Account) -> None:
    assert client.get(relay(owner, RIGS[0])).status_code == 405
